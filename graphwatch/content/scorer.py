"""Hostility of texts: the interface that every scorer has, and the first one, which weighs a lexicon's terms in their context.

The score says how hostile a text is toward somebody, in (0, 1), higher is more hostile; .5 and above is meant to be hostile. It is a
logistic combination of hand-set numbers (``lexicon.toml``), not a calibrated probability. A term alone stays below .5: it needs a person
that it is about, and negation, quotation, report, self-reference and counter-speech lower it. It reads Chinese and English; text mostly in
another script gets null. It breaks on irony, on insults without a listed word, on other languages in Latin letters (scored as if
harmless), on homophones that are not listed, and where the context is outside the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import polars as pl

from graphwatch.content.automaton import Automaton, build_automaton
from graphwatch.content.explain import explain_text
from graphwatch.content.fold import Folded, fold_text, workspace
from graphwatch.content.lexicon import BUNDLED, Lexicon, read_lexicon
from graphwatch.content.symbols import U8, Symbols, build_symbols
from graphwatch.content.weigh import HARMLESS, SECOND_PERSON, Patterns, match_workspace, score_texts
from graphwatch.errors import ConfigurationError
from graphwatch.model import I64, WORKERS
from graphwatch.schema import CATEGORIES

BATCH: Final = 500_000  # texts at a time, so that memory does not grow with the input
PIECE: Final = 100_000  # texts of one call of the kernel
REPEATED: Final = 0.8  # share of distinct texts in a batch up to which each is scored once and the result joined back

_CUES: Final = ("second_person", "third_person", "possessive", "intensifier", "negation", "self", "report", "counter", "affection")
_CATEGORY: Final = pl.Enum(CATEGORIES)
_SCHEMA: Final = {"hostility": pl.Float64(), "category": _CATEGORY}
_CATEGORY_NAMES: Final = pl.Series([*CATEGORIES, None], dtype=_CATEGORY)  # by code; the last for those without one


class Scorer(Protocol):
    """What gives texts a hostility; a trained model fills the same interface."""

    def score(self, texts: pl.Series | Sequence[str | None], *, reasons: bool = True) -> pl.DataFrame:
        """Score texts; see :func:`score` for the columns."""
        ...


class LexiconScorer:
    """Scorer over a lexicon's terms and cues.

    Parameters
    ----------
    lexicon
        Rules, cues and numbers.

    Raises
    ------
    ConfigurationError
        A term has nothing to match (only marks and spaces), or stands twice.

    Examples
    --------
    >>> scorer = LexiconScorer(read_lexicon())
    >>> scorer.score(["You are an idiot.", "She was called an idiot.", None], reasons=False)["hostility"].round(2).to_list()
    [0.71, 0.11, None]
    """

    def __init__(self, lexicon: Lexicon) -> None:
        terms = list(_terms(lexicon))
        self.names: tuple[str, ...] = tuple(term for term, *_ in terms)
        self.symbols, alphabet = build_symbols((c for term in self.names for c in term), lexicon.variants)
        self.patterns, codes = _patterns(terms, self.symbols)
        self.automaton: Automaton = build_automaton(codes, alphabet)
        self.weights = np.array(list(lexicon.weights.model_dump().values()))

    def score(self, texts: pl.Series | Sequence[str | None], *, reasons: bool = True) -> pl.DataFrame:
        """Score texts; see :func:`score`."""
        series = texts.cast(pl.String) if isinstance(texts, pl.Series) else pl.Series("text", texts, dtype=pl.String)
        batches = (series.slice(start, BATCH) for start in range(0, len(series), BATCH))
        scored = pl.concat([pl.DataFrame(schema=_SCHEMA), *map(self._score_batch, batches)])
        if reasons:
            scored = scored.with_columns(pl.Series("reasons", [self.explain(t) for t in series], dtype=pl.List(pl.String)))
        return scored

    def _score_batch(self, texts: pl.Series) -> pl.DataFrame:
        distinct = texts.unique()
        if len(distinct) <= REPEATED * len(texts):
            once = self._score_all(distinct).with_columns(distinct.alias("text"))
            beside = pl.DataFrame({"text": texts}).join(once, on="text", how="left", nulls_equal=True, maintain_order="left")
            return beside.select("hostility", "category")
        return self._score_all(texts)

    def _score_all(self, texts: pl.Series) -> pl.DataFrame:
        with ThreadPoolExecutor(WORKERS) as pool:  # the kernel releases the GIL; pieces come back in order
            pieces = list(pool.map(self._score_piece, (texts.slice(start, PIECE) for start in range(0, len(texts), PIECE))))
        return pl.concat([pl.DataFrame(schema=_SCHEMA), *pieces])

    def _score_piece(self, texts: pl.Series) -> pl.DataFrame:
        data, offsets = utf8_buffers(texts)
        hostility, category = score_texts(
            data, offsets, self.symbols, self.automaton, self.patterns, self.weights, workspace(), match_workspace()
        )  # fmt: skip
        names = _CATEGORY_NAMES.gather(np.where(category < 0, len(CATEGORIES), category))
        return pl.DataFrame({"hostility": pl.Series(hostility, nan_to_null=True), "category": names})

    def explain(self, text: str | None) -> list[str] | None:
        """Say what the score of one text rests on; null where there is none. See :func:`score`."""
        if text is None:
            return None
        return explain_text(text, self.names, self.symbols, self.automaton, self.patterns, self.weights)


def score(texts: pl.Series | Sequence[str | None], *, reasons: bool = True) -> pl.DataFrame:
    """Score texts with the bundled lexicon.

    Parameters
    ----------
    texts
        Any number of texts, null included. The first 20,000 symbols and 512 matches of each are read.
    reasons
        Also say why. Made text by text: for the texts that a person looks at, not for millions.

    Returns
    -------
    polars.DataFrame
        One row per text, in the same order: ``hostility`` (Float64 in (0, 1), higher is more hostile; null where the text is null,
        blank, or mostly in a script that the lexicon does not read), ``category`` (Enum of ``schema.CATEGORIES``; null with
        hostility) and, unless ``reasons=False``, ``reasons`` (list of strings). Each reason names the rule and where it matched:
        offsets are code points of the original text, half-open. No word of the text is repeated.

    Notes
    -----
    Each text is folded (see :mod:`graphwatch.content.symbols`), the lexicon's terms are found by Aho–Corasick, nested matches give
    way to the longest, and what is left is combined into log-odds. In a Weibo repost only the words before ``//@`` are the account's own.

    Examples
    --------
    >>> score(["You are an idiot."])["reasons"].to_list()[0]
    ['abuse "idiot" at 11:16: +4.40 (second_person)', 'second_person "you" at 0:3']
    >>> score(["他不是骗子。", "Disappointing service."])["category"].to_list()
    ['none', 'criticism']
    """
    return bundled_scorer().score(texts, reasons=reasons)


@lru_cache(maxsize=2)
def bundled_scorer(path: Path = BUNDLED) -> LexiconScorer:
    """Give the scorer of a lexicon file, built once."""
    return LexiconScorer(read_lexicon(path))


def utf8_buffers(texts: pl.Series) -> tuple[U8, I64]:
    """Give the bytes of a String column end to end, and where each text begins; null counts as empty.

    Examples
    --------
    >>> data, offsets = utf8_buffers(pl.Series(["a", None, "é"]))
    >>> data.tolist(), offsets.tolist()
    ([97, 195, 169], [0, 1, 1, 3])
    """
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    array = texts.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets.to_pybytes() if offsets is not None else b"", np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data.to_pybytes() if data is not None else b"", np.uint8), starts


def _terms(lexicon: Lexicon) -> list[tuple[str, int, float, bool, bool]]:
    """Each term with its kind, weight, whether it is directed, and whether it needs Chinese around it."""
    terms = [
        (term, CATEGORIES.index(rule.category), rule.weight, rule.directed, rule.lang == "zh" and term.isascii() and len(term) <= 2)
        for rule in lexicon.rule
        for term in rule.terms
    ]
    terms += [(term, SECOND_PERSON + _CUES.index(cue.kind), 0.0, False, False) for cue in lexicon.cue for term in cue.terms]
    terms += [(term, HARMLESS, 0.0, False, False) for group in lexicon.harmless for term in group.terms]
    return terms


def _patterns(terms: list[tuple[str, int, float, bool, bool]], symbols: Symbols) -> tuple[Patterns, list[list[int]]]:
    text = workspace(256)
    codes: list[list[int]] = []
    runs: list[list[int]] = []
    gaps: list[list[int]] = []
    seen: dict[tuple[tuple[int, ...], ...], str] = {}
    for term, *_ in terms:
        n = _fold_term(term, symbols, text)
        codes.append(text.code[:n].tolist())
        runs.append(text.run[:n].tolist())
        gaps.append([0, *text.gap[1:n].tolist()])
        form = (tuple(codes[-1]), tuple(runs[-1]))
        if n == 0:
            raise ConfigurationError(f"lexicon term {term!r} has nothing to match")
        if form in seen:
            raise ConfigurationError(f"lexicon term {term!r} stands twice: it is read like {seen[form]!r}")
        seen[form] = term
    patterns = Patterns(
        start=np.concatenate([[0], np.cumsum([len(c) for c in codes])]).astype(np.int64),
        run=np.array([r for row in runs for r in row], np.int32),
        gap=np.array([g for row in gaps for g in row], np.int8),
        kind=np.array([kind for _, kind, *_ in terms], np.int8),
        weight=np.array([weight for _, _, weight, _, _ in terms]),
        directed=np.array([directed for *_, directed, _ in terms], np.uint8),
        needs_han=np.array([needs for *_, needs in terms], np.uint8),
    )
    return patterns, codes


def _fold_term(term: str, symbols: Symbols, text: Folded) -> int:
    data = np.frombuffer(term.encode(), np.uint8)
    if len(term) > 64:
        raise ConfigurationError(f"lexicon term {term[:20]!r}… is longer than 64 characters")
    n = fold_text(data, 0, len(data), symbols, text)
    if n and (text.gap[1:n] > 2).any():
        raise ConfigurationError(f"lexicon term {term!r} spans the end of a clause")
    return n

"""What the score of one text rests on, in words with offsets into the original."""

from __future__ import annotations

from typing import Final

import numpy as np

from graphwatch.content.automaton import Automaton
from graphwatch.content.fold import (
    IDENTITY_AT,
    IDENTITY_END,
    PHONE_AT,
    PHONE_END,
    Folded,
    fold_text,
    workspace,
)
from graphwatch.content.symbols import Symbols
from graphwatch.content.weigh import (
    CRITICISM,
    W_IDENTITY,
    W_PHONE,
    Matches,
    Patterns,
    drop_nested,
    find_terms,
    match_workspace,
    readable,
    weigh_terms,
)
from graphwatch.model import F64
from graphwatch.schema import CATEGORIES

KIND_NAMES: Final = (
    *CATEGORIES, "second_person", "third_person", "possessive", "intensifier", "negation", "self", "report", "counter", "affection",
    "harmless",
)  # fmt: skip
FLAG_NAMES: Final = (
    "negated", "self", "reported", "quoted", "counter-speech", "affection", "intensified", "second_person", "third_person",
    "possessive", "mention", "whole message", "in another sentence", "directed",
)  # fmt: skip


def explain_text(
    text: str, names: tuple[str, ...], symbols: Symbols, automaton: Automaton, patterns: Patterns, weights: F64
) -> list[str] | None:
    """Say what the log-odds of a text are made of.

    Parameters
    ----------
    text
        The original text.
    names
        The lexicon's terms, in the order of ``patterns``.

    Returns
    -------
    list of str or None
        First the terms, heaviest first, each with what it adds and what changed that; then the cues that changed a term, in the order of
        the text; then numbers. Empty: nothing matched. None: the text cannot be read.
    """
    data = np.frombuffer(text.encode(), np.uint8)
    folded, found = workspace(), match_workspace()
    n = fold_text(data, 0, len(data), symbols, folded)
    if not readable(folded.counts):
        return None
    m = drop_nested(find_terms(folded, n, automaton, patterns, found), patterns, found)
    weigh_terms(n, m, folded, patterns, found, weights)
    kinds = patterns.kind[found.pattern[:m]]
    order = sorted(np.flatnonzero(kinds <= CRITICISM).tolist(), key=lambda i: (-float(found.value[i]), int(found.first[i])))
    cues = np.flatnonzero((kinds > CRITICISM) & (found.used[:m] == 1)).tolist()
    reasons = [_term(i, names, patterns, folded, found) for i in order]
    reasons += [_match(i, names, patterns, folded, found) for i in cues]
    for name, at, end, weight in (
        ("mobile number", PHONE_AT, PHONE_END, W_PHONE),
        ("identity number", IDENTITY_AT, IDENTITY_END, W_IDENTITY),
    ):
        if folded.counts[at] >= 0:
            reasons.append(f"privacy <{name}> at {folded.counts[at]}:{folded.counts[end]}: +{weights[weight]:.2f}")
    return reasons


def _match(i: int, names: tuple[str, ...], patterns: Patterns, folded: Folded, found: Matches) -> str:
    pattern = found.pattern[i]
    at, end = folded.at[found.first[i]], folded.end[found.last[i]]
    return f'{KIND_NAMES[patterns.kind[pattern]]} "{names[pattern]}" at {at}:{end}'


def _term(i: int, names: tuple[str, ...], patterns: Patterns, folded: Folded, found: Matches) -> str:
    changed = [name for bit, name in enumerate(FLAG_NAMES) if found.flags[i] >> bit & 1]
    because = f" ({', '.join(changed)})" if changed else ""
    return f"{_match(i, names, patterns, folded, found)}: +{found.value[i]:.2f}{because}"

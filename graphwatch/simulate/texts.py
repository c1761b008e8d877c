"""Texts of acts: a book of distinct strings, filled from templates with slots, noise and homophones, and a code for each act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import I32, I64, Bools
from graphwatch.simulate.acts import Acts
from graphwatch.simulate.draws import generator
from graphwatch.simulate.templates import EN, HOMOPHONES, SLOTS_EN, SLOTS_ZH, ZH
from graphwatch.simulate.tones import HOSTILE, TONE_CODE, TONES

_STAGE: Final = 4
_NOISE: Final = ("*", " ", "-", ".", "/")


class Book:
    """Distinct strings in the order in which they came; a code is a place in it.

    Examples
    --------
    >>> book = Book()
    >>> book.add(["a", "b"]), book.add(["c"])
    (0, 2)
    """

    def __init__(self) -> None:
        self._texts: list[str] = []

    def add(self, texts: Sequence[str]) -> int:
        """Append strings and give the code of the first one."""
        first = len(self._texts)
        self._texts.extend(texts)
        return first

    def series(self) -> pl.Series:
        """Give all strings by code."""
        return pl.Series("text", self._texts, dtype=pl.String)


class TextPools:
    """Ready texts per tone and language inside a book.

    Parameters
    ----------
    variants
        Strings drawn per tone and language; those of one tone may repeat, as people do.
    """

    def __init__(self, book: Book, variants: int, seed: int) -> None:
        rng = generator(seed, _STAGE)
        self._start = np.full((len(TONES), 2), -1, np.int64)
        self._size = np.zeros((len(TONES), 2), np.int64)
        for code, tone in enumerate(TONES):
            if tone.name == "silent":
                continue
            for english, (templates, slots) in enumerate(((ZH, SLOTS_ZH), (EN, SLOTS_EN))):
                texts = [_fill(templates[tone.name], slots, rng) for _ in range(variants)]
                if HOSTILE[code]:
                    texts = [_disguised(text, rng) for text in texts]
                self._start[code, english] = book.add(texts)
                self._size[code, english] = len(texts)

    def assign(self, acts: Acts, english: Bools, rng: np.random.Generator) -> None:
        """Choose a text for each act that has none yet and is not silent."""
        rows = np.flatnonzero((acts.text < 0) & (acts.tone != TONE_CODE["silent"]))
        tone, language = acts.tone[rows].astype(np.int64), english[acts.actor[rows]].astype(np.int64)
        acts.text[rows] = self.draw(tone, language, rng)

    def draw(self, tone: I64, language: I64, rng: np.random.Generator) -> I32:
        """Draw a code for each pair of tone and language (0 Chinese, 1 English)."""
        chosen = self._start[tone, language] + (rng.random(len(tone)) * self._size[tone, language]).astype(np.int64)
        return chosen.astype(np.int32)


def _fill(templates: tuple[str, ...], slots: Mapping[str, tuple[str, ...]], rng: np.random.Generator) -> str:
    template = templates[rng.integers(len(templates))]
    return template.format(**{slot: words[rng.integers(len(words))] for slot, words in slots.items()}).strip()


def _disguised(text: str, rng: np.random.Generator) -> str:
    """Hide some hostile words as their authors do: homophones, characters put between, doubled marks."""
    u = rng.random()
    if u < 0.1:
        for plain, hidden in HOMOPHONES.items():
            text = text.replace(plain, hidden)
    elif u < 0.18 and len(text) > 6:
        at = int(rng.integers(1, len(text) - 1))
        text = text[:at] + _NOISE[rng.integers(len(_NOISE))] + text[at:]
    return text


def varied(originals: Sequence[str], n: int, slots: Mapping[str, tuple[str, ...]], rng: np.random.Generator) -> list[str]:
    """Give ``n`` copies of the originals, most of them exact, some with an ending of their own."""
    endings = slots["e"]
    texts = []
    for _ in range(n):
        text = originals[int(rng.integers(len(originals)))]
        texts.append(text if rng.random() < 0.6 else (text + endings[int(rng.integers(len(endings)))]).strip())
    return texts

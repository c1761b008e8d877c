"""Shares of ownership as registers write them → fractions: percent signs, bare numbers, ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_PLAIN: Final = re.compile(rf"^({_NUMBER})$")
_PERCENT: Final = re.compile(rf"^({_NUMBER})\s*(?:%|percent|pct)$")
_RANGE: Final = re.compile(rf"^({_NUMBER})\s*(%?)\s*(?:-|–|—|~|to|至|到)\s*({_NUMBER})\s*(%?)$")
_ABOVE: Final = re.compile(rf"^(?:>=?|≥|over|more than|at least|不低于|超过|大于)\s*({_NUMBER})\s*(%?)$")
_ABOVE_AFTER: Final = re.compile(rf"^({_NUMBER})\s*(%?)\s*(?:\+|以上|or more|and above)$")
_BELOW: Final = re.compile(rf"^(?:<=?|≤|under|less than|up to|低于|不超过|小于)\s*{_NUMBER}\s*%?$|^{_NUMBER}\s*%?\s*以下$")


@dataclass(frozen=True, slots=True)
class Stake:
    """One share as it was written.

    Attributes
    ----------
    value
        The number; of a range its lower end; None: unknown (only an upper end is given).
    percent
        Written with a percent sign.
    bounded
        It is a range, not one number.
    high
        Upper end of a range, else the value.
    """

    value: float | None
    percent: bool
    bounded: bool
    high: float | None


def read_stake(text: str) -> Stake | None:
    """Read one share; None: it is none.

    Examples
    --------
    >>> read_stake("25 %"), read_stake("25-50%").value, read_stake("<5%").value, read_stake("majority")
    (Stake(value=25.0, percent=True, bounded=False, high=25.0), 25.0, None, None)
    """
    held = text.strip().casefold().replace("％", "%")
    if found := _PLAIN.match(held):
        return Stake(_number(found[1]), percent=False, bounded=False, high=_number(found[1]))
    if found := _PERCENT.match(held):
        return Stake(_number(found[1]), percent=True, bounded=False, high=_number(found[1]))
    if found := _RANGE.match(held):
        return Stake(_number(found[1]), bool(found[2] or found[4]), bounded=True, high=_number(found[3]))
    if found := _ABOVE.match(held) or _ABOVE_AFTER.match(held):
        return Stake(_number(found[1]), bool(found[2]), bounded=True, high=_number(found[1]))
    return Stake(None, "%" in held, bounded=True, high=None) if _BELOW.match(held) else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


@dataclass(frozen=True, slots=True)
class Fractions:
    """Shares of one file as fractions.

    Attributes
    ----------
    texts
        Fractions as texts; what cannot be read is as it was, for validation to set aside.
    ranges
        Which were ranges and stand with their lower end (or are unknown).
    ambiguous
        Which were bare numbers up to 1 in a file whose bare numbers are percents.
    """

    texts: list[str | None]
    ranges: list[bool]
    ambiguous: list[bool]


def fractions(texts: Sequence[str | None], *, percents: bool = False) -> Fractions:
    """Read the shares of one file.

    Parameters
    ----------
    percents
        Bare numbers are percents whatever they are (the column's name says so).

    Notes
    -----
    Whether a bare ``0.5`` is half of a company or half a percent follows from the file: when any bare number in it is above 1, all are
    percents. A range stands with its lower end, which is what is certain; ``<5%`` has none and is unknown.

    Examples
    --------
    >>> fractions(["25 %", "0.25", "25-50 %", None]).texts, fractions(["60", "0.25"]).texts
    (['0.25', '0.25', '0.25', None], ['0.6', '0.0025'])
    """
    distinct = {text: read_stake(text) for text in dict.fromkeys(texts) if text is not None}
    bare = [stake.high for stake in distinct.values() if stake is not None and not stake.percent and stake.high is not None]
    scaled = percents or any(value > 1 for value in bare)
    done = {text: _as_fraction(text, stake, scaled=scaled) for text, stake in distinct.items()}
    ranged = {text for text, stake in distinct.items() if stake is not None and stake.bounded}
    small = {
        text
        for text, stake in distinct.items()
        if scaled and not percents and stake is not None and not stake.percent and stake.value is not None and 0 < stake.value <= 1
    }
    return Fractions(
        [None if text is None else done[text] for text in texts], [text in ranged for text in texts], [text in small for text in texts]
    )


def _as_fraction(text: str, stake: Stake | None, *, scaled: bool) -> str | None:
    if stake is None:
        return text
    if stake.value is None:
        return None
    return repr(round(stake.value / 100, 12)) if stake.percent or scaled else repr(stake.value)

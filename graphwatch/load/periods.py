"""Dates of contracts and shares as registers write them: by year or month, as serial days, "until now"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import polars as pl

STILL: Final = frozenset(
    {
        "至今",
        "长期",
        "现在",
        "目前",
        "无固定期限",
        "永久",
        "未解约",
        "在约",
        "present",
        "current",
        "now",
        "ongoing",
        "open",
        "-",
        "–",
        "—",
        "/",
        "无",
    }
)
_FORM: Final = re.compile(r"^(\d{4})(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?)?\s*[年月日号]?(?:[ T]00:00(?::00(?:\.0+)?)?)?$")
_SERIAL: Final = re.compile(r"^([2-7]\d{4})(?:\.0+)?$")
_YEAR: Final = re.compile(r"^(\d{4})\.0+$")
_EPOCH: Final = date(1899, 12, 30)


def read_period(text: str) -> tuple[date, date] | None:
    """Give the first day of a year, month or day and the first day after it; None: it is nothing of that sort.

    Five digits from 20000 (1954) to 79999 (2119) are the serial days of spreadsheets.

    Examples
    --------
    >>> [str(day) for day in read_period("2021-12")], [str(day) for day in read_period("2021年3月5日")]
    (['2021-12-01', '2022-01-01'], ['2021-03-05', '2021-03-06'])
    >>> str(read_period("44562")[0]), read_period("2021-03-05 14:00")
    ('2022-01-01', None)
    """
    if serial := _SERIAL.match(text):
        first = _EPOCH + timedelta(days=int(serial[1]))
        return first, first + timedelta(days=1)
    found = _FORM.match(_YEAR.sub(r"\1", text))
    if found is None or not 1900 <= int(found[1]) < 2200:
        return None
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    try:
        if day:
            first = date(year, month, day)
            return first, first + timedelta(days=1)
        if found[2]:
            return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    return date(year, 1, 1), date(year + 1, 1, 1)


def start_text(text: str) -> str:
    """Give the beginning of a period as a date; what is none stays as it is.

    Examples
    --------
    >>> start_text("2021"), start_text("next spring")
    ('2021-01-01', 'next spring')
    """
    period = read_period(text.strip())
    return str(period[0]) if period else text


def end_text(text: str, *, inclusive: bool) -> str | None:
    """Give the exclusive end of a period as a date; None: it has no end.

    Parameters
    ----------
    inclusive
        The text names the last day, month or year, not the first one after.

    Examples
    --------
    >>> end_text("2021", inclusive=True), end_text("2021-06-30", inclusive=False), end_text("至今", inclusive=True)
    ('2022-01-01', '2021-06-30', None)
    """
    if text.strip().casefold() in STILL:
        return None
    period = read_period(text.strip())
    return str(period[inclusive]) if period else text


def starts(series: pl.Series) -> pl.Series:
    """Give starts of contracts with years, months and serial days as dates."""
    return _each_once(series, start_text)


def ends(series: pl.Series, *, inclusive: bool) -> pl.Series:
    """Give exclusive ends of contracts with years, months and serial days as dates; null: no end."""
    return _each_once(series, lambda text: end_text(text, inclusive=inclusive))


def _each_once(series: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """Read each distinct text once."""
    if series.dtype.is_integer():
        series = series.cast(pl.String)
    if series.dtype != pl.String:
        return series
    distinct = series.drop_nulls().unique().sort()
    values = pl.Series([read(text) for text in distinct], dtype=pl.String)
    return series.replace_strict(distinct, values, default=None, return_dtype=pl.String)

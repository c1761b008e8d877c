"""Times as they are met in exports → UTC timestamps in µs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import polars as pl
import pyarrow as pa

from graphwatch.errors import ConfigurationError
from graphwatch.model import F64, I64, Bools
from graphwatch.schema import TIMESTAMP

CHINA: Final = "Asia/Shanghai"
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)

_AWARE: Final = (
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M%#z",
    "%a %b %d %H:%M:%S %z %Y",
    "%a, %d %b %Y %H:%M:%S %z",
)
_NAIVE: Final = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
)
_COMPACT_FORMS: Final = ("%Y%m%d%H%M%S", "%Y%m%d")
_NUMBER: Final = r"^[+-]?(?:\d+\.\d*(?:[eE]\+?\d+)?|\d+[eE]\+?\d+|\d{19,})$"
_DIGITS: Final = r"^[+-]?\d{1,18}$"
_COMPACT: Final = r"^(?:19|20)\d{6}(?:\d{6})?$"  # 20221019 and 20221019134129: as epochs both would lie in 1970 or 2610


@dataclass(frozen=True, slots=True)
class Times:
    """Parsed times.

    Attributes
    ----------
    values
        UTC, µs; null where the source is null or cannot be read.
    naive
        How many had no zone and were taken to be in the given one.
    """

    values: pl.Series
    naive: int


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # walks the whole database on disk: a tenth of a second each time


def check_zone(name: str) -> str:
    """Give the name back when it is a time zone of the IANA database.

    Raises
    ------
    ConfigurationError
        There is no such zone.

    Examples
    --------
    >>> check_zone("Asia/Shanghai")
    'Asia/Shanghai'
    """
    if name not in _zones():
        raise ConfigurationError(f"time zone {name!r} is not known; expected an IANA name such as 'UTC' or 'Asia/Shanghai'")
    return ZoneInfo(name).key


def read_times(series: pl.Series, zone: str, pattern: str | None = None) -> Times:
    """Read times of any form.

    Parameters
    ----------
    series
        Timestamps, dates, numbers or texts. Numbers are epochs; seconds, milliseconds, microseconds and nanoseconds are told apart
        value by value from the magnitude (|v| below 1e11, 1e14, 1e17, and above), so one column may mix them; this is sound for
        times from 1973 to 5138. Eight or fourteen digits that begin with 19 or 20 are a date (and time) instead.
    zone
        IANA zone of times that bring none. Of the two readings of an hour that a clock change repeats, the earlier is taken; an hour
        that it skips cannot be read.
    pattern
        ``strftime`` pattern of texts; the only one tried when given.

    Examples
    --------
    >>> read_times(pl.Series(["1666863485", "1666863485000", "2022-10-27 17:38:05"]), "Asia/Shanghai").values.n_unique()
    1
    """
    dtype = series.dtype
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            return Times(series.dt.convert_time_zone("UTC").cast(TIMESTAMP), 0)
        return Times(_localize(series.cast(pl.Datetime("us")), zone), len(series) - series.null_count())
    if dtype == pl.Date:
        return Times(_localize(series.cast(pl.Datetime("us")), zone), len(series) - series.null_count())
    if dtype.is_integer() and dtype not in {pl.UInt64, pl.Int128, pl.UInt128}:
        return _numbers(series, zone)
    if dtype.is_numeric():
        return _numbers(series.cast(pl.Float64), zone)
    return _texts(series.cast(pl.String, strict=False), zone, pattern)


def outside(values: pl.Series) -> pl.Series:
    """Mask of times before 1990 or from 2100 on: no act on a platform has such a time; they come from zeros and wrong units."""
    return ((values < EARLIEST) | (values >= LATEST)).fill_null(value=False)


def _localize(naive: pl.Series, zone: str) -> pl.Series:
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC").cast(TIMESTAMP)


def _numbers(series: pl.Series, zone: str) -> Times:
    if series.dtype == pl.Float64:
        whole = series.cast(pl.Int64, strict=False)
        if (whole.cast(pl.Float64).eq_missing(series.fill_nan(None))).all():  # pandas makes floats of integers beside a gap
            return _numbers(whole, zone)
        floats: F64 = series.fill_null(np.nan).to_numpy()
        return Times(_timestamps(epochs_to_us(floats), ~np.isfinite(floats)), 0)
    numbers = series.cast(pl.Int64)
    compact = numbers.is_between(19_000_000, 21_000_000) | numbers.is_between(19_000_000_000_000, 21_000_000_000_000)
    if compact.any():
        return _texts(numbers.cast(pl.String), zone, None)
    return Times(_timestamps(_whole_epochs(numbers), numbers.is_null().to_numpy()), 0)


def _whole_epochs(numbers: pl.Series) -> I64:
    values: I64 = numbers.fill_null(0).to_numpy()
    size = np.abs(values)
    return np.select([size < 10**11, size < 10**14, size < 10**17], [values * 10**6, values * 10**3, values], values // 1000)


def epochs_to_us(values: F64) -> F64:
    """Epochs in s, ms, µs or ns, told apart by magnitude, → µs; not finite stays so.

    Examples
    --------
    >>> epochs_to_us(np.array([1.5e9, 1.5e12, 1.5e15, 1.5e18])).tolist()
    [1500000000000000.0, 1500000000000000.0, 1500000000000000.0, 1500000000000000.0]
    """
    size = np.abs(values)
    with np.errstate(invalid="ignore", over="ignore"):
        micros: F64 = np.select([size < 1e11, size < 1e14, size < 1e17], [values * 1e6, values * 1e3, values], values / 1e3)
    return np.round(micros)


def _timestamps(values: I64 | F64, unknown: Bools) -> pl.Series:
    far = ~(np.abs(values.astype(np.float64)) < 2.5e17) | unknown  # past year 9999 a timestamp cannot be shown
    micros = np.where(far, 0, values).astype(np.int64)
    return pl.Series(micros).set(pl.Series(far), None).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _texts(series: pl.Series, zone: str, pattern: str | None) -> Times:
    if series.null_count() == len(series):
        return Times(series.cast(TIMESTAMP), 0)
    if pattern is None:  # as graphwatch and most interfaces write them; trying every form costs more than reading
        quick = _written_in_full(series)
        if quick is None:
            quick = _try(series, _AWARE[0], zone)
        if quick.null_count() == series.null_count():
            return Times(quick, 0)
    text = series.str.strip_chars()
    if text.str.ends_with("UTC").any() or text.str.ends_with("GMT").any():
        text = text.str.replace(r"\s*(?:UTC|GMT)$", "Z")
    rows = np.flatnonzero((text.is_not_null() & (text != "")).to_numpy())
    micros = np.zeros(len(text), np.int64)
    found = np.zeros(len(text), np.bool_)
    naive = 0
    for step in _steps(text.gather(rows), pattern):
        if not len(rows):
            break
        values = _try(text.gather(rows), step, zone)
        hit = values.is_not_null().to_numpy()
        micros[rows[hit]] = values.drop_nulls().to_physical().to_numpy()
        found[rows[hit]] = True
        naive += int(hit.sum()) if step not in {_NUMBER, _DIGITS} and not _has_zone(step) else 0
        rows = rows[~hit]
    values = pl.Series(series.name, micros).set(pl.Series(~found), None)
    return Times(values.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), naive)


def _written_in_full(texts: pl.Series) -> pl.Series | None:
    """Read texts in the form of ISO 8601 with a zone, as Arrow does, five times as fast as polars; None: one of them is not."""
    try:
        return pl.Series(texts.name, pl.from_arrow(texts.to_arrow().cast(pa.timestamp("us", "UTC"))))
    except pa.ArrowInvalid:
        return None


def _steps(texts: pl.Series, pattern: str | None) -> tuple[str, ...]:
    """Forms to try; those that a few rows have come first, because each one tried costs a pass. No text fits two forms."""
    if pattern is not None:
        return (pattern,)
    sample = texts.gather_every(max(1, len(texts) // 32))
    hits = {step: int(_try(sample, step, "UTC").is_not_null().sum()) for step in (_DIGITS, *_AWARE, *_NAIVE, _NUMBER)}
    return tuple(sorted(hits, key=lambda step: -hits[step]))


def _has_zone(pattern: str) -> bool:
    return re.search(r"%#?:*z", pattern) is not None


def _try(text: pl.Series, step: str, zone: str) -> pl.Series:
    """Read with one form; null where it does not fit."""
    if step in {_DIGITS, _NUMBER}:
        fits = text.str.contains(step) & ~text.str.contains(_COMPACT)
        held = text.set(~fits, None)
        if step == _DIGITS:
            numbers = held.cast(pl.Int64, strict=False)
            return _timestamps(_whole_epochs(numbers), numbers.is_null().to_numpy())
        floats = held.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        return _timestamps(epochs_to_us(floats), ~np.isfinite(floats))
    if step in _COMPACT_FORMS:
        text = text.set(~text.str.contains(_COMPACT), None)
    parsed = text.str.to_datetime(step, strict=False, time_unit="us")
    return parsed.cast(TIMESTAMP) if _has_zone(step) else _localize(parsed, zone)

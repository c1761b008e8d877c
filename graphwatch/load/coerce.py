"""One column of any type → the declared type; what cannot be read is named, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from graphwatch.load.lists import read_lists
from graphwatch.load.times import outside, read_times
from graphwatch.schema import STRINGS, Column

MAX_ID: Final = 1024
NULL_WORDS: Final = ("", "nan", "NaN", "NAN", "<NA>", "None", "null", "NULL", "NaT", "N/A", "\\N")
CONTROLS: Final = r"[\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{202a}-\x{202e}\x{2066}-\x{2069}]"
_NULLS: Final = r"^(?:nan|NaN|NAN|<NA>|None|null|NULL|NaT|N/A|\\N)?$"
_FLOAT_ID: Final = r"^-?\d+\.0+$"
_SCIENTIFIC: Final = r"^-?\d(?:\.\d+[eE]\+?|[eE]\+)\d+$"  # 1e5 may be an id to another base
_UNCLEAN_ID: Final = rf"^\s|\s$|{CONTROLS}|{_NULLS}|{_FLOAT_ID}|{_SCIENTIFIC}"
_EXACT: Final = 2**53
_TRUE: Final = ("true", "1", "1.0", "yes", "y", "t", "是")
_FALSE: Final = ("false", "0", "0.0", "no", "n", "f", "否")
_ACT_TIMES: Final = ("at", "observed_at", "actor_created_at", "created_at")


@dataclass(frozen=True, slots=True)
class Coerced:
    """A column in its declared type.

    Attributes
    ----------
    values
        Null where the source is null or cannot be read.
    faults
        ``(reason, mask)``: rows that must be set aside for it.
    nulled
        Mask of optional values that could not be read and became null; None: there are none.
    counts
        What was done to values on the way, such as ``naive_times``.
    """

    values: pl.Series
    faults: tuple[tuple[str, pl.Series], ...] = ()
    nulled: pl.Series | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


def is_id(column: Column) -> bool:
    """Whether the column holds ids: names that end in ``_id`` or ``_ids``."""
    return column.name.endswith(("_id", "_ids"))


def coerce(series: pl.Series, column: Column, zone: str, pattern: str | None = None) -> Coerced:
    """Read a column as what the schema declares it to be.

    Parameters
    ----------
    series
        Values of any dtype.
    column
        Declaration: dtype, bounds, choices, whether a value must be there.
    zone
        Time zone of times without one.
    pattern
        ``strftime`` pattern of times that are texts.

    Returns
    -------
    Coerced
        A row is faulty when a required value is missing or unreadable, an id is damaged (control characters, digits lost to a float
        or to scientific notation, longer than 1,024 characters), or a number with two bounds (a probability, a share) is outside
        them: the scale is then another one, and dropping just these values would bend every figure. So is one whose null would say
        something of its own (a contract without an end). Any other unreadable optional
        value becomes null and is counted.
    """
    read = _read(series, column, zone, pattern)
    if column.null_means and read.nulled is not None:
        return Coerced(read.values, (*read.faults, (f"cannot be read as {describe(column)}", read.nulled)), None, read.counts)
    if not column.required:
        return read
    taken = pl.Series([False]).new_from_index(0, len(series))
    for _, mask in read.faults:
        taken |= mask
    absent = read.values.is_null() & ~taken
    if not absent.any():
        return Coerced(read.values, read.faults, None, read.counts)
    unread = read.nulled if read.nulled is not None else pl.Series([False]).new_from_index(0, len(series))
    faults = (*read.faults, (f"cannot be read as {describe(column)}", absent & unread), ("missing", absent & ~unread))
    return Coerced(read.values, tuple((reason, mask) for reason, mask in faults if mask.any()), None, read.counts)


def describe(column: Column) -> str:
    """Say in words what a value of the column must be."""
    if column.choices and not column.open_choices:
        return "one of " + ", ".join(column.choices)
    if isinstance(column.dtype, pl.Datetime):
        return "a time between 1990 and 2100" if column.name in _ACT_TIMES else "a time"
    words = {pl.Int64(): "a whole number", pl.Float64(): "a number", pl.Boolean(): "true or false", STRINGS: "a list of texts"}
    text = words.get(column.dtype, "an id" if is_id(column) else "a text")
    low = "" if column.low is None else f" from {column.low:g}"
    high = "" if column.high is None else f" to {column.high:g}"
    return text + low + high


def _read(series: pl.Series, column: Column, zone: str, pattern: str | None) -> Coerced:
    if isinstance(column.dtype, pl.Datetime):
        return _times(series, column, zone, pattern)
    if column.dtype == STRINGS:
        return _lists(series, column)
    if column.dtype == pl.Boolean:
        return _booleans(series)
    if column.dtype.is_numeric():
        return _numbers(series, column)
    return _strings(series, column)


def _strings(series: pl.Series, column: Column) -> Coerced:
    if is_id(column):
        return read_ids(series)
    if column.choices or column.name == "platform":
        return _words(series, column)
    return Coerced(_text(series))


def _text(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        return series
    return (series.fill_nan(None) if series.dtype.is_float() else series).cast(pl.String, strict=False)


def _without_null_words(series: pl.Series) -> pl.Series:
    """Texts without blanks at the ends; what programs write for a missing value becomes null."""
    text = _text(series).str.strip_chars()
    return text.set(text.str.contains(_NULLS), None)


def read_ids(series: pl.Series) -> Coerced:
    """Read ids as texts; a float's ``.0`` goes, lost digits and control characters are faults.

    Examples
    --------
    >>> read_ids(pl.Series(["7", "8.0", "nan"])).values.to_list()
    ['7', '8', None]
    """
    if series.dtype.is_float():
        finite = series.fill_nan(None)
        lost = ((finite.abs() >= _EXACT) | (finite != finite.round(0))).fill_null(value=False)
        values = finite.set(lost, None).cast(pl.Int64).cast(pl.String)
        return Coerced(
            values, _masked((("id is a number whose digits are lost", lost),)), None, {"float_ids": len(values) - values.null_count()}
        )
    if series.dtype == pl.Boolean:
        return Coerced(_text(series).set(series.is_not_null(), None), _masked((("id is a truth value", series.is_not_null()),)))
    raw = _text(series)
    unclean = raw.str.contains(_UNCLEAN_ID)
    too_long = raw.str.len_bytes() > MAX_ID
    if not unclean.any() and not too_long.any():
        return Coerced(raw)
    text = _without_null_words(raw)
    floats = text.str.contains(_FLOAT_ID)
    text = text.str.replace(r"^(-?\d+)\.0+$", "$1")
    faults = (
        ("id holds control characters", text.str.contains(CONTROLS).fill_null(value=False)),
        ("id is in scientific notation: its digits are lost", text.str.contains(_SCIENTIFIC).fill_null(value=False)),
        (f"id is longer than {MAX_ID} bytes", (text.str.len_bytes() > MAX_ID).fill_null(value=False)),
    )
    return Coerced(text, _masked(faults), None, {"float_ids": int(floats.sum())} if floats.any() else {})


def _masked(faults: tuple[tuple[str, pl.Series], ...]) -> tuple[tuple[str, pl.Series], ...]:
    return tuple((reason, mask) for reason, mask in faults if mask.any())


def _words(series: pl.Series, column: Column) -> Coerced:
    """Read closed vocabularies and platform names, without regard to case and blanks."""
    raw = _text(series.cast(pl.String) if isinstance(series.dtype, (pl.Categorical, pl.Enum)) else series)
    distinct = _different(raw)
    cleaned = _without_null_words(distinct).str.to_lowercase()
    closed = bool(column.choices) and not column.open_choices
    known = cleaned.is_in(column.choices) if closed else cleaned.is_not_null()
    values = cleaned.set(~known.fill_null(value=False), None)
    unread = cleaned.is_not_null() & values.is_null()
    if not unread.any() and values.eq_missing(distinct).all():
        return Coerced(raw)
    names = pl.DataFrame({"raw": distinct, "value": values, "unread": unread})
    joined = pl.DataFrame({"raw": raw}).join(names, on="raw", how="left", nulls_equal=True, maintain_order="left")
    return Coerced(joined["value"].rename(series.name), (), joined["unread"] if unread.any() else None)


def _different(texts: pl.Series) -> pl.Series:
    """Give the different values; most columns of words hold one."""
    return texts.head(1) if len(texts) and texts.eq_missing(texts[0]).all() else texts.unique()


def _times(series: pl.Series, column: Column, zone: str, pattern: str | None) -> Coerced:
    times = read_times(series, zone, pattern) if series.dtype == pl.String else None
    held = series
    if times is None or times.values.null_count() != series.null_count():
        held = _without_null_words(series) if series.dtype == pl.String else series.fill_nan(None) if series.dtype.is_float() else series
        times = read_times(held, zone, pattern)
    values = times.values
    unread = held.is_not_null() & values.is_null()
    if column.name in _ACT_TIMES:
        far = outside(values)
        if far.any():
            unread |= far
            values = values.set(far, None)
    counts = {"naive_times": times.naive} if times.naive else {}
    return Coerced(values.rename(series.name), (), unread if unread.any() else None, counts)


def _booleans(series: pl.Series) -> Coerced:
    if series.dtype == pl.Boolean:
        return Coerced(series)
    text = _without_null_words(series).str.to_lowercase()
    yes, no = text.is_in(_TRUE), text.is_in(_FALSE)
    values = yes.set(~(yes | no).fill_null(value=False), None)
    unread = text.is_not_null() & values.is_null()
    return Coerced(values.rename(series.name), (), unread if unread.any() else None)


def _numbers(series: pl.Series, column: Column) -> Coerced:
    if series.dtype == column.dtype and _within(series, column):
        return Coerced(series)
    floats = series.cast(pl.Float64) if series.dtype.is_numeric() else _spelled_numbers(series, percent=column.high == 1)
    given = (_without_null_words(series) if series.dtype == pl.String else floats.fill_nan(None)).is_not_null()
    floats = floats.fill_nan(None)
    readable = floats.is_finite()
    if column.dtype.is_integer():
        readable &= (floats == floats.round(0)) & (floats.abs() < 2**63)
    outside_low = (floats < column.low) if column.low is not None else pl.Series([False]).new_from_index(0, len(series))
    outside_high = (floats > column.high) if column.high is not None else pl.Series([False]).new_from_index(0, len(series))
    out = (outside_low | outside_high).fill_null(value=False)
    exact = series if series.dtype.is_integer() else floats
    if column.dtype.is_integer() and series.dtype == pl.String:  # a float would lose digits past 2^53
        whole = series.str.strip_chars().cast(pl.Int64, strict=False)
        exact = whole if whole.null_count() == floats.null_count() else whole.fill_null(floats.set(~readable, None).cast(pl.Int64))
    values = exact.set(~readable.fill_null(value=False) | out, None).cast(column.dtype)
    unread = given & values.is_null()
    if column.low is not None and column.high is not None and out.any():
        reason = f"outside {column.low:g} to {column.high:g}"
        unread &= ~out
        return Coerced(values, ((reason, out),), unread if unread.any() else None)
    return Coerced(values.rename(series.name), (), unread if unread.any() else None)


def _within(series: pl.Series, column: Column) -> bool:
    """Whether all values are numbers between the bounds of the column."""
    if series.dtype.is_float() and not series.is_finite().all():
        return False
    low = column.low is None or bool((series >= column.low).all())
    return low and (column.high is None or bool((series <= column.high).all()))


def _spelled_numbers(series: pl.Series, *, percent: bool) -> pl.Series:
    """Numbers as people and exports spell them: ``1,234``, ``1.2万``, and ``45%`` where the column is a fraction."""
    text = _without_null_words(series)
    grouped = text.str.contains(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$").fill_null(value=False)
    if grouped.any():
        text = text.str.replace_all(",", "").zip_with(grouped, text)
    scale = np.ones(len(text))
    for suffix, factor in (("万", 1e4), ("亿", 1e8), *([("%", 0.01)] if percent else [])):
        ends = text.str.ends_with(suffix).fill_null(value=False)
        if ends.any():
            scale[ends.to_numpy()] = factor
            text = text.str.strip_suffix(suffix).str.strip_chars()
    plain = text.str.contains(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
    numbers = text.set(~plain.fill_null(value=False), None).cast(pl.Float64, strict=False)
    return (numbers * pl.Series(scale)).round(12) if (scale != 1).any() else numbers


def _lists(series: pl.Series, column: Column) -> Coerced:
    read = read_lists(series)
    values = read.values
    if not is_id(column):
        if len(values) and values.explode(empty_as_null=False, keep_nulls=False).null_count():
            values = values.list.drop_nulls()
        return Coerced(values, (), read.unread if read.unread.any() else None)
    flat = values.explode(empty_as_null=False, keep_nulls=False) if len(values) else values.explode()
    elements = read_ids(flat)
    faults = [("cannot be read as a list of ids", read.unread)]
    if elements.values is not flat or elements.faults or flat.null_count():
        owner = pl.Series(np.repeat(np.arange(len(values)), values.list.len().fill_null(0).to_numpy()))
        for reason, mask in elements.faults:
            bad = np.zeros(len(values), np.bool_)
            bad[owner.filter(mask).to_numpy()] = True
            faults.append((reason, pl.Series(bad)))
        values = _regroup(elements.values, owner, values)
    return Coerced(values if values is series else values.rename(series.name), _masked(tuple(faults)), None, elements.counts)


def _regroup(elements: pl.Series, owner: pl.Series, like: pl.Series) -> pl.Series:
    """Put cleaned elements back into their rows; missing ones are left out."""
    kept = pl.DataFrame({"row": owner, "value": elements}).filter(pl.col("value").is_not_null())
    lists = kept.group_by("row", maintain_order=True).agg("value")
    rows = pl.DataFrame({"row": np.arange(len(like)), "given": like.is_not_null()})
    joined = rows.join(lists, on="row", how="left", maintain_order="left")
    empty = pl.Series([[]], dtype=STRINGS).new_from_index(0, len(like))
    filled = joined["value"].set(joined["value"].is_null(), None).to_frame("value").with_columns(empty=empty, given=joined["given"])
    return filled.select(pl.when("given").then(pl.coalesce("value", "empty"))).to_series()

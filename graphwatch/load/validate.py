"""Any input table against its declaration: types, bounds, choices, what must be there; bad rows set aside and counted."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from graphwatch.errors import ColumnError, Place
from graphwatch.load.coerce import Coerced, coerce, describe
from graphwatch.load.rejected import REJECTED, join_rejected, records_json
from graphwatch.schema import STRINGS, Column, Table

FILE: Final = "_file"
LINE: Final = "_line"
PLACE: Final = (FILE, LINE)
_NEVER: Final = (pl.Struct, pl.Object, pl.Binary, pl.Duration, pl.Time)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the values of a file are to be read.

    Attributes
    ----------
    file
        Name for messages and rejected rows.
    zone
        Time zone of times without one.
    patterns
        ``strftime`` pattern by column, for times in a form of their own.
    """

    file: str
    zone: str = "UTC"
    patterns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A validated table.

    Attributes
    ----------
    rows
        All declared columns in their types, and ``_file`` and ``_line``, where each row came from.
    rejected
        Rows set aside: file, line, field, reason, record.
    counts
        ``rows`` (read), ``rejected``, ``nulled`` and ``nulled_<field>``, ``naive_times`` and so on; zeros are left out.
    """

    rows: pl.LazyFrame
    rejected: pl.DataFrame
    counts: Mapping[str, int]


def validate(rows: pl.DataFrame | pl.LazyFrame, table: Table, reading: Reading) -> Checked:
    """Validate a table column by column.

    Parameters
    ----------
    rows
        Columns under their canonical names, of any dtype; other columns are ignored and counted. A ``_line`` column gives
        line numbers, else rows are numbered from 1. A lazy frame is read a column at a time and must give its rows in the same
        order each time, as a scan of a file does; what comes back is lazy too and holds no data.
    table
        Declaration.
    reading
        Zone, time patterns, and the file's name.

    Returns
    -------
    Checked

    Raises
    ------
    ColumnError
        A required column is missing, or a column's type cannot be read at all.

    Examples
    --------
    >>> from graphwatch.schema import FOLLOWS
    >>> frame = pl.DataFrame({"follower_id": ["a", "nan"], "followed_id": [7, 8]})
    >>> checked = validate(frame, FOLLOWS, Reading("f.csv"))
    >>> checked.rows.select("follower_id", "followed_id").collect().rows()
    [('a', '7')]
    >>> checked.rejected.select("line", "field", "reason").rows()
    [(2, 'follower_id', 'missing')]
    """
    lazy = rows.lazy()
    schema = lazy.collect_schema()
    check_columns(schema.names(), table, reading.file)
    if LINE not in schema:
        lazy = lazy.with_row_index(LINE, offset=1)
    columns, faults, counts = _read_columns(rows, lazy, table, reading)
    columns += [pl.lit(reading.file).alias(FILE), pl.col(LINE).cast(pl.Int64)]
    counts["rows"] = int(lazy.select(pl.len()).collect().item())
    counts["ignored_columns"] = len(set(schema.names()) - set(table.names) - set(PLACE))
    rejected, bad, lines = _rejected(lazy, faults, reading.file)
    counts["rejected"] = len(bad)
    if isinstance(rows, pl.DataFrame):  # several rows may stand on one line
        out = lazy.select(columns).collect()
        sound = out.filter(~pl.int_range(pl.len(), dtype=pl.Int64).is_in(bad.implode())).lazy() if len(bad) else out.lazy()
    else:  # what the scan itself gives can be asked for while it reads
        sound = (lazy.filter(~pl.col(LINE).is_in(lines.implode())) if len(bad) else lazy).select(columns)
    return Checked(sound, rejected, {name: count for name, count in sorted(counts.items()) if count})


def _read_columns(
    rows: pl.DataFrame | pl.LazyFrame, lazy: pl.LazyFrame, table: Table, reading: Reading
) -> tuple[list[pl.Expr], pl.DataFrame, Counter[str]]:
    """Read each column once; give its expression, the faults found (row, field, reason) and the counts."""
    found = lazy.collect_schema()
    columns: list[pl.Expr] = []
    counts: Counter[str] = Counter()
    faults = [pl.DataFrame(schema={"row": pl.Int64, "field": pl.String, "reason": pl.String})]
    for column in table.columns:
        if column.name not in found:
            columns.append(pl.lit(None, dtype=column.dtype).alias(column.name))
            continue
        series = rows[column.name] if isinstance(rows, pl.DataFrame) else lazy.select(column.name).collect().to_series()
        read = _coerce(series, column, reading)
        columns.append(_expression(rows, series, read, column, reading))
        for reason, mask in read.faults:
            faults.append(pl.DataFrame({"row": np.flatnonzero(mask), "field": column.name, "reason": reason}))
        counts.update(read.counts)
        if read.nulled is not None:
            counts.update({"nulled": int(read.nulled.sum()), f"nulled_{column.name}": int(read.nulled.sum())})
    return columns, pl.concat(faults), counts


def check_columns(found: list[str], table: Table, file: str) -> None:
    """Refuse a file that lacks a required column.

    Raises
    ------
    ColumnError
        Names the file, the columns found, the ones expected, and those that look alike.
    """
    missing = [name for name in table.required if name not in found]
    if not missing:
        return
    alike = {name: difflib.get_close_matches(name, found, n=1, cutoff=0.6) for name in missing}
    hints = ", ".join(f"{match[0]!r} may be {name!r}" for name, match in alike.items() if match)
    shown = ", ".join(found[:40]) + (" …" if len(found) > 40 else "")
    raise ColumnError(
        f"required column{'s' * (len(missing) > 1)} {', '.join(missing)} missing; found: {shown or 'none'}; "
        f"expected for {table.name}: {', '.join(table.required)}; optional: "
        f"{', '.join(name for name in table.names if name not in table.required)}"
        + (f"; {hints} (a mapping file renames columns)" if hints else ""),
        Place(file),
    )


def _coerce(series: pl.Series, column: Column, reading: Reading) -> Coerced:
    unfit = isinstance(series.dtype, _NEVER) or (isinstance(series.dtype, (pl.List, pl.Array)) and column.dtype != STRINGS)
    wrong = ColumnError(f"has type {series.dtype}, which cannot be read as {describe(column)}", Place(reading.file, field=column.name))
    if unfit:
        raise wrong
    try:
        return coerce(series, column, reading.zone, reading.patterns.get(column.name))
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise wrong from error


def _expression(rows: pl.DataFrame | pl.LazyFrame, series: pl.Series, read: Coerced, column: Column, reading: Reading) -> pl.Expr:
    """Values that are at hand for a frame; for a scan a recipe, so that no column stays in memory."""
    if series.dtype == column.dtype and (read.values is series or series.equals(read.values, null_equal=True)):
        return pl.col(column.name)
    if isinstance(rows, pl.DataFrame):
        return pl.lit(read.values.cast(column.dtype)).alias(column.name)
    pattern = reading.patterns.get(column.name)

    def again(part: pl.Series) -> pl.Series:
        return coerce(part, column, reading.zone, pattern).values.cast(column.dtype)

    return pl.col(column.name).map_batches(again, return_dtype=column.dtype, is_elementwise=True).alias(column.name)


def _rejected(lazy: pl.LazyFrame, faults: pl.DataFrame, file: str) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Describe the faulty rows; give their row and line numbers too."""
    bad = faults["row"].unique().sort()
    if bad.is_empty():
        return REJECTED.to_frame(), bad, bad
    held = lazy.with_row_index("_row").filter(pl.col("_row").is_in(bad.implode())).collect(engine="streaming").sort("_row")
    shown = held.select("_row", pl.col(LINE).cast(pl.Int64).alias("line")).with_columns(
        records_json(held.drop("_row", *(name for name in PLACE if name in held.columns)))
    )
    joined = faults.with_columns(pl.col("row").cast(shown["_row"].dtype)).join(shown, left_on="row", right_on="_row", how="left")
    described = joined.with_columns(pl.lit(file).alias("file")).select(REJECTED.names()).cast(REJECTED)
    return join_rejected([described]), bad, shown["line"]

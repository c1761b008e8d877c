"""Frames that an analyst has at hand (pandas, polars, Arrow, columns) → validated polars."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

import polars as pl
import pyarrow as pa

from graphwatch.errors import DataError, Place
from graphwatch.load.duplicates import deduplicate
from graphwatch.load.harvest import series_of
from graphwatch.load.read import Loaded
from graphwatch.load.rejected import check_share, join_rejected, warn_rejected
from graphwatch.load.times import check_zone
from graphwatch.load.validate import LINE, Reading, validate
from graphwatch.schema import INTERACTIONS, Column, Table
from graphwatch.settings import LoadSettings

if TYPE_CHECKING:
    import pandas as pd

FRAME: str = "<frame>"

Frame: TypeAlias = "pd.DataFrame | pl.DataFrame | pl.LazyFrame | pa.Table | pa.RecordBatch | Mapping[str, Sequence[object]]"


def as_interactions(data: Frame, *, keep_duplicates: bool = False, settings: LoadSettings | None = None) -> pl.LazyFrame:
    """Give interactions from any frame, validated, with all canonical columns.

    Parameters
    ----------
    data
        pandas, polars (eager or lazy; lazy ones are collected, because not every query gives its rows in the same order twice),
        Arrow table or record batch, or a dictionary of columns. It is not changed.
    keep_duplicates
        Leave rows with one id as they are.

    Returns
    -------
    polars.LazyFrame
        Over data in memory.

    Raises
    ------
    ColumnError
        A required column is missing.
    DataError
        It is no frame, or more than ``max_rejected_share`` of it is bad.

    Warns
    -----
    RejectedRows
        Rows were set aside.

    Examples
    --------
    >>> columns = {"interaction_id": [1, 2], "at": [1.6e9, 1.6e12], "actor_id": ["a", "b"], "kind": ["post", "reply"]}
    >>> as_interactions(columns).select("interaction_id", "at").collect()["at"].n_unique()
    1
    """
    checked = check_frame(data, INTERACTIONS, keep_duplicates=keep_duplicates, settings=settings)
    warn_rejected(checked.rejected, checked.counts, FRAME)
    return checked.interactions


def as_table(data: Frame, table: Table, *, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Give any input table from any frame, as :func:`as_interactions` does for interactions."""
    checked = check_frame(data, table, settings=settings)
    warn_rejected(checked.rejected, checked.counts, FRAME)
    return checked.interactions.collect()


def check_frame(data: Frame, table: Table, *, keep_duplicates: bool = False, settings: LoadSettings | None = None) -> Loaded:
    """Validate a frame and say what became of every row.

    Returns
    -------
    Loaded
        The table's rows in ``interactions`` (whichever table it is), with ``rejected`` and ``counts``.
    """
    limits = settings or LoadSettings()
    rows = to_polars(data, table)
    if LINE in rows.columns:
        rows = rows.drop(LINE)
    checked = validate(rows, table, Reading(FRAME, check_zone(limits.timezone or "UTC")))
    check_share(checked.rejected, len(rows), FRAME, limits)
    counts, rejected, out = Counter(checked.counts), [checked.rejected], checked.rows
    if not keep_duplicates:
        distinct = deduplicate(out, table)
        counts += Counter(distinct.counts)
        rejected.append(distinct.rejected)
        out = distinct.rows
    kept = out.select(table.names).collect().lazy()
    return Loaded(kept, None, None, join_rejected(rejected), dict(sorted(counts.items())))


def to_polars(data: Frame, table: Table) -> pl.DataFrame:
    """Give any frame as polars, columns as they are.

    Raises
    ------
    DataError
        It is no frame.
    """
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        return data.with_columns(_of_values(held.name, held.to_list(), table) for held in data if held.dtype == pl.Object)
    if is_pandas(data):
        twice = sorted({str(name) for name in data.columns[data.columns.duplicated()]})
        if twice:
            raise DataError(f"has several columns named {', '.join(twice)}", Place(FRAME))
        return pl.DataFrame([_of_pandas(str(name), data[name], table) for name in data.columns])
    if isinstance(data, (pa.Table, pa.RecordBatch)):
        return pl.DataFrame(pl.from_arrow(data))
    if isinstance(data, Mapping):
        return _of_columns(data, table)
    raise DataError(f"expected a pandas, polars or Arrow frame, or a dictionary of columns; got {type(data).__name__}", Place(FRAME))


def is_pandas(data: object) -> TypeGuard[pd.DataFrame]:
    """Whether it is a frame of pandas, which is not imported for the question: who gives one has it already.

    Examples
    --------
    >>> is_pandas(pl.DataFrame())
    False
    """
    loaded = sys.modules.get("pandas")
    return loaded is not None and isinstance(data, loaded.DataFrame)


def _of_columns(data: Mapping[str, Sequence[object]], table: Table) -> pl.DataFrame:
    lengths = {name: len(values) for name, values in data.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"columns have different lengths: {lengths}", Place(FRAME))
    return pl.DataFrame([_of_values(name, list(values), table) for name, values in data.items()])


def _of_pandas(name: str, values: pd.Series, table: Table) -> pl.Series:
    """Give a pandas column; of mixed Python objects, texts that validation reads."""
    if values.dtype == object:
        import pandas as pd  # noqa: PLC0415 - loaded already: the column is one of its

        nothing = (None, pd.NaT, pd.NA)
        missing = [any(value is none for none in nothing) or (isinstance(value, float) and math.isnan(value)) for value in values]
        return _of_values(name, [None if gone else value for value, gone in zip(values, missing, strict=True)], table)
    return pl.from_pandas(values).alias(name)


def _of_values(name: str, values: list[object], table: Table) -> pl.Series:
    try:
        column = pl.Series(name, values, strict=True)
        if column.dtype != pl.Object:
            return column
    except (AttributeError, TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):  # arrays beside tuples: AttributeError
        pass
    return series_of(values, table.column(name) if name in table.names else Column(name, pl.String(), ""))

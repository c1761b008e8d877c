"""What the interactions of a case are: how many, from when, from where, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from graphwatch.schema import INTERACTIONS
from graphwatch.tables.coverage import Gap, find_gaps
from graphwatch.tables.observations import current_interactions
from graphwatch.tables.opened import OpenCase

_OPTIONAL: Final = tuple(column.name for column in INTERACTIONS.columns if not column.required)
_FLAT: Final = tuple(name for name in _OPTIONAL if not isinstance(INTERACTIONS.column(name).dtype, pl.List))
_LISTS: Final = tuple(name for name in _OPTIONAL if name not in _FLAT)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the interactions are.

    Attributes
    ----------
    acts
        Interactions, one per key.
    first, last
        Times of the first and of the last one.
    platforms, kinds, surfaces
        Interactions by value, most frequent first; those without a value are counted under the empty word.
    shares
        Share of the stored observations with a value, by optional column.
    gaps
        Stretches without a row, longer than the platform's ordinary rhythm explains.
    """

    acts: int
    first: datetime | None
    last: datetime | None
    platforms: Mapping[str, int]
    kinds: Mapping[str, int]
    surfaces: Mapping[str, int]
    shares: Mapping[str, float]
    gaps: tuple[Gap, ...]


def overview(case: OpenCase, files: pl.DataFrame) -> Overview:
    """Look over interactions.

    Parameters
    ----------
    files
        Data files to look at, as :func:`graphwatch.tables.snapshot.files_of` gives them; whole ones only.

    Notes
    -----
    One streaming pass over time, platform, kind and surface. What shares of rows have a value is read off the files' footers, so no text
    is read; lists, of which the footers do not tell, are.
    """
    rows = current_interactions(case, files, within=files)
    hour = pl.col("at").dt.truncate("1h").alias("hour")
    by = rows.group_by(hour, "platform", "kind", "surface").agg(
        pl.len().alias("rows"), pl.col("at").min().alias("first"), pl.col("at").max().alias("last")
    )
    cells = by.collect(engine="streaming")
    first, last = cells.select(pl.col("first").min(), pl.col("last").max()).row(0)
    hourly = cells.group_by("platform", "hour").agg(pl.col("rows").sum())
    return Overview(
        int(cells["rows"].sum()),
        first,
        last,
        count_by(cells, "platform"),
        count_by(cells, "kind"),
        count_by(cells, "surface"),
        _shares(files),
        tuple(find_gaps(hourly)),
    )


def count_by(rows: pl.DataFrame, column: str) -> dict[str, int]:
    """Sum ``rows`` by the values of a column, most frequent first."""
    counts = (
        rows.group_by(pl.col(column).fill_null("").alias("value")).agg(pl.col("rows").sum()).sort("rows", "value", descending=[True, False])
    )
    return {str(value): int(count) for value, count in counts.iter_rows()}


def _shares(files: pl.DataFrame) -> dict[str, float]:
    nulls = dict.fromkeys(_OPTIONAL, 0)
    total = 0
    for path in files["path"].to_list():
        footer = pq.read_metadata(path)
        total += footer.num_rows
        for group in (footer.row_group(number) for number in range(footer.num_row_groups)):
            for column in (group.column(number) for number in range(group.num_columns)):
                if column.path_in_schema in _FLAT and column.statistics is not None:
                    nulls[column.path_in_schema] += column.statistics.null_count or 0
    if not total:
        return dict.fromkeys(_OPTIONAL, 0.0)
    lists = pl.scan_parquet(files["path"].to_list(), glob=False, hive_partitioning=False).select(pl.col(_LISTS).null_count())
    nulls |= {name: int(count) for name, count in lists.collect(engine="streaming").row(0, named=True).items()}
    return {name: round(1 - nulls[name] / total, 4) for name in _OPTIONAL}

"""Rows that claim the same key: repeated ones dropped, ones that agree merged, ones that contradict each other set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.load.rejected import REJECTED, join_rejected, records_json
from graphwatch.load.validate import FILE, LINE, PLACE
from graphwatch.schema import Table

REASON: Final = "duplicate id with different content"
OBSERVED: Final = ("objects", "followers", "deleted", "observed_at", "source")
_ROW: Final = "_row"
_TEXT: Final = "_content"


@dataclass(frozen=True, slots=True)
class Distinct:
    """A table with one row per key, and what was done to get there."""

    rows: pl.LazyFrame
    rejected: pl.DataFrame
    counts: Mapping[str, int]


def deduplicate(rows: pl.LazyFrame, table: Table, doubtful: pl.DataFrame | None = None) -> Distinct:
    """Keep one row per key.

    Parameters
    ----------
    rows
        Validated rows with ``_file`` and ``_line``; they must come in the same order at each reading.
    table
        Its key decides what a duplicate is.
    doubtful
        ``file`` and ``line`` of rows with values that look wrong; in tables without times of observation others go before them.

    Returns
    -------
    Distinct
        Of rows with one key, columns that hang on when the act was *observed* (objects, whose links get resolved; followers, deleted,
        observed_at, source) may differ, and a column may be null in one and known in another: such rows are one act seen twice.
        They are merged into the latest observation (``deleted`` if any said so) and counted as ``duplicates``. Where two known
        values differ, the row observed last stays and those that say otherwise go to ``rejected``. Equal observation times are decided
        by the content, never by row order; in tables without such times a row stays that is not doubtful, then the one in which most
        is known, then the most frequent one.

    Notes
    -----
    Only the key is read for all rows (as 64-bit hashes, 8 bytes a row); the rest only for rows whose hash is repeated.

    Examples
    --------
    >>> from graphwatch.load.validate import Reading, validate
    >>> from graphwatch.schema import AGENCIES
    >>> frame = pl.DataFrame({"agency_id": ["x", "x", "y"], "name": ["A", None, "B"]})
    >>> found = deduplicate(validate(frame, AGENCIES, Reading("a.csv")).rows, AGENCIES)
    >>> sorted(found.rows.select("agency_id", "name").collect().rows()), dict(found.counts)
    ([('x', 'A'), ('y', 'B')], {'duplicates': 1})
    """
    hashes = rows.select(pl.struct(table.key).hash()).collect().to_series()
    if hashes.n_unique() == len(hashes):  # the rule; a sort takes longer
        return Distinct(rows, REJECTED.to_frame(), {})
    ordered = np.sort(hashes.to_numpy())
    repeated = pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
    positions = pl.Series(np.flatnonzero(hashes.is_in(repeated.implode())), dtype=pl.UInt32)
    del hashes, ordered
    numbered = rows.with_row_index(_ROW)
    lines = rows.select(LINE).collect().to_series().gather(positions).unique().sort()
    near = rows.filter(pl.col(LINE).is_in(lines.implode())).collect(engine="streaming")  # a scan applies this while it reads
    clashing = near.filter(pl.struct(table.key).hash().is_in(repeated.implode()))
    kept, rejected = _settle(clashing, table, doubtful)
    others = numbered.filter(~pl.col(_ROW).is_in(positions.implode())).drop(_ROW)
    counts = {"duplicates": len(clashing) - len(kept) - len(rejected), "duplicate_conflicts": len(rejected)}
    return Distinct(pl.concat([others, kept.lazy()]), rejected, {name: count for name, count in counts.items() if count})


def _settle(rows: pl.DataFrame, table: Table, doubtful: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    content = [name for name in table.names if name not in table.key and name not in OBSERVED]
    key = list(table.key)
    seen = "observed_at" if "observed_at" in table.names else None
    others = [name for name in table.names if name in OBSERVED and name != "source" and name not in table.key]
    texts = rows.with_columns(
        pl.struct([*key, *content]).struct.json_encode().alias(_TEXT), pl.struct([*key, *others]).struct.json_encode().alias("_others")
    )
    usual = [] if seen else ["_sound", "_known", "_often"]  # of rosters the latest row is not known
    texts = texts.with_columns(
        _sound(texts, doubtful),
        pl.sum_horizontal([pl.col(name).is_not_null() for name in content] or [pl.lit(value=False)]).alias("_known"),
        pl.len().over(_TEXT).alias("_often"),
    )
    order = [*([seen] if seen else []), *usual, _TEXT, "_others", *(["source"] if "source" in table.names else []), *PLACE]
    ordered = texts.sort(order, nulls_last=False)
    facts = [pl.col(name).drop_nulls().n_unique() > 1 for name in content]
    conflict = pl.any_horizontal(facts) if facts else pl.lit(value=False)
    groups = ordered.with_columns(conflict.over(key).alias("_conflict"))
    agreeing = groups.filter(~pl.col("_conflict"))
    merged = agreeing.group_by(key, maintain_order=True).agg(
        *(_merge(name) for name in table.names if name not in table.key), *(pl.col(name).last() for name in PLACE)
    )
    disputed = groups.filter("_conflict").with_columns(
        (pl.int_range(pl.len()).reverse().over(key) == 0).alias("_last"),
        (pl.col(_TEXT) == pl.col(_TEXT).last().over(key)).alias("_same"),
    )
    winners = disputed.filter("_last")
    says = [pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(name).last().over(key)) for name in content]
    losers = disputed.filter(~pl.col("_last") & ~pl.col("_same") & pl.any_horizontal(says))
    names = [*table.names, *PLACE]
    return pl.concat([merged.select(names), winners.select(names)]), _reject(losers.select(names), table)


def _sound(rows: pl.DataFrame, doubtful: pl.DataFrame | None) -> pl.Series:
    """Whether nothing in a row looks wrong."""
    if doubtful is None or doubtful.is_empty():
        return pl.Series("_sound", [True]).new_from_index(0, len(rows))
    marked = doubtful.select(pl.col("file").alias(FILE), pl.col("line").alias(LINE)).unique().with_columns(_sound=pl.lit(value=False))
    return rows.select(*PLACE).join(marked, on=[*PLACE], how="left", maintain_order="left")["_sound"].fill_null(value=True)


def _merge(name: str) -> pl.Expr:
    known = pl.col(name).drop_nulls()
    return known.max().alias(name) if name == "deleted" else known.last().alias(name)


def _reject(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    described = rows.select(
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        pl.lit(table.key[-1] if table.name != "interactions" else "interaction_id").alias("field"),
        pl.lit(REASON).alias("reason"),
    ).with_columns(records_json(rows.drop(*PLACE)))
    return join_rejected([described.cast(REJECTED)])

"""Which rows of a load are new to the case: found by their hashes, a range of keys at a time, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl
from deltalake.transaction import AddAction

from graphwatch.tables.files import add_of, place_of, write_data
from graphwatch.tables.layout import INTERACTIONS_TABLE, STORED
from graphwatch.tables.manifest import Commit
from graphwatch.tables.snapshot import scan_files
from graphwatch.tables.staging import Staged

PASS_ROWS: Final = 16_000_000
_PLACE: Final = {"file": pl.Int32, "row": pl.UInt32}


@dataclass(frozen=True, slots=True)
class Novelty:
    """What a load brings.

    Attributes
    ----------
    drop
        Rows of staged files that the case has, or that the load has twice: ``file`` (index), ``row``.
    repeated
        ``key`` and ``day`` of every observation of keys that have several, without those that were known as such.
    history
        How many rows are later observations of what is known.
    """

    drop: pl.DataFrame
    repeated: pl.DataFrame
    history: int


def find_novelty(staged: Sequence[Staged], stored: pl.DataFrame, known_repeated: pl.DataFrame) -> Novelty:
    """Compare a load with the case.

    Parameters
    ----------
    staged
        Files of the load.
    stored
        ``path`` and ``day`` of the data files of the case.
    known_repeated
        Table ``repeated``.
    """
    drops, pairs, history = [pl.DataFrame(schema=_PLACE)], [], 0
    for low, high in key_ranges(sum(part.rows for part in staged)):
        inside = (pl.col("key") >= low) & (pl.col("key") <= high)
        clashing, known = _clashes(staged, stored, inside)
        if clashing.is_empty():
            continue
        rows = _gather(staged, clashing)
        fresh = rows.join(known.unique(["key", "observation"]), on=["key", "observation"], how="anti", maintain_order="left")
        kept = fresh.sort("key", "observation", "source", "file", "row").unique(["key", "observation"], keep="first", maintain_order=True)
        drops.append(rows.join(kept, on=["file", "row"], how="anti").select("file", "row"))
        every = pl.concat([known.select("key", "observation", "day"), kept.select("key", "observation", "day")])
        several = every.group_by("key").agg(pl.col("observation").n_unique().alias("n")).filter(pl.col("n") > 1).select("key")
        pairs.append(every.join(several, on="key", how="semi").select("key", "day").unique())
        keys = kept.select("key", "observation")
        later = keys.with_columns(pl.col("key").is_in(known["key"].unique().implode()).alias("old"))
        history += int(later["old"].sum() + later.filter(~pl.col("old")).select(pl.col("key").is_duplicated().sum()).item())
        history -= later.filter(~pl.col("old") & pl.col("key").is_duplicated())["key"].n_unique()
    repeated = pl.concat([pl.DataFrame(schema={"key": pl.Int64, "day": pl.Date}), *pairs])
    repeated = repeated.join(known_repeated.select("key", "day"), on=["key", "day"], how="anti").sort("key", "day")
    return Novelty(pl.concat(drops), repeated, history)


def key_ranges(rows: int, at_most: int = PASS_ROWS) -> Iterator[tuple[int, int]]:
    """Cut the range of keys, which are spread evenly, so that about ``at_most`` rows of the load fall into each part.

    Examples
    --------
    >>> list(key_ranges(10)) == [(-(2**63), 2**63 - 1)], len(list(key_ranges(100, 30)))
    (True, 4)
    """
    parts = max(1, -(-rows // at_most))
    edges = [-(2**63) + (2**64 * part) // parts for part in range(parts + 1)]
    for low, high in pairwise(edges):
        yield low, high - 1


def _clashes(staged: Sequence[Staged], stored: pl.DataFrame, inside: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the keys that occur twice in the load, or in the load and in the case; and the latter's observations there."""
    table = STORED[INTERACTIONS_TABLE]
    keys = scan_files(table, [part.path for part in staged]).select("key").filter(inside).collect(engine="streaming").to_series()
    ordered = np.sort(keys.to_numpy())
    del keys
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    new = pl.DataFrame({"key": ordered}).lazy().set_sorted("key")
    by_day = stored.group_by("day", maintain_order=True).agg("path")
    parts = [
        scan_files(table, paths).select("key", "observation").filter(inside).with_columns(pl.lit(day).alias("day"))
        for day, paths in by_day.iter_rows()
    ]
    if not parts:
        return pl.DataFrame({"key": twice}, schema={"key": pl.Int64}), _NOTHING
    known = pl.concat(parts).join(new, on="key", how="semi").collect(engine="streaming")
    return pl.concat([pl.DataFrame({"key": twice}, schema={"key": pl.Int64}), known.select("key")]).unique(), known


_NOTHING: Final = pl.DataFrame(schema={"key": pl.Int64, "observation": pl.Int64, "day": pl.Date})


def _gather(staged: Sequence[Staged], keys: pl.DataFrame) -> pl.DataFrame:
    """Give place, hashes, source and day of the load's rows with these keys."""
    table = STORED[INTERACTIONS_TABLE]
    found = []
    for index, part in enumerate(staged):
        rows = scan_files(table, [part.path]).select("key", "observation", "source").with_row_index("row")
        here = rows.join(keys.lazy(), on="key", how="semi").collect()
        found.append(here.with_columns(pl.lit(index, dtype=pl.Int32).alias("file"), pl.lit(part.day).alias("day")))
    return pl.concat(found)


def without_dropped(staged: Sequence[Staged], novelty: Novelty) -> list[Staged]:
    """Write those files anew that hold rows to drop; files without any stay as they are."""
    kept = []
    dropped: dict[int, list[int]] = dict(novelty.drop.group_by("file").agg("row").iter_rows())
    for index, part in enumerate(staged):
        rows = dropped.get(index)
        if rows is None:
            kept.append(part)
        elif len(rows) < part.rows:
            frame = pl.read_parquet(part.path, hive_partitioning=False, glob=False).with_row_index("_row")
            left = frame.filter(~pl.col("_row").is_in(pl.Series(rows, dtype=pl.UInt32).implode())).drop("_row")
            write_data(left, part.path)
            kept.append(Staged(part.path, part.day, len(left)))
    return kept


def move_staged(commit: Commit, parts: Sequence[Staged]) -> list[AddAction]:
    """Put staged files into the table's folder; no reader sees them before the log names them."""
    stored = STORED[INTERACTIONS_TABLE]
    table = stored.path(commit.root)
    partitions = [{"day": part.day.isoformat()} for part in parts]
    places = [place_of(partition, part.path.stem) for part, partition in zip(parts, partitions, strict=True)]
    commit.announce(INTERACTIONS_TABLE, places)
    adds = []
    for part, partition, place in zip(parts, partitions, places, strict=True):
        (table / place).parent.mkdir(exist_ok=True)
        part.path.rename(table / place)
        adds.append(add_of(table / place, table, scan_files(stored, [table / place]), partition))
    return adds

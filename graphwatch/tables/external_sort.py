"""Rows of any number in the order of their key, of which only one batch is in memory at a time (external merge sort).

The rows are written to disk as sorted runs (Knuth, The Art of Computer Programming, vol. 3, section 5.4). Then a sample of the keys cuts
them into ranges of about equal size; of each range all runs' rows are read, which the runs' order makes cheap, and sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import polars as pl

BATCH: Final = 250_000
_SAMPLED: Final = 500  # keys of a batch that tell where to cut
_GROUP: Final = 16_384  # rows of a run that are skipped or read together
_Bound = tuple[object, ...]


class SortedRuns:
    """Rows on disk, sorted in pieces.

    Parameters
    ----------
    folder
        An empty folder for the runs; whoever made it removes it.
    key
        Columns to sort by, nulls last. The order of rows of equal key is not defined.
    batch
        Rows that may be in memory, about.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = SortedRuns(Path(folder), ["id"], batch=2)
    ...     runs.add(pl.DataFrame({"id": ["c", "a", None]}))
    ...     runs.add(pl.DataFrame({"id": ["d", "b"]}))
    ...     [frame["id"].to_list() for frame in runs.batches()]
    [['a', 'b'], ['c', 'd'], [None]]
    """

    def __init__(self, folder: Path, key: Sequence[str], *, batch: int = BATCH) -> None:
        self.rows = 0
        self._folder = folder
        self._key = list(key)
        self._batch = batch
        self._step = max(1, batch // _SAMPLED)
        self._runs: list[Path] = []
        self._sample: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows, all of the same columns."""
        ordered = frame.sort(self._key, nulls_last=True, maintain_order=True)
        self._runs.append(self._folder / f"{len(self._runs)}.parquet")
        ordered.write_parquet(self._runs[-1], compression="lz4", row_group_size=_GROUP)
        self._sample.append(ordered.select(self._key).gather_every(self._step))
        self.rows += len(ordered)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Give the rows in order; nothing if nothing was added."""
        if not self._runs:
            return
        rows = pl.scan_parquet(self._runs, glob=False, hive_partitioning=False)
        bounds: list[_Bound | None] = [None, *self._cuts(), None]
        for low, high in pairwise(bounds):
            within = rows if low is None else rows.filter(_not_before(self._key, low))
            within = within if high is None else within.filter(_before(self._key, high))
            yield within.collect(engine="streaming").sort(self._key, nulls_last=True, maintain_order=True)

    def _cuts(self) -> list[_Bound]:
        """Give the keys at which a new range begins."""
        sample = pl.concat(self._sample).sort(self._key, nulls_last=True)
        every = max(1, self._batch // self._step)
        return list(dict.fromkeys(sample.gather_every(every, offset=every).rows())) if self.rows > self._batch else []


def draw(rows: pl.LazyFrame, batch: int = BATCH) -> Iterator[pl.DataFrame]:
    """Give a lazy frame's rows by batches; at least one, so that an empty table has its columns."""
    some = False
    for frame in rows.collect_batches(chunk_size=batch, maintain_order=True, engine="streaming"):
        some = True
        yield frame
    if not some:
        yield rows.collect_schema().to_frame()


def _not_before(key: Sequence[str], bound: _Bound) -> pl.Expr:
    """Say whether a key is the bound or comes after it, nulls last; comparisons that the statistics of row groups can answer."""
    column, value = pl.col(key[0]), pl.lit(bound[0])
    rest = _not_before(key[1:], bound[1:]) if len(key) > 1 else pl.lit(value=True)
    if bound[0] is None:
        return column.is_null() & rest
    return (column > value) | column.is_null() | ((column == value) & rest)


def _before(key: Sequence[str], bound: _Bound) -> pl.Expr:
    column, value = pl.col(key[0]), pl.lit(bound[0])
    rest = _before(key[1:], bound[1:]) if len(key) > 1 else pl.lit(value=False)
    if bound[0] is None:
        return column.is_not_null() | rest
    return (column < value) | ((column == value) & rest)

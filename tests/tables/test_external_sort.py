"""Sorted runs give what one sort in memory gives, in batches that are small."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.tables.external_sort import SortedRuns, draw

WORDS = st.one_of(st.none(), st.text("aZ é李\U0001f600", max_size=3))


@settings(max_examples=40)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=40), st.integers(1, 9), st.integers(1, 9))
def test_as_one_sort_in_memory(keys: list[tuple[str | None, str | None]], batch: int, cut: int) -> None:
    rows = pl.DataFrame(keys, schema={"a": pl.String, "b": pl.String}, orient="row").unique(maintain_order=True).with_row_index("n")
    with tempfile.TemporaryDirectory() as folder:
        runs = SortedRuns(Path(folder), ["a", "b"], batch=batch)
        for start in range(0, max(1, len(rows)), cut):
            runs.add(rows.slice(start, cut))
        batches = list(runs.batches())
    assert pl.concat(batches).equals(rows.sort("a", "b", nulls_last=True))
    assert runs.rows == len(rows)
    assert max(len(frame) for frame in batches) <= max(batch, 1) + 1 or len(rows) <= batch


def test_batches_are_small_where_runs_overlap(tmp_path: Path) -> None:
    runs = SortedRuns(tmp_path, ["id"], batch=1000)
    for run in range(10):
        runs.add(pl.DataFrame({"id": [f"{number * 10 + run:06d}" for number in range(1000)]}))
    sizes = [len(frame) for frame in runs.batches()]
    assert sum(sizes) == 10_000
    assert len(sizes) >= 10
    assert max(sizes) < 1500


def test_an_empty_table_has_its_columns(tmp_path: Path) -> None:
    runs = SortedRuns(tmp_path, ["id"])
    assert list(runs.batches()) == []
    for frame in draw(pl.LazyFrame(schema={"id": pl.String, "n": pl.Int64})):
        runs.add(frame)
    (empty,) = runs.batches()
    assert empty.equals(pl.DataFrame(schema={"id": pl.String, "n": pl.Int64}))

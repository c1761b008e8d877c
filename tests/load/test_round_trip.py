"""Any valid row of any input table, hostile words included, comes back equal from each of the three canonical files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphwatch.load import load_interactions, load_table, stream_interactions, write_csv, write_ndjson, write_parquet
from graphwatch.load.coerce import CONTROLS, NULL_WORDS, is_id
from graphwatch.schema import INPUTS, INTERACTIONS, STRINGS, Column, Table
from graphwatch.settings import LoadSettings

PLAIN = LoadSettings(extract_objects=False)
WRITERS = [(write_parquet, "parquet"), (write_ndjson, "ndjson"), (write_csv, "csv")]
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
HOSTILE = [
    "=1+1",
    "'=1",
    "''@x",
    "-5",
    "+a",
    "\tq",
    "\r",
    "a\r\nb",
    '"',
    '","',
    "nan",
    "＝1",
    "'",
    "\\N",
    "[",
    '["x"]',
    "{}",
    "\ufeff",
    "\u202e",
    "0.1",
]
words = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(HOSTILE)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))


def is_sound_id(text: str) -> bool:
    damaged = pl.Series([text]).str.contains(rf"{CONTROLS}|^-?\d+\.0+$|^-?\d(?:\.\d+)?[eE]\+\d+$|^\s|\s$").item()
    return text == text.strip() and text not in NULL_WORDS and not damaged


ids = words.filter(is_sound_id)


def values_of(column: Column) -> st.SearchStrategy[object]:
    """Any valid value of a column."""
    found: st.SearchStrategy[object]
    if column.choices:
        found = st.sampled_from(column.choices)
    elif isinstance(column.dtype, pl.Datetime):
        found = moments
    elif column.dtype == STRINGS:
        found = st.lists(ids if is_id(column) else words, max_size=3)
    elif column.dtype == pl.Boolean():
        found = st.booleans()
    elif column.dtype == pl.Float64():
        found = st.floats(0.0 if column.low is None else column.low, 1e9 if column.high is None else column.high)
    elif column.dtype == pl.Int64():
        found = st.integers(0, 2**62)
    elif column.name == "platform":
        found = st.sampled_from(["x", "weibo", "a b"])
    elif is_id(column):
        found = ids
    else:
        found = words.filter(bool) if column.name == "source" else words
    return found if column.required else st.none() | found


def frames_of(table: Table) -> st.SearchStrategy[pl.DataFrame]:
    rows = st.fixed_dictionaries({column.name: values_of(column) for column in table.columns})
    schema = {column.name: column.dtype for column in table.columns}

    def key(row: dict[str, object]) -> str:
        return repr([row[name] for name in table.key])

    return st.lists(rows, min_size=1, max_size=4, unique_by=key).map(lambda drawn: pl.DataFrame(drawn, schema=schema))


@settings(deadline=None, max_examples=10, suppress_health_check=QUIET)
@given(st.data())
@pytest.mark.parametrize(("write", "name"), WRITERS, ids=[name for _, name in WRITERS])
@pytest.mark.parametrize("table", [table for table in INPUTS.values() if table is not INTERACTIONS], ids=lambda table: table.name)
def test_a_side_table_reads_back_equal(table: Table, write: Callable[[pl.DataFrame, Path], None], name: str, data: st.DataObject) -> None:
    frame = data.draw(frames_of(table))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x.{name}")
        write(frame, path)
        rows, rejected, _ = load_table(path, table, settings=PLAIN)
    assert rejected.is_empty()
    assert rows.equals(frame.sort(table.key, maintain_order=True, nulls_last=True))


@settings(deadline=None, max_examples=20, suppress_health_check=QUIET)
@given(frames_of(INTERACTIONS))
@pytest.mark.parametrize(("write", "name"), WRITERS, ids=[name for _, name in WRITERS])
def test_interactions_read_back_equal_whole_and_in_batches(
    write: Callable[[pl.DataFrame, Path], None], name: str, frame: pl.DataFrame
) -> None:
    frame = frame.with_columns(pl.col("source").fill_null("kept"))  # else the file's digest and the row fill it
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x.{name}")
        write(frame, path)
        loaded = load_interactions(path, format=name, settings=PLAIN)
        assert loaded.interactions.collect().equals(frame)
        batches = list(stream_interactions(path, format=name, settings=PLAIN))
    assert pl.concat([batch.interactions for batch in batches]).equals(frame)
    assert loaded.rejected.is_empty()

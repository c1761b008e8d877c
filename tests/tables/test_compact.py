"""Compaction makes few files of many and changes nothing that can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import ConfigurationError
from graphwatch.tables import Case
from graphwatch.tables.compact import compact
from graphwatch.tables.reclaim import files_on_disk
from tests.tables.village import checksum, records, village, write_lines


def pieces(tmp_path: Path, parts: int = 5) -> Case:
    case = Case.create(tmp_path / "case")
    rows = records()
    for part in range(parts):
        case.load(write_lines(rows[part::parts], tmp_path / f"{part}.ndjson"))
    return case


def test_rows_are_the_same_in_fewer_files(tmp_path: Path) -> None:
    case = pieces(tmp_path)
    before, files = case.scan("interactions").collect().sort("interaction_id"), len(files_on_disk(case.root))
    done = case.compact(keep_days=0)
    assert case.scan("interactions").collect().sort("interaction_id").equals(before)
    assert len(files_on_disk(case.root)) < files / 3
    assert done.joined - done.into == files - len(files_on_disk(case.root))
    assert done.removed == done.joined
    assert case.verify() == []  # digests of the new files are known
    days = case.root / "tables" / "interactions"
    assert {len(list(day.glob("*.parquet"))) for day in days.glob("day=*")} == {1}
    assert all(pl.read_parquet(p, hive_partitioning=False)["at"].is_sorted() for p in days.glob("day=*/*.parquet"))
    again = case.compact(keep_days=0)
    assert (again.joined, again.version) == (0, done.version)
    assert not case.load(tmp_path / "0.ndjson").changed
    assert case.data_version == 5


def test_old_versions_stay_for_a_while_and_for_runs(tmp_path: Path) -> None:
    case = pieces(tmp_path)
    case.write_results("r", {}, {"version": 2})
    second = case.at(2).scan("interactions").collect().height
    assert case.compact().dropped_versions == []
    assert case.at(1).scan("interactions").collect().height == 24
    later = datetime.now(UTC) + timedelta(days=31)
    done = compact(case, now=later)
    assert done.kept_for_runs == [2]
    assert case.at(2).scan("interactions").collect().height == second
    with pytest.raises(ConfigurationError, match="compaction took away"):
        case.at(1)
    assert [item for item in case.verify() if item.severity == "damage"] == []
    assert compact(case, now=later, drop_runs=True).dropped_versions == [2]
    assert [(item.severity, item.kind) for item in case.verify()] == [("note", "run")]


def test_history_and_side_tables_survive(tmp_path: Path) -> None:
    case = village(tmp_path)
    before, history = checksum(case), case.history("villager00003/post/3")
    compact(case, keep_days=0, file_rows=7)
    assert checksum(case) == before
    assert len(history) == 2
    assert case.history("villager00003/post/3").equals(history)
    assert case.results("run-1")["members"].height == 3


def test_bounds(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    with pytest.raises(ConfigurationError, match="below"):
        case.compact(keep_days=-1)
    assert case.compact().joined == 0

"""Windows: the right rows, and only the files that can hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.errors import ConfigurationError
from graphwatch.schema import INTERACTIONS
from graphwatch.tables import Case
from graphwatch.tables.window import window_files
from tests.tables.acts import START, WriteRows, acts, current, edited

ROWS = acts(400)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("window")
    case = Case.create(folder / "case")
    for number in range(2):
        ROWS.slice(200 * number, 200).drop("source").write_parquet(folder / f"{number}.parquet")
        case.load(folder / f"{number}.parquet")
    return case


@settings(max_examples=25)
@given(st.floats(-10, 90), st.floats(0.01, 60))
def test_window_equals_a_filter(filled: Case, start: float, hours: float) -> None:
    since, until = START + timedelta(hours=start), START + timedelta(hours=start + hours)
    found = filled.window(since, until).collect().sort("interaction_id").drop("source")
    assert found.equals(ROWS.filter((pl.col("at") >= since) & (pl.col("at") < until)).sort("interaction_id").drop("source"))


def test_bounds_are_half_open_and_may_be_absent(filled: Case) -> None:
    middle = ROWS["at"].sort()[200]
    before, after = filled.window(until=middle).collect(), filled.window(middle).collect()
    assert len(before) == 200
    assert len(before) + len(after) == len(filled.window().collect()) == 400


def test_only_the_files_of_the_days_are_read(filled: Case) -> None:
    day = datetime(2024, 3, 2, tzinfo=UTC)
    files = window_files(filled, day, day + timedelta(hours=1))
    assert files["day"].unique().to_list() == [day.date()]
    assert len(window_files(filled, None, None)) > len(files) > 0
    for path in window_files(filled, None, None).join(files, on="path", how="anti")["path"]:
        held = Path(path).read_bytes()
        Path(path).write_bytes(b"")  # damage the others: nobody may notice
        try:
            assert len(filled.window(day, day + timedelta(hours=1)).collect()) > 0
        finally:
            Path(path).write_bytes(held)


def test_times_of_other_zones(filled: Case) -> None:
    zone = timezone(timedelta(hours=8))
    local = filled.window(datetime(2024, 3, 2, 8, tzinfo=zone), "2024-03-02T18:00+08:00").collect()
    assert local.sort("interaction_id").equals(filled.window("2024-03-02", "2024-03-02T10:00").collect().sort("interaction_id"))


def test_an_act_that_moved_to_another_day(case: Case, write: WriteRows) -> None:
    rows = acts(40, hours=20)
    case.load(write(rows, "a"))
    case.load(write(edited(rows.head(1), at=START + timedelta(days=30)), "b"))
    assert "i0" not in case.window("2024-03-01", "2024-03-05").collect()["interaction_id"]
    assert case.window("2024-03-20", "2024-04-20").collect()["interaction_id"].to_list() == ["i0"]
    assert case.window("2024-04-20").collect().is_empty()


def test_target_brings_its_threads(case: Case, write: WriteRows) -> None:
    base = {"platform": "forum", "kind": "reply", "at": START}
    rows = pl.DataFrame(
        [
            base | {"interaction_id": "p", "actor_id": "star", "kind": "post"},
            base | {"interaction_id": "r1", "actor_id": "u1", "parent_id": "p", "root_id": "p"},
            base | {"interaction_id": "r2", "actor_id": "u2", "parent_id": "r1"},  # its thread is told by its parent only
            base | {"interaction_id": "m", "actor_id": "u3", "target_ids": ["star"], "root_id": "q"},
            base | {"interaction_id": "q", "actor_id": "u4", "kind": "post"},
            base | {"interaction_id": "q2", "actor_id": "u5", "root_id": "q"},
            base | {"interaction_id": "z", "actor_id": "u6", "kind": "post"},
            base | {"interaction_id": "r1", "actor_id": "u7", "platform": "elsewhere"},
        ],
        schema_overrides={"target_ids": pl.List(pl.String)},
    )
    case.load(write(INTERACTIONS.conform(rows), "a"))
    found = case.window(target="star").collect()
    assert sorted(found.filter(pl.col("platform") == "forum")["interaction_id"]) == ["m", "p", "q", "q2", "r1", "r2"]
    assert set(found["platform"]) == {"forum"}
    assert case.window(target="nobody").collect().is_empty()


def test_wrong_windows(filled: Case) -> None:
    with pytest.raises(ConfigurationError, match="expected a time"):
        filled.window("yesterday")
    with pytest.raises(ConfigurationError, match="window is empty"):
        filled.window("2024-03-02", "2024-03-02")


def test_time_travel(case: Case, write: WriteRows) -> None:
    rows = acts(50)
    case.load(write(rows, "a"))
    old = case.at(1)
    before = current(old)
    case.load(write(pl.concat([acts(50, first=50), edited(rows.head(9), text="changed")]), "b"))
    assert current(old).equals(before)
    assert current(case.at(1)).equals(before)
    assert case.at(0).scan("interactions").collect().is_empty()
    assert (old.version, case.version, old.data_version) == (1, 2, 1)
    with pytest.raises(ConfigurationError, match="no version 7"):
        case.at(7)

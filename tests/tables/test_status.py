"""The status says what is there, what is missing and what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.tables import Case
from graphwatch.tables.coverage import find_gaps
from tests.tables.village import GONE, START, village


def hourly(rows: list[int], start: datetime = START, platform: str = "x") -> pl.DataFrame:
    frame = pl.DataFrame({"hour": [start + timedelta(hours=h) for h in range(len(rows))], "rows": rows})
    return frame.filter(pl.col("rows") > 0).with_columns(pl.lit(platform).alias("platform"))


def test_what_a_case_holds(tmp_path: Path) -> None:
    case = village(tmp_path)
    case.hold(account=GONE, reason="file 12")
    told = case.status()
    assert told.rows["interactions"] == 122
    assert told.interactions.acts == 120
    assert (told.interactions.first, told.interactions.last) == (START, START + timedelta(hours=238))
    assert told.interactions.platforms == {"forum": 120}
    assert told.interactions.kinds == {"reply": 119, "post": 1}
    assert told.interactions.surfaces == {"": 120}
    assert told.interactions.shares["text"] == told.interactions.shares["objects"] == 1
    assert told.interactions.shares["parent_id"] == round(121 / 122, 4)
    assert told.interactions.shares["hostility"] == 0
    assert sum(told.rejected.values()) == 2
    assert (told.loads, told.runs, told.absent, told.forgotten, told.gone) == (3, 1, 0, 0, ())
    assert [hold.account_id for hold in told.holds] == [GONE]
    assert told.bytes == sum(path.stat().st_size for path in case.root.rglob("*") if path.is_file())
    first = case.at(1).status()
    assert (first.version, first.rows["interactions"], first.holds) == (1, 70, ())


def test_an_empty_case(tmp_path: Path) -> None:
    told = Case.create(tmp_path / "case").status()
    assert (told.interactions.acts, told.interactions.first, told.interactions.gaps) == (0, None, ())
    assert set(told.interactions.shares.values()) == {0.0}


def test_a_night_is_no_gap_and_a_lost_day_is_one() -> None:
    day = [0] * 7 + [20] * 17
    rows = day * 14
    assert find_gaps(hourly(rows)) == []
    rows[24 * 6 : 24 * 7] = [0] * 24
    (gap,) = find_gaps(hourly(rows))
    assert gap.start <= START + timedelta(days=6, hours=7)
    assert gap.end == START + timedelta(days=7, hours=7)  # up to the morning after
    assert gap.expected == 17 * 20


def test_weekends_are_no_gap_once_the_week_is_known() -> None:
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    week = ([5] * 24) * 5 + [0] * 48
    assert find_gaps(hourly(week * 8, monday)) == []


def test_silence_of_a_sparse_platform_is_no_gap() -> None:
    draws = np.random.default_rng(3).random(24 * 30) < 0.05
    assert find_gaps(hourly(draws.astype(int).tolist())) == []


def test_platforms_have_rhythms_of_their_own() -> None:
    busy, quiet = hourly([9] * 480, platform="busy"), hourly(([1] + [0] * 23) * 20, platform="quiet")
    assert find_gaps(pl.concat([quiet, busy])) == []
    holes = [9] * 480
    holes[100:104] = [0] * 4
    (gap,) = find_gaps(pl.concat([quiet, hourly(holes, platform="busy")]))
    assert (gap.platform, gap.hours, gap.expected) == ("busy", 4.0, 36.0)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200))
def test_gaps_are_empty_stretches_within_the_data(rows: list[int]) -> None:
    frame = hourly(rows)
    if frame.is_empty():
        return
    seen = set(frame["hour"].to_list())
    for gap in find_gaps(frame, rare=0.5):
        hours = [gap.start + timedelta(hours=h) for h in range(int(gap.hours))]
        assert seen.isdisjoint(hours)
        assert {gap.start - timedelta(hours=1), gap.end} <= seen
        assert 0 <= gap.chance < 0.5

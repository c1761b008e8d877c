"""The main job on real data, where the folder that GRAPHWATCH_DATA names is present."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

import graphwatch as gw
from benchmarks.real_inputs import DATA, higgs, storm, weibo_threads

if TYPE_CHECKING:
    from graphwatch import Result

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="real data skipped: the folder that GRAPHWATCH_DATA names is not there"),
]


@pytest.fixture(scope="module")
def storm_result() -> Result:
    return gw.analyze(storm())


def test_storm_is_exactly_one_pileon(storm_result: Result) -> None:
    target = storm()["target_ids"].list.first()[0]
    (row,) = storm_result.frames["pileons"].to_dicts()
    assert row["target_id"] == target
    assert datetime(2017, 6, 12, 10, tzinfo=UTC) <= row["onset"] <= datetime(2017, 6, 12, 15, tzinfo=UTC)


def test_storm_hostile_shares() -> None:
    start = datetime(2017, 6, 12, 12, tzinfo=UTC)
    bins = (pl.col("at") - start).dt.total_hours() // 3
    later = storm().filter(pl.col("at") >= start)
    shares = later.group_by(bins.alias("bin")).agg(pl.col("hostility").mean()).sort("bin")["hostility"][:6]
    assert shares.round(3).to_list() == [0.142, 0.176, 0.238, 0.277, 0.252, 0.271]


def test_the_account_with_many_followers_is_no_initiator(storm_result: Result) -> None:
    frame = storm()
    big = frame.sort("followers", descending=True, nulls_last=True)["actor_id"][0]
    assert frame["followers"].max() == 620_000 or int(str(frame["followers"].max())) > 600_000
    rows = storm_result.frames["members"].filter(pl.col("actor_id") == big)
    assert len(rows) == 1
    assert "initiator" not in [rows["role"][0], *rows["roles"][0]]


def test_higgs_is_attention_on_the_fourth_of_july() -> None:
    pileons = gw.analyze(higgs()).frames["pileons"]
    assert set(pileons["nature"]) == {"attention"}
    biggest = pileons.sort("actors", descending=True).row(0, named=True)
    assert biggest["onset"].date() <= datetime(2012, 7, 4, tzinfo=UTC).date() <= biggest["end"].date()
    assert biggest["peak"].date() == datetime(2012, 7, 4, tzinfo=UTC).date()


def test_weibo_threads_are_trees() -> None:
    frame = weibo_threads()
    result = gw.analyze(frame)
    cascades = result.frames["cascades"]
    roots = frame.filter(pl.col("kind") == "post")["interaction_id"]
    assert sorted(cascades["root_id"]) == sorted(roots)
    assert result.counts["cycles"] == 0
    assert cascades["size"].sum() == len(result.events)

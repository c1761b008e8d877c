"""Real data: one real storm on one account, and a week with one world event. Texts and names stay where they are."""

import os
from pathlib import Path

import polars as pl
import pytest

from graphwatch.detect import find_pileons
from graphwatch.graph.encode import encode
from graphwatch.settings import DetectSettings

DATA = Path(os.environ.get("GRAPHWATCH_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = [pytest.mark.real, pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not at {DATA} (set GRAPHWATCH_DATA)")]
HOSTILE = ("Negative", "Very Negative")


@pytest.fixture(scope="module")
def storm() -> pl.DataFrame:
    raw = pl.read_csv(DATA / "storm" / "tweets.csv.gz", infer_schema_length=10_000)
    return raw.select(
        interaction_id=pl.int_range(pl.len()).cast(pl.String),
        at=pl.col("time_utc").str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="us"),
        actor_id=pl.coalesce("user", "user_handle"),
        kind="type",
        target_ids=pl.concat_list("target"),
        hostility=pl.col("sentimentA").is_in(HOSTILE).cast(pl.Float64),
    )


def test_the_storm_is_one_pileon(storm: pl.DataFrame) -> None:
    found = find_pileons(encode(storm), DetectSettings(), 0)
    assert len(found) == 1
    row = found.frame.row(0, named=True)
    assert row["target_id"] == storm["target_ids"][0][0]
    assert (row["onset"].day, row["onset"].month) == (12, 6)
    assert 10 <= row["onset"].hour < 15
    assert row["actors"] > 4000
    assert row["hostile_actors"] > 1000
    # A quarter negative by a word list, three quarters positive or neutral, no categories: an honest tool is not sure of an attack.
    assert row["nature"] != "attack"
    assert any("no categories" in note for note in found.notes[0])


def test_the_storms_hostile_shares(storm: pl.DataFrame) -> None:
    since = storm.filter(pl.col("at") >= pl.datetime(2017, 6, 12, 12, time_zone="UTC"))
    shares = since.sort("at").group_by_dynamic("at", every="3h").agg(pl.col("hostility").mean())["hostility"]
    assert shares.head(6).round(3).to_list() == [0.142, 0.176, 0.238, 0.277, 0.252, 0.271]


def test_the_fourth_of_july_is_a_surge_and_no_attack() -> None:
    raw = pl.read_parquet(DATA / "higgs" / "activity_time.parquet")
    frame = raw.select(
        interaction_id=pl.int_range(pl.len()).cast(pl.String),
        at=pl.from_epoch("ts").cast(pl.Datetime("us", "UTC")),
        actor_id=pl.col("user_a").cast(pl.String),
        kind=pl.col("kind").cast(pl.String).replace_strict({"RT": "repost", "MT": "mention", "RE": "reply"}),
        target_ids=pl.concat_list(pl.col("user_b").cast(pl.String)),
    )
    found = find_pileons(encode(frame), DetectSettings(), 0)
    assert found.volume_only
    assert set(found.frame["nature"]) == {"attention"}
    surges = found.frame.filter(pl.col("onset").dt.day() == 4)
    assert len(surges) >= 20
    assert len(surges) > 0.6 * len(found)

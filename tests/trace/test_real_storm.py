"""The real storm: a far-reaching quote in the middle of it did not start it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from graphwatch.graph.encode import encode
from graphwatch.model import Pileons
from graphwatch.schema import INTERACTIONS
from graphwatch.settings import TraceSettings
from graphwatch.trace import trace_pileons

FOLDER = Path(os.environ.get("GRAPHWATCH_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILE = FOLDER / "storm" / "tweets.csv.gz"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not FILE.is_file(), reason=f"no real data at {FILE}; set GRAPHWATCH_DATA")]


@pytest.mark.parametrize("nature", ["attack", "criticism", "attention"])
@pytest.mark.parametrize("hour", [10, 12, 14])
def test_the_account_with_most_followers_is_not_called_initiator(make_pileons: Callable[..., Pileons], nature: str, hour: int) -> None:
    raw = pl.read_csv(FILE, infer_schema_length=None)
    frame = raw.with_row_index("row").select(
        interaction_id=pl.format("s{}", "row"),
        at=pl.col("time_utc").str.to_datetime(time_unit="us", time_zone="UTC"),
        actor_id="user",
        kind="type",
        target_ids=pl.concat_list("target"),
        hostility=pl.when(pl.col("sentimentA").is_in(["Negative", "Very Negative"])).then(0.8).otherwise(0.1),
        followers="followerCount",
    )
    events = encode(INTERACTIONS.conform(frame))
    onset = int(datetime(2017, 6, 12, hour, tzinfo=UTC).timestamp() * 1e6)
    pileons = make_pileons(events, [(raw["target"][0], onset, int(events.at[-1]), nature)])
    trace = trace_pileons(events, pileons, None, TraceSettings(), 0)
    loudest = raw.sort("followerCount", descending=True, nulls_last=True)["user"][0]
    row = trace.members.filter(pl.col("actor_id") == loudest).row(0, named=True)
    assert "initiator" not in row["roles"]
    assert trace.fits["converged"].all()
    assert any("time alone" in note for note in trace.fits["notes"][0])

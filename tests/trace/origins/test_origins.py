"""Planted chains over platforms, tombstones and rewordings come out as they were planted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from graphwatch.graph.encode import encode, look_up
from graphwatch.graph.identities import person_codes
from graphwatch.model import Events, Lists, Pileons
from graphwatch.schema import INTERACTIONS, PILEONS, RESULTS
from graphwatch.settings import TraceSettings
from graphwatch.trace.origins import Origins, find_accusations, find_origins, orphan_parents

START = datetime(2024, 5, 1, 12, tzinfo=UTC)
EDGES = {"pileon_id": pl.String, "child": pl.String, "parent": pl.String, "relation": pl.String, "probability": pl.Float64}
Row = dict[str, object]


def act(name: str, minute: float, actor: str, kind: str = "post", **more: object) -> Row:
    return {"interaction_id": name, "at": START + timedelta(minutes=minute), "actor_id": actor, "kind": kind, "platform": "weibo"} | more


def table(rows: Sequence[Row]) -> pl.DataFrame:
    return INTERACTIONS.conform(pl.DataFrame(list(rows), schema_overrides=INTERACTIONS.dtypes, infer_schema_length=None))


def pileon(events: Events, first: float, peak: float, last: float) -> Pileons:
    onset, middle, end = (np.array([int((START + timedelta(minutes=m)).timestamp() * 1e6)]) for m in (first, peak, last))
    target = look_up(pl.Series(["victim"]), events.accounts)
    rows = events.targets.rows()[events.targets.values == target[0]]
    rows = np.sort(rows[(events.at[rows] >= onset[0]) & (events.at[rows] <= end[0])]).astype(np.int32)
    frame = PILEONS.conform(pl.DataFrame({"pileon_id": ["p"], "target_id": ["victim"], "nature": ["attack"]}))
    return Pileons(frame, target, onset, middle, end, Lists(np.array([0, len(rows)]), rows), volume_only=False)


def trace(
    rows: Sequence[Row], edges: Sequence[tuple[object, ...]] = (), *, span: tuple[float, float, float] = (0, 30, 60), **more: object
) -> Origins:
    data = table(rows)
    events = encode(data)
    found = pileon(events, *span)
    settings = TraceSettings.model_validate({"origin_share": 0.02} | {k: v for k, v in more.items() if k != "identities"})
    accusations, notes = find_accusations(data.lazy(), events, found, settings, 0.7)
    declared = more.get("identities")
    person = person_codes(events, declared, 0.5) if isinstance(declared, pl.DataFrame) else None
    frame = pl.DataFrame([("p", *edge) for edge in edges], schema=EDGES, orient="row")
    origins = find_origins(
        events, found, frame, settings, accusations=accusations, orphans=orphan_parents(data.lazy(), events), person=person, notes=notes
    )
    for name, made in (("origins", origins.origins), ("origin_chains", origins.chains), ("origin_links", origins.links)):
        assert made.schema == pl.Schema(RESULTS[name].dtypes)
        assert not made.select(RESULTS[name].key).is_duplicated().any()
    return origins


def hits(count: int, first: float = 1, **more: object) -> list[Row]:
    """Hostile acts on the victim, each on the same tag, one a minute."""
    common: Row = {"target_ids": ["victim"], "hostility": 0.9, "objects": ["tag:shame"]} | more
    return [act(f"hit{k:02}", first + k, f"user{k:02}", "comment", **common) for k in range(count)]


def test_a_first_mention_on_another_platform_leads_through_one_person_to_the_peak() -> None:
    rows = [
        act("seed", -90, "origin", objects=["tag:shame"], platform="bilibili"),
        act("copy", -60, "carrier_b", "repost", parent_id="seed", objects=["tag:shame"], platform="bilibili"),
        act("cross", -50, "carrier_w", target_ids=["victim"], hostility=0.9, objects=["tag:shame"]),
        *hits(30),
    ]
    edges = [(f"hit{k:02}", "cross", "object", 0.9) for k in range(30)]
    identities = pl.DataFrame({"account_id": ["carrier_w"], "other_id": ["carrier_b"], "source": ["profile"]})
    found = trace(rows, edges, identities=identities)
    first = found.origins.row(0, named=True)
    assert (first["sort"], first["object"], first["interaction_id"], first["actor_id"]) == ("object", "tag:shame", "seed", "origin")
    assert first["platform"] == "bilibili"
    assert first["lead_s"] == 90 * 60
    assert first["accounts"] == 30
    assert first["accounts_elsewhere"] == 2
    chain = found.chains.filter(pl.col("rank") == 1, pl.col("chain") == 1)
    assert chain["interaction_id"].to_list()[:3] == ["seed", "copy", "cross"] == first["chain"][:3]
    assert chain["link"].to_list()[1:3] == ["parent", "identity"]
    assert chain["basis"].to_list()[1:3] == ["given", "lag"]
    assert chain["probability"].drop_nulls().product() == pytest.approx(first["chain_probability"])
    assert chain["interaction_id"][-1].startswith("hit")
    without = trace(rows, edges).chains.filter(pl.col("rank") == 1)
    assert "identity" not in without["link"].to_list()


def test_shares_are_those_of_the_planted_tree() -> None:
    rows = [act("seed", -5, "origin", target_ids=["victim"], hostility=0.9), *hits(20, objects=[])]
    edges = [(f"hit{k:02}", "seed", "crowd", 0.5) for k in range(10)]
    found = trace(rows, edges)
    first = found.origins.filter(pl.col("interaction_id") == "seed").row(0, named=True)
    assert first["sort"] == "cause"
    assert first["expected_share"] == pytest.approx(10 * 0.5 / 20)
    assert first["reached_share"] == pytest.approx(10 / 20)
    assert (first["accounts"], first["object"]) == (None, None)


def test_deleted_and_missing_acts_stay_in_the_chain() -> None:
    rows = [
        act("gone", -20, "origin", deleted=True, target_ids=["victim"]),
        act("pass", -10, "carrier", "repost", parent_id="gone", target_ids=["victim"], hostility=0.9),
        *hits(12, objects=[], parent_id="pass"),
        *[act(f"late{k}", 20 + k, f"late{k}", "repost", parent_id="never_seen", target_ids=["victim"], hostility=0.9) for k in range(8)],
    ]
    found = trace(rows)
    gone = found.origins.filter(pl.col("interaction_id") == "gone").row(0, named=True)
    assert gone["deleted"]
    assert gone["in_data"]
    assert gone["rank"] == 1
    assert any("tombstone" in note for note in gone["notes"])
    assert gone["chain"][:2] == ["gone", "pass"]
    lost = found.origins.filter(pl.col("interaction_id") == "never_seen").row(0, named=True)
    assert not lost["in_data"]
    assert (lost["actor_id"], lost["at"], lost["lead_s"], lost["platform"]) == (None, None, None, "weibo")
    assert lost["expected_share"] == pytest.approx(8 / 20)
    hop = found.chains.filter(pl.col("rank") == lost["rank"], pl.col("hop") == 1).row(0, named=True)
    assert (hop["link"], hop["basis"], hop["probability"]) == ("parent", "given", 1.0)
    assert found.links.filter(~pl.col("in_data"))["interaction_id"].to_list() == ["never_seen"]


def test_what_the_target_wrote_is_nobodys_cause() -> None:
    rows = [act("own", -30, "victim", objects=["tag:shame"]), *hits(20, objects=[], parent_id="own")]
    found = trace(rows)
    assert "own" not in found.links["interaction_id"].to_list()
    assert found.links["cause_id"].null_count() == len(found.links)


def test_a_reworded_accusation_is_followed_to_its_first_wording() -> None:
    said = "they took the money of the whole village and ran away with it in the night"
    rows = [
        act("first", -40, "origin", text=said, hostility=0.9, platform="forum"),
        *[
            act(f"hit{k:02}", k, f"user{k:02}", "comment", text=f"{said} number {k}!!", target_ids=["victim"], hostility=0.9)
            for k in range(1, 13)
        ],
    ]
    found = trace(rows)
    first = found.origins.row(0, named=True)
    assert (first["sort"], first["interaction_id"], first["accounts"]) == ("accusation", "first", 12)
    assert said not in str(found)
    assert "accusation" not in trace(rows, origin_texts=0).origins["sort"].to_list()


def test_an_old_mention_beyond_the_lag_does_not_rank_first() -> None:
    rows = [act("old", -60 * 24 * 9, "nobody", objects=["tag:shame"]), act("seed", -9, "origin", objects=["tag:shame"]), *hits(20)]
    found = trace(rows)
    old = found.origins.filter(pl.col("interaction_id") == "old").row(0, named=True)
    assert old["expected_share"] == 0
    assert old["chain_probability"] is None
    assert old["chain"] == ["old"]
    assert any("no time-respecting path" in note for note in old["notes"])


def test_probabilities_of_one_act_add_up_to_at_most_one_and_order_of_rows_changes_nothing() -> None:
    rows = [
        act("seed", -9, "origin", objects=["tag:shame", "url:https://a.example/"]),
        *hits(30, objects=["tag:shame", "url:https://a.example/"]),
    ]
    edges = [(f"hit{k:02}", f"hit{k - 1:02}", "object", 0.7) for k in range(1, 30)]
    one, other = trace(rows, edges), trace(rows[::-1], edges[::-1])
    for name in ("origins", "chains", "links"):
        assert getattr(one, name).equals(getattr(other, name))
    assert (one.links["probability"].drop_nulls() <= 1).all()
    assert (one.origins["expected_share"] <= one.origins["reached_share"] + 1e-9).all()


def test_acts_of_one_time_and_no_pileon_do_no_harm() -> None:
    rows = [act(f"hit{k}", 0, f"user{k}", "comment", target_ids=["victim"], hostility=0.9, parent_id=f"hit{k + 1}") for k in range(12)]
    found = trace(rows, span=(0, 0, 0))
    assert found.origins.select("interaction_id", "in_data").rows() == [
        ("hit12", False)
    ]  # each answers the next, the last one what is not there
    assert found.origins["expected_share"].item() == 1.0

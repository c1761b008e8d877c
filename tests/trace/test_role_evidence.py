"""What each role rests on, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from graphwatch.graph.encode import encode
from graphwatch.model import DAY, HOUR, Events, Pileons
from graphwatch.schema import ACCOUNTS, INTERACTIONS, ROLE_EVIDENCE, TRACE_FITS
from graphwatch.settings import TraceSettings
from graphwatch.trace import Trace, trace_pileons
from graphwatch.trace.role_table import separate_onsets

SETTINGS = TraceSettings(samples=60, draws=6)
START = 1_714_521_600_000_000
N = 60


def storm(first: dict[str, Any], before: list[dict[str, Any]] | None = None) -> Events:
    """All pass on the first act; ``before``: what its author did to the target earlier."""
    rows = [{"interaction_id": "i000", "at": START, "actor_id": "first", "kind": "quote", "followers": 620_000, "hostility": 0.05} | first]
    rows += [
        {"interaction_id": f"i{k:03d}", "at": START + k * 30_000_000, "actor_id": f"u{k}", "kind": "repost", "parent_id": "i000",
         "hostility": 0.9, "followers": 50}
        for k in range(1, N)
    ]  # fmt: skip
    rows += before or []
    frame = pl.DataFrame([{"target_ids": ["t"]} | row for row in rows], infer_schema_length=None)
    return encode(INTERACTIONS.conform(frame))


def trace(events: Events, make_pileons: Callable[..., Pileons], accounts: pl.DataFrame | None = None) -> Trace:
    window = [("t", START, START + N * 30_000_000, "attack")]
    return trace_pileons(events, make_pileons(events, window), None, SETTINGS, 0, accounts)


def evidence_of(found: Trace, actor: str) -> pl.DataFrame:
    return found.role_evidence.filter(pl.col("actor_id") == actor)


def test_a_journalist_is_held_back_with_the_reason(make_pileons: Callable[..., Pileons]) -> None:
    events = storm({"surface": "news", "objects": ["url:https://news.example/1"]})
    accounts = ACCOUNTS.conform(pl.DataFrame({"account_id": ["first"], "verified": [True]}))
    found = trace(events, make_pileons, accounts)
    rows = evidence_of(found, "first")
    assert rows["role"].to_list() == ["initiator", "inciter"]
    assert not rows["given"].any()
    assert rows["probability"].to_list() == [0.0, 0.0]
    words = " ".join(rows["counter_evidence"][0])
    assert "1 of 1 acts not hostile, highest hostility 0.05" in words
    assert "may have reported only: 1 acts on a news surface, 1 acts share a link, verified account" in words
    assert found.members.filter(pl.col("actor_id") == "first")["roles"].to_list() == [["follower"]]


def test_a_quote_for_criticism_is_said(make_pileons: Callable[..., Pileons]) -> None:
    rows = evidence_of(trace(storm({"category": "criticism"}), make_pileons), "first")
    assert "1 of 1 acts are criticism without personal attack" in rows["counter_evidence"][0].to_list()


def defence(friendly: int) -> Events:
    """The second act is hostile too, but answers the first; its author was kind to the target before."""
    events_before = [
        {"interaction_id": f"b{k}", "at": START - (9 - k) * DAY, "actor_id": "friend", "kind": "comment", "hostility": 0.0}
        for k in range(friendly)
    ]
    rows = [
        {"interaction_id": "z000", "at": START + 5_000_000, "actor_id": "friend", "kind": "reply", "parent_id": "i000", "hostility": 0.9},
        *(
            {"interaction_id": f"z{k:03d}", "at": START + k * 20_000_000, "actor_id": f"w{k}", "kind": "repost", "parent_id": "z000",
             "hostility": 0.1}
            for k in range(1, N)
        ),
    ]  # fmt: skip
    return storm({"hostility": 0.95}, [*events_before, *rows])


def test_a_defender_gets_no_role_for_hostility_towards_attackers(make_pileons: Callable[..., Pileons]) -> None:
    found = trace(defence(2), make_pileons)
    assert found.members.filter(pl.col("actor_id") == "friend")["roles"].to_list() == [["follower"]]
    words = " ".join(evidence_of(found, "friend")["counter_evidence"][0])
    assert "may defend the target: all 1 hostile acts answer hostile acts of others" in words
    assert "2 earlier acts on the target, none hostile" in words
    assert "inciter" in trace(defence(0), make_pileons).members.filter(pl.col("actor_id") == "friend")["roles"][0].to_list()


def test_counts_and_thresholds_are_in_the_row(make_pileons: Callable[..., Pileons]) -> None:
    found = trace(storm({"hostility": 0.9, "category": "incitement"}), make_pileons)
    rows = evidence_of(found, "first")
    assert rows["role"].to_list() == ["initiator", "inciter"]
    assert rows["given"].all()
    first = rows.row(0, named=True)
    assert (first["eligible_acts"], first["first_place"], first["mobilising_acts"]) == (1, 1, 1)
    assert first["descendants"] == pytest.approx(N)
    assert first["descendants_needed"] == 3
    assert first["offspring"] == pytest.approx(N - 1)
    assert 3 <= first["offspring_needed"] <= N - 1
    assert first["counter_evidence"] == []
    assert "5% or 5" in first["rule"]
    assert (rows["probability"] >= rows["needed_probability"]).all()


def test_table_agrees_with_members(make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]]) -> None:
    planted = make_planted(2)
    events, pileons = make_whole(planted)
    found = trace_pileons(events, pileons, planted.follows, SETTINGS, 0)
    assert found.role_evidence.schema == ROLE_EVIDENCE.dtypes
    assert TRACE_FITS.conform(found.fits).schema == TRACE_FITS.dtypes
    given = found.role_evidence.filter("given").select("actor_id", "role").rows()
    told = found.members.explode("roles").filter(pl.col("roles") != "follower").select("actor_id", "roles").rows()
    assert sorted(given) == sorted(told)
    others = found.role_evidence.filter(~pl.col("given"))
    assert (others["probability"] < others["needed_probability"]).all()


def on_platforms(platforms: list[str], gap: int) -> tuple[Events, list[tuple[str, int, int, str]]]:
    rows, windows = [], []
    for k, platform in enumerate(platforms):
        onset = START + k * gap
        rows += [
            {"interaction_id": f"i{k}-{j}", "at": onset + j * 1_000_000, "actor_id": actor, "kind": "mention", "platform": platform,
             "target_ids": [f"t{k}"], "hostility": 0.9}
            for j, actor in enumerate(["again", *(f"u{k}-{m}" for m in range(12))])
        ]  # fmt: skip
        windows.append((f"t{k}", onset, onset + HOUR, "attack"))
    return encode(INTERACTIONS.conform(pl.DataFrame(rows))), windows


@pytest.mark.parametrize(
    ("platforms", "gap", "expected"), [("aaa", 2 * DAY, 3), ("aaa", HOUR, 0), ("aab", 2 * DAY, 0), ("aaab", 2 * DAY, 3)]
)
def test_repeat_offenders_by_onset_and_platform(make_pileons: Callable[..., Pileons], platforms: str, gap: int, expected: int) -> None:
    """The same id on another platform is another account; onsets of one wave count once."""
    events, windows = on_platforms(list(platforms), gap)
    found = trace_pileons(events, make_pileons(events, windows), None, SETTINGS, 0)
    rows = found.role_evidence.filter((pl.col("role") == "repeat_offender") & pl.col("given"))
    assert len(rows) == expected
    assert (rows["attacks"] == 3).all()
    assert found.members["roles"].list.contains("repeat_offender").sum() == expected


def test_separate_onsets() -> None:
    out = np.zeros(3, np.int64)
    separate_onsets(np.array([0, 0, 0, 2, 2], np.int32), np.array([0, 5, 10, 3, 30]), 10, out)
    assert out.tolist() == [2, 0, 2]


def test_nothing_gives_an_empty_table(make_pileons: Callable[..., Pileons]) -> None:
    events = storm({})
    assert trace_pileons(events, make_pileons(events, []), None, SETTINGS, 0).role_evidence.schema == ROLE_EVIDENCE.dtypes

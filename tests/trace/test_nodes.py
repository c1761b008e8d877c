from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from graphwatch.graph.encode import encode
from graphwatch.model import DAY, HOUR, Events, Pileons
from graphwatch.schema import INTERACTIONS
from graphwatch.settings import TraceSettings
from graphwatch.trace.background import hour_profile, spontaneous_share
from graphwatch.trace.nodes import Nodes, collect_nodes, rows_of_targets

DAYS = 86_400_000_000
START = 20_000 * DAYS


def events_of(rows: list[dict[str, object]]) -> Events:
    """Acts from short dicts: ``id, at`` (s since the start), ``actor``, and what differs from a hostile mention of ``t``."""
    full = [
        {
            "interaction_id": row["id"],
            "at": START + int(float(str(row["at"])) * 1e6),
            "actor_id": row["actor"],
            "kind": row.get("kind", "mention"),
            "target_ids": row.get("targets", ["t"]),
            "parent_id": row.get("parent"),
            "root_id": row.get("root"),
            "hostility": row.get("hostility", 0.9),
            "category": row.get("category"),
        }
        for row in rows
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "target_ids": pl.List(pl.String),
        "parent_id": pl.String,
        "root_id": pl.String,
        "category": pl.String,
    }
    return encode(INTERACTIONS.conform(pl.DataFrame(full, schema_overrides=schema)))


def nodes_of(
    events: Events, make_pileons: Callable[..., Pileons], low: float, high: float, nature: str = "attack"
) -> tuple[Nodes, dict[str, int]]:
    pileons = make_pileons(events, [("t", START + int(low * 1e6), START + int(high * 1e6), nature)])
    local = np.full(len(events), -1, np.int32)
    nodes = collect_nodes(events, pileons, 0, rows_of_targets(events, pileons.target), local, TraceSettings())
    assert (local == -1).all()
    return nodes, {name: k for k, name in enumerate(events.ids.gather(nodes.row).to_list())}


def test_a_parent_by_the_target_is_no_cause(make_pileons: Callable[..., Pileons]) -> None:
    events = events_of(
        [
            {"id": "own", "at": -10, "actor": "t", "kind": "post", "targets": [], "hostility": 0.0},
            {"id": "a", "at": 0, "actor": "a", "kind": "comment", "parent": "own"},
            {"id": "b", "at": 5, "actor": "b", "kind": "reply", "parent": "a"},
        ]
    )
    nodes, place = nodes_of(events, make_pileons, 0, 10)
    assert "own" not in place
    assert nodes.parent[place["a"]] == -1
    assert nodes.parent[place["b"]] == place["a"]


def test_ancestors_and_roots_outside_become_causes(make_pileons: Callable[..., Pileons]) -> None:
    events = events_of(
        [
            {"id": "wall", "at": -4000, "actor": "x", "kind": "post", "targets": []},
            {"id": "pass", "at": -300, "actor": "y", "kind": "repost", "parent": "wall", "targets": []},
            {"id": "top", "at": -900, "actor": "z", "kind": "post", "targets": [], "hostility": 0.0},
            {"id": "a", "at": 0, "actor": "a", "kind": "repost", "parent": "pass"},
            {"id": "b", "at": 5, "actor": "b", "kind": "comment", "root": "top"},
        ]
    )
    nodes, place = nodes_of(events, make_pileons, 0, 10)
    assert set(place) == {"wall", "pass", "top", "a", "b"}
    assert nodes.parent[place["a"]] == place["pass"]
    assert nodes.parent[place["pass"]] == place["wall"]
    assert nodes.member.sum() == 2
    assert not nodes.visible[[place["wall"], place["top"]]].any()


def test_hostile_acts_before_the_onset_are_causes(make_pileons: Callable[..., Pileons]) -> None:
    rows = [
        {"id": "old", "at": -30 * 3600, "actor": "o", "hostility": 0.9},
        {"id": "near", "at": -600, "actor": "n", "hostility": 0.9},
        {"id": "call", "at": -500, "actor": "c", "hostility": 0.1, "category": "incitement"},
        {"id": "kind", "at": -400, "actor": "k", "hostility": 0.1},
        {"id": "a", "at": 0, "actor": "a"},
    ]
    nodes, place = nodes_of(events_of(rows), make_pileons, 0, 10)
    assert set(place) == {"near", "call", "a"}
    assert nodes.visible.all()
    assert nodes.hostile.all()
    _, place = nodes_of(events_of(rows), make_pileons, 0, 10, "attention")
    assert set(place) == {"near", "call", "kind", "a"}


def test_parents_of_the_same_second_come_first(make_pileons: Callable[..., Pileons]) -> None:
    events = events_of(
        [
            {"id": "a", "at": 0, "actor": "a", "parent": "b"},
            {"id": "b", "at": 0, "actor": "b", "parent": "c"},
            {"id": "c", "at": 0, "actor": "c"},
        ]
    )
    nodes, place = nodes_of(events, make_pileons, 0, 1)
    assert [place["c"], place["b"], place["a"]] == [0, 1, 2]
    assert nodes.parent.tolist() == [-1, 0, 1]


def test_parents_later_than_their_child_and_cycles_are_dropped(make_pileons: Callable[..., Pileons]) -> None:
    events = events_of(
        [
            {"id": "a", "at": 0, "actor": "a", "parent": "b"},
            {"id": "b", "at": 7, "actor": "b"},
            {"id": "p", "at": 8, "actor": "p", "parent": "q"},
            {"id": "q", "at": 8, "actor": "q", "parent": "p"},
        ]
    )
    nodes, place = nodes_of(events, make_pileons, 0, 9)
    assert nodes.parent[place["a"]] == -1
    assert (nodes.parent < np.arange(4)).all()


def test_unknown_hostility_is_not_hostile(make_pileons: Callable[..., Pileons]) -> None:
    nodes, place = nodes_of(
        events_of([{"id": "a", "at": 0, "actor": "a", "hostility": float("nan")}, {"id": "b", "at": 1, "actor": "b"}]), make_pileons, 0, 9
    )
    assert nodes.hostile[[place["a"], place["b"]]].tolist() == [0, 1]


def quiet(events: Events, make_pileons: Callable[..., Pileons]) -> Pileons:
    pileons: Pileons = make_pileons(events, [])
    return pileons


def test_the_hour_profile_follows_the_traffic(make_pileons: Callable[..., Pileons]) -> None:
    rng = np.random.default_rng(0)
    hours = rng.choice(24, 6000, p=np.where(np.arange(24) < 12, 1, 3) / 48)
    at = START // 1_000_000 + rng.integers(0, 10, 6000) * 86400 + hours * 3600
    events = events_of([{"id": f"i{k}", "at": int(s) - START // 1_000_000, "actor": "a"} for k, s in enumerate(at)])
    profile = hour_profile(events, quiet(events, make_pileons))
    assert profile.mean() == pytest.approx(1.0)
    assert profile[12:].mean() / profile[:12].mean() == pytest.approx(3.0, rel=0.15)


def test_a_short_record_has_a_flat_profile(make_pileons: Callable[..., Pileons]) -> None:
    events = events_of([{"id": f"i{k}", "at": k, "actor": "a"} for k in range(2000)])
    assert (hour_profile(events, quiet(events, make_pileons)) == 1).all()


def test_the_spontaneous_density_integrates_to_one() -> None:
    profile = np.random.default_rng(1).uniform(0.2, 2.0, 24)
    onset, end = START + HOUR // 3, START + 2 * DAY + HOUR // 7
    grid = np.linspace(onset, end, 200_001).astype(np.int64)
    density, share = spontaneous_share(grid, onset, end, profile)
    steps = np.diff(grid) / 1e6
    assert (density[:-1] * steps).sum() == pytest.approx(1.0, abs=1e-4)
    np.testing.assert_allclose(share[1:], np.cumsum(density[:-1] * steps), atol=1e-4)


def test_a_hostile_root_by_another_is_a_certain_ancestor(make_pileons: Callable[..., Pileons]) -> None:
    events = events_of(
        [
            {"id": "own", "at": -30, "actor": "t", "kind": "post", "targets": [], "hostility": 0.0},
            {"id": "news", "at": -20, "actor": "n", "kind": "post", "targets": [], "hostility": 0.1},
            {"id": "call", "at": 0, "actor": "c", "kind": "post"},
            {"id": "a", "at": 1, "actor": "a", "kind": "comment", "root": "call"},
            {"id": "b", "at": 2, "actor": "b", "kind": "comment", "root": "call", "parent": "a"},
            {"id": "again", "at": 3, "actor": "c", "kind": "comment", "root": "call"},
            {"id": "d", "at": 4, "actor": "d", "kind": "comment", "root": "news"},
            {"id": "e", "at": 5, "actor": "e", "kind": "comment", "root": "own"},
            {"id": "f", "at": 6, "actor": "f", "kind": "comment", "root": "gone"},
        ]
    )
    nodes, place = nodes_of(events, make_pileons, 0, 10)
    assert {name: int(nodes.root[k]) for name, k in place.items() if nodes.root[k] >= 0} == {"a": place["call"]}
    nodes, place = nodes_of(events, make_pileons, 0, 10, "criticism")
    assert {name: int(nodes.root[k]) for name, k in place.items() if nodes.root[k] >= 0} == {"a": place["call"], "d": place["news"]}

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.graph.encode import encode
from graphwatch.model import Events, Pileons
from graphwatch.settings import TraceSettings
from graphwatch.trace.candidates import CROWD, FOLLOW, OWN, THREAD, Candidates, budgets_of, find_candidates
from graphwatch.trace.follows import Followed, followed_accounts
from graphwatch.trace.groups import group, mix
from graphwatch.trace.nodes import Nodes, collect_nodes, rows_of_targets


def found(
    events: Events, pileons: Pileons, follows: pl.DataFrame | None, settings: TraceSettings, seed: int = 1
) -> tuple[Nodes, Candidates, Followed]:
    local = np.full(len(events), -1, np.int32)
    nodes = collect_nodes(events, pileons, 0, rows_of_targets(events, pileons.target), local, settings)
    followed = followed_accounts(events, nodes.actors, follows)
    return nodes, find_candidates(events, nodes, followed, settings, seed), followed


@given(st.integers(1, 500))
def test_budgets_add_up(candidates: int) -> None:
    budgets = budgets_of(candidates)
    assert budgets.sum() == candidates
    assert budgets[CROWD] >= 1
    assert (budgets >= 0).all()


@pytest.mark.parametrize("candidates", [1, 7, 50, 500])
def test_causes_are_earlier_and_by_others(
    make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]], candidates: int
) -> None:
    planted = make_planted(4)
    events, pileons = make_whole(planted)
    nodes, c, _ = found(events, pileons, planted.follows, TraceSettings(candidates=candidates))
    child = np.repeat(np.arange(len(nodes)), np.diff(c.start))
    assert (c.node < child).all()
    assert np.diff(c.start).max() <= candidates
    same = nodes.account[c.node] == nodes.account[child]
    assert (same == (c.relation == OWN)).all()
    assert (nodes.parent[child] < 0).all()


def test_strata_stand_for_the_whole_crowd(make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]]) -> None:
    events, pileons = make_whole(make_planted(2, replies=0.0))
    wanted: dict[int, int] = {}
    total: dict[int, float] = {}
    draws = 300
    for seed in range(draws):
        nodes, c, _ = found(events, pileons, None, TraceSettings(), seed)
        for i in (60, 120, len(nodes) - 1):
            own = slice(c.start[i], c.start[i + 1])
            total[i] = total.get(i, 0.0) + float(c.weight[own][c.relation[own] == CROWD].sum())
            wanted[i] = int((nodes.account[:i] != nodes.account[i]).sum())
    for i, value in wanted.items():
        assert total[i] / draws == pytest.approx(value, rel=0.03)


def test_follow_candidates_are_acts_of_followed_accounts(
    make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]]
) -> None:
    planted = make_planted(5, replies=0.0)
    events, pileons = make_whole(planted)
    nodes, c, _ = found(events, pileons, planted.follows, TraceSettings())
    edges = set(planted.follows.rows())
    names = events.accounts.gather(nodes.actors[nodes.account]).to_list()
    child = np.repeat(np.arange(len(nodes)), np.diff(c.start))
    pairs = {(int(i), int(j)) for i, j in zip(child[c.relation == FOLLOW], c.node[c.relation == FOLLOW], strict=True)}
    assert pairs
    assert all((names[i], names[j]) in edges for i, j in pairs)
    last = {(i, names[j]) for i, j in pairs}
    for i in range(len(nodes)):
        followed_before = {names[j] for j in range(i) if (names[i], names[j]) in edges}
        if 0 < len(followed_before) <= 8:
            assert {(i, name) for name in followed_before} <= last


@pytest.mark.parametrize("candidates", [1, 7, 50])
def test_acts_of_a_thread_with_a_known_root_have_causes_in_it_alone(
    make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]], candidates: int
) -> None:
    planted = make_planted(4, replies=0.0)
    root = planted.interactions["interaction_id"][0]
    under = pl.when((pl.int_range(pl.len()) % 3 > 0) & (pl.int_range(pl.len()) > 0)).then(pl.lit(root))
    events, pileons = make_whole(replace(planted, interactions=planted.interactions.with_columns(root_id=under)))
    nodes, c, _ = found(events, pileons, planted.follows, TraceSettings(candidates=candidates))
    assert (nodes.root >= 0).sum() > 100
    assert np.diff(c.start).max() <= candidates
    for i in np.flatnonzero(nodes.root >= 0):
        causes = c.node[c.start[i] : c.start[i + 1]]
        assert (events.thread[nodes.row[causes]] == events.thread[nodes.row[i]]).all()
        assert ((causes == nodes.root[i]) & (c.relation[c.start[i] : c.start[i + 1]] == THREAD)).sum() == 1
        assert (causes < i).all()


def test_audience_counts_followers_that_take_no_part() -> None:
    frame = pl.DataFrame({"interaction_id": ["x"], "at": [0], "actor_id": ["a"], "kind": ["post"], "target_ids": [["b"]]})
    events = encode(frame.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC"))))
    follows = pl.DataFrame({"follower_id": ["p", "q", "b", "a"], "followed_id": ["a", "a", "a", "a"]})
    followed = followed_accounts(events, np.array([0, 1], np.int32), follows)
    assert followed.audience.tolist() == [3, 0]
    assert followed.values[followed.start[1] : followed.start[2]].tolist() == [0]
    assert followed.population == 4


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4)), max_size=30))
def test_groups_hold_the_nodes_that_share_a_key(pairs: list[tuple[int, int]]) -> None:
    node, key = np.array([p[0] for p in pairs], np.int32), np.array([p[1] for p in pairs], np.int64)
    groups = group(node, key, 9, 5)
    wanted = {}
    for k in set(key.tolist()):
        members = sorted({n for n, other in pairs if other == k})
        if 1 < len(members) < 0.8 * 9:
            wanted[k] = members
    assert sorted(wanted.values()) == sorted(
        groups.members[a:b].tolist() for a, b in zip(groups.start[:-1], groups.start[1:], strict=True) if b > a
    )
    for i in range(9):
        for g, rank in zip(groups.of[i], groups.rank[i], strict=True):
            if g >= 0:
                assert groups.members[groups.start[g] + rank] == i


def test_mixed_numbers_are_uniform() -> None:
    values = np.array([mix(7, a, b) for a in range(200) for b in range(50)])
    assert values.min() >= 0
    assert values.max() < 1
    counts = np.histogram(values, 20, (0, 1))[0]
    assert ((counts - 500) ** 2 / 500).sum() < 45

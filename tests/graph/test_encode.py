"""Encoding: canonical order, threads, implied targets, ids on several platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.graph.encode import encode
from graphwatch.graph.facts import with_account_facts
from graphwatch.graph.links import resolve_threads
from graphwatch.model import Events
from graphwatch.schema import INTERACTIONS

START = datetime(2026, 1, 1, tzinfo=UTC)


def frame(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    schema = {name: INTERACTIONS.column(name).dtype for name in rows[0]} if rows else INTERACTIONS.dtypes
    return pl.DataFrame(rows, schema=schema)


def act(number: int, actor: str, kind: str = "post", minute: int | None = None, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "interaction_id": f"i{number}",
        "at": START + timedelta(minutes=number if minute is None else minute),
        "actor_id": actor,
        "kind": kind,
        "platform": "weibo",
        "target_ids": None,
        "parent_id": None,
        "root_id": None,
    }
    return row | more


def targets(events: Events) -> list[list[str]]:
    return [[events.accounts[int(code)] for code in events.targets.row(row)] for row in range(len(events))]


def test_nothing_gives_empty_arrays() -> None:
    events = encode(frame([]))
    assert len(events) == 0
    assert len(events.targets) == 0
    assert not events.has_hostility


def test_only_required_columns() -> None:
    events = encode(frame([act(1, "a")]).select(INTERACTIONS.required))
    assert events.parent.tolist() == [-1]
    assert np.isnan(events.hostility[0])
    assert events.followers.tolist() == [-1]


def test_implied_targets() -> None:
    rows = [
        act(0, "target"),
        act(1, "inciter", "post", target_ids=["target"]),
        act(2, "fan", "reply", parent_id="i0"),
        act(3, "crowd", "repost", parent_id="i1"),
        act(4, "chain", "repost", parent_id="i3"),
        act(5, "plain", "repost", parent_id="i0"),
        act(6, "again", "repost", parent_id="i5"),
        act(7, "target", "reply", parent_id="i0"),
        act(8, "quiet", "reply", parent_id="i0", target_ids=[]),
        act(9, "self", "mention", target_ids=["self", "b", "b", "a"]),
    ]
    found = targets(encode(frame(rows)))
    assert found == [[], ["target"], ["target"], ["target"], ["target"], ["target"], ["target"], [], [], ["a", "b"]]


def test_counts_of_bad_links() -> None:
    rows = [
        act(0, "a", parent_id="i0"),
        act(1, "b", parent_id="gone"),
        act(2, "c", parent_id="i3"),
        act(3, "d"),
        act(5, "e", parent_id="i6"),
        act(6, "f", parent_id="i5"),
    ]
    events = encode(frame(rows))
    assert dict(events.counts) == {
        "orphans": 1,
        "own_parents": 1,
        "children_before_parents": 2,
        "cycles": 1,
        "interactions": 6,
        "self_targets": 0,
    }
    assert events.thread.tolist() == [0, 1, 3, 3, 4, 4]


def test_threads_follow_roots_that_are_not_in_the_data() -> None:
    rows = [act(0, "a", root_id="x"), act(1, "b", parent_id="i0"), act(2, "c", root_id="x"), act(3, "d", root_id="y")]
    thread = encode(frame(rows)).thread.tolist()
    assert thread[0] == thread[1] == thread[2] >= 4
    assert thread[3] not in thread[:3]


def test_ids_used_on_two_platforms_are_two_accounts() -> None:
    rows = [
        act(0, "7", platform="weibo", target_ids=["t"]),
        act(1, "7", platform="bilibili", target_ids=["7"]),
        act(2, "8", platform=None, target_ids=["t"]),
    ]
    events = encode(frame(rows))
    assert events.accounts.to_list() == ["8", "bilibili:7", "t", "weibo:7", "weibo:t"]
    assert events.accounts[int(events.actor[0])] == "weibo:7"
    assert events.accounts[int(events.actor[1])] == "bilibili:7"


def test_same_interaction_id_on_two_platforms() -> None:
    rows = [
        act(0, "a", platform="weibo"),
        act(0, "b", platform="bilibili"),
        act(1, "c", platform="weibo", parent_id="i0"),
        act(2, "d", platform="bilibili", parent_id="i0"),
    ]
    events = encode(frame(rows))
    parents = [events.accounts[int(events.actor[p])] for p in events.parent[2:]]
    assert parents == ["a", "b"]


def test_account_facts_fill_only_what_is_missing() -> None:
    events = encode(frame([act(0, "a", followers=5), act(1, "b", followers=None), act(2, "c", followers=None)]))
    accounts = pl.DataFrame(
        {
            "account_id": ["a", "b", "b"],
            "followers": [99, 10, 20],
            "observed_at": [START, START, START + timedelta(days=1)],
        }
    )
    assert with_account_facts(events, accounts).followers.tolist() == [5, 20, -1]


def same(first: Events, second: Events) -> bool:
    arrays = ("at", "actor", "kind", "parent", "thread", "root", "platform")
    return (
        all(np.array_equal(getattr(first, name), getattr(second, name)) for name in arrays)
        and first.accounts.equals(second.accounts)
        and first.ids.equals(second.ids)
        and np.array_equal(first.targets.values, second.targets.values)
        and np.array_equal(first.targets.start, second.targets.start)
    )


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, object]]:
    size = draw(st.integers(1, 12))
    ids = st.sampled_from([f"i{k}" for k in range(size)] + ["gone"])
    return [
        act(
            number,
            draw(st.sampled_from("abc")),
            draw(st.sampled_from(["post", "reply", "repost"])),
            minute=draw(st.integers(0, 4)),
            parent_id=draw(st.none() | ids),
            root_id=draw(st.none() | ids),
            target_ids=draw(st.none() | st.lists(st.sampled_from("abc"), max_size=3)),
        )
        for number in range(size)
    ]


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data())
def test_row_order_changes_nothing(rows: list[dict[str, object]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    assert same(encode(frame(rows)), encode(frame(shuffled)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-1, 7), min_size=8, max_size=8), st.lists(st.integers(-1, 3), min_size=8, max_size=8))
def test_threads_against_walking(parents: list[int], given_codes: list[int]) -> None:
    thread, cycles = resolve_threads(np.array(parents, np.int32), np.array(given_codes, np.int32))
    loops = set()
    for row in range(8):
        seen: list[int] = []
        at = row
        while at not in seen and given_codes[at] < 0 and parents[at] >= 0:
            seen.append(at)
            at = parents[at]
        if at in seen:
            loop = seen[seen.index(at) :]
            loops.add(min(loop))
            assert thread[row] == min(loop)
        else:
            assert thread[row] == (given_codes[at] if given_codes[at] >= 0 else at)
    assert cycles == len(loops)


def test_arrays_cannot_be_changed() -> None:
    events = encode(frame([act(0, "a")]))
    with pytest.raises(ValueError, match="read-only"):
        events.at[0] = 0

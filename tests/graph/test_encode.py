from __future__ import annotations

import random
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.graph.encode import encode, list_codes, look_up, string_codes
from graphwatch.graph.links import resolve_threads
from graphwatch.model import Events
from graphwatch.schema import INTERACTIONS
from tests.graph.worlds import interactions, worlds


def _plain(events: Events) -> dict[str, Any]:
    """Everything of the events as Python objects, to compare two of them."""
    names = events.accounts.to_list()
    return {
        "at": events.at.tolist(),
        "ids": events.ids.to_list(),
        "actor": [names[a] for a in events.actor.tolist()],
        "targets": [sorted(names[t] for t in events.targets.row(i).tolist()) for i in range(len(events))],
        "objects": [[events.object_names[int(o)] for o in events.objects.row(i)] for i in range(len(events))],
        "parent": events.parent.tolist(),
        "thread": events.thread.tolist(),
        "root": events.root.tolist(),
        "hostility": [None if np.isnan(h) else float(h) for h in events.hostility],
        "counts": dict(events.counts),
    }


def _key(row: dict[str, Any]) -> tuple[int, bool, str, str]:
    return row["at"], row["platform"] is not None, row["platform"] or "", row["interaction_id"]


def _by_hand(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in canonical order with parent, targets as the docstring of ``encode`` says, in plain Python."""
    ordered = sorted(rows, key=_key)
    place = {(row["platform"], row["interaction_id"]): i for i, row in enumerate(ordered)}
    spread: dict[str, set[str | None]] = {}
    for row in rows:
        for account in [row["actor_id"], *(row["target_ids"] or [])]:
            spread.setdefault(account, set()).add(row["platform"])

    def qualified(account: str, platform: str | None) -> str:
        return f"{platform}:{account}" if len(spread[account]) > 1 and platform else account

    out = []
    for i, row in enumerate(ordered):
        parent = place.get((row["platform"], row["parent_id"]), -1) if row["parent_id"] is not None else -1
        out.append(
            {
                "id": row["interaction_id"],
                "actor": qualified(row["actor_id"], row["platform"]),
                "kind": row["kind"],
                "parent": -1 if parent == i else parent,
                "given": None if row["target_ids"] is None else [qualified(t, row["platform"]) for t in row["target_ids"]],
            }
        )
    return out


@settings(max_examples=80, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_row_order_has_no_influence(rows: list[dict[str, Any]], shuffler: random.Random) -> None:
    shuffled = rows.copy()
    shuffler.shuffle(shuffled)
    assert _plain(encode(interactions(rows))) == _plain(encode(interactions(shuffled).lazy()))


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_rows_parents_and_given_targets_against_plain_python(rows: list[dict[str, Any]]) -> None:
    events = encode(interactions(rows))
    found = _plain(events)
    expected = _by_hand(rows)
    assert found["ids"] == [row["id"] for row in expected]
    assert found["actor"] == [row["actor"] for row in expected]
    assert found["parent"] == [row["parent"] for row in expected]
    for i, row in enumerate(expected):
        if row["given"] is not None:
            assert found["targets"][i] == sorted(set(row["given"]) - {row["actor"]})
        elif row["parent"] < 0:
            assert found["targets"][i] == []
        elif row["kind"] != "repost":
            assert found["targets"][i] == sorted({expected[row["parent"]]["actor"]} - {row["actor"]})
        assert row["actor"] not in found["targets"][i]


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_a_repost_passes_on_what_its_parent_was_aimed_at(rows: list[dict[str, Any]]) -> None:
    events = encode(interactions(rows))
    found = _plain(events)
    expected = _by_hand(rows)
    for i, row in enumerate(expected):
        p = row["parent"]
        if row["kind"] != "repost" or row["given"] is not None or p < 0 or p >= i:
            continue
        aimed = expected[p]["given"]
        if aimed:
            assert found["targets"][i] == sorted(set(aimed) - {row["actor"]})
        elif expected[p]["kind"] != "repost":
            assert found["targets"][i] == sorted({expected[p]["actor"]} - {row["actor"]})


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 9).flatmap(lambda n: st.tuples(*(st.lists(st.integers(-1, top), min_size=n, max_size=n) for top in (n - 1, 3)))))
def test_threads_against_a_walk(drawn: tuple[list[int], list[int]]) -> None:
    parent, given_thread = drawn
    n = len(parent)
    coded = np.array([-1 if g < 0 else n + g for g in given_thread], np.int32)
    thread, cycles = resolve_threads(np.array(parent, np.int32), coded)
    rings = set()
    for i in range(n):
        seen: list[int] = []
        row = i
        while row not in seen and coded[row] < 0 and parent[row] >= 0:
            seen.append(row)
            row = parent[row]
        if coded[row] >= 0:
            assert thread[i] == coded[row]
        elif row in seen:
            assert thread[i] == min(seen[seen.index(row) :])
        else:
            assert thread[i] == row
    for i in range(n):
        seen, row = [], i
        while row not in seen and parent[row] >= 0:
            seen.append(row)
            row = parent[row]
        if row in seen:
            rings.add(frozenset(seen[seen.index(row) :]))
    assert cycles == len(rings)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=20))
def test_string_codes(values: list[str | None]) -> None:
    codes, names = string_codes(pl.Series(values, dtype=pl.String))
    assert [None if code < 0 else names[int(code)] for code in codes] == values
    assert names.to_list() == sorted({value for value in values if value is not None}, key=lambda s: s.encode())
    assert look_up(names, names).tolist() == list(range(len(names)))


def test_list_codes() -> None:
    start, flat = list_codes(pl.Series([["a"], None, [], ["b", "c"]]))
    assert start.tolist() == [0, 1, 1, 1, 3]
    assert flat.to_list() == ["a", "b", "c"]


def test_empty_input() -> None:
    events = encode(INTERACTIONS.empty())
    assert len(events) == 0
    assert len(events.accounts) == 0
    assert not events.has_hostility


def test_counts_of_what_is_wrong() -> None:
    rows: list[dict[str, Any]] = [
        {"interaction_id": "late", "at": 9, "actor_id": "a", "kind": "post", "parent_id": None, "target_ids": ["a", "b"]},
        {"interaction_id": "early", "at": 1, "actor_id": "b", "kind": "reply", "parent_id": "late", "target_ids": None},
        {"interaction_id": "orphan", "at": 2, "actor_id": "c", "kind": "reply", "parent_id": "none", "target_ids": None},
        {"interaction_id": "self", "at": 3, "actor_id": "c", "kind": "reply", "parent_id": "self", "target_ids": None},
        {"interaction_id": "ring1", "at": 4, "actor_id": "c", "kind": "reply", "parent_id": "ring2", "target_ids": None},
        {"interaction_id": "ring2", "at": 5, "actor_id": "d", "kind": "reply", "parent_id": "ring1", "target_ids": None},
    ]
    counts = encode(interactions(rows)).counts
    expected = {"interactions": 6, "orphans": 1, "own_parents": 1, "children_before_parents": 2, "cycles": 1, "self_targets": 1}
    assert {name: counts[name] for name in expected} == expected


def test_arrays_cannot_be_changed() -> None:
    events = encode(interactions([{"interaction_id": "1", "at": 0, "actor_id": "a", "kind": "post"}]))
    with pytest.raises(ValueError, match="read-only"):
        events.actor[0] = 1


def test_a_null_inside_a_list_names_nothing() -> None:
    both: dict[str, object] = {"kind": "post"}
    events = encode(
        interactions(
            [
                both | {"interaction_id": "i0", "at": 0, "actor_id": "a", "objects": ["url:x", None], "target_ids": [None, "b"]},
                both | {"interaction_id": "i1", "at": 1, "actor_id": "b", "objects": [None], "target_ids": []},
            ]
        )
    )
    assert events.objects.row(0).tolist() == [0]
    assert events.objects.row(1).tolist() == []
    assert [events.accounts[int(code)] for code in events.targets.row(0)] == ["b"]


def test_more_platforms_than_a_byte_counts() -> None:
    rows = [{"interaction_id": f"i{k}", "at": k, "actor_id": "7", "kind": "post", "platform": f"p{k:03d}"} for k in range(300)]
    events = encode(interactions(rows))
    assert [events.accounts[int(code)] for code in events.actor] == [f"p{k:03d}:7" for k in range(300)]

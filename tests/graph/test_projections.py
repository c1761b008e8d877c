from __future__ import annotations

from collections import defaultdict
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.graph import projections
from graphwatch.graph.encode import encode
from graphwatch.graph.export import to_networkx
from graphwatch.graph.projections import account_graph, account_object_graph, build_graph, post_tree
from graphwatch.model import Events
from graphwatch.schema import INTERACTIONS, KINDS
from tests.graph.worlds import interactions, worlds

DRAWN = worlds()


def _rows(data: st.DataObject, events: Events) -> list[int] | None:
    return data.draw(st.one_of(st.none(), st.lists(st.integers(0, len(events) - 1), max_size=8)))


def _used(rows: list[int] | None, events: Events) -> list[int]:
    return list(range(len(events))) if rows is None else sorted(set(rows))


@settings(max_examples=60, deadline=None)
@given(DRAWN, st.data())
def test_account_graph_against_networkx(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    events = encode(interactions(rows))
    chosen = _rows(data, events)
    weights = np.arange(len(events), dtype=np.float64) / 4
    expected: nx.DiGraph[str] = nx.DiGraph()
    for i in _used(chosen, events):
        actor = events.accounts[int(events.actor[i])]
        expected.add_node(actor, name=actor)
        for code in events.targets.row(i).tolist():
            target = events.accounts[code]
            expected.add_node(target, name=target)
            edge = {"count": 0, "hostile": 0, "weight": 0.0, "first_at": int(events.at[i]), "last_at": int(events.at[i])}
            if expected.has_edge(actor, target):
                edge = expected[actor][target]
            else:
                expected.add_edge(actor, target, **edge)
                edge = expected[actor][target]
            edge["count"] += 1
            edge["hostile"] += int(events.hostility[i] >= 0.5)
            edge["weight"] += weights[i]
            edge["last_at"] = int(events.at[i])
    graph = account_graph(events, None if chosen is None else np.array(chosen, np.int64), weights)
    found = to_networkx(graph)
    assert nx.utils.graphs_equal(found, expected)
    assert graph.vs["name"] == sorted(expected.nodes)
    assert graph.get_edgelist() == sorted(graph.get_edgelist())


@settings(max_examples=60, deadline=None)
@given(DRAWN, st.data())
def test_post_tree_against_parents(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    events = encode(interactions(rows))
    chosen = _rows(data, events)
    used = _used(chosen, events)
    graph = post_tree(events, None if chosen is None else np.array(chosen, np.int32))
    assert graph.vcount() == len(used)
    expected = {(int(events.parent[i]), i) for i in used if int(events.parent[i]) in used}
    assert {(used[a], used[b]) for a, b in graph.get_edgelist()} == expected
    assert graph.ecount() == len(expected)
    assert graph.vs["at"] == events.at[used].tolist()
    assert graph.vs["actor"] == [events.accounts[int(events.actor[i])] for i in used]
    assert graph.vs["kind"] == [KINDS[int(events.kind[i])] for i in used]
    np.testing.assert_array_equal(graph.vs["hostility"], events.hostility[used])


@settings(max_examples=60, deadline=None)
@given(DRAWN, st.data())
def test_account_object_graph_against_counts(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    events = encode(interactions(rows))
    chosen = _rows(data, events)
    times: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in _used(chosen, events):
        for code in events.objects.row(i).tolist():
            times[events.accounts[int(events.actor[i])], events.object_names[code]].append(int(events.at[i]))
    graph = account_object_graph(events, None if chosen is None else np.array(chosen, np.int64))
    names = graph.vs["name"]
    found = {
        (names[a], names[b]): (edge["count"], edge["first_at"], edge["last_at"])
        for (a, b), edge in zip(graph.get_edgelist(), graph.es, strict=True)
    }
    assert found == {pair: (len(at), min(at), max(at)) for pair, at in times.items()}
    assert [names[i] for i, right in enumerate(graph.vs["type"]) if right] == sorted({name for _, name in times})
    assert all(graph.vs["type"][b] and not graph.vs["type"][a] for a, b in graph.get_edgelist())


def test_no_rows_and_no_interactions() -> None:
    for events in (encode(INTERACTIONS.empty()), encode(interactions([{"interaction_id": "1", "at": 0, "actor_id": "a", "kind": "post"}]))):
        for project in (account_graph, post_tree, account_object_graph):
            graph = project(events, np.zeros(0, np.int64))
            assert (graph.vcount(), graph.ecount()) == (0, 0)
            assert "name" in graph.vs.attributes()


def test_rows_that_do_not_exist() -> None:
    events = encode(interactions([{"interaction_id": "1", "at": 0, "actor_id": "a", "kind": "post"}]))
    for row in (-1, 1):
        with pytest.raises(ValueError, match="rows must lie in"):
            account_graph(events, np.array([row]))


def test_one_id_on_two_platforms() -> None:
    ids = (("1", "p"), ("1", "q"), ("2", "q"), ("1", None))
    rows = [{"interaction_id": i, "at": 0, "actor_id": "a", "kind": "post", "platform": platform} for i, platform in ids]
    assert sorted(post_tree(encode(interactions(rows))).vs["name"]) == ["1", "2", "p:1", "q:1"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=40), st.booleans())
def test_build_graph_keeps_edge_order(edges: list[tuple[int, int]], directed: bool) -> None:
    source = np.array([a for a, _ in edges], np.int32)
    target = np.array([b for _, b in edges], np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projections, "BLOCK", 7)
        graph = build_graph(6, source, target, directed=directed)
    expected = edges if directed else [(min(e), max(e)) for e in edges]
    assert [e if directed else (min(e), max(e)) for e in graph.get_edgelist()] == expected
    assert graph.vcount() == 6


def test_build_graph_checks_its_input() -> None:
    one, two = np.zeros(1, np.int32), np.zeros(2, np.int32)
    with pytest.raises(ValueError, match="same length"):
        build_graph(1, one, two)
    with pytest.raises(ValueError, match="outside"):
        build_graph(1, one, one + np.int32(1))
    with pytest.raises(ValueError, match="outside"):
        build_graph(1, one - np.int32(1), one)

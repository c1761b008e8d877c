"""Rows as graphs, and graphs as they are shown: what is drawn names nobody, and says what its colours mean."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import igraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.ask import ParameterError, Query, catalogue, query_graph, show_graph
from graphwatch.ask.network import KIND_OF, network_of
from graphwatch.ask.parameters import check
from graphwatch.ask.run import answer
from graphwatch.ask.style import GROUP_COLORS
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import ROLES
from graphwatch.store.shape import NODES
from tests.queries.worlds import ALL_QUERIES, questions, random_world

KEY = Pseudonyms(b"an example key of enough bytes")
SHAPED = [query for query in ALL_QUERIES if query.shape is not None]
each = pytest.mark.parametrize("query", SHAPED, ids=lambda query: query.name)


def ends_of(row: dict[str, object], below: dict[str, object] | None, start: str, end: str) -> set[tuple[str, str]]:
    """Ends of the edges that one row makes, said once more and differently."""

    def values(held: dict[str, object], name: str) -> list[str]:
        value = held.get(name)
        return [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]

    if end == "next" and isinstance(row[start], list):
        path = values(row, start)
        return {(path[k], path[k + 1]) for k in range(len(path) - 1)}
    if end == "next":
        return set() if below is None else {(one, other) for one in values(row, start) for other in values(below, start)}
    return {(one, other) for one in values(row, start) for other in values(row, end)}


@each
@settings(max_examples=6)
@given(seed=st.integers(0, 10_000))
def test_edges_are_what_the_rows_say(query: Query, seed: int) -> None:
    world = random_world(seed, acts=60)
    ground = world.ground()
    shape = query.shape
    assert shape is not None
    for asked in questions(query, world)[:4]:
        checked = check(query, asked)
        frame = answer(query, checked, ground)
        rows = [{**checked.values, **row} for row in frame.to_dicts()]
        expected: dict[tuple[str, str, str], int] = {}
        for k, row in enumerate(rows):
            for link in shape.links:
                kind = str(row[link.type[1:-1]]) if link.type.startswith("{") else link.type
                for one, other in ends_of(row, rows[k + 1] if k + 1 < len(rows) else None, link.start, link.end):
                    expected[one, kind, other] = expected.get((one, kind, other), 0) + 1
        graph = network_of(query, checked, frame)
        names, labels = graph.vs["name"], graph.vs["label"]
        told = [(names[edge.source], edge["type"], names[edge.target]) for edge in graph.es]
        same_name = {key for key in expected if key[0] == key[2]}  # a loop, or two kinds of one name
        assert set(told) - same_name == set(expected) - same_name
        if "interaction_id" not in query.table.names:  # there one id can be two acts
            assert {key: n for key, n in zip(told, graph.es["rows"], strict=True) if key not in same_name} == {
                key: n for key, n in expected.items() if key not in same_name
            }
        assert all(label == "Account" for label, role in zip(labels, graph.vs["role"], strict=True) if role is not None)
        assert set(graph.vs["role"]) <= {*ROLES, None}


def test_kinds_of_ends_are_those_of_the_graph() -> None:
    assert set(KIND_OF.values()) <= {node.label for node in NODES} | {"Scope", "Finding"}
    for query in SHAPED:
        assert query.shape is not None
        for link in query.shape.links:
            assert link.start in KIND_OF, query.name
            assert link.end in {*KIND_OF, "next"}, query.name
    assert set(KIND_OF.values()) | set(ROLES) <= set(GROUP_COLORS)


def test_one_line_gives_a_graph_and_counts_give_none() -> None:
    world = random_world(2)
    graph = query_graph("pileon_network", tables=world.ground(), pileon="p0")
    found = catalogue()["trace/pileon_network"]
    assert graph.ecount() == len(answer(found, check(found, {"pileon": "p0"}), world.ground()))
    assert {role for role in graph.vs["role"] if role is not None}
    with pytest.raises(ParameterError, match="trace/pileon_network"):
        query_graph("known_at", tables=world.ground(), target="x", at="2024-05-01")


class Markup(HTMLParser):
    """All words of a drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@each
def test_what_is_shown_names_nobody(query: Query) -> None:
    world = random_world(4)
    ground = world.ground()
    people = {*ground.accounts.to_list(), *world.interactions["interaction_id"].to_list()}
    for asked in questions(query, world)[:6]:
        checked = check(query, asked)
        view = show_graph(network_of(query, checked, answer(query, checked, ground)), pseudonyms=KEY)
        parts = Markup()
        parts.feed(view.svg())
        words = {word for text in parts.words for word in text.split(" · ")}
        assert words & people == set()
        data = json.dumps(view.sigma().data)
        assert [name for name in people if json.dumps(name) in data] == []
        assert parts.tags <= {"svg", "rect", "path", "circle", "title", "g", "text"}


def hostile_graph() -> igraph.Graph:
    graph = igraph.Graph(4, edges=[(0, 1), (2, 1), (3, 1)], directed=True)
    graph.vs["name"] = ["a", "b", "</svg><script>alert(1)</script>", "c"]
    graph.vs["label"] = ["Account", "Account", "Agency", "Account"]
    graph.vs["role"] = ["inciter", None, None, "follower"]
    graph.vs["agency"] = ["<b>&'\"", None, None, "g"]
    graph.es["type"] = ["TARGETS", "x", "x"]
    return graph


def test_colours_are_explained_and_words_are_harmless() -> None:
    view = show_graph(hostile_graph(), pseudonyms=KEY)
    assert view.graph.vs["role"] == ["inciter", "target", "Agency", "follower"]
    assert set(view.colors) == set(view.graph.vs["role"])
    assert set(view.agency_colors) == set(view.graph.vs["agency"])
    parts = Markup()
    parts.feed(view.svg())
    assert "script" not in parts.tags
    assert {"inciter (1)", "target (1)", "Agency (1)", "follower (1)", "<b>&'\" (1)", "Role or kind (fill)"} <= set(parts.words)
    sigma = view.sigma()
    assert dict(sigma.visual_variables["nodeColor"]["palette"]) == view.colors
    assert dict(sigma.visual_variables["nodeBorderColor"]["palette"]) == view.agency_colors
    assert dict(sigma.visual_variables["edgeColor"]["palette"]) == view.link_colors
    assert list(view.link_colors) == ["x", "TARGETS"]  # the most frequent first, so that it is drawn below
    assert {"Link (line)", "x (2)", "TARGETS (1)"} <= set(parts.words)
    assert view.svg().count('stroke-width=".8"') == len(view.link_colors)


def test_names_in_a_drawing_do_not_lie_across_one_another() -> None:
    star = igraph.Graph(60, edges=[(number, 0) for number in range(1, 60)], directed=True)
    star.vs["name"] = [f"account {number}" for number in range(60)]
    view = show_graph(star, pseudonyms=KEY)
    places = re.findall(r'<text x="(-?\d+)" y="(-?\d+)" text-anchor="(\w+)">([^<]*)</text>', view.svg())
    assert 4 <= len(places) <= 8
    assert len({name for *_, name in places}) == len(places)
    boxes = []
    for x, y, anchor, name in places:
        left = int(x) - 6 * len(name) if anchor == "end" else int(x)
        boxes.append((left, left + 6 * len(name), int(y)))
    across = [(a, b) for a, b in combinations(boxes, 2) if a[0] < b[1] - 1 and b[0] < a[1] - 1 and abs(a[2] - b[2]) < 12]
    assert across == []


def test_the_same_graph_gives_the_same_picture_and_large_ones_are_cut() -> None:
    assert show_graph(hostile_graph(), pseudonyms=KEY).svg() == show_graph(hostile_graph(), pseudonyms=KEY).svg()
    cut = show_graph(hostile_graph(), pseudonyms=KEY, most=2)
    assert (cut.graph.vcount(), cut.left_out) == (2, 2)
    assert "2 nodes of fewer links left out" in cut.svg()
    assert repr(cut) == "GraphView(2 nodes, 1 edges, 2 more not shown)"
    assert show_graph(hostile_graph(), real_ids=True).graph.vs["name"] == hostile_graph().vs["name"]


def test_a_notebook_gets_the_widget_and_a_drawing() -> None:
    bundle = show_graph(hostile_graph(), pseudonyms=KEY)._repr_mimebundle_()
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} <= set(bundle)
    assert str(bundle["text/html"]).startswith("<svg")
    empty = show_graph(igraph.Graph(0, directed=True), pseudonyms=KEY)
    assert "0 nodes, 0 edges" in empty.svg()
    plain = show_graph(igraph.Graph(2, edges=[(0, 1)]), real_ids=True)
    assert plain.graph.vs["role"] == ["other account", "other account"]


def test_the_widget_fetches_nothing() -> None:
    import ipysigma

    folder = ipysigma.__path__[0]
    scripts = [path.read_text(encoding="utf-8") for path in Path(folder, "nbextension").rglob("*.js")]
    assert scripts
    assert [host for host in ("unpkg.com", "cdn.jsdelivr", "cdnjs.") for text in scripts if host in text] == []

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.errors import OutputError
from graphwatch.graph import export
from graphwatch.graph.export import to_networkx, write_gexf, write_graphml, xml_text

HOSTILE = [
    "<script>alert(1)</script>",
    '"/><node id="9"/>',
    "]]>&amp;&#0;",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "a\x00b\x0b\x1b",
    "line\r\nbreak\ttab",
    "\ufffe\uffff",
    "=HYPERLINK(1)",
    "名字😀",
    "",
]
WRITERS = [write_gexf, write_graphml]


def _graph(names: list[str], *, directed: bool = True) -> igraph.Graph:
    n = len(names)
    edges = [(i, (i + 1) % n) for i in range(n)]
    graph = igraph.Graph(n, edges=edges, directed=directed)
    graph.vs["name"] = names
    graph.vs["hot"] = [i % 2 == 0 for i in range(n)]
    graph.vs["size"] = [i * 10**12 for i in range(n)]
    graph.vs["note"] = [None if i == 1 else name for i, name in enumerate(names)]
    graph.es["weight"] = [i + 0.5 for i in range(n)]
    graph.es["count"] = list(range(n))
    graph.es['odd "name" <&>'] = ["x"] * n
    return graph


def _safe(text: str) -> str:
    return export._FORBIDDEN.sub("\ufffd", text)


@pytest.mark.parametrize("directed", [True, False])
def test_gexf_comes_back(tmp_path: Path, directed: bool) -> None:
    back = nx.read_gexf(write_gexf(_graph(HOSTILE, directed=directed), tmp_path / "g.gexf"))
    assert back.is_directed() == directed
    assert back.number_of_nodes() == len(HOSTILE)
    assert back.number_of_edges() == len(HOSTILE)
    for i, name in enumerate(HOSTILE):
        node = back.nodes[str(i)]
        assert node["label"] == _safe(name)
        assert (node["hot"], node["size"]) == (i % 2 == 0, i * 10**12)
        assert node.get("note") == (None if i == 1 else _safe(name))
    assert back["2"]["3"]["weight"] == 2.5
    assert back["2"]["3"]["count"] == 2
    assert back["2"]["3"]['odd "name" <&>'] == "x"


@pytest.mark.parametrize("directed", [True, False])
def test_graphml_comes_back(tmp_path: Path, directed: bool) -> None:
    path = write_graphml(_graph(HOSTILE, directed=directed), tmp_path / "g.graphml")
    back = nx.read_graphml(path)
    assert back.is_directed() == directed
    for i, name in enumerate(HOSTILE):
        node = back.nodes[f"n{i}"]
        assert (node["name"] or "") == _safe(name)  # networkx reads empty text as None
        assert (node["hot"], node["size"]) == (i % 2 == 0, i * 10**12)
    assert back["n2"]["n3"] == {"weight": 2.5, "count": 2, 'odd "name" <&>': "x"} | ({"id": "e2"} if "id" in back["n2"]["n3"] else {})
    other = igraph.Graph.Read_GraphML(str(path))
    assert other.vs["name"] == [_safe(name) for name in HOSTILE]
    assert other.get_edgelist() == _graph(HOSTILE, directed=directed).get_edgelist()


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.text(max_size=8), min_size=1, max_size=5))
@pytest.mark.parametrize(("write", "read"), [(write_gexf, nx.read_gexf), (write_graphml, nx.read_graphml)])
def test_any_name_survives(
    write: Callable[[igraph.Graph, Path], Path],
    read: Callable[[Path], Any],
    names: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    graph = igraph.Graph(len(names), edges=[(0, i) for i in range(1, len(names))], directed=True)
    graph.vs["name"] = names
    path = write(graph, tmp_path_factory.mktemp("x") / "g")
    back = read(path)
    key = "label" if write is write_gexf else "name"
    assert [(data.get(key) or "") for _, data in back.nodes(data=True)] == [_safe(name) for name in names]


@pytest.mark.parametrize("write", WRITERS)
def test_bytes_are_the_same_again_and_in_any_block(
    write: Callable[[igraph.Graph, Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(_graph(HOSTILE), tmp_path / "a").read_bytes()
    monkeypatch.setattr(export, "BLOCK", 3)
    assert write(_graph(HOSTILE), tmp_path / "b").read_bytes() == first
    assert b"\r" not in first


@pytest.mark.parametrize("write", WRITERS)
def test_a_failure_leaves_what_was_there(
    write: Callable[[igraph.Graph, Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "g"
    path.write_text("before")

    def broken(_: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "_ends", broken)
    with pytest.raises(OutputError, match="No space left"):
        write(_graph(["a", "b"]), path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", WRITERS)
def test_a_folder_that_is_not_there(write: Callable[[igraph.Graph, Path], Path], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write(_graph(["a"]), tmp_path / "none" / "g")


@pytest.mark.parametrize(("write", "read"), [(write_gexf, nx.read_gexf), (write_graphml, nx.read_graphml)])
def test_empty_and_bare_graphs(write: Callable[[igraph.Graph, Path], Path], read: Callable[[Path], Any], tmp_path: Path) -> None:
    assert read(write(igraph.Graph(0, directed=True), tmp_path / "a")).number_of_nodes() == 0
    bare = read(write(igraph.Graph(3, edges=[(0, 1), (0, 1)], directed=True), tmp_path / "b"))
    assert (bare.number_of_nodes(), bare.number_of_edges(), bare.is_multigraph()) == (3, 2, True)


@pytest.mark.parametrize(("write", "read"), [(write_gexf, nx.read_gexf), (write_graphml, nx.read_graphml)])
def test_numbers_that_are_not(write: Callable[[igraph.Graph, Path], Path], read: Callable[[Path], Any], tmp_path: Path) -> None:
    graph = igraph.Graph(4, edges=[(0, 1)], directed=True)
    graph.vs["x"] = [math.nan, math.inf, -math.inf, 1]
    graph.vs["mixed"] = [1, "one", None, 2.5]
    graph.es["weight"] = [math.nan]
    nodes = [data for _, data in read(write(graph, tmp_path / "a")).nodes(data=True)]
    assert math.isnan(nodes[0]["x"])
    assert [node["x"] for node in nodes[1:]] == [math.inf, -math.inf, 1.0]
    assert [node.get("mixed") for node in nodes] == ["1", "one", None, "2.5"]


def test_to_networkx() -> None:
    graph = _graph(["a", "b", "c"])
    by_name, by_index = to_networkx(graph), to_networkx(graph, key="index")
    assert list(by_name.nodes) == ["a", "b", "c"]
    assert by_index.nodes[1]["name"] == "b"
    assert by_name["a"]["b"] == by_index[0][1]
    twice = igraph.Graph(2, edges=[(0, 1), (0, 1)], directed=False)
    assert to_networkx(twice, key="index").number_of_edges() == 2
    with pytest.raises(ValueError, match="key='index'"):
        to_networkx(twice)
    twice.vs["name"] = ["a", "a"]
    with pytest.raises(ValueError, match="key='index'"):
        to_networkx(twice)


@given(st.text())
def test_xml_text_is_one_piece_of_text(text: str) -> None:
    assert not set(xml_text(text)) & set('<>"\r\n\t\x00\x1b')

"""Graphs for other programs: networkx, GEXF (Gephi) and GraphML.

Files are written a block at a time into a temporary file that takes the final name at the end, so a file is whole or absent. The same
graph gives the same bytes. Any string is safe: what XML forbids is replaced by U+FFFD, the rest is escaped.
"""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TextIO
from xml.sax.saxutils import escape

import igraph

from graphwatch.errors import OutputError, Place

if TYPE_CHECKING:
    import networkx

BLOCK: Final = 50_000  # vertices or edges held as Python objects at a time

Value = bool | int | float | str | None
Type = Literal["boolean", "long", "double", "string"]

# What XML 1.0 does not allow even as a reference (section 2.2), and non-characters that parsers complain about.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ENTITIES: Final = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def to_networkx(graph: igraph.Graph, key: Literal["name", "index"] = "name") -> networkx.Graph[str | int]:
    """Copy a graph to networkx.

    Parameters
    ----------
    graph
        Any graph; parallel edges give a multigraph.
    key
        What a node is called: its ``name``, or its index (names may repeat then).

    Returns
    -------
    networkx.Graph
        Or its directed and multi forms, with all attributes, in the same order.

    Raises
    ------
    ValueError
        ``key`` is ``"name"``, and the vertices have no names or two have the same.

    Examples
    --------
    >>> graph = igraph.Graph(edges=[(0, 1)], directed=True, vertex_attrs={"name": ["a", "b"]}, edge_attrs={"count": [3]})
    >>> to_networkx(graph)["a"]["b"]
    {'count': 3}
    """
    import networkx as nx  # noqa: PLC0415

    if key == "name":
        if "name" not in graph.vs.attributes() or len(set(graph.vs["name"])) != graph.vcount():
            raise ValueError("vertices have no names, or two have the same; use key='index'")
        keys: Sequence[str | int] = graph.vs["name"]
    else:
        keys = range(graph.vcount())
    directed, several = graph.is_directed(), graph.has_multiple()
    form = (nx.MultiDiGraph if several else nx.DiGraph) if directed else (nx.MultiGraph if several else nx.Graph)
    out: networkx.Graph[str | int] = form()
    for index, values in enumerate(_rows(graph.vs, graph.vs.attributes())):
        out.add_node(keys[index], **dict(zip(graph.vs.attributes(), values, strict=True)))
    for (source, target), values in zip(_ends(graph), _rows(graph.es, graph.es.attributes()), strict=True):
        out.add_edge(keys[source], keys[target], **dict(zip(graph.es.attributes(), values, strict=True)))
    return out


def write_gexf(graph: igraph.Graph, path: str | os.PathLike[str]) -> Path:
    """Write a graph as GEXF 1.2 (Gephi's format).

    Parameters
    ----------
    graph
        Any graph. A vertex's id in the file is its index, its label its ``name``; edges have their index as id and ``weight`` as weight.
    path
        File to write; an existing one is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left behind.
    """
    return _write(path, lambda out: _gexf(graph, out))


def write_graphml(graph: igraph.Graph, path: str | os.PathLike[str]) -> Path:
    """Write a graph as GraphML.

    Parameters
    ----------
    graph
        Any graph. A vertex's id in the file is ``n`` and its index; all attributes are data, ``name`` too.
    path
        File to write; an existing one is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left behind.
    """
    return _write(path, lambda out: _graphml(graph, out))


def xml_text(text: str) -> str:
    """Escape a string for XML text and attributes; what XML forbids becomes U+FFFD.

    Examples
    --------
    >>> xml_text('<a href="x">&' + chr(0))
    '&lt;a href=&quot;x&quot;&gt;&amp;�'
    """
    return escape(_FORBIDDEN.sub("\ufffd", text), _ENTITIES)


def _write(path: str | os.PathLike[str], fill: Callable[[TextIO], None]) -> Path:
    final = Path(path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{final.name}.", suffix=".tmp", dir=final.parent)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(final)) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
            fill(out)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(final)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(final)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return final


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _gexf(graph: igraph.Graph, out: TextIO) -> None:
    directed = "directed" if graph.is_directed() else "undirected"
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n')
    out.write(f'<graph mode="static" defaultedgetype="{directed}">\n')
    parts = (("node", graph.vs, _types(graph.vs, {"name"})), ("edge", graph.es, _types(graph.es, {"weight"})))
    for part, _, types in parts:
        out.write(f'<attributes class="{part}" mode="static">\n')
        for number, (name, kind) in enumerate(types.items()):
            out.write(f'<attribute id="{part[0]}{number}" title="{xml_text(name)}" type="{kind}"/>\n')
        out.write("</attributes>\n")
    names = _column(graph.vs, "name")
    out.write("<nodes>\n")
    for index, (called, values) in enumerate(zip(names, _rows(graph.vs, list(parts[0][2])), strict=True)):
        label = xml_text(str(index if called is None else called))
        out.write(f'<node id="{index}" label="{label}">{_gexf_values("n", values, parts[0][2])}</node>\n')
    out.write("</nodes>\n<edges>\n")
    weights = _column(graph.es, "weight")
    for index, ((source, target), weight, values) in enumerate(zip(_ends(graph), weights, _rows(graph.es, list(parts[1][2])), strict=True)):
        heavy = f' weight="{_form(float(weight), "double")}"' if isinstance(weight, int | float) and math.isfinite(weight) else ""
        out.write(f'<edge id="{index}" source="{source}" target="{target}"{heavy}>{_gexf_values("e", values, parts[1][2])}</edge>\n')
    out.write("</edges>\n</graph>\n</gexf>\n")


def _gexf_values(prefix: str, values: Sequence[Value], types: dict[str, Type]) -> str:
    given = [
        f'<attvalue for="{prefix}{number}" value="{_form(value, kind)}"/>'
        for number, (value, kind) in enumerate(zip(values, types.values(), strict=True))
        if value is not None
    ]
    return f"<attvalues>{''.join(given)}</attvalues>" if given else ""


def _graphml(graph: igraph.Graph, out: TextIO) -> None:
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    vertex_types, edge_types = _types(graph.vs, set()), _types(graph.es, set())
    for part, types in (("node", vertex_types), ("edge", edge_types)):
        for number, (name, kind) in enumerate(types.items()):
            out.write(f'<key id="{part[0]}{number}" for="{part}" attr.name="{xml_text(name)}" attr.type="{kind}"/>\n')
    out.write(f'<graph id="G" edgedefault="{"directed" if graph.is_directed() else "undirected"}">\n')
    for index, values in enumerate(_rows(graph.vs, list(vertex_types))):
        out.write(f'<node id="n{index}">{_graphml_values("n", values, vertex_types)}</node>\n')
    for index, ((source, target), values) in enumerate(zip(_ends(graph), _rows(graph.es, list(edge_types)), strict=True)):
        out.write(f'<edge id="e{index}" source="n{source}" target="n{target}">{_graphml_values("e", values, edge_types)}</edge>\n')
    out.write("</graph>\n</graphml>\n")


def _graphml_values(prefix: str, values: Sequence[Value], types: dict[str, Type]) -> str:
    return "".join(
        f'<data key="{prefix}{number}">{_form(value, kind)}</data>'
        for number, (value, kind) in enumerate(zip(values, types.values(), strict=True))
        if value is not None
    )


def _form(value: Value, kind: Type) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "double":
        number = float(value or 0)
        return repr(number) if math.isfinite(number) else ("NaN" if math.isnan(number) else ("INF" if number > 0 else "-INF"))
    return xml_text(str(value))


def _types(sequence: igraph.VertexSeq | igraph.EdgeSeq, without: set[str]) -> dict[str, Type]:
    """Give the narrowest type that holds all values of each attribute, in the order of the names."""
    return {name: _type_of(sequence, name) for name in sorted(sequence.attributes()) if name not in without}


def _type_of(sequence: igraph.VertexSeq | igraph.EdgeSeq, name: str) -> Type:
    held = {type(value) for value in _column(sequence, name) if value is not None}
    if held == {bool}:
        return "boolean"
    if held == {int}:
        return "long"
    return "double" if held and held <= {int, float} else "string"


def _column(sequence: igraph.VertexSeq | igraph.EdgeSeq, name: str) -> Iterator[Value]:
    """Values of one attribute, a block at a time; None where there is no such attribute."""
    if name not in sequence.attributes():
        yield from (None for _ in range(len(sequence)))
        return
    for start in range(0, len(sequence), BLOCK):
        yield from sequence[start : start + BLOCK][name]


def _rows(sequence: igraph.VertexSeq | igraph.EdgeSeq, names: list[str]) -> Iterator[tuple[Value, ...]]:
    if not names:
        yield from (() for _ in range(len(sequence)))
        return
    yield from zip(*(_column(sequence, name) for name in names), strict=True)


def _ends(graph: igraph.Graph) -> Iterator[tuple[int, int]]:
    """Give the ends of each edge, a block at a time."""
    for start in range(0, graph.ecount(), BLOCK):
        for edge in graph.es[start : start + BLOCK]:
            yield edge.tuple

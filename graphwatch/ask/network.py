"""Rows of a query as a graph: ends, types and roles as the query's header declares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import igraph
import polars as pl

from graphwatch.ask.catalogue import catalogue
from graphwatch.ask.header import NEXT, Link, Query, Shape
from graphwatch.ask.parameters import Given, ParameterError

KIND_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("account", "account_id", "other_id", "target", "target_id", "targets"), "Account"),
    **dict.fromkeys(("agency_id", "agencies"), "Agency"),
    **dict.fromkeys(("company_id", "controller", "controller_id", "path"), "Company"),
    **dict.fromkeys(("pileon", "pileon_id", "first", "second"), "PileOn"),
    **dict.fromkeys(("campaign_id", "campaigns"), "Campaign"),
    **{"interaction_id": "Interaction", "object": "Object", "alert_id": "Alert", "scope": "Scope", "finding_id": "Finding"},
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Node = tuple[str, str, str | None]  # kind, id, platform: one id can be two interactions
Row = Mapping[str, object]


def network_of(query: Query, given: Given, frame: pl.DataFrame) -> igraph.Graph:
    """Make a graph of a query's rows.

    Parameters
    ----------
    frame
        Rows as the query gives them, in its order.

    Returns
    -------
    igraph.Graph
        Directed. Vertices in the order in which the rows name them, with ``name`` (the id), ``label`` (its kind: Account, Interaction,
        Agency, …; ``Scope`` is a pile-on or campaign, ``Finding`` a pile-on or alert), ``platform`` (of interactions), ``role`` and
        ``agency`` (of accounts, where the rows tell them). An id occurs twice only as two kinds, or as interactions of two platforms.
        Edges with ``type``, ``rows`` (how many rows say so) and the numbers and times of the first of those rows; times in µs since 1970.
        Loops, and ends that are null, give no edge.

    Raises
    ------
    ParameterError
        The rows are counts and no graph.

    Examples
    --------
    >>> from graphwatch.ask.parameters import check
    >>> query = catalogue()["detect/coacting_before"]
    >>> rows = query.table.conform(pl.DataFrame({"account_id": ["a", "a"], "other_id": ["b", "c"], "weight": [3, 2]}))
    >>> graph = network_of(query, check(query, {"pileon": "p-1"}), rows)
    >>> graph.vs["name"], graph.es["type"], graph.es["weight"]
    (['a', 'b', 'c'], ['CO_ACTED', 'CO_ACTED'], [3, 2])
    """
    if query.shape is None:
        able = ", ".join(other.name for other in catalogue().values() if other.shape is not None)
        raise ParameterError(f"the rows of {query.name} are counts, no graph; graphs are given by {able}")
    rows = frame.to_dicts()
    told = [column.name for column in query.table.columns if _is_told(column.dtype)]
    place: dict[Node, int] = {}
    edges: dict[tuple[int, str, int], dict[str, object]] = {}
    for number, row in enumerate(rows):
        for link in query.shape.links:
            for start, end in _pairs(link, given, rows, number):
                key = (place.setdefault(start, len(place)), _type(link, row), place.setdefault(end, len(place)))
                if key[0] != key[2]:
                    edge = edges.setdefault(key, {"rows": 0, **{name: _plain(row[name]) for name in told}})
                    edge["rows"] = int(str(edge["rows"])) + 1
    graph = igraph.Graph(n=len(place), edges=[(start, end) for start, _, end in edges], directed=True)
    _describe(graph, list(place), query.shape, rows)
    graph.es["type"] = [kind for _, kind, _ in edges]
    for name in ("rows", *told):
        graph.es[name] = [edge[name] for edge in edges.values()]
    return graph


def _is_told(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean


def _plain(value: object) -> object:
    return (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value


def _type(link: Link, row: Row) -> str:
    return str(row[link.type[1:-1]]) if link.type.startswith("{") else link.type


def _pairs(link: Link, given: Given, rows: list[dict[str, object]], number: int) -> Iterator[tuple[Node, Node]]:
    """Give the ends of the edges that one row makes."""
    row = rows[number]
    starts = _nodes(link.start, given, row)
    if link.end != NEXT:
        yield from ((start, end) for start in starts for end in _nodes(link.end, given, row))
    elif isinstance(row[link.start], list):
        yield from pairwise(starts)
    elif number + 1 < len(rows):
        yield from zip(starts, _nodes(link.start, given, rows[number + 1]), strict=False)


def _nodes(name: str, given: Given, row: Row) -> list[Node]:
    value = row[name] if name in row else given.values[name]
    values = value if isinstance(value, list) else [value]
    platform = row.get("platform") if name == "interaction_id" else None
    return [(KIND_OF[name], str(one), None if platform is None else str(platform)) for one in values if one is not None]


def _describe(graph: igraph.Graph, nodes: list[Node], shape: Shape, rows: list[dict[str, object]]) -> None:
    """Put names, kinds, roles and agencies on the vertices; of several roles the first told stands."""
    graph.vs["name"] = [name for _, name, _ in nodes]
    graph.vs["label"] = [label for label, _, _ in nodes]
    graph.vs["platform"] = [platform for _, _, platform in nodes]
    for attribute, columns in (("role", shape.roles), ("agency", shape.agencies)):
        told: dict[str, str] = {}
        for row in rows:
            for accounts, column in columns.items():
                if row[accounts] is not None and row[column] is not None:
                    told.setdefault(str(row[accounts]), str(row[column]))
        graph.vs[attribute] = [told.get(name) if label == "Account" else None for label, name, _ in nodes]

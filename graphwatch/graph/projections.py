"""Interactions as igraph graphs: who acts on whom, what answers what, and who shares what.

Each is a projection of the tables that can be built again; edges go in as integers a block at a time, so that no edge list of Python
objects is ever held. Edge and vertex order are defined, and the same rows give the same graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

import igraph
import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.model import F64, I32, I64, Events, Lists
from graphwatch.schema import KINDS

BLOCK: Final = 1 << 16  # edges turned into Python integers at a time: they stay in the cache (measured: 4 k to 64 k alike)

_KIND_NAMES: Final = pl.Series([*KINDS, None])  # by code; -1, not known, finds the last

Rows = npt.NDArray[np.integer]


def build_graph(vertices: int, source: I32, target: I32, *, directed: bool = True) -> igraph.Graph:
    """Build a graph from integer arrays.

    igraph 1.0 takes a numpy array by turning it into a nested list first; pairs that come from short lists are 2.5 times
    as fast and need half the memory (``benchmarks/graph_build.py`` measures both).

    Parameters
    ----------
    vertices
        Number of vertices.
    source, target : (edges,)
        Ends of each edge, in [0, vertices).

    Returns
    -------
    igraph.Graph
        Edge i joins ``source[i]`` and ``target[i]``.

    Raises
    ------
    ValueError
        The arrays differ in length or name a vertex that does not exist.

    Examples
    --------
    >>> build_graph(3, np.array([0, 2], np.int32), np.array([1, 1], np.int32)).get_edgelist()
    [(0, 1), (2, 1)]
    """
    if len(source) != len(target):
        raise ValueError(f"source and target must have the same length; they have {len(source)} and {len(target)}")
    if len(source) and (min(source.min(), target.min()) < 0 or max(source.max(), target.max()) >= vertices):
        raise ValueError(f"an edge names a vertex outside 0 … {vertices - 1}")
    pairs = chain.from_iterable(_blocks(source, target))
    return igraph.Graph(n=vertices, edges=pairs, directed=directed)


def _blocks(source: I32, target: I32) -> Iterator[Iterator[tuple[int, int]]]:
    for start in range(0, len(source), BLOCK):
        stop = start + BLOCK
        yield zip(source[start:stop].tolist(), target[start:stop].tolist(), strict=True)


def account_graph(events: Events, rows: Rows | None = None, weights: F64 | None = None, hostile_at: float = 0.5) -> igraph.Graph:
    """Build the graph of accounts: one directed edge from each actor to each account that it acted on.

    Parameters
    ----------
    events
        Interactions.
    rows
        Rows to use, e.g. those of a pile-on; all by default. An interaction given twice counts once.
    weights : (len(events),)
        Weight of each interaction; 1 by default.
    hostile_at
        Hostility from which an interaction counts as hostile.

    Returns
    -------
    igraph.Graph
        Vertices: the accounts that act or are acted upon in ``rows``, in the order of ``events.accounts``; attribute ``name``.
        Edges by (actor, target); attributes ``count`` (interactions), ``hostile`` (hostile ones), ``weight`` (sum of weights),
        ``first_at`` and ``last_at`` (µs since 1970 UTC). An act without a target leaves its actor as a vertex.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> frame = pl.DataFrame(
    ...     {"interaction_id": ["1", "2"], "at": [0, 9], "actor_id": ["b", "b"], "target_ids": [["a"], ["a"]], "kind": "reply"}
    ... )
    >>> graph = account_graph(encode(frame.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))))
    >>> graph.vs["name"], graph.get_edgelist(), graph.es["count"]
    (['a', 'b'], [(1, 0)], [2])
    """
    chosen = _chosen(events, rows)
    sizes = np.diff(events.targets.start)[chosen]
    of_edge = np.repeat(chosen, sizes)
    target = events.targets.values[_places(events.targets, chosen)]
    actor = events.actor[of_edge]
    edges = pl.DataFrame(
        {
            "actor": actor,
            "target": target,
            "hostile": events.hostile(hostile_at)[of_edge],
            "at": events.at[of_edge],
            "weight": np.ones(len(of_edge)) if weights is None else np.asarray(weights, np.float64)[of_edge],
        }
    )
    pairs = edges.group_by("actor", "target", maintain_order=True).agg(
        pl.len().alias("count"), pl.col("hostile").sum(), pl.col("weight").sum(), pl.col("at").min().alias("first_at"),
        pl.col("at").max().alias("last_at"),
    )  # fmt: skip
    pairs = pairs.sort("actor", "target")
    used = np.union1d(events.actor[chosen], target)
    graph = build_graph(len(used), _within(used, pairs["actor"]), _within(used, pairs["target"]))
    graph.vs["name"] = events.accounts.gather(used).to_list()
    for name in ("count", "hostile", "weight", "first_at", "last_at"):
        graph.es[name] = pairs[name].to_list()
    return graph


def post_tree(events: Events, rows: Rows | None = None) -> igraph.Graph:
    """Build the graph of interactions: one directed edge from each parent to what answers it or passes it on.

    A forest, unless the data hold cycles of parents; those are kept as they are.

    Returns
    -------
    igraph.Graph
        Vertices: the rows, ascending; attributes ``name`` (interaction id, with the platform before it where two platforms use one id),
        ``actor``, ``at`` (µs since 1970 UTC), ``kind``, ``hostility`` (NaN: unknown). Edges by child; a parent outside ``rows`` gives none.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> frame = pl.DataFrame(
    ...     {"interaction_id": ["1", "2"], "at": [0, 9], "actor_id": ["b", "c"], "parent_id": [None, "1"], "kind": "reply"}
    ... )
    >>> graph = post_tree(encode(frame.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))))
    >>> graph.vs["name"], graph.get_edgelist()
    (['1', '2'], [(0, 1)])
    """
    chosen = _chosen(events, rows)
    place = np.full(len(events) + 1, -1, np.int32)
    place[chosen] = np.arange(len(chosen), dtype=np.int32)
    parent = place[events.parent[chosen]]  # -1, no parent, finds the last place, which is never chosen
    child = np.flatnonzero(parent >= 0).astype(np.int32)
    graph = build_graph(len(chosen), parent[child], child)
    graph.vs["name"] = _unique_ids(events, chosen)
    graph.vs["actor"] = events.accounts.gather(events.actor[chosen]).to_list()
    graph.vs["at"] = events.at[chosen].tolist()
    graph.vs["kind"] = _KIND_NAMES.gather(events.kind[chosen].astype(np.int64)).to_list()
    graph.vs["hostility"] = events.hostility[chosen].tolist()
    return graph


def account_object_graph(events: Events, rows: Rows | None = None) -> igraph.Graph:
    """Build the bipartite graph of accounts and the objects that they share.

    Returns
    -------
    igraph.Graph
        Undirected. Vertices: the accounts that share something in ``rows``, then the objects, each in the order of their codes; attributes
        ``name`` and ``type`` (False: account, True: object, as igraph's bipartite functions expect). Edges by (account, object); attributes
        ``count``, ``first_at`` and ``last_at``.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> frame = pl.DataFrame({"interaction_id": ["1"], "at": [0], "actor_id": ["b"], "objects": [["url:x", "tag:y"]], "kind": "post"})
    >>> graph = account_object_graph(encode(frame.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))))
    >>> graph.vs["name"], graph.vs["type"], graph.is_bipartite()
    (['b', 'tag:y', 'url:x'], [False, True, True], True)
    """
    chosen = _chosen(events, rows)
    of_edge = np.repeat(chosen, np.diff(events.objects.start)[chosen])
    shares = pl.DataFrame(
        {"account": events.actor[of_edge], "object": events.objects.values[_places(events.objects, chosen)], "at": events.at[of_edge]}
    )
    pairs = shares.group_by("account", "object").agg(
        pl.len().alias("count"), pl.col("at").min().alias("first_at"), pl.col("at").max().alias("last_at")
    )
    pairs = pairs.sort("account", "object")
    accounts, objects = np.unique(pairs["account"].to_numpy()), np.unique(pairs["object"].to_numpy())
    right = _within(objects, pairs["object"]) + np.int32(len(accounts))
    graph = build_graph(len(accounts) + len(objects), _within(accounts, pairs["account"]), right, directed=False)
    graph.vs["name"] = events.accounts.gather(accounts).to_list() + events.object_names.gather(objects).to_list()
    graph.vs["type"] = [False] * len(accounts) + [True] * len(objects)
    for name in ("count", "first_at", "last_at"):
        graph.es[name] = pairs[name].to_list()
    return graph


def _chosen(events: Events, rows: Rows | None) -> I64:
    """Rows to use, ascending and each once."""
    if rows is None:
        return np.arange(len(events), dtype=np.int64)
    chosen = np.unique(np.asarray(rows, np.int64))
    if len(chosen) and (chosen[0] < 0 or chosen[-1] >= len(events)):
        raise ValueError(f"rows must lie in 0 … {len(events) - 1}")
    return chosen


def _places(lists: Lists, chosen: I64) -> I64:
    """Places in ``lists.values`` of the chosen rows' values, row after row."""
    sizes = np.diff(lists.start)[chosen]
    ends = np.cumsum(sizes)
    offsets = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
    places: I64 = np.repeat(lists.start[chosen], sizes) + offsets
    return places


def _within(codes: I32, values: pl.Series) -> I32:
    """Place of each value among the ascending codes that hold it."""
    return np.searchsorted(codes, values.to_numpy()).astype(np.int32)


def _unique_ids(events: Events, chosen: I64) -> list[str]:
    ids = events.ids.gather(chosen)
    if ids.n_unique() == len(ids):
        return list(ids.to_list())
    platforms = pl.Series(["", *events.platforms]).gather(events.platform[chosen].astype(np.int64) + 1)
    named = pl.DataFrame({"id": ids, "platform": platforms})
    twice = pl.col("id").is_duplicated() & (pl.col("platform") != "")
    return list(named.select(pl.when(twice).then(pl.col("platform") + ":" + pl.col("id")).otherwise("id")).to_series().to_list())

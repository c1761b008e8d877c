"""Build a graph one way in this process: the part of ``benchmarks.graph_build`` that is measured."""

from __future__ import annotations

import json
import sys
import time

import igraph
import numpy as np

from graphwatch.graph.projections import build_graph


def build(way: str, edges: int) -> None:
    """Build a random graph one way and print the seconds of the construction alone, and its size."""
    n = edges // 10
    rng = np.random.default_rng([0, edges])
    source, target = rng.integers(0, n, (2, edges)).astype(np.int32)
    started = time.perf_counter()
    if way == "build_graph":
        graph = build_graph(n, source, target)
    elif way == "zip of lists":
        graph = igraph.Graph(n, edges=zip(source.tolist(), target.tolist(), strict=True), directed=True)
    elif way == "numpy array":
        graph = igraph.Graph(n, edges=np.column_stack([source, target]), directed=True)
    else:
        graph = igraph.Graph.TupleList(zip(source.tolist(), target.tolist(), strict=True), directed=True)
    seconds = time.perf_counter() - started
    assert graph.ecount() == edges
    print(json.dumps({"seconds": seconds, "edges": graph.ecount()}))


if __name__ == "__main__":
    build(sys.argv[2], int(sys.argv[1]))

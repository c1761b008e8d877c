"""Time cosasi's NetSleuth in an environment of its own: ``python source_peer.py GRAPHS.npz``. It knows nothing of graphwatch.

The file holds ``edges_0``, ``infected_0``, ``source_0``, …; graphs are built before the clock starts. Prints JSON: seconds and rank of
the source.
"""

from __future__ import annotations

import importlib
import json
import sys
import time

import networkx as nx
import numpy as np


def main() -> None:
    """Run the single-seed NetSleuth, which the one with several seeds calls at least once more."""
    netsleuth = importlib.import_module("cosasi").single_source.netsleuth
    held = np.load(sys.argv[1])
    out = []
    for k in range(len(held.files) // 3):
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(int(held[f"edges_{k}"].max()) + 1))
        graph.add_edges_from(held[f"edges_{k}"].tolist())
        infected = graph.subgraph(held[f"infected_{k}"].tolist()).copy()
        started = time.perf_counter()
        result = netsleuth(I=infected, G=graph)
        seconds = time.perf_counter() - started
        scores = np.array([float(np.real(result.data["scores"][node])) for node in infected])
        own = float(np.real(result.data["scores"][int(held[f"source_{k}"][0])]))
        out.append({"seconds": seconds, "rank": float((scores > own).sum() + ((scores == own).sum() + 1) / 2)})
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()

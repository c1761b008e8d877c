"""Rank of the true source on random graphs of 10,000 nodes with 1,000 infected, with and without times; NetSleuth beside cosasi's.

python -m benchmarks.source_localisation --runs 20

Spread is susceptible–infected at rate 1 per contact from one random node until 1,000 are infected; times are known of a tenth of them,
chosen at random, never of the source itself. ``uneven`` rows: each contact has a rate of its own, log-normal with σ = 1, which the
sampled posterior does not expect. cosasi is installed into a virtual environment of its own the first time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import networkx as nx
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.stats import rankdata

import graphwatch as gw
from benchmarks.measure import ROOT, print_table
from graphwatch.model import F64, I64
from graphwatch.trace.source import METHODS, Contacts, netsleuth, outbreaks

NODES: Final = 10_000
INFECTED: Final = 1_000
PEER: Final = Path(tempfile.gettempdir()) / "peer-cosasi"
PEER_NEEDS: Final = ("cosasi==0.0.4", "networkx", "numpy", "scipy", "scikit-learn", "pandas", "ndlib", "six", "future", "bokeh", "tqdm")
GRAPHS: Final = {"BA m=3": 0, "WS k=6": 6, "WS k=8": 8, "WS k=10": 10}


@dataclass(frozen=True, slots=True)
class Spread:
    """One simulated spread: edges of the graph, infected nodes in order, their times, the rows whose times are known."""

    edges: I64
    infected: I64
    at: F64
    known: I64


def simulate(graph: str, run: int, uneven: bool = False) -> Spread:
    """Spread once; the same whatever else runs."""
    generator = np.random.default_rng([run, 83, GRAPHS[graph], int(uneven)])
    neighbours = GRAPHS[graph]
    seed = int(generator.integers(2**31))
    network: nx.Graph[int] = (
        nx.watts_strogatz_graph(NODES, neighbours, 0.1, seed=seed) if neighbours else nx.barabasi_albert_graph(NODES, 3, seed=seed)
    )
    edges = np.array(list(network.edges), np.int64)
    delay = generator.exponential(1.0, len(edges))
    if uneven:
        delay *= np.exp(generator.normal(0.0, 1.0, len(edges)))
    matrix = coo_array((delay, (edges[:, 0], edges[:, 1])), (NODES, NODES)).tocsr()
    source = int(generator.integers(NODES))
    times = dijkstra(matrix, directed=False, indices=np.array([source]))[0]
    infected = np.argsort(times, kind="stable")[:INFECTED]
    known = generator.choice(np.arange(1, INFECTED), INFECTED // 10, replace=False)
    return Spread(edges, infected, times[infected], known)


def ranks_of(spread: Spread, *, timed: bool) -> dict[str, float]:
    """Give the source's rank by the ensemble and by each method, ties at their mean."""
    times: dict[int, float] = (
        dict(zip(spread.infected[spread.known].tolist(), spread.at[spread.known].tolist(), strict=True)) if timed else {}
    )
    found = gw.locate_source({"a": spread.edges[:, 0].tolist(), "b": spread.edges[:, 1].tolist()}, spread.infected.tolist(), times)
    row = int(np.flatnonzero(found["node"] == str(spread.infected[0]))[0])
    names = {"ensemble": "score"} | {name: name for name in METHODS if name in found}
    return {name: float(rankdata(-found[column].fillna(-np.inf).to_numpy())[row]) for name, column in names.items()}


def accuracy(runs: int) -> dict[str, float]:
    """Print median and mean ranks; give the ensemble's medians with times."""
    medians = {}
    for graph in GRAPHS:
        rows = [["method", "median", "mean", "first", "without times: median", "mean", "first"]]
        both = [[ranks_of(simulate(graph, run), timed=timed) for run in range(runs)] for timed in (True, False)]
        for name in ("ensemble", *METHODS):
            cells = [name]
            for held in both:
                values = np.array([ranks[name] for ranks in held if name in ranks])
                cells += [f"{np.median(values):.1f}", f"{values.mean():.1f}", f"{np.mean(values <= 1):.2f}"] if len(values) else ["-"] * 3
            rows.append(cells)
        medians[graph] = float(np.median([ranks["ensemble"] for ranks in both[0]]))
        print(f"\n{graph}, {runs} runs: rank of the source among {INFECTED}")
        print_table(rows)
        sys.stdout.flush()
    return medians


def uneven(runs: int) -> None:
    """Print the ranks where contacts differ in their rates."""
    rows = [["uneven", "ensemble: median", "posterior", "times", "without times: ensemble", "posterior"]]
    for graph in ("BA m=3", "WS k=8"):
        both = [[ranks_of(simulate(graph, run, uneven=True), timed=timed) for run in range(runs)] for timed in (True, False)]
        with_times = [f"{np.median([ranks[name] for ranks in both[0]]):.1f}" for name in ("ensemble", "posterior", "times")]
        without = [f"{np.median([ranks[name] for ranks in both[1]]):.1f}" for name in ("ensemble", "posterior")]
        rows.append([graph, *with_times, *without])
    print()
    print_table(rows)


def peer_python() -> Path:
    """Give the interpreter of the environment that has cosasi; make it if it is not there."""
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
    if subprocess.run([str(python), "-c", "import cosasi"], check=False, capture_output=True).returncode:
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER_NEEDS], check=True)
    return python


def own_seconds(spread: Spread) -> tuple[float, float]:
    """Time NetSleuth from the edge list on (median of five after one that compiles), and give the source's rank."""
    infected = np.sort(spread.infected)
    seconds, rank = [], np.nan
    for _ in range(6):
        started = time.perf_counter()
        contacts = Contacts.of(NODES, spread.edges[:, 0], spread.edges[:, 1])
        (part,) = outbreaks(contacts, infected, np.full(INFECTED, np.nan))
        scores = netsleuth(part.contacts, part.outside)
        seconds.append(time.perf_counter() - started)
        rank = float(rankdata(-scores)[np.searchsorted(infected, spread.infected[0])])
    return float(np.median(seconds[1:])), rank


def speed() -> float:
    """Print the seconds of both NetSleuths on the same spreads, graph conversion counted on our side only; give the smallest ratio."""
    python = peer_python()
    cases = [(graph, run) for graph in GRAPHS for run in range(2)]
    spreads = [simulate(graph, run) for graph, run in cases]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graphs.npz"
        held: dict[str, I64] = {}
        for k, spread in enumerate(spreads):
            held |= {f"edges_{k}": spread.edges, f"infected_{k}": spread.infected, f"source_{k}": spread.infected[:1]}
        np.savez(file, allow_pickle=False, **held)
        command = [str(python), str(ROOT / "benchmarks" / "source_peer.py"), str(file)]
        theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    rows, ratios = [["NetSleuth", "cosasi s", "graphwatch s", "ratio", "cosasi rank", "graphwatch rank"]], []
    for (graph, run), spread, their in zip(cases, spreads, theirs, strict=True):
        seconds, rank = own_seconds(spread)
        ratios.append(their["seconds"] / seconds)
        rows.append(
            [f"{graph}, run {run}", f"{their['seconds']:.2f}", f"{seconds:.4f}", f"{ratios[-1]:.0f}", f"{their['rank']:.0f}", f"{rank:.0f}"]
        )
    print()
    print_table(rows)
    return float(min(ratios))


def main() -> None:
    """Print tables and bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--uneven-runs", type=int, default=10)
    options = parser.parse_args()
    ratio = speed()
    medians = accuracy(options.runs)
    if options.uneven_runs:
        uneven(options.uneven_runs)
    print()
    for graph, median in medians.items():
        bar = 20 if graph.startswith("BA") else 5
        print(f"{graph}: median rank {median:.1f} with a tenth of the times; bar ≤ {bar}: {'met' if median <= bar else 'MISSED'}")
    print(f"NetSleuth at least {ratio:.0f} × as fast as cosasi's; bar ≥ 50: {'met' if ratio >= 50 else 'MISSED'}")


if __name__ == "__main__":
    main()

"""Measure how fast an igraph graph is built from integer arrays, each way in a process of its own.

    python -m benchmarks.graph_build [--edges 10000000] [--repeat 1]

Bar: ``build_graph`` at least 3.5 × faster than ``Graph.TupleList`` in the same run. Beside them: igraph's own path for numpy arrays,
and one ``zip`` over whole lists.
"""

from __future__ import annotations

import argparse
import json
from typing import Final

from benchmarks.measure import measure, print_table, python

WAYS: Final = ("build_graph", "zip of lists", "numpy array", "TupleList")
BAR: Final = 3.5


def main() -> None:
    """Print a table of all ways and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--edges", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each way; the fastest counts")
    arguments = parser.parse_args()
    command = ("-m", "benchmarks.graph_ways", str(arguments.edges))
    runs = {way: [measure(python(*command, way)) for _ in range(arguments.repeat)] for way in WAYS}
    seconds = {way: min(float(json.loads(run.output)["seconds"]) for run in several) for way, several in runs.items()}
    rows = [(f"{arguments.edges:,} edges", "seconds", "× TupleList", "peak GB")]
    for way in WAYS:
        peak = max(run.peak_gb for run in runs[way])
        rows.append((way, f"{seconds[way]:.2f}", f"{seconds['TupleList'] / seconds[way]:.2f}", f"{peak:.2f}"))
    print_table(rows)
    ratio = seconds["TupleList"] / seconds["build_graph"]
    print(f"build_graph is {ratio:.2f} × faster than TupleList (bar {BAR}): {'met' if ratio >= BAR else 'MISSED'}")


if __name__ == "__main__":
    main()

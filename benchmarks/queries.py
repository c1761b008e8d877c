"""Measure the named queries on a case of simulated data: each twin cold and warm, and the traceback kernel; with --store the Cypher, too.

    python -m benchmarks.queries [--interactions 1000000] [--seed 0] [--store] [--work DIR] [--json FILE]

Bars: no twin above 1 s warm (the best of three), the tracebacks of 1,000 interactions in at most 50 ms by the kernel (warm). Cold is the
first time after the data were opened: it reads what the query needs from disk. With --store the case is loaded into a Neo4j of its own,
and the rows of both are compared.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from benchmarks.measure import measure, print_table, python
from benchmarks.speed import simulate
from graphwatch.ask import Query, catalogue
from graphwatch.ask.ground import DEPTH, Ground, ground_of_case
from graphwatch.ask.kernels import climb
from graphwatch.ask.parameters import Given, check
from graphwatch.ask.run import answer, answer_from_store
from graphwatch.settings import Neo4jSettings
from graphwatch.store import LocalServer, access_of, connect, open_projection
from graphwatch.store.write import load
from graphwatch.tables import Case

TWIN_BAR: Final = 1.0
KERNEL_BAR: Final = 0.05
TRACED: Final = 1000
SIDE: Final = ("accounts", "follows", "affiliations", "agencies", "ownership")


def make_case(work: Path, interactions: int, seed: int) -> Case:
    """Make a case of a simulated world with one run in it, unless it is there."""
    world, place = work / f"world-{interactions}-{seed}", work / f"case-{interactions}-{seed}"
    simulate(world, interactions, seed)
    if (place / "case.json").is_file() and len(Case(place).runs()):
        return Case(place)
    case = Case.create(place)
    case.load(world / "interactions.parquet", side={name: world / f"{name}.parquet" for name in SIDE})
    done = measure(python("-m", "graphwatch", "run", str(place), "--out", str(work / "result")))
    print(f"run on the case: {done.seconds:.1f} s")
    return Case(place)


def values_of(ground: Ground) -> dict[str, object]:
    """Choose what to ask about: the largest pile-on, its account of the highest credit, the most shared object, and so on."""
    pileons = ground.result("pileons").sort("interactions", "pileon_id", descending=[True, False])
    largest = pileons["pileon_id"][0]
    members = ground.result("members").filter(pl.col("pileon_id") == largest).sort("credit", "actor_id", descending=[True, False])
    events = ground.events
    return {
        "pileon": largest,
        "scope": largest,
        "first": largest,
        "second": pileons["pileon_id"][1],
        "account": members["actor_id"][0],
        "target": pileons["target_id"][0],
        "object": events.object_names[int(np.bincount(events.objects.values).argmax())],
        "agency": ground.side("agencies")["agency_id"][0],
        "controller": ground.side("ownership")["owner_id"][0],
        "at": pileons["peak"][0],
    }


def timed(work: Callable[[], object], repeats: int) -> float:
    """Give the best of so many times."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def cold_answer(query: Query, given: Given, case: Case) -> pl.DataFrame:
    """Answer from data that nothing has been read of yet."""
    return answer(query, given, ground_of_case(case))


def traceback_seconds(ground: Ground) -> float:
    """Walk from 1,000 interactions with a parent to the tops of their threads."""
    parent = ground.events.parent
    children = np.flatnonzero(parent >= 0)
    rows = children[np.linspace(0, len(children) - 1, TRACED).astype(np.int64)]
    climb(parent, rows, DEPTH)
    return timed(lambda: climb(parent, rows, DEPTH), 5)


def run(case: Case, *, store: bool) -> dict[str, dict[str, float]]:
    """Measure all queries."""
    chosen = values_of(ground_of_case(case))
    asked = {query.name: {p.name: chosen[p.name] for p in query.parameters if p.required} for query in catalogue().values()}
    figures: dict[str, dict[str, float]] = {}
    ground = ground_of_case(case)
    for query in catalogue().values():
        given = check(query, asked[query.name])
        cold = timed(partial(cold_answer, query, given, case), 1)
        answer(query, given, ground)
        figures[query.name] = {"rows": len(answer(query, given, ground)), "cold_s": cold}
        figures[query.name]["warm_s"] = timed(partial(answer, query, given, ground), 3)
    if store:
        ask_store(case, ground, asked, figures)
    figures["kernel"] = {"warm_s": traceback_seconds(ground)}
    return figures


def ask_store(case: Case, ground: Ground, asked: dict[str, dict[str, object]], figures: dict[str, dict[str, float]]) -> None:
    """Load the case into its own server and measure the Cypher."""
    settings = Neo4jSettings(heap_mb=2048, pagecache_mb=1024)
    server = LocalServer(case.root)
    server.up(settings)
    try:
        with connect(access_of(settings, folder=case.root), settings) as opened:
            start = time.perf_counter()
            load(opened, open_projection([case.root]))
            print(f"load into Neo4j: {time.perf_counter() - start:.1f} s")
            for query in catalogue().values():
                given = check(query, asked[query.name])
                rows = answer_from_store(query, given, opened)
                figures[query.name]["store_s"] = timed(partial(answer_from_store, query, given, opened), 3)
                if rows.rows() != answer(query, given, ground).rows():
                    raise SystemExit(f"{query.name}: Neo4j and the twin differ")
    finally:
        server.down()


def tell(figures: dict[str, dict[str, float]], queries: list[Query]) -> None:
    """Print a table and the bars."""
    lines = [("query", "rows", "cold s", "warm s", "Neo4j s")]
    for query in queries:
        row = figures[query.name]
        lines.append(
            (
                query.name,
                f"{row['rows']:.0f}",
                f"{row['cold_s']:.2f}",
                f"{row['warm_s']:.3f}",
                f"{row['store_s']:.3f}" if "store_s" in row else "",
            )
        )
    print_table(lines)
    slowest = max(figures[query.name]["warm_s"] for query in queries)
    print(f"slowest twin, warm: {slowest:.3f} s (bar {TWIN_BAR:g}): {'met' if slowest <= TWIN_BAR else 'MISSED'}")
    kernel = figures["kernel"]["warm_s"]
    met = "met" if kernel <= KERNEL_BAR else "MISSED"
    print(f"tracebacks of {TRACED:,} interactions: {kernel * 1000:.3f} ms (bar {KERNEL_BAR * 1000:g}): {met}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interactions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        figures = run(make_case(work, given.interactions, given.seed), store=given.store)
    tell(figures, list(catalogue().values()))
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Fits how far intervals of credit must be stretched, on planted pile-ons, and prints the tables.

    python -m benchmarks.fit_credit [--seeds 100] [--first 1000] [--held-out 60]

``graphwatch/trace/widening.py`` holds what this prints. Conformalized quantile regression (Romano, Patterson & Candès 2019): for each
account, how far its side of the interval would have to be stretched, on the logit scale, to reach the truth; then the upper quantile of
that, linear between the entries of the table (a linear programme; neighbours in credit are drawn together by an absolute penalty).
Initiators, inciters and others count alike for the upper side, in which a driver of the pile-on may hide, and by the root of their number
for the lower one. ``parents given`` is left out: nothing that is unsure descends from anybody there. Also prints what tables fitted to one
generator cover on the other one, with seeds from 100 on.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array

from benchmarks.credit import CASES, GENERATORS, Generator, plant, sort_of, trace_world
from benchmarks.measure import print_table
from graphwatch.model import F64
from graphwatch.settings import TraceSettings
from graphwatch.trace.widening import GIVEN, LINKED, MEANS, logits, stretched, table_weights

LEFT_OUT: Final = "parents given"
SMALL: Final = 5000  # small accounts that are used at most
UPPER: Final = 0.96  # quantile of the upper side: truths at the floor leave the lower one less to miss
LOWER: Final = 0.94
SMOOTH: Final = 2.0
MOST: Final = 5.0
COLUMNS: Final = ("generator", "case", "sort", "mean", "low", "high", "given", "linked", "true")


@dataclass(frozen=True)
class Tables:
    """Fitted entries, (means · given · linked,) each."""

    up: F64
    down: F64


def collect(generator: Generator, case: str, seeds: range) -> list[tuple[object, ...]]:
    """Trace planted worlds; a row of ``COLUMNS`` for each account."""
    known, with_follows = CASES[case]
    rows: list[tuple[object, ...]] = []
    for seed in seeds:
        world = plant(seed, generator, known)
        if len(world.interactions) < 50:
            continue
        trace = trace_world(world, with_follows, TraceSettings(interval_stretch=0.0))
        given, linked = world.interactions["parent_id"].is_not_null().sum() / len(world.interactions), float(trace.fits["linked_share"][0])
        for m in trace.members.iter_rows(named=True):
            sort = sort_of(world, m["actor_id"], m["credit"])
            if sort and m["credit"] > MEANS[0]:
                true = world.credit.get(m["actor_id"], 0.0)
                rows.append((generator.name, case, sort, m["credit"], m["credit_low"], m["credit_high"], given, linked, true))
    return rows


def collect_all(seeds: range) -> pl.DataFrame:
    """All generators and cases but ``LEFT_OUT``; of the small accounts a sample."""
    rows = [row for g in GENERATORS for case in CASES if case != LEFT_OUT for row in collect(g, case, seeds)]
    cases = pl.DataFrame(rows, schema=list(COLUMNS), orient="row")
    small = cases.filter(pl.col("sort") == "small others")
    return pl.concat([cases.filter(pl.col("sort") != "small others"), small.sample(min(SMALL, len(small)), seed=1)])


def design(cases: pl.DataFrame) -> csr_array:
    """Weights of the entries for each account."""
    rows = [
        table_weights(part["mean"].to_numpy(), given, linked).reshape(len(part), -1)
        for (given, linked), part in cases.partition_by("given", "linked", as_dict=True, maintain_order=True).items()
        if isinstance(given, float) and isinstance(linked, float)
    ]
    return csr_array(np.concatenate(rows))


def fit_side(cases: pl.DataFrame, side: str, quantile: float, power: float) -> F64:
    """Fit one table; at least 1 everywhere, and 1 for the smallest credits."""
    middle, end, true = (logits(cases[name].to_numpy()) for name in ("mean", side, "true"))
    unsure = np.abs(end - middle) > 1e-9
    cases, needed = cases.filter(pl.Series(unsure)), np.clip((true - middle)[unsure] / (end - middle)[unsure], -MOST, 8.0)
    count = cases.select(share=pl.len().over("generator", "case") / pl.len().over("generator", "case", "sort"))["share"].to_numpy() ** power
    weight, weights = count / count.mean(), design(cases)
    n, k = weights.shape
    step = len(GIVEN) * len(LINKED)
    steps = csr_array((np.eye(k) - np.eye(k, k=step))[step : k - step])
    pairs = steps.shape[0]
    cost = np.concatenate([np.zeros(k), quantile * weight, (1 - quantile) * weight, np.full(2 * pairs, SMOOTH)])
    over, apart = csr_array(eye_array(n)), csr_array(eye_array(pairs))
    rows = csr_array(block_array([[weights, over, -over, None, None], [steps, None, None, apart, -apart]]))
    wanted = np.concatenate([needed, np.zeros(pairs)])
    least = np.concatenate([np.ones(k), np.zeros(2 * n + 2 * pairs)])
    most = np.concatenate([np.ones(step), np.full(k - step, MOST), np.full(2 * n + 2 * pairs, np.inf)])
    solved = milp(cost, bounds=Bounds(least, most), constraints=LinearConstraint(rows, wanted, wanted))
    if solved.x is None:
        raise RuntimeError(f"the linear programme was not solved: {solved.message}")
    found: F64 = solved.x[:k]
    return found


def fit_tables(cases: pl.DataFrame) -> Tables:
    """Fit both sides."""
    ordered = cases.sort("given", "linked", "mean", "true")
    return Tables(fit_side(ordered, "high", UPPER, 1.0), fit_side(ordered, "low", LOWER, 0.5))


def coverage(cases: pl.DataFrame, tables: Tables) -> float:
    """Share of the accounts of a twentieth or more, initiators and inciters whose truth the stretched interval holds."""
    large = cases.filter(pl.col("sort") != "small others").sort("given", "linked", "mean", "true")
    weights = design(large)
    mean, low, high, true = (large[name].to_numpy() for name in ("mean", "low", "high", "true"))
    low, high = stretched(mean, low, high, weights @ tables.up, weights @ tables.down)
    return float(((low - 1e-9 <= true) & (true <= high + 1e-9)).mean())


def main() -> None:
    """Print the tables, and what they cover from one generator to the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--held-out", type=int, default=60)
    arguments = parser.parse_args()
    cases = collect_all(range(arguments.first, arguments.first + arguments.seeds))
    tables = fit_tables(cases)
    shape = (len(MEANS), len(GIVEN), len(LINKED))
    print("UP =", tables.up.reshape(shape).round(2).tolist())
    print("DOWN =", tables.down.reshape(shape).round(2).tolist())
    other = collect_all(range(100, 100 + arguments.held_out))
    rows: list[tuple[str, ...]] = [("fitted to", "tested on", "coverage")]
    names = [g.name for g in GENERATORS]
    for fitted in names:
        one = fit_tables(cases.filter(pl.col("generator") == fitted))
        rows += [(fitted, tested, f"{coverage(other.filter(pl.col('generator') == tested), one):.3f}") for tested in names]
    rows += [("both", tested, f"{coverage(other.filter(pl.col('generator') == tested), tables):.3f}") for tested in names]
    print_table(rows)


if __name__ == "__main__":
    main()

"""Bias of n̂ over a grid of planted cascades: what the correction of ``graphwatch.trace.cascade_bias`` leaves.

    python -m benchmarks.branching_bias [--cascades 100]

The first table has the constants that least squares would choose on one set of cascades; those that ship are rounded and lie where the
exponential kernel comes out best. A line of the second table is a kernel and a planted n: median bias and root mean square error over
window lengths and sizes, before and after the correction that ships, on cascades of other seeds.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import least_squares

from benchmarks.measure import print_table
from graphwatch.trace import fit_branching
from graphwatch.trace.cascade_bias import SHARE, ratio_bias

F64 = npt.NDArray[np.float64]
LAWS: Final[tuple[float, ...]] = (np.inf, 3.0, 1.5, 1.0, 0.7)  # tail exponent; infinite: exponential
RATIOS: Final = (0.3, 0.5, 0.7, 0.8, 0.9)
WINDOWS: Final = (30.0, 100.0, 300.0, 1000.0)  # in mean lags or scales of the power law
SIZES: Final = (100, 300, 1000)
WIDEST: Final = 0.25  # spread of n̂ from which a cell says nothing about bias


@dataclass(frozen=True)
class Cell:
    """One planted setting, and estimates of n with and without the correction."""

    tail: float
    ratio: float
    window: float
    spontaneous: float
    raw: F64
    corrected: F64


def plant(rng: np.random.Generator, tail: float, ratio: float, window: float, spontaneous: float, *, marks: bool) -> tuple[F64, F64]:
    """Draw times up to ``window`` and marks; lags of mean 1 (exponential) or scale 1 (Lomax), offspring by the root of the mark."""
    generation = rng.uniform(0, window, max(rng.poisson(spontaneous), 1))
    times, levels = [], []
    while len(generation):
        level = rng.pareto(3.0, len(generation)) + 1.0 if marks else np.ones(len(generation))
        times.append(generation)
        levels.append(level)
        parents = np.repeat(generation, rng.poisson(ratio * (np.sqrt(level) / 1.2 if marks else level)))
        u = 1.0 - rng.random(len(parents))
        children = parents + (-np.log(u) if np.isinf(tail) else u ** (-1 / tail) - 1.0)
        generation = children[children < window]
    return np.concatenate(times), np.concatenate(levels)


def cells(cascades: int, seed: int, *, marks: bool = False) -> Iterator[Cell]:
    """Fit every setting of the grid, with the kernel chosen by likelihood."""
    settings = [(p, n, w, s) for p in LAWS for n in RATIOS for w in WINDOWS for s in SIZES]
    for k, (tail, ratio, window, size) in enumerate(settings):
        rng = np.random.default_rng([seed, k])
        planted = [plant(rng, tail, ratio, window, size * (1 - ratio), marks=marks) for _ in range(cascades)]
        frame = pl.concat(
            [pl.DataFrame({"cascade_id": f"{c:05d}", "at": at} | ({"mark": m} if marks else {})) for c, (at, m) in enumerate(planted)]
        )
        fitted = fit_branching(frame, window, background="constant", correct=False).filter(pl.col("branching_ratio").is_not_null())
        raw = fitted["branching_ratio"].to_numpy()
        yield Cell(tail, ratio, window, size * (1 - ratio), raw, raw - biases(fitted))


def biases(fitted: pl.DataFrame) -> F64:
    """Give what the correction takes off each fit."""
    out = []
    for f in fitted.iter_rows(named=True):
        lomax = f["kernel"] == "power_law"
        scale, tail = (float(f["c"]), float(f["theta"])) if lomax else (1.0 / float(f["theta"]), math.nan)
        error = f["branching_ratio_se"]
        out.append(ratio_bias(f["branching_ratio"], f["events"], f["observed_to"], scale, tail, math.nan if error is None else error))
    return np.array(out)


def quantile(tail: float, share: float) -> float:
    """Lag within which the share of the offspring comes."""
    return float(-np.log(1 - share)) if np.isinf(tail) else float((1 - share) ** (-1 / tail) - 1.0)


def constants(found: list[Cell]) -> tuple[F64, float]:
    """Fit the surface of ``cascade_bias`` to the median errors; ``LAG``, ``MOST`` and ``FAMILIES``, and what is left."""
    errors = np.array([np.median(c.raw) - c.ratio for c in found])
    weights = np.array([np.sqrt(len(c.raw)) / (1.25 * c.raw.std()) for c in found])
    lags = np.array([quantile(c.tail, SHARE) / c.window for c in found])
    families = np.array([c.spontaneous for c in found])

    def off(x: F64) -> F64:
        gap: F64 = (errors - x[1] * np.expm1(-x[0] * lags / x[1]) + x[2] / families) * weights
        return gap

    best = least_squares(off, [1.0, 0.1, 0.4], bounds=([0, 0.01, 0], [10, 1, 5]), loss="soft_l1")
    return np.asarray(best.x), float(np.sqrt(np.mean(np.square(off(best.x) / weights))))


def usable(cell: Cell) -> bool:
    """Whether estimates are close enough together to speak of a bias."""
    spread = float(np.subtract(*np.percentile(cell.raw, [75, 25]))) / 1.35
    return spread < WIDEST


def summary(found: list[Cell], name: str) -> list[tuple[str, ...]]:
    """Lines of the second table."""
    rows: list[tuple[str, ...]] = []
    for tail in LAWS:
        for ratio in RATIOS:
            chosen = [c for c in found if c.tail == tail and c.ratio == ratio]
            law = "exponential" if np.isinf(tail) else f"power law, p = {tail:g}"
            figures: list[str] = []
            for values in ([c.raw for c in chosen], [c.corrected for c in chosen]):
                bias = np.mean([np.median(v) - ratio for v in values])
                worst = max((np.median(v) - ratio for v in values), key=abs)
                error = np.mean([np.sqrt(np.mean(np.square(np.clip(v, 0, 2) - ratio))) for v in values])
                figures += [f"{bias:+.3f}", f"{worst:+.3f}", f"{error:.3f}"]
            rows.append((f"{law}{name}", f"{ratio:g}", str(len(chosen)), *figures))
    return rows


def main() -> None:
    """Fit the constants, then print bias and error before and after on other cascades."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cascades", type=int, default=100)
    arguments = parser.parse_args()
    grid = [c for c in cells(arguments.cascades, 1) if usable(c)]
    lines: list[tuple[str, ...]] = [("kernel", "LAG", "MOST", "FAMILIES", "left")]
    for name, chosen in (("exponential", [c for c in grid if np.isinf(c.tail)]), ("power law", [c for c in grid if not np.isinf(c.tail)])):
        found, left = constants(chosen)
        lines.append((name, *(f"{v:.3f}" for v in found), f"{left:.4f}"))
    print_table(lines)
    heads = ("bias", "worst", "RMSE")
    rows: list[tuple[str, ...]] = [("cascades", "n", "cells", *(f"{h} plain" for h in heads), *(f"{h} corrected" for h in heads))]
    rows += summary([c for c in cells(arguments.cascades, 2) if usable(c)], "")
    rows += summary([c for c in cells(max(arguments.cascades // 3, 20), 3, marks=True) if usable(c)], ", marks")
    print_table(rows)


if __name__ == "__main__":
    main()

"""Fit and calibrate the warning model on simulated worlds, and write the weights that ship with the package.

    python benchmarks/fit_warning.py [--check]

Weights come from some seeds, the calibration from others; ``benchmarks/warning.py`` measures on seeds that neither has seen. Points are
weighted back to their natural frequency, so probabilities are those of ordinary traffic. Several (K, H) are fitted at once, as the
features are relative to them. ``--check`` prints the figures and writes nothing.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

import graphwatch.warn as package
from graphwatch.evaluate.alerts import average_precision, brier_score, calibration_error
from graphwatch.graph.encode import encode
from graphwatch.model import F64, Bools, Events
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.simulate.world import simulate_world
from graphwatch.warn import features as f
from graphwatch.warn.features import FEATURES
from graphwatch.warn.model import VARIANTS, WEIGHTS_FILE, rules_of, shipped_model
from graphwatch.warn.points import GridPoints, grid_points, outcomes

VERSION: Final = "logit-1"
FIT: Final = ((100_000, 501), (100_000, 502), (200_000, 503), (200_000, 504), (200_000, 505), (500_000, 506), (1_000_000, 507))
CALIBRATE: Final = ((100_000, 601), (200_000, 602), (200_000, 603), (500_000, 604), (1_000_000, 605))
WANTED: Final = ((20, 6.0), (10, 6.0), (40, 6.0), (20, 2.0), (20, 24.0), (80, 24.0))
KEPT: Final = 0.1  # share of the points without outcome that are kept, with weight 1 / KEPT
PENALTY: Final = 1e-5
FREE: Final = ("accounts_wanted", "horizon")  # the other weights are not negative, so that silence can only lower the probability
HOSTILE_ONLY: Final = ("attention_growth", "hostile_share", "mobilising")


@dataclass(frozen=True, slots=True)
class Sample:
    """Features, outcomes and weights of points; ``main`` marks those of the first (K, H)."""

    x: F64
    y: Bools
    weight: F64
    main: Bools


def world_points(interactions: int, seed: int) -> tuple[Events, GridPoints]:
    """Simulate one world and give its grid points."""
    events = encode(simulate_world(interactions, seed).interactions)
    return events, grid_points(events, WarnSettings(), DetectSettings())


def sample(events: Events, points: GridPoints, block: int, rng: np.random.Generator) -> Sample:
    """Draw a weighted sample of one world's points for every (K, H)."""
    mask = events.hostile(DetectSettings().hostile_at) if block == f.HOSTILE else np.ones(len(events), np.bool_)
    parts = []
    for accounts, hours in WANTED:
        rules = rules_of(shipped_model(), WarnSettings(hostile_accounts=accounts, horizon_h=hours), 0.0)
        y = outcomes(events, points, rules.horizon, mask) >= accounts
        kept = points.complete(rules.horizon) & (y | (rng.random(len(y)) < KEPT))
        chosen = GridPoints(points.target[kept], points.at[kept], points.rows[kept], points.elapsed[kept], points.until)
        x, _ = chosen.features(rules, block)
        parts.append(Sample(x, y[kept], np.where(y[kept], 1.0, 1.0 / KEPT), np.full(len(x), (accounts, hours) == WANTED[0])))
    return joined(parts)


def joined(parts: list[Sample]) -> Sample:
    """Put samples end to end."""
    return Sample(
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.y for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.main for part in parts]),
    )


def fit(data: Sample, variant: str) -> tuple[F64, F64, float]:
    """Weights with the signs that their meaning demands, the usual values, and the intercept."""
    ordinary = data.main & ~data.y
    usual = np.average(data.x[ordinary], axis=0, weights=data.weight[ordinary])
    usual[[FEATURES.index("accounts_wanted"), FEATURES.index("horizon")]] = 0.0
    z = data.x - usual
    spread = np.sqrt(np.average(z**2, axis=0, weights=data.weight)) + 1e-9
    z = z / spread
    share = data.weight / data.weight.sum()
    bounds: list[tuple[float | None, float | None]] = [(None, None) if name in FREE else (0.0, None) for name in FEATURES]
    if variant == "volume":
        bounds = [(0.0, 0.0) if name in HOSTILE_ONLY else b for name, b in zip(FEATURES, bounds, strict=True)]

    def loss(parameters: F64) -> tuple[float, F64]:
        weights, intercept = parameters[:-1], parameters[-1]
        odds = z @ weights + intercept
        error = share * (expit(odds) - data.y)
        value = float(np.sum(share * (np.logaddexp(0.0, odds) - data.y * odds)) + 0.5 * PENALTY * np.sum(weights**2))
        return value, np.append(error @ z + PENALTY * weights, error.sum())

    start = np.append(np.zeros(len(FEATURES)), -5.0)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)], options={"maxiter": 2000})
    return found.x[:-1] / spread, usual, float(found.x[-1])


def calibrate(odds: F64, y: Bools, weight: F64) -> tuple[float, float]:
    """Platt scaling: slope and shift of the log-odds that fit other worlds best."""
    share = weight / weight.sum()

    def loss(p: F64) -> tuple[float, F64]:
        scaled = p[0] * odds + p[1]
        error = share * (expit(scaled) - y)
        return float(np.sum(share * (np.logaddexp(0.0, scaled) - y * scaled))), np.array([np.sum(error * odds), error.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])


def main() -> None:
    """Fit both variants and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    rng = np.random.default_rng([0, 9])
    samples: dict[tuple[str, str], list[Sample]] = {(part, variant): [] for part in ("fit", "calibrate") for variant in VARIANTS}
    for part, worlds in (("fit", FIT), ("calibrate", CALIBRATE)):
        for interactions, seed in worlds:
            events, points = world_points(interactions, seed)
            for variant, block in zip(VARIANTS, (f.ANY, f.HOSTILE), strict=True):
                samples[part, variant].append(sample(events, points, block, rng))
            print(f"{part}: {interactions} interactions, seed {seed}: {len(points.at)} points", flush=True)
    content: dict[str, object] = {"version": VERSION, "features": list(FEATURES)}
    for variant in VARIANTS:
        weights, usual, intercept = fit(joined(samples["fit", variant]), variant)
        held = joined(samples["calibrate", variant])
        slope, shift = calibrate((held.x - usual) @ weights + intercept, held.y, held.weight)
        weights, intercept = weights * slope, intercept * slope + shift
        content[variant] = {
            "weights": np.round(weights, 5).tolist(),
            "usual": np.round(usual, 5).tolist(),
            "intercept": round(intercept, 5),
        }
        probability = expit((held.x - usual) @ weights + intercept)[held.main]
        y = held.y[held.main]
        print(f"{variant}: slope {slope:.3f}, shift {shift:.3f}; on the calibration worlds (negatives thinned to {KEPT:g}):")
        print(f"  average precision {average_precision(y, probability):.3f}, share {y.mean():.4f}")
        print(f"  Brier {brier_score(y, probability):.4f}, ECE {calibration_error(y, probability):.4f}")
        for name, weight, mean in zip(FEATURES, weights, usual, strict=True):
            print(f"  {name:18s} {weight:8.3f}  usual {mean:8.3f}")
    if not check:
        path = Path(package.__file__).with_name(WEIGHTS_FILE)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()

"""Fit the weights of the nature model on simulated worlds and print them with figures on held-out worlds.

    python benchmarks/fit_nature.py                                # prints graphwatch/detect/weights.py's table and the held-out figures
    python benchmarks/fit_nature.py --interactions 200000 --train 11 12 --test 91

The fit uses worlds with as many storms of criticism as attacks, the figures come from worlds with the simulator's own mix. Truth of a
cluster of bursts is the nature of the planted burst that it overlaps most; one that overlaps none is ordinary traffic: attention.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from graphwatch.detect.candidates import Candidates, find_candidates
from graphwatch.detect.nature import FEATURES, decide, design, used_features
from graphwatch.graph.encode import encode
from graphwatch.model import F64, I64, Events
from graphwatch.schema import NATURES
from graphwatch.settings import DetectSettings
from graphwatch.simulate import simulate_world
from graphwatch.simulate.scenarios import SCENARIOS

VARIANTS = ("graded, categories", "graded, no categories", "binary, categories", "binary, no categories")
RIDGE = 1.0
# As many storms of criticism as attacks: they are what must never be called an attack, and the simulator's own mix has few.
TRAINING_MIX = dict.fromkeys(SCENARIOS, 6) | {"criticism_storm": 30}


@dataclass(frozen=True, slots=True)
class Sample:
    """Inputs (n, 7) and natures (n,) of clusters."""

    inputs: F64
    nature: I64


def true_natures(events: Events, found: Candidates, truth: pl.DataFrame) -> I64:
    """Give the nature of the planted burst that each cluster's judged extent overlaps most."""
    planted: dict[str, list[tuple[int, int, int]]] = {}
    times = truth.select("target_id", pl.col("onset", "end").dt.epoch("us"), "nature")
    for target, onset, end, nature in times.iter_rows():
        planted.setdefault(target, []).append((onset, end, NATURES.index(nature)))
    nature = np.full(len(found.group), NATURES.index("attention"))
    onsets, ends = (np.where(found.has_hostile, *pair) for pair in ((found.hostile_onset, found.onset), (found.hostile_end, found.end)))
    for k, name in enumerate(events.accounts.gather(found.targets[found.group])):
        shared = [(min(ends[k], end) - max(onsets[k], onset), code) for onset, end, code in planted.get(name, [])]
        if shared and max(shared)[0] > 0:
            nature[k] = max(shared)[1]
    return nature


def sample(interactions: int, seeds: list[int], scenarios: dict[str, int] | None) -> Sample:
    """Detect in simulated worlds and collect; ``scenarios`` None: the simulator's own mix."""
    inputs, natures = [], []
    for seed in seeds:
        world = simulate_world(interactions, seed, scenarios=scenarios)
        events = encode(world.interactions)
        found = find_candidates(events, DetectSettings(), 0)
        if found is not None:
            inputs.append(design(found.counts, found.ordinary))
            natures.append(true_natures(events, found, world.truth_pileons))
    return Sample(np.concatenate(inputs), np.concatenate(natures))


def fit(inputs: F64, nature: I64) -> F64:
    """Fit a multinomial logistic model with ridge penalty; (3, features)."""
    shape = (len(NATURES), inputs.shape[1])
    free = np.array([1e-3] + [RIDGE] * (inputs.shape[1] - 1))

    def loss(flat: F64) -> tuple[float, F64]:
        coefficients = flat.reshape(shape)
        scores = inputs @ coefficients.T
        value = -log_softmax(scores, axis=1)[np.arange(len(nature)), nature].sum() + 0.5 * (free * coefficients**2).sum()
        gradient = (softmax(scores, axis=1) - np.eye(len(NATURES))[nature]).T @ inputs + free * coefficients
        return float(value), gradient.ravel()

    return np.asarray(minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B").x).reshape(shape)


def report(name: str, probability: F64, nature: I64) -> None:
    """Print figures of one variant on held-out worlds."""
    called, sure = decide(probability, DetectSettings().attack_at)
    codes = np.array([NATURES.index(word) for word in called])
    table = np.zeros((3, 3), np.int64)
    np.add.at(table, (nature, codes), 1)
    f1 = [2 * table[k, k] / max(table[k].sum() + table[:, k].sum(), 1) for k in range(3)]
    brier = float(((probability - np.eye(3)[nature]) ** 2).sum(axis=1).mean())
    each = ", ".join(f"{n} {v:.3f}" for n, v in zip(NATURES, f1, strict=True))
    print(f"# {name}: macro-F1 {np.mean(f1):.3f} ({each}), Brier {brier:.3f},")
    print(f"#   right {np.mean(codes == nature):.3f} at mean probability {sure.mean():.3f}; rows true, columns called: {table.tolist()}")


def main() -> None:
    """Fit, print, test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=500_000)
    parser.add_argument("--train", type=int, nargs="+", default=list(range(1001, 1009)))
    parser.add_argument("--test", type=int, nargs="+", default=list(range(2001, 2005)))
    options = parser.parse_args()
    train, test = sample(options.interactions, options.train, TRAINING_MIX), sample(options.interactions, options.test, None)
    print(f"# {len(train.nature)} clusters to fit, {len(test.nature)} held out; natures {np.bincount(test.nature).tolist()}")
    for variant in VARIANTS:
        columns = [FEATURES.index(name) for name in used_features(variant)]
        coefficients = fit(train.inputs[:, columns], train.nature)
        report(variant, np.asarray(softmax(test.inputs[:, columns] @ coefficients.T, axis=1)), test.nature)
        print(f'    "{variant}": {{')
        for name, values in zip(used_features(variant), coefficients.T, strict=True):
            print(f'        "{name}": ({", ".join(f"{v:.3f}" for v in values)}),')
        print("    },")


if __name__ == "__main__":
    main()

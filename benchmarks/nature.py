"""Attack, criticism or attention, with the weights that ship, on simulated worlds that the fit has not seen.

python -m benchmarks.nature [--interactions 500000] [--seeds 2001 2002 2003 2004]

Prints macro-F1, what was called what, how well the probabilities are calibrated, and whether quarrels of two sides give two pile-ons.
"""

from __future__ import annotations

import argparse
from itertools import pairwise

import numpy as np
import polars as pl

from benchmarks.fit_nature import true_natures
from graphwatch.detect.candidates import find_candidates
from graphwatch.detect.nature import decide, design, probabilities, variants
from graphwatch.detect.pileons import find_pileons
from graphwatch.evaluate.alerts import calibration_error
from graphwatch.graph.encode import encode
from graphwatch.model import Events
from graphwatch.schema import NATURES
from graphwatch.settings import DetectSettings
from graphwatch.simulate import simulate_world

EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)


def quarrels(events: Events, truth: pl.DataFrame, settings: DetectSettings) -> tuple[int, int]:
    """Give how many quarrels were planted, and in how many of them both sides have a pile-on of their own at that time."""
    found = find_pileons(events, settings).frame
    both = 0
    sides = truth.filter(pl.col("scenario") == "two_sided_quarrel").partition_by("incident_id")
    for pair in sides:
        hits = [
            len(found.filter((pl.col("target_id") == target) & (pl.col("onset") <= end) & (pl.col("end") >= onset)))
            for target, onset, end in pair.select("target_id", "onset", "end").iter_rows()
        ]
        both += int(min(hits) > 0)
    return len(sides), both


def main() -> None:
    """Detect, judge, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=500_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(2001, 2005)))
    options = parser.parse_args()
    settings = DetectSettings()
    given, true, planted, both = [], [], 0, 0
    for seed in options.seeds:
        world = simulate_world(options.interactions, seed)
        events = encode(world.interactions)
        found = find_candidates(events, settings, 0)
        if found is not None:
            labelled, grades = variants(found.counts, graded=found.marks.graded)
            given.append(probabilities(design(found.counts, found.ordinary), labelled, grades))
            true.append(true_natures(events, found, world.truth_pileons))
        counted = quarrels(events, world.truth_pileons, settings)
        planted, both = planted + counted[0], both + counted[1]
    probability, nature = np.concatenate(given), np.concatenate(true)
    called = np.array([NATURES.index(name) for name in decide(probability, settings.attack_at)[0]])
    table = np.zeros((3, 3), np.int64)
    np.add.at(table, (nature, called), 1)
    f1 = [2 * table[k, k] / max(table[k].sum() + table[:, k].sum(), 1) for k in range(3)]
    print(f"{len(nature)} bursts in {len(options.seeds)} held-out worlds; macro-F1 {np.mean(f1):.3f} (bar .85)")
    for k, name in enumerate(NATURES):
        counts = ", ".join(f"{other} {table[k, j]}" for j, other in enumerate(NATURES))
        print(f"  true {name}: called {counts}; F1 {f1[k]:.3f}")
    attack, is_attack = probability[:, 0], nature == 0
    brier, ece = float(((attack - is_attack) ** 2).mean()), calibration_error(is_attack, attack)
    print(f"P(attack): Brier {brier:.4f}, expected calibration error {ece:.4f}; by probability given:")
    for low, high in pairwise(EDGES):
        inside = (attack >= low) & ((attack < high) | (high == 1.0))
        if inside.any():
            mean = attack[inside].mean()
            print(f"  {low:.2f}-{high:.2f}: {int(inside.sum())} bursts, mean {mean:.3f}, attacks among them {is_attack[inside].mean():.3f}")
    print(f"quarrels of two sides: {both} of {planted} give a pile-on on both")


if __name__ == "__main__":
    main()

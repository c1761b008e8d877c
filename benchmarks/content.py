"""Measure the hostility scorer: on offensive Chinese texts that it was not made from (COLD), on simulated texts, and its speed.

    python -m benchmarks.content [--texts 1000000] [--interactions 100000] [--seed 0]

No bar is set for accuracy: a lexicon is modest, and the figures say so. Speed: 10 million texts in at most 30 s on two cores.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import polars as pl
from scipy.stats import rankdata

from benchmarks.real_inputs import DATA
from graphwatch.content import score
from graphwatch.model import F64, Bools
from graphwatch.simulate.world import simulate_world


def auroc(positive: Bools, values: F64) -> float:
    """Chance that a positive has a higher value than a negative; ties count half."""
    ranks = rankdata(values)
    ones = int(positive.sum())
    return float((ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * (len(values) - ones)))


def average_precision(positive: Bools, values: F64) -> float:
    """Mean precision at each positive, tied values taken together."""
    distinct, place = np.unique(-values, return_inverse=True)
    called = np.cumsum(np.bincount(place, minlength=len(distinct)))
    right = np.cumsum(np.bincount(place, weights=positive, minlength=len(distinct)))
    gained = np.diff(np.concatenate([[0.0], right]))
    return float((gained * right / called).sum() / positive.sum())


def report(name: str, texts: pl.Series, positive: Bools) -> None:
    """Print AUROC, average precision, and precision, recall and F1 at two thresholds."""
    scored = score(texts, reasons=False)["hostility"]
    values = scored.fill_null(0).to_numpy()
    print(f"{name}: {len(texts):,} texts, {positive.mean():.3f} positive, {scored.null_count():,} not readable")
    print(
        f"  AUROC {auroc(positive, values):.3f}, average precision {average_precision(positive, values):.3f} (chance {positive.mean():.3f})"
    )
    for threshold in (0.1, 0.5):
        called = values >= threshold
        right = int((called & positive).sum())
        precision, recall = right / max(int(called.sum()), 1), right / int(positive.sum())
        f1 = 2 * right / (int(called.sum()) + int(positive.sum()))
        print(f"  at {threshold}: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")


def on_cold() -> None:
    """Report on COLD's two labelled parts, or say that they are not there."""
    for part in ("dev", "train"):
        path = DATA / "cold" / f"{part}.csv.gz"
        if not path.is_file():
            print(f"COLD {part}: skipped, {path} is not there")
            continue
        frame = pl.read_csv(path)
        report(f"COLD {part}, offensive", frame["TEXT"], (frame["label"] == 1).to_numpy())


def on_simulated(interactions: int, seed: int) -> pl.Series:
    """Report on a simulated world, where the texts are made for hostility that is known up to a noisy classifier; give its texts."""
    frame = simulate_world(interactions, seed).interactions.filter(pl.col("text").is_not_null() & pl.col("hostility").is_not_null())
    report("simulated, hostile by its classifier", frame["text"], (frame["hostility"] >= 0.5).to_numpy())
    return frame["text"]


def speed(texts: pl.Series, wanted: int) -> None:
    """Print seconds for distinct texts and for texts as they come."""
    score(texts.head(10), reasons=False)
    many = pl.concat([texts] * (wanted // len(texts) + 1)).head(wanted)
    distinct = pl.select(pl.concat_str(many, pl.lit(" "), pl.int_range(wanted).cast(pl.String))).to_series()
    for name, column in (("all distinct", distinct), ("as they come", many)):
        started, worked = time.perf_counter(), time.process_time()
        score(column, reasons=False)
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
        size = int(column.str.len_bytes().sum()) / wanted
        print(f"{name}: {wanted:,} texts of {size:.0f} bytes in {seconds:.2f} s ({worked:.2f} s of processor time)")
        print(f"  10 million: {seconds * 1e7 / wanted:.1f} s (bar 30)")
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    on_cold()
    speed(on_simulated(arguments.interactions, arguments.seed), arguments.texts)


if __name__ == "__main__":
    main()

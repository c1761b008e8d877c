"""Measure the findings on planted worlds: simulate, run, evaluate, by the commands, for several seeds.

    python -m benchmarks.accuracy [--interactions 1000000] [--seeds 1,2,3,4,5] [--scored-texts] [--json FILE]

Prints each seed, the mean and the bar. With ``--scored-texts`` the worlds bring no hostility, so that the content stage has to give it.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Final, Literal

from benchmarks.measure import measure, print_table, python
from benchmarks.speed import run

Bar = tuple[Literal["at least", "at most"], float]

# Path into `graphwatch evaluate --json`, what it is, and the bar where there is one.
FIGURES: Final[tuple[tuple[tuple[str, ...], str, Bar | None], ...]] = (
    (("pileons", "precision"), "pile-on precision", ("at least", 0.95)),
    (("pileons", "recall"), "pile-on recall", ("at least", 0.9)),
    (("pileons", "negatives_called_attack"), "hard negatives called attack", None),
    (("pileons", "onset_error_median_min"), "onset error, median, min", None),
    (("pileons", "nature_macro_f1"), "nature macro-F1", None),
    (("tracing", "recall_at", "3"), "initiator in the top 3 by credit", ("at least", 0.8)),
    (("tracing", "mrr"), "originator MRR", None),
    (("tracing", "role_macro_f1"), "role macro-F1", ("at least", 0.7)),
    (("agencies", "recall"), "planted agency at q < .05", ("at least", 0.9)),
    (("agencies", "false_flag_rate"), "false agencies", ("at most", 0.05)),
    (("agencies", "precision"), "agency precision", None),
    (("agencies", "controller"), "controller right", None),
    (("alerts", "alerts", "recall"), "alerts: recall", None),
    (("alerts", "alerts", "lead_h"), "alerts: lead time, h", None),
    (("alerts", "alerts", "false_per_1000"), "alerts: false per 1,000 target-days", None),
    (("alerts", "model", "auprc"), "warning model: AUPRC", None),
    (("alerts", "alerts", "brier"), "alerts: Brier score", None),
    (("alerts", "alerts", "ece"), "alerts: calibration error", None),
)


def figure(evaluation: object, path: tuple[str, ...]) -> float:
    """Give a figure by its path; NaN where it could not be computed or is not there.

    Examples
    --------
    >>> figure({"a": {"b": 0.5, "c": None}}, ("a", "b"))
    0.5
    >>> figure({"a": {"b": 0.5, "c": None}}, ("a", "c"))
    nan
    """
    for part in path:
        evaluation = evaluation.get(part) if isinstance(evaluation, dict) else None
    return float(evaluation) if isinstance(evaluation, int | float) else math.nan


def mean(values: list[float]) -> float:
    """Mean of the known values.

    Examples
    --------
    >>> mean([1.0, math.nan, 2.0])
    1.5
    """
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def verdict(value: float, bar: Bar | None) -> str:
    """Say how a value stands to its bar.

    Examples
    --------
    >>> verdict(0.96, ("at least", 0.95)), verdict(0.1, ("at most", 0.05)), verdict(0.1, None)
    ('≥ 0.95 met', '≤ 0.05 MISSED', '')
    """
    if bar is None:
        return ""
    side, limit = bar
    met = value >= limit if side == "at least" else value <= limit
    return f"{'≥' if side == 'at least' else '≤'} {limit:g} {'met' if met else 'MISSED'}"


def evaluate_seed(work: Path, interactions: int, seed: int, *, scored_texts: bool) -> dict[str, object]:
    """Simulate, run and evaluate one world; give the evaluation."""
    world, out = work / "world", work / "result"
    hostility = ("--no-hostility",) if scored_texts else ()
    made = measure(
        python("-m", "graphwatch", "simulate", "--out", str(world), "--interactions", str(interactions), "--seed", str(seed), *hostility)
    )
    ran = run(world, out)
    told = measure(python("-m", "graphwatch", "evaluate", str(out), "--truth", str(world), "--json"))
    print(
        f"seed {seed}: simulate {made.seconds:.0f} s, run {ran.seconds:.0f} s and {ran.peak_gb:.2f} GB, evaluate {told.seconds:.0f} s",
        flush=True,
    )
    shutil.rmtree(world)
    shutil.rmtree(out)
    evaluation: dict[str, object] = json.loads(told.output)
    return evaluation


def main() -> None:
    """Evaluate all seeds and print them beside the bars."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--interactions", type=int, default=1_000_000)
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--scored-texts", action="store_true", help="worlds without hostility; the content stage gives it")
    parser.add_argument("--json", type=Path, help="file for all evaluations")
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    with tempfile.TemporaryDirectory(prefix="graphwatch-accuracy-") as work:
        found = {seed: evaluate_seed(Path(work), arguments.interactions, seed, scored_texts=arguments.scored_texts) for seed in seeds}
    rows = [("", *(f"seed {seed}" for seed in seeds), "mean", "bar")]
    for path, name, bar in FIGURES:
        values = [figure(found[seed], path) for seed in seeds]
        rows.append((name, *(f"{value:.3f}" for value in values), f"{mean(values):.3f}", verdict(mean(values), bar)))
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

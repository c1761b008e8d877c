"""Measure the main job by its command on simulated worlds, against the floor: polars reading and sorting the same file.

    python -m benchmarks.speed [--interactions 1000000,10000000] [--seed 0] [--work DIR] [--json FILE]

Bars: at most 12 × the floor and 6 GB on the largest world; from the smallest to the largest the time grows by at most 12 × (for 1 to 10
million; the bar grows with the sizes). The compiled kernels are warm: a small run comes first. Worlds stay in ``--work`` and are used
again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.measure import Measured, measure, print_table, python

RATIO_BAR: Final = 12.0
MEMORY_BAR: Final = 6.0
GROWTH_BAR: Final = 12.0 / 10.0  # times the ratio of the sizes
WARM_UP: Final = 20_000
FLOOR_RUNS: Final = 3
SIDE_TABLES: Final = ("accounts", "follows", "affiliations", "agencies", "ownership")
FLOOR: Final = """
import sys, polars as pl
frame = pl.read_parquet(sys.argv[1])
frame.sort(pl.col("target_ids").list.first(), "at")
"""


def simulate(folder: Path, interactions: int, seed: int) -> None:
    """Write a world unless it is there."""
    if (folder / "truth" / "world.json").is_file():
        return
    done = measure(python("-m", "graphwatch", "simulate", "--out", str(folder), "--interactions", str(interactions), "--seed", str(seed)))
    print(f"simulate {interactions:,}: {done.seconds:.1f} s, {done.peak_gb:.2f} GB")


def run(world: Path, out: Path) -> Measured:
    """Run the main job on a world with all its tables."""
    tables = [part for name in SIDE_TABLES for part in (f"--{name}", str(world / f"{name}.parquet"))]
    return measure(python("-m", "graphwatch", "run", str(world / "interactions.parquet"), "--out", str(out), *tables))


def floor(world: Path) -> Measured:
    """Read and sort the same file with polars; the fastest of some runs."""
    runs = [measure(python("-c", FLOOR, str(world / "interactions.parquet"))) for _ in range(FLOOR_RUNS)]
    return min(runs, key=lambda one: one.seconds)


def stages(out: Path) -> dict[str, float]:
    """Give the seconds per stage that the run wrote into its summary."""
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return {str(name): float(value) for name, value in summary["seconds"].items()}


def measure_size(work: Path, interactions: int, seed: int) -> dict[str, object]:
    """Measure floor and run on a world of one size."""
    world = work / f"world-{interactions}-{seed}"
    out = work / "result"
    simulate(world, interactions, seed)
    base = floor(world)
    job = run(world, out)
    found: dict[str, object] = {
        "interactions": interactions,
        "floor_s": base.seconds,
        "floor_gb": base.peak_gb,
        "run_s": job.seconds,
        "run_cpu_s": job.cpu_seconds,
        "run_gb": job.peak_gb,
        "ratio": job.seconds / base.seconds,
        "stages_s": stages(out),
    }
    shutil.rmtree(out)
    return found


def verdicts(found: list[dict[str, object]]) -> list[tuple[str, float, float]]:
    """Give (what, measured, bar) for each bar; lower is better."""
    first, last = found[0], found[-1]
    out = [
        ("run : floor", float(str(last["ratio"])), RATIO_BAR),
        ("peak memory, GB", float(str(last["run_gb"])), MEMORY_BAR),
    ]
    if len(found) > 1:
        sizes = float(str(last["interactions"])) / float(str(first["interactions"]))
        out.append((f"growth over {sizes:g} × the input", float(str(last["run_s"])) / float(str(first["run_s"])), GROWTH_BAR * sizes))
    return out


def show(found: list[dict[str, object]]) -> None:
    """Print the table, the seconds per stage and the bars."""
    names = ("interactions", "floor_s", "run_s", "ratio", "run_cpu_s", "floor_gb", "run_gb")
    print_table(
        [names, *([f"{float(str(one[name])):,.2f}" if name != "interactions" else f"{one[name]:,}" for name in names] for one in found)]
    )
    for one in found:
        print(f"{one['interactions']:,}: {one['stages_s']}")
    for what, value, bar in verdicts(found):
        print(f"{what}: {value:.2f} (bar {bar:g}): {'met' if value <= bar else 'MISSED'}")


def main() -> None:
    """Measure all sizes and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--interactions", default="1000000,10000000", help="sizes, ascending")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, help="folder for the worlds; a temporary one, removed at the end, when not given")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    work = arguments.work or Path(tempfile.mkdtemp(prefix="graphwatch-speed-"))
    try:
        work.mkdir(parents=True, exist_ok=True)
        simulate(work / "warm-up", WARM_UP, arguments.seed)
        run(work / "warm-up", work / "result")
        found = [measure_size(work, int(size), arguments.seed) for size in arguments.interactions.split(",")]
    finally:
        if arguments.work is None:
            shutil.rmtree(work)
    show(found)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

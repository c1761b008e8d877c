"""Measure loading into a case folder and reading a window of it, against polars reading the same file and writing it as Parquet.

    python -m benchmarks.case [--interactions 10000000] [--format parquet|ndjson] [--seed 0] [--work DIR] [--json FILE]

Bars: a load takes at most 6 × the floor, in the same run; an hour's window is read in at most 0.5 s (warm process, files not in the page
cache). Peak memory of each is printed. A second, identical load must change nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.measure import Measured, measure, print_table, python
from benchmarks.speed import simulate
from graphwatch.tables import Case

RATIO_BAR: Final = 6.0
WINDOW_BAR: Final = 0.5
FLOOR: Final = {
    "parquet": "import sys, polars as pl; pl.read_parquet(sys.argv[1]).write_parquet(sys.argv[2])",
    "ndjson": "import sys, polars as pl; pl.read_ndjson(sys.argv[1]).write_parquet(sys.argv[2])",
}
WINDOW: Final = """
import json, os, sys, time
from datetime import datetime, timedelta
from graphwatch.tables import Case
from graphwatch.tables.window import window_files
case = Case(sys.argv[1])
since = datetime.fromisoformat(sys.argv[2])
case.window(since - timedelta(days=2), since - timedelta(days=2) + timedelta(hours=1)).collect()
seconds = []
for back in range(5):
    low = since - timedelta(days=back, hours=back)
    for path in window_files(case, low, low + timedelta(hours=1))["path"]:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)
    start = time.perf_counter()
    rows = len(case.window(low, low + timedelta(hours=1)).collect())
    seconds.append(time.perf_counter() - start)
open(sys.argv[3], "w").write(json.dumps({"seconds": max(seconds), "rows": rows}))
"""


def load(case: Path, file: Path) -> Measured:
    """Load a file into a case by the command."""
    return measure(python("-m", "graphwatch", "load", str(case), str(file)))


def window(case: Path, work: Path) -> tuple[float, int, float]:
    """Read an hour; give the slowest of five, its rows and the peak memory in GB."""
    middle = Case(case).scan("interactions").select(pl.col("at").median()).collect().item()
    done = measure(python("-c", WINDOW, str(case), middle.isoformat(), str(work / "window.json")))
    told = json.loads((work / "window.json").read_text(encoding="utf-8"))
    return float(told["seconds"]), int(told["rows"]), done.peak_gb


def run(work: Path, interactions: int, form: str, seed: int) -> dict[str, object]:
    """Measure one size and format."""
    world = work / f"world-{interactions}-{seed}"
    simulate(world, interactions, seed)
    file = world / "interactions.parquet"
    if form == "ndjson":
        file = world / "interactions.ndjson"
        if not file.exists():
            pl.scan_parquet(world / "interactions.parquet").sink_ndjson(file)
    floor = measure(python("-c", FLOOR[form], str(file), str(work / "floor.parquet")))
    folder = work / "case"
    shutil.rmtree(folder, ignore_errors=True)
    case = Case.create(folder)
    first = load(folder, file)
    version, files = case.version, sum(1 for _ in folder.rglob("*.parquet"))
    second = load(folder, file)
    if case.version != version:
        raise SystemExit("a second, identical load changed the case")
    seconds, rows, peak = window(folder, work)
    print_table(
        [
            ("what", "seconds", "CPU s", "peak GB", "note"),
            (
                "polars: read and write",
                f"{floor.seconds:.1f}",
                f"{floor.cpu_seconds:.1f}",
                f"{floor.peak_gb:.2f}",
                f"{file.stat().st_size / 1e9:.2f} GB {form}",
            ),
            ("load", f"{first.seconds:.1f}", f"{first.cpu_seconds:.1f}", f"{first.peak_gb:.2f}", f"{files} files"),
            ("the same load again", f"{second.seconds:.1f}", f"{second.cpu_seconds:.1f}", f"{second.peak_gb:.2f}", "changes nothing"),
            ("one hour", f"{seconds:.3f}", "", f"{peak:.2f}", f"{rows:,} rows"),
        ],
    )
    ratio = first.seconds / floor.seconds
    print(f"load : floor {ratio:.1f} (bar {RATIO_BAR:g}): {'met' if ratio <= RATIO_BAR else 'MISSED'}")
    print(f"one hour {seconds:.3f} s (bar {WINDOW_BAR:g}): {'met' if seconds <= WINDOW_BAR else 'MISSED'}")
    return {
        "interactions": interactions,
        "format": form,
        "floor_s": floor.seconds,
        "load_s": first.seconds,
        "load_peak_gb": first.peak_gb,
        "again_s": second.seconds,
        "window_s": seconds,
        "window_peak_gb": peak,
        "ratio": ratio,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interactions", type=int, default=10_000_000)
    parser.add_argument("--format", choices=sorted(FLOOR), default="parquet")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        found = run(work, given.interactions, given.format, given.seed)
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

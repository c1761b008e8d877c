"""Measure the readers: rows per second of processor time beside the fast library alone, and memory while a large file streams by.

    python -m benchmarks.loading [--rows 200000] [--gigabytes 1,5] [--work DIR] [--seed 0]

Bars, per core: 250,000 rows/s for canonical NDJSON, 60,000 for twarc2 and for MediaCrawler JSONL. The floor of a format is the fast library
alone on the same file: ``polars.read_*``, for records ``orjson.loads`` of each line, for XML ``expat``. Memory: NDJSON packed with zstd, of
1 and 5 · 10⁹ bytes unpacked, is streamed with ``graphwatch.load.stream_interactions`` in a process of its own; the bar is that the
larger one peaks at 1.2 times the smaller one at most. ``--gigabytes 0`` leaves that out, ``0.1,0.5`` is a short run.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from xml.parsers import expat

import numpy as np
import orjson
import polars as pl

from benchmarks import exports
from benchmarks.measure import measure, print_table, python
from graphwatch.load import load_interactions, stream_interactions, write_csv, write_ndjson, write_parquet

BARS: Final = {"ndjson": 250_000, "twarc": 60_000, "mediacrawler": 60_000}
RUNS: Final = 3
FLAT: Final = 1.2
_PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024


def fastest(act: Callable[[], object]) -> tuple[float, float]:
    """Give processor and wall-clock seconds of the run that took least processor time."""
    found = []
    for _ in range(RUNS):
        cpu, wall = time.process_time(), time.perf_counter()
        act()
        found.append((time.process_time() - cpu, time.perf_counter() - wall))
    return min(found)


def floor(name: str, path: Path) -> Callable[[], object]:
    """Give what reads the file with the fast library alone."""
    if name == "ndjson":
        return lambda: pl.read_ndjson(path)
    if name == "csv":
        return lambda: pl.read_csv(path, infer_schema=False)
    if name == "parquet":
        return lambda: pl.read_parquet(path)
    if name == "danmaku":
        return lambda: expat.ParserCreate().Parse(path.read_bytes(), True)
    if name == "telegram":
        return lambda: orjson.loads(path.read_bytes())
    return lambda: [orjson.loads(line) for line in path.read_bytes().splitlines()]


def read(path: Path) -> pl.DataFrame:
    """Load a file into memory."""
    return load_interactions(path).interactions.collect()


def write_all(work: Path, rows: int, seed: int) -> dict[str, Path]:
    """Write one file of each format."""
    rng = np.random.default_rng([seed, 1])
    frame = exports.canonical(rows, rng)
    paths = {name: work / f"export.{name}" for name in ("ndjson", "csv", "parquet", *exports.WRITERS)}
    write_ndjson(frame, paths["ndjson"])
    write_csv(frame, paths["csv"])
    write_parquet(frame, paths["parquet"])
    for name, write in exports.WRITERS.items():
        write(paths[name], rows, rng)
    return paths


def speed(paths: dict[str, Path]) -> None:
    """Print rows per second of each format and the bars."""
    table = [("format", "rows", "rows/s/core", "rows/s", "floor rows/s/core", "share of floor")]
    verdicts = []
    for name, path in paths.items():
        rows = load_interactions(path).interactions.select(pl.len()).collect().item()  # the first run compiles and caches
        base, _ = fastest(floor(name, path))
        cpu, wall = fastest(partial(read, path))
        table.append((name, f"{rows:,}", f"{rows / cpu:,.0f}", f"{rows / wall:,.0f}", f"{rows / base:,.0f}", f"{base / cpu:.2f}"))
        if name in BARS:
            verdicts.append(
                f"{name}: {rows / cpu:,.0f} rows/s/core (bar {BARS[name]:,}): {'met' if rows / cpu >= BARS[name] else 'MISSED'}"
            )
    print_table(table)
    print("\n".join(verdicts))


def resident() -> int:
    """Give the resident memory of this process in bytes; where the system does not say, the peak so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT
    return pages * resource.getpagesize()


def stream(path: Path, rows: int) -> None:
    """Stream a file and print memory at each quarter of it."""
    quarters = [rows * k // 4 for k in (1, 2, 3, 4)]
    seen, marks = 0, []
    cpu = time.process_time()
    for batch in stream_interactions(path):
        seen += len(batch.interactions)
        while quarters and seen >= quarters[0]:
            marks.append(f"{resident() / 1e6:,.0f}")
            quarters.pop(0)
    assert seen == rows, f"{seen:,} of {rows:,} rows came out"
    print(f"{rows / (time.process_time() - cpu):,.0f} {' '.join(marks)}")


def memory(work: Path, sizes: list[float], seed: int) -> None:
    """Print memory while files of these sizes (in 10⁹ bytes, unpacked) stream by."""
    table: list[tuple[str, ...]] = [("unpacked GB", "packed GB", "rows", "rows/s/core", "MB at 25 %", "50 %", "75 %", "100 %", "peak MB")]
    peaks = []
    for size in sizes:
        path = work / "large.ndjson.zst"
        rows = exports.write_ndjson(path, int(size * 1e9), seed)
        done = measure(python("-m", "benchmarks.loading", "--stream", str(path), "--rows", str(rows)))
        table.append((f"{size:g}", f"{path.stat().st_size / 1e9:.2f}", f"{rows:,}", *done.output.split(), f"{done.peak_bytes / 1e6:,.0f}"))
        peaks.append(done.peak_bytes)
        path.unlink()
    print_table(table)
    if len(peaks) > 1:
        ratio = peaks[-1] / peaks[0]
        print(f"peak memory, largest : smallest: {ratio:.2f} (bar {FLAT:g}): {'met' if ratio <= FLAT else 'MISSED'}")


def main() -> None:
    """Measure speed, then memory."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000, help="rows per format; 0 leaves the speeds out")
    parser.add_argument("--gigabytes", default="1,5", help="sizes of the streamed files, unpacked; 0 leaves them out")
    parser.add_argument("--work", type=Path, help="folder for the files, which are removed; a temporary one when not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stream", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stream is not None:
        stream(given.stream, given.rows)
        return
    with tempfile.TemporaryDirectory(prefix="graphwatch-loading-", dir=given.work) as folder:
        if given.rows:
            speed(write_all(Path(folder), given.rows, given.seed))
        sizes = [float(size) for size in given.gigabytes.split(",")]
        if any(sizes):
            memory(Path(folder), sizes, given.seed)


if __name__ == "__main__":
    main()

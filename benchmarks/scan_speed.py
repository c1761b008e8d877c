"""Time and memory of the pile-on scan beside a polars sort of the same columns.

python benchmarks/scan_speed.py --interactions 10000000 --targets 200000
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import polars as pl

from graphwatch.detect.pileons import find_pileons
from graphwatch.model import DAY, NO_TIME, Events, Lists
from graphwatch.settings import DetectSettings


def random_events(n: int, targets: int, seed: int) -> Events:
    """Give ``n`` interactions over 30 days: Zipf targets (exponent .8), threads, 5 % hostile, and 100 bursts of 300 hostile accounts."""
    rng = np.random.default_rng([seed, 71])
    accounts = max(n // 10, targets)
    weight = np.arange(1, targets + 1) ** -0.8
    target = np.searchsorted(np.cumsum(weight / weight.sum()), rng.random(n)).astype(np.int32).clip(0, targets - 1)
    thread = rng.integers(0, n // 8, n)
    at = (thread * (30 * DAY // (n // 8)) + rng.exponential(2 * DAY / 48, n)).astype(np.int64)
    hostility = np.where(rng.random(n) < 0.05, 0.8, 0.1).astype(np.float32)
    planted = np.arange(min(100, n // 3000) * 300)
    target[planted] = (planted // 300) * 97 % targets
    at[planted] = (planted // 300) * DAY // 4 + rng.integers(0, DAY // 8, len(planted))
    hostility[planted] = 0.9
    order = np.argsort(at, kind="stable")
    minus = np.full(n, -1, np.int32)
    small = np.full(n, -1, np.int8)
    return Events(
        at=1_700_000_000_000_000 + at[order], actor=rng.integers(targets, targets + accounts, n).astype(np.int32), kind=small,
        surface=small, category=small, parent=minus, parent_given=np.zeros(n, np.bool_), thread=minus, root=minus,
        targets=Lists(np.arange(n + 1, dtype=np.int64), target[order]), objects=Lists.empty(n), hostility=hostility[order],
        followers=np.full(n, -1, np.int64), actor_created=np.full(n, NO_TIME), deleted=np.zeros(n, np.bool_),
        platform=small.astype(np.int16),
        accounts=pl.int_range(targets + accounts, eager=True).cast(pl.String).str.zfill(9),
        object_names=pl.Series("object", [], dtype=pl.String), platforms=(), ids=pl.int_range(n, eager=True).cast(pl.String),
    )  # fmt: skip


def main() -> None:
    """Warm up, time both, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=10_000_000)
    parser.add_argument("--targets", type=int, default=200_000)
    options = parser.parse_args()
    find_pileons(random_events(20_000, 500, 1), DetectSettings(), 0)
    events = random_events(options.interactions, options.targets, 0)
    frame = pl.DataFrame({"target": events.targets.values, "at": events.at, "actor": events.actor, "hostility": events.hostility})
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=0)
    del frame
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, processor = time.perf_counter(), time.process_time()
    found = find_pileons(events, DetectSettings(), 0)
    scan, used = time.perf_counter() - start, time.process_time() - processor
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    start, processor = time.perf_counter(), time.process_time()
    shuffled.sort("target", "at")
    sort, sorting = time.perf_counter() - start, time.process_time() - processor
    size = f"{options.interactions:,} interactions, {options.targets:,} targets"
    print(f"{size}: {len(found)} pile-ons in {scan:.2f} s ({used:.2f} s of processor)")
    print(f"polars sort by (target, at): {sort:.2f} s ({sorting:.2f} s of processor); ratio {scan / sort:.2f}")
    print(f"peak memory {more:+.2f} GiB above what was there before, {(before / 2**20 + more):.2f} GiB altogether")


if __name__ == "__main__":
    main()

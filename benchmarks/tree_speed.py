"""Time and memory of the trees of 10 million posts beside a polars sort of the same columns.

python -m benchmarks.tree_speed --posts 10000000

Once with every parent given, once with the roots alone given, so that every parent is inferred.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace

import numpy as np
import polars as pl

from graphwatch.detect.cascades import find_cascades
from graphwatch.model import DAY, KIND_CODE, NO_TIME, Events, Lists


def random_threads(n: int, seed: int) -> Events:
    """Give ``n`` posts and reposts over 30 days: threads of Zipf sizes, parents among the earlier rows of the thread, n / 10 accounts."""
    rng = np.random.default_rng([seed, 72])
    threads, accounts = max(n // 20, 1), max(n // 10, 1)
    weight = np.arange(1, threads + 1) ** -0.8
    of = np.concatenate(
        [np.arange(threads), np.searchsorted(np.cumsum(weight / weight.sum()), rng.random(n - threads)).clip(0, threads - 1)]
    )
    began = rng.integers(0, 29 * DAY, threads)
    at = began[of] + np.where(np.arange(n) < threads, 0, 1 + (rng.pareto(0.6, n) * 60e6).clip(0, DAY)).astype(np.int64)
    order = np.argsort(at, kind="stable")
    of, at = of[order], at[order]
    rows = np.argsort(of, kind="stable").astype(np.int32)
    start = np.searchsorted(of[rows], np.arange(threads))
    rank = np.arange(n) - start[of[rows]]
    parent, thread = np.full(n, -1, np.int32), np.empty(n, np.int32)
    thread[rows] = rows[start[of[rows]]]
    up = np.where(rng.random(n) < 0.5, 0, (rng.random(n) * rank).astype(np.int64))
    parent[rows] = np.where(rank > 0, rows[start[of[rows]] + up], -1)
    root = np.where(thread == np.arange(n), -1, thread).astype(np.int32)
    small = np.full(n, -1, np.int8)
    kind = np.where(root < 0, KIND_CODE["post"], KIND_CODE["repost"]).astype(np.int8)
    return Events(
        at=1_700_000_000_000_000 + at, actor=rng.integers(0, accounts, n).astype(np.int32), kind=kind, surface=small, category=small,
        parent=parent, parent_given=parent >= 0, thread=thread, root=root, targets=Lists.empty(n), objects=Lists.empty(n),
        hostility=np.full(n, np.nan, np.float32), followers=np.full(n, -1, np.int64), actor_created=np.full(n, NO_TIME),
        deleted=np.zeros(n, np.bool_), platform=small.astype(np.int16),
        accounts=pl.int_range(accounts, eager=True).cast(pl.String).str.zfill(9),
        object_names=pl.Series("object", [], dtype=pl.String), platforms=(), ids=pl.int_range(n, eager=True).cast(pl.String),
    )  # fmt: skip


def roots_only(events: Events) -> Events:
    """Hide every parent."""
    n = len(events)
    return replace(events, parent=np.full(n, -1, np.int32), parent_given=np.zeros(n, np.bool_))


def main() -> None:
    """Warm up, time both, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000_000)
    options = parser.parse_args()
    small = random_threads(2000, 1)
    find_cascades(small)
    find_cascades(roots_only(small))
    events = random_threads(options.posts, 0)
    frame = pl.DataFrame({"root": events.thread, "at": events.at, "actor": events.actor, "parent": events.parent})
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=0)
    del frame
    start, processor = time.perf_counter(), time.process_time()
    shuffled.sort("root", "at")
    sort, used = time.perf_counter() - start, time.process_time() - processor
    del shuffled
    print(f"{options.posts:,} posts; polars sort by (root, at): {sort:.2f} s ({used:.2f} s of processor)")
    for name, world in (("parents given", events), ("roots only", roots_only(events))):
        start, processor = time.perf_counter(), time.process_time()
        found = find_cascades(world)
        took, used = time.perf_counter() - start, time.process_time() - processor
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        told = f"{name}: {found.counts['cascades']:,} trees in {took:.2f} s ({used:.2f} s of processor)"
        print(f"{told}, {took / sort:.2f} times the sort; peak memory {peak:.2f} GB")
        del found


if __name__ == "__main__":
    main()

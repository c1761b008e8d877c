"""Fits what tells which act of a thread another one answers, on the earlier half of ``weibo_threads``, and prints the weights.

python -m benchmarks.fit_parents

The later half is not looked at. A conditional logit (McFadden 1974): the cause of an act is one of the acts before it in its thread, with
probability proportional to exp(weights · features). ``graphwatch/detect/parent_weights.py`` holds what this prints.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import polars as pl

from benchmarks.cascades import known_threads, split_time
from graphwatch.detect.parent_evidence import gather_evidence, histories
from graphwatch.detect.parent_features import FEATURES, ROOT_FEATURES, SCALE_S, WINDOWS_S, fill_features, fill_root_features, thread_bursts
from graphwatch.graph.encode import encode
from graphwatch.model import F64, I32, I64

ACTS_PER_THREAD: Final = 60
RIDGE: Final = 1.0
NAMES: Final = (*FEATURES, "lag", *ROOT_FEATURES)


@numba.njit(cache=True)
def accumulate(time: F64, length: I32, row: F64, cause: I32, used: I64, weights: F64, gradient: F64, hessian: F64) -> float:
    """Add one thread's part of the log-likelihood; ``row`` holds the acts' features, ``cause`` the true place (-1: the root)."""
    width = row.shape[1]
    size = len(weights)
    total = 0.0
    root = np.zeros(size - width - 1)
    for i in used:
        fill_root_features(i, time, length, root)
        features = np.zeros((i + 1, size))
        for j in range(i):
            features[j, :width] = row[j]
            features[j, width] = np.log1p((time[i] - time[j]) / SCALE_S)
        features[i, width + 1 :] = root
        utility = features @ weights
        p = np.exp(utility - utility.max())
        p /= p.sum()
        mean = p @ features
        chosen = i if cause[i] < 0 else cause[i]
        total += np.log(p[chosen])
        gradient += features[chosen] - mean
        hessian += (features * p.reshape(-1, 1)).T @ features - np.outer(mean, mean)
    return total


@numba.njit(cache=True)
def thread_features(time: F64, length: I32, acts: I32, answers: I32, posts: I32, mean: float, windows: F64, size: int) -> F64:
    """Give the features of every act of one thread, the root left out."""
    after, before = thread_bursts(time, windows)
    out = np.empty((len(time), size))
    for k in range(len(time)):
        fill_features(k, time, length, acts, answers, posts, mean, after, before, out[k])
    return out


def main() -> None:
    """Fit by Newton's method and print."""
    frame = known_threads()
    frame = frame.filter(pl.col("at").min().over(pl.coalesce("root_id", "interaction_id")) < split_time(frame))
    events = encode(frame)
    windows = np.array(WINDOWS_S)
    hidden = encode(frame.with_columns(parent_id=pl.lit(None, pl.String)))
    length = gather_evidence(frame, hidden).length
    began = events.at[events.thread]
    past = histories(events, np.arange(len(events), dtype=np.int32), began)
    rng = np.random.default_rng(0)
    order = np.lexsort((np.arange(len(events)), events.thread != np.arange(len(events)), events.thread))
    threads = np.split(order, np.flatnonzero(np.diff(events.thread[order])) + 1)
    parts = []
    for rows in threads[len(threads) // 10 :]:
        place = np.full(len(events), -2, np.int32)
        place[rows] = np.arange(-1, len(rows) - 1)
        acts = rows[1:]
        time = np.maximum(events.at[acts] - events.at[rows[0]], 0) / 1e6
        features = thread_features(
            time, length[acts], past.acts[acts], past.answers[acts], past.posts[acts], past.mean, windows, len(FEATURES)
        )
        cause = place[events.parent[acts]]
        usable = np.flatnonzero((cause >= -1) & (cause < np.arange(len(acts))))
        used = np.sort(rng.choice(usable, min(ACTS_PER_THREAD, len(usable)), replace=False))
        parts.append((time, length[acts], features, cause, used))
    weights = np.zeros(len(NAMES))
    for _ in range(12):
        gradient, hessian, total = -RIDGE * weights, RIDGE * np.eye(len(weights)), 0.0
        for part in parts:
            total += accumulate(*part, weights, gradient, hessian)
        step = np.linalg.solve(hessian, gradient)
        weights = weights + step * min(1.0, 2.0 / np.abs(step).max())
        print(f"# log-likelihood per act {total / sum(len(part[4]) for part in parts):.4f}, largest step {np.abs(step).max():.1e}")
        if np.abs(step).max() < 1e-4:
            break
    error = np.sqrt(np.diag(np.linalg.inv(hessian)))
    for name, weight, spread in zip(NAMES, weights, error, strict=True):
        print(f'    "{name}": {weight:.3f},  # ± {spread:.3f}')


if __name__ == "__main__":
    main()

"""Breadth-first distances, one source at a time and 64 sources at a time."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import I32, I64


@numba.njit(cache=True)
def fill_distances(start: I64, neighbour: I32, source: int, row: I32, queue: I64) -> None:
    """Write the number of steps from one source into ``row``, which holds -1 throughout; ``queue`` is room for all nodes."""
    row[source] = 0
    queue[0] = source
    head, tail = 0, 1
    while head < tail:
        u = queue[head]
        head += 1
        for e in range(start[u], start[u + 1]):
            v = neighbour[e]
            if row[v] < 0:
                row[v] = row[u] + 1
                queue[tail] = v
                tail += 1


@numba.njit(cache=True)
def distances(start: I64, neighbour: I32, sources: I64) -> I32:
    """Give the number of steps from each source to each node.

    Returns
    -------
    (len(sources), nodes)
        -1: not reachable.
    """
    n = len(start) - 1
    out = np.full((len(sources), n), -1, np.int32)
    queue = np.empty(n, np.int64)
    for i in range(len(sources)):
        fill_distances(start, neighbour, sources[i], out[i], queue)
    return out


@numba.njit(cache=True)
def eccentricities(start: I64, neighbour: I32) -> tuple[I64, I64]:
    """Give each node's largest distance and its sum of distances to the nodes that it reaches.

    One bit per source, 64 sources in one sweep: a sweep costs no more than 64 searches, and far less where paths are short.

    Returns
    -------
    farthest, total : (nodes,)
        Steps.
    """
    n = len(start) - 1
    farthest = np.zeros(n, np.int64)
    total = np.zeros(n, np.int64)
    seen = np.zeros(n, np.uint64)
    now = np.zeros(n, np.uint64)
    coming = np.zeros(n, np.uint64)
    active = np.empty(n, np.int64)
    touched = np.empty(n, np.int64)
    for low in range(0, n, 64):
        high = min(low + 64, n)
        seen[:] = 0
        now[:] = 0
        for s in range(low, high):
            seen[s] = now[s] = np.uint64(1) << np.uint64(s - low)
            active[s - low] = s
        many, step = high - low, 0
        while many > 0:
            step += 1
            found = 0
            for i in range(many):
                u = active[i]
                for e in range(start[u], start[u + 1]):
                    v = neighbour[e]
                    new = now[u] & ~seen[v]
                    if new:
                        if not coming[v]:
                            touched[found] = v
                            found += 1
                        coming[v] |= new
            for i in range(many):
                now[active[i]] = 0
            for i in range(found):
                v = touched[i]
                bits = coming[v]
                now[v] = bits
                seen[v] |= bits
                coming[v] = 0
                active[i] = v
                for s in range(low, high):
                    if (bits >> np.uint64(s - low)) & np.uint64(1):
                        farthest[s] = step
                        total[s] += step
            many = found
    return farthest, total

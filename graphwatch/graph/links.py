"""Kernels that follow parent links: thread of each interaction, and targets that are only implied."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import I8, I32, I64


@numba.njit(cache=True)
def resolve_threads(parent: I32, given: I32) -> tuple[I32, int]:
    """Thread of each row: the given one, else that of the nearest ancestor with one, else the topmost ancestor's row.

    Parameters
    ----------
    parent : (n,)
        Row of the parent; -1: none. Any order, cycles allowed.
    given : (n,)
        Thread code that the data gives; -1: none.

    Returns
    -------
    thread : (n,)
    cycles
        Number of cycles, whether their threads are given or not; the thread of a cycle without a given one is its smallest row.
    """
    n = len(parent)
    thread = np.full(n, -1, np.int32)
    state = np.zeros(n, np.int8)  # 0 new, 1 on the current path, 2 done
    path = np.empty(n, np.int32)
    cycles = 0
    for i in range(n):
        if state[i] == 2:
            continue
        depth = 0
        row = i
        code = np.int32(-1)
        while True:
            if state[row] == 2:
                code = thread[row]
                break
            if state[row] == 1:
                cycles += 1
                k = depth - 1
                while path[k] != row:
                    k -= 1
                code = path[k:depth].min()
                while k < depth and given[path[k]] < 0:
                    k += 1
                if k < depth:  # the nearest given thread, going up from where the cycle closes
                    code = given[path[k]]
                break
            state[row] = 1
            path[depth] = row
            depth += 1
            if parent[row] < 0:
                code = np.int32(row)
                break
            row = parent[row]
        for k in range(depth - 1, -1, -1):
            row = path[k]
            if given[row] >= 0:
                code = given[row]
            thread[row] = code
            state[row] = 2
    return thread, cycles


@numba.njit(cache=True)
def resolve_targets(start: I64, values: I32, unknown: I8, actor: I32, kind: I8, parent: I32, repost: int) -> tuple[I64, I32, int]:
    """Fill in implied targets, drop self-targets and repetitions.

    Parameters
    ----------
    start, values
        Given targets as compressed lists.
    unknown : (n,)
        1 where the targets were not given (as against given and empty).
    actor, kind, parent : (n,)
        In canonical order; a parent that comes later than its child implies its author only.
    repost
        Code of the kind that passes its parent's targets on.

    Returns
    -------
    start, values
        Resolved lists; each row's values ascending.
    dropped
        Self-targets removed from what was given.
    """
    n = len(actor)
    source = np.empty(n, np.int32)  # the row whose given targets this row uses; -1: none
    author = np.full(n, -1, np.int32)  # else the account that this row acts on
    size = 0
    for i in range(n):
        source[i] = i
        if unknown[i] == 1:
            source[i] = -1
            p = parent[i]
            if p >= 0:
                if kind[i] == repost and p < i:
                    source[i] = source[p]
                    if source[i] < 0 or start[source[i] + 1] == start[source[i]]:
                        source[i] = -1
                        author[i] = author[p] if kind[p] == repost and author[p] >= 0 else actor[p]
                else:
                    author[i] = actor[p]
        size += start[source[i] + 1] - start[source[i]] if source[i] >= 0 else 1
    out_start = np.zeros(n + 1, np.int64)
    out = np.empty(size, np.int32)
    at = 0
    dropped = 0
    for i in range(n):
        first = at
        if source[i] >= 0:
            for k in range(start[source[i]], start[source[i] + 1]):
                if values[k] == actor[i]:
                    dropped += 1 if source[i] == i else 0
                    continue
                j = at
                duplicate = False
                for m in range(first, at):
                    if out[m] == values[k]:
                        duplicate = True
                        break
                if duplicate:
                    continue
                while j > first and out[j - 1] > values[k]:
                    out[j] = out[j - 1]
                    j -= 1
                out[j] = values[k]
                at += 1
        elif author[i] >= 0 and author[i] != actor[i]:
            out[at] = author[i]
            at += 1
        out_start[i + 1] = at
    return out_start, out[:at].copy(), dropped

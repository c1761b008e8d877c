"""Kernels over trees given as one parent row per row: cycles, roots and depths, and the figures of each tree. None recurses."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import F64, I32, I64, Bools


@numba.njit(cache=True)
def cut_cycles(parent: I32, inferred: Bools) -> tuple[int, int]:
    """Cut every cycle once, in place, so that each row has a way up to a root.

    A cycle is cut above its earliest row with an inferred parent, or, when all its parents are given, above its earliest row; the row
    becomes a root.

    Parameters
    ----------
    parent : (n,)
        Row of the parent; -1: root. Changed in place.
    inferred : (n,)
        The parent was inferred. Changed in place.

    Returns
    -------
    given_cycles, inferred_cycles
        Number of cycles cut at a given and at an inferred edge.
    """
    n = len(parent)
    state = np.zeros(n, np.int8)  # 0 new, 1 on the current path, 2 done
    given_cycles, inferred_cycles = 0, 0
    for i in range(n):
        row = i
        while row >= 0 and state[row] == 0:
            state[row] = 1
            row = parent[row]
        if row >= 0 and state[row] == 1:
            earliest, weakest = row, -1
            k = row
            while True:
                earliest = min(earliest, k)
                if inferred[k] and (weakest < 0 or k < weakest):
                    weakest = k
                k = parent[k]
                if k == row:
                    break
            if weakest >= 0:
                earliest = weakest
                inferred_cycles += 1
            else:
                given_cycles += 1
            following = parent[earliest]
            parent[earliest] = -1
            inferred[earliest] = False
            k = following
            while k >= 0 and state[k] == 1:
                state[k] = 2
                k = parent[k]
        k = i
        while k >= 0 and state[k] == 1:
            state[k] = 2
            k = parent[k]
    return given_cycles, inferred_cycles


@numba.njit(cache=True)
def top_down(parent: I32) -> I32:
    """Order the rows so that each comes after its parent.

    Parameters
    ----------
    parent : (n,)
        Without cycles.

    Returns
    -------
    order : (n,)
        The rows themselves where every parent has a smaller number already.
    """
    n = len(parent)
    sorted_already = True
    for i in range(n):
        if parent[i] > i:
            sorted_already = False
            break
    order = np.arange(n).astype(np.int32)
    if sorted_already:
        return order
    waiting = np.zeros(n, np.int32)
    for i in range(n):
        if parent[i] >= 0:
            waiting[parent[i]] += 1
    at = n - 1  # leaves are taken off one after the other and put at the end
    for i in range(n - 1, -1, -1):
        row = i
        while row >= 0 and waiting[row] == 0:
            waiting[row] = -1
            order[at] = row
            at -= 1
            row = parent[row]
            if row >= 0:
                waiting[row] -= 1
    return order


@numba.njit(cache=True)
def roots_and_depths(parent: I32, order: I32) -> tuple[I32, I32]:
    """Give the root of each row's tree and the number of edges to it."""
    tree = np.empty(len(parent), np.int32)
    depth = np.zeros(len(parent), np.int32)
    for row in order:
        if parent[row] < 0:
            tree[row] = row
        else:
            tree[row] = tree[parent[row]]
            depth[row] = depth[parent[row]] + 1
    return tree, depth


@numba.njit(cache=True)
def subtree_sizes(parent: I32, order: I32) -> I32:
    """Count the rows at and below each row."""
    size = np.ones(len(parent), np.int32)
    for k in range(len(order) - 1, -1, -1):
        row = order[k]
        if parent[row] >= 0:
            size[parent[row]] += size[row]
    return size


@numba.njit(cache=True)
def tree_figures(
    parent: I32, tree: I32, depth: I32, size: I32, at: I64, actor: I32, inferred: Bools, accounts: int
) -> tuple[I32, I64, F64, I64]:
    """Measure every tree of at least two rows.

    Parameters
    ----------
    parent, tree, depth, size : (n,)
        From the kernels above.
    at, actor, inferred : (n,)
    accounts
        Number of account codes.

    Returns
    -------
    root : (trees,)
        Ascending.
    counts : (trees, 5)
        Size, depth, most rows at one depth, distinct accounts, inferred edges.
    distance : (trees,)
        Mean distance between two rows. Each edge is on the way of s · (S - s) of the S (S - 1) / 2 pairs, s being the size below it.
    last : (trees,)
        Time of the last row, µs.
    """
    n = len(parent)
    number = np.full(n, -1, np.int32)
    trees = 0
    rows = 0
    for i in range(n):
        if parent[i] < 0 and size[i] > 1:
            number[i] = trees
            trees += 1
            rows += size[i]
    root = np.empty(trees, np.int32)
    first = np.zeros(trees + 1, np.int64)
    for i in range(n):
        if number[i] >= 0:
            root[number[i]] = i
            first[number[i] + 1] = first[number[i]] + size[i]
    counts = np.zeros((trees, 5), np.int64)
    distance = np.zeros(trees, np.float64)
    last = np.empty(trees, np.int64)
    breadth = np.zeros(rows, np.int32)  # one place per depth that a tree could have
    members = np.empty(rows, np.int32)
    fill = first[:-1].copy()
    for i in range(n):
        t = number[tree[i]]
        if t < 0:
            continue
        members[fill[t]] = i
        fill[t] += 1
        place = first[t] + depth[i]
        breadth[place] += 1
        counts[t, 1] = max(counts[t, 1], depth[i])
        counts[t, 2] = max(counts[t, 2], breadth[place])
        counts[t, 4] += inferred[i]
        if parent[i] >= 0:
            distance[t] += np.float64(size[i]) * np.float64(size[root[t]] - size[i])
    seen = np.full(accounts, -1, np.int32)
    for t in range(trees):
        counts[t, 0] = size[root[t]]
        distance[t] *= 2.0 / (np.float64(counts[t, 0]) * np.float64(counts[t, 0] - 1))
        last[t] = at[root[t]]
        for k in range(first[t], first[t + 1]):
            last[t] = max(last[t], at[members[k]])
            if seen[actor[members[k]]] != t:
                seen[actor[members[k]]] = t
                counts[t, 3] += 1
    return root, counts, distance, last

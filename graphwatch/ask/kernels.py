"""Walks from interactions to those that they answer or pass on; arrays in, arrays out."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import I32, I64


@numba.njit(cache=True)
def climb(parent: I32, rows: I64, depth: int) -> tuple[I64, I64]:
    """Walk from each row to the top of its thread.

    Parameters
    ----------
    parent
        Row of the parent; -1: none. Cycles are allowed.
    rows
        Where to start.
    depth
        Most steps.

    Returns
    -------
    top : array of int64
        Row without a parent; -1: none within ``depth`` steps, as on a cycle.
    hops : array of int64
        Steps to it.

    Examples
    --------
    >>> top, hops = climb(np.array([-1, 0, 1, 4, 3], np.int32), np.array([2, 0, 3]), 10)
    >>> top.tolist(), hops.tolist()
    ([0, 0, -1], [2, 0, 10])
    """
    top = np.full(len(rows), -1, np.int64)
    hops = np.zeros(len(rows), np.int64)
    for k in range(len(rows)):
        row = rows[k]
        steps = 0
        while steps < depth and parent[row] >= 0:
            row = parent[row]
            steps += 1
        if parent[row] < 0:
            top[k] = row
        hops[k] = steps
    return top, hops


@numba.njit(cache=True)
def climb_to(parent: I32, actor: I32, rows: I64, account: int, depth: int, first: int) -> I64:
    """Walk from each row to the nearest row of an account.

    Parameters
    ----------
    actor
        Account of each row.
    account
        The account that is looked for.
    depth
        Most steps.
    first
        0: the row itself counts; 1: only those above it.

    Returns
    -------
    array of int64
        Steps to the nearest such row; -1: none within ``depth``.

    Examples
    --------
    >>> parent, actor = np.array([-1, 0, 1], np.int32), np.array([7, 8, 7], np.int32)
    >>> climb_to(parent, actor, np.array([2, 2, 1]), 7, 10, 1).tolist()
    [2, 2, 1]
    """
    hops = np.full(len(rows), -1, np.int64)
    for k in range(len(rows)):
        row = rows[k]
        steps = 0
        while True:
            if steps >= first and actor[row] == account:
                hops[k] = steps
                break
            if steps >= depth or parent[row] < 0:
                break
            row = parent[row]
            steps += 1
    return hops


@numba.njit(cache=True)
def earliest_of_account(parent: I32, actor: I32, rows: I64, account: int, depth: int) -> tuple[I64, I64]:
    """Find, above each row or at it, the account's lowest row and the fewest steps to it.

    Returns
    -------
    found : array of int64
        Lowest row number of the account within ``depth`` steps; -1: none.
    hops : array of int64
        Steps to it; -1: none.

    Examples
    --------
    >>> parent, actor = np.array([-1, 0, 1], np.int32), np.array([7, 8, 7], np.int32)
    >>> [a.tolist() for a in earliest_of_account(parent, actor, np.array([2, 1]), 7, 10)]
    [[0, 0], [2, 1]]
    """
    found = np.full(len(rows), -1, np.int64)
    hops = np.full(len(rows), -1, np.int64)
    for k in range(len(rows)):
        row = rows[k]
        steps = 0
        while True:
            if actor[row] == account and (found[k] < 0 or row < found[k]):
                found[k] = row
                hops[k] = steps
            if steps >= depth or parent[row] < 0:
                break
            row = parent[row]
            steps += 1
    return found, hops


@numba.njit(cache=True)
def breadth_first(start: I64, ends: I64, source: int, depth: int) -> I64:
    """Give the fewest steps from a node to every other one in a graph of compressed lists.

    Parameters
    ----------
    start, ends
        Node n leads to ``ends[start[n]:start[n + 1]]``.
    source
        Node to start from.
    depth
        Most steps.

    Returns
    -------
    array of int64
        Steps; 0 at the source, -1 where it is not reached within ``depth``.

    Examples
    --------
    >>> breadth_first(np.array([0, 1, 2, 2]), np.array([1, 0]), 0, 5).tolist()
    [0, 1, -1]
    """
    hops = np.full(len(start) - 1, -1, np.int64)
    queue = np.empty(len(start) - 1, np.int64)
    hops[source] = 0
    queue[0] = source
    head, tail = 0, 1
    while head < tail:
        node = queue[head]
        head += 1
        if hops[node] >= depth:
            continue
        for k in range(start[node], start[node + 1]):
            other = ends[k]
            if hops[other] < 0:
                hops[other] = hops[node] + 1
                queue[tail] = other
                tail += 1
    return hops

"""Rumour centrality: the number of orders in which the rumour can have spread from a node."""

from __future__ import annotations

from math import lgamma, log

import numba
import numpy as np

from graphwatch.model import F64, I32, I64
from graphwatch.trace.source.contacts import Contacts


def rumour_centrality(infected: Contacts) -> F64:
    """Score nodes by the logarithm of their rumour centrality.

    Parameters
    ----------
    infected
        Contacts among infected nodes, connected.

    Returns
    -------
    (nodes,)
        log R(v), R(v) = n! / ∏ T(u), T(u) being the size of the subtree below u when v is the root. Higher is likelier the source.

    Notes
    -----
    Shah & Zaman (2011), Rumors in a network: who's the culprit? On a tree by message passing in O(nodes),
    R(child) = R(parent) · T(child) / (n − T(child)); the best node is the likeliest source on regular trees. On other graphs each node's
    breadth-first tree (neighbours in ascending order) stands for the way of the rumour, in O(nodes · edges); that is a heuristic. One
    source and all infected known are assumed; nodes of many contacts are favoured whoever began.

    Examples
    --------
    >>> tree = Contacts.of(5, np.array([0, 0, 1, 1]), np.array([1, 2, 3, 4]))
    >>> np.exp(rumour_centrality(tree)).round().tolist()
    [8.0, 12.0, 2.0, 3.0, 3.0]
    """
    if len(infected.neighbour) == 2 * (len(infected) - 1):
        return _on_tree(infected.start, infected.neighbour)
    return _on_graph(infected.start, infected.neighbour)


@numba.njit(cache=True)
def _search(start: I64, neighbour: I32, root: int, order: I64, parent: I64) -> None:
    parent[:] = -1
    parent[root] = root
    order[0] = root
    head, tail = 0, 1
    while head < tail:
        u = order[head]
        head += 1
        for e in range(start[u], start[u + 1]):
            v = neighbour[e]
            if parent[v] < 0:
                parent[v] = u
                order[tail] = v
                tail += 1


@numba.njit(cache=True)
def _log_orders(order: I64, parent: I64, size: I64, logs: F64) -> float:
    """Fill in subtree sizes and give log n! − Σ log T(u)."""
    n = len(order)
    size[:] = 1
    total = lgamma(n + 1.0)
    for i in range(n - 1, -1, -1):
        u = order[i]
        total -= logs[size[u]]
        if i:
            size[parent[u]] += size[u]
    return total


@numba.njit(cache=True)
def _logs(n: int) -> F64:
    out = np.zeros(n + 1)
    for k in range(1, n + 1):
        out[k] = log(k)
    return out


@numba.njit(cache=True)
def _on_tree(start: I64, neighbour: I32) -> F64:
    n = len(start) - 1
    order, parent, size = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    logs = _logs(n)
    out = np.empty(n)
    _search(start, neighbour, 0, order, parent)
    out[0] = _log_orders(order, parent, size, logs)
    for i in range(1, n):
        u = order[i]
        out[u] = out[parent[u]] + logs[size[u]] - logs[n - size[u]]
    return out


@numba.njit(cache=True)
def _on_graph(start: I64, neighbour: I32) -> F64:
    n = len(start) - 1
    order, parent, size = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    logs = _logs(n)
    out = np.empty(n)
    for root in range(n):
        _search(start, neighbour, root, order, parent)
        out[root] = _log_orders(order, parent, size, logs)
    return out

"""Paths in temporal graphs: kernels over edges in the order of time.

Source: Wu, Cheng, Huang, Ke, Lu & Xu (2014), Path problems in temporal graphs, PVLDB 7(9): one pass over the edges in the order of their
departure gives earliest arrivals, one pass backwards gives latest departures, each in O(edges) after the sort.

Times are ranks in the causal order of the acts, so that no two are equal and every link takes time.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, I32, I64, Bools

NEVER: Final = np.iinfo(np.int64).max


@numba.njit(cache=True)
def earliest_arrival(tail: I32, head: I32, depart: I64, arrive: I64, source: int, begin: int, size: int) -> I64:
    """Earliest time at which each account can have been reached from the source by a time-respecting path.

    Parameters
    ----------
    tail, head : (edges,)
        Accounts. A path may go from one edge to the next when it departs no earlier than the one before arrived.
    depart, arrive : (edges,)
        Times, departure before arrival; edges by departure, ascending.
    source, begin
        Account, and time from which it may depart.
    size
        Number of accounts.

    Returns
    -------
    arrival : (size,)
        ``NEVER``: not reached.

    Examples
    --------
    >>> ends = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    >>> earliest_arrival(*ends, np.array([0, 3]), np.array([2, 4]), 0, 0, 3).tolist()
    [0, 2, 4]
    """
    arrival = np.full(size, NEVER, np.int64)
    arrival[source] = begin
    for e in range(len(tail)):
        if arrival[tail[e]] <= depart[e] and arrive[e] < arrival[head[e]]:
            arrival[head[e]] = arrive[e]
    return arrival


@numba.njit(cache=True)
def latest_departure(tail: I32, head: I32, depart: I64, arrive: I64, goal: Bools, deadline: int) -> I64:
    """Latest time at which each account can set out and still reach one of the goals by the deadline.

    Parameters
    ----------
    tail, head, depart, arrive : (edges,)
        As in :func:`earliest_arrival`, but by arrival, ascending.
    goal : (accounts,)
        Accounts to reach.
    deadline
        Latest time of arrival, inclusive.

    Returns
    -------
    departure : (accounts,)
        -1: it can reach none. A goal itself has the deadline.
    """
    departure = np.where(goal, np.int64(deadline), np.int64(-1))
    for e in range(len(tail) - 1, -1, -1):
        if arrive[e] <= departure[head[e]] and depart[e] > departure[tail[e]]:
            departure[tail[e]] = depart[e]
    return departure


@numba.njit(cache=True)
def descent(start: I64, cause: I32, probability: F64, source: int) -> F64:
    """Probability that each act descends from the source, when each act has at most one cause, drawn for itself.

    ``P(j) = Σ_i p_ij · P(i)``: exact in one forward pass, since an act descends from the source if and only if its cause does.

    Parameters
    ----------
    start, cause, probability
        Causes of act j are ``start[j]:start[j + 1]``, all earlier than j; their probabilities add up to at most 1.
    source
        The act.

    Returns
    -------
    chance : (acts,)
        1 for the source, 0 for what is before it.

    Examples
    --------
    >>> start, cause = np.array([0, 0, 1, 3]), np.array([0, 0, 1], np.int32)
    >>> descent(start, cause, np.array([0.5, 0.2, 0.6]), 0).tolist()
    [1.0, 0.5, 0.5]
    """
    chance = np.zeros(len(start) - 1)
    chance[source] = 1.0
    for j in range(source + 1, len(chance)):
        total = 0.0
        for e in range(start[j], start[j + 1]):
            total += probability[e] * chance[cause[e]]
        chance[j] = total
    return chance


@numba.njit(cache=True)
def likeliest_paths(start: I64, cause: I32, probability: F64, source: int, most: int) -> tuple[F64, I64, I32]:
    """Find the most probable paths from the source to each act, the probability of a path being the product over its links.

    Parameters
    ----------
    start, cause, probability
        As in :func:`descent`.
    source
        The act where paths begin.
    most
        Paths kept for each act.

    Returns
    -------
    chance : (acts, most)
        Product of each path, from high to low; 0: no further path.
    edge : (acts, most)
        Last link of the path; -1: none.
    place : (acts, most)
        Which of the paths to that link's cause it goes on from.

    Notes
    -----
    Dynamic programming over the acyclic graph of acts: the k best paths to an act go on from k best paths to its causes. O(links · k²).
    Equal products: the path by the earlier link in the arrays comes first.
    """
    n = len(start) - 1
    chance, edge, place = np.zeros((n, most)), np.full((n, most), -1, np.int64), np.zeros((n, most), np.int32)
    chance[source, 0] = 1.0
    for j in range(source + 1, n):
        for e in range(start[j], start[j + 1]):
            for k in range(most):
                value = chance[cause[e], k] * probability[e]
                if value <= chance[j, most - 1]:
                    break  # the next ones are no better
                at = most - 1
                while at > 0 and chance[j, at - 1] < value:
                    chance[j, at], edge[j, at], place[j, at] = chance[j, at - 1], edge[j, at - 1], place[j, at - 1]
                    at -= 1
                chance[j, at], edge[j, at], place[j, at] = value, e, k
    return chance, edge, place


@numba.njit(cache=True)
def main_roots(start: I64, cause: I32, probability: F64) -> tuple[I32, I64]:
    """Follow the likeliest cause of each act back to where it begins.

    An act has no cause where none is likelier than that there is none in the data.

    Returns
    -------
    root : (acts,)
        The act itself where it has no cause.
    link : (acts,)
        The link to the likeliest cause; -1: none.
    """
    n = len(start) - 1
    root, link = np.arange(n).astype(np.int32), np.full(n, -1, np.int64)
    for j in range(n):
        best, total = -1, 0.0
        for e in range(start[j], start[j + 1]):
            total += probability[e]
            if best < 0 or probability[e] > probability[best]:
                best = e
        if best >= 0 and probability[best] >= 1.0 - total - 1e-9:
            link[j] = best
            root[j] = root[cause[best]]
    return root, link

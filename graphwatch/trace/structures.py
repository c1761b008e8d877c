"""Kernels over branching structures: draw them, and count what descends from each account.

In one structure every act has one cause or is spontaneous, so the acts form trees. They are laid out in preorder, where a subtree is an
interval: of an account's acts, one counts only when no interval of the same account is still open. One structure costs O(n).
"""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import F32, F64, I8, I32, I64, Bools
from graphwatch.trace.groups import mix


@numba.njit(cache=True, nogil=True)
def expected_descendants(parent: I32, start: I64, node: I32, probability: F32, member: Bools) -> F64:
    """Give the expected interactions in the tree below each node, itself included, by one backward pass over the causes.

    Parameters
    ----------
    parent
        Known cause, -1: not known.
    start, node, probability
        Candidate causes, all earlier than their node, and their probabilities.
    member
        Nodes that count.
    """
    n = len(parent)
    out = np.empty(n)
    for i in range(n):
        out[i] = 1.0 if member[i] else 0.0
    for i in range(n - 1, -1, -1):
        if parent[i] >= 0:
            out[parent[i]] += out[i]
        else:
            for c in range(start[i], start[i + 1]):
                out[node[c]] += probability[c] * out[i]
    return out


@numba.njit(cache=True, nogil=True)
def accumulate(start: I64, spontaneous: F64, probability: F32) -> F32:
    """Give for each candidate the probability that the node is spontaneous or caused by it or a candidate before it."""
    out = np.empty(len(probability), np.float32)
    for i in range(len(spontaneous)):
        total = spontaneous[i]
        for c in range(start[i], start[i + 1]):
            total += probability[c]
            out[c] = total
    return out


@numba.njit(cache=True, nogil=True)
def draw_causes(
    parent: I32, start: I64, node: I32, spontaneous: F64, cumulative: F32, seed: int, sample: int, cause: I32, choice: I32
) -> None:
    """Draw one structure into ``cause`` (node, -1: spontaneous) and ``choice`` (candidate, -1: spontaneous, -2: known parent).

    Parameters
    ----------
    cumulative
        As from :func:`accumulate`.
    """
    for i in range(len(parent)):
        choice[i] = -1
        cause[i] = -1
        if parent[i] >= 0:
            cause[i] = parent[i]
            choice[i] = -2
            continue
        first, last = start[i], start[i + 1] - 1
        u = np.float32(mix(seed, i, sample))
        if last < first or u < spontaneous[i]:
            continue
        c = first
        for k in range(first, last):  # counting without a branch is faster than a search that stops
            c += cumulative[k] <= u
        choice[i] = c
        cause[i] = node[c]


@numba.njit(cache=True, nogil=True)
def account_credit(cause: I32, account: I32, member: Bools, size: I32, place: I32, order: I32, closes: I32, credit: I32) -> None:
    """Interactions that descend from each account in one structure, each counted once.

    Parameters
    ----------
    cause : (n,)
        Cause of each node, an earlier one; -1: spontaneous.
    size : (n,)
        Filled with the interactions in each node's tree.
    place, order : (n,)
        Scratch.
    closes : (accounts,)
        Scratch.
    credit : (accounts,)
        Filled with the counts.
    """
    n = len(cause)
    width = np.ones(n, np.int32)
    for i in range(n):
        size[i] = 1 if member[i] else 0
    for i in range(n - 1, -1, -1):
        if cause[i] >= 0:
            width[cause[i]] += width[i]
            size[cause[i]] += size[i]
    free = np.empty(n, np.int32)  # next place below each node
    top = 0
    for i in range(n):
        c = cause[i]
        if c >= 0:
            place[i] = free[c]
            free[c] += width[i]
        else:
            place[i] = top
            top += width[i]
        free[i] = place[i] + 1
        order[place[i]] = i
    credit[:] = 0
    closes[:] = 0
    for p in range(n):
        i = order[p]
        a = account[i]
        if p >= closes[a]:
            credit[a] += size[i]
            closes[a] = p + width[i]


@numba.njit(cache=True, nogil=True)
def known_credit(parent: I32, account: I32, member: Bools, accounts: int) -> I32:
    """Give the interactions that descend from each account by known parents alone: the least credit in any structure.

    Parameters
    ----------
    parent
        Known cause, -1: not known.

    Examples
    --------
    >>> parent, account = np.array([-1, 0, 1, -1], np.int32), np.array([0, 1, 0, 1], np.int32)
    >>> known_credit(parent, account, np.ones(4, np.bool_), 2).tolist()
    [3, 3]
    """
    n = len(parent)
    credit = np.empty(accounts, np.int32)
    size, place, order = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    account_credit(parent, account, member, size, place, order, np.empty(accounts, np.int32), credit)
    return credit


@numba.njit(cache=True, nogil=True)
def sample_structures(
    parent: I32,
    start: I64,
    node: I32,
    relation: I8,
    spontaneous: F64,
    cumulative: F32,
    account: I32,
    member: Bools,
    may_initiate: Bools,
    descendants_needed: int,
    may_incite: Bools,
    mobilising: Bools,
    offspring_needed: I32,
    called_needed: int,
    linked: float,
    seed: int,
    first: int,
    samples: int,
    credit_samples: I32,
    initiated: I32,
    incited: I32,
) -> I32:
    """Draw structures ``first … first + samples - 1`` and add up what each says of the accounts.

    Parameters
    ----------
    linked
        Probability that an act which nothing but the crowd links to its cause is taken for one that came by itself.
    credit_samples : (all samples, accounts)
        Rows of these samples are filled.
    initiated, incited : (accounts,)
        Samples in which the rule holds; added to.

    Returns
    -------
    choice : (n,)
        The last structure, as in :func:`draw_causes`.
    """
    n, accounts = len(parent), credit_samples.shape[1]
    cause, choice = np.empty(n, np.int32), np.empty(n, np.int32)
    size, place, order = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    closes = np.empty(accounts, np.int32)
    direct, called, seen = np.empty(accounts, np.int32), np.empty(accounts, np.int32), np.full(accounts, -1, np.int64)
    watched = np.empty(n, np.bool_)  # few acts can make an inciter: the rest costs one look
    for i in range(n):
        watched[i] = may_incite[i] and (mobilising[i] or offspring_needed[account[i]] <= n)
    for s in range(first, first + samples):
        draw_causes(parent, start, node, spontaneous, cumulative, seed, s, cause, choice)
        account_credit(cause, account, member, size, place, order, closes, credit_samples[s])
        direct[:] = 0
        called[:] = 0
        for i in range(n):
            c = cause[i]
            if may_initiate[i] and size[i] - (1 if member[i] else 0) >= descendants_needed and seen[account[i]] != s:
                by_crowd = choice[i] >= 0 and relation[choice[i]] == 0  # nothing but the crowd links it to its cause
                if c < 0 or (by_crowd and mix(seed ^ 1, i, s) < linked):
                    seen[account[i]] = s
                    initiated[account[i]] += 1
            if c >= 0 and watched[c] and member[i]:
                a = account[c]
                if account[i] != a:
                    direct[a] += 1
                    if mobilising[c]:
                        called[a] += 1
        for a in range(accounts):
            if direct[a] >= offspring_needed[a] or called[a] >= called_needed:
                incited[a] += 1
    return choice


@numba.njit(cache=True, nogil=True)
def summarise(credit_samples: I32, low: float, high: float) -> tuple[F64, F64, F64]:
    """Mean and two mid-p quantiles of each column.

    Counts have lumps. A value belongs to the interval when the samples below it and half of those at it (its mid-p; Lancaster 1961) are at
    least the share ``low`` and at most ``high``: so intervals hold the wanted share on average, where the usual quantiles hold more.

    Parameters
    ----------
    credit_samples : (samples, accounts)
    """
    samples, accounts = credit_samples.shape
    mean, bottom, top = np.empty(accounts), np.empty(accounts), np.empty(accounts)
    width = 16  # columns that share a line of the cache
    block = np.empty((width, samples), np.int32)
    small = np.zeros(256, np.int32)
    for first in range(0, accounts, width):
        size = min(width, accounts - first)
        for s in range(samples):
            for k in range(size):
                block[k, s] = credit_samples[s, first + k]
        for k in range(size):
            mean[first + k], bottom[first + k], top[first + k] = _summary(block[k], low * samples, high * samples, small)
    return mean, bottom, top


@numba.njit(cache=True, nogil=True)
def _summary(values: I32, lower: float, upper: float, small: I32) -> tuple[float, int, int]:
    total = np.int64(0)
    least, most = values[0], values[0]
    for v in values:
        total += v
        least, most = min(least, v), max(most, v)
    mean = total / len(values)
    if most == least:
        return mean, least, least
    bottom, top, below, found = least, least, 0, False
    if most >= len(small):
        ordered = np.sort(values)
        while below < len(ordered):
            last = below + 1
            while last < len(ordered) and ordered[last] == ordered[below]:
                last += 1
            middle = 0.5 * (below + last)
            if middle >= lower and not found:
                bottom, found = ordered[below], True
            if middle <= upper or below == 0:
                top = ordered[below]
            below = last
        return mean, bottom, max(top, bottom)
    small[least : most + 1] = 0
    for v in values:
        small[v] += 1
    for v in range(least, most + 1):
        if small[v] == 0:
            continue
        middle = below + 0.5 * small[v]
        if middle >= lower and not found:
            bottom, found = v, True
        if middle <= upper or below == 0:
            top = v
        below += small[v]
    return mean, bottom, max(top, bottom)

"""Kernels of the test of earlier co-action: who was how active, whose shares are compared, and pairs in sets dealt out by chance."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, I32, I64, Bools

_BATCH: Final = 4_000_000


@numba.njit(cache=True)
def move_window(account: I32, active: I64, stratum: I32, sizes: I64, stratum_of: I32, begin: int, end: int, change: int) -> None:
    """Add or take away shares: change the counts of shares by account and what follows from them, in place.

    Parameters
    ----------
    account : (shares,)
        Account of each share, by time.
    active, stratum : (accounts,)
        Shares of each account, and its stratum.
    sizes : (strata,)
        Accounts in each.
    stratum_of
        Stratum of each number of shares.
    begin, end
        Shares to add (change 1) or to take away (change -1).
    """
    for k in range(begin, end):
        a = account[k]
        active[a] += change
        s = stratum_of[active[a]]
        if s != stratum[a]:
            sizes[stratum[a]] -= 1
            sizes[s] += 1
            stratum[a] = s


@numba.njit(cache=True)
def by_stratum(stratum: I32, sizes: I64, barred: Bools, wanted: Bools) -> tuple[I64, I64, I32]:
    """List the accounts of the wanted strata, grouped by stratum and ascending within one.

    Parameters
    ----------
    stratum, barred : (accounts,)
        Stratum of each, and whether to leave it out.
    sizes, wanted : (strata,)
        Accounts in each, and whether it is wanted.

    Returns
    -------
    first, last : (strata,)
        Where each stratum's accounts begin and end.
    accounts
    """
    first = np.zeros(len(sizes), np.int64)
    total = 0
    for s in range(len(sizes)):
        first[s] = total
        if wanted[s]:
            total += sizes[s]
    last = first.copy()
    accounts = np.empty(total, np.int32)
    for a in range(len(stratum)):
        s = stratum[a]
        if wanted[s] and not barred[a]:
            accounts[last[s]] = a
            last[s] += 1
    return first, last, accounts


@numba.njit(cache=True)
def shares_of(pool: I32, first: I64, share: I32, at: I64, begin: int, end: int) -> I32:
    """List the pool's shares from ``begin`` to before ``end``, ascending, so grouped by object and in time.

    Parameters
    ----------
    pool
        Accounts.
    first, share
        Shares of each account as compressed lists.
    at : (shares,)
        µs.
    """
    size = 0
    for a in pool:
        size += first[a + 1] - first[a]
    used = np.empty(size, np.int32)
    n = 0
    for a in pool:
        for k in range(first[a], first[a + 1]):
            if begin <= at[share[k]] < end:
                used[n] = share[k]
                n += 1
    return np.sort(used[:n])


def expected_pairs(stratum: I32, inside: Bools, a: I32, b: I32) -> float:
    """Give the mean number of pairs with both accounts in a set dealt out anew within each stratum.

    Parameters
    ----------
    stratum, inside : (accounts,)
        Of each account that takes part, and whether it is in the set.
    a, b : (pairs,)
        Places among the accounts.

    Examples
    --------
    Two of four accounts, and one pair: it is within the set in one of six deals.

    >>> round(expected_pairs(np.zeros(4, np.int32), np.array([True, True, False, False]), np.array([0]), np.array([3])), 3)
    0.167
    """
    held = np.bincount(stratum).astype(np.float64)
    members = np.bincount(stratum, weights=inside)
    share = np.divide(members, held, out=np.zeros(len(held)), where=held > 0)
    second = np.divide(members - 1, held - 1, out=np.zeros(len(held)), where=held > 1)
    one, other = stratum[a], stratum[b]
    return float((share[one] * np.where(one == other, second[other], share[other])).sum())


def drawn_pairs(stratum: I32, inside: Bools, a: I32, b: I32, draws: int, rng: np.random.Generator) -> I64:
    """Count the pairs in each of ``draws`` sets that are dealt out anew within each stratum; parameters as of :func:`expected_pairs`.

    Notes
    -----
    Only the accounts of some pair are dealt: going through those of a stratum, each is in the set with the probability of what is
    left of the set over what is left of the stratum (selection sampling, Knuth, TAOCP 2, 3.4.2), which is the law of a random
    permutation seen at these places.
    """
    held, members = np.bincount(stratum), np.bincount(stratum, weights=inside).astype(np.int64)
    nodes, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    order = np.argsort(stratum[nodes], kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    ends = rank[place].reshape(2, -1)
    level = stratum[nodes[order]]
    batch = max(1, min(draws, _BATCH // max(len(nodes), 1)))
    found = []
    for begin in range(0, draws, batch):
        chance = rng.random((min(batch, draws - begin), len(nodes)))
        found.append(_deal(chance, level, held, members, ends[0], ends[1]))
    return np.concatenate(found)


@numba.njit(cache=True)
def _deal(chance: F64, level: I32, held: I64, members: I64, a: I32, b: I32) -> I64:
    """Count pairs within the set for each row of random numbers; ``level`` is ascending."""
    pairs = np.zeros(len(chance), np.int64)
    dealt = np.zeros(len(level), np.bool_)
    for d in range(len(chance)):
        left = wanted = 0
        for k in range(len(level)):
            if k == 0 or level[k] != level[k - 1]:
                left, wanted = held[level[k]], members[level[k]]
            dealt[k] = chance[d, k] * left < wanted
            left -= 1
            if dealt[k]:
                wanted -= 1
        for p in range(len(a)):
            if dealt[a[p]] and dealt[b[p]]:
                pairs[d] += 1
    return pairs

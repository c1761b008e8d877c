"""How often two accounts would act together by chance: a null that keeps every account's activity and every object's popularity.

Within a stratum (one type of object, one stretch of time) the null keeps when which object was shared and how often each account
shared, and deals the accounts out to the shares at random. If an object has T pairs of shares there that count as co-actions, and
account a has k_a of the stratum's M shares, the pair (a, b) is expected to have

    λ = 2 k_a k_b T / (M² − Σ k²)

of them: the hypergeometric of one pair of shares, summed over pairs. Meeting often on one object is one meeting, with probability
1 − exp(−λ). So the *independent* meetings of a pair (``acts``, at most its distinct objects) are a sum of Bernoulli trials, one an
object: Poisson-binomial, of mean Σ (1 − exp(−λ)) over objects and strata, or the same without strata where that is more (accounts
that met across the border of two strata would have 0 otherwise). Its upper tail is at most the Poisson's of the same mean from one
above the mean on (Hoeffding 1956; Anderson & Samuels 1967), which is what is used. Tests check it against permutation.

What breaks it: shared interests. Two fans who share everything of one celebrity meet more often than their activity says; the null
knows activity, popularity, type and hour, not taste. So a small p-value says "not by activity alone", never "by arrangement".
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, HOUR, I32, I64

STEPS: Final = 4
"""Entries per doubling in the table of expected meetings."""
LEAST_SHARES: Final = 2000
"""Shares that a stratum has at least. Smaller ones would explain a ring by itself: where only the ring acts, meeting is no surprise."""


@numba.njit(cache=True)
def _merge_hours(counts: I64, least: int) -> I32:
    """Give each hour the number of its stretch, so that each stretch but an only one has at least ``least`` shares."""
    stretch = np.zeros(len(counts), np.int32)
    current, held = 0, 0
    for h in range(len(counts)):
        if held >= least:
            current += 1
            held = 0
        stretch[h] = current
        held += counts[h]
    if held < least and current > 0:  # a short rest joins the stretch before it
        stretch[stretch == current] = current - 1
    return stretch


def _hours(at: I64) -> tuple[I64, I64]:
    """Give each share the number of its hour, and each hour its shares; without sorting where the span allows it."""
    hour = at // HOUR
    hour -= hour.min()
    if hour.max() > len(at) + 10**6:
        _, place, counts = np.unique(hour, return_inverse=True, return_counts=True)
        return place, counts
    counts = np.bincount(hour)
    return (np.cumsum(counts > 0) - 1)[hour], counts[counts > 0]


def strata(at: I64, sort: I32, least: int = LEAST_SHARES) -> tuple[I32, int]:
    """Divide shares by sort of object and by stretches of whole hours with enough shares.

    Parameters
    ----------
    at : (shares,)
        µs.
    sort : (shares,)
        Sort of each share's object, 0, 1, ….
    least
        Fewest shares of a stratum; a sort with fewer has one stratum.

    Returns
    -------
    stratum : (shares,)
    strata
        How many there are.

    Examples
    --------
    >>> hours = np.array([0, 0, 1, 1, 2, 3]) * HOUR
    >>> strata(hours, np.zeros(6, np.int32), least=2)[0].tolist()
    [0, 0, 1, 1, 2, 2]
    """
    stratum = np.zeros(len(at), np.int32)
    number = 0
    for s in np.flatnonzero(np.bincount(sort)):
        of_sort = sort == s
        hour, counts = _hours(at[of_sort])
        stretch = _merge_hours(counts, least)
        stratum[of_sort] = number + stretch[hour]
        number += int(stretch[-1]) + 1
    return stratum, number


@numba.njit(cache=True)
def _meet(a: I32, b: I32, first: I64, held: I32, shares: I64, rate: F64) -> F64:
    """Sum the chances of meeting over the strata that two accounts have in common.

    ``rate[s, 4 log₂ x]`` is the expected meetings over x = shares_a · shares_b. It falls with x and is convex, so what lies between
    two entries of the table is over-estimated, if at all.
    """
    expected = np.zeros(len(a), np.float64)
    for e in range(len(a)):
        i, i_end = first[a[e]], first[a[e] + 1]
        j, j_end = first[b[e]], first[b[e] + 1]
        while i < i_end and j < j_end:
            if held[i] == held[j]:
                x = float(shares[i]) * float(shares[j])
                place = STEPS * np.log2(x)
                k = int(place)
                low, high = 2.0 ** (k / STEPS), 2.0 ** ((k + 1) / STEPS)
                part = min(max((x - low) / (high - low), 0.0), 1.0)
                expected[e] += x * ((1 - part) * rate[held[i], k] + part * rate[held[i], k + 1])
                i += 1
                j += 1
            elif held[i] < held[j]:
                i += 1
            else:
                j += 1
    return expected


def expected_meetings(a: I32, b: I32, account: I32, stratum: I32, runs: tuple[I32, I32, I64], strata: int) -> F64:
    """Give the distinct objects on which each pair of accounts is expected to meet under the null of this module.

    Parameters
    ----------
    a, b : (edges,)
        Account codes.
    account, stratum : (shares,)
        Of each share.
    runs : three of (runs,)
        Object, stratum and number of co-actions of each object in each stratum, loops left out; from
        :func:`graphwatch.detect.pairs.count_pairs`.
    strata
        How many there are.

    Returns
    -------
    expected : (edges,)
        Mean of the Poisson-binomial of each pair.

    Examples
    --------
    Three accounts with one share each and three co-actions, each on an object of its own: one for each pair, less what falls together.

    >>> one, three = np.zeros(3, np.int32), np.arange(3, dtype=np.int32)
    >>> expected_meetings(one[:1], one[:1] + 1, three, one, (three, one, np.ones(3, np.int64)), 1).round(2).tolist()
    [0.85]
    """
    run_object, run_stratum, run_pairs = runs
    divided = _expected(a, b, account, stratum, run_stratum, run_pairs, strata)
    if strata <= 1:
        return divided
    totals = np.bincount(run_object, weights=run_pairs).astype(np.int64)
    whole = totals[totals > 0]
    together = _expected(a, b, account, np.zeros_like(stratum), np.zeros(len(whole), np.int32), whole, 1)
    return np.maximum(divided, together)


def _expected(a: I32, b: I32, account: I32, stratum: I32, run_stratum: I32, run_pairs: I64, strata: int) -> F64:
    first, held, shares = _count_by_account(account, stratum, int(account.max()) + 1 if len(account) else 0, strata)
    total = np.bincount(held, weights=shares, minlength=strata)
    squares = np.bincount(held, weights=shares.astype(np.float64) ** 2, minlength=strata)
    free = total**2 - squares
    chance = np.divide(2.0, free, out=np.zeros(strata), where=free > 0)
    return _meet(a, b, first, held, shares, _rates(chance, run_stratum, run_pairs, int(shares.max()) if len(shares) else 1))


def _rates(chance: F64, run_stratum: I32, run_pairs: I64, most: int) -> F64:
    """Give expected meetings over x = shares_a · shares_b, for x = 2^(k / STEPS) up to most²; runs with equally many pairs are one."""
    key, repeats = np.unique(np.column_stack([run_stratum.astype(np.int64), run_pairs]), axis=0, return_counts=True)
    rate = chance[key[:, 0]] * key[:, 1]
    steps = int(STEPS * 2 * np.log2(max(most, 1))) + 3
    table = np.zeros((len(chance), steps))
    for k in range(steps):
        x = 2.0 ** (k / STEPS)
        table[:, k] = np.bincount(key[:, 0], weights=repeats * -np.expm1(-x * rate), minlength=len(chance)) / x
    return table


@numba.njit(cache=True)
def _count_by_account(account: I32, stratum: I32, accounts: int, strata: int) -> tuple[I64, I32, I64]:
    """Count shares by (account, stratum): two stable counting sorts, then runs.

    Returns
    -------
    first : (accounts + 1,)
        Where each account's entries begin.
    held, shares
        Stratum, ascending within an account, and number of shares.
    """
    n = len(account)
    place = np.zeros(strata + 1, np.int64)
    for s in stratum:
        place[s + 1] += 1
    for s in range(strata):
        place[s + 1] += place[s]
    by_stratum = np.empty(n, np.int32)
    for i in range(n):
        by_stratum[place[stratum[i]]] = i
        place[stratum[i]] += 1
    begin = np.zeros(accounts + 1, np.int64)
    for i in range(n):
        begin[account[i] + 1] += 1
    for k in range(accounts):
        begin[k + 1] += begin[k]
    at = begin.copy()
    first = np.zeros(accounts + 1, np.int64)
    held = np.empty(n, np.int32)
    for share in by_stratum:
        held[at[account[share]]] = stratum[share]
        at[account[share]] += 1
    shares = np.zeros(n, np.int64)
    m = 0
    for k in range(accounts):
        first[k] = m
        for i in range(begin[k], begin[k + 1]):
            if i == begin[k] or held[i] != held[m - 1]:
                held[m] = held[i]
                m += 1
            shares[m - 1] += 1
    first[accounts] = m
    return first, held[:m].copy(), shares[:m].copy()

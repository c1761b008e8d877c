"""Synchrony: whether accounts of one agency act closer together in time than accounts of different agencies.

It stands beside a finding and never enters its p-value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, I32, I64

MOST: Final = 400
"""Signed accounts of a scope that are looked at; of more, so many are drawn."""
PERMUTATIONS: Final = 999
_ACTS: Final = 200  # acts of an account that are looked at, the first ones


@dataclass(frozen=True, slots=True)
class Synchrony:
    """How close together the accounts of one agency act.

    Attributes
    ----------
    pairs
        Pairs of its accounts.
    within, across
        Share of the pairs of acts, one of each account, that lie within the window: mean over pairs of the agency's accounts, and over
        pairs of accounts of different agencies.
    p_value
        Chance of so high a mean when agencies are dealt out anew among the signed accounts; lower is stronger.
    """

    pairs: int
    within: float
    across: float
    p_value: float

    @property
    def ratio(self) -> float:
        """Effect size: ``within`` over ``across``; 1: no closer than different agencies; NaN: nobody of different agencies is close."""
        return self.within / self.across if self.across > 0 else math.nan


def agency_synchrony(account: I32, at: I64, agency: Mapping[int, int], window: int, rng: np.random.Generator) -> dict[int, Synchrony]:
    """Compare pairs of one agency's accounts with pairs of different agencies'.

    Parameters
    ----------
    account, at : (acts,)
        Account code and time in µs of each act in the scope, by time.
    agency
        Account code → agency, of the signed accounts.
    window
        µs within which two acts are synchronous.
    rng
        Draws the permutations.

    Returns
    -------
    dict
        Agency → :class:`Synchrony`, for agencies with two accounts or more where another agency has any.

    Notes
    -----
    A pair's value is the number of its pairs of acts within the window over all its pairs of acts, so that busy accounts are not thought
    synchronous for being busy. Under the null the agencies' labels are exchangeable among the signed accounts of the scope, each agency
    keeping its number; p = (1 + b) / (1 + m) (Phipson & Smyth 2010). Accounts that are not signed play no part: it is asked whether the
    agency's accounts are closer than signed accounts in the same crowd, which follow the same clock and the same events.

    What breaks it: accounts of one agency that share a public or a live programme answer the same moment; few signed accounts (two of one
    agency and one of another give a p of 1/3 at best); more than :data:`MOST` signed accounts are a sample.

    Examples
    --------
    >>> account = np.arange(8, dtype=np.int32)
    >>> at = np.array([0, 1, 2, 3, 500, 600, 700, 800]) * 1_000_000
    >>> found = agency_synchrony(account, at, {i: i // 4 for i in range(8)}, 10_000_000, np.random.default_rng(0))
    >>> found[0].within, found[0].across, found[0].p_value < 0.05, found[1].p_value
    (1.0, 0.0, True, 1.0)
    """
    signed = np.array(sorted(agency), np.int64)
    if len(signed) > MOST:
        signed = np.sort(rng.choice(signed, MOST, replace=False))
    label = np.array([agency[code] for code in signed.tolist()], np.int64)
    if len(np.unique(label)) < 2:
        return {}
    order = np.argsort(label, kind="stable")
    signed, label = signed[order], label[order]
    first = np.concatenate([[0], np.flatnonzero(np.diff(label)) + 1, [len(label)]])
    if np.diff(first).max() < 2:
        return {}
    pair = _pair_matrix(account, at, signed, window)
    deals = np.concatenate([[np.arange(len(signed))], rng.permuted(np.tile(np.arange(len(signed)), (PERMUTATIONS, 1)), axis=1)])
    sums = _block_sums(pair, deals, first)
    across = _across(pair, first)
    found = {}
    for k, (low, high) in enumerate(zip(first[:-1].tolist(), first[1:].tolist(), strict=True)):
        pairs = (high - low) * (high - low - 1) // 2
        if pairs:
            reached = int(np.count_nonzero(sums[1:, k] >= sums[0, k] - 1e-9))
            p_value = (1 + reached) / (1 + PERMUTATIONS)
            found[int(label[low])] = Synchrony(pairs, min(1.0, float(sums[0, k]) / pairs), across, p_value)
    return found


def _pair_matrix(account: I32, at: I64, signed: I64, window: int) -> F64:
    """Share of the pairs of acts of each two accounts that lie within the window; symmetric, diagonal 0."""
    ordered = np.argsort(signed)
    place = np.searchsorted(signed[ordered], account)
    place[place == len(signed)] = 0
    known = signed[ordered][place] == account
    of_act = ordered[place[known]]
    order = np.lexsort((at[known], of_act))
    of_act, times = of_act[order], at[known][order]
    first = np.searchsorted(of_act, np.arange(len(signed) + 1))
    return np.asarray(_close_shares(times, first.astype(np.int64), window, _ACTS))


def _across(pair: F64, first: I64) -> float:
    """Mean over pairs of accounts of different agencies."""
    inner = sum(float(pair[low:high, low:high].sum()) for low, high in zip(first[:-1].tolist(), first[1:].tolist(), strict=True))
    sizes = np.diff(first)
    number = len(pair) ** 2 - int((sizes**2).sum())
    return max(0.0, (float(pair.sum()) - inner) / number)


@numba.njit(cache=True)
def _close_shares(at: I64, first: I64, window: int, most: int) -> F64:
    accounts = len(first) - 1
    share = np.zeros((accounts, accounts))
    for a in range(accounts):
        a_end = min(first[a + 1], first[a] + most)
        for b in range(a + 1, accounts):
            b_end = min(first[b + 1], first[b] + most)
            low = first[b]
            high = first[b]
            close = 0
            for i in range(first[a], a_end):
                while low < b_end and at[low] < at[i] - window:
                    low += 1
                while high < b_end and at[high] <= at[i] + window:
                    high += 1
                close += high - low
            whole = (a_end - first[a]) * (b_end - first[b])
            if whole > 0:
                share[a, b] = close / whole
                share[b, a] = share[a, b]
    return share


@numba.njit(cache=True)
def _block_sums(pair: F64, deals: I64, first: I64) -> F64:
    """Sum over the pairs of each block, for each deal of the accounts to the blocks."""
    sums = np.zeros((len(deals), len(first) - 1))
    for d in range(len(deals)):
        for k in range(len(first) - 1):
            total = 0.0
            for i in range(first[k], first[k + 1]):
                for j in range(first[k], i):
                    total += pair[deals[d, i], deals[d, j]]
            sums[d, k] = total
    return sums

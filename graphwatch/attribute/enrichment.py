"""Is a group over-represented among participants? The exact stratified test, and its permutation twin.

All functions take one 2 × 2 table per stratum in this form, as arrays over strata: ``size`` accounts, ``group`` of them in the group
(an agency's), ``drawn`` of them participants, ``both`` of them in the group and participants.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, I64

SMALLEST_P: Final = 1e-30
_DROPPED: Final = 1e-40  # single probabilities below are left out of a distribution; far below SMALLEST_P even in sum


def expected_both(size: I64, group: I64, drawn: I64) -> float:
    """Give the mean number of the group's accounts among the participants when chance alone decides within each stratum.

    Examples
    --------
    >>> expected_both(np.array([100, 10]), np.array([10, 5]), np.array([20, 2]))
    3.0
    """
    filled = size > 0
    return float((group[filled] * drawn[filled] / size[filled]).sum())


def exact_p_value(size: I64, group: I64, drawn: I64, both: int) -> float:
    """Probability of ``both`` or more of the group among the participants; lower is stronger evidence of over-representation.

    Given the strata, the number in each is hypergeometric and the strata are independent; their sum's distribution is the
    convolution. It is what stratified permutation converges to, without its floor of 1 / (1 + permutations).

    Parameters
    ----------
    size, group, drawn : (strata,)
    both
        Observed number over all strata.

    Returns
    -------
    float
        In [:data:`SMALLEST_P`, 1].

    Examples
    --------
    >>> round(exact_p_value(np.array([20]), np.array([5]), np.array([4]), 3), 6)
    0.031992
    """
    return min(1.0, max(SMALLEST_P, float(_upper_tail(size, group, drawn, both))))


def enrichment_of_groups(size: I64, drawn: I64, group: I64, both: I64) -> tuple[F64, F64]:
    """Give :func:`expected_both` and :func:`exact_p_value` of several groups at once.

    Parameters
    ----------
    size, drawn : (strata,)
    group, both : (groups, strata)

    Returns
    -------
    expected, p_value : (groups,)
    """
    expected, tail = _expected_and_tail(size, drawn, group, both)
    return expected, np.clip(tail, SMALLEST_P, 1.0)


@numba.njit(cache=True)
def _expected_and_tail(size: I64, drawn: I64, group: I64, both: I64) -> tuple[F64, F64]:
    expected, tail = np.zeros(len(group)), np.empty(len(group))
    for i in range(len(group)):
        for k in range(len(size)):
            if size[k] > 0:
                expected[i] += group[i, k] * drawn[k] / size[k]
        tail[i] = _upper_tail(size, group[i], drawn, both[i].sum())
    return expected, tail


def permutation_p_value(size: I64, group: I64, drawn: I64, both: int, permutations: int, rng: np.random.Generator) -> float:
    """Estimate :func:`exact_p_value` by permutation within strata, as (1 + b) / (1 + m) (Phipson & Smyth 2010).

    Shuffling the participants' labels within a stratum and counting the group's is a hypergeometric draw, so the counts are drawn.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> permutation_p_value(np.array([20]), np.array([5]), np.array([4]), 3, 1999, rng)
    0.034
    """
    counts = np.zeros(permutations, np.int64)
    for n, k, m in zip(size.tolist(), group.tolist(), drawn.tolist(), strict=True):
        if k and m:
            counts += rng.hypergeometric(k, n - k, m, permutations)
    return float((1 + np.count_nonzero(counts >= both)) / (1 + permutations))


@numba.njit(cache=True)
def _hypergeometric(size: int, group: int, drawn: int) -> tuple[int, F64]:
    """Probabilities of lowest, lowest + 1, …; worked outward from the mode by ratios, so no logarithms of factorials are needed."""
    least = max(0, drawn + group - size)
    most = min(drawn, group)
    mode = min(max((drawn + 1) * (group + 1) // (size + 2), least), most)
    weight = np.zeros(most - least + 1)
    weight[mode - least] = 1.0
    low = mode
    while low > least and weight[low - least] > _DROPPED:
        ratio = low * (size - group - drawn + low) / ((group - low + 1.0) * (drawn - low + 1.0))
        weight[low - 1 - least] = weight[low - least] * ratio
        low -= 1
    high = mode
    while high < most and weight[high - least] > _DROPPED:
        ratio = (group - high) * (drawn - high) / ((high + 1.0) * (size - group - drawn + high + 1.0))
        weight[high + 1 - least] = weight[high - least] * ratio
        high += 1
    kept = weight[low - least : high - least + 1]
    return low, kept / kept.sum()


@numba.njit(cache=True)
def _sum_distribution(size: I64, group: I64, drawn: I64) -> tuple[int, F64]:
    """Distribution of the sum over strata: lowest value and the probabilities from it on."""
    lowest = 0
    total = np.ones(1)
    for s in range(len(size)):
        if group[s] == 0 or drawn[s] == 0:
            continue
        low, one = _hypergeometric(size[s], group[s], drawn[s])
        lowest += low
        both = np.zeros(len(total) + len(one) - 1)
        for i in range(len(total)):
            for j in range(len(one)):
                both[i + j] += total[i] * one[j]
        first, last = 0, len(both)
        while first < last - 1 and both[first] < _DROPPED:
            first += 1
        while last - 1 > first and both[last - 1] < _DROPPED:
            last -= 1
        lowest += first
        total = both[first:last]
    return lowest, total


@numba.njit(cache=True)
def _upper_tail(size: I64, group: I64, drawn: I64, both: int) -> float:
    lowest, total = _sum_distribution(size, group, drawn)
    tail = 0.0
    for value in range(len(total) - 1, max(both - lowest, 0) - 1, -1):  # from the smallest on, so that nothing is lost
        tail += total[value]
    return tail

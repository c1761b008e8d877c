"""Common odds ratio over strata: how much more often a group takes part than the rest of its stratum.

The functions take the same tables as :mod:`graphwatch.attribute.enrichment`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from scipy.special import ndtri

from graphwatch.model import F64, I64


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """Common odds ratio over strata with its interval; 1: the group takes part as often as the rest, higher: more often."""

    ratio: float
    low: float
    high: float


def mantel_haenszel(size: I64, group: I64, drawn: I64, both: I64, level: float = 0.95) -> OddsRatio:
    """Estimate the common odds ratio (Mantel & Haenszel 1959) with the variance of Robins, Breslow & Greenland (1986).

    Parameters
    ----------
    size, group, drawn, both : (strata,)
        Accounts, the group's, participants, and the group's participants in each stratum.
    level
        Coverage of the interval.

    Returns
    -------
    OddsRatio
        NaN where no stratum holds the group, others, participants and others. Where as few of the group took part as could, the ratio is
        0, where as many as could, infinite; the one finite end of the interval is then the exact conditional one (Gart 1970), since
        adding half an account to each cell, as is often done, misleads when there are many small strata.

    Examples
    --------
    >>> odds = mantel_haenszel(np.array([100]), np.array([20]), np.array([30]), np.array([12]))
    >>> round(odds.ratio, 3), round(odds.low, 3), round(odds.high, 3)
    (5.167, 1.831, 14.576)
    """
    low, high, ratio = _odds(size, drawn, group, both, (1 - level) / 2, float(ndtri((1 + level) / 2)))
    return OddsRatio(ratio, low, high)


def odds_of_groups(size: I64, drawn: I64, group: I64, both: I64, level: float = 0.95) -> tuple[F64, F64, F64]:
    """Estimate the common odds ratio of several groups at once, see :func:`mantel_haenszel`.

    Parameters
    ----------
    size, drawn : (strata,)
    group, both : (groups, strata)

    Returns
    -------
    ratio, low, high : (groups,)
    """
    low, high, ratio = _odds_of_groups(size, drawn, group, both, (1 - level) / 2, float(ndtri((1 + level) / 2)))
    return ratio, low, high


@numba.njit(cache=True)
def _odds_of_groups(size: I64, drawn: I64, group: I64, both: I64, tail: float, reach: float) -> tuple[F64, F64, F64]:
    low, high, ratio = np.empty(len(group)), np.empty(len(group)), np.empty(len(group))
    for i in range(len(group)):
        low[i], high[i], ratio[i] = _odds(size, drawn, group[i], both[i], tail, reach)
    return low, high, ratio


@numba.njit(cache=True)
def _odds(size: I64, drawn: I64, group: I64, both: I64, tail: float, reach: float) -> tuple[float, float, float]:
    """Interval and ratio; ``reach`` is the normal quantile of its level."""
    ad = bc = pr = cross = qs = 0.0  # Σ r, Σ s, Σ pr, Σ (ps + qr), Σ qs of Robins, Breslow & Greenland
    telling = False
    for k in range(len(size)):
        if not (0 < group[k] < size[k] and 0 < drawn[k] < size[k]):
            continue
        telling = True
        n = float(size[k])
        a, b, c = float(both[k]), float(group[k] - both[k]), float(drawn[k] - both[k])
        d = n - a - b - c
        p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
        ad += r
        bc += s
        pr += p * r
        cross += p * s + q * r
        qs += q * s
    if not telling:
        return math.nan, math.nan, math.nan
    if ad == 0.0:
        return 0.0, _upper_limit(size, drawn, group, tail), 0.0
    if bc == 0.0:
        return 1.0 / _upper_limit(size, size - drawn, group, tail), math.inf, math.inf
    width = reach * math.sqrt(pr / (2.0 * ad * ad) + cross / (2.0 * ad * bc) + qs / (2.0 * bc * bc))
    log_ratio = math.log(ad / bc)
    return math.exp(log_ratio - width), math.exp(log_ratio + width), math.exp(log_ratio)


@numba.njit(cache=True)
def _upper_limit(size: I64, drawn: I64, group: I64, tail: float) -> float:
    """Odds ratio at which the least possible counts in all strata together have a chance of ``tail``.

    The log-chance is concave in the log ratio, so Newton's steps reach the root; one that leaves the bracket is a bisection instead.
    """
    low, high, at = -60.0, 60.0, 0.0
    wanted = -math.log(tail)
    for _ in range(200):
        value, slope = _log_surplus(size, drawn, group, at)
        if value > wanted:
            high = at
        else:
            low = at
        after = at - (value - wanted) / slope if slope > 0.0 else low - 1.0
        if not low <= after <= high:
            after = 0.5 * (low + high)
        if abs(after - at) <= 1e-13 * max(1.0, abs(at)):
            break
        at = after
    return math.exp(after)


@numba.njit(cache=True)
def _log_surplus(size: I64, drawn: I64, group: I64, log_ratio: float) -> tuple[float, float]:
    """Minus the log-chance of the least possible counts in all strata, at an odds ratio (Fisher's noncentral hypergeometric).

    Its slope, given too, is the mean of the counts above the least possible ones.
    """
    total = 0.0
    slope = 0.0
    for s in range(len(size)):
        if not (0 < group[s] < size[s] and 0 < drawn[s] < size[s]):
            continue
        least = max(0, drawn[s] + group[s] - size[s])
        most = min(drawn[s], group[s])
        term = 0.0  # logarithm of a count's weight against that of the least
        highest = 0.0
        scaled = 1.0  # sum of the weights over that of the highest
        above = 0.0  # the same sum, each times how far the count is above the least
        for k in range(least, most):
            others = size[s] - group[s] - drawn[s] + k + 1.0
            term += math.log((group[s] - k) * (drawn[s] - k) / ((k + 1.0) * others)) + log_ratio
            if term > highest:
                fall = math.exp(highest - term)
                scaled = scaled * fall + 1.0
                above = above * fall + (k + 1 - least)
                highest = term
            else:
                weight = math.exp(term - highest)
                scaled += weight
                above += weight * (k + 1 - least)
        total += highest + math.log(scaled)
        slope += above / scaled
    return total, slope

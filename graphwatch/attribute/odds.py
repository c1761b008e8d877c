"""Common odds ratio over strata: how much more often a group takes part than the rest of its stratum.

The functions take the same tables as :mod:`graphwatch.attribute.enrichment`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from scipy.optimize import brentq
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
    telling = (group > 0) & (group < size) & (drawn > 0) & (drawn < size)
    if not telling.any():
        return OddsRatio(math.nan, math.nan, math.nan)
    size, group, drawn, both = size[telling], group[telling], drawn[telling], both[telling]
    a, b, c = both.astype(np.float64), (group - both).astype(np.float64), (drawn - both).astype(np.float64)
    d = size - a - b - c
    tail = (1 - level) / 2
    if not (a * d).any():
        return OddsRatio(0.0, 0.0, _upper_limit(size, group, drawn, tail))
    if not (b * c).any():
        return OddsRatio(math.inf, 1 / _upper_limit(size, group, size - drawn, tail), math.inf)
    log_ratio, deviation = _log_odds(a, b, c, d)
    reach = float(ndtri(1 - tail)) * deviation
    return OddsRatio(math.exp(log_ratio), math.exp(log_ratio - reach), math.exp(log_ratio + reach))


def _log_odds(a: F64, b: F64, c: F64, d: F64) -> tuple[float, float]:
    n = a + b + c + d
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    rs, ss = float(r.sum()), float(s.sum())
    variance = (p * r).sum() / (2 * rs**2) + (p * s + q * r).sum() / (2 * rs * ss) + (q * s).sum() / (2 * ss**2)
    return math.log(rs / ss), math.sqrt(float(variance))


def _upper_limit(size: I64, group: I64, drawn: I64, tail: float) -> float:
    """Odds ratio at which the least possible counts in all strata together have a chance of ``tail``."""

    def excess(log_ratio: float) -> float:
        return float(_log_surplus(size, group, drawn, log_ratio)) + math.log(tail)

    return math.exp(float(brentq(excess, -60.0, 60.0)))


@numba.njit(cache=True)
def _log_surplus(size: I64, group: I64, drawn: I64, log_ratio: float) -> float:
    """Minus the log-chance of the least possible counts in all strata, at an odds ratio (Fisher's noncentral hypergeometric)."""
    total = 0.0
    for s in range(len(size)):
        least = max(0, drawn[s] + group[s] - size[s])
        most = min(drawn[s], group[s])
        term = 0.0  # logarithm of a count's weight against that of the least
        highest = 0.0
        scaled = 1.0  # sum of the weights over that of the highest
        for k in range(least, most):
            others = size[s] - group[s] - drawn[s] + k + 1.0
            term += math.log((group[s] - k) * (drawn[s] - k) / ((k + 1.0) * others)) + log_ratio
            if term > highest:
                scaled = scaled * math.exp(highest - term) + 1.0
                highest = term
            else:
                scaled += math.exp(term - highest)
        total += highest + math.log(scaled)
    return total

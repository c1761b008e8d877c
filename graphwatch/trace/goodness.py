"""Goodness of fit by time rescaling: under the right model the integrated intensity between events is exponential with mean 1.

Source: Ogata, JASA 1988; Brown et al., Neural Computation 2002.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy.special import kolmogorov

from graphwatch.model import F64, Bools
from graphwatch.trace.branching import Fit, Problem, exposure_of
from graphwatch.trace.em import strengths
from graphwatch.trace.nodes import Nodes


def exponential_mixture(scale: float, tail: float, parts: int = 48) -> tuple[F64, F64]:
    """Write a shape as a mixture of exponentials: rates (1/s) and weights that sum to one.

    A Lomax law is a Gamma(p, rate c) mixture of exponentials; the mixture over the log rate is cut at 1e-7 of the rates on either side.

    Examples
    --------
    >>> rates, weights = exponential_mixture(60.0, 1.5)
    >>> t = 300.0
    >>> round(float((weights * np.exp(-rates * t)).sum()), 4), round((1 + t / 60.0) ** -1.5, 4)
    (0.068, 0.068)
    """
    if np.isnan(tail):
        return np.array([1.0 / scale]), np.ones(1)
    edge = np.log(np.array([1e-7 ** (1 / max(tail, 0.4)), 20.0 + 4 * tail]) / scale)
    logs = np.linspace(edge[0], edge[1], parts)
    rates = np.exp(logs)
    weights = np.exp(tail * (logs + np.log(scale)) - scale * rates)
    return rates, weights / weights.sum()


def spread_ties(time: F64) -> F64:
    """Spread acts of the same time stamp evenly over the time to the next stamp, at most over the smallest gap between stamps.

    Examples
    --------
    >>> spread_ties(np.array([0.0, 0.0, 10.0, 15.0])).tolist()
    [0.0, 2.5, 10.0, 15.0]
    """
    stamps, first, count = np.unique(time, return_index=True, return_counts=True)
    if len(stamps) < 2:
        return time + np.arange(len(time)) / max(len(time), 1)
    gap = np.diff(stamps).min()
    rank = np.arange(len(time)) - np.repeat(first, count)
    spread: F64 = time + rank / np.repeat(count, count) * gap
    return spread


@numba.njit(cache=True, nogil=True)
def residuals(time: F64, point: Bools, strength: F64, background: F64, rates: F64, weights: F64) -> F64:
    """Integrated intensity between successive points.

    Parameters
    ----------
    time : (n,)
        Ascending, s; negative: before the onset, a source but no point.
    strength : (n,)
        Expected offspring of each act.
    background : (n,)
        Expected spontaneous acts from the onset to each act.
    """
    state = np.zeros(len(rates))
    out = np.empty(len(time))
    size = 0
    now, sum_before, due = min(time[0], 0.0) if len(time) else 0.0, 0.0, 0.0
    for i in range(len(time)):
        if now < 0 <= time[i]:  # what came before the onset is not counted
            state *= np.exp(rates * now)
            now, due = 0.0, 0.0
        decay = np.exp(-rates * (time[i] - now))
        due += (state * (1.0 - decay)).sum()
        state *= decay
        now = time[i]
        if point[i]:
            out[size] = due + background[i] - sum_before
            sum_before, due = background[i], 0.0
            size += 1
        state += strength[i] * weights
    return out[:size]


def rescaling_p_value(nodes: Nodes, problem: Problem, fitted: Fit, background: F64) -> float:
    """Kolmogorov–Smirnov p-value of the rescaled times; low says that the model does not fit. NaN with fewer than five interactions.

    Parameters
    ----------
    background : (n,)
        Share of the spontaneous acts that is due from the onset to each act.
    """
    if nodes.members < 5:
        return float("nan")
    strength = strengths(exposure_of(problem, fitted.reach), fitted.rate, fitted.marks, problem.child_share, problem.hostile)
    scale, tail = float(fitted.shapes.scale[fitted.shape]), float(fitted.shapes.tail[fitted.shape])
    rates, weights = exponential_mixture(scale, tail)
    found = residuals(spread_ties(nodes.time), nodes.member, strength * fitted.factor, background * fitted.spontaneous, rates, weights)
    return ks_p_value(-np.expm1(-found))


def ks_p_value(values: F64) -> float:
    """Kolmogorov–Smirnov p-value of values that should be uniform in [0, 1], by the limit law with Stephens' (1970) correction.

    Examples
    --------
    >>> round(ks_p_value((np.arange(20) + 0.5) / 20), 3), ks_p_value(np.full(20, 0.99)) < 1e-9
    (1.0, True)
    """
    ordered, n = np.sort(values), len(values)
    distance = max(float((np.arange(1, n + 1) / n - ordered).max()), float((ordered - np.arange(n) / n).max()))
    return float(kolmogorov((np.sqrt(n) + 0.12 + 0.11 / np.sqrt(n)) * distance))

"""Branching ratio of a burst by maximum likelihood, with its profile-likelihood interval.

Model: λ(t) = μ + n β Σ_{t_j < t} exp(-β (t - t_j)); n is the mean number of acts that one act brings about directly. Near or above 1 a
burst feeds itself. Source: Hawkes (1971); Ozaki (1979) for the O(N) recursion; the interval inverts the likelihood-ratio test (Wilks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from scipy.stats import chi2

from graphwatch.model import F64

FEWEST: Final = 8
_MOST: Final = 3.0  # largest n considered
_STEPS: Final = 14
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Branching:
    """Estimate of the branching ratio.

    Attributes
    ----------
    ratio
        n̂, maximum-likelihood.
    low, high
        Profile-likelihood interval; ``high`` is at most 3, the largest value considered.
    immigrants
        μ̂, acts per second that no earlier act brought about.
    decay
        β̂, per second; 1/β̂ is the mean delay from an act to those it brings about.
    log_likelihood
        At the maximum.
    """

    ratio: float
    low: float
    high: float
    immigrants: float
    decay: float
    log_likelihood: float


@numba.njit(cache=True, nogil=True)
def excitation(times: F64, decay: float) -> F64:
    """Σ_{j < i} exp(-decay (t_i - t_j)) for each i; ties: a tied earlier entry counts in full."""
    out = np.zeros(len(times))
    for i in range(1, len(times)):
        out[i] = (out[i - 1] + 1.0) * np.exp(-decay * (times[i] - times[i - 1]))
    return out


@numba.njit(cache=True, nogil=True)
def _best_immigrants(pull: F64, span: float) -> float:
    """μ ≥ 0 that maximises Σ log(μ + pull) - μ span, by Newton on its concave log-likelihood, kept inside a bracket."""
    low = 1e-12 / span
    high = len(pull) / span
    if np.sum(1.0 / (low + pull)) <= span:
        return low
    mu = 0.5 * high
    for _ in range(60):
        slope = -span
        bend = 0.0
        for value in pull:
            inverse = 1.0 / (mu + value)
            slope += inverse
            bend -= inverse * inverse
        if slope > 0.0:
            low = mu
        else:
            high = mu
        step = mu - slope / bend
        following = step if low < step < high else 0.5 * (low + high)
        if abs(following - mu) <= 1e-10 * mu:
            return following
        mu = following
    return mu


@numba.njit(cache=True, nogil=True)
def _best_given(times: F64, end: float, n: float, log_decay: float) -> tuple[float, float]:
    """Largest log-likelihood over μ for given n and β, and that μ."""
    decay = np.exp(log_decay)
    span = end - times[0]
    pull = n * decay * excitation(times, decay)
    mu = _best_immigrants(pull[1:], span)
    due = 0.0
    for t in times:
        due += 1.0 - np.exp(-decay * (end - t))
    total = -mu * span - n * due
    for i in range(1, len(times)):
        total += np.log(mu + pull[i])
    return total, mu


@numba.njit(cache=True, nogil=True)
def profile(times: F64, end: float, n: float) -> tuple[float, float, float]:
    """Largest log-likelihood over μ and β for given n: coarse grid in log β, then golden section.

    Returns
    -------
    log_likelihood, mu, decay
    """
    span = end - times[0]
    low = np.log(2.0 / span)
    high = np.log(30.0 * len(times) / span)
    best = -np.inf
    at = low
    for k in range(_STEPS):
        candidate = low + (high - low) * k / (_STEPS - 1)
        value, _ = _best_given(times, end, n, candidate)
        if value > best:
            best = value
            at = candidate
    width = (high - low) / (_STEPS - 1)
    a = max(low, at - width)
    b = min(high, at + width)
    c = b - _GOLDEN * (b - a)
    d = a + _GOLDEN * (b - a)
    value_c, _ = _best_given(times, end, n, c)
    value_d, _ = _best_given(times, end, n, d)
    while b - a > 1e-3:
        if value_c > value_d:
            b, d, value_d = d, c, value_c
            c = b - _GOLDEN * (b - a)
            value_c, _ = _best_given(times, end, n, c)
        else:
            a, c, value_c = c, d, value_d
            d = a + _GOLDEN * (b - a)
            value_d, _ = _best_given(times, end, n, d)
    middle = 0.5 * (a + b)
    value, mu = _best_given(times, end, n, middle)
    return value, mu, np.exp(middle)


@numba.njit(cache=True, nogil=True)
def _maximum(times: F64, end: float) -> float:
    """Ratio n that maximises the profile: coarse grid, then golden section."""
    best = -np.inf
    at = 0.0
    for k in range(_STEPS):
        n = _MOST * (k / (_STEPS - 1)) ** 2
        value, _, _ = profile(times, end, n)
        if value > best:
            best = value
            at = k
    a = _MOST * (max(at - 1, 0) / (_STEPS - 1)) ** 2
    b = _MOST * (min(at + 1, _STEPS - 1) / (_STEPS - 1)) ** 2
    while b - a > 1e-3:
        c = b - _GOLDEN * (b - a)
        d = a + _GOLDEN * (b - a)
        if profile(times, end, c)[0] > profile(times, end, d)[0]:
            b = d
        else:
            a = c
    return 0.5 * (a + b)


@numba.njit(cache=True, nogil=True)
def _crossing(times: F64, end: float, inside: float, outside: float, floor: float) -> float:
    """Where the profile falls to ``floor`` between a point above it and one that may be below; ``outside`` when it does not."""
    if profile(times, end, outside)[0] >= floor:
        return outside
    while abs(outside - inside) > 2e-3:
        middle = 0.5 * (inside + outside)
        if profile(times, end, middle)[0] >= floor:
            inside = middle
        else:
            outside = middle
    return 0.5 * (inside + outside)


def hawkes_branching(times: F64, *, end: float | None = None, confidence: float = 0.95) -> Branching | None:
    """Estimate the branching ratio of a series of times.

    Parameters
    ----------
    times : (n,)
        Seconds, ascending; one per account, not per act, when accounts are what is counted. The first one starts the clock.
    end
        Until when was watched, in seconds; the last time when not given.
    confidence
        Level of the interval.

    Returns
    -------
    Branching or None
        Higher ``ratio``: the burst feeds itself more. None: fewer than eight times, or all at once.

    Notes
    -----
    Assumes a constant immigrant rate and one exponential kernel over the whole series. A rising immigrant rate (a hot-list entry, a
    broadcast) looks like branching, so a ratio near 1 is a sign, never a proof, of imitation.

    Examples
    --------
    >>> regular = np.arange(0.0, 3600.0, 60.0)
    >>> hawkes_branching(regular).ratio < 0.2
    True
    >>> clusters = np.concatenate([start + np.array([0.0, 1, 3, 4, 6, 9]) for start in range(0, 36000, 3600)])
    >>> hawkes_branching(clusters).ratio > 0.5
    True
    >>> hawkes_branching(regular[:5]) is None
    True
    """
    if (np.diff(times) < 0).any():
        raise ValueError("times must be ascending")
    if len(times) < FEWEST or times[-1] <= times[0]:
        return None
    # A tie at the very end would leave it no span; continuous time has no ties anyway.
    until = float(times[-1]) if end is None else max(float(end), float(times[-1]))
    ratio = float(_maximum(times, until))
    value, immigrants, decay = profile(times, until, ratio)
    floor = value - 0.5 * float(chi2.ppf(confidence, 1))
    low = _crossing(times, until, ratio, 0.0, floor)
    high = _crossing(times, until, ratio, _MOST, floor)
    return Branching(ratio, float(low), float(high), float(immigrants), float(decay), float(value))

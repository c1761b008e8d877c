"""Kernel: choose and fit the model of one cascade, with the information at the top and the rescaled times."""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, Bools
from graphwatch.trace.cascade_likelihood import (
    BACKGROUND,
    EXPONENTIAL,
    LOMAX,
    MARKS,
    PARAMETERS,
    SCALE,
    SIZE,
    TAIL,
    climb,
    information,
    log_likelihood,
    mixture,
    prepare,
)
from graphwatch.trace.goodness import residuals

TOLERANCE: Final = 5e-3  # slope of the log-likelihood
ROUGH: Final = 0.3  # slope at which a power law is compared with the exponential law
STARTS: Final = 7
TAIL_MOST: Final = 10.0  # a steeper power law is an exponential law
PROMISE: Final = 0.5  # gain in log-likelihood that the score test must promise for a power law to be tried; AIC asks for 1


@numba.njit(cache=True)
def _limits(span: float, fast: float, events: int, kind: int) -> tuple[F64, F64]:
    # A kernel slower than the observation is long cannot be told from a trend of the background.
    slow, quick = math.log(1.0 / span), math.log(15.0 / fast)
    low = np.array([-12.0, slow, math.log(0.2), math.log(1e-3 / span), 0.0])
    high = np.array([5.0, quick, math.log(TAIL_MOST), math.log(10.0 * events / span), 3.0])
    if kind == LOMAX:
        low[SCALE], high[SCALE] = -quick, -slow
    return low, high


@numba.njit(cache=True)
def _best_start(
    kind: int, guess: F64, free: Bools, low: F64, high: F64, time: F64, log_mark: F64, end: float, rates: F64, state: F64, gone: F64
) -> F64:
    scratch = np.zeros(PARAMETERS)
    best, value = guess.copy(), -np.inf
    for tail in (0.7, 2.0):
        if kind == EXPONENTIAL and tail > 1.0:
            continue
        for q in range(STARTS if math.isnan(guess[SCALE]) else 3):
            x = guess.copy()
            if math.isnan(guess[SCALE]):
                x[SCALE] = low[SCALE] + (q + 0.5) * (high[SCALE] - low[SCALE]) / STARTS
            else:  # around the law with the median lag that the guess says
                x[SCALE] = min(max(guess[SCALE] - math.log(2.0 ** (1.0 / tail) - 1.0) + q - 2.0, low[SCALE]), high[SCALE])
            x[TAIL] = math.log(tail)
            here = log_likelihood(kind, x, free, time, log_mark, end, rates, state, gone, scratch)
            if here > value:
                best, value = x, here
    return best


@numba.njit(cache=True)
def power_law_gain(x: F64, free: Bools, time: F64, log_mark: F64, end: float) -> float:
    """Gain in log-likelihood that a power law promises over the fitted exponential law (Rao's score test); 0: none.

    The exponential law is the Lomax law of infinite tail p, so the score by 1/p there, cleared of the other parameters, says whether the
    lags have more of a tail. The information is the sum of the outer products of ∂log λ over the events (Ogata 1978).
    """
    n, theta, background = math.exp(x[SIZE]), math.exp(x[SCALE]), math.exp(x[BACKGROUND]) if free[BACKGROUND] else 0.0
    slopes, inner = np.zeros(PARAMETERS), np.zeros((PARAMETERS, PARAMETERS))
    score, level, state, lagged, squared, marked = 0.0, 1.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(time) + 1):
        gap = (time[i] if i < len(time) else end) - time[max(i - 1, 0)]
        fade = math.exp(-theta * gap)
        squared = (squared + gap * (2.0 * lagged + gap * state)) * fade
        lagged = (lagged + gap * state) * fade
        state *= fade
        marked *= fade
        if i == len(time):
            score += n * 0.5 * theta * theta * squared
            break
        if i > 0:
            one = 1.0 / max(background + n * theta * state, 1e-300)
            slopes[SIZE] = n * theta * state * one
            slopes[SCALE] = slopes[SIZE] - n * theta * theta * lagged * one
            slopes[TAIL] = n * theta * theta * (0.5 * theta * squared - lagged) * one
            slopes[BACKGROUND] = background * one
            slopes[MARKS] = n * theta * marked * one
            score += slopes[TAIL]
            for a in range(PARAMETERS):
                for b in range(a + 1):
                    inner[a, b] += slopes[a] * slopes[b]
        if free[MARKS]:
            level = math.exp(x[MARKS] * log_mark[i])
            marked += level * log_mark[i]
        state += level
    return score * score / (2.0 * _cleared(inner, free)) if score > 0 else 0.0


@numba.njit(cache=True)
def _cleared(inner: F64, free: Bools) -> float:
    """Information on the tail that the free parameters leave (Gaussian elimination of the lower triangle, the tail last)."""
    places = np.append(np.array([a for a in range(PARAMETERS) if free[a] and a != TAIL], np.int64), TAIL)
    size = len(places)
    work = np.empty((size, size))
    for a in range(size):
        for b in range(size):
            work[a, b] = inner[max(places[a], places[b]), min(places[a], places[b])]
    for k in range(size - 1):
        if work[k, k] > 1e-9 * (1.0 + inner[TAIL, TAIL]):
            for a in range(k + 1, size):
                ratio = work[a, k] / work[k, k]
                for b in range(k + 1, size):
                    work[a, b] -= ratio * work[k, b]
    return float(max(work[size - 1, size - 1], 1e-9))


@numba.njit(cache=True)
def _octaves(end: float, fast: float) -> F64:
    """Rates of the exponentials that make up a power law, each twice the one before."""
    parts = 1 + math.ceil(math.log2(1e5 * end / fast))
    rates: F64 = 1e-2 / end * np.exp2(np.arange(float(parts)))
    return rates


@numba.njit(cache=True)
def fit_one(
    time: F64, log_mark: F64, marked: bool, end: float, fast: float, kinds: Bools, grounds: Bools, max_iterations: int
) -> tuple[int, F64, Bools, float, int, bool, F64, F64]:
    """Fit one cascade.

    Parameters
    ----------
    time : (n,)
        Ascending from 0, without ties.
    log_mark : (n,)
        Mean 0.
    end
        Of the observation.
    fast
        A short gap between events: power laws are resolved down to a fraction of it.
    kinds, grounds : (2,)
        Allowed: exponential and Lomax; without and with a background.

    Returns
    -------
    kind, x, free, log_likelihood, iterations, converged
        The model with the best log-likelihood less the number of parameters.
    information : (5, 5)
    residuals : (n − 1,)
        Integrated intensity between successive events.
    """
    rates = _octaves(end, fast)
    none = np.zeros((2, 0, 0))
    state, gone = none, np.zeros((2, len(rates)))
    best_kind, best_x, best_free, best_value, best_score = 0, np.zeros(PARAMETERS), np.zeros(PARAMETERS, np.bool_), -np.inf, -np.inf
    iterations, converged = 0, False
    guess = np.array([math.log(0.7), np.nan, 0.0, math.log(0.3 * len(time) / end), 0.2])
    for kind in range(2):
        if not kinds[kind]:
            continue
        if kind == LOMAX:
            if best_value > -np.inf and power_law_gain(best_x, best_free, time, log_mark, end) < PROMISE:
                continue
            state = np.zeros((2, len(time), len(rates)))
            prepare(LOMAX, time, log_mark, 0.0, end, rates, state, gone)
        low, high = _limits(end, fast, len(time), kind)
        here = none if kind == EXPONENTIAL else state
        for with_ground in (1, 0):
            if not grounds[with_ground]:
                continue
            if kind == LOMAX and kinds[EXPONENTIAL] and grounds[0] and grounds[1] and best_free[BACKGROUND] != (with_ground == 1):
                continue  # the power law is tried with the background that the exponential law was best with
            free = np.array([True, True, kind == LOMAX, with_ground == 1, marked])
            at = guess.copy()
            if best_value > -np.inf:
                at[SIZE], at[BACKGROUND], at[MARKS] = best_x[SIZE], best_x[BACKGROUND], best_x[MARKS]
                if kind == LOMAX and best_kind == EXPONENTIAL:
                    at[SCALE] = math.log(math.log(2.0)) - best_x[SCALE]
            if kind == EXPONENTIAL and best_value > -np.inf:
                start = best_x.copy()
            else:
                start = _best_start(kind, at, free, low, high, time, log_mark, end, rates, here, gone)
            rough = ROUGH if kind == LOMAX and best_score > -np.inf else TOLERANCE
            x, value, steps, good = climb(kind, start, free, low, high, time, log_mark, end, rates, here, gone, rough, max_iterations)
            if rough > TOLERANCE and value - free.sum() > best_score - 0.5:  # worth a closer look
                x, value, steps, good = climb(kind, x, free, low, high, time, log_mark, end, rates, here, gone, TOLERANCE, max_iterations)
            if value - free.sum() > best_score:
                best_kind, best_x, best_free, best_value, best_score = kind, x, free, value, value - free.sum()
                iterations, converged = steps, good
    here = none if best_kind == EXPONENTIAL else state
    matrix = information(best_kind, best_x, best_free, time, log_mark, end, rates, here, gone)
    level = np.exp(best_x[MARKS] * log_mark) if marked else np.ones(len(time))
    ground = math.exp(best_x[BACKGROUND]) if best_free[BACKGROUND] else 0.0
    table = np.ones((3, len(rates) if best_kind == LOMAX else 1))
    speeds = rates if best_kind == LOMAX else np.array([math.exp(best_x[SCALE])])
    if best_kind == LOMAX:
        mixture(best_x, rates, table)
    points = np.ones(len(time), np.bool_)
    points[0] = False
    rescaled = residuals(time, points, math.exp(best_x[SIZE]) * level, ground * time, speeds, table[0])
    return best_kind, best_x, best_free, best_value, iterations, converged, matrix, rescaled

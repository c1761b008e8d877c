"""Kernel: choose and fit the model of one cascade, with the information at the top, the rescaled times, and the bias of n̂."""

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
from graphwatch.trace.groups import mix

PARTS: Final = 32  # exponentials that make up a power law
TOLERANCE: Final = 5e-3  # slope of the log-likelihood
ROUGH: Final = 0.3  # slope at which a power law is compared with the exponential law
STARTS: Final = 7
TAIL_MOST: Final = 10.0  # a steeper power law is an exponential law
OVERFLOW: Final = 10  # a simulated cascade stops at this many times the events seen


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
        for q in range(STARTS):
            x = guess.copy()
            x[SCALE] = low[SCALE] + (q + 0.5) * (high[SCALE] - low[SCALE]) / STARTS
            x[TAIL] = math.log(tail)
            here = log_likelihood(kind, x, free, time, log_mark, end, rates, state, gone, scratch)
            if here > value:
                best, value = x, here
    return best


@numba.njit(cache=True)
def _draw(x: F64, kind: int, free: Bools, time: F64, log_mark: F64, end: float, seed: int) -> tuple[F64, F64]:
    """Simulate a cascade with the given parameters, its first event and marks as seen (cluster representation)."""
    most = OVERFLOW * len(time)
    out, marks = np.empty(most), np.empty(most)
    out[0], marks[0] = time[0], log_mark[0]
    size, drawn = 1, 0
    if free[BACKGROUND]:
        at = time[0]
        while size < most:
            at -= math.log(1.0 - mix(seed, drawn, 0)) / math.exp(x[BACKGROUND])
            drawn += 1
            if at >= end:
                break
            out[size], marks[size] = at, log_mark[int(mix(seed, drawn, 1) * len(time))]
            size += 1
    parent = 0
    while parent < size:
        mean = math.exp(x[SIZE] + (x[MARKS] * marks[parent] if free[MARKS] else 0.0))
        due = -math.log(1.0 - mix(seed, drawn, 2))
        while due < mean and size < most:
            drawn += 1
            u = 1.0 - mix(seed, drawn, 3)
            scale = math.exp(x[SCALE])
            lag = -math.log(u) / scale if kind == EXPONENTIAL else scale * (u ** (-1.0 / math.exp(x[TAIL])) - 1.0)
            if out[parent] + lag < end:
                out[size], marks[size] = out[parent] + lag, log_mark[int(mix(seed, drawn, 1) * len(time))]
                size += 1
            due -= math.log(1.0 - mix(seed, drawn, 2))
        drawn += 1
        parent += 1
    order = np.argsort(out[:size], kind="mergesort")
    return out[:size][order], marks[:size][order]


@numba.njit(cache=True)
def _mean_level(x: F64, free: Bools, log_mark: F64) -> float:
    return float(np.exp(x[MARKS] * log_mark).mean()) if free[MARKS] else 1.0


@numba.njit(cache=True)
def bias(x: F64, kind: int, free: Bools, time: F64, log_mark: F64, end: float, fast: float, rates: F64, samples: int, seed: int) -> float:
    """Median error of n̂ over cascades simulated with the fitted parameters and fitted again (parametric bootstrap)."""
    planted = x.copy()
    planted[SIZE] = min(x[SIZE], -0.02)
    errors, counted = np.empty(samples), 0
    level = _mean_level(planted, free, log_mark)
    for s in range(samples):
        drawn, marks = _draw(planted, kind, free, time, log_mark, end, seed + s)
        if len(drawn) < 5 or len(drawn) == OVERFLOW * len(time):
            continue
        low, high = _limits(end, fast, len(drawn), kind)
        state, gone = np.zeros((2, len(drawn) if kind == LOMAX else 0, len(rates))), np.zeros((2, len(rates)))
        prepare(kind, drawn, marks, 0.0, end, rates, state, gone)
        found, _, _, good = climb(kind, planted, free, low, high, drawn, marks, end, rates, state, gone, 0.05, 60)
        if good:
            errors[counted] = math.exp(found[SIZE]) * _mean_level(found, free, marks) - math.exp(planted[SIZE]) * level
            counted += 1
    return float(np.median(errors[:counted])) if counted else 0.0


@numba.njit(cache=True)
def fit_one(
    time: F64, log_mark: F64, marked: bool, end: float, fast: float, kinds: Bools, grounds: Bools, max_iterations: int, samples: int
) -> tuple[int, F64, Bools, float, int, bool, F64, F64, float]:
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
    samples
        Cascades simulated for the bias of n̂; 0: it is not estimated.

    Returns
    -------
    kind, x, free, log_likelihood, iterations, converged
        The model with the best log-likelihood less the number of parameters.
    information : (5, 5)
    residuals : (n − 1,)
        Integrated intensity between successive events.
    bias
        Of n̂.
    """
    rates = np.exp(np.linspace(math.log(1e-2 / end), math.log(1e3 / fast), PARTS))
    none = np.zeros((2, 0, 0))
    state, gone = np.zeros((2, len(time) if kinds[LOMAX] else 0, PARTS)), np.zeros((2, PARTS))
    if kinds[LOMAX]:
        prepare(LOMAX, time, log_mark, 0.0, end, rates, state, gone)
    best_kind, best_x, best_free, best_value, best_score = 0, np.zeros(PARAMETERS), np.zeros(PARAMETERS, np.bool_), -np.inf, -np.inf
    iterations, converged = 0, False
    guess = np.array([math.log(0.7), 0.0, 0.0, math.log(0.3 * len(time) / end), 0.2])
    for kind in range(2):
        if not kinds[kind]:
            continue
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
    table = np.ones((3, PARTS if best_kind == LOMAX else 1))
    speeds = rates if best_kind == LOMAX else np.array([math.exp(best_x[SCALE])])
    if best_kind == LOMAX:
        mixture(best_x, rates, table)
    points = np.ones(len(time), np.bool_)
    points[0] = False
    rescaled = residuals(time, points, math.exp(best_x[SIZE]) * level, ground * time, speeds, table[0])
    seed = 7919 * len(time) + int(time.sum() / (end * len(time)) * 1024.0)  # of its own for each cascade, whatever the unit of time
    off = bias(best_x, best_kind, best_free, time, log_mark, end, fast, rates, samples, seed) if samples else 0.0
    return best_kind, best_x, best_free, best_value, iterations, converged, matrix, rescaled, off

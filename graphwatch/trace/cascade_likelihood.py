"""Kernels: log-likelihood of one cascade's self-exciting process with its gradient, and the search for its maximum.

A cascade is event times t_0 < t_1 < … ≤ T with marks m. After the first event, which is given, the intensity is

    λ(t) = μ + n · Σ_j m_j^β · g(t − t_j)

g being the density of an exponential law (rate θ) or of a Lomax law (scale c, tail p), the power law. A Lomax law is a Gamma mixture of
exponentials, so both are sums over a few rates and one evaluation costs O(events · rates). The observation's end T enters through the
compensator (the integral of λ), so that offspring that is still to come is not counted as missing.

The parameters are x = (log n, log θ or log c, log p, log μ, β); ``free`` says which of them are there at all.
"""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, Bools

EXPONENTIAL: Final = 0
LOMAX: Final = 1
PARAMETERS: Final = 5
SIZE, SCALE, TAIL, BACKGROUND, MARKS = range(PARAMETERS)


@numba.njit(cache=True)
def digamma(x: float) -> float:
    """Give the derivative of log Γ, by recurrence and the asymptotic series; x > 0."""
    total = 0.0
    while x < 8.0:
        total -= 1.0 / x
        x += 1.0
    y = 1.0 / (x * x)
    return float(total + math.log(x) - 0.5 / x - y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y / 240))))


@numba.njit(cache=True)
def mixture(x: F64, rates: F64, table: F64) -> None:
    """Fill the weights of the exponentials that make up a Lomax density, and their derivatives by log c and log p."""
    c, p = math.exp(x[SCALE]), math.exp(x[TAIL])
    step = math.log(rates[1] / rates[0])
    norm, slope = math.lgamma(p), digamma(p)
    for k in range(len(rates)):
        scaled = c * rates[k]
        table[0, k] = step * math.exp(p * math.log(scaled) - scaled - norm) if scaled < 700.0 else 0.0
        table[1, k] = table[0, k] * (p - scaled)
        table[2, k] = table[0, k] * p * (math.log(scaled) - slope)


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def prepare(kind: int, time: F64, log_mark: F64, beta: float, end: float, rates: F64, state: F64, gone: F64) -> None:
    """Fill the sums over the past that a power law's likelihood is made of; they depend on its parameters through β alone.

    Parameters
    ----------
    rates : (rates,)
        Each twice the one before, so that one exponential and its squares fade all parts.
    state : (2, events, rates)
        Filled with Σ_j m_j^β·exp(−rate·(t_i − t_j)) over the events before i, and the same with log m_j as a further factor.
    gone : (2, rates)
        Filled with Σ_j m_j^β·(1 − exp(−rate·(end − t_j))), and the same with log m_j.
    """
    if kind == EXPONENTIAL:
        return
    events, parts = len(time), len(rates)
    weight, log_weight = 0.0, 0.0
    fades = np.empty(parts)
    for i in range(events):
        level = math.exp(beta * log_mark[i])
        weight += level
        log_weight += level * log_mark[i]
        gap = (time[i + 1] if i + 1 < events else end) - time[i]
        fade = math.exp(-rates[0] * gap)
        for k in range(parts):
            fades[k] = fade
            fade *= fade
        for k in range(parts):
            fade = fades[k]
            first, second = (state[0, i, k] + level) * fade, (state[1, i, k] + level * log_mark[i]) * fade
            if i + 1 < events:
                state[0, i + 1, k] = first
                state[1, i + 1, k] = second
            else:
                gone[0, k] = weight - first
                gone[1, k] = log_weight - second


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def log_likelihood(
    kind: int, x: F64, free: Bools, time: F64, log_mark: F64, end: float, rates: F64, state: F64, gone: F64, gradient: F64
) -> float:
    """Log-likelihood of the events after the first, and its gradient.

    Parameters
    ----------
    time : (events,)
        Ascending.
    log_mark : (events,)
        Logarithms of the marks; not looked at unless β is free.
    rates : (rates,)
        Rates of the exponentials; for ``EXPONENTIAL`` one, filled from ``x``.
    state, gone
        As from :func:`prepare`; filled anew where β is free.
    gradient : (5,)
        Filled.
    """
    if free[MARKS]:
        prepare(kind, time, log_mark, x[MARKS], end, rates, state, gone)
    if kind == EXPONENTIAL:
        return _exponential(x, free, time, log_mark, end, gradient)
    parts = len(rates)
    table = np.zeros((3, parts))
    mixture(x, rates, table)
    n, background = math.exp(x[SIZE]), math.exp(x[BACKGROUND]) if free[BACKGROUND] else 0.0
    gradient[:] = 0.0
    total = 0.0
    for i in range(1, len(time)):
        flow, by_scale, by_tail, by_mark = 0.0, 0.0, 0.0, 0.0
        for k in range(parts):
            value = rates[k] * state[0, i, k]
            flow += table[0, k] * value
            by_scale += table[1, k] * value
            by_tail += table[2, k] * value
        if free[MARKS]:
            for k in range(parts):
                by_mark += table[0, k] * rates[k] * state[1, i, k]
        rate = max(background + n * flow, 1e-300)
        total += math.log(rate)
        gradient[SIZE] += n * flow / rate
        gradient[SCALE] += n * by_scale / rate
        gradient[TAIL] += n * by_tail / rate
        gradient[BACKGROUND] += background / rate
        gradient[MARKS] += n * by_mark / rate
    for k in range(parts):
        total -= n * table[0, k] * gone[0, k]
        gradient[SIZE] -= n * table[0, k] * gone[0, k]
        gradient[SCALE] -= n * table[1, k] * gone[0, k]
        gradient[TAIL] -= n * table[2, k] * gone[0, k]
        gradient[MARKS] -= n * table[0, k] * gone[1, k]
    gradient[BACKGROUND] -= background * (end - time[0])
    return float(total - background * (end - time[0]))


@numba.njit(cache=True)
def _exponential(x: F64, free: Bools, time: F64, log_mark: F64, end: float, gradient: F64) -> float:
    """Log-likelihood under the exponential kernel by the recursion of Ozaki (1979)."""
    n, theta = math.exp(x[SIZE]), math.exp(x[SCALE])
    background, beta = math.exp(x[BACKGROUND]) if free[BACKGROUND] else 0.0, x[MARKS]
    total, sizes, scales, grounds, marks = 0.0, 0.0, 0.0, 0.0, 0.0
    level, state, lagged, marked = 1.0, 0.0, 0.0, 0.0
    past, weights, ages, log_weights = 0.0, 0.0, 0.0, 0.0
    for i in range(len(time)):
        if i > 0:
            gap = time[i] - time[i - 1]
            fade = math.exp(-theta * gap)
            lagged = (lagged + gap * state) * fade
            state *= fade
            marked *= fade
            flow = n * theta * state
            one = 1.0 / max(background + flow, 1e-300)
            past *= max(background + flow, 1e-300)
            if past > 1e200 or past < 1e-200 or i == 1:
                total += math.log(past) if i > 1 else 0.0
                past = 1.0 if i > 1 else max(background + flow, 1e-300)
            sizes += flow * one
            scales += (flow - n * theta * theta * lagged) * one
            grounds += background * one
            marks += n * theta * marked * one
        if free[MARKS]:
            level = math.exp(beta * log_mark[i])
            marked += level * log_mark[i]
            log_weights += level * log_mark[i]
        state += level
        weights += level
    total += math.log(past) if past > 0 else 0.0
    span = end - time[-1]
    fade = math.exp(-theta * span)
    ages = (lagged + span * state) * fade
    gone = weights - state * fade
    gradient[SIZE] = sizes - n * gone
    gradient[SCALE] = scales - n * theta * ages
    gradient[TAIL] = 0.0
    gradient[BACKGROUND] = grounds - background * (end - time[0])
    gradient[MARKS] = marks - n * (log_weights - marked * fade)
    return float(total - n * gone - background * (end - time[0]))


@numba.njit(cache=True)
def _direction(inverse: F64, gradient: F64, moving: Bools) -> F64:
    out = np.zeros(PARAMETERS)
    for a in range(PARAMETERS):
        if moving[a]:
            for b in range(PARAMETERS):
                if moving[b]:
                    out[a] += inverse[a, b] * gradient[b]
    return out


@numba.njit(cache=True)
def _update(inverse: F64, step: F64, change: F64) -> None:
    """BFGS update of the inverse of the negated Hessian; ``change`` is the gradient before the step less the one after it."""
    curvature = (step * change).sum()
    if curvature <= 1e-12:
        return
    product = np.zeros(PARAMETERS)
    for a in range(PARAMETERS):
        for b in range(PARAMETERS):
            product[a] += inverse[a, b] * change[b]
    scale = 1.0 + (change * product).sum() / curvature
    for a in range(PARAMETERS):
        for b in range(PARAMETERS):
            inverse[a, b] += (scale * step[a] * step[b] - product[a] * step[b] - step[a] * product[b]) / curvature


@numba.njit(cache=True)
def climb(
    kind: int, start: F64, free: Bools, low: F64, high: F64, time: F64, log_mark: F64, end: float, rates: F64, state: F64, gone: F64,
    tolerance: float, max_iterations: int,
) -> tuple[F64, float, int, bool]:  # fmt: skip
    """Maximise by projected BFGS within bounds.

    Returns
    -------
    x, log_likelihood, iterations, converged
        Converged: the slope in every direction that the bounds leave open is below the tolerance.
    """
    x, gradient, ahead = start.copy(), np.zeros(PARAMETERS), np.zeros(PARAMETERS)
    value = log_likelihood(kind, x, free, time, log_mark, end, rates, state, gone, gradient)
    inverse = np.eye(PARAMETERS) / len(time)
    for iteration in range(max_iterations):
        moving = free & ~((x <= low) & (gradient < 0)) & ~((x >= high) & (gradient > 0))
        if not moving.any() or np.abs(gradient * moving).max() < tolerance:
            return x, value, iteration, True
        direction = _direction(inverse, gradient, moving)
        if (direction * gradient).sum() <= 0:
            inverse = np.eye(PARAMETERS) / len(time)
            direction = gradient * moving / len(time)
        length = min(1.0, 2.0 / max(np.abs(direction).max(), 1e-12))
        moved = False
        for _ in range(30):
            next_x = np.minimum(np.maximum(x + length * direction, low), high)
            next_value = log_likelihood(kind, next_x, free, time, log_mark, end, rates, state, gone, ahead)
            if next_value > value + 1e-4 * ((next_x - x) * gradient).sum() and next_value > value:
                moved = True
                break
            length *= 0.4
        if not moved:  # no step gains anything that the numbers can show
            return x, value, iteration, np.abs(gradient * moving).max() < 1e3 * tolerance
        _update(inverse, next_x - x, gradient - ahead)
        x, value = next_x, next_value
        gradient[:] = ahead
    return x, value, max_iterations, False


@numba.njit(cache=True)
def information(kind: int, x: F64, free: Bools, time: F64, log_mark: F64, end: float, rates: F64, state: F64, gone: F64) -> F64:
    """Observed information (negated Hessian) by central differences of the gradient; rows that are not free are left 0."""
    out = np.zeros((PARAMETERS, PARAMETERS))
    up, down = np.zeros(PARAMETERS), np.zeros(PARAMETERS)
    for a in range(PARAMETERS):
        if not free[a]:
            continue
        near = x.copy()
        near[a] = x[a] + 1e-4
        log_likelihood(kind, near, free, time, log_mark, end, rates, state, gone, up)
        near[a] = x[a] - 1e-4
        log_likelihood(kind, near, free, time, log_mark, end, rates, state, gone, down)
        for b in range(PARAMETERS):
            if free[b]:
                out[a, b] = (down[b] - up[b]) / 2e-4
    return (out + out.T) / 2

"""Gibbs sampler for the unknown times of infection under susceptible–infected spread."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import F64, I32, I64, Bools


@numba.njit(cache=True)
def _draw(slope: float, low: float, high: float, part: float) -> float:
    """Give the ``part`` quantile of a density on [low, high] that grows as exp(slope · x); one bound may be −inf for a positive slope."""
    width = high - low
    if slope * width > 1e-9:
        return float(high + np.log(part + (1 - part) * np.exp(-slope * width)) / slope)
    if slope * width < -1e-9:
        return float(low + np.log((1 - part) + part * np.exp(slope * width)) / slope)
    return low + part * width


@numba.njit(cache=True)
def _log_mass(level: float, slope: float, low: float, high: float) -> float:
    """Give log ∫ exp(level + slope · x) over [low, high]."""
    width = high - low
    if slope * width > 1e-9:
        return float(level + slope * high + np.log(-np.expm1(-slope * width) / slope))
    if slope * width < -1e-9:
        return float(level + slope * low + np.log(np.expm1(slope * width) / slope))
    return float(level + slope * low + np.log(width))


@numba.njit(cache=True)
def _sort(values: F64, order: I64, size: int) -> None:
    """Write the places of the first ``size`` values in ascending order; most nodes have few contacts, for which insertion is fastest."""
    if size > 48:
        order[:size] = np.argsort(values[:size])
        return
    for i in range(size):
        j = i
        while j > 0 and values[order[j - 1]] > values[i]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i


@numba.njit(cache=True)
def sample(
    start: I64,
    neighbour: I32,
    outside: I64,
    time: F64,
    fixed: Bools,
    until: float,
    spontaneous: float,
    rate: float,
    timed: bool,
    sweeps: int,
    burn: int,
    generator: np.random.Generator,
    first: F64,
    total: F64,
) -> float:
    """Sample times of infection; add to ``first`` how often each node was the earliest, and to ``total`` its time, per kept sweep.

    Parameters
    ----------
    start, neighbour
        Contacts among the infected.
    outside : (nodes,)
        Contacts that are not infected until ``until``.
    time : (nodes,)
        Where to begin; changed in place.
    fixed : (nodes,)
        Times that are observed.
    spontaneous
        Rate of infection from outside, as a multiple of that through one contact.
    until
        When it was last looked; where to begin if ``timed``.
    rate
        Infections per contact and unit of time; where to begin if ``timed``.
    timed
        Sample rate and ``until`` too: there are times to learn them from.
    sweeps, burn
        Rounds over all nodes; those at the start that are not kept.

    Returns
    -------
    float
        The last rate.

    Notes
    -----
    Given the others, a node's log density is piecewise linear in its time but for constants: contacts infected earlier expose it
    (slope −rate), it exposes those infected later and the healthy ones (slope +rate); between two neighbours' times the number of
    possible infectors, of the node and of its neighbours, is constant. Each piece is integrated and drawn from exactly.
    """
    n = len(time)
    infectors = np.zeros(n, np.int64)
    most = 0
    for v in range(n):
        most = max(most, start[v + 1] - start[v])
        for e in range(start[v], start[v + 1]):
            if time[neighbour[e]] < time[v]:
                infectors[v] += 1
    log_of = np.log(np.arange(most + 2) + spontaneous)
    mass = np.empty(most + 1)
    near = np.empty(most)
    order = np.empty(most, np.int64)
    for sweep in range(sweeps):
        for v in range(n):
            if fixed[v]:
                continue
            low, degree = start[v], start[v + 1] - start[v]
            for i in range(degree):
                near[i] = time[neighbour[low + i]]
            _sort(near, order, degree)
            level = 0.0
            old = time[v]
            for i in range(degree):
                others = infectors[neighbour[low + i]] - (1 if old < near[i] else 0)
                level += log_of[others + 1] - log_of[others] - rate * near[i]
            best = -np.inf
            for j in range(degree + 1):
                if j:
                    w = order[j - 1]
                    others = infectors[neighbour[low + w]] - (1 if old < near[w] else 0)
                    level -= log_of[others + 1] - log_of[others] - 2 * rate * near[w]
                left = near[order[j - 1]] if j else -np.inf
                right = min(near[order[j]], until) if j < degree else until
                slope = rate * (outside[v] + degree - 2 * j)
                mass[j] = _log_mass(level + log_of[j], slope, left, right) if right > left else -np.inf
                best = max(best, mass[j])
            whole = 0.0
            for j in range(degree + 1):
                mass[j] = np.exp(mass[j] - best)
                whole += mass[j]
            pick = generator.random() * whole
            j = 0
            while j < degree and pick >= mass[j]:
                pick -= mass[j]
                j += 1
            while mass[j] == 0.0:  # rounding ran past the last piece that has any mass
                j -= 1
            left = near[order[j - 1]] if j else -np.inf
            right = min(near[order[j]], until) if j < degree else until
            new = _draw(rate * (outside[v] + degree - 2 * j), left, right, 1.0 - generator.random())
            new = min(max(new, left), right)
            time[v] = new
            earlier = 0
            for i in range(degree):
                w = neighbour[low + i]
                infectors[w] += (1 if new < near[i] else 0) - (1 if old < near[i] else 0)
                earlier += 1 if near[i] < new else 0
            infectors[v] = earlier
        if timed:
            exposure, healthy, last = 0.0, 0.0, -np.inf
            for v in range(n):
                last = max(last, time[v])
                healthy += outside[v]
                exposure += outside[v] * (until - time[v])
                for e in range(start[v], start[v + 1]):
                    exposure += 0.5 * abs(time[v] - time[neighbour[e]])
            if exposure > 0.0:
                rate = generator.standard_gamma(n - 1.0) / exposure
            if healthy > 0.0:
                until = last + generator.standard_exponential() / (rate * healthy)
        if sweep >= burn:
            earliest = 0
            for v in range(n):
                total[v] += time[v]
                if time[v] < time[earliest]:
                    earliest = v
            first[earliest] += 1
    return rate

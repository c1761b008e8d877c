"""Kernels of the branching model: expectation, maximisation, and the probabilities of causes.

Arrays are as in :class:`graphwatch.trace.branching.Problem`. Relations are numbered as in ``RELATIONS``; the last is the known parent.
"""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import F32, F64, I8, I32, I64
from graphwatch.trace.lags import I16


@numba.njit(cache=True, nogil=True)
def expect(
    fitted: I32,
    stride: float,
    parent: I32,
    parent_bin: I16,
    start: I64,
    source: I32,
    bins: I16,
    lift: F32,
    hostile: I8,
    own: F64,
    density: F64,
    pull: F64,
    caused: F64,
    histogram: F64,
) -> tuple[float, float]:
    """E-step: fill the expected numbers of children.

    Parameters
    ----------
    source
        Per candidate, relation · n + cause.
    own : (n,)
        Rate of spontaneous acts at each node, 1/s.
    density : (bins,)
        The shape, 1/s.
    pull : (2, relations · n)
        Strength of each source on children that are not hostile, and hostile.
    caused : (2, relations · n)
        Filled with the expected children of each source that are not hostile, and hostile.
    histogram : (bins,)
        Filled with their lags.

    Returns
    -------
    spontaneous
        Expected spontaneous acts.
    log_likelihood
        Sum of the log intensities.
    """
    n = len(parent)
    caused[:] = 0.0
    histogram[:] = 0.0
    total = 0.0
    immigrants = 0.0
    widest = 0
    for i in fitted:
        widest = max(widest, start[i + 1] - start[i])
    value = np.empty(widest)
    for i in fitted:
        p = parent[i]
        h = hostile[i]
        if p >= 0:
            total += np.log(max(pull[h, 5 * n + p] * density[parent_bin[i]], 1e-300))
            caused[h, 5 * n + p] += stride
            histogram[parent_bin[i]] += stride
            continue
        first = start[i]
        flow = own[i]
        for c in range(first, start[i + 1]):
            v = pull[h, source[c]] * lift[c] * density[bins[c]]
            value[c - first] = v
            flow += v
        flow = max(flow, 1e-300)
        total += np.log(flow)
        scale = stride / flow
        immigrants += own[i] * scale
        for c in range(first, start[i + 1]):
            share = value[c - first] * scale
            caused[h, source[c]] += share
            histogram[bins[c]] += share
    return immigrants, stride * total


@numba.njit(cache=True, nogil=True)
def reached(shape: int, mass: F64, remaining: I16, before: I16) -> F64:
    """Share of each node's offspring that falls into the pile-on's time."""
    out = np.empty(len(remaining))
    for j in range(len(remaining)):
        out[j] = mass[shape, remaining[j]]
        if before[j] >= 0:
            out[j] -= mass[shape, before[j]]
    return out


@numba.njit(cache=True, nogil=True)
def shape_scores(log_density: F64, mass: F64, histogram: F64, strength: F64, remaining: I16, before: I16) -> F64:
    """Log-likelihood of each shape given the lags' histogram and each node's expected offspring ``strength``; higher is better."""
    left = np.zeros(mass.shape[1])
    for j in range(len(remaining)):
        left[remaining[j]] += strength[j]
        if before[j] >= 0:
            left[before[j]] -= strength[j]
    used = np.flatnonzero((histogram != 0) | (left != 0))
    scores = np.zeros(len(mass))
    for k in range(len(mass)):
        total = 0.0
        for b in used:
            total += histogram[b] * log_density[k, b] - left[b] * mass[k, b]
        scores[k] = total
    return scores


@numba.njit(cache=True, nogil=True)
def strengths(exposure: F64, rate: F64, marks: F64, child_share: F64, hostile: I8) -> F64:
    """Give the expected offspring of each node with κ = 1, had it all time to come."""
    out = np.empty(len(hostile))
    for j in range(len(hostile)):
        total = 0.0
        for r in range(len(rate)):
            total += rate[r] * exposure[r, j]
        h = hostile[j]
        out[j] = total * (marks[h, 0] * child_share[0] + marks[h, 1] * child_share[1])
    return out


@numba.njit(cache=True, nogil=True)
def pulls(exposure: F64, rate: F64, marks: F64, factor: F64, hostile: I8) -> F64:
    """Strength of each source on a child that is not hostile, and hostile: (2, relations · n).

    Reach enters for the crowd, thread and object; a follower's own rate does not depend on how many others follow.
    """
    relations, n = exposure.shape
    out = np.empty((2, relations * n))
    for h in range(2):
        for r in range(relations):
            for j in range(n):
                reach = exposure[r, j] if r < 3 and exposure[r, j] > 0 else 1.0
                out[h, r * n + j] = rate[r] * marks[hostile[j], h] * factor[j] * reach
    return out


@numba.njit(cache=True, nogil=True)
def tally(caused: F64, hostile: I8, counts: F64, pairs: F64, offspring: F64) -> None:
    """Sum the expected children by relation, by marks of cause and child, and by cause."""
    n = len(hostile)
    pairs[:] = 0.0
    offspring[:] = 0.0
    for r in range(len(counts)):
        total = 0.0
        for h in range(2):
            by_hostile = 0.0
            all_ = 0.0
            for j in range(n):
                share = caused[h, r * n + j]
                offspring[j] += share
                all_ += share
                by_hostile += share * hostile[j]
            pairs[1, h] += by_hostile
            pairs[0, h] += all_ - by_hostile
            total += all_
        counts[r] = total


@numba.njit(cache=True, nogil=True)
def maximise(
    fitted: I32,
    stride: float,
    parent: I32,
    parent_bin: I16,
    start: I64,
    source: I32,
    bins: I16,
    lift: F32,
    hostile: I8,
    base: F64,
    exposure: F64,
    remaining: I16,
    before: I16,
    child_share: F64,
    density: F64,
    log_density: F64,
    mass: F64,
    shape: int,
    spontaneous: float,
    rate: F64,
    marks: F64,
    factor: F64,
    dispersion: float,
    prior: float,
    tolerance: float,
    max_iterations: int,
) -> tuple[int, float, F64, F64, F64, float, int, bool]:
    """EM from given parameters, which are not changed.

    Returns
    -------
    shape, spontaneous, rate, marks, factor, log_likelihood, iterations, converged
    """
    n, relations = len(hostile), len(exposure)
    size = stride * len(fitted)
    rate, marks, factor = rate.copy(), marks.copy(), factor.copy()
    counts, pairs, offspring = np.empty(relations), np.empty((2, 2)), np.empty(n)
    caused, histogram = np.empty((2, relations * n)), np.empty(density.shape[1])
    last = -np.inf
    log_likelihood = -np.inf
    for iteration in range(max_iterations):
        pull = pulls(exposure, rate, marks, factor, hostile)
        immigrants, total = expect(
            fitted,
            stride,
            parent,
            parent_bin,
            start,
            source,
            bins,
            lift,
            hostile,
            spontaneous * base,
            density[shape],
            pull,
            caused,
            histogram,
        )
        tally(caused, hostile, counts, pairs, offspring)
        inside = reached(shape, mass, remaining, before)
        strength = strengths(exposure, rate, marks, child_share, hostile)
        log_likelihood = total - spontaneous - (strength * factor * inside).sum()
        penalty = (
            dispersion * (np.log(factor) - factor).sum() + prior * np.log(rate).sum() - rate.sum() + 2.0 * (np.log(marks) - marks).sum()
        )
        if abs(log_likelihood + penalty - last) < tolerance * max(size, 1.0):
            return shape, spontaneous, rate, marks, factor, log_likelihood, iteration + 1, True
        last = log_likelihood + penalty
        spontaneous = max(immigrants, prior)
        level = marks[:, 0] * child_share[0] + marks[:, 1] * child_share[1]
        due_marks = np.zeros(2)
        for r in range(relations):
            due = 0.0
            due_by = np.zeros(2)
            for j in range(n):
                due_by[hostile[j]] += exposure[r, j] * factor[j] * inside[j]
            due = (due_by * level).sum()
            rate[r] = (counts[r] + prior) / (due + 1.0) if due > 0 else 1e-12  # nothing could come by this relation
            due_marks += rate[r] * due_by
        for a in range(2):
            for b in range(2):
                marks[a, b] = (pairs[a, b] + 2.0) / (due_marks[a] * child_share[b] + 2.0)
        strength = strengths(exposure, rate, marks, child_share, hostile)
        for j in range(n):
            factor[j] = (dispersion + offspring[j]) / (dispersion + strength[j] * inside[j])
        shape = int(np.argmax(shape_scores(log_density, mass, histogram, strength * factor, remaining, before)))
    return shape, spontaneous, rate, marks, factor, log_likelihood, max_iterations, False


@numba.njit(cache=True, nogil=True)
def probabilities(
    parent: I32, start: I64, source: I32, bins: I16, lift: F32, hostile: I8, own: F64, density: F64, pull: F64
) -> tuple[F64, F32]:
    """Give each node's probability to be spontaneous, and of each of its candidates (see ``cause_probabilities``)."""
    spontaneous = np.ones(len(parent))
    out = np.empty(len(source), np.float32)
    for i in range(len(parent)):
        if parent[i] >= 0:
            spontaneous[i] = 0.0
            continue
        h = hostile[i]
        flow = max(own[i], 1e-300)
        for c in range(start[i], start[i + 1]):
            v = pull[h, source[c]] * lift[c] * density[bins[c]]
            out[c] = v
            flow += v
        for c in range(start[i], start[i + 1]):
            out[c] = out[c] / flow
        spontaneous[i] = max(own[i], 1e-300) / flow
    return spontaneous, out


@numba.njit(cache=True, nogil=True)
def draw_parameters(
    counted: I32,
    parent: I32,
    parent_bin: I16,
    node: I32,
    relation: I8,
    bins: I16,
    choice: I32,
    hostile: I8,
    exposure: F64,
    child_share: F64,
    inside: F64,
    marks: F64,
    factor: F64,
    log_density: F64,
    mass: F64,
    remaining: I16,
    before: I16,
    dispersion: float,
    prior: float,
    generator: np.random.Generator,
) -> tuple[float, F64, F64, F64, F64]:
    """Draw all parameters but the shape from their Gamma posteriors given a structure, one block after the other.

    Parameters
    ----------
    choice : (n,)
        The structure: candidate that caused each node; -1: spontaneous; -2: its known parent.
    marks, factor
        Current values.

    Returns
    -------
    spontaneous, rate, marks, factor
        New values.
    scores
        Log-likelihood of each shape given them.
    """
    n, relations = len(parent), len(exposure)
    counts, pairs, offspring, histogram = np.zeros(relations), np.zeros((2, 2)), np.zeros(n), np.zeros(mass.shape[1])
    immigrants = 0
    for i in counted:
        if choice[i] == -1:
            immigrants += 1
            continue
        cause = parent[i] if choice[i] == -2 else node[choice[i]]
        counts[relations - 1 if choice[i] == -2 else relation[choice[i]]] += 1.0
        histogram[parent_bin[i] if choice[i] == -2 else bins[choice[i]]] += 1.0
        pairs[hostile[cause], hostile[i]] += 1.0
        offspring[cause] += 1.0
    spontaneous = generator.standard_gamma(immigrants + prior)
    rate, due_marks = np.empty(relations), np.zeros(2)
    for r in range(relations):
        due_by = np.zeros(2)
        for j in range(n):
            due_by[hostile[j]] += exposure[r, j] * factor[j] * inside[j]
        due = 0.0
        for h in range(2):
            due += due_by[h] * (marks[h, 0] * child_share[0] + marks[h, 1] * child_share[1])
        rate[r] = generator.standard_gamma(counts[r] + prior) / (due + 1.0) if due > 0 else 1e-12
        due_marks += rate[r] * due_by
    new_marks = np.empty((2, 2))
    for a in range(2):
        for b in range(2):
            new_marks[a, b] = generator.standard_gamma(pairs[a, b] + 2.0) / (due_marks[a] * child_share[b] + 2.0)
    strength = strengths(exposure, rate, new_marks, child_share, hostile)
    new_factor = np.empty(n)
    for j in range(n):
        new_factor[j] = max(generator.standard_gamma(dispersion + offspring[j]), 1e-9) / (dispersion + strength[j] * inside[j])
    scores = shape_scores(log_density, mass, histogram, strength * new_factor, remaining, before)
    return spontaneous, rate, new_marks, new_factor, scores

"""Averages over all trees that a thread's acts can form, in linear time; arrays in, arrays out, one thread at a time.

Act i answers act j with probability p_ij = w_j φ(t_i - t_j) / Z_i, φ(t) = (1 + t / s)^-γ, where the root has a power law of its own and
single pairs (a followed account, a name in the repost chain) have an additional weight. Trees with such independent choices have

    descendants:  D_j = 1 + Σ_i p_ij D_i          depth:  E_i = Σ_j p_ij (1 + E_j)

A power law is a mixture of exponentials (∫ r^(γ-1) e^-r(1+x) dr / Γ(γ)); with rates 4 apart the sum differs from it by about .1 %, and
every sum over all pairs is a recursion over the acts. The likeliest parent needs no sum: of two acts the older one fades more slowly, so
that it overtakes the newer one at most once and for good. A stack holds those whose time is still to come (the upper envelope).
"""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

from graphwatch.detect.parent_features import SCALE_S, fill_features, fill_root_features, thread_bursts
from graphwatch.model import F64, I8, I32, I64

ROOT: Final = 0
TIMING: Final = 1
FOLLOW: Final = 2
CHAIN: Final = 3
ABSENT: Final = 4
GIVEN: Final = 5

_RATIO: Final = 4.0
_LEAST: Final = 1e-9
_RATES: Final = 18


def mixture(exponent: float) -> F64:
    """Weights of the exponentials with rates ``1e-9 · 4^m`` (per unit of x) that add up to (1 + x)^-exponent, and a constant last.

    Examples
    --------
    >>> weights = mixture(0.5)
    >>> rates = np.append(1e-9 * 4.0 ** np.arange(len(weights) - 1), 0.0)
    >>> x = np.array([0.0, 1.0, 100.0, 1e6])
    >>> bool(np.allclose(np.exp(-x[:, None] * rates) @ weights, (1 + x) ** -0.5, rtol=5e-3))
    True
    """
    rates = _LEAST * _RATIO ** np.arange(_RATES)
    step = math.log(_RATIO)
    weights = step * rates**exponent * np.exp(-rates) / math.gamma(exponent)
    slower = step * _LEAST**exponent / math.gamma(exponent) / (_RATIO**exponent - 1.0)
    return np.append(weights, slower)


@numba.njit(cache=True)
def _decay(one: F64, other: F64, x: float) -> None:
    """Let every exponential of two states run for x; the last one does not decay. One exp, the others are powers of it."""
    if x <= 0.0:
        return
    factor = math.exp(-_LEAST * x)
    for m in range(len(one) - 1):
        one[m] *= factor
        other[m] *= factor
        factor = factor * factor
        factor = factor * factor


@numba.njit(cache=True)
def _product(one: F64, other: F64) -> float:
    """Scalar product of short vectors, without the overhead of a library call."""
    first = second = third = fourth = 0.0  # four sums that do not wait for each other; the order of adding is fixed all the same
    m = 0
    while m + 4 <= len(one):
        first += one[m] * other[m]
        second += one[m + 1] * other[m + 1]
        third += one[m + 2] * other[m + 2]
        fourth += one[m + 3] * other[m + 3]
        m += 4
    while m < len(one):
        first += one[m] * other[m]
        m += 1
    return (first + second) + (third + fourth)


@numba.njit(cache=True)
def thread_weights(
    time: F64, length: I32, acts: I32, answers: I32, posts: I32, mean: float, windows: F64, weights: F64, root_weights: F64
) -> tuple[F64, F64]:
    """Give the weight of each act as a cause of later ones, and the root's as the cause of each act.

    Parameters
    ----------
    weights, root_weights
        Of the features of :mod:`graphwatch.detect.parent_features`.

    Returns
    -------
    weight, root : (n,)
    """
    n = len(time)
    after, before = thread_bursts(time, windows)
    features, root_features = np.empty(len(weights)), np.empty(len(root_weights))
    weight, root = np.empty(n), np.empty(n)
    for k in range(n):
        fill_features(k, time, length, acts, answers, posts, mean, after, before, features)
        fill_root_features(k, time, length, root_features)
        weight[k] = math.exp(_product(features, weights))
        root[k] = math.exp(_product(root_features, root_weights))
    return weight, root


@numba.njit(cache=True)
def _add_pairs(
    k: int, actor: I32, row: int, chain_start: I64, chain: I32, follow_start: I64, follows: I32, seen: I32, stamp: I32, thread: int,
    node: I32, kind: I8, at: int,
) -> int:  # fmt: skip
    """List the earlier acts of place k that a chain names or whose account is followed; -1 is the root. Gives the new end of the list."""
    for c in range(chain_start[row], chain_start[row + 1]):
        if stamp[chain[c]] == thread and actor[k] != chain[c]:
            node[at], kind[at] = seen[chain[c]], CHAIN
            at += 1
            break
    for f in range(follow_start[actor[k]], follow_start[actor[k] + 1]):
        if stamp[follows[f]] == thread:
            node[at], kind[at] = seen[follows[f]], FOLLOW
            at += 1
            if at == len(node):
                break
    return at


@numba.njit(cache=True)
def _overtaken(x: F64, weight: F64, older: int, newer: int, exponent: float) -> float:
    """Give the time from which an older act is the likelier cause than a newer one, for good; infinite where it never is.

    Where w_o (1 + x - x_o)^-γ = w_n (1 + x - x_n)^-γ: the ratio of the two only grows with x.
    """
    if weight[newer] >= weight[older]:
        return math.inf
    if x[newer] <= x[older]:
        return -math.inf
    ratio = (weight[newer] / weight[older]) ** (1.0 / exponent)
    return float((x[newer] - ratio * x[older]) / (1.0 - ratio) - 1.0)


@numba.njit(cache=True)
def _push(k: int, x: F64, weight: F64, stack: I32, until: F64, top: int, exponent: float) -> int:
    """Put an act on the stack of those that can be the likeliest cause at some later time, the newest on top; gives the new top.

    ``until[s]`` is the time at which entry s is overtaken by the one below it; these times fall towards the top, because an entry that the
    one below overtakes before it could itself overtake the one above is never the likeliest.
    """
    while top > 0:
        over = _overtaken(x, weight, stack[top - 1], k, exponent)
        if over <= x[k]:
            return top
        if over < until[top - 1]:
            stack[top], until[top] = k, over
            return top + 1
        top -= 1
    stack[0], until[0] = k, math.inf
    return 1


@numba.njit(cache=True)
def average_trees(
    time: F64, weight: F64, root: F64, given: I32, pair_start: I64, pair_node: I32, pair_kind: I8, follow: F64, chain_odds: float,
    exponent: float, mixed: F64,
) -> tuple[I32, F64, I8, F64, F64, F64, F64, F64, float, float]:  # fmt: skip
    """Average over all trees of one thread.

    Parameters
    ----------
    time, weight, root : (n,)
        Of the acts after the root, in order of time.
    given : (n,)
        Place of the known parent, -1: the root; -2: to be inferred; -3: absent from the data.
    pair_start, pair_node, pair_kind
        Single pairs of place k: earlier acts (-1: the root) with evidence of their own.
    follow : (n,)
        How much likelier a cause is whose account is followed than another one of the same weight.
    chain_odds
        Odds of the act that a chain names against all others.
    exponent, mixed
        γ, and its :func:`mixture`.

    Returns
    -------
    parent, probability, kind : (n,)
        The likeliest parent (-1: the root).
    children, descendants, depth : (n,)
        Expected; the act itself is one of its descendants.
    followed : (n,)
        Probability that the parent is an account that is followed.
    at_root : (2, n)
        Probability that the root is the parent, without and with the single pairs.
    root_children, root_descendants
    """
    n = len(time)
    x = time / SCALE_S
    parent, probability, kind = np.empty(n, np.int32), np.ones(n), np.full(n, GIVEN, np.int8)
    children, descendants, depth, total = np.zeros(n), np.ones(n), np.ones(n), np.ones(n)
    followed, at_root = np.zeros(n), np.zeros((2, n))
    gain = np.zeros(len(pair_node))
    stack, until, top = np.empty(n, np.int32), np.empty(n), 0
    mass, deep = np.zeros(len(mixed)), np.zeros(len(mixed))
    for k in range(n):
        if k > 0:
            _decay(mass, deep, x[k] - x[k - 1])
        if given[k] != -2:
            parent[k] = max(given[k], -1)
            depth[k] = 1.0 + depth[parent[k]] if 0 <= parent[k] < k else 1.0
            if given[k] == -3:
                kind[k], probability[k] = ABSENT, np.nan
        else:
            z = root[k] + _product(mixed, mass)
            deeper = _product(mixed, deep)
            best, most, why = -1, root[k], ROOT
            while top > 1 and x[k] > until[top - 1]:
                top -= 1
            if top > 0:
                likeliest = weight[stack[top - 1]] * (1.0 + x[k] - x[stack[top - 1]]) ** -exponent
                if likeliest > most:
                    best, most, why = stack[top - 1], likeliest, TIMING
            base = z
            for c in range(pair_start[k], pair_start[k + 1]):
                j = pair_node[c]
                plain = root[k] if j < 0 else weight[j] * (1.0 + x[k] - x[j]) ** -exponent
                followed[k] += follow[k] * plain if pair_kind[c] == FOLLOW else 0.0
                gain[c] = chain_odds * base if pair_kind[c] == CHAIN else (follow[k] - 1.0) * plain
                z += gain[c]
                at_root[1, k] += gain[c] if j < 0 else 0.0
                deeper += gain[c] * depth[j] if j >= 0 else 0.0
                value = plain
                for other in range(pair_start[k], c + 1):
                    value += gain[other] if pair_node[other] == j else 0.0
                if value >= most:
                    why = CHAIN if j == best and why == CHAIN else pair_kind[c]
                    best, most = j, value
            total[k] = z
            followed[k] /= z
            at_root[0, k] = root[k] / base
            at_root[1, k] += root[k]
            at_root[1, k] /= z
            parent[k], probability[k], kind[k] = best, min(most / z, 1.0), why
            depth[k] = 1.0 + deeper / z
        top = _push(k, x, weight, stack, until, top, exponent)
        for m in range(len(mixed)):
            mass[m] += weight[k]
            deep[m] += weight[k] * depth[k]
    below, beside = np.zeros(len(mixed)), np.zeros(len(mixed))
    root_children, root_descendants = 0.0, 1.0
    for k in range(n - 1, -1, -1):
        if k < n - 1:
            _decay(below, beside, x[k + 1] - x[k])
        descendants[k] += weight[k] * _product(mixed, below)
        children[k] += weight[k] * _product(mixed, beside)
        if given[k] != -2:
            if parent[k] < 0:
                root_children += 1.0
                root_descendants += descendants[k]
            elif parent[k] < k:
                children[parent[k]] += 1.0
                descendants[parent[k]] += descendants[k]
            continue
        root_children += root[k] / total[k]
        root_descendants += root[k] / total[k] * descendants[k]
        for c in range(pair_start[k], pair_start[k + 1]):
            share = gain[c] / total[k]
            j = pair_node[c]
            if j < 0:
                root_children += share
                root_descendants += share * descendants[k]
            else:
                children[j] += share
                descendants[j] += share * descendants[k]
        for m in range(len(mixed)):
            below[m] += descendants[k] / total[k]
            beside[m] += 1.0 / total[k]
    return parent, probability, kind, children, descendants, depth, followed, at_root, root_children, root_descendants


@numba.njit(cache=True, nogil=True)
def infer_threads(
    start: I64, rows: I32, at: I64, actor: I32, parent: I32, missing: I8, length: I32, acts: I32, answers: I32, posts: I32, mean: float,
    chain_start: I64, chain: I32, follow_start: I64, follows: I32, windows: F64, weights: F64, root_weights: F64, kind: I8,
    lifts: F64, chain_odds: float, exponent: float, mixed: F64, accounts: int,
) -> tuple[I32, F64, I8, F64, F64, F64, F64, I32, F64]:  # fmt: skip
    """Infer the parents of every thread; each thread on its own.

    Parameters
    ----------
    start, rows
        Rows of each thread, the root first, the others ascending and so in order of time.
    at, actor, parent, length, kind, missing
        By row of the events; ``missing`` is 1 where the parent is to be inferred and 2 where it is absent from the data.
    acts, answers, posts
        By place in ``rows``: what is known of the account from before the thread.
    lifts : (kinds + 1, 2)
        How much likelier the root and a followed account are as the cause of an act of each kind; the last row is for kinds not known.

    Returns
    -------
    parent, probability, kind, children, descendants, depth, followed, pairs, at_root
        By place in ``rows``; parents are rows, -1 for the roots. ``pairs`` counts the earlier acts whose account is followed.
    """
    size = len(rows)
    out_parent, out_kind = np.full(size, -1, np.int32), np.full(size, GIVEN, np.int8)
    out_probability = np.ones(size)
    out_children, out_descendants, out_depth = np.zeros(size), np.ones(size), np.zeros(size)
    out_at_root = np.zeros((2, size))
    out_followed, out_pairs = np.zeros(size), np.zeros(size, np.int32)
    paired = len(chain) > 0 or len(follows) > 0
    seen, stamp = np.zeros(accounts if paired else 0, np.int32), np.full(accounts if paired else 0, -1, np.int32)
    node, why = np.empty(64, np.int32), np.empty(64, np.int8)
    pairs, kinds = np.empty(1024, np.int32), np.empty(1024, np.int8)
    for t in range(len(start) - 1):
        first, n = start[t], start[t + 1] - start[t] - 1
        held = rows[first + 1 : start[t + 1]]
        time = np.empty(n)
        given = np.empty(n, np.int32)
        own, words = np.empty(n, np.int32), np.empty(n, np.int32)
        pair_start = np.zeros(n + 1, np.int64)
        used = 0
        if paired:
            seen[actor[rows[first]]], stamp[actor[rows[first]]] = -1, t
        for k in range(n):
            row = held[k]
            time[k] = max(at[row] - at[rows[first]], 0) / 1e6
            words[k], own[k] = length[row], actor[row]
            given[k] = -1
            if missing[row] > 0:
                given[k] = -1 - missing[row]
            elif parent[row] >= 0:
                found_at = np.searchsorted(held, parent[row])
                given[k] = found_at if found_at < n and held[found_at] == parent[row] else -1
            if paired and missing[row] == 1:
                count = _add_pairs(k, own, row, chain_start, chain, follow_start, follows, seen, stamp, t, node, why, 0)
                while used + count > len(pairs):
                    pairs = np.concatenate((pairs, np.empty(len(pairs), np.int32)))
                    kinds = np.concatenate((kinds, np.empty(len(kinds), np.int8)))
                pairs[used : used + count] = node[:count]
                kinds[used : used + count] = why[:count]
                used += count
                out_pairs[first + 1 + k] = (why[:count] == FOLLOW).sum()
            pair_start[k + 1] = used
            if paired:
                seen[own[k]], stamp[own[k]] = k, t
        span = slice(first + 1, start[t + 1])
        weight, root = thread_weights(
            time, words, acts[span], answers[span], posts[span], mean, windows, weights, root_weights
        )  # fmt: skip
        follow = np.empty(n)
        for k in range(n):
            root[k] *= lifts[kind[held[k]], 0]
            follow[k] = lifts[kind[held[k]], 1]
        found = average_trees(time, weight, root, given, pair_start, pairs, kinds, follow, chain_odds, exponent, mixed)
        for k in range(n):
            out_parent[first + 1 + k] = rows[first + 1 + found[0][k]]
        out_probability[span], out_kind[span] = found[1], found[2]
        out_children[span], out_descendants[span], out_depth[span] = found[3], found[4], found[5]
        out_followed[span] = found[6]
        out_at_root[:, span] = found[7]
        out_children[first], out_descendants[first] = found[8], found[9]
    return out_parent, out_probability, out_kind, out_children, out_descendants, out_depth, out_followed, out_pairs, out_at_root

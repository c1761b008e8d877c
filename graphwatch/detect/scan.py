"""Kernels of the scan: distinct accounts in sliding windows, their likelihood ratio against the baseline, and its tail.

Every kernel sees one target's events and a few global numbers, so that it can run under any group-by.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p
from typing import Final

import numba
import numpy as np

from graphwatch.detect.profile import exposure
from graphwatch.model import F64, HOUR, I32, I64

_TERMS: Final = 256
_STEPS: Final = 10_000
_SURE: Final = 1.0 + 1e-9


@numba.njit(cache=True, nogil=True)
def distinct_per_bin(at: I64, previous: I32, low: int, high: int, origin: int, width: int) -> tuple[int, float]:
    """Count distinct accounts in consecutive bins of one target's events.

    Parameters
    ----------
    at, previous
        Of a :class:`~graphwatch.detect.streams.Stream`.
    low, high
        Positions ``low … high - 1`` belong to the target.
    origin, width
        Bins start at ``origin`` and last ``width`` µs.

    Returns
    -------
    total
        Sum over bins of the distinct accounts c.
    pairs
        Sum over bins of c (c - 1).
    """
    total, pairs, count = 0, 0.0, 0
    opened = closed = at[low] if low < high else 0  # of the current bin
    for i in range(low, high):
        if at[i] >= closed:
            pairs += count * (count - 1.0)
            opened = origin + (at[i] - origin) // width * width
            count, closed = 0, opened + width
        p = previous[i]
        if p < low or at[p] < opened:
            count += 1
            total += 1
    return total, pairs + count * (count - 1.0)


@numba.njit(cache=True, nogil=True)
def log_likelihood_ratio(count: float, mean: float, dispersion: float) -> float:
    """Scan statistic of one window: negative-binomial log-likelihood at mean ``count`` minus that at ``mean``; 0 when not in excess.

    Parameters
    ----------
    count
        Distinct accounts seen.
    mean
        Distinct accounts expected.
    dispersion
        α of Var = mean + α mean². At 0 it is Kulldorff's Poisson statistic c log(c / μ) - (c - μ).

    Examples
    --------
    >>> round(log_likelihood_ratio(20.0, 5.0, 0.0), 3), round(log_likelihood_ratio(20.0, 5.0, 0.5), 3)
    (12.726, 2.533)
    """
    if count <= mean:
        return 0.0
    if dispersion < 1e-9:
        return count * log(count / mean) - (count - mean)
    k = 1.0 / dispersion
    return count * log(count / mean) - (count + k) * log((count + k) / (mean + k))


@numba.njit(cache=True, nogil=True)
def window_tail(count: int, mean: float, dispersion: float, rough: float) -> float:
    """Give the expected number of separate excesses per window length: how often a sliding window reaches ``count`` by chance.

    Parameters
    ----------
    count, mean, dispersion
        See :func:`log_likelihood_ratio`.
    rough
        Share in [0, 1] of the over-dispersion that comes from ups and downs shorter than the window.

    Notes
    -----
    P(X ≥ c) + c P(X = c) - (c + 1) P(X = c + 1) for X negative binomial. It is Alm's approximation for scan statistics (Alm 1983; Glaz,
    Naus & Wallenstein 2001, ch. 3) averaged over the gamma-distributed rate that makes the negative binomial: an upward crossing of c has
    rate λ P(X = c - 1 | λ), and the share 1 - λ / c of them starts a new excess. That holds when the rate stays put for a window's length.
    When it changes faster, windows half a length apart are almost as good as new ones, and the sliding maximum gains the factor 2 LLR (that
    of a Gaussian process with independent increments: b² at b standard deviations). Accurate in the upper tail; at counts near the mean it
    only says "not rare".

    Examples
    --------
    >>> bool(window_tail(12, 2.0, 0.0, 0.0) < window_tail(12, 2.0, 0.5, 0.0) < window_tail(12, 2.0, 0.5, 1.0))
    True
    """
    return tail_below(count, mean, dispersion, rough, np.inf)


@numba.njit(cache=True, nogil=True)
def tail_below(count: int, mean: float, dispersion: float, rough: float, limit: float) -> float:
    """Give :func:`window_tail` where it is at most ``limit``, and infinity as soon as it is seen to be more: most of it is a long sum.

    Examples
    --------
    >>> tail_below(12, 2.0, 0.5, 1.0, 1e-6), tail_below(12, 2.0, 0.5, 1.0, 1.0) == window_tail(12, 2.0, 0.5, 1.0)
    (inf, True)
    """
    if dispersion < 1e-9:
        step = mean
        first = exp(count * log(mean) - mean - lgamma(count + 1.0))
        ratio_limit = 0.0
    else:
        k = 1.0 / dispersion
        step = mean / (mean + k)
        first = exp(lgamma(count + k) - lgamma(k) - lgamma(count + 1.0) + count * log(step) - k * log1p(mean / k))
        ratio_limit = step
    term, total = first, 0.0
    second = 0.0
    weight = 1.0 + 2.0 * rough * log_likelihood_ratio(count, mean, dispersion)
    for j in range(_TERMS if dispersion >= 1e-9 else _STEPS):
        total += term
        if min(total, 1.0) * weight > limit * _SURE:
            return np.inf
        x = count + j
        ratio = step / (x + 1.0) if dispersion < 1e-9 else (x + 1.0 / dispersion) / (x + 1.0) * step
        term *= ratio
        if j == 0:
            second = term
        bound = max(ratio, ratio_limit)
        if bound < 1.0 and term < 1e-12 * total * (1.0 - bound):
            break
    else:  # a sum without an end: the same tail as an incomplete beta function
        k = 1.0 / max(dispersion, 1e-9)
        if dispersion < 1e-9:
            total += term / max(1.0 - ratio, 1e-12)
        elif step < (count + 1.0) / (count + k + 2.0):
            total = first * _beta_fraction(float(count), k, step)
        else:  # the fraction is quick for the other side
            total = 1.0 - first * count / k * _beta_fraction(k, float(count), 1.0 - step)
    tail = min(total, 1.0)
    crossings = max(count * first - (count + 1.0) * second, 0.0)
    return tail + crossings + 2.0 * rough * log_likelihood_ratio(count, mean, dispersion) * tail


@numba.njit(cache=True, nogil=True)
def _beta_fraction(a: float, b: float, x: float) -> float:
    """Give I_x(a, b) a B(a, b) / (x^a (1 - x)^b) by its continued fraction (DLMF 8.17.22), which is quick for x < (a + 1) / (a + b + 2).

    With a = count, b = 1 / dispersion and x = mean / (mean + b) it is P(X ≥ count) / P(X = count) of the negative binomial.
    """
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a - 1.0 + 2 * m) * (a + 2 * m))
        d = 1.0 / (1.0 + even * d)
        c = 1.0 + even / c
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 1.0 + 2 * m))
        d = 1.0 / (1.0 + odd * d)
        c = 1.0 + odd / c
        value *= d * c
        if abs(d * c - 1.0) < 1e-14:
            break
    return value


@numba.njit(cache=True, nogil=True)
def best_window(
    at: I64,
    previous: I32,
    following: I32,
    low: int,
    high: int,
    opened: int,
    width: int,
    running: F64,
    total: float,
    observed: float,
    shape: float,
    prior_rate: float,
    flat: float,
    steep: float,
    least: int,
) -> tuple[float, int, float, float, int, int]:
    """Slide a window along one piece of one target's events and give the most striking place.

    Parameters
    ----------
    low, high
        The piece's positions.
    opened
        Time at which the piece begins, µs. Windows reach back beyond it by a fifth at most (and are taken as that much shorter): the
        dispersion of short windows is another.
    width
        Window length, µs.
    running
        Cumulative profile.
    total, observed
        Distinct accounts summed over bins of this width, and profile-weighted hours, of everything that may serve as baseline (this piece
        included).
    shape, prior_rate
        Gamma prior of the rate per profile-weighted hour: ``shape`` pseudo-accounts at ``prior_rate``.
    flat, steep
        Dispersion α = ``flat`` + ``steep`` / mean.
    least
        Fewest distinct accounts of interest.

    Returns
    -------
    statistic, count, mean, dispersion, first, last
        Log-likelihood ratio (higher is stronger; 0: nothing), distinct accounts seen and expected, the dispersion used, and the positions
        of the window's first and last event.

    Notes
    -----
    The rate is the posterior mean given what lies *outside* the window (as in Kulldorff 1997), so a burst does not raise its own baseline.
    Windows are anchored at their last event: (at - width, at]. O(high - low).
    """
    best, best_count, best_mean, best_dispersion, best_first, best_last = 0.0, 0, 0.0, 0.0, low, low
    count, left = 0, low
    early = opened - width // 5
    for i in range(low, high):
        if previous[i] < left:
            count += 1
        while at[left] <= at[i] - width:
            if following[left] > i:
                count -= 1
            left += 1
        if count < least or at[i] - width < early or (i + 1 < high and at[i + 1] == at[i]):
            continue
        span = max(exposure(at[i], running) - exposure(max(at[i] - width, opened), running), 1e-3)
        rest = max(total - count, 0.0) + shape
        mean = rest / (max(observed - span, 0.0) + shape / prior_rate) * span
        if count <= mean or (count <= best_count and mean >= best_mean):
            continue
        dispersion = flat + steep / mean + 1.0 / rest
        value = log_likelihood_ratio(count, mean, dispersion)
        if value > best:
            best, best_count, best_mean, best_dispersion, best_first, best_last = value, count, mean, dispersion, left, i
    return best, best_count, best_mean, best_dispersion, best_first, best_last


@numba.njit(cache=True, nogil=True)
def scan_group(
    at: I64,
    previous: I32,
    following: I32,
    pieces: I64,
    origin: int,
    widths: I64,
    running: F64,
    shape: float,
    prior_rate: F64,
    flat: F64,
    steep: F64,
    rough: F64,
    least: int,
    scales: float,
) -> tuple[float, F64, I64]:
    """Scan one target's pieces at all scales.

    Parameters
    ----------
    pieces : (k, 4)
        First position, end position, time opened, time closed of each stretch of events that is not yet part of a burst.
    origin
        Start of the data, µs.
    widths : (s,)
        Window lengths, µs.
    prior_rate, flat, steep, rough : (s,)
        Per scale; see :func:`best_window`, and for ``rough`` :class:`~graphwatch.detect.baseline.Baseline`.
    scales
        Effective number of scales, for the correction.

    Returns
    -------
    p_value
        Chance of so rare a window anywhere on this target at any scale; 1 when no window has enough accounts.
    figures : (4,)
        Log-likelihood ratio, distinct accounts seen, expected, and the expected number of such excesses.
    place : (4,)
        First and last position of the window, piece, scale.
    """
    figures, place = np.zeros(4), np.zeros(4, np.int64)
    rarest = np.inf
    observed = 0.0
    for q in range(len(pieces)):
        observed += exposure(pieces[q, 3], running) - exposure(pieces[q, 2], running)
    for s in range(len(widths)):
        if observed * HOUR < 1.25 * widths[s] and s > 0:
            continue
        total = 0.0
        for q in range(len(pieces)):
            total += distinct_per_bin(at, previous, pieces[q, 0], pieces[q, 1], origin, widths[s])[0]
        if total < least:
            continue
        for q in range(len(pieces)):
            value, count, mean, dispersion, first, last = best_window(
                at, previous, following, pieces[q, 0], pieces[q, 1], pieces[q, 2], widths[s], running, total, observed,
                shape, prior_rate[s], flat[s], steep[s], least,
            )  # fmt: skip
            if value <= 0.0:
                continue
            restless = min((rough[s] * flat[s] + steep[s] / mean) / dispersion, 1.0)
            windows = max(observed * HOUR / widths[s], 1.0)
            expected = tail_below(count, mean, dispersion, restless, rarest / windows) * windows
            if expected < rarest:
                rarest = expected
                figures[0], figures[1], figures[2], figures[3] = value, count, mean, expected
                place[0], place[1], place[2], place[3] = first, last, q, s
    p_value = 1.0 if rarest == np.inf else -np.expm1(-min(rarest * scales, 700.0))
    return min(max(p_value, 1e-300), 1.0), figures, place


@numba.njit(cache=True, nogil=True)
def moments_per_bin(groups: I64, start: I64, at: I64, previous: I32, origin: int, widths: I64) -> tuple[F64, F64]:
    """Give :func:`distinct_per_bin` of some targets: one row for each of the ``widths``, one column for each of the ``groups``."""
    total, pairs = np.zeros((len(widths), len(groups))), np.zeros((len(widths), len(groups)))
    for k in range(len(groups)):
        g = groups[k]
        for s in range(len(widths)):
            total[s, k], pairs[s, k] = distinct_per_bin(at, previous, start[g], start[g + 1], origin, widths[s])
    return total, pairs

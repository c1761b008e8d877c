"""From striking windows to bursts: where each begins and ends, by likelihood, one after the other."""

from __future__ import annotations

from math import log
from typing import Final

import numba
import numpy as np

from graphwatch.detect.profile import exposure
from graphwatch.detect.scan import scan_group
from graphwatch.model import F64, HOUR, I32, I64

MAX_BURSTS: Final = 64
_INSTANT: Final = 1.0 / 60.0  # hours that an interval lasts at least
_REACH: Final = 24 * HOUR
_EXCESS: Final = 4.0  # the tail is tested against four times the usual rate, so it ends at (4 - 1) / log 4 = 2.2 times
_EBB: Final = 0.01  # … or at about 2 % of the burst's mean rate
_OVER: Final = 3.0  # log-likelihood ratio at which the burst is over
_LULL: Final = 6 * HOUR


@numba.njit(cache=True, nogil=True)
def two_rate_likelihood(inside: float, span: float, total: float, observed: float) -> float:
    """Log-likelihood ratio of "another rate inside" against "one rate", up to nothing: Kulldorff's conditional statistic.

    Parameters
    ----------
    inside, span
        Events and exposure inside.
    total, observed
        Events and exposure altogether, the prior's pseudo-events and pseudo-exposure included.

    Returns
    -------
    float
        Higher is stronger; 0 when the inside is not busier.

    Examples
    --------
    >>> round(two_rate_likelihood(30, 1.0, 60, 100.0), 1)
    96.9
    """
    outside, rest = total - inside, observed - span
    if span <= 0 or rest <= 0 or inside * rest <= outside * span:
        return 0.0
    value = inside * log(inside / span) - total * log(total / observed)
    return value + outside * log(outside / rest) if outside > 0 else value


@numba.njit(cache=True, nogil=True)
def refine(clock: F64, seen: I64, first: int, last: int, total: float, observed: float) -> tuple[int, int]:
    """Move start and end of an interval, in turn, to where the likelihood is largest.

    Parameters
    ----------
    clock : (m,)
        Exposure at each event, ascending.
    seen : (m + 1,)
        Number of fresh events before each position.
    first, last
        Where to begin: positions of the first and the last event, inclusive.
    total, observed
        See :func:`two_rate_likelihood`.

    Returns
    -------
    first, last
        A local maximum: the epidemic change-point estimate (Levin & Kline 1985). Ties go to the shorter interval.
    """
    for _ in range(20):
        before = (first, last)
        best = -1.0
        for s in range(last, -1, -1):
            if seen[s + 1] == seen[s] and s != last:
                continue
            value = two_rate_likelihood(seen[last + 1] - seen[s], clock[last] - clock[s] + _INSTANT, total, observed)
            if value > best:
                best, first = value, s
        best = -1.0
        for e in range(first, len(clock)):
            if seen[e + 1] == seen[e] and e != first:
                continue
            value = two_rate_likelihood(seen[e + 1] - seen[first], clock[e] - clock[first] + _INSTANT, total, observed)
            if value > best:
                best, last = value, e
        if before == (first, last):
            break
    return first, last


@numba.njit(cache=True, nogil=True)
def _fresh(at: I64, previous: I32, i: int, low: int) -> bool:
    """Whether the account has not acted since ``low`` within a day before."""
    return bool(previous[i] < low or at[i] - at[previous[i]] > _REACH)


@numba.njit(cache=True, nogil=True)
def _count_fresh(at: I64, previous: I32, pieces: I64) -> int:
    fresh = 0
    for q in range(len(pieces)):
        for i in range(pieces[q, 0], pieces[q, 1]):
            if _fresh(at, previous, i, pieces[q, 0]):
                fresh += 1
    return fresh


@numba.njit(cache=True, nogil=True)
def _extent(at: I64, previous: I32, running: F64, piece: I64, first: int, last: int, total: float, observed: float) -> tuple[int, int]:
    """Refine a window within a day on both sides of it; positions in, positions out."""
    low, high = first, last + 1
    while low > piece[0] and at[low - 1] >= at[first] - _REACH:
        low -= 1
    while high < piece[1] and at[high] <= at[last] + _REACH:
        high += 1
    m = high - low
    clock, seen = np.empty(m), np.zeros(m + 1, np.int64)
    for i in range(m):
        clock[i] = exposure(at[low + i], running)
        seen[i + 1] = seen[i] + (1 if _fresh(at, previous, low + i, piece[0]) else 0)
    first, last = refine(clock, seen, first - low, last - low, total, observed)
    return low + first, low + last


@numba.njit(cache=True, nogil=True)
def _usual(at: I64, previous: I32, running: F64, low: int, first: int, last: int, total: float, observed: float) -> float:
    """Give the rate outside of a burst, or what may pass for it beside so strong a one."""
    inside = 0
    for i in range(first, last + 1):
        inside += 1 if _fresh(at, previous, i, low) else 0
    span = exposure(at[last], running) - exposure(at[first], running) + _INSTANT
    return max((total - inside) / max(observed - span, _INSTANT), _EBB * inside / span)


@numba.njit(cache=True, nogil=True)
def _tail(at: I64, previous: I32, running: F64, piece: I64, first: int, last: int, total: float, observed: float) -> int:
    """Give the position of the last event of the burst's tail: where the cumulative score of "still busier than usual" is highest."""
    usual = _usual(at, previous, running, piece[0], first, last, total, observed)
    score, best, end = 0.0, 0.0, last
    for i in range(last + 1, piece[1]):
        if at[i] - at[i - 1] > _LULL:
            break
        score -= (_EXCESS - 1.0) * usual * (exposure(at[i], running) - exposure(at[i - 1], running))
        if score < best - _OVER:
            break
        if _fresh(at, previous, i, piece[0]):
            score += log(_EXCESS)
        if score > best:
            best, end = score, i
    return end


@numba.njit(cache=True, nogil=True)
def _lull(at: I64, running: F64, first: int, last: int, quiet: int, usual: float) -> int:
    """Give the position of the first event after the calmest ``quiet`` µs within a burst; -1: they are nowhere calm.

    Calm is a rate at which a tail has ended. The cut is at the widest gap within the calm.
    """
    cut, least, j = -1, np.inf, first
    for i in range(first, last):
        j = max(j, i + 1)
        while j < last and at[j] - at[i] <= quiet:
            j += 1
        if at[j] - at[i] <= quiet:
            break
        between = j - i - 1
        calm = (_EXCESS - 1.0) / log(_EXCESS) * usual * (exposure(at[j], running) - exposure(at[i], running))
        if between <= calm and between < least:
            least, cut = between, i + 1
            for k in range(i + 1, j + 1):
                if at[k] - at[k - 1] > at[cut] - at[cut - 1]:
                    cut = k
    return cut


@numba.njit(cache=True, nogil=True)
def _accounts(previous: I32, first: int, past: int) -> int:
    count = 0
    for i in range(first, past):
        count += 1 if previous[i] < first else 0
    return count


@numba.njit(cache=True, nogil=True)
def _one_wave(
    at: I64, previous: I32, running: F64, piece: I64, first: int, last: int, total: float, observed: float, quiet: int, least: int
) -> tuple[int, int]:
    """Cut an extent where nothing out of the ordinary happens for ``quiet`` µs, and keep the part of more accounts.

    A window of a day is the likeliest for two raids on one day; what lies on the other side of the calm is a burst of its own, if it is
    one. Where no part has ``least`` accounts the whole is kept: together they are what was found.
    """
    bounds = piece.copy()
    for _ in range(MAX_BURSTS):
        if at[last] - at[first] <= quiet:
            break
        cut = _lull(at, running, first, last, quiet, _usual(at, previous, running, bounds[0], first, last, total, observed))
        if cut < 0:
            break
        left, right = _accounts(previous, first, cut), _accounts(previous, cut, last + 1)
        if max(left, right) < least:
            break
        if left >= right:
            bounds[1], last = cut, cut - 1
        else:
            bounds[0], first = cut, cut
        first, last = _extent(at, previous, running, bounds, first, last, total, observed)
    return first, last


@numba.njit(cache=True, nogil=True)
def bursts_of_group(
    at: I64,
    previous: I32,
    following: I32,
    low: int,
    high: int,
    opened: int,
    closed: int,
    widths: I64,
    running: F64,
    shape: float,
    prior_rate: F64,
    flat: F64,
    steep: F64,
    rough: F64,
    least: int,
    scales: float,
    level: float,
    quiet: int,
) -> tuple[I64, F64]:
    """Find all bursts of one target, the strongest first.

    Each round scans what is left, gives the rarest window its likeliest extent, cuts it out and goes on: later rounds see a baseline
    without the bursts already found (circular binary segmentation; Olshen et al. 2004, with Kulldorff's statistic). A burst that dies away
    slowly is followed into its tail by a cumulative sum (Page 1954), until its rate is about twice the usual or 2 % of its mean.

    Parameters
    ----------
    level
        Largest p-value of a burst.
    quiet
        µs without anything out of the ordinary that part two bursts, although one long window holds both.

    Returns
    -------
    extent : (k, 2)
        First and last position of each burst, inclusive.
    figures : (k, 4)
        Log-likelihood ratio, expected accounts in the scanned window, p-value, accounts seen in the scanned window.
    """
    extent, figures = np.empty((MAX_BURSTS, 2), np.int64), np.empty((MAX_BURSTS, 4))
    pieces = np.empty((MAX_BURSTS + 1, 4), np.int64)
    pieces[0, 0], pieces[0, 1], pieces[0, 2], pieces[0, 3] = low, high, opened, closed
    live, found = 1, 0
    while found < MAX_BURSTS:
        p_value, figure, place = scan_group(
            at, previous, following, pieces[:live], opened, widths, running, shape, prior_rate, flat, steep, rough, least, scales
        )
        if p_value > level:
            break
        total, observed = shape + _count_fresh(at, previous, pieces[:live]), shape / prior_rate[-1]
        for q in range(live):
            observed += exposure(pieces[q, 3], running) - exposure(pieces[q, 2], running)
        piece = pieces[place[2]].copy()
        first, last = _extent(at, previous, running, piece, place[0], place[1], total, observed)
        first, last = _one_wave(at, previous, running, piece, first, last, total, observed, quiet, least)
        last = _tail(at, previous, running, piece, first, last, total, observed)
        extent[found, 0], extent[found, 1] = first, last
        figures[found, 0], figures[found, 1], figures[found, 2], figures[found, 3] = figure[0], figure[2], p_value, figure[1]
        found += 1
        pieces[place[2], 1], pieces[place[2], 3] = first, at[first]
        pieces[live, 0], pieces[live, 1], pieces[live, 2], pieces[live, 3] = last + 1, piece[1], at[last], piece[3]
        live += 1
    return extent[:found].copy(), figures[:found].copy()


@numba.njit(cache=True, nogil=True)
def bursts_of_groups(
    chosen: I64,
    start: I64,
    at: I64,
    previous: I32,
    following: I32,
    opened: int,
    closed: int,
    widths: I64,
    running: F64,
    shape: float,
    prior_rate: F64,
    flat: F64,
    steep: F64,
    rough: F64,
    least: int,
    scales: float,
    level: float,
    quiet: int,
) -> tuple[I64, F64]:
    """Run :func:`bursts_of_group` on the chosen groups; ``extent`` gets the group as a third column.

    ``prior_rate`` and ``flat`` have a row per group.
    """
    extents, figures, size = np.empty((64, 3), np.int64), np.empty((64, 4)), 0
    for g in chosen:
        extent, figure = bursts_of_group(
            at,
            previous,
            following,
            start[g],
            start[g + 1],
            opened,
            closed,
            widths,
            running,
            shape,
            prior_rate[g],
            flat[g],
            steep,
            rough,
            least,
            scales,
            level,
            quiet,
        )
        while size + len(extent) > len(extents):
            extents, figures = np.concatenate((extents, np.empty_like(extents))), np.concatenate((figures, np.empty_like(figures)))
        for k in range(len(extent)):
            extents[size, 0], extents[size, 1], extents[size, 2] = extent[k, 0], extent[k, 1], g
            figures[size] = figure[k]
            size += 1
    return extents[:size].copy(), figures[:size].copy()

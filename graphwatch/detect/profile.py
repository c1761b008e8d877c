"""The hour-of-week profile: how much of the ordinary traffic falls into each hour, over all targets."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, HOUR, I64

HOURS: Final = 168
_MONDAY: Final = 72  # hours from Monday 00:00 to Thursday 1970-01-01 00:00
_FEW_DAYS: Final = 3
_FLOOR: Final = 0.1


def flat_profile() -> F64:
    """Give the profile of traffic that does not vary."""
    return np.ones(HOURS)


def hour_of_week_profile(at: I64) -> F64:
    """Estimate the profile from times of interactions.

    Parameters
    ----------
    at : (n,)
        µs UTC, ascending.

    Returns
    -------
    profile : (168,)
        Rate of each hour of the week from Monday 00:00 UTC, as a multiple of the mean; at least .1, mean 1.

    Notes
    -----
    Each hour's share *of its day* is taken, and of these the median over days, so that a burst or a news event distorts one day of many and
    not the profile (a pooled mean would take the event for a habit). Weekday × hour deviations from the common day are medians over weeks.
    Both are pulled to "no variation" on the log scale by days / (days + 4) and weeks / (weeks + 4): a few days do not make a habit, and
    under three whole days the profile is flat. What breaks it: an event on most of the days; a change of habits during the data.

    Examples
    --------
    >>> day = np.arange(10) * 24 * HOUR
    >>> evenings = np.sort(np.concatenate([day + 20 * HOUR, day + 20 * HOUR, day + 21 * HOUR, day + 8 * HOUR]))
    >>> profile = hour_of_week_profile(evenings)
    >>> bool(profile[20] > profile[8] > profile[3])
    True
    """
    if len(at) == 0:
        return flat_profile()
    hour = at // HOUR
    starts = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(np.diff(hour)) + 1])
    hours, counts = hour[starts], np.diff(starts, append=len(hour))
    day, first = hours // 24, (at[0] + 24 * HOUR - 1) // (24 * HOUR)
    whole = (day >= first) & (day < (at[-1] + HOUR) // (24 * HOUR))
    days, which = np.unique(day[whole], return_inverse=True)
    if len(days) < _FEW_DAYS:
        return flat_profile()
    table = np.zeros((len(days), 24))
    table[which, (hours[whole] % 24).astype(np.int64)] = counts[whole]
    table = _smooth(table)
    table += 0.02 * table.mean(axis=1, keepdims=True) + 1.0 / 24
    share = table / table.mean(axis=1, keepdims=True)
    common = np.median(share, axis=0)
    common = (common / common.mean()) ** (len(days) / (len(days) + 4.0))
    weekday = ((days + _MONDAY // 24) % 7).astype(np.int64)
    profile = np.empty((7, 24))
    for d in range(7):
        own = share[weekday == d]
        weight = len(own) / (len(own) + 4.0) if len(own) >= _FEW_DAYS else 0.0
        own_day = np.median(own, axis=0) if len(own) else common
        profile[d] = common ** (1 - weight) * own_day**weight
    profile = np.maximum(profile, _FLOOR)
    scaled: F64 = (profile / profile.mean()).ravel()
    return scaled


def _smooth(table: F64) -> F64:
    """Average each hour with its two neighbours (half, quarter, quarter)."""
    flat = table.ravel()
    padded = np.concatenate([flat[:1], flat, flat[-1:]])
    return (0.5 * padded[1:-1] + 0.25 * padded[:-2] + 0.25 * padded[2:]).reshape(table.shape)


def cumulative(profile: F64) -> F64:
    """Give the profile's running sum from 0, with one entry more than hours: the form that :func:`exposure` reads."""
    return np.concatenate([np.zeros(1), np.cumsum(profile)])


@numba.njit(cache=True, nogil=True)
def exposure(at: int, running: F64) -> float:
    """Profile-weighted hours from the first Monday of 1970 to ``at``; differences of it are the exposure of a window.

    Parameters
    ----------
    at
        µs UTC.
    running : (169,)
        From :func:`cumulative`.
    """
    hour, base, rate = hour_of(at, running)
    return float(base + (at - hour) / HOUR * rate)


@numba.njit(cache=True, nogil=True)
def hour_of(at: int, running: F64) -> tuple[int, float, float]:
    """Give the begin of the hour that holds ``at``, µs, the exposure there, and how much of it that hour has."""
    count = at // HOUR
    week = (count + _MONDAY) // HOURS
    h = count + _MONDAY - week * HOURS
    return count * HOUR, week * running[HOURS] + running[h], running[h + 1] - running[h]


@numba.njit(cache=True, nogil=True)
def exposures(at: I64, running: F64) -> F64:
    """Give :func:`exposure` of each time."""
    out = np.empty(len(at))
    for i in range(len(at)):
        out[i] = exposure(at[i], running)
    return out

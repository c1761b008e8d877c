"""When spontaneous acts are due: the hour profile of all traffic."""

from __future__ import annotations

from typing import Final

import numpy as np

from graphwatch.model import DAY, F64, HOUR, I64, Events, Pileons

MIN_DAYS: Final = 7
MIN_ACTS: Final = 1000
SMOOTH: Final = 0.05  # share of a flat profile that is mixed in


def hour_profile(events: Events, pileons: Pileons) -> F64:
    """Relative activity by hour of the day (UTC), mean 1, of what is in no pile-on; flat when there are not seven days of it.

    Returns
    -------
    (24,)
        Above 1: busier than the mean hour.
    """
    flat = np.ones(24)
    if len(events) < MIN_ACTS or events.at[-1] - events.at[0] < MIN_DAYS * DAY:
        return flat
    counts = np.bincount(events.at // HOUR % 24, minlength=24) - np.bincount(events.at[pileons.rows.values] // HOUR % 24, minlength=24)
    total = counts.sum()
    if total < MIN_ACTS:
        return flat
    profile: F64 = SMOOTH + (1 - SMOOTH) * np.maximum(counts, 0) * 24 / total
    return profile


def accumulated(at: I64, profile: F64) -> F64:
    """Hours since 1970 weighted by the profile, at the given times (µs).

    Examples
    --------
    >>> accumulated(np.array([0, HOUR, DAY + HOUR // 2]), np.ones(24)).tolist()
    [0.0, 1.0, 24.5]
    """
    edges = np.concatenate([[0.0], np.cumsum(profile)])
    hours = at // HOUR
    within = (at % HOUR) / HOUR
    total: F64 = hours // 24 * edges[-1] + edges[hours % 24] + within * profile[hours % 24]
    return total


def spontaneous_share(at: I64, onset: int, end: int, profile: F64) -> tuple[F64, F64]:
    """Density (1/s) of spontaneous acts at the given times, and the share of them due from the onset to each.

    The density sums to one from onset to end; before the onset it goes on by the same profile, and the share is negative there.
    """
    end = max(end, onset + 1_000_000)
    low, high = accumulated(np.array([onset, end], np.int64), profile)
    total = max(high - low, 1e-12)
    return profile[at // HOUR % 24] / (total * 3600.0), (accumulated(at, profile) - low) / total

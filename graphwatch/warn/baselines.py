"""Four simple alarms to compare the model with: volume, Poisson z, EARS C2, and the Hawkes forecast alone. Higher is riskier."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, HOUR, I32, I64, Bools, Events
from graphwatch.warn import features as f

EARS_HOURS: Final = 168
EARS_GUARD: Final = 48


def volume(rows: F64, block: int) -> F64:
    """Distinct accounts of the last hour (exponential window); ``rows`` are target states (n, WIDTH)."""
    return rows[:, block + f.D1H].copy()


@numba.njit(cache=True)
def poisson_z(rows: F64, block: int, elapsed: F64) -> F64:
    """Standardised excess of the last hour over the target's baseline, (seen - expected) / sqrt(variance of the decayed sum)."""
    out = np.zeros(len(rows))
    for i in range(len(rows)):
        expected = f.baseline(rows[i], block, elapsed[i]) * f.T1H
        out[i] = (rows[i, block + f.D1H] - expected) / np.sqrt(expected / 2.0)
    return out


@numba.njit(cache=True)
def hawkes_only(rows: F64, block: int, horizon: float) -> F64:
    """Accounts still to come by the branching process alone; ``horizon`` in seconds."""
    out = np.zeros(len(rows))
    for i in range(len(rows)):
        out[i] = f.still_to_come(rows[i], block, horizon)
    return out


@numba.njit(cache=True)
def c2(start: I64, at: I64, point_start: I64, point_at: I64, bin_width: int, bins: int, guard: int) -> F64:
    """EARS C2 of each point: (count of the last bin - mean) / sd, over ``bins`` bins that end ``guard`` bins earlier.

    Parameters
    ----------
    start, at, point_start, point_at
        Acts and points per target, as compressed lists, each ascending in time (µs).
    bin_width
        µs. Bins are counted back from the point.
    """
    out = np.zeros(len(point_at))
    for k in range(len(start) - 1):
        for p in range(point_start[k], point_start[k + 1]):
            counts = np.zeros(bins)
            now = 0.0
            for i in range(start[k], start[k + 1]):
                age = point_at[p] - at[i]
                if age < 0:
                    break
                back = age // bin_width
                if back == 0:
                    now += 1.0
                elif back > guard and back <= guard + bins:
                    counts[back - guard - 1] += 1.0
            out[p] = (now - counts.mean()) / max(counts.std(), 0.2)
    return out


def ears_c2(events: Events, mask: Bools, target: I32, at: I64) -> F64:
    """EARS C2 (Hutwagner et al. 2003) with hours for days: last hour against the 168 hours that end two days ago.

    Parameters
    ----------
    events, mask
        Acts that count.
    target, at : (n,)
        Points, sorted by (target, at).
    """
    row, targets = events.targets.rows(), events.targets.values
    kept = mask[row]
    row, targets = row[kept], targets[kept]
    order = np.argsort(targets, kind="stable")
    ends = np.arange(len(events.accounts) + 1)
    start = np.searchsorted(targets[order], ends).astype(np.int64)
    point_start = np.searchsorted(target, ends).astype(np.int64)
    return c2(start, events.at[row[order]], point_start, at, int(HOUR), EARS_HOURS, EARS_GUARD)

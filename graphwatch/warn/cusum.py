"""Poisson CUSUM and scan statistic of a series of times: the definitions that the state machine computes recursively."""

from __future__ import annotations

import math

import numpy as np

from graphwatch.model import F64
from graphwatch.warn.features import SHIFT, cusum_wait, scan_ratio


def poisson_cusum(times: F64, rate: float, shift: float = SHIFT) -> F64:
    """CUSUM of a Poisson stream against a baseline rate, just after each event.

    It is the largest log-likelihood ratio, over all starting points, of "the rate is ``shift`` × ``rate`` from there on" against "it is
    ``rate``" (Page 1954; Lucas 1985 for counts). Higher is stronger evidence of a rise; 0 is none.

    Parameters
    ----------
    times : (n,)
        Ascending, in any unit.
    rate
        Baseline, events per that unit; > 0.
    shift
        Rate ratio that it is tuned to; > 1. A rise below about ``(shift - 1) / log(shift)`` is not noticed.

    Examples
    --------
    >>> poisson_cusum(np.array([0.0, 10.0, 10.1, 10.2]), rate=0.1).round(2).tolist()
    [1.1, 1.1, 2.18, 3.26]
    """
    out = np.empty(len(times))
    level = 0.0
    for i, t in enumerate(times):
        if i:
            level = cusum_wait(level, rate, float(t - times[i - 1]), shift)
        level += math.log(shift)
        out[i] = level
    return out


def poisson_scan(times: F64, rate: float, window: float) -> F64:
    """Scan statistic of an exponential window with that time constant, just after each event.

    Higher is stronger evidence that the recent rate is above the baseline; 0 when it is not above.

    Parameters
    ----------
    times : (n,)
        Ascending, in any unit.
    rate
        Baseline, events per that unit; > 0.
    window
        Time constant of the window, in that unit.

    Examples
    --------
    >>> poisson_scan(np.array([0.0, 10.0, 10.1, 10.2]), rate=0.1, window=1.0).round(2).tolist()
    [2.81, 2.81, 7.62, 12.75]
    """
    out = np.empty(len(times))
    seen = 0.0
    for i, t in enumerate(times):
        seen = seen * math.exp(-float(t - times[i - 1]) / window) + 1.0 if i else 1.0
        out[i] = scan_ratio(seen, window, rate)
    return out

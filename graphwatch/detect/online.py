"""The scan as it would have stood at each moment: windows that end now, against what was known before them."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.detect.profile import exposure
from graphwatch.detect.scan import log_likelihood_ratio
from graphwatch.model import F64, I32, I64


@numba.njit(cache=True)
def running_scan(
    at: I64, previous: I32, following: I32, opened: int, widths: I64, running: F64, shape: float, prior_rate: float, dispersion: F64,
    least: int,
) -> F64:  # fmt: skip
    """Give at each event of one target the largest log-likelihood ratio over the windows that end there.

    Parameters
    ----------
    at : (n,)
        Times in µs, ascending.
    previous, following : (n,)
        Position of the same account's neighbouring events; -1 and n where there is none. Only what lies before the event in question
        has an influence on its value.
    opened
        Start of the data, µs.
    widths : (s,)
        Window lengths, µs.
    running : (169,)
        Cumulative hour-of-week profile.
    shape, prior_rate
        Gamma prior: ``shape`` pseudo-accounts at ``prior_rate`` accounts per profile-weighted hour.
    dispersion : (s,)
        α of Var = mean + α mean² at each scale.
    least
        Fewest distinct accounts of a window.

    Returns
    -------
    statistic : (n,)
        Higher is stronger evidence of a burst going on; 0 where nothing is in excess.

    Notes
    -----
    The statistic of :func:`graphwatch.detect.scan.best_window` (Kulldorff 1997) for a prospective scan (Kulldorff 2001): the rate is the
    posterior mean of the events before the window, with at least one event's worth of doubt. O(n s).

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> at = np.concatenate([np.arange(0, 200) * hour, 200 * hour + np.arange(10) * hour // 60])
    >>> n = len(at)
    >>> one, none = np.full(n, -1, np.int32), np.full(n, n, np.int32)
    >>> flat = np.arange(169.0)
    >>> value = running_scan(at, one, none, 0, np.array([hour]), flat, 1.0, 1.0, np.zeros(1), 2)
    >>> bool(value[:200].max() < 1.0), bool(value[-1] > 10)
    (True, True)
    """
    n = len(at)
    statistic = np.zeros(n)
    for s in range(len(widths)):
        count, left = 0, 0
        for i in range(n):
            if previous[i] < left:
                count += 1
            while at[left] <= at[i] - widths[s]:
                if following[left] > i:
                    count -= 1
                left += 1
            if count < least or at[i] - widths[s] < opened:
                continue
            past = exposure(at[i] - widths[s], running) - exposure(opened, running)
            span = exposure(at[i], running) - exposure(at[i] - widths[s], running)
            known = left + shape
            mean = known / (past + shape / prior_rate) * span
            value = log_likelihood_ratio(count, mean, dispersion[s] + 1.0 / known)
            statistic[i] = max(statistic[i], value)
    return statistic

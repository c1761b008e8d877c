"""Small-sample bias of the branching ratio of one cascade, in closed form.

Maximum likelihood puts n̂ too low for two reasons, each of first order. Where cascades overlap, the intensity is a mean-reverting
process whose speed 1 − n is told from as many independent stretches as there are kernel times in the window; the speed of mean reversion is
overestimated by a multiple of one over that number, as in autoregressions and diffusions (Marriott & Pope 1954; Phillips & Yu 2005; Tang &
Chen 2009). And n̂ is a ratio of offspring to events over as many families as there are spontaneous events. So

    bias(n̂) ≈ −M · (1 − exp(−LAG · q / (M · T))) − FAMILIES / I

with q the lag within which nine tenths of the offspring come, T the window, I the spontaneous events. Where the window holds few kernel
times the bias does not grow any further, but n̂ scatters widely: hence the most M. The constants are a response surface (MacKinnon 1991)
chosen on simulated cascades and rounded; they suit exponential lags best. ``python -m benchmarks.branching_bias`` prints what the
correction leaves, and the constants that least squares would choose. Its limits: it takes off less than the bias of long-tailed kernels,
and the scatter of n̂ grows a little by it.
"""

from __future__ import annotations

import math
from typing import Final

SHARE: Final = 0.9
LAG: Final = (1.5, 0.75)  # exponential, power law
MOST: Final = (0.05, 0.15)
FAMILIES: Final = 0.4


def ratio_bias(ratio: float, events: int, window: float, scale: float, tail: float, error: float) -> float:
    """Give the bias of n̂, at most 0; subtract it.

    Parameters
    ----------
    ratio, events, window
        n̂; events seen; length of the observation.
    scale, tail
        Mean lag and NaN for the exponential law; scale c and tail p for the power law.
    error
        Standard error of n̂; the correction is never larger (NaN: not known).

    Examples
    --------
    >>> few, many = (ratio_bias(0.77, 500, window, 1.0, math.nan, 0.1) for window in (100.0, 10_000.0))
    >>> few < many < 0
    True
    """
    law = 0 if math.isnan(tail) else 1
    lag = scale * ((1.0 - SHARE) ** (-1.0 / tail) - 1.0) if law else -scale * math.log(1.0 - SHARE)
    by_lag = -MOST[law] * math.expm1(-LAG[law] * lag / (MOST[law] * window))
    off = by_lag + FAMILIES / max(events * (1.0 - ratio - by_lag), 1.0)
    return -off if math.isnan(error) else -min(off, error)

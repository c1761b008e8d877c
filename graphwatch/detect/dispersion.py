"""Over-dispersion target by target: how uneven a target's own attention is outside of the window that is tested, shrunk to its peers'."""

from __future__ import annotations

from functools import partial
from typing import Final

import numba
import numpy as np

from graphwatch.detect.baseline import Baseline, Span
from graphwatch.detect.pieces import in_pieces, sizes_of
from graphwatch.detect.profile import exposure
from graphwatch.detect.streams import Stream
from graphwatch.model import F64, HOUR, I32, I64

_AROUND: Final = 12 * HOUR  # left out on both sides of the tested window: its rise and its tail
_LEAST: Final = 30.0  # accounts, counted once a bin, from which a target's own history says something
_FEWEST_BINS: Final = 4.0
_CLASS: Final = 10
_PEERS: Final = 10.0  # effective bins that the peers' mean is worth
_TRIMMED: Final = 0.1  # of the peers, the most uneven ones: bursts elsewhere
_FLOOR: Final = 0.05


@numba.njit(cache=True, nogil=True)
def moments_outside(groups: I64, start: I64, at: I64, previous: I32, origin: int, width: int, out: I64, running: F64) -> F64:
    """Give moments of some targets over the bins that do not meet a stretch of time.

    Parameters
    ----------
    groups : (k,)
        The targets.
    start, at, previous
        Of a :class:`~graphwatch.detect.streams.Stream`.
    origin, width
        Bins start at ``origin`` and last ``width`` µs.
    out : (k, 2)
        What is left out of each target, µs, both ends included.
    running
        Cumulative profile.

    Returns
    -------
    moments : (k, 4)
        Sums over bins of c and of c (c - 1), c being the distinct accounts of a bin, the exposure of the bins left out, and the largest c.
    """
    moments = np.zeros((len(groups), 4))
    for k in range(len(groups)):
        low, high = start[groups[k]], start[groups[k] + 1]
        left = origin + (out[k, 0] - origin) // width * width
        right = origin + (out[k, 1] - origin) // width * width + width
        moments[k, 2] = exposure(right, running) - exposure(left, running)
        count = 0
        opened = closed = at[low] if low < high else left  # of the current bin
        for i in range(low, high):
            if left <= at[i] < right:
                continue
            if at[i] >= closed:
                moments[k, 1] += count * (count - 1.0)
                moments[k, 3] = max(moments[k, 3], count)
                opened = origin + (at[i] - origin) // width * width
                count, closed = 0, opened + width
            p = previous[i]
            if p < low or at[p] < opened:
                count += 1
                moments[k, 0] += 1.0
        moments[k, 1] += count * (count - 1.0)
        moments[k, 3] = max(moments[k, 3], count)
    return moments


def shrunken(total: F64, pairs: F64, even: F64) -> tuple[F64, F64]:
    """Estimate α of each target at one scale and pull it to its peers' mean: targets of half to twice its size, or the ten nearest.

    Parameters
    ----------
    total, pairs, even : (k,)
        Sums over bins of c and c (c - 1), and what the latter would be without over-dispersion.

    Returns
    -------
    alpha : (k,)
    known : (k,)
        False where there are not even ten targets to say what is usual.

    Notes
    -----
    α̂ = pairs / even - 1 by moments. Its information is the effective number of bins that it rests on, (Σ c)² / Σ c²: a target whose
    attention came all in one bin says next to nothing of itself. The tenth of the peers with the
    largest α̂ is left out of their mean: they may have a second burst.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> c = rng.negative_binomial(2.0, 2.0 / (2.0 + 5.0), (50, 300))
    >>> total = c.sum(1) * 1.0
    >>> alpha, known = shrunken(total, (c * (c - 1.0)).sum(1), total**2 / 300)
    >>> bool(known.all()), bool(0.45 < alpha.mean() < 0.55), bool(alpha.std() < 0.1)
    (True, True, True)
    """
    own = np.maximum(pairs / np.maximum(even, 1e-9) - 1.0, 0.0)
    bins = total**2 / np.maximum(pairs + total, 1e-9)
    size = np.floor(np.log2(np.maximum(total, 1.0))).astype(np.int64)
    if len(total) < _CLASS:
        return own, np.zeros(len(total), np.bool_)
    peers = np.zeros(len(total))
    for k in np.unique(size):
        apart = np.abs(size - k)
        reach = max(1, int(np.partition(apart, _CLASS - 1)[_CLASS - 1]))
        alike = np.sort(own[apart <= reach])
        peers[size == k] = alike[: len(alike) - int(_TRIMMED * len(alike))].mean()
    return (_PEERS * peers + bins * own) / (_PEERS + bins), np.ones(len(total), np.bool_)


def _moments(stream: Stream, span: Span, width: int, groups: I64, out: I64, low: int, past: int) -> F64:
    return moments_outside(groups[low:past], stream.start, stream.at, stream.previous, span.opened, width, out[low:past], span.running)


def own_dispersion(stream: Stream, span: Span, widths: I64, baseline: Baseline, window: I64) -> F64:
    """Give each target's own ``flat`` where its history is long enough, else the pooled one.

    Parameters
    ----------
    window : (G, 2)
        Positions of the first and the last event of each target's rarest window, to be left out with half a day on both sides.

    Returns
    -------
    flat : (G, s)

    Notes
    -----
    The pooled trend is right for most targets, which are small; the threads of popular accounts are larger as a whole, so their counts
    are more uneven than the trend says, and some accounts are steadier than it says. The rarest window is Winsorised: it counts as one bin
    that is as busy as the busiest of the others, since leaving it out altogether would bias α down where it is but an ordinary peak.
    What breaks it: few but long ups and downs of a wide spread; the far tail of p is then somewhat too small.
    """
    flat = baseline.flat.copy()
    busy = np.flatnonzero(np.diff(stream.start) >= _LEAST)
    if not len(busy):
        return flat
    out = np.stack([stream.at[window[busy, 0]] - _AROUND, stream.at[window[busy, 1]] + _AROUND], axis=1)
    out = np.clip(out, span.opened, span.closed - 1)
    sizes = sizes_of(stream.start, busy)
    for s, width in enumerate(widths):
        moments = np.concatenate(in_pieces(sizes, partial(_moments, stream, span, int(width), busy, out)))
        whole, square = span.bins(int(width))
        total, pairs, lost, peak = moments.T
        total, pairs = total + peak, pairs + peak * (peak - 1.0)
        rest = np.maximum(whole - lost, 0.0) + width / HOUR
        squares = square * rest / whole
        usable = (total >= _LEAST) & (rest**2 > _FEWEST_BINS * squares)
        total, pairs, rest, squares, chosen = total[usable], pairs[usable], rest[usable], squares[usable], busy[usable]
        even = np.maximum(total**2 - pairs - total, 0.0) * squares / np.maximum(rest**2 - squares, 1e-9)
        alpha, known = shrunken(total, pairs, even)
        mean = total * squares / np.maximum(rest, 1e-9) ** 2
        flat[chosen[known], s] = np.maximum(alpha - baseline.steep[s] / np.maximum(mean, 1e-9), _FLOOR)[known]
    return flat

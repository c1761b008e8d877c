"""p-values of the scan by simulation: streams drawn from the fitted null tell what the closed form leaves out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numba
import numpy as np
from scipy.optimize import nnls

from graphwatch.detect.baseline import Baseline, Span
from graphwatch.detect.dispersion import own_dispersion
from graphwatch.detect.profile import exposures
from graphwatch.detect.scan import moments_per_bin
from graphwatch.detect.streams import Stream
from graphwatch.detect.striking import Rarest, striking_windows
from graphwatch.model import F64, I64, WORKERS

_STREAMS: Final = 200  # per size class
_FEWEST: Final = 60
_CELLS: Final = 6_000_000
_EVENTS: Final = 1_000_000
_MOST_BINS: Final = 50_000
_TAIL: Final = 0.05
_FEWEST_BEYOND: Final = 8
_SLOPE_WEIGHT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What p-values of the closed form mean, by size class of the target.

    Attributes
    ----------
    classes : (c,)
        Exponents of two of the ordinary events that the simulated targets have; ascending.
    null : (c, r)
        Closed-form p-values of the simulated targets of each class, ascending.
    slope : (c,)
        Exponent of each class's tail: beyond the smallest twentieth, P(p ≤ x) falls as x to this power; at most 1.
    """

    classes: I64
    null: tuple[F64, ...]
    slope: F64

    def __call__(self, p_value: F64, events: F64) -> F64:
        """Give the calibrated p-values of targets with so many ordinary events."""
        out = p_value.copy()
        below = np.flatnonzero(p_value < 1.0)
        if not len(self.classes) or not len(below):
            return out
        size = np.round(np.log2(np.maximum(events[below], 1.0))).astype(np.int64)
        sizes = np.arange(size.max() + 1)
        place = np.abs(sizes[:, None] - self.classes[None, :]).argmin(axis=1)[size]
        for c, null in enumerate(self.null):
            own = below[place == c]
            out[own] = calibrate(p_value[own], null, float(self.slope[c]))
        return out


def calibrate(p_value: F64, null: F64, slope: float) -> F64:
    """Give the share of the null at or below each p-value; in the tail, where the null has too few, by its power law.

    Parameters
    ----------
    p_value : (k,)
    null : (r,)
        p-values under the null, ascending; 1 where nothing was found.
    slope
        Of the tail; see :class:`Calibration`.

    Notes
    -----
    (1 + #{null ≤ p}) / (1 + r) (Davison & Hinkley 1997, ch. 4) down to the smallest twentieth of the null. Below, the largest
    statistic of a scan has an exponential (Gumbel) tail (Abrams, Kulldorff & Kleinman 2010), which on the scale of p is a power law.
    The closed form is a lower bound there: a fit to four hundred targets does not know how heavy the far tail of ordinary traffic is.

    Examples
    --------
    >>> null = np.arange(1, 100) / 100 * 0.2
    >>> calibrate(np.array([0.1, 0.2, 0.0001]), null, 1.0).round(4).tolist()
    [0.51, 1.0, 0.0006]
    """
    r = len(null)
    k = max(_FEWEST_BEYOND, int(_TAIL * r))
    threshold = null[k - 1]
    level = (1.0 + k) / (1.0 + r)
    if threshold >= 1.0:
        return p_value  # so small a target hardly ever has a window to speak of: nothing to compare with
    share = (1.0 + np.searchsorted(null, p_value, side="right")) / (1.0 + r)
    tail = level * (np.maximum(p_value, 1e-300) / threshold) ** slope
    return np.asarray(np.where(p_value >= threshold, share, np.minimum(np.maximum(p_value, tail), level)), np.float64)


def level_variances(flat: F64, widths: I64) -> F64:
    """Split over-dispersion into independent ups and downs that last as long as each window: Σ_j v_j min(1, L_j / w_s) = flat_s.

    Examples
    --------
    >>> level_variances(np.array([0.5, 0.5, 0.05]), np.array([1, 10, 100])).round(2).tolist()
    [0.0, 0.5, 0.0]
    """
    lengths = widths.astype(np.float64)
    table = np.minimum(1.0, lengths[None, :] / lengths[:, None])
    steady = np.maximum.accumulate(np.asarray(flat, np.float64)[::-1])[::-1]  # a longer window never averages less
    return np.asarray(nnls(table, steady)[0], np.float64)


def simulate_null(rng: np.random.Generator, rate: F64, flat: F64, steep: F64, span: Span, widths: I64) -> tuple[I64, I64]:
    """Draw streams of one size class from the null: a profile, ups and downs at every scale, clumps.

    Parameters
    ----------
    rate : (r,)
        Accounts per profile-weighted hour of each stream.
    flat, steep : (s,)
        Dispersion at each scale.

    Returns
    -------
    start : (r + 1,)
    at : (n,)
        µs, ascending within each stream.
    """
    duration = span.closed - span.opened
    step = max(int(widths[0]), -(-duration // _MOST_BINS))
    bins = -(-duration // step)
    edges = np.minimum(span.opened + np.arange(bins + 1, dtype=np.int64) * step, span.closed)
    mean = rate[:, None] * np.diff(exposures(edges, span.running))[None, :]
    for variance, length in zip(level_variances(flat, widths), widths, strict=True):
        if variance > 1e-3:
            blocks = -(-bins * step // max(int(length), step))
            noise = rng.gamma(1.0 / variance, variance, (len(rate), blocks))
            of_block = np.minimum(np.arange(bins, dtype=np.int64) * step // max(int(length), step), blocks - 1)
            mean *= noise[:, of_block]
    largest = float(steep.max())
    single = 2.0 / (2.0 + largest)  # clumps of geometric size: E K² / E K = 1 + steep
    counts = rng.poisson(mean * single)
    total = int(counts.sum())
    within, more = rng.random(total), rng.geometric(single, total) - 1
    others = int(more.sum())
    delays = _delays(rng, steep, widths, others) if others else np.zeros(0, np.int64)
    start, at = _placed(counts, within, more, delays, edges)
    for low, past in pairwise(start):
        at[low:past].sort()
    return start, at


@numba.njit(cache=True, nogil=True)
def _placed(counts: I64, within: F64, more: I64, delays: I64, edges: I64) -> tuple[I64, I64]:
    """Give the streams' starts and the times in them, not yet in order; what falls beyond the data is left out."""
    closed = edges[-1]
    start, at = np.zeros(len(counts) + 1, np.int64), np.empty(len(within) + len(delays), np.int64)
    size = first = other = 0
    for r in range(len(counts)):
        for b in range(counts.shape[1]):
            for _ in range(counts[r, b]):
                one = edges[b] + np.int64(within[first] * (edges[b + 1] - edges[b]))
                at[size] = one
                size += 1
                for k in range(other, other + more[first]):
                    if one + delays[k] < closed:
                        at[size] = one + delays[k]
                        size += 1
                other += more[first]
                first += 1
        start[r + 1] = size
    return start, at[:size].copy()


def _delays(rng: np.random.Generator, steep: F64, widths: I64, size: int) -> I64:
    """Draw how far the rest of a clump is from its first: as much of the excess within a window as ``steep`` says there is."""
    within = np.maximum.accumulate(steep) / steep.max()
    edges = np.concatenate([np.zeros(1), widths.astype(np.float64)])
    scale = np.searchsorted(within, rng.random(size), side="left")
    return np.asarray(edges[scale] / 2 + rng.random(size) * (edges[scale + 1] - edges[scale]) / 2, np.int64)


def calibration_of(
    stream: Stream, span: Span, widths: I64, baseline: Baseline, ordinary_events: F64, least: int, seed: tuple[int, ...], *, own: bool
) -> Calibration:
    """Simulate the fitted null for each size class of targets, and scan it as the data are scanned.

    Parameters
    ----------
    baseline
        The fitted null.
    ordinary_events : (G,)
        Events of each target outside of its rarest window.
    least
        Fewest distinct accounts of a burst; targets with fewer events are not scanned and need no class.
    seed
        Of the streams drawn.
    own
        Whether the data's targets have dispersions of their own; those of the simulated ones are then estimated too.

    Notes
    -----
    Two hundred streams per class, fewer where that would take too long; rates and dispersions are those of targets of the class, each
    drawn as often as any. What the calibration cannot know: ups and downs of ordinary traffic that are not like the fitted ones.
    """
    scanned = np.flatnonzero((np.diff(stream.start) >= least) & (ordinary_events >= 1.0))
    size = np.round(np.log2(np.maximum(ordinary_events[scanned], 1.0))).astype(np.int64)
    classes = np.unique(size)
    cells = max(1, -(-(span.closed - span.opened) // int(widths[0])))
    streams = int(np.clip(_CELLS // (min(cells, _MOST_BINS) * max(len(classes), 1)), _FEWEST, _STREAMS))

    def null_of(exponent: int) -> F64:
        rng = np.random.default_rng([*seed, exponent])
        count = int(np.clip(_EVENTS / max(2.0**exponent * len(classes), 1.0), 40, streams))
        members = scanned[size == exponent]
        drawn = members[rng.integers(0, len(members), count)]
        return _scan_null(rng, drawn, span, widths, baseline, ordinary_events, least, own=own)

    with ThreadPoolExecutor(WORKERS) as pool:  # each class draws from a generator of its own; the largest first, since they take longest
        null = list(pool.map(null_of, classes[::-1].tolist()))[::-1]
    return Calibration(classes, tuple(null), tail_slopes([_beyond(p) for p in null]))


def _beyond(null: F64) -> F64:
    """Give the excesses of -log p over its threshold for the tail; none where the null hardly ever has a window to speak of."""
    threshold = float(null[max(_FEWEST_BEYOND, int(_TAIL * len(null))) - 1])
    return np.log(threshold / null[null < threshold]) if threshold < 1.0 else np.zeros(0)


def tail_slopes(beyond: list[F64]) -> F64:
    """Give the exponent of each class's tail from its excesses of -log p: Hill estimators, pulled to their median, and that to 1.

    Examples
    --------
    >>> tail_slopes([np.full(50, 2.0), np.full(50, 2.0), np.zeros(0)]).round(2).tolist()
    [0.5, 0.5, 0.52]
    """
    hill = [len(excess) / max(float(excess.sum()), 1e-9) for excess in beyond if len(excess)]
    seen = sum(map(len, beyond))
    common = (seen + _SLOPE_WEIGHT) / (seen / min(float(np.median(hill)), 1.0) + _SLOPE_WEIGHT) if hill else 1.0
    slopes = [(len(excess) + _SLOPE_WEIGHT) / (float(excess.sum()) + _SLOPE_WEIGHT / common) for excess in beyond]
    return np.asarray(np.minimum(np.array(slopes), 1.0), np.float64)


def _scan_null(
    rng: np.random.Generator, drawn: I64, span: Span, widths: I64, baseline: Baseline, ordinary_events: F64, least: int, *, own: bool
) -> F64:
    rate = ordinary_events[drawn] / span.observed
    flat = np.median(baseline.flat[drawn], axis=0)
    start, at = simulate_null(rng, rate, flat, baseline.steep, span, widths)
    n = len(at)
    previous, following = np.full(n, -1, np.int32), np.full(n, n, np.int32)
    null = replace(baseline, prior_rate=baseline.prior_rate[drawn], flat=np.tile(flat, (len(drawn), 1)))
    simulated = Stream(start, at, np.zeros(n, np.int32), previous, following)
    windows = striking_windows(simulated, span, widths, least)
    total = moments_per_bin(windows.group, start, at, previous, span.opened, widths)[0].T

    def scan(flat: F64) -> Rarest:
        return windows.rarest(span, widths, total, replace(null, prior_rate=null.prior_rate[windows.group], flat=flat[windows.group]))

    found = scan(null.flat)
    if own and n:
        found = scan(own_dispersion(simulated, span, widths, null, found.over(simulated)[1]))
    return np.sort(found.over(simulated)[0])


def ordinary_events(stream: Stream, window: I64, null_p: F64) -> F64:
    """Give the events of each target outside of its rarest window."""
    total = np.diff(stream.start).astype(np.float64)
    inside = np.where(null_p < 1.0, window[:, 1] - window[:, 0] + 1.0, 0.0)
    return np.asarray(np.maximum(total - inside, 0.0), np.float64)

"""The ordinary state of affairs, learnt over all targets: rates, their spread, and over-dispersion at each window length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import nnls

from graphwatch.detect.pieces import in_pieces
from graphwatch.detect.profile import exposure, exposures
from graphwatch.detect.scan import moments_per_bin
from graphwatch.detect.streams import Stream
from graphwatch.model import F64, HOUR, I64, Bools

FLAT_PRIOR: Final = 0.25  # α of one account's daily ups and downs (a coefficient of variation of one half)
STEEP_PRIOR: Final = 0.5  # excess variance of small clumps: threads
_PRIOR_WEIGHT: Final = 3.0
_SHAPES: Final = (0.2, 5.0)
_WEAK_SHAPE: Final = 0.3
_FEW_TARGETS: Final = 10.0
_FEWEST_BINS: Final = 4.0
_CLASS: Final = 10
_MOST_BINS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Baseline:
    """The fitted null: what :class:`graphwatch.detect.striking.Striking` needs beside one target's windows.

    Attributes
    ----------
    shape
        Pseudo-accounts of the gamma prior.
    prior_rate : (G, s)
        Prior mean of each target's rate at each scale, distinct accounts per profile-weighted hour.
    flat : (G, s)
    steep : (s,)
        Dispersion α = flat + steep / mean at each scale.
    rough : (s,)
        How fast ``flat`` falls from the next shorter scale to this one: 0, the rate keeps its level over a window; 1, as 1 / window, it has
        no memory of that length.
    """

    shape: float
    prior_rate: F64
    flat: F64
    steep: F64
    rough: F64

    def of(self, groups: I64) -> Baseline:
        """Give the rows of some targets."""
        return replace(self, prior_rate=self.prior_rate[groups], flat=self.flat[groups])


@dataclass(frozen=True, slots=True)
class Span:
    """When the data begin and end (µs), with the cumulative hour-of-week profile."""

    opened: int
    closed: int
    running: F64

    @property
    def observed(self) -> float:
        """Profile-weighted hours of the data."""
        return float(exposure(self.closed, self.running) - exposure(self.opened, self.running))

    def bins(self, width: int) -> tuple[float, float]:
        """Give the sum and the sum of squares of the exposures of consecutive bins of ``width`` µs."""
        step = max(width, HOUR)  # the rate is constant within an hour, so shorter bins follow from it
        count = max(-(-(self.closed - self.opened) // step), 1)
        edges = self.opened + np.arange(min(count, _MOST_BINS) + 1, dtype=np.int64) * step
        sizes = np.diff(exposures(np.minimum(edges, self.closed), self.running))
        square = float((sizes**2).sum()) * self.observed / max(float(sizes.sum()), 1e-9)
        return self.observed, square * width / step


def fit_dispersion(total: F64, pairs: F64, bins: tuple[float, float], expected: F64, *, trim: bool) -> tuple[float, float]:
    """Fit α(mean) = flat + steep / mean at one scale from moments of many targets.

    Parameters
    ----------
    total, pairs : (G,)
        Per target, sums over bins of c and of c (c - 1), c being the distinct accounts of a bin.
    bins
        Sum and sum of squares of the bins' exposures.
    expected : (G,)
        By what targets are put into classes of like size (powers of two): what is expected of each, or ``total`` itself.
    trim
        Leave out the 2 % most clumped targets of each size class, at least one, and a tenth of those in classes too small for that: bursts
        may still be among them, and would hide themselves.

    Returns
    -------
    flat, steep
        Not negative.

    Notes
    -----
    For independent bins with mean μ_b = r e_b, E Σ c (c - 1) = (1 + flat) r² Σ e² + steep r Σ e. An unbiased r² comes from products of
    different bins, so the equation is linear in the two unknowns; it is solved over classes of targets of like size by non-negative least
    squares (the trend that DESeq fits to counts of genes; Anders & Huber 2010), with prior pseudo-classes at .25 and .5. Bins that are not
    independent (a burst over several) make α too small for longer windows, which is why each scale has its own fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> c = rng.negative_binomial(2.0, 2.0 / (2.0 + 5.0), (400, 100))
    >>> flat, steep = fit_dispersion(c.sum(1), (c * (c - 1.0)).sum(1), (100.0, 100.0), c.sum(1), trim=False)
    >>> bool(0.45 < flat + steep / 5 < 0.55)
    True
    """
    whole, square = bins
    if whole**2 <= _FEWEST_BINS * square or not len(total):
        return FLAT_PRIOR, STEEP_PRIOR
    some = np.flatnonzero(total > 0)
    total, pairs, size = total[some], pairs[some], _size_class(expected[some])
    if trim:
        kept = _unclumped(size, total, pairs, bins)
        total, pairs, size = total[kept], pairs[kept], size[kept]
    members = np.bincount(size)
    evens = np.bincount(size, np.maximum(total**2 - pairs - total, 0.0)) * square / (whole**2 - square)
    totals, clumps = np.bincount(size, total), np.bincount(size, pairs)  # whole numbers: sums do not depend on the order
    rows, aims = [], []
    for k in np.flatnonzero(members):
        weight = min(members[k], 100.0) ** 0.5 / (evens[k] + totals[k])
        rows.append([evens[k] * weight, totals[k] * weight])
        aims.append((clumps[k] - evens[k]) * weight)
    rows += [[_PRIOR_WEIGHT, 0.0], [0.0, _PRIOR_WEIGHT]]
    aims += [_PRIOR_WEIGHT * FLAT_PRIOR, _PRIOR_WEIGHT * STEEP_PRIOR]
    flat, steep = nnls(np.array(rows), np.array(aims))[0]
    return float(flat), float(steep)


def _size_class(expected: F64) -> I64:
    """Give the power of two below each number, counted from the smallest."""
    size = np.floor(np.log2(np.maximum(expected, 1e-3))).astype(np.int64)
    return size - size.min() if len(size) else size


def _unclumped(size: I64, total: F64, pairs: F64, bins: tuple[float, float]) -> Bools:
    """Mask of the targets that count before bursts are known; those of small classes are compared by what the prior expects."""
    whole, square = bins
    kept = np.ones(len(total), np.bool_)
    count = np.bincount(size)
    by_class = np.split(np.argsort(size.astype(np.int16), kind="stable"), np.cumsum(count)[:-1])
    for k in np.flatnonzero(count >= _CLASS):
        own = by_class[k]
        kept[own[_largest(pairs[own], max(len(own) // 50, 1))]] = False
    rest = np.flatnonzero(count[size] < _CLASS)
    if len(rest) >= _CLASS:
        usual = (1.0 + FLAT_PRIOR) * total[rest] ** 2 * square / whole**2 + STEEP_PRIOR * total[rest]
        kept[rest[_largest(pairs[rest] / usual, len(rest) // 10)]] = False
    return kept


def _largest(values: F64, number: int) -> Bools:
    """Mark so many of the largest values; among equals the last."""
    cut = np.partition(values, len(values) - number)[len(values) - number]
    marked: Bools = values > cut
    ties = np.flatnonzero(values == cut)
    marked[ties[len(ties) - (number - int(marked.sum())) :]] = True
    return marked


def gamma_shape(counts: F64, expected: F64, steep: float) -> float:
    """Fit the shape of a gamma prior by moments: Var n = (1 + steep) m + m² / shape around each expected m.

    Returns
    -------
    float
        Between .2 (targets differ widely: the prior says little) and 5; near .3 when there are few targets to learn from.
    """
    square = float((expected**2).sum())
    mean_square = square / max(len(expected), 1)
    excess = float(((counts - expected) ** 2 - (1.0 + steep) * expected).sum())
    few = _FEW_TARGETS * mean_square
    return float(np.clip((square + few) / (max(excess, 0.0) + few / _WEAK_SHAPE), *_SHAPES)) if square > 0 else _WEAK_SHAPE


@dataclass(frozen=True, slots=True)
class Moments:
    """What the trend is fitted to: :func:`graphwatch.detect.scan.distinct_per_bin` of each target at each scale.

    Attributes
    ----------
    total, pairs : (s, G)
    """

    total: F64
    pairs: F64


def moments_of(stream: Stream, span: Span, widths: I64) -> Moments:
    """Count each target's :class:`Moments`."""
    every = np.arange(stream.groups, dtype=np.int64)

    def moments(low: int, past: int) -> tuple[F64, F64]:
        return moments_per_bin(every[low:past], stream.start, stream.at, stream.previous, span.opened, widths)

    total, pairs = zip(*in_pieces(stream.start, moments), strict=True)
    return Moments(np.concatenate(total, axis=1), np.concatenate(pairs, axis=1))


@dataclass(frozen=True, slots=True)
class Trend:
    """The null over all targets, from which a target's row of :class:`Baseline` follows.

    Attributes
    ----------
    shape
        See :class:`Baseline`.
    share : (s,)
        Accounts in all of the data that a target of relative rate 1 is expected to have.
    flat, steep, rough : (s,)
        See :class:`Baseline`.
    """

    shape: float
    share: F64
    flat: F64
    steep: F64
    rough: F64

    def baseline(self, relative: F64, span: Span) -> Baseline:
        """Give the rows of targets with these relative rates."""
        prior_rate = self.share[None, :] * relative[:, None] / span.observed
        return Baseline(self.shape, prior_rate, np.tile(self.flat, (len(relative), 1)), self.steep, self.rough)


def fit_trend(moments: Moments, span: Span, widths: I64, peers: F64 | None, ordinary: Bools, *, trim: bool) -> Trend:
    """Fit the null of one stream over all targets.

    Parameters
    ----------
    moments
        Of the statistic, by target.
    widths : (s,)
        Window lengths, µs.
    peers : (G,) or None
        Relative rate that each target would have among its peers (such as its attention, when the stream is the hostile part); None: all
        alike.
    ordinary : (G,)
        Targets without a known burst; only they count, unless there is none.
    trim
        See :func:`fit_dispersion`.

    Returns
    -------
    Trend
        Empirical Bayes: rate of a target ~ Gamma with mean ``prior_rate``.
    """
    chosen = ordinary if ordinary.any() else np.ones(len(ordinary), np.bool_)
    relative = np.ones(len(ordinary)) if peers is None else peers
    weight, among = relative[chosen].sum(), relative[ordinary]
    share, flat, steep = np.empty(len(widths)), np.empty(len(widths)), np.empty(len(widths))
    counted = relative
    for s, width in enumerate(widths):
        total = moments.total[s]
        counted = total[chosen] if peers is not None else np.minimum(total[chosen], np.quantile(total[chosen], 0.99))
        share[s] = (counted.sum() + 0.5) / weight
        size = total[ordinary] if peers is None else share[s] * among
        flat[s], steep[s] = fit_dispersion(total[ordinary], moments.pairs[s][ordinary], span.bins(int(width)), size, trim=trim)
    shape = gamma_shape(counted, share[-1] * relative[chosen], float(steep[-1]))
    return Trend(shape, share, flat, steep, _roughness(widths, flat))


def _roughness(widths: I64, flat: F64) -> F64:
    """Give the local exponent of the fall of ``flat`` with the window length, within [0, 1]; the shortest scale is as its neighbour."""
    if len(widths) < 2:
        return np.zeros(len(widths))
    level = np.log(np.maximum(flat, 1e-3))
    fall = -np.diff(level) / np.diff(np.log(widths))
    exponent: F64 = np.clip(np.concatenate([fall[:1], fall]), 0.0, 1.0)
    return exponent


def effective_scales(widths: I64) -> float:
    """Give how many independent scans a set of nested scales is worth: 1 + Σ (1 - w_i / w_{i+1}).

    Examples
    --------
    >>> effective_scales(np.array([5, 10, 20]))
    2.0
    """
    ordered = np.sort(np.asarray(widths, np.float64))
    return float(1.0 + (1.0 - ordered[:-1] / ordered[1:]).sum())

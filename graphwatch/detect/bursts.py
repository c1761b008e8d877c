"""Bursts of one statistic over all targets: baseline, scan, extent, false discovery rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.stats import false_discovery_control

from graphwatch.detect.backbone import false_discovery_rates
from graphwatch.detect.baseline import Baseline, Moments, Span, Trend, effective_scales, fit_trend, moments_of
from graphwatch.detect.dispersion import own_dispersion
from graphwatch.detect.null_scan import Calibration, calibration_of, ordinary_events
from graphwatch.detect.scan import moments_per_bin
from graphwatch.detect.segment import bursts_of_groups
from graphwatch.detect.streams import Stream
from graphwatch.detect.striking import Rarest, Striking, striking_windows
from graphwatch.model import F64, I64, MINUTE, Bools

QUIET: Final = 12 * 60 * MINUTE
_ROUNDS: Final = 4
_TAIL_FROM: Final = 0.1
_TAIL_WEIGHT: Final = 50.0
_LARGEST_WINDOW: Final = 0.7  # of the data's duration: a baseline needs something outside the window


@dataclass(frozen=True, slots=True)
class Bursts:
    """Candidate bursts of one statistic, in order of (group, first).

    Attributes
    ----------
    group, first, last : (k,)
        Group of the stream, and positions of the first and the last event in it, inclusive.
    onset, end : (k,)
        µs.
    statistic, expected, p_value : (k,)
        Log-likelihood ratio (higher is stronger), accounts expected in the scanned window, chance under the null.
    null_p : (G,)
        p-value of each target's rarest window, the hypotheses over which the false discovery rate is held.
    """

    group: I64
    first: I64
    last: I64
    onset: I64
    end: I64
    statistic: F64
    expected: F64
    p_value: F64
    null_p: F64

    def __len__(self) -> int:
        """Give the number of bursts."""
        return len(self.group)


def window_widths(windows_min: tuple[float, ...], span: Span) -> I64:
    """Give the window lengths in µs, ascending; those that leave too little of the data outside are left out.

    Examples
    --------
    >>> hour = 60 * MINUTE
    >>> (window_widths((60, 5, 1440), Span(0, 10 * hour, np.arange(169.0))) // MINUTE).tolist()
    [5, 60]
    """
    widths = np.unique(np.round(np.asarray(windows_min, np.float64) * MINUTE).astype(np.int64))
    widths = widths[widths > 0]
    fitting = widths[widths <= _LARGEST_WINDOW * (span.closed - span.opened)]
    return fitting if len(fitting) else widths[:1]


def find_bursts(
    stream: Stream,
    span: Span,
    widths: I64,
    peers: F64 | None,
    least: int,
    fdr: float,
    *,
    seed: tuple[int, ...],
    own: bool = False,
    quiet: int = QUIET,
) -> Bursts:
    """Scan every target of a stream.

    Parameters
    ----------
    stream
        Events of the statistic, by target.
    widths : (s,)
        Window lengths, µs.
    peers
        See :func:`graphwatch.detect.baseline.fit_trend`.
    least
        Fewest distinct accounts of a burst.
    fdr
        Targets flagged at this rate in one round do not count for the baseline of the next (four rounds at most).
    seed
        Of the null that is simulated for the p-values (:mod:`graphwatch.detect.null_scan`).
    own
        Take each target's own over-dispersion where its history tells it (:mod:`graphwatch.detect.dispersion`).
    quiet
        µs without anything out of the ordinary that part two bursts.

    Returns
    -------
    Bursts
        All with p ≤ ``fdr``; which of them are reported is decided over all statistics, by :func:`q_values`.
    """
    null, found = _fitted(stream, span, widths, peers, least, fdr, seed, own=own)
    return _bursts(stream, replace(null, quiet=quiet), found, fdr)


@dataclass(frozen=True, slots=True)
class Null:
    """The fitted null of a stream: a few global figures, and one row of ``baseline`` and ``events`` per group.

    Attributes
    ----------
    span, widths, least
        As scanned.
    baseline
        Rates and dispersion.
    calibration
        What closed-form p-values mean.
    events : (G,)
        Events of each group outside of its rarest window.
    quiet
        µs without anything out of the ordinary that part two bursts.
    """

    span: Span
    widths: I64
    least: int
    baseline: Baseline
    calibration: Calibration
    events: F64
    quiet: int = QUIET

    def of(self, groups: I64) -> Null:
        """Give the null of some of the groups, for a scan of these alone."""
        return replace(self, baseline=self.baseline.of(groups), events=self.events[groups])


def fit_null(
    stream: Stream, span: Span, widths: I64, peers: F64 | None, least: int, fdr: float, *, seed: tuple[int, ...], own: bool
) -> Null:
    """Fit the null over all groups of a stream; the parameters are those of :func:`find_bursts`."""
    return _fitted(stream, span, widths, peers, least, fdr, seed, own=own)[0]


def _fitted(
    stream: Stream, span: Span, widths: I64, peers: F64 | None, least: int, fdr: float, seed: tuple[int, ...], *, own: bool
) -> tuple[Null, Rarest]:
    """Give the null, and the rarest windows against it."""
    moments, windows = moments_of(stream, span, widths), striking_windows(stream, span, widths, least)
    relative = np.ones(stream.groups) if peers is None else peers
    totals = moments.total[:, windows.group].T
    trend = _settled(moments, windows, totals, span, widths, peers, fdr)
    baseline = trend.baseline(relative, span)
    found = windows.rarest(span, widths, totals, baseline.of(windows.group))
    null_p, window = found.over(stream)
    if own:
        baseline = replace(baseline, flat=own_dispersion(stream, span, widths, baseline, window))
        found = windows.rarest(span, widths, totals, baseline.of(windows.group))
        null_p, window = found.over(stream)
    events = ordinary_events(stream, window, null_p)
    calibration = calibration_of(stream, span, widths, baseline, events, least, seed, own=own)
    return Null(span, widths, least, baseline, calibration, events), found


def _settled(moments: Moments, windows: Striking, totals: F64, span: Span, widths: I64, peers: F64 | None, fdr: float) -> Trend:
    """Fit, set aside the targets that have a burst, and fit again."""
    groups = moments.total.shape[1]
    relative = np.ones(len(windows.group)) if peers is None else peers[windows.group]
    ordinary = np.ones(groups, np.bool_)
    for round_ in range(_ROUNDS):
        trend = fit_trend(moments, span, widths, peers, ordinary, trim=round_ == 0)
        found = windows.rarest(span, widths, totals, trend.baseline(relative, span), fdr)
        before, ordinary = ordinary, np.ones(groups, np.bool_)
        ordinary[found.group[discoveries(found.p_value, groups, fdr)]] = False
        if (before == ordinary).all():
            break
    return trend


def discoveries(p_values: F64, hypotheses: int, fdr: float) -> Bools:
    """Mark the discoveries of Benjamini & Hochberg (1995) among p-values; all other hypotheses have a larger p-value than ``fdr``.

    Examples
    --------
    >>> discoveries(np.array([0.001, 0.04]), 4, 0.05).tolist()
    [True, False]
    """
    small = p_values <= fdr
    marked = np.zeros(len(p_values), np.bool_)
    marked[small] = false_discovery_rates(p_values[small], hypotheses) <= fdr
    return marked


def scan_by_group(stream: Stream, null: Null, fdr: float) -> Bursts:
    """Scan a stream against its null. Each group's part of the answer follows from that group's events and row of the null alone.

    Parameters
    ----------
    stream
        Events by group.
    null
        From :func:`fit_null`; of the same groups.
    fdr
        Bursts with a larger p-value are left out.
    """
    windows = striking_windows(stream, null.span, null.widths, null.least)
    totals = moments_per_bin(windows.group, stream.start, stream.at, stream.previous, null.span.opened, null.widths)[0].T
    return _bursts(stream, null, windows.rarest(null.span, null.widths, totals, null.baseline.of(windows.group)), fdr)


def _bursts(stream: Stream, null: Null, found: Rarest, fdr: float) -> Bursts:
    span, widths, base = null.span, null.widths, null.baseline
    closed_p, _ = found.over(stream)
    null_p = null.calibration(closed_p, null.events)
    near = np.flatnonzero(np.minimum(closed_p, null_p) <= fdr)  # a second burst on a target hides the first until it is set aside
    extent, figures = bursts_of_groups(
        near, stream.start, stream.at, stream.previous, stream.following, span.opened, span.closed, widths, span.running, base.shape,
        base.prior_rate, base.flat, base.steep, base.rough, null.least, effective_scales(widths), fdr, null.quiet,
    )  # fmt: skip
    order = np.lexsort((extent[:, 0], extent[:, 2]))
    first, last, group = extent[order].T
    statistic, expected, p_value, _ = figures[order].T
    bursting = np.bincount(group, weights=last - first + 1, minlength=stream.groups)
    p_value = null.calibration(p_value, (np.diff(stream.start) - bursting)[group])
    return Bursts(group, first, last, stream.at[first], stream.at[last], statistic, expected, p_value, null_p)


def tail_calibration(null_p: F64) -> tuple[float, float]:
    """Fit how much heavier than the model the tail of ordinary targets is.

    Parameters
    ----------
    null_p : (G,)
        p-values of all targets.

    Returns
    -------
    reached
        Share of targets with p ≤ .1 (at least .1).
    exponent
        η in (0, 1]: below .1, P(p ≤ x) = ``reached`` (x / .1)^η. 1 when the model holds.

    Notes
    -----
    An empirical null (Efron 2004) for the tail: η is a Hill estimator from the upper quartile of -log p beyond p = .1, so that up to a
    quarter of these targets may have genuine bursts without much harm; where more have, too little is reported, never too much. With few
    targets η is pulled to 1. Ordinary threads have heavy-tailed sizes that no negative binomial reaches; without this, hundreds of popular
    posts would pass.

    Examples
    --------
    >>> reached, exponent = tail_calibration(np.arange(1, 10_000) / 10_000)
    >>> bool(abs(reached - 0.1) < 0.01), bool(exponent > 0.9)
    (True, True)
    """
    beyond = np.log(_TAIL_FROM / null_p[null_p <= _TAIL_FROM])
    share = max(len(beyond) / max(len(null_p), 1), _TAIL_FROM)
    if not len(beyond):
        return share, 1.0
    hill = np.log(4.0) / max(float(np.quantile(beyond, 0.75)), 1e-9)
    return share, float(np.clip((len(beyond) * min(hill, 1.0) + _TAIL_WEIGHT) / (len(beyond) + _TAIL_WEIGHT), 1e-3, 1.0))


def calibrated(bursts: Bursts) -> Bursts:
    """Put p-values on the scale of the fitted tail; none gets smaller."""
    reached, exponent = tail_calibration(bursts.null_p)

    def onto(p: F64) -> F64:
        return np.where(p <= _TAIL_FROM, np.maximum(p, reached * (p / _TAIL_FROM) ** exponent), p)

    return replace(bursts, p_value=onto(bursts.p_value), null_p=onto(bursts.null_p))


def q_values(bursts: Bursts) -> F64:
    """Give each burst's false discovery rate over all targets (Benjamini & Hochberg 1995).

    Each target is one hypothesis with the p-value of its rarest window; a target's further bursts are hypotheses of their own.

    Examples
    --------
    >>> none = np.zeros(0, np.int64)
    >>> q_values(Bursts(none, none, none, none, none, none * 1.0, none * 1.0, none * 1.0, np.array([0.3, 1.0])))
    array([], dtype=float64)
    """
    p_values = np.concatenate([bursts.p_value, np.delete(bursts.null_p, np.unique(bursts.group))])
    return false_discovery_control(p_values)[: len(bursts)] if len(p_values) else p_values

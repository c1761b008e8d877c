"""The few windows of each target that can be its most striking one, whatever the baseline: the scan looks at events only once."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from graphwatch.detect.baseline import Baseline, Span, effective_scales
from graphwatch.detect.pieces import in_pieces
from graphwatch.detect.profile import exposure, hour_of
from graphwatch.detect.scan import log_likelihood_ratio, tail_below
from graphwatch.detect.streams import Stream
from graphwatch.model import F64, HOUR, I8, I32, I64


@dataclass(frozen=True, slots=True)
class Rarest:
    """The rarest window of each target that has a window with enough accounts; the others' p-value is 1.

    Attributes
    ----------
    group : (h,)
        Ascending.
    p_value : (h,)
        Chance of so rare a window anywhere on the target at any scale.
    figures : (h, 4)
        Log-likelihood ratio, distinct accounts seen, expected, and the expected number of such excesses.
    window : (h, 2)
        Positions of the first and the last event; means nothing where p is 1.
    """

    group: I64
    p_value: F64
    figures: F64
    window: I64

    def over(self, stream: Stream) -> tuple[F64, I64]:
        """Give p-value (G,) and window (G, 2) of every target of the stream; without one, 1 and the target's first position."""
        p_value = np.ones(stream.groups)
        p_value[self.group] = self.p_value
        window = np.repeat(np.minimum(stream.start[:-1], max(len(stream) - 1, 0))[:, None], 2, axis=1)
        found = self.p_value < 1.0
        window[self.group[found]] = self.window[found]
        return p_value, window


@dataclass(frozen=True, slots=True)
class Striking:
    """Windows that no other window of the same target and length outdoes: none has as many accounts in less exposure.

    Attributes
    ----------
    group : (h,)
        Targets that have a window with enough accounts, ascending.
    row, scale : (r,)
        Place in ``group`` (ascending) and in the window lengths (descending within a target) of each window.
    count, exposure : (r,)
        Distinct accounts, and profile-weighted hours.
    first, last : (r,)
        Positions of its first and its last event.
    """

    group: I64
    row: I32
    scale: I8
    count: I32
    exposure: F64
    first: I32
    last: I32

    def rarest(self, span: Span, widths: I64, total: F64, baseline: Baseline, level: float = 1.0) -> Rarest:
        """Give each target's rarest window.

        Parameters
        ----------
        span, widths
            As scanned.
        total : (h, s)
            Distinct accounts summed over bins of each length.
        baseline
            With one row for each target of ``group``.
        level
            p-values above it need not be exact: they are given as 1. That is faster.
        """
        scales = effective_scales(widths)
        limit = np.inf if level >= 1.0 else -np.log1p(-level) / scales * (1.0 + 1e-9)
        p_value, figures, window = _rarest_of(
            self.row, self.scale, self.count, self.exposure, self.first, self.last, len(self.group), total, span.observed, widths,
            baseline.shape, baseline.prior_rate, baseline.flat, baseline.steep, baseline.rough, scales, limit,
        )  # fmt: skip
        return Rarest(self.group, p_value, figures, window)


def striking_windows(stream: Stream, span: Span, widths: I64, least: int) -> Striking:
    """Find the windows of each target and length that can be the most striking.

    Parameters
    ----------
    stream
        Events by target.
    span, widths
        When the data begin and end, and window lengths, µs, ascending.
    least
        Fewest distinct accounts of a window.

    Notes
    -----
    The likelihood ratio against a baseline that is learnt outside of the window (:func:`graphwatch.detect.scan.best_window`) grows with the
    accounts in the window and falls with its exposure, whatever rate, prior and dispersion are: with more accounts inside there are fewer
    outside, so less is expected; and where the dispersion α = flat + steep / mean + 1 / rest grows as the mean falls, it never grows as
    fast as 1 / mean, at which the ratio still falls with the mean. So the largest ratio is on the Pareto front of (accounts, exposure),
    and every round of the fit, and every dispersion, needs the front only. O(n) per length and a few windows per target.

    Examples
    --------
    >>> from graphwatch.detect.profile import cumulative, flat_profile
    >>> minutes = np.array([0, 300, 301, 302, 900]) * 60_000_000
    >>> nobody, beyond = np.full(5, -1, np.int32), np.full(5, 5, np.int32)
    >>> stream = Stream(np.array([0, 5]), minutes, np.arange(5, dtype=np.int32), nobody, beyond)
    >>> span = Span(0, 24 * HOUR, cumulative(flat_profile()))
    >>> found = striking_windows(stream, span, np.array([HOUR]), 2)
    >>> found.count.tolist(), found.first.tolist(), found.last.tolist()
    ([3], [1], [3])
    """
    observed = span.observed

    def striking(low: int, high: int) -> tuple[I64, I32, I8, I32, F64, I32, I32]:
        start, at, previous, following = stream.start, stream.at, stream.previous, stream.following
        return _striking(low, high, start, at, previous, following, span.opened, observed, widths, span.running, least)

    pieces = in_pieces(stream.start, striking)
    before = np.cumsum([0, *(len(piece[0]) for piece in pieces)]).astype(np.int32)  # targets of the pieces before
    row = np.concatenate([piece[1] + hits for piece, hits in zip(pieces, before[:-1], strict=True)])
    group, _, scale, count, spans, first, last = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return Striking(group, row, scale, count, spans, first, last)


@numba.njit(cache=True, nogil=True)
def _striking(
    low_group: int, past_group: int, start: I64, at: I64, previous: I32, following: I32, opened: int, observed: float, widths: I64,
    running: F64, least: int,
) -> tuple[I64, I32, I8, I32, F64, I32, I32]:  # fmt: skip
    size, hits = 0, 0
    group = np.empty(past_group - low_group, np.int64)
    row, scale, count = np.empty(1024, np.int32), np.empty(1024, np.int8), np.empty(1024, np.int32)
    spans, first, last = np.empty(1024), np.empty(1024, np.int32), np.empty(1024, np.int32)
    longest = 0
    for g in range(low_group, past_group):
        longest = max(longest, start[g + 1] - start[g])
    shortest, low, high = np.empty(longest + 1), np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    clock = np.empty(longest)  # exposure at each event of the target
    for g in range(low_group, past_group):
        if start[g + 1] - start[g] < least:
            continue
        before = size
        for i in range(start[g], start[g + 1]):
            clock[i - start[g]] = exposure(at[i], running)
        for s in range(len(widths) - 1, -1, -1):
            if s > 0 and observed * HOUR < 1.25 * widths[s]:
                continue
            seen, top = _shortest_by_count(
                at, previous, following, start[g], start[g + 1], opened, widths[s], running, clock, least, shortest, low, high
            )
            if seen < least:
                break  # shorter windows hold no more accounts
            least_span = np.inf
            for c in range(top, least - 1, -1):
                if shortest[c] >= least_span:
                    continue
                least_span = shortest[c]
                if size == len(row):
                    row, scale, count = np.concatenate((row, row)), np.concatenate((scale, scale)), np.concatenate((count, count))
                    spans, first, last = np.concatenate((spans, spans)), np.concatenate((first, first)), np.concatenate((last, last))
                row[size], scale[size], count[size], spans[size], first[size], last[size] = hits, s, c, shortest[c], low[c], high[c]
                size += 1
        if size > before:
            group[hits] = g
            hits += 1
    return (
        group[:hits].copy(), row[:size].copy(), scale[:size].copy(), count[:size].copy(), spans[:size].copy(), first[:size].copy(),
        last[:size].copy(),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _shortest_by_count(
    at: I64, previous: I32, following: I32, begin: int, end: int, opened: int, width: int, running: F64, clock: F64, least: int,
    shortest: F64, low: I32, high: I32,
) -> tuple[int, int]:  # fmt: skip
    """Write the least exposure at each number of accounts, with the window's ends; give the most accounts seen, and in a fair window."""
    seen, top, count, left = 0, least - 1, 0, begin
    early = opened - width // 5
    hour, base, rate = hour_of(opened, running)  # of the window's beginning, which only moves on
    for i in range(begin, end):
        if previous[i] < left:
            count += 1
        bound = at[i] - width
        while at[left] <= bound:
            if following[left] > i:
                count -= 1
            left += 1
        seen = max(seen, count)
        if count < least or bound < early or (i + 1 < end and at[i + 1] == at[i]):
            continue
        while top < count:
            top += 1
            shortest[top] = np.inf
        past = max(bound, opened)
        if past - hour >= HOUR:
            hour, base, rate = hour_of(past, running)
        span = max(clock[i - begin] - (base + (past - hour) / HOUR * rate), 1e-3)
        if span < shortest[count]:
            shortest[count], low[count], high[count] = span, left, i
    return seen, top


@numba.njit(cache=True, nogil=True)
def _rarest_of(
    row: I32, scale: I8, count: I32, span: F64, first: I32, last: I32, hits: int, total: F64, observed: float, widths: I64,
    shape: float, prior_rate: F64, flat: F64, steep: F64, rough: F64, scales: float, limit: float,
) -> tuple[F64, F64, I64]:  # fmt: skip
    """See :meth:`Striking.rarest`; excesses expected more often than ``limit`` are not looked at."""
    p_value, figures, window = np.ones(hits), np.zeros((hits, 4)), np.zeros((hits, 2), np.int64)
    r, n = 0, len(row)
    for h in range(hits):
        rarest = np.inf
        while r < n and row[r] == h:
            s = scale[r]
            best, best_count, best_mean, best_dispersion, place = 0.0, 0, 0.0, 0.0, r
            while r < n and row[r] == h and scale[r] == s:
                rest = max(total[h, s] - count[r], 0.0) + shape
                mean = rest / (max(observed - span[r], 0.0) + shape / prior_rate[h, s]) * span[r]
                if count[r] > mean:
                    dispersion = flat[h, s] + steep[s] / mean + 1.0 / rest
                    value = log_likelihood_ratio(count[r], mean, dispersion)
                    if value > best:
                        best, best_count, best_mean, best_dispersion, place = value, count[r], mean, dispersion, r
                r += 1
            if best <= 0.0:
                continue
            restless = min((rough[s] * flat[h, s] + steep[s] / best_mean) / best_dispersion, 1.0)
            windows = max(observed * HOUR / widths[s], 1.0)
            expected = tail_below(best_count, best_mean, best_dispersion, restless, min(rarest, limit) / windows) * windows
            if expected <= min(rarest, limit):  # among equals the shortest
                rarest = expected
                figures[h, 0], figures[h, 1], figures[h, 2], figures[h, 3] = best, best_count, best_mean, expected
                window[h, 0], window[h, 1] = first[place], last[place]
        if rarest < np.inf:
            p_value[h] = min(max(-np.expm1(-min(rarest * scales, 700.0)), 1e-300), 1.0)
    return p_value, figures, window

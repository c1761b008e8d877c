"""Results do not depend on how groups are cut into pieces, nor on threads."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest

from graphwatch.detect import pieces
from graphwatch.detect.baseline import Span, moments_of
from graphwatch.detect.null_scan import simulate_null
from graphwatch.detect.profile import cumulative, exposure, flat_profile, hour_of
from graphwatch.detect.streams import Stream, link_repeats
from graphwatch.detect.striking import striking_windows
from graphwatch.model import DAY, HOUR, MINUTE


@pytest.fixture
def stream() -> Stream:
    """300 groups of uneven sizes, some empty, over 20 days."""
    rng = np.random.default_rng(4)
    sizes = rng.geometric(0.02, 300) * (rng.random(300) < 0.8)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]).astype(np.int64)
    at = np.concatenate([np.sort(rng.integers(0, 20 * DAY, size) // (1 + size % 3)) for size in sizes]).astype(np.int64)
    previous, following = link_repeats(start, rng.integers(0, 500, len(at)).astype(np.int32), 500)
    return Stream(start, at, np.arange(len(at), dtype=np.int32), previous, following)


@pytest.mark.parametrize("size", [1, 50, 3000])
def test_windows_and_moments_are_the_same_in_any_pieces(stream: Stream, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One piece, a few, and as many as there may be give the same bytes."""
    span, widths = Span(0, 20 * DAY, cumulative(flat_profile())), np.array([5 * MINUTE, HOUR, DAY])
    whole, moments = striking_windows(stream, span, widths, 2), moments_of(stream, span, widths)
    monkeypatch.setattr(pieces, "_PIECE", size)
    cut, again = striking_windows(stream, span, widths, 2), moments_of(stream, span, widths)
    assert len(whole.group) > 100
    for field in fields(whole):
        first, second = getattr(whole, field.name), getattr(cut, field.name)
        assert first.dtype == second.dtype
        assert first.tobytes() == second.tobytes()
    assert moments.total.tobytes() == again.total.tobytes()
    assert moments.pairs.tobytes() == again.pairs.tobytes()


def test_pieces_cover_all_groups_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs follow each other, whatever the sizes: one group of nearly all events, groups without any."""
    monkeypatch.setattr(pieces, "_PIECE", 1)
    for sizes in ([0, 100, 0, 1], [1, 1, 1, 1], [5], [0, 0, 0], []):
        start = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(sizes, np.int64))])
        runs = pieces.in_pieces(start, lambda low, past: (low, past))
        assert [k for low, past in runs for k in range(low, past)] == list(range(len(sizes)))


def test_simulated_streams_are_in_order_and_within_the_data() -> None:
    """Clumps stay within their stream; counts are about what the rates ask for, clumps included."""
    span, widths = Span(3 * HOUR, 30 * DAY, cumulative(flat_profile())), np.array([5 * MINUTE, HOUR, DAY])
    rate = np.repeat([0.5, 2.0], 100)
    start, at = simulate_null(np.random.default_rng(1), rate, np.full(3, 0.2), np.array([0.2, 0.5, 1.0]), span, widths)
    assert start[0] == 0
    assert start[-1] == len(at)
    assert at.min() >= span.opened
    assert at.max() < span.closed
    assert all((np.diff(at[low:past]) >= 0).all() for low, past in pairwise(start))
    mean = np.diff(start).reshape(2, 100).mean(axis=1)
    assert mean == pytest.approx(np.array([0.5, 2.0]) * span.observed, rel=0.1)


def test_an_hours_exposure_is_the_running_profile() -> None:
    """Base and rate of the hour give what a sum over the hours gives."""
    profile = np.arange(1.0, 169.0)
    running = cumulative(profile)
    for at in (0, 59 * MINUTE, 72 * HOUR + 1, 1_700_000_000_000_000):
        hour, base, rate = hour_of(at, running)
        assert hour <= at < hour + HOUR
        assert rate == profile[(at // HOUR + 72) % 168]
        assert exposure(hour + HOUR, running) == pytest.approx(base + rate)

"""Over-dispersion target by target."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect.baseline import Baseline, Span
from graphwatch.detect.bursts import calibrated, find_bursts, q_values, window_widths
from graphwatch.detect.dispersion import moments_outside, own_dispersion, shrunken
from graphwatch.detect.profile import cumulative, flat_profile, hour_of_week_profile
from graphwatch.detect.streams import Stream, link_repeats
from graphwatch.model import F64, HOUR, MINUTE

RUNNING = cumulative(flat_profile())
WINDOWS = (5.0, 15.0, 60.0, 180.0, 360.0, 1440.0)


def stream_of(counts: F64, seed: int = 0) -> Stream:
    """Give streams with so many different accounts in each hour; counts has a row per target."""
    rng = np.random.default_rng([seed, 9])
    group, hour = np.nonzero(counts)
    repeats = counts[group, hour].astype(np.int64)
    group, hour = np.repeat(group, repeats), np.repeat(hour, repeats)
    at = hour * HOUR + rng.integers(0, HOUR, len(hour))
    order = np.lexsort((at, group))
    start = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=len(counts)))]).astype(np.int64)
    previous, following = link_repeats(start, np.arange(len(at), dtype=np.int32), len(at))
    return Stream(start, at[order].astype(np.int64), np.arange(len(at), dtype=np.int32), previous, following)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 5)), min_size=1, max_size=40).map(sorted),
    st.integers(1, 100),
    st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted),
)
def test_moments_outside_equal_sets(pairs: list[tuple[int, int]], width: int, out: list[int]) -> None:
    at = np.array([minute for minute, _ in pairs], np.int64) * MINUTE
    start = np.array([0, len(at)], np.int64)
    previous, _ = link_repeats(start, np.array([actor for _, actor in pairs], np.int32), 6)
    (moments,) = moments_outside(np.zeros(1, np.int64), start, at, previous, 0, width * MINUTE, np.array([out], np.int64) * MINUTE, RUNNING)
    bins: dict[int, set[int]] = {}
    for minute, actor in pairs:
        if not out[0] // width <= minute // width <= out[1] // width:
            bins.setdefault(minute // width, set()).add(actor)
    assert moments[0] == sum(map(len, bins.values()))
    assert moments[1] == sum(len(b) * (len(b) - 1) for b in bins.values())
    assert moments[2] == pytest.approx((out[1] // width - out[0] // width + 1) * width / 60, abs=1e-6)


def test_little_information_is_pulled_to_the_peers_and_much_is_not() -> None:
    rng = np.random.default_rng(0)
    wild = rng.negative_binomial(0.5, 0.5 / (0.5 + 10.0), (60, 400)).astype(float)
    wild[0] = rng.poisson(10.0, 400)
    total, pairs = wild.sum(1), (wild * (wild - 1)).sum(1)
    alpha, known = shrunken(total, pairs, total**2 / 400)
    assert known.all()
    assert alpha[0] < 0.2
    assert 1.5 < np.median(alpha) < 2.5
    few = np.zeros(60)
    few[:] = 4000.0
    one_bin, _ = shrunken(few, np.r_[few[:1] * 3999, np.full(59, 4000.0**2 / 50 * 2)], few**2 / 50)
    assert one_bin[0] < 15  # by itself 49; one bin against five of the peers at α = 1
    assert not shrunken(total[:9], pairs[:9], total[:9] ** 2 / 400)[1].any()


def test_each_target_gets_its_own_whatever_its_burst() -> None:
    """Every other target is steady; all have a burst in the window that is left out."""
    rng = np.random.default_rng(1)
    hours, groups = 24 * 28, 40
    swing = np.repeat(rng.gamma(0.5, 2.0, (groups, hours // 6)), 6, axis=1)
    swing[::2] = 1.0
    counts = rng.poisson(3.0 * swing).astype(float)
    calm = stream_of(counts)
    counts[:, 300:303] += 500.0
    loud = stream_of(counts)
    span, widths = Span(0, hours * HOUR, RUNNING), window_widths((60.0, 360.0), Span(0, hours * HOUR, RUNNING))
    pooled = Baseline(0.3, np.full((groups, 2), 3.0), np.full((groups, 2), 1.0), np.zeros(2), np.zeros(2))
    first = np.array([np.searchsorted(loud.at[a:b], 300 * HOUR) + a for a, b in zip(loud.start[:-1], loud.start[1:], strict=True)])
    own = own_dispersion(loud, span, widths, pooled, np.stack([first, first + 1499], axis=1))
    assert own[::2].max() < 0.35
    assert own[1::2].min() > 0.7
    same = np.stack([calm.start[:-1], calm.start[:-1]], axis=1)
    assert own == pytest.approx(own_dispersion(calm, span, widths, pooled, same), abs=0.5)


def test_targets_without_a_history_keep_the_pooled_trend() -> None:
    counts = np.zeros((30, 24 * 20))
    counts[:, 50] = 20.0
    stream, span = stream_of(counts), Span(0, 480 * HOUR, RUNNING)
    pooled = Baseline(0.3, np.full((30, 1), 0.05), np.full((30, 1), 1.7), np.zeros(1), np.zeros(1))
    window = np.stack([stream.start[:-1], stream.start[1:] - 1], axis=1)
    assert (own_dispersion(stream, span, np.array([HOUR]), pooled, window) == 1.7).all()


@pytest.mark.parametrize(("spread", "block_h", "rate"), [(0.01, 1, 2.0), (0.5, 24, 2.0), (2.0, 6, 1.0), (0.5, 6, 0.1)])
def test_p_values_stay_valid(make_null: Callable[..., Stream], spread: float, block_h: int, rate: float) -> None:
    stream = make_null(17, groups=400, spread=spread, block_h=block_h, rate=rate)
    at = np.sort(stream.at)
    span = Span(int(at[0]), int(at[-1]) + 1, cumulative(hour_of_week_profile(at)))
    bursts = find_bursts(stream, span, window_widths(WINDOWS, span), None, 3, 0.05, seed=(0,), own=True)
    for level in (0.01, 0.05, 0.2):
        assert (bursts.null_p <= level).mean() <= level + 2.6 * np.sqrt(level * (1 - level) / 400)
    # Own dispersion is learnt from little where blocks are few: at a spread of 2 one of 400 targets may pass wrongly.
    assert (q_values(calibrated(bursts)) <= 0.05).sum() <= (1 if spread > 1 else 0)

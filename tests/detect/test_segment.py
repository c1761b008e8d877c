"""Extent of bursts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect.profile import cumulative, flat_profile
from graphwatch.detect.segment import bursts_of_group, refine, two_rate_likelihood
from graphwatch.detect.streams import link_repeats
from graphwatch.model import DAY, HOUR, MINUTE

RUNNING = cumulative(flat_profile())
WIDTHS = np.array([15, 60, 360, 1440]) * MINUTE


def find(at: np.ndarray, days: int, level: float = 0.01, quiet: int = 12 * HOUR) -> tuple[np.ndarray, np.ndarray]:
    at = np.sort(at).astype(np.int64)
    previous, following = link_repeats(np.array([0, len(at)], np.int64), np.arange(len(at), dtype=np.int32), len(at))
    scales = np.full(4, 0.3), np.full(4, 0.25), np.full(4, 0.3), np.zeros(4)
    extent, figures = bursts_of_group(
        at, previous, following, 0, len(at), 0, days * DAY, WIDTHS, RUNNING, 0.3, *scales, 10, 3.0, level, quiet
    )
    order = np.argsort(extent[:, 0])
    return at[extent[order]], figures[order]


def ordinary(rng: np.random.Generator, days: int, per_day: float) -> np.ndarray:
    return rng.uniform(0, days * DAY, rng.poisson(per_day * days))


def test_onset_and_end_are_those_of_the_burst() -> None:
    rng = np.random.default_rng(1)
    late = []
    for k in range(20):
        onset = 9 * DAY + k * HOUR
        times, _ = find(np.concatenate([ordinary(rng, 20, 4), [onset], onset + rng.uniform(0, 3 * HOUR, 80)]), 20)
        assert len(times) == 1
        assert abs(times[0, 0] - onset) < 20 * MINUTE
        late.append(times[0, 1] - onset - 3 * HOUR)
    assert np.median(np.abs(late)) < 30 * MINUTE
    assert max(late) < 8 * HOUR  # an ordinary act or two may follow


def test_two_bursts_are_two_also_when_one_is_far_larger() -> None:
    rng = np.random.default_rng(2)
    large, small = 5 * DAY + rng.uniform(0, 4 * HOUR, 3000), 12 * DAY + rng.uniform(0, 2 * HOUR, 40)
    times, figures = find(np.concatenate([ordinary(rng, 20, 4), large, small]), 20)
    assert [round(t / DAY) for t in times[:, 0]] == [5, 12]
    assert (figures[:, 1] < 10).all()


def test_a_tail_that_dies_away_belongs_to_the_burst() -> None:
    rng = np.random.default_rng(3)
    tail = 8 * DAY + rng.pareto(1.2, 400) * 20 * MINUTE
    tail = tail[tail < 8 * DAY + 15 * HOUR]
    times, _ = find(np.concatenate([ordinary(rng, 20, 1), tail]), 20)
    inside = ((tail >= times[0, 0]) & (tail <= times[0, 1])).mean()
    assert inside > 0.95


def test_a_hundred_over_a_year_are_no_burst() -> None:
    rng = np.random.default_rng(4)
    times, _ = find(rng.uniform(0, 365 * DAY, 100), 365)
    assert len(times) == 0


def test_a_slow_burst_over_two_days_is_found_whole() -> None:
    rng = np.random.default_rng(5)
    times, _ = find(np.concatenate([ordinary(rng, 30, 1), 10 * DAY + rng.uniform(0, 2 * DAY, 70)]), 30)
    assert len(times) == 1
    assert abs(times[0, 0] - 10 * DAY) < 3 * HOUR
    assert abs(times[-1, 1] - 12 * DAY) < 6 * HOUR


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 3000), min_size=3, max_size=25, unique=True).map(sorted), st.data())
def test_refining_never_lowers_the_likelihood_and_ends_where_no_single_move_helps(minutes: list[int], data: st.DataObject) -> None:
    clock = np.array(minutes) / 60
    seen = np.arange(len(clock) + 1)
    first = data.draw(st.integers(0, len(clock) - 1))
    last = data.draw(st.integers(first, len(clock) - 1))
    total, observed = len(clock) + 5.0, 200.0

    def value(s: int, e: int) -> float:
        return float(two_rate_likelihood(e + 1 - s, clock[e] - clock[s] + 1 / 60, total, observed))

    s, e = refine(clock, seen, first, last, total, observed)
    assert value(s, e) >= value(first, last) - 1e-9
    assert value(s, e) >= max(value(k, e) for k in range(e + 1)) - 1e-9
    assert value(s, e) >= max(value(s, k) for k in range(s, len(clock))) - 1e-9


def test_a_calm_within_a_window_parts_two_bursts() -> None:
    rng = np.random.default_rng(3)
    raids = [9 * DAY + rng.integers(0, 3 * HOUR, 40), 9 * DAY + 17 * HOUR + rng.integers(0, 3 * HOUR, 40)]
    at = np.concatenate([ordinary(rng, 20, 0.3), *raids])
    extent, _ = find(at, 20)
    assert len(extent) == 2
    assert (extent[:, 1] - extent[:, 0] <= 3 * HOUR).all()
    whole, _ = find(at, 20, quiet=20 * HOUR)
    assert len(whole) == 1
    assert whole[0, 0] <= raids[0].min()
    assert whole[0, 1] >= raids[1].max()

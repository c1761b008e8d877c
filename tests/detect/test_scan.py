"""The scan's kernels against brute force, scipy and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from graphwatch.detect.profile import cumulative, flat_profile
from graphwatch.detect.scan import best_window, distinct_per_bin, log_likelihood_ratio, scan_group, window_tail
from graphwatch.detect.streams import Stream, link_repeats
from graphwatch.model import HOUR, MINUTE

RUNNING = cumulative(flat_profile())


def one_group(minutes: list[int], actors: list[int]) -> Stream:
    at = np.sort(np.array(minutes, np.int64)) * MINUTE
    start = np.array([0, len(at)], np.int64)
    previous, following = link_repeats(start, np.array(actors, np.int32), 50)
    return Stream(start, at, np.arange(len(at), dtype=np.int32), previous, following)


acts = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 8)), min_size=1, max_size=60).map(sorted)


@settings(deadline=None)
@given(acts, st.integers(1, 200))
def test_distinct_accounts_per_bin_equal_sets(pairs: list[tuple[int, int]], width: int) -> None:
    stream = one_group([m for m, _ in pairs], [a for _, a in pairs])
    bins: dict[int, set[int]] = {}
    for minute, actor in pairs:
        bins.setdefault(minute // width, set()).add(actor)
    total, square = distinct_per_bin(stream.at, stream.previous, 0, len(stream), 0, width * MINUTE)
    assert total == sum(map(len, bins.values()))
    assert square == sum(len(b) * (len(b) - 1) for b in bins.values())


@settings(deadline=None)
@given(acts, st.integers(1, 200), st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 0.7]))
def test_the_best_window_is_the_best_of_all_windows(pairs: list[tuple[int, int]], width: int, flat: float, steep: float) -> None:
    stream = one_group([m for m, _ in pairs], [a for _, a in pairs])
    total, observed, shape, prior, least = 30.0, 50.0, 0.5, 0.4, 2
    value, count, mean, dispersion, first, last = best_window(
        stream.at, stream.previous, stream.following, 0, len(stream), -1000 * HOUR, width * MINUTE, RUNNING, total, observed,
        shape, prior, flat, steep, least,
    )  # fmt: skip
    expected = 0.0
    for end, _ in pairs:
        inside = {a for m, a in pairs if end - width < m <= end}
        span = width / 60
        rest = max(total - len(inside), 0) + shape
        mu = rest / (observed - span + shape / prior) * span
        if len(inside) >= least:
            expected = max(expected, log_likelihood_ratio(len(inside), mu, flat + steep / mu + 1 / rest))
    assert value == pytest.approx(expected, abs=1e-9)
    if value > 0:
        inside = {a for m, a in pairs if stream.at[first] <= m * MINUTE <= stream.at[last]}
        assert len(inside) == count
        assert stream.at[last] - stream.at[first] < width * MINUTE
        assert log_likelihood_ratio(count, mean, dispersion) == pytest.approx(value)


@settings(deadline=None)
@given(st.integers(1, 3000), st.floats(0.01, 500), st.floats(1e-3, 20))
def test_the_statistic_is_a_difference_of_log_likelihoods(count: int, mean: float, dispersion: float) -> None:
    k = 1 / dispersion
    difference = nbinom.logpmf(count, k, k / (k + count)) - nbinom.logpmf(count, k, k / (k + mean))
    expected = max(float(difference), 0.0) if count > mean else 0.0
    assert log_likelihood_ratio(count, mean, dispersion) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_poisson_limit_is_kulldorffs_statistic() -> None:
    difference = poisson.logpmf(25, 25) - poisson.logpmf(25, 7)
    assert log_likelihood_ratio(25, 7, 0.0) == pytest.approx(float(difference))
    assert log_likelihood_ratio(25, 7, 1e-7) == pytest.approx(float(difference), rel=1e-4)


@settings(deadline=None)
@given(st.integers(5, 400), st.floats(0.05, 100), st.floats(1e-3, 20))
def test_the_tail_equals_scipys(count: int, mean: float, dispersion: float) -> None:
    k = 1 / dispersion
    law = nbinom(k, k / (k + mean))
    crossings = max(count * law.pmf(count) - (count + 1) * law.pmf(count + 1), 0.0)
    assert window_tail(count, mean, dispersion, 0.0) == pytest.approx(float(law.sf(count - 1) + crossings), rel=1e-6)


def test_the_tail_at_no_dispersion_is_alms() -> None:
    expected = poisson.sf(11, 4) + 4 * poisson.pmf(11, 4) * (1 - 4 / 12)
    assert window_tail(12, 4.0, 0.0, 0.0) == pytest.approx(float(expected))


def test_a_heavy_mean_does_not_stall() -> None:
    assert 0 < window_tail(2_000_000, 1_000_000.0, 2.0, 0.0) < 1


def test_poisson_maxima_have_the_stated_tail() -> None:
    """1,000 Poisson streams: how often a sliding hour reaches c, against 1 - exp(-T tail)."""
    rng = np.random.default_rng(5)
    days, rate, reached = 10, 3.0, []
    for _ in range(1000):
        at = np.sort(rng.uniform(0, days * 24, rng.poisson(rate * days * 24)))
        reached.append((np.arange(1, len(at) + 1) - np.searchsorted(at, at - 1.0, side="right")).max())
    for count in (12, 13, 14):
        stated = -np.expm1(-days * 24 * window_tail(count, rate, 0.0, 0.0))
        seen = np.mean(np.array(reached) >= count)
        assert 0.7 * stated < seen < 1.4 * stated


def test_few_accounts_are_never_a_window() -> None:
    stream = one_group(list(range(300, 309)), list(range(9)))
    pieces = np.array([[0, 9, 0, 48 * HOUR]], np.int64)
    figures = (np.array([60 * MINUTE]), RUNNING, 0.3, np.array([0.1]), np.array([0.2]), np.array([0.2]), np.array([0.0]))
    rare, _, _ = scan_group(stream.at, stream.previous, stream.following, pieces, 0, *figures, 10, 1.0)
    assert rare == 1.0
    rare, _, _ = scan_group(stream.at, stream.previous, stream.following, pieces, 0, *figures, 9, 1.0)
    assert rare < 0.01


def test_one_account_is_one_however_much_it_posts() -> None:
    stream = one_group(list(range(300, 340)), [3] * 40)
    value, *_ = best_window(stream.at, stream.previous, stream.following, 0, 40, 0, 60 * MINUTE, RUNNING, 40.0, 48.0, 0.3, 0.1, 0.2, 0.2, 2)
    assert value == 0.0

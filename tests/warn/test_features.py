import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.warn import features as f
from graphwatch.warn.cusum import poisson_cusum, poisson_scan

times_and_accounts = st.lists(st.tuples(st.integers(0, 200_000), st.integers(0, 4)), min_size=1, max_size=40).map(sorted)


@given(times_and_accounts)
@settings(max_examples=60, deadline=None)
def test_decayed_counts_count_each_account_once(acts: list[tuple[int, int]]) -> None:
    row = np.zeros(f.WIDTH)
    last: dict[int, int] = {}
    clock = acts[0][0]
    for at, account in acts:
        f.wait(row, float(at - clock), float(clock))
        clock = at
        f.add_account(row, f.ANY, float(at - last[account]) if account in last else math.inf, 0.0)
        last[account] = at
    for k, half in zip((f.D10M, f.D1H, f.D6H, f.D24H, f.D7D), f.HALF_LIVES, strict=True):
        direct = sum(0.5 ** ((clock - at) / half) for at in last.values())
        assert row[f.ANY + k] == pytest.approx(direct, rel=1e-9)


@given(times_and_accounts)
@settings(max_examples=40, deadline=None)
def test_late_acts_give_the_same_distinct_counts(acts: list[tuple[int, int]]) -> None:
    row = np.zeros(f.WIDTH)
    first: dict[int, int] = {}
    for at, account in acts:  # only the first act of each account, delivered after all had happened
        first.setdefault(account, at)
    end = acts[-1][0]
    for at in first.values():
        f.add_account(row, f.ANY, math.inf, float(end - at))
    direct = sum(0.5 ** ((end - at) / f.HALF_LIVES[1]) for at in first.values())
    assert row[f.ANY + f.D1H] == pytest.approx(direct, rel=1e-9)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=25).map(sorted), st.floats(0.05, 2.0))
@settings(max_examples=60, deadline=None)
def test_cusum_is_the_largest_log_likelihood_ratio_over_starts(times: list[float], rate: float) -> None:
    shift = 3.0
    computed = poisson_cusum(np.array(times), rate, shift)
    for n in range(len(times)):
        ratios = [(n - k + 1) * math.log(shift) - (shift - 1) * rate * (times[n] - times[k]) for k in range(n + 1)]
        assert computed[n] == pytest.approx(max(ratios), rel=1e-9, abs=1e-9)


def test_scan_is_zero_at_or_below_the_baseline_and_grows_above() -> None:
    assert f.scan_ratio(1.0, 10.0, 0.1) == 0.0
    assert f.scan_ratio(0.5, 10.0, 0.1) == 0.0
    ratios = [f.scan_ratio(x, 10.0, 0.1) for x in (2.0, 4.0, 8.0)]
    assert ratios == sorted(ratios)
    assert ratios[0] == pytest.approx(2 * (2 * math.log(2) - 1))
    assert (poisson_scan(np.arange(0.0, 50.0, 10.0), rate=1.0, window=10.0) == 0).all()


def test_baseline_forgets_the_last_hours_and_shrinks_to_the_prior() -> None:
    row = np.zeros(f.WIDTH)
    prior = f.PRIOR_ACCOUNTS[1] / f.PRIOR_S
    assert f.baseline(row, f.HOSTILE, 0.0) == pytest.approx(prior)
    f.add_account(row, f.HOSTILE, math.inf, 0.0)
    assert f.baseline(row, f.HOSTILE, 0.0) == pytest.approx(prior)  # what came now is no baseline yet
    month = 30 * 86400.0
    for day in range(30 * 24):  # one new account an hour for a month
        f.wait(row, 3600.0, day * 3600.0)
        f.add_account(row, f.HOSTILE, math.inf, 0.0)
    assert f.baseline(row, f.HOSTILE, month) * 3600 == pytest.approx(1.0, rel=0.15)


def test_recursive_branching_tells_clusters_from_a_steady_stream(rng: np.random.Generator) -> None:
    def estimate(times: np.ndarray) -> float:
        row = np.zeros(f.WIDTH)
        clock = 0.0
        for t in times:
            f.wait(row, t - clock, 30 * 86400.0 + clock)
            f.add_account(row, f.HOSTILE, math.inf, 0.0)
            clock = t
        return float(f.branching_estimate(row, f.HOSTILE))

    steady = np.sort(rng.uniform(0, 86400, 60))
    clusters = np.sort(np.concatenate([start + rng.exponential(1200, 20).cumsum() / 6 for start in (0, 40_000, 80_000)]))
    assert estimate(clusters) > estimate(steady) + 0.15
    assert 0 <= estimate(steady) <= 3


def test_volume_only_and_missing_follow_from_recent_acts() -> None:
    row = np.zeros(f.WIDTH)
    row[f.ACTS] = 10.0
    assert f.volume_only(row)
    assert f.missing(row) == 0b11111
    row[[f.JUDGED, f.SIZED, f.PLACED, f.LINKED, f.HOSTILE_ACTS, f.SORTED]] = 10.0
    assert f.missing(row) == 0
    row[f.SIZED] = 4.0
    assert f.missing(row) == 0b10


def test_features_are_finite_on_an_empty_and_on_a_huge_state() -> None:
    out = np.zeros(f.WIDE)
    for value in (0.0, 1e9):
        for block in (f.ANY, f.HOSTILE):
            f.measure(np.full(f.WIDTH, value), block, 0.0, 20.0, 21600.0, out)
            assert np.isfinite(out).all()

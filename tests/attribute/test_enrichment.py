"""The stratified test against brute force, shuffled labels, scipy, and coverage of the odds ratio."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom, kstest, nchypergeom_fisher
from scipy.stats.contingency import odds_ratio

from graphwatch.attribute.enrichment import SMALLEST_P, enrichment_of_groups, exact_p_value, expected_both, permutation_p_value
from graphwatch.attribute.odds import mantel_haenszel, odds_of_groups
from graphwatch.model import I64


def ints(values: list[int]) -> I64:
    return np.array(values, np.int64)


@st.composite
def tables(draw: st.DrawFn, largest: int = 7) -> tuple[I64, I64, I64]:
    size = draw(st.lists(st.integers(0, largest), min_size=1, max_size=3))
    group = [draw(st.integers(0, n)) for n in size]
    drawn = [draw(st.integers(0, n)) for n in size]
    return ints(size), ints(group), ints(drawn)


def enumerated(size: I64, group: I64, drawn: I64) -> dict[int, float]:
    """Distribution by going through all ways to choose the participants."""
    total = {0: 1.0}
    for n, k, m in zip(size.tolist(), group.tolist(), drawn.tolist(), strict=True):
        hits = [sum(i < k for i in chosen) for chosen in combinations(range(n), m)]
        here = {h: hits.count(h) / len(hits) for h in set(hits)}
        summed: dict[int, float] = {}
        for a, p in total.items():
            for b, q in here.items():
                summed[a + b] = summed.get(a + b, 0.0) + p * q
        total = summed
    return total


@given(tables(), st.integers(0, 12))
def test_exact_equals_enumeration(table: tuple[I64, I64, I64], both: int) -> None:
    distribution = enumerated(*table)
    tail = sum(p for value, p in distribution.items() if value >= both)
    assert exact_p_value(*table, both) == pytest.approx(max(tail, SMALLEST_P), rel=1e-9)
    assert expected_both(*table) == pytest.approx(sum(v * p for v, p in distribution.items()), abs=1e-12)


@given(st.integers(1, 400_000), st.data())
@settings(max_examples=60)
def test_one_stratum_equals_scipy(size: int, data: st.DataObject) -> None:
    group = data.draw(st.integers(0, size))
    drawn = data.draw(st.integers(0, min(size, 20_000)))
    mean = group * drawn / size
    both = data.draw(st.integers(0, int(mean + 6 * math.sqrt(mean) + 6)))
    reference = float(hypergeom(size, group, drawn).sf(both - 1))
    assert exact_p_value(ints([size]), ints([group]), ints([drawn]), both) == pytest.approx(reference, rel=1e-6, abs=1e-29)


def test_agrees_with_permutation_and_with_shuffled_labels() -> None:
    size, group, drawn = ints([400, 120, 30]), ints([20, 25, 6]), ints([30, 40, 10])
    rng = np.random.default_rng(1)
    for both in (6, 12, 16):
        exact = exact_p_value(size, group, drawn, both)
        drawn_counts = permutation_p_value(size, group, drawn, both, 20_000, rng)
        shuffles = 4_000
        hits = 0
        labels = [np.arange(n) < k for n, k in zip(size, group, strict=True)]
        for _ in range(shuffles):
            hits += sum(int(rng.permutation(label)[:m].sum()) for label, m in zip(labels, drawn, strict=True)) >= both
        deviation = math.sqrt(exact * (1 - exact))
        assert abs(drawn_counts - exact) < 4 * deviation / math.sqrt(20_000) + 1e-4
        assert abs(hits / shuffles - exact) < 4 * deviation / math.sqrt(shuffles) + 1e-3


def test_permutation_has_a_floor_and_the_exact_value_has_not() -> None:
    table = (ints([10_000]), ints([50]), ints([100]))
    assert permutation_p_value(*table, 30, 999, np.random.default_rng(0)) == 1 / 1000
    assert SMALLEST_P <= exact_p_value(*table, 30) < 1e-20
    assert exact_p_value(*table, 50) == SMALLEST_P


def test_stratification_removes_confounding() -> None:
    """Members are the busy accounts and busy accounts take part more: nothing within strata, much without them."""
    size, group, drawn = ints([1000, 100]), ints([10, 50]), ints([10, 50])
    both = 25
    assert exact_p_value(size, group, drawn, both) > 0.4
    assert exact_p_value(size.sum(keepdims=True), group.sum(keepdims=True), drawn.sum(keepdims=True), both) < 1e-10


@given(tables(largest=60), st.data())
def test_odds_ratio_is_mantel_haenszels(table: tuple[I64, I64, I64], data: st.DataObject) -> None:
    size, group, drawn = table
    both = ints([data.draw(st.integers(max(0, k + m - n), min(k, m))) for n, k, m in zip(size, group, drawn, strict=True)])
    odds = mantel_haenszel(size, group, drawn, both)
    top = sum(a * (n - k - m + a) / n for n, k, m, a in zip(size, group, drawn, both, strict=True) if n)
    bottom = sum((k - a) * (m - a) / n for n, k, m, a in zip(size, group, drawn, both, strict=True) if n)
    if top and bottom:
        assert odds.ratio == pytest.approx(top / bottom)
        assert odds.low < odds.ratio < odds.high
    elif not math.isnan(odds.ratio):
        assert (odds.ratio, odds.low) == (0, 0) or (odds.ratio, odds.high) == (math.inf, math.inf)


def test_interval_of_the_odds_ratio_covers() -> None:
    """Draws with a true odds ratio of 4 in strata of different base rates."""
    rng = np.random.default_rng(3)
    size, group = ints([500, 200, 80]), ints([60, 30, 10])
    covered = 0
    for _ in range(400):
        base = np.array([0.05, 0.2, 0.4])
        raised = 4 * base / (1 - base) / (1 + 4 * base / (1 - base))
        both = rng.binomial(group, raised)
        odds = mantel_haenszel(size, group, both + rng.binomial(size - group, base), both)
        covered += odds.low <= 4 <= odds.high
    assert 0.92 <= covered / 400 <= 0.98


def test_limits_at_the_bounds_are_the_exact_conditional_ones() -> None:
    """One stratum against scipy, and many small strata, where half an account in each cell would give a ratio above 1."""
    reference = odds_ratio([[0, 8], [30, 60]]).confidence_interval()
    odds = mantel_haenszel(ints([98]), ints([8]), ints([30]), ints([0]))
    assert (odds.ratio, odds.low) == (0, 0)
    assert odds.high == pytest.approx(reference.high, rel=1e-4)
    full = mantel_haenszel(ints([98]), ints([8]), ints([68]), ints([8]))
    assert full.ratio == full.high == math.inf
    assert full.low == pytest.approx(1 / reference.high, rel=1e-4)
    sparse = mantel_haenszel(ints([40] * 10), ints([1] * 10), ints([4] * 10), ints([0] * 10))
    assert 1 < sparse.high < 5


def test_one_table_has_woolfs_interval_and_scipys_sample_ratio() -> None:
    """With one stratum the variance of Robins, Breslow and Greenland is that of Woolf (1955): the sum of the inverse counts."""
    table = [[12, 8], [18, 62]]
    odds = mantel_haenszel(ints([100]), ints([20]), ints([30]), ints([12]))
    reference = odds_ratio(table, kind="sample")
    interval = reference.confidence_interval(0.95)
    assert odds.ratio == pytest.approx(reference.statistic)
    assert (odds.low, odds.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


def test_over_strata_it_is_near_the_conditional_likelihood() -> None:
    """Conditional maximum likelihood over the strata, by Fisher's noncentral distribution, gives nearly the same ratio."""
    size, group, drawn, both = ints([300, 200, 150]), ints([60, 50, 30]), ints([50, 60, 40]), ints([20, 25, 15])
    grid = np.exp(np.linspace(0, 3, 151))
    likelihood = np.zeros(len(grid))
    for n, k, m, a in zip(size.tolist(), group.tolist(), drawn.tolist(), both.tolist(), strict=True):
        likelihood += [float(nchypergeom_fisher.logpmf(a, n, k, m, ratio)) for ratio in grid]
    best = float(grid[likelihood.argmax()])
    inside = grid[likelihood >= likelihood.max() - 1.92]
    odds = mantel_haenszel(size, group, drawn, both)
    assert odds.ratio == pytest.approx(best, rel=0.1)
    assert (odds.low, odds.high) == pytest.approx((float(inside[0]), float(inside[-1])), rel=0.12)


def test_p_values_are_uniform_under_the_null() -> None:
    """The p-value is never too small; with ties broken at random it is uniform."""
    rng = np.random.default_rng(11)
    size, group, drawn = ints([200, 80, 25]), ints([30, 20, 5]), ints([40, 30, 8])
    plain, broken = [], []
    for _ in range(2000):
        both = int(sum(rng.hypergeometric(k, n - k, m) for n, k, m in zip(size, group, drawn, strict=True)))
        p_value, above = (exact_p_value(size, group, drawn, value) for value in (both, both + 1))
        plain.append(p_value)
        broken.append(above + rng.random() * (p_value - above))
    assert kstest(broken, "uniform").pvalue > 0.01
    for level in (0.01, 0.05, 0.2):
        assert np.mean(np.array(plain) <= level) <= level + 3 * math.sqrt(level * (1 - level) / 2000)


def test_nothing_to_tell() -> None:
    assert math.isnan(mantel_haenszel(ints([10]), ints([10]), ints([4]), ints([4])).ratio)
    assert exact_p_value(ints([]), ints([]), ints([]), 0) == 1.0
    assert exact_p_value(ints([10]), ints([0]), ints([4]), 0) == 1.0


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 12))
def test_groups_at_once_give_what_each_gives_alone(seed: int, groups: int, strata: int) -> None:
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 60, strata)
    drawn = rng.integers(0, size + 1)
    group = rng.integers(0, size + 1, (groups, strata))
    both = rng.hypergeometric(group, size - group, drawn)
    expected, p_value = enrichment_of_groups(size, drawn, group, both)
    ratio, low, high = odds_of_groups(size, drawn, group, both)
    for i in range(groups):
        odds = mantel_haenszel(size, group[i], drawn, both[i])
        np.testing.assert_array_equal((ratio[i], low[i], high[i]), (odds.ratio, odds.low, odds.high))
        assert expected[i] == pytest.approx(expected_both(size, group[i], drawn), rel=1e-12)
        assert p_value[i] == exact_p_value(size, group[i], drawn, int(both[i].sum()))

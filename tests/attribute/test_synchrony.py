"""Synchrony within agencies against other agencies' pairs: brute force, planted truth, uniform p-values."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.attribute.synchrony import MOST, agency_synchrony
from graphwatch.model import I32, I64

SECOND = 1_000_000
Acts = list[tuple[int, int]]


def arrays(acts: Acts) -> tuple[I32, I64]:
    ordered = sorted(acts, key=lambda act: act[1])
    return np.array([a for a, _ in ordered], np.int32), np.array([t * SECOND for _, t in ordered], np.int64)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 60)), max_size=30), st.lists(st.integers(0, 2), min_size=6, max_size=6))
@settings(max_examples=50)
def test_against_counting_all_pairs(acts: Acts, label: list[int]) -> None:
    acting = {account for account, _ in acts}
    agency = {account: held for account, held in enumerate(label) if account in acting}
    found = agency_synchrony(*arrays(acts), agency, 10 * SECOND, np.random.default_rng(0))
    values: dict[tuple[int, int], float] = {}
    for a, b in combinations(agency, 2):
        times = [[t for account, t in acts if account == one] for one in (a, b)]
        close = [abs(s - t) <= 10 for s in times[0] for t in times[1]]
        values[a, b] = sum(close) / len(close)
    across = [v for (a, b), v in values.items() if agency[a] != agency[b]]
    expected: dict[int, tuple[int, float, float]] = {}
    for held in set(agency.values()):
        within = [v for (a, b), v in values.items() if agency[a] == agency[b] == held]
        if within and across:
            expected[held] = (len(within), float(np.mean(within)), float(np.mean(across)))
    assert set(found) == set(expected)
    for held, (pairs, within_mean, across_mean) in expected.items():
        assert found[held].pairs == pairs
        assert found[held].within == pytest.approx(within_mean)
        assert found[held].across == pytest.approx(across_mean)
        assert 1 / 1000 <= found[held].p_value <= 1


def test_planted_synchrony_is_found_and_busy_accounts_are_not() -> None:
    """One agency posts on a signal, another is ten times as busy at any hour."""
    rng = np.random.default_rng(1)
    acts: Acts = []
    for account in range(8):
        acts += [(account, int(t + rng.integers(20))) for t in (1000, 4000, 9000)]
    for account in range(8, 16):
        acts += [(account, int(t)) for t in rng.integers(0, 10_000, 30)]
    for account in range(16, 60):
        acts += [(account, int(t)) for t in rng.integers(0, 10_000, 3)]
    agency = {account: 0 if account < 8 else 1 if account < 16 else 2 + account % 5 for account in range(60)}
    found = agency_synchrony(*arrays(acts), agency, 60 * SECOND, rng)
    assert found[0].p_value == 1 / 1000
    assert found[0].ratio > 10
    assert found[1].p_value > 0.05


def test_p_values_are_uniform_when_agencies_mean_nothing() -> None:
    rng = np.random.default_rng(2)
    values = []
    for _ in range(250):
        acts = [(account, int(t)) for account in range(24) for t in rng.integers(0, 600, 1 + account % 4)]
        label = rng.permutation(np.repeat(np.arange(3), 8))
        found = agency_synchrony(*arrays(acts), dict(enumerate(label.tolist())), 30 * SECOND, rng)
        values.append(found[0].p_value)
    assert abs(np.mean(values) - 0.5) < 0.06
    for level in (0.05, 0.2, 0.5):
        assert abs(np.mean(np.array(values) <= level) - level) < 3.5 * np.sqrt(level * (1 - level) / 250)


def test_nothing_to_compare_with() -> None:
    account, at = arrays([(0, 1), (1, 2)])
    rng = np.random.default_rng(0)
    assert agency_synchrony(account, at, {0: 5, 1: 5}, SECOND, rng) == {}
    assert agency_synchrony(account, at, {0: 5, 1: 6}, SECOND, rng) == {}
    assert agency_synchrony(account[:0], at[:0], {}, SECOND, rng) == {}


def test_many_signed_accounts_are_a_sample() -> None:
    acts = [(account, account % 50) for account in range(MOST * 2)]
    found = agency_synchrony(*arrays(acts), {a: a % 2 for a in range(MOST * 2)}, SECOND, np.random.default_rng(0))
    assert sum(held.pairs for held in found.values()) <= (MOST // 2) ** 2

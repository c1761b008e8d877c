"""Kernels of the test of earlier co-action against counting, and the draws against permutations."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect.prior_draws import by_stratum, drawn_pairs, expected_pairs, move_window, shares_of

STRATUM_OF = np.minimum(np.arange(200), 7).astype(np.int32)


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_counts_follow_every_move(seed: int, steps: list[tuple[int, int]]) -> None:
    account = np.random.default_rng(seed).integers(0, 12, 150).astype(np.int32)
    active, stratum, sizes = np.zeros(12, np.int64), np.zeros(12, np.int32), np.zeros(8, np.int64)
    sizes[0] = 12
    for begin, end in steps:
        low, high = sorted((begin, end))
        move_window(account, active, stratum, sizes, STRATUM_OF, low, high, 1)
        assert active.tolist() == np.bincount(account[low:high], minlength=12).tolist()
        assert stratum.tolist() == STRATUM_OF[active].tolist()
        assert sizes.tolist() == np.bincount(stratum, minlength=8).tolist()
        barred, wanted = np.arange(12) % 5 == 0, np.arange(8) % 2 == 1
        first, last, accounts = by_stratum(stratum, sizes, barred, wanted)
        for s in range(8):
            held = np.flatnonzero((stratum == s) & ~barred & wanted[s])
            assert accounts[first[s] : last[s]].tolist() == held.tolist()
        move_window(account, active, stratum, sizes, STRATUM_OF, low, high, -1)
    assert sizes[0] == 12


def test_shares_of_a_pool_in_a_stretch_of_time() -> None:
    rng = np.random.default_rng(2)
    account, at = rng.integers(0, 9, 80), rng.integers(0, 50, 80)
    share = np.argsort(account, kind="stable").astype(np.int32)
    first = np.concatenate([[0], np.cumsum(np.bincount(account, minlength=9))]).astype(np.int64)
    found = shares_of(np.array([1, 4, 8], np.int32), first, share, at, 10, 30)
    assert found.tolist() == np.flatnonzero(np.isin(account, [1, 4, 8]) & (at >= 10) & (at < 30)).tolist()


def test_draws_have_the_law_of_permutations() -> None:
    rng = np.random.default_rng(4)
    stratum = np.repeat(np.arange(3), [30, 20, 10]).astype(np.int32)
    inside = np.zeros(60, np.bool_)
    inside[[*range(8), *range(30, 36), 50, 51]] = True
    low, high = np.triu_indices(60, 1)
    some = rng.random(len(low)) < 0.06
    a, b = low[some].astype(np.int32), high[some].astype(np.int32)
    drawn = drawn_pairs(stratum, inside, a, b, 20_000, np.random.default_rng(1))
    permuted = np.empty(20_000, np.int64)
    for k in range(len(permuted)):
        dealt = np.concatenate([rng.permutation(inside[stratum == s]) for s in range(3)])
        permuted[k] = np.count_nonzero(dealt[a] & dealt[b])
    assert abs(drawn.mean() - expected_pairs(stratum, inside, a, b)) < 5 * drawn.std() / np.sqrt(len(drawn))
    assert abs(permuted.mean() - expected_pairs(stratum, inside, a, b)) < 5 * permuted.std() / np.sqrt(len(permuted))
    shares = [np.bincount(counts, minlength=40)[:40] / len(counts) for counts in (drawn, permuted)]
    assert np.abs(np.cumsum(shares[0]) - np.cumsum(shares[1])).max() < 0.02


def test_a_set_that_fills_its_strata_is_always_itself() -> None:
    stratum, inside = np.zeros(5, np.int32), np.ones(5, np.bool_)
    a, b = np.array([0, 1, 2], np.int32), np.array([3, 4, 4], np.int32)
    assert expected_pairs(stratum, inside, a, b) == 3
    assert drawn_pairs(stratum, inside, a, b, 10, np.random.default_rng(0)).tolist() == [3] * 10

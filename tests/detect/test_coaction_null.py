"""The null of co-action against permutation: accounts dealt out anew to the shares of each stratum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from graphwatch.detect.backbone import communities, false_discovery_rates, poisson_tail, stable_id
from graphwatch.detect.coaction_null import expected_meetings, strata
from graphwatch.detect.pairs import aggregate_pairs, count_pairs, fill_pairs
from graphwatch.model import HOUR, I32, I64

USERS = 30


def counted(first: I64, at: I64, account: I32, item: I32, stratum: I32) -> tuple[I64, tuple[I32, I32, I64]]:
    """Distinct objects that all pairs of accounts met on, as a matrix, and valid pairs by object and stratum."""
    shares = len(at)
    content = np.arange(shares, dtype=np.int32)
    own, kept = np.zeros(shares, np.bool_), np.ones(shares, np.bool_)
    windows = np.full(len(first) - 1, 60 * 10**6)
    of_account, objects, strata_of, pairs = count_pairs(first, at, account, content, own, windows, kept, USERS, stratum)
    x, y = fill_pairs(first, at, account, content, own, windows, kept, np.ones(USERS, np.bool_), 0, USERS, int(of_account.sum()))
    a, b, counts, _, _ = aggregate_pairs(x, y, at, account, content, item, 1)
    acts = np.zeros((USERS, USERS), np.int64)
    acts[a, b] = counts[:, 2]
    return acts, (objects, strata_of, pairs)


@pytest.fixture(scope="module")
def permuted() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    shares, objects = 1500, 40
    popularity, activity = np.arange(1, objects + 1) ** -0.8, np.arange(1, USERS + 1) ** -1.0
    item = np.sort(rng.choice(objects, shares, p=popularity / popularity.sum())).astype(np.int32)
    at = rng.integers(0, 4 * HOUR, shares)
    at = at[np.lexsort((at, item))]
    first = np.searchsorted(item, np.arange(objects + 1)).astype(np.int64)
    account = rng.choice(USERS, shares, p=activity / activity.sum()).astype(np.int32)
    stratum, number = strata(at, np.zeros(shares, np.int32), least=300)
    assert number == 4
    upper = np.triu_indices(USERS, 1)
    a, b = (side.astype(np.int32) for side in upper)
    expected, acts = [], []
    for _ in range(400):
        dealt = account.copy()
        for s in range(number):
            dealt[stratum == s] = rng.permutation(account[stratum == s])
        met, runs = counted(first, at, dealt, item, stratum)
        expected.append(expected_meetings(a, b, dealt, stratum, runs, number))
        acts.append(met[upper])
    return np.array(expected), np.array(acts)


def test_expected_meetings_are_not_too_few_and_grow_with_activity(permuted: tuple[np.ndarray, np.ndarray]) -> None:
    expected, acts = permuted
    mean, seen = expected.mean(axis=0), acts.mean(axis=0)
    busy = mean > 1
    assert busy.sum() > 20
    assert (mean[busy] >= seen[busy] * 0.97).all()
    assert mean.sum() <= 1.5 * seen.sum()


def test_p_values_are_valid_against_permutation(permuted: tuple[np.ndarray, np.ndarray]) -> None:
    expected, acts = permuted
    p_values = poisson_tail(acts, expected)
    for level in (0.2, 0.05, 0.01, 0.001):
        share = (p_values <= level).mean()
        assert share <= level * 1.15
    assert (p_values <= 0.05).mean() > 0.005  # conservative, not blind
    busiest = p_values[:, np.argmax(expected.mean(axis=0))]
    assert (busiest <= 0.05).mean() <= 0.08


def test_no_false_edges_on_permuted_data(permuted: tuple[np.ndarray, np.ndarray]) -> None:
    expected, acts = permuted
    tests = expected.shape[1]
    wrong = [bool((false_discovery_rates(poisson_tail(x, e), tests) <= 0.05).any()) for x, e in zip(acts, expected, strict=True)]
    assert np.mean(wrong) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(wrong))


def test_strata_have_enough_shares_and_do_not_mix_sorts() -> None:
    rng = np.random.default_rng(1)
    at, sort = rng.integers(0, 50 * HOUR, 5000), (rng.random(5000) < 0.1).astype(np.int32)
    stratum, number = strata(at, sort, least=700)
    sizes = np.bincount(stratum, minlength=number)
    assert sizes.min() >= 500
    assert all(len(np.unique(sort[stratum == s])) == 1 for s in range(number))
    hours = [np.unique(at[(stratum == s) & (sort == 0)] // HOUR) for s in range(number)]
    assert len(np.unique(np.concatenate(hours))) == sum(map(len, hours))  # whole hours
    none = np.zeros(0, np.int64)
    assert strata(none, none.astype(np.int32))[1] == 0


def test_false_discovery_rates_equal_scipy_with_the_missing_ones_at_one() -> None:
    p_values = np.random.default_rng(2).random(50) ** 3
    full = false_discovery_control(np.concatenate([p_values, np.ones(150)]))
    assert false_discovery_rates(p_values, 200) == pytest.approx(full[:50])
    with pytest.raises(ValueError, match="one per p-value"):
        false_discovery_rates(p_values, 10)


def test_communities_split_two_cliques_and_do_not_depend_on_the_global_state() -> None:
    pairs = [(i, j) for base in (0, 5) for i in range(base, base + 5) for j in range(i + 1, base + 5)] + [(4, 5)]
    a, b = (np.array(side, np.int32) for side in zip(*sorted(pairs), strict=True))
    found = communities(a, b, np.ones(len(a)), seed=3)
    assert len(set(found[:5].tolist())) == len(set(found[5:].tolist())) == 1
    assert found[0] != found[9]
    assert communities(a, b, np.ones(len(a)), seed=3).tolist() == found.tolist()


def test_one_ring_with_uneven_weights_is_one_group() -> None:
    rng = np.random.default_rng(1)
    a, b = (side.astype(np.int32) for side in np.triu_indices(15, 1))
    kept = rng.random(len(a)) < 0.9
    found = communities(a[kept], b[kept], rng.integers(3, 12, kept.sum()).astype(np.float64), seed=1)
    assert set(found.tolist()) == {0}


def test_a_large_and_a_small_ring_that_touch_are_two_groups() -> None:
    large, small = (np.column_stack(np.triu_indices(n, 1)) for n in (46, 21))
    pairs = sorted(map(tuple, np.concatenate([large, small + 46, [[3, 50], [9, 60]]]).tolist()))
    a, b = (np.array(side, np.int32) for side in zip(*pairs, strict=True))
    weight = np.random.default_rng(1).integers(3, 12, len(a)).astype(np.float64)
    assert np.bincount(communities(a, b, weight, seed=1)).tolist() == [46, 21]


def test_ids_name_sets_not_texts() -> None:
    assert stable_id("g", ["x", "yz"]) != stable_id("g", ["xy", "z"])

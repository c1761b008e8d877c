"""The null against swaps of a two-mode network, its p-values' uniformity, filters by weight, groups, and purity by object."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy.integrate import quad
from scipy.stats import beta, hypergeom, kstest, norm, poisson

from graphwatch.detect.backbone import poisson_tail
from graphwatch.detect.backbone_filters import disparity, noise_corrected
from graphwatch.detect.coaction_groups import find_groups, overlap
from graphwatch.detect.coaction_null import expected_meetings
from graphwatch.detect.pairs import aggregate_pairs, count_pairs, fill_pairs, limit_windows, mark_pairs
from graphwatch.model import F64, I32, I64

WINDOW = 60 * 10**6


def join(first: I64, at: I64, account: I32, item: I32, users: int) -> tuple[I64, tuple[I32, I32, I64]]:
    """Distinct objects that all pairs met on, as a matrix, and valid pairs by object and stratum."""
    n = len(at)
    content = np.arange(n, dtype=np.int32)
    kernel = (first, at, account, content, np.zeros(n, np.bool_), np.full(len(first) - 1, WINDOW), np.ones(n, np.bool_))
    of_account, objects, strata, pairs = count_pairs(*kernel, users, np.zeros(n, np.int32))
    x, y = fill_pairs(*kernel, np.ones(users, np.bool_), 0, users, int(of_account.sum()))
    a, b, counts, _, _ = aggregate_pairs(x, y, at, account, content, item, 1)
    met = np.zeros((users, users), np.int64)
    met[a, b] = counts[:, 1]
    return met, (objects, strata, pairs)


def stream(seed: int, users: int, objects: int, shares: int, hours: float) -> tuple[I64, I64, I32, I32, np.random.Generator]:
    rng = np.random.default_rng([seed, 31])
    popularity, activity = np.arange(1, objects + 1) ** -0.5, np.arange(1, users + 1) ** -0.5
    item = np.sort(rng.choice(objects, shares, p=popularity / popularity.sum())).astype(np.int32)
    at = rng.integers(0, int(hours * 3600 * 10**6), shares)
    at = at[np.lexsort((at, item))]
    account = rng.choice(users, shares, p=activity / activity.sum()).astype(np.int32)
    return np.searchsorted(item, np.arange(objects + 1)).astype(np.int64), at, account, item, rng


def test_p_values_are_uniform_under_the_null() -> None:
    """Counts are whole numbers, so each p-value is spread over its step at random; what is then uniform was right."""
    users = 60
    upper = np.triu_indices(users, 1)
    a, b = (side.astype(np.int32) for side in upper)
    spread, held = [], []
    first, at, account, item, rng = stream(1, users, 3000, 6000, 0.25)
    for _ in range(30):
        dealt = rng.permutation(account)
        met, runs = join(first, at, dealt, item, users)
        mean = expected_meetings(a, b, dealt, np.zeros(len(at), np.int32), runs, 1)
        seen = met[upper]
        spread.append(poisson.sf(seen, mean) + rng.random(len(seen)) * poisson.pmf(seen, mean))
        held.append(poisson_tail(seen, mean))
    p_values = np.concatenate(spread)
    assert kstest(p_values, "uniform").statistic < 0.02
    for level in (0.5, 0.1, 0.01, 0.001):
        assert (p_values <= level).mean() == pytest.approx(level, rel=0.3, abs=3 * math.sqrt(level / len(p_values)))
        assert (np.concatenate(held) <= level).mean() <= level * 1.1


def swap(account: I32, item: I32, steps: int, rng: np.random.Generator) -> I32:
    """Swap the accounts of two shares where neither then holds an object twice: keeps both degrees of the two-mode network."""
    account = account.copy()
    holders = [set(account[item == o].tolist()) for o in range(int(item.max()) + 1)]
    for i, j in rng.integers(0, len(account), (steps, 2)):
        one, other = int(account[i]), int(account[j])
        o, p = item[i], item[j]
        if o != p and one not in holders[p] and other not in holders[o]:
            account[i], account[j] = other, one
            holders[o] = holders[o] - {one} | {other}
            holders[p] = holders[p] - {other} | {one}
    return account


def test_tails_agree_with_swaps_of_the_two_mode_network() -> None:
    """Each account shares an object at most once, as in the curveball null; ours draws with repetition, which errs upwards."""
    users, objects = 24, 60
    rng = np.random.default_rng(5)
    activity = np.linspace(8, 40, users).astype(int)
    item = np.concatenate([rng.choice(objects, k, replace=False) for k in activity]).astype(np.int32)
    account = np.repeat(np.arange(users, dtype=np.int32), activity)
    at = rng.integers(0, 400 * 10**6, len(item))
    order = np.lexsort((at, item))
    item, account, at = item[order], account[order], at[order]
    first = np.searchsorted(item, np.arange(objects + 1)).astype(np.int64)
    upper = np.triu_indices(users, 1)
    a, b = (side.astype(np.int32) for side in upper)
    expected, seen = [], []
    for _ in range(250):
        account = swap(account, item, 1500, rng)
        met, runs = join(first, at, account, item, users)
        expected.append(expected_meetings(a, b, account, np.zeros(len(at), np.int32), runs, 1))
        seen.append(met[upper])
    mean, drawn = np.array(expected), np.array(seen)
    assert np.corrcoef(mean.mean(axis=0), drawn.mean(axis=0))[0, 1] > 0.98
    assert mean.mean() == pytest.approx(drawn.mean(), rel=0.06)
    p_values = poisson_tail(drawn, mean)
    for level in (0.1, 0.01, 0.001):
        assert (p_values <= level).mean() <= level * 1.1
    assert (p_values <= 0.1).mean() > 0.02


def test_one_object_without_a_window_is_the_hypergeometric() -> None:
    """All acts fall together: whether b is there given a is a draw of b's shares from those that remain."""
    shares, on_object, k_b = 1000, 50, 20
    account = np.concatenate([[0], np.ones(k_b), np.arange(2, shares - k_b + 1)]).astype(np.int32)
    pairs = np.array([on_object * (on_object - 1) // 2])
    zero = np.zeros(1, np.int32)
    found = expected_meetings(zero, zero + 1, account, np.zeros(shares, np.int32), (zero, zero, pairs), 1)
    given_a = on_object / shares * (1 - hypergeom.pmf(0, shares - 1, k_b, on_object - 1))
    assert found[0] == pytest.approx(1 - math.exp(-on_object / shares * k_b * (on_object - 1) / (shares - 1)), rel=0.05)
    assert found[0] >= given_a  # meeting several times on one object is one meeting: never under-estimated


def weighted(seed: int) -> tuple[I32, I32, F64]:
    rng = np.random.default_rng(seed)
    a, b = (side.astype(np.int32) for side in np.triu_indices(12, 1))
    kept = rng.random(len(a)) < 0.5
    return a[kept], b[kept], rng.integers(1, 30, kept.sum()).astype(np.float64)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_disparity_equals_its_integral(seed: int) -> None:
    a, b, weight = weighted(seed)
    for e, p in enumerate(disparity(a, b, weight)):
        sides = []
        for node in (a[e], b[e]):
            at_node = (a == node) | (b == node)
            degree, share = int(at_node.sum()), weight[e] / weight[at_node].sum()
            density = quad(lambda x, k=degree: (k - 1) * (1 - x) ** max(k - 2, 0), 0, share)[0]
            sides.append(1 - density)
        assert p == pytest.approx(min(1.0, 2 * min(sides)), abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_corrected_equals_the_published_steps(seed: int) -> None:
    """Step by step over the table in both directions: prior moments, beta fitted to them, posterior, delta method by differences."""
    a, b, weight = weighted(seed)
    matrix = np.zeros((12, 12))
    matrix[a, b] = matrix[b, a] = weight
    out, total = matrix.sum(axis=1), matrix.sum()

    def lift(n: float, i: int, j: int) -> float:
        kappa = (total + n - matrix[i, j]) / ((out[i] + n - matrix[i, j]) * (out[j] + n - matrix[i, j]))
        return float((kappa * n - 1) / (kappa * n + 1))

    for e, p in enumerate(noise_corrected(a, b, weight)):
        i, j, n = int(a[e]), int(b[e]), float(weight[e])
        mean = hypergeom.mean(int(total), int(out[i]), int(out[j])) / total
        variance = out[i] * out[j] * (total - out[i]) * (total - out[j]) / (total**4 * (total - 1))
        first = mean**2 / variance * (1 - mean) - mean
        second = mean / variance * (1 - mean**2) - (1 - mean)
        share = beta.mean(first + n, second + total - n)
        step = 1e-4 * n
        slope = (lift(n + step, i, j) - lift(n - step, i, j)) / (2 * step)
        deviation = math.sqrt(share * (1 - share) * total) * abs(slope)
        assert p == pytest.approx(norm.sf(lift(n, i, j) / deviation), rel=0.02, abs=1e-6)


def test_stability_tells_clear_groups_from_arbitrary_ones() -> None:
    cliques = [(i, j) for base in (0, 6) for i in range(base, base + 6) for j in range(i + 1, base + 6)] + [(5, 6)]
    a, b = (np.array(side, np.int32) for side in zip(*sorted(cliques), strict=True))
    names = pl.Series([f"u{k:02d}" for k in range(12)])
    clear = find_groups(a, b, np.ones(len(a)), names, seed=1, restarts=5)
    assert clear.stability.tolist() == [1.0, 1.0]
    ring = np.arange(60, dtype=np.int32)  # a circle can be cut anywhere
    ends = np.sort(np.column_stack([ring, (ring + 1) % 60]), axis=1)
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    names = pl.Series([f"u{k:02d}" for k in range(60)])
    vague = find_groups(ends[:, 0].copy(), ends[:, 1].copy(), np.ones(60), names, seed=1, restarts=5)
    assert len(vague.ids) > 1
    assert vague.stability.mean() < 0.9


def test_overlap_is_one_for_the_same_division_under_other_numbers() -> None:
    one = np.array([0, 1, 1, 2, 0], np.int32)
    assert overlap(one, np.array([2, 0, 0, 1, 2], np.int32)).tolist() == [1.0, 1.0, 1.0]


def test_each_object_by_itself_gives_the_same_bytes() -> None:
    """The join is a function of one object's rows, the window, the cap and the accounts kept: a group-by may run it elsewhere."""
    users, cap = 40, 600
    first, at, account, _, rng = stream(9, users, 30, 3000, 2.0)
    content = rng.integers(0, 2000, len(at)).astype(np.int32)
    own, kept = rng.random(len(at)) < 0.02, rng.random(len(at)) < 0.9
    stratum = (at // (3600 * 10**6)).astype(np.int32)

    def run(part: slice, bounds: I64) -> list[np.ndarray]:
        arrays = (bounds, at[part], account[part], content[part], own[part])
        windows, candidates = limit_windows(bounds, at[part], WINDOW, cap)
        of_account, _, strata, pairs = count_pairs(*arrays, windows, kept[part], users, stratum[part])
        everybody = np.ones(users, np.bool_)
        x, y = fill_pairs(*arrays, windows, kept[part], everybody, 0, users, int(of_account.sum()))
        marked = mark_pairs(*arrays, windows)
        return [windows, candidates, marked, strata, pairs, np.column_stack([x, y]).astype(np.int64) + part.start, of_account]

    whole = run(slice(0, len(at)), first)
    parts = [run(slice(int(first[o]), int(first[o + 1])), np.array([0, first[o + 1] - first[o]])) for o in range(len(first) - 1)]
    assert (whole[1] > cap).any()
    assert (whole[0] < WINDOW).any()
    for k in range(5):
        assert np.concatenate([part[k] for part in parts]).tobytes() == whole[k].tobytes()
    pairs = np.concatenate([part[5] for part in parts])
    order = np.lexsort((account[pairs[:, 1]], account[pairs[:, 0]]))  # stable: objects and times stay in order
    assert pairs[order].tobytes() == whole[5].tobytes()
    assert np.sum([part[6] for part in parts], axis=0).tobytes() == whole[6].tobytes()

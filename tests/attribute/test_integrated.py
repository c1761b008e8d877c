"""Integrated shares and their bounds against dense solutions, sums over paths and enumerated extremes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.attribute.bounds import Unknown
from graphwatch.attribute.integrated import Integrated
from graphwatch.model import F64

SIZE = 5


@st.composite
def matrices(draw: st.DrawFn) -> F64:
    """Direct shares of five companies: circles, chains, columns that sum to 1 exactly, and columns that nobody owns."""
    direct = np.zeros((SIZE, SIZE))
    for owned in range(SIZE):
        weights = [draw(st.sampled_from([0, 0, 0, 1, 2, 3])) if owner != owned else 0 for owner in range(SIZE)]
        total = draw(st.sampled_from([0.3, 0.8, 1.0, 1.0]))
        if sum(weights):
            direct[:, owned] = total * np.array(weights) / sum(weights)
    return direct


def solved(direct: F64) -> Integrated:
    owner, owned = np.nonzero(direct)
    return Integrated.of(owner, owned, direct[owner, owned], len(direct))


def by_walking(direct: F64, owner: int) -> F64:
    """Chance that a walk up meets the owner: the sum over all paths of up to 2^20 steps that end at their first visit."""
    steps = direct.T.copy()
    steps[owner] = 0.0
    steps[owner, owner] = 1.0  # who has met the owner stays there
    for _ in range(20):
        steps = steps @ steps
    met: F64 = steps[:, owner].copy()
    met[owner] = 0.0
    return met


@given(matrices())
@settings(max_examples=60)
def test_shares_are_sums_over_paths_circles_of_total_one_included(direct: F64) -> None:
    integrated = solved(direct)
    expected = np.array([by_walking(direct, owner) for owner in range(SIZE)])
    found = np.array([integrated.shares(company) for company in range(SIZE)]).T
    assert found == pytest.approx(expected, abs=1e-6)


@given(matrices())
@settings(max_examples=60)
def test_dense_solution_where_it_exists_and_divergence_where_not(direct: F64) -> None:
    integrated = solved(direct)
    radius = float(np.abs(np.linalg.eigvals(direct)).max())
    assert (integrated.diverging > 0) == (radius > 1 - 1e-7)
    if radius < 1 - 1e-7:
        whole = np.linalg.inv(np.eye(SIZE) - direct)
        expected = whole / np.diag(whole)[:, None]
        np.fill_diagonal(expected, 0.0)
        found = np.array([integrated.shares(j) for j in range(SIZE)]).T
        assert found == pytest.approx(expected, abs=1e-9)


@given(matrices(), st.sampled_from([0.05, 0.25, 0.6]))
@settings(max_examples=40)
def test_iteration_agrees_and_small_shares_stay_small(direct: F64, least: float) -> None:
    """What is done for large components, on small ones; and what is given below the least share that matters."""
    exact = solved(direct)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graphwatch.attribute.integrated._LARGEST", 1)
        iterated = solved(direct)
        for company in range(SIZE):
            assert iterated.shares(company) == pytest.approx(exact.shares(company), abs=1e-8)
    for company in range(SIZE):
        rough, fine = exact.shares(company, least), exact.shares(company)
        matters = rough >= least
        assert rough[matters] == pytest.approx(fine[matters])
        assert (fine[~matters] < least).all()


def test_large_component_against_a_dense_solution() -> None:
    """A ring of 600 with cross-holdings is one component, larger than what is solved at once."""
    rng = np.random.default_rng(0)
    n = 600
    direct = np.zeros((n, n))
    direct[np.arange(n), (np.arange(n) + 1) % n] = 0.5
    for _ in range(1500):
        i, j = rng.integers(0, n, 2)
        if i != j and direct[:, j].sum() < 0.85:
            direct[i, j] += 0.1
    whole = np.linalg.inv(np.eye(n) - direct)
    expected = whole[:, 7] / np.diag(whole)
    expected[7] = 0.0
    assert solved(direct).shares(7) == pytest.approx(expected, abs=1e-9)


@given(matrices(), st.data())
@settings(max_examples=40)
def test_most_is_the_best_of_all_ways_to_give_the_rest_away(direct: F64, data: st.DataObject) -> None:
    """Against all policies; an optimum of a Markov decision process is at one of them."""
    holders: dict[int, list[int]] = {}
    for owned in data.draw(st.lists(st.integers(0, SIZE - 1), max_size=2, unique=True)):
        others = [i for i in range(SIZE) if i != owned and direct[i, owned] == 0]
        if others:
            holders[owned] = data.draw(st.lists(st.sampled_from(others), min_size=1, max_size=3, unique=True))
    owner, owned_codes = np.nonzero(direct)
    rest = np.maximum(1 - direct.sum(axis=0), 0)
    unknown = Unknown(owner, owned_codes, direct[owner, owned_codes], holders, rest)
    for target in range(SIZE):
        best = np.zeros(SIZE)
        for choice in product(*holders.values()):
            filled = direct.copy()
            for company, holder in zip(holders, choice, strict=True):
                filled[holder, company] += rest[company]
            best = np.maximum(best, by_walking(filled, target))
        most = unknown.most(target)
        assert most == pytest.approx(best, abs=1e-6)
        assert (most >= by_walking(direct, target) - 1e-9).all()

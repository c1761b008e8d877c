"""EM against a slow independent implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphwatch.model import Events, Pileons
from graphwatch.settings import TraceSettings
from graphwatch.trace.branching import Fit, Problem, branching_ratio, cause_probabilities, exposure_of, fit, pose
from graphwatch.trace.candidates import find_candidates
from graphwatch.trace.em import expect, maximise, pulls, reached, shape_scores, strengths, tally
from graphwatch.trace.follows import followed_accounts
from graphwatch.trace.lags import Shapes, exponential_shapes, lomax_shapes
from graphwatch.trace.nodes import Nodes, collect_nodes, rows_of_targets


def posed(
    make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]], seed: int = 1, **kwargs: object
) -> tuple[Nodes, Problem]:
    planted = make_planted(seed, **kwargs)
    events, pileons = make_whole(planted)
    settings = TraceSettings()
    local = np.full(len(events), -1, np.int32)
    nodes = collect_nodes(events, pileons, 0, rows_of_targets(events, pileons.target), local, settings)
    candidates = find_candidates(events, nodes, followed_accounts(events, nodes.actors, planted.follows), settings, 3)
    base = np.full(len(nodes), 1.0 / nodes.end)
    return nodes, pose(nodes, candidates, events.followers[nodes.row], base, settings)


def brute_expectation(problem: Problem, fitted: Fit) -> tuple[float, float, list[float], dict[tuple[int, int], float]]:
    """Spontaneous acts, log-likelihood, children per relation, and probability per (child, candidate), pair by pair."""
    c, density, exposure = problem.candidates, fitted.shapes.density[fitted.shape], exposure_of(problem, fitted.reach)
    immigrants, total, counts, shares = 0.0, 0.0, [0.0] * 6, {}
    for i in problem.fitted.tolist():
        if problem.parent[i] >= 0:
            j = problem.parent[i]
            mark = fitted.marks[problem.hostile[j], problem.hostile[i]]
            total += np.log(fitted.rate[5] * fitted.factor[j] * mark * density[problem.parent_bin[i]])
            counts[5] += 1
            continue
        flows = {}
        for k in range(c.start[i], c.start[i + 1]):
            j, r = int(c.node[k]), int(c.relation[k])
            reach = exposure[r, j] if r < 3 else 1.0
            mark = fitted.marks[problem.hostile[j], problem.hostile[i]]
            flows[k] = float(fitted.rate[r] * fitted.factor[j] * reach * mark * c.lift[k] * density[c.bin[k]])
        own = fitted.spontaneous * float(problem.base[i])
        flow = own + sum(flows.values())
        total += np.log(flow)
        immigrants += own / flow
        for k, value in flows.items():
            counts[int(c.relation[k])] += value / flow
            shares[i, k] = value / flow
    return immigrants, total, counts, shares


def some_fit(problem: Problem, seed: int) -> Fit:
    rng = np.random.default_rng(seed)
    rate, marks, factor = rng.uniform(0.05, 0.6, 6), rng.uniform(0.5, 2, (2, 2)), rng.gamma(1.0, size=len(problem.parent)) + 0.01
    return Fit(lomax_shapes(), 20, 5.0, rate, marks, factor, 0.5, 0.0, 1, converged=True)


@pytest.mark.parametrize("seed", range(4))
def test_expectation_equals_the_sum_pair_by_pair(
    make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]], seed: int
) -> None:
    _, problem = posed(make_planted, make_whole, seed, hours=2.0)
    fitted = some_fit(problem, seed)
    n, c = len(problem.parent), problem.candidates
    exposure = exposure_of(problem, fitted.reach)
    pull = pulls(exposure, fitted.rate, fitted.marks, fitted.factor, problem.hostile)
    caused, histogram = np.empty((2, 6 * n)), np.empty(fitted.shapes.density.shape[1])
    immigrants, total = expect(
        problem.fitted, 1.0, problem.parent, problem.parent_bin, c.start, problem.source, c.bin, c.lift, problem.hostile,
        fitted.spontaneous * problem.base, fitted.shapes.density[fitted.shape], pull, caused, histogram,
    )  # fmt: skip
    counts, pairs, offspring = np.empty(6), np.empty((2, 2)), np.empty(n)
    tally(caused, problem.hostile, counts, pairs, offspring)
    wanted = brute_expectation(problem, fitted)
    assert immigrants == pytest.approx(wanted[0])
    assert total == pytest.approx(wanted[1])
    np.testing.assert_allclose(counts, wanted[2], rtol=1e-6, atol=1e-9)
    assert counts.sum() + immigrants == pytest.approx(len(problem.fitted))
    assert counts.sum() == pytest.approx(pairs.sum()) == pytest.approx(offspring.sum()) == pytest.approx(histogram.sum())


def test_probabilities_equal_the_expectation_and_sum_to_one(
    make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]]
) -> None:
    _, problem = posed(make_planted, make_whole, 2)
    fitted = some_fit(problem, 2)
    spontaneous, probability = cause_probabilities(problem, fitted, fitted.factor)
    c = problem.candidates
    for (_, k), share in brute_expectation(problem, fitted)[3].items():
        assert probability[k] == pytest.approx(share, abs=1e-5)
    sums = spontaneous + np.array([probability[a:b].sum() for a, b in zip(c.start[:-1], c.start[1:], strict=True)])
    np.testing.assert_allclose(sums, np.where(problem.parent >= 0, 0.0, 1.0), atol=1e-5)


def test_shape_scores_are_the_expected_log_likelihood() -> None:
    rng = np.random.default_rng(0)
    shapes = exponential_shapes()
    histogram = np.where(rng.random(shapes.mass.shape[1]) < 0.1, rng.random(shapes.mass.shape[1]), 0.0)
    strength, remaining = rng.random(30), rng.integers(0, 500, 30).astype(np.int16)
    before = np.where(rng.random(30) < 0.3, rng.integers(0, 200, 30), -1).astype(np.int16)
    found = shape_scores(shapes.log_density, shapes.mass, histogram, strength, remaining, before)
    for k in range(len(found)):
        wanted = (histogram * shapes.log_density[k]).sum() - (strength * reached(k, shapes.mass, remaining, before)).sum()
        assert found[k] == pytest.approx(wanted)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shapes", [exponential_shapes(), lomax_shapes()])
def test_no_iteration_makes_the_posterior_worse(
    make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]], seed: int, shapes: Shapes
) -> None:
    _, problem = posed(make_planted, make_whole, seed)
    c, n = problem.candidates, len(problem.parent)
    exposure = exposure_of(problem, 0.5)
    shape, spontaneous, rate, marks, factor = 3, 10.0, np.full(6, 0.3), np.ones((2, 2)), np.ones(n)
    objective = []
    for _ in range(25):
        prior = (np.log(factor) - factor).sum() + (0.5 * np.log(rate) - rate).sum() + 2 * (np.log(marks) - marks).sum()
        shape, spontaneous, rate, marks, factor, likelihood, _, converged = maximise(
            problem.fitted, 1.0, problem.parent, problem.parent_bin, c.start, problem.source, c.bin, c.lift, problem.hostile, problem.base,
            exposure, problem.remaining, problem.before, problem.child_share, shapes.density, shapes.log_density, shapes.mass, shape,
            spontaneous, rate, marks, factor, 1.0, 0.5, 1e-12, 1,
        )  # fmt: skip
        objective.append(likelihood + prior)
        assert not converged
    objective = objective[1:]  # the rates that nothing comes by leave their starting values in the first step
    assert min(np.diff(objective)) > -1e-6
    assert objective[-1] > objective[0] + 1


def test_the_planted_parameters_come_out(make_planted: Callable[..., Any], make_whole: Callable[..., tuple[Events, Pileons]]) -> None:
    ratios, follow, known = [], [], []
    for seed in range(6):
        nodes, problem = posed(make_planted, make_whole, seed, ratio=0.8, spontaneous=20)
        best = fit(problem, TraceSettings())
        assert best.converged
        ratios.append(branching_ratio(problem, best))
        shares = np.bincount(problem.candidates.relation, weights=cause_probabilities(problem, best, best.factor)[1], minlength=6)
        follow.append(shares[3] / max(shares.sum(), 1))
        known.append(best.shapes.median()[best.shape])
        assert best.spontaneous < 0.4 * nodes.members
    assert np.median(ratios) == pytest.approx(0.92, abs=0.15)
    assert np.median(follow) == pytest.approx(0.5, abs=0.2)
    assert np.median(known) == pytest.approx(600 * (2 ** (1 / 1.5) - 1), rel=0.4)


def test_strengths_sum_the_relations() -> None:
    exposure = np.array([[1.0, 2.0], [0.0, 1.0]])
    found = strengths(
        exposure, np.array([0.5, 0.25]), np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([0.25, 0.75]), np.array([0, 1], np.int8)
    )
    np.testing.assert_allclose(found, [0.5 * 1.75, 1.25 * 1.5])

"""The sampler against exact integration, and planted sources."""

from __future__ import annotations

from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from graphwatch.model import F64
from graphwatch.trace.source import Contacts, Outbreak, jordan_centrality, source_posterior
from graphwatch.trace.source.posterior_kernel import _draw, _log_mass, sample


def outbreak_of(network: nx.Graph[int], infected: list[int], at: F64 | None = None) -> Outbreak:
    ends = np.array(list(network.edges), np.int64).reshape(-1, 2)
    whole, nodes = Contacts.of(len(network), ends[:, 0], ends[:, 1]), np.array(sorted(infected), np.int64)
    part = whole.induced(nodes)
    return Outbreak(part, whole.degree[nodes] - part.degree, np.full(len(nodes), np.nan) if at is None else at, nodes)


def snapshot_likelihood(network: nx.Graph[int], infected: list[int], root: int) -> float:
    """Integrate the spread from ``root`` until exactly the infected are infected, in closed form.

    With flat prior on its beginning, an order of infections has the density ∏ (ways to infect the next) / ∏ (ways out of each state).
    """
    total = 0.0
    for order in permutations([node for node in infected if node != root]):
        have, value = {root}, 1.0
        for node in order:
            value *= sum(other in have for other in network[node]) / sum(b not in have for a in have for b in network[a])
            have.add(node)
        total += value / sum(b not in have for a in have for b in network[a])
    return total


@pytest.mark.parametrize("seed", range(3))
def test_snapshot_posterior_is_the_exact_one(seed: int) -> None:
    network = nx.gnm_random_graph(12, 18, seed=seed)
    hub = max((len(network[node]), node) for node in network)[1]
    near = [hub, *sorted(network[hub])][:5]
    infected = sorted(nx.node_connected_component(network.subgraph(near), hub))
    assert len(infected) >= 3
    part = outbreak_of(network, infected)
    exact = np.array([snapshot_likelihood(network, infected, root) for root in infected])
    got = source_posterior(part, jordan_centrality(part.contacts))
    assert got.sum() == pytest.approx(1)
    assert got == pytest.approx(exact / exact.sum(), abs=0.05)


def test_two_times_and_one_unknown_between_agree_with_the_density() -> None:
    """Path 0-1-2 with times 0 and 1 at the ends, rate 1: node 1 first, or 0 first; compared with integration on a grid."""
    network = nx.path_graph(3)
    part = outbreak_of(network, [0, 1, 2])
    first, total = np.zeros(3), np.zeros(3)
    time = np.array([-1.0, -0.5, 0.0])
    graph, fixed = part.contacts, np.array([True, False, True])
    generator = np.random.default_rng(1)
    sample(graph.start, graph.neighbour, part.outside, time, fixed, 0.0, 1e-9, 1.0, False, 20_000, 100, generator, first, total)
    grid = np.linspace(-12, 0, 240_001)
    exposure = np.abs(grid + 1) + np.abs(grid)
    # After −1 node 1 is infected by 0 and infects 2; before, it is the source of both: one possible infector each in either case.
    density = np.exp(-exposure)
    assert first / first.sum() == pytest.approx(
        [density[grid > -1].sum() / density.sum(), density[grid <= -1].sum() / density.sum(), 0], abs=0.01
    )
    assert total[1] / 19_900 == pytest.approx((grid * density).sum() / density.sum(), abs=0.02)


@pytest.mark.parametrize(
    ("slope", "low", "high"), [(2.0, -np.inf, 1.0), (-3.0, -1.0, 2.0), (0.0, 0.0, 2.0), (1e-12, 0.0, 1.0), (4.0, 0.0, 1.0)]
)
def test_pieces_integrate_and_draw_right(slope: float, low: float, high: float) -> None:
    grid = np.linspace(max(low, -30), high, 2_000_001)
    values = np.exp(0.3 + slope * grid)
    mass = np.trapezoid(values, grid)
    assert _log_mass(0.3, slope, low, high) == pytest.approx(np.log(mass), abs=1e-6)
    drawn = np.array([_draw(slope, low, high, part) for part in (0.1, 0.5, 0.9)])
    reached = np.sort([np.trapezoid(values[grid <= x], grid[grid <= x]) / mass for x in drawn])
    assert reached == pytest.approx([0.1, 0.5, 0.9], abs=1e-4)


def test_times_that_contradict_the_contacts_do_no_harm() -> None:
    network = nx.path_graph(6)
    part = outbreak_of(network, list(range(6)), np.array([0.0, 5.0, np.nan, 5.0, 5.0, 0.0]))
    got = source_posterior(part, np.zeros(6))
    assert np.isfinite(got).all()
    assert got.sum() == pytest.approx(1)


def test_seed_decides_and_equal_times_say_nothing() -> None:
    network = nx.random_regular_graph(3, 30, seed=2)
    part = outbreak_of(network, list(range(20)))
    begin = np.zeros(20)
    assert source_posterior(part, begin, 1).tolist() == source_posterior(part, begin, 1).tolist()
    assert source_posterior(part, begin, 1).tolist() != source_posterior(part, begin, 2).tolist()
    same = outbreak_of(network, list(range(20)), np.full(20, 7.0))
    assert source_posterior(same, begin, 1).tolist() == source_posterior(part, begin, 1).tolist()

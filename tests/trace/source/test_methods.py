"""Each method against brute force, an independent implementation, or a dense solve."""

from __future__ import annotations

import math
import sys
from itertools import permutations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from graphwatch.trace.source import (
    Contacts,
    agreement,
    degree_heterogeneity,
    jordan_centrality,
    label_propagation,
    locate,
    netsleuth,
    outbreaks,
    reciprocal_rank_fusion,
    rumour_centrality,
    time_distance_correlation,
)
from graphwatch.trace.source.conjugate import solve
from graphwatch.trace.source.eigenvector import smallest_eigenvector


def graph_of(network: nx.Graph[int]) -> Contacts:
    ends = np.array(list(network.edges), np.int64).reshape(-1, 2)
    return Contacts.of(len(network), ends[:, 0], ends[:, 1])


@st.composite
def trees(draw: st.DrawFn, most: int = 7) -> nx.Graph[int]:
    size = draw(st.integers(1, most))
    network: nx.Graph[int] = nx.empty_graph(size)
    network.add_edges_from((draw(st.integers(0, i - 1)), i) for i in range(1, size))
    return network


@st.composite
def connected(draw: st.DrawFn, most: int = 12) -> nx.Graph[int]:
    network = draw(trees(most))
    size = len(network)
    extra = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=15))
    network.add_edges_from((a, b) for a, b in extra if a != b)
    return network


def orders(network: nx.Graph[int], root: int) -> int:
    """Count the orders of all nodes that begin with the root and in which each has an earlier neighbour."""
    rest = [node for node in network if node != root]
    return sum(
        all(any(network.has_edge(node, before) for before in (root, *order[:i])) for i, node in enumerate(order))
        for order in permutations(rest)
    )


@settings(max_examples=25, deadline=None)
@given(trees())
def test_rumour_centrality_counts_the_permitted_orders_of_a_tree(network: nx.Graph[int]) -> None:
    expected = [orders(network, root) for root in network]
    assert np.exp(rumour_centrality(graph_of(network))) == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(connected(9))
def test_rumour_centrality_on_graphs_is_that_of_the_breadth_first_tree(network: nx.Graph[int]) -> None:
    scores = rumour_centrality(graph_of(network))
    for root in network:
        tree = nx.bfs_tree(network, root, sort_neighbors=sorted)
        sizes = [len(nx.descendants(tree, node)) + 1 for node in tree]
        assert scores[root] == pytest.approx(math.log(math.factorial(len(network)) / math.prod(sizes)))


def test_rumour_centrality_of_the_published_tree() -> None:
    tree = Contacts.of(6, np.array([1, 1, 2, 2]), np.array([2, 3, 4, 5])).induced(np.arange(1, 6))
    assert np.exp(rumour_centrality(tree)) == pytest.approx([8, 12, 2, 3, 3])


@pytest.mark.parametrize("shape", ["path", "star"])
def test_rumour_centrality_of_ten_thousand_nodes_is_finite(shape: str) -> None:
    n = 10_000
    tree = Contacts.of(n, np.arange(n - 1) if shape == "path" else np.zeros(n - 1, np.int64), np.arange(1, n))
    scores = rumour_centrality(tree)
    assert np.isfinite(scores).all()
    if shape == "path":
        middle = math.lgamma(n) - math.lgamma(n // 2) - math.lgamma(n - n // 2 + 1)  # binomial(n − 1, n/2 − 1) orders from the middle
        assert scores[n // 2 - 1] == pytest.approx(middle, rel=1e-9)
        assert scores[0] == pytest.approx(0, abs=1e-6)
    else:
        assert scores[0] == pytest.approx(math.lgamma(n), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(connected())
def test_jordan_is_the_eccentricity_and_then_the_mean_distance(network: nx.Graph[int]) -> None:
    score = jordan_centrality(graph_of(network))
    steps = dict(nx.all_pairs_shortest_path_length(network))
    far = {node: max(steps[node].values()) for node in network}
    mean = {node: sum(steps[node].values()) / len(network) for node in network}
    assert np.floor(-score).tolist() == [far[node] for node in network]
    assert score == pytest.approx([-far[node] - mean[node] / (max(far.values()) + 1) for node in network])


def test_jordan_over_more_than_64_nodes_and_long_ways() -> None:
    rng = np.random.default_rng(3)
    network = nx.gnm_random_graph(150, 320, seed=4)
    network.add_edges_from((i, i + 1) for i in range(149) if rng.random() < 0.9)
    largest = nx.convert_node_labels_to_integers(network.subgraph(max(nx.connected_components(network), key=len)))
    far = {node: nx.eccentricity(largest, node) for node in largest}
    assert np.floor(-jordan_centrality(graph_of(largest))).tolist() == [far[node] for node in range(len(largest))]
    ring = graph_of(nx.cycle_graph(200))
    assert np.floor(-jordan_centrality(ring)).tolist() == [100] * 200


@settings(max_examples=40, deadline=None)
@given(connected(), st.data())
def test_netsleuth_is_the_smallest_eigenvector(network: nx.Graph[int], data: st.DataObject) -> None:
    outside = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(network), max_size=len(network))), np.int64)
    graph = graph_of(network)
    score = netsleuth(graph, outside)
    assert np.linalg.norm(score) == pytest.approx(1)
    part = nx.laplacian_matrix(network, nodelist=range(len(network))).toarray() + np.diag(outside)
    vectors = np.linalg.eigh(part.astype(float)).eigenvectors
    if outside.any():
        assert score == pytest.approx(np.abs(vectors[:, 0]), abs=2e-8)
        assert rankdata(score).tolist() == rankdata(np.round(np.abs(vectors[:, 0]), 8)).tolist()
    else:
        assert np.unique(score).tolist() == [pytest.approx(1 / math.sqrt(len(network)))]


@pytest.mark.parametrize("shape", ["hubs", "small world", "tree", "star", "two crowds"])
def test_netsleuth_ranks_large_parts_as_a_dense_solver_does(shape: str) -> None:
    shapes: dict[str, nx.Graph[int]] = {
        "hubs": nx.barabasi_albert_graph(600, 2, seed=1),
        "small world": nx.connected_watts_strogatz_graph(600, 6, 0.1, seed=1),
        "tree": nx.barabasi_albert_graph(400, 1, seed=1),
        "star": nx.star_graph(500),
        "two crowds": nx.barbell_graph(40, 12),
    }
    network = shapes[shape]
    outside = np.random.default_rng(2).geometric(0.4, len(network)) - 1
    score = netsleuth(graph_of(network), outside)
    part = nx.laplacian_matrix(network, nodelist=range(len(network))).toarray() + np.diag(outside)
    expected = np.abs(np.linalg.eigh(part.astype(float)).eigenvectors[:, 0])
    assert score == pytest.approx(expected, abs=1e-8)
    assert rankdata(-score).tolist() == rankdata(-np.round(expected, 8)).tolist()


def test_netsleuth_ties_nodes_that_are_placed_alike_whatever_their_numbers() -> None:
    star = graph_of(nx.star_graph(30))
    score = netsleuth(star, np.full(31, 2))
    assert score[0] >= score[1] == score[1:].max() == score[1:].min()
    rng, network = np.random.default_rng(5), nx.barabasi_albert_graph(300, 1, seed=3)
    outside, other = rng.integers(0, 3, 300), rng.permutation(300)
    moved = graph_of(nx.relabel_nodes(network, dict(enumerate(other.tolist()))))
    assert netsleuth(moved, outside[np.argsort(other)])[other].tolist() == netsleuth(graph_of(network), outside).tolist()


def test_netsleuth_says_nothing_where_the_eigenvector_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    path = graph_of(nx.path_graph(50))
    outside = np.arange(50) % 3
    vector, converged = smallest_eigenvector(path.start, path.neighbour, (path.degree + outside).astype(np.float64), 1e-12, 3)
    assert not converged
    assert (vector >= 0).all()
    monkeypatch.setattr(sys.modules["graphwatch.trace.source.netsleuth"], "ROUNDS", 3)
    assert np.isnan(netsleuth(path, outside)).all()
    contacts = Contacts.of(52, np.arange(51), np.arange(1, 52))
    found = locate(contacts, np.arange(1, 51), np.full(50, np.nan)).frame  # the others still rank
    assert found["netsleuth"].is_nan().all()
    assert found["rank"].n_unique() > 1


@settings(max_examples=40, deadline=None)
@given(connected(), st.data(), st.sampled_from([0.1, 0.5, 0.9]))
def test_label_propagation_is_the_closed_form(network: nx.Graph[int], data: st.DataObject, alpha: float) -> None:
    infected = np.array(sorted(data.draw(st.sets(st.integers(0, len(network) - 1), min_size=1))), np.int64)
    network.add_node(len(network))  # one without contacts
    adjacency = nx.to_numpy_array(network, nodelist=range(len(network)))
    root = np.sqrt(np.maximum(adjacency.sum(0), 1))
    label = -np.ones(len(network))
    label[infected] = 1
    expected = (1 - alpha) * np.linalg.solve(np.eye(len(network)) - alpha * adjacency / np.outer(root, root), label)
    assert label_propagation(graph_of(network), infected, alpha) == pytest.approx(expected[infected], abs=1e-9)


def test_solve_says_when_it_did_not_converge() -> None:
    path = graph_of(nx.path_graph(30))
    right = np.arange(30.0)
    diagonal = path.degree.astype(np.float64) + 0.01
    ones = np.ones(len(path.neighbour))
    assert not solve(path.start, path.neighbour, ones, diagonal, right, right, 1e-12, 2)[1]
    assert solve(path.start, path.neighbour, ones, diagonal, right, right, 1e-12, 500)[1]


@settings(max_examples=40, deadline=None)
@given(connected(), st.data())
def test_correlation_is_pearsons_of_distance_and_time(network: nx.Graph[int], data: st.DataObject) -> None:
    size = len(network)
    times = data.draw(st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=size, max_size=size))
    at = np.array([math.nan if time is None else time for time in times], np.float64)
    score = time_distance_correlation(graph_of(network), np.arange(size), at + 1.7e9)
    seen = [node for node in range(size) if times[node] is not None]
    for node in range(size):
        away = np.array([nx.shortest_path_length(network, node, other) for other in seen], np.float64)
        if len(seen) < 3 or np.ptp(away) == 0 or np.ptp(at[seen]) == 0:
            assert math.isnan(score[node])
        else:
            assert score[node] == pytest.approx(np.corrcoef(away, at[seen])[0, 1], abs=1e-6)


def test_correlation_counts_only_observed_nodes_in_reach() -> None:
    two = Contacts.of(8, np.array([0, 1, 2, 4, 5, 6]), np.array([1, 2, 3, 5, 6, 7]))
    at = np.array([0.0, 1.0, 2.0, 3.0, 9.0, 8.0, 7.0, 6.0])
    assert time_distance_correlation(two, np.arange(8), at)[[0, 3, 4, 7]].tolist() == pytest.approx([1, -1, -1, 1])


def test_contacts_are_simple_whatever_the_edges() -> None:
    graph = Contacts.of(5, np.array([0, 1, 1, 2, 0] * 200), np.array([1, 0, 1, 3, 1] * 200))
    assert graph.start.tolist() == [0, 1, 2, 3, 4, 4]
    assert graph.neighbour.tolist() == [1, 0, 3, 2]
    parts = list(outbreaks(graph, np.array([0, 2, 3, 4]), np.full(4, np.nan)))
    assert [part.nodes.tolist() for part in parts] == [[2, 3], [0], [4]]
    assert [part.outside.tolist() for part in parts] == [[0, 0], [1], [0]]


def test_heterogeneity_tells_hubs_from_even_contacts() -> None:
    assert degree_heterogeneity(graph_of(nx.cycle_graph(50)).degree) == pytest.approx(1)
    assert degree_heterogeneity(graph_of(nx.barabasi_albert_graph(2_000, 3, seed=1)).degree) > 2
    assert degree_heterogeneity(graph_of(nx.watts_strogatz_graph(2_000, 6, 0.1, seed=1)).degree) < 1.1
    assert math.isnan(degree_heterogeneity(np.zeros(3, np.int64)))


def test_agreement_and_fusion() -> None:
    same = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([1.0, 2.0, 3.0])}
    against = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([3.0, 2.0, 1.0])}
    assert agreement(same, 0).concordance == pytest.approx(1)
    assert agreement(against, 0).concordance == pytest.approx(0)
    assert agreement({"a": np.array([1.5, 1.5, 3.0]), "b": np.array([1.5, 1.5, 3.0])}, 0).concordance == pytest.approx(1)
    assert math.isnan(agreement({"a": np.array([1.0])}, 0).concordance)
    far = {"a": np.arange(1.0, 31), "b": np.arange(30.0, 0, -1)}
    assert agreement(far, 0).top_shared == pytest.approx(0.5)
    assert reciprocal_rank_fusion(against, {"a": 3, "b": 1}).argmax() == 0
    assert reciprocal_rank_fusion(same, {"a": 1, "b": 1})[0] == pytest.approx(1)

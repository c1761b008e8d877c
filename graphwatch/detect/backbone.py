"""What chance does not explain: false discovery rate over all possible pairs, and communities of what remains."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

from graphwatch.model import F64, I32, I64

if TYPE_CHECKING:
    import igraph

APART: Final = 0.5
"""Two communities stay apart when at most this share of the links that chance would put between them is there."""


def poisson_tail(counts: I64, expected: F64) -> F64:
    """Give the chance of at least so many events when that many are expected; lower is stronger.

    Examples
    --------
    >>> poisson_tail(np.array([1, 2]), np.array([0.1, 0.1])).round(4).tolist()
    [0.0952, 0.0047]
    """
    from scipy.special import pdtrc  # noqa: PLC0415 - counts alone do not wait for it

    return np.where(counts > 0, pdtrc(np.maximum(counts - 1, 0), expected), 1.0)


def false_discovery_rates(p_values: F64, tests: int) -> F64:
    """Adjust p-values by Benjamini and Hochberg (1995) where only the small ones of ``tests`` tests are at hand.

    The tests that are not at hand count with p = 1; scipy's ``false_discovery_control`` would need them all in memory.

    Parameters
    ----------
    p_values : (n,)
        Those at hand.
    tests
        All tests made, at least n.

    Returns
    -------
    q_values : (n,)
        Lower is stronger.

    Examples
    --------
    >>> false_discovery_rates(np.array([0.01, 0.001, 0.9]), 10).round(4).tolist()
    [0.05, 0.01, 1.0]
    """
    if tests < len(p_values):
        raise ValueError(f"tests must be at least {len(p_values)}, one per p-value")
    order = np.argsort(p_values, kind="stable")
    raw = p_values[order] * tests / np.arange(1, len(order) + 1)
    q_values = np.empty(len(order), np.float64)
    q_values[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q_values


def communities(a: I32, b: I32, weight: F64, seed: int) -> I32:
    """Group nodes by modularity with igraph's Leiden algorithm (Traag, Waltman and van Eck 2019), with a fixed seed.

    Each connected component is divided by itself. Modularity divides a single near-complete ring, too, for a gain that means nothing;
    so communities are joined again, the closest first, while two of them have more than ``APART`` of the links between them that
    chance would put there, given the degrees within the two.

    Parameters
    ----------
    a, b : (edges,)
        Nodes 0, 1, …, each in some edge; edges sorted, so that the order of the input has no influence.
    weight : (edges,)
        Positive.
    seed
        Of the algorithm's random moves.

    Returns
    -------
    community : (nodes,)
        Number of each node's community.
    """
    import igraph  # noqa: PLC0415 - counts alone do not wait for it

    nodes = int(max(a.max(), b.max())) + 1 if len(a) else 0
    graph = igraph.Graph(nodes, edges=zip(a.tolist(), b.tolist(), strict=True))
    graph.es["weight"] = weight.tolist()
    community = np.zeros(nodes, np.int32)
    number = 0
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - no secret, a fixed seed is the point
    try:
        for members in graph.connected_components():
            division = _divide(graph.induced_subgraph(members)) if len(members) > 3 else np.zeros(len(members), np.int32)
            community[members] = number + division
            number += int(division.max()) + 1
    finally:
        igraph.set_random_number_generator(random)
    return community


def _divide(component: igraph.Graph) -> I32:
    """Communities of one component, numbered 0, 1, … by their first node."""
    found = component.community_leiden(objective_function="modularity", weights="weight", n_iterations=10)
    division = np.array(found.membership, dtype=np.int32)
    ends = division[np.array(component.get_edgelist(), dtype=np.int64)]
    links = np.zeros((len(found), len(found)))
    np.add.at(links, (ends.min(axis=1), ends.max(axis=1)), np.array(component.es["weight"]))
    return _numbered(_joined(links)[division])


def _joined(links: F64) -> I32:
    """Join communities that are not apart.

    Parameters
    ----------
    links : (communities, communities)
        Weight within (diagonal) and between (above it). Changed in place.

    Returns
    -------
    joined : (communities,)
        Community that each one belongs to now.
    """
    joined = np.arange(len(links), dtype=np.int32)
    closeness = np.stack([_closeness(links, c) for c in range(len(links))])
    while len(links) > 1 and closeness.max() > APART:
        one, other = sorted(divmod(int(closeness.argmax()), len(links)))
        joined[joined == other] = one
        links[one, one] += links[other, other] + links[one, other]
        for third in range(len(links)):
            if third not in {one, other}:
                links[min(one, third), max(one, third)] += links[min(other, third), max(other, third)]
        links[other, :] = links[:, other] = 0
        closeness[other, :] = closeness[:, other] = 0
        closeness[one, :] = closeness[:, one] = _closeness(links, one)
    return joined


def _closeness(links: F64, one: int) -> F64:
    """Links between a community and each other one, over what chance would put there if the two were all there is."""
    within = links.diagonal()
    between = links[one, :] + links[:, one]
    between[one] = 0
    all_links = links[one, one] + within + between
    by_chance = (2 * links[one, one] + between) * (2 * within + between)
    out = np.zeros(len(links))
    np.divide(2 * between * all_links, by_chance, out=out, where=by_chance > 0)
    return out


def _numbered(values: I32) -> I32:
    """Give each value its number 0, 1, … in order of first appearance."""
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place].astype(np.int32)


def stable_id(prefix: str, members: Iterable[str]) -> str:
    """Name a set by its members: the same members give the same id in any order.

    Examples
    --------
    >>> stable_id("g", ["b", "a"]) == stable_id("g", ["a", "b"])
    True
    """
    digest = hashlib.sha256()
    for member in sorted(members):
        encoded = member.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return f"{prefix}-{digest.hexdigest()[:12]}"

"""The kernels against the enumeration of all paths of small random graphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.model import F64, I32, I64
from graphwatch.trace.origins.arrivals import NEVER, descent, earliest_arrival, latest_departure, likeliest_paths, main_roots

Edge = tuple[int, int, int, int]
EDGES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 8), st.integers(1, 4)).map(lambda e: (e[0], e[1], e[2], e[2] + e[3])),
    max_size=9,
)


def walks(edges: list[Edge], source: int, begin: int) -> list[tuple[int, int]]:
    """All (account, time of arrival) of time-respecting walks."""
    ends, frontier = [(source, begin)], [(source, begin)]
    while frontier:
        account, time = frontier.pop()
        for tail, head, depart, arrive in edges:
            if tail == account and depart >= time:
                ends.append((head, arrive))
                frontier.append((head, arrive))
    return ends


def columns(edges: list[Edge]) -> tuple[I32, I32, I64, I64]:
    table = np.array(edges, np.int64).reshape(-1, 4)
    return table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2].copy(), table[:, 3].copy()


@given(EDGES, st.integers(0, 4), st.integers(0, 6))
def test_earliest_arrivals_are_those_of_all_walks(edges: list[Edge], source: int, begin: int) -> None:
    edges = sorted(edges, key=lambda e: (e[2], e[3]))
    found = earliest_arrival(*columns(edges), source, begin, 5)
    ends = walks(edges, source, begin)
    assert found.tolist() == [min((time for account, time in ends if account == who), default=NEVER) for who in range(5)]


@given(EDGES, st.sets(st.integers(0, 4)), st.integers(0, 12))
def test_latest_departures_are_those_of_all_walks(edges: list[Edge], goals: set[int], deadline: int) -> None:
    edges = sorted(edges, key=lambda e: (e[3], e[2]))
    goal = np.isin(np.arange(5), sorted(goals))
    found = latest_departure(*columns(edges), goal, deadline)

    def arrives(who: int, begin: int) -> bool:
        return any(account in goals and time <= deadline for account, time in walks(edges, who, begin))

    expected = [max((t for t in range(deadline + 1) if arrives(who, t)), default=-1) for who in range(5)]
    assert found.tolist() == expected


@st.composite
def forests(draw: st.DrawFn) -> tuple[I64, I32, F64]:
    """Acts with at most three earlier causes each, whose probabilities add up to at most 1."""
    start, cause, chance = [0], [], []
    for j in range(draw(st.integers(1, 7))):
        causes = sorted(draw(st.sets(st.integers(0, j - 1), max_size=3))) if j else []
        weights = [draw(st.integers(1, 8)) for _ in causes]
        total = sum(weights) + draw(st.integers(0, 8))
        cause += causes
        chance += [w / total for w in weights]
        start.append(len(cause))
    return np.array(start, np.int64), np.array(cause, np.int32), np.array(chance)


def structures(start: I64, cause: I32, chance: F64) -> list[tuple[float, list[int]]]:
    """Every choice of one cause or none for each act, with its probability."""
    found: list[tuple[float, list[int]]] = [(1.0, [])]
    for j in range(len(start) - 1):
        options = [(float(chance[e]), int(cause[e])) for e in range(start[j], start[j + 1])]
        options.append((1.0 - sum(p for p, _ in options), -1))
        found = [(weight * p, [*chosen, i]) for weight, chosen in found for p, i in options]
    return found


@given(forests(), st.data())
def test_descent_is_that_of_all_structures(forest: tuple[I64, I32, F64], data: st.DataObject) -> None:
    start = forest[0]
    source = data.draw(st.integers(0, len(start) - 2))
    expected = np.zeros(len(start) - 1)
    for weight, chosen in structures(*forest):
        for j in range(len(chosen)):
            i = j
            while i not in (source, -1):
                i = chosen[i]
            expected[j] += weight * (i == source)
    assert descent(*forest, source) == pytest.approx(expected, abs=1e-12)


def products(start: I64, cause: I32, chance: F64, source: int, end: int) -> list[float]:
    if end == source:
        return [1.0]
    return [
        float(chance[e]) * rest for e in range(start[end], start[end + 1]) for rest in products(start, cause, chance, source, int(cause[e]))
    ]


@given(forests(), st.data(), st.integers(1, 4))
def test_the_likeliest_paths_are_the_best_of_all(forest: tuple[I64, I32, F64], data: st.DataObject, most: int) -> None:
    start, cause, probability = forest
    source = data.draw(st.integers(0, len(start) - 2))
    chance, edge, place = likeliest_paths(start, cause, probability, source, most)
    for end in range(len(start) - 1):
        best = sorted(products(start, cause, probability, source, end), reverse=True) if end >= source else []
        assert chance[end] == pytest.approx([*best, *[0.0] * most][:most])
        walked = set()
        for k in range(min(most, len(best))):
            j, at, product, steps = end, k, 1.0, []
            while edge[j, at] >= 0:
                e = int(edge[j, at])
                assert start[j] <= e < start[j + 1]
                product *= float(probability[e])
                steps.append(e)
                j, at = int(cause[e]), int(place[j, at])
            assert j == source
            assert product == pytest.approx(chance[end, k])
            walked.add(tuple(steps))
        assert len(walked) == min(most, len(best))  # no path twice


@given(forests())
def test_main_roots_follow_the_likeliest_cause(forest: tuple[I64, I32, F64]) -> None:
    start, cause, probability = forest
    root, link = main_roots(*forest)
    for j in range(len(start) - 1):
        own = probability[start[j] : start[j + 1]]
        if link[j] < 0:
            assert root[j] == j
            assert len(own) == 0 or own.max() < 1 - own.sum()
        else:
            assert probability[link[j]] == own.max() >= 1 - own.sum() - 1e-9
            assert root[j] == root[cause[link[j]]]

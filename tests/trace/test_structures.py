"""Credit against an enumeration of all branching structures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.model import F32, F64, I32, I64, Bools
from graphwatch.trace.structures import account_credit, accumulate, draw_causes, expected_descendants, summarise


def brute_credit(cause: list[int], account: list[int], member: list[bool], accounts: int) -> list[int]:
    counts = [0] * accounts
    for i in range(len(cause)):
        above, j = set(), i
        while j >= 0:
            above.add(account[j])
            j = cause[j]
        if member[i]:
            for a in above:
                counts[a] += 1
    return counts


def credit_of(cause: list[int], account: list[int], member: list[bool], accounts: int) -> list[int]:
    n = len(cause)
    size, place, order = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    credit = np.empty(accounts, np.int32)
    account_credit(
        np.array(cause, np.int32),
        np.array(account, np.int32),
        np.array(member, np.bool_),
        size,
        place,
        order,
        np.empty(accounts, np.int32),
        credit,
    )
    return credit.tolist()


@st.composite
def structures(draw: st.DrawFn) -> tuple[list[int], list[int], list[bool], int]:
    n = draw(st.integers(1, 14))
    cause = [draw(st.integers(-1, i - 1)) for i in range(n)]
    account = [draw(st.integers(0, 3)) for _ in range(n)]
    return cause, account, [draw(st.booleans()) for _ in range(n)], 4


@given(structures())
@settings(max_examples=300, deadline=None)
def test_account_credit_counts_each_descendant_once(case: tuple[list[int], list[int], list[bool], int]) -> None:
    assert credit_of(*case) == brute_credit(*case)


def test_account_credit_of_a_long_chain_takes_no_recursion() -> None:
    n = 50_000
    assert credit_of([*range(-1, n - 1)], [0, 1] * (n // 2), [True] * n, 2) == [n, n - 1]


def small_problem(seed: int) -> tuple[I32, I64, I32, F64, F32, I32, Bools]:
    rng = np.random.default_rng(seed)
    n = 6
    parent = np.array([-1, -1, -1, 1, -1, -1], np.int32)
    start, node, probability, spontaneous = [0], [], [], np.ones(n)
    for i in range(n):
        if parent[i] < 0 and i > 0:
            causes = rng.choice(i, size=min(i, 3), replace=False)
            weights = rng.random(len(causes) + 1)
            node += causes.tolist()
            probability += (weights[1:] / weights.sum()).tolist()
            spontaneous[i] = weights[0] / weights.sum()
        elif parent[i] >= 0:
            spontaneous[i] = 0.0
        start.append(len(node))
    account = rng.integers(0, 3, n).astype(np.int32)
    member = np.array([False, True, True, True, True, True])
    return parent, np.array(start, np.int64), np.array(node, np.int32), spontaneous, np.array(probability, np.float32), account, member


def enumerate_structures(problem: tuple[I32, I64, I32, F64, F32, I32, Bools]) -> list[tuple[list[int], float]]:
    parent, start, node, spontaneous, probability, _, _ = problem
    options = []
    for i in range(len(parent)):
        if parent[i] >= 0:
            options.append([(int(parent[i]), 1.0)])
            continue
        own = [(int(node[c]), float(probability[c])) for c in range(start[i], start[i + 1])]
        options.append([(-1, float(spontaneous[i])), *own])
    return [([c for c, _ in choice], float(np.prod([p for _, p in choice]))) for choice in itertools.product(*options)]


@pytest.mark.parametrize("seed", range(5))
def test_expected_descendants_equal_the_enumeration(seed: int) -> None:
    problem = small_problem(seed)
    parent, start, node, _, probability, _, member = problem
    own = list(range(len(parent)))
    wanted = np.zeros(len(parent))
    for cause, p in enumerate_structures(problem):
        wanted += p * np.array(brute_credit(cause, own, member.tolist(), len(parent)))
    np.testing.assert_allclose(expected_descendants(parent, start, node, probability, member), wanted, rtol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_sampled_credit_equals_the_enumeration(seed: int) -> None:
    problem = small_problem(seed)
    parent, start, node, spontaneous, probability, account, member = problem
    wanted = np.zeros(3)
    for cause, p in enumerate_structures(problem):
        wanted += p * np.array(brute_credit(cause, account.tolist(), member.tolist(), 3))
    samples = 20_000
    cumulative = accumulate(start, spontaneous, probability)
    total = np.zeros(3)
    cause_, choice = np.empty(6, np.int32), np.empty(6, np.int32)
    size, place, order = np.empty(6, np.int32), np.empty(6, np.int32), np.empty(6, np.int32)
    closes, credit = np.empty(3, np.int32), np.empty(3, np.int32)
    for s in range(samples):
        draw_causes(parent, start, node, spontaneous, cumulative, 99, s, cause_, choice)
        account_credit(cause_, account, member, size, place, order, closes, credit)
        total += credit
    np.testing.assert_allclose(total / samples, wanted, atol=0.05)


def test_draws_depend_on_seed_and_sample_only() -> None:
    parent, start, node, spontaneous, probability, _, _ = small_problem(1)
    cumulative = accumulate(start, spontaneous, probability)
    first, again, choice = (np.empty(6, np.int32) for _ in range(3))
    draw_causes(parent, start, node, spontaneous, cumulative, 5, 7, first, choice)
    for s in range(7):
        draw_causes(parent, start, node, spontaneous, cumulative, 5, s, again, choice)
    draw_causes(parent, start, node, spontaneous, cumulative, 5, 7, again, choice)
    assert first.tolist() == again.tolist()


@given(st.lists(st.lists(st.integers(0, 400), min_size=21, max_size=21), min_size=1, max_size=20))
@settings(deadline=None)
def test_summaries_are_means_and_mid_p_quantiles(rows: list[list[int]]) -> None:
    mean, low, high = summarise(np.array(rows, np.int32).T.copy(), 0.05, 0.95)
    for k, row in enumerate(rows):
        ordered = sorted(row)
        assert mean[k] == pytest.approx(np.mean(row))
        mid = {v: (sum(w < v for w in row) + 0.5 * row.count(v)) / len(row) for v in ordered}
        assert low[k] == min((v for v in mid if mid[v] >= 0.05), default=ordered[0])
        assert high[k] == max([v for v in mid if mid[v] <= 0.95] + [low[k]])

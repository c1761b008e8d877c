"""Figures that say what kind of crowd a pile-on is, against their definitions written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.detect.crowd import repost_chains, synchrony

S = 1_000_000


def by_definition(at: list[int], actor: list[int], together: int, around: int) -> float:
    seen = sum(1 for i in range(len(at)) for j in range(i + 1, len(at)) if at[j] - at[i] <= together and actor[j] != actor[i])
    expected = 0.0
    for i, t in enumerate(at):
        others = sum(1 for u, a in zip(at, actor, strict=True) if abs(u - t) <= around // 2 and a != actor[i])
        width = min(at[-1], t + around // 2) - max(at[0], t - around // 2)
        expected += others * min(together, at[-1] - t) / width if width > 0 else 0.0
    return seen / expected if expected > 0 else float("nan")


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 3)), max_size=40), st.integers(1, 50), st.integers(2, 400))
def test_synchrony_is_what_its_definition_says(acts: list[tuple[int, int]], together: int, around: int) -> None:
    at, actor = [a for a, _ in sorted(acts)], [b for _, b in sorted(acts)]
    got = synchrony(np.array(at, np.int64), np.array(actor, np.int32), together, around)
    assert got == pytest.approx(by_definition(at, actor, together, around), nan_ok=True) or len(acts) < 2


def test_synchrony_of_independent_accounts_is_near_one() -> None:
    rng = np.random.default_rng(4)
    at = np.sort(rng.integers(0, 6 * 3600 * S, 4000))
    assert synchrony(at, rng.integers(0, 2000, 4000).astype(np.int32), 10 * S, 600 * S) == pytest.approx(1.0, abs=0.1)


def test_volleys_raise_synchrony() -> None:
    rng = np.random.default_rng(4)
    volley = np.repeat(rng.integers(0, 6 * 3600 * S, 200), 10)
    at = np.sort(volley + rng.integers(0, 5 * S, 2000))
    assert synchrony(at, np.arange(2000, dtype=np.int32), 10 * S, 600 * S) > 2.0


@given(st.data())
def test_chains_end_where_something_else_stands(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 25))
    parent = [data.draw(st.integers(-1, i - 1)) for i in range(n)]
    order = data.draw(st.permutations(range(n)))
    kind = [data.draw(st.sampled_from([0, 5, 6])) for _ in range(n)]

    def length(i: int) -> int:
        return 0 if i < 0 or kind[i] not in (5, 6) else 1 + length(parent[i])

    moved = np.full(n, -1, np.int32)
    kinds = np.zeros(n, np.int8)
    for i in range(n):
        kinds[order[i]] = kind[i]
        moved[order[i]] = order[parent[i]] if parent[i] >= 0 else -1
    got = repost_chains(moved, kinds, 5, 6)
    assert [int(got[order[i]]) for i in range(n)] == [length(i) for i in range(n)]

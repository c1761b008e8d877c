"""Rows by time, against a stable sort by comparison."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.graph.order import time_order

TIMES = st.integers(-(2**62), 2**62)


@given(st.one_of(st.lists(TIMES), st.lists(st.integers(-50, 50)), st.lists(st.integers(-3, 3).map(lambda s: s * 10**6 + 7))))
def test_the_order_is_that_of_a_stable_sort(times: list[int]) -> None:
    at = np.array(times, np.int64)
    assert time_order(at).tolist() == np.argsort(at, kind="stable").tolist()


def test_many_digits_and_ties() -> None:
    rng = np.random.default_rng(3)
    at = rng.integers(1_500_000_000_000_000, 1_800_000_000_000_000, 5_000)
    at[rng.integers(0, len(at), 2_000)] = at[0]
    assert (time_order(at) == np.argsort(at, kind="stable")).all()

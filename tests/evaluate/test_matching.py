"""Matching against brute force over all one-to-one assignments."""

from __future__ import annotations

from itertools import permutations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.evaluate.matching import match_pileons, overlaps
from tests.evaluate.builders import found, planted

spans = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 20), st.integers(0, 6)), max_size=4)


def jaccard(a: tuple[str, int, int], b: tuple[str, int, int]) -> float:
    """Independent of polars: hours to seconds, each interval a second longer."""
    if a[0] != b[0]:
        return 0.0
    low, high = max(a[1], b[1]) * 3600, min(a[1] + a[2], b[1] + b[2]) * 3600
    if high < low:
        return 0.0
    return (high - low + 1) / (max(a[1] + a[2], b[1] + b[2]) * 3600 - min(a[1], b[1]) * 3600 + 1)


def best_total(left: list[tuple[str, int, int]], right: list[tuple[str, int, int]]) -> float:
    if len(left) > len(right):
        left, right = right, left
    return max(
        sum(jaccard(a, right[k]) for a, k in zip(left, chosen, strict=True)) for chosen in permutations(range(len(right)), len(left))
    )


@settings(max_examples=150, deadline=None)
@given(spans, spans)
def test_the_assignment_is_the_best_there_is(left: list[tuple[str, int, int]], right: list[tuple[str, int, int]]) -> None:
    detections = found([(f"p{k}", t, a, a + n, "attack") for k, (t, a, n) in enumerate(left)])
    truth = planted([(f"i{k}", t, a, a + n, "attack", "x") for k, (t, a, n) in enumerate(right)])
    matches = match_pileons(detections, truth)
    assert matches["pileon"].is_unique().all()
    assert matches["planted"].is_unique().all()
    assert matches["overlap"].sum() == pytest.approx(best_total(left, right))
    pairs = {(p, q): o for p, q, o in overlaps(detections, truth).iter_rows()}
    expected = {(p, q): jaccard(a, b) for p, a in enumerate(left) for q, b in enumerate(right) if jaccard(a, b) > 0}
    assert pairs == pytest.approx(expected)


def test_nothing_matches_nothing() -> None:
    some = found([("p", "a", 1, 2, "attack")])
    assert match_pileons(some, planted([])).is_empty()
    assert match_pileons(found([]), planted([("i", "a", 1, 2, "attack", "x")])).is_empty()
    assert match_pileons(some, planted([("i", "a", 2.1, 3, "attack", "x")])).is_empty()


def test_row_order_does_not_matter() -> None:
    detections = found([("p1", "a", 1, 4, "attack"), ("p2", "a", 5, 8, "attack"), ("p3", "b", 1, 2, "attack")])
    truth = planted([("i1", "a", 2, 6, "attack", "x"), ("i2", "b", 0, 3, "attack", "x"), ("i3", "a", 6, 9, "attack", "x")])

    def pairs(d: pl.DataFrame, t: pl.DataFrame) -> set[tuple[str, str]]:
        m = match_pileons(d, t)
        return set(zip(d["pileon_id"].gather(m["pileon"]), t["incident_id"].gather(m["planted"]), strict=True))

    assert pairs(detections, truth) == pairs(detections.reverse(), truth.reverse()) == {("p1", "i1"), ("p2", "i3"), ("p3", "i2")}

"""Kernels over all interactions for missing parents, against plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect import parents
from graphwatch.detect.parent_kernels import GIVEN, average_trees, mixture
from graphwatch.detect.parent_past import count_before, past_times, rows_by_thread, told_threads
from graphwatch.detect.parents import infer_parents
from graphwatch.model import NO_TIME, Events, Lists


@given(st.lists(st.tuples(st.integers(0, 14), st.booleans()), max_size=12))
@settings(max_examples=80, deadline=None)
def test_rows_of_threads_the_root_first(drawn: list[tuple[int, bool]]) -> None:
    thread = np.array([t for t, _ in drawn], np.int32)
    alone = np.array([flag and t != i for i, (t, flag) in enumerate(drawn)], np.bool_)
    start, rows = rows_by_thread(thread, alone, 15)
    expected = []
    for code in sorted({int(t) for t, flag in zip(thread, alone, strict=True) if flag}):
        held = [i for i in range(len(drawn)) if thread[i] == code]
        expected.append([i for i in held if i == code] + [i for i in held if i != code])
    assert [rows[a:b].tolist() for a, b in pairwise(start)] == expected


@given(st.integers(1, 25), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_what_accounts_did_and_got_before(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = np.sort(rng.integers(0, 20, n))
    actor = rng.integers(0, 4, n).astype(np.int32)
    parent = np.array([rng.integers(-1, i) if i else -1 for i in range(n)], np.int32)
    thread = rng.integers(0, 3, n).astype(np.int32)
    told = told_threads(parent, thread, 3, 0.5)
    for code in range(3):
        held = [i for i in range(n) if thread[i] == code]
        assert told[code] == (sum(parent[i] >= 0 for i in held) >= 0.5 * sum(i != code for i in held))
    wanted = np.array([True, False, True, True])
    acts, answers, posts, answering, answered = past_times(at, actor, parent, thread, told, wanted)
    counted = [i for i in range(n) if parent[i] >= 0 and told[thread[i]]]
    assert answering == len(counted)
    assert answered == sum(parent[parent[i]] >= 0 for i in counted)
    limit = 10
    for account in (0, 2, 3):
        one, until = np.array([account], np.int32), np.array([limit], np.int64)
        before = [i for i in counted if at[i] < limit]
        mine = [i for i in before if actor[parent[i]] == account]
        assert count_before(*acts, one, until)[0] == sum(actor[i] == account for i in before)
        assert count_before(*answers, one, until)[0] == sum(parent[parent[i]] >= 0 for i in mine)
        assert count_before(*posts, one, until)[0] == sum(parent[parent[i]] < 0 for i in mine)
    assert acts[0][2] == acts[0][1]  # nothing is listed of an account that is not wanted


@given(st.integers(1, 150), st.integers(0, 10**6), st.booleans())
@settings(max_examples=80, deadline=None)
def test_the_likeliest_parent_is_the_heaviest_at_its_lag(n: int, seed: int, fading: bool) -> None:
    rng = np.random.default_rng(seed)
    time = np.sort(rng.exponential(3000, n).round(0 if seed % 2 else 3))
    weight = rng.gamma(0.3, 1.0, n) * (np.exp(-np.arange(n) / 20) if fading else 1.0) + 1e-6
    root = rng.gamma(0.2, 1.0, n) + 1e-6
    none = np.zeros(0, np.int32)
    found = average_trees(
        time, weight, root, np.full(n, -2, np.int32), np.zeros(n + 1, np.int64), none, none.astype(np.int8), np.ones(n), 49.0, 0.537,
        mixture(0.537),
    )  # fmt: skip
    for k in range(n):
        plain = np.append(weight[:k] * (1.0 + (time[k] - time[:k]) / 60.0) ** -0.537, root[k])
        value = plain[found[0][k]]  # -1: the root, which is the last
        assert value == pytest.approx(plain.max(), rel=1e-9)
        assert found[1][k] == pytest.approx(plain.max() / plain.sum(), rel=0.01)


def threads(n: int) -> Events:
    """``n`` reposts in n / 10 threads with the roots alone given."""
    rng = np.random.default_rng(4)
    of = np.concatenate([np.arange(n // 10), rng.integers(0, n // 10, n - n // 10)]).astype(np.int32)
    small, whole = np.full(n, -1, np.int8), np.full(n, -1, np.int64)
    return Events(
        at=np.sort(rng.integers(0, 10**10, n)), actor=rng.integers(0, 50, n).astype(np.int32), kind=small, surface=small, category=small,
        parent=np.full(n, -1, np.int32), parent_given=np.zeros(n, np.bool_), thread=of,
        root=np.where(of == np.arange(n), -1, of).astype(np.int32), targets=Lists.empty(n), objects=Lists.empty(n),
        hostility=np.full(n, np.nan, np.float32), followers=whole, actor_created=np.full(n, NO_TIME), deleted=np.zeros(n, np.bool_),
        platform=small.astype(np.int16), accounts=pl.int_range(50, eager=True).cast(pl.String),
        object_names=pl.Series("object", [], dtype=pl.String), platforms=(), ids=pl.int_range(n, eager=True).cast(pl.String),
    )  # fmt: skip


@pytest.mark.parametrize(("rows", "workers"), [(100, 1), (100, 2), (7, 3)])
def test_parts_of_threads_give_the_same_bytes(rows: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    events = threads(2000)
    whole = infer_parents(events)
    assert (whole.method != GIVEN).sum() == 1800
    monkeypatch.setattr(parents, "PART_ROWS", rows)
    monkeypatch.setattr(parents, "WORKERS", workers)
    assert len(parents._parts(whole.threads)) > 10
    again = infer_parents(events)
    for name in ("row", "parent", "probability", "method", "children", "descendants", "depth"):
        assert getattr(again, name).tobytes() == getattr(whole, name).tobytes()

"""Cascades against networkx and against what is planted."""

from __future__ import annotations

from datetime import UTC, datetime

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect.cascades import Cascades, find_cascades
from graphwatch.detect.trees import cut_cycles, roots_and_depths, subtree_sizes, top_down, tree_figures
from graphwatch.graph.encode import encode
from graphwatch.schema import CASCADES

START = datetime(2026, 3, 1, tzinfo=UTC)
Row = tuple[str, int, str, str | None, str | None]


def frame(rows: list[Row]) -> pl.DataFrame:
    """(id, second, actor, parent, root) as a canonical frame."""
    columns = {"interaction_id": pl.String, "s": pl.Int64, "actor_id": pl.String, "parent_id": pl.String, "root_id": pl.String}
    raw = pl.DataFrame(rows, schema=columns, orient="row")
    at = (pl.lit(START) + pl.duration(seconds="s")).cast(pl.Datetime("us", "UTC"))
    return raw.select("interaction_id", at.alias("at"), "actor_id", pl.lit("reply").alias("kind"), "parent_id", "root_id")


def cascades(rows: list[Row]) -> Cascades:
    return find_cascades(encode(frame(rows)))


def oracle(graph: nx.Graph[int], root: int) -> tuple[int, int, float]:
    lengths = nx.single_source_shortest_path_length(graph, root)
    breadth = np.bincount(list(lengths.values())).max()
    return max(lengths.values()), int(breadth), float(nx.average_shortest_path_length(graph))


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=60))
@settings(max_examples=60, deadline=None)
def test_figures_equal_networkx(picks: list[int]) -> None:
    n = len(picks)
    up = np.array([-1 if i == 0 or p % 7 == 0 else p % i for i, p in enumerate(picks)])
    rename = np.random.default_rng(picks[0]).permutation(n)  # parents may come later than their children
    parent = np.full(n, -1, np.int32)
    parent[rename] = np.where(up >= 0, rename[up], -1)
    actor = (np.arange(n) % 5).astype(np.int32)
    order = top_down(parent)
    tree, depth = roots_and_depths(parent, order)
    size = subtree_sizes(parent, order)
    nothing = np.zeros(n, np.bool_)
    root, counts, distance, last = tree_figures(parent, tree, depth, size, np.arange(n) * 10, actor, nothing, 5)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from((i, int(p)) for i, p in enumerate(parent) if p >= 0)
    trees = {int(parent_less): nx.node_connected_component(graph, int(parent_less)) for parent_less in np.flatnonzero(parent < 0)}
    assert sorted(r for r, members in trees.items() if len(members) > 1) == root.tolist()
    for t, r in enumerate(root.tolist()):
        members = trees[r]
        deep, breadth, virality = oracle(graph.subgraph(members), r)
        assert counts[t].tolist() == [len(members), deep, breadth, len({int(actor[m]) for m in members}), 0]
        assert distance[t] == pytest.approx(virality, rel=1e-12)
        assert last[t] == 10 * max(members)
        assert {i for i in range(n) if tree[i] == r} == members


@given(st.lists(st.integers(-1, 29), min_size=1, max_size=30), st.lists(st.booleans(), min_size=30, max_size=30))
@settings(max_examples=100, deadline=None)
def test_every_cycle_is_cut_once_at_its_weakest_or_earliest_row(links: list[int], guessed: list[bool]) -> None:
    n = len(links)
    parent = np.array([p if p < n else -1 for p in links], np.int32)
    inferred = np.array(guessed[:n]) & (parent >= 0)
    before = parent.copy()
    graph = nx.DiGraph((i, int(p)) for i, p in enumerate(before) if p >= 0)
    expected = set()
    for cycle in nx.simple_cycles(graph):
        weak = [i for i in cycle if inferred[i]]
        expected.add(min(weak or cycle))
    strong = sum(not inferred[i] for i in expected)
    given_cycles, inferred_cycles = cut_cycles(parent, inferred)
    assert set(np.flatnonzero(parent != before).tolist()) == expected
    assert (given_cycles, inferred_cycles) == (strong, len(expected) - strong)
    assert sorted(top_down(parent).tolist()) == list(range(n))


def test_a_parent_outside_the_data_is_replaced_by_the_root_and_counted() -> None:
    found = cascades(
        [("r", 0, "a", None, None), ("x", 1, "b", "r", "r"), ("y", 2, "c", "gone", "r"), ("z", 5, "b", None, "r"), ("w", 9, "d", "z", "r")]
    )
    row = found.frame.row(0, named=True)
    assert (row["root_id"], row["root_actor_id"], row["size"], row["depth"], row["max_breadth"]) == ("r", "a", 5, 2, 3)
    assert (row["inferred_edges"], row["actors"], row["duration_s"]) == (2, 4, 9.0)
    assert row["started"] == START
    assert found.counts["orphans"] == 1
    assert found.counts["inferred_edges"] == 2
    assert found.inferred.tolist() == [False, False, True, True, False]


def test_a_root_outside_the_data_has_the_earliest_row_stand_in() -> None:
    found = cascades([("b", 3, "b", None, "gone"), ("a", 1, "a", None, "gone"), ("c", 5, "c", "b", "gone"), ("s", 6, "d", None, "lost")])
    row = found.frame.row(0, named=True)
    assert (len(found.frame), row["root_id"], row["size"], row["depth"], row["inferred_edges"]) == (1, "a", 3, 2, 1)
    assert (found.counts["stand_in_roots"], found.counts["singletons"]) == (1, 1)


def test_cycles_self_parents_and_late_parents_are_counted_and_not_fatal() -> None:
    found = cascades(
        [
            ("1", 0, "a", "3", None),
            ("2", 1, "b", "1", None),
            ("3", 2, "c", "2", None),
            ("own", 3, "d", "own", None),
            ("child", 4, "e", "late", None),
            ("late", 9, "f", None, None),
        ]
    )
    assert found.counts["cycles"] == 1
    assert found.counts["own_parents"] == 1
    assert found.counts["children_before_parents"] == 2  # one of them is the cycle's
    assert found.frame["root_id"].to_list() == ["1", "late"]
    assert found.frame["depth"].to_list() == [2, 1]
    assert found.frame["duration_s"].to_list() == [2.0, 0.0]
    assert found.counts["singletons"] == 1


def test_a_root_that_answers_into_its_own_thread_is_cut_at_the_guess() -> None:
    found = cascades([("top", 0, "a", None, "mid"), ("mid", 1, "b", "top", None)])
    assert found.frame.select("root_id", "size", "inferred_edges").row(0) == ("top", 2, 0)
    assert (found.counts["cycles"], found.counts["inferred_cycles"]) == (0, 1)


def test_long_chains_do_not_recurse() -> None:
    n = 100_000
    rows = pl.DataFrame({"k": range(n)}).select(
        pl.col("k").cast(pl.String).alias("interaction_id"),
        (pl.lit(START) + pl.duration(seconds="k")).cast(pl.Datetime("us", "UTC")).alias("at"),
        pl.lit("a").alias("actor_id"),
        pl.lit("reply").alias("kind"),
        pl.when(pl.col("k") > 0).then((pl.col("k") - 1).cast(pl.String)).alias("parent_id"),
    )
    row = find_cascades(encode(rows)).frame.row(0, named=True)
    assert (row["size"], row["depth"], row["max_breadth"], row["actors"]) == (n, n - 1, 1, 1)
    assert row["structural_virality"] == pytest.approx((n + 1) / 3, rel=1e-12)


def test_star_and_row_order() -> None:
    rows: list[Row] = [("r", 0, "a", None, None)] + [(f"x{i}", i + 1, f"u{i % 3}", "r", "r") for i in range(20)]
    rows += [(f"y{i}", i + 1, "b", f"y{i - 1}" if i else None, None) for i in range(9)]
    straight = cascades(rows)
    for seed in range(3):
        mixed = [rows[k] for k in np.random.default_rng(seed).permutation(len(rows))]
        again = cascades(mixed)
        assert again.frame.equals(straight.frame)
        assert again.parent.tolist() == straight.parent.tolist()
    star = straight.frame.filter(pl.col("root_id") == "r").row(0, named=True)
    assert star["structural_virality"] == pytest.approx(2 * 20 / 21)  # n - 1 pairs at distance 1, the rest at 2
    assert star["max_breadth"] == 20


def test_ids_used_on_two_platforms_stay_apart() -> None:
    both = pl.concat(
        frame([("r", 0, "a", None, None), ("x", 1, "b", "r", None)]).with_columns(platform=pl.lit(platform)) for platform in ("p", "q")
    )
    assert find_cascades(encode(both)).frame["root_id"].to_list() == ["p:r", "q:r"]


def test_nothing_and_one_row() -> None:
    empty = find_cascades(encode(frame([])))
    assert empty.frame.schema == pl.Schema(CASCADES.dtypes)
    assert (len(empty.frame), empty.counts["cascades"]) == (0, 0)
    one = cascades([("1", 0, "a", "gone", None)])
    assert (len(one.frame), one.counts["singletons"], one.counts["orphans"]) == (0, 1, 1)


def test_input_is_not_changed() -> None:
    events = encode(frame([("1", 0, "a", "2", None), ("2", 1, "b", "1", None)]))
    parent = events.parent.copy()
    find_cascades(events)
    assert events.parent.tolist() == parent.tolist()

"""Inferred parents against enumeration of all trees, and against what is planted."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect.cascades import find_cascades
from graphwatch.detect.influence import rank_amplifiers
from graphwatch.detect.parent_evidence import gather_evidence, histories, open_threads
from graphwatch.detect.parent_features import burst_counts
from graphwatch.detect.parent_kernels import CHAIN, FOLLOW, average_trees, mixture
from graphwatch.detect.parents import METHODS, infer_parents, inferred_edges
from graphwatch.graph.encode import encode
from graphwatch.schema import ACCOUNTS, FOLLOWS

START = datetime(2026, 3, 1, tzinfo=UTC)
EXPONENT = 0.5
Row = tuple[str, int, str, str | None, str | None, str | None]


def frame(rows: list[Row], kind: str = "repost") -> pl.DataFrame:
    """(id, second, actor, parent, root, text) as a canonical frame."""
    names = ["interaction_id", "s", "actor_id", "parent_id", "root_id", "text"]
    raw = pl.DataFrame(rows, schema={name: pl.Int64 if name == "s" else pl.String for name in names}, orient="row")
    at = (pl.lit(START) + pl.duration(seconds="s")).cast(pl.Datetime("us", "UTC"))
    return raw.select("interaction_id", at.alias("at"), "actor_id", pl.lit(kind).alias("kind"), "parent_id", "root_id", "text")


def edges(rows: list[Row], accounts: pl.DataFrame | None = None, follows: pl.DataFrame | None = None) -> pl.DataFrame:
    table = frame(rows)
    events = encode(table)
    return inferred_edges(events, infer_parents(events, gather_evidence(table, events, accounts, follows)))


def all_trees(p: list[list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Children, descendants (the act itself counted) and depth, averaged over every tree; index 0 is the root."""
    n = len(p) + 1
    children, descendants, depth = np.zeros(n), np.zeros(n), np.zeros(n)
    for choice in product(*(range(len(row)) for row in p)):
        chance = np.prod([row[c] for row, c in zip(p, choice, strict=True)])
        size, deep = np.ones(n), np.zeros(n)
        for k in range(n - 1, 0, -1):
            size[choice[k - 1]] += size[k]
        for k in range(1, n):
            deep[k] = deep[choice[k - 1]] + 1
        children += chance * np.bincount(choice, minlength=n)
        descendants += chance * size
        depth += chance * deep
    return children, descendants, depth


@given(st.integers(2, 6), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_averages_equal_enumeration_of_all_trees(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    time = np.sort(rng.exponential(3000, n).round())
    weight, root = rng.gamma(1.0, 1.0, n) + 0.01, rng.gamma(1.0, 1.0, n) + 0.01
    known = np.full(n, -2, np.int32)
    known[rng.random(n) < 0.2] = -1
    pairs = [[] if known[k] != -2 else [(int(j), FOLLOW) for j in range(-1, k) if rng.random() < 0.3] for k in range(n)]
    follow, odds = np.full(n, 7.0), 9.0
    for k in range(n):
        if known[k] == -2 and k > 0 and rng.random() < 0.3:
            pairs[k].insert(0, (int(rng.integers(0, k)), CHAIN))
    table, totals = [], np.ones(n)

    def weigh(k: int, j: int) -> float:
        return float(root[k] if j < 0 else weight[j] * (1 + (time[k] - time[j]) / 60) ** -EXPONENT)

    for k in range(n):
        plain = np.array([weigh(k, j) for j in range(-1, k)])
        row = plain.copy()
        for j, kind in pairs[k]:
            row[j + 1] += odds * plain.sum() if kind == CHAIN else 6.0 * plain[j + 1]
        totals[k] = row.sum()
        table.append([1.0, *[0.0] * k] if known[k] == -1 else (row / row.sum()).tolist())
    start = np.concatenate([[0], np.cumsum([len(row) for row in pairs])]).astype(np.int64)
    node = np.array([j for row in pairs for j, _ in row], np.int32)
    kinds = np.array([kind for row in pairs for _, kind in row], np.int8)
    found = average_trees(time, weight, root, known, start, node, kinds, follow, odds, EXPONENT, mixture(EXPONENT))
    parent, probability, _, children, descendants, depth, followed, at_root, root_children, root_descendants = found
    expected = all_trees(table)
    assert np.concatenate([[root_children], children]) == pytest.approx(expected[0], rel=0.01, abs=0.01)
    assert np.concatenate([[root_descendants], descendants]) == pytest.approx(expected[1], rel=0.01, abs=0.01)
    assert depth == pytest.approx(expected[2][1:], rel=0.01, abs=0.01)
    likely = [sum(7.0 * weigh(k, j) for j, kind in pairs[k] if kind == FOLLOW) for k in range(n)]
    assert followed == pytest.approx(np.array(likely) / totals, rel=0.01)
    inferred = known == -2
    assert at_root[1, inferred] == pytest.approx(np.array([row[0] for row in table])[inferred], rel=0.01)
    for k in range(n):
        assert table[k][parent[k] + 1] == pytest.approx(max(table[k]), rel=0.01)
        assert probability[k] == pytest.approx(max(table[k]), rel=0.01)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_burst_counts_equal_counting(seconds: list[int], window: int) -> None:
    time = np.sort(np.array(seconds, np.float64))
    after, before = burst_counts(time, float(window))
    for k, t in enumerate(time):
        assert after[k] == sum(1 for x in time[k + 1 :] if x - t <= window)
        assert before[k] == sum(1 for x in time[:k] if t - x <= window)


def test_a_chain_names_the_parent_by_account_or_by_name() -> None:
    rows: list[Row] = [("r", 0, "a", None, None, "news"), ("1", 60, "b", None, "r", "sad"), ("2", 90, "c", None, "r", "look//@b: sad")]
    rows += [("3", 300, "d", None, "r", "oh//@Cat: look//@b: sad"), ("4", 400, "e", None, "r", "hm//@gone: x//@b: sad")]
    rows += [("5", 500, "f", None, "r", "tail//@later: x"), ("6", 600, "later", None, "r", "转发微博")]
    names = ACCOUNTS.conform(pl.DataFrame({"account_id": ["c"], "name": ["Cat"]}))
    found = edges(rows, names).select("interaction_id", "parent_id", "method").rows()
    assert found[1:4] == [("2", "1", "chain"), ("3", "2", "chain"), ("4", "1", "chain")]
    assert found[4][2] != "chain"  # who is named comes later
    assert edges(rows).row(2)[1] == "1"  # without the name's account the nearest that is known
    assert (edges(rows, names)["probability"].slice(1, 3) > 0.9).all()


def test_the_own_words_are_measured_before_the_chain() -> None:
    table = frame([("r", 0, "a", None, None, "news"), ("1", 1, "b", None, "r", "abc //@x: long"), ("2", 2, "c", None, "r", None)])
    evidence = gather_evidence(table, encode(table))
    assert evidence.length.tolist() == [4, 3, -1]
    assert gather_evidence(table.filter(pl.col("root_id").is_null()), encode(table.head(1))).length.tolist() == [-1]


def cascade_on_graph(seed: int, accounts: int = 3000, follows: int = 12, spread: float = 0.12) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Threads that travel along follow edges alone (independent cascades with power-law delays), and the edges."""
    rng = np.random.default_rng(seed)
    followed = rng.integers(0, accounts, (accounts, follows))
    fans: list[list[int]] = [[] for _ in range(accounts)]
    for a in range(accounts):
        for b in set(followed[a].tolist()) - {a}:
            fans[b].append(a)
    rows: list[Row] = []
    for thread in range(40):
        name, author = f"t{thread}", int(rng.integers(0, accounts))
        rows.append((name, thread * 10**6, f"u{author}", None, None, "x"))
        waiting, seen = [(name, author, thread * 10**6)], {author}
        while waiting and len(seen) < 300:
            above, account, second = waiting.pop(0)
            for fan in fans[account]:
                if fan not in seen and rng.random() < spread:
                    seen.add(fan)
                    own = (f"{name}-{len(seen)}", fan, second + 1 + int(60 * rng.pareto(1.0)))
                    rows.append((own[0], own[2], f"u{fan}", above, name, "x"))
                    waiting.append(own)
    pairs = [(f"u{a}", f"u{b}") for a in range(accounts) for b in sorted(set(followed[a].tolist()) - {a})]
    return frame(rows), FOLLOWS.conform(pl.DataFrame(pairs, schema=["follower_id", "followed_id"], orient="row"))


def test_with_a_follow_graph_most_parents_are_found_and_without_it_few() -> None:
    table, follows = cascade_on_graph(1)
    hidden = table.with_columns(parent_id=pl.lit(None, pl.String))
    events = encode(hidden)
    truth = table.select("interaction_id", true="parent_id")
    shares = []
    for graph in (follows, None):
        found = inferred_edges(events, infer_parents(events, gather_evidence(hidden, events, None, graph))).join(truth, on="interaction_id")
        assert len(found) > 1000
        shares.append(found.select((pl.col("parent_id") == pl.col("true")).mean()).item())
    assert shares[0] >= 0.6
    assert shares[1] < 0.4


def test_amplifiers_are_found_by_the_burst_after_them_and_by_earlier_threads() -> None:
    rng = np.random.default_rng(3)
    rows: list[Row] = []
    for thread in range(8):
        begin, hide = thread * 10**6, thread == 7
        rows.append((f"t{thread}", begin, "author", None, None, "x"))
        for k in range(60):
            second = begin + 600 * (k + 1)
            rows.append(
                (f"t{thread}-{k}", second, f"u{thread}-{k}" if k != 30 else "star", None if hide else f"t{thread}", f"t{thread}", "x")
            )
            if k == 30:
                for m in range(25):
                    late = second + int(rng.integers(1, 900))
                    rows.append((f"t{thread}-s{m}", late, f"v{thread}-{m}", None if hide else f"t{thread}-30", f"t{thread}", "x"))
    table = frame(rows)
    events = encode(table)
    top = rank_amplifiers(events, infer_parents(events, gather_evidence(table, events)), top=3)
    assert top["root_id"].unique().to_list() == ["t7"]
    assert top["actor_id"][0] == "star"
    assert top["expected_descendants"][0] > 3 * top["expected_descendants"][1]


def test_histories_end_where_the_thread_begins() -> None:
    rows: list[Row] = [("r", 0, "a", None, None, None), ("1", 1, "b", "r", "r", None), ("2", 2, "c", "1", "r", None)]
    rows += [("q", 10, "a", None, None, None), ("3", 11, "b", "q", "q", None), ("4", 12, "c", "3", "q", None)]
    events = encode(frame(rows))
    limit = np.full(6, events.at[3])
    past = histories(events, np.arange(6, dtype=np.int32), limit)
    assert past.acts.tolist() == [0, 1, 1, 0, 1, 1]
    assert past.answers.tolist() == [0, 1, 0, 0, 1, 0]
    assert past.posts.tolist() == [1, 0, 0, 1, 0, 0]
    assert past.mean == pytest.approx(0.5)


def test_each_thread_is_inferred_by_itself_and_in_any_row_order() -> None:
    table, follows = cascade_on_graph(2)
    hidden = table.with_columns(parent_id=pl.lit(None, pl.String))

    def found(part: pl.DataFrame, graph: pl.DataFrame | None = None) -> pl.DataFrame:
        events = encode(part)
        return inferred_edges(events, infer_parents(events, gather_evidence(part, events, None, graph))).sort("interaction_id")

    mixed = hidden.sample(fraction=1.0, shuffle=True, seed=1)
    assert found(mixed, follows.reverse()).equals(found(hidden, follows))
    whole = found(hidden)  # without follows nothing is learned from all threads together
    thread = pl.coalesce("root_id", "interaction_id")
    apart = pl.concat([found(part) for _, part in hidden.group_by(thread)]).sort("interaction_id")
    assert apart.equals(whole)


def test_given_absent_and_late_rows() -> None:
    rows: list[Row] = [("r", 5, "a", None, None, None), ("early", 1, "b", None, "r", None), ("1", 6, "c", "gone", "r", None)]
    rows += [("2", 7, "d", "1", "r", None), ("3", 8, "e", None, "r", None)]
    events = encode(frame(rows))
    parents = infer_parents(events)
    told = dict(zip(events.ids.gather(parents.row).to_list(), [METHODS[k] for k in parents.method], strict=True))
    assert told == {"r": "given", "early": "root", "1": "absent", "2": "given", "3": told["3"]}
    edge = inferred_edges(events, parents)
    assert edge.filter(interaction_id="1").select("parent_id", "probability").row(0) == ("r", None)
    assert parents.descendants[0] == pytest.approx(5.0)
    assert find_cascades(events).frame.select("size", "inferred_edges").row(0) == (5, 3)
    assert len(open_threads(encode(frame(rows[:1]))).rows) == 0
    assert inferred_edges(encode(frame([])), infer_parents(encode(frame([])))).is_empty()


def test_kinds_say_where_an_answer_belongs() -> None:
    rows: list[Row] = [("r", 0, "a", None, None, "x"), *((f"{k}", 100 + k, f"u{k}", None, "r", "x") for k in range(20))]
    as_comments, as_replies = (encode(frame(rows, kind)) for kind in ("comment", "reply"))
    assert set(inferred_edges(as_comments, infer_parents(as_comments))["parent_id"]) == {"r"}
    assert len(set(inferred_edges(as_replies, infer_parents(as_replies))["parent_id"])) > 1

"""Interactions that are written together with what links them: each batch by itself, and on the real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.schema import INTERACTIONS
from graphwatch.store import FileSource, Projection, Store
from graphwatch.store.connection import ChangedError
from graphwatch.store.cypher import write_together
from graphwatch.store.first import ACTS, ENDS, LINKS, TOGETHER, FirstLoad, columns
from graphwatch.store.shape import KINDS
from graphwatch.store.verify import verify
from graphwatch.store.write import checkpoints, load
from tests.store.village import interactions

START = datetime(1969, 12, 31, 23, 59, tzinfo=UTC)
POSTED = "Account POSTED Interaction"
ROWS = st.tuples(
    st.integers(0, 3),  # second
    st.sampled_from("abc"),  # actor
    st.sampled_from(["post", "comment", "repost", "quote", "mention"]),
    st.none() | st.integers(0, 11),  # parent: earlier, later, itself, or none of the data
    st.lists(st.sampled_from("abcd"), max_size=3),
    st.lists(st.sampled_from(["tag:x", "tag:y", "url:z"]), max_size=3),
    st.sampled_from(["p", "q", None]),
)


def frame_of(rows: list[tuple[int, str, str, int | None, list[str], list[str], str | None]]) -> pl.DataFrame:
    """Give interactions."""
    made = [
        {
            "interaction_id": f"i{number}",
            "at": START + timedelta(seconds=second * 30, microseconds=number % 2),
            "actor_id": actor,
            "kind": kind,
            "platform": platform,
            "target_ids": targets,
            "parent_id": None if parent is None else f"i{parent}",
            "objects": objects,
        }
        for number, (second, actor, kind, parent, targets, objects, platform) in enumerate(rows)
    ]
    return INTERACTIONS.conform(pl.DataFrame(made, schema_overrides=INTERACTIONS.dtypes))


@given(st.lists(ROWS, min_size=1, max_size=12), st.integers(1, 13))
def test_batches_make_just_the_graph_and_every_node_before_its_relationships(
    rows: list[tuple[int, str, str, int | None, list[str], list[str], str | None]], size: int
) -> None:
    projection = Projection(FileSource(frame_of(rows)))
    first = FirstLoad(projection)
    held = {node.label: set[str]() if node is ACTS else set(projection.frame(node)[node.key.name]) for node in ENDS}
    found: dict[str, list[tuple[str, str]]] = {edge.name: [] for edge in LINKS}
    for low in range(0, len(first.acts), size):
        high = min(low + size, len(first.acts))
        told = first.batch(low, high)
        keys = {}
        for node in ENDS:
            asked = told[node.label]
            assert isinstance(asked, list)
            assert len(set(asked)) == len(asked)
            assert set(asked) <= held[node.label]  # all that a batch looks up is there
            keys[node.label] = asked
        made = told["columns"]
        assert isinstance(made, list)
        keys[ACTS.label] = keys[ACTS.label] + made[0]
        held[ACTS.label] |= set(made[0])
        for number, edge in enumerate(LINKS):
            starts, ends = told[f"starts{number}"], told[f"ends{number}"]
            assert isinstance(starts, list)
            assert isinstance(ends, list)
            found[edge.name] += [(keys[edge.start][a], keys[edge.end][b]) for a, b in zip(starts, ends, strict=True)]
        assert first.rows(high) == {ACTS.name: high} | {name: len(pairs) for name, pairs in found.items()}
    for edge in LINKS:
        assert found[edge.name] == projection.frame(edge).select("start", "end").rows(), edge.name
    assert held[ACTS.label] == set(first.acts["key"])


def test_what_is_written_together_are_interactions_and_all_that_follows_from_them_alone() -> None:
    assert {edge.type for edge in LINKS} == {"POSTED", "TARGETS", "MENTIONS", "REPLIES_TO", "REPOSTS", "QUOTES", "SHARES"}
    assert {kind.name for kind in KINDS if kind.tables == ACTS.tables} - {"Object"} == {kind.name for kind in TOGETHER}


def test_columns_with_times_before_1970_and_none() -> None:
    times = pl.Series("at", [START, None, START + timedelta(minutes=1, microseconds=7)], dtype=pl.Datetime("us", "UTC"))
    assert columns(pl.DataFrame({"key": ["a", "b", "c"], "at": times})) == [["a", "b", "c"], [-60, None, 0], [0, None, 7000]]


def amiss(store: Store, projection: Projection) -> list[str]:
    whole = Store(store._driver, store._access, store.settings.model_copy(update={"sample": 10_000}))
    return [found.kind for found in verify(whole, projection) if not found.sound or not found.current]


@pytest.mark.neo4j
def test_no_batch_reads_a_whole_kind(store: Store) -> None:
    first = FirstLoad(Projection(FileSource(interactions()), texts=True))
    load(store, Projection(FileSource(interactions()[:1])))  # makes the constraints
    with store._driver.session() as session:
        told = session.run("EXPLAIN " + write_together(ACTS, first.acts.columns, ENDS, LINKS), first.batch(0, 10)).consume()
    assert told.plan is not None
    plan = told.plan["args"]["string-representation"]
    assert plan.count("NodeUniqueIndexSeek") == len(ENDS)
    assert "Scan" not in plan


@pytest.mark.neo4j
def test_an_account_that_is_taken_away_in_the_middle_stops_no_load(store: Store) -> None:
    projection = Projection(FileSource(interactions()))

    def take(kind: str, rows: int, _: int) -> None:
        if kind == POSTED and rows == 100 and store.value("MATCH (i:Interaction) RETURN count(i)") == 100:
            store.write(("MATCH (a:Account {account_id: 'u14'}) DETACH DELETE a", {}))

    done = load(store, projection, take)
    assert done.written["Interaction"] == len(interactions())
    assert store.value("MATCH (a)-[r:POSTED]->(i) WITH i, count(r) AS times WHERE times > 1 RETURN count(*)") == 0
    found = {item.kind: item for item in verify(store, projection)}
    assert found["Interaction"].found == found["Interaction"].expected
    acts = projection.frame(LINKS[0]).filter(pl.col("start") == "u14")
    assert found[POSTED].expected - found[POSTED].found == len(acts)  # what hangs on it; sync makes it anew
    assert all(mark.complete for mark in checkpoints(store).values())


@pytest.mark.neo4j
def test_an_interaction_that_others_made_is_made_no_second_time(store: Store) -> None:
    projection = Projection(FileSource(interactions()))

    def make(kind: str, rows: int, _: int) -> None:
        if kind == POSTED and rows == 100 and store.value("MATCH (i:Interaction) RETURN count(i)") == 100:
            store.write(("CREATE (:Interaction {key: $key})", {"key": projection.frame(ACTS)["key"][250]}))

    load(store, projection, make)
    assert amiss(store, projection) == []


@pytest.mark.neo4j
def test_checkpoints_that_do_not_go_together_are_not_believed(store: Store) -> None:
    projection = Projection(FileSource(interactions()))

    def cut(kind: str, rows: int, _: int) -> None:
        if kind == POSTED and rows == 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(store, projection, cut)
    marks = checkpoints(store)
    assert {name: marks[name].rows for name in (kind.name for kind in TOGETHER)} == FirstLoad(projection).rows(200)
    whole = Projection(FileSource(interactions()), texts=True)  # words are another state of interactions, but the same relationships
    load(store, whole)
    assert amiss(store, whole) == []
    assert store.value("MATCH (a)-[r:POSTED]->(i) WITH i, count(r) AS times WHERE times > 1 RETURN count(*)") == 0


@pytest.mark.neo4j
def test_a_statement_that_gives_false_leaves_nothing(store: Store) -> None:
    with pytest.raises(ChangedError) as caught:
        store.write(("CREATE (:Never)", {}), ("RETURN false", {}))
    assert caught.value.exit_code == 75
    assert store.value("MATCH (n:Never) RETURN count(n)") == 0

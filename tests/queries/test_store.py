"""Neo4j and the tables give the same rows in the same order, and the plans use an index and multiply nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import neo4j
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import graphwatch as gw
from graphwatch.ask import Query
from graphwatch.ask.parameters import check
from graphwatch.ask.run import answer, answer_from_store
from graphwatch.cli import app
from graphwatch.errors import ConfigurationError, UnavailableError
from graphwatch.review.pseudonyms import KEY_VARIABLE, Pseudonyms
from graphwatch.schema import INPUTS, RESULTS
from graphwatch.store import Access, Projection, Store
from graphwatch.store.connection import PASSWORD_VARIABLE
from graphwatch.store.source import Source
from graphwatch.store.write import load
from tests.queries.naive import NAIVE
from tests.queries.worlds import ALL_QUERIES, World, questions, random_world

QUERIES = Path(__file__).parents[2] / "queries"
WHOLE_STORE = {"trace/repeat_offenders", "detect/campaign_bridges"}  # they ask about everything, so they start from a label


class WorldSource(Source):
    """A world to be written."""

    def __init__(self, world: World, version: str) -> None:
        self.world = world
        self.name = "test"
        self.seed = 0
        self._version = version

    def interactions(self) -> pl.LazyFrame:
        """Give the interactions."""
        return self.world.interactions.lazy()

    def side(self, table: str) -> pl.DataFrame:
        """Give a side table."""
        return self.world.side.get(table, INPUTS[table].empty())

    def result(self, table: str) -> pl.DataFrame:
        """Give a result table."""
        return self.world.results.get(table, RESULTS[table].empty())

    def version(self, table: str) -> str:
        """Name the world."""
        return f"{self._version} {table}"


@cache
def world_of(name: str) -> World:
    kind, _, seed = name.partition(" ")
    if kind == "random":
        return random_world(int(seed))
    made = gw.simulate_world(3_000, seed=int(seed), days=14)
    side = {table: getattr(made, table) for table in INPUTS if hasattr(made, table) and table != "interactions"}
    known = {table: frame for table, frame in side.items() if table != "company_links"}
    return World(made.interactions, side, dict(gw.analyze(made.interactions, **known).frames))


def put(name: str, store: Store) -> World:
    """Make a store hold a world and nothing else."""
    store.write(("MATCH (n) DETACH DELETE n", {}))
    load(store, Projection(WorldSource(world_of(name), name)))
    return world_of(name)


@pytest.fixture(scope="module", params=["random 1", "random 2", "simulated 1", "simulated 2", "simulated 3"])
def loaded(request: pytest.FixtureRequest, query_store: Store) -> tuple[World, Store]:
    return put(request.param, query_store), query_store


@pytest.mark.slow
@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: query.name)
def test_both_give_the_same(loaded: tuple[World, Store], query: Query) -> None:
    world, store = loaded
    ground = world.ground()
    every = questions(query, world)
    for asked in every if world is world_of("random 1") else every[:: 1 + len(every) // 4]:
        checked = check(query, asked)
        expected = answer_from_store(query, checked, store)
        assert answer(query, checked, ground).rows() == expected.rows(), asked


WALKS = [query for query in ALL_QUERIES if query.name in NAIVE]


@pytest.mark.slow
@settings(max_examples=4)
@given(seed=st.integers(0, 10_000), acts=st.integers(10, 50), accounts=st.integers(3, 6))
def test_walks_are_the_same_on_any_small_world(query_store: Store, seed: int, acts: int, accounts: int) -> None:
    world = random_world(seed, acts=acts, accounts=accounts)
    query_store.write(("MATCH (n) DETACH DELETE n", {}))
    load(query_store, Projection(WorldSource(world, f"any {seed} {acts} {accounts}")))
    ground = world.ground()
    for query in WALKS:
        every = questions(query, world)
        for asked in every[:: 1 + len(every) // 6]:
            checked = check(query, asked)
            assert answer(query, checked, ground).rows() == answer_from_store(query, checked, query_store).rows(), (query.name, asked)


def operators(plan: Mapping[str, object]) -> Iterator[str]:
    yield str(plan["operatorType"])
    children = plan.get("children")
    for child in children if isinstance(children, list) else []:
        yield from operators(child)


@pytest.mark.slow
def test_plans_use_an_index_and_multiply_nothing(query_store: Store, access: Access) -> None:
    world = put("random 1", query_store)
    told = set()
    with neo4j.GraphDatabase.driver(access.uri, auth=(access.user, access.password)) as driver, driver.session() as session:
        for query in ALL_QUERIES:
            checked = check(query, questions(query, world)[0])
            plan = session.run(f"EXPLAIN {query.cypher}", checked.values).consume().plan
            assert plan is not None
            used = list(operators(plan))
            assert not [name for name in used if name.startswith(("CartesianProduct", "AllNodesScan"))], query.name
            assert query.name in WHOLE_STORE or any("Index" in name for name in used), query.name
            told.add(query.name)
    assert told == {path.relative_to(QUERIES).with_suffix("").as_posix() for path in QUERIES.rglob("*.cypher")}  # none was left out


@pytest.mark.slow
def test_library_and_command_ask_the_store(query_store: Store, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    world = put("random 1", query_store)
    monkeypatch.setenv(PASSWORD_VARIABLE, access.password)
    monkeypatch.setenv(KEY_VARIABLE, "an example key of enough bytes for a test")
    member = world.results["members"]["actor_id"][0]
    expected = gw.query("about_account", tables=world.ground(), account=member)
    assert len(expected) > 10
    assert gw.query("about_account", neo4j=access.uri, account=member).equals(expected)
    words = ["query", "about_account", "--neo4j", access.uri, "--names", "--format", "json", "-p"]
    by_id, by_name = (CliRunner().invoke(app, [*words, f"account={name}"]) for name in (member, Pseudonyms.load().of(member)))
    assert by_id.exit_code == 0, by_id.output
    assert len(orjson.loads(by_id.stdout)) == len(expected)
    assert by_name.stdout == by_id.stdout


def test_a_store_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "x")
    with pytest.raises(UnavailableError):
        gw.query("first_posts", neo4j="bolt://127.0.0.1:1", object="tag:a")
    monkeypatch.delenv(PASSWORD_VARIABLE)
    with pytest.raises(ConfigurationError, match=PASSWORD_VARIABLE):
        gw.query("first_posts", neo4j="bolt://127.0.0.1:1", object="tag:a")

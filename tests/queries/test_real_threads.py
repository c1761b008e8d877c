"""Neo4j and the tables give the same on real threads, where the folder that GRAPHWATCH_DATA names is present."""

from __future__ import annotations

import os

import polars as pl
import pytest

import graphwatch as gw
from benchmarks.real_inputs import DATA, weibo_threads
from graphwatch.ask.parameters import check
from graphwatch.ask.run import answer, answer_from_store
from graphwatch.schema import INTERACTIONS
from graphwatch.store import Projection, Store
from graphwatch.store.write import load
from tests.queries.test_store import WorldSource
from tests.queries.worlds import ALL_QUERIES, World, questions

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="real data skipped: the folder that GRAPHWATCH_DATA names is not there"),
]
ROWS = int(os.environ.get("WEIBO_ROWS", "8000"))  # 1000000 takes all of them; run this file alone then


def threads() -> World:
    """Give whole threads, the earliest ones, of some thousand acts in all."""
    known = weibo_threads().drop_nulls("at").unique("interaction_id", keep="first", maintain_order=True)
    rows = known.with_columns(pl.coalesce("root_id", "interaction_id").alias("thread"))
    sizes = rows.group_by("thread").agg(pl.len(), pl.col("at").min()).sort("at", "thread")
    chosen = sizes.filter(pl.col("len").cum_sum() <= ROWS)["thread"]
    frame = INTERACTIONS.conform(rows.filter(pl.col("thread").is_in(chosen.implode())).drop("thread"))
    return World(frame, {}, dict(gw.analyze(frame).frames))


def test_both_give_the_same(query_store: Store) -> None:
    world = threads()
    assert len(world.interactions) > ROWS // 2
    query_store.write(("MATCH (n) DETACH DELETE n", {}))
    load(query_store, Projection(WorldSource(world, "threads")))
    ground, rows = world.ground(), 0
    for query in ALL_QUERIES:
        every = questions(query, world)
        for given in every[:: 1 + len(every) // 8]:
            checked = check(query, given)
            expected = answer_from_store(query, checked, query_store)
            told = answer(query, checked, ground)
            same = told.rows() == expected.rows()  # not in the assertion, which would print names of real accounts
            assert same, query.name
            rows += len(told)
    assert rows > 50

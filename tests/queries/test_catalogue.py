"""Query files, their headers, and the values that parameters take."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.ask import ParameterError, Query, catalogue, find_query
from graphwatch.ask import query as ask
from graphwatch.ask.header import read_query
from graphwatch.ask.page import queries_page
from graphwatch.ask.parameters import check, pairs
from graphwatch.errors import DataError
from graphwatch.store.shape import EDGES, NODES
from tests.queries.worlds import ALL_QUERIES

ROOT = Path(__file__).parents[2]
GOOD = """/*
purpose = "p"
order = ["a"]
[params]
n = { type = "integer", meaning = "m" }
[columns]
a = { type = "string", meaning = "m" }
*/
RETURN 1
"""
each = pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: query.name)


def without_words(cypher: str) -> str:
    return re.sub(r"'[^']*'", "''", cypher)


def test_all_of_the_issue_are_there() -> None:
    assert len(ALL_QUERIES) >= 20


@each
def test_there_is_a_twin_with_a_docstring(query: Query) -> None:
    twin = getattr(import_module(f"graphwatch.ask.twins.{query.stage}"), query.twin)
    assert twin.__doc__


def test_there_is_a_query_for_each_twin() -> None:
    for path in (ROOT / "graphwatch" / "ask" / "twins").glob("[a-z]*.py"):
        public = re.findall(r"^def ([a-z]\w*)\(", path.read_text(encoding="utf-8"), re.M)
        assert [name for name in public if f"{path.stem}/{name}" not in catalogue()] == []


@each
def test_cypher_uses_just_the_declared_parameters(query: Query) -> None:
    assert set(re.findall(r"\$(\w+)", query.cypher)) == {parameter.name for parameter in query.parameters}


@each
def test_cypher_returns_the_columns_in_the_order_of_the_header(query: Query) -> None:
    last = query.cypher.rindex("RETURN ")
    returned = query.cypher[last:].partition("\nORDER BY ")
    flat = re.sub(r"\{[^{}]*\}", "", re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", returned[0].removeprefix("RETURN "))))
    names = [re.split(r"(?:^|\s)AS |\.", part.strip())[-1].strip("` \n") for part in re.sub(r"\[[^\]]*\]", "", flat).split(",")]
    assert tuple(names) == query.table.names
    order = [part.strip() for part in returned[2].partition("\nLIMIT")[0].split(",")]
    assert order == [name + (" DESC" if down else "") for name, down in query.order]
    assert query.cypher.endswith("LIMIT $limit\n") == query.is_limited


@each
def test_cypher_names_only_what_the_graph_has(query: Query) -> None:
    cypher = without_words(query.cypher)
    labels = set(re.findall(r"\(\w*:(\w+)", cypher))
    types = {name for found in re.findall(r"\[\w*:([A-Z_|]+)", cypher) for name in found.split("|")}
    assert labels <= {node.label for node in NODES}
    assert types <= {edge.type for edge in EDGES}
    assert labels
    assert types


@each
def test_parameters_leave_the_names_of_arguments_alone(query: Query) -> None:
    own = set(inspect.signature(ask).parameters)
    assert {parameter.name for parameter in query.parameters} & own == set()


@each
def test_columns_of_people_are_marked(query: Query) -> None:
    wanted = {"account_id": "account", "other_id": "account", "target_id": "account", "targets": "account", "interaction_id": "interaction"}
    assert dict(query.people) == {name: wanted[name] for name in query.table.names if name in wanted}
    assert [p.name for p in query.parameters if p.name in {"account", "target"} and p.type != "account"] == []


@each
def test_cypher_changes_nothing_and_its_walks_are_bounded(query: Query) -> None:
    cypher = without_words(query.cypher)
    assert not re.search(r"\b(CREATE|MERGE|DELETE|SET|REMOVE|DROP|LOAD|FOREACH)\b", cypher)
    assert re.findall(r"\*(?!\d+\.\.\d+\])[^\s]*[\]-]", cypher) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("RETURN 1", "header"),
        (GOOD.replace("purpose", "="), "cannot be read"),
        (GOOD.replace('"integer"', '"int"'), "expected one of"),
        (GOOD.replace('type = "string"', 'type = "text"'), "expected one of"),
        (GOOD.replace('["a"]', '["b"]'), "order"),
        (GOOD.replace('["a"]', '["a down"]'), "desc"),
        (GOOD.replace('["a"]', "[]"), "order"),
        (GOOD.replace('meaning = "m" }\n[c', 'meaning = "m", colour = 1 }\n[c'), "colour"),
        (GOOD.replace("[columns]", "[fields]"), "columns"),
    ],
)
def test_damaged_headers_are_named(text: str, told: str) -> None:
    with pytest.raises(DataError, match=r"trace/x\.cypher") as error:
        read_query("trace/x", text)
    assert told in str(error.value)


def test_names_may_be_short_and_wrong_ones_get_a_hint() -> None:
    assert find_query("known_at").name == "warn/known_at"
    with pytest.raises(ParameterError, match="did you mean"):
        find_query("trace/earliest_source")
    with pytest.raises(ParameterError, match="graphwatch queries"):
        find_query("xyzzy")


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("first_posts", {}, "needs a value for object"),
        ("first_posts", {"object": "tag:a", "colour": 1}, "no parameter 'colour'"),
        ("first_posts", {"object": 7}, "expected text"),
        ("first_posts", {"object": "\ud800"}, "expected text"),
        ("first_posts", {"object": "tag:a", "limit": "many"}, "whole number"),
        ("first_posts", {"object": "tag:a", "limit": 2.5}, "whole number"),
        ("first_posts", {"object": "tag:a", "limit": True}, "whole number"),
        ("first_posts", {"object": "tag:a", "limit": 10**30}, "whole number"),
        ("first_posts", {"object": "tag:a", "limit": 0}, "at least 1 and at most 100000"),
        ("known_at", {"target": "a", "at": "yesterday"}, "2024-05-01T08:00"),
        ("known_at", {"target": "a", "at": 5}, "expected a time"),
        ("known_at", {"target": "a", "at": "2024-05-01", "hostile_at": "nan"}, "expected a number"),
        ("repeat_offenders", {"nature": "bad"}, "attack, criticism, attention"),
    ],
)
def test_wrong_values_are_refused(name: str, values: dict[str, object], told: str) -> None:
    with pytest.raises(ParameterError) as error:
        check(find_query(name), values)
    assert told in str(error.value)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    "at", ["2024-05-01T08:00+08:00", "2024-05-01", date(2024, 5, 1), datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 1)]
)
def test_times_are_read_as_utc(at: object) -> None:
    assert check(find_query("known_at"), {"target": "a", "at": at}).moment("at") == datetime(2024, 5, 1, tzinfo=UTC)


@given(st.dictionaries(st.text(st.characters(exclude_characters="="), min_size=1), st.text()))
def test_words_are_read_as_pairs(values: dict[str, str]) -> None:
    assert pairs(f"{name}={value}" for name, value in values.items()) == values


@pytest.mark.parametrize("words", [["a"], ["=a"], ["a=1", "a=2"]])
def test_words_that_are_no_pairs_are_refused(words: list[str]) -> None:
    with pytest.raises(ParameterError):
        pairs(words)


def test_the_page_has_every_query() -> None:
    page = queries_page()
    assert [query.name for query in ALL_QUERIES if f"## {query.name}\n" not in page] == []

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.load.twarc import take_block
from graphwatch.load.twarcflat import take_flat
from tests.load.twarc_blocks import check_left_to_single_lines, check_says_what_lines_say

KEYS = st.sampled_from(["1", "2", "3", "4"])
IDS = st.sampled_from(["", "1", "2", "3"])
TEXTS = st.sampled_from(["x", "#run https://a.example/1 \U0001f600", ""])


def some(**fields: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.none() | value for name, value in fields.items()}


USER_FIELDS = some(
    username=st.sampled_from(["Ann", "bob"]),
    created_at=st.just("2015-01-01T00:00:00Z"),
    verified=st.booleans(),
    public_metrics=st.fixed_dictionaries({}, optional=some(followers_count=st.integers(0, 9))),
)
USERS = st.fixed_dictionaries({}, optional=some(id=IDS) | USER_FIELDS)
MENTIONS = st.lists(st.none() | st.fixed_dictionaries({"id": KEYS}, optional=USER_FIELDS), max_size=2)
ENTITIES = st.fixed_dictionaries(
    {},
    optional=some(
        mentions=MENTIONS,
        urls=st.lists(st.fixed_dictionaries({}, optional=some(expanded_url=st.just("HTTPS://A.example/?utm_source=x"))), max_size=2),
        hashtags=st.lists(st.just({"tag": "Run"}), max_size=1),
    ),
)


def tweets(cited: st.SearchStrategy[Any], required: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    fields = some(
        id=IDS,
        created_at=st.just("2024-05-01T00:00:00Z"),
        conversation_id=IDS,
        text=TEXTS,
        in_reply_to_user_id=IDS,
        referenced_tweets=st.lists(st.none() | cited, max_size=2),
        entities=ENTITIES,
        attachments=st.just({"media_keys": ["3_1"], "media": [{"type": "photo"}]}),
        author=USERS,
        in_reply_to_user=USERS,
    )
    return st.fixed_dictionaries(required, optional=fields)


REFERENCE = some(type=st.sampled_from(["retweeted", "quoted", "replied_to", "x"]))
BARE = st.fixed_dictionaries({}, optional=REFERENCE | some(id=IDS))
INNER = BARE | tweets(BARE, {"type": REFERENCE["type"], "author_id": IDS})
CITED = BARE | tweets(INNER, {"type": REFERENCE["type"], "author_id": IDS})
FLAT = tweets(CITED, {"author_id": IDS, "__twarc": st.just({"retrieved_at": "2024-05-02"})})


@settings(max_examples=80, deadline=None)
@given(st.lists(FLAT, min_size=1, max_size=3))
def test_a_block_of_flattened_tweets_says_what_its_lines_say(lines: list[dict[str, Any]]) -> None:
    check_says_what_lines_say(take_block, lines)


DEEP: dict[str, Any] = {"author_id": "1", "id": "1"}
for _ in range(3):
    DEEP = {"author_id": "1", "id": "1", "referenced_tweets": [DEEP | {"type": "quoted"}]}


@pytest.mark.parametrize(
    "line",
    [
        orjson.dumps(DEEP),
        b'{"data": []}',
        b'{"author_id": "1", "data": []}',
        b'{"author_id": null, "id": "1"}',
        b'{"author_id": "1", "id": 1}',
        b'{"author_id": "1", "entities": {"mentions": [{"username": "ann"}]}}',
        b'{"author_id": "1", "x": "\xff"}',
        b'{"author_id": "1"',
    ],
)
def test_what_is_unusual_is_left_to_the_reader_of_single_lines(line: bytes) -> None:
    check_left_to_single_lines(take_flat, b'{"author_id": "1", "id": "1"}\n' + line)

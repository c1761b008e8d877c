from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.load.twarcpages import take_pages
from tests.load.twarc_blocks import check_left_to_single_lines, check_says_what_lines_say

IDS = st.sampled_from(["", "1", "2", "3", "4"])
NAMES = st.sampled_from(["", "Ann", "ANN", "bob", "Zoë"])
TEXTS = st.sampled_from(["x", "#run https://a.example/1 \U0001f600", ""])


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in fields.items()})


MENTIONS = st.lists(st.none() | some(id=IDS, username=NAMES), max_size=3)
URLS = st.lists(some(url=TEXTS, expanded_url=st.just("HTTPS://A.example/?utm_source=x"), unwound_url=st.just("javascript:x")), max_size=2)
ENTITIES = some(mentions=MENTIONS, urls=URLS, hashtags=st.lists(some(tag=st.sampled_from(["Run", "run", "1", ""])), max_size=2))
REFERENCES = st.lists(some(type=st.sampled_from(["retweeted", "quoted", "replied_to", "x"]), id=IDS), max_size=3)
TWEETS = st.lists(
    some(
        id=IDS,
        author_id=IDS,
        created_at=st.just("2024-05-01T00:00:00Z"),
        conversation_id=IDS,
        text=TEXTS,
        in_reply_to_user_id=IDS,
        referenced_tweets=REFERENCES,
        entities=ENTITIES,
        attachments=some(media_keys=st.lists(st.sampled_from(["3_1", "3_2"]), max_size=2)),
        lang=st.just("de"),
    ),
    max_size=3,
)
METRICS = some(followers_count=st.integers(0, 9))
USERS = st.lists(some(id=IDS, username=NAMES, created_at=TEXTS, verified=st.booleans(), public_metrics=METRICS), max_size=3)
INCLUDES = some(tweets=TWEETS, users=USERS)
PAGES = st.fixed_dictionaries({"data": TWEETS}, optional={"includes": INCLUDES, "__twarc": some(retrieved_at=st.just("2024-05-02"))})


@settings(max_examples=60, deadline=None)
@given(st.lists(PAGES, min_size=1, max_size=3))
def test_a_block_of_pages_says_what_its_pages_say(pages: list[dict[str, Any]]) -> None:
    check_says_what_lines_say(take_pages, pages)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "1", "author_id": "2", "text": "flat"}',
        b'{"data": {"id": "1"}}',
        b'{"data": [{"id": 1}]}',
        b'{"data": [{"id": "\\ud800"}]}',
        b'{"data": [{"id": "1"}], "x": "\xff"}',
        b'{"data": [{"id": "1"}]',
        b" ",
    ],
)
def test_what_is_unusual_is_left_to_the_reader_of_single_lines(line: bytes) -> None:
    check_left_to_single_lines(take_pages, b'{"data": []}\n' + line)

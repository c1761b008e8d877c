"""No record, whatever its shape, may stop a reader or get past validation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphwatch.load.formats import RECORD_FORMATS
from graphwatch.load.harvest import Harvest
from graphwatch.load.records import Options, RecordFormat
from graphwatch.load.settle import resolve
from graphwatch.load.validate import Reading, validate
from graphwatch.schema import INTERACTIONS

FIELD_NAMES = """
id comment_id content user_id creator_hash note_id aweme_id video_id content_id fans total_fans 微博正文 艾特用户
retweet_id author body link_id parent_id subreddit created_utc title selftext messages chats list type text
from_id reply_to_message_id uri account visibility mentions reblog quote quoted_status tags is_reply
replied_user replied_to_post data replies member comments extractor_key replayChatItemAction actions
addChatItemAction item liveChatTextMessageRenderer message runs emoji shortcuts kind items snippet
topLevelComment rpid rpid_str oid mid ctime source_platform user_info sub_comments tweet entities
user_mentions urls hashtags full_text dmConversation follower table weibo_id 正文 完整日期 @用户 用户id URL attributes p
element siblings root author_id referenced_tweets commit did
"""
KEYS = FIELD_NAMES.split()
WORDS = st.sampled_from(
    ["", "0", "1", "@x", "//@x", "[deleted]", "message", "tiktok-comments", "comments", "d", "\x00", "\u202e", "a,b", "[{", "1e5"]
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=True) | WORDS | st.text(max_size=5)
FIELDS = st.sampled_from(KEYS)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=12)
RECORDS = st.dictionaries(FIELDS, VALUES, max_size=8)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(records=st.lists(RECORDS, max_size=4), chosen=st.sampled_from(RECORD_FORMATS))
def test_any_record_becomes_rows_faults_or_counts(records: list[dict[str, Any]], chosen: RecordFormat) -> None:
    for form in RECORD_FORMATS:
        harvest = Harvest("nowhere/file.csv", form.platform)
        for number, record in enumerate(records, 1):
            assert form.recognise(record) in {True, False}
            form.take(record, number, harvest, Options(target="T"))
        if form is chosen:
            _check(harvest)


def _check(harvest: Harvest) -> None:
    """Rows that pass validation have what they must, and no name is left among their targets."""
    checked = validate(harvest.take_interactions(), INTERACTIONS, Reading("file", "UTC"))
    frame = resolve(checked.rows, harvest.names, harvest.aliases)[0].collect()
    assert frame.select("interaction_id", "actor_id", "at", "kind").null_count().sum_horizontal().item() == 0
    assert not harvest.refers or not frame["target_ids"].explode().drop_nulls().str.starts_with("@").any()
    harvest.take_accounts()
    harvest.take_follows()


def test_the_names_of_formats_are_distinct_and_each_says_what_it_is() -> None:
    names = [form.name for form in RECORD_FORMATS]
    assert len(set(names)) == len(names)
    assert all(form.meaning and form.containers for form in RECORD_FORMATS)


def test_row_order_does_not_matter_to_mentions(lines: Callable[..., Path], load: Any) -> None:
    base = {"account": {"id": "1"}, "content": "", "visibility": "public", "created_at": "2024-05-01T12:00:00Z"}
    records = [base | {"id": str(n), "uri": f"u{n}", "in_reply_to_id": str(n % 5 + 1)} for n in range(1, 6)]
    first, _ = load(lines(records, "a"))
    second, _ = load(lines(records[::-1], "b"))
    keys = ["interaction_id", "parent_id", "kind", "target_ids"]
    assert (
        pl.DataFrame(list(first.values()))
        .select(keys)
        .sort("interaction_id")
        .equals(pl.DataFrame(list(second.values())).select(keys).sort("interaction_id"))
    )
    assert orjson.dumps(sorted(row["parent_id"] for row in first.values())) == b'["u1","u2","u3","u4","u5"]'

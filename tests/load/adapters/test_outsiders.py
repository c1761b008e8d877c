"""Traps met in exports that were written after the formats' own pages, not after the readers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphwatch.load import sniff

Write = Callable[..., Path]
META = {"meta": {"result_count": 0}, "__twarc": {"url": "u", "version": "2.9.0", "retrieved_at": "2024-05-02T00:00:00+00:00"}}
TWEET = {"id": "10", "author_id": "1", "conversation_id": "10", "created_at": "2024-05-01T12:00:00.000Z", "text": "a &lt; b &amp;amp; c"}
COMMENT = {"id": "c1", "name": "t1_c1", "author": "a", "author_fullname": "t2_a", "subreddit": "s", "created_utc": 1714564860}


def test_the_last_page_of_a_search_is_empty(lines: Write, load: Any) -> None:
    path = lines([{"data": [TWEET], "meta": {"result_count": 1}}, META])
    assert (sniff(path).format, sniff(path).confidence) == ("twarc", 1.0)
    _, loaded = load(path)
    assert (loaded.counts["pages"], loaded.counts["empty_pages"]) == (2, 1)


def test_a_page_and_the_start_of_a_second_one(lines: Write, load: Any) -> None:
    whole = json.dumps({"data": [TWEET], "meta": {"result_count": 1}})
    path = lines([{"data": [TWEET], "meta": {"result_count": 1}}])
    path.write_text(f"{whole}\n{whole[:60]}", encoding="utf-8")
    assert sniff(path).format == "twarc"
    _, loaded = load(path)
    assert loaded.rejected["line"].to_list() == [2]


@pytest.mark.parametrize("slow", [False, True])
def test_texts_of_x_are_read_as_they_were_written(slow: bool, lines: Write, load: Any) -> None:
    mixed = [{"id": 11, "author_id": "1", "conversation_id": 11, "created_at": "2024-05-01T12:00:00.000Z", "text": "x"}] if slow else []
    rows, _ = load(lines([{"data": [TWEET, *mixed], "meta": {}}]))
    assert rows["10"]["text"] == "a < b &amp; c"


def test_texts_of_reddit_are_read_as_they_were_written(lines: Write, load: Any) -> None:
    rows, _ = load(lines([COMMENT | {"body": "&gt; quoted &amp; said", "link_id": "t3_p", "parent_id": "t3_p"}]))
    assert rows["t1_c1"]["text"] == "> quoted & said"


def test_short_addresses_of_x_give_way_to_what_they_stand_for(lines: Write, load: Any) -> None:
    link = {"url": "https://t.co/aa", "expanded_url": "https://n.example/1?utm_source=t"}
    linked = TWEET | {"text": "see https://t.co/aa https://bit.ly/b", "entities": {"urls": [link]}}
    rows, _ = load(lines([{"data": [linked], "meta": {}}]))
    assert rows["10"]["objects"] == ["url:https://n.example/1", "url:https://bit.ly/b"]


def test_short_addresses_of_x_stay_elsewhere(lines: Write, load: Any) -> None:
    row = {"interaction_id": "1", "at": "2024-05-01T12:00:00Z", "actor_id": "a", "kind": "post", "platform": "x", "text": "https://t.co/aa"}
    rows, _ = load(lines([row, row | {"interaction_id": "2", "platform": "forum"}]))
    assert [row["objects"] for row in rows.values()] == [["url:https://t.co/aa"]] * 2


def test_accounts_that_are_gone_are_not_one_account(tmp_path: Path, load: Any) -> None:
    (tmp_path / "account.js").write_text('window.YTD.account.part0 = [{"account": {"accountId": "42"}}]', encoding="utf-8")
    gone = {"user_mentions": [{"id_str": "7"}, {"id_str": "-1"}]}
    acts = [
        {"tweet": {"id_str": "1", "full_text": "t", "created_at": "Wed May 01 12:00:00 +0000 2024", "entities": gone}},
        {"tweet": {"id_str": "2", "full_text": "t", "created_at": "Wed May 01 12:00:00 +0000 2024", "in_reply_to_user_id_str": "-1",
                   "in_reply_to_status_id_str": "5"}},
    ]  # fmt: skip
    (tmp_path / "tweets.js").write_text("window.YTD.tweets.part0 = " + json.dumps(acts), encoding="utf-8")
    rows, _ = load(tmp_path / "tweets.js")
    assert (rows["1"]["target_ids"], rows["2"]["target_ids"], rows["2"]["kind"]) == (["7"], [], "reply")


def test_objects_in_the_database_of_weibo_crawler(tmp_path: Path, load: Any) -> None:
    path = tmp_path / "weibodata.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE weibo (id, user_id, screen_name, text, topics, at_users, pics, video_url, created_at, retweet_id)")
        row = ("9", "10", "甲", "文", "夜跑,晨跑", "", "https://i.example/1.jpg,https://i.example/2.jpg", "", "2024-05-01 20:00:00", "")
        connection.execute(f"INSERT INTO weibo VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - marks only
    connection.close()
    objects = load(path)[0]["9"]["objects"]
    assert objects == ["media:https://i.example/1.jpg", "media:https://i.example/2.jpg", "tag:夜跑", "tag:晨跑"]


def test_lines_of_no_chat_are_counted(lines: Write, load: Any) -> None:
    message = {"id": "m1", "timestampUsec": "1714564800000000", "authorExternalChannelId": "UCa", "message": {"runs": [{"text": "x"}]}}
    action = {"addChatItemAction": {"item": {"liveChatTextMessageRenderer": message}}}
    chat = {"replayChatItemAction": {"actions": [action]}, "videoOffsetTimeMsec": "0"}
    rows, loaded = load(lines([chat, chat, {"error": "quota"}]))
    assert (list(rows), loaded.rejected["line"].to_list()) == (["m1"], [3])


def test_a_handle_is_the_name_of_an_account(lines: Write, load: Any) -> None:
    event = {"did": "did:plc:a", "time_us": 1714564800000000, "kind": "identity"}
    handles = [event | {"identity": {"handle": name}} for name in ("a.example", "handle.invalid")]
    _, loaded = load(lines(handles))
    assert loaded.accounts.select("account_id", "name").rows() == [("did:plc:a", "a.example")]
    assert loaded.counts["identity_events"] == 2


def test_the_context_of_a_thread(lines: Write, load: Any) -> None:
    account = {"id": "1", "acct": "a", "created_at": "2020-01-01T00:00:00.000Z", "followers_count": 5}
    base = {"account": account, "content": "<p>t</p>", "visibility": "public", "created_at": "2024-05-01T12:00:00.000Z"}
    first, second = base | {"id": "1", "uri": "u1"}, base | {"id": "2", "uri": "u2", "in_reply_to_id": "1", "in_reply_to_account_id": "1"}
    path = lines([{"ancestors": [first], "descendants": [second]}])
    assert sniff(path).format == "mastodon"
    assert load(path)[0]["u2"]["parent_id"] == "u1"

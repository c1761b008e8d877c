from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from graphwatch.load import load_interactions

Write = Callable[..., Path]
CRAWLED = 1_666_863_485
USER = {"_id": "100", "nick_name": "甲", "verified": True, "followers_count": 5, "created_at": "2010-05-31 23:07:59"}


def comment(key: int, user: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"crawl_time": CRAWLED, "_id": key, "created_at": "2022-10-27 17:38:05", "content": "你好", "comment_user": user} | more


def tweet(key: str, **more: object) -> dict[str, Any]:
    base = {
        "_id": key,
        "mblogid": "M",
        "created_at": "2022-10-27 17:38:05",
        "content": "#话题# 看 http://t.cn/A",
        "pic_urls": ["https://i/1.jpg?x=1"],
    }
    return base | {"user": USER, "crawl_time": CRAWLED, "is_retweet": False} | more


def by_id(path: Path, **options: Any) -> dict[str, dict[str, Any]]:
    return {row["interaction_id"]: row for row in load_interactions(path, **options).interactions.collect().to_dicts()}


def test_comments_with_root_and_target(lines: Write) -> None:
    answered = {"_id": 1, "text": "x", "user": {"_id": 100}}
    path = lines([comment(1, USER), comment(2, USER | {"_id": "101"}, reply_comment=answered)])
    rows = by_id(path, root="900", target="T")
    assert (rows["1"]["kind"], rows["1"]["parent_id"], rows["1"]["root_id"], rows["1"]["target_ids"]) == ("comment", "900", "900", ["T"])
    assert (rows["2"]["kind"], rows["2"]["parent_id"], rows["2"]["root_id"], rows["2"]["target_ids"]) == ("reply", "1", "900", ["100"])
    first = rows["1"]
    assert first["at"] == datetime(2022, 10, 27, 9, 38, 5, tzinfo=UTC)
    assert first["observed_at"] == datetime.fromtimestamp(CRAWLED, UTC)
    assert first["actor_created_at"] == datetime(2010, 5, 31, 15, 7, 59, tzinfo=UTC)
    assert (first["followers"], first["platform"], first["surface"]) == (5, "weibo", "comment")


def test_comments_without_root_load_and_are_counted(lines: Write) -> None:
    loaded = load_interactions(lines([comment(1, USER), comment(2, USER)]))
    assert loaded.counts["no_root"] == 2
    assert loaded.counts["naive_times"] == 4  # two columns of two rows
    rows = loaded.interactions.collect()
    assert rows["root_id"].null_count() == rows["target_ids"].null_count() == 2
    accounts = loaded.accounts
    assert accounts is not None
    assert accounts.select("account_id", "name", "followers", "verified").rows() == [("100", "甲", 5, True)]


def test_posts_and_reposts(lines: Write) -> None:
    path = lines(
        [
            tweet("1", video="https://v/1.mp4?Expires=9"),
            tweet("2", is_retweet=True, retweet_id="1", content="转发微博", user={"_id": 7}),
            tweet("3", is_retweet=True, retweet_id="1", content="呵呵//@乙:对", user={"_id": "8"}),
            tweet("4", is_retweet=True, retweet_id="999", content="x//@乙:y", user={"_id": "9"}),
            {key: value for key, value in tweet("5", url="https://weibo.com/555/M").items() if key != "user"},
        ]
    )
    rows = by_id(path)
    assert set(rows["1"]["objects"]) == {"media:https://i/1.jpg", "media:https://v/1.mp4", "url:https://t.cn/A", "tag:话题"}
    assert (rows["2"]["kind"], rows["2"]["parent_id"], rows["2"]["root_id"], rows["2"]["actor_id"]) == ("repost", "1", "1", "7")
    assert rows["2"]["target_ids"] is None  # the graph stage takes it from the parent
    assert (rows["3"]["parent_id"], rows["3"]["root_id"], rows["3"]["target_ids"]) == (None, "1", ["100"])
    assert (rows["4"]["parent_id"], rows["4"]["root_id"], rows["4"]["target_ids"]) == (None, "999", None)
    assert (rows["5"]["actor_id"], rows["5"]["kind"], rows["5"]["followers"]) == ("555", "post", None)
    assert by_id(path, target="T")["1"]["target_ids"] == ["T"]


def test_users_fans_and_followings(lines: Write) -> None:
    fan = {"crawl_time": CRAWLED, "_id": "100_101", "follower_id": "100", "fan_info": USER | {"_id": "101"}}
    following = {"crawl_time": CRAWLED, "_id": "100_102", "fan_id": "100", "follower_info": USER | {"_id": "102"}}
    loaded = load_interactions(lines([USER | {"crawl_time": CRAWLED}, fan, following, fan]))
    assert loaded.follows is not None
    assert loaded.follows.select("follower_id", "followed_id").rows() == [("100", "102"), ("101", "100")]
    assert loaded.accounts is not None
    assert loaded.accounts["account_id"].to_list() == ["100", "101", "102"]
    assert loaded.interactions.collect().is_empty()
    assert loaded.interactions.collect_schema()["at"] == pl.Datetime("us", "UTC")


def test_damaged_records_are_set_aside_not_fatal(lines: Write) -> None:
    good = [comment(i, USER) for i in range(1, 6)]
    bad = [
        comment(6, {}),
        {"_id": 7},
        comment(8, USER, created_at="昨天"),
        comment(9, USER | {"followers_count": [1]}),
        {"comment_user": None},
    ]
    loaded = load_interactions(lines([*good, *bad]))
    assert loaded.interactions.collect()["interaction_id"].to_list() == ["1", "2", "3", "4", "5", "9"]
    assert sorted(set(loaded.rejected["line"].to_list())) == [6, 7, 8, 10]
    assert loaded.counts["nulled_followers"] == 1
    assert loaded.counts["damaged_accounts"] == 1

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from graphwatch.load import sniff

ROOT = "at://did:plc:a/app.bsky.feed.post/r1"


def tweet(key: str, author: str, **more: str) -> dict[str, str]:
    flags = {"is_retweet": "no", "is_quote_tweet": "no", "is_reply": "no"}
    base = {
        "id": key,
        "thread_id": "1",
        "timestamp": "2024-05-01 12:00:00",
        "unix_timestamp": "1714564800",
        "body": "t",
        "author": f"U{author}",
    }
    return base | {"author_id": author, "author_followers": "7"} | flags | more


def post(key: str, owner: str, **more: str) -> dict[str, str]:
    base = {"id": f"at://did:plc:{owner}/app.bsky.feed.post/{key}", "thread_id": ROOT, "author": f"{owner}.example", "body": "t"}
    link = f"https://bsky.app/profile/{owner}.example/post/{key}"
    return (
        base | {"author_id": f"did:plc:{owner}", "link": link, "timestamp": "1714564800", "replied_to_post": "", "quoted_post": ""} | more
    )


def message(key: str, author: str, **more: str) -> dict[str, str]:
    base = {"id": f"c-{key}", "thread_id": "c", "chat": "c", "author": author, "author_username": f"n{author}", "author_is_bot": "no"}
    return base | {"body": "t", "reply_to": "", "timestamp": "2024-05-01 14:00:00", "unix_timestamp": "1714564800"} | more


def test_twitter_names_users_not_tweets(table: Any, load: Any) -> None:
    path = table(
        [
            tweet("1", "10", hashtags="Ａ,b", urls="https://n.example/1"),
            tweet("2", "20", is_reply="yes", replied_user="u10", mentions="u10,u30"),
            tweet("3", "30", is_retweet="yes", retweeted_user="u10", mentions="u10,u20"),
            tweet("4", "40", is_quote_tweet="yes", quoted_user="stranger"),
        ]
    )
    assert sniff(path).format == "4cat-twitter"
    rows, loaded = load(path)
    assert {key: (row["kind"], row["parent_id"], row["target_ids"]) for key, row in rows.items()} == {
        "1": ("post", None, []),
        "2": ("reply", None, ["10", "30"]),
        "3": ("repost", None, ["10"]),
        "4": ("quote", None, None),
    }
    assert loaded.counts["unresolved_mentions"] == 1
    assert rows["1"]["objects"] == ["url:https://n.example/1", "tag:a", "tag:b"]
    assert rows["1"]["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert (rows["2"]["root_id"], rows["2"]["followers"]) == ("1", 7)


def test_bluesky_names_posts_by_web_address(table: Any, load: Any) -> None:
    path = table(
        [
            post("r2", "b", replied_to_post="https://bsky.app/profile/a.example/post/r1", replied_to_user="a.example"),
            post("r3", "c", replied_to_post="https://bsky.app/profile/b.example/post/r2", replied_to_user="b.example"),
            post("r4", "d", replied_to_post="https://bsky.app/profile/did:plc:z/post/r9", replied_to_user="did:plc:z"),
            post("r5", "f", replied_to_post="at://did:plc:y/app.bsky.feed.post/r8"),
            post("q", "e", thread_id="at://did:plc:e/app.bsky.feed.post/q", quoted_post="DELETED"),
        ]
    )
    assert sniff(path).format == "4cat-bluesky"
    rows, loaded = load(path)
    assert {key.rpartition("/")[2]: (row["kind"], row["parent_id"], row["target_ids"], row["root_id"]) for key, row in rows.items()} == {
        "r2": ("reply", ROOT, None, ROOT),  # the root is named by its id, its author by a handle that is not in the file
        "r3": ("reply", "at://did:plc:b/app.bsky.feed.post/r2", ["did:plc:b"], ROOT),
        "r4": ("reply", "at://did:plc:z/app.bsky.feed.post/r9", ["did:plc:z"], ROOT),
        "r5": ("reply", "at://did:plc:y/app.bsky.feed.post/r8", None, ROOT),
        "q": ("post", None, [], None),
    }
    assert loaded.counts["unresolved_mentions"] == 1


def test_telegram_counts_messages_within_a_chat(table: Any, load: Any) -> None:
    path = table(
        [
            message("1", "10", entities_mentioned="n20,who"),
            message("2", "20", reply_to="1"),
            message("3", "", author_forwarded_from_id="99"),
        ]
    )
    assert sniff(path).format == "4cat-telegram"
    rows, _ = load(path)
    assert {key: (row["kind"], row["parent_id"], row["target_ids"], row["actor_id"]) for key, row in rows.items()} == {
        "c-1": ("mention", None, ["20"], "10"),
        "c-2": ("reply", "c-1", None, "20"),
        "c-3": ("repost", None, ["99"], "c"),
    }
    assert rows["c-1"]["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)  # the other time is that of 4CAT's server

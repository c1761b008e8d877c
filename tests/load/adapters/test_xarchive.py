from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphwatch.errors import DataError
from graphwatch.load import load_interactions, preview, sniff

OWNER = {"account": {"accountId": "42", "username": "me", "createdAt": "2012-01-01T00:00:00.000Z"}}


def tweet(key: str, text: str = "t", **more: object) -> dict[str, Any]:
    return {"tweet": {"id_str": key, "id": key, "full_text": text, "created_at": "Wed May 01 12:00:00 +0000 2024", "entities": {}} | more}


def script(folder: Path, name: str, items: list[dict[str, Any]], part: str = "tweets.part0") -> Path:
    path = folder / name
    path.write_text(f"window.YTD.{part} = " + json.dumps(items, indent=2), encoding="utf-8")
    return path


def test_tweets_belong_to_the_account_beside_them(tmp_path: Path, load: Any) -> None:
    script(tmp_path, "account.js", [OWNER], "account.part0")
    mentions = {
        "user_mentions": [{"id_str": "7"}, {"id_str": "8"}],
        "hashtags": [{"text": "Ａ"}],
        "urls": [{"expanded_url": "https://n.example/1"}],
    }
    path = script(
        tmp_path,
        "tweets-part1.js",
        [
            tweet("1", "a &amp; b", entities=mentions),
            tweet("2", in_reply_to_status_id_str="9", in_reply_to_user_id_str="7"),
            tweet("3", "RT @x: so", entities=mentions),
            tweet("4", deleted_at="2024-05-02T00:00:00Z"),
        ],
        "tweets.part1",
    )
    assert sniff(path).format == "x-archive"
    assert preview(path, 1)["actor_id"].to_list() == ["42"]
    rows, _ = load(path)
    assert {key: (row["kind"], row["parent_id"], row["target_ids"], row["deleted"]) for key, row in rows.items()} == {
        "1": ("mention", None, ["7", "8"], None),
        "2": ("reply", "9", ["7"], None),
        "3": ("repost", None, ["7"], None),
        "4": ("post", None, [], True),
    }
    assert {row["actor_id"] for row in rows.values()} == {"42"}
    assert (rows["1"]["text"], rows["1"]["objects"]) == ("a & b", ["url:https://n.example/1", "tag:a"])
    assert rows["1"]["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_without_the_account_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"account\.js"):
        load_interactions(script(tmp_path, "tweets.js", [tweet("1")]))


def test_messages_followers_and_the_account(tmp_path: Path, load: Any) -> None:
    sent = {"messageCreate": {"id": "5", "senderId": "7", "recipientId": "42", "text": "&lt;3", "createdAt": "2024-05-01T12:00:00.000Z"}}
    talk = {"dmConversation": {"conversationId": "7-42", "messages": [sent, {"joinConversation": {}}]}}
    rows, loaded = load(script(tmp_path, "direct-messages.js", [talk], "direct_messages.part0"))
    row = rows["5"]
    assert (row["kind"], row["surface"], row["target_ids"], row["root_id"], row["text"]) == (
        "private_message",
        "private",
        ["42"],
        "dm:7-42",
        "<3",
    )
    assert loaded.counts["service_messages"] == 1
    account = script(tmp_path, "account.js", [OWNER], "account.part0")
    assert load(account)[1].accounts.select("account_id", "name").rows() == [("42", "me")]
    follows = load(script(tmp_path, "follower.js", [{"follower": {"accountId": "7"}}], "follower.part0"))[1].follows
    assert follows.select("follower_id", "followed_id").rows() == [("7", "42")]
    follows = load(script(tmp_path, "following.js", [{"following": {"accountId": "8"}}], "following.part0"))[1].follows
    assert follows.select("follower_id", "followed_id").rows() == [("42", "8")]

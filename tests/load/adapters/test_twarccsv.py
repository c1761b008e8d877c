from __future__ import annotations

import json
from typing import Any

from graphwatch.load import sniff

REFERENCES = ("referenced_tweets.replied_to.id", "referenced_tweets.retweeted.id", "referenced_tweets.quoted.id")


def tweet(key: str, author: str, **more: object) -> dict[str, Any]:
    base = {"id": key, "conversation_id": "1", "author_id": author, "created_at": "2024-05-01T12:00:00.000Z", "text": "a\nb"}
    held = {"author.username": f"u{author}", "author.created_at": "2020-01-01T00:00:00.000Z", "author.public_metrics.followers_count": "7"}
    return base | held | {"author.verified": "True", "__twarc.retrieved_at": "2024-05-02T00:00:00+00:00"} | more


def test_the_filled_column_says_what_a_tweet_is(table: Any, load: Any) -> None:
    mentions = json.dumps([{"id": "77", "username": "x"}, {"username": "U30"}, {"username": "nobody"}])
    links = json.dumps([{"expanded_url": "https://n.example/1?utm_source=a"}, {"expanded_url": "https://x.example/p", "media_key": "3_1"}])
    path = table(
        [
            tweet("1", "10", **{"entities.mentions": mentions, "entities.urls": links, "entities.hashtags": '[{"tag": "Ａ"}]'}),
            tweet("2", "20", **{REFERENCES[0]: "1", "in_reply_to_user_id": "10"}),
            tweet("3", "30", **{REFERENCES[1]: "1", "retweeted_user_id": "10", "entities.mentions": mentions}),
            tweet("4", "40", **{REFERENCES[2]: "1", "quoted_user_id": "10", "attachments.media_keys": '["3_9"]'}),
            tweet("5", "50"),
        ],
        *REFERENCES,
    )
    found = sniff(path)
    assert (found.format, found.candidates) == ("twarc-csv", (("twarc-csv", 1.0),))
    rows, loaded = load(path)
    assert {key: (row["kind"], row["parent_id"], row["target_ids"]) for key, row in rows.items()} == {
        "1": ("mention", None, ["77", "30"]),
        "2": ("reply", "1", ["10"]),
        "3": ("repost", "1", None),  # the graph takes it from the parent, which is here
        "4": ("quote", "1", ["10"]),
        "5": ("post", None, []),
    }
    assert rows["1"]["objects"] == ["url:https://n.example/1", "tag:a"]
    assert rows["4"]["objects"] == ["media:3_9"]
    assert loaded.counts["unresolved_mentions"] == 1  # a retweet's mentions are the original's
    assert (rows["1"]["followers"], rows["1"]["actor_created_at"].year, rows["1"]["observed_at"].day) == (7, 2020, 2)
    assert set(loaded.accounts["verified"]) == {True}


def test_damaged_cells_lose_their_list_only(table: Any, load: Any) -> None:
    rows, _ = load(table([tweet("1", "10", **{"entities.urls": '[{"expanded_url":', "entities.mentions": "nan"})], *REFERENCES))
    assert (rows["1"]["kind"], rows["1"]["objects"]) == ("post", [])

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphwatch.load import load_interactions

Write = Callable[..., Path]
TIME_US = 1_666_863_485_000_001


def event(did: str, key: str, record: dict[str, Any] | None, kind: str = "post", operation: str = "create") -> dict[str, Any]:
    collection = {
        "post": "app.bsky.feed.post",
        "repost": "app.bsky.feed.repost",
        "like": "app.bsky.feed.like",
        "follow": "app.bsky.graph.follow",
    }
    commit: dict[str, Any] = {"operation": operation, "collection": collection.get(kind, kind), "rkey": key, "rev": "r"}
    return {"did": f"did:plc:{did}", "time_us": TIME_US, "kind": "commit", "commit": commit | ({"record": record} if record else {})}


def uri(did: str, key: str, collection: str = "app.bsky.feed.post") -> dict[str, str]:
    return {"uri": f"at://did:plc:{did}/{collection}/{key}", "cid": "c"}


def post(text: str = "t", **more: object) -> dict[str, Any]:
    return {"text": text, "createdAt": "1999-01-01T00:00:00Z"} | more


@pytest.fixture
def everything(lines: Write) -> Path:
    feature = [
        {"$type": "x#mention", "did": "did:plc:m"},
        {"$type": "x#link", "uri": "https://E.example/#top"},
        {"$type": "x#tag", "tag": "#Tag"},
    ]
    quote = {"$type": "app.bsky.embed.record", "record": uri("a", "1")}
    both = {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"record": uri("a", "1")},
        "media": {"images": [{"image": {"ref": {"$link": "cid1"}}}]},
    }
    return lines(
        [
            event("a", "1", post(embed={"external": {"uri": "https://x.example/a?utm_medium=y"}})),
            event("b", "2", post(reply={"root": uri("a", "1"), "parent": uri("a", "1")}, facets=[{"features": feature}])),
            event("c", "3", post(embed=quote, tags=["T2"])),
            event("d", "4", post(embed=both, reply={"root": uri("z", "0"), "parent": uri("y", "9")})),
            event("e", "5", post(facets=[{"features": feature[:1]}])),
            event("f", "6", {"subject": uri("a", "1"), "createdAt": ""}, "repost"),
            event("f", "7", {"subject": uri("q", "8"), "createdAt": ""}, "repost"),
            event("g", "8", {"subject": "did:plc:a", "createdAt": ""}, "follow"),
            event("g", "9", {"subject": uri("a", "1"), "createdAt": ""}, "like"),
            event("g", "8", None, "follow", "delete"),
            event("b", "2", None, "post", "delete"),
            event("n", "n", None, "post", "delete"),
            event("g", "x", {}, "app.bsky.graph.block"),
            event("h", "10", post(embed={"record": uri("a", "1", "app.bsky.graph.list")})),
            {"did": "did:plc:a", "time_us": TIME_US, "kind": "identity", "identity": {}},
            {"did": "did:plc:a", "time_us": TIME_US, "kind": "account", "account": {"active": False}},
        ]
    )


def test_every_event(everything: Path) -> None:
    loaded = load_interactions(everything)
    rows = {row["interaction_id"].rpartition("/")[2]: row for row in loaded.interactions.collect().to_dicts()}
    assert {key: row["kind"] for key, row in rows.items()} == {
        "1": "post",
        "2": "reply",
        "3": "quote",
        "4": "reply",
        "5": "mention",
        "6": "repost",
        "7": "repost",
        "10": "post",
    }
    targets = {key: row["target_ids"] for key, row in rows.items()}
    assert targets["2"] == ["did:plc:a", "did:plc:m"]
    assert targets["3"] == ["did:plc:a"]
    assert targets["4"] == ["did:plc:y", "did:plc:a"]
    assert (targets["5"], targets["1"], targets["10"]) == (["did:plc:m"], [], [])
    assert (targets["6"], targets["7"]) == (None, ["did:plc:q"])
    assert rows["4"]["root_id"] == "at://did:plc:z/app.bsky.feed.post/0"
    assert rows["1"]["objects"] == ["url:https://x.example/a"]
    assert rows["2"]["objects"] == ["url:https://e.example", "tag:tag"]
    assert (rows["3"]["objects"], rows["4"]["objects"]) == (["tag:t2"], ["media:cid1"])
    assert (rows["2"]["deleted"], rows["1"]["deleted"]) == (True, None)
    assert rows["1"]["at"] == datetime(2022, 10, 27, 9, 38, 5, 1, tzinfo=UTC)  # not the client's claim
    assert loaded.follows is not None
    assert loaded.follows.select("follower_id", "followed_id").rows() == [("did:plc:g", "did:plc:a")]
    assert loaded.counts == {
        "account_events": 1,
        "deleted_later": 1,
        "deletions_of_unknown": 1,
        "follows": 1,
        "identity_events": 1,
        "likes": 1,
        "other_collections": 1,
        "rows": 8,
        "unfollows": 1,
    }


def test_a_deletion_in_a_later_file_reaches_back(lines: Write) -> None:
    first = lines([event("a", "1", post()), event("a", "2", post())], "1.jsonl")
    second = lines([event("a", "1", None, "post", "delete"), event("b", "3", post())], "2.jsonl")
    rows = load_interactions([first, second]).interactions.sort("interaction_id").collect()
    assert rows["deleted"].to_list() == [True, None, None]


def test_damaged_events_are_set_aside(lines: Write) -> None:
    good = [event("a", str(i), post()) for i in range(5)]
    bad: list[dict[str, Any]] = [
        {"did": 3, "time_us": 1, "kind": "commit", "commit": {}},
        {"did": "did:plc:a", "time_us": "soon", "kind": "commit", "commit": event("a", "9", post())["commit"]},
        {"did": "did:plc:a", "time_us": TIME_US, "kind": "weather"},
    ]
    odd = event("b", "7", post(facets="x", embed=[], reply=3, tags=[1]))
    loaded = load_interactions(lines([*good, *bad, odd]))
    assert len(loaded.interactions.collect()) == 6
    assert sorted(loaded.rejected["line"].to_list()) == [6, 7, 8]

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphwatch.load import sniff

Write = Callable[..., Path]


def comment(key: str, author: str, parent: str = "root", **more: object) -> dict[str, Any]:
    return {"id": key, "author": f"@{author}", "author_id": author, "text": "t", "timestamp": 1714564800, "parent": parent} | more


def chat(key: str, author: str, *runs: dict[str, Any], name: str = "liveChatTextMessageRenderer") -> dict[str, Any]:
    item = {"id": key, "authorExternalChannelId": author, "timestampUsec": "1714564800123456", "message": {"runs": list(runs)}}
    action = {"addChatItemAction": {"item": {name: item | {"authorName": {"simpleText": "n"}}}, "clientId": "c"}}
    return {"replayChatItemAction": {"actions": [action]}, "videoOffsetTimeMsec": "1000", "isLive": True}


@pytest.mark.parametrize("indent", [1, None])
def test_comments_of_a_video(indent: int | None, tmp_path: Path, load: Any) -> None:
    info = {
        "id": "v",
        "title": "T",
        "channel_id": "UCo",
        "channel": "o",
        "timestamp": 1714561200,
        "channel_follower_count": 9,
        "extractor_key": "Youtube",
    }
    comments = [comment("c", "UCa", _time_text="2 years ago"), comment("c.d", "UCb", "c")]
    path = tmp_path / "video"
    path.write_text(json.dumps(info | {"comments": comments}, indent=indent), encoding="utf-8")
    assert sniff(path).format == "ytdlp-info"
    rows, loaded = load(path)
    assert {key: (row["kind"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
        "v": ("post", None, None, None),
        "c": ("comment", "v", "v", ["UCo"]),
        "c.d": ("reply", "c", "v", None),
    }
    assert (rows["v"]["followers"], rows["c"]["platform"], rows["c"]["at"]) == (9, "youtube", datetime(2024, 5, 1, 12, tzinfo=UTC))
    assert loaded.counts["approximate_times"] == 1  # nobody may time a wave by "2 years ago"
    path.write_text(json.dumps(info | {"comments": comments, "extractor_key": "BiliBili"}), encoding="utf-8")
    assert load(path)[0]["c"]["platform"] == "bilibili"


def test_a_live_chat(lines: Write, load: Any) -> None:
    custom = {"emoji": {"emojiId": "UC/x", "isCustomEmoji": True, "shortcuts": [":wave:"]}}
    path = lines(
        [
            chat("m1", "UCa", {"text": "hi "}, custom, {"emoji": {"emojiId": "😀"}}),
            chat("m2", "UCb", {"text": "x"}, name="liveChatPaidMessageRenderer"),
            {
                "replayChatItemAction": {
                    "actions": [{"markChatItemAsDeletedAction": {"targetItemId": "m2"}}, {"addLiveChatTickerItemAction": {}}]
                }
            },
        ]
    )
    assert sniff(path).format == "ytdlp-chat"
    rows, loaded = load(path, root="v", target="UCo")
    row = rows["m1"]
    assert (row["kind"], row["surface"], row["text"], row["root_id"], row["target_ids"]) == (
        "live_chat",
        "live",
        "hi :wave:😀",
        "v",
        ["UCo"],
    )
    assert row["at"] == datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
    assert (rows["m2"]["deleted"], loaded.counts["other_actions"]) == (True, 1)
    assert load(path)[1].counts["no_root"] == 2


def test_messages_that_are_taken_away(lines: Write, load: Any) -> None:
    def action(**said: object) -> dict[str, object]:
        return {"replayChatItemAction": {"actions": [said]}, "videoOffsetTimeMsec": "0"}

    said = [chat(f"m{k}", channel, {"text": "x"}) for k, channel in enumerate(["UCa", "UCb", "UCb", "UCc", "UCd"])]
    path = lines(
        [
            *said,
            action(removeChatItemAction={"targetItemId": "m0"}),
            action(markChatItemsByAuthorAsDeletedAction={"externalChannelId": "UCb"}),
            action(removeChatItemByAuthorAction={"externalChannelId": "UCc"}),
            chat("m9", "UCb", {"text": "back again"}),
        ]
    )
    rows, loaded = load(path)
    assert {key for key, row in rows.items() if row["deleted"]} == {"m0", "m1", "m2", "m3"}
    assert set(rows) == {"m0", "m1", "m2", "m3", "m4", "m9"}
    assert "other_actions" not in loaded.counts

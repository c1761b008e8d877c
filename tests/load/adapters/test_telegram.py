from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphwatch.load import load_interactions, preview, sniff
from graphwatch.settings import LoadSettings


def message(key: int, sender: str, text: object = "t", **more: object) -> dict[str, Any]:
    base = {"id": key, "type": "message", "date": "2024-05-01T14:00:00", "date_unixtime": "1714564800", "from": sender, "from_id": sender}
    return base | {"text": text} | more


def chat(key: int, messages: list[dict[str, Any]], kind: str = "private_supergroup") -> dict[str, Any]:
    return {"name": "n", "type": kind, "id": key, "messages": messages}


def write(folder: Path, document: object, indent: int | None = 1) -> Path:
    path = folder / "result.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=indent), encoding="utf-8")
    return path


@pytest.mark.parametrize("indent", [1, None], ids=["lines", "one line"])
def test_texts_are_texts_or_lists(indent: int | None, tmp_path: Path, load: Any) -> None:
    pieces: list[object] = [
        "看 ",
        {"type": "link", "text": "a.example/x"},
        " ",
        {"type": "hashtag", "text": "#Ａ"},
        {"type": "mention", "text": "@who"},
    ]
    name = [{"type": "mention_name", "text": "甲", "user_id": 9}, {"type": "text_link", "text": "x", "href": "https://b.example"}]
    path = write(
        tmp_path,
        chat(
            5,
            [message(1, "user1", pieces), message(2, "user2", name, reply_to_message_id=1), message(3, "user3", "plain", text_entities=[])],
        ),
        indent,
    )
    assert sniff(path).format == "telegram"
    assert preview(path, 1)["interaction_id"].to_list() == ["5:1"]
    rows, loaded = load(path)
    assert (rows["5:1"]["text"], rows["5:1"]["objects"]) == ("看 a.example/x #Ａ@who", ["url:https://a.example/x", "tag:a"])
    assert (rows["5:2"]["kind"], rows["5:2"]["parent_id"], rows["5:2"]["target_ids"]) == ("reply", "5:1", ["user9"])
    assert (rows["5:3"]["kind"], rows["5:3"]["surface"], rows["5:3"]["root_id"]) == ("post", "group", "chat:5")
    assert rows["5:1"]["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert loaded.counts["unresolved_mentions"] == 1
    assert "naive_times" not in loaded.counts


def test_numbers_count_within_a_chat(tmp_path: Path, load: Any) -> None:
    chats = [
        chat(5, [message(1, "user1")]),
        chat(6, [message(1, "user2"), message(2, "user2", reply_to_message_id=1, reply_to_peer_id="channel5")]),
    ]
    path = write(tmp_path, {"about": "x", "chats": {"about": "x", "list": chats}})
    assert sniff(path).format == "telegram"
    rows, _ = load(path)
    assert sorted(rows) == ["5:1", "6:1", "6:2"]
    assert rows["6:2"]["parent_id"] == "5:1"


def test_chats_of_two(tmp_path: Path, load: Any) -> None:
    path = write(tmp_path, chat(7, [message(1, "user1"), message(2, "user7")], "personal_chat"))
    rows, _ = load(path)
    assert {(row["kind"], row["surface"]) for row in rows.values()} == {("private_message", "private")}
    assert (rows["7:1"]["target_ids"], rows["7:2"]["target_ids"]) == (["user7"], None)
    assert load(path, target="user1")[0]["7:2"]["target_ids"] == ["user1"]


def test_forwards_and_service_messages(tmp_path: Path, load: Any) -> None:
    path = write(
        tmp_path,
        chat(
            5,
            [
                message(1, "channel5", forwarded_from="甲"),
                message(2, "channel5", forwarded_from="乙", forwarded_from_id="channel9"),
                {"id": 3, "type": "service", "date_unixtime": "1714564800", "actor": "a", "action": "pin_message"},
            ],
            "public_channel",
        ),
    )
    rows, loaded = load(path)
    assert {row["kind"] for row in rows.values()} == {"repost"}
    assert (rows["5:1"]["target_ids"], rows["5:2"]["target_ids"], rows["5:1"]["surface"]) == (None, ["channel9"], "feed")
    assert (loaded.counts["unresolved_forwards"], loaded.counts["service_messages"]) == (1, 1)


def test_old_exports_have_local_times_only(tmp_path: Path) -> None:
    old = {key: value for key, value in message(1, "user1").items() if key != "date_unixtime"}
    loaded = load_interactions(write(tmp_path, chat(5, [old])), settings=LoadSettings(timezone="Europe/Berlin"))
    assert loaded.interactions.collect()["at"].to_list() == [datetime(2024, 5, 1, 12, tzinfo=UTC)]
    assert loaded.counts["naive_times"] == 1

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphwatch.load import sniff

Write = Callable[..., Path]


def item(source: str, data: dict[str, Any]) -> dict[str, Any]:
    envelope = {"nav_index": "1:1", "item_id": data.get("cid", "1"), "timestamp_collected": 1714568400000, "source_platform": source}
    return envelope | {"source_url": "u", "data": data}


def tiktok(key: str, user: str, reply: str = "0", **more: object) -> dict[str, Any]:
    base = {"cid": key, "aweme_id": "900", "reply_id": reply, "user": {"uid": user, "unique_id": f"n{user}"}, "text": "t"}
    return item("tiktok-comments", base | {"create_time": 1714564800} | more)


def test_platforms_side_by_side(lines: Write, load: Any) -> None:
    below = {"id": "x2", "user_info": {"user_id": "u2", "nickname": "乙"}, "content": "t", "create_time": 1714564800000}
    note = {"id": "x1", "note_id": "n1", "user_info": {"user_id": "u1", "nickname": "甲"}, "content": "#话#", "create_time": 1714564800000}
    path = lines(
        [
            tiktok("c1", "10"),
            tiktok("c2", "20", "c1"),
            tiktok("c3", "30", "c1", reply_to_reply_id="c2"),
            item("xiaohongshu-comments", note | {"sub_comments": [below]}),
            item("instagram", {"id": "z"}),
        ]
    )
    assert sniff(path).format == "zeeschuimer"
    rows, loaded = load(path)
    assert {key: (row["platform"], row["kind"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
        "c1": ("tiktok", "comment", "900", "900", None),
        "c2": ("tiktok", "reply", "c1", "900", None),
        "c3": ("tiktok", "reply", "c2", "900", None),
        "x1": ("xiaohongshu", "comment", "n1", "n1", None),
        "x2": ("xiaohongshu", "reply", "x1", "n1", ["u1"]),
    }
    assert {row["at"] for row in rows.values()} == {datetime(2024, 5, 1, 12, tzinfo=UTC)}  # seconds and milliseconds
    assert rows["c1"]["observed_at"] == datetime(2024, 5, 1, 13, tzinfo=UTC)
    assert loaded.counts["other_platforms"] == 1
    assert set(loaded.accounts["platform"]) == {"tiktok", "xiaohongshu"}

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphwatch.load import sniff

Write = Callable[..., Path]


def comment(key: str, author: str | None, **more: object) -> dict[str, Any]:
    snippet = {"publishedAt": "2024-05-01T12:00:00Z", "authorDisplayName": "@a", "textDisplay": "1 &lt; 2<br>b"}
    held = {"authorChannelId": {"value": author}} if author else {}
    return {"kind": "youtube#comment", "id": key, "snippet": snippet | held | more}


def thread(key: str, author: str | None, *replies: dict[str, Any]) -> dict[str, Any]:
    snippet = {"videoId": "v", "channelId": "UCo", "topLevelComment": comment(key, author, videoId="v")}
    return {"kind": "youtube#commentThread", "id": key, "snippet": snippet, "replies": {"comments": list(replies)}}


def test_pages_threads_and_comments(tmp_path: Path, lines: Write, load: Any) -> None:
    answer = comment("c.d", "UCb", parentId="c", textOriginal="as <b>written</b>")
    page = {"kind": "youtube#commentThreadListResponse", "items": [thread("c", "UCa", answer), thread("e", None)]}
    whole = tmp_path / "page"
    whole.write_text(json.dumps(page, indent=2), encoding="utf-8")
    for path in (whole, lines([page], "a"), lines([thread("c", "UCa"), answer, thread("e", None)], "b")):
        assert sniff(path).format == "youtube-api"
        rows, loaded = load(path, root="v")
        assert {key: (row["kind"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
            "c": ("comment", "v", "v", ["UCo"]),
            "c.d": ("reply", "c", "v", None),
        }
        assert (rows["c"]["text"], rows["c.d"]["text"]) == ("1 < 2\nb", "as <b>written</b>")
        assert loaded.counts["deleted_authors"] == 1

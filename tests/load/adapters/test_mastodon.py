from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphwatch.load import sniff

Write = Callable[..., Path]


def status(key: str, user: str, content: str = "<p>t</p>", **more: object) -> dict[str, Any]:
    account = {"id": user, "acct": f"{user}@h.example", "created_at": "2020-01-01T00:00:00.000Z", "followers_count": 5}
    base = {"id": key, "uri": f"https://h.example/{key}", "account": account, "content": content, "visibility": "public"}
    return base | {"created_at": "2024-05-01T12:00:00.000Z", "mentions": [], "tags": [], "reblog": None, "in_reply_to_id": None} | more


def test_answers_find_their_parent_whatever_the_order(lines: Write, load: Any) -> None:
    answer = status("2", "20", in_reply_to_id="1", in_reply_to_account_id="10", mentions=[{"id": "10"}, {"id": "30"}])
    path = lines([answer, status("1", "10"), status("3", "30", in_reply_to_id="99", in_reply_to_account_id="10")])
    assert sniff(path).format == "mastodon"
    rows, loaded = load(path)
    row = rows["https://h.example/2"]
    assert (row["kind"], row["parent_id"], row["target_ids"]) == ("reply", "https://h.example/1", ["10", "30"])
    assert rows["https://h.example/3"]["parent_id"] == "99"
    assert (row["followers"], row["actor_created_at"].year, row["platform"]) == (5, 2020, "mastodon")
    assert loaded.accounts.height == 3


def test_content_is_html(tmp_path: Path, load: Any) -> None:
    html = (
        '<p>1 &lt; 2 <span class="h-card"><a href="https://h.example/@b" class="u-url mention">@<span>b</span></a></span><br>'
        '<a href="https://h.example/tags/%E8%AF%9D" class="mention hashtag">#话</a></p><script>alert(1)</script>'
        '<p><a href="https://n.example/a?utm_source=m"><span class="invisible">https://</span><span>n.example/a</span></a>'
    )
    path = tmp_path / "statuses"
    path.write_text(json.dumps([status("1", "10", html, tags=[{"name": "话"}], mentions=[{"id": "20"}])], indent=2), encoding="utf-8")
    assert sniff(path).format == "mastodon"
    row = load(path)[0]["https://h.example/1"]
    assert row["text"] == "1 < 2 @b\n#话\nhttps://n.example/a"
    assert (row["objects"], row["kind"]) == (["url:https://n.example/a", "tag:话"], "mention")


def test_boosts_quotes_and_direct_messages(lines: Write, load: Any) -> None:
    path = lines(
        [
            status("5", "50", "", reblog=status("1", "10")),
            status("6", "60", quote={"state": "accepted", "quoted_status": status("1", "10")}),
            status("7", "70", visibility="direct", mentions=[{"id": "10"}]),
        ]
    )
    rows, loaded = load(path)
    assert {key[-1]: (row["kind"], row["parent_id"], row["surface"]) for key, row in rows.items()} == {
        "1": ("post", None, "feed"),
        "5": ("repost", "https://h.example/1", "feed"),
        "6": ("quote", "https://h.example/1", "feed"),
        "7": ("private_message", None, "private"),
    }
    assert loaded.counts["context"] == 2
    assert rows["https://h.example/7"]["target_ids"] == ["10"]

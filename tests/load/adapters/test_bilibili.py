from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphwatch.load import sniff

Write = Callable[..., Path]


def comment(key: int, mid: int, parent: int = 0, **more: object) -> dict[str, Any]:
    ids = {"rpid": key, "rpid_str": str(key), "oid": 900, "type": 1, "mid": mid, "root": parent, "root_str": str(parent)}
    member = {"mid": str(mid), "uname": f"甲{mid}", "official_verify": {"type": 0 if mid == 1 else -1}}
    return (
        ids
        | {"parent": parent, "parent_str": str(parent), "ctime": 1714564800, "member": member, "content": {"message": "t"}, "replies": None}
        | more
    )


def test_pages_and_answers(tmp_path: Path, load: Any) -> None:
    below = comment(12, 3, 11, content={"message": "回复 @甲", "members": [{"mid": "1"}]})
    page = {
        "code": 0,
        "data": {"cursor": {}, "upper": {"mid": 77}, "replies": [comment(11, 2, replies=[below])], "top_replies": [comment(10, 1)]},
    }
    path = tmp_path / "replies"
    path.write_text(json.dumps([page, {"code": 0, "data": {"cursor": {}, "replies": None}}], indent=1), encoding="utf-8")
    assert sniff(path).format == "bilibili-comments"
    rows, loaded = load(path)
    assert {key: (row["kind"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
        "10": ("comment", "video:900", "video:900", ["77"]),
        "11": ("comment", "video:900", "video:900", ["77"]),
        "12": ("reply", "11", "video:900", ["1"]),
    }
    assert loaded.accounts.select("account_id", "verified").rows() == [("1", True), ("2", False), ("3", False)]


def test_digits_lost_to_a_float_do_not_matter(lines: Write, load: Any) -> None:
    key = 9007199254740993
    path = lines([comment(key, 2) | {"rpid": float(key)}, comment(5, 2, type=17), comment(key, 2)])
    assert sniff(path).format == "bilibili-comments"
    rows, loaded = load(path, target="77")
    assert sorted(rows) == ["5", str(key)]
    assert (rows["5"]["root_id"], rows["5"]["target_ids"]) == ("dynamic:900", ["77"])
    assert loaded.counts["duplicates"] == 1

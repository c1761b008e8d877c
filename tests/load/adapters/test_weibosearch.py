from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphwatch.load import sniff

COLUMNS = [
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    "retweet_id",
    "ip",
    "user_authentication",
    "会员类型",
    "会员等级",
]


def row(key: str, user: str, name: str, **more: str) -> dict[str, str]:
    return {"id": key, "bid": "B", "user_id": user, "用户昵称": name, "微博正文": "文", "发布时间": "2024-05-01 20:00"} | more


def write(folder: Path, rows: list[dict[str, str]]) -> Path:
    path = folder / "search.json"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_mentions_reposts_and_chains(tmp_path: Path, load: Any) -> None:
    path = write(
        tmp_path,
        [
            row("5029384756102938471", "1", "甲", 艾特用户="乙,丙,丁", 话题="Ａ,b", 微博图片url="https://i.example/1.jpg?x=1"),
            row("2", "20", "乙", user_authentication="蓝V", 微博正文="多\n行"),
            row("3", "30", "丙", retweet_id="5029384756102938471", 艾特用户="甲", user_authentication="普通用户"),
            row("4", "40", "戊", retweet_id="5029384756102938471", 微博正文="哈//@丙:嗯"),
            row("5", "50", "丙"),  # a second account of that name
        ],
    )
    assert sniff(path).format == "weibo-search"
    rows, loaded = load(path)
    first = rows["5029384756102938471"]
    assert (first["kind"], first["target_ids"], first["surface"]) == ("mention", ["20"], "search")
    assert first["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert first["objects"] == ["media:https://i.example/1.jpg", "tag:a", "tag:b"]
    assert loaded.counts["unresolved_mentions"] == 2
    assert (rows["3"]["kind"], rows["3"]["parent_id"], rows["3"]["root_id"]) == ("repost", first["interaction_id"], first["interaction_id"])
    assert (rows["4"]["kind"], rows["4"]["parent_id"], rows["4"]["root_id"]) == ("repost", None, first["interaction_id"])
    verified = dict(loaded.accounts.select("account_id", "verified").rows())
    assert (verified["20"], verified["30"], verified["1"]) == (True, False, None)


def test_mentions_of_strangers_only_are_not_nobody(tmp_path: Path, load: Any) -> None:
    rows, loaded = load(write(tmp_path, [row("1", "1", "甲", 艾特用户="谁,x\u202ey")]))
    assert rows["1"]["target_ids"] is None
    assert loaded.counts["unresolved_mentions"] == 1


def test_ids_that_a_spreadsheet_rounded_are_set_aside(tmp_path: Path, load: Any) -> None:
    rows, loaded = load(write(tmp_path, [row("5.03E+18", "1", "甲"), row("7\t", "1", "甲")]))
    assert list(rows) == ["7"]
    assert loaded.rejected["line"].to_list() == [2]

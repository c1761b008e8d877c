from __future__ import annotations

import csv
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphwatch.load import preview, sniff

AT = 1714564800
SEEN = 1714568400000
HASH = hashlib.sha256(b"4711").hexdigest()[:16]
BASE = {"comment_id": "5029384756102938475", "content": "写得\n“好”, #话题#", "sub_comment_count": "0", "last_modify_ts": SEEN}
V1 = {"user_id": "4711", "nickname": "甲", "avatar": "a", "ip_location": "北京"}
V2 = {"creator_hash": HASH, "nickname": "甲***乙", "add_ts": SEEN}
COMMENTS: dict[str, dict[str, Any]] = {
    "weibo": {
        "note_id": "900",
        "create_time": AT,
        "create_date_time": "2024-05-01 20:00:00",
        "comment_like_count": "1",
        "parent_comment_id": "0",
    },
    "douyin": {"aweme_id": "900", "create_time": AT, "like_count": 0, "pictures": "", "parent_comment_id": "0"},
    "bilibili": {"video_id": "900", "create_time": AT, "like_count": 0, "parent_comment_id": "0"},
    "xiaohongshu": {"note_id": "900", "create_time": AT * 1000, "like_count": "0", "pictures": "", "parent_comment_id": 0},
    "kuaishou": {"video_id": "900", "create_time": AT},
    "tieba": {
        "note_id": "900",
        "publish_time": "2024-05-01 20:00",
        "tieba_id": "1",
        "tieba_name": "吧",
        "tieba_link": "l",
        "note_url": "u",
        "parent_comment_id": "",
    },
    "zhihu": {
        "content_id": "900",
        "content_type": "answer",
        "publish_time": AT,
        "like_count": 0,
        "dislike_count": 0,
        "parent_comment_id": "0",
    },
}
ROOT = {"bilibili": "video:900", "zhihu": "answer:900"}
POSTS: dict[str, dict[str, Any]] = {
    "weibo": {"note_id": "900", "content": "帖", "create_time": AT, "comments_count": "1", "shared_count": "1", "note_url": "u"},
    "douyin": {"aweme_id": "900", "aweme_type": "0", "title": "帖", "desc": "帖", "create_time": AT},
    "bilibili": {"video_id": "900", "video_danmaku": "1", "title": "帖", "desc": "", "create_time": AT},
    "xiaohongshu": {
        "note_id": "900",
        "type": "normal",
        "title": "",
        "desc": "帖",
        "time": AT * 1000,
        "tag_list": "",
        "collected_count": "1",
    },
    "kuaishou": {"video_id": "900", "viewd_count": "1", "title": "帖", "desc": "帖", "create_time": AT},
    "tieba": {"note_id": "900", "title": "帖", "desc": "", "publish_time": "2024-05-01 20:00", "total_replay_num": 3, "tieba_name": "吧"},
    "zhihu": {
        "content_id": "900",
        "content_type": "answer",
        "content_text": "帖",
        "title": "",
        "desc": "",
        "created_time": AT,
        "voteup_count": 1,
    },
}
CREATORS: dict[str, dict[str, Any]] = {
    "weibo": {"fans": "1.2万", "follows": "1", "tag_list": ""},
    "douyin": {"fans": "1.2万", "follows": "1", "interaction": "1", "videos_count": "3"},
    "bilibili": {"total_fans": "1.2万", "total_liked": "1", "user_rank": "6"},
    "xiaohongshu": {"fans": "1.2万", "follows": "1", "interaction": "1", "tag_list": ""},
    "kuaishou": {"fans": "1.2万", "follows": "1", "interaction": "1"},
    "tieba": {"fans": "1.2万", "follows": "1", "registration_duration": "3年"},
    "zhihu": {"fans": "1.2万", "follows": "1", "anwser_count": "1"},
}


def write(folder: Path, records: list[dict[str, Any]], form: str) -> Path:
    path = folder / "export.txt"
    if form == "jsonl":
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    elif form == "json":
        path.write_text(json.dumps(records, ensure_ascii=False, indent=4), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.DictWriter(out, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
    return path


def author(platform: str, version: int) -> dict[str, Any]:
    if version == 2:
        return V2 if platform not in {"tieba", "zhihu"} else {"creator_hash": HASH, "user_nickname": "甲***乙", "add_ts": SEEN}
    if platform == "tieba":
        return {"user_link": "https://tieba.example/home/main?id=4711&fr=pb", "user_nickname": "甲", "user_avatar": "a"}
    return V1


@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("platform", COMMENTS)
def test_comments(platform: str, version: int, form: str, tmp_path: Path, load: Any) -> None:
    top = BASE | COMMENTS[platform] | author(platform, version)
    under = top | {"comment_id": "6"} | ({"parent_comment_id": top["comment_id"]} if "parent_comment_id" in top else {})
    path = write(tmp_path, [top, under], form)
    found = sniff(path)
    assert (found.format, found.candidates) == (f"mediacrawler-{platform}", ((f"mediacrawler-{platform}", 1.0),))
    assert preview(path, 1)["interaction_id"].to_list() == [BASE["comment_id"]]
    rows, loaded = load(path)
    row = rows[BASE["comment_id"]]
    root = ROOT.get(platform, "900")
    assert (row["kind"], row["parent_id"], row["root_id"]) == ("comment", root, root)
    assert row["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert row["observed_at"] == datetime(2024, 5, 1, 13, tzinfo=UTC)
    assert (row["actor_id"], row["platform"]) == ("4711" if version == 1 else HASH, platform)
    assert (row["text"], row["objects"]) == (BASE["content"], ["tag:话题"])
    answer = ("reply", BASE["comment_id"]) if platform != "kuaishou" else ("comment", root)
    assert (rows["6"]["kind"], rows["6"]["parent_id"]) == answer
    assert loaded.counts.get("hashed_actors", 0) == (2 if version == 2 else 0)
    names = [] if loaded.accounts is None else loaded.accounts["name"].to_list()
    assert names == (["甲"] if version == 1 else [])  # masked names are no names


@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
@pytest.mark.parametrize("platform", POSTS)
def test_posts_are_what_comments_hang_on(platform: str, form: str, tmp_path: Path, load: Any) -> None:
    path = write(tmp_path, [POSTS[platform] | author(platform, 2) | {"last_modify_ts": SEEN}], form)
    assert sniff(path).format == f"mediacrawler-{platform}"
    rows, _ = load(path)
    row = rows[ROOT.get(platform, "900")]
    assert (row["kind"], row["text"], row["actor_id"], row["parent_id"]) == ("post", "帖", HASH, None)
    assert row["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("platform", CREATORS)
def test_creators_of_version_1(platform: str, tmp_path: Path, load: Any) -> None:
    path = write(tmp_path, [V1 | CREATORS[platform] | {"last_modify_ts": SEEN}], "jsonl")
    assert sniff(path).format == f"mediacrawler-{platform}"
    rows, loaded = load(path)
    assert rows == {}
    assert loaded.accounts.select("account_id", "platform", "followers").rows() == [("4711", platform, 12_000)]


def test_a_record_of_another_platform_is_set_aside(tmp_path: Path, load: Any) -> None:
    good = BASE | COMMENTS["weibo"] | V1
    path = write(tmp_path, [good, good | {"comment_id": "6"}, {"what": 1}], "jsonl")
    rows, loaded = load(path, format="mediacrawler-weibo")
    assert (len(rows), loaded.rejected["line"].to_list()) == (2, [3])

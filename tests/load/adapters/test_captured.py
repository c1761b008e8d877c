"""Traps of the exports that name accounts by handle, number posts within a wall, or leave the thread out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graphwatch.errors import FormatError
from graphwatch.load import sniff

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def vk(key: str, author: str, **more: str) -> dict[str, str]:
    base = {"id": key, "thread_id": "11", "unix_timestamp": "1714564800", "link": f"https://vk.com/wall-77_{key}", "item_type": "comment"}
    return base | {"body": "t", "author_id": author, "author_followers": "N/A", "in_reply_to_user": "", "in_reply_to_comment_id": ""} | more


def test_numbers_of_vk_count_within_a_wall(table: Any, load: Any) -> None:
    path = table(
        [
            vk("11", "-77", item_type="post", author_followers="120"),
            vk("12", "502"),
            vk("13", "503", in_reply_to_comment_id="12", in_reply_to_user="502"),
            vk("11", "600", item_type="post", link="https://vk.com/wall88_11"),
            vk("14", "504", link="?"),
        ]
    )
    assert sniff(path).format == "4cat-vk"
    rows, loaded = load(path)
    assert {key: (row["kind"], row["surface"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
        "-77_11": ("post", "feed", None, None, None),
        "-77_12": ("comment", "comment", "-77_11", "-77_11", None),
        "-77_13": ("reply", "comment", "-77_12", "-77_11", ["502"]),
        "88_11": ("post", "feed", None, None, None),
    }
    assert (rows["-77_11"]["followers"], rows["-77_12"]["followers"]) == (120, None)
    assert loaded.rejected["line"].to_list() == [6]
    assert not any(name.startswith("nulled") for name in loaded.counts)  # "N/A" is no damaged number


def test_mentions_of_douyin_are_addresses_of_profiles(table: Any, load: Any) -> None:
    page = "https://www.douyin.com/user/MS4"
    base = {"body": "t", "unix_timestamp": "1714564800", "timestamp": "2024-05-01 20:00:00", "thread_id": "900"}
    path = table(
        [
            base
            | {
                "id": "1",
                "author_user_id": "501",
                "author_nickname": "甲",
                "author_profile_url": page + "a",
                "mentions": f"{page}b,{page}z",
            },
            base | {"id": "2", "author_user_id": "502", "author_nickname": "乙", "author_profile_url": page + "b"},
        ]
    )
    assert sniff(path).format == "4cat-douyin"
    rows, loaded = load(path)
    assert (rows["1"]["target_ids"], rows["1"]["kind"], rows["1"]["root_id"], rows["1"]["at"]) == (["502"], "mention", None, NOON)
    assert loaded.counts["unresolved_mentions"] == 1


def test_threads_of_tiktok_comments(table: Any, load: Any) -> None:
    base = {"author_full": "A", "body": "t", "unix_timestamp": "1714564800", "post_id": "900"}
    path = table(
        [
            base | {"id": "1", "author": "a", "thread_id": "900", "is_comment_on_comment": "no"},
            base | {"id": "2", "author": "b", "thread_id": "1", "is_comment_on_comment": "yes"},
        ]
    )
    assert sniff(path).format == "4cat-tiktok-comments"
    rows, _ = load(path, target="star")
    assert {key: (row["kind"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
        "1": ("comment", "900", "900", ["star"]),
        "2": ("reply", "1", "900", None),
    }


def test_nicknames_are_counted(table: Any, load: Any) -> None:
    base = {"title": "T", "body": "文", "author_avatar_url": "u", "likes": "1", "video_url": ""}
    path = table(
        [base | {"id": "1", "author": "甲", "unix_timestamp": "1714564800"}, base | {"id": "2", "author": "甲", "unix_timestamp": ""}]
    )
    assert sniff(path).format == "4cat-xiaohongshu"
    rows, loaded = load(path)
    assert (list(rows), rows["1"]["text"], loaded.counts["named_actors"]) == (["1"], "T\n文", 2)  # a note without a time is set aside


def test_facebook_groups(table: Any, load: Any) -> None:
    base = {"body": "t", "author": "a", "author_name": "A", "group_name": "", "unix_timestamp": "1714564800"}
    rows, _ = load(table([base | {"id": "1", "is_in_group": "yes"}, base | {"id": "2", "is_in_group": "no"}]))
    assert (rows["1"]["surface"], rows["2"]["surface"]) == ("group", "feed")


def test_youtube_data_tools_need_the_video(table: Any, load: Any) -> None:
    base = {"text": "t", "publishedAt": "2024-05-01 12:00:00"}
    path = table(
        [base | {"id": "c", "isReplyTo": "", "authorName": "@a"}, base | {"id": "c.d", "isReplyTo": "c", "authorName": "@b"}],
    )
    assert sniff(path).format == "youtube-data-tools"
    rows, loaded = load(path)
    assert (rows["c"]["parent_id"], rows["c.d"]["parent_id"], loaded.counts["no_root"], rows["c"]["at"]) == (None, "c", 2, NOON)
    rows, _ = load(path, root="v", target="UCo")
    assert {key: (row["kind"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
        "c": ("comment", "v", "v", ["UCo"]),
        "c.d": ("reply", "c", "v", None),
    }


def test_posts_and_old_names_of_zeeschuimer(lines: Any, load: Any) -> None:
    envelope = {"timestamp_collected": 1714568400000, "source_url": "u"}
    video = {"id": "900", "desc": "t", "createTime": "1714564800", "author": "aaa", "textExtra": [{"hashtagName": "Ｒ"}, {}]}
    note = {"id": "n1", "note_card": {"display_title": "T", "user": {"user_id": "7", "nickname": "甲"}, "time": 1714564800000}}
    seen = {"id": "n2", "note_card": {"display_title": "T", "user": {"user_id": "7"}}}
    remark = {"id": "x1", "note_id": "n1", "user_info": {"user_id": "8"}, "content": "t", "create_time": 1714564800000}
    records = [
        ("tiktok.com", video),
        ("xiaohongshu.com", note),
        ("xiaohongshu.com", seen),
        ("xiaohongshu.com", remark),
        ("gab.com", {"id": "z"}),
    ]
    path = lines([envelope | {"item_id": "i", "source_platform": source, "data": data} for source, data in records])
    assert sniff(path).format == "zeeschuimer"
    rows, loaded = load(path)
    assert {key: (row["platform"], row["kind"], row["actor_id"], row["parent_id"]) for key, row in rows.items()} == {
        "900": ("tiktok", "post", "aaa", None),
        "n1": ("xiaohongshu", "post", "7", None),
        "x1": ("xiaohongshu", "comment", "8", "n1"),
    }
    assert rows["900"]["objects"] == ["tag:r"]
    assert (loaded.counts["other_platforms"], loaded.rejected["line"].to_list()) == (1, [3])


def test_contacts_and_dynamics_of_mediacrawler(lines: Any, load: Any) -> None:
    contact = {"up_id": "1", "fan_id": "2", "up_name": "甲", "fan_name": "乙", "last_modify_ts": 1714568400000}
    dynamic = {"dynamic_id": "800", "creator_hash": "ab" * 8, "user_name": "甲***", "text": "早", "pub_ts": 1714564800, "total_comments": 1}
    creators = [{"user_id": str(kind + 11), "nickname": "甲", "total_fans": 5, "is_official": kind} for kind in (-1, 0, 1)]
    path = lines([contact, dynamic, *creators])
    assert sniff(path).format == "mediacrawler-bilibili"
    rows, loaded = load(path)
    assert (list(rows), rows["dynamic:800"]["actor_id"], loaded.counts["hashed_actors"]) == (["dynamic:800"], "ab" * 8, 1)
    assert loaded.follows.select("follower_id", "followed_id").rows() == [("2", "1")]
    accounts = loaded.accounts.filter(loaded.accounts["followers"].is_not_null())
    assert accounts.select("account_id", "verified").rows() == [("10", False), ("11", True), ("12", True)]
    assert set(loaded.accounts["name"].drop_nulls()) == {"甲", "乙"}  # masked names are no names


def test_a_repost_of_a_deleted_original_is_a_repost(table: Any, load: Any) -> None:
    base = {
        "bid": "B",
        "正文": "转发",
        "@用户": "",
        "日期": "2024-05-01",
        "完整日期": "2024-05-01 20:00:00",
        "源用户id": "",
        "源微博id": "",
    }
    rows, _ = load(table([base | {"id": "1", "是否原创": "False"}, base | {"id": "2", "是否原创": "True"}], name="1749127163.csv"))
    assert (rows["1"]["kind"], rows["2"]["kind"]) == ("repost", "post")


def test_a_table_of_two_formats_asks(table: Any) -> None:
    both = {"id": "1", "isReplyTo": "", "authorName": "a", "text": "t", "publishedAt": "2024-05-01 12:00:00"} | vk("1", "2")
    with pytest.raises(FormatError, match=r"candidates: .*4cat-vk \(100%\).*youtube-data-tools \(100%\); give --format"):
        sniff(table([both]))

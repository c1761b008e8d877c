from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphwatch.errors import DataError, FormatError
from graphwatch.load import load_interactions, preview, sniff
from graphwatch.settings import LoadSettings

OWNER = "1749127163"


def post(key: str, **more: str) -> dict[str, str]:
    base = {"id": f"{key}\t", "bid": "B", "正文": "文", "日期": "2024-05-01", "@用户": "", "完整日期": "2024-05-01 20:00:00"}
    return base | {"源用户id": "", "源微博id": ""} | more


def database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE user (id, nick_name, follower_count, reg_date);
            CREATE TABLE weibo (id, bid, user_id, screen_name, text, at_users, created_at, retweet_id);
            CREATE TABLE comments (id, weibo_id, root_id, user_id, created_at, user_screen_name, text);
            CREATE TABLE reposts (id, weibo_id, user_id, created_at, user_screen_name, text);
            CREATE TABLE bins (id, data);
            INSERT INTO user VALUES ('10', '甲', '1.2万', '2010-01-01');
            INSERT INTO weibo VALUES ('900', 'B', '10', '甲', '文', '乙', '2024-05-01T20:00:00', NULL);
            INSERT INTO comments VALUES ('1', '900', '', '20', 'Wed May 01 20:00:00 +0800 2024', '乙', '#话#');
            INSERT INTO comments VALUES ('2', '900', '1', '30', '2024-05-01 20:00:00', '丙', '嗯');
            INSERT INTO comments VALUES ('3', '900', '3', '30', '2024-05-01 20:00:00', '丙', '自己为根');
            INSERT INTO reposts VALUES ('4', '900', '40', '2024-05-01 20:00:00', '丁', '转');
            INSERT INTO reposts VALUES ('5', '900', '40', '2024-05-01 20:00:00', '丁', '转//@乙:嗯');
            INSERT INTO bins VALUES (1, x'00');
            """
        )
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def test_the_file_name_is_the_author(table: Any, load: Any) -> None:
    origin = {"源用户id": "55", "源微博id": "800", "源用户昵称": "源", "源微博正文": "原", "源微博完整日期": "2024-05-01 19:00:00"}
    path = table(
        [post("1", **{"@用户": "源,谁"}), post("2", **origin), post("3", **(origin | {"正文": "哈//@乙:嗯"}))], name=f"{OWNER}.csv"
    )
    assert sniff(path).format == "weibo-crawler"
    assert preview(path, 1)["actor_id"].to_list() == [OWNER]
    rows, loaded = load(path)
    assert {key: (row["kind"], row["actor_id"], row["parent_id"], row["root_id"], row["target_ids"]) for key, row in rows.items()} == {
        "1": ("mention", OWNER, None, None, ["55"]),
        "2": ("repost", OWNER, "800", "800", None),
        "3": ("repost", OWNER, None, "800", ["55"]),  # whose repost it passes on is not known: the original's author
        "800": ("post", "55", None, None, None),
    }
    assert rows["1"]["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert (loaded.counts["context"], loaded.counts["duplicates"], loaded.counts["unresolved_mentions"]) == (2, 1, 1)


def test_another_file_name_says_nothing(table: Any) -> None:
    with pytest.raises(DataError, match=r"<user id>\.csv"):
        load_interactions(table([post("1")], name="posts.csv"))


def test_users_and_comments_without_accounts(table: Any, load: Any) -> None:
    users = table([{"用户id": "10", "昵称": "甲", "注册时间": "2010-05-31", "粉丝数": "1.2万", "是否认证": "True"}], name="users.csv")
    assert sniff(users).format == "weibo-crawler"
    accounts = load(users)[1].accounts
    assert accounts.select("account_id", "followers", "verified").rows() == [("10", 12_000, True)]
    nameless = {"id": "1", "weibo_id": "9", "created_at": "2024-05-01", "user_screen_name": "甲", "text": "t", "pic_url": ""}
    with pytest.raises(DataError, match="SQLite"):
        load_interactions(table([nameless], name="comments.csv"))


def test_the_database(tmp_path: Path, load: Any) -> None:
    path = database(tmp_path / "weibo.csv")
    assert sniff(path).format == "weibo-crawler"
    assert preview(path, 2)["interaction_id"].to_list() == ["1", "2"]
    rows, loaded = load(path)
    assert {key: (row["kind"], row["actor_id"], row["parent_id"], row["target_ids"]) for key, row in rows.items()} == {
        "900": ("mention", "10", None, ["20"]),
        "1": ("comment", "20", "900", None),
        "2": ("reply", "30", "1", None),
        "3": ("comment", "30", "900", None),
        "4": ("repost", "40", "900", None),
        "5": ("repost", "40", None, ["10"]),
    }
    assert {row["at"] for row in rows.values()} == {datetime(2024, 5, 1, 12, tzinfo=UTC)}
    assert rows["1"]["objects"] == ["tag:话"]
    assert loaded.counts["other_tables"] == 1
    assert ("10", 12_000) in loaded.accounts.select("account_id", "followers").rows()
    assert [file.name for file in tmp_path.iterdir()] == ["weibo.csv"]  # nothing was written beside it


def test_a_hostile_database(tmp_path: Path, load: Any) -> None:
    path = database(tmp_path / "a", "DROP TABLE bins", "CREATE VIEW bins AS SELECT randomblob(1000000000) AS data")
    assert "other_tables" not in load(path)[1].counts  # a view runs what the file says
    path = database(tmp_path / "b", "INSERT INTO comments VALUES ('9', '900', '', '1', '2024-05-01', 'n', printf('%.*c', 100000, 'x'))")
    with pytest.raises(FormatError, match="too long"):
        load_interactions(path, settings=LoadSettings(max_line_bytes=50_000))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FormatError, match="damaged"):
        load_interactions(path)
    with closing(sqlite3.connect(tmp_path / "c")) as connection:
        connection.execute("CREATE TABLE other (a)")
        connection.execute("INSERT INTO other VALUES (1)")
        connection.commit()
    with pytest.raises(FormatError, match="candidates: none"):
        sniff(tmp_path / "c")

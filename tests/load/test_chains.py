"""Chains of reposts and names in texts, resolved over all files of a load."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from graphwatch.load import load_interactions, stream_interactions
from graphwatch.load.chains import Handles, passed_on, with_mentions
from graphwatch.schema import STRINGS


def tweet(key: str, user: str, name: str, second: int, text: str, root: str | None = None) -> dict[str, object]:
    origin = {"is_retweet": True, "retweet_id": root} if root else {"is_retweet": False}
    at = f"2024-05-01 12:00:{second:02d}"
    return {
        "_id": key,
        "mblogid": f"m{key}",
        "created_at": at,
        "content": text,
        "user": {"_id": user, "nick_name": name},
        "crawl_time": 1714550400,
    } | origin


THREAD = [
    tweet("1", "10", "甲", 0, "原文"),
    tweet("2", "20", "Bob", 1, "真的吗", "1"),
    tweet("3", "30", "丙", 2, "不会吧//@bob:真的吗", "1"),
    tweet("4", "20", "Bob", 3, "再转//@丙:不会吧//@Bob:真的吗", "1"),
    tweet("5", "40", "丁", 4, "看//@Bob:再转//@丙:不会吧", "1"),
    tweet("6", "50", "戊", 5, "谁//@没有此人:啊", "1"),
    tweet("7", "60", "己", 6, "转//@甲:原文", "1"),
    tweet("8", "70", "庚", 0, "太早//@丙:不会吧", "1"),
    tweet("9", "80", "辛", 7, "@丙 你好 @没有此人 ", None),
]  # fmt: skip


def written(folder: Path, parts: list[list[dict[str, object]]]) -> list[Path]:
    paths = []
    for number, records in enumerate(parts):
        paths.append(folder / f"{number}.jsonl")
        paths[-1].write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return paths


def test_the_nearest_link_is_the_parent(tmp_path: Path) -> None:
    loaded = load_interactions(written(tmp_path, [THREAD]), format="weibospider")
    rows = {row["interaction_id"]: row for row in loaded.interactions.collect().to_dicts()}
    assert {key: row["parent_id"] for key, row in rows.items()} == {
        "1": None, "2": "1", "3": "2", "4": "3", "5": "4", "6": None, "7": "1", "8": None, "9": None,
    }  # fmt: skip
    assert loaded.counts["chain_parents"] == 4
    assert rows["5"]["text"] == "看//@Bob:再转//@丙:不会吧"
    assert (rows["6"]["target_ids"], rows["5"]["target_ids"]) == (["10"], None)
    assert (rows["9"]["kind"], rows["9"]["target_ids"], loaded.counts["unresolved_mentions"]) == ("mention", ["30"], 1)


def test_files_and_order_have_no_influence(tmp_path: Path) -> None:
    whole = (
        load_interactions(written(tmp_path, [THREAD]), format="weibospider").interactions.collect().sort("interaction_id").drop("source")
    )
    shuffled = [THREAD[i] for i in (6, 2, 8, 0, 5, 3, 1, 7, 4)]
    paths = written(tmp_path, [shuffled[:4], shuffled[4:]])
    assert load_interactions(paths, format="weibospider").interactions.collect().sort("interaction_id").drop("source").equals(whole)
    streamed = pl.concat([batch.interactions for batch in stream_interactions(paths, format="weibospider")])
    assert streamed.sort("interaction_id").drop("source").equals(whole)


def test_a_name_of_two_accounts_is_nobodys(tmp_path: Path) -> None:
    paths = written(tmp_path, [THREAD, [tweet("20", "99", "bob", 0, "另一个")]])
    loaded = load_interactions(paths, format="weibospider")
    rows = {row["interaction_id"]: row["parent_id"] for row in loaded.interactions.collect().to_dicts()}
    assert (rows["3"], rows["4"], rows["5"]) == (None, "3", None)


def test_handles() -> None:
    handles = Handles()
    handles.learn({("x", "bob"): "1", ("weibo", "bob"): "2", ("x", "amy"): "3"})
    handles.learn({("x", "amy"): "4"})
    handles.learn({("x", "amy"): "3"})
    assert handles.table().rows() == [("weibo", "bob", "2"), ("x", "bob", "1")]
    rows = pl.DataFrame(
        {"interaction_id": ["1"], "platform": ["x"], "kind": ["reply"], "text": ["x"], "target_ids": [["7", "\x1fbob", "\x1famy"]]},
        schema_overrides={"target_ids": STRINGS},
    )
    named, lost = with_mentions(rows, handles.table())
    assert (named["target_ids"].to_list(), lost) == ([["7", "1"]], 1)


def test_nothing_to_do() -> None:
    empty = pl.LazyFrame(
        schema=dict.fromkeys(("interaction_id", "platform", "kind", "text", "parent_id", "root_id", "actor_id", "at"), pl.String)
    )
    assert passed_on(empty, Handles().table()).is_empty()

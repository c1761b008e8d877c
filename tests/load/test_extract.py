"""Objects out of texts, over whole frames."""

from __future__ import annotations

import hashlib
import random
import re
import unicodedata
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.content import fill_hostility
from graphwatch.load import read_interactions, write_parquet
from graphwatch.load.extract import objects_of, with_objects
from graphwatch.schema import INTERACTIONS, STRINGS
from graphwatch.settings import ContentSettings, LoadSettings


def frame(texts: list[str | None], platform: str | None = "weibo", objects: list[list[str] | None] | None = None) -> pl.DataFrame:
    columns = {"objects": objects or [None] * len(texts), "text": texts, "platform": [platform] * len(texts)}
    return pl.DataFrame(columns, schema={"objects": STRINGS, "text": pl.String, "platform": pl.String})


def found(text: str, platform: str | None = "weibo", least: int = 0) -> list[str]:
    values: list[str] = objects_of(frame([text], platform), least)[0].to_list()
    return values


def test_hashtags() -> None:
    assert found("#夜跑#今天#Ｎight Run# #a\nb#") == ["tag:夜跑", "tag:night run"]
    assert found("#夜跑[超话]#好 #1#") == ["topic:夜跑"]
    assert found("Go #Go_2! #1 x#y &#39; ＃夜跑。#夜跑 a/#b", "x") == ["tag:go_2", "tag:夜跑"]
    assert found("#穿搭[话题]# #美妆", "xiaohongshu") == ["tag:穿搭", "tag:美妆"]
    assert found("https://a.example/#frag #yes", None) == ["url:https://a.example", "tag:yes"]


def test_addresses() -> None:
    assert found("看http://t.cn/A1，再看HTTP://T.cn/A1。(https://a.example/b_(c)).") == [
        "url:https://t.cn/A1",
        "url:https://a.example/b_(c)",
    ]
    assert found("www.example.org/x b23.tv/AbC1 at.cn/no http://t.cn/A2看这里") == [
        "url:https://example.org/x", "url:https://b23.tv/AbC1", "url:https://t.cn/A2",
    ]  # fmt: skip
    assert found("http://例え.jp/ご https://zh.wikipedia.org/wiki/夜 https://a.example看") == [
        "url:https://xn--r8jz45g.jp", "url:https://zh.wikipedia.org/wiki/%E5%A4%9C", "url:https://a.example",
    ]  # fmt: skip


def test_only_own_words_count() -> None:
    assert found("同意 #a# //@bob:不 #b# http://t.cn/A1//@amy:好 http://t.cn/A2") == ["tag:a"]
    assert found("//@bob:#b#") == []


def test_copies_share_a_text() -> None:
    one, two = (
        found("@bob 这家店真的太坑了，大家千万别去！！ http://t.cn/A1", least=12),
        found("这家店 真的太坑了 大家千万别去😂//@amy:转", least=12),
    )
    assert one[-1] == two[-1] == "text:" + hashlib.sha256("这家店真的太坑了大家千万别去".encode()).hexdigest()[:16]
    assert found("哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈", least=12) == []
    assert found("短", least=12) == []


def test_given_objects_come_first_in_one_spelling() -> None:
    rows = frame(["#a#", None, "b", None], objects=[["url:http://www.a.example/", "tag:A", "x"], ["tag:B"], None, None])
    assert objects_of(rows, 0).to_list() == [["url:https://a.example", "tag:a", "x"], ["tag:b"], [], None]
    assert objects_of(rows, 0, only_missing=True).to_list() == [["url:http://www.a.example/", "tag:A", "x"], ["tag:B"], [], None]


def test_it_can_be_turned_off() -> None:
    rows = frame(["#a#"]).lazy()
    assert with_objects(rows, LoadSettings(extract_objects=False)).collect()["objects"].to_list() == [None]


words = st.sampled_from(
    [
        "#夜跑#",
        "#a",
        "@bob ",
        "http://t.cn/A1",
        "https://a.example/?utm_source=x&b=1",
        "//@amy:",
        "这家店真的太坑了大家千万别去",
        " ",
        "😂",
        "www.",
    ]
)
texts = st.one_of(st.none(), st.text(max_size=30), st.lists(words, max_size=6).map("".join))


@settings(deadline=None, max_examples=80)
@given(st.lists(texts, max_size=12), st.sampled_from(["weibo", "x", None]), st.randoms(use_true_random=False))
def test_each_row_is_for_itself(values: list[str | None], platform: str | None, chance: random.Random) -> None:
    whole = objects_of(frame(values, platform), 12).to_list()
    order = list(range(len(values)))
    chance.shuffle(order)
    assert objects_of(frame([values[i] for i in order], platform), 12).to_list() == [whole[i] for i in order]
    again = objects_of(frame(values, platform, whole), 12).to_list()
    assert again == whole


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=("Cs", "Cn", "Co")), max_size=40))
def test_folding_agrees_with_python(text: str) -> None:
    if any(mark in text for mark in ("@", "＠", "//", "http", "www.", "/")):
        return
    kept = [char for char in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(char) in {*LETTERS, "Mn", "Mc"}]
    words = re.sub("[\u034f\u115f\u1160\u180b-\u180f\ufe00-\ufe0f]", "", "".join(kept))
    expected = "text:" + hashlib.sha256(words.encode()).hexdigest()[:16] if len(words) >= 4 and len(set(words[:8])) >= 2 else None
    held = [value for value in found(text, None, 4) if value.startswith("text:")]
    assert held == ([expected] if expected else [])


LETTERS = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No"}


def test_canonical_files_get_what_they_lack(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {"interaction_id": ["1", "2", "3"], "at": [1, 2, 3], "actor_id": ["a", "b", "c"], "kind": ["post"] * 3, "platform": ["weibo"] * 3,
         "objects": [None, ["tag:X"], []], "text": ["#夜跑#", "#b#", "#c#"]},
        schema_overrides={"at": pl.Datetime("us", "UTC"), "objects": STRINGS},
    ).with_columns(pl.col("at") + pl.duration(days=12_000))  # fmt: skip
    path = tmp_path / "x.parquet"
    write_parquet(INTERACTIONS.conform(rows), path)
    assert read_interactions(path)["objects"].to_list() == [["tag:夜跑"], ["tag:X"], []]
    assert read_interactions(path, settings=LoadSettings(extract_objects=False))["objects"].to_list() == [None, ["tag:X"], []]


def test_hostility_is_of_the_own_words() -> None:
    rows = pl.LazyFrame(
        {"text": ["I agree with amy//@bob: You are an idiot.", "You are an idiot.//@bob: I agree"], "hostility": [None, None]}
    )
    mild, harsh = fill_hostility(rows, ContentSettings()).collect()["hostility"].to_list()
    assert harsh > 0.5
    assert mild is None or mild < 0.2

"""Synthetic exports of any size, written as a stream; ids and words are random, so that nothing packs or repeats unduly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import orjson
import polars as pl
import zstandard
from numpy.typing import NDArray

BATCH: Final = 50_000
START: Final = 1_714_521_600_000_000  # 2024-05-01, µs
_WORDS: Final = (
    *("为什么", "我们", "你们", "这个", "那个", "不要", "可以", "今天", "昨天", "真的", "觉得", "视频", "评论"),
    *("转发", "支持", "反对", "哈哈", "好看", "难看", "道歉", "回应", "粉丝", "公司", "记者", "ok", "lol", "why"),
)
_KINDS: Final = np.array(["comment", "reply", "repost", "post", "quote", "danmaku"])


def canonical(rows: int, rng: np.random.Generator, first: int = 0) -> pl.DataFrame:
    """Give canonical interactions: every column filled that an export fills, ids of 19 random digits."""
    actors = _numbers(rng, rows)
    texts = _texts(rows, rng)
    frame = pl.DataFrame(
        {
            "interaction_id": _numbers(rng, rows),
            "at": pl.Series(START + (np.arange(first, first + rows) * 1_000_003) % 10**13)
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("UTC"),
            "actor_id": actors,
            "kind": pl.Series(_KINDS[rng.integers(len(_KINDS), size=rows)]),
            "platform": pl.Series(["weibo"]).new_from_index(0, rows),
            "surface": pl.Series(["comment"]).new_from_index(0, rows),
            "target_ids": _numbers(rng, rows),
            "parent_id": _numbers(rng, rows),
            "root_id": _numbers(rng, rows),
            "objects": pl.Series(texts).str.slice(0, 6),
            "text": texts,
            "hostility": rng.random(rows).round(4),
            "followers": rng.integers(10**6, size=rows),
            "observed_at": _times(np.full(rows, START + 10**13)),
        }
    )
    tags = pl.lit("tag:") + pl.col("objects").str.replace_all(" ", "")
    return frame.with_columns(pl.concat_list("target_ids"), pl.concat_list(tags).alias("objects"))


def _times(micros: NDArray[np.int64]) -> pl.Series:
    return pl.Series(micros).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _numbers(rng: np.random.Generator, rows: int) -> pl.Series:
    return pl.Series(rng.integers(10**18, 9 * 10**18, size=rows)).cast(pl.String)


def _texts(rows: int, rng: np.random.Generator) -> pl.Series:
    words = np.array(_WORDS)
    picked = words[rng.integers(len(words), size=(rows, 12))]
    return pl.select(pl.concat_str([pl.Series(f"w{k}", picked[:, k]) for k in range(12)], separator=" ")).to_series()


def write_ndjson(path: Path, size: int, seed: int) -> int:
    """Write canonical NDJSON of at least ``size`` bytes before packing; zstd where the name says so. Gives the number of rows."""
    rng = np.random.default_rng(seed)
    written = rows = 0
    with path.open("wb") as raw, zstandard.ZstdCompressor(level=1).stream_writer(raw, closefd=False) as packed:
        out = packed if path.suffix == ".zst" else raw
        while written < size:
            frame = canonical(BATCH, rng, rows)
            text = frame.with_columns(pl.col("at", "observed_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")).write_ndjson().encode()
            out.write(text)
            written += len(text)
            rows += len(frame)
    return rows


def twarc(rows: int, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """Give pages of twarc2 of 100 tweets with their users, the tweets that they answer, links and metrics."""
    for _ in range(rows // 100):
        ids, authors, answered = (rng.integers(10**18, 9 * 10**18, size=100).tolist() for _ in range(3))
        texts = _texts(100, rng).to_list()
        users = [_twitter_user(author) for author in authors]
        data: list[dict[str, object]] = [
            {
                "id": str(key),
                "author_id": str(author),
                "created_at": f"2024-05-01T12:{key % 60:02d}:{author % 60:02d}.000Z",
                "conversation_id": str(parent),
                "text": text,
                "lang": "zh",
                "in_reply_to_user_id": str(author + 1),
                "referenced_tweets": [{"type": "replied_to", "id": str(parent)}],
                "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 0},
                "entities": _entities(key, author, text),
                "edit_history_tweet_ids": [str(key)],
                "context_annotations": [{"domain": {"id": "46", "name": "Brand"}, "entity": {"id": "1", "name": "x"}}],
            }
            for key, author, parent, text in zip(ids, authors, answered, texts, strict=True)
        ]
        yield {
            "data": data,
            "includes": {"users": users},
            "meta": {"result_count": 100},
            "__twarc": {"url": "https://api.example", "version": "2.14", "retrieved_at": "2024-05-02T00:00:00+00:00"},
        }


def _entities(key: int, author: int, text: str) -> dict[str, object]:
    """Give a mention, in one tweet of four a link, in every other one a hashtag."""
    found: dict[str, object] = {"mentions": [{"start": 0, "end": 5, "username": f"u{author % 10**9}", "id": str(author + 1)}]}
    if key % 4 == 0:
        address = f"https://news.example/{key % 10**6}?utm_source=a"
        found["urls"] = [{"start": 6, "end": 29, "url": "https://t.co/x", "expanded_url": address, "display_url": "news.example"}]
    if key % 2:
        found["hashtags"] = [{"start": 30, "end": 34, "tag": text[:3]}]
    return found


def _twitter_user(author: int) -> dict[str, object]:
    return {
        "id": str(author),
        "username": f"u{author % 10**9}",
        "name": "某人",
        "created_at": "2015-01-01T00:00:00.000Z",
        "description": "这是一个简介 " * 4,
        "verified": False,
        "public_metrics": {"followers_count": author % 10**5, "following_count": 3, "tweet_count": 5, "listed_count": 0},
    }


def mediacrawler(rows: int, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """Give comments on Weibo as MediaCrawler 1 writes them."""
    while rows > 0:
        count = min(rows, BATCH)
        rows -= count
        ids, posts, authors = (rng.integers(10**15, 9 * 10**15, size=count).tolist() for _ in range(3))
        for key, post, author, text in zip(ids, posts, authors, _texts(count, rng).to_list(), strict=True):
            yield {
                "user_id": str(author),
                "nickname": f"用户{author % 10**7}",
                "avatar": f"https://tvax.example/{author}.jpg",
                "gender": "f",
                "profile_url": f"https://m.weibo.example/u/{author}",
                "ip_location": "来自北京",
                "comment_id": str(key),
                "create_time": 1_714_521_600 + key % 10**6,
                "create_date_time": "2024-05-01 20:00:00",
                "note_id": str(post),
                "content": f"#{text[:3]}#{text}",
                "sub_comment_count": "0",
                "comment_like_count": "1",
                "parent_comment_id": str(author) if key % 3 else "",
                "last_modify_ts": 1_714_600_000_000,
            }


def telegram(rows: int, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """Give messages of a group as Telegram Desktop writes them."""
    texts = _texts(min(rows, BATCH), rng).to_list()
    for number, author in enumerate(rng.integers(10**8, 10**10, size=rows).tolist(), 1):
        text = texts[number % len(texts)]
        yield {
            "id": number,
            "type": "message",
            "date": "2024-05-01T12:00:00",
            "date_unixtime": str(1_714_521_600 + number),
            "from": f"某人{author % 1000}",
            "from_id": f"user{author}",
            "reply_to_message_id": max(number - 1, 1),
            "text": text,
            "text_entities": [{"type": "plain", "text": text}],
        }


def danmaku(rows: int, rng: np.random.Generator) -> Iterator[str]:
    """Give the elements of a danmaku file."""
    texts = _texts(min(rows, BATCH), rng).to_list()
    for number, key in enumerate(rng.integers(10**17, 9 * 10**17, size=rows).tolist()):
        fields = f"{number / 7:.3f},1,25,16777215,{1_714_521_600 + number},0,{key % 2**32:08x},{key},10"
        yield f'<d p="{fields}">{texts[number % len(texts)]}</d>\n'


def write_lines(path: Path, records: Iterator[dict[str, object]]) -> None:
    """Write one record a line."""
    with path.open("wb") as out:
        out.writelines(orjson.dumps(record) + b"\n" for record in records)


def write_document(path: Path, records: Iterator[dict[str, object]]) -> None:
    """Write a chat as one document, indented by a space as Telegram Desktop does."""
    with path.open("wb") as out:
        out.write('{\n "name": "群",\n "type": "private_supergroup",\n "id": 4711,\n "messages": [\n'.encode())
        for number, record in enumerate(records):
            out.write((b",\n" if number else b"") + orjson.dumps(record, option=orjson.OPT_INDENT_2))
        out.write(b"\n ]\n}")


def write_danmaku(path: Path, elements: Iterator[str]) -> None:
    """Write the elements as a file of Bilibili's."""
    with path.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?><i><chatserver>chat.bilibili.com</chatserver><chatid>4711</chatid>\n')
        out.writelines(elements)
        out.write("</i>")


WRITERS: Final[dict[str, Callable[[Path, int, np.random.Generator], None]]] = {
    "twarc": lambda path, rows, rng: write_lines(path, twarc(rows, rng)),
    "mediacrawler": lambda path, rows, rng: write_lines(path, mediacrawler(rows, rng)),
    "telegram": lambda path, rows, rng: write_document(path, telegram(rows, rng)),
    "danmaku": lambda path, rows, rng: write_danmaku(path, danmaku(rows, rng)),
}

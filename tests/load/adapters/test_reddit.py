from __future__ import annotations

import resource
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphwatch.load import sniff
from graphwatch.load.open import read_chunks
from graphwatch.settings import LoadSettings

Write = Callable[..., Path]


def comment(key: str, author: str, parent: str, **more: object) -> dict[str, Any]:
    base = {"id": key, "author": author, "subreddit": "s", "created_utc": 1714564800, "body": "b", "link_id": "t3_p", "parent_id": parent}
    return base | {"author_fullname": f"t2_{author}", "retrieved_on": 1714568400} | more


def submission(key: str, author: str, **more: object) -> dict[str, Any]:
    base = {"id": key, "name": f"t3_{key}", "author": author, "author_fullname": f"t2_{author}", "subreddit": "s"}
    return base | {"created_utc": "1714564800", "title": "T", "selftext": "S", "is_self": True, "url": "https://r.example/p"} | more


def packed(data: bytes, window_log: int) -> bytes:
    """Write a zstd frame by hand: no content size, a window as large as wished, one raw block."""
    return struct.pack("<IBB", 0xFD2FB528, 0, (window_log - 10) << 3) + (len(data) << 3 | 1).to_bytes(3, "little") + data


def test_threads(lines: Write, load: Any) -> None:
    path = lines(
        [
            submission("p", "a"),
            comment("c", "b", "t3_p"),
            comment("d", "e", "t1_c", name="t1_d"),
            submission(
                "x",
                "f",
                crosspost_parent="t3_p",
                crosspost_parent_list=[{"author_fullname": "t2_a"}],
                is_self=False,
                url="https://n.example/1",
            ),
        ]
    )
    assert sniff(path).format == "reddit"
    rows, loaded = load(path)
    assert {key: (row["kind"], row["parent_id"], row["root_id"]) for key, row in rows.items()} == {
        "t3_p": ("post", None, None),
        "t1_c": ("comment", "t3_p", "t3_p"),
        "t1_d": ("reply", "t1_c", "t3_p"),
        "t3_x": ("repost", "t3_p", None),
    }
    assert rows["t3_p"]["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert (rows["t3_p"]["text"], rows["t3_p"]["objects"], rows["t3_x"]["objects"]) == ("T\n\nS", [], ["url:https://n.example/1"])
    assert rows["t1_c"]["actor_id"] == "t2_b"
    assert dict(loaded.accounts.select("account_id", "name").rows())["t2_b"] == "b"


def test_the_crowd_of_deleted_authors_is_no_account(lines: Write, load: Any) -> None:
    path = lines([comment(str(n), "[deleted]", "t3_p", author_fullname=None) for n in range(5)] + [comment("9", "b", "t3_p")])
    rows, loaded = load(path)
    assert list(rows) == ["t1_9"]
    assert loaded.counts["deleted_authors"] == 5


@pytest.mark.parametrize("more", [{"body": "[removed]"}, {"_meta": {"removal_type": "deleted"}}])
def test_removed_texts_are_tombstones(more: dict[str, object], lines: Write, load: Any) -> None:
    rows, _ = load(lines([comment("1", "b", "t3_p", **more), comment("2", "c", "t3_p")]))
    assert (rows["t1_1"]["deleted"], rows["t1_2"]["deleted"]) == (True, None)
    assert rows["t1_1"]["text"] == (None if "body" in more else "b")


def test_old_dumps_without_account_ids(lines: Write, load: Any) -> None:
    rows, loaded = load(lines([comment("1", "b", "t3_p", author_fullname=None, created_utc="1262304000")]))
    assert (rows["t1_1"]["actor_id"], rows["t1_1"]["at"].year) == ("b", 2010)
    assert loaded.counts["named_actors"] == 1


@pytest.mark.parametrize("window_log", [27, 28, 31])
def test_long_windows_are_read_and_take_no_memory_before_they_fill(window_log: int, tmp_path: Path, load: Any) -> None:
    path = tmp_path / "RC_2024-05"
    path.write_bytes(packed(b"".join(orjson.dumps(comment(str(n), "b", "t3_p")) + b"\n" for n in range(300)), window_log))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sniff(path).format == "reddit"
    assert len(load(path)[0]) == 300
    assert b"".join(read_chunks(path, LoadSettings())).count(b"\n") == 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024  # in KiB on Linux


def test_a_later_dump_buries_what_an_earlier_one_has(lines: Write, load: Any) -> None:
    gone = comment("1", "[deleted]", "t3_p", author_fullname=None) | {"body": "[deleted]"}
    kept = comment("2", "[deleted]", "t3_p", author_fullname=None)  # the account is gone, its words are not
    rows, loaded = load(lines([comment("1", "a", "t3_p"), comment("2", "b", "t3_p"), gone, kept]))
    assert {key: row["deleted"] for key, row in rows.items()} == {"t1_1": True, "t1_2": None}
    assert (rows["t1_1"]["actor_id"], loaded.counts["deleted_authors"]) == ("t2_a", 2)

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphwatch.errors import DataError, FormatError, HostileInputError
from graphwatch.load import load_interactions, preview, sniff
from graphwatch.settings import LoadSettings

HEAD = "<?xml version='1.0' encoding='UTF-8'?><i><chatserver>chat.example</chatserver><chatid>77</chatid><maxlimit>9</maxlimit>"


def element(key: str, sender: str, text: str = "哈哈", sent: int = 1714564800) -> str:
    return f'<d p="12.5,1,25,16777215,{sent},0,{sender},{key},10">{text}</d>'


def write(folder: Path, body: str, head: str = HEAD, end: str = "</i>") -> Path:
    path = folder / "danmaku.csv"  # the name says nothing
    path.write_text(head + body + end, encoding="utf-8")
    return path


def test_fields(tmp_path: Path, load: Any) -> None:
    path = write(tmp_path, element("1234567890123456789", "0AB1c2d3") + element("5", "12345678", "a &amp; b\x08"))
    assert sniff(path).format == "bilibili-danmaku"
    rows, loaded = load(path, target="900")
    row = rows["danmaku:1234567890123456789"]
    assert (row["actor_id"], row["kind"], row["surface"], row["platform"]) == ("midhash:0ab1c2d3", "danmaku", "danmaku", "bilibili")
    assert (row["target_ids"], row["root_id"], row["parent_id"], row["text"]) == (["900"], "cid:77", "cid:77", "哈哈")
    assert row["at"] == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert rows["danmaku:5"]["text"] == "a & b"  # XML allows no control characters, people type them
    assert "no_target" not in loaded.counts


def test_a_hash_of_digits_is_never_an_account_number(tmp_path: Path, load: Any) -> None:
    rows, loaded = load(write(tmp_path, element("1", "12345678")))
    assert rows["danmaku:1"]["actor_id"] == "midhash:12345678"
    assert rows["danmaku:1"]["target_ids"] is None
    assert loaded.counts["no_target"] == 1


def test_root_may_be_named_and_packing_does_not_matter(tmp_path: Path, load: Any) -> None:
    path = write(tmp_path, element("1", "ab"))
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert sniff(path).format == "bilibili-danmaku"
    assert preview(path, 1)["root_id"].to_list() == ["cid:77"]
    assert load(path, root="video:5")[0]["danmaku:1"]["root_id"] == "video:5"


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE i [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE i SYSTEM "http://example.org/i.dtd">',
    ],
    ids=["expansion", "file", "dtd"],
)
def test_declarations_are_refused(tmp_path: Path, declared: str) -> None:
    path = write(tmp_path, element("1", "ab", "&x;" if "x SYSTEM" in declared else "t"), declared + HEAD.partition("?>")[2])
    with pytest.raises(HostileInputError, match="document type or an entity"):
        load_interactions(path, format="bilibili-danmaku")


def test_depth_and_length_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(HostileInputError, match="100 deep"):
        load_interactions(write(tmp_path, "<a>" * 5000 + "</a>" * 5000), format="bilibili-danmaku")
    path = write(tmp_path, element("1", "ab", "x" * 5000) + element("2", "ab"))
    loaded = load_interactions(path, settings=LoadSettings(max_line_bytes=1000))
    assert loaded.interactions.collect()["interaction_id"].to_list() == ["danmaku:2"]
    assert loaded.rejected["reason"].to_list() == ["element is longer than load.max_line_bytes"]


def test_cut_off_and_unusable(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cut off"):
        load_interactions(write(tmp_path, element("1", "ab"), end=""), format="bilibili-danmaku")
    recording = '<d p="1,1,25,1,1714564800000,0,123456,0">t</d>'
    loaded = load_interactions(write(tmp_path, element("1", "ab") + recording))
    assert loaded.rejected["line"].to_list() == [5]  # three elements stand before the first danmaku
    with pytest.raises(DataError, match="eight fields"):
        load_interactions(write(tmp_path, recording * 3), format="bilibili-danmaku")


def test_streams(tmp_path: Path) -> None:
    path = write(tmp_path, "".join(element(str(n), f"{n % 4096:x}") for n in range(1, 40_001)))
    begun = time.perf_counter()
    assert load_interactions(path).counts["rows"] == 40_000
    assert time.perf_counter() - begun < 20

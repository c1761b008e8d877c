from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import ConfigurationError, FormatError
from graphwatch.load import load_interactions, preview, sniff

Write = Callable[..., Path]
CANONICAL = {"interaction_id": "1", "at": 1640995200, "actor_id": "a", "kind": "post"}
TWEET = {"id": "1", "author_id": "2", "created_at": "2022-01-01T00:00:00Z", "text": "t", "conversation_id": "1"}
PAGE = {"data": [TWEET], "meta": {}, "includes": {"users": []}}
COMMENT = {"_id": 1, "created_at": "2022-01-01 00:00:00", "content": "c", "comment_user": {"_id": "3"}, "crawl_time": 1640995200}
EVENT = {
    "did": "did:plc:a",
    "time_us": 1640995200000000,
    "kind": "commit",
    "commit": {"collection": "app.bsky.feed.post", "operation": "create", "rkey": "1", "record": {"text": "t"}},
}


@pytest.mark.parametrize(
    ("record", "name"),
    [(CANONICAL, "ndjson"), (TWEET, "twarc"), (PAGE, "twarc"), (COMMENT, "weibospider"), (EVENT, "jetstream")],
    ids=["ndjson", "flat", "page", "weibospider", "jetstream"],
)
def test_formats_of_records(record: dict[str, object], name: str, lines: Write) -> None:
    path = lines([record] * 3, "misleading.csv.parquet")
    found = sniff(path)
    assert (found.format, found.confidence, found.candidates) == (name, 1.0, ((name, 1.0),))
    assert preview(path, 1)["interaction_id"].null_count() == 0
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert sniff(path).format == name


def test_a_page_longer_than_any_sample(lines: Write) -> None:
    page = PAGE | {"data": [TWEET | {"id": str(i), "text": "long " * 400} for i in range(1000)]}
    assert sniff(lines([page])).format == "twarc"


def test_tables(tmp_path: Path) -> None:
    pl.DataFrame([CANONICAL]).write_parquet(tmp_path / "a")
    assert sniff(tmp_path / "a").format == "parquet"
    pl.DataFrame([CANONICAL]).write_csv(tmp_path / "b", separator=";")
    assert sniff(tmp_path / "b").format == "csv"


def test_what_cannot_be_told_lists_candidates_and_asks(lines: Write, tmp_path: Path) -> None:
    with pytest.raises(
        FormatError,
        match=r"cannot be told: .*keys a; candidates: none; give --format \(parquet, csv, ndjson, spreadsheet, weibospider, twarc, .*\)",
    ):
        sniff(lines([{"a": 1}] * 3))
    with pytest.raises(FormatError, match=r"candidates: twarc \(50%\), weibospider \(50%\)"):
        sniff(lines([TWEET, COMMENT]))
    prose = tmp_path / "prose.txt"
    prose.write_text("Once upon a time\nthere was\n")
    with pytest.raises(FormatError, match="neither JSON lines nor a table"):
        sniff(prose)
    noise = tmp_path / "noise.bin"
    noise.write_bytes(bytes(i * 7919 % 256 for i in range(5000)))
    with pytest.raises(FormatError):
        sniff(noise)


def test_a_few_bad_lines_do_not_hide_the_format(lines: Write) -> None:
    found = sniff(lines([TWEET, "garbage", TWEET, TWEET]))
    assert (found.format, found.confidence) == ("twarc", 0.75)


def test_an_unknown_format_name(lines: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"format 'tiktok' is not known; expected one of parquet"):
        load_interactions(lines([TWEET]), format="tiktok")


def test_preview_reads_no_more_than_it_needs(lines: Write) -> None:
    path = lines([*([CANONICAL | {"interaction_id": str(i)} for i in range(5000)]), *["damaged"] * 90_000])
    assert preview(path, 3)["interaction_id"].to_list() == ["0", "1", "2"]
    assert preview(lines([EVENT] * 2), 5).height == 2

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphwatch.errors import FormatError, HostileInputError
from graphwatch.load import load_interactions, sniff
from graphwatch.load.containers import container_of
from graphwatch.settings import LoadSettings

COMMENT = {"comment_id": "1", "video_id": "v", "content": "t", "create_time": 1714564800, "sub_comment_count": "0", "user_id": "4711"}


@pytest.mark.parametrize(
    ("content", "container"),
    [
        (b'{"a": 1}\n{"a": 2}\n', "lines"),
        (b'\n  {"a": 1}\n', "lines"),
        (b'{"a": 1, "b":\n{}}', "lines"),  # a damaged line is a line's affair
        (b'{\n "a": 1\n}', "document"),
        (b'[\n{"a": 1},\n{"a": 2}\n]', "document"),
        (b'\xef\xbb\xbf[{"a": 1}]', "document"),
        ('[{"a": 1}]'.encode("utf-16"), "document"),
        (b"window.YTD.tweets.part0 = [ ]", "document"),
        (b"<i></i>", "xml"),
        (b"a,b\n1,2\n", "csv"),
    ],
)
def test_the_first_bytes_tell(content: bytes, container: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert container_of(path, LoadSettings()) == container


def test_an_object_longer_than_a_line_may_be_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(json.dumps({"id": "v", "x": "y" * 2000}), encoding="utf-8")
    assert container_of(path, LoadSettings(max_line_bytes=1000)) == "document"


def test_an_array_streams_and_an_object_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    small = LoadSettings(max_document_bytes=5000)
    comments = [COMMENT | {"comment_id": str(n)} for n in range(100)]
    path.write_text(json.dumps(comments, indent=1), encoding="utf-8")
    assert load_interactions(path, settings=small).counts["rows"] == 100
    path.write_text(json.dumps({"comments": comments}, indent=1), encoding="utf-8")
    with pytest.raises(HostileInputError, match=r"load\.max_document_bytes"):
        sniff(path, small)


@pytest.mark.parametrize("first", ["messages", "name"])
def test_a_chat_that_is_too_large_comes_in_pieces(first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphwatch.load.containers._BLOCK", 7)
    said = [{"id": n, "type": "message", "date_unixtime": "1714564800", "from_id": "user1", "text": '[{"'} for n in range(1, 51)]
    chat: dict[str, object] = {"name": "n", "type": "private_group", "id": 5, "messages": said}
    chat = {first: chat[first]} | chat
    path = tmp_path / "result.json"
    path.write_text(json.dumps(chat, indent=1), encoding="utf-8")
    whole = load_interactions(path)
    pieces = load_interactions(path, settings=LoadSettings(max_document_bytes=500))
    assert pieces.interactions.collect().equals(whole.interactions.collect())
    assert (pieces.counts, pieces.counts["rows"]) == (whole.counts, 50)


def test_damaged_documents_and_stray_elements(tmp_path: Path, load: Any) -> None:
    path = tmp_path / "file"
    path.write_text(json.dumps([COMMENT, 7, COMMENT | {"comment_id": "2"}]), encoding="utf-8")
    rows, loaded = load(path)
    assert (sorted(rows), loaded.rejected["line"].to_list()) == (["1", "2"], [2])
    path.write_text(json.dumps([COMMENT], indent=1)[:-5], encoding="utf-8")
    with pytest.raises(FormatError, match="cut off"):
        sniff(path)
    path.write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(FormatError, match="no known format"):
        sniff(path)

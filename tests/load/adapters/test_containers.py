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


def test_documents_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(json.dumps([COMMENT | {"comment_id": str(n)} for n in range(100)], indent=1), encoding="utf-8")
    with pytest.raises(HostileInputError, match=r"load\.max_document_bytes"):
        load_interactions(path, settings=LoadSettings(max_document_bytes=5000))
    assert load_interactions(path).counts["rows"] == 100


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

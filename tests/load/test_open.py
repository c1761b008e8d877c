from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.errors import DataError, FormatError, HostileInputError
from graphwatch.load import load_interactions, read_interactions, sniff
from graphwatch.load.encoding import detect_encoding, to_utf8
from graphwatch.load.open import read_chunks, read_lines
from graphwatch.settings import LoadSettings

SETTINGS = LoadSettings()
RECORD = '{"interaction_id":"%d","at":1640995200,"actor_id":"a","kind":"post","text":"你好"}\n'
CSV = "interaction_id,at,actor_id,kind,text\n1,1640995200,a,post,大家好，这是一条评论\n"


def unpacked(path: Path) -> bytes:
    return b"".join(read_chunks(path, SETTINGS, 1000))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress, bytes], ids=["gzip", "zstd", "plain"])
def test_packing_follows_from_content_not_from_the_name(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    path = tmp_path / "data.parquet.zip"
    path.write_bytes(pack(RECORD.encode() * 300))
    assert unpacked(path) == RECORD.encode() * 300


def test_several_members_and_frames_are_one_stream(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert unpacked(path) == b"a\nb\n"
    frame = zstandard.ZstdCompressor(write_checksum=True).compress
    path.write_bytes(frame(b"a\n") + b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + frame(b"b\n" * 10**6) + frame(b""))
    assert unpacked(path) == b"a\n" + b"b\n" * 10**6


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress], ids=["gzip", "zstd"])
@pytest.mark.parametrize("cut", [1, 5, 200])
def test_a_cut_off_file_is_an_error(pack: object, cut: int, tmp_path: Path) -> None:
    assert callable(pack)
    path = tmp_path / "x.gz"
    path.write_bytes(pack(bytes(i * i % 251 for i in range(400_000)))[:-cut])
    with pytest.raises(FormatError, match="damaged or cut off"):
        unpacked(path)


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    raw = bytearray(gzip.compress(bytes(i * 7919 % 256 for i in range(10_000))))
    raw[40] ^= 255
    path.write_bytes(raw)
    with pytest.raises(FormatError, match="damaged"):
        unpacked(path)


def zero_gzip(mib: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as packed:
        for _ in range(mib):
            packed.write(bytes(2**20))
    return out.getvalue()


def zero_zstd(mib: int) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join(packer.compress(bytes(2**20)) for _ in range(mib)) + packer.flush()


@pytest.mark.parametrize("bomb", [zero_gzip, zero_zstd], ids=["gzip", "zstd"])
def test_a_decompression_bomb_is_stopped_early(bomb: object, tmp_path: Path) -> None:
    assert callable(bomb)
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(bomb(200))
    with pytest.raises(HostileInputError, match=r"more than 200 times its size; stopped after \d\d MiB"):
        load_interactions(path, format="ndjson")
    with pytest.raises(DataError):
        sniff(path)
    assert len(b"".join(read_chunks(path, LoadSettings(max_expansion=1e9)))) == 200 * 2**20


def test_archives_are_refused_and_never_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", bytes(10**7))
    with pytest.raises(FormatError, match="ZIP archive"):
        load_interactions(path)
    with tarfile.open(path, "w") as tar:
        tar.add(__file__)
    with pytest.raises(FormatError, match="tar archive"):
        load_interactions(path)
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(FormatError, match="tar archive"):
        load_interactions(path, format="ndjson")
    path.write_bytes(gzip.compress(gzip.compress(RECORD.encode())))
    with pytest.raises(FormatError, match="holds a gzip file"):
        load_interactions(path, format="ndjson")
    path.write_bytes(bz2.compress(b"x"))
    with pytest.raises(FormatError, match="bzip2"):
        load_interactions(path)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        load_interactions(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="is a folder"):
        load_interactions(tmp_path)
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(FormatError, match=r"empty\.csv: is empty"):
        load_interactions(empty)
    empty.write_bytes(b"\n\n \n")
    with pytest.raises(FormatError, match="empty"):
        load_interactions(empty)
    empty.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(FormatError, match="damaged or no Parquet"):
        load_interactions(empty)


def test_a_line_of_a_gigabyte_is_rejected_without_lying_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as out:
        out.write((RECORD % 1).encode())
        out.seek(2**30, io.SEEK_CUR)  # a hole in the file: zeros that take no room on disk
        out.write(b"\n" + (RECORD % 2).encode())
    tracemalloc.start()
    loaded = load_interactions(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert loaded.interactions.select("interaction_id").collect().to_series().to_list() == ["1", "2"]
    assert loaded.rejected.select("line", "reason").rows() == [(2, "line is longer than load.max_line_bytes")]
    assert loaded.counts["rejected"] == 1
    assert peak < 150 * 2**20


@settings(deadline=None)
@given(st.binary(max_size=200).map(lambda raw: raw.replace(b"\x00", b"\n")), st.integers(1, 20), st.integers(1, 30))
def test_lines_do_not_depend_on_chunks(raw: bytes, size: int, limit: int) -> None:
    chunks: Iterator[bytes] = iter([raw[i : i + size] for i in range(0, len(raw), size)])
    found = [(block.first + i, line) for block in read_lines(chunks, limit) for i, line in enumerate(block.lines)]
    expected = raw.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    assert found == [(i, line if len(line) <= limit else None) for i, line in enumerate(expected, 1)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_of_csv(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(CSV.encode(encoding))
    assert detect_encoding(path, SETTINGS) == encoding
    assert b"".join(to_utf8(read_chunks(path, SETTINGS, 7), encoding, path)) == CSV.encode()
    assert read_interactions(path)["text"].to_list() == ["大家好，这是一条评论"]


def test_a_wrong_encoding_says_where(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(CSV.encode() + "2,1640995200,b,post,café à la crème brûlée\n".encode("latin-1"))
    with pytest.raises(FormatError, match=rf"x\.csv: is neither UTF-8 \(byte {len(CSV.encode()) + 23} is not\)"):
        load_interactions(path)
    path.write_bytes(CSV.encode()[:-2])
    with pytest.raises(FormatError, match="cut off in the middle of a character"):
        load_interactions(path)


def test_utf16_lines_of_json(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes((RECORD % 1 + RECORD % 2).encode("utf-16"))
    assert read_interactions(path)["text"].to_list() == ["你好", "你好"]

"""Bytes from plain, gzip and zstd files, with bounds on everything that a hostile file could inflate.

What a file is follows from its first bytes, never from its name. Archives are refused: which of their members is meant is not for a
reader to guess, and unpacking them is how zip bombs work.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import zstandard
from numpy.typing import NDArray

from graphwatch.errors import DataError, FormatError, HostileInputError, Place
from graphwatch.settings import LoadSettings

CHUNK: Final = 2**20
LONGEST_WINDOW: Final = 2**31  # of zstd --long=31, in which Reddit dumps are packed; memory is taken as the window fills, no sooner
FREE_EXPANSION: Final = 64 * 2**20
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = 0x184D2A50
PARQUET: Final = b"PAR1"
_REFUSED: Final = (
    (b"PK\x03\x04", "a ZIP archive (or an office document)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x04\x22\x4d\x18", "an LZ4 file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x7fELF", "a program"),
)
_TAR_MAGIC_AT: Final = 257
_NEWLINE: Final = ord("\n")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a file is packed (``plain``, ``gzip``, ``zstd``) and whether it is Parquet."""

    packing: str
    parquet: bool = False


def file_digest(path: Path) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the file's bytes as they lie on disk."""
    with _opened(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()[:16]


def recognise(path: Path) -> Kind:
    """Tell the packing of a file from its first bytes.

    Raises
    ------
    DataError
        The file cannot be read.
    FormatError
        It is empty, or an archive or another thing that no reader takes.
    """
    with _opened(path) as handle:
        head = handle.read(512)
    if not head:
        raise FormatError("is empty; expected interaction records", Place(path))
    for magic, name in _REFUSED:
        if head.startswith(magic):
            raise FormatError(f"is {name}; unpack or export it and give the plain, .gz or .zst files in it", Place(path))
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        raise FormatError("is a tar archive; unpack it and give the files in it", Place(path))
    if head.startswith(_GZIP):
        return Kind("gzip")
    if head.startswith(_ZSTD):
        return Kind("zstd")
    return Kind("plain", head.startswith(PARQUET))


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    try:
        handle = path.open("rb")
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", Place(path)) from error
    with handle:
        try:
            yield handle
        except IsADirectoryError as error:
            raise DataError("is a folder; expected a file", Place(path)) from error


def read_chunks(path: Path, settings: LoadSettings, size: int = CHUNK) -> Iterator[bytes]:
    """Give the unpacked bytes of a file in chunks of at most ``size``.

    Raises
    ------
    HostileInputError
        It unpacks to more than ``settings.max_expansion`` times what was read of it (past 64 MiB).
    FormatError
        It is damaged or cut off, or an archive.
    """
    kind = recognise(path)
    with _opened(path) as packed:
        try:
            stream = _unpacked(packed, kind.packing)
            total = 0
            while chunk := stream.read(size):
                total += len(chunk)
                if kind.packing != "plain":
                    _check_expansion(total, packed.tell(), path, settings)
                    if total == len(chunk) and recognise_bytes(chunk):
                        raise FormatError(f"holds {recognise_bytes(chunk)}; unpack it", Place(path))
                yield chunk
            if kind.packing == "zstd" and not _is_whole_zstd(packed):
                raise FormatError("is damaged or cut off: the last frame has no end", Place(path))
        except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
            raise FormatError(f"is damaged or cut off: {error}", Place(path)) from error


def recognise_bytes(head: bytes) -> str:
    """Name what the bytes are when they are packed once more or an archive; empty when not."""
    inner = (*_REFUSED, (_GZIP, "a gzip file"), (_ZSTD, "a zstd file"), (PARQUET, "a Parquet file"))
    tar = "a tar archive" if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar" else ""
    return tar or next((name for magic, name in inner if head.startswith(magic)), "")


class _Readable(Protocol):
    """What the unpackers have in common."""

    def read(self, size: int, /) -> bytes: ...


def _unpacked(packed: BufferedReader, packing: str) -> _Readable:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=packed)
    if packing == "zstd":
        return zstandard.ZstdDecompressor(max_window_size=LONGEST_WINDOW).stream_reader(packed, read_across_frames=True)
    return packed


def _is_whole_zstd(packed: BufferedReader) -> bool:
    """Walk the frames and blocks to the end of the file; the library gives what is there of a frame that is cut off without a word."""
    size = packed.seek(0, os.SEEK_END)
    place = 0
    while place < size:
        packed.seek(place)
        head = packed.read(18)
        if _SKIPPABLE <= int.from_bytes(head[:4], "little") <= _SKIPPABLE + 15:
            place += 8 + int.from_bytes(head[4:8], "little")
            continue
        place += zstandard.frame_header_size(head)
        last = False
        while not last and place < size:
            packed.seek(place)
            block = int.from_bytes(packed.read(3), "little")
            last = bool(block & 1)
            place += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)  # a run of one byte holds that byte only
        if not last:
            return False
        place += 4 * zstandard.get_frame_parameters(head).has_checksum
    return place == size


def _check_expansion(total: int, read: int, path: Path, settings: LoadSettings) -> None:
    if total > FREE_EXPANSION and total > settings.max_expansion * max(read, 1):
        raise HostileInputError(
            f"unpacks to more than {settings.max_expansion:g} times its size; stopped after {total // 2**20} MiB "
            "(if it is genuine, raise load.max_expansion or unpack it first)",
            Place(path),
        )


@dataclass(frozen=True)
class Lines:
    r"""A block of whole lines.

    Attributes
    ----------
    first
        1-based number of the first line.
    raw
        The lines without the last one's end. Those that are longer than allowed are not kept: they are empty here.
    too_long
        Positions of these in the block.
    """

    first: int
    raw: bytes
    too_long: frozenset[int] = frozenset()

    def __len__(self) -> int:
        """Give the number of lines."""
        return len(self.ends) + 1

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Positions of the line ends, which are looked for once."""
        return np.flatnonzero(np.frombuffer(self.raw, np.uint8) == _NEWLINE)

    @property
    def lines(self) -> list[bytes | None]:
        """Give the lines without their ends; None: longer than allowed."""
        pieces: list[bytes | None] = [*self.raw.split(b"\n")]
        for position in self.too_long:
            pieces[position] = None
        return pieces


def read_lines(chunks: Iterator[bytes], max_bytes: int) -> Iterator[Lines]:
    r"""Cut chunks into blocks of lines; a line over ``max_bytes`` is dropped as it streams by, so it never lies in memory whole.

    Examples
    --------
    >>> [block.lines for block in read_lines(iter([b"a\nbb", b"bb\nc"]), 3)]
    [[b'a'], [None], [b'c']]
    """
    number = 1
    rest = b""
    skipping = False
    for chunk in chunks:
        end = chunk.rfind(b"\n")
        if end < 0:
            rest = b"" if skipping else rest + chunk
        else:
            block = _cut(number, b"".join((rest, memoryview(chunk)[:end])), max_bytes, skipping=skipping)
            yield block
            number += len(block)
            rest, skipping = chunk[end + 1 :], False
        if len(rest) > max_bytes:
            rest, skipping = b"", True
    if skipping:
        yield Lines(number, b"", frozenset([0]))
    elif rest:
        yield Lines(number, rest)


def _cut(number: int, raw: bytes, max_bytes: int, *, skipping: bool) -> Lines:
    """Make a block, without the lines that are too long; of the first one the beginning may be gone for that reason."""
    if len(raw) <= max_bytes and not skipping:
        return Lines(number, raw)
    block = Lines(number, raw)
    sizes = np.diff(block.ends, prepend=-1, append=len(raw)) - 1
    long = frozenset([*np.flatnonzero(sizes > max_bytes).tolist(), *([0] if skipping else [])])
    if not long:
        return block
    pieces = raw.split(b"\n")
    return Lines(number, b"\n".join(b"" if k in long else piece for k, piece in enumerate(pieces)), long)

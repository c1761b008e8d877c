"""Tables in CSV: bounded, with a line number for every record, whatever the encoding and the separator."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from graphwatch.errors import ColumnError, FormatError, Place
from graphwatch.load.encoding import detect_encoding, to_utf8
from graphwatch.load.escape import unescape
from graphwatch.load.open import read_chunks, read_lines
from graphwatch.load.rejected import TOO_LONG, Faults
from graphwatch.load.validate import LINE
from graphwatch.settings import LoadSettings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SEPARATORS: Final = ",\t;|"
_LONG_LINE: Final = b"\x00line too long"
_BLOCK: Final = 2**22

_Item = TypeVar("_Item")
Choose = Callable[[list[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class Header:
    """Column names of a CSV file and the character between its cells."""

    names: list[str]
    separator: str


def read_header(text: str, file: str) -> Header:
    r"""Read the names in the first record; the separator is the one of ``, tab ; |`` that gives the most columns.

    Raises
    ------
    ColumnError
        A name stands twice.

    Examples
    --------
    >>> read_header("a;b\n1;2\n", "f.csv")
    Header(names=['a', 'b'], separator=';')
    """
    found = [(next(csv.reader(io.StringIO(text, newline=""), delimiter=mark), []), mark) for mark in SEPARATORS]
    names, separator = max(found, key=lambda pair: len(pair[0]))
    names = [name.strip() or f"column_{number}" for number, name in enumerate(names, 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ColumnError(f"column {', '.join(twice)} stands twice in the header", Place(file))
    return Header(names, separator)


class _ChunkFile(io.RawIOBase):
    """Chunks as a file that can be read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def read_csv(path: Path, choose: Choose, settings: LoadSettings, faults: Faults) -> Iterator[pl.DataFrame]:
    """Give columns of a CSV file as texts, in frames of some megabytes with ``_line``, the record number (the header is 1).

    The first frame has the columns and no row, so that a header alone is a table too.

    Parameters
    ----------
    choose
        Picks the columns to read from the header's names.

    Raises
    ------
    FormatError
        The encoding is unknown, or a quoted cell never ends.
    """
    encoding = detect_encoding(path, settings)
    header = read_header(first_record(path, encoding, settings), str(path))
    wanted = [name for name in header.names if name in choose(header.names)]
    source = _ChunkFile(_short_lines(to_utf8(read_chunks(path, settings), encoding, path), settings.max_line_bytes))
    try:
        yield from _numbered(_ahead(_parts(source, header, wanted, settings)), wanted, set(header.names) - set(wanted), faults)
    except pa.ArrowInvalid as error:
        raise FormatError(f"cannot be read as CSV (a quoted cell that never ends?): {str(error).splitlines()[0]}", Place(path)) from error


@dataclass(frozen=True, slots=True)
class _Aside:
    """A record that has not as many cells as the header, or a line that is too long."""

    number: int
    reason: str
    text: str | None


def _ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """Make each item while the one before it is being used: parsing leaves the interpreter free."""
    with ThreadPoolExecutor(1, "graphwatch-csv") as worker:
        coming = worker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = worker.submit(next, items, None)
            yield item


def _parts(
    source: _ChunkFile, header: Header, wanted: list[str], settings: LoadSettings
) -> Iterator[tuple[pl.DataFrame | None, list[_Aside]]]:
    """Give frames, and the records up to the end of each that are set aside."""
    if not wanted:
        return
    aside: list[_Aside] = []

    def set_aside(row: pacsv.InvalidRow) -> Literal["skip"]:
        long = row.text.startswith(_LONG_LINE.decode())
        reason = TOO_LONG if long else f"{row.actual_columns} cells; the header has {row.expected_columns}"
        aside.append(_Aside(row.number or 0, reason, None if long else row.text))  # the number is known because one thread reads
        return "skip"

    block = min(max(_BLOCK, settings.max_line_bytes + 2**16), 2**30)
    with pacsv.open_csv(
        io.BufferedReader(source, _BLOCK),
        read_options=pacsv.ReadOptions(use_threads=False, block_size=block, column_names=header.names, skip_rows_after_names=1),
        parse_options=pacsv.ParseOptions(delimiter=header.separator, newlines_in_values=True, invalid_row_handler=set_aside),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(header.names, pa.large_string()),
            include_columns=wanted,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ) as reader:
        for batch in reader:
            yield unescape(pl.DataFrame(pl.from_arrow(batch))), aside
            aside = []
    yield None, aside


def _numbered(
    parts: Iterator[tuple[pl.DataFrame | None, list[_Aside]]], wanted: list[str], ignored: set[str], faults: Faults
) -> Iterator[pl.DataFrame]:
    following = 2
    yield pl.DataFrame(schema=dict.fromkeys(wanted, pl.String()) | {LINE: pl.Int64()} | dict.fromkeys(sorted(ignored), pl.Null()))
    bad: list[int] = []
    for frame, aside in parts:
        for record in aside:
            faults.add(record.number, record.reason, record.text)
        bad += [record.number for record in aside]
        if frame is None:
            break
        numbers = np.arange(following, following + len(frame) + len(bad))
        if bad:
            numbers = np.setdiff1d(numbers, bad)[: len(frame)]
        following = int(numbers[-1]) + 1 if len(numbers) else following
        yield frame.with_columns(pl.Series(LINE, numbers, dtype=pl.Int64), *(pl.lit(None).alias(name) for name in sorted(ignored)))


def _short_lines(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Put a mark, which makes the record invalid, in the place of lines that are too long."""
    for block in read_lines(chunks, limit):
        if not block.too_long:
            yield from (block.raw, b"\n")
            continue
        yield b"\n".join(_LONG_LINE if line is None else line for line in block.lines) + b"\n"


def first_record(path: Path, encoding: str, settings: LoadSettings) -> str:
    """Give the beginning of a text file, far enough to hold its first record."""
    chunks = to_utf8(read_chunks(path, settings), encoding, path)
    head = b""
    for chunk in chunks:
        head += chunk
        if b"\n" in head or len(head) > settings.max_line_bytes:
            break
    text = head.decode("utf-8", "replace")
    if not text.strip():
        raise FormatError("is empty; expected a header and rows", Place(path))
    return text.lstrip("\r\n")

"""Formats that hold records, and the lines that most of them stand in."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.load.encoding import marked_encoding, to_utf8
from graphwatch.load.harvest import Harvest, parse_json
from graphwatch.load.open import CHUNK, Lines, read_chunks, read_lines
from graphwatch.load.rejected import TOO_LONG, Faults
from graphwatch.settings import LoadSettings

BATCH: Final = 20_000  # more at a time and Python spends its time looking for garbage

Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Options:
    """What a user says about a file that the file does not say itself.

    Attributes
    ----------
    root
        Post that comments belong to.
    target
        Account acted upon.
    """

    root: str | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """A format that holds one record after the other.

    Attributes
    ----------
    name
        As in ``--format``.
    platform
        Value of the ``platform`` column.
    zone
        Zone of times that bring none.
    meaning
        One line for ``graphwatch sniff``.
    recognise
        Whether a record is of this format.
    take
        Puts what one record says into the harvest: ``take(record, line, harvest, options)``.
    containers
        What may hold the records: ``lines``, ``document``, ``csv``, ``xml``, ``database`` (see :mod:`graphwatch.load.containers`).
    pieces
        Arrays of a document that is one object, too large to be held, of which ``take`` may get a part at a time, with all else that the
        object says and with the number of the part's first element for a line.
    take_block
        Puts a block of lines into the harvest, but for the interactions, which it gives; None: the block is not plain enough, and was left
        alone.
    escaped
        Whether texts hold ``&amp;``, ``&lt;`` and ``&gt;`` where their authors wrote the characters.
    """

    name: str
    platform: str
    zone: str
    meaning: str
    recognise: Callable[[Record], bool]
    take: Callable[[Record, int, Harvest, Options], None]
    containers: tuple[str, ...] = ("lines",)
    pieces: tuple[str, ...] = ()
    take_block: Callable[[Lines, Harvest, Options], pl.DataFrame | None] | None = None
    escaped: bool = False


def parsed_lines(block: Lines, faults: Faults) -> Iterator[tuple[int, Record]]:
    """Give the JSON objects of a block with their line numbers; every other line that is not blank is a fault."""
    for number, line in enumerate(block.lines, block.first):
        if line is None:
            faults.add(number, TOO_LONG)
            continue
        if not line or line.isspace():
            continue
        try:
            record = parse_json(line)
        except ValueError as error:
            faults.add(number, f"not valid JSON: {error}", line)
            continue
        if isinstance(record, dict):
            yield number, record
        else:
            faults.add(number, "not a JSON object", line)


@contextmanager
def garbage_kept() -> Iterator[None]:
    """Pause the search for reference cycles: parsed JSON has none, and looking for them takes a third of the time of parsing."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def numbered_lines(path: Path, settings: LoadSettings) -> Iterator[tuple[int, bytes | None]]:
    """Give each line of a text file with its number, as UTF-8; None: longer than allowed."""
    for block in line_blocks(path, settings):
        yield from enumerate(block.lines, block.first)


def line_blocks(path: Path, settings: LoadSettings, size: int = CHUNK) -> Iterator[Lines]:
    """Give the lines of a text file in blocks of about ``size`` bytes, as UTF-8.

    UTF-16 is known by its mark; a file without one is taken for UTF-8, and lines that are not are the parser's to refuse.
    """
    chunks = read_chunks(path, settings, size)
    first = next(chunks, b"")
    encoding = marked_encoding(first) or "utf-8"
    yield from read_lines(to_utf8(_prepend(first, chunks), encoding, path), settings.max_line_bytes)


def _prepend(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest

"""What holds the records of a file: lines of JSON, one JSON document, a CSV, an XML file or a database.

The first bytes tell, never the name. All of them stream; only a document that is one object is held in memory and therefore bounded,
unless its format says which of its arrays may come in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final
from xml.parsers import expat

import polars as pl

from graphwatch.errors import FormatError, HostileInputError, Place
from graphwatch.load.database import is_database, read_database
from graphwatch.load.delimited import read_csv
from graphwatch.load.elements import array_elements, object_parts
from graphwatch.load.encoding import marked_encoding, to_utf8
from graphwatch.load.harvest import Harvest, mapping_of, parse_json
from graphwatch.load.open import read_chunks
from graphwatch.load.records import BATCH, Options, Record, RecordFormat, garbage_kept, line_blocks, numbered_lines, parsed_lines
from graphwatch.load.rejected import Faults
from graphwatch.load.validate import LINE
from graphwatch.settings import LoadSettings

Block = list[tuple[int, Record]]

LINES: Final = 32 * 2**20  # bytes of a block that is read into columns; less, and the fixed cost of a block tells
_BLOCK: Final = 10_000
_HEAD: Final = 4096
_DEEPEST: Final = 100
_CONTROLS: Final = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_SCRIPT: Final = re.compile(rb"\s*window\.YTD\.\w+\.part\d+\s*=\s*")


def container_of(path: Path, settings: LoadSettings) -> str:
    """Tell how a file holds its records.

    Returns
    -------
    str
        ``lines`` (a JSON object a line), ``document`` (one JSON array, or an object over several lines or longer than a line may be),
        ``xml``, ``database`` (SQLite) or ``csv``, which also stands for what is none of them.
    """
    if is_database(path):
        return "database"
    chunks = read_chunks(path, settings)
    first = next(chunks, b"")
    head = next(to_utf8(iter([first[:_HEAD]]), marked_encoding(first) or "utf-8", path), b"").lstrip()
    if head.startswith(b"<"):
        return "xml"
    if head.startswith(b"[") or _SCRIPT.match(head):
        return "document"
    return _lines_or_document(path, settings) if head.startswith(b"{") else "csv"


def _lines_or_document(path: Path, settings: LoadSettings) -> str:
    first = next((line for _, line in numbered_lines(path, settings) if line is None or line.strip()), b"")
    return "document" if first is None or first.strip() == b"{" else "lines"


def read_records(
    path: Path, form: RecordFormat, options: Options, settings: LoadSettings, harvest: Harvest, batch: int = BATCH
) -> Iterator[pl.DataFrame]:
    """Give the interactions of a file in frames of about ``batch`` rows; the rest of what it says gathers in ``harvest``.

    Notes
    -----
    Records that are no JSON object, that are too long or that hold what the format does not allow are set aside with their number.
    """
    container = form.containers[0] if len(form.containers) == 1 else container_of(path, settings)
    if container not in form.containers:
        container = form.containers[0]
    if container == "lines" and form.take_block is not None:
        yield from _plain_or_not(path, form, options, settings, harvest)
        return
    blocks = read_blocks(path, container, settings, harvest.faults, form.pieces)
    last = False
    while not last:
        with garbage_kept():  # until the rows are columns, so that they are never looked through
            last = True
            for block in blocks:
                for number, record in block:
                    form.take(record, number, harvest, options)
                    if len(harvest) >= 10 * batch:  # a document is one block, however long
                        yield harvest.take_interactions()
                if len(harvest) >= batch:
                    last = False
                    break
            frame = harvest.take_interactions()
        yield frame


def _plain_or_not(path: Path, form: RecordFormat, options: Options, settings: LoadSettings, harvest: Harvest) -> Iterator[pl.DataFrame]:
    """Give the interactions of a file of lines, block after block: of plain ones at once, of others record by record."""
    for block in line_blocks(path, settings, LINES):
        frame = form.take_block(block, harvest, options) if form.take_block is not None else None
        if frame is None:
            with garbage_kept():
                for number, record in parsed_lines(block, harvest.faults):
                    form.take(record, number, harvest, options)
            frame = harvest.take_interactions()
        yield frame
    yield harvest.take_interactions()


def read_blocks(
    path: Path, container: str, settings: LoadSettings, faults: Faults, pieces: Collection[str] = ()
) -> Iterator[Iterator[tuple[int, Record]]]:
    """Give the records of a file with their numbers, block after block; ``pieces``: see :class:`RecordFormat`.

    Numbers are lines of a file of lines, records of a CSV (the header is 1), elements of an XML file or of an array (from 1).
    """
    if container == "document":
        yield _document(path, settings, faults, pieces)
    elif container == "xml":
        yield from map(iter, _elements(path, settings, faults))
    elif container == "database":
        yield from map(iter, read_database(path, settings))
    elif container == "csv":
        for frame in read_csv(path, lambda names: names, settings, faults):
            numbers = frame[LINE].to_list()
            yield zip(numbers, frame.drop(LINE).iter_rows(named=True), strict=True)
    else:
        for block in line_blocks(path, settings):
            yield parsed_lines(block, faults)


def _document(path: Path, settings: LoadSettings, faults: Faults, pieces: Collection[str]) -> Iterator[tuple[int, Record]]:
    """Give the objects of a document's array, one by one, or the document itself."""
    chunks = _utf8(path, settings)
    head = next(chunks, b"")
    prefix = _SCRIPT.match(head)
    head = head[prefix.end() :] if prefix else head
    if head.lstrip().startswith(b"["):
        yield from _elements_of_array(path, _prepended(head, chunks), settings, faults)
        return
    held, size = [head], len(head)
    while size <= settings.max_document_bytes and (chunk := next(chunks, b"")):
        held.append(chunk)
        size += len(chunk)
    if size > settings.max_document_bytes:
        yield from _object_in_pieces(path, settings, pieces)
        return
    try:
        value = parse_json(b"".join(held).rstrip().removesuffix(b";" if prefix else b""))
    except ValueError as error:
        raise FormatError(f"is not valid JSON (damaged or cut off?): {error}", Place(path)) from error
    if isinstance(value, dict):
        yield 1, value
    else:
        faults.add(1, "not a JSON object", str(value)[:200])


def _elements_of_array(path: Path, chunks: Iterator[bytes], settings: LoadSettings, faults: Faults) -> Iterator[tuple[int, Record]]:
    for number, text in enumerate(array_elements(chunks, settings.max_line_bytes, path), 1):
        if text is None:
            faults.add(number, "element is longer than load.max_line_bytes")
            continue
        try:
            value = parse_json(text)
        except ValueError as error:
            raise FormatError(f"is not valid JSON (damaged or cut off?): element {number}: {error}", Place(path)) from error
        if isinstance(value, dict):
            yield number, value
        else:
            faults.add(number, "not a JSON object", str(value)[:200])


def _object_in_pieces(path: Path, settings: LoadSettings, names: Collection[str]) -> Iterator[tuple[int, Record]]:
    """Give an object that is too large to be held several times, each time with a part of its long array.

    Notes
    -----
    What the object says besides may stand behind the array, so the file is read twice.
    """
    rest: Record = {}
    for name, text in object_parts(_utf8(path, settings), names, settings.max_line_bytes, path):
        if name:
            rest[name] = []
        else:
            rest |= mapping_of(_parsed(b"{%s}" % text, path))
    if not any(name in rest for name in names):
        raise HostileInputError(
            f"is one JSON document of more than {settings.max_document_bytes // 2**20} MiB, which would have to be held in memory "
            "(raise load.max_document_bytes if the memory suffices: about eight times as much)",
            Place(path),
        )
    number, held, array = 1, list[object](), ""
    for name, text in object_parts(_utf8(path, settings), names, settings.max_line_bytes, path):
        if held and (name != array or len(held) >= _BLOCK):
            yield number, rest | {array: held}
            number, held = number + len(held), []
        if name:
            array = name
            held.append(_parsed(text, path))
    yield number, rest | ({array: held} if array else {})


def _parsed(text: bytes, path: Path) -> object:
    try:
        return parse_json(text)
    except ValueError as error:
        raise FormatError(f"is not valid JSON (damaged or cut off?): {error}", Place(path)) from error


def _utf8(path: Path, settings: LoadSettings) -> Iterator[bytes]:
    chunks = read_chunks(path, settings)
    first = next(chunks, b"")
    return to_utf8(_prepended(first, chunks), marked_encoding(first) or "utf-8", path)


def _prepended(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


class _Reader:
    """Turns the children of the root of an XML file into records; refuses every declaration that could expand or reach out."""

    def __init__(self, path: Path, limit: int, faults: Faults) -> None:
        self._path, self._limit, self._faults = path, limit, faults
        self._depth = self._number = self._size = 0
        self._text: list[str] = []
        self._attributes: dict[str, str] = {}
        self._alone: Record = {}
        self.root = ""
        self.found: Block = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *_: object) -> int:
        raise HostileInputError(
            "declares a document type or an entity, which no export does and which can be used to attack", Place(self._path)
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise HostileInputError(f"nests elements more than {_DEEPEST} deep", Place(self._path))
        if self._depth == 1:
            self.root = name
        elif self._depth == 2:
            self._number += 1
            self._attributes, self._text, self._size = attributes, [], sum(map(len, attributes.values()))

    def _characters(self, text: str) -> None:
        if self._depth >= 2:
            self._size += len(text)
            if self._size <= self._limit:
                self._text.append(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth != 1:
            return
        if self._size > self._limit:
            self._faults.add(self._number, "element is longer than load.max_line_bytes")
            return
        text = "".join(self._text)
        if not self._attributes:
            self._alone[name] = text
        record: Record = {"root": self.root, "element": name, "attributes": self._attributes, "text": text, "siblings": self._alone}
        self.found.append((self._number, record))


def _elements(path: Path, settings: LoadSettings, faults: Faults) -> Iterator[Block]:
    """Stream the children of the root element as records: root, element, attributes, text, and texts of siblings without attributes."""
    chunks = read_chunks(path, settings, 2**18)
    first = next(chunks, b"")
    reader = _Reader(path, settings.max_line_bytes, faults)
    try:
        for chunk in to_utf8(_prepended(first, chunks), marked_encoding(first) or "utf-8", path):
            reader.parser.Parse(chunk.translate(None, _CONTROLS))  # people do type control characters, and XML allows none
            if len(reader.found) >= _BLOCK:
                yield reader.found
                reader.found = []
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FormatError(f"is not valid XML (damaged or cut off?): {error}", Place(path)) from error
    yield reader.found

"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): which sheet and row the table begins in, cells as texts.

What a file is follows from its bytes. The workbook is opened in another process (:mod:`graphwatch.load.workbook`), so that one that is
built to exhaust the reader ends that process and not the caller's.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from graphwatch.errors import ColumnError, ConfigurationError, DataError, FormatError, HostileInputError, Place
from graphwatch.load import workbook
from graphwatch.load.open import FREE_EXPANSION
from graphwatch.load.validate import LINE
from graphwatch.settings import LoadSettings

SPREADSHEET: Final = "spreadsheet"
HEADER_ROWS: Final = 50
SECONDS: Final = 120
MAX_PARTS: Final = 10_000
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_BOOKS: Final = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
_BOOKS: Final = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_OVERHEAD: Final = 3 * 2**29  # of the other process before it opens anything
_MEMORY: Final = 8  # bytes of memory per byte of the unpacked workbook

Score = Callable[[list[str]], int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes
    ----------
    name
        As on its tab.
    visible
        Not hidden.
    cells
        All cells as texts, one row per row of the sheet from its first; null: empty.
    """

    name: str
    visible: bool
    cells: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Header:
    """Where the table of a workbook begins.

    Attributes
    ----------
    sheet
        Name of the sheet.
    row
        Row of the column names, from 1 as the spreadsheet shows it.
    names
        Column names; empty where a column has none.
    score
        How well they fit what was looked for; higher is better, 0: not at all.
    """

    sheet: str
    row: int
    names: tuple[str, ...]
    score: int


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, from its content."""
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
            if head == _OLE:
                rest = handle.read(2**22)
                return any(name in rest for name in _OLE_BOOKS)
        if not head.startswith(_ZIP):
            return False
        with zipfile.ZipFile(path) as archive:
            if _BOOKS & set(archive.namelist()):
                return True
            with archive.open("mimetype") as kind:
                return kind.read(len(_ODS)) == _ODS
    except (OSError, KeyError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False


def read_sheets(path: Path, settings: LoadSettings) -> list[Sheet]:
    """Read all sheets of a workbook.

    Raises
    ------
    FormatError
        It is damaged or protected by a password.
    HostileInputError
        It is larger than ``settings.max_document_bytes`` when unpacked, a sheet spans more than ``settings.max_sheet_cells``, or
        opening it takes more memory or time than such a workbook can need.
    """
    _check_size(path, settings)
    memory = _OVERHEAD + _MEMORY * settings.max_document_bytes
    command = [sys.executable, "-P", str(workbook.__file__), str(path.resolve()), str(memory), str(SECONDS), str(settings.max_sheet_cells)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=said, timeout=2 * SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise HostileInputError(f"was not read within {2 * SECONDS} s; stopped", Place(path)) from error
        said.seek(0)
        words = said.read(2000).decode("utf-8", "replace").strip()
        if done.returncode == workbook.DAMAGED:
            raise FormatError(f"cannot be read as a workbook (damaged, or protected by a password?): {words}", Place(path))
        if done.returncode == workbook.TOO_LARGE:
            raise HostileInputError(
                f"{words.splitlines()[-1]}, more cells than load.max_sheet_cells ({settings.max_sheet_cells:,})", Place(path)
            )
        if done.returncode == 1 and "ModuleNotFoundError" in words:
            raise DataError(f"the library that reads workbooks is missing: {words.splitlines()[-1]}", Place(path))
        if done.returncode:
            raise HostileInputError(
                f"asks for more than {memory // 2**20:,} MiB of memory or {SECONDS} s, or breaks the library that reads it; stopped",
                Place(path),
            )
        out.seek(0)
        return _unpack(out.read())


def _check_size(path: Path, settings: LoadSettings) -> None:
    """Refuse by the sizes that the file states; where it lies, the limits of the other process hold."""
    packed = total = path.stat().st_size
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                parts = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise FormatError(f"is damaged or cut off: {error}", Place(path)) from error
        total = sum(part.file_size for part in parts)
        if len(parts) > MAX_PARTS:
            raise HostileInputError(f"is a workbook of {len(parts):,} parts", Place(path))
    if total > settings.max_document_bytes:
        raise HostileInputError(f"is a workbook of {total // 2**20} MiB when unpacked; load.max_document_bytes allows less", Place(path))
    if total > FREE_EXPANSION and total > settings.max_expansion * packed:
        raise HostileInputError(f"unpacks to more than {settings.max_expansion:g} times its size", Place(path))


def _unpack(data: bytes) -> list[Sheet]:
    sheets: list[Sheet] = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "little")
        with pa.ipc.open_stream(BytesIO(data[at + 8 : at + 8 + size])) as stream:
            table = stream.read_all()
        at += 8 + size
        facts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        cells = pl.DataFrame(pl.from_arrow(table.rename_columns([f"column_{n}" for n in range(1, table.num_columns + 1)])))
        sheets.append(Sheet(facts["name"], facts["visible"] == "visible", cells.with_columns(pl.all().cast(pl.String))))
    return sheets


def find_header(sheets: list[Sheet], score: Score, path: Path, *, sheet: str = "", row: int = 0) -> Header:
    """Find the sheet and the row in which a table begins.

    Parameters
    ----------
    score
        Tells how well names fit; 0: not at all.
    sheet, row
        Where the user says so: name of the sheet, and row of the column names from 1.

    Returns
    -------
    Header
        The best of the first 50 rows of every visible sheet (of the named one, hidden or not); of equal ones the first. Its score may
        be 0: then it is the first row that holds anything.

    Raises
    ------
    ConfigurationError
        There is no sheet of that name.
    FormatError
        No sheet holds anything.
    """
    chosen = [held for held in sheets if (held.name == sheet if sheet else held.visible)]
    if sheet and not chosen:
        raise ConfigurationError(f"there is no sheet {sheet!r}; there are {', '.join(repr(held.name) for held in sheets)}", Place(path))
    best: Header | None = None
    for held in chosen:
        rows = held.cells.slice(row - 1, 1) if row else held.cells.head(HEADER_ROWS)
        for number, cells in enumerate(rows.iter_rows(), row or 1):
            names = tuple((cell or "").strip() for cell in cells)
            if any(names) and (best is None or (found := score([name for name in names if name])) > best.score):
                best = Header(held.name, number, names, score([name for name in names if name]) if best is None else found)
    if best is None:
        raise FormatError("holds no table: every visible sheet is empty", Place(path))
    return best


def sheet_table(sheets: list[Sheet], header: Header, path: Path) -> pl.DataFrame:
    """Give the rows below the header as texts with ``_line``, the row as the spreadsheet shows it; empty rows are left out.

    Raises
    ------
    ColumnError
        A name stands twice in the header.
    """
    cells = next(held.cells for held in sheets if held.name == header.sheet)
    names = [name or f"column_{number}" for number, name in enumerate(header.names, 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ColumnError(f"column {', '.join(twice)} stands twice in row {header.row} of sheet {header.sheet!r}", Place(path))
    below = cells.slice(header.row).rename(dict(zip(cells.columns, names, strict=True)))
    kept = [(pl.col(name).str.strip_chars() != "").fill_null(value=False) for name in names]
    numbered = below.with_columns(pl.int_range(header.row + 1, header.row + 1 + len(below), dtype=pl.Int64).alias(LINE))
    return numbered.filter(pl.any_horizontal(kept))


def plain_name(name: str) -> str:
    """Fold a column name for comparison: width and case, blanks, marks, and what stands in brackets.

    Examples
    --------
    >>> plain_name(" *签约日期（必填）"), plain_name("Account_ID"), plain_name("持股比例(%)")
    ('签约日期', 'accountid', '持股比例')
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    depth, kept = 0, []
    for char in folded:
        depth += char in "([【"
        if not depth and char.isalnum():
            kept.append(char)
        depth = max(0, depth - (char in ")]】"))
    return "".join(kept)

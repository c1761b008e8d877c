"""A writer of workbooks (.xlsx) that knows numbers, texts, dates, percents, formulas, and the traps of each."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

Cell = object
WriteBook = Callable[..., Path]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs></styleSheet>'


@dataclass(frozen=True)
class Formula:
    """A formula with the value that the spreadsheet stored for it."""

    text: str
    value: object


@dataclass(frozen=True)
class Percent:
    """A number shown as a percent."""

    value: float


def letters(index: int) -> str:
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell_xml(place: str, value: Cell) -> str:
    kind, inner = "", f"<v>{value}</v>"
    match value:
        case None:
            return ""
        case bool():
            kind, inner = ' t="b"', f"<v>{int(value)}</v>"
        case str():
            kind, inner = ' t="inlineStr"', f'<is><t xml:space="preserve">{escape(value)}</t></is>'
        case date():
            kind, inner = ' s="1"', f"<v>{(value - date(1899, 12, 30)).days}</v>"
        case Percent():
            kind, inner = ' s="2"', f"<v>{value.value}</v>"
        case Formula():
            kind = ' t="str"' if isinstance(value.value, str) else ""
            inner = f"<f>{escape(value.text)}</f><v>{escape(str(value.value))}</v>"
    return f'<c r="{place}"{kind}>{inner}</c>'


def sheet_xml(rows: Sequence[Sequence[Cell]]) -> str:
    lines = [
        f'<row r="{number}">' + "".join(cell_xml(f"{letters(at)}{number}", value) for at, value in enumerate(row)) + "</row>"
        for number, row in enumerate(rows, 1)
    ]
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def write_book(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]] | str], hidden: Sequence[str] = ()) -> Path:
    """Write a workbook; a sheet is rows of cells or its XML."""
    names = list(sheets)
    states = {name: ' state="hidden"' if name in hidden else "" for name in names}
    tabs = "".join(f'<sheet name="{escape(n)}" sheetId="{i}" r:id="rId{i}"{states[n]}/>' for i, n in enumerate(names, 1))
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in range(1, len(names) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", TYPES)
        root = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        book.writestr("_rels/.rels", f'<Relationships xmlns="{RELATIONS}">{root}</Relationships>')
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{tabs}</sheets></workbook>')
        links += f'<Relationship Id="rId999" Type="{OFFICE}/styles" Target="styles.xml"/>'
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{RELATIONS}">{links}</Relationships>')
        book.writestr("xl/styles.xml", STYLES)
        for number, held in enumerate(sheets.values(), 1):
            book.writestr(f"xl/worksheets/sheet{number}.xml", held if isinstance(held, str) else sheet_xml(held))
    return path


def write_ods(path: Path, rows: str) -> Path:
    """Write an OpenDocument spreadsheet with one sheet, whose rows are given as XML."""
    spaces = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="s">{rows}</table:table></office:spreadsheet></office:body>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        book.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
        book.writestr("META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
    return path


@pytest.fixture
def book(tmp_path: Path) -> WriteBook:
    def write(sheets: Mapping[str, Sequence[Sequence[Cell]] | str], name: str = "roster.xlsx", hidden: Sequence[str] = ()) -> Path:
        return write_book(tmp_path / name, sheets, hidden)

    return write


@pytest.fixture
def formula() -> type[Formula]:
    return Formula


@pytest.fixture
def percent() -> type[Percent]:
    return Percent


@pytest.fixture
def ods(tmp_path: Path) -> Callable[[str], Path]:
    return lambda rows: write_ods(tmp_path / "roster.ods", rows)


@pytest.fixture(scope="session")
def book_writer() -> WriteBook:
    return write_book

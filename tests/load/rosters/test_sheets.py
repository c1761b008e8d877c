"""Workbooks: which sheet, which row, what a cell says, and workbooks that are built to do harm."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.errors import ColumnError, ConfigurationError, FormatError, HostileInputError
from graphwatch.load import load_interactions, load_side_table, load_table, preview, read_accounts, read_affiliations, sniff
from graphwatch.load.sheets import is_workbook, read_sheets
from graphwatch.schema import AFFILIATIONS, AGENCIES, OWNERSHIP
from graphwatch.settings import LoadSettings

WriteBook = Callable[..., Path]
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
USCC = "91110000600037341L"


def test_a_chinese_roster_below_a_title_on_the_second_sheet(book: WriteBook) -> None:
    path = book(
        {
            "说明": [["本表为虚构"], ["账号ID", "只有一列"]],
            "名单": [
                ["签约名单（虚构）"],
                [],
                [None, "*账号ID", "昵称", "MCN机构", "签约日期（必填）", "解约日期", "统一社会信用代码", "公司名称"],
                [None, "1001", "甲", "星河", date(2024, 1, 15), None, USCC, "虚构甲公司"],
                [None, 1002, "乙", "星河", "2024年2月", "至今", USCC, "虚构甲公司"],
                [None, "1003", "丙", "晨光", 45366, date(2025, 1, 1), None, "虚构乙公司"],
                [],
                [None, "1004", "丁", "晨光", "2024/3/5 ", "2024-12", None, None],
            ],
        }
    )
    held = load_side_table(path, AFFILIATIONS)
    assert held.columns == {
        "account_id": "*账号ID",
        "agency_id": "MCN机构",
        "valid_from": "签约日期（必填）",
        "valid_to": "解约日期",
        "name": "昵称",
        "agency_name": "MCN机构",
    }
    shown = held.rows.select("account_id", "agency_id", pl.col("valid_from", "valid_to").dt.strftime("%F")).rows()
    assert shown == [
        ("1001", "星河", "2024-01-15", None),
        ("1002", "星河", "2024-02-01", None),
        ("1003", "晨光", "2024-03-15", "2025-01-01"),
        ("1004", "晨光", "2024-03-05", "2024-12-01"),
    ]
    assert held.rejected.is_empty()
    agencies = load_side_table(path, AGENCIES).rows.rows()
    assert agencies == [("星河", "星河", USCC), ("晨光", "晨光", None)]


def test_a_last_day_is_inclusive_and_a_termination_is_not(book: WriteBook) -> None:
    rows = [
        ["uid", "agency", "start", "合同到期日"],
        ["1", "m", "2021", "2021-12-31"],
        ["2", "m", "2021", "2021"],
        ["3", "m", 2021, "2021-06"],
    ]
    ends = load_side_table(book({"s": rows}), AFFILIATIONS).rows["valid_to"].dt.strftime("%F").to_list()
    assert ends == ["2022-01-01", "2022-01-01", "2021-07-01"]


def test_rejected_rows_have_the_row_number_that_the_spreadsheet_shows(book: WriteBook) -> None:
    rows = [[], [], ["uid", "agency", "签约日期"], ["1", "m", "2021"], [], ["2", "m", "someday"], ["3", None, "2021"], ["4", "m", None]]
    held = load_side_table(book({"s": rows}), AFFILIATIONS)
    assert held.rejected.select("line", "field").rows() == [(6, "valid_from"), (7, "agency_id")]
    assert held.rows["account_id"].to_list() == ["1", "4"]
    assert held.counts["rows"] == 4


def test_formulas_are_read_as_their_values_and_never_run(book: WriteBook, formula: Callable[[str, object], object]) -> None:
    rows = [["uid", "agency"], [formula("1000+1", 1001), formula('HYPERLINK("http://x.invalid","m")', "m")], ["=cmd|'/c calc'!A1", "m"]]
    held = load_side_table(book({"s": rows}), AFFILIATIONS)
    assert sorted(held.rows["account_id"].to_list()) == ["1001", "=cmd|'/c calc'!A1"]
    assert held.rows["agency_id"].to_list() == ["m", "m"]


def test_percents_of_a_sheet_are_fractions(book: WriteBook, percent: Callable[[float], object]) -> None:
    shown = [["股东", "公司名称", "持股比例"], ["a", "c", percent(0.6)], ["b", "c", "40%"]]
    assert load_side_table(book({"s": shown}), OWNERSHIP).rows["share"].to_list() == [0.6, 0.4]
    bare = [["股东", "公司名称", "持股比例（%）"], ["a", "c", 0.5], ["b", "c", 99.5]]
    assert load_side_table(book({"s": bare}), OWNERSHIP).rows["share"].to_list() == [0.005, 0.995]


def test_numbers_that_a_spreadsheet_rounded_are_warned_of(book: WriteBook) -> None:
    path = book({"s": [["uid", "agency"], [4826279188108030, "m"], [5030000000000000123, "m"], ["77", "m"]]})
    held = load_side_table(path, AFFILIATIONS)
    assert len(held.rows) == 3
    assert held.warnings.select("line", "field").rows() == [(2, "account_id"), (3, "account_id")]
    assert held.counts["doubtful_values"] == 2
    exact = book({"s": [["uid", "agency"], ["4826279188108038", "m"]]}, "exact.xlsx")
    assert load_side_table(exact, AFFILIATIONS).warnings.is_empty()


def test_hidden_sheets_are_read_only_when_named(book: WriteBook, tmp_path: Path) -> None:
    sheets = {"old": [["uid", "agency"], ["9", "m"]], "new": [["uid", "agency"], ["1", "m"]]}
    path = book(sheets, hidden=["old"])
    assert read_affiliations(path)["account_id"].to_list() == ["1"]
    rules = tmp_path / "map.toml"
    rules.write_text('[columns]\nuid = "account_id"\nagency = "agency_id"\n[sheet]\nname = "old"\n', encoding="utf-8")
    assert read_affiliations(path, mapping=rules)["account_id"].to_list() == ["9"]
    rules.write_text('[columns]\nuid = "account_id"\nagency = "agency_id"\n[sheet]\nname = "lost"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"there is no sheet 'lost'; there are 'old', 'new'"):
        read_affiliations(path, mapping=rules)


def test_a_mapping_names_the_header_row(book: WriteBook, tmp_path: Path) -> None:
    path = book({"s": [["x", "y"], ["1", "a"], ["who", "where"], ["2", "b"]]})
    rules = tmp_path / "map.toml"
    rules.write_text('[columns]\nwho = "account_id"\nwhere = "agency_id"\n[sheet]\nheader = 3\n', encoding="utf-8")
    assert read_affiliations(path, mapping=rules).select("account_id", "agency_id").rows() == [("2", "b")]


def test_a_sheet_without_the_columns_says_what_it_found(book: WriteBook) -> None:
    with pytest.raises(ColumnError, match=r"required columns account_id, agency_id missing; found: colour, size"):
        read_affiliations(book({"s": [["colour", "size"], ["red", "1"]]}))
    with pytest.raises(ColumnError, match=r"uid stands twice in row 1 of sheet 's'"):
        read_affiliations(book({"s": [["uid", "agency", "uid"], ["1", "m", "2"]]}))
    with pytest.raises(FormatError, match="every visible sheet is empty"):
        read_affiliations(book({"s": []}))


def test_sniff_and_preview_say_which_table_it_is(book: WriteBook) -> None:
    path = book({"s": [["账号ID", "MCN机构"], ["1", "m"]]}, "whatever.csv")
    guess = sniff(path)
    assert (guess.format, guess.confidence) == ("spreadsheet", 1.0)
    assert "table affiliations" in guess.evidence
    assert preview(path).select("account_id", "agency_id").rows() == [("1", "m")]
    acts = book({"s": [["interaction_id", "at", "actor_id", "kind"], ["i", date(2024, 5, 1), 7, "post"]]}, "acts.xlsx")
    loaded = load_interactions(acts)
    assert loaded.interactions.select("interaction_id", "actor_id", "kind").collect().rows() == [("i", "7", "post")]
    assert preview(acts)["interaction_id"].to_list() == ["i"]
    known = book({"s": [["uid", "昵称", "粉丝数", "平台"], [5, "a", "1.2万", "weibo"]]}, "accounts.xlsx")
    assert read_accounts(known).select("account_id", "name", "followers", "platform").rows() == [("5", "a", 12000, "weibo")]


def test_other_archives_are_still_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert not is_workbook(path)
    with pytest.raises(FormatError, match="ZIP archive"):
        read_affiliations(path)


@pytest.mark.parametrize("name", ["cut.xlsx", "old.xls"])
def test_damaged_workbooks_are_an_error_with_the_file(book: WriteBook, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "cut.xlsx":
        book({"s": f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1"'}, name)
    else:
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + b"\x00" * 600)
    with pytest.raises(FormatError, match=name):
        read_affiliations(path)


def test_a_cell_in_the_last_corner_ends_only_the_reading(book: WriteBook) -> None:
    def corner(place: str, row: int) -> str:
        cells = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{place}"><v>1</v></c></row>'
        return f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>"

    with pytest.raises(HostileInputError, match="stopped"):
        read_affiliations(book({"s": corner("XFD1048576", 1_048_576)}))
    small = LoadSettings(max_sheet_cells=1000)
    with pytest.raises(HostileInputError, match=r"more cells than load.max_sheet_cells \(1,000\)"):
        load_table(book({"s": corner("Z100", 100)}), AFFILIATIONS, settings=small)


def test_repeated_cells_of_an_ods_end_only_the_reading(ods: Callable[[str], Path]) -> None:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="{}"><text:p>{}</text:p></table:table-cell>'
    row = "<table:table-row>" + cell.format(1, "uid") + cell.format(1, "agency") + "</table:table-row>"
    data = "<table:table-row>" + cell.format(1, "7") + cell.format(1, "m") + "</table:table-row>"
    path = ods(row + data)
    assert read_affiliations(path).select("account_id", "agency_id").rows() == [("7", "m")]
    bomb = '<table:table-row table:number-rows-repeated="1000000000">' + cell.format(1_000_000_000, "7") + "</table:table-row>"
    with pytest.raises(HostileInputError, match=r"limit exceeded|stopped"):
        read_affiliations(ods(row + bomb))


def test_bombs_are_refused_by_size(book: WriteBook) -> None:
    path = book({"s": f"<worksheet {MAIN}><sheetData>" + " " * (80 * 2**20) + "</sheetData></worksheet>"})
    with pytest.raises(HostileInputError, match="times its size"):
        read_affiliations(path)
    with pytest.raises(HostileInputError, match=r"load\.max_document_bytes"):
        read_sheets(path, LoadSettings(max_document_bytes=2**20))


def test_a_bomb_that_lies_about_its_size_ends_only_the_reading(book: WriteBook) -> None:
    path = book({"s": f"<worksheet {MAIN}><sheetData>" + "<row/>" * 3_000_000 + "</sheetData></worksheet>"})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(bytes(data.replace(size, (100).to_bytes(4, "little"))))
    with pytest.raises((HostileInputError, FormatError)):
        read_affiliations(path)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6).filter(
    lambda text: text.casefold() not in {"nan", "none", "null", "na", "nat"} and not text.startswith(("'", "<NA>", "\\N"))
)
DAYS = st.none() | st.dates(date(1991, 1, 1), date(2090, 1, 1))


@settings(max_examples=6)
@given(rows=st.lists(st.tuples(TEXT, TEXT, DAYS), min_size=1, max_size=8))
def test_a_roster_in_a_workbook_equals_the_same_in_csv(
    tmp_path_factory: pytest.TempPathFactory, book_writer: WriteBook, rows: list[tuple[str, str, date | None]]
) -> None:
    """A workbook through one reader and a CSV through another give one table."""
    folder = tmp_path_factory.mktemp("same")
    frame = pl.DataFrame(rows, schema={"账号ID": pl.String, "MCN机构": pl.String, "签约日期": pl.Date}, orient="row")
    frame.write_csv(folder / "roster.csv", quote_style="always")
    book_writer(folder / "roster.xlsx", {"s": [frame.columns, *frame.rows()]})
    first, second = load_side_table(folder / "roster.csv", AFFILIATIONS), load_side_table(folder / "roster.xlsx", AFFILIATIONS)
    assert first.rows.equals(second.rows)
    assert first.rejected.drop("file", "record").equals(second.rejected.drop("file", "record"))
    assert len(first.rows) + len(first.rejected) > 0

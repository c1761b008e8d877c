from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import OutputError
from graphwatch.load import write_csv, write_ndjson
from graphwatch.schema import TIMESTAMP


def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    hostile = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1", "<b>html</b>", "fine"]
    frame = pl.DataFrame({"text": hostile, "n": range(-4, 5), "lists": [["=x"]] * 9})
    write_csv(frame, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as handle:
        cells = [row["text"] for row in csv.DictReader(handle)]
    assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r", "＝"} for cell in cells)
    assert [cell.removeprefix("'") for cell in cells] == hostile
    assert "-4" in (tmp_path / "x.csv").read_text(encoding="utf-8")
    assert "'-4" not in (tmp_path / "x.csv").read_text(encoding="utf-8")


def test_a_csv_of_results_with_lists_and_times(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"at": pl.Series([datetime(2022, 1, 1, tzinfo=UTC)], dtype=TIMESTAMP), "evidence": [["a", 'b"c']], "roles": [[]]}, strict=False
    )
    write_csv(frame, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert next(csv.DictReader(handle)) == {"at": "2022-01-01T00:00:00.000000Z", "evidence": '["a","b\\"c"]', "roles": "[]"}


def test_writing_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old")
    with pytest.raises(pl.exceptions.PolarsError):
        write_ndjson(pl.DataFrame({"a": pl.Series([object()], dtype=pl.Object)}), path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]
    with pytest.raises(OutputError, match="cannot be written"):
        write_csv(pl.DataFrame({"a": [1]}), tmp_path / "absent" / "x.csv")

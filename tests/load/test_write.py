from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphwatch.errors import OutputError
from graphwatch.load import read_interactions, write_csv, write_ndjson, write_parquet
from graphwatch.load.coerce import CONTROLS, NULL_WORDS
from graphwatch.schema import CATEGORIES, INTERACTIONS, KINDS, SURFACES, TIMESTAMP

words = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["=1+1", "'=1", "''@x", "-5", "+a", "@b", "\tq", "\r", "a\nb", '"', ",", "nan", "＝1", "'"]
)


def is_id(text: str) -> bool:
    plain = text == text.strip() and text not in NULL_WORDS and len(text.encode()) <= 1024
    bad = pl.Series([text]).str.contains(rf"{CONTROLS}|^-?\d+\.0+$|^-?\d(?:\.\d+)?[eE]\+\d+$|^\s|\s$").item()
    return plain and not bad


ids = words.filter(is_id)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


rows = st.fixed_dictionaries(
    {
        "interaction_id": ids,
        "at": moments,
        "actor_id": ids,
        "kind": st.sampled_from(KINDS),
        "surface": maybe(st.sampled_from(SURFACES)),
        "target_ids": maybe(st.lists(ids, max_size=3)),
        "parent_id": maybe(ids),
        "root_id": maybe(ids),
        "objects": maybe(st.lists(words, max_size=3)),
        "text": maybe(words),
        "hostility": maybe(st.floats(0, 1)),
        "category": maybe(st.sampled_from(CATEGORIES)),
        "followers": maybe(st.integers(0, 2**62)),
        "actor_created_at": maybe(moments),
        "deleted": maybe(st.booleans()),
        "source": words.filter(bool),
    }
)


def frame_of(values: list[dict[str, object]]) -> pl.DataFrame:
    return INTERACTIONS.conform(pl.DataFrame(values, schema={name: INTERACTIONS.dtypes[name] for name in values[0]}))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(rows, min_size=1, max_size=5, unique_by=lambda row: str(row["interaction_id"])))
@pytest.mark.parametrize(("write", "name"), [(write_parquet, "parquet"), (write_ndjson, "ndjson"), (write_csv, "csv")])
def test_a_written_table_reads_back_equal(
    write: Callable[[pl.DataFrame, Path], None], name: str, tmp_path: Path, values: list[dict[str, object]]
) -> None:
    frame = frame_of(values)
    path = tmp_path / f"x.{name}"
    write(frame, path)
    assert read_interactions(path, format=name).equals(frame)


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

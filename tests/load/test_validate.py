from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import ColumnError, DataError
from graphwatch.load.rejected import check_share
from graphwatch.load.validate import Checked, Reading, validate
from graphwatch.schema import INPUTS, INTERACTIONS, OWNERSHIP, Table
from graphwatch.settings import LoadSettings

BASE = {"interaction_id": "i", "at": "2022-01-01T00:00:00Z", "actor_id": "a", "kind": "post"}


def check(column: str, values: Sequence[object], dtype: pl.DataType | None = None) -> Checked:
    """Validate interactions whose only interesting column is the named one."""
    rows = {name: [f"{value}{i}" if name == "interaction_id" else value for i in range(len(values))] for name, value in BASE.items()}
    frame = pl.DataFrame(rows).with_columns(pl.Series(column, values, dtype=dtype))
    return validate(frame, INTERACTIONS, Reading("f"))


def kept(checked: Checked, column: str) -> list[object]:
    return checked.rows.select(column).collect().to_series().to_list()


def why(checked: Checked) -> list[tuple[int, str, str]]:
    return checked.rejected.select("line", "field", "reason").rows()


def test_missing_columns_are_named_with_what_was_found_and_expected() -> None:
    with pytest.raises(
        ColumnError, match=r"posts\.csv: required columns interaction_id, kind missing; found: id, at, actor_id, Kind"
    ) as caught:
        validate(pl.DataFrame({"id": [1], "at": [1], "actor_id": [1], "Kind": ["post"]}), INTERACTIONS, Reading("posts.csv"))
    assert "'Kind' may be 'kind'" in str(caught.value)
    assert caught.value.exit_code == 65


@pytest.mark.parametrize("word", ["nan", "NaN", "", "  ", "None", "null", "<NA>", "N/A"])
def test_ids_that_stand_for_nothing_are_rejected(word: str) -> None:
    checked = check("actor_id", ["a", word])
    assert why(checked) == [(2, "actor_id", "missing")]
    assert checked.counts == {"rejected": 1, "rows": 2}


def test_nan_ids_of_a_float_column() -> None:
    checked = check("actor_id", [7.0, float("nan"), 1.5, 2.0**60])
    assert kept(checked, "actor_id") == ["7"]
    lost = "id is a number whose digits are lost"
    assert why(checked) == [(2, "actor_id", "missing"), (3, "actor_id", lost), (4, "actor_id", lost)]
    assert checked.counts["float_ids"] == 1


def test_damaged_ids() -> None:
    ids = ["12.0", " x ", "1.23E+18", "a\tb", "1.2e17", "1e5", "a\u202eb", "y" * 1025, "-100", "@name", "=1"]
    checked = check("parent_id", ids)
    assert kept(checked, "parent_id") == ["12", "x", "1e5", "-100", "@name", "=1"]
    assert [(line, reason.split(":")[0]) for line, _, reason in why(checked)] == [
        (3, "id is in scientific notation"),
        (4, "id holds control characters"),
        (5, "id is in scientific notation"),
        (7, "id holds control characters"),
        (8, "id is longer than 1024 bytes"),
    ]


def test_hostile_texts_stay_as_they_are() -> None:
    texts = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "nul\x00 and \x1b[31m", "", "nan", "🙃" * 1000]
    assert kept(check("text", texts), "text") == texts


def test_kinds_ignore_case_and_unknown_ones_are_rejected() -> None:
    checked = check("kind", ["Post", " reply ", "shout", None])
    assert kept(checked, "kind") == ["post", "reply"]
    assert [(line, reason[:20]) for line, _, reason in why(checked)] == [(3, "cannot be read as on"), (4, "missing")]


def test_optional_words_become_null_and_are_counted_unless_open() -> None:
    surface = check("surface", ["feed", "moon", None])
    assert kept(surface, "surface") == ["feed", None, None]
    assert (surface.counts["nulled"], surface.counts["nulled_surface"]) == (1, 1)
    assert kept(check("category", ["Abuse", "own word"]), "category") == ["abuse", "own word"]


def test_hostility_outside_its_bounds_sets_the_row_aside() -> None:
    checked = check("hostility", [0.0, 1.0, 1.5, -0.1, float("nan"), float("inf"), None])
    assert kept(checked, "hostility") == [0.0, 1.0, None, None]
    assert {reason for _, _, reason in why(checked)} == {"outside 0 to 1"}
    assert kept(check("hostility", ["0.5", "50%", "x"]), "hostility") == [0.5, 0.5, None]


def test_followers_as_exports_spell_them() -> None:
    checked = check("followers", ["12", "1,234", "1.2万", "3亿", "12.5", "-1", "many", "7.0", None])
    assert kept(checked, "followers") == [12, 1234, 12_000, 300_000_000, None, None, None, 7, None]
    assert checked.counts["nulled_followers"] == 3
    assert kept(check("followers", [2**60 + 1]), "followers") == [2**60 + 1]


def test_truth_values() -> None:
    checked = check("deleted", ["true", "0", "Yes", "是", "perhaps", None])
    assert kept(checked, "deleted") == [True, False, True, True, None, None]
    assert checked.counts["nulled_deleted"] == 1


def test_lists_in_every_form() -> None:
    checked = check("target_ids", ['["a", " b", 7]', "lone", "[", "[]", "", None, '["x\\u0000"]', '["nan", "y"]', "[[1]]"])
    assert kept(checked, "target_ids") == [["a", "b", "7"], ["lone"], [], None, None, ["y"]]
    assert [line for line, _, _ in why(checked)] == [3, 7, 9]
    assert kept(check("target_ids", [["a", None], [], None]), "target_ids") == [["a"], [], None]
    assert kept(check("target_ids", [[1, 2], [3]]), "target_ids") == [["1", "2"], ["3"]]
    objects = check("objects", ['["url:x"]', "{", "[1.5]"])
    assert kept(objects, "objects") == [["url:x"], ["{"], None]
    assert objects.counts["nulled_objects"] == 1


def test_absurd_times() -> None:
    checked = check("at", ["0", "1970-01-01", "1989-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "soon", None, "1990-01-01"])
    assert kept(checked, "at") == [datetime(1990, 1, 1, tzinfo=UTC)]
    assert [line for line, _, _ in why(checked)] == [1, 2, 3, 4, 5, 6]
    observed = check("observed_at", ["0", "2022-01-01"])
    assert kept(observed, "observed_at") == [None, datetime(2022, 1, 1, tzinfo=UTC)]
    assert (observed.counts["nulled_observed_at"], observed.counts["naive_times"]) == (1, 1)


def test_contracts_may_be_old_or_endless() -> None:
    frame = pl.DataFrame({"owner_id": ["a"], "owned_id": ["b"], "share": ["45%"], "valid_from": ["1950-01-01"], "valid_to": ["9999-12-31"]})
    rows = validate(frame, OWNERSHIP, Reading("o")).rows.collect()
    assert rows.select("share").item() == 0.45
    assert rows["valid_to"].dt.year().item() == 9999


def test_a_type_that_cannot_be_read_is_a_column_error() -> None:
    frame = pl.DataFrame(BASE).with_columns(pl.struct(pl.lit(1)).alias("followers"))
    with pytest.raises(ColumnError, match="followers"):
        validate(frame, INTERACTIONS, Reading("f"))


@pytest.mark.parametrize("table", INPUTS.values(), ids=lambda table: table.name)
def test_every_table_takes_its_own_empty_frame(table: Table) -> None:
    checked = validate(table.empty(), table, Reading("f"))
    rows = checked.rows.select(table.names).collect()
    assert rows.schema == table.empty().schema
    assert (len(rows), len(checked.rejected), dict(checked.counts)) == (0, 0, {})


def test_a_scan_gives_what_the_frame_gives_and_stays_lazy(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "interaction_id": ["1", "nan", "3.0", "4"],
            "at": ["2022-01-01", "2022-01-02", "0", "1640995200"],
            "actor_id": [1, 2, 3, 4],
            "kind": ["Post", "post", "post", "reply"],
            "target_ids": [["a", None], [], None, ["b"]],
            "own_column": [1, 2, 3, 4],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    eager = validate(frame, INTERACTIONS, Reading("f"))
    scan = validate(pl.scan_parquet(tmp_path / "x.parquet"), INTERACTIONS, Reading("f"))
    assert scan.rows.collect().equals(eager.rows.collect())
    assert scan.rejected.equals(eager.rejected)
    assert scan.counts == eager.counts == {"ignored_columns": 1, "float_ids": 1, "naive_times": 2, "rejected": 2, "rows": 4}
    for name in INTERACTIONS.names:  # a column at a time, as the graph stage reads
        assert scan.rows.select(name).collect().to_series().equals(eager.rows.select(name).collect().to_series(), null_equal=True)


def test_too_many_bad_rows_make_the_file_an_error() -> None:
    checked = check("kind", ["post", "x", "y", "z"])
    check_share(checked.rejected, 4, "f", LoadSettings(max_rejected_share=0.75))
    with pytest.raises(DataError, match=r"f: 3 of 4 rows cannot be used .*kind: cannot be read .* \(3\); first at line 2, 3, 4"):
        check_share(checked.rejected, 4, "f", LoadSettings())

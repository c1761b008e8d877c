from __future__ import annotations

import warnings
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from graphwatch.errors import ColumnError, DataError
from graphwatch.load import Frame, RejectedRows, as_interactions, as_table, check_frame
from graphwatch.schema import AFFILIATIONS, INTERACTIONS

COLUMNS: dict[str, list[object]] = {
    "interaction_id": [1, 2, 3],
    "at": ["2022-01-01T00:00:00Z", "2022-01-02T00:00:00Z", "2022-01-03T00:00:00Z"],
    "actor_id": ["a", "b", "c"],
    "kind": ["post", "reply", "comment"],
    "target_ids": [["x"], [], None],
    "hostility": [0.5, None, 1.0],
}


def frames() -> list[Frame]:
    eager = pl.DataFrame(COLUMNS, strict=False)
    arrow = pa.table(COLUMNS)
    return [COLUMNS, eager, eager.lazy(), pd.DataFrame(COLUMNS), arrow, arrow.to_batches()[0]]


@pytest.mark.parametrize("index", range(6), ids=["columns", "polars", "lazy", "pandas", "arrow", "batch"])
def test_every_kind_of_frame_gives_the_same(index: int) -> None:
    rows = as_interactions(frames()[index]).collect()
    assert rows.columns == list(INTERACTIONS.names)
    assert rows.schema == INTERACTIONS.empty().schema
    assert rows.select("interaction_id", "actor_id", "target_ids", "hostility").rows() == [
        ("1", "a", ["x"], 0.5),
        ("2", "b", [], None),
        ("3", "c", None, 1.0),
    ]
    assert rows["at"].to_list()[0] == datetime(2022, 1, 1, tzinfo=UTC)


def test_pandas_traps() -> None:
    frame = pd.DataFrame(
        {
            "interaction_id": [1.0, 2.0, float("nan")],
            "at": pd.to_datetime(["2022-01-01", "2022-01-02", "2022-01-03"]),
            "actor_id": ["a", 7, "c"],
            "kind": pd.Categorical(["post", "post", "reply"]),
            "parent_id": [None, pd.NA, float("nan")],
            "followers": pd.array([1, None, 3], dtype="Int64"),
            "deleted": [True, None, False],
        },
        index=[9, 9, 9],
    )
    before = frame.copy(deep=True)
    with pytest.warns(RejectedRows, match=r"1 of 3 rows were set aside; first: row 3, interaction_id: missing"):
        rows = as_interactions(frame).collect()
    assert rows.select("interaction_id", "actor_id", "parent_id", "followers", "deleted").rows() == [
        ("1", "a", None, 1, True),
        ("2", "7", None, None, None),
    ]
    assert rows["at"].to_list()[0] == datetime(2022, 1, 1, tzinfo=UTC)
    pd.testing.assert_frame_equal(frame, before)


def test_zoned_pandas_times_are_converted() -> None:
    moments = pd.to_datetime(["2022-01-01", "2022-01-02", "2022-01-03"]).tz_localize("Asia/Shanghai")
    rows = as_interactions(pd.DataFrame(COLUMNS).assign(at=moments)).collect()
    assert rows["at"].to_list()[0] == datetime(2021, 12, 31, 16, tzinfo=UTC)


def test_what_is_said_of_a_frame() -> None:
    twice = {name: [*values, values[0]] for name, values in COLUMNS.items()} | {"own": [1, 2, 3, 4]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checked = check_frame(twice, INTERACTIONS)
    assert checked.counts == {"duplicates": 1, "ignored_columns": 1, "rows": 4}
    assert len(as_interactions(twice, keep_duplicates=True).collect()) == 4
    assert len(as_interactions(twice).collect()) == 3


def test_frames_that_are_none() -> None:
    with pytest.raises(ColumnError, match="<frame>: required column kind missing"):
        as_interactions(pl.DataFrame(COLUMNS, strict=False).drop("kind"))
    with pytest.raises(DataError, match="different lengths"):
        as_interactions({"a": [1], "b": [1, 2]})
    broken: dict[str, list[object]] = COLUMNS | {"kind": ["x", "y", "post"]}
    with pytest.raises(DataError, match="2 of 3 rows cannot be used"):
        as_interactions(broken)


def test_other_tables_and_empty_frames() -> None:
    roster = as_table(pd.DataFrame({"account_id": ["u"], "agency_id": ["m"], "valid_from": ["2020-01-01"]}), AFFILIATIONS)
    assert roster.schema == AFFILIATIONS.empty().schema
    assert as_interactions(INTERACTIONS.empty()).collect().is_empty()
    assert as_interactions(pd.DataFrame({name: [] for name in COLUMNS})).collect().is_empty()


def test_python_objects_become_texts_or_go() -> None:
    """pandas columns of arbitrary objects are frequent; one beside the canonical ones must not stop anything."""

    frame = pd.DataFrame(COLUMNS | {"junk": [object(), {1}, len]})
    assert check_frame(frame, INTERACTIONS).counts == {"ignored_columns": 1, "rows": 3}
    held = pl.DataFrame(COLUMNS, strict=False).with_columns(pl.Series("actor_id", [UUID(int=7), np.int64(7), "c"], dtype=pl.Object))
    assert sorted(as_interactions(held).collect()["actor_id"].to_list()) == [str(UUID(int=7)), "7", "c"]
    lists = pd.DataFrame(COLUMNS | {"target_ids": [np.array(["x"]), ("y", "z"), None]})
    assert as_interactions(lists).collect()["target_ids"].to_list() == [["x"], ["y", "z"], None]
    with pytest.raises(DataError, match="several columns named actor_id"):
        as_interactions(pd.concat([frame, frame[["actor_id"]]], axis=1))


def test_the_warning_counts_rows_not_faults() -> None:
    broken: dict[str, list[object]] = COLUMNS | {"kind": ["x", "reply", "post"], "at": ["?", "2022-01-01", "2022-01-01"]}
    assert len(check_frame(broken, INTERACTIONS).rejected) == 2
    with pytest.warns(RejectedRows, match="1 of 3 rows were set aside"):
        as_interactions(broken)


BASE = {"interaction_id": ["1", "2"], "at": ["2024-05-01T00:00:00Z"] * 2, "actor_id": ["a", "b"], "kind": ["post", "post"]}
NOTHING = pd.ArrowDtype(pa.null())
LISTS = pd.ArrowDtype(pa.list_(pa.string()))
SPARSE: list[tuple[str, pd.Series | list[object], list[object]]] = [
    ("objects", [[], []], [[], []]),
    ("objects", [[], None], [[], None]),
    ("objects", [None, None], [None, None]),
    ("objects", [np.nan, np.nan], [None, None]),
    ("objects", [np.array([], dtype=object), np.array(["tag:a"], dtype=object)], [[], ["tag:a"]]),
    ("objects", [[np.nan], [None, "tag:a"]], [[], ["tag:a"]]),
    ("objects", pd.Series([[], []], dtype=pd.ArrowDtype(pa.list_(pa.null()))), [[], []]),
    ("objects", pd.Series([["tag:a"], None], dtype=LISTS), [["tag:a"], None]),
    ("objects", pd.Series([None, None], dtype=NOTHING), [None, None]),
    ("target_ids", [[], []], [[], []]),
    ("target_ids", [[None], []], [[], []]),
    ("text", [np.nan, np.nan], [None, None]),
    ("text", pd.Series(["a", None], dtype="string[pyarrow]"), ["a", None]),
    ("followers", [1.0, np.nan], [1, None]),
    ("followers", pd.Series([1, None], dtype="Int64"), [1, None]),
    ("deleted", pd.Series([True, None], dtype=object), [True, None]),
    ("observed_at", [np.nan, np.nan], [None, None]),
    ("platform", pd.Series(["x", None], dtype="category"), ["x", None]),
]


@pytest.mark.parametrize(("name", "given", "expected"), SPARSE)
def test_columns_with_little_or_nothing_in_them(name: str, given: pd.Series | list[object], expected: list[object]) -> None:
    frame = pd.DataFrame(BASE | {name: given})
    inputs: list[Frame] = [frame, pa.Table.from_pandas(frame)]
    if isinstance(given, list):
        inputs.append(BASE | {name: given})
    for data in inputs:
        checked = check_frame(data, INTERACTIONS)
        assert checked.interactions.collect()[name].to_list() == expected
        assert dict(checked.counts) == {"rows": 2}

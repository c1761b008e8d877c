from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.load.duplicates import deduplicate
from graphwatch.load.validate import Reading, validate
from graphwatch.schema import AGENCIES, INTERACTIONS

Row = dict[str, object]


def act(key: str, **more: object) -> Row:
    return {"interaction_id": key, "at": "2022-01-01T00:00:00Z", "actor_id": "a", "kind": "post", "platform": "x"} | more


def settle(rows: list[Row]) -> tuple[list[Row], list[str], dict[str, int]]:
    names = dict.fromkeys(name for row in rows for name in row)
    frame = pl.DataFrame([pl.Series(name, [row.get(name) for row in rows], strict=False) for name in names])
    found = deduplicate(validate(frame, INTERACTIONS, Reading("f")).rows, INTERACTIONS)
    kept = found.rows.select(INTERACTIONS.names).sort("platform", "interaction_id").collect().to_dicts()
    return kept, found.rejected["reason"].to_list(), dict(found.counts)


def test_identical_rows_are_dropped_and_counted() -> None:
    kept, rejected, counts = settle([act("1"), act("1"), act("1"), act("2")])
    assert ([row["interaction_id"] for row in kept], rejected, counts) == (["1", "2"], [], {"duplicates": 2})


def test_the_same_id_on_two_platforms_is_two_acts() -> None:
    kept, _, counts = settle([act("1"), act("1", platform="y"), act("1", platform=None)])
    assert (len(kept), counts) == (3, {})


def test_contradicting_rows_keep_the_latest_observation() -> None:
    old, new = act("1", text="a", observed_at="2022-01-02"), act("1", text="b", observed_at="2022-01-03")
    for rows in ([old, new], [new, old], [act("1", text="c"), new, old]):
        kept, rejected, counts = settle(rows)
        assert kept[0]["text"] == "b"
        assert rejected == ["duplicate id with different content"] * (len(rows) - 1)
        assert counts == {"duplicate_conflicts": len(rows) - 1}


def test_one_act_seen_twice_is_merged() -> None:
    early = act("1", text="t", followers=1, observed_at="2022-01-02", deleted=True, objects=["url:t.co"])
    late = act("1", parent_id="p", followers=5, observed_at="2022-01-03", objects=["url:long"])
    for rows in ([early, late], [late, early]):
        kept, rejected, counts = settle(rows)
        assert (kept[0]["text"], kept[0]["parent_id"], kept[0]["followers"], kept[0]["deleted"]) == ("t", "p", 5, True)
        assert kept[0]["objects"] == ["url:long"]
        assert (rejected, counts) == ([], {"duplicates": 1})


@pytest.mark.parametrize("column", ["text", "actor_id", "kind", "at", "target_ids"])
def test_what_counts_as_different_content(column: str) -> None:
    other: dict[str, object] = {
        "text": "b",
        "actor_id": "b",
        "kind": "reply",
        "at": "2022-02-02T00:00:00Z",
        "target_ids": ["z"],
    }
    first = act("1", text="a", target_ids=["y"])
    _, rejected, _ = settle([first, first | {column: other[column]}])
    assert len(rejected) == 1


values = st.fixed_dictionaries(
    {
        "key": st.sampled_from("12"),
        "text": st.sampled_from([None, "a", "b"]),
        "followers": st.sampled_from([None, 1, 2]),
        "observed_at": st.sampled_from([None, "2022-01-02T00:00:00Z", "2022-01-03T00:00:00Z"]),
        "target_ids": st.sampled_from([None, "[]", '["t"]']),
    }
)


@settings(deadline=None, max_examples=40)
@given(st.lists(values, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_row_order_does_not_matter_and_no_row_is_lost(rows: list[dict[str, str]], rng: random.Random) -> None:
    acts = [act(row["key"], **{name: value for name, value in row.items() if name != "key"}) for row in rows]
    shuffled = acts.copy()
    rng.shuffle(shuffled)
    first, second = settle(acts), settle(shuffled)
    assert first == second
    assert len({row["interaction_id"] for row in first[0]}) == len(first[0]) == len({row["key"] for row in rows})
    assert len(rows) == len(first[0]) + len(first[1]) + first[2].get("duplicates", 0)


def test_a_roster_row_that_knows_less_does_not_win() -> None:
    companies = ["91110000600037341L", None, "91110000600037341X", "91110000600037341L", None, None]
    frame = pl.DataFrame({"agency_id": ["x"] * 6, "name": ["A"] * 6, "company_id": companies})
    for rows in (frame, frame.reverse()):
        found = deduplicate(validate(rows, AGENCIES, Reading("a.csv")).rows, AGENCIES)
        assert found.rows.collect()["company_id"].to_list() == ["91110000600037341L"]
        assert dict(found.counts) == {"duplicates": 4, "duplicate_conflicts": 1}  # only one says something else
        frame_of_two = rows.filter(pl.col("company_id").is_not_null()).unique(maintain_order=True)
        lines = frame_of_two.with_row_index("line", offset=1).filter(pl.col("company_id").str.ends_with("L"))["line"].cast(pl.Int64)
        doubtful = pl.DataFrame({"file": ["a.csv"], "line": lines})
        other = deduplicate(validate(frame_of_two, AGENCIES, Reading("a.csv")).rows, AGENCIES, doubtful)
        assert other.rows.collect()["company_id"].to_list() == ["91110000600037341X"]

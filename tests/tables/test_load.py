"""Loading: nothing lost, nothing doubled, later observations kept as history."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.errors import ConfigurationError, DataError, OutputError
from graphwatch.load import load_interactions
from graphwatch.settings import LoadSettings
from graphwatch.tables import Case
from tests.tables.acts import START, WriteRows, acts, current, data_files, edited


def test_rows_come_back_equal(case: Case, write: WriteRows) -> None:
    rows = acts(300)
    report = case.load(write(rows, "a"))
    assert (report.version, report.changed, report.tables["interactions"]["added"]) == (1, True, 300)
    assert current(case).equals(rows.drop("source").sort("platform", "interaction_id"))
    assert case.scan("interactions").collect_schema() == rows.schema


def test_the_same_file_twice_writes_nothing(case: Case, write: WriteRows) -> None:
    path = write(acts(100), "a")
    case.load(path)
    state, files = (case.root / "state.json").read_bytes(), data_files(case)
    again = case.load(path)
    assert not again.changed
    assert (case.root / "state.json").read_bytes() == state
    assert data_files(case) == files
    renamed = path.rename(path.with_name("b.parquet"))
    assert not case.load(renamed).changed


def test_overlapping_files(case: Case, write: WriteRows) -> None:
    case.load(write(acts(200), "a"))
    report = case.load(write(acts(200, first=100), "b"))
    assert report.tables["interactions"] == {"added": 100, "repeated": 100, "history": 0, "rejected": 0, "forgotten": 0}
    assert current(case).equals(acts(300).drop("source").sort("platform", "interaction_id"))
    assert case.table("repeated").is_empty()
    first = case.scan("interactions").filter(pl.col("interaction_id") == "i150").collect()["source"].item()
    assert first.startswith(load_interactions(Path(case.root.parent / "a.parquet")).interactions.collect()["source"][0][:16])


def test_one_row_twice_in_a_load(case: Case, write: WriteRows) -> None:
    rows = acts(50)
    report = case.load([write(rows, "a"), write(rows.reverse().head(20), "b")])
    assert len(current(case)) == 50
    assert report.tables["interactions"]["added"] == 50


def test_a_later_observation_is_history(case: Case, write: WriteRows) -> None:
    rows = acts(60)
    case.load(write(rows, "a"))
    gone = edited(rows.head(1), deleted=True, text=None)
    changed = edited(rows.slice(1, 1), text="something else")
    moved = edited(rows.slice(2, 1), at=START - timedelta(days=5))
    report = case.load(write(pl.concat([gone, changed, moved]), "b"))
    assert report.tables["interactions"]["history"] == 3
    now = {row["interaction_id"]: row for row in current(case).to_dicts()}
    assert len(now) == 60
    assert (now["i0"]["deleted"], now["i0"]["text"]) == (True, rows["text"][0])
    assert now["i1"]["text"] == "something else"
    assert now["i2"]["at"] == START - timedelta(days=5)
    seen = case.history("i1")
    assert seen["text"].to_list() == [rows["text"][1], "something else"]
    assert seen["load_id"].n_unique() == 2
    assert len(case.history("i9", "forum")) == 1
    assert case.history("i9", "elsewhere").is_empty()


def test_an_earlier_observation_that_comes_later_does_not_win(case: Case, write: WriteRows) -> None:
    rows = acts(5)
    case.load(write(edited(rows, text="new", days=30), "new"))
    case.load(write(rows, "old"))
    assert current(case)["text"].unique().to_list() == ["new"]


def test_deleted_stays_deleted_after_an_edit(case: Case, write: WriteRows) -> None:
    rows = acts(1)
    case.load(write(edited(rows, deleted=True, days=1), "a"))
    case.load(write(edited(rows, deleted=False, text="edited", days=2), "b"))
    assert current(case).select("deleted", "text").row(0) == (True, "edited")


@settings(max_examples=3)
@given(st.permutations(range(5)), st.integers(0, 3))
def test_order_of_loading_does_not_matter(tmp_path_factory: pytest.TempPathFactory, order: list[int], seed: int) -> None:
    folder = tmp_path_factory.mktemp("order")
    rows = acts(40, seed=seed)
    parts = [
        rows.head(25),
        rows.tail(25),
        edited(rows.slice(10, 10), days=15, text="once more"),
        edited(rows.slice(12, 4), days=15, text="otherwise"),
        edited(rows.slice(5, 20), days=12, followers=7, deleted=True),
    ]
    paths = []
    for number, part in enumerate(parts):
        part.drop("source").write_parquet(folder / f"{number}.parquet")
        paths.append(folder / f"{number}.parquet")
    straight, mixed = Case.create(folder / "straight"), Case.create(folder / "mixed")
    for number in range(5):
        straight.load(paths[number])
        mixed.load(paths[order[number]])
    once = Case.create(folder / "once")
    once.load(paths)
    assert current(straight).equals(current(mixed))
    assert current(once)["interaction_id"].to_list() == current(mixed)["interaction_id"].to_list()


def test_side_tables_keep_history_and_are_read_by_key(case: Case, tmp_path: Path) -> None:
    for number, followers in enumerate((10, 20)):
        seen = [START + timedelta(days=number), START]
        frame = pl.DataFrame({"account_id": ["a1", "a2"], "platform": "forum", "followers": [followers, 5], "observed_at": seen})
        frame.write_parquet(tmp_path / f"accounts{number}.parquet")
        case.load([], side={"accounts": tmp_path / f"accounts{number}.parquet"})
    rows = case.table("accounts")
    assert rows.select("account_id", "followers").rows() == [("a1", 10), ("a1", 20), ("a2", 5)]


def test_a_corrected_roster_takes_effect(case: Case, tmp_path: Path) -> None:
    for name in ("Zeta", "Alpha"):
        pl.DataFrame({"agency_id": ["m1"], "name": [name]}).write_csv(tmp_path / f"{name}.csv")
        case.load([], side={"agencies": tmp_path / f"{name}.csv"})
    assert case.table("agencies")["name"].to_list() == ["Alpha"]
    assert case.at(1).table("agencies")["name"].to_list() == ["Zeta"]


def test_rejected_rows_are_kept_apart(case: Case, tmp_path: Path) -> None:
    times = ["no time", *["2024-03-01T00:00:00Z"] * 3]
    lines = [{"interaction_id": f"i{n}", "at": at, "actor_id": "a", "kind": "post"} for n, at in enumerate(times)]
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    report = case.load(path)
    assert (report.tables["interactions"]["added"], report.tables["interactions"]["rejected"]) == (3, 1)
    assert case.table("rejected").select("line", "field", "table").rows() == [(1, "at", "interactions")]


def test_a_file_of_bad_rows_only(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b'{"interaction_id": "i1", "at": "never", "actor_id": "a", "kind": "post"}\n' * 3)
    with pytest.raises(DataError):
        case.load(path)
    assert case.version == 0
    assert list((case.root / "staging").iterdir()) == []
    report = case.load(path, settings=LoadSettings(max_rejected_share=1))
    assert report.tables["interactions"]["rejected"] == 3
    assert current(case).is_empty()


def test_an_empty_file(case: Case, write: WriteRows) -> None:
    assert case.load(write(acts(1).head(0), "none")).changed
    assert current(case).is_empty()
    assert case.data_version == 0


def test_types_outlive_the_case(case: Case, write: WriteRows) -> None:
    rows = acts(3).with_columns(
        pl.Series(
            "at", [datetime(1999, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2024, 2, 29, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)]
        ).cast(pl.Datetime("us", "UTC")),
        pl.Series("target_ids", [[], ["a", "a'\"\\"], ["漢"]]),
    )
    case.load(write(rows, "a"))
    assert current(case).equals(rows.drop("source").sort("interaction_id"))


def test_deletions_before_and_after_the_act(tmp_path: Path) -> None:
    event = {"did": "did:plc:a", "kind": "commit", "time_us": 1_700_000_000_000_000}
    made = event | {
        "commit": {
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": "r1",
            "record": {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": "2023-11-14T22:13:20Z"},
        }
    }
    gone = event | {"time_us": 1_700_000_100_000_000, "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "r1"}}
    other = orjson.loads(orjson.dumps(made).replace(b"r1", b"r2"))
    (tmp_path / "made.jsonl").write_bytes(orjson.dumps(made) + b"\n" + orjson.dumps(other) + b"\n")
    (tmp_path / "gone.jsonl").write_bytes(orjson.dumps(gone) + b"\n" + orjson.dumps(other) + b"\n")
    for number, order in enumerate((("made", "gone"), ("gone", "made"))):
        held = Case.create(tmp_path / f"case{number}")
        for name in order:
            held.load(tmp_path / f"{name}.jsonl", format="jetstream")
        rows = held.scan("interactions").select(pl.col("interaction_id").str.slice(-2), "deleted").collect().rows()
        assert dict(rows) == {"r1": True, "r2": None}


def test_what_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="graphwatch init"):
        Case(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="not empty"):
        Case.create(tmp_path)
    held = Case.create(tmp_path / "case", name="storm")
    assert held.name == "storm"
    assert (held.root / "salt").stat().st_mode & 0o777 == 0o600
    with pytest.raises(OutputError, match="case already"):
        Case.create(tmp_path / "case")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["case.json", "state.json"])
def test_a_case_of_a_newer_graphwatch(case: Case, name: str) -> None:
    path = case.root / name
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"format": 99}))
    with pytest.raises(ConfigurationError, match="newer graphwatch"):
        Case(case.root).scan("interactions")


def test_a_case_that_cannot_be_written(case: Case, write: WriteRows, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(acts(10), "a")
    case.load(path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="cannot be written"):
        case.load(write(acts(10, first=5), "b"))
    assert len(current(case)) == 10


def test_wrong_use(case: Case, write: WriteRows) -> None:
    with pytest.raises(ConfigurationError, match="no input file"):
        case.load([])
    with pytest.raises(ConfigurationError, match="no side table"):
        case.load([], side={"friends": Path("x")})
    with pytest.raises(DataError, match="cannot be read"):
        case.load(case.root / "absent")
    with pytest.raises(ConfigurationError, match="no table"):
        case.scan("friends")
    case.load(write(acts(3), "a"))
    with pytest.raises(ConfigurationError, match="read only"):
        case.at(0).load(write(acts(9), "b"))

"""What is forgotten is nowhere in the folder, does not come back, and what is held is not forgotten."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest

from graphwatch.errors import ConfigurationError, DataError
from graphwatch.schema import RESULTS, STRINGS
from graphwatch.tables import Case
from graphwatch.tables.forget import forget_older
from graphwatch.tables.redact import OBJECT_COLUMNS, sort_of
from tests.tables.village import GONE, GONE_NAME, PEOPLE, START, findings, records, side_tables, traces, village, who, write_lines


def test_no_byte_of_the_account_is_left(tmp_path: Path) -> None:
    case = village(tmp_path)
    words = (GONE, GONE_NAME, "formerly-Mira")
    before = traces(case.root, *words)
    assert {path.split("/")[1] for path in before if path.startswith("tables/")} >= {
        "interactions",
        "accounts",
        "follows",
        "affiliations",
        "identities",
        "rejected",
        "results",
        "runs",
        "loads",
    }
    done = case.forget(account=GONE, platform="forum", reason="request 7")
    assert traces(case.root, *words) == []
    acts = case.scan("interactions").collect()
    assert len(acts) == 120 - 120 // PEOPLE
    assert done.rows["interactions"] == 12 + 1  # one of them had been edited
    assert done.rows["accounts"] == 2
    assert done.rows["follows"] == 2
    assert done.rows["affiliations"] == done.rows["identities"] == 1
    assert done.rows["rejected"] == 2  # the other one names it in its words
    stand_ins = acts["target_ids"].explode().drop_nulls().unique().to_list()
    assert len([name for name in stand_ins if name.startswith("forgotten-")]) == 1
    assert case.verify() == [item for item in case.verify() if item.severity == "note"]


def test_findings_about_the_account_go_and_others_stay(tmp_path: Path) -> None:
    case = village(tmp_path)
    case.forget(account=GONE, platform="forum", reason="request 7")
    held = case.results("run-1")
    assert held["pileons"]["pileon_id"].to_list() == ["p-2"]
    assert held["members"]["actor_id"].to_list() == [who(5)]
    assert held["members"]["evidence"].to_list()[0][1] == f"{who(5)}/post/5"
    assert held["cascades"]["root_actor_id"].to_list() == [who(0)]
    assert held["coactions"].select("a", "b").rows() == [(who(1), who(2))]
    assert held["alerts"]["alert_id"].to_list() == ["al-2"]
    assert held["campaigns"]["targets"].to_list()[0][1] == who(4)
    assert len(case.runs()) == 1


def everywhere(name: str) -> pl.DataFrame:
    """Give a result table in which each column that may hold something of the account does so, in a row of its own."""
    table, rows = RESULTS[name], []
    for column in table.columns:
        sort = sort_of(name, column.name)
        if column.dtype not in (pl.String, STRINGS) or sort == "other":
            continue
        act = f"{GONE}/post/3"
        values = {"account": [GONE, f"forum:{GONE}"], "act": [act, f"forum:{act}"], "words": [f"by @{GONE_NAME}, that is {GONE}"]}
        told = [*values[sort], f"thread:{act}"] if column.name in OBJECT_COLUMNS else values[sort]
        rows += [{column.name: [value] if column.dtype == STRINGS else value} for value in told]
    places = [pl.lit("forum").alias(column) for column in ("platform", "cause_platform") if column in table.names]
    held = {name: dtype for name, dtype in table.dtypes.items() if any(name in row for row in rows)}
    return table.conform(pl.DataFrame(rows, schema=held).with_columns(places)) if rows else table.empty()


def test_no_result_table_keeps_a_byte(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    frames = {name: everywhere(name) for name in RESULTS}
    assert sum(len(frame) > 0 for frame in frames.values()) > len(frames) * 0.8
    case.write_results("run-1", frames, {"version": case.version, "window": None, "settings_digest": "d"})
    held = {path.split("/")[2] for path in traces(case.root, GONE) if path.startswith("tables/results")}
    assert held == {name for name, frame in frames.items() if len(frame)}
    case.hold(account=GONE, reason=f"file on {GONE}")
    case.release(case.holds()[0].hold_id, reason=f"{GONE} agreed")
    case.forget(account=GONE, reason=f"request of {GONE} ({GONE_NAME})")
    assert traces(case.root, GONE, f"@{GONE_NAME}") == []
    assert case.holds()[0].account_id != GONE


def test_what_belongs_to_a_finding_goes_with_it(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    old, new = START, START + timedelta(days=8)
    rows: dict[str, list[dict[str, object]]] = {
        "pileons": [{"pileon_id": "p-1", "target_id": GONE, "end": old}, {"pileon_id": "p-2", "target_id": who(4), "end": new}],
        "campaigns": [
            {"campaign_id": "c-1", "pileons": ["p-1"], "last_at": old},
            {"campaign_id": "c-2", "pileons": ["p-2", "p-1", "p-0"], "last_at": new},
        ],
        "agencies": [{"scope": scope, "agency_id": "m"} for scope in ("p-1", "c-1", "p-2", "c-2")],
        "agency_contracts": [{"scope": scope, "account_id": who(6), "at": old} for scope in ("p-1", "p-2")],
        "coactions": [{"a": who(1), "b": who(2), "last_at": old}, {"a": who(1), "b": who(5), "last_at": new}],
        "coaction_evidence": [{"a": who(1), "b": who(2)}, {"a": who(1), "b": who(5)}],
    }
    rows |= {name: [{"pileon_id": "p-1"}, {"pileon_id": "p-2"}] for name in ("pileon_statistics", "trace_fits", "prior_coactions")}
    frames = {name: RESULTS[name].conform(pl.DataFrame(held)) for name, held in rows.items()}
    case.write_results("run-1", frames, {"version": case.version, "window": None, "settings_digest": "d"})
    twin = Case(shutil.copytree(case.root, tmp_path / "twin"))
    case.forget(account=GONE, reason="request 7")
    forget_older(twin, 3, now=START + timedelta(days=10, hours=5))
    for left in (case.results("run-1"), twin.results("run-1")):
        assert left["pileons"]["pileon_id"].to_list() == ["p-2"]
        assert left["campaigns"]["campaign_id"].to_list() == ["c-2"]
        assert left["agencies"]["scope"].to_list() == ["p-2", "c-2"]
        assert left["agency_contracts"]["scope"].to_list() == ["p-2"]
        assert all(left[name]["pileon_id"].to_list() == ["p-2"] for name in ("pileon_statistics", "trace_fits", "prior_coactions"))
    assert case.results("run-1")["campaigns"]["pileons"].to_list() == [["p-2", "p-0"]]
    assert twin.results("run-1")["coaction_evidence"]["b"].to_list() == [who(5)]


def test_a_later_load_does_not_bring_it_back(tmp_path: Path) -> None:
    case = village(tmp_path)
    case.forget(account=GONE, platform="forum", reason="request 7")
    before = case.scan("interactions").collect().sort("interaction_id")
    again = case.load(write_lines(records()[::-1], tmp_path / "again.ndjson"), side=side_tables(tmp_path))
    assert again.tables["interactions"]["forgotten"] == 12
    assert again.tables["interactions"]["added"] == 0
    assert [again.tables[name]["added"] for name in ("accounts", "follows", "affiliations", "identities")] == [0] * 4
    assert case.scan("interactions").collect().sort("interaction_id").drop("source").equals(before.drop("source"))
    assert traces(case.root, GONE, GONE_NAME) == []
    elsewhere = case.load(write_lines(records(platform="other"), tmp_path / "other.ndjson"))
    assert elsewhere.tables["interactions"]["added"] == 120  # the same id on another platform is somebody else


def test_the_tombstone_says_why_and_not_who(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    done = case.forget(account=GONE, reason="request 7")
    stones = case.scan("forgotten").filter(pl.col("reason").is_not_null()).collect()
    assert stones["reason"].to_list() == ["request 7"]
    assert orjson.loads(stones["counts"][0])["rows"] == done.rows
    assert (case.root / "salt").stat().st_mode & 0o077 == 0


def test_earlier_versions_say_that_they_are_gone(tmp_path: Path) -> None:
    case = village(tmp_path)
    done = case.forget(account=GONE, reason="request 7")
    with pytest.raises(ConfigurationError, match=f"cannot be read any more: data was deleted for good by version {done.version}"):
        case.at(done.version - 1)
    assert case.at(done.version).scan("interactions").collect().height == 108
    case.load(write_lines(records(platform="other"), tmp_path / "other.ndjson"))
    assert case.at(done.version).scan("interactions").collect().height == 108


def test_an_account_that_is_not_there_and_one_without_reason(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    version = case.version
    with pytest.raises(ConfigurationError, match="reason"):
        case.forget(account=GONE, reason=" ")
    assert case.version == version
    assert case.forget(account="nobody-at-all", reason="request 8").rows == {}
    row = {**records()[0], "actor_id": "nobody-at-all", "interaction_id": "n1"}
    assert case.load(write_lines([row], tmp_path / "n.ndjson")).tables["interactions"]["forgotten"] == 1
    with pytest.raises(ConfigurationError, match="read only"):
        case.at(case.version).forget(account=GONE, reason="request 7")
    with pytest.raises(ConfigurationError, match="one of them"):
        case.forget(reason="neither")


def test_a_damaged_file_stops_it_since_nobody_knows_what_it_holds(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    file = next((case.root / "tables" / "interactions").rglob("part-*.parquet"))
    file.write_bytes(file.read_bytes()[:100])
    version = case.version
    with pytest.raises(DataError, match="verify"):
        case.forget(account=GONE, reason="request 7")
    assert case.version == version
    assert not case.status().unfinished
    with pytest.raises(DataError, match="verify"):
        case.compact()
    case.set_aside()
    case.forget(account=GONE, reason="request 7")
    assert traces(case.root, GONE) == []


def test_what_was_set_aside_and_staged_goes_too(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    for folder in ("damaged", "staging/leftover"):
        (case.root / folder).mkdir(parents=True)
        (case.root / folder / "x.bin").write_bytes(GONE.encode())
    case.forget(account=GONE, reason="request 7")
    assert traces(case.root, GONE) == []


def test_limit_of_age(tmp_path: Path) -> None:
    case = village(tmp_path)
    now = START + timedelta(days=15)
    limit = START + timedelta(days=5)
    kept = case.scan("interactions").filter(pl.col("at") >= limit).collect().sort("interaction_id")
    done = forget_older(case, 10, now=now)
    assert case.scan("interactions").collect().sort("interaction_id").equals(kept)
    assert done.rows["interactions"] == 60 + 2
    assert done.rows["accounts"] == 1  # the former name
    assert case.results("run-1")["members"].is_empty()
    again = case.load(write_lines(records()[:65], tmp_path / "again.ndjson"))
    assert again.tables["interactions"]["forgotten"] == 60
    assert case.scan("interactions").collect().sort("interaction_id").equals(kept)
    with pytest.raises(ConfigurationError, match="above zero"):
        case.forget(older_than_days=0, reason="limit")


def test_holds(tmp_path: Path) -> None:
    case = village(tmp_path)
    with pytest.raises(ConfigurationError, match="reason"):
        case.hold(account=GONE, reason="")
    hold = case.hold(account=GONE, platform="forum", reason="file 12")
    with pytest.raises(ConfigurationError, match="legal hold stands"):
        case.forget(account=GONE, reason="request 7")
    with pytest.raises(ConfigurationError, match="legal hold stands"):  # it acted on the account that is held
        case.forget(account=who(2), platform="forum", reason="request 8")
    with pytest.raises(ConfigurationError, match="legal hold stands"):
        case.forget(account=who(2), reason="request 8")
    assert case.forget(account=who(7), reason="request 9").rows["interactions"] == 12
    version = case.version
    done = forget_older(case, 1, now=datetime(2025, 1, 1, tzinfo=UTC))
    left = case.scan("interactions").collect()
    here = (pl.col("actor_id") == GONE) | pl.col("target_ids").list.contains(GONE)
    assert len(left) == len(left.filter(here)) == 36 - 0
    assert done.held >= 36
    assert case.version == version + 1
    released = case.release(hold.hold_id, reason="closed")
    assert released.release_reason == "closed"
    assert not released.standing
    assert case.forget(account=GONE, reason="request 7").rows["interactions"] == 12 + 1
    assert [held.account_id is not None and held.account_id.startswith("forgotten-") for held in case.holds()] == [True]
    assert traces(case.root, GONE) == []
    with pytest.raises(ConfigurationError, match="no hold"):
        case.release(hold.hold_id, reason="again")


def test_a_hold_on_the_whole_case(tmp_path: Path) -> None:
    case = village(tmp_path, results=False)
    hold = case.hold(reason="court order")
    for call in ({"account": GONE}, {"older_than_days": 1.0}):
        with pytest.raises(ConfigurationError, match="the whole case: court order"):
            case.forget(reason="request", **call)
    case.release(hold.hold_id, reason="lifted")
    assert case.forget(account=GONE, reason="request").rows


def test_a_case_of_two_forgotten_accounts(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "c")
    case.load(write_lines(records(), tmp_path / "r.ndjson"))
    case.forget(account=GONE, reason="one")
    case.forget(account=who(5), reason="two")
    assert traces(case.root, GONE, who(5)) == []
    assert len(case.scan("interactions").collect()) == 96
    assert case.status().forgotten == 2
    case.write_results("run-2", {name: frame.clear() for name, frame in findings().items()}, {"version": case.version})
    assert [item.kind for item in case.verify()] == []

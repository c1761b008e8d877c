"""Damage is found and named, the rest stays readable, and there is a way on."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from graphwatch.errors import ConfigurationError, DataError
from graphwatch.tables import Case, Damage
from graphwatch.tables.manifest import write_state
from tests.tables.village import GONE, checksum, records, village, write_lines


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return village(tmp_path_factory.mktemp("template")).root


@pytest.fixture
def case(template: Path, tmp_path: Path) -> Case:
    return Case(shutil.copytree(template, tmp_path / "case"))


def data_file(case: Case, table: str = "interactions", number: int = 0) -> Path:
    folder = case.root / "tables" / table
    return sorted(path for path in folder.rglob("*.parquet") if "_delta_log" not in path.parts)[number]


def damage_of(case: Case) -> list[Damage]:
    return [item for item in case.verify() if item.severity == "damage"]


def test_a_whole_case_has_nothing_to_say(case: Case) -> None:
    assert case.verify() == []


@pytest.mark.parametrize("kind", ["digest", "size", "missing"])
@pytest.mark.parametrize("table", ["interactions", "accounts", "results/members"])
def test_a_damaged_file_is_named_with_its_table_and_day(case: Case, kind: str, table: str) -> None:
    path = data_file(case, table)
    body = bytearray(path.read_bytes())
    if kind == "digest":
        body[len(body) // 3] ^= 0x10
        path.write_bytes(body)
    elif kind == "size":
        path.write_bytes(body[:-7])
    else:
        path.unlink()
    (found,) = damage_of(case)
    assert (found.kind, found.table, found.path) == (kind, table, path.relative_to(case.root).as_posix())
    day = {"interactions": path.parent.name.removeprefix("day="), "results/members": "run-1"}.get(table)
    assert found.day == day
    assert "load the same exports again" in found.remedy


def test_every_bit_of_a_file_counts(case: Case) -> None:
    path = data_file(case)
    body = path.read_bytes()
    for place in range(0, len(body), len(body) // 12):
        flipped = bytearray(body)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        assert [found.kind for found in damage_of(case)] == ["digest"], place
    path.write_bytes(body)
    assert damage_of(case) == []


def test_the_rest_stays_readable_and_loading_again_restores_it(case: Case, tmp_path: Path) -> None:
    before = checksum(case)
    rows = case.scan("interactions").collect().height
    path = data_file(case, number=2)
    lost = len(pl.read_parquet(path, hive_partitioning=False))
    path.write_bytes(path.read_bytes()[:50])
    data_file(case, "accounts").unlink()
    with pytest.raises((pl.exceptions.ComputeError, DataError)):
        case.scan("interactions").collect()
    assert case.scan("interactions", skip_damaged=True).collect().height >= rows - lost
    assert case.table("follows").height == 10
    assert case.status().absent == 1
    moved = case.set_aside()
    assert [place.exists() for place in moved] == [True]
    assert damage_of(case) == []
    assert case.scan("interactions").collect().height == rows - lost
    with pytest.raises(ConfigurationError, match="damaged and set aside"):
        case.at(3)
    case.load(write_lines(records(), tmp_path / "all.ndjson"))
    accounts = case.root.parent / "accounts.parquet"
    pl.DataFrame({"account_id": ["villager00000"], "platform": ["forum"]}).write_parquet(accounts)
    case.load([], side={"accounts": accounts})
    assert case.scan("interactions").collect().height == rows
    assert checksum(case) != before  # the former names are not in these files


def test_a_damaged_log_is_a_clear_message(case: Case) -> None:
    log = case.root / "tables" / "follows" / "_delta_log"
    entry = max(log.glob("*.json"))
    entry.write_bytes(entry.read_bytes()[:40])
    found = damage_of(case)
    assert {(item.kind, item.table) for item in found} == {("log", "follows")}
    assert any("entry 1 of the log cannot be read" in item.detail for item in found)
    with pytest.raises(DataError):
        case.table("follows")
    assert case.table("accounts").height == 11
    entry.unlink()
    assert {item.kind for item in damage_of(case)} == {"log"}


def test_a_flipped_bit_of_a_log_is_named_and_nothing_is_removed(case: Case) -> None:
    files = sorted((case.root / "tables").rglob("part-*.parquet"))
    entry = max((case.root / "tables" / "interactions" / "_delta_log").glob("*.json"))
    body = entry.read_bytes()
    entry.write_bytes(body.replace(b'"numRecords', b'"numRecordt', 1).replace(b'\\"numRecords', b'\\"numRecordt', 1))
    assert entry.read_bytes() != body
    assert [(item.kind, item.path) for item in damage_of(case)] == [("log", entry.relative_to(case.root).as_posix())]
    entry.write_bytes(body[:-30])
    assert {item.kind for item in case.verify()} == {"log"}  # and no data file is called one that nobody needs
    for path in files:
        os.utime(path, (0, 0))
    for change in (
        lambda: case.compact(keep_days=0),
        lambda: case.forget(account=GONE, reason="r"),
        lambda: case.forget(older_than_days=1, reason="r"),
    ):
        with pytest.raises(DataError, match=entry.name):
            change()
    assert sorted((case.root / "tables").rglob("part-*.parquet")) == files
    entry.write_bytes(body)
    assert case.verify() == []
    case.forget(account=GONE, reason="r")
    checkpoint = max((case.root / "tables" / "interactions" / "_delta_log").glob("*.checkpoint.parquet"))
    flipped = bytearray(checkpoint.read_bytes())
    flipped[len(flipped) // 2] ^= 4
    checkpoint.write_bytes(flipped)
    assert checkpoint.relative_to(case.root).as_posix() in {item.path for item in damage_of(case)}


def test_a_table_that_is_newer_than_the_case_is_no_damage(case: Case) -> None:
    shutil.rmtree(case.root / "tables" / "ownership")
    assert case.verify() == []


def test_a_damaged_manifest_and_a_missing_salt(case: Case) -> None:
    (case.root / "salt").unlink()
    assert [(item.kind, item.path) for item in damage_of(case)] == [("state", "salt")]
    (case.root / "state.json").write_text("{")
    assert [(item.kind, item.path) for item in damage_of(case)] == [("state", "state.json")]


def test_files_of_nobody_and_of_others_are_noted(case: Case) -> None:
    shutil.copy(data_file(case), data_file(case).with_name("stranger.parquet"))
    assert [(item.severity, item.kind) for item in case.verify()] == [("note", "orphan")]
    case.compact()
    assert [item.kind for item in case.verify() if item.kind == "orphan"] == ["orphan"]  # it may be somebody's work in progress
    follows = pl.DataFrame({"follower_id": ["x"], "followed_id": ["y"]})
    write_deltalake(str(case.root / "tables" / "follows"), follows, mode="append", schema_mode="merge")
    assert "foreign" in {item.kind for item in case.verify()}


def test_doubled_rows_are_found(case: Case) -> None:
    table = case.root / "tables" / "interactions"
    rows = pl.read_delta(str(table)).head(3)
    write_deltalake(str(table), rows, mode="append", partition_by=["day"])
    newest = max(int(path.stem) for path in (table / "_delta_log").glob("*.json"))
    entries = [
        replace(e, tables={**e.tables, "interactions": newest} if "interactions" in e.tables else e.tables) for e in case.state.entries
    ]
    write_state(case.root, replace(case.state, entries=tuple(entries)))
    assert "rows are in the case twice" in " ".join(item.detail for item in damage_of(case))

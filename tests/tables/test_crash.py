"""A load that is killed at any point leaves the case as it was or as it should be, and the next load completes it."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from graphwatch.tables import Case
from graphwatch.tables.layout import STORED
from graphwatch.tables.manifest import Commit
from tests.tables.acts import START, WriteRows, acts, content, current, data_files, edited
from tests.tables.killed import start

HURRY = 60.0
EVERY = int(os.environ.get("GRAPHWATCH_KILL_EVERY", "7"))  # 1: after every operation, some minutes


def referenced(case: Case) -> list[str]:
    table = DeltaTable(case.root / "tables" / "interactions")
    return sorted(path.removeprefix("file://") for path in table.file_uris())


def inputs(write: WriteRows, tmp_path: Path) -> tuple[list[Path], dict[str, Path]]:
    rows = acts(60, hours=30)
    later = pl.concat([rows.slice(20, 20), edited(rows.slice(5, 5), deleted=True), acts(20, first=60, hours=30)])
    accounts = pl.DataFrame({"account_id": [f"a{n}" for n in range(9)], "platform": "forum", "observed_at": START})
    accounts.write_parquet(tmp_path / "accounts.parquet")
    return [write(rows, "first"), write(later, "second")], {"accounts": tmp_path / "accounts.parquet"}


def test_killed_at_every_operation(tmp_path: Path, write: WriteRows) -> None:
    (first, second), side = inputs(write, tmp_path)
    straight = Case.create(tmp_path / "straight")
    straight.load(first)
    before = content(straight)
    straight.load(second, side=side)
    after = content(straight)
    fresh = Case.create(tmp_path / "fresh").root
    Case(fresh).load(first)
    case = Case(shutil.copytree(fresh, tmp_path / "case"))
    kills, moment = 0, 0
    while True:
        moment += EVERY
        process = start(case.root, [second], moment, side)
        process.join(HURRY)
        seen = content(case)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        kills += 1
        assert seen == (after if case.version == 2 else before)
        if case.version == 2:  # died after the load was made: another case, to die at the later moments, too
            assert not case.load(second, side=side).changed
            case = Case(shutil.copytree(fresh, tmp_path / f"case{moment}"))
    assert kills > 40 / EVERY
    assert content(case) == after
    assert data_files(case) == referenced(case)
    assert list((case.root / "staging").iterdir()) == []


@pytest.mark.parametrize("seed", range(1))
def test_killed_at_any_time(tmp_path: Path, write: WriteRows, seed: int) -> None:
    paths = [write(acts(3000, first=2000 * part, hours=50), f"part{part}") for part in range(3)]
    once = Case.create(tmp_path / "once")
    once.load(paths)
    case = Case.create(tmp_path / "case")
    random = np.random.default_rng(seed)
    for path in paths:
        for _ in range(3):
            process = start(case.root, [path])
            time.sleep(float(random.uniform(0.02, 0.6)))
            process.kill()
            process.join(HURRY)
            current(case)  # readable at any time
        case.load(path)
    assert current(case).equals(current(once))
    assert case.version <= 3
    assert data_files(case) == referenced(case)


def test_an_error_takes_everything_back(case: Case, write: WriteRows, monkeypatch: pytest.MonkeyPatch) -> None:
    case.load(write(acts(20), "a"))
    state, held = case.state, current(case)
    left = 2
    made = Commit.change

    def fail(self: Commit, name: str, adds: Sequence[AddAction], removes: Sequence[RemoveAction]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("no space left on device")
        made(self, name, adds, removes)

    monkeypatch.setattr(Commit, "change", fail)
    path = write(pl.concat([acts(20, first=20), edited(acts(3), text="other")]), "b")
    with pytest.raises(OSError, match="no space"):
        case.load(path)
    monkeypatch.setattr(Commit, "change", made)
    assert case.state.entries == state.entries
    assert current(case).equals(held)
    assert case.load(path).tables["interactions"]["added"] == 23
    assert len(current(case)) == 40
    assert data_files(case) == referenced(case)


def test_init_that_was_killed_leaves_no_half_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("graphwatch.tables.case.write_state", stop)
    with pytest.raises(KeyboardInterrupt):
        Case.create(tmp_path / "case")
    monkeypatch.undo()
    assert not (tmp_path / "case").exists()
    assert Case.create(tmp_path / "case").version == 0


def test_a_case_that_is_older_than_a_table(case: Case, tmp_path: Path) -> None:
    shutil.rmtree(STORED["ownership"].path(case.root))
    assert case.table("ownership").is_empty()
    pl.DataFrame({"owner_id": ["o"], "owned_id": ["c"], "share": [0.5]}).write_csv(tmp_path / "own.csv")
    case.load([], side={"ownership": tmp_path / "own.csv"})
    assert len(case.table("ownership")) == 1

"""The main job on a case: equal to the job on files, kept once, and the same again at an old version."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from graphwatch.cli import app
from graphwatch.schema import RESULTS
from graphwatch.simulate import simulate_world, write_world
from graphwatch.tables import Case

SIDE = ("accounts", "follows", "affiliations", "agencies", "ownership")


def command(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(part) for part in arguments])
    return done.exit_code, done.output


def results(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.parquet").read_bytes() for name in RESULTS}


def about(folder: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["case"]
    return told


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(simulate_world(1500, 3), folder / "world")
    rows = pl.read_parquet(folder / "world" / "interactions.parquet").sort("at")
    rows.head(1000).write_parquet(folder / "first.parquet")
    rows.tail(700).write_parquet(folder / "second.parquet")
    return folder


def test_run_on_a_case(world: Path, tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    side = {name: world / "world" / f"{name}.parquet" for name in SIDE}
    case.load(world / "first.parquet", side=side)
    options = [part for name in SIDE for part in (f"--{name}", side[name])]
    assert command("run", world / "first.parquet", "--out", tmp_path / "files", *options)[0] == 0
    assert command("run", case.root, "--out", tmp_path / "one")[0] == 0
    assert results(tmp_path / "one") == results(tmp_path / "files")
    state = (case.root / "state.json").read_bytes()
    case.load(world / "second.parquet")
    loaded = (case.root / "state.json").read_bytes()
    assert loaded != state
    assert command("run", case.root, "--out", tmp_path / "back", "--version", 1)[0] == 0
    assert results(tmp_path / "back") == results(tmp_path / "one")
    assert about(tmp_path / "back") == about(tmp_path / "one")
    assert (case.root / "state.json").read_bytes() == loaded  # the run was kept already
    kept = case.results(str(about(tmp_path / "one")["run_id"]))
    assert all(kept[name].equals(RESULTS[name].conform(pl.read_parquet(tmp_path / "one" / f"{name}.parquet"))) for name in RESULTS)
    assert len(case.runs()) == 1


def test_a_window_of_a_case(world: Path, tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    case.load(world / "first.parquet")
    low, high = (
        case.scan("interactions").select(pl.col("at").quantile(0.2).alias("low"), pl.col("at").quantile(0.6).alias("high")).collect().row(0)
    )
    assert command("run", case.root, "--out", tmp_path / "out", "--since", low.isoformat(), "--until", high.isoformat())[0] == 0
    told = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert told["counts"]["rows"] == len(case.window(low, high).collect())
    assert told["case"]["window"] == {"since": low.isoformat(), "until": high.isoformat(), "target": None}


def test_options_of_the_other_kind_are_refused(world: Path, tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    out = tmp_path / "out"
    code, told = command("run", case.root, "--out", out, "--accounts", world / "world" / "accounts.parquet")
    assert (code, "load them into the case" in " ".join(told.split())) == (2, True)
    assert command("run", world / "first.parquet", "--out", out, "--since", "2024-01-01")[0] == 2
    assert command("run", case.root, world / "first.parquet", "--out", out)[0] == 2
    assert not out.exists()

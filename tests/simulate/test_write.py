"""The folder of a world is complete or absent."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from graphwatch.errors import OutputError
from graphwatch.schema import INPUTS
from graphwatch.simulate import World, write, write_world
from graphwatch.simulate.write import TRUTH_FILES


def test_all_tables_come_back(small_world: World, tmp_path: Path) -> None:
    out = write_world(small_world, tmp_path / "deep" / "world")
    for name in (name for name in INPUTS if hasattr(small_world, name)):
        assert pl.read_parquet(out / f"{name}.parquet").equals(getattr(small_world, name)), name
    for attribute, name in TRUTH_FILES.items():
        assert pl.read_parquet(out / "truth" / f"{name}.parquet").equals(getattr(small_world, attribute)), name
    told = json.loads((out / "truth" / "world.json").read_text(encoding="utf-8"))
    assert told["seed"] == 11
    assert told["interactions"] == 40_000
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["world"]


def test_an_earlier_world_is_replaced_as_a_whole(small_world: World, tmp_path: Path) -> None:
    out = write_world(small_world, tmp_path / "world")
    (out / "stray.txt").write_text("left over", encoding="utf-8")
    write_world(small_world, out)
    assert not (out / "stray.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_other_things_are_left_alone(small_world: World, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "mine"
    if kind == "file":
        out.write_text("mine", encoding="utf-8")
    else:
        out.mkdir()
        (out / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="mine"):
        write_world(small_world, out)
    assert (out if kind == "file" else out / "thesis.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("earlier", [True, False])
def test_a_failure_leaves_what_was_there(small_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: bool) -> None:
    out = tmp_path / "world"
    if earlier:
        write_world(small_world, out)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "_fill", broken)
    with pytest.raises(OutputError, match="No space left"):
        write_world(small_world, out)
    assert [path.name for path in tmp_path.iterdir()] == (["world"] if earlier else [])

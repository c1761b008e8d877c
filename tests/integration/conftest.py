"""One simulated world and one run on it, shared by the tests of the whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graphwatch.simulate import simulate_world, write_world

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def graphwatch(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Run the command line in a process of its own, with an empty home."""
    home = tmp_path_factory.mktemp("home")

    def command(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHWATCH_")}
        env |= {"HOME": str(home), "GRAPHWATCH_PSEUDONYM_KEY": "a key for tests only"} | environment
        return subprocess.run(  # noqa: S603
            [sys.executable, "-m", "graphwatch", *map(str, words)], capture_output=True, text=True, env=env, cwd=home, check=False
        )

    return command


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small world."""
    folder = tmp_path_factory.mktemp("worlds") / "world"
    write_world(simulate_world(20_000, seed=3), folder)
    return folder


@pytest.fixture(scope="session")
def side_tables(world: Path) -> list[str]:
    """Give the options that name a world's side tables."""
    names = ("accounts", "follows", "affiliations", "agencies", "ownership")
    return [word for name in names for word in (f"--{name}", str(world / f"{name}.parquet"))]


@pytest.fixture(scope="session")
def result(graphwatch: Command, world: Path, side_tables: list[str]) -> Path:
    """Run the main job on the world."""
    folder = world.parent / "result"
    done = graphwatch("run", world / "interactions.parquet", "--out", folder, "--csv", *side_tables)
    assert done.returncode == 0, done.stderr
    return folder

"""What is imported only by those who need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from graphwatch.cli.app import app
from graphwatch.schema import LEVELS

LOADING = """
import tempfile, graphwatch as gw
from pathlib import Path
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "a.csv")
    path.write_text("interaction_id,at,actor_id,kind\\n1,2024-05-01T00:00:00Z,a,post\\n", encoding="utf-8")
    assert len(gw.read_interactions(path)) == 1
"""


@pytest.mark.parametrize(
    ("does", "spared"),
    [
        ("import graphwatch", {"pandas", "numba", "polars", "pydantic", "scipy", "igraph"}),
        ("import graphwatch.cli", {"pandas", "numba", "polars", "pydantic_settings", "scipy", "igraph", "pyarrow"}),
        (LOADING, {"pandas", "scipy.stats", "scipy.sparse", "igraph"}),  # numba takes scipy itself, which is little
        ("import graphwatch as gw; gw.detect_coactions", {"pandas", "scipy.stats", "scipy.sparse", "igraph"}),
    ],
)
def test_slow_packages_wait(does: str, spared: set[str]) -> None:
    told = f"{does}\nimport sys; print(*sorted({spared!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    assert found.stdout.split() == []


def test_the_levels_that_help_names_are_all() -> None:
    """The command names them itself, because the schema would wait for polars."""
    run = next(command for command in app.registered_commands if command.callback is not None and command.callback.__name__ == "run")
    assert run.callback is not None
    assert f"{', '.join(LEVELS)}." in str(run.callback.__annotations__["level"])

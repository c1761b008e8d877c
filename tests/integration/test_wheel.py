"""The built wheel, installed elsewhere, brings what it needs and runs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_wheel_works_elsewhere(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)  # noqa: S603
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "graphwatch").rglob("*")
        if path.suffix in {".py", ".html", ".css", ".json", ".toml"}
    }
    assert package <= names
    queries = [path.relative_to(ROOT) for path in (ROOT / "queries").rglob("*.cypher")]
    assert {f"graphwatch/{path}" for path in queries} <= names
    place = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    env = {**os.environ, "PYTHONPATH": str(place), "PYTHONSAFEPATH": "1"}
    code = "import graphwatch, graphwatch.ask; print(graphwatch.__file__, *graphwatch.ask.catalogue()); import graphwatch.api"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env, cwd=tmp_path)  # noqa: S603
    where, *found = shown.stdout.split()
    assert where.startswith(str(place))
    assert sorted(found) == sorted(str(path.relative_to("queries").with_suffix("")) for path in queries)

"""Rows of a file by their ids."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphwatch.load import Loaded, load_interactions

Rows = dict[str, dict[str, Any]]
Load = Callable[..., tuple[Rows, Loaded]]


@pytest.fixture
def load() -> Load:
    """Load a file and give its rows by id, and everything else."""

    def read(path: Path, **options: Any) -> tuple[Rows, Loaded]:
        loaded = load_interactions(path, **options)
        return {row["interaction_id"]: row for row in loaded.interactions.collect().to_dicts()}, loaded

    return read


Table = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Write rows as the CSV that exports are: with a byte order mark, cells quoted where they must be."""

    def write(rows: list[dict[str, Any]], *columns: str, name: str = "export.json") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.DictWriter(out, list(dict.fromkeys([*columns, *(key for row in rows for key in row)])), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write

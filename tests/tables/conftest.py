"""A new case, and a writer of small files."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from graphwatch.tables import Case
from tests.tables.acts import WriteRows


@pytest.fixture
def write(tmp_path: Path) -> WriteRows:
    """Write rows as a Parquet file of that name."""

    def write_rows(rows: pl.DataFrame, name: str) -> Path:
        path = tmp_path / f"{name}.parquet"
        rows.drop("source", strict=False).write_parquet(path)
        return path

    return write_rows


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Give a new case."""
    return Case.create(tmp_path / "case")

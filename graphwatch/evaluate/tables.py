"""The tables that an evaluation compares: what a run found, and what a simulated world holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
import polars as pl
from pydantic import ValidationError

from graphwatch.errors import ColumnError, DataError, Place
from graphwatch.schema import (
    AGENCY_FINDINGS,
    ALERTS,
    CAMPAIGNS,
    MEMBERS,
    PILEONS,
    TRUTH_AGENCIES,
    TRUTH_PILEONS,
    TRUTH_ROLES,
    Table,
)
from graphwatch.settings import Settings

SUMMARY: Final = "summary.json"
_ADDED: Final = {"only_surface"}  # result folders of earlier versions lack it: null is what it means there


@dataclass(frozen=True, slots=True)
class Found:
    """Result tables of a run, as far as they are judged.

    Attributes
    ----------
    settings
        What the run was made with, from its ``summary.json``; the defaults when there is none.
    """

    pileons: pl.DataFrame
    members: pl.DataFrame
    agencies: pl.DataFrame
    campaigns: pl.DataFrame
    alerts: pl.DataFrame
    settings: Settings


@dataclass(frozen=True, slots=True)
class Truth:
    """Truth of a simulated world, and the path of its interactions (None: not there)."""

    pileons: pl.DataFrame
    roles: pl.DataFrame
    agencies: pl.DataFrame
    interactions: Path | None


def read_found(folder: str | Path) -> Found:
    """Read the result folder of ``graphwatch run``.

    Raises
    ------
    DataError
        The folder, a table or one of its columns is missing or unreadable; the message names it.
    """
    place = _folder(folder, "result folder of a run")
    tables = {table.name: _read(place / f"{table.name}.parquet", table) for table in (PILEONS, MEMBERS, AGENCY_FINDINGS, CAMPAIGNS, ALERTS)}
    return Found(**tables, settings=_settings(place / SUMMARY))


def read_truth(folder: str | Path) -> Truth:
    """Read the truth from the folder that ``graphwatch simulate`` wrote, or from its ``truth`` folder.

    Raises
    ------
    DataError
        As for :func:`read_found`.
    """
    place = _folder(folder, "folder of a simulated world")
    inner = place if (place / "pileons.parquet").is_file() else place / "truth"
    files = {"pileons": TRUTH_PILEONS, "roles": TRUTH_ROLES, "agencies": TRUTH_AGENCIES}
    tables = {name: _read(inner / f"{name}.parquet", table) for name, table in files.items()}
    interactions = inner.parent / "interactions.parquet"
    return Truth(**tables, interactions=interactions if interactions.is_file() else None)


def _folder(folder: str | Path, what: str) -> Path:
    place = Path(folder)
    if not place.is_dir():
        raise DataError(f"is not a folder; expected the {what}", Place(place))
    return place


def _read(path: Path, table: Table) -> pl.DataFrame:
    if not path.is_file():
        raise DataError(f"is not there; expected the table {table.name!r}", Place(path))
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"is not a readable Parquet file: {error}", Place(path)) from error
    for name in table.names:
        if name not in frame.columns and name not in _ADDED:
            raise ColumnError(f"the table {table.name!r} lacks this column", Place(path, field=name))
    return table.conform(frame)


def _settings(path: Path) -> Settings:
    if not path.is_file():
        return Settings()
    try:
        return Settings(**orjson.loads(path.read_bytes())["settings"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValidationError) as error:
        raise DataError(f"holds no readable settings of the run: {error}", Place(path)) from error

"""The log of a Delta table: opened with an error that says what is damaged, checked entry by entry, cut off behind a deletion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import orjson
import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from graphwatch.errors import DataError, Place
from graphwatch.tables.layout import STORED
from graphwatch.tables.seals import Seals, digest_of, seal

LOG: Final = "_delta_log"
_LAST: Final = "_last_checkpoint"


def log_of(root: Path, name: str) -> Path:
    """Give the folder of a table's log."""
    return STORED[name].path(root) / LOG


def open_delta(root: Path, name: str, version: int | None = None) -> DeltaTable:
    """Open a table, at its newest version unless one is given.

    Raises
    ------
    DataError
        The table is missing, its log is damaged, or the log does not hold the version any more; the file is named where one is to blame.
    """
    path = STORED[name].path(root)
    try:
        return DeltaTable(path, version=version)
    except (DeltaError, TableNotFoundError, OSError, ValueError) as error:
        told = "cannot be read" if version is None else f"version {version} cannot be read"
        if not path.exists():
            raise DataError(f"{told}: the table is missing", Place(path)) from error
        to_blame = next((entry for entry in entries(root, name) if not _parses(entry)), path)
        raise DataError(f"{told}: {str(error).splitlines()[0][:200]}", Place(to_blame)) from error


def entries(root: Path, name: str) -> list[Path]:
    """List the files of a table's log that say what is in it: entries, checkpoints, and the pointer to the last of these."""
    log = log_of(root, name)
    return sorted(path for path in log.iterdir() if path.name == _LAST or number_of(path) is not None) if log.exists() else []


def number_of(path: Path) -> int | None:
    """Give the version that a file of the log is about."""
    number = path.name.partition(".")[0]
    return int(number) if number.isdigit() else None


def log_faults(root: Path, name: str, seals: Seals) -> Iterator[tuple[Path, str]]:
    """Find what is wrong with a table's log: files that cannot be read or changed since they were written, and gaps in it."""
    versions = []
    for path in entries(root, name):
        number = number_of(path)
        told = "the pointer to the last checkpoint" if number is None else f"entry {number} of the log"
        if number is not None:
            versions.append(number)
        expected = seals.digests.get(path.relative_to(root).as_posix())
        if not _parses(path):
            yield path, f"{told} cannot be read"
        elif expected is not None and digest_of(path) != expected:
            yield path, f"{told} changed since it was written (SHA-256 differs)"
    gaps = sorted(set(range(min(versions), max(versions) + 1)) - set(versions)) if versions else [0]
    if gaps:
        yield log_of(root, name), f"entries of the log are missing: {', '.join(map(str, gaps[:5]))}"


def seal_logs(root: Path, versions: Mapping[str, int]) -> None:
    """Keep the digests of what the logs say of some tables' versions; the lock of the case must be held."""
    seal(root, [path for name, version in sorted(versions.items()) for path in entries(root, name) if number_of(path) == version])


def cut_log(root: Path, name: str) -> None:
    """Put a checkpoint at the newest version of a table and remove the log before it, and with it all bounds and paths of old files."""
    if not entries(root, name):
        return
    table = open_delta(root, name)
    version = table.version()
    if version == 0:  # it never held a row
        return
    table.create_checkpoint()
    seal_logs(root, {name: version})
    for path in entries(root, name):
        number = number_of(path)
        if number is not None and number < version:
            path.unlink()


def _parses(path: Path) -> bool:
    try:
        if path.suffix == ".parquet":
            pl.read_parquet(path, glob=False, hive_partitioning=False)
            return True
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
        return bool(lines) and all(isinstance(line, dict) for line in lines)
    except (ValueError, OSError, pl.exceptions.PolarsError):
        return False

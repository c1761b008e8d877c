"""Take away from disk what no version needs any more."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import orjson
import polars as pl

from graphwatch.errors import DataError
from graphwatch.tables.files import replace_file
from graphwatch.tables.layout import STORED, TABLES_FOLDER
from graphwatch.tables.logs import LOG, open_delta
from graphwatch.tables.manifest import State
from graphwatch.tables.seals import SEALS_FILE, read_seals


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file of a table: its path in the log, on disk, its size and its partition."""

    logged: str
    path: Path
    size: int
    partition: dict[str, str]
    rows: int | None


def data_files(root: Path, name: str, version: int) -> list[DataFile]:
    """List the data files of a table at a version, by path; at version 0 there are none.

    Raises
    ------
    DataError
        The log is damaged or does not hold the version any more.
    """
    stored = STORED[name]
    folder = stored.path(root)
    if version == 0:
        return []
    actions = pl.DataFrame(open_delta(root, name, version).get_add_actions(flatten=True))
    found = []
    for action in actions.iter_rows(named=True):
        partition = {column: str(action[f"partition.{column}"]) for column in stored.partition_by}
        logged = str(action["path"])
        found.append(DataFile(logged, folder / unquote(logged), int(action["size_bytes"]), partition, action.get("num_records")))
    return sorted(found, key=lambda file: file.logged)


def files_on_disk(root: Path) -> list[Path]:
    """List all data files in the case's tables, whether a version names them or not."""
    return sorted(p for p in (root / TABLES_FOLDER).rglob("*.parquet") if LOG not in p.relative_to(root / TABLES_FOLDER).parts)


def needed_files(root: Path, state: State, versions: Iterable[int]) -> set[Path]:
    """List the data files that some versions of the case rest on.

    Raises
    ------
    DataError
        The log of a table does not tell, so no file may be taken for one that nobody needs.
    """
    return {path for name, version in _pairs(state, versions) for path in _paths(root, name, version)}


def named_files(root: Path, state: State, versions: Iterable[int]) -> set[Path]:
    """List the data files that some versions of the case rested on, as far as the logs still tell."""
    named: set[Path] = set()
    for name, version in _pairs(state, versions):
        with suppress(DataError):
            named |= _paths(root, name, version)
    return named


def _pairs(state: State, versions: Iterable[int]) -> list[tuple[str, int]]:
    return sorted({(name, version) for v in versions for name, version in state.tables(v).items()})


def _paths(root: Path, name: str, version: int) -> set[Path]:
    return {file.path for file in data_files(root, name, version)}


def remove_files(root: Path, needed: set[Path], *, ours: set[Path] | None = None, older_than_s: float = 0.0) -> tuple[int, int]:
    """Remove data files that nothing needs.

    Parameters
    ----------
    needed
        Files to leave.
    ours
        Files that a version of the case named once; None: all.
    older_than_s
        Of other files, leave those that were written less than so many seconds ago, too.

    Returns
    -------
    files, bytes
        How many went, and their size.
    """
    limit = time.time() - older_than_s
    count = size = 0
    for path in files_on_disk(root):
        status = path.stat()
        if path in needed or (ours is not None and path not in ours and status.st_mtime > limit):
            continue
        path.unlink()
        count, size = count + 1, size + status.st_size
        with suppress(OSError):  # the folder of a day that still holds something
            path.parent.rmdir()
    return count, size


def forget_seals(root: Path) -> None:
    """Drop the digests of files that are gone."""
    if not (root / SEALS_FILE).exists():
        return
    digests = read_seals(root).digests
    lines = [orjson.dumps({"path": path, "sha256": digest}) + b"\n" for path, digest in sorted(digests.items()) if (root / path).exists()]
    replace_file(root / SEALS_FILE, b"".join(lines))

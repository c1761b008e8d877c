"""Write data files of a table anew with other rows, as one Delta commit; files that stay the same are left alone."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from deltalake.transaction import AddAction, RemoveAction

from graphwatch.tables.files import add_of, place_of, write_file
from graphwatch.tables.layout import STORED
from graphwatch.tables.manifest import Commit
from graphwatch.tables.reclaim import DataFile, data_files
from graphwatch.tables.snapshot import scan_files

Change = Callable[[pl.DataFrame, Mapping[str, str]], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of a table: files written anew or dropped, rows that went, rows that were changed."""

    files: int = 0
    removed: int = 0
    changed: int = 0


def rewrite(commit: Commit, name: str, change: Change, candidate: pl.Expr | None = None) -> Rewritten:
    """Change the rows of a table.

    Parameters
    ----------
    commit
        Change of the case in the making.
    name
        Table.
    change
        From a file's rows and partition to the rows that take their place: some dropped, some altered, order kept.
    candidate
        Rows that ``change`` may touch; files without any are not read whole. None: all.
    """
    adds: list[AddAction] = []
    removes: list[DataFile] = []
    removed = changed = 0
    for file in data_files(commit.root, name, commit.state.tables()[name]):
        before = _read(name, file, candidate)
        if before is None:
            continue
        after = change(before, file.partition)
        if after.equals(before):
            continue
        removes.append(file)
        removed += len(before) - len(after)
        changed += _altered(before, after)
        if len(after):
            adds.append(write_rows(commit, name, after, file.partition))
    replace(commit, name, adds, removes)
    return Rewritten(len(removes), removed, changed)


def write_rows(commit: Commit, name: str, rows: pl.DataFrame, partition: Mapping[str, str]) -> AddAction:
    """Write one data file and describe it."""
    stored = STORED[name]
    held = rows.select(pl.col(column).cast(dtype) for column, dtype in stored.file_dtypes.items())
    file = f"part-{uuid.uuid4().hex}"
    commit.announce(name, [place_of(partition, file)])
    path = write_file(held, stored.path(commit.root), partition, file)
    return add_of(path, stored.path(commit.root), held, partition)


def replace(commit: Commit, name: str, adds: Sequence[AddAction], removes: Sequence[DataFile]) -> None:
    """Put data files in the place of others, in one Delta commit."""
    if not adds and not removes:
        return
    now = int(time.time() * 1000)
    commit.change(name, adds, [RemoveAction(f.logged, True, now, f.size, dict(f.partition)) for f in removes])


def _read(name: str, file: DataFile, candidate: pl.Expr | None) -> pl.DataFrame | None:
    """Give a file's rows; None when none of them is a candidate."""
    rows = scan_files(STORED[name], [file.path])
    if candidate is not None and rows.filter(candidate).select(pl.len()).collect(engine="streaming").item() == 0:
        return None
    return rows.collect()


def _altered(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Count rows of the second frame that are not in the first, by their hash."""
    return int((~after.hash_rows().is_in(before.hash_rows().implode())).sum())

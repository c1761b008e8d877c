"""Which files of a case cannot be trusted: data files against the log and their digests, entries of the log against theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import DataError, Place
from graphwatch.tables.layout import STORED
from graphwatch.tables.logs import log_faults
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.reclaim import DataFile, data_files
from graphwatch.tables.seals import Seals, digest_of, read_seals
from graphwatch.tables.snapshot import files_of, scan_files

Fault = tuple[str, str]
_FAILURES: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


def check_file(root: Path, name: str, file: DataFile, seals: Seals) -> Fault | None:
    """Check one data file: kind of damage and what it is; None when it is whole."""
    try:
        size = file.path.stat().st_size
        if size != file.size:
            return "size", f"has {size:,} bytes, the log says {file.size:,}: it is cut off or was replaced"
        expected = seals.digests.get(within(root, file.path))
        if expected is not None and digest_of(file.path) != expected:
            return "digest", "its content changed since it was written (SHA-256 differs)"
        rows = scan_files(STORED[name], [file.path]).select(pl.len()).collect().item()
        if expected is None:
            scan_files(STORED[name], [file.path]).select(pl.all().null_count()).collect()  # every page must open
    except FileNotFoundError:
        return "missing", "is not there"
    except _FAILURES as error:
        return "unreadable", f"cannot be read: {str(error).splitlines()[0][:160]}"
    return None if file.rows is None or rows == file.rows else ("rows", f"holds {rows:,} rows, the log says {file.rows:,}")


def damaged_files(root: Path, name: str, version: int) -> list[str]:
    """List the data files of a table that cannot be trusted."""
    seals = read_seals(root)
    return [str(file.path) for file in data_files(root, name, version) if check_file(root, name, file, seals) is not None]


def readable_files(case: OpenCase, name: str) -> pl.DataFrame:
    """List the data files of a table that are whole, as :func:`graphwatch.tables.snapshot.files_of` gives them."""
    version = case.tables()[name]
    bad = damaged_files(case.root, name, version)
    return files_of(case.root, name, version).filter(~pl.col("path").is_in(bad))


def present_files(case: OpenCase, name: str) -> tuple[pl.DataFrame, int]:
    """List the data files of a table that are there in the size that the log says, and count the others; no content is read."""
    files = files_of(case.root, name, case.tables()[name])
    there = pl.Series([_size(path) == size for path, size in files.select("path", "size").iter_rows()], dtype=pl.Boolean)
    return files.filter(there), int((~there).sum())


@contextmanager
def undamaged(root: Path, tables: Mapping[str, int], otherwise: str = "") -> Iterator[None]:
    """Turn what reading a damaged file raises into an error that names the file.

    Parameters
    ----------
    root
        The case folder.
    tables
        Tables that are read → their versions.
    otherwise
        What follows from it, e.g. that nothing was changed.

    Raises
    ------
    DataError
        A file is damaged. What was raised for any other reason passes through.
    """
    try:
        yield
    except _FAILURES as error:
        found = _first_fault(root, tables)
        if found is None:
            raise
        path, told = found
        raise DataError(f"is damaged{otherwise}: {told}; 'graphwatch verify' says how to go on", Place(path)) from error


def _first_fault(root: Path, tables: Mapping[str, int]) -> tuple[Path, str] | None:
    seals = read_seals(root)
    for name, version in tables.items():
        for path, told in log_faults(root, name, seals) if version else ():
            return path, told
        for file in data_files(root, name, version):
            fault = check_file(root, name, file, seals)
            if fault is not None:
                return file.path, fault[1]
    return None


def within(root: Path, path: Path) -> str:
    """Give a path as it stands within the case folder."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1

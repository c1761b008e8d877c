"""Check a case: files against the log, the log against itself, rows against what the case promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import orjson
import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from graphwatch.errors import DataError, GraphwatchError
from graphwatch.tables.forget import INTENT_FILE, unfinished
from graphwatch.tables.layout import INTERACTIONS_TABLE, SALT_FILE, STATE_FILE, STORED
from graphwatch.tables.manifest import State, read_state
from graphwatch.tables.reclaim import LOG, DataFile, data_files, files_on_disk, needed_files
from graphwatch.tables.seals import SEALS_FILE, Seals, digest_of, read_seals
from graphwatch.tables.snapshot import files_of, scan_files, scan_table

if TYPE_CHECKING:
    from graphwatch.tables.case import Case

Severity = Literal["damage", "note"]
_BACKUP: Final = "put the file back from a backup"
_AGAIN: Final = f"{_BACKUP}, or take it out with 'graphwatch verify CASE --set-aside' and load the same exports again"
_NEW_CASE: Final = f"{_BACKUP}, or load the Parquet files of the table into a new case"


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it should be.

    Attributes
    ----------
    severity
        ``damage``: rows are lost or cannot be trusted; ``note``: worth knowing, nothing is lost.
    kind
        ``missing``, ``size``, ``digest``, ``unreadable``, ``rows``, ``log``, ``state``, ``repeated``, ``run``, ``orphan``, ``unsealed``,
        ``unfinished``, ``foreign``.
    table
        Table, where it is about one.
    day
        Day of the interactions that are concerned, or the run of the results.
    path
        File, within the case folder.
    detail
        What is wrong.
    remedy
        How to go on.
    """

    severity: Severity
    kind: str
    table: str | None
    day: str | None
    path: str | None
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        where = " ".join(word for word in (self.table, self.day, self.path) if word)
        return f"{self.severity}: {where}: {self.detail}" + (f"; {self.remedy}" if self.remedy else "")


def verify(case: Case) -> list[Damage]:
    """Check everything that can be checked without the exports.

    Returns
    -------
    list of Damage
        Damage first, then notes; empty when all is well.

    Notes
    -----
    A file's digest was taken when graphwatch wrote it; of files that others wrote there is none, and only size, format and row count are
    checked. Every byte of every data file is read once.
    """
    try:
        state = case.state
    except GraphwatchError as error:
        return [Damage("damage", "state", None, None, STATE_FILE, str(error), _BACKUP)]
    found = [*_case_files(case, state)]
    seals = read_seals(case.root)
    if seals.damaged:
        found.append(Damage("note", "unsealed", None, None, SEALS_FILE, f"{seals.damaged} lines of the list of digests cannot be read"))
    checked: dict[Path, Damage | None] = {}
    for name, version in case.tables().items():
        found += _log(case.root, name)
        found += _table(case.root, name, version, seals, checked)
    found += _older(case, state, checked)
    whole = not any(f.severity == "damage" and f.table in (INTERACTIONS_TABLE, "repeated") for f in found)
    found += _repeated(case) if whole else []
    found += _runs(case)
    found += _orphans(case, state)
    return sorted(found, key=lambda f: (f.severity, f.table or "", f.day or "", f.path or "", f.kind))


def damaged_files(root: Path, name: str, version: int) -> list[str]:
    """List the data files of a table that cannot be trusted."""
    seals = read_seals(root)
    return [str(file.path) for file in data_files(root, name, version) if _file(root, name, file, seals) is not None]


def readable_files(case: Case, name: str) -> pl.DataFrame:
    """List the data files of a table that are whole, as :func:`graphwatch.tables.snapshot.files_of` gives them."""
    version = case.tables()[name]
    bad = damaged_files(case.root, name, version)
    return files_of(case.root, name, version).filter(~pl.col("path").is_in(bad))


def present_files(case: Case, name: str) -> tuple[pl.DataFrame, int]:
    """List the data files of a table that are there in the size that the log says, and count the others; no content is read."""
    files = files_of(case.root, name, case.tables()[name])
    there = pl.Series([_size(path) == size for path, size in files.select("path", "size").iter_rows()], dtype=pl.Boolean)
    return files.filter(there), int((~there).sum())


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1


def _case_files(case: Case, state: State) -> Iterator[Damage]:
    salt = case.root / SALT_FILE
    if not salt.exists() or salt.stat().st_size < 16:
        yield Damage("damage", "state", None, None, SALT_FILE, "is missing or too short: forgotten accounts would come back", _BACKUP)
    elif salt.stat().st_mode & 0o077:
        yield Damage("note", "state", None, None, SALT_FILE, "can be read by others", "run chmod 600 on it")
    if [entry.version for entry in state.entries] != list(range(len(state.entries))):
        yield Damage("damage", "state", None, None, STATE_FILE, "its versions do not follow each other", _BACKUP)
    if unfinished(case.root):
        yield Damage("damage", "unfinished", None, None, INTENT_FILE, "a deletion was interrupted", "'graphwatch compact CASE' finishes it")


def _log(root: Path, name: str) -> Iterator[Damage]:
    """Check that every entry of a table's log can be read and that none is missing."""
    log = STORED[name].path(root) / LOG
    if not log.exists():
        yield Damage("damage", "log", name, None, _within(root, log), "the table is missing", _NEW_CASE)
        return
    versions = []
    for path in sorted(log.iterdir()):
        number = path.name.partition(".")[0]
        if not number.isdigit():
            continue
        versions.append(int(number))
        if not _parses(path):
            yield Damage("damage", "log", name, None, _within(root, path), f"entry {int(number)} of the log cannot be read", _NEW_CASE)
    gaps = sorted(set(range(min(versions), max(versions) + 1)) - set(versions)) if versions else [0]
    if gaps:
        told = ", ".join(map(str, gaps[:5]))
        yield Damage("damage", "log", name, None, _within(root, log), f"entries of the log are missing: {told}", _NEW_CASE)


def _parses(path: Path) -> bool:
    try:
        if path.suffix == ".json":
            entries = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
            return bool(entries) and all(isinstance(entry, dict) for entry in entries)
        pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (ValueError, OSError, pl.exceptions.PolarsError):
        return False
    return True


def _table(root: Path, name: str, version: int, seals: Seals, checked: dict[Path, Damage | None]) -> Iterator[Damage]:
    """Check the data files of a table at a version."""
    try:
        newest = DeltaTable(STORED[name].path(root)).version()
        files = data_files(root, name, version)
    except (DeltaError, TableNotFoundError, OSError, ValueError) as error:
        told = str(error).splitlines()[0][:200]
        yield Damage("damage", "log", name, None, _within(root, STORED[name].path(root) / LOG), f"version {version}: {told}", _NEW_CASE)
        return
    for file in files:
        checked[file.path] = _file(root, name, file, seals)
        if (damage := checked[file.path]) is not None:
            yield damage
        elif _within(root, file.path) not in seals.digests:
            yield _about(root, name, file, "note", "unsealed", "somebody else wrote it, so there is no digest to compare")
    if newest > version and newest > _known(root, name):
        yield Damage("note", "foreign", name, None, None, f"others committed version {newest}; the next load takes it over")


def _known(root: Path, name: str) -> int:
    return read_state(root).heads.get(name, 0)


def _file(root: Path, name: str, file: DataFile, seals: Seals) -> Damage | None:
    """Check one data file."""
    try:
        size = file.path.stat().st_size
        if size != file.size:
            return _about(
                root, name, file, "damage", "size", f"has {size:,} bytes, the log says {file.size:,}: it is cut off or was replaced"
            )
        expected = seals.digests.get(_within(root, file.path))
        if expected is not None and digest_of(file.path) != expected:
            return _about(root, name, file, "damage", "digest", "its content changed since it was written (SHA-256 differs)")
        rows = scan_files(STORED[name], [file.path]).select(pl.len()).collect().item()
        if expected is None:
            scan_files(STORED[name], [file.path]).select(pl.all().null_count()).collect()  # every page must open
    except FileNotFoundError:
        return _about(root, name, file, "damage", "missing", "is not there")
    except (OSError, pl.exceptions.PolarsError) as error:
        return _about(root, name, file, "damage", "unreadable", f"cannot be read: {str(error).splitlines()[0][:160]}")
    if file.rows is not None and rows != file.rows:
        return _about(root, name, file, "damage", "rows", f"holds {rows:,} rows, the log says {file.rows:,}")
    return None


def _about(root: Path, name: str, file: DataFile, severity: Severity, kind: str, detail: str) -> Damage:
    place = next(iter(file.partition.values()), None)
    return Damage(severity, kind, name, place, _within(root, file.path), detail, _AGAIN if severity == "damage" else "")


def _older(case: Case, state: State, checked: dict[Path, Damage | None]) -> Iterator[Damage]:
    """Check that what earlier versions rest on is there."""
    readable = [entry.version for entry in state.entries if not entry.gone]
    for path in sorted(needed_files(case.root, state, readable) - set(checked)):
        if not path.exists():
            yield Damage(
                "damage", "missing", None, None, _within(case.root, path), "an earlier version needs it and it is not there", _BACKUP
            )


def _repeated(case: Case) -> Iterator[Damage]:
    """Check that no observation is there twice and that the list of keys with several is true."""
    tables = case.tables()
    rows = scan_table(case.root, INTERACTIONS_TABLE, tables[INTERACTIONS_TABLE])
    keys = np.sort(rows.select("key").collect(engine="streaming").to_series().to_numpy())
    several = np.unique(keys[1:][keys[1:] == keys[:-1]])
    if not len(several):
        return
    near = rows.select("key", "observation").join(pl.LazyFrame({"key": several}), on="key", how="semi").collect(engine="streaming")
    twice = int(near.is_duplicated().sum())
    if twice:
        told = f"{twice:,} rows are in the case twice"
        yield Damage("damage", "repeated", INTERACTIONS_TABLE, None, None, told, "runs count them once; export and load into a new case")
    listed = scan_table(case.root, "repeated", tables["repeated"]).select("key").collect().to_series()
    unlisted = int((~pl.Series(several).is_in(listed.implode())).sum())
    if unlisted:
        told = f"{unlisted:,} acts have several observations that the case does not know of: they are counted twice"
        yield Damage("damage", "repeated", INTERACTIONS_TABLE, None, None, told, "export and load into a new case")


def _runs(case: Case) -> Iterator[Damage]:
    """Say which runs on record cannot be computed again."""
    try:
        held = scan_table(case.root, "runs", case.tables()["runs"]).select("run_id", "version").collect()
    except (DataError, pl.exceptions.PolarsError, OSError):
        return  # named already
    gone = {entry.version for entry in case.state.entries if entry.gone}
    for run_id, version in held.sort("run_id").iter_rows():
        if version in gone:
            yield Damage("note", "run", "runs", str(run_id), None, f"version {version}, which it was computed from, is gone")


def _orphans(case: Case, state: State) -> Iterator[Damage]:
    every = needed_files(case.root, state, [entry.version for entry in state.entries])
    for path in sorted(set(files_on_disk(case.root)) - every):
        yield Damage(
            "note", "orphan", None, None, _within(case.root, path), "no version names this file", "'graphwatch compact' removes it"
        )


def _within(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

"""Check a case: files against the log, the log against itself, rows against what the case promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import polars as pl

from graphwatch.errors import DataError
from graphwatch.tables.damage import check_file, within
from graphwatch.tables.forget import INTENT_FILE, unfinished
from graphwatch.tables.layout import INTERACTIONS_TABLE, SALT_FILE, STATE_FILE
from graphwatch.tables.logs import log_faults, log_of, open_delta
from graphwatch.tables.manifest import State, read_state
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.reclaim import DataFile, data_files, files_on_disk, named_files
from graphwatch.tables.seals import SEALS_FILE, Seals, digest_of, read_seals
from graphwatch.tables.snapshot import scan_table

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


def verify(case: OpenCase) -> list[Damage]:
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
    except DataError as error:  # a case of a newer graphwatch is not damaged: that error passes
        return [Damage("damage", "state", None, None, STATE_FILE, str(error), _BACKUP)]
    found = [*_case_files(case, state)]
    seals = read_seals(case.root)
    if seals.damaged:
        found.append(Damage("note", "unsealed", None, None, SEALS_FILE, f"{seals.damaged} lines of the list of digests cannot be read"))
    checked: set[Path] = set()
    for name, version in case.tables().items():
        found += _log(case.root, name, version, seals)
        found += _table(case.root, name, version, seals, checked)
    found += _older(case, state, checked)
    whole = not any(f.severity == "damage" and f.table in (INTERACTIONS_TABLE, "repeated") for f in found)
    found += _repeated(case) if whole else []
    found += _runs(case)
    if not any(f.kind == "log" for f in found):  # else it is not known which files no version names
        found += _orphans(case, state)
    return sorted(found, key=lambda f: (f.severity, f.table or "", f.day or "", f.path or "", f.kind))


def _case_files(case: OpenCase, state: State) -> Iterator[Damage]:
    salt = case.root / SALT_FILE
    if not salt.exists() or digest_of(salt) != case.salt_digest:
        yield Damage("damage", "state", None, None, SALT_FILE, "is missing or changed: forgotten accounts would come back", _BACKUP)
    elif salt.stat().st_mode & 0o077:
        yield Damage("note", "state", None, None, SALT_FILE, "can be read by others", "run chmod 600 on it")
    if [entry.version for entry in state.entries] != list(range(len(state.entries))):
        yield Damage("damage", "state", None, None, STATE_FILE, "its versions do not follow each other", _BACKUP)
    if unfinished(case.root):
        yield Damage("damage", "unfinished", None, None, INTENT_FILE, "a deletion was interrupted", "'graphwatch compact CASE' finishes it")


def _log(root: Path, name: str, version: int, seals: Seals) -> Iterator[Damage]:
    """Check the log of a table."""
    if not log_of(root, name).exists():
        if version:  # else this case is older than the table, or it never held a row
            yield Damage("damage", "log", name, None, within(root, log_of(root, name)), "the table is missing", _NEW_CASE)
        return
    for path, told in log_faults(root, name, seals):
        yield Damage("damage", "log", name, None, within(root, path), told, _NEW_CASE)


def _table(root: Path, name: str, version: int, seals: Seals, checked: set[Path]) -> Iterator[Damage]:
    """Check the data files of a table at a version."""
    if not log_of(root, name).exists():
        return
    try:
        newest = open_delta(root, name).version()
        files = data_files(root, name, version)
    except DataError as error:
        yield Damage("damage", "log", name, None, within(root, log_of(root, name)), str(error), _NEW_CASE)
        return
    for file in files:
        fault = check_file(root, name, file, seals)
        checked.add(file.path)
        if fault is not None:
            yield _about(root, name, file, "damage", *fault)
        elif within(root, file.path) not in seals.digests:
            yield _about(root, name, file, "note", "unsealed", "somebody else wrote it, so there is no digest to compare")
    if newest > version and newest > _known(root, name):
        yield Damage("note", "foreign", name, None, None, f"others committed version {newest}; the next load takes it over")


def _known(root: Path, name: str) -> int:
    return read_state(root).heads.get(name, 0)


def _about(root: Path, name: str, file: DataFile, severity: Severity, kind: str, detail: str) -> Damage:
    place = next(iter(file.partition.values()), None)
    return Damage(severity, kind, name, place, within(root, file.path), detail, _AGAIN if severity == "damage" else "")


def _older(case: OpenCase, state: State, checked: set[Path]) -> Iterator[Damage]:
    """Check that what earlier versions rest on is there."""
    readable = [entry.version for entry in state.entries if not entry.gone]
    for path in sorted(named_files(case.root, state, readable) - checked):
        if not path.exists():
            yield Damage(
                "damage", "missing", None, None, within(case.root, path), "an earlier version needs it and it is not there", _BACKUP
            )


def _repeated(case: OpenCase) -> Iterator[Damage]:
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


def _runs(case: OpenCase) -> Iterator[Damage]:
    """Say which runs on record cannot be computed again."""
    try:
        held = scan_table(case.root, "runs", case.tables()["runs"]).select("run_id", "version").collect()
    except (DataError, pl.exceptions.PolarsError, OSError):
        return  # named already
    gone = {entry.version for entry in case.state.entries if entry.gone}
    for run_id, version in held.sort("run_id").iter_rows():
        if version in gone:
            yield Damage("note", "run", "runs", str(run_id), None, f"version {version}, which it was computed from, is gone")


def _orphans(case: OpenCase, state: State) -> Iterator[Damage]:
    every = named_files(case.root, state, [entry.version for entry in state.entries])
    for path in sorted(set(files_on_disk(case.root)) - every):
        yield Damage("note", "orphan", None, None, within(case.root, path), "no version names this file", "'graphwatch compact' removes it")

"""Compaction: many small data files become few, and what only old versions needed goes after a while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl
from deltalake.transaction import AddAction

from graphwatch.errors import ConfigurationError, Place
from graphwatch.tables.damage import undamaged
from graphwatch.tables.forget import resume
from graphwatch.tables.layout import INTERACTIONS_TABLE, STAGING_FOLDER, STORED
from graphwatch.tables.manifest import Commit, State, write_state
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.reclaim import DataFile, data_files, forget_seals, named_files, needed_files, remove_files
from graphwatch.tables.rewrite import replace as replace_files
from graphwatch.tables.rewrite import write_rows
from graphwatch.tables.snapshot import scan_files, scan_table
from graphwatch.tables.staging import FILE_ROWS, sweep
from graphwatch.tables.writing import locked, recover, writing

_STRANGERS_S: Final = 86400.0  # a file that no version names may belong to a commit that Spark is just making


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compaction did.

    Attributes
    ----------
    version
        The case's version afterwards.
    joined, into
        Data files that were joined, and into how many.
    removed, freed_bytes
        Data files removed from disk, and their size.
    dropped_versions
        Versions of the case that can be read no more.
    kept_for_runs
        Older versions that stay readable because a run that is on record was computed from them.
    """

    version: int
    joined: int
    into: int
    removed: int
    freed_bytes: int
    dropped_versions: list[int]
    kept_for_runs: list[int]


def compact(
    case: OpenCase, *, keep_days: float = 30.0, drop_runs: bool = False, file_rows: int = FILE_ROWS, now: datetime | None = None
) -> Compacted:
    """Join small data files and take away what only old versions of the case needed.

    Parameters
    ----------
    keep_days
        Versions that were current within so many days stay readable.
    drop_runs
        Take away old versions even where a run on record was computed from them; it can then not be computed again.
    file_rows
        Rows of a data file, about.
    now
        Time from which the age counts; the clock's when not given.

    Returns
    -------
    Compacted

    Raises
    ------
    ConfigurationError
        A bound is out of range.
    DataError
        A data file cannot be read.

    Notes
    -----
    Rows stay what they are, all observations among them, and so do their digests of content. Interactions are joined within their day and
    ordered by time; a killed compaction leaves the case at its earlier version.
    """
    case.require_writable()
    if keep_days < 0 or file_rows < 1:
        raise ConfigurationError("keep_days must not be below 0, nor file_rows below 1", Place(case.root))
    resume(case)
    with undamaged(case.root, case.tables(), ", so nothing was changed"), writing(case.root, "compact") as commit:
        joined = into = 0
        for name in STORED:
            removes, adds = _join(commit, name, file_rows)
            replace_files(commit, name, adds, removes)
            joined, into = joined + len(removes), into + len(adds)
        commit.facts |= {"joined": joined, "into": into}
    return _vacuum(case, joined, into, (now or datetime.now(UTC)) - timedelta(days=keep_days), drop_runs=drop_runs)


def _join(commit: Commit, name: str, file_rows: int) -> tuple[list[DataFile], list[AddAction]]:
    """Join the small files of each partition of a table."""
    if name.startswith("results/"):  # one file per run: it cannot be small in number
        return [], []
    by_partition: dict[tuple[str, ...], list[DataFile]] = {}
    for file in data_files(commit.root, name, commit.state.tables()[name]):
        if file.rows is None or file.rows < file_rows:
            by_partition.setdefault(tuple(file.partition.values()), []).append(file)
    removes: list[DataFile] = []
    adds: list[AddAction] = []
    for files in by_partition.values():
        for group in _groups(files, file_rows):
            removes += group
            adds.append(write_rows(commit, name, _rows_of(name, group), group[0].partition))
    return removes, adds


def _groups(files: Iterable[DataFile], file_rows: int) -> list[list[DataFile]]:
    """Put files together up to a number of rows; a file that finds no other stays alone and is left out."""
    groups: list[list[DataFile]] = []
    total = 0
    for file in files:
        rows = file.rows or 0
        if not groups or total + rows > file_rows:
            groups.append([])
            total = 0
        groups[-1].append(file)
        total += rows
    return [group for group in groups if len(group) > 1]


def _rows_of(name: str, files: list[DataFile]) -> pl.DataFrame:
    rows = scan_files(STORED[name], [file.path for file in files]).collect()
    order = {INTERACTIONS_TABLE: ["at", "key", "observation"], "repeated": ["key", "day"]}.get(name)
    return rows.sort(order, maintain_order=True) if order else rows


def _vacuum(case: OpenCase, joined: int, into: int, limit: datetime, *, drop_runs: bool) -> Compacted:
    with locked(case.root):
        state = recover(case.root)
        computed = scan_table(case.root, "runs", state.tables()["runs"]).select("version").collect().to_series()
        of_runs = set() if drop_runs else {int(version) for version in computed.drop_nulls()}
        old = _outdated(state, limit)
        kept = sorted(old & of_runs)
        gone = old - of_runs
        if gone:
            state = replace(state, entries=tuple(replace(e, gone=e.gone or e.version in gone) for e in state.entries))
            write_state(case.root, state)
        readable = [entry.version for entry in state.entries if not entry.gone]
        ours = named_files(case.root, state, [entry.version for entry in state.entries])
        sweep(case.root / STAGING_FOLDER)
        needed = needed_files(case.root, state, readable)
        files, size = remove_files(case.root, needed, ours=ours, older_than_s=_STRANGERS_S)
        forget_seals(case.root)
    return Compacted(state.version, joined, into, files, size, sorted(gone), kept)


def _outdated(state: State, limit: datetime) -> set[int]:
    """Versions that were replaced by the next one before the limit."""
    pairs = zip(state.entries[:-1], state.entries[1:], strict=True)
    return {entry.version for entry, following in pairs if not entry.gone and datetime.fromisoformat(following.at) <= limit}

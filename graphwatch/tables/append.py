"""Loading files into a case: all of it or nothing, and nothing twice."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from graphwatch.errors import ConfigurationError, DataError, OutputError, Place
from graphwatch.load import load_given, stream_interactions
from graphwatch.schema import INPUTS
from graphwatch.settings import LoadSettings
from graphwatch.tables.files import write_data
from graphwatch.tables.hashing import hash_rows
from graphwatch.tables.layout import INTERACTIONS_TABLE, NAMED_COLUMNS, NAMED_TABLE, SIDE_TABLES, STORED
from graphwatch.tables.manifest import Commit, State
from graphwatch.tables.novelty import find_novelty, move_staged, without_dropped
from graphwatch.tables.observations import KEY, scan_current, with_hashes
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.snapshot import files_of, scan_table
from graphwatch.tables.staging import DayFiles, Staged, staging
from graphwatch.tables.tombstones import Tombstones
from graphwatch.tables.writing import writing

Progress = Callable[[str, int], None]
_COUNTS: Final = ("added", "repeated", "history", "rejected", "forgotten")


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be loaded and how it is to be read; see :func:`graphwatch.load.load_interactions` and, of ``match``, ``load_given``."""

    files: tuple[Path, ...]
    side: Mapping[str, Path] = field(default_factory=dict)
    format: str | None = None
    mapping: Path | None = None
    root: str | None = None
    target: str | None = None
    match: str | None = None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did.

    Attributes
    ----------
    load_id
        Name of the load: what was read, and how.
    version
        The case's version afterwards.
    changed
        Whether anything was new.
    tables
        For each table: ``added`` rows, ``repeated`` (were there, left out), ``history`` (of the added: later observations of a known
        act), ``rejected``, ``forgotten`` (left out).
    counts
        What the readers counted.
    warnings
        Values of side tables that look wrong and were kept, each with its place and why.
    """

    load_id: str
    version: int
    changed: bool
    tables: Mapping[str, Mapping[str, int]]
    counts: Mapping[str, int]
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """A load in the making."""

    load_id: str
    options: str
    files: list[str]
    digests: list[str]
    staged: list[Staged] = field(default_factory=list)
    side: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    named: list[pl.DataFrame] = field(default_factory=list)
    rejected: list[pl.DataFrame] = field(default_factory=list)
    deletions: list[pl.DataFrame] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    tables: dict[str, Counter[str]] = field(default_factory=dict)

    def note(self, table: str, **counts: int) -> None:
        """Count rows of a table."""
        self.tables.setdefault(table, Counter(dict.fromkeys(_COUNTS, 0))).update(counts)


def load_files(case: OpenCase, sources: Sources, settings: LoadSettings, progress: Progress | None = None) -> LoadReport:
    """Load files into a case.

    Parameters
    ----------
    case
        Opened without a version.
    sources
        Files of interactions, of side tables, or both.
    settings
        Limits of the readers.
    progress
        Called with a file's name and the rows read of it so far.

    Returns
    -------
    LoadReport

    Raises
    ------
    DataError
        A file cannot be used; nothing of the load is kept then.
    OutputError
        The case cannot be written.

    Notes
    -----
    Reading needs no lock: rows are staged beside the tables. Then, alone, the load is compared with the case and made one version of it.
    A process that is killed anywhere leaves the case at its earlier version; what it staged is swept by the next load.
    """
    case.require_writable()
    if not os.access(case.root, os.W_OK | os.X_OK):
        raise OutputError("cannot be written", Place(case.root))
    if not sources.files and not sources.side:
        raise ConfigurationError("no input file was given")
    for name in sources.side:
        if name not in SIDE_TABLES:
            raise ConfigurationError(f"no side table {name!r}; there are {', '.join(SIDE_TABLES)}")
    work = _begin(sources, settings)
    if _is_known(case.root, case.state, work):
        return LoadReport(work.load_id, case.version, changed=False, tables={}, counts={"repeated_files": len(work.files)})
    with staging(case.root) as folder:
        before = case.tables()["forgotten"]
        _read(case, sources, settings, work, folder, _tombstones(case, before), progress)
        with writing(case.root, "load") as commit:
            if not _is_known(case.root, commit.state, work):  # another process may have loaded it meanwhile
                now = commit.state.tables()["forgotten"]
                if now != before:  # somebody was forgotten while the files were read
                    _screen_again(case, work, _tombstones(case, now))
                _append(case, commit, work)
            changed, version = bool(commit.touched), commit.version if commit.touched else commit.state.version
    tables = {name: dict(counts) for name, counts in sorted(work.tables.items())}
    return LoadReport(work.load_id, version, changed, tables, dict(sorted(work.counts.items())), tuple(work.warnings))


def _begin(sources: Sources, settings: LoadSettings) -> _Work:
    named = [("interactions", path) for path in sources.files] + sorted(sources.side.items())
    files = [f"{name}:{path.name}" for name, path in named]
    digests = [f"{name}:{_digest(path)}" for name, path in named]
    reading = {
        "format": sources.format,
        "mapping": None if sources.mapping is None else _digest(sources.mapping),
        "root": sources.root,
        "target": sources.target,
        "settings": settings.model_dump(mode="json"),
        "graphwatch": metadata.version("graphwatch"),
    } | ({} if sources.match is None else {"match": sources.match})
    options = hashlib.sha256(orjson.dumps(reading, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    load_id = hashlib.sha256(orjson.dumps([options, *sorted(set(digests))])).hexdigest()[:16]
    return _Work(load_id, options, files, digests)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", Place(path)) from error


def _is_known(root: Path, state: State, work: _Work) -> bool:
    loads = scan_table(root, "loads", state.tables()["loads"]).filter(pl.col("options") == work.options)
    held = set(loads.select(pl.col("digests").explode()).collect().to_series())
    return held.issuperset(work.digests)


def _read(
    case: OpenCase, sources: Sources, settings: LoadSettings, work: _Work, folder: Path, stones: Tombstones, progress: Progress | None
) -> None:
    """Read every file; interactions go to data files, the rest is small."""
    days = DayFiles(folder)
    if sources.files:
        batches = stream_interactions(
            sources.files,
            format=sources.format,
            mapping=sources.mapping,
            root=sources.root,
            target=sources.target,
            settings=settings,
            progress=progress,
        )
        for batch in batches:
            rows = _screen(work, stones, INTERACTIONS_TABLE, batch.interactions)
            days.add(with_hashes(rows, INTERACTIONS_TABLE, case.seed).with_columns(pl.lit(work.load_id).alias("load_id")))
            for name, frame in (("accounts", batch.accounts), ("follows", batch.follows)):
                _keep_side(case, work, name, _screen(work, stones, name, frame))
            work.counts.update(batch.counts)
            _reject(work, INTERACTIONS_TABLE, batch.rejected, stones)
            if len(batch.tombstones):
                work.deletions.append(stones.screen(batch.tombstones.select("platform", "interaction_id"), "deletions")[0])
    work.staged = days.finish()
    met = _met(case, work) if sources.match is not None else None
    for name, path in sorted(sources.side.items()):
        given = load_given({name: path}, settings, match=sources.match, interactions=met)
        work.named.append(_as_mentions(given.named))
        if name in given.frames:
            _keep_side(case, work, name, _screen(work, stones, name, given.frames[name]))
        _reject(work, name, given.rejected, stones)
        work.counts.update(given.counts)
        told = given.warnings.select("file", "line", "field", "value", "reason").rows()
        work.warnings += [f"{file} row {line}: {column} {value!r} {reason}" for file, line, column, value, reason in told]
    work.named = [_screen(work, stones, NAMED_TABLE, frame) for frame in work.named if len(frame)]


def _met(case: OpenCase, work: _Work) -> pl.LazyFrame:
    """Give platform and actor of all acts: of the case, and of the files that are being loaded."""
    files = [part.path for part in work.staged]
    staged = [pl.scan_parquet(files, hive_partitioning=False, glob=False)] if files else []
    return pl.concat([rows.select("platform", "actor_id") for rows in (scan_current(case, INTERACTIONS_TABLE), *staged)])


def _as_mentions(named: pl.DataFrame) -> pl.DataFrame:
    """Give names as they are mentioned, so that whoever is forgotten by name is found here as in any text; they compare as before."""
    return named.with_columns(("@" + pl.col("name").str.strip_chars().str.strip_prefix("@")).alias("name")).select(NAMED_COLUMNS)


def _keep_side(case: OpenCase, work: _Work, name: str, frame: pl.DataFrame) -> None:
    if len(frame):
        rows = with_hashes(INPUTS[name].conform(frame), name, case.seed).unique("observation", keep="first", maintain_order=True)
        work.side.setdefault(name, []).append(rows)


def _reject(work: _Work, table: str, rejected: pl.DataFrame, stones: Tombstones) -> None:
    if len(rejected):
        left = stones.screen(rejected, "rejected")[0]
        work.rejected.append(left.with_columns(pl.lit(table).alias("table"), pl.lit(work.load_id).alias("load_id")))
        work.note(table, rejected=rejected.select("file", "line").n_unique())


def _tombstones(case: OpenCase, version: int) -> Tombstones:
    return Tombstones(scan_table(case.root, "forgotten", version).collect(), case.salt)


def _screen(work: _Work, stones: Tombstones, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    kept, forgotten = stones.screen(frame, name)
    if forgotten:
        work.note(name, forgotten=forgotten)
    return kept


def _screen_again(case: OpenCase, work: _Work, stones: Tombstones) -> None:
    """Keep those out who were forgotten since the files were read."""
    own = pl.lit(work.load_id).alias("load_id")
    staged = []
    for part in work.staged:
        rows = pl.read_parquet(part.path, hive_partitioning=False, glob=False).select(INPUTS[INTERACTIONS_TABLE].names)
        kept = _screen(work, stones, INTERACTIONS_TABLE, rows)
        if len(kept):
            write_data(with_hashes(kept, INTERACTIONS_TABLE, case.seed).with_columns(own), part.path)
            staged.append(Staged(part.path, part.day, len(kept)))
    work.staged = staged
    side, work.side = work.side, {}
    for name, frames in side.items():
        for frame in frames:
            _keep_side(case, work, name, _screen(work, stones, name, frame.select(INPUTS[name].names)))
    work.named = [_screen(work, stones, NAMED_TABLE, frame) for frame in work.named]
    work.rejected = [stones.screen(frame, "rejected")[0] for frame in work.rejected]
    work.deletions = [stones.screen(frame, "deletions")[0] for frame in work.deletions]


def _append(case: OpenCase, commit: Commit, work: _Work) -> None:
    for name, frames in sorted(work.side.items()):
        _append_side(case, commit, work, name, pl.concat(frames))
    if work.named:
        _append_named(case, commit, work, pl.concat(work.named).unique(maintain_order=True))
    if work.rejected:
        rejected = pl.concat(work.rejected)
        commit.append("rejected", rejected)
    if work.deletions:
        _append_deletions(case, commit, work, pl.concat(work.deletions))
    if work.staged:
        _append_interactions(case, commit, work)
    row = {
        "load_id": [work.load_id],
        "at": [datetime.now(UTC)],
        "version": [commit.version],
        "options": [work.options],
        "files": [work.files],
        "digests": [work.digests],
        "counts": [orjson.dumps({"tables": work.tables, "read": dict(work.counts)}, option=orjson.OPT_SORT_KEYS).decode()],
    }
    commit.append("loads", pl.DataFrame(row, schema=dict(STORED["loads"].dtypes)))
    commit.facts["load_id"] = work.load_id


def _append_side(case: OpenCase, commit: Commit, work: _Work, name: str, frame: pl.DataFrame) -> None:
    rows = frame.unique("observation", keep="first", maintain_order=True)
    known = scan_table(case.root, name, commit.state.tables()[name]).select("observation")
    hits = known.join(rows.lazy().select("observation"), on="observation", how="semi").collect(engine="streaming").to_series()
    fresh = rows.filter(~pl.col("observation").is_in(hits.implode()))
    commit.append(name, fresh.with_columns(pl.lit(work.load_id).alias("load_id"), pl.lit(commit.version).alias("loaded")))
    work.note(name, added=len(fresh), repeated=len(rows) - len(fresh))


def _append_named(case: OpenCase, commit: Commit, work: _Work, rows: pl.DataFrame) -> None:
    known = scan_table(case.root, NAMED_TABLE, commit.state.tables()[NAMED_TABLE]).select(NAMED_COLUMNS).collect()
    fresh = rows.join(known, on=NAMED_COLUMNS, how="anti", nulls_equal=True, maintain_order="left")
    if len(fresh):
        commit.append(NAMED_TABLE, fresh.with_columns(pl.lit(work.load_id).alias("load_id")))
    work.note(NAMED_TABLE, added=len(fresh), repeated=len(rows) - len(fresh))


def _append_deletions(case: OpenCase, commit: Commit, work: _Work, found: pl.DataFrame) -> None:
    stones = found.unique(maintain_order=True)
    stones = stones.with_columns(hash_rows(stones, KEY, case.seed).alias("key"), pl.lit(work.load_id).alias("load_id"))
    known = scan_table(case.root, "deletions", commit.state.tables()["deletions"]).select("key").collect().to_series()
    commit.append("deletions", stones.filter(~pl.col("key").is_in(known.implode())))


def _append_interactions(case: OpenCase, commit: Commit, work: _Work) -> None:
    tables = commit.state.tables()
    stored = files_of(case.root, INTERACTIONS_TABLE, tables[INTERACTIONS_TABLE]).select("path", "day")
    known = scan_table(case.root, "repeated", tables["repeated"]).collect()
    novelty = find_novelty(work.staged, stored, known)
    kept = without_dropped(work.staged, novelty)
    commit.append("repeated", novelty.repeated.with_columns(pl.lit(work.load_id).alias("load_id")))
    commit.add(INTERACTIONS_TABLE, move_staged(commit, kept))
    staged, added = sum(part.rows for part in work.staged), sum(part.rows for part in kept)
    work.note(INTERACTIONS_TABLE, added=added, repeated=staged - added, history=novelty.history)

"""The state of a case: which version of each Delta table belongs to which version of the case, and who may change it.

A commit touches several Delta tables. Each of its Delta commits carries ``graphwatch.commit``; ``state.json`` is put in place last, whole,
by a rename. Readers read the table versions that it names and need no lock. A writer that finds commits of ours beyond it (a process
was killed) takes them back before it does anything else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import orjson
import polars as pl
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from graphwatch.errors import ConfigurationError, DataError, Place
from graphwatch.schema import INPUTS
from graphwatch.tables.files import add_of, place_of, replace_file, write_file
from graphwatch.tables.layout import CONFIGURATION, FORMAT, NAMED_TABLE, STATE_FILE, STORED, Stored
from graphwatch.tables.logs import open_delta, seal_logs
from graphwatch.tables.seals import seal, sealed, unseal

COMMIT: Final = "graphwatch.commit"
ROLLBACK: Final = "graphwatch.rollback"
PENDING_FILE: Final = "pending"
DATA_KINDS: Final = ("load", "forget", "adopt", "set_aside")  # kinds of commit after which a run may give something else, if they touch
DATA_TABLES: Final = frozenset({*INPUTS, "deletions", NAMED_TABLE})  # one of these


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of the case: what made it, when, the tables that it changed, and whether its data was taken away since."""

    version: int
    kind: str
    commit: str
    at: str
    tables: Mapping[str, int]
    facts: Mapping[str, object] = field(default_factory=dict)
    gone: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """All versions of a case, oldest first.

    Attributes
    ----------
    heads
        Newest Delta version of each table that we know of; beyond the newest entry's when a killed commit was taken back.
    """

    entries: tuple[Entry, ...]
    heads: Mapping[str, int]

    @property
    def version(self) -> int:
        """Newest version."""
        return self.entries[-1].version

    def tables(self, version: int | None = None) -> dict[str, int]:
        """Give the Delta version of each table as of a version of the case; tables that it does not name are at 0, empty."""
        held: dict[str, int] = dict.fromkeys(STORED, 0)
        for entry in self.entries:
            if version is None or entry.version <= version:
                held.update(entry.tables)
        return held

    def why_gone(self, version: int) -> str:
        """Say why a version cannot be read any more."""
        reasons = {
            "forget": "data was deleted for good",
            "set_aside": "a data file was damaged and set aside",
            "compact": "compaction took away the files that only old versions needed",
        }
        since = [entry for entry in self.entries[version + 1 :] if entry.kind in reasons]
        reason = next((e for kind in reasons for e in reversed(since) if e.kind == kind), self.entries[-1])
        told = reasons.get(reason.kind, reasons["compact"])
        return f"{told} by version {reason.version} of {reason.at[:19]}Z"

    def data_version(self, version: int | None = None) -> int:
        """Give the newest version, up to the given one, that changed what a run can see."""
        changes = (e.version for e in self.entries if e.kind in DATA_KINDS and not DATA_TABLES.isdisjoint(e.tables))
        return max((made for made in changes if version is None or made <= version), default=0)


def read_state(root: Path) -> State:
    """Read ``state.json``.

    Raises
    ------
    ConfigurationError
        It was written by a newer graphwatch.
    DataError
        It is damaged.
    """
    path = root / STATE_FILE
    try:
        held = orjson.loads(path.read_bytes())
        if held["format"] > FORMAT:
            raise ConfigurationError(f"was written by a newer graphwatch (format {held['format']}; this one knows {FORMAT})", Place(path))
        unseal(held, path)
        entries = tuple(Entry(**entry) for entry in held["versions"])
        return State(entries, held["heads"])
    except FileNotFoundError as error:
        raise DataError("is missing: the case is damaged; put the file back from a backup", Place(path)) from error
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", Place(path)) from error
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(f"is damaged: {error}", Place(path)) from error


def write_state(root: Path, state: State) -> None:
    """Put ``state.json`` in place, whole and durable."""
    versions = [
        {"version": e.version, "kind": e.kind, "commit": e.commit, "at": e.at, "tables": dict(e.tables), "facts": dict(e.facts)}
        | ({"gone": True} if e.gone else {})
        for e in state.entries
    ]
    replace_file(root / STATE_FILE, sealed({"format": FORMAT, "heads": dict(state.heads), "versions": versions}))


def create_table(root: Path, stored: Stored) -> None:
    """Make an empty Delta table: version 0."""
    DeltaTable.create(
        stored.path(root),
        stored.empty().to_arrow().schema,
        partition_by=list(stored.partition_by) or None,
        configuration=dict(CONFIGURATION),
        commit_properties=CommitProperties(custom_metadata={COMMIT: "init"}),
    )


@dataclass(slots=True)
class Commit:
    """A change of the case in the making; becomes its next version as a whole when ``writing`` ends well."""

    root: Path
    kind: str
    state: State
    id: str
    facts: dict[str, object] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The version that this commit makes."""
        return self.state.version + 1

    @property
    def properties(self) -> CommitProperties:
        """What each Delta commit of this change must carry."""
        return CommitProperties(custom_metadata={COMMIT: self.id})

    def open(self, name: str) -> DeltaTable:
        """Open a table at its newest version, made if this case is older than the table."""
        stored = STORED[name]
        path = stored.path(self.root)
        if not (path / "_delta_log" / f"{0:020}.json").exists() and not DeltaTable.is_deltatable(str(path)):
            create_table(self.root, stored)
        return open_delta(self.root, name)

    def touch(self, name: str) -> None:
        """Note that a table was changed through :meth:`open` with :attr:`properties`."""
        self.touched[name] = open_delta(self.root, name).version()

    def add(self, name: str, adds: Sequence[AddAction]) -> None:
        """Append data files that lie in the table's folder."""
        if adds:
            self.change(name, adds, [])

    def change(self, name: str, adds: Sequence[AddAction], removes: Sequence[RemoveAction]) -> None:
        """Put data files into a table and take others out, as one Delta commit."""
        table = self.open(name)
        folder = STORED[name].path(self.root)
        seal(self.root, [folder / unquote(action.path) for action in adds])
        table.create_write_transaction(
            [*adds, *removes], "append", table.schema(), list(STORED[name].partition_by) or None, commit_properties=self.properties
        )
        self.touch(name)

    def announce(self, name: str, files: Iterable[str]) -> None:
        """Note data files, by name, before they are put into a table's folder: should this process die, they are removed."""
        with (self.root / PENDING_FILE).open("ab") as pending:
            pending.writelines(orjson.dumps([name, file], option=orjson.OPT_APPEND_NEWLINE) for file in files)

    def append(self, name: str, frame: pl.DataFrame, partition: Mapping[str, str] | None = None) -> None:
        """Append rows to a table as one file; nothing happens when there are none."""
        if frame.is_empty():
            return
        stored = STORED[name]
        self.open(name)
        rows = frame.select(pl.col(column).cast(dtype) for column, dtype in stored.file_dtypes.items())
        file = f"part-{uuid.uuid4().hex}"
        self.announce(name, [place_of(partition or {}, file)])
        path = write_file(rows, stored.path(self.root), partition or {}, file)
        self.add(name, [add_of(path, stored.path(self.root), rows, partition or {})])


def finish(commit: Commit) -> State:
    """Make a commit the newest version of the case; nothing happens when it touched no table."""
    state = commit.state
    if commit.touched:
        seal_logs(commit.root, commit.touched)
        entry = Entry(commit.version, commit.kind, commit.id, utc_now(), dict(sorted(commit.touched.items())), commit.facts)
        state = State((*state.entries, entry), {**state.heads, **commit.touched})
        write_state(commit.root, state)
    (commit.root / PENDING_FILE).unlink(missing_ok=True)
    return state


def utc_now() -> str:
    """Give the time as the manifest holds it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")

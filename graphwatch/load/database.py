"""Rows of an SQLite database, read without trusting it: read-only, plain tables only, bounded values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from graphwatch.errors import FormatError, Place
from graphwatch.load.records import Record
from graphwatch.settings import LoadSettings

_BATCH: Final = 10_000
_SQLITE: Final = b"SQLite format 3\x00"


def is_database(path: Path) -> bool:
    """Whether a file is an SQLite database, from its first bytes."""
    try:
        with path.open("rb") as handle:
            return handle.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def read_database(path: Path, settings: LoadSettings) -> Iterator[list[tuple[int, Record]]]:
    """Give the rows of all tables, table after table by name, with ``table`` among their fields, numbered from 1 over all.

    Raises
    ------
    FormatError
        The database is damaged, or a value is longer than a line may be.

    Notes
    -----
    Views and virtual tables are left alone, because reading them runs what the file says. The file is opened as immutable: nothing is
    written beside it, and what a program has not yet merged from its ``-wal`` file is not seen.
    """
    try:
        with closing(_opened(path, settings)) as connection:
            number = 0
            for name in _tables(connection):
                cursor = connection.execute(f"SELECT * FROM {_quoted(name)}")  # noqa: S608 - quoted
                columns = [str(column[0]) for column in cursor.description]
                while rows := cursor.fetchmany(_BATCH):
                    yield [(number + place, {"table": name, **dict(zip(columns, row, strict=True))}) for place, row in enumerate(rows, 1)]
                    number += len(rows)
    except sqlite3.Error as error:
        raise FormatError(f"is damaged, or holds a value that is too long: {error}", Place(path)) from error


def table_heads(path: Path, settings: LoadSettings) -> list[Record]:
    """Give one record for each table, with the names of its columns and no values.

    Raises
    ------
    FormatError
        The database is damaged.
    """
    try:
        with closing(_opened(path, settings)) as connection:
            heads: list[Record] = []
            for name in _tables(connection):
                columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")]
                heads.append({"table": name, **dict.fromkeys(columns)})
            return heads
    except sqlite3.Error as error:
        raise FormatError(f"is damaged: {error}", Place(path)) from error


def _opened(path: Path, settings: LoadSettings) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, settings.max_line_bytes)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.text_factory = _text
    return connection


def _tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return [name for name, sql in found if not str(name).startswith("sqlite_") and not str(sql).upper().startswith("CREATE VIRTUAL")]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")

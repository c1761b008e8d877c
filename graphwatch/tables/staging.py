"""A load in the making: rows sorted into data files by day, beside the tables, until it is known which of them are new.

Memory stays flat: rows wait in memory by day and the fullest day is written when there are too many. A time-ordered input so gives
few files a day, an unordered one more; ``compact`` joins them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import OutputError, Place
from graphwatch.tables.files import write_file
from graphwatch.tables.layout import STAGING_FOLDER

WAITING_BYTES: Final = 384 << 20
FILE_ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Staged:
    """A data file that is not yet part of a table."""

    path: Path
    day: date
    rows: int


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """Give an empty folder inside a case, locked by this process; folders that killed processes left are removed.

    Raises
    ------
    OutputError
        The case cannot be written.
    """
    try:
        folder = root / STAGING_FOLDER
        folder.mkdir(exist_ok=True)
        sweep(folder)
        work, lock = _open_work(folder)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", Place(root)) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)


def _open_work(folder: Path) -> tuple[Path, int]:
    while True:
        work = folder / uuid.uuid4().hex
        work.mkdir()
        with suppress(FileNotFoundError):  # another load swept it before it was locked
            lock = os.open(work, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if work.exists():
                return work, lock
            os.close(lock)


def sweep(folder: Path) -> None:
    """Remove what killed processes left; what is in use stays."""
    for work in sorted(folder.iterdir()):
        with suppress(OSError):  # in use, or gone meanwhile
            lock = os.open(work, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(work, ignore_errors=True)
            finally:
                os.close(lock)


@dataclass(slots=True)
class DayFiles:
    """Sorts rows into one file or several for each day."""

    folder: Path
    waiting_bytes: int = WAITING_BYTES
    staged: list[Staged] = field(default_factory=list)
    _waiting: dict[date, list[pl.DataFrame]] = field(default_factory=dict)
    _bytes: dict[date, int] = field(default_factory=dict)
    _rows: dict[date, int] = field(default_factory=dict)

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; ``at`` must be known in all of them."""
        if rows.is_empty():
            return
        each = max(1, int(rows.estimated_size()) // len(rows))
        days = rows.with_columns(pl.col("at").dt.date().alias("day"))
        for (day,), part in days.partition_by("day", maintain_order=True, as_dict=True, include_key=False).items():
            self._waiting.setdefault(day, []).append(part)
            self._bytes[day] = self._bytes.get(day, 0) + each * len(part)
            self._rows[day] = self._rows.get(day, 0) + len(part)
            if self._rows[day] >= FILE_ROWS:
                self._write(day)
        while sum(self._bytes.values()) > self.waiting_bytes:
            self._write(max(self._bytes, key=lambda day: (self._bytes[day], day)))

    def finish(self) -> list[Staged]:
        """Write what waits and give all files."""
        for day in sorted(self._waiting):
            self._write(day)
        return self.staged

    def _write(self, day: date) -> None:
        rows = pl.concat(self._waiting.pop(day)).sort("at", maintain_order=True)
        del self._bytes[day], self._rows[day]
        path = write_file(rows, self.folder, {"day": day.isoformat()}, f"part-{uuid.uuid4().hex}")
        self.staged.append(Staged(path, day, len(rows)))

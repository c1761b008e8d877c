"""Rows that are held until the whole input has been read: in memory up to a bound, past it in temporary Parquet files."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import OutputError, Place
from graphwatch.settings import LoadSettings

_PIECE: Final = 64 * 2**20  # memory of the rows that go into one file

_folders: Final[list[tempfile.TemporaryDirectory[str]]] = []  # a plan that scans a file keeps no hold on it, so these stay to the end


@atexit.register
def remove_spilled() -> None:
    """Remove all temporary files; scans of them fail from then on. It is done when the interpreter ends."""
    while _folders:
        _folders.pop().cleanup()


class Spill:
    """Keeps frames of one schema in the order in which they came.

    Parameters
    ----------
    settings
        ``held_bytes``: memory of the rows from which on they are written to disk; ``spill_folder``: where.

    Notes
    -----
    Files lie in a folder that only this user can read, and go when they have been drained, when :func:`remove_spilled` is called or when
    the interpreter ends. After a kill -9 they stay: folders ``graphwatch-rows-…`` in ``spill_folder`` are then to be removed by hand.

    Examples
    --------
    >>> rows = Spill(LoadSettings(held_bytes=1))
    >>> rows.add(pl.DataFrame({"n": [1, 2]}))
    >>> rows.add(pl.DataFrame({"n": [3]}))
    >>> rows.on_disk, len(rows), rows.scan().collect()["n"].to_list(), [len(part) for part in rows.drain()], len(rows)
    (True, 3, [1, 2, 3], [2, 1], 0)
    """

    def __init__(self, settings: LoadSettings) -> None:
        self._bound = settings.held_bytes
        self._parent = settings.spill_folder or None
        self._held: list[pl.DataFrame] = []
        self._files: list[tuple[Path, int]] = []
        self._bytes = self._written = 0
        self._folder: Path | None = None

    def __len__(self) -> int:
        """Give the number of rows."""
        return sum(map(len, self._held)) + sum(rows for _, rows in self._files)

    @property
    def on_disk(self) -> bool:
        """Whether rows were written to disk."""
        return bool(self._files)

    def add(self, rows: pl.DataFrame) -> None:
        """Keep rows.

        Raises
        ------
        OutputError
            They do not fit into memory, and the folder for them cannot be written.
        """
        if rows.is_empty():
            return
        self._held.append(rows)
        self._bytes += int(rows.estimated_size())
        if self._bytes > (_PIECE if self._files else self._bound):
            self._write()

    def scan(self) -> pl.LazyFrame | None:
        """Give all rows in order; None: there are none. What was written is read when and as far as it is asked for."""
        written = [path for path, _ in self._files]
        parts = [pl.scan_parquet(written, glob=False)] if written else []
        parts += [frame.lazy() for frame in self._held]
        return None if not parts else parts[0] if len(parts) == 1 else pl.concat(parts)

    def drain(self) -> Iterator[pl.DataFrame]:
        """Give the rows part by part, in order, and let go of each."""
        while self._files:
            path, _ = self._files.pop(0)
            frame = pl.read_parquet(path, glob=False, memory_map=False)
            path.unlink()
            yield frame
        while self._held:
            frame = self._held.pop(0)
            self._bytes -= int(frame.estimated_size())
            yield frame

    def clear(self) -> None:
        """Let go of all rows and remove their files."""
        for path, _ in self._files:
            path.unlink(missing_ok=True)
        self._files, self._held, self._bytes = [], [], 0

    def _write(self) -> None:
        """Write what is held, in files of a size that can be read back at once."""
        try:
            pending, size = [self._held.pop(0)], 0
            while pending:
                size += int(pending[-1].estimated_size())
                if size > _PIECE or not self._held:
                    self._write_file(pending)
                    pending, size = [], 0
                if self._held:
                    pending.append(self._held.pop(0))
        except OSError as error:
            raise OutputError(f"cannot hold the rows that do not fit into memory: {error.strerror}", Place(self._place())) from error
        self._bytes = 0

    def _write_file(self, frames: list[pl.DataFrame]) -> None:
        if self._folder is None:
            made = tempfile.TemporaryDirectory(prefix="graphwatch-rows-", dir=self._parent, ignore_cleanup_errors=True)
            _folders.append(made)
            self._folder = Path(made.name)
        path = self._folder / f"{self._written:06d}.parquet"
        self._written += 1
        rows = pl.concat(frames)
        rows.write_parquet(path, compression="lz4", statistics=False)
        self._files.append((path, len(rows)))

    def _place(self) -> str:
        return self._parent or tempfile.gettempdir()

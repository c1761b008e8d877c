"""Canonical files, written whole or not at all: a temporary file in the same folder takes the name when it is complete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import OutputError, Place
from graphwatch.load.escape import escape

_ISO: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path that becomes ``path`` when all went well, and disappears when not.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(path)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet."""
    with whole_file(path) as temporary:
        frame.write_parquet(temporary)


def write_ndjson(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as NDJSON: times in ISO 8601 with ``Z``, lists as arrays; a NaN becomes null."""
    with whole_file(path) as temporary:
        _iso_times(frame).write_ndjson(temporary)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV that is safe to open in a spreadsheet.

    UTF-8 with a byte order mark (spreadsheets take Chinese for another encoding without one), lists as JSON arrays, times in ISO 8601 with
    ``Z``. Cells that a spreadsheet would run are escaped as :mod:`graphwatch.load.escape` says; graphwatch's readers undo that, so a
    canonical table comes back equal.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    listed = [
        pl.struct(pl.col(name)).struct.json_encode().str.extract(r"(?s)^\{\"(?:[^\"\\]|\\.)*\":(.*)\}$").replace("null", None).alias(name)
        for name, dtype in frame.schema.items()
        if isinstance(dtype, (pl.List, pl.Array, pl.Struct))
    ]
    flat = escape(_iso_times(frame).with_columns(listed))
    with whole_file(path) as temporary:
        flat.write_csv(temporary, include_bom=True, quote_style="necessary")


def _iso_times(frame: pl.DataFrame) -> pl.DataFrame:
    times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone == "UTC"]
    return frame.with_columns(pl.col(name).dt.to_string(_ISO) for name in times)

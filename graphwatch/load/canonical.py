"""Tables in Parquet and NDJSON, columns under their own names; renaming and validation come after."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import FormatError, Place
from graphwatch.load.harvest import parse_json, series_of
from graphwatch.load.open import Lines
from graphwatch.load.records import Record, garbage_kept, line_blocks, parsed_lines
from graphwatch.load.rejected import Faults
from graphwatch.load.validate import LINE
from graphwatch.schema import STRINGS, Column
from graphwatch.settings import LoadSettings

BLOCK: Final = 8 * 2**20
_FLOAT_ID: Final = re.compile(rb'_ids?"[\s:\[]*-?\d+[.eE]')
_DELICATE: Final = (b"\\ud", b"\\uD", b"NaN")  # half characters, which the fast reader would turn into NUL, and what is no JSON
_BLANK: Final = (b"", b"\r")


def scan_parquet(path: Path) -> pl.LazyFrame:
    """Scan a Parquet file; ``_line`` is the row number from 1.

    Raises
    ------
    FormatError
        It is damaged or cut off.
    """
    lazy = pl.scan_parquet(path, row_index_name=LINE, row_index_offset=1, glob=False)
    try:
        lazy.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError(f"is damaged or no Parquet file: {str(error).splitlines()[0]}", Place(path)) from error
    return lazy


def read_ndjson(
    path: Path, columns: Collection[Column], settings: LoadSettings, faults: Faults, size: int = BLOCK
) -> Iterator[pl.DataFrame]:
    """Give the named columns of a file with one JSON object a line, in frames of about ``size`` bytes of it, with ``_line``.

    A name that is no key is looked up as a path (``user.id``). Columns that no record of a frame has are left out of it.

    Notes
    -----
    A block whose every line is as declared is read by polars at once. Any other is read line by line, so that each line that is
    no JSON object is set aside by itself.
    """
    for block in line_blocks(path, settings, size):
        frame = _at_once(block, columns)
        yield frame if frame is not None else _one_by_one(block, columns, faults)


def _at_once(block: Lines, columns: Collection[Column]) -> pl.DataFrame | None:
    """Read a regular block; None: it is not one."""
    lines = [line for line in block.lines if line is not None and line not in _BLANK]
    if not lines or None in block.lines or any("." in column.name for column in columns):
        return None
    data = b"\n".join(lines)
    if any(mark in data for mark in _DELICATE) or _FLOAT_ID.search(data) is not None:
        return None
    kept = {pl.Float64(), pl.Int64(), pl.Boolean(), STRINGS}
    schema = {column.name: column.dtype if column.dtype in kept else pl.String() for column in columns}
    try:
        first = parse_json(lines[0])
        frame = pl.read_ndjson(BytesIO(data), schema=schema)
    except (ValueError, pl.exceptions.PolarsError):
        return None
    if len(frame) != len(lines) or not isinstance(first, dict):
        return None
    empty = [name for name in frame.columns if frame[name].null_count() == len(frame)]
    numbers = [number for number, line in enumerate(block.lines, block.first) if line not in _BLANK]
    ignored = [pl.lit(None).alias(name) for name in sorted(set(first) - set(schema))]
    return frame.drop(empty).with_columns(pl.Series(LINE, numbers, dtype=pl.Int64), *ignored)


def _one_by_one(block: Lines, columns: Collection[Column], faults: Faults) -> pl.DataFrame:
    with garbage_kept():
        found = list(parsed_lines(block, faults))
        return frame_of([record for _, record in found], [number for number, _ in found], columns)


def frame_of(records: list[Record], lines: list[int], columns: Collection[Column]) -> pl.DataFrame:
    """Make columns of records; those that no record has are left out, and those that nobody asked for are null."""
    present = set().union(*map(dict.keys, records)) if records else set()
    held = [pl.Series(LINE, lines, dtype=pl.Int64)]
    for column in columns:
        name = column.name
        if name in present:
            held.append(series_of([record.get(name) for record in records], column))
        elif "." in name and name.partition(".")[0] in present:
            held.append(series_of([look_up(record, name.split(".")) for record in records], column))
    unknown = sorted(present - {column.name for column in columns} - {LINE})
    return pl.DataFrame(held).with_columns(pl.lit(None).alias(name) for name in unknown)


def look_up(record: object, path: list[str]) -> object:
    """Follow a path of keys; None where it ends.

    Examples
    --------
    >>> look_up({"user": {"id": 7}}, ["user", "id"])
    7
    """
    for key in path:
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record

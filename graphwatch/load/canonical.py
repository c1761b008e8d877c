"""Tables in NDJSON, columns under their own names; renaming and validation come after."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.json as pa_json

from graphwatch.load.harvest import parse_json, series_of
from graphwatch.load.open import Lines
from graphwatch.load.plain import read_plain
from graphwatch.load.records import Record, garbage_kept, line_blocks, parsed_lines
from graphwatch.load.rejected import Faults
from graphwatch.load.validate import LINE
from graphwatch.schema import STRINGS, Column
from graphwatch.settings import LoadSettings

BLOCK: Final = 8 * 2**20
_FLOAT_ID: Final = re.compile(rb'_ids?"[\s:\[]*-?\d+[.eE]')
_DELICATE: Final = (b"\\ud", b"\\uD", b"NaN")  # half characters, which the fast reader would turn into NUL, and what is no JSON
_BLANK: Final = (b"", b"\r")
_OPENING: Final = ord("{")
_CLOSING: Final = ord("}")
_ARROW_TYPES: Final[dict[pl.DataType, pa.DataType]] = {pl.Float64(): pa.float64(), pl.Int64(): pa.int64(), pl.Boolean(): pa.bool_()}
_KEPT: Final = frozenset({*_ARROW_TYPES, STRINGS})


def read_ndjson(
    path: Path, columns: Collection[Column], settings: LoadSettings, faults: Faults, size: int = BLOCK
) -> Iterator[pl.DataFrame]:
    """Give the named columns of a file with one JSON object a line, in frames of about ``size`` bytes of it, with ``_line``.

    A name that is no key is looked up as a path (``user.id``). Columns that no record of a frame has are left out of it.

    Notes
    -----
    A block whose every line has its values in the types that its first line has them in is taken apart at once, by
    :func:`graphwatch.load.plain.read_plain` or, with rare things in it, by Arrow; one with other values is read by polars. What all
    refuse is read line by line, so that each line that is no JSON object is set aside by itself.
    """
    paths = any("." in column.name for column in columns)
    for block in line_blocks(path, settings, size):
        frame = None if paths else _at_once(block, columns)
        yield frame if frame is not None else _one_by_one(block, columns, faults)


def _at_once(block: Lines, columns: Collection[Column]) -> pl.DataFrame | None:
    """Read a regular block; None: it is not one."""
    if block.too_long:
        return None
    data, rows = block.raw, len(block)
    numbers = pl.int_range(block.first, block.first + rows, dtype=pl.Int64, eager=True).alias(LINE)
    regular = one_object_a_line(block)
    if not regular:  # empty lines, blanks around some
        lines = [line for line in block.lines if line not in _BLANK]
        data, rows = b"\n".join(line for line in lines if line is not None), len(lines)
        regular = one_object_a_line(Lines(1, data))
        numbers = pl.Series(LINE, [number for number, line in enumerate(block.lines, block.first) if line not in _BLANK], dtype=pl.Int64)
    if not rows:
        return None
    try:
        first = parse_json(first_line(data))
    except ValueError:
        return None
    if not isinstance(first, dict):
        return None
    frame = with_schema(data, arrow_schema(first, columns), rows) if regular else None
    if frame is None:
        frame = _with_polars(data, columns)
    if frame is None or len(frame) != rows:
        return None
    held = {column.name for column in columns}
    empty = [name for name in frame.columns if frame[name].null_count() == rows]
    ignored = [pl.lit(None).alias(name) for name in sorted(set(first) - held - {LINE})]
    return frame.drop(empty).with_columns(numbers, *ignored)


def first_line(data: bytes) -> bytes:
    """Give the first line of a block, without a copy of the rest."""
    end = data.find(b"\n")
    return data if end < 0 else data[:end]


def one_object_a_line(block: Lines) -> bool:
    r"""Whether each line begins and ends with a brace; if so, no object that is valid JSON spans two of them.

    Examples
    --------
    >>> [one_object_a_line(Lines(1, data)) for data in (b'{}\n{"a": 1}', b"{}\n\n{}", b'{"a":\n1}')]
    [True, False, False]
    """
    data, ends = block.raw, block.ends
    if not (data.startswith(b"{") and data.rstrip(b"\r").endswith(b"}")):
        return False
    text = np.frombuffer(data, np.uint8)
    return bool((text[ends - 1] == _CLOSING).all() and (text[np.minimum(ends + 1, len(text) - 1)] == _OPENING).all())


def arrow_schema(first: Record, columns: Collection[Column]) -> pa.Schema:
    """Types to ask Arrow for, by the first of the records."""
    return pa.schema([(column.name, _arrow_type(column, first.get(column.name))) for column in columns])


def with_schema(data: bytes, schema: pa.Schema, lines: int) -> pl.DataFrame | None:
    """Read lines, each one object, whose fields have the types of the schema; None: they have not, or hold what is no plain JSON."""
    plain = read_plain(data, schema, lines)
    return plain if plain is not None else _with_arrow(data, schema)


def _with_arrow(data: bytes, schema: pa.Schema) -> pl.DataFrame | None:
    """Read lines, each one object, with Arrow's strict reader; None: it refuses them.

    Notes
    -----
    It refuses values of another type than asked for, keys that stand twice and half characters, but not bytes that are no UTF-8 in
    fields that were not asked for.
    """
    try:
        table = pa_json.read_json(
            BytesIO(data),
            read_options=pa_json.ReadOptions(use_threads=False, block_size=max(len(data) + 1, 2**16)),
            parse_options=pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
        table.validate(full=True)
    except pa.ArrowException:
        return None
    return pl.DataFrame(pl.from_arrow(table))


def _arrow_type(column: Column, value: object) -> pa.DataType:
    """Type to ask Arrow for: the declared one; ids and times that are whole numbers in the first line are taken for that."""
    if column.dtype == STRINGS:
        return pa.list_(pa.int64() if _whole_numbers(value) else pa.large_string())
    if column.dtype in _ARROW_TYPES:
        return _ARROW_TYPES[column.dtype]
    return pa.int64() if isinstance(value, int) and not isinstance(value, bool) else pa.large_string()


def _whole_numbers(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], int) and not isinstance(value[0], bool)


def _with_polars(data: bytes, columns: Collection[Column]) -> pl.DataFrame | None:
    """Read lines with polars, which takes a number for a text; None: it refuses them, or would change what they say."""
    if any(mark in data for mark in _DELICATE) or _FLOAT_ID.search(data) is not None:
        return None
    schema = {column.name: column.dtype if column.dtype in _KEPT else pl.String() for column in columns}
    try:
        return pl.read_ndjson(BytesIO(data), schema=schema)
    except (ValueError, pl.exceptions.PolarsError):
        return None


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

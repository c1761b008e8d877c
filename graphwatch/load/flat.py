"""Flat records, a block of lines at a time: read into columns at once, so that no record becomes a Python object.

Only blocks of which nothing is unusual go this way: each line is one object, and each field that is asked for has in all lines the type
that it has in the first. All else is for the reader of single records, which says what is wrong with which line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import polars as pl

from graphwatch.load.adapters.fields import NOTHING
from graphwatch.load.canonical import arrow_schema, first_line, one_object_a_line, with_schema
from graphwatch.load.harvest import FILLED, parse_json
from graphwatch.load.open import Lines
from graphwatch.load.plain import is_utf8
from graphwatch.load.validate import LINE
from graphwatch.schema import INTERACTIONS, Column

_ESCAPED_BLANKS: Final = b"\\u001"  # control characters that Python takes for blanks and Unicode does not
_EMPTY: Final = pl.lit(None, dtype=pl.String)


def flat_frame(block: Lines, names: Collection[str], present: str) -> pl.DataFrame | None:
    r"""Read the named fields of a block of records into columns of texts or whole numbers, with ``_line``.

    Parameters
    ----------
    names
        Fields; a column of each comes back, null where a record has none.
    present
        The field that every record must hold.

    Returns
    -------
    polars.DataFrame or None
        None: something in the block is unusual.

    Examples
    --------
    >>> flat_frame(Lines(3, b'{"id": 1, "x": {}}\n{"id": 2, "who": "a"}'), ("id", "who"), "id").rows()
    [(1, None, 3), (2, 'a', 4)]
    >>> flat_frame(Lines(1, b'{"id": 1}\n{"id": "2"}'), ("id",), "id") is None
    True
    """
    data, rows = block.raw, len(block)
    if block.too_long or _ESCAPED_BLANKS in data or not one_object_a_line(block):
        return None
    try:
        first = parse_json(first_line(data))
    except ValueError:
        return None
    if not isinstance(first, dict) or not is_utf8(data):
        return None
    frame = with_schema(data, arrow_schema(first, [Column(name, pl.String(), "") for name in names]), rows)
    if frame is None or len(frame) != rows or frame[present].null_count():
        return None
    return frame.with_columns(pl.int_range(block.first, block.first + rows, dtype=pl.Int64).alias(LINE))


def reference_in(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Vectorised :func:`graphwatch.load.adapters.fields.reference`."""
    if frame.schema[name] == pl.Null:
        return _EMPTY
    text = pl.col(name).cast(pl.String)
    stripped = text.str.strip_chars() if frame.schema[name] == pl.String else text
    return pl.when(~stripped.is_in(sorted(NOTHING))).then(stripped)


def first_in(frame: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """Vectorised :func:`graphwatch.load.adapters.fields.first`: texts where the fields are not all whole numbers."""
    held = [name for name in names if frame.schema[name] != pl.Null]
    chosen: list[str] = []
    for name in held:
        column = frame[name]
        chosen.append(name)
        if not column.null_count() and (column.dtype != pl.String or column.str.contains(r"\S").all()):
            break
    if not chosen:
        return _EMPTY
    said = [_said(frame, name) for name in chosen]
    mixed = len({frame.schema[name] for name in chosen}) > 1
    return pl.coalesce([value.cast(pl.String) for value in said] if mixed else said)


def _said(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    return pl.when(column.str.contains(r"\S")).then(column) if frame.schema[name] == pl.String else column


def as_harvested(frame: pl.DataFrame, columns: dict[str, pl.Expr]) -> pl.DataFrame:
    """Give interactions with all columns that a harvest gives, those that nothing fills null."""
    filled: list[pl.Expr] = [pl.col(LINE)]
    for name in FILLED:
        dtype = INTERACTIONS.column(name).dtype
        empty = pl.lit(None, dtype=pl.String() if isinstance(dtype, pl.Datetime) else dtype)
        filled.append(columns.get(name, empty).alias(name))
    return frame.select(filled)

"""Rows of an answer as text or bytes: a table for people, CSV, JSON and Parquet for programs."""

from __future__ import annotations

import io
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Literal

import orjson
import polars as pl

from graphwatch.load import write_csv
from graphwatch.schema import TIMESTAMP

Form = Literal["table", "csv", "json", "parquet"]
_ISO = "%Y-%m-%dT%H:%M:%S%.6fZ"


def as_bytes(frame: pl.DataFrame, form: Form) -> bytes:
    r"""Give the rows in a form.

    Parameters
    ----------
    form
        ``csv`` is safe to open in a spreadsheet, see :func:`graphwatch.load.write_csv`; ``json`` is an array of objects, its times in
        ISO 8601, numbers that are not finite null; ``table`` has tabs between its columns.

    Examples
    --------
    >>> as_bytes(pl.DataFrame({"a": [1], "b": [["x", "y"]]}), "json")
    b'[{"a":1,"b":["x","y"]}]\n'
    """
    match form:
        case "csv":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "rows.csv"
                write_csv(frame, path)
                return path.read_bytes()
        case "json":
            times = [name for name, dtype in frame.schema.items() if dtype == TIMESTAMP]
            return orjson.dumps(frame.with_columns(pl.col(times).dt.to_string(_ISO)).rows(named=True)) + b"\n"
        case "parquet":
            held = io.BytesIO()
            frame.write_parquet(held)
            return held.getvalue()
        case "table":
            lines = [frame.columns, *([cell(value) for value in row] for row in frame.iter_rows())]
            return "".join("\t".join(line) + "\n" for line in lines).encode()


def cell(value: object) -> str:
    r"""Show a value on one line of a terminal, which no character of it can take over.

    Examples
    --------
    >>> cell(["a", "b\x1b[2J"]), cell(None), cell(0.1234567891)
    ('a, b�[2J', '', '0.123457')
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")
    if isinstance(value, float):
        return f"{value:.6g}"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "".join(character if character.isprintable() else "\ufffd" for character in text)

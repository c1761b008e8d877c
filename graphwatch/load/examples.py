"""Files made from the examples of the declarations: what the pages show and the tests load."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson

from graphwatch.load.declared import Declared, Example
from graphwatch.load.harvest import Scalar
from graphwatch.load.records import Record


def container_of(form: Declared, example: Example) -> str:
    """Tell what holds the records of an example: the first container of the format, a database where they name tables."""
    if any("table" in record for record in example.records):
        return "database"
    return "script" if example.before else form.containers[0]


def example_text(form: Declared, example: Example) -> str:
    """Give an example as the text of its file; of a database, its rows as JSON lines.

    Examples
    --------
    >>> from graphwatch.load.formats import DECLARED
    >>> form = next(form for form in DECLARED if form.name == "bilibili-danmaku")
    >>> example_text(form, form.examples[0])[:21]
    "<?xml version='1.0' e"
    """
    if example.text:
        return example.text
    container = container_of(form, example)
    if container == "csv":
        return _csv(example.records)
    if container == "script":
        return example.before + _json(list(example.records))
    if container == "document":
        return _json(example.records[0] if len(example.records) == 1 else list(example.records))
    return "".join(orjson.dumps(record).decode() + "\n" for record in example.records)


def write_example(form: Declared, example: Example, folder: Path) -> Path:
    """Write an example, and what stands beside it, into a folder; give the place of the file."""
    for name, text in example.beside.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / example.name
    path.unlink(missing_ok=True)
    if container_of(form, example) == "database":
        _database(path, example.records)
    else:
        path.write_text(example_text(form, example), encoding="utf-8", newline="")
    return path


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n"


def _csv(records: tuple[Record, ...]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(key for record in records for key in record)), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def _database(path: Path, records: tuple[Record, ...]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for record in records:
            columns = [name for name in record if name != "table"]
            named = ", ".join(f'"{name}"' for name in columns)
            connection.execute(f'CREATE TABLE IF NOT EXISTS "{record["table"]}" ({named})')
            values: list[Scalar] = [value if isinstance(value := record[name], (str, int, float)) else None for name in columns]
            marks = ", ".join("?" * len(columns))
            connection.execute(f'INSERT INTO "{record["table"]}" ({named}) VALUES ({marks})', values)  # noqa: S608 - our own example
        connection.commit()

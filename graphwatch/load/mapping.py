"""Mapping files: how a table with its own column names becomes a canonical one, in TOML.

::

[columns]                     # source column (or path, for nested JSON) = canonical column, or several
"评论id" = "interaction_id"   # "_line" stands for the file's digest and row number, where there are no ids
"user.id" = "actor_id"
"发布时间" = "at"
"类型" = "kind"

[constants]                   # where no source column gives a value
platform = "weibo"

[kinds]                       # value in the source = canonical kind
"转发" = "repost"

[values.hostility]            # the same for any other column; "*" is for all other values
"Very Negative" = 1.0
"*" = 0.0

[times]
zone = "Asia/Shanghai"        # of times without one
format = "%Y-%m-%d %H:%M"     # strftime; only where the form is not recognised

[lists]
separator = ","               # between the elements of list columns

[sheet]                       # of a workbook; found from the column names when not given
name = "名单"
header = 3                    # row of the column names, as the spreadsheet numbers it
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Mapped
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphwatch.errors import ColumnError, ConfigurationError, Place
from graphwatch.load.times import check_zone
from graphwatch.load.validate import LINE
from graphwatch.schema import INTERACTIONS, STRINGS, Column, Table

Value = str | int | float | bool


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Times(_Strict):
    """Times of a mapped file."""

    zone: str = Field(default="", description="zone of times without one")
    format: str | None = Field(default=None, description="strftime pattern of all times")


class Lists(_Strict):
    """Lists of a mapped file."""

    separator: str | None = Field(default=None, min_length=1, description="between the elements of lists that are texts")


class SheetPlace(_Strict):
    """Where the table of a workbook begins."""

    name: str = Field(default="", description="sheet; empty: the one that fits best")
    header: int = Field(default=0, ge=0, le=1_048_576, description="row of the column names from 1; 0: the one that fits best")


class Mapping(_Strict):
    """A mapping file, read with :func:`read_mapping`."""

    columns: dict[str, str | list[str]] = Field(min_length=1, description="source column → canonical column or columns")
    constants: dict[str, Value] = Field(default={}, description="canonical column → value where the source has none")
    kinds: dict[str, str] = Field(default={}, description="value in the source → kind")
    values: dict[str, dict[str, Value]] = Field(default={}, description="canonical column → value in the source → value")
    times: Times = Times()
    lists: Lists = Lists()
    sheet: SheetPlace = SheetPlace()

    def sources(self) -> dict[str, list[str]]:
        """Canonical column → its source columns, first choice first."""
        found: dict[str, list[str]] = {}
        for source, targets in self.columns.items():
            for target in [targets] if isinstance(targets, str) else targets:
                found.setdefault(target, []).append(source)
        return found


def read_mapping(path: Path, table: Table = INTERACTIONS) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or a key or value is wrong; the message names both.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", Place(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not valid TOML: {error}", Place(path)) from error
    try:
        mapping = Mapping(**content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{first['msg']}; got {first.get('input')!r}", Place(path, field=key)) from error
    _check_names(mapping, table, path)
    if mapping.times.zone:
        try:
            check_zone(mapping.times.zone)
        except ConfigurationError as error:
            raise ConfigurationError(str(error), Place(path, field="times.zone")) from error
    return mapping


def _check_names(mapping: Mapping, table: Table, path: Path) -> None:
    used = [("columns", name) for name in mapping.sources()]
    used += [("constants", name) for name in mapping.constants] + [("values", name) for name in mapping.values]
    for section, name in used:
        if name not in table.names:
            raise ConfigurationError(
                f"table {table.name} has no column {name!r}; it has {', '.join(table.names)}", Place(path, field=f"{section}.{name}")
            )
    given = {*mapping.sources(), *mapping.constants}
    missing = [name for name in table.required if name not in given]
    if missing:
        raise ConfigurationError(f"nothing gives {', '.join(missing)}, which {table.name} must have", Place(path, field="columns"))
    if "kind" in table.names:
        choices = table.column("kind").choices
        wrong = sorted(
            {kind for kind in [*mapping.kinds.values(), *map(str, mapping.values.get("kind", {}).values())] if kind not in choices}
        )
        if wrong:
            raise ConfigurationError(f"{wrong[0]!r} is no kind; expected {', '.join(choices)}", Place(path, field="kinds"))


def source_columns(mapping: Mapping, table: Table) -> list[Column]:
    """Source columns with the type that each is to be read as: of lists the list's, else text or whatever it is."""
    found: dict[str, Column] = {}
    for name, sources in mapping.sources().items():
        column = table.column(name)
        for source in sources:
            plain = Column(source, column.dtype if column.dtype == STRINGS else pl.String(), column.meaning)
            found.setdefault(source, plain)
    return list(found.values())


def apply_mapping(
    rows: pl.DataFrame | pl.LazyFrame, mapping: Mapping, table: Table, file: str, *, digest: str = "", partial: bool = False
) -> pl.LazyFrame:
    """Give the canonical columns of rows under their source names.

    Parameters
    ----------
    digest
        Put before row numbers that serve as ids, so that those of two files differ.
    partial
        Source columns may be absent (a part of a file of records that do not all have the same keys); else that is an error.

    Raises
    ------
    ColumnError
        The file has none of the source columns of a canonical column.
    """
    lazy = rows.lazy()
    schema = lazy.collect_schema()
    out = [pl.col(LINE)] if LINE in schema else []
    found = mapping.sources()
    for name in dict.fromkeys([*found, *mapping.constants]):
        held = [expression for source in found.get(name, []) if (expression := _source(source, schema, digest)) is not None]
        if not held and name in found and name not in mapping.constants and not partial:
            raise ColumnError(
                f"column {' or '.join(found[name])}, which the mapping gives as {name}, is not there; found: "
                f"{', '.join(n for n in schema.names() if n != LINE)}",
                Place(file),
            )
        out.append(_mapped(held, mapping, table.column(name)).alias(name))
    return lazy.select(out)


def _source(name: str, schema: Mapped[str, pl.DataType], digest: str) -> pl.Expr | None:
    """Column of that name, or field of a struct along a path; an empty text counts as nothing."""
    if name == LINE and digest:
        return pl.concat_str(pl.lit(digest + "#"), pl.col(LINE).cast(pl.String))
    if name in schema:
        return _blank_to_null(pl.col(name), schema[name])
    head, *fields = name.split(".")
    dtype: object = schema.get(head)
    expression = pl.col(head)
    for key in fields:
        if not isinstance(dtype, pl.Struct):
            return None
        dtype = next((field.dtype for field in dtype.fields if field.name == key), None)
        expression = expression.struct.field(key)
    return _blank_to_null(expression, dtype) if fields and dtype is not None else None


def _blank_to_null(expression: pl.Expr, dtype: object) -> pl.Expr:
    return pl.when(expression.str.strip_chars() != "").then(expression) if dtype == pl.String else expression


def _mapped(held: list[pl.Expr], mapping: Mapping, column: Column) -> pl.Expr:
    translated = mapping.values.get(column.name, {}) | (mapping.kinds if column.name == "kind" else {})
    value = pl.coalesce(held) if len(held) > 1 else held[0] if held else pl.lit(None, dtype=pl.String)
    if translated and held:
        value = _translate(value, translated)
    if column.dtype == STRINGS and mapping.lists.separator is not None:
        value = _split(value, mapping.lists.separator)
    if column.name in mapping.constants:
        constant = mapping.constants[column.name]
        value = pl.coalesce(value.cast(pl.String), pl.lit(str(constant))) if held else pl.lit(constant)
    return value


def _translate(value: pl.Expr, translated: Mapped[str, Value]) -> pl.Expr:
    text = value.cast(pl.String).str.strip_chars()
    names = [name for name in translated if name != "*"]
    words = [str(translated[name]) for name in names]
    rest = pl.when(text.is_not_null()).then(pl.lit(str(translated["*"]))) if "*" in translated else text
    return text.replace_strict(names, words, default=rest, return_dtype=pl.String) if names else rest


def _split(value: pl.Expr, separator: str) -> pl.Expr:
    element = pl.element().str.strip_chars()
    return value.cast(pl.String).str.split(separator).list.eval(element.filter(element != ""))

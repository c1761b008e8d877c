"""The header of a query file: a TOML table in the first block comment that says what the query is for, what it takes and what it gives."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, cast

from graphwatch.errors import DataError, Place
from graphwatch.schema import Column, Table
from graphwatch.schema.columns import boolean, integer, number, string, strings, time

Value = str | int | float | bool | datetime | None
COLUMN_TYPES: Final = ("string", "integer", "number", "time", "boolean", "strings", "account", "accounts", "interaction")
PARAMETER_TYPES: Final = ("string", "integer", "number", "time", "boolean", "account")
_HEADER: Final = re.compile(r"\A/\*\n(?P<header>.*?)\n\*/\n(?P<cypher>.*)\Z", re.S)
_LIMIT: Final = "limit"
NEXT: Final = "next"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query.

    Attributes
    ----------
    type
        One of ``PARAMETER_TYPES``.
    required
        It has no default and must be given.
    default
        Value where it is not given; None: the query does without.
    low, high
        Inclusive bounds of numbers.
    choices
        The only words allowed; empty: any.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    default: Value = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """How a row becomes an edge of a graph.

    Attributes
    ----------
    start, end
        Columns or parameters that name the two ends. A list gives an edge for each of its values; an end ``next`` is the same column's
        value in the next row, or in a list the next value.
    type
        What the edge says; ``{column}``: the row says it there.
    """

    start: str
    type: str
    end: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of a query become a graph.

    Attributes
    ----------
    roles, agencies
        Column that tells the role, or the agency, of the accounts in another column: accounts → told.
    """

    links: tuple[Link, ...]
    roles: Mapping[str, str]
    agencies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Query:
    """A named query: a contract of parameters, columns and row order, and its Cypher.

    Attributes
    ----------
    name
        ``<stage>/<name>``.
    order
        Columns that the rows are sorted by, each ascending unless ``desc`` follows; nulls count as largest.
    people
        Columns that hold ids of accounts or interactions, which are personal data: name → ``account`` or ``interaction``.
    shape
        How its rows become a graph; None: they are counts.
    """

    name: str
    purpose: str
    parameters: tuple[Parameter, ...]
    table: Table
    order: tuple[tuple[str, bool], ...]
    cypher: str
    people: Mapping[str, Literal["account", "interaction"]]
    shape: Shape | None = None

    @property
    def stage(self) -> str:
        """Folder of the query."""
        return self.name.partition("/")[0]

    @property
    def twin(self) -> str:
        """Name of the function that answers from the tables."""
        return self.name.partition("/")[2]

    @property
    def is_limited(self) -> bool:
        """Whether a parameter ``limit`` bounds the rows."""
        return any(parameter.name == _LIMIT for parameter in self.parameters)


def read_query(name: str, text: str) -> Query:
    r"""Read a query file.

    Raises
    ------
    DataError
        The header is missing, is no TOML, or does not say what it must; the message names the query.

    Examples
    --------
    >>> header = 'purpose = "All."\norder = ["a desc"]\n[columns]\na = { type = "integer", meaning = "a" }'
    >>> read_query("trace/all", f"/*\n{header}\n*/\nRETURN 1 AS a ORDER BY a DESC\n").order
    (('a', True),)
    """
    found = _HEADER.match(text)
    if found is None:
        raise DataError("expected a header between /* and */ at the top", Place(f"{name}.cypher"))
    try:
        told = tomllib.loads(found["header"])
        parameters = tuple(_parameter(key, value) for key, value in told.get("params", {}).items())
        columns = tuple(_column(key, value) for key, value in told["columns"].items())
        order = tuple(_ordering(word) for word in told["order"])
        purpose = str(told["purpose"])
        shape = _shape(told["graph"], {*told.get("params", {}), *told["columns"]}) if "graph" in told else None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"the header cannot be read: {error}", Place(f"{name}.cypher")) from error
    table = Table(name, purpose, columns, tuple(column for column, _ in order), "result")
    if not order or {column for column, _ in order} - set(table.names):
        raise DataError("order must name columns of the query", Place(f"{name}.cypher"))
    return Query(name, purpose, parameters, table, order, found["cypher"].strip() + "\n", _people(told["columns"]), shape)


def _shape(told: dict[str, object], names: set[str]) -> Shape:
    links = tuple(Link(*str(words).split(" ")) for words in cast(list[object], told["links"]))
    roles, agencies = (dict(cast(dict[str, str], told.get(key, {}))) for key in ("roles", "agencies"))
    used = {link.start for link in links} | {link.end for link in links} | {*roles, *agencies, *roles.values(), *agencies.values()}
    used |= {link.type[1:-1] for link in links if link.type.startswith("{")}
    unknown = used - names - {NEXT}
    if unknown or not links or NEXT in {link.start for link in links}:
        raise ValueError(f"the graph names {', '.join(sorted(unknown)) or 'no links'}; expected links between columns or parameters")
    return Shape(links, roles, agencies)


def _people(columns: dict[str, dict[str, object]]) -> dict[str, Literal["account", "interaction"]]:
    found: dict[str, Literal["account", "interaction"]] = {}
    for name, told in columns.items():
        if told["type"] in {"account", "accounts", "interaction"}:
            found[name] = "interaction" if told["type"] == "interaction" else "account"
    return found


def _ordering(word: str) -> tuple[str, bool]:
    column, _, way = word.partition(" ")
    if way not in ("", "desc"):
        raise ValueError(f"order {word!r}: expected a column, or a column and desc")
    return column, way == "desc"


def _parameter(name: str, told: dict[str, object]) -> Parameter:
    kind, meaning = str(told["type"]), str(told["meaning"])
    if kind not in PARAMETER_TYPES:
        raise ValueError(f"parameter {name} has type {kind!r}; expected one of {', '.join(PARAMETER_TYPES)}")
    unknown = set(told) - {"type", "meaning", "default", "optional", "low", "high", "choices"}
    if unknown:
        raise ValueError(f"parameter {name}: unknown {', '.join(sorted(unknown))}")
    default = cast(Value, told.get("default"))
    if isinstance(default, datetime):
        default = default.astimezone(UTC)
    required = "default" not in told and not told.get("optional", False)
    low, high = (None if told.get(key) is None else float(str(told[key])) for key in ("low", "high"))
    choices = tuple(str(word) for word in cast(list[object], told.get("choices", [])))
    return Parameter(name, kind, meaning, required, default, low, high, choices)


def _column(name: str, told: dict[str, object]) -> Column:
    kind, meaning = str(told["type"]), str(told["meaning"])
    match kind:
        case "string" | "account" | "interaction":
            return string(name, meaning)
        case "integer":
            return integer(name, meaning, low=None)
        case "number":
            return number(name, meaning)
        case "time":
            return time(name, meaning)
        case "boolean":
            return boolean(name, meaning)
        case "strings" | "accounts":
            return strings(name, meaning)
        case _:
            raise ValueError(f"column {name} has type {kind!r}; expected one of {', '.join(COLUMN_TYPES)}")

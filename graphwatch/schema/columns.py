"""What a table and a column are, and the words that closed columns may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

TIMESTAMP: Final = pl.Datetime("us", "UTC")
STRINGS: Final = pl.List(pl.String)

KINDS: Final = (
    "post",
    "comment",
    "reply",
    "repost",
    "quote",
    "mention",
    "danmaku",
    "live_chat",
    "private_message",
    "rating",
)
SURFACES: Final = ("feed", "comment", "danmaku", "live", "private", "search", "hot_list", "topic", "group", "news", "popup")
CATEGORIES: Final = (
    "privacy",
    "abuse",
    "slander",
    "mockery",
    "incitement",
    "threat",
    "group_antagonism",
    "criticism",
    "none",
)
NATURES: Final = ("attack", "criticism", "attention")
ROLES: Final = ("initiator", "inciter", "repeat_offender", "follower")
LEVELS: Final = ("info", "watch", "warning", "critical")
OBJECT_PREFIXES: Final = ("url:", "tag:", "topic:", "media:", "text:")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, dtype, meaning, unit, and what a valid value is.

    Attributes
    ----------
    required
        The column must be there and its values must not be null.
    low, high
        Inclusive bounds of numbers.
    choices
        The only values allowed, when they are few. Empty means free.
    null_means
        What null says, where it says more than "not known"; an unreadable value must not come to mean that, so its row is set aside.
    open_choices
        Other values than ``choices`` are kept (they are another tool's words), not rejected.
    """

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    null_means: str = ""
    open_choices: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, its key, and whether users bring it or graphwatch writes it."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    role: Literal["input", "result", "truth", "record"]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Column name → polars dtype, in order."""
        return {column.name: column.dtype for column in self.columns}

    def column(self, name: str) -> Column:
        """Give the column of that name; raise ``KeyError`` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name!r} has no column {name!r}; it has {', '.join(self.names)}")

    def empty(self) -> pl.DataFrame:
        """Give a frame with all columns and no row.

        Examples
        --------
        >>> Table("t", "", (string("a", ""), time("b", "")), ("a",), "input").empty().columns
        ['a', 'b']
        """
        return pl.DataFrame(schema=self.dtypes)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give the frame with exactly this table's columns, in order and cast; absent optional columns become null."""
        absent = [pl.lit(None, dtype=c.dtype).alias(c.name) for c in self.columns if c.name not in frame.columns]
        return frame.with_columns(absent).select(pl.col(c.name).cast(c.dtype) for c in self.columns)


def string(name: str, meaning: str, *, required: bool = False, choices: tuple[str, ...] = (), open_choices: bool = False) -> Column:
    """Declare a column of strings."""
    return Column(name, pl.String(), meaning, required=required, choices=choices, open_choices=open_choices)


def time(name: str, meaning: str, *, required: bool = False, null_means: str = "") -> Column:
    """Declare a column of UTC timestamps."""
    return Column(name, TIMESTAMP, meaning, unit="UTC, µs", required=required, null_means=null_means)


def integer(name: str, meaning: str, unit: str = "count", *, low: float | None = 0) -> Column:
    """Declare a column of integers, not negative unless said."""
    return Column(name, pl.Int64(), meaning, unit=unit, low=low)


def number(name: str, meaning: str, unit: str = "", *, low: float | None = None, high: float | None = None) -> Column:
    """Declare a column of floats."""
    return Column(name, pl.Float64(), meaning, unit=unit, low=low, high=high)


def boolean(name: str, meaning: str) -> Column:
    """Declare a column of truth values."""
    return Column(name, pl.Boolean(), meaning)


def strings(name: str, meaning: str) -> Column:
    """Declare a column of lists of strings."""
    return Column(name, STRINGS, meaning)


def probability(name: str, meaning: str) -> Column:
    """Declare a column of probabilities."""
    return Column(name, pl.Float64(), meaning, unit="probability", low=0.0, high=1.0)

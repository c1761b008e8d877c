"""Every error that graphwatch raises on purpose, and the exit code that each one means.

The tree is shallow: catch :class:`GraphwatchError` for all of them, or a leaf for one cause. ::

    GraphwatchError
    ├── DataError            65  the input is not what it claims to be
    │   ├── FormatError          the format is unknown, ambiguous or damaged
    │   ├── ColumnError          a required column is missing or has the wrong type
    │   └── HostileInputError    the input looks built to exhaust the reader (bombs, endless lines)
    ├── ConfigurationError   78  a setting, a mapping file or an option value is wrong
    ├── UnavailableError     75  a source is unreachable now; trying again may help
    └── OutputError          78  the output folder cannot be written
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input something is wrong.

    Attributes
    ----------
    file
        Path as the user gave it, or a word such as ``<frame>``.
    line
        1-based line or row number, where there is one.
    field
        Column or field name, where there is one.
    """

    file: str | Path
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        text = str(self.file)
        if self.line is not None:
            text += f", line {self.line}"
        if self.field is not None:
            text += f", field {self.field!r}"
        return text


class GraphwatchError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    message
        What is wrong and what was expected, in one sentence.
    place
        Where, if it has a place; it is put before the message.

    Examples
    --------
    >>> str(DataError("expected a number", Place("a.csv", 3, "hostility")))
    "a.csv, line 3, field 'hostility': expected a number"
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(f"{place}: {message}" if place is not None else message)
        self.place = place


class DataError(GraphwatchError):
    """The input is not what it claims to be."""

    exit_code = 65


class FormatError(DataError):
    """The format is unknown, ambiguous or damaged."""


class ColumnError(DataError):
    """A required column is missing, or a column has a type that cannot be read."""


class HostileInputError(DataError):
    """The input looks built to exhaust the reader: a decompression bomb, an endless line."""


class ConfigurationError(GraphwatchError):
    """A setting, a mapping file or an option value is wrong."""

    exit_code = 78


class UnavailableError(GraphwatchError):
    """A source is unreachable now; trying again may help."""

    exit_code = 75


class OutputError(GraphwatchError):
    """The output folder cannot be written."""

    exit_code = 78

"""Values of parameters: checked and given the declared type before any engine sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from numbers import Integral, Real
from typing import ClassVar

from graphwatch.ask.header import Parameter, Query, Value
from graphwatch.errors import ConfigurationError

_LARGEST = 2**63 - 1


class ParameterError(ConfigurationError):
    """A query or a parameter that does not exist, or a value that its parameter cannot take."""

    exit_code: ClassVar[int] = 2


class Given:
    """Checked values of a query's parameters, by the type that the header declares."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = dict(values)

    def text(self, name: str) -> str:
        """Give a string."""
        value = self.values[name]
        if not isinstance(value, str):
            raise TypeError(f"{name} is no string")
        return value

    def whole(self, name: str) -> int:
        """Give an integer."""
        value = self.values[name]
        if not isinstance(value, int):
            raise TypeError(f"{name} is no integer")
        return value

    def real(self, name: str) -> float:
        """Give a number."""
        value = self.values[name]
        if not isinstance(value, float):
            raise TypeError(f"{name} is no number")
        return value

    def moment(self, name: str) -> datetime | None:
        """Give a time; None: not given."""
        value = self.values[name]
        if not isinstance(value, datetime | None):
            raise TypeError(f"{name} is no time")
        return value

    def has(self, name: str) -> bool:
        """Say whether there is a value."""
        return self.values[name] is not None


def check(query: Query, given: Mapping[str, object]) -> Given:
    """Check values against the header, coerce them, and fill in defaults.

    Parameters
    ----------
    given
        Values as users write them: strings are read as the declared type, times as ISO 8601 (UTC without a zone).

    Raises
    ------
    ParameterError
        A parameter is unknown, missing, or has a value that it cannot take.

    Examples
    --------
    >>> from graphwatch.ask.catalogue import find_query
    >>> check(find_query("trace/first_posts"), {"object": "tag:a", "limit": "5"}).values
    {'object': 'tag:a', 'limit': 5}
    """
    names = [parameter.name for parameter in query.parameters]
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ParameterError(f"{query.name} has no parameter {unknown[0]!r}; it has {', '.join(names) or 'none'}")
    missing = [p.name for p in query.parameters if p.required and given.get(p.name) is None]
    if missing:
        raise ParameterError(f"{query.name} needs a value for {', '.join(missing)}")
    return Given({p.name: _value(p, given.get(p.name)) for p in query.parameters})


def pairs(words: Iterable[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` words.

    Raises
    ------
    ParameterError
        A word has no sign, or a name comes twice.

    Examples
    --------
    >>> pairs(["object=tag:a=b"])
    {'object': 'tag:a=b'}
    """
    read: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise ParameterError(f"{word!r}: expected NAME=VALUE")
        if name in read:
            raise ParameterError(f"{name} was given twice")
        read[name] = value
    return read


def _value(parameter: Parameter, given: object) -> Value:
    value = _read(parameter, parameter.default if given is None else given)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = parameter.low, parameter.high
        if (low is not None and value < low) or (high is not None and value > high):
            raise ParameterError(f"{parameter.name} is {value}; expected {_bounds(low, high)}")
    if value is not None and parameter.choices and value not in parameter.choices:
        raise ParameterError(f"{parameter.name} is {value!r}; expected one of {', '.join(parameter.choices)}")
    return value


def _bounds(low: float | None, high: float | None) -> str:
    parts = [f"at least {low:g}"] if low is not None else []
    return " and ".join([*parts, *([f"at most {high:.15g}"] if high is not None else [])])


def _read(parameter: Parameter, given: object) -> Value:
    if given is None:
        return None
    try:
        match parameter.type:
            case "integer":
                return _integer(given)
            case "number":
                return _number(given)
            case "time":
                return _time(given)
            case "boolean":
                return _boolean(given)
            case _:
                if not isinstance(given, str):
                    raise TypeError  # noqa: TRY301 - told below
                given.encode()
                return given
    except (ValueError, TypeError, OverflowError) as error:
        raise ParameterError(f"{parameter.name} is {given!r}; expected {_expected(parameter.type)}") from error


def _expected(kind: str) -> str:
    return {
        "integer": "a whole number",
        "number": "a number",
        "time": "a time such as 2024-05-01 or 2024-05-01T08:00+08:00",
        "boolean": "true or false",
    }.get(kind, "text")


def _integer(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, str | Integral):
        raise TypeError
    value = int(given)
    if abs(value) > _LARGEST:
        raise OverflowError
    return value


def _number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, str | Real):
        raise TypeError
    value = float(given)
    if not math.isfinite(value):
        raise ValueError
    return value


def _time(given: object) -> datetime:
    if isinstance(given, str):
        given = datetime.fromisoformat(given.strip())
    elif isinstance(given, date) and not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day, tzinfo=UTC)
    if not isinstance(given, datetime):
        raise TypeError
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


def _boolean(given: object) -> bool:
    if isinstance(given, bool):
        return given
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = words.get(str(given).lower())
    if found is None:
        raise ValueError
    return found

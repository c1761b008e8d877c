"""Reading fields of flat records, which may have one of several names and several ways of being empty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphwatch.load.harvest import Scalar, id_of, scalar_of
from graphwatch.load.records import Record

NOTHING: Final = frozenset({"", "0", "None", "nan", "null"})
_YES: Final = frozenset({"true", "1", "yes", "是"})


def first(record: Record, names: Iterable[str]) -> Scalar:
    """Give the first of these fields that holds something.

    Examples
    --------
    >>> first({"a": " ", "b": None, "c": 7}, ("a", "b", "c"))
    7
    """
    for name in names:
        value = scalar_of(record.get(name))
        if value is not None and not (isinstance(value, str) and not value.strip()):
            return value
    return None


def reference(value: object) -> str | None:
    """Give the id that a field refers to; zero and the words for nothing refer to nothing.

    Examples
    --------
    >>> reference("0"), reference(0), reference("12"), reference(12)
    (None, None, '12', '12')
    """
    key = id_of(value)
    return None if key is None or key.strip() in NOTHING else key.strip()


def truth(value: object) -> bool:
    """Whether a field says yes.

    Examples
    --------
    >>> truth("True"), truth("no"), truth(None), truth("是")
    (True, False, False, True)
    """
    return value is True or str(value).strip().lower() in _YES


def split(value: object, separator: str = ",") -> list[str]:
    """Give the words of a field that lists them.

    Examples
    --------
    >>> split("a, b,,"), split(None)
    (['a', 'b'], [])
    """
    return [word for piece in value.split(separator) if (word := piece.strip())] if isinstance(value, str) else []

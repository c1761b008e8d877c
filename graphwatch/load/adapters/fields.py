"""Reading fields of flat records, which may have one of several names and several ways of being empty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphwatch.load.harvest import Scalar, id_of, scalar_of
from graphwatch.load.objects import media, tag, url
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


def given(value: object) -> Scalar:
    """Give a value when it says something: no list, no object, not blank.

    Examples
    --------
    >>> given(" "), given([1]), given("a"), given(0)
    (None, None, 'a', 0)
    """
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    return scalar_of(value)


def reference(value: object) -> str | None:
    """Give the id that a field refers to; zero and the words for nothing refer to nothing.

    Examples
    --------
    >>> reference("0"), reference(0), reference("12"), reference(12)
    (None, None, '12', '12')
    """
    key = value.strip() if isinstance(value, str) else id_of(value)
    return None if key is None or key in NOTHING else key


def truth(value: object) -> bool:
    """Whether a field says yes.

    Examples
    --------
    >>> truth("True"), truth("no"), truth(None), truth("是")
    (True, False, False, True)
    """
    return value is True or str(value).strip().lower() in _YES


def filled(value: object) -> bool:
    """Whether a field holds something.

    Examples
    --------
    >>> filled("x"), filled(" ")
    (True, False)
    """
    return given(value) is not None


def split(value: object, separator: str = ",") -> list[str]:
    """Give the words of a field that lists them.

    Examples
    --------
    >>> split("a, b,,"), split(None)
    (['a', 'b'], [])
    """
    return [word for piece in value.split(separator) if (word := piece.strip())] if isinstance(value, str) else []


def tags_in(value: object) -> list[str | None]:
    """Give the objects of a field that lists hashtags.

    Examples
    --------
    >>> tags_in("a,#B")
    ['tag:a', 'tag:b']
    """
    return [tag(word) for word in split(value)]


def urls_in(value: object) -> list[str | None]:
    """Give the objects of a field that lists addresses.

    Examples
    --------
    >>> urls_in("https://a.example/1, none")
    ['url:https://a.example/1', None]
    """
    return [url(word) for word in split(value)]


def media_in(value: object) -> list[str | None]:
    """Give the objects of a field that lists addresses of files.

    Examples
    --------
    >>> media_in("https://a.example/1.jpg?x=2")
    ['media:https://a.example/1.jpg']
    """
    return [media(word) for word in split(value)]


def count(value: object) -> Scalar:
    """Give a number; words for an unknown one are none.

    Examples
    --------
    >>> count("N/A"), count("Unknown"), count("12")
    (None, None, '12')
    """
    found = given(value)
    return None if isinstance(found, str) and not any(map(str.isdigit, found)) else found


def one_id(value: object) -> list[str | None]:
    """Give the id in a field, as a list.

    Examples
    --------
    >>> one_id(7), one_id("0")
    (['7'], [None])
    """
    return [reference(value)]


def one_tag(value: object) -> list[str | None]:
    """Give the object of a field that holds one hashtag.

    Examples
    --------
    >>> one_tag("a, b"), one_tag(None)
    (['tag:a, b'], [])
    """
    return [tag(value)] if isinstance(value, str) else []

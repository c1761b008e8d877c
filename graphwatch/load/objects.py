"""What an interaction shares, in one spelling: ``url:``, ``tag:``, ``topic:``, ``media:``, ``text:`` and a value."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from graphwatch.load.addresses import shared
from graphwatch.load.hashtags import tag, topic

__all__ = ["canonical", "distinct", "media", "tag", "topic", "url"]

_CACHED: Final = 65_536
_spelled: Final[set[str]] = set()  # addresses that were just given their one spelling, which is then not sought again
_FILE: Final = re.compile(r"\.\w{2,5}$")
_SIGNATURE: Final = re.compile(
    r"(?:x-(?:amz|oss|cos|tos|bce|expires|signature)[\w-]*|expires?|ssig|sign|signature|token|auth_key|deadline|upsig)=[^&]*(?:&|$)", re.I
)
_MEDIA: Final = re.compile(r"(?:https?:)?//\S+", re.IGNORECASE)


def url(text: str) -> str | None:
    """Object of a web address with its scheme, see :func:`graphwatch.load.addresses.shared`; None: it is none.

    Examples
    --------
    >>> url("HTTPS://Example.org:443/a?utm_source=x&b=1#top"), url("javascript:alert(1)")
    ('url:https://example.org/a?b=1', None)
    """
    found = shared(text)
    if found is not None and found.startswith("url:"):
        if len(_spelled) >= _CACHED:
            _spelled.clear()
        _spelled.add(found)
    return found


@lru_cache(maxsize=_CACHED)
def media(text: str) -> str:
    """Object of a picture or video that comes with an interaction: its key, or its address without what expires.

    Examples
    --------
    >>> media("https://img.example/p/1.jpg?Expires=9"), media("3_17")
    ('media:https://img.example/p/1.jpg', 'media:3_17')
    >>> media("http://wx1.sinaimg.cn/large/006abcdefgh1234567890.jpg") == media("https://wx3.sinaimg.cn/orj360/006abcdefgh1234567890.jpg")
    True
    """
    key = text.strip()
    if not _MEDIA.fullmatch(key):
        return f"media:{key}"
    found = shared("https:" + key if key.startswith("//") else key)
    if found is None or not found.startswith("url:"):
        return found if found is not None and found.startswith("media:") else "media:" + key.partition("?")[0]
    place, _, query = found.removeprefix("url:").partition("?")
    kept = "" if _FILE.search(place.rpartition("/")[2]) else _SIGNATURE.sub("", query).rstrip("&")
    return f"media:{place}?{kept}" if kept else f"media:{place}"


@lru_cache(maxsize=_CACHED)
def canonical(text: str) -> str | None:
    """Object in its one spelling; None: nothing is left of it. Prefixes that are not ours are left alone.

    Examples
    --------
    >>> canonical("tag:#ＡＢ"), canonical("url:http://www.example.org/"), canonical("isbn:7"), canonical("url:ftp://x.example")
    ('tag:ab', 'url:https://example.org', 'isbn:7', 'url:ftp://x.example')
    """
    if text in _spelled:
        return text
    sort, _, value = text.partition(":")
    if sort == "tag":
        return tag(value)
    if sort == "topic":
        return topic(value)
    if sort == "url":
        return shared(value) or (text if len(value) <= 4096 else None)
    return media(value) if sort == "media" else text


def distinct(values: list[str | None]) -> list[str]:
    """Give the values that are there, each once, in order.

    Examples
    --------
    >>> distinct(["b", None, "a", "b"])
    ['b', 'a']
    """
    return list(dict.fromkeys([value for value in values if value]))

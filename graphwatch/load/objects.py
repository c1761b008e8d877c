"""What an interaction shares, in one spelling: ``url:``, ``tag:``, ``media:`` and a value."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_URL: Final = re.compile(r"https?://[^\s<>\"'，。；！？、（）【】《》“”…\u3000]+", re.IGNORECASE)
_WEIBO_TAG: Final = re.compile(r"#([^#\n]{1,140})#")
_TRACKING: Final = re.compile(r"utm_\w+|fbclid|gclid|igshid|mc_[ce]id|spm|share_token", re.IGNORECASE)
_PORTS: Final = {"http": ":80", "https": ":443"}
_MAX_URL: Final = 4096


@lru_cache(maxsize=65_536)
def tag(text: str) -> str | None:
    """Hashtag without ``#``, width and case folded; None: nothing is left.

    Examples
    --------
    >>> tag("#ＡＢＣ "), tag("#")
    ('tag:abc', None)
    """
    word = unicodedata.normalize("NFKC", text).strip("# \t\n").casefold()
    return f"tag:{word}" if word else None


@lru_cache(maxsize=65_536)
def url(text: str) -> str | None:
    """Web address with host in lower case and without fragment, default port or tracking parameters; None: it is none.

    Examples
    --------
    >>> url("HTTPS://Example.org:443/a?utm_source=x&b=1#top"), url("javascript:alert(1)")
    ('url:https://example.org/a?b=1', None)
    """
    if len(text) > _MAX_URL:
        return None
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.netloc:
        return None
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(_PORTS[scheme])
    query = parts.query
    if query and _TRACKING.search(query):
        query = urlencode([pair for pair in parse_qsl(query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0])])
    path = "" if parts.path == "/" and not query else parts.path
    return "url:" + urlunsplit((scheme, host, path, query, ""))


def media(text: str) -> str:
    """Media file by its key or address, without the query (it often expires).

    Examples
    --------
    >>> media("https://img.example/p/1.jpg?Expires=9")
    'media:https://img.example/p/1.jpg'
    """
    return "media:" + text.partition("?")[0]


def objects_of_weibo(text: str) -> list[str]:
    """Hashtags (``#…#``) and addresses in a Weibo text, in order, each once.

    Examples
    --------
    >>> objects_of_weibo("#话题#看 http://t.cn/A1，#话题#")
    ['tag:话题', 'url:http://t.cn/A1']
    """
    found = [tag(match) for match in _WEIBO_TAG.findall(text)] if "#" in text else []
    if "http" in text or "HTTP" in text:
        found += [url(match.rstrip(".,;:!?)")) for match in _URL.findall(text)]
    return distinct(found)


def distinct(values: list[str | None]) -> list[str]:
    """Give the values that are there, each once, in order.

    Examples
    --------
    >>> distinct(["b", None, "a", "b"])
    ['b', 'a']
    """
    return list(dict.fromkeys(value for value in values if value))

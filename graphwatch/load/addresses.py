r"""Web addresses in one spelling: what two people share is the same when a browser shows both the same page.

Parsing is the browsers' own (WHATWG URL Standard, by ``ada``): hosts in lower case and in Punycode, ``\`` as ``/``, dots resolved, odd
forms of IP numbers read. What this module adds is in ``addresses.toml``: parameters that only track, other hosts of the same site,
addresses that carry another, pages that have several addresses.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote_from_bytes, unquote, unquote_to_bytes

import ada_url

from graphwatch.load.hashtags import tag, topic
from graphwatch.load.numbers import bilibili_video, weibo_status

MAX_LENGTH: Final = 4096  # characters; what is longer was not written for people
_STEPS: Final = 20  # addresses inside of addresses, and pages with several addresses
_SCHEMES: Final = frozenset({"http", "https"})
_UNRESERVED: Final = "-._~"
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})?")
_SESSION: Final = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_ENCODED: Final = re.compile(r"https?%3a(?:%2f|/){2}", re.IGNORECASE)
_NUMBERS: Final = {"weibo": weibo_status, "bilibili": bilibili_video}
_PARTS: Final = ("protocol", "hostname", "port", "pathname", "search")

Entry = TypeVar("Entry")


class Address(NamedTuple):
    """A web address in parts: scheme and port (empty for the default ones), host, path without a slash at its end, query sorted."""

    scheme: str
    host: str
    port: str
    path: str
    query: tuple[tuple[bytes, bytes], ...]

    def __str__(self) -> str:
        query = "&".join(_quoted(name) + ("=" + _quoted(value) if value else "") for name, value in self.query)
        return f"{self.scheme}://{self.host}{':' if self.port else ''}{self.port}{self.path}{'?' if query else ''}{query}"


@dataclass(frozen=True, slots=True)
class Wrapper:
    """Addresses that carry another in one of these parameters."""

    path: re.Pattern[str]
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Addresses of one page, and the one that stands for all of them."""

    path: re.Pattern[str]
    to: str
    query: tuple[str, ...] = ()
    values: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    number: str = ""
    whole_query: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What ``addresses.toml`` says, by host."""

    tracking: frozenset[str]
    prefixes: tuple[str, ...]
    tracking_of: Mapping[str, frozenset[str]]
    keep: Mapping[str, frozenset[str]]
    mirrors: Mapping[str, str]
    endings: Mapping[str, str]
    wrappers: Mapping[str, Sequence[Wrapper]]
    pages: Mapping[str, Sequence[Page]]
    short_hosts: tuple[str, ...]


@cache
def bundled_rules() -> Rules:
    """Read the rules that come with graphwatch."""
    with Path(__file__).with_name("addresses.toml").open("rb") as file:
        data = tomllib.load(file)
    wrappers: dict[str, list[Wrapper]] = {}
    for entry in data["wrapper"]:
        wrapper = Wrapper(re.compile(entry.get("path", ".*")), tuple(entry["parameters"]))
        for host in entry["hosts"]:
            wrappers.setdefault(host, []).append(wrapper)
    pages: dict[str, list[Page]] = {}
    for entry in data["page"]:
        values = {name: re.compile(pattern) for name, pattern in entry.get("values", {}).items()}
        query, number, whole = tuple(entry.get("query", ())), entry.get("number", ""), entry.get("whole_query", False)
        page = Page(re.compile(entry["path"]), entry["to"], query, values, number, whole)
        for host in entry["hosts"]:
            pages.setdefault(host, []).append(page)
    tracking = data["tracking"]
    of_host = {host: frozenset(name.lower() for name in names) for host, names in tracking["hosts"].items()}
    keep = {host: frozenset(names) for host, names in data["keep"].items()}
    return Rules(
        frozenset(tracking["anywhere"]), tuple(tracking["prefixes"]), of_host, keep, data["mirrors"], data["mirror_endings"], wrappers,
        pages, tuple(data["short"]["hosts"]),
    )  # fmt: skip


@lru_cache(maxsize=65_536)
def shared(text: str) -> str | None:
    """Object that an address stands for.

    Parameters
    ----------
    text
        An address with its scheme.

    Returns
    -------
    str or None
        ``url:https://…``, or ``media:``, ``tag:``, ``topic:`` where the address is one of a file, a hashtag or a group. None: it is no
        address of the web, longer than 4,096 characters, or holds more than 20 others. ``http`` becomes ``https``.

    Notes
    -----
    ``shared`` of an address that it gave is that address. Short links of services that hide where they lead (``t.cn``, ``bit.ly``) stay as
    they are: only the service knows.

    Examples
    --------
    >>> shared("HTTP://www.Example.org:80/a/../b/?utm_source=x&b=2&a=1#top"), shared("javascript:alert(1)")
    ('url:https://example.org/b?a=1&b=2', None)
    >>> shared("https://www.google.com/url?q=https%3A%2F%2Fyoutu.be%2FaBcDeFgHiJk%3Fsi%3Dx")
    'url:https://youtube.com/watch?v=aBcDeFgHiJk'
    >>> shared("https://tieba.baidu.com/f?kw=%E5%A4%9C%E8%B7%91&fr=home")
    'topic:tieba/夜跑'
    """
    rules = bundled_rules()
    for _ in range(_STEPS):
        address = parsed(text, rules)
        if address is None:
            return None
        found = _inner(address, rules) or _page(address)
        if found is None:
            whole = str(address)
            return f"url:{whole}" if len(whole) <= MAX_LENGTH else None
        if not found.startswith(("https://", "http://")):
            return found if len(found) <= MAX_LENGTH else None
        text = found
    return None


def parsed(text: str, rules: Rules) -> Address | None:
    """Take an address apart, each part in its one spelling; None: it is no address of the web."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        parts = ada_url.parse_url(text, attributes=_PARTS)
    except ValueError:
        return None
    scheme = parts["protocol"].removesuffix(":")
    host = _host(parts["hostname"])
    if scheme not in _SCHEMES or host is None:
        return None
    path = _SESSION.sub("", _ESCAPE.sub(_unescape, parts["pathname"])).rstrip("/")
    return Address(scheme if parts["port"] else "https", host, parts["port"], path, _query(parts["search"], host, rules))


@lru_cache(maxsize=65_536)
def _host(name: str) -> str | None:
    rules = bundled_rules()
    host = name.rstrip(".")
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    for ending, other in rules.endings.items():
        if host.endswith(ending):
            host = host.removesuffix(ending) + other
    host = rules.mirrors.get(host, host)
    sound = host.startswith("[") or ("." in host and ".." not in host and not host.startswith("."))
    return host if sound and len(host) <= 253 else None  # a name without a dot is of somebody's own network


def _unescape(match: re.Match[str]) -> str:
    """Spell an escape in its one way: none where none is needed, capitals elsewhere, and a lone ``%`` escaped."""
    digits = match.group(1)
    if digits is None:
        return "%25"
    char = chr(int(digits, 16))
    return char if char.isascii() and (char.isalnum() or char in _UNRESERVED) else f"%{digits.upper()}"


def _quoted(value: bytes) -> str:
    return quote_from_bytes(value, safe="-._~:/@,")


def _query(search: str, host: str, rules: Rules) -> tuple[tuple[bytes, bytes], ...]:
    """Parameters without those that track, sorted, each once."""
    if len(search) < 2:
        return ()
    own = _own_rules(host)
    tracking, keep = own.tracking, own.keep
    kept = set()
    for pair in search[1:].replace("+", " ").split("&"):
        name, _, value = pair.partition("=")
        word = unquote(name)
        lower = word.lower()
        dropped = word not in keep if keep is not None else False
        if pair and not (dropped or lower in rules.tracking or lower in tracking or lower.startswith(rules.prefixes)):
            kept.add((unquote_to_bytes(name), unquote_to_bytes(value)))
    return tuple(sorted(kept - {(b"", b"")}))


class _Own(NamedTuple):
    """What the rules say of one host."""

    tracking: frozenset[str]
    keep: frozenset[str] | None
    wrappers: tuple[Wrapper, ...]
    pages: tuple[Page, ...]


@lru_cache(maxsize=65_536)
def _own_rules(host: str) -> _Own:
    """Look a host up once; few hosts have most of the addresses."""
    rules = bundled_rules()
    return _Own(
        next(_of_host(rules.tracking_of, host), frozenset()),
        next(_of_host(rules.keep, host), None),
        tuple(wrapper for wrappers in _of_host(rules.wrappers, host) for wrapper in wrappers),
        tuple(page for pages in _of_host(rules.pages, host) for page in pages),
    )


def _of_host(table: Mapping[str, Entry], host: str) -> Iterator[Entry]:
    """Entries for a host: its own, those one label up (``*.x``), those of any top-level domain (``x.*``)."""
    label, _, above = host.partition(".")
    middle, dot, last = host.rpartition(".")
    names = [
        host,
        f"*.{above}",
        f"*.{above.partition('.')[2]}",
        f"{label}.*",
        *([f"{middle}.*"] if dot and last and middle != label else []),
    ]
    yield from (table[name] for name in names if name in table)


def _inner(address: Address, rules: Rules) -> str | None:
    """Address that this one carries in a parameter."""
    for wrapper in _own_rules(address.host).wrappers:
        if not wrapper.path.fullmatch(address.path):
            continue
        given = {name.decode("utf-8", "replace"): value for name, value in address.query}
        for name in wrapper.parameters:
            inner = _decoded(given.get(name, b""))
            while _ENCODED.match(inner):
                inner = unquote(inner)
            if inner[:8].lower().startswith(("http://", "https://")) and parsed(inner, rules) is not None:
                return inner
    return None


def _page(address: Address) -> str | None:
    """Other spelling of an address; itself where it is that spelling."""
    for page in _own_rules(address.host).pages:
        match = page.path.fullmatch(address.path)
        if match is None or address.port:
            continue
        filled = _filled(page, match, address)
        if filled is not None:
            return filled if filled != str(address) else None
    return None


def _filled(page: Page, match: re.Match[str], address: Address) -> str | None:
    given = {name.decode("utf-8", "replace"): value for name, value in address.query}
    if any(not given.get(name) for name in page.query):
        return None
    taken = {name: _decoded(given[name]) for name in page.query}
    if any(not pattern.fullmatch(taken[name]) for name, pattern in page.values.items()):
        return None
    found = {name: text or "" for name, text in match.groupdict().items()}
    if page.number:
        number = _NUMBERS[page.number](found["id"])
        if number is None:
            return None
        found["id"] = number
    sort = page.to.partition(":")[0]
    if sort in _SCHEMES or page.to.startswith("{"):
        filled = page.to.format(**found, **{name: _quoted(given[name]) for name in page.query})
        return filled + (str(address).removeprefix(str(address._replace(query=()))) if page.whole_query else "")
    if sort == "media":
        return page.to.format(**found)
    return _plain(sort, page.to.format(**{name: unquote(text) for name, text in found.items()}, **taken))


def _plain(sort: str, filled: str) -> str | None:
    """Object that is no address; its words folded."""
    value = filled.removeprefix(f"{sort}:")
    return tag(value) if sort == "tag" else topic(value) if sort == "topic" else filled


def _decoded(value: bytes) -> str:
    """Text of a parameter; sites older than UTF-8 write GB18030."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("gb18030", "replace")

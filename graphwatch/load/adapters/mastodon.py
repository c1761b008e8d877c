"""Mastodon statuses as its API gives them, in an array, one a line, or in the context of a thread.

The id of a status is its ``uri``, which is the same on all servers. What it answers is named by a number of the server that was asked,
which becomes the ``uri`` when the status answered is in the file. Accounts keep the numbers of that server. Content is HTML; its
text is taken.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

from graphwatch.load.adapters.fields import reference
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.objects import distinct, media, tag, url
from graphwatch.load.records import Options, Record, RecordFormat

PLATFORM: Final = "mastodon"
_BREAKS: Final = frozenset({"br", "p", "li", "blockquote", "pre", "div", "h1", "h2", "h3"})
_CONTEXT: Final = {"ancestors", "descendants"}
_SILENT: Final = frozenset({"script", "style"})


class _Content(HTMLParser):
    """Collects the text of a status, and the links that are neither a mention nor a hashtag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.links: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag in _BREAKS and self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")
        found = dict(attrs)
        if tag == "a" and "mention" not in (found.get("class") or "").split() and found.get("href"):
            self.links.append(str(found["href"]))

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def read_content(html: str) -> tuple[str, list[str]]:
    r"""Give the text of a status and its links.

    Examples
    --------
    >>> read_content('<p>a &lt; b<br>c</p><p><a href="https://x.example/1">x</a></p>')
    ('a < b\nc\nx', ['https://x.example/1'])
    """
    parser = _Content()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces).strip(), parser.links


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"uri": "u", "id": "1", "account": {}, "content": "", "visibility": "public", "created_at": ""})
    True
    """
    return record.keys() >= {"uri", "id", "account", "content", "visibility", "created_at"} or record.keys() == _CONTEXT


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one status into the harvest, and the one that it boosts or quotes."""
    if not recognise(record):
        harvest.faults.add(line, "not a Mastodon status (no uri, account, content, visibility or created_at)", str(record))
        return
    if record.keys() == _CONTEXT:
        for part in sorted(_CONTEXT):
            for status in mappings_of(record[part]):
                take(status, line, harvest, options)
        return
    boosted = mapping_of(record.get("reblog"))
    quoted = mapping_of(mapping_of(record.get("quote")).get("quoted_status"))
    for inner in (boosted, quoted):
        if recognise(inner):
            harvest.counts["context"] += 1
            take(inner, line, harvest, options)
    account = mapping_of(record["account"])
    mentions = [id_of(mention.get("id")) for mention in mappings_of(record.get("mentions"))]
    answered = reference(record.get("in_reply_to_id"))
    passed_on = boosted or quoted
    author = id_of(mapping_of(passed_on.get("account")).get("id"))
    targets = [author] if boosted else [reference(record.get("in_reply_to_account_id")), author, *mentions]
    private = record.get("visibility") == "direct"
    content = record.get("content")
    text, links = read_content(content) if isinstance(content, str) else ("", [])
    key = id_of(record.get("uri"))
    harvest.interaction(
        line,
        key,
        scalar_of(record.get("created_at")),
        id_of(account.get("id")),
        "private_message" if private else _kind(boosted, answered, quoted, targets),
        surface="private" if private else "feed",
        target_ids=distinct(targets),
        parent_id=id_of(boosted.get("uri")) or answered or id_of(quoted.get("uri")),
        objects=_objects(record, links),
        text=None if boosted else text,
        followers=account.get("followers_count"),
        actor_created_at=scalar_of(account.get("created_at")),
    )
    if key and (local := id_of(record.get("id"))):
        harvest.alias(local, key)
    harvest.account(
        id_of(account.get("id")), account.get("acct"), scalar_of(account.get("created_at")), account.get("followers_count"), None, None
    )


def _kind(boosted: Record, answered: str | None, quoted: Record, targets: list[str | None]) -> str:
    return "repost" if boosted else "reply" if answered else "quote" if quoted else "mention" if any(targets) else "post"


def _objects(record: Record, links: list[str]) -> list[str]:
    tags = [word for item in mappings_of(record.get("tags")) if isinstance(word := item.get("name"), str)]
    files = [media(address) for item in mappings_of(record.get("media_attachments")) if isinstance(address := item.get("url"), str)]
    return distinct([*outside(links, tags), *map(tag, tags), *files])


def outside(links: list[str], tags: list[str]) -> list[str | None]:
    """Objects of the links of a status that do not lead to its own hashtags.

    Examples
    --------
    >>> outside(["https://h.example/tags/Run", "https://n.example/1"], ["run"])
    ['url:https://n.example/1']
    """
    pages = {f"/tags/{word.casefold()}" for word in tags}
    return [url(link) for link in links if not any(link.casefold().endswith(page) for page in pages)]


MASTODON: Final = RecordFormat(
    "mastodon", PLATFORM, "UTC", "Mastodon API: statuses, boosts, replies", recognise, take, ("lines", "document")
)

"""The archive that Mastodon gives to the owner of an account: ``outbox.json`` and ``actor.json``, in the terms of ActivityPub.

Acts have the same ids as in Mastodon's API. Accounts are addresses here and numbers of one server there, so that the two are different
accounts to graphwatch.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.adapters.mastodon import PLATFORM, outside, read_content
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.objects import distinct, media, tag
from graphwatch.load.records import Options, Record, RecordFormat

_ITEMS: Final = "orderedItems"
_ACTS: Final = frozenset({"Create", "Announce"})
_ACTORS: Final = frozenset({"Person", "Service", "Group", "Application", "Organization"})
_PUBLIC: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_QUOTES: Final = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")


def recognise(record: Record) -> bool:
    """Whether a record is an outbox or an actor.

    Examples
    --------
    >>> recognise({"type": "OrderedCollection", "orderedItems": [{"type": "Announce", "actor": "a", "object": "o"}]})
    True
    >>> recognise({"type": "OrderedCollection", "orderedItems": ["https://h.example/1"]})
    False
    """
    if _ITEMS in record:
        return any(scalar_of(item.get("type")) in _ACTS and "actor" in item for item in mappings_of(record[_ITEMS]))
    return scalar_of(record.get("type")) in _ACTORS and record.keys() >= {"id", "preferredUsername", "outbox"}


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put an outbox, a part of one, or an actor into the harvest; the place of an act is its number in the outbox."""
    if _ITEMS not in record and recognise(record):
        key = id_of(record.get("id"))
        host = urlsplit(key or "").hostname if key and key.startswith("http") else None
        name = scalar_of(record.get("preferredUsername"))
        harvest.account(key, f"{name}@{host}" if host else name, first(record, ("published",)), None, None, None)
        return
    if _ITEMS not in record:
        harvest.faults.add(line, "neither an outbox (orderedItems) nor an actor of an archive of Mastodon", str(record)[:500])
        return
    for number, act in enumerate(mappings_of(record[_ITEMS]), line):
        note = mapping_of(act.get("object"))
        if act.get("type") == "Announce":
            passed_on = id_of(note.get("id")) or id_of(act.get("object"))
            _act(act, act, number, harvest, "repost", parent=passed_on)
        elif act.get("type") == "Create" and note:
            _note(note, act, number, harvest)
        else:
            harvest.counts["other_activities"] += 1


def _note(note: Record, act: Record, line: int, harvest: Harvest) -> None:
    """Add what the owner wrote."""
    content = note.get("content")
    text, links = read_content(content) if isinstance(content, str) else ("", [])
    named = list(mappings_of(note.get("tag")))
    mentions = distinct([id_of(item.get("href")) for item in named if item.get("type") == "Mention"])
    words = [word.lstrip("#") for item in named if item.get("type") == "Hashtag" and isinstance(word := item.get("name"), str)]
    files = [media(address) for item in mappings_of(note.get("attachment")) if isinstance(address := item.get("url"), str)]
    answered, quoted = _address(note.get("inReplyTo")), _address(first(note, _QUOTES))
    kind = "reply" if answered else "quote" if quoted else "mention" if mentions else "post"
    objects = distinct([*outside(links, words), *map(tag, words), *files])
    aimed = mentions or (None if answered or quoted else [])
    _act(note, act, line, harvest, kind, parent=answered or quoted, targets=aimed, objects=objects, text=text)


def _act(
    said: Record,
    act: Record,
    line: int,
    harvest: Harvest,
    kind: str,
    *,
    parent: str | None,
    targets: list[str] | None = None,
    objects: list[str] | None = None,
    text: str | None = None,
) -> None:
    private = kind != "repost" and _is_direct(act)
    harvest.interaction(
        line,
        id_of(said.get("id")),
        first(said, ("published",)) or first(act, ("published",)),
        id_of(said.get("attributedTo")) or id_of(act.get("actor")),
        "private_message" if private else kind,
        surface="private" if private else "feed",
        target_ids=targets,
        parent_id=parent,
        objects=objects,
        text=text,
    )


def _address(value: object) -> str | None:
    """Address of what a note answers or quotes, which may be written out."""
    return reference(mapping_of(value).get("id") or value)


def _is_direct(act: Record) -> bool:
    """Whether an act is for the accounts named only: neither public nor for followers."""
    to, cc = act.get("to"), act.get("cc")
    seen = [*(to if isinstance(to, list) else [to]), *(cc if isinstance(cc, list) else [cc])]
    audience = [place for place in seen if isinstance(place, str)]
    return bool(audience) and not any(place in _PUBLIC or place.endswith("/followers") for place in audience)


MASTODON_ARCHIVE: Final = RecordFormat(
    "mastodon-archive",
    PLATFORM,
    "UTC",
    "archive of a Mastodon account: outbox.json, actor.json",
    recognise,
    take,
    ("lines", "document"),
    pieces=(_ITEMS,),
)

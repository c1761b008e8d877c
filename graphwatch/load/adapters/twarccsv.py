"""twarc-csv: tweets of the Twitter API v2, one a row, with lists as JSON in their cells.

Column names after DocNow/twarc-csv. What a tweet does to another follows from which of the referenced ids is filled.
"""

from __future__ import annotations

from typing import Final

import orjson

from graphwatch.load.adapters.fields import first, reference, truth
from graphwatch.load.harvest import Harvest, id_of, mappings_of
from graphwatch.load.objects import distinct, media, tag, url
from graphwatch.load.records import Options, Record, RecordFormat

_KINDS: Final = (("retweeted", "repost"), ("replied_to", "reply"), ("quoted", "quote"))
_KEYS: Final = frozenset({"id", "author_id", "created_at", "text", *(f"referenced_tweets.{name}.id" for name, _ in _KINDS)})


def recognise(record: Record) -> bool:
    """Whether a row is of this format.

    Examples
    --------
    >>> recognise({"id": "1", "author_id": "2"})
    False
    """
    return record.keys() >= _KEYS


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put one row into the harvest."""
    author, seen = reference(record.get("author_id")), first(record, ("__twarc.retrieved_at",))
    created, followers = first(record, ("author.created_at",)), first(record, ("author.public_metrics.followers_count",))
    parents = {kind: reference(record.get(f"referenced_tweets.{name}.id")) for name, kind in _KINDS}
    relation = next((kind for kind, parent in parents.items() if parent), None)
    users = {name: reference(record.get(f"{name}_user_id")) for name in ("in_reply_to", "retweeted", "quoted")}
    mentions = _mentions(record, harvest)
    targets = [users["retweeted"]] if relation == "repost" else [users["in_reply_to"], users["quoted"], *mentions]
    harvest.interaction(
        line,
        reference(record.get("id")),
        first(record, ("created_at",)),
        author,
        relation or ("reply" if users["in_reply_to"] else "mention" if mentions else "post"),
        surface="feed",
        target_ids=distinct(targets) or (None if relation else []),
        parent_id=parents[relation] if relation else None,
        root_id=reference(record.get("conversation_id")),
        objects=_objects(record),
        text=record.get("text"),
        followers=followers,
        actor_created_at=created,
        observed_at=seen,
    )
    verified = first(record, ("author.verified",))
    name = first(record, ("author.username",))
    harvest.name(name, author)
    harvest.account(author, name, created, followers, None if verified is None else truth(verified), seen)


def cell(record: Record, name: str) -> object:
    """Give the JSON in a cell; None: it holds none.

    Examples
    --------
    >>> cell({"a": '[{"tag": "x"}]', "b": "nan"}, "a")
    [{'tag': 'x'}]
    """
    value = record.get(name)
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return None
    try:
        found: object = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return found


def _mentions(record: Record, harvest: Harvest) -> list[str]:
    """Accounts mentioned; those without an id by name, to be found among the authors of the file."""
    found = []
    for mention in mappings_of(cell(record, "entities.mentions")):
        name = mention.get("username")
        key = id_of(mention.get("id"))
        found += [key] if key else harvest.mentions([name]) if isinstance(name, str) else []
    return found


def _objects(record: Record) -> list[str]:
    found: list[str | None] = []
    for link in mappings_of(cell(record, "entities.urls")):
        address = link.get("unwound_url") or link.get("expanded_url") or link.get("url")
        if isinstance(address, str) and "media_key" not in link:
            found.append(url(address))
    found += [tag(word) for item in mappings_of(cell(record, "entities.hashtags")) if isinstance(word := item.get("tag"), str)]
    keys = cell(record, "attachments.media_keys")
    found += [media(key) for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    return distinct(found)


TWARC_CSV: Final = RecordFormat("twarc-csv", "x", "UTC", "twarc-csv: tweets of the Twitter API v2, one a row", recognise, take, ("csv",))

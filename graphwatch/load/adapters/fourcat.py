"""4CAT's CSV exports of Twitter (API v2), Bluesky and Telegram.

Column names after digitalmethodsinitiative/4cat. 4CAT names users by handle and, on Bluesky, posts by their web address: both become ids
where the file has the user or the post. Twitter rows say whom they answer but not which tweet.
"""

from __future__ import annotations

import re
from typing import Final

from graphwatch.load.adapters.fields import first, reference, split, truth
from graphwatch.load.harvest import Harvest
from graphwatch.load.objects import distinct, media, tag, url
from graphwatch.load.records import Options, Record, RecordFormat

_CONTAINERS: Final = ("csv",)
_TWITTER: Final = frozenset({"id", "thread_id", "author_id", "is_retweet", "is_quote_tweet", "is_reply", "body", "timestamp"})
_BLUESKY: Final = frozenset({"id", "thread_id", "author_id", "replied_to_post", "quoted_post", "body", "timestamp"})
_TELEGRAM: Final = frozenset({"id", "thread_id", "chat", "author", "author_is_bot", "reply_to", "body", "timestamp"})
_POST: Final = re.compile(r"https://bsky\.app/profile/([^/\s]+)/post/([^/\s]+)")
_TIMES: Final = ("unix_timestamp", "timestamp")


def is_twitter(record: Record) -> bool:
    """Whether a row is of 4CAT's Twitter export."""
    return record.keys() >= _TWITTER


def is_bluesky(record: Record) -> bool:
    """Whether a row is of 4CAT's Bluesky export."""
    return record.keys() >= _BLUESKY


def is_telegram(record: Record) -> bool:
    """Whether a row is of 4CAT's Telegram export."""
    return record.keys() >= _TELEGRAM


def take_twitter(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put one tweet into the harvest."""
    author, name = reference(record.get("author_id")), first(record, ("author",))
    relations = (
        ("repost", "is_retweet", "retweeted_user"),
        ("reply", "is_reply", "replied_user"),
        ("quote", "is_quote_tweet", "quoted_user"),
    )
    said = {kind: split(record.get(user)) for kind, flag, user in relations if truth(record.get(flag))}
    mentioned = split(record.get("mentions"))
    kind = next(iter(said), "mention" if mentioned else "post")
    named = said.get("repost") or [user for users in said.values() for user in users] + mentioned
    harvest.interaction(
        line,
        reference(record.get("id")),
        first(record, _TIMES),
        author,
        kind,
        surface="feed",
        target_ids=harvest.mentions(named) or (None if said else []),
        root_id=reference(record.get("thread_id")) if kind != "repost" else None,
        objects=_objects(record, "hashtags", "urls", "images", "videos"),
        text=record.get("body"),
        followers=record.get("author_followers"),
    )
    harvest.account(author, name, None, record.get("author_followers"), None, None)
    harvest.name(name, author)


def take_bluesky(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put one post into the harvest."""
    key, author, name = reference(record.get("id")), reference(record.get("author_id")), first(record, ("author",))
    root = reference(record.get("thread_id"))
    parent, quoted = (_post(record.get(column), root) for column in ("replied_to_post", "quoted_post"))
    mentioned = split(record.get("mentions"))
    users = [user for column in ("replied_to_user", "quoted_user") for user in split(record.get(column))] + mentioned
    named = [user if user.startswith("did:") else next(iter(harvest.mentions([user])), None) for user in users]
    seen, created = first(record, ("collected_at",)), first(record, ("author_created_at",))
    harvest.interaction(
        line,
        key,
        first(record, ("timestamp", "created_at")),
        author,
        "reply" if parent else "quote" if quoted else "mention" if mentioned else "post",
        surface="feed",
        target_ids=distinct(named) or (None if parent or quoted else []),
        parent_id=parent or quoted,
        root_id=root if root != key else None,
        objects=_objects(record, "tags", "links", "images"),
        text=record.get("body"),
        actor_created_at=created,
        observed_at=seen,
    )
    address = first(record, ("link",))
    if key and isinstance(address, str):
        harvest.alias(address, key)
    harvest.account(author, name, created, None, None, seen)
    harvest.name(name, author)


def _post(value: object, root: str | None) -> str | None:
    """Post of a web address: its at:// id where the address or the thread tells it; what is deleted or blocked is words, and none."""
    found = _POST.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    owner, post = found.groups()
    if root is not None and root.rpartition("/")[2] == post:
        return root
    return f"at://{owner}/app.bsky.feed.post/{post}" if owner.startswith("did:") else found.group()


def take_telegram(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put one message into the harvest."""
    chat = reference(record.get("chat")) or reference(record.get("thread_id"))
    author, answered = reference(record.get("author")) or chat, reference(record.get("reply_to"))
    origin, mentioned = reference(record.get("author_forwarded_from_id")), split(record.get("entities_mentioned"))
    forwarded = first(record, ("author_forwarded_from_id", "author_forwarded_from_username", "author_forwarded_from_name")) is not None
    passed_on = [origin] if origin else harvest.mentions(split(record.get("author_forwarded_from_username")))
    targets = distinct([*passed_on, *harvest.mentions(mentioned)])
    harvest.interaction(
        line,
        reference(record.get("id")),
        first(record, _TIMES),
        author,
        "reply" if answered else "repost" if forwarded else "mention" if mentioned else "post",
        surface="group",
        target_ids=targets or None,
        parent_id=f"{chat}-{answered}" if answered else None,
        root_id=f"chat:{chat}" if chat else None,
        objects=_objects(record, "", "link_attached"),
        text=record.get("body"),
    )
    name = first(record, ("author_username", "author_name"))
    harvest.account(author, name, None, None, None, None)
    harvest.name(first(record, ("author_username",)), author)


def _objects(record: Record, tags: str, links: str, *files: str) -> list[str]:
    shared = [media(address) for column in files for address in split(record.get(column))]
    return distinct([*map(url, split(record.get(links))), *map(tag, split(record.get(tags))), *shared])


FOURCAT: Final = (
    RecordFormat("4cat-twitter", "x", "UTC", "4CAT CSV of Twitter (API v2)", is_twitter, take_twitter, _CONTAINERS),
    RecordFormat("4cat-bluesky", "bluesky", "UTC", "4CAT CSV of Bluesky", is_bluesky, take_bluesky, _CONTAINERS),
    RecordFormat("4cat-telegram", "telegram", "UTC", "4CAT CSV of Telegram", is_telegram, take_telegram, _CONTAINERS),
)

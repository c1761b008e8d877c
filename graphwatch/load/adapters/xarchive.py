"""The archive that X gives to the owner of an account: tweets, messages, followers.

The files (``tweets.js`` and its likes) are JSON behind the start of a script. Tweets and followers do not say whose they are:
``account.js``, in the same folder, does. Reposts have no field of their own: they are texts that begin with ``RT @name:``, and do not
say which tweet they pass on.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of, parse_json, scalar_of
from graphwatch.load.objects import distinct, media, tag, url
from graphwatch.load.records import Options, Record, RecordFormat

PLATFORM: Final = "x"
_LARGEST: Final = 2**20
_NOBODY: Final = "-1"  # the number that the archive gives all accounts that are gone
_KINDS: Final = ("tweet", "dmConversation", "account", "follower", "following")


def recognise(record: Record) -> bool:
    """Whether an element is of this format.

    Examples
    --------
    >>> recognise({"tweet": {"id_str": "1", "full_text": "t"}}), recognise({"dmConversation": {"messages": []}}), recognise({"tweet": 1})
    (True, True, False)
    """
    if "full_text" in record and "id_str" in record:
        return True
    return len(record) == 1 and any(isinstance(record.get(kind), dict) for kind in _KINDS)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:  # noqa: ARG001
    """Put one element into the harvest."""
    if "account" in record:
        account = mapping_of(record["account"])
        harvest.account(id_of(account.get("accountId")), account.get("username"), first(account, ("createdAt",)), None, None, None)
    elif "dmConversation" in record:
        _conversation(mapping_of(record["dmConversation"]), line, harvest)
    elif not owner_of(harvest):
        harvest.faults.add(line, "whose tweet this is stands in account.js, which is not in the same folder", str(record))
    elif "follower" in record or "following" in record:
        follower, followed = (
            id_of(mapping_of(record.get("follower")).get("accountId")),
            id_of(mapping_of(record.get("following")).get("accountId")),
        )
        harvest.follow(follower or harvest.owner, followed or harvest.owner, None)
    else:
        _tweet(mapping_of(record.get("tweet")) or record, line, harvest)


def owner_of(harvest: Harvest) -> str:
    """Account whose archive the file is of, from ``account.js`` beside it; empty: there is none."""
    if harvest.owner is None:
        path = Path(harvest.faults.file).with_name("account.js")
        harvest.owner = _account_id(path) or ""
    return harvest.owner


def _account_id(path: Path) -> str | None:
    try:
        if path.stat().st_size > _LARGEST:
            return None
        found = parse_json(path.read_bytes().partition(b"=")[2].strip())
    except (OSError, ValueError):
        return None
    return next((key for item in mappings_of(found) if (key := id_of(mapping_of(item.get("account")).get("accountId")))), None)


def _tweet(tweet: Record, line: int, harvest: Harvest) -> None:
    key = reference(first(tweet, ("id_str", "id")))
    written = first(tweet, ("full_text", "text"))
    text = html.unescape(written) if isinstance(written, str) else None
    entities = mapping_of(tweet.get("entities"))
    mentions = [reference(first(user, ("id_str", "id"))) for user in mappings_of(entities.get("user_mentions"))]
    answered = reference(first(tweet, ("in_reply_to_status_id_str", "in_reply_to_status_id")))
    user = reference(first(tweet, ("in_reply_to_user_id_str", "in_reply_to_user_id")))
    mentions, user = [None if key == _NOBODY else key for key in mentions], None if user == _NOBODY else user
    passed_on = text is not None and text.startswith("RT @")
    harvest.interaction(
        line,
        key,
        first(tweet, ("created_at",)),
        harvest.owner,
        "repost" if passed_on else "reply" if answered or user else "mention" if any(mentions) else "post",
        surface="feed",
        target_ids=(distinct(mentions[:1]) or None) if passed_on else distinct([user, *mentions]),
        parent_id=answered,
        objects=_objects(entities),
        text=text,
    )
    if key and tweet.get("deleted_at"):
        harvest.tombstones.add((PLATFORM, key))


def _objects(entities: Record) -> list[str]:
    found: list[str | None] = []
    for link in mappings_of(entities.get("urls")):
        address = first(link, ("expanded_url", "url"))
        found.append(url(address) if isinstance(address, str) else None)
    found += [tag(word) for item in mappings_of(entities.get("hashtags")) if isinstance(word := item.get("text"), str)]
    found += [media(key) for item in mappings_of(entities.get("media")) if (key := id_of(item.get("id_str")))]
    return distinct(found)


def _conversation(conversation: Record, line: int, harvest: Harvest) -> None:
    place = id_of(conversation.get("conversationId"))
    for event in mappings_of(conversation.get("messages")):
        message = mapping_of(event.get("messageCreate"))
        if not message:
            harvest.counts["service_messages"] += 1
            continue
        recipient = id_of(message.get("recipientId"))
        text = message.get("text")
        harvest.interaction(
            line,
            id_of(message.get("id")),
            scalar_of(message.get("createdAt")),
            id_of(message.get("senderId")),
            "private_message",
            surface="private",
            target_ids=[recipient] if recipient else None,
            root_id=f"dm:{place}" if place else None,
            text=html.unescape(text) if isinstance(text, str) else None,
        )


XARCHIVE: Final = RecordFormat(
    "x-archive",
    PLATFORM,
    "UTC",
    "X archive: tweets.js, deleted-tweets.js, direct-messages.js, follower.js, …",
    recognise,
    take,
    ("document",),
)

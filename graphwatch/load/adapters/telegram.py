"""Telegram Desktop's ``result.json``: one chat, or all chats of an account.

Numbers of messages count within a chat, so an id is ``<chat>:<message>``. The text is a text, or a list of texts and marked pieces.
``date`` is the local time of whoever exported; ``date_unixtime`` is taken where there is one. Whose message was forwarded is often a
name only, which is no account: counted as ``unresolved_forwards``. Service messages are counted and left out.
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of
from graphwatch.load.objects import distinct, tag, url
from graphwatch.load.records import Options, Record, RecordFormat

PLATFORM: Final = "telegram"
_PRIVATE: Final = frozenset({"personal_chat", "bot_chat", "saved_messages"})
_PEERS: Final = ("channel", "chat", "user")


def recognise(record: Record) -> bool:
    """Whether a document is of this format.

    Examples
    --------
    >>> recognise({"name": "n", "type": "private_group", "id": 1, "messages": []})
    True
    """
    if isinstance(record.get("messages"), list):
        return "id" in record and "type" in record
    return isinstance(mapping_of(record.get("chats")).get("list"), list)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one document into the harvest; the place of a message is its number in the document."""
    chats = [record] if "messages" in record else [*_chats(record, "chats"), *_chats(record, "left_chats")]
    for chat in chats:
        for message in mappings_of(chat.get("messages")):
            _message(message, chat, line, harvest, options)
            line += 1


def _chats(record: Record, name: str) -> list[Record]:
    return list(mappings_of(mapping_of(record.get(name)).get("list")))


def _message(message: Record, chat: Record, line: int, harvest: Harvest, options: Options) -> None:
    if message.get("type") != "message":
        harvest.counts["service_messages"] += 1
        return
    place = id_of(chat.get("id")) or "?"
    private = chat.get("type") in _PRIVATE
    actor = id_of(message.get("from_id"))
    answered = reference(message.get("reply_to_message_id"))
    elsewhere = _bare(message.get("reply_to_peer_id"))
    forwarded = first(message, ("forwarded_from", "forwarded_from_id"))
    origin = id_of(message.get("forwarded_from_id"))
    if forwarded is not None and origin is None:
        harvest.counts["unresolved_forwards"] += 1
    mentioned, objects = _entities(message, harvest)
    targets = distinct([origin, *mentioned, *_other_side(chat, place, actor, options)])
    plain = (
        "private_message" if private else "reply" if answered else "repost" if forwarded is not None else "mention" if mentioned else "post"
    )
    key = id_of(message.get("id"))
    harvest.interaction(
        line,
        f"{place}:{key}" if key else None,
        first(message, ("date_unixtime", "date")),
        actor,
        plain,
        surface="private" if private else "feed" if "channel" in str(chat.get("type")) else "group",
        target_ids=targets or None,
        parent_id=f"{elsewhere or place}:{answered}" if answered else None,
        root_id=f"chat:{place}",
        objects=objects,
        text=text_of_message(message.get("text")),
    )
    harvest.account(actor, first(message, ("from",)), None, None, None, None)


def _bare(peer: object) -> str | None:
    """Give the number of a chat, which its messages are counted under, without the word before it."""
    key = reference(peer)
    return next((key.removeprefix(word) for word in _PEERS if key.startswith(word)), key) if key else None


def _other_side(chat: Record, place: str, actor: str | None, options: Options) -> list[str]:
    """Whom a message in a chat of two is for; what the exporting account gets is for whom the user names."""
    if chat.get("type") in {"personal_chat", "bot_chat"} and actor is not None and actor != f"user{place}":
        return [f"user{place}"]
    return [options.target] if options.target is not None else []


def text_of_message(value: object) -> str | None:
    """Join a text that may be a list of texts and marked pieces.

    Examples
    --------
    >>> text_of_message(["see ", {"type": "link", "text": "https://a.example"}, "!"]), text_of_message("plain"), text_of_message("")
    ('see https://a.example!', 'plain', None)
    """
    if isinstance(value, list):
        pieces = (piece if isinstance(piece, str) else mapping_of(piece).get("text") for piece in value)
        return "".join(piece for piece in pieces if isinstance(piece, str)) or None
    return value if isinstance(value, str) and value else None


def _entities(message: Record, harvest: Harvest) -> tuple[list[str], list[str]]:
    """Accounts and objects of the marked pieces; a mention by @name has no number in an export."""
    text = message.get("text")
    mentioned: list[str] = []
    objects: list[str | None] = []
    for entity in mappings_of(message.get("text_entities") or text):
        kind, word = entity.get("type"), entity.get("text")
        user, address = id_of(entity.get("user_id")), entity.get("href") or word
        if kind == "mention_name" and user is not None:
            mentioned.append(f"user{user}")
        elif kind == "mention":
            harvest.counts["unresolved_mentions"] += 1
        elif kind in {"link", "text_link"} and isinstance(address, str):
            objects.append(url(address if "://" in address else f"https://{address}"))
        elif kind == "hashtag" and isinstance(word, str):
            objects.append(tag(word))
    return mentioned, distinct(objects)


TELEGRAM: Final = RecordFormat(
    "telegram", PLATFORM, "UTC", "Telegram Desktop result.json: one chat or all", recognise, take, ("document", "lines"), ("messages",)
)

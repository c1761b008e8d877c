"""yt-dlp: comments in ``.info.json``, and live chats in ``.live_chat.json``.

YouTube shows the age of a comment in words, so yt-dlp's times of comments are rounded, by months where a comment is years old: such rows
are counted as ``approximate_times``. Live chats have exact times, but do not name the video: ``root`` and ``target`` do.
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.harvest import Harvest, id_of, mapping_of, mappings_of, scalar_of
from graphwatch.load.records import Options, Record, RecordFormat

_RENDERERS: Final = (
    "liveChatTextMessageRenderer",
    "liveChatPaidMessageRenderer",
    "liveChatMembershipItemRenderer",
    "liveChatPaidStickerRenderer",
)
_TAKEN_AWAY: Final = ("markChatItemAsDeletedAction", "removeChatItemAction")
_ALL_TAKEN_AWAY: Final = ("markChatItemsByAuthorAsDeletedAction", "removeChatItemByAuthorAction")


def is_info(record: Record) -> bool:
    """Whether a document describes a video with its comments.

    Examples
    --------
    >>> is_info({"id": "v", "comments": [], "extractor_key": "Youtube"})
    True
    """
    return "id" in record and isinstance(record.get("comments"), list) and ("extractor_key" in record or "extractor" in record)


def take_info(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put a video and its comments into the harvest; the place of a comment is its number after the video."""
    harvest.platform = str(first(record, ("extractor_key", "extractor")) or "youtube").partition(":")[0].lower()
    video, channel = id_of(record.get("id")), id_of(first(record, ("channel_id", "uploader_id")))
    at = first(record, ("timestamp", "release_timestamp"))
    fans, seen = record.get("channel_follower_count"), first(record, ("epoch",))
    if at is not None and channel is not None:
        text = first(record, ("fulltitle", "title"))
        harvest.interaction(line, video, at, channel, "post", surface="feed", text=text, followers=fans, observed_at=seen)
    if channel is not None:
        harvest.account(channel, first(record, ("channel", "uploader")), None, fans, record.get("channel_is_verified"), seen)
    owner = channel or options.target
    for number, comment in enumerate(mappings_of(record.get("comments")), line + 1):
        parent = None if comment.get("parent") == "root" else reference(comment.get("parent"))
        harvest.counts["approximate_times"] += "_time_text" in comment
        author = id_of(comment.get("author_id"))
        harvest.interaction(
            number,
            id_of(comment.get("id")),
            scalar_of(comment.get("timestamp")),
            author,
            "reply" if parent else "comment",
            surface="comment",
            target_ids=[owner] if owner and not parent else None,
            parent_id=parent or video,
            root_id=video,
            text=comment.get("text"),
            observed_at=seen,
        )
        harvest.account(author, comment.get("author"), None, None, comment.get("author_is_verified"), seen)


def is_chat(record: Record) -> bool:
    """Whether a line is of a live chat.

    Examples
    --------
    >>> is_chat({"replayChatItemAction": {"actions": []}, "videoOffsetTimeMsec": "0"})
    True
    """
    return isinstance(mapping_of(record.get("replayChatItemAction")).get("actions"), list)


def take_chat(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put the messages of one line into the harvest; what the page shows besides them is counted as ``other_actions``."""
    if not is_chat(record):
        harvest.faults.add(line, "not a line of a live chat (no replayChatItemAction.actions)", str(record)[:500])
        return
    for action in mappings_of(mapping_of(record.get("replayChatItemAction")).get("actions")):
        gone = [id_of(mapping_of(action.get(name)).get("targetItemId")) for name in _TAKEN_AWAY]
        for name in _ALL_TAKEN_AWAY:
            gone += harvest.acts.get(str(mapping_of(action.get(name)).get("externalChannelId")), ())
        item = mapping_of(mapping_of(action.get("addChatItemAction")).get("item"))
        message = next((mapping_of(item[name]) for name in _RENDERERS if name in item), None)
        harvest.tombstones.update((harvest.platform, key) for key in gone if key)
        if message is None:
            harvest.counts["other_actions"] += not action.keys() & {*_TAKEN_AWAY, *_ALL_TAKEN_AWAY}
        else:
            _message(message, line, harvest, options)


def _message(message: Record, line: int, harvest: Harvest, options: Options) -> None:
    author, key = id_of(message.get("authorExternalChannelId")), id_of(message.get("id"))
    if author and key:
        harvest.acts.setdefault(author, []).append(key)
    if options.root is None:
        harvest.counts["no_root"] += 1
    harvest.interaction(
        line,
        key,
        scalar_of(message.get("timestampUsec")),
        author,
        "live_chat",
        surface="live",
        target_ids=[options.target] if options.target is not None else None,
        parent_id=options.root,
        root_id=options.root,
        text=text_of_runs(message.get("message")),
    )
    harvest.account(author, mapping_of(message.get("authorName")).get("simpleText"), None, None, None, None)


def text_of_runs(value: object) -> str | None:
    """Join the runs of a message: texts, and emoji by their character or name.

    Examples
    --------
    >>> text_of_runs({"runs": [{"text": "hi "}, {"emoji": {"emojiId": "😀"}}, {"emoji": {"isCustomEmoji": True, "shortcuts": [":x:"]}}]})
    'hi 😀:x:'
    """
    pieces: list[object] = []
    for run in mappings_of(mapping_of(value).get("runs")):
        emoji = mapping_of(run.get("emoji"))
        names = emoji.get("shortcuts")
        custom = emoji.get("isCustomEmoji") is True and isinstance(names, list) and names
        pieces.append(names[0] if isinstance(names, list) and custom else emoji.get("emojiId") if emoji else run.get("text"))
    return "".join(piece for piece in pieces if isinstance(piece, str)) or None


YTDLP: Final = (
    RecordFormat("ytdlp-info", "youtube", "UTC", "yt-dlp .info.json: a video and its comments", is_info, take_info, ("document", "lines")),
    RecordFormat("ytdlp-chat", "youtube", "UTC", "yt-dlp .live_chat.json: messages of a live chat", is_chat, take_chat),
)

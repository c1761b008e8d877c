"""Zeeschuimer NDJSON: what a browser saw of TikTok and Xiaohongshu.

An envelope says when something was collected and where; ``data`` is the platform's own object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from graphwatch.load.adapters.fields import one_id, one_tag
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape
from graphwatch.load.harvest import Harvest, mapping_of, mappings_of
from graphwatch.load.interpret import record_format
from graphwatch.load.records import Options, Record

_ENVELOPE: Final = frozenset({"item_id", "source_platform", "timestamp_collected", "data"})
_SEEN: Final = Field("observed_at", ("timestamp_collected",), "when the browser saw it")


def known(*keys: str, platform: tuple[str, ...]) -> Callable[[Record], bool]:
    """Make a test of what is in the envelope: the platform's name holds one of these words, and its object has these fields.

    Examples
    --------
    >>> known("cid", platform=("tiktok",))({"source_platform": "tiktok-comments", "data": {"cid": "1"}})
    True
    """
    wanted = frozenset(keys)

    def test(record: Record) -> bool:
        source = record.get("source_platform")
        for word in platform:
            if isinstance(source, str) and word in source:
                return mapping_of(record.get("data")).keys() >= wanted
        return False

    return test


def truth_of(value: object) -> bool | None:
    """Give a truth value; anything else is none."""
    return value if isinstance(value, bool) else None


def unfold(record: Record, line: int, harvest: Harvest, options: Options) -> Iterator[Record]:  # noqa: ARG001
    """Give an item and the answers shown under it."""
    yield record
    top = mapping_of(record.get("data"))
    if "sub_comments" not in top:
        return
    note = {} if top.get("note_id") is None else {"note_id": top["note_id"]}
    for below in mappings_of(top.get("sub_comments")):
        yield record | {"data": {**note, "target_comment": top, **below}}


def envelope(record: Record) -> bool:
    """Whether a record is such an envelope, of whatever platform.

    Examples
    --------
    >>> envelope({"item_id": "1", "source_platform": "instagram.com", "timestamp_collected": 1, "data": {}})
    True
    """
    return record.keys() >= _ENVELOPE


ZEESCHUIMER_DECLARED: Final = Declared(
    name="zeeschuimer",
    meaning="Zeeschuimer NDJSON: comments and posts of TikTok and Xiaohongshu",
    platform="tiktok",
    zone="UTC",
    tool="digitalmethodsinitiative/zeeschuimer",
    version="ffa2781",
    files="the `.ndjson` of one platform that the browser extension saves",
    containers=("lines",),
    unfold=unfold,
    envelope=envelope,
    others="other_platforms",
    shapes=(
        Shape(
            "comments of TikTok",
            (
                Field("interaction_id", ("data.cid",)),
                Field("at", ("data.create_time",)),
                Field("actor_id", ("data.user.uid",)),
                Field("root_id", ("data.aweme_id",)),
                Field("text", ("data.text",)),
                _SEEN,
                Field("accounts.name", ("data.user.unique_id", "data.user.nickname")),
            ),
            (Relation("reply", ("data.reply_to_reply_id", "data.reply_id"), note='"0" is the video'),),
            keys=_ENVELOPE,
            kind="comment",
            surface="comment",
            platform="tiktok",
            under_root=True,
            aimed="top",
            test=known("cid", "aweme_id", platform=("tiktok",)),
        ),
        Shape(
            "videos of TikTok",
            (
                Field("interaction_id", ("data.id",)),
                Field("at", ("data.createTime",)),
                Field("actor_id", ("data.author.id", "data.authorId", "data.author")),
                Items("objects", ("data.textExtra[].hashtagName",), one_tag),
                Field("text", ("data.desc",)),
                Field("followers", ("data.authorStats.followerCount",)),
                _SEEN,
                Field("accounts.name", ("data.author.uniqueId", "data.author")),
                Field("accounts.verified", ("data.author.verified",), read=truth_of),
            ),
            keys=_ENVELOPE,
            kind="post",
            surface="feed",
            platform="tiktok",
            test=known("id", "desc", "createTime", platform=("tiktok",)),
        ),
        Shape(
            "comments of Xiaohongshu",
            (
                Field("interaction_id", ("data.id",)),
                Field("at", ("data.create_time",)),
                Field("actor_id", ("data.user_info.user_id", "data.user_info.userid")),
                Field("root_id", ("data.note_id",)),
                Field("text", ("data.content",)),
                _SEEN,
                Field("accounts.name", ("data.user_info.nickname",)),
            ),
            (Relation("reply", ("data.target_comment.id",), ("data.target_comment.user_info.user_id",)),),
            keys=_ENVELOPE,
            kind="comment",
            surface="comment",
            platform="xiaohongshu",
            under_root=True,
            aimed="top",
            within=("", "data.sub_comments[]"),
            test=known("id", "user_info", "content", platform=("xiaohongshu", "rednote")),
        ),
        Shape(
            "notes of Xiaohongshu",
            (
                Field("interaction_id", ("data.id",)),
                Field("at", ("data.note_card.time",)),
                Field("actor_id", ("data.note_card.user.user_id",)),
                Items("target_ids", ("data.note_card.at_user_list[].user_id",), one_id),
                Field("text", ("data.note_card.title", "data.note_card.display_title")),
                Field("text", ("data.note_card.desc",)),
                _SEEN,
                Field("accounts.name", ("data.note_card.user.nickname",)),
            ),
            keys=_ENVELOPE,
            kind="post",
            surface="feed",
            platform="xiaohongshu",
            joins_text=True,
            test=known("id", "note_card", platform=("xiaohongshu", "rednote")),
        ),
    ),
    traps=(
        "Items of other platforms are counted as `other_platforms` and left out; 4CAT reads them.",
        "A browser sees what it is shown: comments are ordered by the platform, and what was not scrolled to is missing.",
        "Times of TikTok are seconds, those of Xiaohongshu milliseconds; they are told apart by their size.",
        "Notes that were seen in a list have no time, and are set aside.",
        "Answers shown under a comment of Xiaohongshu (`sub_comments`) are interactions too.",
    ),
    examples=(
        Example(
            "tiktok-comments.ndjson",
            (
                {
                    "item_id": "c1", "timestamp_collected": 1714568400000, "source_platform": "tiktok-comments", "source_url": "u",
                    "data": {
                        "cid": "c1", "aweme_id": "900", "reply_id": "0", "user": {"uid": "501", "unique_id": "aaa"},
                        "text": "see https://n.example/1", "create_time": 1714564800,
                    },
                },
                {
                    "item_id": "c2", "timestamp_collected": 1714568400000, "source_platform": "tiktok-comments", "source_url": "u",
                    "data": {
                        "cid": "c2", "aweme_id": "900", "reply_id": "c1", "user": {"uid": "502", "unique_id": "bbb"}, "text": "no",
                        "create_time": 1714564860,
                    },
                },
            ),
        ),
        Example(
            "tiktok-posts.ndjson",
            (
                {
                    "item_id": "900", "timestamp_collected": 1714568400000, "source_platform": "tiktok.com", "source_url": "u",
                    "data": {
                        "id": "900", "desc": "good morning", "createTime": 1714564200,
                        "author": {"id": "503", "uniqueId": "ccc", "verified": True},
                        "authorStats": {"followerCount": 120}, "textExtra": [{"hashtagName": "run"}],
                    },
                },
            ),
        ),
        Example(
            "xiaohongshu-comments.ndjson",
            (
                {
                    "item_id": "x1", "timestamp_collected": 1714568400000, "source_platform": "xiaohongshu-comments", "source_url": "u",
                    "data": {
                        "id": "x1", "note_id": "n1", "user_info": {"user_id": "601", "nickname": "甲"}, "content": "早 #夜跑#",
                        "create_time": 1714564800000,
                    },
                },
                {
                    "item_id": "x2", "timestamp_collected": 1714568400000, "source_platform": "xiaohongshu-comments", "source_url": "u",
                    "data": {
                        "id": "x2", "note_id": "n1", "user_info": {"user_id": "602", "nickname": "乙"}, "content": "嗯",
                        "create_time": 1714564860000, "target_comment": {"id": "x1", "user_info": {"user_id": "601"}},
                    },
                },
            ),
        ),
        Example(
            "xiaohongshu-posts.ndjson",
            (
                {
                    "item_id": "n1", "timestamp_collected": 1714568400000, "source_platform": "xiaohongshu.com", "source_url": "u",
                    "data": {
                        "id": "n1",
                        "note_card": {
                            "title": "早", "desc": "早上好 #夜跑#", "time": 1714564200000, "user": {"user_id": "603", "nickname": "丙"},
                            "at_user_list": [{"user_id": "601"}],
                        },
                    },
                },
            ),
        ),
    ),
)  # fmt: skip
ZEESCHUIMER: Final = record_format(ZEESCHUIMER_DECLARED)

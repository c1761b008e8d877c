"""4CAT's CSV exports of what Zeeschuimer captured (TikTok, Xiaohongshu, Douyin, Threads, Facebook) and of VK.

Column names after digitalmethodsinitiative/4cat. Most have no number of the account, so its name stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graphwatch.load.adapters.fields import count, media_in, reference, split, tags_in, truth, urls_in
from graphwatch.load.adapters.fourcat import UNIX, exported
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape, Unfold
from graphwatch.load.harvest import Harvest
from graphwatch.load.interpret import record_format
from graphwatch.load.records import Options, Record

_WALL: Final = re.compile(r"/wall(-?\d+)_\d+")
_ID: Final = Field("interaction_id", ("id",))
_BODY: Final = Field("text", ("body",))
_TAGS: Final = Items("objects", ("hashtags",), tags_in)
_HANDLE: Final = Field("actor_id", ("author",), "the handle stands for the account, whose number is not given")
_RENAMED: Final = (
    "Accounts are handles: one that is renamed becomes another account, and nothing joins them to numbers from other tools. Do not mix "
    "such a file with one that has numbers."
)


def _format(source: str, title: str, shape: Shape, records: tuple[Record, ...], *traps: str, unfold: Unfold | None = None) -> Declared:
    example = Example(f"{source}.csv", records)
    return exported(source, title, source.partition("-")[0], shapes=(shape,), traps=traps, examples=(example,), unfold=unfold)


def group_or_feed(value: object) -> str:
    """Say where a Facebook post stands.

    Examples
    --------
    >>> group_or_feed("yes"), group_or_feed("no")
    ('group', 'feed')
    """
    return "group" if truth(value) else "feed"


def is_comment(value: object) -> bool:
    """Whether VK's kind of item is a comment."""
    return value == "comment"


def unfold_vk(record: Record, line: int, harvest: Harvest, options: Options) -> Iterator[Record]:  # noqa: ARG001
    """Put the wall before the numbers of posts and comments, which count within it."""
    found = _WALL.search(str(record.get("link")))
    if found is None:
        harvest.faults.add(line, "column link does not name a wall, within which the numbers count", str(record)[:500])
        return
    numbers = {column: reference(record.get(column)) for column in ("id", "thread_id", "in_reply_to_comment_id")}
    yield record | {column: f"{found.group(1)}_{number}" for column, number in numbers.items() if number}


DOUYIN: Final = _format(
    "douyin",
    "Douyin",
    Shape(
        "posts and streams",
        (
            _ID,
            UNIX,
            Field("actor_id", ("author_user_id",)),
            Items("target_ids", ("mentions",), split, "addresses of profiles, resolved among the authors of the file", by_name=True),
            _TAGS,
            Items("objects", ("image_urls", "video_url"), media_in),
            _BODY,
            Field("accounts.name", ("author_nickname",)),
        ),
        keys=frozenset({"id", "body", "unix_timestamp", "author_user_id", "author_nickname", "author_profile_url"}),
        kind="post",
        surface="feed",
        says_nobody=True,
        called=("author_profile_url",),
    ),
    (
        {
            "id": "7300000000000000001", "thread_id": "7300000000000000001", "body": "早上好", "unix_timestamp": "1714564800",
            "timestamp": "2024-05-01 14:00:00", "hashtags": "夜跑", "mentions": "https://www.douyin.com/user/MS4b",
            "video_url": "https://v.example/1.mp4", "image_urls": "https://i.example/1.jpg", "author_user_id": "501",
            "author_nickname": "甲", "author_profile_url": "https://www.douyin.com/user/MS4a",
        },
        {
            "id": "7300000000000000002", "body": "晚上好", "unix_timestamp": "1714564860", "author_user_id": "502", "author_nickname": "乙",
            "author_profile_url": "https://www.douyin.com/user/MS4b",
        },
    ),
    "`thread_id` is Douyin's group number and no thread: it is not read.",
    "Streams that show no time have the time of their capture.",
)  # fmt: skip

FACEBOOK: Final = _format(
    "facebook",
    "Facebook",
    Shape(
        "posts",
        (
            _ID,
            UNIX,
            _HANDLE,
            Field("surface", ("is_in_group",), "`group` or `feed`", group_or_feed),
            Items("objects", ("image_url", "video_url"), media_in),
            _BODY,
            Field("accounts.name", ("author_name",)),
        ),
        keys=frozenset({"id", "body", "author", "author_name", "is_in_group", "group_name", "unix_timestamp"}),
        kind="post",
        surface="feed",
    ),
    (
        {
            "id": "9001", "url": "https://www.facebook.com/aaa/posts/9001", "body": "good morning", "timestamp": "2024-05-01 14:00:00",
            "author": "aaa", "author_name": "A", "image_url": "https://i.example/1.jpg", "video_url": "https://v.example/1.mp4",
            "is_in_group": "no", "group_name": "", "unix_timestamp": "1714564800",
        },
    ),
    _RENAMED,
    "Posts only: neither comments nor who shared what.",
)  # fmt: skip

THREADS: Final = _format(
    "threads",
    "Threads",
    Shape(
        "posts",
        (
            _ID,
            UNIX,
            _HANDLE,
            Items("objects", ("link_url",), urls_in),
            _TAGS,
            Items("objects", ("image_url", "video_url"), media_in),
            _BODY,
            Field("accounts.name", ("author",)),
            Field("accounts.verified", ("author_is_verified",), read=truth),
        ),
        keys=frozenset({"id", "body", "author", "author_is_verified", "reposts", "quotes", "unix_timestamp"}),
        kind="post",
        surface="feed",
    ),
    (
        {
            "id": "C6abc", "thread_id": "C6abc", "body": "good morning", "timestamp": "2024-05-01 14:00:00", "author": "aaa",
            "author_is_verified": "yes", "image_url": "https://i.example/1.jpg", "video_url": "https://v.example/1.mp4",
            "link_url": "https://n.example/1", "likes": "1", "reposts": "0", "replies": "0", "quotes": "0", "hashtags": "run",
            "unix_timestamp": "1714564800",
        },
    ),
    _RENAMED,
    "An answer is a row like any other: the file does not say what it answers.",
)  # fmt: skip

TIKTOK: Final = _format(
    "tiktok",
    "TikTok",
    Shape(
        "videos",
        (
            _ID,
            UNIX,
            _HANDLE,
            _TAGS,
            _BODY,
            Field("followers", ("author_followers",), read=count),
            Field("accounts.name", ("author",)),
        ),
        keys=frozenset({"id", "author", "author_full", "author_followers", "body", "tiktok_url", "unix_timestamp"}),
        kind="post",
        surface="feed",
    ),
    (
        {
            "id": "7300000000000000001", "thread_id": "7300000000000000001", "author": "aaa", "author_full": "A", "author_followers": "120",
            "body": "good morning", "timestamp": "2024-05-01 14:00:00", "unix_timestamp": "1714564800", "hashtags": "run",
            "tiktok_url": "https://www.tiktok.com/@aaa/video/7300000000000000001",
        },
    ),
    _RENAMED,
    "Addresses of videos expire and differ each time: they are no objects. Give comments with the videos that they stand under.",
)  # fmt: skip

TIKTOK_COMMENTS: Final = _format(
    "tiktok-comments",
    "TikTok comments",
    Shape(
        "comments",
        (
            _ID,
            UNIX,
            _HANDLE,
            Field("root_id", ("post_id",)),
            _BODY,
            Field("accounts.name", ("author",)),
        ),
        (Relation("reply", ("thread_id",), flag="is_comment_on_comment"),),
        keys=frozenset({"id", "author", "post_id", "is_comment_on_comment", "body", "unix_timestamp"}),
        kind="comment",
        surface="comment",
        under_root=True,
        aimed="top",
    ),
    (
        {
            "id": "7300000000000000005", "thread_id": "7300000000000000001", "author": "bbb", "author_full": "B", "body": "hi",
            "timestamp": "2024-05-01 14:00:00", "unix_timestamp": "1714564800", "post_id": "7300000000000000001",
            "is_comment_on_comment": "no",
        },
        {
            "id": "7300000000000000006", "thread_id": "7300000000000000005", "author": "ccc", "author_full": "C", "body": "no",
            "timestamp": "2024-05-01 14:01:00", "unix_timestamp": "1714564860", "post_id": "7300000000000000001",
            "is_comment_on_comment": "yes",
        },
    ),
    _RENAMED,
    "The parent of an answer is the first comment of its thread, also where it answers another answer.",
    "`thread_id` of a comment on the video is the video.",
)  # fmt: skip

VK: Final = _format(
    "vk",
    "VK",
    Shape(
        "posts and comments",
        (
            Field("interaction_id", ("id",), "`<wall>_<number>`, the wall from `link`"),
            UNIX,
            Field("actor_id", ("author_id",), "negative numbers are communities"),
            Field("surface", ("item_type",), "`comment` or `feed`", lambda value: "comment" if is_comment(value) else "feed"),
            Field("root_id", ("thread_id",), "not of posts, which it names themselves"),
            Items("objects", ("links",), urls_in),
            Items("objects", ("photos", "videos"), media_in),
            _BODY,
            Field("followers", ("author_followers",), read=count),
            Field("accounts.name", ("author_screen_name", "author_name")),
        ),
        (
            Relation("reply", ("in_reply_to_comment_id",), ("in_reply_to_user",)),
            Relation("comment", ("thread_id",), flag="item_type", says=is_comment),
        ),
        keys=frozenset({"id", "item_type", "author_id", "in_reply_to_comment_id", "body", "link", "unix_timestamp"}),
        kind="post",
        surface="feed",
    ),
    (
        {
            "id": "11", "thread_id": "11", "timestamp": "2024-05-01 14:00:00", "unix_timestamp": "1714564800",
            "link": "https://vk.com/wall-77_11", "item_type": "post", "body": "see", "author_id": "501", "author_screen_name": "aaa",
            "author_name": "A", "author_followers": "120", "links": "https://n.example/1", "photos": "https://i.example/1.jpg",
            "videos": "https://v.example/1", "in_reply_to_user": "", "in_reply_to_comment_id": "",
        },
        {
            "id": "12", "thread_id": "11", "unix_timestamp": "1714564860", "link": "https://vk.com/wall-77_12", "item_type": "comment",
            "body": "hi", "author_id": "502", "author_screen_name": "bbb", "author_followers": "N/A", "in_reply_to_user": "",
        },
        {
            "id": "13", "thread_id": "11", "unix_timestamp": "1714564920", "link": "https://vk.com/wall-77_13", "item_type": "comment",
            "body": "no", "author_id": "503", "author_screen_name": "ccc", "in_reply_to_user": "502", "in_reply_to_comment_id": "12",
        },
    ),
    "Numbers of posts and comments count within a wall: ids are `<wall>_<number>`, and rows whose `link` names no wall are set aside.",
    "An answer without its comment's number is a comment on the post.",
    unfold=unfold_vk,
)  # fmt: skip

_NICKNAME: Final = Field("actor_id", ("author",), "the nickname stands for the account, whose number is not given")
_SHARED: Final = (
    "Accounts are nicknames, which several people may have: rows are counted as `named_actors`, and nobody can be named by them."
)

XIAOHONGSHU: Final = _format(
    "xiaohongshu",
    "Xiaohongshu",
    Shape(
        "notes",
        (
            _ID,
            UNIX,
            _NICKNAME,
            _TAGS,
            Items("objects", ("image_urls", "image_url"), media_in),
            Field("text", ("title",)),
            _BODY,
            Field("accounts.name", ("author",)),
        ),
        keys=frozenset({"id", "title", "body", "author", "author_avatar_url", "likes", "video_url", "unix_timestamp"}),
        without=frozenset({"author_full", "author_id"}),
        kind="post",
        surface="feed",
        joins_text=True,
        named_actors=True,
    ),
    (
        {
            "id": "6600000000000000000000a1", "thread_id": "6600000000000000000000a1", "title": "早", "body": "早上好", "hashtags": "夜跑",
            "timestamp": "2024-05-01 14:00:00", "author": "甲", "author_avatar_url": "u", "image_urls": "https://i.example/1.jpg",
            "image_url": "https://i.example/2.jpg", "video_url": "", "likes": "1", "unix_timestamp": "1714564800",
        },
    ),
    _SHARED,
    "Notes that were captured from a list show no time, and are set aside.",
)  # fmt: skip

XIAOHONGSHU_COMMENTS: Final = _format(
    "xiaohongshu-comments",
    "Xiaohongshu comments",
    Shape(
        "comments",
        (
            _ID,
            UNIX,
            _NICKNAME,
            Field("root_id", ("thread_id",)),
            _BODY,
            Field("accounts.name", ("author",)),
        ),
        keys=frozenset({"id", "thread_id", "author", "ip_location", "replies", "body", "unix_timestamp"}),
        without=frozenset({"title", "author_id"}),
        kind="comment",
        surface="comment",
        under_root=True,
        aimed="top",
        named_actors=True,
    ),
    (
        {
            "id": "6600000000000000000000c1", "thread_id": "6600000000000000000000a1", "body": "嗯 #夜跑#", "author": "乙",
            "timestamp": "2024-05-01 14:00:00", "author_avatar_url": "u", "ip_location": "北京", "likes": "0", "replies": "0",
            "unix_timestamp": "1714564800",
        },
    ),
    _SHARED,
    "The file does not say which comment another one answers: all stand under the note.",
)  # fmt: skip

CAPTURED_DECLARED: Final = (DOUYIN, FACEBOOK, THREADS, TIKTOK, TIKTOK_COMMENTS, VK, XIAOHONGSHU, XIAOHONGSHU_COMMENTS)
CAPTURED: Final = tuple(map(record_format, CAPTURED_DECLARED))

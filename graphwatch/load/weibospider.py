"""WeiboSpider JSONL: tweets, reposts and comments; users, fans and followings become accounts and follows.

Field names after nghuyong/WeiboSpider 4e6f43b. Times have no zone and are Beijing time; ``crawl_time`` is an epoch. A comment does not
name the post that it stands under: ``root`` says so, else the rows load without a thread and are counted as ``no_root``.
"""

from __future__ import annotations

import re
from typing import Final

from graphwatch.load.harvest import Harvest, id_of, mapping_of, scalar_of
from graphwatch.load.objects import distinct, media
from graphwatch.load.records import Options, Record, RecordFormat
from graphwatch.load.times import CHINA

PLATFORM: Final = "weibo"
_AUTHOR_IN_URL: Final = re.compile(r"weibo\.(?:com|cn)/(?:u/)?(\d+)/")


def recognise(record: Record) -> bool:
    """Whether a record is of this format.

    Examples
    --------
    >>> recognise({"_id": 1, "comment_user": {}, "content": "x"}), recognise({"id": 1})
    (True, False)
    """
    if "_id" not in record:
        return False
    if "comment_user" in record or "fan_info" in record or "follower_info" in record:
        return True
    return "mblogid" in record or ("nick_name" in record and "followers_count" in record)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one record into the harvest."""
    if "comment_user" in record:
        _comment(record, line, harvest, options)
    elif "fan_info" in record:
        fan = mapping_of(record["fan_info"])
        harvest.follow(id_of(fan.get("_id")), id_of(record.get("follower_id")), scalar_of(record.get("crawl_time")))
        _account(fan, record, harvest)
    elif "follower_info" in record:
        followed = mapping_of(record["follower_info"])
        harvest.follow(id_of(record.get("fan_id")), id_of(followed.get("_id")), scalar_of(record.get("crawl_time")))
        _account(followed, record, harvest)
    elif "mblogid" in record or "content" in record:
        _tweet(record, line, harvest, options)
    elif "nick_name" in record:
        _account(record, record, harvest)
    else:
        harvest.faults.add(line, "not a WeiboSpider record (no comment_user, mblogid, fan_info, follower_info or nick_name)", str(record))


def _comment(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    user = mapping_of(record["comment_user"])
    answered = mapping_of(record.get("reply_comment"))
    parent = id_of(answered.get("_id"))
    author = id_of(mapping_of(answered.get("user")).get("_id"))
    if options.root is None:
        harvest.counts["no_root"] += 1
    top = [options.target] if options.target is not None else None
    harvest.interaction(
        line,
        id_of(record["_id"]) if "_id" in record else None,
        scalar_of(record.get("created_at")),
        id_of(user.get("_id")),
        "reply" if parent else "comment",
        surface="comment",
        target_ids=[author] if author else (None if parent else top),
        parent_id=parent or options.root,
        root_id=options.root,
        text=record.get("content"),
        followers=user.get("followers_count"),
        actor_created_at=scalar_of(user.get("created_at")),
        observed_at=scalar_of(record.get("crawl_time")),
    )
    _account(user, record, harvest)


def _tweet(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    user = mapping_of(record.get("user"))
    origin = id_of(record.get("retweet_id"))
    text = record.get("content")
    chain = isinstance(text, str) and "//@" in text
    pictures = record.get("pic_urls")
    shared = [media(p) for p in pictures if isinstance(p, str)] if isinstance(pictures, list) else []
    video = record.get("video")
    top = [options.target] if options.target is not None else None
    harvest.interaction(
        line,
        id_of(record.get("_id")),
        scalar_of(record.get("created_at")),
        id_of(user.get("_id")) or _author_in_url(record.get("url")),
        "repost" if origin or record.get("is_retweet") is True else "post",
        surface="feed",
        target_ids=top,
        parent_id=None if chain else origin,
        root_id=origin,
        objects=distinct([*shared, *([media(video)] if isinstance(video, str) else [])]),
        text=text,
        followers=user.get("followers_count"),
        actor_created_at=scalar_of(user.get("created_at")),
        observed_at=scalar_of(record.get("crawl_time")),
    )
    if user:
        _account(user, record, harvest)


def _author_in_url(value: object) -> str | None:
    """Take the author id from the post's address; the spider by user leaves the user out of its records."""
    found = _AUTHOR_IN_URL.search(value) if isinstance(value, str) else None
    return found.group(1) if found else None


def _account(user: Record, record: Record, harvest: Harvest) -> None:
    harvest.account(
        id_of(user.get("_id")),
        user.get("nick_name"),
        scalar_of(user.get("created_at")),
        user.get("followers_count"),
        user.get("verified"),
        scalar_of(record.get("crawl_time")),
    )


WEIBOSPIDER: Final = RecordFormat(
    "weibospider", PLATFORM, CHINA, "WeiboSpider JSONL: tweets, reposts, comments, users, fans, followings", recognise, take
)

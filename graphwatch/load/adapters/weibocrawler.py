"""weibo-crawler: the CSV of one account's posts, ``users.csv``, and the SQLite database with comments and reposts.

Names after dataabc/weibo-crawler. The CSV of posts does not say whose they are: its name does, ``<user id>.csv``. The CSV of comments has
no ids of accounts at all and is refused; the database has them. Mentions are names, resolved among the names in the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from graphwatch.load.adapters.fields import first, reference, split, truth
from graphwatch.load.harvest import Harvest
from graphwatch.load.objects import distinct, media, tag
from graphwatch.load.records import Options, Record, RecordFormat
from graphwatch.load.times import CHINA

_POSTS: Final = frozenset({"id", "bid", "正文", "完整日期", "@用户"})
_USERS: Final = frozenset({"用户id", "昵称", "粉丝数", "注册时间"})
_NAMELESS: Final = frozenset({"id", "weibo_id", "created_at", "user_screen_name", "text", "pic_url"})
_FILE: Final = re.compile(r"(\d{5,})(?:\.[A-Za-z0-9]+)*")
_TABLES: Final = {
    "weibo": frozenset({"id", "user_id", "created_at", "text", "retweet_id"}),
    "comments": frozenset({"id", "weibo_id", "root_id", "user_id", "created_at", "text"}),
    "reposts": frozenset({"id", "weibo_id", "user_id", "created_at", "text"}),
    "user": frozenset({"id", "nick_name", "follower_count"}),
}


def recognise(record: Record) -> bool:
    """Whether a row is of this format.

    Examples
    --------
    >>> recognise(dict.fromkeys(["用户id", "昵称", "粉丝数", "注册时间"])), recognise({"table": "posts"})
    (True, False)
    """
    if "table" in record:
        return record.keys() >= _TABLES.get(str(record["table"]), frozenset({""}))
    return record.keys() >= _POSTS or record.keys() >= _USERS or (record.keys() >= _NAMELESS and "user_id" not in record)


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one row into the harvest."""
    table = record.get("table")
    if table is not None:
        if recognise(record):
            _row(str(table), record, line, harvest, options)
        else:
            harvest.counts["other_tables"] += 1
    elif record.keys() >= _POSTS:
        _post(record, line, harvest, options)
    elif record.keys() >= _USERS:
        verified = first(record, ("是否认证",))
        key, name = reference(record.get("用户id")), first(record, ("昵称",))
        created, fans = first(record, ("注册时间",)), first(record, ("粉丝数",))
        harvest.account(key, name, created, fans, None if verified is None else truth(verified), None)
    else:
        harvest.faults.add(line, "no account is named by its number: give the SQLite database of weibo-crawler instead", str(record))


def owner_of(harvest: Harvest) -> str:
    """Account that the name of the file says its posts are of; empty: it is no number."""
    if harvest.owner is None:
        found = _FILE.fullmatch(Path(harvest.faults.file).name)
        harvest.owner = found.group(1) if found else ""
    return harvest.owner


def _post(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Add a post and, when it is a repost, the original that stands in the same row."""
    if not owner_of(harvest):
        harvest.faults.add(line, "whose post this is stands in the name of the file, which must be <user id>.csv", str(record)[:500])
        return
    origin, author = reference(record.get("源微博id")), reference(record.get("源用户id"))
    text = record.get("正文")
    chain = isinstance(text, str) and "//@" in text
    original = first(record, ("是否原创",))
    passed_on = origin is not None or (original is not None and not truth(original))
    mentions = [] if passed_on else harvest.mentions(split(record.get("@用户")))
    harvest.interaction(
        line,
        reference(record.get("id")),
        first(record, ("完整日期", "日期")),
        harvest.owner,
        "repost" if passed_on else "mention" if mentions else "post",
        surface="feed",
        target_ids=([author] if passed_on and author else mentions) or ([options.target] if options.target is not None else None),
        parent_id=None if chain else origin,
        root_id=origin,
        objects=_objects(record, ""),
        text=text,
    )
    at, words = first(record, ("源微博完整日期", "源微博日期")), record.get("源微博正文")
    if origin and author and at is not None:
        harvest.counts["context"] += 1
        named = harvest.mentions(split(record.get("源微博@用户")))
        objects = _objects(record, "源微博")
        kind = "mention" if named else "post"
        harvest.interaction(line, origin, at, author, kind, surface="feed", target_ids=named or None, objects=objects, text=words)
    if author:
        name = first(record, ("源用户昵称",))
        harvest.account(author, name, None, None, None, None)
        harvest.name(name, author)


def _objects(record: Record, prefix: str) -> list[str]:
    files = [media(address) for name in ("原始图片url", "视频url") for address in split(record.get(prefix + name))]
    topics = [tag(word) for word in split(record.get(prefix + "话题"))]
    return distinct([*files, *topics])


def _stored(record: Record) -> list[str]:
    """Objects of a row of the database."""
    files = [media(address) for name in ("pics", "video_url", "pic_url") for address in split(record.get(name))]
    return distinct([*files, *(tag(word) for word in split(record.get("topics")))])


def _row(table: str, record: Record, line: int, harvest: Harvest, options: Options) -> None:
    key, author = reference(record.get("id")), reference(record.get("user_id"))
    if table == "user":
        name = first(record, ("nick_name",))
        harvest.account(key, name, first(record, ("reg_date",)), first(record, ("follower_count",)), None, None)
        harvest.name(name, key)
        return
    post, top = reference(record.get("weibo_id")), reference(record.get("root_id"))
    text = record.get("text")
    chain = isinstance(text, str) and "//@" in text
    mentions: list[str] = []
    if table == "weibo":
        origin = reference(record.get("retweet_id"))
        mentions = [] if origin else harvest.mentions(split(record.get("at_users")))
        kind, surface, parent, root = "repost" if origin else "mention" if mentions else "post", "feed", None if chain else origin, origin
    elif table == "reposts":
        kind, surface, parent, root = "repost", "feed", None if chain else post, post
    else:
        answered = top if top not in {key, post} else None
        kind, surface, parent, root = "reply" if answered else "comment", "comment", answered or post, post
    direct = [options.target] if options.target is not None and kind in {"comment", "post", "repost"} else None
    harvest.interaction(
        line,
        key,
        first(record, ("created_at",)),
        author,
        kind,
        surface=surface,
        target_ids=mentions or direct,
        parent_id=parent,
        root_id=root,
        objects=_stored(record),
        text=text,
    )
    name = first(record, ("user_screen_name", "screen_name"))
    harvest.account(author, name, None, None, None, None)
    harvest.name(name, author)


WEIBOCRAWLER: Final = RecordFormat(
    "weibo-crawler", "weibo", CHINA, "weibo-crawler: <user id>.csv, users.csv, SQLite database", recognise, take, ("csv", "database")
)

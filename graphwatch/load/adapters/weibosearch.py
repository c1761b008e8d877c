"""weibo-search CSV: posts and reposts that a search found.

Column names after dataabc/weibo-search. Mentions are names; those of authors in the same file become their numbers, the rest is counted as
``unresolved_mentions``. A repost that carries a chain (``//@``) does not say whose repost it passes on: it gets the original as root only.
"""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import first, reference, split
from graphwatch.load.harvest import Harvest
from graphwatch.load.objects import distinct, media, objects_of_weibo, tag, url
from graphwatch.load.records import Options, Record, RecordFormat
from graphwatch.load.times import CHINA

_KEYS: Final = frozenset({"id", "user_id", "用户昵称", "微博正文", "发布时间", "retweet_id"})
_UNVERIFIED: Final = "普通用户"


def recognise(record: Record) -> bool:
    """Whether a row is of this format.

    Examples
    --------
    >>> recognise(dict.fromkeys(["id", "user_id", "用户昵称", "微博正文", "发布时间", "retweet_id"]))
    True
    """
    return record.keys() >= _KEYS


def take(record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one row into the harvest."""
    author, name = reference(record.get("user_id")), first(record, ("用户昵称",))
    origin, text = reference(record.get("retweet_id")), record.get("微博正文")
    chain = isinstance(text, str) and "//@" in text
    mentions = [] if origin else harvest.mentions(split(record.get("艾特用户")))
    named = [options.target] if options.target is not None else []
    harvest.interaction(
        line,
        reference(record.get("id")),
        first(record, ("发布时间",)),
        author,
        "repost" if origin else "mention" if mentions else "post",
        surface="search",
        target_ids=distinct([*mentions, *named]) or None,
        parent_id=None if chain else origin,
        root_id=origin,
        objects=_objects(record, text),
        text=text,
    )
    authentication = first(record, ("user_authentication",))
    harvest.account(author, name, None, None, None if authentication is None else authentication != _UNVERIFIED, None)
    harvest.name(name, author)


def _objects(record: Record, text: object) -> list[str]:
    pictures = [media(address) for address in split(record.get("微博图片url")) + split(record.get("微博视频url"))]
    articles = [url(address) for address in split(record.get("头条文章url"))]
    topics = [tag(word) for word in split(record.get("话题"))]
    return distinct([*pictures, *articles, *topics, *(objects_of_weibo(text) if isinstance(text, str) else [])])


WEIBOSEARCH: Final = RecordFormat(
    "weibo-search", "weibo", CHINA, "weibo-search CSV: posts and reposts of a search", recognise, take, ("csv",)
)

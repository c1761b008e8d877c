"""weibo-search CSV: posts and reposts that a search found."""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.fields import given, media_in, split, tags_in, urls_in
from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape
from graphwatch.load.interpret import record_format
from graphwatch.load.times import CHINA

_UNVERIFIED: Final = "普通用户"


def verified(value: object) -> bool | None:
    """Whether the kind of authentication is one.

    Examples
    --------
    >>> verified("普通用户"), verified("蓝V"), verified("")
    (False, True, None)
    """
    word = given(value)
    return None if word is None else word != _UNVERIFIED


WEIBOSEARCH_DECLARED: Final = Declared(
    name="weibo-search",
    meaning="weibo-search CSV: posts and reposts of a search",
    platform="weibo",
    zone=CHINA,
    tool="dataabc/weibo-search",
    version="b4535b7",
    files="`结果文件/<keyword>/<keyword>.csv`",
    containers=("csv",),
    nested=False,
    shapes=(
        Shape(
            "posts and reposts",
            (
                Field("interaction_id", ("id",)),
                Field("at", ("发布时间",)),
                Field("actor_id", ("user_id",)),
                Items("target_ids", ("艾特用户",), split, "names, resolved among the authors of the file; not of reposts", by_name=True),
                Field("root_id", ("retweet_id",)),
                Items("objects", ("微博图片url", "微博视频url"), media_in),
                Items("objects", ("头条文章url",), urls_in),
                Items("objects", ("话题",), tags_in),
                Field("text", ("微博正文",)),
                Field("accounts.name", ("用户昵称",)),
                Field("accounts.verified", ("user_authentication",), f"`{_UNVERIFIED}` is not verified, another word is", verified),
            ),
            (Relation("repost", ("retweet_id",), note="from the chain instead where the text holds one (`//@`)"),),
            keys=frozenset({"id", "user_id", "用户昵称", "微博正文", "发布时间", "retweet_id"}),
            kind="post",
            surface="search",
            aimed="all",
            chains=True,
        ),
    ),
    traps=(
        "Mentions are names. Those of authors in the same file become their numbers; names that nobody or several have are counted as "
        "`unresolved_mentions`.",
        "A repost that carries a chain (`//@`) does not name the repost it passes on: its parent is found by the chain, and "
        "is null where that "
        "is not in the data.",
        "Ids that a spreadsheet has rounded (`5.03E+18`) are lost, and their rows set aside.",
        "A search finds what its words are in: the answers to a post are not in the file.",
    ),
    examples=(Example(
        "search.csv",
        (
            {
                "id": "5029384756102938475", "bid": "B1", "user_id": "1000000001", "用户昵称": "甲", "微博正文": "看 http://t.cn/A1",
                "头条文章url": "https://card.example/p/1", "艾特用户": "乙", "话题": "夜跑", "发布时间": "2024-05-01 20:00",
                "微博图片url": "https://i.example/1.jpg", "微博视频url": "https://v.example/1.mp4", "retweet_id": "",
                "user_authentication": "蓝V",
            },
            {
                "id": "5029384756102938476", "bid": "B2", "user_id": "1000000002", "用户昵称": "乙", "微博正文": "转发", "艾特用户": "",
                "发布时间": "2024-05-01 20:05", "retweet_id": "5029384756102938475", "user_authentication": "普通用户",
            },
        ),
    ),),
)  # fmt: skip
WEIBOSEARCH: Final = record_format(WEIBOSEARCH_DECLARED)

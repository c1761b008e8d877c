"""Declarations of formats that code reads: WeiboSpider, weibo-crawler, MediaCrawler, Bilibili danmaku."""

from __future__ import annotations

from typing import Final

from graphwatch.load.adapters.described_world import at
from graphwatch.load.adapters.mediacrawler import SITES, Site
from graphwatch.load.declared import Declared, Example, Field, Shape
from graphwatch.load.harvest import Scalar
from graphwatch.load.records import Record
from graphwatch.load.times import CHINA

_SECONDS: Final = 1714564800
_SEEN: Final = 1714568400
_LOCAL: Final = "2024-05-01 20:00:00"

WEIBOSPIDER: Final = Declared(
    "weibospider", "WeiboSpider JSONL: tweets, reposts, comments, users, fans, followings", "weibo", CHINA, "nghuyong/WeiboSpider",
    "4e6f43b",
    "`output/<spider>_<time>.jsonl`", ("lines",),
    (
        Shape(
            "comments",
            (
                at("interaction_id", "_id"), at("at", "created_at"), at("actor_id", "comment_user._id"),
                at("parent_id", "reply_comment._id", note="else `--root`"), at("target_ids", "reply_comment.user._id"), at("text",
                "content"),
                at("followers", "comment_user.followers_count"), at("actor_created_at", "comment_user.created_at"),
                at("observed_at", "crawl_time"), at("accounts.name", "comment_user.nick_name"), at("accounts.verified",
                "comment_user.verified"),
            ),
            kinds="`reply` where it answers a comment, else `comment`", surface="comment",
        ),
        Shape(
            "posts and reposts",
            (
                at("interaction_id", "_id"), at("at", "created_at"), at("actor_id", "user._id", note="else the number in `url`"),
                at("root_id", "retweet_id"), at("parent_id", "retweet_id", note="from the chain instead where the text holds one (`//@`)"),
                at("objects", "pic_urls[]"), at("objects", "video"), at("text", "content"), at("followers", "user.followers_count"),
                at("actor_created_at", "user.created_at"), at("observed_at", "crawl_time"), at("accounts.name", "user.nick_name"),
                at("accounts.verified", "user.verified"),
            ),
            kinds="`repost` by `retweet_id` or `is_retweet`, else `post`", surface="feed",
        ),
        Shape("fans", (at("follows.follower_id", "fan_info._id"), at("follows.followed_id", "follower_id"),
                       at("follows.observed_at", "crawl_time"))),
        Shape("followings", (at("follows.follower_id", "fan_id"), at("follows.followed_id", "follower_info._id"))),
        Shape("users", (at("accounts.account_id", "_id"), at("accounts.name", "nick_name"), at("accounts.followers", "followers_count"),
                        at("accounts.created_at", "created_at"))),
    ),
    (
        "A comment file does not name the post that its comments stand under: give it with `--root`, and the account that wrote it with "
        "`--target`. Without `--root` the comments load without a thread and are counted as `no_root`.",
        "Times have no zone and are read as Beijing time.",
        "A repost that carries a chain (`//@`) does not name the repost it passes on: its parent is found by the chain, and "
        "is null where that "
        "is not in the data.",
    ),
    (
        Example("comment.jsonl", (
            {
                "_id": "5029384756102938476", "created_at": _LOCAL, "content": "嗯", "crawl_time": _SEEN,
                "comment_user": {"_id": "1000000002", "nick_name": "乙", "followers_count": 7, "created_at": "2012-01-01 00:00:00",
                "verified": False},
                "reply_comment": {"_id": "5029384756102938475", "user": {"_id": "1000000001"}},
            },
        ), root="5029384756102930000"),
        Example("tweet.jsonl", (
            {
                "_id": "5029384756102938477", "mblogid": "B1", "created_at": _LOCAL, "content": "转发", "crawl_time": _SEEN,
                "is_retweet": True,
                "retweet_id": "5029384756102930000", "pic_urls": ["https://i.example/1.jpg"], "video": "https://v.example/1.mp4",
                "user": {"_id": "1000000003", "nick_name": "丙", "followers_count": 5, "created_at": "2013-01-01 00:00:00",
                "verified": True},
            },
        )),
        Example("fan.jsonl", ({"_id": "a", "follower_id": "1", "fan_info": {"_id": "2", "nick_name": "乙"}, "crawl_time": _SEEN},)),
        Example("follower.jsonl", ({"_id": "b", "fan_id": "2", "follower_info": {"_id": "3", "nick_name": "丙"}, "crawl_time": _SEEN},)),
        Example("user.jsonl", (
            {"_id": "1", "nick_name": "甲", "followers_count": 120, "created_at": "2010-01-01 00:00:00", "crawl_time": _SEEN},
        )),
    ),
)  # fmt: skip

WEIBOCRAWLER: Final = Declared(
    "weibo-crawler", "weibo-crawler: <user id>.csv, users.csv, SQLite database", "weibo", CHINA, "dataabc/weibo-crawler", "93cd292",
    "`weibo/<name>/<user id>.csv`, `weibo/users.csv`, `weibo/weibodata.db`", ("csv", "database"),
    (
        Shape(
            "posts of <user id>.csv",
            (
                at("interaction_id", "id"), at("at", "完整日期", "日期"), at("target_ids", "源用户id"),
                at("target_ids", "@用户", note="names, resolved among the names in the file; not of reposts"), at("root_id", "源微博id"),
                at("parent_id", "源微博id", note="from the chain instead where the text holds one (`//@`)"),
                at("objects", "原始图片url"),
                at("objects", "视频url"),
                at("objects", "话题"), at("text", "正文"),
            ),
            kinds="`repost` by `源微博id` or `是否原创`, else `mention`, `post`", surface="feed",
        ),
        Shape(
            "accounts of users.csv",
            (
                at("accounts.account_id", "用户id"), at("accounts.name", "昵称"), at("accounts.created_at", "注册时间"),
                at("accounts.followers", "粉丝数"), at("accounts.verified", "是否认证"),
            ),
        ),
        Shape(
            "table comments",
            (
                at("interaction_id", "id"), at("at", "created_at"), at("actor_id", "user_id"), at("parent_id", "root_id",
                note="else the post"),
                at("root_id", "weibo_id"), at("text", "text"), at("accounts.name", "user_screen_name"),
            ),
            kinds="`reply`, else `comment`", surface="comment",
        ),
        Shape(
            "table reposts",
            (
                at("interaction_id", "id"), at("at", "created_at"), at("actor_id", "user_id"),
                at("parent_id", "weibo_id", note="from the chain instead where the text holds one (`//@`)"),
                at("root_id", "weibo_id"), at("text", "text"),
                at("accounts.name", "user_screen_name"),
            ),
            kinds="`repost`", surface="feed",
        ),
        Shape(
            "table weibo",
            (
                at("interaction_id", "id"), at("at", "created_at"), at("actor_id", "user_id"), at("target_ids", "at_users", note="names"),
                at("root_id", "retweet_id"), at("parent_id", "retweet_id",
                note="from the chain instead where there is one"), at("objects", "pics"), at("objects", "video_url"),
                at("objects", "topics"), at("text", "text"),
                at("accounts.name", "screen_name"),
            ),
            kinds="`repost`, `mention`, `post`", surface="feed",
        ),
        Shape(
            "table user",
            (
                at("accounts.account_id", "id"), at("accounts.name", "nick_name"), at("accounts.created_at", "reg_date"),
                at("accounts.followers", "follower_count"),
            ),
        ),
    ),
    (
        "The CSV of posts does not say whose they are: keep its name, `<user id>.csv`.",
        "The original of a repost stands in the same row and becomes an interaction too (`context`).",
        "The CSV of comments has no ids of accounts and is refused; give the SQLite database, of which plain tables are read (no views) "
        "and "
        "nothing is written. A database that a program still writes to may lack its last rows: close the program first.",
    ),
    (
        Example("1000000001.csv", (
            {
                "id": "5029384756102938475", "bid": "B1", "正文": "早", "日期": "2024-05-01", "@用户": "乙", "完整日期": _LOCAL,
                "话题": "夜跑",
                "原始图片url": "https://i.example/1.jpg", "视频url": "https://v.example/1.mp4", "是否原创": "True",
                "源用户id": "", "源微博id": "",
            },
            {
                "id": "5029384756102938476", "bid": "B2", "正文": "转发", "日期": "2024-05-01", "@用户": "",
                "完整日期": "2024-05-01 20:10:00",
                "是否原创": "False", "源用户id": "1000000002", "源用户昵称": "乙", "源微博id": "5029384756102930000",
            },
        )),
        Example("users.csv", ({"用户id": "1000000001", "昵称": "甲", "注册时间": "2010-05-31", "粉丝数": "1.2万", "是否认证": "True"},)),
        Example("weibodata.db", (
            {"table": "comments", "id": "2", "weibo_id": "900", "root_id": "1", "user_id": "30", "created_at": _LOCAL,
            "user_screen_name": "丙",
             "text": "嗯"},
            {"table": "reposts", "id": "4", "weibo_id": "900", "user_id": "40", "created_at": _LOCAL, "user_screen_name": "丁",
             "text": "转"},
            {"table": "user", "id": "10", "nick_name": "甲", "follower_count": "1.2万", "reg_date": "2010-01-01"},
            {"table": "weibo", "id": "900", "user_id": "10", "screen_name": "甲", "text": "文", "at_users": "丙", "created_at": _LOCAL,
             "retweet_id": "800", "topics": "夜跑", "pics": "https://i.example/1.jpg", "video_url": ""},
            {"table": "weibo", "id": "901", "user_id": "10", "screen_name": "甲", "text": "文", "at_users": "丙", "created_at": _LOCAL,
             "retweet_id": None, "topics": "夜跑", "pics": "https://i.example/1.jpg", "video_url": "https://v.example/1.mp4"},
        )),
    ),
)  # fmt: skip

DANMAKU: Final = Declared(
    "bilibili-danmaku", "Bilibili danmaku XML: comments over a video, senders as hashes", "bilibili", "UTC", "Bilibili's danmaku list",
    "XML, eight fields or more",
    "`<cid>.xml` as the list of danmaku is downloaded by yt-dlp, you-get, BBDown and others", ("xml",),
    (
        Shape(
            "danmaku",
            (
                Field("interaction_id", ("p[7]",), "`danmaku:<id>`"), Field("at", ("p[4]",)), Field("actor_id", ("p[6]",),
                "`midhash:<hash>`"),
                Field("root_id", ("chatid",), "`cid:<chatid>`, unless `--root` names one"), Field("text", ("text of d",)),
            ),
            kinds="`danmaku`", surface="danmaku",
        ),
    ),
    (
        "The sender is a CRC32 of the account's number, which several accounts share: it is loaded as `midhash:…`, never joined to an "
        "account, "
        "and not enough to name a person.",
        "The file does not say whose video it is: give `--target`, else `no_target` counts the rows.",
        "Danmaku without an id (from live recorders) are set aside. An XML file that declares a document type or an entity is refused.",
        "Bilibili's binary (protobuf) segments are not read: convert them to XML.",
    ),
    (
        Example("77.xml", text=f"<?xml version='1.0' encoding='UTF-8'?><i><chatid>77</chatid>"
                f'<d p="12.5,1,25,16777215,{_SECONDS},0,0ab1c2d3,1234567890123456789,10">哈哈</d></i>', target="501"),
    ),
)  # fmt: skip

_POSTS: Final[dict[str, Record]] = {
    "weibo": {"content": "帖", "comments_count": "1", "shared_count": "1"},
    "douyin": {"aweme_type": "0", "title": "帖", "desc": "文"},
    "bilibili": {"video_danmaku": "1", "title": "帖", "desc": "文"},
    "xiaohongshu": {"title": "帖", "desc": "文", "tag_list": "", "collected_count": "1"},
    "kuaishou": {"viewd_count": "1", "title": "帖", "desc": "文"},
    "tieba": {"title": "帖", "desc": "文", "total_replay_num": 3, "tieba_name": "吧"},
    "zhihu": {"content_type": "answer", "content_text": "帖", "voteup_count": 1},
}
_COMMENTS: Final[dict[str, Record]] = {
    "weibo": {"comment_like_count": "1"}, "xiaohongshu": {"pictures": ""}, "tieba": {"tieba_name": "吧"},
    "zhihu": {"content_type": "answer"},
}  # fmt: skip
_CREATORS: Final[dict[str, Record]] = {
    "weibo": {"follows": "1", "tag_list": ""}, "douyin": {"videos_count": "3"}, "xiaohongshu": {"interaction": "1", "tag_list": ""},
    "kuaishou": {"interaction": "1"}, "tieba": {"registration_duration": "3年"}, "zhihu": {"anwser_count": "1"},
    "bilibili": {"is_official": 1, "total_liked": "1"},
}  # fmt: skip
_HASHED: Final = "hash of the number, where there is no number (version 2)"


def _time(site: Site) -> Scalar:
    return _LOCAL if site.platform == "tieba" else _SECONDS * 1000 if site.platform == "xiaohongshu" else _SECONDS


def _mediacrawler(site: Site) -> Declared:
    post_at, named = site.at[-1] if site.platform in {"xiaohongshu", "zhihu"} else site.at[0], site.platform in {"tieba", "zhihu"}
    name = "user_nickname" if named else "nickname"
    fans = "total_fans" if site.platform == "bilibili" else "fans"
    parent = () if site.platform == "kuaishou" else (at("parent_id", "parent_comment_id", note="`0` is the post"),)
    actor = (
        at("actor_id", "user_id", "creator_hash", note=_HASHED),
        at("observed_at", "last_modify_ts", "add_ts"),
        at("accounts.name", name),
    )
    texts = tuple(at("text", part) for part in ("title", "desc", "content", "content_text") if part in _POSTS[site.platform])
    surface = "group" if site.platform == "tieba" else ""
    prefix = f"after `{site.prefix}`" if site.prefix else ""
    folder = "xhs" if site.platform == "xiaohongshu" else site.platform
    shapes = [
        Shape(
            "comments",
            (
                at("interaction_id", "comment_id"),
                at("at", site.at[0]),
                at("root_id", site.post, note=prefix),
                *parent,
                at("text", "content"),
                *actor,
            ),
            kinds="`reply` where it answers a comment, else `comment`",
            surface=surface or "comment",
        ),
        Shape(
            "posts",
            (at("interaction_id", site.post, note=prefix), at("at", post_at), *texts, *actor),
            kinds="`post`",
            surface=surface or "feed",
        ),
        Shape(
            "creators",
            (
                at("accounts.account_id", "user_id"),
                at("accounts.name", "nickname"),
                at("accounts.followers", fans),
                *((at("accounts.verified", "is_official"),) if site.platform == "bilibili" else ()),
            ),
        ),
    ]
    who: Record = {"user_id": "4711", name: "甲", "last_modify_ts": _SEEN * 1000}
    comment: Record = {
        "comment_id": "5029384756102938475",
        site.post: "900",
        "content": "写得好",
        site.at[0]: _time(site),
        "sub_comment_count": "0",
    }
    if site.platform != "kuaishou":
        comment["parent_comment_id"] = "5029384756102938470"
    examples = [
        Example("comments.jsonl", (comment | _COMMENTS.get(site.platform, {}) | who,)),
        Example("contents.jsonl", ({site.post: "900", post_at: _time(site)} | _POSTS[site.platform] | who,)),
        Example(
            "creators.jsonl",
            (
                {"user_id": "4711", "nickname": "甲", fans: "1.2万", "last_modify_ts": _SEEN * 1000, "follows": "1"}
                | _CREATORS[site.platform],
            ),
        ),
    ]
    if site.platform == "bilibili":
        shapes += [
            Shape(
                "contacts",
                (at("follows.follower_id", "fan_id"), at("follows.followed_id", "up_id"), at("follows.observed_at", "last_modify_ts")),
            ),
            Shape(
                "dynamics",
                (
                    at("interaction_id", "dynamic_id", note="after `dynamic:`"),
                    at("at", "pub_ts"),
                    at("text", "text"),
                    at("actor_id", "user_id", "creator_hash", note=_HASHED),
                    at("accounts.name", "user_name"),
                    at("observed_at", "last_modify_ts", "add_ts"),
                ),
                kinds="`post`",
                surface="feed",
            ),
        ]
        examples += [
            Example(
                "contacts.jsonl", ({"up_id": "4711", "fan_id": "4712", "up_name": "甲", "fan_name": "乙", "last_modify_ts": _SEEN * 1000},)
            ),
            Example(
                "dynamics.jsonl",
                (
                    {
                        "dynamic_id": "800",
                        "user_id": "4711",
                        "user_name": "甲",
                        "text": "早",
                        "type": "WORD",
                        "pub_ts": _SECONDS,
                        "total_comments": 1,
                        "last_modify_ts": _SEEN * 1000,
                    },
                ),
            ),
        ]
    traps = [
        "Version 1 gives the number of an account, version 2 the first 16 hexadecimal digits of the SHA-256 of that number "
        "(`creator_hash`). "
        "Nothing joins the two: do not mix files of both versions in one run. `hashed_actors` counts the rows with a hash; the hash has no "
        "salt, so it is personal data like the number itself. Masked names are left out.",
        "Give the files of posts with those of comments: they say who wrote what the comments stand under.",
    ]
    if site.platform == "kuaishou":
        traps.append("Comments do not say which comment they answer.")
    if site.platform == "tieba":
        traps.append("Version 1 gives no number but the address of a profile (`user_link`): the account that it names is taken.")
        traps.append("`registration_duration` of creators is an age and no date: it is not read.")
    if site.prefix:
        traps.append(f"Ids of posts stand after `{site.prefix}`, because their numbers are also those of comments.")
    return Declared(
        f"mediacrawler-{site.platform}",
        f"MediaCrawler 1 and 2, {site.platform}: comments, posts, creators (JSONL, JSON, CSV)",
        site.platform, CHINA, "NanmiCoder/MediaCrawler", "1, and 2 (d6f7c5b)",
        f"`data/{folder}/<jsonl|csv|json>/<crawler>_<comments|contents|creators>_<date>.*`",
        ("lines", "document", "csv"), tuple(shapes), tuple(traps), tuple(examples),
    )  # fmt: skip


MEDIACRAWLER: Final = tuple(map(_mediacrawler, SITES))

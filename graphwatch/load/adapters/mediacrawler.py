"""MediaCrawler, versions 1 and 2: comments, posts and (version 1) creators of seven platforms, as JSONL, JSON or CSV.

Field names after NanmiCoder/MediaCrawler. Version 1 gives the account's number, version 2 ``creator_hash``: the first 16 hexadecimal digits
of the SHA-256 of that number, without a salt. The two are different accounts to graphwatch; ``hashed_actors`` counts the latter. The
names of version 2 are masked and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import parse_qs, urlsplit

import polars as pl

from graphwatch.load.adapters.fields import first, reference
from graphwatch.load.flat import as_harvested, first_in, flat_frame, reference_in
from graphwatch.load.harvest import Harvest, Scalar
from graphwatch.load.open import Lines
from graphwatch.load.records import Options, Record, RecordFormat
from graphwatch.load.times import CHINA
from graphwatch.schema import STRINGS

_CONTAINERS: Final = ("lines", "document", "csv")
_AUTHOR: Final = frozenset({"creator_hash", "user_id", "user_link"})
_SEEN: Final = ("last_modify_ts", "add_ts")
_NAME: Final = ("nickname", "user_nickname", "user_name")


@dataclass(frozen=True, slots=True)
class Site:
    """How the files of one platform differ from those of the others.

    Attributes
    ----------
    post
        Column of the post's id.
    comments, posts, creators
        Columns that only such records have (together with ``comment_id``, ``post`` and ``user_id``).
    without
        Columns that comments and creators of this platform do not have.
    at
        Columns of the time of a post or comment, first choice first.
    prefix
        Put before ids of posts where they share their numbers with comments; may name a column.
    extra
        Columns that mark records of other kinds: who follows whom, short posts.
    """

    platform: str
    post: str
    comments: frozenset[str]
    posts: frozenset[str]
    creators: frozenset[str]
    without: frozenset[str] = frozenset()
    at: tuple[str, ...] = ("create_time", "create_date_time")
    prefix: str = ""
    extra: frozenset[str] = frozenset()

    def recognise(self, record: Record) -> bool:
        """Whether a record is a comment, a post or a creator of this platform."""
        keys = record.keys()
        if "comment_id" in keys:
            return {self.post, "content", "sub_comment_count", *self.comments} <= keys and not self.without & keys and bool(_AUTHOR & keys)
        if self.post in keys:
            return self.posts <= keys and bool(_AUTHOR & keys)
        if self.extra & keys:
            return {"up_id", "fan_id"} <= keys or {"dynamic_id", "pub_ts", "total_comments"} <= keys
        return {"user_id", *self.creators} <= keys and not self.without & keys

    def post_id(self, record: Record) -> str | None:
        """Id of the post that a record is or belongs to."""
        key = reference(record.get(self.post))
        return f"{self.prefix.format_map(_Named(record))}{key}" if key else None


class _Named(dict[str, object]):
    """Fields to put into a prefix; what is missing is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


SITES: Final = (
    Site("weibo", "note_id", _set("comment_like_count"), _set("comments_count"), _set("fans", "follows", "tag_list"), _set("interaction")),
    Site("douyin", "aweme_id", _set(), _set("aweme_type"), _set("fans", "videos_count")),
    Site(
        "bilibili",
        "video_id",
        _set("parent_comment_id"),
        _set("video_danmaku"),
        _set("total_fans"),
        prefix="video:",
        extra=_set("fan_id", "dynamic_id"),
    ),
    Site(
        "kuaishou",
        "video_id",
        _set(),
        _set("viewd_count"),
        _set("fans", "interaction"),
        _set("parent_comment_id", "videos_count", "tag_list"),
    ),
    Site(
        "xiaohongshu",
        "note_id",
        _set("pictures"),
        _set("tag_list", "collected_count"),
        _set("fans", "interaction", "tag_list"),
        at=("create_time", "time"),
    ),
    Site("tieba", "note_id", _set("tieba_name"), _set("total_replay_num"), _set("fans", "registration_duration"), at=("publish_time",)),
    Site(
        "zhihu",
        "content_id",
        _set("content_type"),
        _set("voteup_count"),
        _set("fans", "anwser_count"),
        at=("publish_time", "created_time"),
        prefix="{content_type}:",
    ),
)


def actor_of(record: Record, harvest: Harvest) -> str | None:
    """Account of a record: its number, else the number in its link, else its hash."""
    known = reference(record.get("user_id")) or _linked(record.get("user_link"))
    if known is None and (known := reference(record.get("creator_hash"))):
        harvest.counts["hashed_actors"] += 1
    return known


def _linked(link: object) -> str | None:
    """Account that the address of a Tieba profile names."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        named = parse_qs(urlsplit(link).query)
    except ValueError:
        return None
    return next((named[key][0] for key in ("id", "portrait", "un") if key in named), link.strip())


def take(site: Site, record: Record, line: int, harvest: Harvest, options: Options) -> None:
    """Put one record into the harvest."""
    seen = first(record, _SEEN)
    if "comment_id" in record:
        _comment(site, record, line, harvest, options, seen)
    elif site.post in record:
        _post(site, record, line, harvest, options, seen)
    elif "fans" in record or "total_fans" in record:
        name, fans = first(record, _NAME), first(record, ("fans", "total_fans"))
        harvest.account(reference(record.get("user_id")), name, None, fans, _official(record), seen)
    elif site.extra & record.keys():
        _extra(record, line, harvest, options, seen)
    else:
        harvest.faults.add(line, f"not a MediaCrawler record of {site.platform} (no comment_id, {site.post} or fans)", str(record))


def _official(record: Record) -> bool | None:
    """Whether a creator of Bilibili is verified: 0 a person, 1 an organisation, -1 none; other sites do not say."""
    kind = first(record, ("is_official",))
    return None if kind is None else str(kind) in {"0", "1"}


def _extra(record: Record, line: int, harvest: Harvest, options: Options, seen: Scalar) -> None:
    """Put a contact (who follows whom) or a dynamic (a short post) of Bilibili into the harvest."""
    if "fan_id" in record:
        fan, up = reference(record.get("fan_id")), reference(record.get("up_id"))
        harvest.follow(fan, up, seen)
        harvest.account(fan, first(record, ("fan_name",)), None, None, None, seen)
        harvest.account(up, first(record, ("up_name",)), None, None, None, seen)
        return
    key = reference(record.get("dynamic_id"))
    harvest.interaction(
        line,
        f"dynamic:{key}" if key else None,
        first(record, ("pub_ts",)),
        actor_of(record, harvest),
        "post",
        surface="feed",
        target_ids=[options.target] if options.target is not None else None,
        text=record.get("text"),
        observed_at=seen,
    )
    _account(record, harvest, seen)


def _comment(site: Site, record: Record, line: int, harvest: Harvest, options: Options, seen: Scalar) -> None:
    parent = reference(record.get("parent_comment_id"))
    post = site.post_id(record)
    harvest.interaction(
        line,
        first(record, ("comment_id",)),
        first(record, site.at),
        actor_of(record, harvest),
        "reply" if parent else "comment",
        surface="group" if site.platform == "tieba" else "comment",
        target_ids=[options.target] if options.target is not None and not parent else None,
        parent_id=parent or post,
        root_id=post,
        text=record.get("content"),
        observed_at=seen,
    )
    _account(record, harvest, seen)


def take_block(site: Site, block: Lines, harvest: Harvest, options: Options) -> pl.DataFrame | None:
    """Read a block of comments of one kind at once; see :func:`_comment` for what stands where."""
    names = ("comment_id", site.post, "parent_comment_id", "content", "user_id", "user_link", "creator_hash", *site.at, *_SEEN, *_NAME)
    frame = flat_frame(block, names, "comment_id")
    if frame is None:
        return None
    known = frame.with_columns(
        reference_in(frame, "user_id").alias("user_id"),
        reference_in(frame, "creator_hash").alias("creator_hash"),
        reference_in(frame, "parent_comment_id").alias("parent_comment_id"),
        (site.prefix + reference_in(frame, site.post)).alias(site.post),
    )
    unknown = known.filter(pl.col("user_id").is_null())
    if unknown["user_link"].null_count() < len(unknown):
        return None
    seen, parent = first_in(frame, _SEEN), pl.col("parent_comment_id")
    target = pl.lit(pl.Series([[options.target]], dtype=STRINGS)) if options.target is not None else pl.lit(None, dtype=STRINGS)
    columns = {
        "interaction_id": first_in(frame, ("comment_id",)).cast(pl.String),
        "at": first_in(frame, site.at),
        "actor_id": pl.coalesce("user_id", "creator_hash"),
        "kind": pl.when(parent.is_null()).then(pl.lit("comment")).otherwise(pl.lit("reply")),
        "platform": pl.lit(harvest.platform),
        "surface": pl.lit("group" if site.platform == "tieba" else "comment"),
        "target_ids": pl.when(parent.is_null()).then(target),
        "parent_id": pl.coalesce(parent, site.post),
        "root_id": pl.col(site.post),
        "text": pl.col("content").cast(pl.String),
        "observed_at": seen,
    }
    named = known.filter(pl.col("user_id").is_not_null()).select(
        pl.col("user_id").alias("account_id"),
        pl.lit(harvest.platform).alias("platform"),
        first_in(frame, _NAME).cast(pl.String).alias("name"),
        seen.alias("observed_at"),
    )
    harvest.account_rows(named)
    harvest.counts["hashed_actors"] += len(unknown) - unknown["creator_hash"].null_count()
    return as_harvested(known, columns)


def _post(site: Site, record: Record, line: int, harvest: Harvest, options: Options, seen: Scalar) -> None:
    parts = [record.get(name) for name in ("title", "desc", "content", "content_text")]
    text = "\n".join(dict.fromkeys(part for part in parts if isinstance(part, str) and part.strip()))
    harvest.interaction(
        line,
        site.post_id(record),
        first(record, site.at),
        actor_of(record, harvest),
        "post",
        surface="group" if site.platform == "tieba" else "feed",
        target_ids=[options.target] if options.target is not None else None,
        text=text or None,
        observed_at=seen,
    )
    _account(record, harvest, seen)


def _account(record: Record, harvest: Harvest, seen: Scalar) -> None:
    """Note the name of an account that is known by its number."""
    key = reference(record.get("user_id")) or _linked(record.get("user_link"))
    if key:
        harvest.account(key, first(record, _NAME), None, None, None, seen)


MEDIACRAWLER: Final = tuple(
    RecordFormat(
        f"mediacrawler-{site.platform}",
        site.platform,
        CHINA,
        f"MediaCrawler 1 and 2, {site.platform}: comments, posts, creators (JSONL, JSON, CSV)",
        site.recognise,
        partial(take, site),
        _CONTAINERS,
        take_block=None if "{" in site.prefix else partial(take_block, site),
    )
    for site in SITES
)

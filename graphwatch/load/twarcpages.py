"""Pages of twarc2, a block of lines at a time: tweets, users and what they refer to become tables, no tweet a Python object.

Only blocks of which each line is a page whose fields have the types of the Twitter API go this way. All others are for
:func:`graphwatch.load.twarc.take`, which says the same of a page, and what is wrong with which line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from graphwatch.load.canonical import one_object_a_line, with_schema
from graphwatch.load.flat import as_harvested
from graphwatch.load.harvest import Harvest
from graphwatch.load.objects import media, tag, url
from graphwatch.load.open import Lines
from graphwatch.load.plain import is_utf8
from graphwatch.load.records import Options
from graphwatch.load.validate import LINE
from graphwatch.schema import STRINGS

_TEXT: Final = pa.large_string()


def struct(*texts: str, **others: pa.DataType) -> pa.StructType:
    """Type of an object with fields that are texts, and others."""
    return pa.struct([*((name, _TEXT) for name in texts), *others.items()])


USER: Final = struct("id", "username", "created_at", verified=pa.bool_(), public_metrics=struct(followers_count=pa.int64()))


def tweet_type(mentioned: pa.DataType, cited: pa.DataType, *texts: str, **others: pa.DataType) -> pa.StructType:
    """Type of a tweet, given those of what it mentions and refers to, and what else it holds."""
    entities = struct(
        mentions=pa.list_(mentioned),
        urls=pa.list_(struct("unwound_url", "expanded_url", "url", "media_key")),
        hashtags=pa.list_(struct("tag")),
    )
    return struct(
        *("id", "author_id", "created_at", "conversation_id", "text", "in_reply_to_user_id", *texts),
        referenced_tweets=pa.list_(cited),
        entities=entities,
        attachments=struct(media_keys=pa.list_(_TEXT)),
        **others,
    )


_TWEET: Final = tweet_type(struct("id", "username"), struct("type", "id"))
_PAGE: Final = pa.schema(
    [
        ("data", pa.list_(_TWEET)),
        ("includes", struct(tweets=pa.list_(_TWEET), users=pa.list_(USER))),
        ("__twarc", struct("retrieved_at")),
    ]
)
_KINDS: Final = {"retweeted": "repost", "replied_to": "reply", "quoted": "quote"}  # first choice first


def take_pages(block: Lines, harvest: Harvest, options: Options) -> pl.DataFrame | None:  # noqa: ARG001
    """Put what a block of pages says of accounts into the harvest, and give the tweets; None: something in the block is unusual."""
    if block.too_long or not one_object_a_line(block) or not is_utf8(block.raw):
        return None
    pages = with_schema(block.raw, _PAGE, len(block))
    if pages is None or len(pages) != len(block) or pages["data"].null_count():
        return None
    pages = pages.select(
        pl.int_range(block.first, block.first + len(pages), dtype=pl.Int64).alias(LINE),
        pl.col("__twarc").struct.field("retrieved_at").alias("observed_at"),
        "data",
        pl.col("includes").struct.field("tweets").alias("included"),
        pl.col("includes").struct.field("users").alias("users"),
    )
    tweets, users = _tweets(pages), _users(pages)
    harvest.counts["pages"] += len(pages)
    harvest.counts["empty_pages"] += int((pages["data"].list.drop_nulls().list.len() == 0).sum())
    return put(tweets, users, harvest)


def put(tweets: pl.DataFrame, users: pl.DataFrame, harvest: Harvest) -> pl.DataFrame:
    """Put users and counts into the harvest, and give the tweets as interactions."""
    rows, unresolved = _interactions(tweets, users)
    harvest.counts["context"] += int(tweets["context"].sum())
    harvest.counts["unresolved_mentions"] += unresolved
    harvest.account_rows(users.drop(LINE, "folded").insert_column(1, pl.lit(harvest.platform).alias("platform")))
    return rows.with_columns(pl.lit(harvest.platform).alias("platform")).pipe(_harvested)


def items(frame: pl.DataFrame, name: str, *keys: str) -> pl.DataFrame:
    """Give one row for each object in a list column, its fields as columns."""
    held = frame.select(*keys, name).explode(name, empty_as_null=False, keep_nulls=False)
    return held.filter(pl.col(name).is_not_null()).unnest(name)


def _id(name: str) -> pl.Expr:
    """Give an id as a text that says something."""
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def _tweets(pages: pl.DataFrame) -> pl.DataFrame:
    """Give the tweets in the order of the lines, those of a page before what comes along with them."""
    own = items(pages, "data", LINE, "observed_at").with_columns(context=pl.lit(value=False))
    included = items(pages, "included", LINE, "observed_at").with_columns(context=pl.lit(value=True))
    return tweets_of(pl.concat([own, included]) if len(included) else own)


def tweets_of(tweets: pl.DataFrame) -> pl.DataFrame:
    """Give tweets as they are worked on: ids that say something, those of a line before what comes along with them, numbered."""
    known = tweets.with_columns(map(_id, ("id", "author_id", "conversation_id", "in_reply_to_user_id")))
    return known.sort(LINE, "context", maintain_order=True).with_row_index("row")


def _users(pages: pl.DataFrame) -> pl.DataFrame:
    return users_of(items(pages, "users", LINE, "observed_at"))


def users_of(users: pl.DataFrame) -> pl.DataFrame:
    """Give each line's users, each once, in the columns of ``accounts``, with their names as names are compared."""
    return (
        users.with_columns(_id("id"))
        .drop_nulls("id")
        .unique([LINE, "id"], keep="last", maintain_order=True)
        .select(
            pl.col("id").alias("account_id"),
            pl.col("username").alias("name"),
            "created_at",
            pl.col("public_metrics").struct.field("followers_count").alias("followers"),
            "verified",
            "observed_at",
            LINE,
            pl.col("username").str.to_lowercase().alias("folded"),
        )
    )


def _interactions(tweets: pl.DataFrame, users: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Give the tweets with what they refer to; the number is of mentions without an id and without a user on the same page."""
    named, unresolved = _mentioned(tweets, users)
    rows = tweets.drop("referenced_tweets", "entities", "attachments").with_columns(objects=_lists(_objects(tweets), len(tweets)))
    rows = rows.join(_relations(tweets), on="row", how="left", maintain_order="left")
    authors = tweets.select(LINE, pl.col("id").alias("parent_id"), pl.col("author_id").alias("acted_on")).drop_nulls()
    authors = authors.unique([LINE, "parent_id"], keep="last")
    actors = users.select(LINE, pl.col("account_id").alias("author_id"), "followers", pl.col("created_at").alias("actor_created_at"))
    rows = rows.join(authors, on=[LINE, "parent_id"], how="left", maintain_order="left")
    rows = rows.join(actors, on=[LINE, "author_id"], how="left", maintain_order="left")
    return rows.with_columns(_lists(named, len(rows)).alias("named"), _lists(_aimed(rows, named), len(rows)).alias("aimed")), unresolved


def _aimed(rows: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Give whom each tweet is aimed at, in order: a repost at one account, others at whom they answer, act on and mention."""
    reposts = rows.filter(pl.col("relation") == "repost").select("row", "acted_on")
    own = rows.join(reposts, on="row", how="anti", maintain_order="left") if len(reposts) else rows
    first = named.unique("row", keep="first", maintain_order=True).join(reposts, on="row", how="right", maintain_order="right")
    others = named.join(reposts, on="row", how="anti", maintain_order="left") if len(reposts) else named
    found = [
        first.select("row", pl.coalesce("acted_on", "item").alias("item")),
        *(own.select("row", pl.col(name).alias("item")) for name in ("in_reply_to_user_id", "acted_on")),
        others,
    ]
    return pl.concat(found).drop_nulls().unique(maintain_order=True).sort("row", maintain_order=True)


def _lists(long: pl.DataFrame, count: int) -> pl.Series:
    """Give the items of each of ``count`` rows as a list; ``long`` has row and item, in the order of the rows."""
    ends = np.cumsum(np.bincount(long["row"].to_numpy(), minlength=count))
    offsets = pa.array(np.concatenate([[0], ends]), pa.int64())
    lists = pa.LargeListArray.from_arrays(offsets, long["item"].to_arrow().cast(_TEXT))
    return pl.Series(pl.from_arrow(lists), dtype=STRINGS)


def _relations(tweets: pl.DataFrame) -> pl.DataFrame:
    """Give what each tweet does to another: the first kind there is, and of that the last."""
    held = items(tweets.rename({"id": "tweet"}), "referenced_tweets", "row").filter(pl.col("type").is_in(list(_KINDS)))
    rank = pl.col("type").replace_strict(list(_KINDS), range(len(_KINDS)), return_dtype=pl.Int8)
    chosen = held.with_columns(rank=rank).unique(["row", "rank"], keep="last", maintain_order=True).sort("row", "rank")
    kind = pl.col("type").replace_strict(list(_KINDS), list(_KINDS.values()), return_dtype=pl.String)
    return chosen.unique("row", keep="first", maintain_order=True).select("row", kind.alias("relation"), _id("id").alias("parent_id"))


def _mentioned(tweets: pl.DataFrame, users: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Give the accounts that each tweet mentions, in order, one a row."""
    held = tweets.select("row", LINE, pl.col("entities").struct.field("mentions").alias("mentions"))
    found = items(held, "mentions", "row", LINE).with_columns(_id("id"))
    if found["id"].null_count():
        names = users.select(LINE, "folded", "account_id").drop_nulls().unique([LINE, "folded"], keep="last")
        by_name = found.with_columns(pl.col("username").str.to_lowercase().alias("folded"))
        found = by_name.join(names, on=[LINE, "folded"], how="left", maintain_order="left").with_columns(pl.coalesce("id", "account_id"))
    known = found.select("row", pl.col("id").alias("item")).drop_nulls()
    return known, len(found) - len(known)


def _objects(tweets: pl.DataFrame) -> pl.DataFrame:
    """Give what each tweet shares in fields of its own, one a row: links, then hashtags, then media."""
    held = tweets.select("row", pl.col("entities").struct.field("urls", "hashtags"), pl.col("attachments").struct.field("media_keys"))
    links = items(held, "urls", "row").filter(pl.col("media_key").is_null())
    said = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in ("unwound_url", "expanded_url", "url")]
    keys = held.select("row", "media_keys").explode("media_keys", empty_as_null=False, keep_nulls=False)
    found = [
        _spelled(links.select("row", pl.coalesce(said).alias("raw")), url),
        _spelled(items(held, "hashtags", "row").rename({"tag": "raw"}), tag),
        _spelled(keys.rename({"media_keys": "raw"}), media),
    ]
    return pl.concat(found).unique(maintain_order=True).sort("row", maintain_order=True)


def _spelled(long: pl.DataFrame, name: Callable[[str], str | None]) -> pl.DataFrame:
    """Give each row's object; each different text is spelled once."""
    held = long.drop_nulls("raw")
    raw = held["raw"].unique()
    names = pl.DataFrame({"raw": raw, "item": pl.Series([name(text) or None for text in raw.to_list()], dtype=pl.String)})
    return held.join(names, on="raw", how="left", maintain_order="left").select("row", "item").drop_nulls()


def _harvested(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the columns, and say whom an act is aimed at: null where that is the author of a tweet in another line."""
    relation, answered = pl.col("relation"), pl.col("in_reply_to_user_id")
    kind = (
        pl.when(relation.is_not_null())
        .then(relation)
        .when(answered.is_not_null())
        .then(pl.lit("reply"))
        .when(pl.col("named").list.len() > 0)
        .then(pl.lit("mention"))
        .otherwise(pl.lit("post"))
    )
    known = (pl.col("aimed").list.len() > 0) | relation.is_null()
    columns = {
        "interaction_id": pl.col("id"),
        "at": pl.col("created_at"),
        "actor_id": pl.col("author_id"),
        "kind": kind,
        "platform": pl.col("platform"),
        "surface": pl.lit("feed"),
        "target_ids": pl.when(known).then("aimed"),
        "parent_id": pl.col("parent_id"),
        "root_id": pl.col("conversation_id"),
    }
    return as_harvested(
        rows, columns | {name: pl.col(name) for name in ("objects", "text", "followers", "actor_created_at", "observed_at")}
    )

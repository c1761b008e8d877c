"""Pages of twarc2, a block of lines at a time: tweets, users and what they refer to become tables, no tweet a Python object.

Only blocks of which each line is a page whose fields have the types of the Twitter API go this way. All others are for
:func:`graphwatch.load.twarc.take`, which says the same of a page, and what is wrong with which line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl
import pyarrow as pa

from graphwatch.load.canonical import is_utf8, one_object_a_line, with_arrow
from graphwatch.load.flat import as_harvested
from graphwatch.load.harvest import Harvest
from graphwatch.load.objects import media, tag, url
from graphwatch.load.open import Lines
from graphwatch.load.records import Options
from graphwatch.load.validate import LINE
from graphwatch.schema import STRINGS

_TEXT: Final = pa.large_string()


def _struct(*texts: str, **others: pa.DataType) -> pa.StructType:
    return pa.struct([*((name, _TEXT) for name in texts), *others.items()])


_USER: Final = _struct("id", "username", "created_at", verified=pa.bool_(), public_metrics=_struct(followers_count=pa.int64()))
_ENTITIES: Final = _struct(
    mentions=pa.list_(_struct("id", "username")),
    urls=pa.list_(_struct("unwound_url", "expanded_url", "url", "media_key")),
    hashtags=pa.list_(_struct("tag")),
)
_TWEET: Final = _struct(
    *("id", "author_id", "created_at", "conversation_id", "text", "in_reply_to_user_id"),
    referenced_tweets=pa.list_(_struct("type", "id")),
    entities=_ENTITIES,
    attachments=_struct(media_keys=pa.list_(_TEXT)),
)
_PAGE: Final = pa.schema(
    [
        ("data", pa.list_(_TWEET)),
        ("includes", _struct(tweets=pa.list_(_TWEET), users=pa.list_(_USER))),
        ("__twarc", _struct("retrieved_at")),
    ]
)
_KINDS: Final = {"retweeted": "repost", "replied_to": "reply", "quoted": "quote"}  # first choice first
_NOBODY: Final = pl.lit(pl.Series([[]], dtype=STRINGS))


def take_pages(block: Lines, harvest: Harvest, options: Options) -> pl.DataFrame | None:  # noqa: ARG001
    """Put what a block of pages says of accounts into the harvest, and give the tweets; None: something in the block is unusual."""
    if block.too_long or not one_object_a_line(block.raw) or not is_utf8(block.raw):
        return None
    pages = with_arrow(block.raw, _PAGE)
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
    rows, unresolved = _interactions(tweets, users)
    harvest.counts["pages"] += len(pages)
    harvest.counts["empty_pages"] += int((pages["data"].list.drop_nulls().list.len() == 0).sum())
    harvest.counts["context"] += int(tweets["context"].sum())
    harvest.counts["unresolved_mentions"] += unresolved
    harvest.account_rows(users.drop(LINE, "folded").insert_column(1, pl.lit(harvest.platform).alias("platform")))
    return rows.with_columns(pl.lit(harvest.platform).alias("platform")).pipe(_harvested)


def _items(frame: pl.DataFrame, name: str, *keys: str) -> pl.DataFrame:
    """Give one row for each object in a list column, its fields as columns."""
    held = frame.select(*keys, name).explode(name, empty_as_null=False, keep_nulls=False)
    return held.filter(pl.col(name).is_not_null()).unnest(name)


def _id(name: str) -> pl.Expr:
    """Give an id as a text that says something."""
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def _tweets(pages: pl.DataFrame) -> pl.DataFrame:
    """Give the tweets in the order of the lines, those of a page before what comes along with them."""
    own = _items(pages, "data", LINE, "observed_at").with_columns(context=pl.lit(value=False))
    included = _items(pages, "included", LINE, "observed_at").with_columns(context=pl.lit(value=True))
    tweets = pl.concat([own, included]) if len(included) else own
    known = tweets.with_columns(map(_id, ("id", "author_id", "conversation_id", "in_reply_to_user_id")))
    return known.sort(LINE, "context", maintain_order=True).with_row_index("row")


def _users(pages: pl.DataFrame) -> pl.DataFrame:
    """Give each page's users, each once, in the columns of ``accounts``, with their names as names are compared."""
    users = _items(pages, "users", LINE, "observed_at").with_columns(_id("id")).drop_nulls("id")
    return users.unique([LINE, "id"], keep="last", maintain_order=True).select(
        pl.col("id").alias("account_id"),
        pl.col("username").alias("name"),
        "created_at",
        pl.col("public_metrics").struct.field("followers_count").alias("followers"),
        "verified",
        "observed_at",
        LINE,
        pl.col("username").str.to_lowercase().alias("folded"),
    )


def _interactions(tweets: pl.DataFrame, users: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Give the tweets with what they refer to; the number is of mentions without an id and without a user on the same page."""
    named, unresolved = _mentioned(tweets, users)
    rows = (
        tweets.join(_relations(tweets), on="row", how="left", maintain_order="left")
        .join(named, on="row", how="left", maintain_order="left")
        .join(_objects(tweets), on="row", how="left", maintain_order="left")
    )
    authors = tweets.select(LINE, pl.col("id").alias("parent_id"), pl.col("author_id").alias("acted_on")).drop_nulls()
    authors = authors.unique([LINE, "parent_id"], keep="last")
    actors = users.select(LINE, pl.col("account_id").alias("author_id"), "followers", pl.col("created_at").alias("actor_created_at"))
    rows = rows.join(authors, on=[LINE, "parent_id"], how="left", maintain_order="left")
    rows = rows.join(actors, on=[LINE, "author_id"], how="left", maintain_order="left")
    return rows.with_columns(pl.col("named", "objects").fill_null(_NOBODY)), unresolved


def _relations(tweets: pl.DataFrame) -> pl.DataFrame:
    """Give what each tweet does to another: the first kind there is, and of that the last."""
    held = _items(tweets.rename({"id": "tweet"}), "referenced_tweets", "row").filter(pl.col("type").is_in(list(_KINDS)))
    rank = pl.col("type").replace_strict(list(_KINDS), range(len(_KINDS)), return_dtype=pl.Int8)
    chosen = held.with_columns(rank=rank).unique(["row", "rank"], keep="last", maintain_order=True).sort("row", "rank")
    kind = pl.col("type").replace_strict(list(_KINDS), list(_KINDS.values()), return_dtype=pl.String)
    return chosen.unique("row", keep="first", maintain_order=True).select("row", kind.alias("relation"), _id("id").alias("parent_id"))


def _mentioned(tweets: pl.DataFrame, users: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Give the accounts that each tweet mentions, in order."""
    held = tweets.select("row", LINE, pl.col("entities").struct.field("mentions").alias("mentions"))
    found = _items(held, "mentions", "row", LINE).with_columns(_id("id"))
    if found["id"].null_count():
        names = users.select(LINE, "folded", "account_id").drop_nulls().unique([LINE, "folded"], keep="last")
        by_name = found.with_columns(pl.col("username").str.to_lowercase().alias("folded"))
        found = by_name.join(names, on=[LINE, "folded"], how="left", maintain_order="left").with_columns(pl.coalesce("id", "account_id"))
    known = found.select("row", pl.col("id").alias("named")).drop_nulls()
    return known.group_by("row", maintain_order=True).agg("named"), len(found) - len(known)


def _objects(tweets: pl.DataFrame) -> pl.DataFrame:
    """Give what each tweet shares in fields of its own: links, then hashtags, then media."""
    held = tweets.select("row", pl.col("entities").struct.field("urls", "hashtags"), pl.col("attachments").struct.field("media_keys"))
    links = _items(held, "urls", "row").filter(pl.col("media_key").is_null())
    said = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in ("unwound_url", "expanded_url", "url")]
    keys = held.select("row", "media_keys").explode("media_keys", empty_as_null=False, keep_nulls=False)
    found = [
        _spelled(links.select("row", pl.coalesce(said).alias("raw")), url),
        _spelled(_items(held, "hashtags", "row").rename({"tag": "raw"}), tag),
        _spelled(keys.rename({"media_keys": "raw"}), media),
    ]
    long = pl.concat(found).unique(maintain_order=True)
    return long.group_by("row", maintain_order=True).agg("objects")


def _spelled(long: pl.DataFrame, name: Callable[[str], str | None]) -> pl.DataFrame:
    """Give each row's object; each different text is spelled once."""
    held = long.drop_nulls("raw")
    raw = held["raw"].unique()
    names = pl.DataFrame({"raw": raw, "objects": pl.Series([name(text) or None for text in raw.to_list()], dtype=pl.String)})
    return held.join(names, on="raw", how="left", maintain_order="left").select("row", "objects").drop_nulls()


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
    first = pl.concat_list(pl.coalesce("acted_on", pl.col("named").list.first()))
    aimed = pl.when(relation == "repost").then(first).otherwise(pl.concat_list(answered, "acted_on", "named"))
    held = rows.with_columns(aimed.list.drop_nulls().list.unique(maintain_order=True).alias("aimed"))
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
        held, columns | {name: pl.col(name) for name in ("objects", "text", "followers", "actor_created_at", "observed_at")}
    )

"""Flattened tweets of twarc2, a block of lines at a time, by way of the same tables as pages (:mod:`graphwatch.load.twarcpages`).

``twarc2 flatten`` writes users and the tweets referred to into each tweet. Two levels of these are read here; deeper ones, mentions without
an id and whatever is no flattened tweet are for :func:`graphwatch.load.twarc.take`.
"""

from __future__ import annotations

from typing import Final

import polars as pl
import pyarrow as pa

from graphwatch.load.canonical import one_object_a_line, with_schema
from graphwatch.load.harvest import Harvest
from graphwatch.load.open import Lines
from graphwatch.load.plain import is_utf8
from graphwatch.load.records import Options
from graphwatch.load.twarcpages import USER, items, put, struct, tweet_type, tweets_of, users_of
from graphwatch.load.validate import LINE

_CITED: Final = struct("type", "id", "author_id")
_PLACE: Final = (LINE, "observed_at", "outer", "inner")


def _flat(cited: pa.DataType, *texts: str) -> pa.StructType:
    return tweet_type(USER, cited, *texts, author=USER, in_reply_to_user=USER)


_LINES: Final = pa.schema([*_flat(_flat(_flat(_CITED, "type"), "type")), ("__twarc", struct("retrieved_at"))])


def take_flat(block: Lines, harvest: Harvest, options: Options) -> pl.DataFrame | None:  # noqa: ARG001
    """Put what a block of flattened tweets says of accounts into the harvest, and give the tweets; None: something is unusual."""
    if block.too_long or b'"data"' in block.raw or not one_object_a_line(block) or not is_utf8(block.raw):
        return None
    lines = with_schema(block.raw, _LINES, len(block))
    if lines is None or len(lines) != len(block) or lines["author_id"].null_count():
        return None
    own = lines.drop("__twarc").with_columns(
        pl.int_range(block.first, block.first + len(lines), dtype=pl.Int64).alias(LINE),
        lines["__twarc"].struct.field("retrieved_at").alias("observed_at"),
        outer=pl.lit(-1, pl.Int64),
        inner=pl.lit(-1, pl.Int64),
    )
    cited = _cited(own, "outer").with_columns(inner=pl.lit(-1, pl.Int64))
    within = _cited(cited, "inner")
    if len(_cited(within, "deeper")):
        return None
    levels = (own, cited, within)
    mentions = [_mentions(level) for level in levels]
    if any(found["user"].struct.field("id").replace("", None).null_count() for found in mentions):
        return None
    return put(_tweets(levels), _users(levels, mentions), harvest)


def _cited(tweets: pl.DataFrame, number: str) -> pl.DataFrame:
    """Give the tweets written into the references of others, numbered in their order."""
    keys = [name for name in _PLACE if name != number]
    found = items(tweets, "referenced_tweets", *keys).drop_nulls("author_id")
    return found.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(number))


def _tweets(levels: tuple[pl.DataFrame, ...]) -> pl.DataFrame:
    """Give the tweets, each followed by those written into it."""
    pair = pl.struct(pl.element().struct.field("type"), pl.element().struct.field("id"))
    names = [field.name for field in tweet_type(USER, struct("type", "id"))]
    held = [
        level.select(*_PLACE, *names).with_columns(pl.col("referenced_tweets").list.eval(pair), context=pl.lit(value=depth > 0))
        for depth, level in enumerate(levels)
        if len(level)
    ]
    return tweets_of(pl.concat(held).sort(LINE, "outer", "inner", maintain_order=True).drop("outer", "inner"))


def _mentions(tweets: pl.DataFrame) -> pl.DataFrame:
    held = tweets.select(*_PLACE, pl.col("entities").struct.field("mentions").alias("user"))
    return held.explode("user", empty_as_null=False, keep_nulls=False).filter(pl.col("user").is_not_null())


def _users(levels: tuple[pl.DataFrame, ...], mentions: list[pl.DataFrame]) -> pl.DataFrame:
    """Give the users written into tweets: of each its author, whom it answers, whom it mentions."""
    held = []
    for level, mentioned in zip(levels, mentions, strict=True):
        held += [level.select(*_PLACE, pl.col(name).alias("user"), rank=rank) for rank, name in enumerate(("author", "in_reply_to_user"))]
        held.append(mentioned.with_columns(rank=2))
    found = pl.concat(held).filter(pl.col("user").struct.field("public_metrics").is_not_null())
    ordered = found.sort(LINE, "outer", "inner", "rank", maintain_order=True)
    return users_of(ordered.select(LINE, "observed_at", "user").unnest("user"))

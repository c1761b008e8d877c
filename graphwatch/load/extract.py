"""Objects of interactions out of their texts, a batch at a time; Python only sees what differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from graphwatch.load.addresses import shared
from graphwatch.load.folding import text_objects
from graphwatch.load.objects import canonical, tag
from graphwatch.load.texts import (
    addresses,
    hashtags,
    may_have_addresses,
    own_words,
    spelled_out,
    tag_word,
    without_addresses,
)
from graphwatch.schema import STRINGS
from graphwatch.settings import LoadSettings

PAIRED_PLATFORMS: Final = ("weibo", "bilibili", "tieba", "zhihu")  # a hashtag there ends with another #
_WRAPPED: Final = "url:https://t.co/"
_INPUT: Final = ("objects", "text", "platform")
_LONG: Final = {"row": pl.UInt32, "object": pl.String}


def with_objects(rows: pl.LazyFrame, settings: LoadSettings, *, only_missing: bool = False) -> pl.LazyFrame:
    """Add to ``objects`` what the text of an interaction shares, and spell all of them in one way.

    Parameters
    ----------
    rows
        Validated interactions.
    settings
        ``extract_objects`` turns it off, ``text_hash_min_chars`` is the length from which a text is an object itself.
    only_missing
        Leave rows alone that have ``objects``.

    Returns
    -------
    polars.LazyFrame
        The same rows and columns. What was given comes first, then addresses, hashtags and the text, each once. ``objects`` stays null only
        where there is no text.

    Notes
    -----
    Only an account's own words count (:func:`graphwatch.load.texts.own_words`). Each row is for itself, so batches and row order have no
    influence, and a scan stays one.

    Examples
    --------
    >>> columns = {"objects": [None], "text": ["#夜跑# http://www.example.org/?utm_source=a"], "platform": ["weibo"]}
    >>> rows = pl.LazyFrame(columns, schema_overrides={"objects": STRINGS})
    >>> with_objects(rows, LoadSettings()).collect()["objects"].to_list()
    [['url:https://example.org', 'tag:夜跑']]
    """
    if not settings.extract_objects:
        return rows
    least = settings.text_hash_min_chars

    def found(batch: pl.Series) -> pl.Series:
        return objects_of(batch.struct.unnest(), least, only_missing=only_missing)

    return rows.with_columns(pl.struct(_INPUT).map_batches(found, return_dtype=STRINGS, is_elementwise=True).alias("objects"))


def lacks_objects(rows: pl.LazyFrame) -> bool:
    """Whether any row has a text and no objects."""
    if not rows.select(pl.col("objects").null_count()).collect(engine="streaming").item():  # mostly, and the texts need not be read
        return False
    return bool(rows.select((pl.col("objects").is_null() & pl.col("text").is_not_null()).any()).collect(engine="streaming").item())


def objects_of(rows: pl.DataFrame, min_chars: int, *, only_missing: bool = False) -> pl.Series:
    """Give the ``objects`` of a batch; ``rows`` has ``objects``, ``text`` and ``platform``."""
    given = rows["objects"]
    if only_missing and not (given.is_null() & rows["text"].is_not_null()).any():
        return given
    todo = rows.with_row_index("row").filter(pl.col("objects").is_null() if only_missing else pl.lit(value=True))
    words = todo.select(
        "row", own_words(pl.col("text")).alias("own"), pl.col("platform").is_in(PAIRED_PLATFORMS).fill_null(value=False).alias("paired")
    )
    words = words.filter(pl.col("own").is_not_null()).with_columns(may_have_addresses(pl.col("own")).alias("near"))
    near, far = words.filter("near"), words.filter(~pl.col("near"))
    bare = far if near.is_empty() else pl.concat([far, near.with_columns(without_addresses(pl.col("own")).alias("own"))])
    marked = bare.filter(pl.col("own").str.contains("[#＃]"))
    held = todo.select("row", pl.col("objects").alias("raw")).filter(pl.col("raw").list.len() > 0)
    long = pl.concat(
        [
            _named(held, canonical),
            _linked(near, todo),
            _named(_tags(marked, paired=True), lambda raw: tag(tag_word(raw, paired=True))),
            _named(_tags(marked, paired=False), lambda raw: tag(tag_word(raw, paired=False))),
            _texts(bare, min_chars),
        ]
    )
    found = _lists(long, rows["text"].is_not_null() | given.is_not_null())
    return (found.zip_with(given.is_null(), given) if only_missing else found).alias(given.name)


def _linked(words: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the addresses in texts, but for X's own short ones where the format has given what they stand for."""
    if words.is_empty():
        return pl.DataFrame(schema=_LONG)
    found = _named(words.select("row", addresses(pl.col("own")).alias("raw")), lambda raw: shared(spelled_out(raw)))
    unwrapped = rows.filter((pl.col("platform") == "x") & pl.col("objects").is_not_null()).select("row")
    if unwrapped.is_empty():
        return found
    short = found.filter(pl.col("object").str.starts_with(_WRAPPED)).join(unwrapped, on="row", how="semi")
    return found.join(short, on=["row", "object"], how="anti", maintain_order="left")


def _lists(long: pl.DataFrame, known: pl.Series) -> pl.Series:
    """Give each row's objects, each once, as a list; null for rows of which nothing is known."""
    counts = np.bincount(long["row"].to_numpy(), minlength=len(known))
    if counts.max(initial=0) > 1:  # else nothing is there twice, which takes long to see
        several = pl.Series(counts[long["row"].to_numpy()] > 1)
        long = pl.concat([long.filter(~several), long.filter(several).unique(maintain_order=True)])
    ordered = long.sort("row", maintain_order=True)
    ends = np.cumsum(np.bincount(ordered["row"].to_numpy(), minlength=len(known)))
    offsets = pa.array(np.concatenate([[0], ends]), pa.int64())
    values = ordered["object"].to_arrow().cast(pa.large_string())
    lists = pa.LargeListArray.from_arrays(offsets, values, mask=pa.array(~known.to_numpy()))
    return pl.Series("objects", pl.from_arrow(lists), dtype=STRINGS)


def _tags(words: pl.DataFrame, *, paired: bool) -> pl.DataFrame:
    chosen = words.filter(pl.col("paired") if paired else ~pl.col("paired"))
    if chosen.is_empty():  # making a pattern ready takes longer than most else
        return chosen.select("row", pl.lit(None, pl.List(pl.String)).alias("raw"))
    return chosen.select("row", hashtags(pl.col("own"), paired=paired).alias("raw"))


def _texts(words: pl.DataFrame, min_chars: int) -> pl.DataFrame:
    if not min_chars:
        return pl.DataFrame(schema=_LONG)
    long_enough = words.filter(pl.col("own").str.len_bytes() >= min_chars)
    objects = text_objects(long_enough["own"], min_chars)
    return long_enough.select(pl.col("row").cast(pl.UInt32), objects.alias("object")).drop_nulls("object")  # most differ: each is hashed


def _named(lists: pl.DataFrame, name: Callable[[str], str | None]) -> pl.DataFrame:
    return _mapped(lists.explode("raw").drop_nulls("raw"), name)


def _mapped(long: pl.DataFrame, name: Callable[[str], str | None]) -> pl.DataFrame:
    """Give each row's object; each different text is named once."""
    if long.is_empty():
        return pl.DataFrame(schema=_LONG)
    raw = long["raw"].unique()
    names = pl.DataFrame({"raw": raw, "object": pl.Series([name(text) for text in raw.to_list()], dtype=pl.String)})
    joined = long.join(names, on="raw", how="left", maintain_order="left").drop_nulls("object")
    return joined.select(pl.col("row").cast(pl.UInt32), "object")

"""The real data sets as canonical frames; nothing of them is in the project.

``GRAPHWATCH_DATA`` names their folder (default ``../shared/data`` beside the project).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import polars as pl

DATA: Final = Path(os.environ.get("GRAPHWATCH_DATA", Path(__file__).parents[2] / "shared" / "data"))
_UTC: Final = pl.Datetime("us", "UTC")


def storm() -> pl.DataFrame:
    """Read replies and quotes at one account; hostile where the author's lexicon says Negative or Very Negative."""
    raw = pl.read_csv(DATA / "storm" / "tweets.csv.gz", infer_schema_length=None)
    return raw.with_row_index("n").select(
        pl.format("storm-{}", "n").alias("interaction_id"),
        pl.col("time_utc").str.to_datetime(time_unit="us", time_zone="UTC").alias("at"),
        pl.col("user").alias("actor_id"),
        pl.col("type").alias("kind"),
        pl.lit("twitter").alias("platform"),
        pl.concat_list("target").alias("target_ids"),
        pl.col("sentimentA").is_in(["Negative", "Very Negative"]).cast(pl.Float64).alias("hostility"),
        pl.col("followerCount").cast(pl.Int64).alias("followers"),
    )


def higgs() -> pl.DataFrame:
    """Read retweets, mentions and replies of a week; no hostility."""
    raw = pl.read_parquet(DATA / "higgs" / "activity_time.parquet").with_row_index("n")
    kinds = {"RT": "repost", "MT": "mention", "RE": "reply"}
    return raw.select(
        pl.format("higgs-{}", "n").alias("interaction_id"),
        pl.from_epoch("ts", time_unit="s").cast(_UTC).alias("at"),
        pl.col("user_a").cast(pl.String).alias("actor_id"),
        pl.col("kind").cast(pl.String).replace_strict(kinds, return_dtype=pl.String).alias("kind"),
        pl.lit("twitter").alias("platform"),
        pl.concat_list(pl.col("user_b").cast(pl.String)).alias("target_ids"),
    )


def weibo_threads() -> pl.DataFrame:
    """Read threads of posts with their reposts and comments; no hostility, but texts. Rows without a time stay: loading rejects them."""
    posts = pl.read_parquet(DATA / "weibo_threads" / "posts.parquet").select(
        pl.col("post_id").alias("interaction_id"),
        pl.col("time").cast(_UTC).alias("at"),
        pl.col("user").alias("actor_id"),
        pl.lit("post").alias("kind"),
        pl.lit(None, pl.String).alias("parent_id"),
        pl.lit(None, pl.String).alias("root_id"),
        "text",
        pl.col("followers").cast(pl.Int64),
        pl.col("user_created").cast(_UTC).alias("actor_created_at"),
    )
    reposts = pl.read_parquet(DATA / "weibo_threads" / "reposts.parquet").select(
        pl.col("repost_id").alias("interaction_id"),
        pl.col("time").cast(_UTC).alias("at"),
        pl.col("user").alias("actor_id"),
        pl.lit("repost").alias("kind"),
        "parent_id",
        "root_id",
        "text",
    )
    return pl.concat([posts, reposts], how="diagonal").with_columns(pl.lit("weibo").alias("platform"))

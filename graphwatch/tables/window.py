"""Interactions of a time window, and of a target: only the partitions, files and row groups that can hold them are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.tables.layout import INTERACTIONS_TABLE
from graphwatch.tables.observations import current_interactions
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.snapshot import files_of

_LINKS: Final = ("platform", "interaction_id", "parent_id", "root_id", "actor_id", "target_ids")


def read_window(
    case: OpenCase,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    target: str | None = None,
    *,
    parent_days: float = 0.0,
) -> pl.LazyFrame:
    """Give the interactions of a window.

    Parameters
    ----------
    since, until
        Start, inclusive, and end, exclusive: times with or without zone (UTC then), or ISO 8601 text. None: no bound.
    target
        Account: rows that act on it, that it wrote, and all of their threads (same root, or answers to one of these within the window),
        since who is acted upon is often told by what is answered.
    parent_days
        Days before the window in which parents are looked up that are not in it, where ``target_ids`` is null: the parent's author, or
        for a repost the parent's targets where they are given, is put there. The parents themselves are not given. 0: rows as they are.

    Returns
    -------
    polars.LazyFrame
        Canonical columns, one row per key, as of the case's version.

    Raises
    ------
    ConfigurationError
        A time cannot be read, or the window is empty.
    """
    low, high = as_time(since, "since"), as_time(until, "until")
    if low is not None and high is not None and low >= high:
        raise ConfigurationError(f"the window is empty: since {low.isoformat()} is not before until {high.isoformat()}")
    files = window_files(case, low, high)
    rows = current_interactions(case, files)
    if low is not None:
        rows = rows.filter(pl.col("at") >= low)
    if high is not None:
        rows = rows.filter(pl.col("at") < high)
    if low is not None and parent_days > 0:
        rows = _with_outside_targets(case, rows, low, parent_days)
    return rows if target is None else _of_target(rows, target)


def window_files(case: OpenCase, low: datetime | None, high: datetime | None) -> pl.DataFrame:
    """List the data files that can hold rows of a window; those whose bounds the log does not tell are among them."""
    files = files_of(case.root, INTERACTIONS_TABLE, case.tables()[INTERACTIONS_TABLE])
    keep = pl.lit(value=True)
    if low is not None:
        keep &= (pl.col("day") >= low.date()) & (pl.col("high").is_null() | (pl.col("high") >= low))
    if high is not None:
        keep &= (pl.col("day") <= high.date()) & (pl.col("low").is_null() | (pl.col("low") < high))
    return files.filter(keep)


def as_time(value: datetime | str | None, name: str) -> datetime | None:
    """Read a time; without a zone it is UTC.

    Examples
    --------
    >>> as_time("2024-05-01T08:00+08:00", "since")
    datetime.datetime(2024, 5, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ConfigurationError(f"{name} {value!r}: expected a time such as 2024-05-01 or 2024-05-01T08:00+08:00") from error
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _with_outside_targets(case: OpenCase, rows: pl.LazyFrame, low: datetime, days: float) -> pl.LazyFrame:
    """Name whom those act on whose parents lie before the window."""
    links = rows.select("platform", "interaction_id", "parent_id", "target_ids", "actor_id", "kind").collect(engine="streaming")
    asked = links.filter(pl.col("target_ids").is_null() & pl.col("parent_id").is_not_null()).drop("target_ids")
    inside = links.select("platform", parent_id="interaction_id")
    asked = asked.join(inside, on=["platform", "parent_id"], how="anti", nulls_equal=True, maintain_order="left")
    if asked.is_empty():
        return rows
    wanted = asked.select("platform", interaction_id="parent_id").unique()
    earlier = current_interactions(case, window_files(case, low - timedelta(days=days), low)).filter(pl.col("at") < low)
    parents = (
        earlier.join(wanted.lazy(), on=["platform", "interaction_id"], how="semi", nulls_equal=True)
        .select("platform", pl.col("interaction_id").alias("parent_id"), pl.col("actor_id").alias("author"), "target_ids")
        .collect(engine="streaming")
    )
    passed_on = (pl.col("kind") == "repost") & (pl.col("target_ids").list.len() > 0)
    found = asked.join(parents, on=["platform", "parent_id"], nulls_equal=True, maintain_order="left").select(
        "platform",
        "interaction_id",
        pl.when(passed_on).then("target_ids").otherwise(pl.concat_list("author")).alias("_targets"),
    )
    left = rows.join(found.lazy(), on=["platform", "interaction_id"], how="left", nulls_equal=True, maintain_order="left")
    return left.with_columns(pl.coalesce("target_ids", "_targets").alias("target_ids")).drop("_targets")


def _of_target(rows: pl.LazyFrame, target: str) -> pl.LazyFrame:
    links = rows.select(_LINKS).collect(engine="streaming")
    acts = pl.col("target_ids").list.contains(target).fill_null(value=False)
    inside = links.select((acts | (pl.col("actor_id") == target)).alias("in")).to_series()
    roots = links.select("platform", pl.coalesce("root_id", "interaction_id").alias("id")).to_series(1)
    threads = pl.DataFrame({"platform": links["platform"], "id": roots})
    count = -1
    while count != (count := int(inside.sum())):
        members = links.filter(inside)
        known = pl.concat(
            [members.select("platform", pl.col("interaction_id").alias("id")), threads.filter(inside)],
        ).unique()
        by_thread = _is_among(threads, known)
        by_parent = _is_among(links.select("platform", pl.col("parent_id").alias("id")), known)
        inside = inside | by_thread | by_parent
    keep = links.filter(inside).select("platform", "interaction_id")
    return rows.join(keep.lazy(), on=["platform", "interaction_id"], how="semi", nulls_equal=True)


def _is_among(asked: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    marked = known.with_columns(pl.lit(value=True).alias("known"))
    found = asked.join(marked, on=["platform", "id"], how="left", nulls_equal=True, maintain_order="left")
    return (found["known"].fill_null(value=False)) & found["id"].is_not_null()

"""What is stored is what was observed, each observation once; a table's current rows are one per key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.tables.hashing import hash_rows
from graphwatch.tables.layout import INTERACTIONS_TABLE, STORED
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.snapshot import files_of, scan_files, scan_table

KEY: Final = ("platform", "interaction_id")
UNHASHED: Final = ("source",)  # the same observation in two files is one; it keeps the source that brought it first
OBSERVED: Final = ("objects", "followers", "deleted", "observed_at", "source")


def content_columns(name: str) -> list[str]:
    """Columns whose values make an observation what it is."""
    table = STORED[name].canonical
    if table is None:
        raise ConfigurationError(f"table {name!r} holds no observations")
    return [c for c in table.names if not (name == INTERACTIONS_TABLE and c in UNHASHED)]


def with_hashes(frame: pl.DataFrame, name: str, seed: int) -> pl.DataFrame:
    """Add ``observation``, and for interactions ``key``, to canonical rows."""
    hashes = [hash_rows(frame, content_columns(name), seed).alias("observation")]
    if name == INTERACTIONS_TABLE:
        hashes.insert(0, hash_rows(frame, KEY, seed).alias("key"))
    return frame.with_columns(hashes)


def scan_current(case: OpenCase, name: str, files: pl.DataFrame | None = None) -> pl.LazyFrame:
    """Give a table's current rows: canonical columns, one row per key; for the case's own books all rows.

    Parameters
    ----------
    name
        Table.
    files
        Data files that may be read, where not all can; all of the case's version when not given.

    Raises
    ------
    ConfigurationError
        There is no such table.
    """
    if name not in STORED:
        raise ConfigurationError(f"a case has no table {name!r}; it has {', '.join(STORED)}")
    stored = STORED[name]
    held = files_of(case.root, name, case.tables()[name]) if files is None else files
    if name == INTERACTIONS_TABLE:
        return current_interactions(case, held, within=held)
    rows = scan_files(stored, held["path"].to_list())
    if stored.canonical is None or name.startswith("results/"):
        return rows
    return settle(rows.collect(), name).select(stored.canonical.names).lazy()


def read_current(case: OpenCase, name: str) -> pl.DataFrame:
    """Give a table's current rows in memory, by key."""
    rows = scan_current(case, name).collect()
    table = STORED[name].canonical if name in STORED else None
    return rows.sort(table.key, nulls_last=True, maintain_order=True) if table is not None else rows


def current_interactions(case: OpenCase, files: pl.DataFrame, *, within: pl.DataFrame | None = None) -> pl.LazyFrame:
    """Give one row per key of what some data files hold.

    Parameters
    ----------
    files
        Rows of :func:`graphwatch.tables.snapshot.files_of`. Of keys observed several times, the observations in other files count too.
    within
        All files that may be read, where not all can; those of the case's version when not given.

    Returns
    -------
    polars.LazyFrame
        Canonical columns. A plain scan when no key has been observed twice.
    """
    stored = STORED[INTERACTIONS_TABLE]
    tables = case.tables()
    rows = scan_files(stored, files["path"].to_list())
    repeated = scan_table(case.root, "repeated", tables["repeated"]).select("key", "day").collect()
    if len(repeated):
        near = repeated.filter(pl.col("day").is_in(files["day"].unique().implode()))["key"].unique()
        days = repeated.filter(pl.col("key").is_in(near.implode()))["day"].unique()
        every = files_of(case.root, INTERACTIONS_TABLE, tables[INTERACTIONS_TABLE]) if within is None else within
        where = every.filter(pl.col("day").is_in(days.implode()))["path"].to_list()
        keys = pl.DataFrame({"key": near})
        several = scan_files(stored, where).join(keys.lazy(), on="key", how="semi").collect(engine="streaming")
        single = rows.join(keys.lazy(), on="key", how="anti")
        rows = pl.concat([single, settle(several, INTERACTIONS_TABLE).lazy().select(list(stored.file_dtypes))])
    rows = _bury(rows, scan_table(case.root, "deletions", tables["deletions"]).collect())
    return rows.select(content_columns(INTERACTIONS_TABLE) + list(UNHASHED))


def _bury(rows: pl.LazyFrame, deletions: pl.DataFrame) -> pl.LazyFrame:
    """Mark acts that a platform said were deleted, whichever was loaded first."""
    if deletions.is_empty():
        return rows
    stones = deletions.select("key", pl.col("platform").alias("_platform"), pl.col("interaction_id").alias("_id")).unique("key")
    same = pl.col("_platform").eq_missing(pl.col("platform")) & (pl.col("_id") == pl.col("interaction_id"))
    buried = pl.when(same.fill_null(value=False)).then(pl.lit(value=True)).otherwise("deleted").alias("deleted")
    return rows.join(stones.lazy(), on="key", how="left").with_columns(buried).drop("_platform", "_id")


def settle(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Give one row per key of the observations of a table.

    Where observations agree in all that is fact (columns that hang on the time of observation may differ, and null agrees with
    everything) they are merged: each column's latest known value. Where they do not (an edit), the latest observation holds. An act that
    any observation called deleted is deleted. Latest is by ``observed_at``; of equal times, for interactions by content, so that the
    order of loading does not matter; for side tables, which often have no such time, by load.

    Returns
    -------
    polars.DataFrame
        Columns as they came; order of rows by key.
    """
    table = STORED[name].canonical
    if table is None or rows.is_empty():
        return rows
    key = list(table.key)
    content = [c for c in content_columns(name) if c not in key]
    facts = [c for c in content if c not in OBSERVED]
    text = pl.struct([*facts, *(c for c in content if c in OBSERVED)]).struct.json_encode().alias("_content")
    seen = ["observed_at"] if "observed_at" in rows.columns else []
    order = [*key, *seen, *(["loaded"] if "loaded" in rows.columns else []), "_content", *(["source"] if "source" in rows.columns else [])]
    ordered = rows.with_columns(text).sort(order, nulls_last=False)
    edited = pl.any_horizontal([pl.col(c).drop_nulls().n_unique() > 1 for c in facts]) if facts else pl.lit(value=False)
    last = [c for c in rows.columns if c not in key]
    merged = [_latest(c, edited) if c in content or c == "source" else pl.col(c).last() for c in last]
    return ordered.group_by(key, maintain_order=True).agg(merged).select(rows.columns)


def _latest(name: str, edited: pl.Expr) -> pl.Expr:
    known = pl.col(name).drop_nulls()
    return known.max().alias(name) if name == "deleted" else pl.when(edited).then(pl.col(name).last()).otherwise(known.last()).alias(name)


def history(case: OpenCase, interaction_id: str, platform: str | None = None) -> pl.DataFrame:
    """Give every observation of an interaction.

    Parameters
    ----------
    interaction_id
        Its id.
    platform
        Its platform; all that know the id when not given.

    Returns
    -------
    polars.DataFrame
        Canonical columns and ``load_id``, by platform and time of observation.
    """
    stored = STORED[INTERACTIONS_TABLE]
    here = pl.col("interaction_id") == interaction_id
    if platform is not None:
        here &= pl.col("platform") == platform
    rows = scan_table(case.root, INTERACTIONS_TABLE, case.tables()[INTERACTIONS_TABLE]).filter(here)
    names: Sequence[str] = [c for c in stored.dtypes if c not in ("key", "observation", "day")]
    return rows.select(names).collect(engine="streaming").sort("platform", "observed_at", *names[:5], "source", nulls_last=False)

"""What only the whole of the loaded records tells: whom reposts act on, and what was deleted later."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from graphwatch.load.chains import PENDING

_KEY = ["platform", "interaction_id"]


def settle_reposts(rows: pl.DataFrame) -> pl.DataFrame:
    """Decide the target of reposts that formats can give only half.

    A repost of something in the data takes its target from there (the graph stage passes on whom the original was aimed at), so what the
    format said is taken out. A repost whose direct parent is unknown but whose root is in the data acts on the root's author.
    """
    known = settling_of(rows.lazy())
    return rows if known is None else settle_batch(rows, known)


def settling_of(rows: pl.LazyFrame) -> pl.DataFrame | None:
    """Give id and author of every row that a repost refers to, from all rows; None: there is no repost."""
    reposts = rows.filter(pl.col("kind") == "repost")
    if reposts.select("kind").head(1).collect().is_empty():
        return None
    named = [reposts.select("platform", pl.col(name).alias("interaction_id")) for name in ("parent_id", "root_id")]
    wanted = pl.concat(named).drop_nulls("interaction_id").unique().collect(engine="streaming")
    held = rows.select(*_KEY, "actor_id").join(wanted.lazy(), on=_KEY, how="semi", nulls_equal=True).collect(engine="streaming")
    return held.group_by(_KEY).agg(pl.col("actor_id").min())  # ids claimed twice are settled elsewhere


def settle_batch(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Decide the target of the reposts of some rows, as :func:`settle_reposts` says; ``known`` comes from all rows."""
    repost = pl.col("kind") == "repost"
    parents = known.select("platform", pl.col("interaction_id").alias("parent_id"), pl.lit(value=True).alias("_known"))
    roots = known.select("platform", pl.col("interaction_id").alias("root_id"), pl.col("actor_id").alias("_root_actor"))
    joined = rows.join(parents, on=["platform", "parent_id"], how="left", maintain_order="left", nulls_equal=True).join(
        roots, on=["platform", "root_id"], how="left", maintain_order="left", nulls_equal=True
    )
    targets = (
        pl.when(repost & pl.col("_known"))
        .then(None)
        .when(repost & pl.col("parent_id").is_null() & pl.col("target_ids").is_null() & pl.col("_root_actor").is_not_null())
        .then(pl.concat_list("_root_actor"))
        .otherwise("target_ids")
    )
    return joined.with_columns(targets.alias("target_ids")).select(rows.columns)


def resolve(
    rows: pl.LazyFrame, names: Mapping[str, str | None], aliases: Mapping[str, str], *, pending: bool = False
) -> tuple[pl.LazyFrame, dict[str, int]]:
    """Replace ``@name`` among the targets by the account of that name in the same file, and other ids of parents and roots by theirs.

    Names that nobody or several have are dropped and counted as ``unresolved_mentions``; a row that has no other target gets null, not
    known, rather than nobody. With ``pending`` they are kept for :func:`graphwatch.load.chains.with_mentions`, which knows the other files.
    """
    known = {f"@{name}": key for name, key in names.items() if key is not None}
    named = pl.element().str.starts_with("@")
    given = pl.col("target_ids")
    held = rows.collect()
    if aliases:
        held = held.with_columns(pl.col("parent_id", "root_id").replace(list(aliases), list(aliases.values())))
    if not held.select(given.list.eval(named).list.any().any()).item():
        return held.lazy(), {}
    account = pl.element().replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)
    if pending:
        account = pl.coalesce(account, PENDING + pl.element().str.strip_prefix("@"))
    found = given.list.eval(pl.when(named).then(account).otherwise(pl.element()))
    lost = held.select(found.list.eval(pl.element().is_null()).list.sum().sum()).item() or 0
    kept = found.list.drop_nulls().list.unique(maintain_order=True)
    emptied = (kept.list.len() == 0) & (given.list.len() > 0)
    held = held.with_columns(pl.when(emptied).then(None).otherwise(kept).alias("target_ids"))
    return held.lazy(), {"unresolved_mentions": int(lost)} if lost else {}


def bury(rows: pl.LazyFrame, tombstones: Collection[tuple[str, str]]) -> tuple[pl.LazyFrame, dict[str, int]]:
    """Mark acts that were deleted later; those that were never seen are counted.

    Returns
    -------
    rows, counts
        ``deleted_later`` of the rows, and ``deletions_of_unknown``.
    """
    if not tombstones:
        return rows, {}
    stones = pl.DataFrame(sorted(tombstones), schema={"platform": pl.String, "interaction_id": pl.String}, orient="row")
    hits = stones.lazy().join(rows.select(_KEY), on=_KEY, how="semi").collect()
    counts = {"deleted_later": len(hits), "deletions_of_unknown": len(stones) - len(hits)}
    if hits.is_empty():
        return rows, counts
    columns = rows.collect_schema().names()
    marked = rows.join(hits.lazy().with_columns(pl.lit(value=True).alias("_gone")), on=_KEY, how="left", maintain_order="left")
    return marked.with_columns(pl.coalesce("_gone", "deleted").alias("deleted")).select(columns), counts

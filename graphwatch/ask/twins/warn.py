"""Twins of ``queries/warn``."""

from __future__ import annotations

import polars as pl

from graphwatch.ask.ground import Ground
from graphwatch.ask.parameters import Given


def alerts_and_reasons(ground: Ground, given: Given) -> pl.DataFrame:
    """Join each alert with the first pile-on on its target that began within its horizon."""
    alerts = ground.result("alerts").filter(
        (pl.col("at") >= given.moment("since")) & (pl.col("at") < given.moment("until")) & pl.col("target_id").is_not_null()
    )
    if given.has("target"):
        alerts = alerts.filter(pl.col("target_id") == given.text("target"))
    pileons = ground.result("pileons").select("pileon_id", "target_id", "onset")
    horizon = pl.duration(seconds=pl.col("horizon_s").cast(pl.Int64))
    pairs = alerts.select("alert_id", "target_id", "at", "horizon_s").join(pileons, on="target_id")
    pairs = pairs.filter((pl.col("at") <= pl.col("onset")) & (pl.col("onset") <= pl.col("at") + horizon))
    after = pairs.sort("onset", "pileon_id").unique("alert_id", keep="first", maintain_order=True)
    lead = pl.col("onset").dt.epoch("us") // 1_000_000 - pl.col("at").dt.epoch("us") // 1_000_000
    return alerts.join(after.select("alert_id", "pileon_id", "onset"), on="alert_id", how="left").with_columns(lead_s=lead)


def known_at(ground: Ground, given: Given) -> pl.DataFrame:
    """Count what had happened and had been collected by then."""
    target, moment = given.text("target"), given.moment("at")
    rows = ground.rows_on(target)
    acts = ground.acts(rows).with_columns(ground.observed_at.gather(rows).alias("observed_at")).filter(pl.col("at") <= moment)
    known = acts.filter(pl.coalesce("observed_at", "at") <= moment)
    later = acts.filter(pl.col("observed_at") > moment)
    hostile = known.filter(pl.col("hostility") >= given.real("hostile_at"))
    alerts = ground.result("alerts").filter((pl.col("target_id") == target) & (pl.col("at") <= moment))
    pileons = ground.result("pileons").filter((pl.col("target_id") == target) & (pl.col("onset") <= moment))
    return pl.concat(
        [
            _counted("acts_known", known),
            _counted("hostile_known", hostile),
            _counted("accounts_known", known, pl.col("account_id").n_unique()),
            _counted("acts_collected_later", later),
            _counted("alerts_given", alerts),
            _counted("pileons_begun", pileons.select(pl.col("onset").alias("at"))),
        ]
    )


def _counted(what: str, rows: pl.DataFrame, number: pl.Expr | None = None) -> pl.DataFrame:
    size = pl.len() if number is None else number
    return rows.select(
        pl.lit(what).alias("what"),
        size.cast(pl.Int64).alias("number"),
        pl.col("at").min().alias("first_at"),
        pl.col("at").max().alias("last_at"),
    )

"""Core accounts of campaigns: who is hostile in two or more of a campaign's attacks, how often, and from when to when."""

from __future__ import annotations

import numpy as np
import polars as pl

from graphwatch.model import Events, Pileons
from graphwatch.schema import CAMPAIGN_ACCOUNTS, TIMESTAMP


def campaign_accounts(events: Events, pileons: Pileons) -> pl.DataFrame:
    """List the accounts that are hostile in at least two attacks of one campaign.

    Parameters
    ----------
    pileons
        With ``campaign_id`` filled by :func:`~graphwatch.detect.campaigns.link_campaigns`.

    Returns
    -------
    polars.DataFrame
        Table ``campaign_accounts``: by campaign, those of most attacks first, then by most hostile acts, then by id. To take part twice
        is no finding by itself: the very active come to many attacks, campaign or not.
    """
    of = pileons.frame["campaign_id"]
    held = np.flatnonzero(of.is_not_null().to_numpy())
    if not len(held):
        return CAMPAIGN_ACCOUNTS.empty()
    sizes = np.diff(pileons.rows.start)[held]
    rows = np.concatenate([pileons.rows.row(int(k)) for k in held])
    acts = pl.DataFrame({"pileon": np.repeat(held, sizes), "row": rows, "actor": events.actor[rows], "at": events.at[rows]})
    acts = acts.filter(pl.Series(events.hostile(pileons.hostile_at)[rows]))
    acts = acts.with_columns(of.gather(acts["pileon"]).alias("campaign_id"))
    by_pileon = acts.group_by("campaign_id", "actor", "pileon").agg(
        pl.len().alias("hostile"), pl.min("at").alias("first_at"), pl.max("at").alias("last_at")
    )
    found = (
        by_pileon.sort("campaign_id", "actor", "pileon")
        .with_columns(pileons.frame["pileon_id"].gather(by_pileon.sort("campaign_id", "actor", "pileon")["pileon"]))
        .group_by("campaign_id", "actor", maintain_order=True)
        .agg(
            pl.len().alias("attacks"),
            pl.col("pileon_id").alias("pileons"),
            pl.sum("hostile"),
            pl.min("first_at").cast(TIMESTAMP),
            pl.max("last_at").cast(TIMESTAMP),
        )
        .filter(pl.col("attacks") > 1)
    )
    named = found.with_columns(events.accounts.gather(found["actor"]).alias("actor_id"))
    ordered = named.sort("campaign_id", "attacks", "hostile", "actor_id", descending=[False, True, True, False])
    return CAMPAIGN_ACCOUNTS.conform(ordered)

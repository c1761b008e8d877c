"""Twins of ``queries/detect``."""

from __future__ import annotations

import numpy as np
import polars as pl

from graphwatch.ask.ground import Ground
from graphwatch.ask.parameters import Given
from graphwatch.graph.encode import look_up
from graphwatch.model import I64, Bools


def coacting_before(ground: Ground, given: Given) -> pl.DataFrame:
    """Find the pairs with an account of the pile-on that co-acted before its onset."""
    pileon = ground.pileon(given.text("pileon"))
    members = ground.result("members").filter(pl.col("pileon_id").is_in(pileon["pileon_id"].implode()))["actor_id"].unique()
    pairs = ground.result("coactions").filter(pl.col("q_value").fill_null(0.0) <= given.real("max_q"))
    pairs = pairs.filter(pl.col("first_at") < pileon["onset"].item()) if len(pileon) else pairs.clear()
    is_in = {name: pl.col(name).is_in(members.implode()) for name in ("a", "b")}
    pairs = pairs.with_columns(a_in=is_in["a"], b_in=is_in["b"]).filter(pl.col("a_in") | pl.col("b_in"))
    turned = ~pl.col("a_in") | (pl.col("b_in") & (pl.col("b") < pl.col("a")))
    return pairs.with_columns(
        account_id=pl.when(turned).then("b").otherwise("a"),
        other_id=pl.when(turned).then("a").otherwise("b"),
        other_is_member=pl.col("a_in") & pl.col("b_in"),
    )


def target_history(ground: Ground, given: Given) -> pl.DataFrame:
    """Join the target's pile-ons with its alerts."""
    target = given.text("target")
    pileons = ground.result("pileons").filter(pl.col("target_id") == target)
    alerts = ground.result("alerts").filter(pl.col("target_id") == target).select(pl.col("at").alias("alert_at"))
    pairs = pileons.select("pileon_id", "onset").join(alerts, how="cross")
    before = pl.duration(seconds=given.whole("before_s"))
    pairs = pairs.filter((pl.col("alert_at") <= pl.col("onset")) & (pl.col("alert_at") >= pl.col("onset") - before))
    counts = pairs.group_by("pileon_id").agg(pl.len().alias("alerts_before"), pl.col("alert_at").min())
    lead = pl.col("onset").dt.epoch("us") // 1_000_000 - pl.col("alert_at").dt.epoch("us") // 1_000_000
    joined = pileons.join(counts, on="pileon_id", how="left")
    return joined.with_columns(pl.col("alerts_before").fill_null(0), lead_s=lead)


def private_floods(ground: Ground, given: Given) -> pl.DataFrame:
    """Count by hour the private messages of accounts without earlier dealings with the target."""
    name = given.text("target")
    rows = ground.rows_on(name)
    private = ground.is_private()[rows]
    messages = rows[private]
    acts = ground.acts(messages[_are_strangers(ground, name, messages, rows[~private])])
    hours = acts.group_by(pl.col("at").dt.truncate("1h")).agg(
        pl.col("account_id").n_unique().alias("strangers"),
        pl.len().alias("messages"),
        (pl.col("hostility") >= given.real("hostile_at")).fill_null(value=False).sum().alias("hostile"),
    )
    return hours.filter(pl.col("strangers") >= given.whole("min_strangers"))


def _are_strangers(ground: Ground, target: str, messages: I64, openly: I64) -> Bools:
    """Mask of messages whose author never acted openly on the target before, is not followed by it and was never addressed by it before."""
    events = ground.events
    none = np.iinfo(np.int64).max
    met = np.full(len(ground.accounts), none, np.int64)
    np.minimum.at(met, events.actor[openly], events.at[openly])
    own = ground.rows_by(target)
    sizes = events.targets.start[own + 1] - events.targets.start[own]
    first = np.repeat(events.targets.start[own] - np.cumsum(sizes) + sizes, sizes)
    addressed = events.targets.values[first + np.arange(len(first))]
    np.minimum.at(met, addressed, np.repeat(events.at[own], sizes))
    follows = ground.side_about("follows", ["follower_id"], target)
    followed = ground.named(follows["followed_id"]).filter(ground.named(follows["follower_id"]) == target)
    codes = look_up(followed, ground.accounts)
    met[codes[codes >= 0]] = np.iinfo(np.int64).min
    return met[events.actor[messages]] >= events.at[messages]


def surfaces_over_time(ground: Ground, given: Given) -> pl.DataFrame:
    """Count the pile-on's acts by bin and surface; bins are counted in whole seconds from the onset."""
    pileon = ground.pileon(given.text("pileon"))
    acts = ground.acts(ground.rows_of(pileon))
    onset = pileon["onset"].dt.epoch("us").item() // 1_000_000 if len(pileon) else 0
    width = given.whole("bin_s")
    second = (pl.col("at").dt.epoch("us") // 1_000_000 - onset) // width * width + onset
    return acts.group_by(pl.from_epoch(second, "s").dt.replace_time_zone("UTC").alias("at"), "surface").agg(
        pl.len().alias("acts"),
        (pl.col("hostility") >= given.real("hostile_at")).fill_null(value=False).sum().alias("hostile"),
        pl.col("account_id").n_unique().alias("accounts"),
    )


def campaign_bridges(ground: Ground, given: Given) -> pl.DataFrame:
    """Count the campaigns in whose pile-ons each account was hostile."""
    parts = ground.result("campaigns").select("campaign_id", pl.col("pileons").alias("pileon_id")).explode("pileon_id").unique()
    parts = parts.join(ground.result("pileons").select("pileon_id"), on="pileon_id", how="semi")
    members = ground.result("members").filter(pl.col("hostile") > 0).select("pileon_id", pl.col("actor_id").alias("account_id"), "first_at")
    found = members.join(parts, on="pileon_id").group_by("account_id")
    counts = found.agg(
        pl.col("campaign_id").unique().sort().alias("campaigns"),
        pl.col("pileon_id").n_unique().alias("pileons"),
        pl.col("first_at").min(),
    )
    return counts.with_columns(number=pl.col("campaigns").list.len()).filter(pl.col("number") >= given.whole("min_campaigns"))

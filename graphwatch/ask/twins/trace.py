"""Twins of ``queries/trace``."""

from __future__ import annotations

import numpy as np
import polars as pl

from graphwatch.ask.ground import DEPTH, Ground, compressed
from graphwatch.ask.kernels import breadth_first, climb, climb_to, earliest_of_account
from graphwatch.ask.parameters import Given
from graphwatch.graph.encode import look_up
from graphwatch.model import I64
from graphwatch.schema import TIMESTAMP

_SIBLING_HOPS = 4


def earliest_sources(ground: Ground, given: Given) -> pl.DataFrame:
    """Walk from each act of the pile-on to the top of its thread and count by top."""
    pileon = ground.pileon(given.text("pileon"))
    rows = ground.rows_of(pileon)
    top, _ = climb(ground.events.parent, rows, DEPTH)
    found = pl.DataFrame({"row": top, "actor": ground.events.actor[rows]}).filter(pl.col("row") >= 0)
    counts = found.group_by("row").agg(pl.len().alias("acts"), pl.col("actor").n_unique().alias("accounts"))
    counts = counts.filter(pl.col("acts") >= given.whole("min_acts")).sort("row")
    onset = pileon["onset"].dt.epoch("us").item() if len(pileon) else 0
    acts = ground.acts(counts["row"].to_numpy()).with_columns(acts=counts["acts"], accounts=counts["accounts"])
    return acts.with_columns(lead_s=onset // 1_000_000 - pl.col("at").dt.epoch("us") // 1_000_000)


def path_to_peak(ground: Ground, given: Given) -> pl.DataFrame:
    """Walk up from each act of the peak; the way that reaches the account's earliest act in the fewest steps is the path."""
    pileon = ground.pileon(given.text("pileon"))
    rows = ground.rows_of(pileon)
    events = ground.events
    if len(rows):
        around = given.whole("around_s") * 1_000_000
        rows = rows[np.abs(events.at[rows] - pileon["peak"].dt.epoch("us").item()) <= around]
    account = ground.code(given.text("account"))
    found, hops = earliest_of_account(events.parent, events.actor, rows, account, DEPTH)
    reached = found >= 0
    best = np.lexsort((rows[reached], hops[reached], found[reached]))[:1]
    chain = [int(row) for row in rows[reached][best]]
    for _ in range(int(hops[reached][best].sum())):
        chain.append(int(events.parent[chain[-1]]))
    acts = ground.acts(np.array(chain[::-1], np.int64))
    return acts.with_columns(hop=pl.int_range(pl.len(), dtype=pl.Int64))


def activated_by(ground: Ground, given: Given) -> pl.DataFrame:
    """Find the acts of the pile-on with an act of the account above them, and count by author."""
    name = given.text("pileon")
    rows = ground.rows_of(ground.pileon(name))
    account = ground.code(given.text("account"))
    hops = climb_to(ground.events.parent, ground.events.actor, rows, account, DEPTH, 1)
    led = (hops >= 0) & (ground.events.actor[rows] != account)
    acts = ground.acts(rows[led]).with_columns(pl.Series("hops", hops[led]))
    joined = acts.group_by("account_id").agg(pl.col("at").min().alias("first_at"), pl.col("hops").min(), pl.len().alias("acts"))
    members = ground.result("members").filter(pl.col("pileon_id") == name)
    known = members.select(pl.col("actor_id").alias("account_id"), pl.col("first_at").alias("began"), "role")
    return joined.join(known, on="account_id", how="left").with_columns(began_so=pl.col("first_at") == pl.col("began"))


def first_posts(ground: Ground, given: Given) -> pl.DataFrame:
    """Give the first rows that share the object; rows are in order of time."""
    return ground.acts(ground.rows_with(given.text("object"))[: given.whole("limit")])


def repeat_offenders(ground: Ground, given: Given) -> pl.DataFrame:
    """Count the pile-ons of a nature in which each account was hostile."""
    pileons = ground.result("pileons").filter(pl.col("nature") == given.text("nature")).select("pileon_id", "target_id", "onset")
    members = ground.result("members").filter(pl.col("hostile") > 0).select("pileon_id", "actor_id", "hostile", "agency_id")
    taken = members.join(pileons, on="pileon_id").rename({"actor_id": "account_id"})
    counted = taken.group_by("account_id").agg(
        pl.len().alias("pileons"),
        pl.col("target_id").drop_nulls().unique().sort().alias("targets"),
        pl.col("hostile").sum(),
        pl.col("onset").min().alias("first_onset"),
        pl.col("onset").max().alias("last_onset"),
        pl.col("agency_id").drop_nulls().unique().sort().alias("agencies"),
    )
    return counted.filter(pl.col("pileons") >= given.whole("min_pileons"))


def common_accounts(ground: Ground, given: Given) -> pl.DataFrame:
    """Join the accounts of two pile-ons."""
    first, second = given.text("first"), given.text("second")
    members = ground.result("members").select("pileon_id", "actor_id", "role", "hostile", "first_at", "agency_id")
    known = ground.result("pileons")["pileon_id"]
    if first == second or first not in known or second not in known:
        members = members.clear()
    sides = [
        members.filter(pl.col("pileon_id") == pileon).select(
            pl.col("actor_id").alias("account_id"),
            pl.col("role").alias(f"{name}_role"),
            pl.col("hostile").alias(f"{name}_hostile"),
            pl.col("first_at").alias(f"{name}_at"),
            pl.col("agency_id").alias(f"{name}_agency"),
        )
        for name, pileon in (("first", first), ("second", second))
    ]
    return sides[0].join(sides[1], on="account_id")


def cross_platform_siblings(ground: Ground, given: Given) -> pl.DataFrame:
    """Walk the declarations, breadth first, and say where the accounts found act."""
    told = ground.side("identities").filter(pl.col("confidence").fill_null(1.0) >= given.real("min_confidence"))
    ends = [ground.named(told["account_id"], told["platform"]), ground.named(told["other_id"], told["other_platform"])]
    names = pl.concat([end.rename("account_id") for end in ends]).unique().sort()
    source = look_up(pl.Series([given.text("account")]), names)[0]
    codes = [look_up(end, names) for end in ends]
    found = np.full(len(names), -1, np.int64)
    if source >= 0:
        start, others = compressed(np.concatenate(codes), np.concatenate(codes[::-1]), len(names))
        found = breadth_first(start, others, int(source), _SIBLING_HOPS)
    siblings = pl.DataFrame({"account_id": names, "hops": found}).filter(pl.col("hops") > 0)
    return siblings.join(_activity(ground, siblings["account_id"]), on="account_id", how="left").with_columns(pl.col("acts").fill_null(0))


def _activity(ground: Ground, accounts: pl.Series) -> pl.DataFrame:
    """Count the acts of a few accounts."""
    wanted = np.zeros(len(ground.accounts) + 1, np.bool_)
    codes: I64 = look_up(accounts, ground.accounts).astype(np.int64)
    wanted[codes[codes >= 0]] = True
    acts = ground.acts(np.flatnonzero(wanted[ground.events.actor]))
    return acts.group_by("account_id").agg(
        pl.col("platform").drop_nulls().unique().sort().alias("platforms"),
        pl.len().alias("acts"),
        pl.col("at").min().alias("first_at"),
        pl.col("at").max().alias("last_at"),
    )


def pileon_network(ground: Ground, given: Given) -> pl.DataFrame:
    """Count the acts of the pile-on by author and target, and by author and the author of what they answer; add its co-acting pairs."""
    pileon = ground.pileon(given.text("pileon"))
    events, rows = ground.events, ground.rows_of(pileon)
    target = ground.code(pileon["target_id"].item()) if len(rows) else -1
    above = events.parent[rows]
    answers = rows[above >= 0]
    members = ground.result("members").filter(pl.col("pileon_id").is_in(pileon["pileon_id"].implode()))
    members = members.select(pl.col("actor_id").alias("account_id"), "role", "agency_id")
    parts = [
        _acts_between(ground, rows, np.full(len(rows), target), "TARGETS"),
        _acts_between(ground, answers, events.actor[above[above >= 0]].astype(np.int64), "ANSWERS"),
        _pairs_within(ground, members["account_id"], given.real("max_q")),
    ]
    others = members.rename({"account_id": "other_id", "role": "other_role", "agency_id": "other_agency_id"})
    return pl.concat(parts).join(members, on="account_id", how="left").join(others, on="other_id", how="left")


def _acts_between(ground: Ground, rows: I64, others: I64, link: str) -> pl.DataFrame:
    """Count acts by author and by the account that they go to, which is another one."""
    events = ground.events
    acts = pl.DataFrame({"actor": events.actor[rows].astype(np.int64), "other": others, "at": events.at[rows]})
    counts = acts.filter(pl.col("actor") != pl.col("other")).group_by("actor", "other").agg(pl.len().alias("acts"), pl.col("at").min())
    return counts.select(
        ground.accounts.gather(counts["actor"]).alias("account_id"),
        pl.lit(link).alias("link"),
        ground.accounts.gather(counts["other"]).alias("other_id"),
        pl.col("acts").cast(pl.Int64),
        pl.col("at").cast(TIMESTAMP).alias("first_at"),
    )


def _pairs_within(ground: Ground, members: pl.Series, max_q: float) -> pl.DataFrame:
    """Find the co-acting pairs both of which take part."""
    inside = [pl.col(name).is_in(members.implode()) for name in ("a", "b")]
    pairs = ground.result("coactions").filter(*inside, pl.col("q_value").fill_null(0.0) <= max_q, pl.col("a") != pl.col("b"))
    return pairs.select(
        pl.min_horizontal("a", "b").alias("account_id"),
        pl.lit("CO_ACTED").alias("link"),
        pl.max_horizontal("a", "b").alias("other_id"),
        pl.col("weight").cast(pl.Int64).alias("acts"),
        "first_at",
    )

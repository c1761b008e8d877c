"""Accounts over time."""

from __future__ import annotations

from typing import Final

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.profiles.profile import AccountProfile
from graphwatch.profiles.runs import Combined, per_30_days
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema.profiles import ACCOUNT_AGENCIES, ACCOUNT_GROUPS, ACCOUNT_MONTHS, ACCOUNT_PILEONS, ACCOUNT_PROFILES, ACCOUNT_TARGETS

_PARTNERS: Final = 10
_IN_ATTACK: Final = pl.col("in_attack")
_CREDIT: Final = pl.col("credit").filter(_IN_ATTACK)
_COUNTS: Final = (
    pl.len().alias("pileons"),
    _IN_ATTACK.sum().alias("attacks"),
    pl.col("hostile").filter(_IN_ATTACK).sum().alias("hostile"),
)
_SPAN: Final = (pl.col("first_at").min().alias("first_at"), pl.col("first_at").max().alias("last_at"))


def _role(name: str) -> pl.Expr:
    return (pl.col("roles").list.contains(name) & _IN_ATTACK).sum().alias(name)


def list_accounts(combined: Combined) -> pl.DataFrame:
    """Give one row per account of any pile-on: table ``account_profiles``, most attacks first.

    Notes
    -----
    Only attacks count as attacks, and only those in which the account itself was hostile: whoever reported on one, or defended the target,
    has pile-ons and no attack.
    """
    members = combined.members
    days = pl.lit(combined.days, pl.Float64)
    found = members.group_by("actor_id").agg(
        *_COUNTS,
        pl.col("target_id").filter(_IN_ATTACK).n_unique().alias("targets"),
        *(_role(name) for name in ("initiator", "inciter", "repeat_offender")),
        _CREDIT.sort().mean().alias("mean_credit"),
        _CREDIT.max().alias("max_credit"),
        pl.col("agency_id").drop_nulls().unique().sort().alias("agencies"),
        *_SPAN,
    )
    rated = found.with_columns(rate=per_30_days(pl.col("attacks"), days))
    base = rated.filter(pl.col("attacks") > 0)["rate"].sort().mean()
    table = ACCOUNT_PROFILES.conform(rated.rename({"actor_id": "account_id"}).with_columns(base_rate=pl.lit(base, pl.Float64)))
    return table.sort("attacks", "max_credit", "account_id", descending=[True, True, False], nulls_last=True)


def describe_account(combined: Combined, account: str, names: Pseudonyms | None = None) -> AccountProfile:
    """Give all that runs found of one account.

    Parameters
    ----------
    account
        Its id, or its pseudonym where ``names`` are given.
    names
        Pseudonyms by which it may be named.

    Raises
    ------
    ConfigurationError
        The account is in no pile-on and in no group.
    """
    known = pl.concat(
        [combined.members["actor_id"], combined.coactions["a"].rename("actor_id"), combined.coactions["b"].rename("actor_id")]
    )
    ids = known.unique().sort()
    found = ids.filter(ids == account)
    if found.is_empty() and names is not None:
        found = ids.filter(names.series(ids) == account)
    if found.is_empty():
        raise ConfigurationError(f"account {account!r} is in no pile-on and in no group of co-action here")
    one = str(found[0])
    mine = combined.members.filter(pl.col("actor_id") == one).sort("onset", "pileon_id")
    pileons = mine.with_columns(after_s=(pl.col("first_at") - pl.col("onset")).dt.total_microseconds() / 1e6)
    summary = list_accounts(combined).filter(pl.col("account_id") == one)
    return AccountProfile(
        one,
        summary if len(summary) else ACCOUNT_PROFILES.conform(pl.DataFrame({"account_id": [one], "pileons": [0], "attacks": [0]})),
        {
            "pileons": ACCOUNT_PILEONS.conform(pileons),
            "months": _months(combined, mine),
            "targets": ACCOUNT_TARGETS.conform(mine.group_by("target_id").agg(*_COUNTS, *_SPAN)).sort("first_at", "target_id"),
            "groups": _groups(combined, one),
            "agencies": ACCOUNT_AGENCIES.conform(mine.group_by("agency_id").agg(*_COUNTS[:2], *_SPAN)).sort("first_at", "agency_id"),
        },
    )


def _months(combined: Combined, mine: pl.DataFrame) -> pl.DataFrame:
    """Give every month that the data cover, those without a pile-on of the account too."""
    seen = combined.pileons.group_by("month").agg(attacks_seen=pl.col("attack").sum())
    took = combined.members.filter(_IN_ATTACK).group_by("month").agg(all_attacks=pl.len(), base_accounts=pl.col("actor_id").n_unique())
    own = mine.group_by("month").agg(
        *_COUNTS,
        pl.col("target_id").filter(_IN_ATTACK).n_unique().alias("targets"),
        *(_role(name) for name in ("initiator", "inciter")),
        _CREDIT.sort().mean().alias("mean_credit"),
    )
    table = combined.months
    for frame in (seen, took, own):
        table = table.join(frame, on="month", how="left")
    counts = ("attacks_seen", "base_accounts", "pileons", "attacks", "hostile", "targets", "initiator", "inciter")
    table = table.with_columns(pl.col(name).fill_null(0) for name in counts)
    base = pl.when(pl.col("base_accounts") > 0).then(pl.col("all_attacks") / pl.col("base_accounts"))
    rates = {"rate": per_30_days(pl.col("attacks"), pl.col("days")), "base_rate": per_30_days(base, pl.col("days"))}
    return ACCOUNT_MONTHS.conform(table.with_columns(**rates)).sort("month")


def _groups(combined: Combined, account: str) -> pl.DataFrame:
    pairs = combined.coactions.filter(pl.col("group_id").is_not_null(), (pl.col("a") == account) | (pl.col("b") == account))
    pairs = pairs.with_columns(partner=pl.when(pl.col("a") == account).then("b").otherwise("a"))
    pairs = pairs.sort("weight", "partner", descending=[True, False])
    mine = pairs.group_by("run_id", "group_id", maintain_order=True).agg(
        co_actions=pl.col("weight").sum(),
        partners=pl.col("partner").head(_PARTNERS),
        first_at=pl.col("first_at").min(),
        last_at=pl.col("last_at").max(),
    )
    told = combined.groups.select("run_id", "group_id", "accounts", "stability")
    return ACCOUNT_GROUPS.conform(mine.join(told, on=["run_id", "group_id"], how="left")).sort("run_id", "group_id")

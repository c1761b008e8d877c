"""Agencies over time; membership is no direction."""

from __future__ import annotations

from typing import Final

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.profiles.profile import AgencyProfile
from graphwatch.profiles.runs import Combined, per_30_days
from graphwatch.schema.profiles import AGENCY_ACCOUNTS, AGENCY_MONTHS, AGENCY_PILEONS, AGENCY_PROFILES

_ATTACK: Final = pl.col("attack")
_ROLES: Final = ("initiator", "inciter", "repeat_offender")


def _sums(fdr: float) -> tuple[pl.Expr, ...]:
    """Say over attacks how many accounts there were and how many a matched base would bring; rows without a base are left out of both.

    ``accounts`` are hostile ones, so a row can have none; it then is no attack with an account of the agency.
    """
    there = _ATTACK & (pl.col("accounts") > 0)
    based = _ATTACK & pl.col("expected").is_not_null()
    return (
        there.sum().alias("attacks"),
        (_ATTACK & (pl.col("q_value") < fdr)).fill_null(value=False).sum().alias("findings"),
        pl.col("accounts").filter(based).sum().cast(pl.Float64).alias("observed"),
        pl.col("expected").filter(based).sort().sum().alias("expected"),
        pl.col("credit").filter(there).sort().mean().alias("mean_credit"),
    )


def _ratio(observed: str = "observed", expected: str = "expected") -> pl.Expr:
    return pl.when(pl.col(expected) > 0).then(pl.col(observed) / pl.col(expected))


def list_agencies(combined: Combined, fdr: float = 0.05) -> pl.DataFrame:
    """Give one row per agency with an account in a pile-on: table ``agency_profiles``, most findings first.

    Parameters
    ----------
    fdr
        q-value below which an agency's accounts count as more than chance explains.
    """
    rows = combined.agencies
    found = rows.group_by("agency_id").agg(
        pl.len().alias("pileons"),
        *_sums(fdr),
        pl.col("q_value").filter(_ATTACK).min().alias("best_q"),
        pl.col("controller_id").drop_nulls().unique().sort().alias("controllers"),
        pl.col("onset").min().alias("first_at"),
        pl.col("onset").max().alias("last_at"),
    )
    accounts = combined.members.group_by("agency_id").agg(accounts=pl.col("actor_id").n_unique())
    total = found.select(pl.col("observed").sum(), pl.col("expected").sort().sum()).select(_ratio()).item() if len(found) else None
    table = found.join(accounts, on="agency_id", how="left").with_columns(
        pl.col("accounts").fill_null(0), ratio=_ratio(), base_ratio=pl.lit(total, pl.Float64)
    )
    return AGENCY_PROFILES.conform(table).sort("findings", "best_q", "agency_id", descending=[True, False, False], nulls_last=True)


def describe_agency(combined: Combined, agency: str, fdr: float = 0.05) -> AgencyProfile:
    """Give all that runs found of one agency.

    Raises
    ------
    ConfigurationError
        No account of it is in a pile-on.
    """
    mine = combined.agencies.filter(pl.col("agency_id") == agency)
    members = combined.members.filter(pl.col("agency_id") == agency)
    if mine.is_empty() and members.is_empty():
        raise ConfigurationError(f"agency {agency!r} has no account in a pile-on here")
    roles = members.group_by("pileon_id").agg(pl.col("roles").list.contains(name).sum().alias(name) for name in _ROLES)
    pileons = mine.join(roles, on="pileon_id", how="left").with_columns(pl.col(name).fill_null(0) for name in _ROLES)
    in_attack = pl.col("in_attack")
    accounts = members.group_by("actor_id").agg(
        pl.len().alias("pileons"),
        in_attack.sum().alias("attacks"),
        pl.col("roles").filter(in_attack).explode(empty_as_null=False, keep_nulls=False).unique().sort().alias("roles"),
        pl.col("credit").filter(in_attack).sort().mean().alias("mean_credit"),
        pl.col("first_at").min(),
        pl.col("first_at").max().alias("last_at"),
    )
    ranked = AGENCY_ACCOUNTS.conform(accounts.rename({"actor_id": "account_id"}))
    summary = list_agencies(combined, fdr).filter(pl.col("agency_id") == agency)
    counts = {"pileons": members["pileon_id"].n_unique(), "accounts": members["actor_id"].n_unique()}
    untested = AGENCY_PROFILES.conform(pl.DataFrame({"agency_id": [agency], **{name: [count] for name, count in counts.items()}}))
    return AgencyProfile(
        agency,
        summary if len(summary) else untested,
        {
            "pileons": AGENCY_PILEONS.conform(pileons).sort("onset", "pileon_id"),
            "months": _months(combined, mine, fdr),
            "accounts": ranked.sort("attacks", "mean_credit", "account_id", descending=[True, True, False], nulls_last=True),
        },
    )


def _months(combined: Combined, mine: pl.DataFrame, fdr: float) -> pl.DataFrame:
    seen = combined.pileons.group_by("month").agg(attacks_seen=_ATTACK.sum())
    based = _ATTACK & pl.col("expected").is_not_null()
    everybody = combined.agencies.group_by("month").agg(
        all_observed=pl.col("accounts").filter(based).sum(),
        all_expected=pl.col("expected").filter(based).sort().sum(),
        all_attacks=(_ATTACK & (pl.col("accounts") > 0)).sum(),
        all_agencies=pl.col("agency_id").filter(_ATTACK & (pl.col("accounts") > 0)).n_unique(),
    )
    table = combined.months
    for frame in (seen, everybody, mine.group_by("month").agg(*_sums(fdr))):
        table = table.join(frame, on="month", how="left")
    table = table.with_columns(pl.col(name).fill_null(0) for name in ("attacks_seen", "attacks", "findings", "observed", "expected"))
    base = pl.when(pl.col("all_agencies") > 0).then(pl.col("all_attacks") / pl.col("all_agencies"))
    told = table.with_columns(
        ratio=_ratio(),
        base_ratio=_ratio("all_observed", "all_expected"),
        rate=per_30_days(pl.col("attacks"), pl.col("days")),
        base_rate=per_30_days(base, pl.col("days")),
    )
    return AGENCY_MONTHS.conform(told).sort("month")

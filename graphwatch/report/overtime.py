"""Accounts and agencies over all pile-ons of a run, for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from graphwatch.profiles import Run, combine, list_accounts, list_agencies
from graphwatch.profiles.profile import hide_accounts
from graphwatch.profiles.runs import per_30_days
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import TIMESTAMP

_SHOWN = 25


@dataclass(frozen=True, slots=True)
class OverTime:
    """What the report shows of profiles; see :class:`graphwatch.report.content.ReportContent`."""

    accounts: pl.DataFrame
    months: pl.DataFrame
    agencies: pl.DataFrame


def profiles_shown(frames: Mapping[str, pl.DataFrame], period: tuple[int, int] | None, names: Pseudonyms, fdr: float) -> OverTime:
    """Choose the accounts that are hostile in two or more attacks, first those in most; all agencies; months with their base rates.

    Parameters
    ----------
    period
        First and last interaction, µs.
    """
    first, last = pl.Series(period or (None, None), dtype=pl.Int64).cast(TIMESTAMP).to_list()
    combined = combine([Run(frames, "", first, last)])
    took = combined.members.filter("in_attack").group_by("month", "actor_id").len()
    base = took.group_by("month").agg(accounts=pl.len(), repeated=(pl.col("len") > 1).sum(), per_account=pl.col("len").sum() / pl.len())
    seen = combined.pileons.group_by("month").agg(attacks=pl.col("attack").sum())
    months = combined.months.join(seen, on="month", how="left").join(base, on="month", how="left").sort("month")
    months = months.with_columns(
        pl.col("attacks", "accounts", "repeated").fill_null(0), rate=per_30_days(pl.col("per_account"), pl.col("days"))
    )
    accounts = list_accounts(combined).filter(pl.col("attacks") > 1).head(_SHOWN)
    return OverTime(hide_accounts(accounts, names), months, list_agencies(combined, fdr).head(_SHOWN))

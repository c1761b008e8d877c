"""Limits of age: what is older than a limit goes from every table, unless a legal hold keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import polars as pl

from graphwatch.schema import STRINGS
from graphwatch.tables.holds import Hold
from graphwatch.tables.layout import INTERACTIONS_TABLE, SIDE_TABLES, STORED
from graphwatch.tables.manifest import Commit
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.redact import ACCOUNT_COLUMNS
from graphwatch.tables.rewrite import rewrite
from graphwatch.tables.snapshot import scan_table

TIMES: Final[Mapping[str, str]] = {
    "interactions": "at",
    "affiliations": "valid_to",
    "ownership": "valid_to",
    "company_links": "valid_to",
}
RESULT_TIMES: Final = ("end", "last_at", "at", "first_at", "started")  # the first of these that a result table has
UNDATED: Final = frozenset({"results/agency_contracts"})  # its times are those of contracts, not of what was found
PARENTS: Final = (  # what belongs to a finding goes with it: table of the finding, its id, columns that name it
    ("results/pileons", ("pileon_id",), (("pileon_id",), ("scope",))),
    ("results/campaigns", ("campaign_id",), (("campaign_id",), ("scope",))),
    ("results/coactions", ("a", "b"), (("a", "b"),)),
)


def time_column(name: str) -> str | None:
    """Give the column that says how old a row is; None: the table holds nobody's traces in time."""
    if name in TIMES:
        return TIMES[name]
    if name.startswith("results/") and name not in UNDATED:
        return next((column for column in RESULT_TIMES if column in STORED[name].dtypes), None)
    return "observed_at" if name in SIDE_TABLES and "observed_at" in STORED[name].dtypes else None


def expire(case: OpenCase, commit: Commit, limit: datetime, holds: Sequence[Hold]) -> tuple[dict[str, int], int]:
    """Delete rows from before a limit.

    Returns
    -------
    rows, held
        Rows deleted by table, and rows that stay because of a legal hold.

    Notes
    -----
    The age of an interaction is that of the act; of an account or a follow, of its observation; of a contract, of its end; of a finding, of
    the last act that it speaks of; what belongs to a pile-on, a campaign or a pair goes with it. Accounts, and candidates for a roster, of
    which no time of observation is known go when no interaction is left that they take part in.
    Rows set aside at loading go with the age of the load.
    """
    old_loads = _old_loads(commit, limit)
    left = _left_accounts(commit, limit, holds)
    parents = {parent: _old_findings(commit, parent, ids, limit, holds) for parent, ids, _ in PARENTS}
    rows: dict[str, int] = {}
    held = 0
    for name, stored in STORED.items():
        column = time_column(name)
        old = pl.lit(value=False) if column is None else pl.col(column) < limit
        if name in ("rejected", "deletions"):
            old = pl.col("load_id").is_in(old_loads)
        elif name == "accounts":
            old = old | (pl.col("observed_at").is_null() & ~pl.col("account_id").is_in(left.implode()))
        elif name == "results/affiliation_candidates":
            old = ~pl.col("account_id").is_in(left.implode())
        elif name.startswith("results/"):
            old = old | _with_parent(name, parents)
        elif column is None:
            continue
        keep = _held(stored.file_dtypes, holds)
        old = old.fill_null(value=False)
        if holds:
            held += int(scan_table(case.root, name, commit.state.tables()[name]).select((old & keep).sum()).collect().item())

        def change(frame: pl.DataFrame, _: Mapping[str, str], going: pl.Expr = old & ~keep) -> pl.DataFrame:
            return frame.filter(~going)

        done = rewrite(commit, name, change, old & ~keep)
        if done.removed:
            rows[name] = done.removed
    return rows, held


def _old_findings(commit: Commit, name: str, ids: tuple[str, ...], limit: datetime, holds: Sequence[Hold]) -> pl.DataFrame:
    """Give the ids of findings that are going; as they are made from what they are about, they mean the same in every run."""
    rows = scan_table(commit.root, name, commit.state.tables()[name])
    going = (pl.col(str(time_column(name))) < limit).fill_null(value=False) & ~_held(STORED[name].file_dtypes, holds)
    return rows.filter(going).select(ids).unique().sort(ids).collect()


def _with_parent(name: str, parents: Mapping[str, pl.DataFrame]) -> pl.Expr:
    """Say which rows of a result table belong to a finding that is going."""
    going = pl.lit(value=False)
    for parent, ids, columns in PARENTS:
        for named in columns:
            if parent != name and len(parents[parent]) and set(named) <= set(STORED[name].dtypes):
                known = parents[parent].select(pl.concat_str(ids, separator="\0")).to_series()
                going = going | pl.concat_str(named, separator="\0").is_in(known.implode()).fill_null(value=False)
    return going


def _held(dtypes: Mapping[str, pl.DataType], holds: Sequence[Hold]) -> pl.Expr:
    """Say which rows a hold covers: those that name its account."""
    covered = pl.lit(value=False)
    for hold in holds:
        account = pl.lit(hold.account_id)
        named = pl.lit(value=False)
        for name, dtype in dtypes.items():
            if name in ACCOUNT_COLUMNS:
                named = named | (pl.col(name).list.contains(account) if dtype == STRINGS else pl.col(name) == account).fill_null(
                    value=False
                )
        if "record" in dtypes:
            named = named | pl.col("record").str.contains(account, literal=True).fill_null(value=False)
        if hold.platform is not None and "platform" in dtypes:
            named = named & (pl.col("platform").is_null() | (pl.col("platform") == hold.platform))
        covered = covered | named
    return covered


def _old_loads(commit: Commit, limit: datetime) -> list[str]:
    rows = scan_table(commit.root, "loads", commit.state.tables()["loads"]).filter(pl.col("at") < limit)
    return sorted(rows.select("load_id").collect().to_series().to_list())


def _left_accounts(commit: Commit, limit: datetime, holds: Sequence[Hold]) -> pl.Series:
    """Accounts that act, or are acted upon, in the interactions that stay."""
    stays = (pl.col("at") >= limit) | _held(STORED[INTERACTIONS_TABLE].file_dtypes, holds)
    rows = scan_table(commit.root, INTERACTIONS_TABLE, commit.state.tables()[INTERACTIONS_TABLE]).filter(stays)
    actors = rows.select("actor_id").unique().collect(engine="streaming").to_series()
    targets = rows.select(pl.col("target_ids").explode(empty_as_null=True)).unique().collect(engine="streaming").to_series()
    return pl.concat([actors, targets.rename("actor_id")]).drop_nulls().unique()

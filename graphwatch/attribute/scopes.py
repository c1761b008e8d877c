"""What agencies are tested on: the accounts of each pile-on and of each campaign, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.graph.encode import look_up
from graphwatch.model import F64, I16, I32, I64, Bools, Events, Pileons


@dataclass(frozen=True, slots=True)
class Scope:
    """One pile-on or campaign with its distinct accounts.

    Attributes
    ----------
    name
        ``pileon_id`` or ``campaign_id``.
    account, first_at, credit
        Account code, µs of its first act in the scope, and credit; a campaign's credit is the mean over its pile-ons, weighted by their
        interactions.
    counted
        The accounts that the test counts: hostile ones, or all that act in it (see ``all_counted``).
    all_counted
        All accounts count, since no hostility is known, the nature is ``attention``, or nobody was hostile.
    targets, platforms
        Codes.
    time
        Median of the first acts, µs: when the contracts of accounts that did not take part are looked at.
    rows
        Interactions of the scope, ascending.
    onset, end
        First and last of those, µs.
    """

    name: str
    account: I32
    first_at: I64
    credit: F64
    counted: Bools
    all_counted: bool
    targets: I32
    platforms: I16
    time: int
    rows: I32
    onset: int
    end: int


def scopes(events: Events, pileons: Pileons, members: pl.DataFrame) -> list[Scope]:
    """Give all pile-ons in their order, then all campaigns by id; those without members are left out."""
    frame = pileons.frame
    index = look_up(members["pileon_id"], frame["pileon_id"])
    numbers = pl.DataFrame(
        {
            "pileon": index,
            "account": look_up(members["actor_id"], events.accounts),
            "first_at": members["first_at"].to_physical(),
            "acts": members["interactions"].fill_null(0),
            "hostile": members["hostile"].fill_null(0),
            "credit": members["credit"].fill_null(0.0),
        }
    ).filter(pl.col("pileon") >= 0, pl.col("account") >= 0)
    surge = (frame["nature"] == "attention").fill_null(value=False).to_numpy()
    everyone = surge | np.full(len(frame), pileons.volume_only)
    groups = [(name, np.array([i], np.int64)) for i, name in enumerate(frame["pileon_id"].to_list())] + _campaigns(frame)
    weight = frame["interactions"].fill_null(0).to_numpy().astype(np.float64)
    first = np.searchsorted(numbers["pileon"].sort().to_numpy(), np.arange(len(frame) + 1))
    numbers = numbers.sort("pileon", "account")
    found = []
    for name, parts in groups:
        rows = pl.concat([numbers[int(first[i]) : int(first[i + 1])] for i in parts])
        if len(rows):
            found.append(_scope(name, _distinct(rows, weight, parts), bool(everyone[parts].all()), pileons, events, parts))
    return found


def _campaigns(frame: pl.DataFrame) -> list[tuple[str, I64]]:
    rows = frame.select("campaign_id", pl.int_range(pl.len()).alias("row")).drop_nulls().sort("campaign_id", "row")
    grouped = rows.group_by("campaign_id", maintain_order=True).agg("row")
    return [(name, np.array(parts, np.int64)) for name, parts in grouped.iter_rows()]


def _distinct(rows: pl.DataFrame, weight: F64, parts: I64) -> pl.DataFrame:
    """One row per account: its first act, hostile acts and mean credit."""
    if len(parts) == 1:
        return rows
    share = weight / max(float(weight[parts].sum()), 1.0)
    weighted = rows.with_columns(credit=rows["credit"] * pl.Series(share[rows["pileon"].to_numpy()]))
    summed = weighted.group_by("account").agg(pl.col("first_at").min(), pl.col("acts", "hostile").sum(), pl.col("credit").sort().sum())
    return summed.sort("account")


def _scope(name: str, accounts: pl.DataFrame, everyone: bool, pileons: Pileons, events: Events, parts: I64) -> Scope:
    acts = accounts["acts"].to_numpy() > 0  # tracing adds accounts that acted before the onset only
    hostile = accounts["hostile"].to_numpy() > 0
    everyone = everyone or not hostile.any()
    first_at = accounts["first_at"].to_numpy()
    code = accounts["account"].to_numpy()
    rows = np.unique(np.concatenate([pileons.rows.row(int(i)) for i in parts]))
    median = int(np.sort(first_at)[(len(first_at) - 1) // 2])
    return Scope(
        name=name,
        account=code,
        first_at=first_at,
        credit=accounts["credit"].to_numpy(),
        counted=acts if everyone else hostile,
        all_counted=everyone,
        targets=np.setdiff1d(pileons.target[parts], code),
        platforms=np.unique(events.platform[rows]),
        time=median,
        rows=rows,
        onset=int(events.at[rows[0]]) if len(rows) else median,
        end=int(events.at[rows[-1]]) if len(rows) else median,
    )

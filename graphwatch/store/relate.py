"""Nodes and relationships that come from side tables and results, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from graphwatch.store.keys import short_keys
from graphwatch.store.shape import Edge
from graphwatch.store.source import Source

Named = Callable[[pl.Series, pl.Series | None], pl.Series]
SIDE: Final = {
    "FOLLOWS": ("follows", ("follower_id", None), ("followed_id", None)),
    "SAME_PERSON": ("identities", ("account_id", "platform"), ("other_id", "other_platform")),
    "SIGNED_WITH": ("affiliations", ("account_id", None), None),
}
_GIVEN: Final = ("agencies", "ownership")
_SCOPES: Final = {"PileOn": "pileons", "Campaign": "campaigns"}
_LINKS: Final = {
    "Agency REGISTERED_AS Company": ("agencies", "agency_id", "company_id"),
    "Company OWNS Company": ("ownership", "owner_id", "owned_id"),
    "PileOn TARGETS Account": ("results/pileons", "pileon_id", "target_id"),
    "Alert TARGETS Account": ("results/alerts", "alert_id", "target_id"),
    "PileOn PART_OF Campaign": ("results/campaigns", "pileons", "campaign_id"),
    "Account MEMBER_OF PileOn": ("results/members", "actor_id", "pileon_id"),
    "Account CO_ACTED Account": ("results/coactions", "a", "b"),
    "Agency FOUND_IN PileOn": ("results/agencies", "agency_id", "scope"),
    "Agency FOUND_IN Campaign": ("results/agencies", "agency_id", "scope"),
}


def accounts_in(source: Source, named: Named) -> Iterator[pl.Series]:
    """Give the names of accounts in side tables and results."""
    for table, *ends in SIDE.values():
        rows = source.side(table)
        for end in ends:
            if end is not None:
                yield _names(rows, end, named)
    for table, columns in (("members", ("actor_id",)), ("coactions", ("a", "b")), ("pileons", ("target_id",)), ("alerts", ("target_id",))):
        for column in columns:
            yield short_keys(source.result(table)[column])


def _names(rows: pl.DataFrame, end: tuple[str, str | None], named: Named) -> pl.Series:
    column, platform = end
    return named(rows[column], None if platform is None else rows[platform])


def of_accounts(kind: Edge, source: Source, named: Named) -> pl.DataFrame:
    """Give relationships of accounts that side tables tell."""
    table, start, end = SIDE[kind.type]
    rows = source.side(table)
    other = short_keys(rows["agency_id"]) if end is None else _names(rows, end, named)
    return rows.with_columns(_names(rows, start, named).alias("start"), other.alias("end"))


def agencies(source: Source) -> pl.DataFrame:
    """Give every agency that any table names, with its name where one is known."""
    known = source.side("agencies")
    others = (source.side("affiliations")["agency_id"], source.result("agencies")["agency_id"])
    every = pl.concat([known["agency_id"], *others]).drop_nulls().unique().sort().to_frame()
    named = every.join(known.select("agency_id", "name"), on="agency_id", how="left")
    return named.with_columns(short_keys(named["agency_id"]))


def companies(source: Source) -> pl.DataFrame:
    """Give every company, and person who owns one."""
    owned = source.side("ownership")
    every = pl.concat([source.side("agencies")["company_id"], owned["owner_id"], owned["owned_id"]]).rename("company_id")
    return short_keys(every.drop_nulls().unique().sort()).to_frame()


def evidence(source: Source, acts: pl.DataFrame) -> pl.DataFrame:
    """Give the acts that members' roles rest on; ``acts`` has ``actor_id``, ``id`` and the act's key as ``end``."""
    rows = source.result("members").select("pileon_id", "actor_id", pl.col("evidence").alias("id")).explode("id").drop_nulls()
    found = rows.join(acts, on=["actor_id", "id"], how="inner", maintain_order="left")
    return _within(
        found.select(pl.col("pileon_id").alias("start"), "end", pl.col("actor_id").alias("account_id")), "start", source, "pileons"
    )


def of_results(kind: Edge, source: Source) -> pl.DataFrame:
    """Give relationships between agencies, companies, pile-ons, campaigns, alerts and their accounts."""
    table, start, end = _LINKS[kind.name]
    rows = source.side(table) if table in _GIVEN else source.result(table.removeprefix("results/"))
    if kind.name == "PileOn PART_OF Campaign":
        rows = rows.select("campaign_id", "pileons").explode("pileons").drop_nulls()
    linked = _linked(rows, start, end)
    for column, label in kind.sides:
        if label in _SCOPES:
            linked = _within(linked, column, source, _SCOPES[label])
    return linked


def _linked(rows: pl.DataFrame, start: str, end: str) -> pl.DataFrame:
    return rows.with_columns(short_keys(rows[start]).alias("start"), short_keys(rows[end]).alias("end"))


def _within(rows: pl.DataFrame, column: str, source: Source, table: str) -> pl.DataFrame:
    """Keep rows whose pile-on or campaign is among the results."""
    held = source.result(table)
    return rows.filter(pl.col(column).is_in(held[held.columns[0]].implode()))

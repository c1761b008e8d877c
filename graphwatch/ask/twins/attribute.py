"""Twins of ``queries/attribute``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import prod

import numpy as np
import polars as pl

from graphwatch.ask.ground import Ground, compressed
from graphwatch.ask.kernels import breadth_first
from graphwatch.ask.parameters import Given
from graphwatch.graph.encode import look_up
from graphwatch.schema import STRINGS

_OWNERSHIP_HOPS = 8
_DAY_S = 86_400
_Chain = tuple[tuple[str, ...], tuple[float | None, ...]]


def roles_by_agency(ground: Ground, given: Given) -> pl.DataFrame:
    """Count the accounts of the pile-on by agency and role."""
    pileon = ground.pileon(given.text("pileon"))
    members = ground.result("members").filter(pl.col("pileon_id").is_in(pileon["pileon_id"].implode()))
    return members.group_by("agency_id", "role").agg(
        pl.len().alias("accounts"), pl.col("interactions").sum().alias("acts"), pl.col("hostile").sum(), pl.col("first_at").min()
    )


def agencies_behind(ground: Ground, given: Given) -> pl.DataFrame:
    """Give the scope's rows of the table of agencies."""
    scope = given.text("scope")
    known = scope in ground.result("pileons")["pileon_id"] or scope in ground.result("campaigns")["campaign_id"]
    rows = ground.result("agencies").filter((pl.col("scope") == scope) & pl.lit(known))
    return rows.filter(pl.col("q_value").is_null() | (pl.col("q_value") <= given.real("max_q")))


def _contracts(ground: Ground) -> pl.DataFrame:
    """Contracts as the graph has them: one for each account, agency and start."""
    rows = ground.side("affiliations")
    named = rows.with_columns(ground.named(rows["account_id"]).alias("account_id")).drop_nulls(["account_id", "agency_id"])
    order = ("account_id", "agency_id", "valid_from", "valid_to", "source", "confidence", "observed_at")
    return named.sort(order, nulls_last=True).unique(order[:3], keep="first", maintain_order=True)


def _stakes(ground: Ground, at: datetime | None) -> pl.DataFrame:
    """Stakes as the graph has them, as of a time."""
    order = ("owner_id", "owned_id", "valid_from", "share", "valid_to", "source")
    rows = ground.side("ownership").drop_nulls(["owner_id", "owned_id"]).sort(order, nulls_last=True)
    return _valid(rows.unique(order[:3], keep="first", maintain_order=True), at)


def _valid(rows: pl.DataFrame, at: datetime | None) -> pl.DataFrame:
    if at is None:
        return rows
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= at)
    return rows.filter(begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") > at)))


def ownership_chain(ground: Ground, given: Given) -> pl.DataFrame:
    """List the chains, the shortest first, without coming to a company twice; once ``limit`` is reached, longer ones are not looked for."""
    stakes = _stakes(ground, given.moment("at"))
    owners: dict[str, list[tuple[str, float | None]]] = {}
    for owner, owned, share in stakes.select("owner_id", "owned_id", "share").iter_rows():
        owners.setdefault(owned, []).append((owner, share))
    start = ground.side("agencies").filter((pl.col("agency_id") == given.text("agency")) & pl.col("company_id").is_not_null())
    chains: list[_Chain] = [((company,), ()) for company in start["company_id"].unique().sort()]
    rows: list[tuple[list[str], str, int, float | None, bool]] = []
    for hops in range(_OWNERSHIP_HOPS + 1):
        for path, shares in chains:
            ground.go_on()
            product = _product(shares)
            if product is None or product >= given.real("min_share"):
                is_top = not [owner for owner, _ in owners.get(path[-1], []) if owner != path[-1]]
                rows.append((list(path), path[-1], hops, product, is_top))
        if len(rows) >= given.whole("limit") or hops == _OWNERSHIP_HOPS:
            break
        chains = list(_longer(chains, owners, ground))
    schema = {"path": STRINGS, "owner_id": pl.String(), "hops": pl.Int64(), "share": pl.Float64(), "is_top": pl.Boolean()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _longer(chains: list[_Chain], owners: dict[str, list[tuple[str, float | None]]], ground: Ground) -> Iterator[_Chain]:
    for path, shares in chains:
        ground.go_on()
        yield from (((*path, owner), (*shares, share)) for owner, share in owners.get(path[-1], []) if owner not in path)


def _product(shares: tuple[float | None, ...]) -> float | None:
    """Multiply from the owner down, so that rounding is as in Cypher; None: a share is not known."""
    known = [share for share in reversed(shares) if share is not None]
    return prod(known, start=1.0) if len(known) == len(shares) else None


def accounts_under(ground: Ground, given: Given) -> pl.DataFrame:
    """Walk down from the controller, breadth first, to companies of agencies and their accounts."""
    at, controller = given.moment("at"), given.text("controller")
    stakes = _stakes(ground, at)
    agencies = ground.side("agencies").drop_nulls(["agency_id", "company_id"]).select("agency_id", "company_id").unique()
    names = pl.concat([stakes["owner_id"].rename("id"), stakes["owned_id"].rename("id"), agencies["company_id"].rename("id")])
    names = names.unique().sort()
    source = int(look_up(pl.Series([controller]), names)[0])
    hops = np.full(len(names), -1, np.int64)
    if source >= 0:
        start, owned = compressed(look_up(stakes["owner_id"], names), look_up(stakes["owned_id"], names), len(names))
        hops = breadth_first(start, owned, source, _OWNERSHIP_HOPS)
    reached = pl.DataFrame({"company_id": names, "hops": hops}).filter(pl.col("hops") >= 0)
    return _valid(_contracts(ground), at).join(agencies, on="agency_id").join(reached, on="company_id")


def contracts_changed(ground: Ground, given: Given) -> pl.DataFrame:
    """Find the starts and ends of contracts of the pile-on's accounts near its onset."""
    pileon = ground.pileon(given.text("pileon"))
    members = ground.result("members").filter(pl.col("pileon_id").is_in(pileon["pileon_id"].implode()))
    members = members.select(pl.col("actor_id").alias("account_id"), "role", "hostile")
    held = _contracts(ground).join(members, on="account_id")
    ends = [
        held.select("account_id", "agency_id", "role", "hostile", pl.lit(change).alias("change"), pl.col(column).alias("at"))
        for change, column in (("begins", "valid_from"), ("ends", "valid_to"))
    ]
    onset = pileon["onset"].dt.epoch("us").item() // 1_000_000 if len(pileon) else 0
    changes = pl.concat(ends).drop_nulls("at").with_columns(after_onset_s=pl.col("at").dt.epoch("us") // 1_000_000 - onset)
    return changes.filter(pl.col("after_onset_s").abs() <= given.whole("days") * _DAY_S)

"""Twins of ``queries/review``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from graphwatch.ask.ground import Ground
from graphwatch.ask.parameters import Given
from graphwatch.schema import TIMESTAMP

_COLUMNS: Final = {
    "at": TIMESTAMP,
    "sort": pl.String(),
    "interaction_id": pl.String(),
    "finding_id": pl.String(),
    "platform": pl.String(),
    "other_id": pl.String(),
    "agency_id": pl.String(),
    "detail": pl.String(),
}


def about_account(ground: Ground, given: Given) -> pl.DataFrame:
    """Gather the account's rows of every table."""
    account = given.text("account")
    parts = [*_acts(ground, account), *_findings(ground, account), *_links(ground, account)]
    return pl.concat([_row(sort, frame) for sort, frame in parts])


def _row(sort: str, frame: pl.DataFrame) -> pl.DataFrame:
    given = frame.with_columns(pl.lit(sort).alias("sort"))
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in _COLUMNS.items() if name not in given.columns]
    return given.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in _COLUMNS.items())


def _acts(ground: Ground, account: str) -> Iterator[tuple[str, pl.DataFrame]]:
    told = {"detail": pl.col("kind")}
    yield "act", ground.acts(ground.rows_by(account)).with_columns(**told)
    yield "acted_upon", ground.acts(ground.rows_on(account)).with_columns(**told, other_id=pl.col("account_id"))


def _findings(ground: Ground, account: str) -> Iterator[tuple[str, pl.DataFrame]]:
    pileons, alerts, pairs = ground.result("pileons"), ground.result("alerts"), ground.result("coactions")
    members = ground.result("members").filter(pl.col("actor_id") == account).join(pileons, on="pileon_id", how="semi")
    yield "member", members.select(at="first_at", finding_id="pileon_id", detail="role")
    yield "pileon", pileons.filter(pl.col("target_id") == account).select(at="onset", finding_id="pileon_id", detail="nature")
    yield "alert", alerts.filter(pl.col("target_id") == account).select("at", finding_id="alert_id", detail="level")
    for own, other in (("a", "b"), ("b", "a")):
        yield "co_action", pairs.filter((pl.col(own) == account) & (pl.col(other) != account)).select(at="first_at", other_id=other)


def _links(ground: Ground, account: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Links that side tables tell, one for each pair as in the graph (contracts: for each start)."""
    signed = ground.side_about("affiliations", ["account_id"], account)
    signed = signed.with_columns(ground.named(signed["account_id"]).alias("start"), pl.col("agency_id").alias("end"))
    contracts = _once(signed, "valid_from", "valid_to", "source", "confidence", "observed_at", apart=1)
    yield "contract", contracts.filter(pl.col("start") == account).select(at="valid_from", agency_id="end", detail="source")
    followed = ground.side_about("follows", ["follower_id", "followed_id"], account)
    ends = (ground.named(followed["follower_id"]).alias("start"), ground.named(followed["followed_id"]).alias("end"))
    follows = _once(followed.with_columns(*ends), "observed_at")
    yield "follows", follows.filter(pl.col("start") == account).select(at="observed_at", other_id="end")
    yield "followed_by", follows.filter(pl.col("end") == account).select(at="observed_at", other_id="start")
    told = ground.side_about("identities", ["account_id", "other_id"], account)
    ends = (
        ground.named(told["account_id"], told["platform"]).alias("start"),
        ground.named(told["other_id"], told["other_platform"]).alias("end"),
    )
    same = _once(told.with_columns(*ends), "source", "confidence", "observed_at").filter(pl.col("start") != pl.col("end"))
    for own, other in (("start", "end"), ("end", "start")):
        yield "same_person", same.filter(pl.col(own) == account).select(at="observed_at", other_id=other, detail="source")


def _once(rows: pl.DataFrame, *properties: str, apart: int = 0) -> pl.DataFrame:
    order = ["start", "end", *properties]
    return rows.drop_nulls(["start", "end"]).sort(order, nulls_last=True).unique(order[: 2 + apart], keep="first", maintain_order=True)

"""On a simulated world, the origins of planted attacks are the accounts that were planted as their originators."""

from __future__ import annotations

import polars as pl

import graphwatch as gw
from graphwatch.settings import Settings


def test_planted_originators_are_among_the_first_origins() -> None:
    world = gw.simulate_world(20_000, seed=11)
    result = gw.analyze(world.interactions, follows=world.follows, settings=Settings.model_validate({"trace": {"samples": 40}}))
    found, origins = result.frames["pileons"], result.frames["origins"].filter(pl.col("expected_share") >= 0.02)
    planted = first = early = 0
    for row in world.truth_pileons.filter(pl.col("nature") == "attack").iter_rows(named=True):
        mine = pl.col("target_id") == row["target_id"]
        roles = world.truth_roles.filter(pl.col("incident_id") == row["incident_id"], mine, "originator")
        met = found.filter(mine, pl.col("onset") <= row["end"], pl.col("end") >= row["onset"])
        if roles.is_empty() or met.is_empty():
            continue
        ranked = origins.filter(pl.col("pileon_id") == met["pileon_id"][0]).sort("rank")["actor_id"].to_list()
        originators = set(roles["actor_id"])
        planted += 1
        first += bool(ranked) and ranked[0] in originators
        early += bool(originators & set(ranked[:3]))
    assert planted >= 5, (planted, early, first)
    assert early >= 0.8 * planted, (planted, early, first)
    assert first >= 0.5 * planted
    assert set(result.frames["origins"]["pileon_id"]) <= set(found["pileon_id"])


def test_what_descends_from_an_act_counts_all_causes_that_the_model_considered() -> None:
    """An account's credit counts all of its acts, so those of accounts with one act must agree with their act's share."""
    world = gw.simulate_world(20_000, seed=11)
    result = gw.analyze(world.interactions, follows=world.follows, settings=Settings.model_validate({"trace": {"samples": 40}}))
    members = result.frames["members"].filter(pl.col("interactions") == 1).select("pileon_id", "actor_id", "credit")
    told = result.frames["origins"].filter("in_data").join(members, on=["pileon_id", "actor_id"])
    pairs = told.select("expected_share", "credit").to_numpy()
    assert len(pairs) >= 20
    assert abs(pairs[:, 0] - pairs[:, 1]).mean() < 0.04  # links by lag add a little

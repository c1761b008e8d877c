"""A simulated world, traced over the true windows of its bursts."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from graphwatch.detect import find_pileons
from graphwatch.graph.encode import encode
from graphwatch.model import Pileons
from graphwatch.schema import ROLES
from graphwatch.settings import DetectSettings, TraceSettings
from graphwatch.simulate import simulate_world
from graphwatch.trace import trace_pileons


def test_initiators_and_roles_of_a_simulated_world(make_pileons: Callable[..., Pileons]) -> None:
    found = []
    for seed in (11, 12):
        world = simulate_world(200_000, seed)
        events = encode(world.interactions)
        bursts = world.truth_pileons.with_columns(pl.col("onset", "end").to_physical())
        pileons = make_pileons(events, bursts.select("target_id", "onset", "end", "nature").rows())
        members = trace_pileons(events, pileons, world.follows, TraceSettings(), 0).members
        names = pileons.frame.select("pileon_id", "target_id", onset=pl.Series(pileons.onset))
        incidents = names.join(bursts, on=["target_id", "onset"]).select("pileon_id", "target_id", "incident_id")
        ranked = members.with_columns(rank=pl.int_range(pl.len()).over("pileon_id") + 1).join(incidents, on="pileon_id")
        keys = ["incident_id", "target_id", "actor_id"]
        found.append(world.truth_roles.join(ranked, on=keys, how="left", suffix="_found").with_columns(seed=pl.lit(seed)))
    roles = pl.concat(found)
    first = roles.filter(pl.col("role") == "initiator").group_by("seed", "incident_id", "target_id").agg(pl.col("rank").min())
    assert first.filter(pl.col("rank") <= 3).height >= 0.8 * first.height
    scores = []
    for role in ROLES:
        hit = roles.filter((pl.col("role") == role) & (pl.col("role_found") == role)).height
        scores.append(2 * hit / (roles.filter(pl.col("role") == role).height + roles.filter(pl.col("role_found") == role).height))
    assert sum(scores) / len(scores) >= 0.75


def test_members_add_up_to_their_detected_pileon() -> None:
    world = simulate_world(100_000, 13)
    events = encode(world.interactions)
    pileons = find_pileons(events, DetectSettings(), 0)
    members = trace_pileons(events, pileons, world.follows, TraceSettings(samples=20, draws=2), 0).members
    counted = (
        members.filter(pl.col("interactions") > 0)
        .group_by("pileon_id")
        .agg(
            pl.len().alias("actors"),
            pl.col("interactions", "hostile").sum(),
            (pl.col("hostile") > 0).sum().alias("hostile_actors"),
            pl.col("newcomer").sum().alias("newcomers"),
        )
    )
    names = ["pileon_id", "interactions", "hostile", "actors", "hostile_actors", "newcomers"]
    assert len(pileons) > 5
    assert (
        counted.select(pl.col(n).cast(pileons.frame.schema[n]) for n in names)
        .sort("pileon_id")
        .equals(pileons.frame.select(names).sort("pileon_id"))
    )

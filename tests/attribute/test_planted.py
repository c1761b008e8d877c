"""Simulated worlds: the agency that stands behind an attack is found, others are not, and its controller is named."""

from __future__ import annotations

import numpy as np
import polars as pl

from graphwatch.attribute import attribute_agencies
from graphwatch.graph.encode import encode, look_up
from graphwatch.model import Events, Lists, Pileons
from graphwatch.schema import MEMBERS, PILEONS
from graphwatch.settings import AttributeSettings
from graphwatch.simulate import simulate_world

SCENARIOS = {"agency_driven": 5, "breaking_news": 2, "celebrity_fandom": 2, "criticism_storm": 2, "single_inciter": 2}
HOSTILE_AT = 0.5


def true_pileons(events: Events, truth: pl.DataFrame) -> tuple[Pileons, pl.DataFrame]:
    """Take the planted bursts as found, so that only this stage is judged."""
    target = look_up(truth["target_id"], events.accounts)
    onset, peak, end = (truth[name].to_physical().to_numpy() for name in ("onset", "peak", "end"))
    ids = [f"p-{i}" for i in range(len(truth))]
    aimed = events.targets.rows()
    rows = []
    for code, first, last in zip(target, onset, end, strict=True):
        at = np.unique(aimed[events.targets.values == code])
        rows.append(at[(events.at[at] >= first) & (events.at[at] <= last)])
    starts = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    flat = np.concatenate(rows).astype(np.int32)
    frame = PILEONS.conform(truth.with_columns(pileon_id=pl.Series(ids), interactions=pl.Series([len(r) for r in rows])))
    acts = pl.DataFrame(
        {
            "pileon_id": pl.Series(ids).gather(np.repeat(np.arange(len(ids)), np.diff(starts))),
            "actor_id": events.accounts.gather(events.actor[flat]),
            "hostile": events.hostile(HOSTILE_AT)[flat],
            "first_at": pl.Series(events.at[flat]).cast(pl.Datetime("us", "UTC")),
        }
    )
    members = acts.group_by("pileon_id", "actor_id").agg(
        pl.len().alias("interactions"), pl.col("hostile").sum(), pl.col("first_at").min(), credit=pl.lit(0.0)
    )
    return Pileons(frame, target, onset, peak, end, Lists(starts, flat), volume_only=False), MEMBERS.conform(members)


def test_planted_agencies_are_found_and_no_others() -> None:
    planted, found, controllers, false, tests = 0, 0, 0, 0, 0
    for seed in range(3):
        world = simulate_world(150_000, seed, days=14, scenarios=SCENARIOS)
        events = encode(world.interactions)
        truth = world.truth_pileons.sort("onset", "target_id")
        pileons, members = true_pileons(events, truth)
        result = attribute_agencies(
            events, pileons, members, world.affiliations, world.agencies, world.ownership, AttributeSettings(), seed
        )
        named = truth.select("incident_id", "target_id").with_columns(scope=pileons.frame["pileon_id"])
        behind = named.join(world.truth_agencies, on=["incident_id", "target_id"])
        certain = result.findings.filter(pl.col("q_value") < 0.05)
        hits = behind.join(certain, on=["scope", "agency_id"], suffix="_found")
        planted += len(behind)
        found += len(hits)
        controllers += int((hits["controller_id"] == hits["controller_id_found"]).sum())
        false += len(certain.join(behind, on=["scope", "agency_id"], how="anti"))
        tests += len(pileons) * len(world.agencies) - len(behind)
    assert planted >= 15  # five in each world
    assert found >= 0.9 * planted
    assert controllers == found
    assert false <= 0.05 * found
    assert false <= 0.05 * tests

"""Simulated worlds: the agency that stands behind an attack is found, others are not, and its controller is named."""

from __future__ import annotations

import polars as pl

from benchmarks.agencies import SCENARIOS, true_pileons
from graphwatch.attribute import attribute_agencies
from graphwatch.graph.encode import encode
from graphwatch.settings import AttributeSettings
from graphwatch.simulate import simulate_world


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

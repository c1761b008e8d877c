"""A simulated world on disk, and a run that is right in everything."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from graphwatch.schema import RESULTS
from graphwatch.simulate import World, simulate_world, write_world


def perfect_results(world: World, folder: Path) -> Path:
    """Write result tables that say exactly what the truth says."""
    folder.mkdir()
    truth = world.truth_pileons.with_columns(pileon_id=pl.format("p-{}-{}", "incident_id", "target_id"))
    key = ["incident_id", "target_id"]
    named = truth.select(*key, "pileon_id")
    who = world.truth_roles.join(named, on=key).with_columns(credit=pl.when("originator").then(0.9).otherwise(0.01))
    behind = world.truth_agencies.join(named, on=key).with_columns(scope="pileon_id", q_value=pl.lit(0.001), odds_ratio=pl.lit(9.0))
    warned = truth.filter(pl.col("nature") == "attack").select(
        "target_id", alert_id="pileon_id", at=pl.col("onset") + pl.duration(minutes=1), probability=pl.lit(0.95), level=pl.lit("critical")
    )
    frames = {"pileons": truth, "members": who, "agencies": behind, "alerts": warned}
    for name, table in RESULTS.items():
        table.conform(frames.get(name, table.empty())).write_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="session")
def world() -> World:
    return simulate_world(30_000, seed=2)


@pytest.fixture(scope="session")
def world_dir(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(world, tmp_path_factory.mktemp("evaluate") / "world")


@pytest.fixture(scope="session")
def perfect_dir(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return perfect_results(world, tmp_path_factory.mktemp("evaluate") / "result")

"""The world as its readers see it: valid tables, links that hold, the same bytes for the same seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import numpy as np
import polars as pl
import pytest

from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode
from graphwatch.schema import CATEGORIES, INPUTS, KINDS, SURFACES, TRUTHS, Table
from graphwatch.simulate import World, simulate_world, write_world
from graphwatch.simulate.scenarios import SCENARIOS


class Arguments(TypedDict, total=False):
    interactions: int
    seed: int
    days: int
    platforms: tuple[str, ...]
    scenarios: dict[str, int]


WRITTEN = {name: table for name, table in INPUTS.items() if name in World.__dataclass_fields__}


def tables(world: World) -> dict[str, tuple[pl.DataFrame, Table]]:
    return {name: (getattr(world, name), table) for name, table in (*WRITTEN.items(), *TRUTHS.items())}


def digests(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("name", [*WRITTEN, *TRUTHS])
def test_tables_are_as_declared(small_world: World, name: str) -> None:
    frame, table = tables(small_world)[name]
    assert frame.schema == pl.Schema(table.dtypes)
    assert len(frame)
    assert not frame.select(table.key).is_duplicated().any()
    for column in table.columns:
        values = frame[column.name]
        if column.required:
            assert values.null_count() == 0, column.name
        if column.low is not None and values.drop_nulls().len():
            assert float(values.drop_nulls().to_numpy().min()) >= column.low, column.name
        if column.high is not None and values.drop_nulls().len():
            assert float(values.drop_nulls().to_numpy().max()) <= column.high, column.name


def test_number_of_interactions_is_exact(small_world: World) -> None:
    assert len(small_world.interactions) == 40_000
    assert small_world.interactions["at"].is_sorted()
    assert small_world.interactions.filter(pl.col("interaction_id").str.slice(1).is_duplicated()).is_empty()


def test_all_kinds_surfaces_categories_and_scenarios_occur(small_world: World) -> None:
    frame = small_world.interactions
    assert set(frame["kind"]) == set(KINDS)
    assert set(frame["surface"]) == set(SURFACES)
    assert set(frame["category"]) == set(CATEGORIES)
    assert set(small_world.truth_pileons["scenario"]) == set(SCENARIOS)


def test_parents_come_before_their_children_on_the_same_platform(small_world: World) -> None:
    frame = small_world.interactions
    parents = frame.select(parent_id="interaction_id", before="at", platform_of="platform", root_of_parent="root_id")
    linked = frame.filter(pl.col("parent_id").is_not_null()).join(parents, on="parent_id", how="left")
    assert linked["before"].null_count() == 0
    assert (linked["before"] <= linked["at"]).all()
    assert (linked["platform_of"] == linked["platform"]).all()
    assert (linked["root_id"] == pl.select(pl.coalesce(linked["root_of_parent"], linked["parent_id"])).to_series()).all()


def test_encoding_meets_nothing_odd_and_implied_targets_follow(small_world: World) -> None:
    frame = small_world.interactions
    events = encode(frame)
    assert {events.counts[name] for name in ("orphans", "cycles", "own_parents", "children_before_parents", "self_targets")} == {0}
    implied = frame["target_ids"].is_null().to_numpy()
    assert 0.02 < implied.mean() < 0.15
    sizes = np.diff(events.targets.start)
    assert (sizes[implied] == 1).mean() > 0.98
    given = encode(frame.with_columns(pl.col("target_ids").fill_null([])))
    assert (np.diff(given.targets.start)[implied] == 0).all()


def test_accounts_act_on_one_platform_only(small_world: World) -> None:
    acts = small_world.interactions.select("actor_id", "platform").unique()
    assert acts["actor_id"].is_unique().all()
    known = acts.join(small_world.accounts, left_on=("actor_id", "platform"), right_on=("account_id", "platform"), how="anti")
    assert known.is_empty()
    made = small_world.interactions.filter(pl.col("actor_created_at") > pl.col("at"))
    assert made.is_empty()


def test_without_hostility_the_rest_is_the_same() -> None:
    scenarios = {"single_inciter": 1, "giveaway": 1}
    with_it = simulate_world(3_000, 5, days=9, scenarios=scenarios)
    without = simulate_world(3_000, 5, days=9, scenarios=scenarios, hostility=False)
    assert without.interactions.select("hostility", "category").null_count().row(0) == (3_000, 3_000)
    rest = pl.exclude("hostility", "category")
    assert with_it.interactions.select(rest).equals(without.interactions.select(rest))
    assert with_it.truth_roles.equals(without.truth_roles)


def test_same_seed_same_bytes_whatever_threads_and_hash_seed(tmp_path: Path) -> None:
    code = "import sys; from graphwatch.simulate import *; write_world(simulate_world(4_000, 3, days=8), sys.argv[1])"
    made = []
    for k in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": k, "POLARS_MAX_THREADS": k}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / k)], check=True, env=env)  # noqa: S603
        made.append(digests(tmp_path / k))
    assert made[0] == made[1]
    write_world(simulate_world(4_000, 4, days=8), tmp_path / "other")
    other = digests(tmp_path / "other")
    assert all(other[name] != made[0][name] for name in ("interactions.parquet", "follows.parquet", "truth/roles.parquet"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"interactions": 10},
        {"days": 3},
        {"platforms": ()},
        {"platforms": ("a", "a")},
        {"platforms": ("微博",)},
        {"scenarios": {"earthquake": 1}},
        {"scenarios": {"giveaway": -1}},
        {"scenarios": {"criticism_storm": 10_000}},
        {"seed": -1},
    ],
)
def test_wrong_arguments_are_named(wrong: Arguments) -> None:
    with pytest.raises(ConfigurationError):
        simulate_world(
            wrong.get("interactions", 2_000),
            wrong.get("seed", 1),
            days=wrong.get("days", 10),
            platforms=wrong.get("platforms", ("one",)),
            scenarios=wrong.get("scenarios"),
        )


@pytest.mark.parametrize("interactions", [1_000, 5_000, 19_999])
def test_small_worlds_are_sound(interactions: int) -> None:
    world = simulate_world(interactions, 2, days=10, platforms=("one",))
    assert len(world.interactions) == interactions
    assert (world.truth_pileons["nature"] == "attack").any()
    assert (world.truth_pileons["nature"] != "attack").any()
    assert set(world.interactions["platform"]) == {"one"}


def test_a_world_without_bursts_is_ordinary() -> None:
    world = simulate_world(2_000, 2, days=10, scenarios={})
    assert len(world.interactions) == 2_000
    assert [len(frame) for frame in (world.truth_pileons, world.truth_roles, world.truth_agencies)] == [0, 0, 0]
    assert encode(world.interactions).counts["interactions"] == 2_000

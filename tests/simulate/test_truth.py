"""The truth against the tables: recomputed from what a reader can see."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graphwatch.model import MINUTE
from graphwatch.simulate import World, simulate_world
from graphwatch.simulate.truth import peak_time

PLACE = ["incident_id", "target_id"]


@pytest.fixture(scope="module")
def world() -> World:
    return simulate_world(120_000, seed=4, scenarios={"single_inciter": 4, "agency_driven": 5, "copypasta_ring": 2, "slow_burning": 2})


def on_targets(world: World) -> pl.DataFrame:
    acts = world.interactions.explode("target_ids").rename({"target_ids": "target_id"}).filter(pl.col("target_id").is_not_null())
    return acts.join(world.truth_pileons, on="target_id").filter(pl.col("at").is_between("onset", "end"))


def test_bursts_are_in_the_interactions(small_world: World) -> None:
    acts = on_targets(small_world)
    seen = acts.group_by(PLACE).agg(
        first=pl.col("at").min(),
        last=pl.col("at").max(),
        n=pl.col("actor_id").n_unique(),
        onset=pl.col("onset").first(),
        end=pl.col("end").first(),
    )
    both = seen.join(small_world.truth_pileons, on=PLACE)
    assert len(both) == len(small_world.truth_pileons)
    assert (both["first"] == both["onset"]).to_numpy().mean() > 0.9  # the rest: the first act leaves its target implied
    assert (both["n"] >= 0.85 * both["actors"]).all()
    assert both.select(pl.col("onset") <= pl.col("peak")).to_series().all()


def test_hostile_accounts_are_seen_through_the_classifiers_noise(small_world: World) -> None:
    acts = on_targets(small_world)
    seen = acts.filter(pl.col("hostility") >= 0.5).group_by(PLACE).agg(h=pl.col("actor_id").n_unique())
    both = seen.join(small_world.truth_pileons.filter(pl.col("nature") == "attack"), on=PLACE)
    assert len(both) == small_world.truth_pileons.filter(pl.col("nature") == "attack").height
    ratio = both["h"] / both["hostile_actors"]
    assert ratio.is_between(0.65, 1.25).all()
    share = acts.group_by("nature").agg(h=(pl.col("hostility") >= 0.5).mean(), c=(pl.col("category") == "criticism").mean())
    hostile, critical = dict(share.select("nature", "h").iter_rows()), dict(share.select("nature", "c").iter_rows())
    assert hostile["attack"] > 0.4 > 2 * hostile["attention"]
    assert hostile["criticism"] < 0.3
    assert critical["criticism"] > 0.4 > 3 * critical["attack"]


def test_roles_follow_from_the_record(world: World) -> None:
    roles = world.truth_roles
    assert set(roles["role"]) == {"initiator", "inciter", "repeat_offender", "follower"}
    assert (roles["roles"].list.first() == roles["role"]).all()
    assert (roles["originator"] == (roles["role"] == "initiator")).all()
    acts = world.interactions.select(actor_id="actor_id", first_at="at")
    assert len(roles.join(acts, on=["actor_id", "first_at"], how="semi")) == len(roles)
    counted = roles.filter("originator").group_by(PLACE).len()["len"]
    assert counted.is_between(1, 3).all()
    planted = world.truth_pileons.filter(pl.col("nature") == "attack").height
    assert len(counted) >= 0.9 * planted
    onset = roles.filter("originator").join(world.truth_pileons, on=PLACE)
    assert ((onset["first_at"] - onset["onset"]).dt.total_minutes() <= 10).all()


def test_repeat_offenders_are_in_three_attacks(world: World) -> None:
    attacks = world.truth_roles.group_by("actor_id").agg(
        pl.col("incident_id").n_unique(), repeats=pl.col("roles").list.contains("repeat_offender").any()
    )
    assert attacks.filter("repeats")["incident_id"].to_numpy().min() >= 3
    assert attacks.filter("repeats").height >= 20
    assert attacks.filter(~pl.col("repeats") & (pl.col("incident_id") >= 4)).height <= 2  # silent takers-part


def test_inciters_draw_in_many_more_than_followers_do(world: World) -> None:
    """Count acts on the target that name an account's act as their parent; part of the true causes is hidden: a lower bound."""
    acts = on_targets(world).select("interaction_id", "actor_id", "parent_id", *PLACE)
    answered = acts.join(acts.select(*PLACE, parent_id="interaction_id", asked="actor_id"), on=[*PLACE, "parent_id"])
    counts = answered.group_by(*PLACE, actor_id="asked").len()
    drawn = world.truth_roles.join(counts, on=[*PLACE, "actor_id"], how="left").with_columns(pl.col("len").fill_null(0))
    mean = dict(drawn.group_by("role").agg(pl.col("len").mean()).iter_rows())
    assert mean["inciter"] > 8 * mean["follower"]
    assert mean["initiator"] > 8 * mean["follower"]


def test_quarrels_have_no_roles(small_world: World) -> None:
    quarrels = small_world.truth_pileons.filter(pl.col("scenario") == "two_sided_quarrel")
    assert len(quarrels) == 2
    assert quarrels["incident_id"].n_unique() == 1
    assert set(quarrels["nature"]) == {"attack"}
    assert small_world.truth_roles.join(quarrels, on=PLACE, how="semi").is_empty()


def test_agency_accounts_are_many_among_the_first_as_of_the_act(world: World) -> None:
    assert len(world.truth_agencies) == 5
    for row in world.truth_agencies.iter_rows(named=True):
        taking_part = world.truth_roles.filter((pl.col("incident_id") == row["incident_id"]) & (pl.col("target_id") == row["target_id"]))
        first = taking_part.sort("first_at").head(max(3, len(taking_part) // 3))
        at = first["first_at"][0]
        contracts = world.affiliations.filter((pl.col("valid_from") <= at) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > at)))
        ours = contracts.filter(pl.col("agency_id") == row["agency_id"])["account_id"]
        assert first["actor_id"].is_in(ours.implode()).to_numpy().mean() > 0.15
        sizes = contracts["agency_id"].value_counts().sort("count")
        assert sizes["agency_id"][-1] != row["agency_id"]


def test_contracts_have_traps_but_no_account_is_with_two_at_once(small_world: World) -> None:
    contracts = small_world.affiliations
    assert contracts["valid_to"].is_not_null().any()
    assert contracts["account_id"].is_duplicated().any()
    later = contracts.sort("account_id", "valid_from").with_columns(
        following=pl.col("valid_from").shift(-1).over("account_id"), until=pl.col("valid_to")
    )
    clash = later.filter(pl.col("following").is_not_null() & (pl.col("until").is_null() | (pl.col("until") > pl.col("following"))))
    assert clash.is_empty()
    signed = contracts["account_id"].n_unique() / len(small_world.accounts)
    assert 0.08 < signed < 0.18
    biggest = contracts["agency_id"].value_counts(sort=True)["count"][0] / len(contracts)
    assert 0.15 < biggest < 0.35


def test_controllers_stand_at_the_end_of_the_chain(world: World) -> None:
    owns = world.ownership.filter(pl.col("valid_to").is_null())
    company = dict(world.agencies.select("agency_id", "company_id").iter_rows())
    for row in world.truth_agencies.iter_rows(named=True):
        at, share, steps = company[row["agency_id"]], 1.0, 0
        while len(above := owns.filter(pl.col("owned_id") == at).sort("share", descending=True)):
            at, share, steps = above["owner_id"][0], share * above["share"][0], steps + 1
        assert at == row["controller_id"]
        assert share > 0.25
        assert 1 <= steps <= 3


def test_peak_is_the_middle_of_the_busiest_quarter_hour() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        at = np.sort(rng.integers(0, 300 * MINUTE, 40))
        counts = [int(((at >= start) & (at < start + 15 * MINUTE)).sum()) for start in at]
        assert peak_time(at) == at[int(np.argmax(counts))] + 7.5 * MINUTE

"""What is planted where: counts, targets, moments, sizes."""

from __future__ import annotations

import polars as pl
import pytest

from graphwatch.model import DAY
from graphwatch.simulate import World
from graphwatch.simulate.agencies import make_agencies
from graphwatch.simulate.draws import Clock
from graphwatch.simulate.planning import Burst, plan_bursts, scenario_counts
from graphwatch.simulate.population import Population, make_population
from graphwatch.simulate.scenarios import ATTACKS, HARD_NEGATIVES, SCENARIOS


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population(200_000, ("weibo", "bilibili"), 3)


@pytest.fixture(scope="module")
def bursts(population: Population) -> list[Burst]:
    clock = Clock.of(30)
    return plan_bursts(population, make_agencies(population, clock, 3), clock, 200_000, scenario_counts(400_000), 3)


def test_counts_grow_with_the_world_and_have_a_floor() -> None:
    for interactions in (20_000, 100_000, 1_000_000, 10_000_000):
        counts = scenario_counts(interactions)
        attacks = sum(counts[scenario.name] for scenario in ATTACKS)
        negatives = sum(counts[scenario.name] for scenario in HARD_NEGATIVES)
        assert min(counts.values()) >= 1
        assert attacks == max(interactions // 20_000, 7)
        assert negatives == max(interactions // 20_000, 6)
    assert sum(scenario_counts(1_000).values()) == 2
    assert sum(scenario_counts(10**9).values()) == 1_200


def test_targets_are_distinct_and_fit(bursts: list[Burst], population: Population) -> None:
    targets = [burst.target for burst in bursts]
    assert len(set(targets)) == len(targets)
    for burst in bursts:
        if burst.scenario.aim == "company":
            assert population.company[burst.target]
        low, high = population.platform_of(burst.target)
        assert low <= burst.target < high
        assert 10 <= burst.size <= (high - low) // 10


def test_two_row_incidents(bursts: list[Burst], population: Population) -> None:
    for scenario in ("cross_platform", "two_sided_quarrel"):
        pairs = [[b for b in bursts if b.incident == i] for i in sorted({b.incident for b in bursts if b.scenario.name == scenario})]
        assert pairs
        for first, second in pairs:
            differs = population.platform[first.target] != population.platform[second.target]
            assert differs == (scenario == "cross_platform")
            assert population.community[first.target] != population.community[second.target]
            assert 0 < abs(second.onset - first.onset) <= 2 * 3600 * 10**6
            assert (first.rival, second.rival) == ((second.target, first.target) if scenario == "two_sided_quarrel" else (-1, -1))


def test_onsets_leave_ordinary_days_before_and_room_behind(bursts: list[Burst]) -> None:
    clock = Clock.of(30)
    assert min(burst.onset for burst in bursts) >= clock.start + 3.5 * DAY
    assert max(burst.onset for burst in bursts) <= clock.end - 2 * DAY


def test_the_agency_is_never_the_biggest(bursts: list[Burst]) -> None:
    driven = [burst.agency for burst in bursts if burst.scenario.agency]
    assert driven
    assert 0 not in driven
    assert all(burst.agency == -1 for burst in bursts if not burst.scenario.agency)


def test_the_share_of_bursts_in_the_traffic_stays_small(small_world: World) -> None:
    acts = small_world.interactions.explode("target_ids").rename({"target_ids": "target_id"})
    inside = acts.join(small_world.truth_pileons, on="target_id").filter(pl.col("at").is_between("onset", "end"))
    assert 0.02 < inside["interaction_id"].n_unique() / len(small_world.interactions) < 0.25


def test_declared_scenarios_are_whole() -> None:
    assert len(ATTACKS) == 7
    assert len(HARD_NEGATIVES) == 6
    for scenario in SCENARIOS.values():
        assert sum(scenario.kinds) == pytest.approx(1)
        assert sum(scenario.tones) == pytest.approx(1)
        assert scenario.least <= scenario.median <= scenario.most

"""One planted burst from the inside: causes, hidden causes and the follow edges that show them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graphwatch.model import KIND_CODE, MINUTE
from graphwatch.simulate.agencies import make_agencies
from graphwatch.simulate.branching import CROWD, FEEDER, STARTER
from graphwatch.simulate.casting import make_cast
from graphwatch.simulate.draws import Clock, Sampler
from graphwatch.simulate.embers import without_burst
from graphwatch.simulate.follows import make_follows
from graphwatch.simulate.incidents import Planted, plant
from graphwatch.simulate.planning import plan_bursts
from graphwatch.simulate.population import Population, make_population
from graphwatch.simulate.scenarios import SCENARIOS
from graphwatch.simulate.texts import Book
from graphwatch.simulate.tones import is_hostile

INTERACTIONS = 400_000
EACH = 3


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population(INTERACTIONS, ("weibo", "bilibili"), 1)


@pytest.fixture(scope="module")
def planted(population: Population) -> list[Planted]:
    clock = Clock.of(30)
    agencies = make_agencies(population, clock, 1)
    bursts = plan_bursts(population, agencies, clock, INTERACTIONS, dict.fromkeys(SCENARIOS, EACH), 1)
    cast = make_cast(population, agencies, bursts, 1)
    book, objects = Book(), Book()
    return [plant(cast, burst, book, objects, clock.end, 1) for burst in bursts]


def test_every_scenario_was_planted(planted: list[Planted]) -> None:
    assert {item.burst.scenario.name for item in planted} == set(SCENARIOS)


def test_acts_of_the_tree_are_on_the_target_in_time_order(planted: list[Planted], population: Population) -> None:
    for item in planted:
        core = item.acts.at[item.core]
        assert (np.diff(core) >= 0).all()
        assert core[0] == item.burst.onset
        assert (item.acts.target[item.core] == item.burst.target).all()
        assert (item.acts.actor[item.core] != item.burst.target).all()
        assert len(set(population.platform[item.acts.actor].tolist())) == 1
        assert item.acts.at[0] < item.burst.onset


def test_shown_parents_are_the_cause_or_the_targets_post(planted: list[Planted]) -> None:
    shown = hidden = 0
    for item in planted:
        parent = item.acts.parent[item.core]
        cause = np.where(item.tree.cause >= 0, item.tree.cause + 1, -1)
        assert (np.isin(parent, [-1, 0]) | (parent == cause)).all()
        if item.burst.scenario.roles:
            shown += int(((parent > 0) & (cause > 0)).sum())
            hidden += int(((parent <= 0) & (cause > 0)).sum())
    assert 0.25 < shown / (shown + hidden) < 0.65


def test_most_hidden_causes_are_in_the_follow_table(planted: list[Planted], population: Population) -> None:
    follows = make_follows(population, [item.exposure for item in planted], 1)
    edges = set(follows.select("follower_id", "followed_id").iter_rows())
    names = population.id
    held = total = 0
    for item in planted:
        actor, parent = item.acts.actor[item.core], item.acts.parent[item.core]
        rows = np.flatnonzero((item.tree.cause >= 0) & (parent <= 0))
        pairs = [
            (names[int(actor[row])], names[int(actor[item.tree.cause[row]])]) for row in rows if actor[row] != actor[item.tree.cause[row]]
        ]
        held += sum(pair in edges for pair in pairs)
        total += len(pairs)
    assert 0.8 < held / total < 0.95
    assert len(follows) > 6 * len(population)


def test_leads_open_in_public_and_feeders_call_for_more(planted: list[Planted]) -> None:
    for item in planted:
        if not item.burst.scenario.roles:
            continue
        lead = item.tree.part != CROWD
        kinds = item.acts.kind[item.core][lead]
        assert np.isin(kinds, [KIND_CODE["mention"], KIND_CODE["quote"]]).all()
        assert item.rallying[item.tree.part == FEEDER].all()
        assert is_hostile(item.acts.tone[item.core])[lead].all()
        assert (item.acts.text[item.core][item.tree.part == FEEDER] >= 0).all()


def test_leads_are_distinct_accounts_with_one_first_act(planted: list[Planted]) -> None:
    for item in planted:
        actor = item.acts.actor[item.core]
        leads = actor[item.tree.part != CROWD]
        assert len(np.unique(leads)) == len(leads)
        for row in np.flatnonzero(item.tree.part == STARTER):
            assert (actor[:row] != actor[row]).all()


def test_sizes_are_near_what_was_planned(planted: list[Planted]) -> None:
    ratio = [len(np.unique(item.acts.actor[item.core])) / item.burst.size for item in planted]
    assert 0.6 < np.median(ratio) < 1.2
    assert min(ratio) > 0.2
    assert max(ratio) < 3


def test_a_ring_acted_together_before(planted: list[Planted]) -> None:
    rings = [item for item in planted if item.burst.scenario.ring]
    assert rings
    for item in rings:
        before = np.flatnonzero((item.acts.link >= 0) & (item.acts.at < item.burst.onset) & (item.acts.target < 0))
        shared = pl.DataFrame({"link": item.acts.link[before], "at": item.acts.at[before], "actor": item.acts.actor[before]})
        rounds = shared.group_by("link").agg(span=pl.col("at").max() - pl.col("at").min(), accounts=pl.col("actor").n_unique())
        assert len(rounds) >= 8
        assert rounds["span"].to_numpy().max() <= MINUTE
        assert rounds["accounts"].to_numpy().max() >= 0.4 * len(item.ring)
        assert np.isin(shared["actor"].to_numpy(), item.ring).all()


def test_each_scenario_acts_in_its_way(planted: list[Planted]) -> None:
    def share(scenario: str, kinds: list[str]) -> float:
        acts = np.concatenate([item.acts.kind[item.core] for item in planted if item.burst.scenario.name == scenario])
        return float(np.isin(acts, [KIND_CODE[kind] for kind in kinds]).mean())

    assert share("private_message_flood", ["private_message"]) > 0.55
    assert share("danmaku_raid", ["danmaku", "live_chat"]) > 0.7
    assert share("giveaway", ["repost"]) > 0.5
    assert share("criticism_storm", ["rating"]) > 0.02
    assert share("single_inciter", ["private_message", "danmaku", "live_chat"]) == 0


def test_embers_come_before_and_are_no_part_of_the_burst(planted: list[Planted]) -> None:
    smouldering = 0
    for item in planted:
        on_target = item.acts.target == item.burst.target
        early = on_target & (item.acts.at < item.burst.onset)
        smouldering += early.any()
        assert early.sum() <= 14
        assert (item.acts.at[early] >= item.burst.onset - 12 * 60 * MINUTE - 1).all()
        assert set(item.on_target().tolist()) == set(np.flatnonzero(on_target & ~early).tolist())
        assert (item.acts.parent[early] == -1).all()
    assert 0.15 * len(planted) < smouldering < 0.75 * len(planted)


def test_embers_without_a_burst_spare_its_targets(planted: list[Planted], population: Population) -> None:
    bursts = [item.burst for item in planted]
    clock = Clock.of(30)
    acts = without_burst(population, Sampler.of(population.activity**0.5), clock, bursts, 1)
    targets = set(acts.target.tolist()) - {-1}
    assert len(targets) == sum(burst.scenario.nature == "attack" for burst in bursts)
    assert not targets & {burst.target for burst in bursts}
    assert ((acts.at >= clock.start) & (acts.at < clock.end)).all()

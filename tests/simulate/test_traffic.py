"""Ordinary traffic has the shape that real traffic has; a Poisson world would not pass."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graphwatch.model import DAY, HOUR
from graphwatch.simulate import World, simulate_world
from graphwatch.simulate.draws import Clock, Sampler, generator, pareto, zipf_ranks
from graphwatch.simulate.population import Population, make_population
from graphwatch.simulate.traffic import ordinary_traffic


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population(150_000, ("weibo", "bilibili"), 8)


@pytest.fixture(scope="module")
def quiet() -> World:
    return simulate_world(100_000, 6, days=28, scenarios={})


def on_targets(world: World) -> pl.DataFrame:
    acts = world.interactions.filter(pl.col("target_ids").list.len() > 0)
    return acts.explode("target_ids").rename({"target_ids": "target"})


def test_counts_per_target_are_over_dispersed(quiet: World) -> None:
    acts = on_targets(quiet)
    busy = acts["target"].value_counts().filter(pl.col("count") > 200)["target"]
    hours = acts.filter(pl.col("target").is_in(busy.implode())).group_by("target", pl.col("at").dt.truncate("1h")).len()
    figures = hours.group_by("target").agg(mean=pl.col("len").sum() / 672, square=(pl.col("len") ** 2).sum() / 672)
    ratio = (figures["square"] - figures["mean"] ** 2) / figures["mean"]
    assert len(ratio) > 20
    assert np.quantile(ratio.to_numpy(), 0.1) > 1.5


def test_attention_and_activity_are_heavy_tailed(quiet: World) -> None:
    for names in (on_targets(quiet)["target"], quiet.interactions["actor_id"]):
        counts = names.value_counts(sort=True)["count"].to_numpy()
        assert counts[: max(1, len(counts) // 100)].sum() / counts.sum() > 0.08
        assert counts[0] > 20 * np.median(counts)


def test_days_have_a_rhythm_in_local_time(quiet: World) -> None:
    posts = quiet.interactions.filter(pl.col("kind") == "post")
    hours = posts["at"].dt.convert_time_zone("Asia/Shanghai").dt.hour().value_counts().sort("at")["count"]
    assert len(hours) == 24
    assert hours[20] > 6 * hours[4]
    whole = quiet.interactions["at"].dt.convert_time_zone("Asia/Shanghai")
    assert whole.dt.date().n_unique() == 28


def test_everyday_hostility_is_low_but_not_equal(quiet: World) -> None:
    acts = on_targets(quiet).group_by("target").agg(n=pl.len(), h=(pl.col("hostility") >= 0.5).mean()).filter(pl.col("n") >= 150)
    assert 0.02 < (quiet.interactions["hostility"] >= 0.5).to_numpy().mean() < 0.08
    shares = acts["h"].to_numpy()
    assert shares.max() > 2.5 * np.median(shares)
    assert shares.max() < 0.35


def test_no_ordinary_day_is_a_pileon(quiet: World) -> None:
    """No window of three hours on one target has both many hostile accounts and a large share of them."""
    acts = on_targets(quiet).with_columns(hostile=pl.col("hostility") >= 0.5)
    windows = acts.group_by("target", pl.col("at").dt.truncate("3h")).agg(
        accounts=pl.col("actor_id").n_unique(), hostile=pl.col("actor_id").filter("hostile").n_unique()
    )
    assert windows.filter((pl.col("hostile") >= 15) & (pl.col("hostile") > 0.35 * pl.col("accounts"))).is_empty()


@pytest.mark.parametrize("n", [0, 1, 3, 10, 5_000])
def test_any_number_of_interactions(population: Population, n: int) -> None:
    acts = ordinary_traffic(population, Clock.of(10), n, 50, 1)
    assert len(acts) == n
    clock = Clock.of(10)
    assert ((acts.at >= clock.start) & (acts.at < clock.end)).all()
    assert (acts.target != acts.actor).all()
    assert (acts.other != acts.actor).all()
    assert ((acts.other < 0) | (acts.other != acts.target)).all()
    child = acts.parent >= 0
    assert (acts.at[acts.parent[child]] <= acts.at[child]).all()


def test_clock_draws_by_its_rhythm_and_keeps_days() -> None:
    clock = Clock.of(14)
    at = clock.draw(50_000, generator(1))
    assert at.min() >= clock.start
    assert at.max() < clock.end
    moved = clock.to_rhythm(at, generator(2))
    assert ((moved - clock.start) // DAY == (at - clock.start) // DAY).all()
    hour = (at - clock.start) % DAY // HOUR
    counts = np.bincount(hour, minlength=24)
    assert counts.argmax() in {20, 21}
    assert counts.argmin() in {3, 4, 5}


def test_sampler_keeps_to_weights_and_ranges() -> None:
    weights = np.array([1.0, 0.0, 2.0, 5.0, 2.0])
    drawn = Sampler.of(weights).draw(np.zeros(40_000, np.int64), np.full(40_000, 5), generator(3))
    assert np.bincount(drawn, minlength=5) / 40_000 == pytest.approx(weights / 10, abs=0.01)
    inside = Sampler.of(weights).draw(np.full(1_000, 2), np.full(1_000, 4), generator(4))
    assert set(inside.tolist()) == {2, 3}


def test_distinct_draws_are_distinct_allowed_and_as_many_as_there_are() -> None:
    sampler = Sampler.of(np.ones(50))
    drawn = sampler.distinct(20, 10, 40, generator(5), np.array([10, 11], np.int32))
    assert len(set(drawn.tolist())) == 20
    assert drawn.min() >= 12
    assert drawn.max() < 40
    assert len(sampler.distinct(20, 0, 5, generator(6), np.array([0], np.int32))) <= 4
    assert len(sampler.distinct(3, 7, 7, generator(7), np.zeros(0, np.int32))) == 0


def test_tails() -> None:
    assert pareto(1_000, 1.2, 50.0, generator(8)).max() == 50.0
    ranks = zipf_ranks(20_000, 100, 1.0, generator(9))
    assert (ranks == 0).mean() == pytest.approx(1 / sum(1 / k for k in range(1, 101)), abs=0.01)


def test_population_is_ordered_and_follows_its_own_links(population: Population) -> None:
    assert (np.diff(population.community) >= 0).all()
    assert (np.diff(population.platform) >= 0).all()
    assert population.id.is_unique().all()
    assert population.popularity.sum() == pytest.approx(1)
    assert population.popularity.max() < 0.02
    activity = np.log(population.activity)
    assert np.corrcoef(activity, np.log(population.followers + 1.0))[0, 1] > 0.2
    assert np.median(population.followers[population.signed]) > 3 * np.median(population.followers[~population.signed])
    for code in (0, len(population) // 2, len(population) - 1):
        low, high = population.community_of(code)
        assert low <= code < high
        assert len(set(population.platform[low:high].tolist())) == 1

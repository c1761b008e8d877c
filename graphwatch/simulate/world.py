"""A simulated world: ordinary traffic with planted bursts in it, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.simulate.acts import Acts, joined
from graphwatch.simulate.agencies import Agencies, make_agencies
from graphwatch.simulate.casting import make_cast
from graphwatch.simulate.draws import Clock, flip, generator
from graphwatch.simulate.embers import without_burst
from graphwatch.simulate.follows import make_follows
from graphwatch.simulate.frames import interactions_frame
from graphwatch.simulate.incidents import Planted, plant
from graphwatch.simulate.planning import plan_bursts, scenario_counts
from graphwatch.simulate.population import Population, make_population
from graphwatch.simulate.texts import Book, TextPools
from graphwatch.simulate.tones import classify, is_hostile
from graphwatch.simulate.traffic import TOPICS_A_DAY, ordinary_traffic
from graphwatch.simulate.truth import truth_agencies, truth_pileons, truth_roles

VERSION: Final = "1"
LEAST: Final = 1000
_STAGE: Final = 9
_VARIANTS: Final = 400


@dataclass(frozen=True, slots=True)
class World:
    """Input tables and truth of a simulated world; all frames conform to :mod:`graphwatch.schema` and are sorted.

    Attributes
    ----------
    interactions
        In order of time; ids ascend with time.
    truth_pileons, truth_roles, truth_agencies
        What was planted. Never given to the stages that are judged by it.
    parameters
        What :func:`simulate_world` was called with, and the version of the simulator.
    """

    interactions: pl.DataFrame
    accounts: pl.DataFrame
    follows: pl.DataFrame
    affiliations: pl.DataFrame
    agencies: pl.DataFrame
    ownership: pl.DataFrame
    truth_pileons: pl.DataFrame
    truth_roles: pl.DataFrame
    truth_agencies: pl.DataFrame
    parameters: Mapping[str, object] = field(default_factory=dict)


def simulate_world(
    interactions: int,
    seed: int,
    *,
    days: int = 30,
    platforms: Sequence[str] = ("weibo", "bilibili"),
    scenarios: Mapping[str, int] | None = None,
    hostility: bool = True,
) -> World:
    """Simulate a world.

    Parameters
    ----------
    interactions
        Number of interactions, at least 1,000; exact unless the planted bursts alone are more.
    seed
        The same arguments and seed give the same world, byte for byte.
    days
        Length, at least 7.
    platforms
        Names; the first is the largest. Every second one is a video platform. Communities and accounts belong to one platform.
    scenarios
        How many of each scenario; by default about one attack and one hard negative per 20,000 interactions.
    hostility
        Give hostility and category as a noisy classifier would; without it both are null and the texts must be scored.

    Returns
    -------
    World

    Raises
    ------
    ConfigurationError
        An argument is out of bounds, or the world is too small for the scenarios asked for.

    Notes
    -----
    Ordinary traffic: heavy-tailed activity, popularity and thread sizes, a daily and weekly rhythm in UTC+8, everyday hostility
    that differs by target, thread and account. Bursts are marked branching processes (:mod:`~graphwatch.simulate.branching`) under
    one of the scenarios of :mod:`~graphwatch.simulate.scenarios`, part of them after hours of smouldering, which as often leads to
    nothing (:mod:`~graphwatch.simulate.embers`). What real data has and this lacks: topics with meaning, moderation
    that reacts, edits, people on two platforms (but for targets), and languages beyond two.

    Examples
    --------
    >>> world = simulate_world(2_000, seed=1, days=10, scenarios={"single_inciter": 1})
    >>> len(world.interactions), world.truth_pileons["scenario"].to_list()
    (2000, ['single_inciter'])
    """
    _check(interactions, seed, days, platforms)
    clock = Clock.of(days)
    counts = scenario_counts(interactions, scenarios)
    population = make_population(interactions, tuple(platforms), seed)
    agencies = make_agencies(population, clock, seed)
    bursts = plan_bursts(population, agencies, clock, interactions, counts, seed)
    links = max(100, interactions // 50)
    objects, book = Book(), Book()
    objects.add(_everyday_objects(links, days))
    pools = TextPools(book, _VARIANTS, seed)
    cast = make_cast(population, agencies, bursts, seed)
    planted = [plant(cast, burst, book, objects, clock.end, seed) for burst in bursts]
    embers = without_burst(population, cast.joiners, clock, bursts, seed)
    acts = _traffic(population, clock, [*(item.acts for item in planted), embers], interactions, links, seed)
    frame = _interactions(acts, population, clock, pools, book, objects, seed, hostility=hostility)
    parameters = {"interactions": interactions, "seed": seed, "days": days, "platforms": list(platforms), "hostility": hostility}
    return World(
        interactions=frame,
        accounts=population.frame(),
        follows=make_follows(population, [item.exposure for item in planted], seed),
        **_truth(planted, population, agencies),
        affiliations=agencies.affiliations,
        agencies=agencies.agencies,
        ownership=agencies.ownership,
        parameters=parameters | {"scenarios": counts, "version": VERSION},
    )


def _check(interactions: int, seed: int, days: int, platforms: Sequence[str]) -> None:
    if interactions < LEAST:
        raise ConfigurationError(f"{interactions} interactions: expected at least {LEAST}")
    if seed < 0:
        raise ConfigurationError(f"seed {seed}: expected 0 or more")
    if days < 7:
        raise ConfigurationError(f"{days} days: expected at least 7, so that targets have ordinary days to compare with")
    if not platforms or len(set(platforms)) < len(platforms) or not all(name.isascii() and name[:1].isalpha() for name in platforms):
        raise ConfigurationError(f"platforms {list(platforms)}: expected distinct ASCII names that begin with a letter")


def _truth(planted: list[Planted], population: Population, agencies: Agencies) -> dict[str, pl.DataFrame]:
    return {
        "truth_pileons": truth_pileons(planted, population),
        "truth_roles": truth_roles(planted, population),
        "truth_agencies": truth_agencies(planted, population, agencies),
    }


def _everyday_objects(links: int, days: int) -> list[str]:
    """Name the everyday objects: links of mixed sorts, then the topics of each day."""
    sorts = ("url:https://site.example/", "media:", "tag:", "url:https://video.example/")
    names = [f"{sorts[k % 4]}{k:x}" for k in range(links)]
    return names + [f"topic:{day:03d}-{rank:03d}" for day in range(days) for rank in range(TOPICS_A_DAY)]


def _traffic(population: Population, clock: Clock, apart: list[Acts], interactions: int, links: int, seed: int) -> Acts:
    """Put ordinary traffic around what was planted, so that the total is as asked, in order of time."""
    ordinary = max(0, interactions - sum(len(block) for block in apart))
    return joined([ordinary_traffic(population, clock, ordinary, links, seed), *apart]).ordered()[0]


def _interactions(
    acts: Acts, population: Population, clock: Clock, pools: TextPools, book: Book, objects: Book, seed: int, *, hostility: bool
) -> pl.DataFrame:
    rng = generator(seed, _STAGE)
    pools.assign(acts, population.english, rng)
    seen = classify(acts.tone, rng)
    deleted = flip(np.where(is_hostile(acts.tone), 0.02, 0.002), len(acts), rng)
    worded = ~(deleted & flip(0.5, len(acts), rng))
    return interactions_frame(acts, population, clock, book.series(), objects.series(), seen if hostility else None, deleted, worded)

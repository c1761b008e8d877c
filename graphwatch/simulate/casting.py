"""Who acts in a burst: starters, feeders, and a crowd from communities, agencies, rings and repeat offenders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import I8, I32
from graphwatch.simulate.agencies import Agencies, draw_from
from graphwatch.simulate.branching import CROWD, FEEDER, STARTER, Tree
from graphwatch.simulate.draws import Sampler, flip, generator
from graphwatch.simulate.planning import Burst
from graphwatch.simulate.population import Population

_STAGE: Final = 6
_OFFENDER, _AGENCY, _RING, _NEAR, _FAR = range(5)
_ATTACKS_PER_OFFENDER: Final = 5


@dataclass(frozen=True, slots=True)
class Cast:
    """Pools from which bursts draw their accounts.

    Attributes
    ----------
    joiners
        Accounts weighted by the square root of their activity: who joins a crowd.
    voices
        Accounts weighted by reach: who can draw in many others.
    offenders : {platform code: account codes}
        Accounts that take part in attack after attack.
    """

    population: Population
    agencies: Agencies
    joiners: Sampler
    voices: Sampler
    offenders: dict[int, I32]


@dataclass(frozen=True, slots=True)
class Roles:
    """The accounts of one burst.

    Attributes
    ----------
    actor : (n,)
        Account of each act of the tree.
    ring
        Members of the ring, if there is one.
    """

    actor: I32
    ring: I32


def make_cast(population: Population, agencies: Agencies, bursts: list[Burst], seed: int) -> Cast:
    """Set up the pools; offenders are unsigned accounts, so few that each takes part in about five attacks."""
    rng = generator(seed, _STAGE)
    joiners = Sampler.of(population.activity**0.5)
    reach = (population.followers + 1.0) ** 0.5 * population.activity**0.25
    offenders = {}
    for platform in range(len(population.platforms)):
        low, high = int(population.platform_start[platform]), int(population.platform_start[platform + 1])
        seats = sum(b.size * b.scenario.offenders for b in bursts if population.platform[b.target] == platform)
        banned = np.flatnonzero(population.signed | population.company).astype(np.int32)
        wanted = min(max(6, round(seats / _ATTACKS_PER_OFFENDER)), (high - low) // 20)
        offenders[platform] = joiners.distinct(wanted, low, high, rng, banned)
    return Cast(population, agencies, joiners, Sampler.of(reach), offenders)


def cast_burst(cast: Cast, burst: Burst, tree: Tree, rng: np.random.Generator) -> Roles:
    """Give each act of the tree its account.

    Starters, feeders and fresh acts of the crowd get new accounts; other acts are by somebody who acted earlier in the burst.
    """
    actor = np.full(len(tree), -1, np.int32)
    ring = _ring(cast, burst, rng) if burst.scenario.ring else np.zeros(0, np.int32)
    used = np.array([burst.target], np.int32)
    for part in (STARTER, FEEDER):
        rows = np.flatnonzero(tree.part == part)
        leads = _leads(cast, burst, part, len(rows), used, ring, rng)
        actor[rows[: len(leads)]] = leads
        used = np.concatenate([used, leads])
    crowd = np.flatnonzero((tree.part == CROWD) | (actor < 0))
    fresh = flip(burst.scenario.fresh, len(crowd), rng)
    new = crowd[fresh]
    actor[new] = _newcomers(cast, burst, len(new), used, ring, rng)
    return Roles(_with_repeats(actor, rng), ring)


def _with_repeats(actor: I32, rng: np.random.Generator) -> I32:
    """Give acts without an account that of a random earlier act (row 0 has one always)."""
    rows = np.arange(len(actor))
    source = np.where(actor >= 0, rows, (rng.random(len(actor)) * rows).astype(np.int64))
    while (actor[source] < 0).any():
        source = source[source]
    return actor[source]


def _leads(cast: Cast, burst: Burst, part: int, n: int, used: I32, ring: I32, rng: np.random.Generator) -> I32:
    population = cast.population
    low, high = population.platform_of(burst.target)
    if burst.agency >= 0:
        roster = np.setdiff1d(cast.agencies.roster[burst.agency], used)
        leads = draw_from(roster, low, high, n, population, rng)
        if len(leads) == n:
            return leads
    if len(ring) and part == STARTER:
        return ring[:n]
    pool = cast.joiners if part == STARTER else cast.voices
    return pool.distinct(n, low, high, rng, used)


def _ring(cast: Cast, burst: Burst, rng: np.random.Generator) -> I32:
    """Draw the ring: unsigned, young, few followers."""
    population = cast.population
    low, high = population.platform_of(burst.target)
    small = population.followers[low:high] <= np.quantile(population.followers[low:high], 0.5)
    young = population.created[low:high] >= np.quantile(population.created[low:high], 0.6)
    fit = low + np.flatnonzero(small & young & ~population.signed[low:high] & ~population.company[low:high])
    size = int(np.clip(burst.size * rng.uniform(0.25, 0.5), 8, 60))
    return rng.permutation(fit[fit != burst.target])[:size].astype(np.int32)


def _newcomers(cast: Cast, burst: Burst, n: int, used: I32, ring: I32, rng: np.random.Generator) -> I32:
    """Draw the accounts of the crowd in the order in which they join."""
    source = _sources(burst, n, len(ring), rng)
    out = np.full(n, -1, np.int32)
    for kind in (_OFFENDER, _AGENCY, _RING, _NEAR, _FAR):
        rows = np.flatnonzero((source == kind) & (out < 0))
        if not len(rows):
            continue
        drawn = _drawn(cast, burst, kind, len(rows), used, ring, rng)
        out[rows[: len(drawn)]] = drawn
        source[rows[len(drawn) :]] = _FAR
        used = np.concatenate([used, drawn])
    short = out < 0
    if short.any():
        out[short] = rng.choice(used[1:], int(short.sum()))
    return out


def _sources(burst: Burst, n: int, ring: int, rng: np.random.Generator) -> I8:
    scenario = burst.scenario
    source = np.where(flip(scenario.near, n, rng), _NEAR, _FAR).astype(np.int8)
    place = np.arange(n)
    if burst.agency >= 0:
        source[flip(rng.uniform(0.25, 0.55), n, rng) & (place < n / 3)] = _AGENCY
    if ring:
        source[flip(0.85, n, rng) & (place < ring * 1.15)] = _RING
    source[flip(scenario.offenders, n, rng)] = _OFFENDER
    return source


def _drawn(cast: Cast, burst: Burst, kind: int, n: int, used: I32, ring: I32, rng: np.random.Generator) -> I32:
    population = cast.population
    low, high = population.platform_of(burst.target)
    if kind == _OFFENDER:
        pool = np.setdiff1d(cast.offenders[int(population.platform[burst.target])], used)
        return rng.permutation(pool)[:n].astype(np.int32)
    if kind == _AGENCY:
        return draw_from(np.setdiff1d(cast.agencies.roster[burst.agency], used), low, high, n, population, rng)
    if kind == _RING:
        return ring[~np.isin(ring, used)][:n]
    if kind == _FAR:
        return cast.joiners.distinct(n, low, high, rng, used)
    bounds = crowd_communities(population, burst, rng)
    wanted = [n] if len(bounds) == 1 else [n - n // 3, n // 3]
    parts = [cast.joiners.distinct(k, *ends, rng, used) for k, ends in zip(wanted, bounds, strict=True)]
    return rng.permutation(np.concatenate(parts)).astype(np.int32)


def crowd_communities(population: Population, burst: Burst, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Give the account ranges of the communities that the crowd comes from.

    Fans come from the target's own community, the other side of a quarrel from the rival's, attackers from two others.
    """
    if burst.rival >= 0:
        return [population.community_of(burst.rival)]
    if burst.scenario.nature != "attack":
        return [population.community_of(burst.target)]
    low, high = population.platform_of(burst.target)
    first, last = int(population.community[low]), int(population.community[high - 1]) + 1
    others = np.setdiff1d(np.arange(first, last), [population.community[burst.target]])
    chosen = rng.permutation(others)[:2]
    return [(int(population.community_start[c]), int(population.community_start[c + 1])) for c in chosen]

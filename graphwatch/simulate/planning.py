"""Which bursts a world holds: scenario, target, moment, size, agency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.errors import ConfigurationError
from graphwatch.model import DAY, I32, MINUTE
from graphwatch.simulate.agencies import Agencies, driving_agency
from graphwatch.simulate.draws import Clock, generator
from graphwatch.simulate.population import Population
from graphwatch.simulate.scenarios import ATTACKS, HARD_NEGATIVES, SCENARIOS, Scenario

_STAGE: Final = 5
INTERACTIONS_PER_INCIDENT: Final = 20_000
_MOST: Final = 600
_QUIET_DAYS: Final = 3.5  # before the first burst, so that every target has ordinary days to compare with
_LAST_DAYS: Final = 2.2


@dataclass(frozen=True, slots=True)
class Burst:
    """One planted burst on one target account.

    Attributes
    ----------
    incident
        Number of the incident; bursts of one incident share tag, link and cause.
    row
        0 for the first target account of the incident, 1 for the second.
    rival
        In a quarrel the other side's account, whose community attacks; else -1.
    agency
        Code of the agency that drives it; -1: none.
    size
        Accounts aimed at.
    """

    incident: int
    row: int
    scenario: Scenario
    target: int
    rival: int
    onset: int
    size: int
    agency: int

    @property
    def incident_id(self) -> str:
        """Public id of the incident."""
        return f"inc-{self.incident:04d}"


def scenario_counts(interactions: int, asked: Mapping[str, int] | None = None) -> dict[str, int]:
    """Give how many of each scenario a world holds: what was asked, else by size of the world.

    A world has about one attack and one hard negative per 20,000 interactions, but at least one of each scenario from 20,000 on, and
    below that one of each sort per 5,000, at least one.

    Examples
    --------
    >>> sum(scenario_counts(1_000_000).values())
    100
    >>> min(scenario_counts(30_000).values())
    1
    """
    if asked is not None:
        wrong = sorted(set(asked) - set(SCENARIOS))
        if wrong or any(count < 0 for count in asked.values()):
            raise ConfigurationError(f"scenarios {wrong or dict(asked)}: expected counts of {', '.join(SCENARIOS)}")
        return {name: int(asked.get(name, 0)) for name in SCENARIOS}
    counts: dict[str, int] = {}
    for group in (ATTACKS, HARD_NEGATIVES):
        wanted = int(np.clip(interactions // INTERACTIONS_PER_INCIDENT, np.clip(interactions // 5000, 1, 4), _MOST))
        least = 1 if interactions >= INTERACTIONS_PER_INCIDENT else 0
        counts |= _shared_out(group, wanted, least)
    return counts


def _shared_out(group: tuple[Scenario, ...], wanted: int, least: int) -> dict[str, int]:
    """Share ``wanted`` out by weight, largest remainders first, each getting at least ``least``."""
    exact = np.array([scenario.weight for scenario in group]) * wanted
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: wanted - int(counts.sum())]] += 1
    return {scenario.name: max(least, int(count)) for scenario, count in zip(group, counts, strict=True)}


def plan_bursts(
    population: Population, agencies: Agencies, clock: Clock, interactions: int, counts: Mapping[str, int], seed: int
) -> list[Burst]:
    """Lay out all bursts, in order of incident and row. No account is the target of two bursts."""
    rng = generator(seed, _STAGE)
    names = [name for name in SCENARIOS for _ in range(counts.get(name, 0))]
    order = rng.permutation(len(names))
    onsets = _onsets(clock, len(names), rng)
    pools = {aim: list(_targets(population, aim, rng)) for aim in ("known", "famous", "company")}
    taken: set[int] = set()
    bursts: list[Burst] = []
    for incident, place in enumerate(order):
        scenario = SCENARIOS[names[place]]
        targets = _choose(population, pools[scenario.aim], taken, scenario, rng)
        size = _size(scenario, interactions, population, targets[0], rng)
        agency = -1
        if scenario.agency:
            agency = driving_agency(agencies, *population.platform_of(targets[0]), max(6, size // 5), rng)
        for row, target in enumerate(targets):
            rival = targets[1 - row] if scenario.name == "two_sided_quarrel" and len(targets) == 2 else -1
            lag = 0 if row == 0 else int(rng.uniform(2, 20) if rival >= 0 else rng.uniform(20, 120))
            fitted = max(10, min(size if row == 0 else round(size * rng.uniform(0.5, 1.0)), _room(population, target)))
            bursts.append(Burst(incident, row, scenario, target, rival, int(onsets[incident]) + lag * MINUTE, fitted, agency))
    return bursts


def _onsets(clock: Clock, n: int, rng: np.random.Generator) -> list[int]:
    quiet = min(_QUIET_DAYS, 0.3 * clock.days)
    low, high = clock.start + quiet * DAY, clock.end - min(_LAST_DAYS, 0.3 * clock.days) * DAY
    drawn = clock.draw(40 * n + 400, rng)
    fit = drawn[(drawn >= low) & (drawn < high)][:n]
    return [int(at) for at in fit]


def _targets(population: Population, aim: str, rng: np.random.Generator) -> I32:
    """Give possible targets in random order: accounts that ordinarily get some attention, the most famous ones, or companies."""
    rank = np.argsort(-population.popularity, kind="stable").astype(np.int32)
    n = len(rank)
    if aim == "famous":
        pool = rank[: max(24, n // 100)]
    elif aim == "company":
        pool = rank[population.company[rank]][: max(24, n // 100)]
    else:
        pool = rank[max(4, n // 500) : max(200, n // 5)]
        pool = pool[~population.company[pool] | (rng.random(len(pool)) < 0.3)]
    return rng.permutation(pool).astype(np.int32)


def _choose(population: Population, pool: list[int], taken: set[int], scenario: Scenario, rng: np.random.Generator) -> list[int]:
    """Take a target, and for two-row scenarios a second one: on another platform, or for a quarrel in another community."""
    targets: list[int] = []
    for candidate in pool:
        if candidate in taken:
            continue
        if scenario.name == "danmaku_raid" and len(population.platforms) > 1 and population.platform[candidate] % 2 == 0:
            continue
        if targets and not _fits(population, targets[0], candidate, scenario):
            continue
        targets.append(int(candidate))
        taken.add(int(candidate))
        if len(targets) == scenario.rows or (scenario.name == "cross_platform" and len(population.platforms) < 2):
            break
    if not targets:
        raise ConfigurationError(f"the world is too small for another {scenario.name}: no account is left as its target")
    return targets if rng.random() < 0.5 else targets[::-1]


def _fits(population: Population, first: int, second: int, scenario: Scenario) -> bool:
    if scenario.name == "cross_platform":
        return bool(population.platform[first] != population.platform[second])
    return bool(population.platform[first] == population.platform[second] and population.community[first] != population.community[second])


def _room(population: Population, target: int) -> int:
    """Accounts of the target's platform that one burst may take at most: a tenth."""
    low, high = population.platform_of(target)
    return max(10, (high - low) // 10)


def _size(scenario: Scenario, interactions: int, population: Population, target: int, rng: np.random.Generator) -> int:
    scale = float(np.clip((interactions / 1e6) ** 0.3, 0.25, 1.0))
    drawn = scenario.median * np.exp(scenario.spread * rng.standard_normal()) * scale
    least = max(20.0, scenario.least * scale)
    return int(min(np.clip(drawn, least, scenario.most * scale), _room(population, target)))

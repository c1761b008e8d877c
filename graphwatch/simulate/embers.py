"""Resentment that smoulders on a target for hours, before part of the bursts, and as often without any burst to follow.

Embers are few acts by few accounts, some of them hostile. They are no part of a burst: they blur its onset, stand before its
originators in time, and give early warning something to see that is no proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from graphwatch.model import HOUR, KIND_CODE, SURFACE_CODE
from graphwatch.simulate.acts import Acts, joined
from graphwatch.simulate.draws import Clock, Sampler, choose, flip, generator
from graphwatch.simulate.planning import Burst
from graphwatch.simulate.population import Population
from graphwatch.simulate.tones import mix

_STAGE: Final = 10
BEFORE_ATTACK: Final = 0.5
BEFORE_NEGATIVE: Final = 0.25
_TONES: Final = mix(criticism=35, scathing=20, mockery=20, abuse=12, chatter=13)
_MOST: Final = 14


def smoulder(population: Population, joiners: Sampler, target: int, until: int, strength: float, rng: np.random.Generator) -> Acts:
    """Draw the embers on one target.

    Parameters
    ----------
    until
        µs UTC; the acts lie in the hours before, denser towards it.
    strength
        Mean number of acts beyond two; at most 14 come.

    Returns
    -------
    Acts
        Posts that mention the target and comments on posts that the record does not hold; no links.
    """
    n = min(_MOST, 2 + int(rng.poisson(strength)))
    acts = Acts.blank(n)
    span = rng.uniform(1.0, 12.0) * HOUR
    acts.at = (until - 1 - span * rng.random(n) ** 1.5).astype(np.int64)
    low, high = population.platform_of(target)
    near = flip(0.5, n, rng)
    first, last = population.community_of(target)
    acts.actor = joiners.draw(np.where(near, first, low), np.where(near, last, high), rng)
    acts.target[:] = np.where(acts.actor == target, -1, target)
    own = flip(0.4, n, rng)
    acts.kind[:] = np.where(own, KIND_CODE["mention"], KIND_CODE["comment"])
    acts.surface[:] = np.where(own, SURFACE_CODE["feed"], SURFACE_CODE["comment"])
    acts.tone = choose(_TONES, n, rng).astype(np.int8)
    return acts


def before_burst(population: Population, joiners: Sampler, burst: Burst, rng: np.random.Generator) -> Acts:
    """Draw the embers before a burst; more often none before a hard negative than before an attack."""
    chance = BEFORE_ATTACK if burst.scenario.nature == "attack" else BEFORE_NEGATIVE
    if rng.random() >= chance:
        return Acts.blank(0)
    return smoulder(population, joiners, burst.target, burst.onset, 0.04 * burst.size, rng)


def without_burst(population: Population, joiners: Sampler, clock: Clock, bursts: Sequence[Burst], seed: int) -> Acts:
    """Draw embers that nothing follows, one for each planted attack, on accounts that are the target of no burst."""
    rng = generator(seed, _STAGE)
    sizes = [burst.size for burst in bursts if burst.scenario.nature == "attack"]
    rank = np.argsort(-population.popularity, kind="stable")[: max(200, len(population) // 5)]
    free = np.setdiff1d(rank, [burst.target for burst in bursts])
    targets = rng.permutation(free)[: len(sizes)]
    moments = clock.draw(len(targets), rng)
    moments = np.maximum(moments, clock.start + 13 * HOUR)
    blocks = [
        smoulder(population, joiners, int(target), int(until), 0.04 * size, rng)
        for target, until, size in zip(targets, moments, sizes, strict=False)
    ]
    return joined([Acts.blank(0), *blocks])

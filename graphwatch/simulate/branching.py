"""Marked branching processes: who was drawn in by whom, and when.

Each act draws others in. An *immigrant* comes by itself; an offspring comes some delay after its cause. Roles differ in how many
offspring they have: few accounts start and feed, most only join. In the cluster form of a Hawkes process (Hawkes & Oakes 1974) this is
exact and fast: generation by generation, all offspring of a generation at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import F64, I8, I32, I64, MINUTE

STARTER, FEEDER, CROWD = 0, 1, 2
_HEAVY: Final = 1.6


@dataclass(frozen=True, slots=True)
class Growth:
    """How a burst grows.

    Attributes
    ----------
    acts
        Acts aimed at; the outcome scatters around it.
    starters, feeders
        Accounts that start it, and accounts whose posts draw many others in.
    starter_share, feeder_share
        Shares of all acts that are direct offspring of these two.
    crowd_ratio
        Mean offspring of an ordinary act.
    spontaneous_share
        Share of acts that nobody in the burst caused: they saw it elsewhere.
    delay_min
        Median delay between a cause and its offspring, minutes.
    horizon_min
        No act later than this after the first, minutes.
    heavy
        Delays follow a power law (Lomax, exponent 1.6) instead of an exponential law.
    """

    acts: int
    starters: int = 1
    feeders: int = 3
    starter_share: float = 0.2
    feeder_share: float = 0.35
    crowd_ratio: float = 0.3
    spontaneous_share: float = 0.15
    delay_min: float = 25.0
    horizon_min: float = 1200.0
    heavy: bool = True


@dataclass(frozen=True, slots=True)
class Tree:
    """Acts of a burst in order of time; row 0 is the first.

    Attributes
    ----------
    after : (n,)
        µs since the first act.
    cause : (n,)
        Row of the act that drew this one in; -1: spontaneous. Always smaller than the row itself.
    part : (n,)
        ``STARTER``, ``FEEDER`` or ``CROWD``: what was planted. Only the first act of a starter or a feeder has its part.
    """

    after: I64
    cause: I32
    part: I8

    def __len__(self) -> int:
        """Give the number of acts."""
        return len(self.after)

    def offspring(self) -> I64:
        """Give the number of direct offspring of each act.

        Examples
        --------
        >>> Tree(np.zeros(3, np.int64), np.array([-1, 0, 0], np.int32), np.zeros(3, np.int8)).offspring().tolist()
        [2, 0, 0]
        """
        return np.bincount(self.cause[self.cause >= 0], minlength=len(self)).astype(np.int64)


def delays(n: int, growth: Growth, rng: np.random.Generator) -> F64:
    """Draw delays in µs with the growth's median."""
    u = rng.random(n)
    if not growth.heavy:
        light: F64 = -np.log1p(-u) * growth.delay_min / np.log(2) * MINUTE
        return light
    scale = growth.delay_min / (2.0 ** (1 / _HEAVY) - 1.0)
    heavy: F64 = scale * ((1.0 - u) ** (-1 / _HEAVY) - 1.0) * MINUTE
    return heavy


def grow(growth: Growth, rng: np.random.Generator) -> Tree:
    """Grow one burst.

    Notes
    -----
    The starters come within about ten minutes. Each feeder is drawn in by the first starter or an earlier feeder. Direct offspring of
    starters and feeders are shared out by uneven (log-normal) weights; every other act has Poisson offspring with mean
    ``crowd_ratio`` times a log-normal mark of mean 1. Acts beyond the horizon are lost together with what they would have caused.
    """
    after, cause, part = _core(growth, rng)
    seeds = growth.acts * (1.0 - growth.crowd_ratio)
    direct = _direct_offspring(growth, seeds, part, rng)
    born = np.repeat(np.arange(len(after)), direct)
    times, causes = [after], [cause]
    new_after, new_cause = after[born] + delays(len(born), growth, rng), born.astype(np.int32)
    alone = rng.poisson(growth.spontaneous_share * seeds)
    if alone:
        seen = np.concatenate([after, new_after])
        moments = seen[rng.integers(0, len(seen), alone)] + delays(alone, growth, rng)
        new_after, new_cause = np.concatenate([new_after, moments]), np.concatenate([new_cause, np.full(alone, -1, np.int32)])
    total = len(after)
    limit = growth.horizon_min * MINUTE
    while len(new_after):
        keep = new_after <= limit
        new_after, new_cause = new_after[keep], new_cause[keep]
        times.append(new_after)
        causes.append(new_cause)
        mark = np.exp(0.6 * rng.standard_normal(len(new_after)) - 0.18)
        children = rng.poisson(growth.crowd_ratio * mark)
        new_cause = np.repeat(np.arange(total, total + len(new_after)), children).astype(np.int32)
        total += len(new_after)
        new_after = np.repeat(new_after, children) + delays(len(new_cause), growth, rng)
    parts = np.concatenate([part, np.full(total - len(part), CROWD, np.int8)])
    return _in_time(np.concatenate(times), np.concatenate(causes), parts)


def _core(growth: Growth, rng: np.random.Generator) -> tuple[F64, I32, I8]:
    """Draw the first acts of starters and feeders."""
    starters = np.concatenate([[0.0], np.sort(rng.uniform(1, 10, growth.starters - 1)) * MINUTE])
    feeders = np.zeros(growth.feeders)
    cause = np.full(growth.starters + growth.feeders, -1, np.int32)
    for k in range(growth.feeders):
        row = growth.starters + k
        cause[row] = 0 if k == 0 or rng.random() < 0.6 else growth.starters + int(rng.integers(0, k))
        since = starters[0] if cause[row] == 0 else feeders[cause[row] - growth.starters]
        feeders[k] = since + min(rng.lognormal(0.0, 0.7) * 0.8 * growth.delay_min, growth.horizon_min / (4 + k)) * MINUTE
    part = np.concatenate([np.full(growth.starters, STARTER, np.int8), np.full(growth.feeders, FEEDER, np.int8)])
    return np.concatenate([starters, feeders]), cause, part


def _direct_offspring(growth: Growth, seeds: float, part: I8, rng: np.random.Generator) -> I64:
    uneven = np.exp(0.5 * rng.standard_normal(len(part)))
    uneven[0] *= 2.0
    shares = np.where(part == STARTER, growth.starter_share, growth.feeder_share)
    weights = shares * uneven / np.array([uneven[part == p].sum() for p in part])
    counts: I64 = rng.poisson(seeds * (1.0 - growth.spontaneous_share) * weights / weights.sum())
    return counts


def _in_time(after: F64, cause: I32, part: I8) -> Tree:
    order = np.argsort(after, kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    moved = cause[order]
    return Tree(after[order].astype(np.int64), np.where(moved >= 0, place[moved], -1).astype(np.int32), part[order])

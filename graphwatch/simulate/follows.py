"""Who follows whom: a background by community and popularity, and the edges along which bursts really travelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import I32, I64
from graphwatch.schema import FOLLOWS, TIMESTAMP
from graphwatch.simulate.draws import WORLD_START, Sampler, flip, generator
from graphwatch.simulate.population import Population

_STAGE: Final = 8
FOLLOWED_EACH: Final = 8


def make_follows(population: Population, exposure: Sequence[I32], seed: int) -> pl.DataFrame:
    """Draw the ``follows`` table, ordered by the two ids.

    Parameters
    ----------
    exposure
        Pairs (follower, followed) that must be in it.
    """
    rng = generator(seed, _STAGE)
    n = len(population)
    follower = np.repeat(np.arange(n, dtype=np.int32), rng.geometric(1 / FOLLOWED_EACH, n))
    near = flip(0.6, len(follower), rng)
    community, platform = population.community[follower], population.platform[follower]
    low = np.where(near, population.community_start[community], population.platform_start[platform])
    high = np.where(near, population.community_start[community + 1], population.platform_start[platform + 1])
    followed = Sampler.of(population.popularity).draw(low, high, rng)
    pairs = np.concatenate([np.column_stack([follower, followed]), *exposure])
    keys = _distinct(pairs[:, 0].astype(np.int64) * n + pairs[:, 1], n)
    frame = pl.DataFrame(
        {
            "follower_id": population.id.gather(keys // n),
            "followed_id": population.id.gather(keys % n),
            "observed_at": pl.Series([WORLD_START], dtype=pl.Int64).cast(TIMESTAMP).new_from_index(0, len(keys)),
        }
    )
    return FOLLOWS.conform(frame).sort("follower_id", "followed_id")


def _distinct(keys: I64, n: int) -> I64:
    distinct = np.unique(keys)
    others: I64 = distinct[distinct // n != distinct % n]
    return others

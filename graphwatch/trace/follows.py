"""Who follows whom among the accounts of the pile-ons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.model import I32, I64, Events


@dataclass(frozen=True, slots=True)
class Followed:
    """Accounts that each account follows: ``values[start[p]:start[p + 1]]`` (codes, ascending) with ``p = place[code]``.

    Attributes
    ----------
    place
        Per account code its place, -1: takes part in no pile-on.
    audience
        Per place the followers that the data has, whether or not they take part.
    population
        Accounts that the data knows: those that act, are acted upon or follow somebody.
    mean_audience
        Mean followers over the accounts that have any; 1 when none has.
    """

    place: I32
    start: I64
    values: I32
    audience: I64
    population: int
    mean_audience: float


def followed_accounts(events: Events, taking_part: I32, follows: pl.DataFrame | None) -> Followed:
    """Restrict the follow graph to the accounts that take part in some pile-on.

    Parameters
    ----------
    taking_part
        Account codes, ascending, each once.
    follows
        Table ``follows``, or None when it is not known. Edges to oneself are dropped; each edge should be there once.

    Returns
    -------
    Followed
    """
    size = len(taking_part)
    place = np.full(len(events.accounts), -1, np.int32)
    place[taking_part] = np.arange(size, dtype=np.int32)
    if follows is None or not len(follows) or not size:
        return Followed(place, np.zeros(size + 1, np.int64), np.zeros(0, np.int32), np.zeros(size, np.int64), len(events.accounts), 1.0)
    names = pl.DataFrame({"name": events.accounts.gather(taking_part), "code": taking_part}).lazy()
    edges = follows.lazy().select("follower_id", "followed_id").filter(pl.col("follower_id") != pl.col("followed_id"))
    edges = edges.join(names, left_on="followed_id", right_on="name").select("follower_id", followed="code")
    seen = edges.collect()
    population = max(len(events.accounts), int(follows["follower_id"].n_unique()))
    audience = np.bincount(place[seen["followed"].to_numpy()], minlength=size)
    mean = float(audience[audience > 0].mean()) if audience.any() else 1.0
    inside = seen.lazy().join(names, left_on="follower_id", right_on="name").select(follower="code", followed="followed").collect()
    key = np.unique(place[inside["follower"].to_numpy()].astype(np.int64) << 32 | inside["followed"].to_numpy().astype(np.int64))
    start = np.searchsorted(key >> 32, np.arange(size + 1)).astype(np.int64)
    return Followed(place, start, (key & 0xFFFFFFFF).astype(np.int32), audience.astype(np.int64), population, mean)

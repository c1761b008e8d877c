"""Planted pile-ons from a small branching process whose causes are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from graphwatch.graph.encode import encode, look_up
from graphwatch.model import I32, Events, Lists, Pileons
from graphwatch.schema import INTERACTIONS, PILEONS

START = int(datetime(2024, 5, 1, 12, tzinfo=UTC).timestamp() * 1e6)


def pileons_of(events: Events, windows: list[tuple[str, int, int, str]]) -> Pileons:
    """Pile-ons from given (target, onset µs, end µs, nature), ordered as the contract says."""
    windows = sorted(windows, key=lambda w: (w[1], w[0]))
    target = look_up(pl.Series([w[0] for w in windows], dtype=pl.String), events.accounts)
    rows_of = events.targets.rows()
    lists = []
    for code, (_, onset, end, _) in zip(target, windows, strict=True):
        rows = np.sort(rows_of[events.targets.values == code])
        lists.append(rows[(events.at[rows] >= onset) & (events.at[rows] <= end)])
    frame = pl.DataFrame(
        {
            "pileon_id": [f"p-{w[0]}-{w[1]}" for w in windows],
            "target_id": [w[0] for w in windows],
            "nature": [w[3] for w in windows],
            "nature_probability": [0.95] * len(windows),
        },
        schema_overrides={"pileon_id": pl.String, "target_id": pl.String, "nature": pl.String, "nature_probability": pl.Float64},
    )
    onset_array, end_array = np.array([w[1] for w in windows], np.int64), np.array([w[2] for w in windows], np.int64)
    values = np.concatenate(lists).astype(np.int32) if lists else np.zeros(0, np.int32)
    starts = np.concatenate([[0], np.cumsum([len(rows) for rows in lists])]).astype(np.int64)
    return Pileons(
        PILEONS.conform(frame), target, onset_array, onset_array, end_array, Lists(starts, values), volume_only=not events.has_hostility
    )


@dataclass(frozen=True)
class Planted:
    """A planted pile-on: what is observed, and the true cause (row of ``interactions``; -1: spontaneous) of each act."""

    interactions: pl.DataFrame
    follows: pl.DataFrame
    cause: I32
    initiator: str
    inciters: tuple[str, ...]

    def true_credit(self) -> dict[str, float]:
        """Share of the acts that descend from each account, itself included."""
        actors = self.interactions["actor_id"].to_list()
        counts: dict[str, int] = {}
        for i in range(len(actors)):
            above, j = set(), i
            while j >= 0:
                above.add(actors[j])
                j = int(self.cause[j])
            for actor in above:
                counts[actor] = counts.get(actor, 0) + 1
        return {actor: count / len(actors) for actor, count in counts.items()}


def plant(
    seed: int,
    *,
    accounts: int = 3000,
    first: int = 25,
    ratio: float = 0.7,
    spontaneous: int = 8,
    hours: float = 12.0,
    replies: float = 0.3,
    by_follow: float = 0.5,
    inciters: int = 2,
    limit: int = 4000,
) -> Planted:
    """Plant one attack on account ``t``: an initiator, inciters among the early accounts, followers, and acts out of the blue."""
    rng = np.random.default_rng(seed)
    audience = np.minimum(5 + (rng.pareto(1.2, accounts) * 8).astype(int), accounts // 4)
    audience[0] = 150
    following = [rng.choice(accounts, size, replace=False) for size in audience]
    times, actors, cause, known = [0.0], [0], [-1], [False]
    for when in np.sort(rng.uniform(0, hours * 3600, spontaneous)):
        times.append(float(when))
        actors.append(int(rng.integers(1, accounts)))
        cause.append(-1)
        known.append(False)
    chosen: list[int] = []
    pending = list(range(len(times)))
    while pending and len(times) < limit:
        j = pending.pop(0)
        if j > 0 and len(chosen) < inciters and cause[j] == 0:
            chosen.append(actors[j])
            mean = first * 0.8
        else:
            mean = first if j == 0 else ratio * rng.gamma(1.0)
        for _ in range(rng.poisson(mean)):
            when = times[j] + 600.0 * ((1 - rng.random()) ** (-1 / 1.5) - 1)
            if when > hours * 3600:
                continue
            pool = following[actors[j]]
            times.append(float(when))
            actors.append(int(rng.choice(pool)) if rng.random() < by_follow and len(pool) else int(rng.integers(1, accounts)))
            cause.append(j)
            known.append(rng.random() < replies)
            pending.append(len(times) - 1)
    order = np.argsort(times, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    sorted_cause = np.array([place[cause[i]] if cause[i] >= 0 else -1 for i in order], np.int32)
    names = [f"u{actors[i]}" for i in order]
    frame = pl.DataFrame(
        {
            "interaction_id": [f"i{k:06d}" for k in range(len(order))],
            "at": START + (np.array(times)[order] * 1e6).astype(np.int64),
            "actor_id": names,
            "kind": ["reply" if known[i] else "mention" for i in order],
            "target_ids": [["t"]] * len(order),
            "parent_id": [f"i{c:06d}" if known[i] else None for i, c in zip(order, sorted_cause, strict=True)],
            "hostility": np.where(rng.random(len(order)) < 0.9, rng.uniform(0.6, 1, len(order)), 0.1),
            "followers": [int(audience[actors[i]]) for i in order],
        }
    ).with_columns(pl.when(pl.int_range(pl.len()) == 0).then(0.9).otherwise("hostility").alias("hostility"))
    follows = pl.DataFrame(
        {
            "follower_id": [f"u{k}" for pool in following for k in pool],
            "followed_id": [f"u{a}" for a, pool in enumerate(following) for _ in pool],
        }
    )
    return Planted(
        INTERACTIONS.conform(frame), follows.filter(pl.col("follower_id") != pl.col("followed_id")), sorted_cause, "u0",
        tuple(f"u{a}" for a in chosen),
    )  # fmt: skip


@pytest.fixture
def make_pileons() -> Callable[[Events, list[tuple[str, int, int, str]]], Pileons]:
    return pileons_of


@pytest.fixture
def make_planted() -> Callable[..., Planted]:
    return plant


def whole(planted: Planted, nature: str = "attack") -> tuple[Events, Pileons]:
    """Events of a planted pile-on, and the pile-on that holds them all."""
    events = encode(planted.interactions)
    return events, pileons_of(events, [("t", int(events.at[0]), int(events.at[-1]), nature)])


@pytest.fixture
def make_whole() -> Callable[..., tuple[Events, Pileons]]:
    return whole

"""A small world: organic traffic of accounts with given activity, and pile-ons with given participants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from graphwatch.graph.encode import encode, look_up
from graphwatch.model import Events, Lists, Pileons
from graphwatch.schema import INTERACTIONS, MEMBERS, PILEONS

START = datetime(2024, 1, 1, tzinfo=UTC)
COLUMNS = ("actor_id", "at", "kind", "target_ids", "hostility", "platform")


@dataclass(frozen=True)
class Burst:
    """A pile-on to plant: hostile and other participants; one act each, a minute apart."""

    target: str
    hostile: Sequence[str]
    bystanders: Sequence[str] = ()
    day: float = 10.0
    nature: str = "attack"
    campaign: str | None = None


@dataclass(frozen=True)
class World:
    events: Events
    pileons: Pileons
    members: pl.DataFrame


def build(activity: Mapping[str, int], bursts: Sequence[Burst], platform: Mapping[str, str] | None = None) -> World:
    """Give the events, the pile-ons and their members."""
    where = platform or {}
    rows: list[tuple[object, ...]] = [
        (actor, START + timedelta(minutes=7 * k, seconds=i % 60), "post", [], 0.0, where.get(actor, "weibo"))
        for i, (actor, count) in enumerate(activity.items())
        for k in range(count)
    ]
    for burst in bursts:
        onset = START + timedelta(days=burst.day)
        everyone = [(a, 0.9) for a in burst.hostile] + [(a, 0.0) for a in burst.bystanders]
        rows += [
            (actor, onset + timedelta(minutes=i), "comment", [burst.target], hostility, where.get(actor, "weibo"))
            for i, (actor, hostility) in enumerate(everyone)
        ]
    frame = pl.DataFrame(rows, schema={name: INTERACTIONS.dtypes[name] for name in COLUMNS}, orient="row").with_columns(
        interaction_id=pl.format("i{}", pl.int_range(pl.len()))
    )
    events = encode(frame)
    return World(events, *_results(events, bursts))


def _results(events: Events, bursts: Sequence[Burst]) -> tuple[Pileons, pl.DataFrame]:
    pileons: list[tuple[object, ...]] = []
    members: list[tuple[object, ...]] = []
    starts, values = [0], []
    for i, burst in enumerate(bursts):
        onset = START + timedelta(days=burst.day)
        size = len(burst.hostile) + len(burst.bystanders)
        end = onset + timedelta(minutes=max(size - 1, 0))
        pileons.append((f"p-{i}", burst.target, onset, onset, end, size, burst.nature, burst.campaign))
        for k, actor in enumerate([*burst.hostile, *burst.bystanders]):
            hostile = int(k < len(burst.hostile))
            members.append((f"p-{i}", actor, 1, hostile, onset + timedelta(minutes=k), 1 / size))
        target = look_up(pl.Series([burst.target]), events.accounts)[0]
        aimed = np.unique(events.targets.rows()[events.targets.values == target])
        inside = aimed[(events.at[aimed] >= _micros(onset)) & (events.at[aimed] <= _micros(end))]
        values.append(inside)
        starts.append(starts[-1] + len(inside))
    columns = ["pileon_id", "target_id", "onset", "peak", "end", "interactions", "nature", "campaign_id"]
    frame = PILEONS.conform(pl.DataFrame(pileons, schema=columns, orient="row") if pileons else PILEONS.empty())
    of_member = ["pileon_id", "actor_id", "interactions", "hostile", "first_at", "credit"]
    rows = MEMBERS.conform(pl.DataFrame(members, schema=of_member, orient="row") if members else MEMBERS.empty())
    starts_at, peak_at, end_at = (frame[name].to_physical().to_numpy() for name in ("onset", "peak", "end"))
    found = np.concatenate(values) if values else np.zeros(0, np.int32)
    lists = Lists(np.array(starts, np.int64), found.astype(np.int32))
    targets = look_up(frame["target_id"], events.accounts)
    return Pileons(frame, targets, starts_at, peak_at, end_at, lists, volume_only=not events.has_hostility), rows


def _micros(time: datetime) -> int:
    return int((time - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


@pytest.fixture
def world() -> Callable[..., World]:
    return build


@pytest.fixture
def burst() -> type[Burst]:
    return Burst


def day(number: float) -> datetime:
    return START + timedelta(days=number)


@pytest.fixture(name="day")
def day_fixture() -> Callable[[float], datetime]:
    return day

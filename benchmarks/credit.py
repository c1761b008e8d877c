"""Coverage and width of the 90 % intervals of credit, on planted pile-ons whose causes are known, by how much of them is hidden.

    python -m benchmarks.credit [--seeds 40] [--first 0]

The generators here are others than the one in ``tests/trace``: lags are exponential or log-normal, offspring is geometric or log-normal,
spontaneous acts follow the hour of the day. The widening was fitted to seeds 1000 to 1099 of both (``python -m benchmarks.fit_credit``);
other seeds are new worlds of the same kind. A case is an account: the planted initiator, the planted
inciters, or any other account whose credit by the model is a twentieth of the pile-on or more; ``all`` is these three together. Smaller
accounts (three descendants or more) stand on a line of their own: credit is a whole number of acts and mostly ends at the account's own
acts, so a closed interval that starts there holds the truth more often than it says. Accounts whose credit the data tell for sure (the
interval is one point) have nothing to cover: they are counted in the column ``certain`` and left out. ``edge`` is the share of the cases
whose truth is the interval's lower end, because nothing of what is unsure descends from them. Where all parents are given that is so for
every account by construction: the interval starts at what is certain, which is the truth, and holds it nearly always however narrow it
is. So the sums at the end are given with and without those worlds. Each line gives the share of the cases whose true credit lies in the
interval, the mean width of the interval, and the mean error of the credit.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl

from benchmarks.measure import print_table
from graphwatch.graph.encode import encode, look_up
from graphwatch.model import Lists, Pileons
from graphwatch.schema import INTERACTIONS, PILEONS
from graphwatch.settings import TraceSettings
from graphwatch.trace import Trace, trace_pileons

START: Final = int(datetime(2024, 5, 1, 6, tzinfo=UTC).timestamp() * 1e6)
HOURS: Final = 16.0
LIMIT: Final = 3000
LARGE: Final = 0.05  # share of the pile-on from which other accounts are cases
ACCOUNTS: Final = 3000
Draw = Callable[[np.random.Generator], float]


@dataclass(frozen=True)
class Generator:
    """How acts come about: lags in s, offspring of an ordinary act, of the initiator and of an inciter."""

    name: str
    lag: Draw
    offspring: Draw
    initiator: float
    inciter: float


GENERATORS: Final = (
    Generator("exponential lags, geometric offspring", lambda r: r.exponential(900.0), lambda r: r.geometric(1 / 1.65) - 1.0, 20, 12),
    Generator("log-normal lags, log-normal offspring", lambda r: r.lognormal(6.0, 1.3), lambda r: r.lognormal(-1.1, 1.1), 30, 20),
)
CASES: Final = {
    "parents given": (1.0, True),
    "a tenth of the parents hidden": (0.9, True),
    "half of the parents hidden": (0.5, True),
    "half hidden, no follows": (0.5, False),
    "all hidden": (0.0, True),
    "all hidden, no follows": (0.0, False),
}


@dataclass(frozen=True)
class World:
    """One planted attack on ``t``."""

    interactions: pl.DataFrame
    follows: pl.DataFrame
    credit: dict[str, float]
    initiator: str
    inciters: frozenset[str]


def grow(rng: np.random.Generator, generator: Generator) -> tuple[list[float], list[int], list[int], list[int], list[np.ndarray]]:
    """Give times, accounts, causes (-1: spontaneous), inciters, and the followers of each account."""
    audience = np.minimum(3 + rng.lognormal(2.3, 1.2, ACCOUNTS).astype(int), ACCOUNTS // 5)
    audience[0] = 120
    following = [rng.choice(ACCOUNTS, size, replace=False) for size in audience]
    night = [h for h in rng.uniform(0, HOURS, 24) if rng.random() < 0.5 + 0.5 * np.sin(h / HOURS * np.pi)]
    times, actors = [0.0, *(h * 3600 for h in night)], [0, *rng.integers(1, ACCOUNTS, len(night)).tolist()]
    cause = [-1] * len(times)
    inciters: list[int] = []
    j = 0
    while j < len(times) and len(times) < LIMIT:
        mean = generator.offspring(rng)
        if j == 0:
            mean = generator.initiator
        elif cause[j] == 0 and len(inciters) < 2 and rng.random() < 0.2:
            inciters.append(actors[j])
            mean = generator.inciter
        for _ in range(rng.poisson(mean)):
            when = times[j] + generator.lag(rng)
            if when < HOURS * 3600:
                pool = following[actors[j]]
                times.append(when)
                actors.append(int(rng.choice(pool)) if rng.random() < 0.5 else int(rng.integers(1, ACCOUNTS)))
                cause.append(j)
        j += 1
    return times, actors, cause, inciters, following


def plant(seed: int, generator: Generator, known: float) -> World:
    """Plant one attack; the parents of the share ``known`` of the acts are given."""
    rng = np.random.default_rng([seed, len(generator.name)])
    times, actors, cause, inciters, following = grow(rng, generator)
    n = len(times)
    shown = rng.random(n) < known
    credit: dict[str, int] = {}
    for i in range(n):
        above, j = set(), i
        while j >= 0:
            above.add(actors[j])
            j = cause[j]
        for a in above:
            credit[f"u{a}"] = credit.get(f"u{a}", 0) + 1
    frame = pl.DataFrame(
        {
            "interaction_id": [f"i{k:06d}" for k in range(n)],
            "at": START + (np.array(times) * 1e6).astype(np.int64),
            "actor_id": [f"u{a}" for a in actors],
            "kind": ["reply" if c >= 0 and shown[i] else "mention" for i, c in enumerate(cause)],
            "target_ids": [["t"]] * n,
            "parent_id": [f"i{c:06d}" if c >= 0 and shown[i] else None for i, c in enumerate(cause)],
            "hostility": np.where(np.arange(n) == 0, 0.9, np.where(rng.random(n) < 0.85, 0.8, 0.1)),
            "followers": [len(following[a]) for a in actors],
        }
    )
    follows = pl.DataFrame(
        {
            "follower_id": [f"u{k}" for pool in following for k in pool],
            "followed_id": [f"u{a}" for a, pool in enumerate(following) for _ in pool],
        }
    )
    shares = {account: count / n for account, count in credit.items()}
    return World(INTERACTIONS.conform(frame), follows, shares, "u0", frozenset(f"u{a}" for a in inciters) - {"u0"})


def trace_world(world: World, with_follows: bool, settings: TraceSettings) -> Trace:
    """Trace the planted attack over its true window."""
    events = encode(world.interactions)
    first, last = int(events.at[0]), int(events.at[-1])
    facts = {"pileon_id": ["p"], "target_id": ["t"], "nature": ["attack"], "nature_probability": [0.95]}
    pileons = Pileons(
        PILEONS.conform(pl.DataFrame(facts)),
        look_up(pl.Series(["t"]), events.accounts),
        np.array([first]),
        np.array([first]),
        np.array([last]),
        Lists(np.array([0, len(events)]), np.arange(len(events), dtype=np.int32)),
        volume_only=False,
    )
    return trace_pileons(events, pileons, world.follows if with_follows else None, settings, 0)


@dataclass(frozen=True)
class Case:
    """One account: whether its interval holds the truth and starts at it, its width, the error of the credit."""

    covered: bool
    edge: bool
    width: float
    error: float


def sort_of(world: World, name: str, credit: float) -> str:
    """Give the line that an account belongs to; empty: none."""
    if name == world.initiator:
        return "initiators"
    if name in world.inciters:
        return "inciters"
    if credit >= LARGE:
        return "others"
    return "small others" if credit * len(world.interactions) >= 3 else ""


def cover(generator: Generator, known: float, with_follows: bool, seeds: range, settings: TraceSettings) -> dict[str, list[Case]]:
    """Cases by sort of account."""
    found: dict[str, list[Case]] = {"initiators": [], "inciters": [], "others": [], "small others": []}
    for seed in seeds:
        world = plant(seed, generator, known)
        if len(world.interactions) < 50:
            continue
        for m in trace_world(world, with_follows, settings).members.iter_rows(named=True):
            sort = sort_of(world, m["actor_id"], m["credit"])
            if not sort:
                continue
            true, low, high = world.credit.get(m["actor_id"], 0.0), m["credit_low"], m["credit_high"]
            found[sort].append(Case(low - 1e-9 <= true <= high + 1e-9, abs(true - low) < 1e-9, high - low, m["credit"] - true))
    return found


def line(cases: list[Case]) -> tuple[str, ...]:
    """Give the figures of a line."""
    unsure = [c for c in cases if c.width > 1e-9]
    values = np.array([(c.covered, c.edge, c.width, c.error) for c in unsure], np.float64).reshape(-1, 4)
    means = values.mean(axis=0) if len(values) else np.full(4, np.nan)
    return str(len(unsure)), str(len(cases) - len(unsure)), *(f"{v:.3f}" for v in means)


def main() -> None:
    """Print coverage, width and error by generator and case."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--bare", action="store_true", help="without the calibrated widening")
    arguments = parser.parse_args()
    settings = TraceSettings(interval_stretch=0.0) if arguments.bare else TraceSettings()
    rows: list[tuple[str, ...]] = [
        ("generator, what is known", "accounts", "cases", "certain", "coverage", "edge", "mean width", "mean error")
    ]
    sums: dict[str, dict[str, list[Case]]] = {"all settings": {}, "all settings but parents given": {}}
    for generator in GENERATORS:
        for name, (known, with_follows) in CASES.items():
            seeds = range(arguments.first, arguments.first + arguments.seeds)
            found = cover(generator, known, with_follows, seeds, settings)
            found["all"] = found["initiators"] + found["inciters"] + found["others"]
            rows += [(f"{generator.name}; {name}", sort, *line(cases)) for sort, cases in found.items()]
            for label, summed in sums.items():
                if label == "all settings" or name != "parents given":
                    for sort, cases in found.items():
                        summed[sort] = summed.get(sort, []) + cases
    rows += [(label, sort, *line(cases)) for label, summed in sums.items() for sort, cases in summed.items()]
    print_table(rows)


if __name__ == "__main__":
    main()

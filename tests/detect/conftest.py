"""Small streams with known bursts: over-dispersed diurnal background, and bursts of chosen tone on chosen targets."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from graphwatch.detect.streams import Stream, link_repeats
from graphwatch.model import DAY, HOUR

START = 1_700_006_400_000_000  # a midnight UTC

Rows = pl.DataFrame


def rows_at(
    at: np.ndarray, actor: np.ndarray, target: np.ndarray, hostility: np.ndarray, category: np.ndarray, surface: str = "comment"
) -> Rows:
    return pl.DataFrame(
        {
            "at": pl.Series(at.astype(np.int64)).cast(pl.Datetime("us", "UTC")),
            "actor_id": [f"u{a}" for a in actor],
            "kind": "comment",
            "surface": surface,
            "target_ids": pl.Series([[t] for t in target], dtype=pl.List(pl.String)),
            "hostility": hostility,
            "category": pl.Series(category, dtype=pl.String),
        },
        schema_overrides={"hostility": pl.Float64},
    )


def background(seed: int, *, targets: int = 60, days: int = 21, per_day: float = 6.0, hostile: float = 0.03) -> Rows:
    """Gamma rates over targets, gamma ups and downs over six-hour blocks, a daily rhythm, a few hostile acts."""
    rng = np.random.default_rng([seed, 1])
    hours = np.arange(days * 24)
    rate = rng.gamma(1.5, per_day / 1.5 / 24, targets)[:, None] * (1 + 0.6 * np.sin(2 * np.pi * hours / 24))
    swing = np.repeat(rng.gamma(2.0, 0.5, (targets, days * 4)), 6, axis=1)
    counts = rng.poisson(rate * swing)
    target, hour = np.nonzero(counts)
    repeats = counts[target, hour]
    target, hour = np.repeat(target, repeats), np.repeat(hour, repeats)
    n = len(target)
    at = START + hour * HOUR + rng.integers(0, HOUR, n)
    is_hostile = rng.random(n) < hostile
    return rows_at(
        at,
        rng.integers(0, 30 * targets, n),
        np.array([f"t{t:04d}" for t in target]),
        np.where(is_hostile, 0.7, 0.1),
        np.where(is_hostile, "abuse", "none"),
    )


def burst(
    seed: int,
    target: str,
    *,
    day: float,
    accounts: int,
    hours: float,
    tone: str = "abuse",
    acts: float = 1.3,
    first: int = 1_000_000,
    surface: str = "comment",
) -> Rows:
    """``accounts`` new accounts with Poisson(acts - 1) + 1 acts each, gamma-shaped in time, within ``hours`` of ``day``."""
    rng = np.random.default_rng([seed, 2, round(day * 1000), accounts])
    actor = np.repeat(first + np.arange(accounts), 1 + rng.poisson(acts - 1, accounts))
    n = len(actor)
    at = START + day * DAY + np.minimum(rng.gamma(1.5, hours / 6, n), hours) * HOUR
    u = rng.random(n)
    loud = u < {"abuse": 0.8, "criticism": 0.1, "praise": 0.02, "news": 0.04}[tone]
    quiet = {"abuse": 0.15, "criticism": 0.36, "praise": 0.05, "news": 0.12}[tone]
    mild = "criticism" if tone == "criticism" else "none"
    return rows_at(at, actor, np.full(n, target), np.where(loud, 0.8, quiet), np.where(loud, "abuse", mild), surface)


def numbered(*parts: Rows) -> Rows:
    return pl.concat(parts).with_row_index("interaction_id").with_columns(pl.col("interaction_id").cast(pl.String).str.zfill(9))


def null_stream(
    seed: int, *, groups: int, days: int = 21, rate: float = 2.0, spread: float = 0.5, block_h: int = 6, accounts: int = 200_000
) -> Stream:
    """Negative binomial counts with a daily rhythm, and no burst; rates per hour."""
    rng = np.random.default_rng([seed, 3])
    hours = np.arange(days * 24)
    mean = rng.gamma(1.0, rate, groups)[:, None] * (1 + 0.6 * np.sin(2 * np.pi * hours / 24))
    swing = np.repeat(rng.gamma(1 / spread, spread, (groups, -(-len(hours) // block_h))), block_h, axis=1)[:, : len(hours)]
    counts = rng.poisson(mean * swing)
    group, hour = np.nonzero(counts)
    repeats = counts[group, hour]
    group, hour = np.repeat(group, repeats), np.repeat(hour, repeats)
    at = START + hour * HOUR + rng.integers(0, HOUR, len(hour))
    order = np.lexsort((at, group))
    start = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))]).astype(np.int64)
    previous, following = link_repeats(start, rng.integers(0, accounts, len(at)).astype(np.int32), accounts)
    return Stream(start, at[order].astype(np.int64), np.arange(len(at), dtype=np.int32), previous, following)


@pytest.fixture
def make_background() -> Callable[..., Rows]:
    return background


@pytest.fixture
def make_burst() -> Callable[..., Rows]:
    return burst


@pytest.fixture
def number() -> Callable[..., Rows]:
    return numbered


@pytest.fixture
def make_null() -> Callable[..., Stream]:
    return null_stream


@pytest.fixture
def start() -> int:
    return START

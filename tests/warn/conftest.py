"""A small stream with known bursts: diurnal over-dispersed background and Hawkes bursts on chosen targets."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

START = 1_700_000_000_000_000
SECOND = 1_000_000

Stream = Callable[..., pl.DataFrame]


def hawkes_times(rng: np.random.Generator, first: int, immigrants: float, n: float, mean_delay: float, span: float) -> np.ndarray:
    """Seconds of a branching cluster process: ``first`` roots at 0, then a Poisson stream of immigrants, each with Poisson(n) children."""
    generation = np.concatenate([np.zeros(first), rng.uniform(0, span, rng.poisson(immigrants * span))])
    every = [generation]
    while len(generation):
        children = np.repeat(generation, rng.poisson(n, len(generation)))
        generation = children + rng.exponential(mean_delay, len(children))
        generation = generation[generation < span]
        every.append(generation)
    return np.sort(np.concatenate(every))


def _background(rng: np.random.Generator, targets: int, days: float) -> tuple[np.ndarray, np.ndarray]:
    rate = rng.gamma(0.5, 6.0, targets)  # acts a day: over-dispersed between targets
    counts = rng.poisson(rate * days)
    of = np.repeat(np.arange(targets), counts)
    seconds = rng.uniform(0, days * 86400, len(of))
    kept = rng.random(len(of)) < 0.6 + 0.4 * np.sin(2 * np.pi * seconds / 86400)
    return of[kept], seconds[kept]


def _rows(
    rng: np.random.Generator, target: np.ndarray, seconds: np.ndarray, actor: np.ndarray, hostile: float, text: str | None
) -> pl.DataFrame:
    n = len(seconds)
    is_hostile = rng.random(n) < hostile
    return pl.DataFrame(
        {
            "at": START + (seconds * SECOND).astype(np.int64),
            "actor_id": [f"u{a}" for a in actor],
            "target_ids": [[f"t{t}"] for t in target],
            "hostility": np.where(is_hostile, rng.uniform(0.5, 1, n), rng.uniform(0, 0.5, n)),
            "category": np.where(is_hostile, np.where(rng.random(n) < 0.2, "incitement", "abuse"), "none"),
            "followers": rng.pareto(1.2, n).astype(np.int64) + 1,
            "objects": pl.Series([[text] if text else [] for _ in range(n)], dtype=pl.List(pl.String)),
        }
    )


def make_stream(
    seed: int, *, targets: int = 60, days: float = 6.0, attacks: int = 4, crowds: int = 0, size: int = 150, quiet_share: float = 0.03
) -> pl.DataFrame:
    """Make a stream; targets ``t0 …`` are attacked, the next ``crowds`` get as many friendly accounts, the rest only background."""
    rng = np.random.default_rng([seed, 77])
    of, seconds = _background(rng, targets, days)
    parts = [_rows(rng, of, seconds, rng.integers(0, 4000, len(of)), quiet_share, None)]
    for k in range(attacks + crowds):
        burst = hawkes_times(rng, 4, 0.0005, 0.92, 600.0, 10 * 3600.0)[:size]
        onset = (days / 2 + k * 0.3) * 86400
        actor = 10_000 + 1000 * k + np.arange(len(burst))
        hostile = 0.75 if k < attacks else 0.02
        parts.append(_rows(rng, np.full(len(burst), k), onset + burst, actor, hostile, f"text:{k}" if k < attacks else None))
    frame = pl.concat(parts).sort("at", maintain_order=True).with_row_index("row")
    return frame.select(
        pl.format("i{}", pl.col("row").cast(pl.String).str.zfill(7)).alias("interaction_id"),
        pl.col("at").cast(pl.Datetime("us", "UTC")),
        "actor_id",
        pl.lit("reply").alias("kind"),
        pl.lit("x").alias("platform"),
        pl.lit("comment").alias("surface"),
        "target_ids",
        "hostility",
        "category",
        "followers",
        "objects",
    )


@pytest.fixture(scope="session")
def stream() -> Stream:
    """Give the stream maker."""
    return make_stream


@pytest.fixture
def rng() -> np.random.Generator:
    """Give a fresh generator, the same for every test."""
    return np.random.default_rng([20, 24])

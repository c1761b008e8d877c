"""Did these accounts act together before: planted rings, uniformity under the null, and what the public function takes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import kstest

import graphwatch as gw
from graphwatch.detect.prior_coaction import History, prior_coaction
from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode
from graphwatch.settings import DetectSettings, Settings

DAY_S = 86_400
START = 1_700_006_400
FEW = DetectSettings(coaction_prior_draws=199)


def background(seed: int, users: int = 400, shares: int = 9000, *, ring: int = 0) -> pl.DataFrame:
    """Zipf accounts and objects over two days; the first ``ring`` of a hundred quiet accounts share 8 objects together."""
    rng = np.random.default_rng([seed, 77])
    activity, popularity = np.arange(1, users + 1) ** -0.4, np.arange(1, 121) ** -0.5
    actor = [rng.choice(users, shares, p=activity / activity.sum())]
    item = [rng.choice(120, shares, p=popularity / popularity.sum())]
    at = [rng.integers(0, 2 * DAY_S, shares)]
    for k in range(8 if ring else 0):
        actor.append(np.arange(users - ring, users))
        item.append(np.full(ring, 60 + k))
        at.append(1000 * k + rng.integers(0, 30, ring))
    seconds = START + np.concatenate(at)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{k}" for k in range(len(seconds))],
            "at": pl.Series(seconds * 10**6).cast(pl.Datetime("us", "UTC")),
            "actor_id": [f"u{a:04d}" for a in np.concatenate(actor)],
            "kind": "post",
            "objects": pl.Series([[f"url:{o}"] for o in np.concatenate(item)]),
        }
    )


def test_p_values_are_uniform_for_accounts_that_have_nothing_in_common() -> None:
    events = encode(background(1, shares=24_000))
    history = History.of(events, FEW)
    rng = np.random.default_rng(3)
    p_values = []
    for k in range(300):
        crowd = np.sort(rng.choice(len(events.accounts), 90, replace=False)).astype(np.int32)
        p_values.append(prior_coaction(history, crowd, (START + DAY_S) * 10**6, FEW, k).p_value)
    assert kstest(p_values, "uniform").pvalue > 0.01
    for level in (0.01, 0.05, 0.2):
        assert np.mean(np.array(p_values) <= level) <= level + 3 * np.sqrt(level * (1 - level) / len(p_values))


def test_a_ring_is_found_and_the_hyperactive_are_not() -> None:
    frame = background(2, ring=15)
    ring = [f"u{k:04d}" for k in range(385, 400)]
    found = gw.acted_together_before(frame, [*ring, *(f"u{k:04d}" for k in range(200, 230))], "2023-11-17")
    assert found.p_value == 0.001
    assert found.expected is not None
    assert found.pairs > 105 > found.expected
    busiest = gw.acted_together_before(frame, [f"u{k:04d}" for k in range(0, 40, 2)], "2023-11-17")
    assert busiest.pairs > 4
    assert busiest.p_value > 0.05


def test_only_what_came_before_counts() -> None:
    frame = background(2, ring=15)
    ring = [f"u{k:04d}" for k in range(385, 400)]
    early = gw.acted_together_before(frame, ring, "2023-11-15 00:00:00")
    assert (early.accounts, early.pairs, early.p_value) == (0, 0, 1.0)
    lately = Settings(detect=DetectSettings(coaction_prior_days=0.5))
    late = gw.acted_together_before(frame, ring, "2023-11-17", settings=lately)
    assert late.pairs < 20
    assert late.p_value > 0.01


def test_without_controls_nothing_is_expected() -> None:
    frame = background(2, ring=15)
    ring = [f"u{k:04d}" for k in range(385, 400)]
    alone = gw.acted_together_before(frame.filter(pl.col("actor_id").is_in(ring)), ring, "2023-11-17")
    assert (alone.controls, alone.expected, alone.p_value) == (0, None, 1.0)
    assert alone.pairs >= 105
    early = gw.acted_together_before(frame, ring, "2023-11-15 00:00:00")
    assert (early.accounts, early.controls, early.expected) == (0, 0, None)


def test_row_order_changes_nothing_and_unknown_accounts_are_left_out() -> None:
    frame = background(4, ring=10)
    ring = [f"u{k:04d}" for k in range(390, 400)]
    one = gw.acted_together_before(frame, ring, "2023-11-17T00:00:00Z")
    other = gw.acted_together_before(frame.sample(fraction=1, shuffle=True, seed=2).to_pandas(), [*reversed(ring), "nobody"], "2023-11-17")
    assert one == other


def test_wrong_moments_and_windows_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="before 'soon'"):
        gw.acted_together_before(background(1, shares=10), ["u0001"], "soon")
    with pytest.raises(ConfigurationError, match="positive"):
        gw.acted_together_before(background(1, shares=10), ["u0001"], "2023-11-17", "0s")

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from graphwatch.trace.goodness import exponential_mixture, ks_p_value, residuals, spread_ties
from graphwatch.trace.lags import BINS, PER_OCTAVE, Shapes, exponential_shapes, lag_bin, lomax_shapes


@pytest.mark.parametrize("shapes", [exponential_shapes(), lomax_shapes()])
def test_density_is_the_derivative_of_mass(shapes: Shapes) -> None:
    edges = 2.0 ** (np.arange(BINS + 1) / PER_OCTAVE)
    middle = np.sqrt(edges[1:] * edges[:-1])
    slope = np.diff(shapes.mass, axis=1) / np.diff(middle)
    between = np.sqrt(shapes.density[:, 1:] * shapes.density[:, :-1])
    real = between > 1e-9
    np.testing.assert_allclose(slope[real], between[real], rtol=0.02)


@pytest.mark.parametrize("shapes", [exponential_shapes(), lomax_shapes()])
def test_half_of_the_mass_comes_within_the_median(shapes: Shapes) -> None:
    for shape, median in enumerate(shapes.median()):
        if median > 2:
            assert shapes.mass[shape, lag_bin(float(median))] == pytest.approx(0.5, abs=0.02)


@given(st.floats(0, 1e8))
def test_bins_hold_their_lag(lag: float) -> None:
    bin_ = lag_bin(lag)
    if 1 < lag < 2.0 ** (BINS / PER_OCTAVE):
        assert 2.0 ** (bin_ / PER_OCTAVE) <= lag * (1 + 1e-9)
        assert lag < 2.0 ** ((bin_ + 1) / PER_OCTAVE) * (1 + 1e-9)
    else:
        assert bin_ in (0, BINS - 1)


@pytest.mark.parametrize("tail", [0.4, 1.0, 2.5])
def test_the_mixture_of_exponentials_is_the_power_law(tail: float) -> None:
    rates, weights = exponential_mixture(100.0, tail)
    for t in (1.0, 50.0, 1000.0, 30000.0):
        assert float((weights * np.exp(-rates * t)).sum()) == pytest.approx((1 + t / 100.0) ** -tail, rel=0.03, abs=1e-4)


def test_residuals_integrate_the_intensity() -> None:
    time, strength = np.array([-50.0, 0.0, 30.0, 100.0]), np.array([2.0, 0.5, 1.0, 0.7])
    background = np.array([0.0, 0.0, 0.3, 1.0])
    found = residuals(time, time >= 0, strength, background, np.array([0.01]), np.ones(1))

    def mass(since: float, low: float, high: float) -> float:
        return float(np.exp(-0.01 * (low - since)) - np.exp(-0.01 * (high - since)))

    first = 2.0 * mass(-50, 0, 30) + 0.5 * mass(0, 0, 30) + 0.3
    second = 2.0 * mass(-50, 30, 100) + 0.5 * mass(0, 30, 100) + 1.0 * mass(30, 30, 100) + 0.7
    np.testing.assert_allclose(found, [0.0, first, second], atol=1e-12)


def test_ties_keep_their_order_and_stay_before_the_next_stamp() -> None:
    spread = spread_ties(np.array([0.0, 0.0, 0.0, 60.0, 60.0, 300.0]))
    assert (np.diff(spread) > 0).all()
    assert spread[2] < 60.0


@pytest.mark.parametrize("size", [5, 20, 300])
@pytest.mark.parametrize("power", [1.0, 1.3, 2.0])
def test_the_p_value_is_near_the_exact_one(size: int, power: float) -> None:
    values = np.random.default_rng(size).random(size) ** power
    assert ks_p_value(values) == pytest.approx(kstest(values, "uniform").pvalue, abs=0.02)

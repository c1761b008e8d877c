"""Closed forms against published values (the R package evently's, per cascade)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graphwatch.errors import ConfigurationError
from graphwatch.trace.kernels import Cascade, branching_factor, expected_final_size, intensity

TIMES, MARKS = np.array([0.0, 1.0]), np.array([1.0, 2.0])


@pytest.mark.parametrize(
    ("cascade", "value"),
    [
        (Cascade(k=0.9, theta=1.0), 0.1666101),
        (Cascade(k=0.9, theta=1.0, beta=0.5), 0.2170621),
        (Cascade(k=0.9, theta=1.0, kernel="power_law", c=2.0), 0.09225),
        (Cascade(k=0.9, theta=1.0, population=10), 0.1332881),
    ],
)
def test_intensity_has_the_published_values(cascade: Cascade, value: float) -> None:
    assert intensity(3.0, TIMES, cascade, MARKS) == pytest.approx(value, abs=5e-8)


@pytest.mark.parametrize(
    ("cascade", "value"),
    [
        (Cascade(k=0.1, theta=1.0), 0.1),
        (Cascade(k=0.1, theta=0.3, kernel="power_law", c=0.2), 0.5402189),
        (Cascade(k=0.1, theta=1.0, beta=1.0, alpha=2.016), 6.35),
    ],
)
def test_branching_factor_has_the_published_values(cascade: Cascade, value: float) -> None:
    assert branching_factor(cascade) == pytest.approx(value, abs=5e-8)


def test_branching_factor_is_infinite_where_the_marks_have_no_mean() -> None:
    assert math.isinf(branching_factor(Cascade(k=0.1, theta=1.0, beta=1.0, alpha=1.9)))


def test_a_finite_population_dampens() -> None:
    assert branching_factor(Cascade(k=0.8, theta=1.0, population=10), events=5) == pytest.approx(0.4)
    assert branching_factor(Cascade(k=0.8, theta=1.0, population=10), events=20) == 0.0


def test_final_size_has_the_published_value() -> None:
    assert expected_final_size(np.arange(6.0), 10.0, Cascade(k=0.8, theta=1.0)) == pytest.approx(6.04253, abs=5e-6)


def test_final_size_of_a_supercritical_cascade_is_infinite_unless_the_population_is_finite() -> None:
    assert math.isinf(expected_final_size(np.arange(6.0), 10.0, Cascade(k=1.2, theta=1.0)))
    finite = expected_final_size(np.arange(6.0), 5.0, Cascade(k=1.2, theta=1.0, population=100))
    assert 6 < finite < 100


def test_final_size_of_a_large_population_nears_the_infinite_one() -> None:
    times = np.arange(6.0)
    infinite = expected_final_size(times, 6.0, Cascade(k=0.8, theta=1.0))
    assert expected_final_size(times, 6.0, Cascade(k=0.8, theta=1.0, population=1e8)) == pytest.approx(infinite, rel=1e-5)


def test_final_size_of_a_finite_population_agrees_with_simulation() -> None:
    rng = np.random.default_rng(3)
    cascade = Cascade(k=1.5, theta=1.0, population=400)
    seen = np.linspace(0.0, 1.0, 60)
    sizes = []
    for _ in range(300):  # each act has Poisson(1.5) contacts; a contact counts if its account has not acted yet
        pending = int(rng.poisson(1.5 * np.exp(-(1.0 - seen)).sum()))
        size = 60
        while pending:
            pending -= 1
            if rng.random() < 1 - size / 400:
                size += 1
                pending += int(rng.poisson(1.5))
        sizes.append(size)
    assert expected_final_size(seen, 1.0, cascade) == pytest.approx(np.mean(sizes), rel=0.03)


def test_events_after_the_end_of_watching_do_not_count() -> None:
    cascade = Cascade(k=0.5, theta=1.0)
    assert expected_final_size(np.array([0.0, 1.0, 9.0]), 2.0, cascade) == expected_final_size(np.array([0.0, 1.0]), 2.0, cascade)


@pytest.mark.parametrize(("k", "theta", "population"), [(-1.0, 1.0, 9.0), (0.5, 0.0, 9.0), (0.5, 1.0, 0.0)])
def test_parameters_out_of_range_are_refused(k: float, theta: float, population: float) -> None:
    with pytest.raises(ConfigurationError):
        Cascade(k=k, theta=theta, population=population)

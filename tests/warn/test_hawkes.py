import numpy as np
import pytest
from scipy.optimize import minimize

from graphwatch.model import F64
from graphwatch.warn import hawkes_branching
from graphwatch.warn.hawkes import excitation, profile


def simulated(seed: int, immigrants: float, n: float, decay: float, span: float) -> F64:
    rng = np.random.default_rng([seed, 5])
    generation = rng.uniform(0, span, rng.poisson(immigrants * span))
    every = [generation]
    while len(generation):
        generation = np.repeat(generation, rng.poisson(n, len(generation)))
        generation = generation + rng.exponential(1 / decay, len(generation))
        generation = generation[generation < span]
        every.append(generation)
    return np.sort(np.concatenate(every))


def likelihood(times: F64, end: float, mu: float, n: float, decay: float) -> float:
    """Straight from the definition, O(n²), of all times after the first."""
    total = -mu * (end - times[0])
    for i, t in enumerate(times):
        total -= n * (1 - np.exp(-decay * (end - t)))
        if i:
            total += np.log(mu + n * decay * np.sum(np.exp(-decay * (t - times[:i]))))
    return float(total)


def climbed(times: F64, end: float, n: float, decay: float) -> float:
    """Highest likelihood that Nelder–Mead finds from a start."""

    def loss(p: F64) -> float:
        mu, ratio, rate = np.exp(p)
        return -likelihood(times, end, float(mu), float(ratio), float(rate))

    return -float(minimize(loss, np.log(np.array([0.02, n, decay])), method="Nelder-Mead").fun)


def test_excitation_is_the_sum_of_its_definition() -> None:
    times = np.sort(np.random.default_rng(1).uniform(0, 100, 40))
    direct = [np.sum(np.exp(-0.3 * (t - times[:i]))) for i, t in enumerate(times)]
    np.testing.assert_allclose(excitation(times, 0.3), direct, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_maximum_equals_brute_force(seed: int) -> None:
    times = simulated(seed, 0.02, 0.6, 0.05, 2000.0)
    end = 2000.0
    fit = hawkes_branching(times, end=end)
    assert fit is not None
    assert likelihood(times, end, fit.immigrants, fit.ratio, fit.decay) == pytest.approx(fit.log_likelihood, abs=1e-6)
    best = max(climbed(times, end, n, decay) for n in (0.3, 0.9) for decay in (0.02, 0.2))
    assert fit.log_likelihood == pytest.approx(best, abs=0.02)


def test_profile_is_highest_at_the_estimate() -> None:
    times = simulated(11, 0.02, 0.7, 0.05, 3000.0)
    fit = hawkes_branching(times, end=3000.0)
    assert fit is not None
    for n in (0.1, 0.5 * fit.ratio, 1.5 * fit.ratio, 2.5):
        assert profile(times, 3000.0, n)[0] <= fit.log_likelihood + 1e-6
    for bound in (fit.low, fit.high):
        assert profile(times, 3000.0, bound)[0] == pytest.approx(fit.log_likelihood - 1.92, abs=0.1)


def test_estimates_are_right_on_average_and_intervals_cover() -> None:
    truth, covered, ratios = 0.6, 0, []
    runs = 60
    for seed in range(runs):
        fit = hawkes_branching(simulated(100 + seed, 0.02, truth, 0.05, 4000.0), end=4000.0)
        assert fit is not None
        ratios.append(fit.ratio)
        covered += fit.low <= truth <= fit.high
    assert np.median(ratios) == pytest.approx(truth, abs=0.06)
    assert covered >= 0.88 * runs


def test_regular_and_poisson_times_do_not_feed_themselves() -> None:
    poisson = simulated(3, 0.05, 0.0, 0.05, 4000.0)
    fit = hawkes_branching(poisson, end=4000.0)
    assert fit is not None
    assert fit.low < 0.1
    assert fit.ratio < 0.4


@pytest.mark.parametrize("times", [[], [1.0], [1.0] * 20, list(range(7))])
def test_too_little_gives_none(times: list[float]) -> None:
    assert hawkes_branching(np.array(times, dtype=float)) is None


def test_many_at_the_same_time_stay_finite() -> None:
    fit = hawkes_branching(np.repeat([0.0, 1.0, 5.0, 9.0], 6))
    assert fit is not None
    assert np.isfinite([fit.ratio, fit.low, fit.high, fit.immigrants, fit.log_likelihood]).all()
    assert 0 <= fit.low <= fit.ratio <= fit.high <= 3


def test_unsorted_times_are_refused() -> None:
    with pytest.raises(ValueError, match="ascending"):
        hawkes_branching(np.array([2.0, 1.0]))

"""Under the null: p-values are no smaller than they may be, and the false discovery rate holds."""

from collections.abc import Callable

import numpy as np
import pytest

from graphwatch.detect.baseline import Span, fit_dispersion, gamma_shape
from graphwatch.detect.bursts import calibrated, find_bursts, fit_null, q_values, scan_by_group, tail_calibration, window_widths
from graphwatch.detect.profile import cumulative, hour_of_week_profile
from graphwatch.detect.streams import Stream
from graphwatch.model import F64

WINDOWS = (5.0, 15.0, 60.0, 180.0, 360.0, 1440.0)


def scanned(stream: Stream, least: int = 3) -> tuple[np.ndarray, int]:
    at = np.sort(stream.at)
    span = Span(int(at[0]), int(at[-1]) + 1, cumulative(hour_of_week_profile(at)))
    bursts = find_bursts(stream, span, window_widths(WINDOWS, span), None, least, 0.05, seed=(0,))
    return bursts.null_p, int((q_values(bursts) <= 0.05).sum())


@pytest.mark.parametrize(
    ("spread", "block_h", "rate"), [(0.01, 1, 2.0), (0.5, 1, 2.0), (0.5, 24, 2.0), (2.0, 6, 1.0), (0.5, 6, 0.1), (0.5, 1, 15.0)]
)
def test_p_values_of_diurnal_negative_binomial_streams(make_null: Callable[..., Stream], spread: float, block_h: int, rate: float) -> None:
    groups = 120 if rate > 10 else 600
    p, found = scanned(make_null(7, groups=groups, spread=spread, block_h=block_h, rate=rate))
    for level in (0.01, 0.05, 0.2):
        slack = 2.6 * np.sqrt(level * (1 - level) / groups)
        assert (p <= level).mean() <= level + slack
    assert found == 0


def test_p_values_are_uniform_where_ordinary_days_are_as_the_fit_says(make_null: Callable[..., Stream]) -> None:
    """Down to the smallest twentieth a p-value is its share of the null, within the error of 600 targets and of the null's own draws."""
    stream = make_null(5, groups=600, spread=0.5, block_h=24)
    at = np.sort(stream.at)
    span = Span(int(at[0]), int(at[-1]) + 1, cumulative(hour_of_week_profile(at)))
    null = fit_null(stream, span, window_widths(WINDOWS, span), None, 10, 0.05, seed=(0,), own=False)
    p = scan_by_group(stream, null, 0.05).null_p
    size = np.round(np.log2(np.maximum(null.events, 1.0)))
    of_class = np.abs(size[:, None] - null.calibration.classes[None, :]).argmin(axis=1)
    part = np.bincount(of_class, minlength=len(null.calibration.classes)) / 600
    drawn = np.array([len(draws) for draws in null.calibration.null])
    for level in (0.05, 0.1, 0.2, 0.5, 0.7):
        error = np.sqrt(level * (1 - level) * (1 / 600 + (part**2 / drawn).sum()))
        assert (p <= level).mean() == pytest.approx(level, abs=2.6 * error)


def test_p_values_are_not_uselessly_large(make_null: Callable[..., Stream]) -> None:
    p = np.concatenate([scanned(make_null(seed, groups=600, spread=0.5, block_h=24))[0] for seed in (1, 2, 3)])
    assert (p <= 0.05).mean() > 0.05 / 5
    assert (p <= 0.2).mean() > 0.2 / 4


def test_the_tail_of_the_population_is_fitted() -> None:
    rng = np.random.default_rng(0)
    heavy = rng.random(20_000) ** (1 / 0.25)
    reached, exponent = tail_calibration(heavy)
    assert 0.2 < exponent < 0.3
    assert reached == pytest.approx((heavy <= 0.1).mean())
    assert tail_calibration(rng.random(20_000))[1] > 0.9
    assert tail_calibration(np.ones(10)) == (0.1, 1.0)
    assert tail_calibration(np.array([1e-9]))[1] > 0.9  # one target proves no heavy tail


def test_calibration_never_makes_a_p_value_smaller(make_null: Callable[..., Stream]) -> None:
    stream = make_null(3, groups=300, spread=2.0)
    at = np.sort(stream.at)
    span = Span(int(at[0]), int(at[-1]) + 1, cumulative(hour_of_week_profile(at)))
    bursts = find_bursts(stream, span, window_widths(WINDOWS, span), None, 3, 0.05, seed=(0,))
    assert (calibrated(bursts).null_p >= bursts.null_p).all()
    assert (calibrated(bursts).p_value >= bursts.p_value).all()


@pytest.mark.parametrize(("flat", "steep"), [(0.0, 0.0), (0.6, 0.0), (0.3, 2.0)])
def test_dispersion_is_recovered(flat: float, steep: float) -> None:
    rng = np.random.default_rng(1)
    mean = np.repeat(rng.gamma(0.5, 6.0, 3000), 60).reshape(3000, 60)
    alpha = flat + steep / np.maximum(mean, 1e-9)
    rate = mean if flat + steep == 0 else rng.gamma(1 / alpha, alpha * mean)
    c = rng.poisson(rate).astype(float)
    fitted = fit_dispersion(c.sum(1), (c * (c - 1)).sum(1), (60.0, 60.0), mean.sum(1), trim=False)
    assert fitted == pytest.approx((flat, steep), abs=0.15 + 0.1 * steep)


def test_bursts_do_not_spoil_a_trimmed_fit() -> None:
    rng = np.random.default_rng(2)
    c = rng.poisson(1.0, (2000, 60)).astype(float)
    c[:10, 30] = 200.0
    total, pairs, expected = c.sum(1), (c * (c - 1)).sum(1), np.full(2000, 60.0)
    raw = fit_dispersion(total, pairs, (60.0, 60.0), expected, trim=False)
    trimmed = fit_dispersion(total, pairs, (60.0, 60.0), expected, trim=True)
    assert raw[0] + raw[1] > 1
    assert trimmed[0] + trimmed[1] < 0.2


def test_the_prior_knows_how_alike_targets_are() -> None:
    rng = np.random.default_rng(3)
    expected = np.full(4000, 20.0)
    for shape in (4.0, 0.4):
        counts = rng.poisson(rng.gamma(shape, 20.0 / shape, 4000)).astype(np.float64)
        assert gamma_shape(counts, expected, 0.0) == pytest.approx(shape, rel=0.15)


def test_bursts_do_not_hide_themselves_among_few_targets() -> None:
    rng = np.random.default_rng(5)
    rates = 2.0 ** np.arange(-3, 9) / 8  # one target in each size class
    counts = rng.negative_binomial(4.0, 4.0 / (4.0 + rates[:, None]), (len(rates), 240)).astype(np.float64)
    attacked = counts.copy()
    attacked[5, [40, 130]] += 60
    bins = (240.0, 240.0)

    def dispersion(c: F64, *, trim: bool) -> float:
        flat, steep = fit_dispersion(c.sum(1), (c * (c - 1.0)).sum(1), bins, c.sum(1), trim=trim)
        return flat + steep

    calm = dispersion(counts, trim=False)
    assert dispersion(attacked, trim=False) > 1.5 * calm
    assert dispersion(attacked, trim=True) < 1.3 * calm

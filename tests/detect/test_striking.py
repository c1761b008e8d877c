"""The Pareto front of windows gives what scanning every window gives, and the long tail sum what the incomplete beta function gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, nbinom

from graphwatch.detect.baseline import Baseline, Span, effective_scales, moments_of
from graphwatch.detect.bursts import discoveries
from graphwatch.detect.profile import cumulative
from graphwatch.detect.scan import log_likelihood_ratio, scan_group, tail_below, window_tail
from graphwatch.detect.streams import Stream, link_repeats
from graphwatch.detect.striking import striking_windows
from graphwatch.model import MINUTE

WIDTHS = np.array([5, 30, 120]) * MINUTE
RUNNING = cumulative(np.linspace(0.4, 1.6, 168))
GROUPS = st.lists(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 12)), max_size=50), min_size=1, max_size=4)


def stream_of(groups: list[list[tuple[int, int]]]) -> Stream:
    start = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype(np.int64)
    acts = [act for group in groups for act in sorted(group)]
    at = np.array([minute for minute, _ in acts], np.int64) * MINUTE
    previous, following = link_repeats(start, np.array([actor for _, actor in acts], np.int32), 13)
    return Stream(start, at, np.arange(len(at), dtype=np.int32), previous, following)


@settings(deadline=None)
@given(
    GROUPS,
    st.integers(1, 5),
    st.floats(0.2, 5.0),
    st.floats(0.05, 20.0),
    st.floats(0.0, 2.0),
    st.floats(0.0, 2.0),
    st.sampled_from([900, 60]),
)
def test_the_front_holds_the_window_that_a_scan_of_all_finds(
    groups: list[list[tuple[int, int]]], least: int, shape: float, rate: float, flat: float, steep: float, closed: int
) -> None:
    stream = stream_of([[(minute * closed // 900, actor) for minute, actor in group] for group in groups])
    span = Span(0, closed * MINUTE + 1, RUNNING)
    alike = np.ones((len(groups), len(WIDTHS)))
    baseline = Baseline(shape, rate * alike, flat * alike, np.array([steep, steep / 2, 0.0]), np.array([0.3, 0.0, 1.0]))
    windows = striking_windows(stream, span, WIDTHS, least)
    totals = moments_of(stream, span, WIDTHS).total[:, windows.group].T
    found = windows.rarest(span, WIDTHS, totals, baseline.of(windows.group))
    p_value, window = found.over(stream)
    for g in range(len(groups)):
        pieces = np.array([[stream.start[g], stream.start[g + 1], span.opened, span.closed]])
        rare, figures, place = scan_group(
            stream.at, stream.previous, stream.following, pieces, 0, WIDTHS, RUNNING, shape, baseline.prior_rate[g], baseline.flat[g],
            baseline.steep, baseline.rough, least, effective_scales(WIDTHS),
        )  # fmt: skip
        assert p_value[g] == pytest.approx(rare, rel=1e-9)
        if rare < 1.0:
            row = int(np.flatnonzero(windows.group == g)[0])
            assert found.figures[row] == pytest.approx(figures, rel=1e-6)
            assert window[g].tolist() == place[:2].tolist()
        else:
            assert window[g].tolist() == [min(stream.start[g], max(len(stream) - 1, 0))] * 2
    flagged = windows.rarest(span, WIDTHS, totals, baseline.of(windows.group), 0.05)
    small = found.p_value <= 0.05
    assert (flagged.p_value <= 0.05).tolist() == small.tolist()
    assert flagged.p_value[small].tobytes() == found.p_value[small].tobytes()


@settings(deadline=None)
@given(st.integers(2, 4000), st.floats(0.01, 0.99), st.floats(1e-3, 50.0), st.floats(1e-4, 0.5), st.floats(0.01, 5.0), st.integers(1, 200))
def test_more_accounts_or_less_exposure_never_weaken_a_window(
    count: int, part: float, outside: float, exposure: float, dispersion: float, more: int
) -> None:
    """What the front rests on: the ratio grows with the accounts inside and falls with the exposure."""

    def ratio(count: int, exposure: float, total: float) -> float:
        rest = max(total - count, 0.0) + 0.3
        mean = rest / (1.0 - exposure + 0.1) * exposure
        return log_likelihood_ratio(count, mean, dispersion + 2.0 * part / mean + 1.0 / rest)

    total = count + more + outside
    base = ratio(count, exposure, total)
    assert ratio(count + more, exposure, total) >= base * (1 - 1e-9)
    assert ratio(count, exposure * part, total) >= base * (1 - 1e-9)


@settings(deadline=None)
@given(st.floats(0.5, 3000), st.floats(1.01, 20.0), st.floats(1e-6, 50))
def test_long_tails_equal_scipy(mean: float, times: float, dispersion: float) -> None:
    count = int(mean * times) + 1
    k = 1 / dispersion
    tail = float(nbinom.sf(count - 1, k, k / (k + mean)))
    crossings = count * nbinom.pmf(count, k, k / (k + mean)) - (count + 1) * nbinom.pmf(count + 1, k, k / (k + mean))
    expected = tail + max(float(crossings), 0.0)
    if expected > 1e-250:
        assert window_tail(count, mean, dispersion, 0.0) == pytest.approx(expected, rel=1e-6)
        assert tail_below(count, mean, dispersion, 0.0, expected * 1.001) == pytest.approx(expected, rel=1e-6)
        assert tail_below(count, mean, dispersion, 0.0, tail * 0.999) in (np.inf, pytest.approx(expected, rel=1e-6))


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=60), st.sampled_from([0.05, 0.2]))
def test_discoveries_equal_scipys(p: list[float], fdr: float) -> None:
    values = np.array(p) ** 3
    assert discoveries(values, len(values), fdr).tolist() == (false_discovery_control(values) <= fdr).tolist()
    only_small = replace_large(values, fdr)
    assert discoveries(only_small, len(values), fdr).tolist() == discoveries(values, len(values), fdr).tolist()


def replace_large(values: np.ndarray, fdr: float) -> np.ndarray:
    return np.where(values <= fdr, values, 1.0)


def test_nothing_in_nothing_out() -> None:
    stream = stream_of([[], []])
    span = Span(0, 1, RUNNING)
    windows = striking_windows(stream, span, WIDTHS, 2)
    none = Baseline(0.3, np.ones((0, 3)), np.ones((0, 3)), np.zeros(3), np.zeros(3))
    p_value, window = windows.rarest(span, WIDTHS, np.zeros((0, 3)), none).over(stream)
    assert p_value.tolist() == [1.0, 1.0]
    assert not window.any()
    assert not len(windows.group)

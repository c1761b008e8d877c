"""Plain cascades: likelihood against the double sum, planted parameters, closed forms, edges."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphwatch as gw
from graphwatch.errors import ConfigurationError
from graphwatch.trace.cascade_bias import ratio_bias
from graphwatch.trace.cascade_fit import SCHEMA, fit_branching, fit_cascade, observe
from graphwatch.trace.cascade_likelihood import EXPONENTIAL, LOMAX, digamma, information, log_likelihood, prepare
from graphwatch.trace.cascade_search import PROMISE, fit_one, power_law_gain
from graphwatch.trace.kernels import Cascade, expected_final_size, intensity


def direct(kind: int, x: np.ndarray, time: np.ndarray, log_mark: np.ndarray, end: float) -> float:
    """The log-likelihood by its definition."""
    n, scale, tail, background = np.exp(x[:4])
    weight = np.exp(x[4] * log_mark)

    def density(t: np.ndarray) -> np.ndarray:
        one: np.ndarray = scale * np.exp(-scale * t) if kind == EXPONENTIAL else tail / scale * (1 + t / scale) ** (-1 - tail)
        return one

    def gone(t: np.ndarray) -> np.ndarray:
        one: np.ndarray = -np.expm1(-scale * t) if kind == EXPONENTIAL else 1 - (1 + t / scale) ** -tail
        return one

    flow = [background + n * (weight[:i] * density(time[i] - time[:i])).sum() for i in range(1, len(time))]
    return float(np.log(flow).sum() - background * (end - time[0]) - n * (weight * gone(end - time)).sum())


def value_of(kind: int, x: np.ndarray, time: np.ndarray, log_mark: np.ndarray, end: float, *, marked: bool) -> tuple[float, np.ndarray]:
    rates: np.ndarray = 1e-2 / end * np.exp2(np.arange(1.0 + math.ceil(math.log2(1e5 * end / np.diff(time).min()))))
    free = np.array([True, True, kind == LOMAX, True, marked])
    state, gone, gradient = np.zeros((2, len(time), len(rates))), np.zeros((2, len(rates))), np.zeros(5)
    prepare(kind, time, log_mark, 0.0, end, rates, state, gone)
    return log_likelihood(kind, x, free, time, log_mark, end, rates, state, gone, gradient), gradient


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([EXPONENTIAL, LOMAX]),
    st.lists(st.floats(0.05, 3.0), min_size=4, max_size=12),
    st.lists(st.floats(-1.5, 1.0), min_size=4, max_size=4),
    st.floats(0.0, 1.5),
    st.booleans(),
)
def test_likelihood_is_the_double_sum(kind: int, gaps: list[float], x: list[float], beta: float, marked: bool) -> None:
    time = np.cumsum([0.0, *gaps])
    log_mark = np.sin(np.arange(len(time))) if marked else np.zeros(len(time))
    place = np.array([*x, beta if marked else 0.0])
    end = float(time[-1]) + 0.7
    found, gradient = value_of(kind, place, time, log_mark, end, marked=marked)
    assert found == pytest.approx(direct(kind, place, time, log_mark, end), rel=1e-3, abs=3e-3)  # the power law is a sum of exponentials
    for k in range(5 if marked else 4):
        if k == 2 and kind == EXPONENTIAL:
            continue
        step = np.eye(5)[k] * 1e-5
        above, below = (direct(kind, place + s, time, log_mark, end) for s in (step, -step))
        assert gradient[k] == pytest.approx((above - below) / 2e-5, rel=1e-2, abs=3e-2)  # octaves: a few 1e-4 of the density


@pytest.mark.parametrize("x", [0.05, 0.7, 1.0, 3.3, 20.0])
def test_digamma(x: float) -> None:
    from scipy.special import digamma as expected

    assert digamma(x) == pytest.approx(float(expected(x)), abs=1e-9)


def test_information_is_the_curvature() -> None:
    time = np.cumsum(np.full(20, 0.4))
    x, free = np.array([-0.5, 0.2, 0.0, -1.0, 0.0]), np.array([True, True, False, True, False])
    empty = np.zeros((2, 0, 1))
    matrix = information(EXPONENTIAL, x, free, time, np.zeros(20), 9.0, np.zeros(1), empty, np.zeros((2, 1)))
    step = np.eye(5)[1] * 1e-3
    curve = sum(direct(EXPONENTIAL, x + s, time, np.zeros(20), 9.0) for s in (step, -step)) - 2 * direct(
        EXPONENTIAL, x, time, np.zeros(20), 9.0
    )
    assert matrix[1, 1] == pytest.approx(-curve / 1e-6, rel=1e-3)


def planted(seed: int, *, kernel: str = "exponential", marks: bool = False, end: float = 800.0) -> pl.DataFrame:
    """A cascade of about 500 events with branching ratio .8 and 100 spontaneous ones."""
    rng = np.random.default_rng([7, seed])
    pending, times, levels = list(rng.uniform(0, end, rng.poisson(100))), [], []
    while pending:
        t = pending.pop()
        mark = float((1 - rng.random()) ** (-1 / 3)) if marks else 1.0  # E[m^.5] = 1.2
        times.append(t)
        levels.append(mark)
        for _ in range(rng.poisson(0.8 * (mark**0.5 / 1.2 if marks else 1.0))):
            u = 1 - rng.random()
            lag = -math.log(u) if kernel == "exponential" else u ** (-1 / 1.5) - 1
            if t + lag < end:
                pending.append(t + lag)
    return pl.DataFrame({"cascade_id": f"c{seed:03d}", "at": times, "mark": levels})


@pytest.mark.parametrize("kernel", ["exponential", "power_law"])
def test_planted_branching_ratio_comes_out(kernel: str) -> None:
    frame = pl.concat([planted(seed, kernel=kernel) for seed in range(40)]).drop("mark")
    found = fit_branching(frame, 800.0)
    assert found["converged"].all()
    assert found["branching_ratio"].median() == pytest.approx(0.8, abs=0.03)
    assert (found["kernel"] == kernel).sum() > 0.8 * len(found)
    inside = ((found["branching_ratio"] - 0.8).abs() <= 1.645 * found["branching_ratio_se"]).sum()
    assert inside >= 0.75 * len(found)
    assert (found["ks_p_value"] > 0.01).all()


def test_the_score_test_tells_a_tail() -> None:
    """It promises little for exponential lags, much for a power law, and about what the power law then gains."""
    promised = {}
    for kernel in ("exponential", "power_law"):
        gains = []
        for seed in range(12):
            seen = observe(planted(seed, kernel=kernel)["at"].to_numpy(), None, 800.0)
            only, ground = np.array([True, False]), np.array([False, True])
            _, x, free, *_ = fit_one(seen.time, seen.log_mark, False, seen.end, seen.fast, only, ground, 1000)
            gains.append(power_law_gain(x, free, seen.time, seen.log_mark, seen.end))
        promised[kernel] = gains
    assert np.median(promised["exponential"]) < PROMISE
    assert min(promised["power_law"]) > PROMISE


def test_the_correction_takes_off_the_bias() -> None:
    """Overlapping cascades: plain n̂ is too low."""
    frame = pl.concat([planted(seed, end=100.0) for seed in range(60)]).drop("mark")
    plain, corrected = (fit_branching(frame, 100.0, correct=correct)["branching_ratio"].median() for correct in (False, True))
    assert plain is not None
    assert corrected is not None
    assert float(str(plain)) < float(str(corrected)) - 0.015
    assert float(str(corrected)) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("tail", [math.nan, 1.5])
def test_the_correction_shrinks_with_the_window_and_is_bounded(tail: float) -> None:
    sizes = [-ratio_bias(0.8, 500, window, 1.0, tail, math.nan) for window in (20.0, 100.0, 1000.0, 1e9)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == pytest.approx(0.4 / 100, rel=1e-3)
    assert ratio_bias(0.8, 500, 20.0, 1.0, tail, 0.01) == -0.01


def test_marks_come_out() -> None:
    found = fit_branching(pl.concat([planted(seed, marks=True) for seed in range(30)]), 800.0, kernel="exponential")
    assert found["beta"].median() == pytest.approx(0.5, abs=0.12)
    assert found["branching_ratio"].median() == pytest.approx(0.8, abs=0.06)
    assert found["theta"].median() == pytest.approx(1.0, abs=0.15)


def test_the_end_of_the_observation_matters() -> None:
    frame = planted(3).filter(pl.col("at") < 300).drop("mark")
    cut, late = (
        fit_branching(frame, end, kernel="exponential", background="none", correct=False).row(0, named=True) for end in (300.0, 900.0)
    )
    assert late["branching_ratio"] < cut["branching_ratio"]


def test_a_row_is_a_cascade() -> None:
    """The parameters mean what the closed forms mean by them."""
    for kernel in ("exponential", "power_law"):
        frame = planted(5, kernel=kernel, marks=True, end=400.0)
        row = fit_branching(frame, 400.0, kernel=kernel, background="none", correct=False).row(0, named=True)
        cascade = Cascade(k=row["k"], theta=row["theta"], kernel=kernel, c=row["c"] or 1.0, beta=row["beta"])
        times, marks = (frame.sort("at")[name].to_numpy() for name in ("at", "mark"))
        due = cascade.k * float((marks**cascade.beta * cascade.remaining(400.0 - times)).sum())
        ratio = row["branching_ratio"]
        assert row["expected_final_size"] == (math.inf if ratio >= 1 else pytest.approx(len(times) + due / (1 - ratio), rel=1e-6))
        whole = cascade.k * float((marks**cascade.beta).mean() * cascade.remaining(np.zeros(1))[0])
        assert ratio == pytest.approx(whole, rel=1e-6)
        flow = [intensity(float(t), times, cascade, marks) for t in times[1:]]
        total = cascade.k * float((marks**cascade.beta * (cascade.remaining(np.zeros(1)) - cascade.remaining(400.0 - times))).sum())
        assert row["log_likelihood"] == pytest.approx(float(np.log(flow).sum()) - total, rel=1e-3)


def test_final_size_agrees_with_the_closed_form_without_marks() -> None:
    frame = planted(9, end=400.0).drop("mark")
    row = fit_branching(frame, 400.0, kernel="exponential", background="none", correct=False).row(0, named=True)
    if row["branching_ratio"] < 1:
        known = expected_final_size(frame["at"].to_numpy(), 400.0, Cascade(k=row["k"], theta=row["theta"]))
        assert row["expected_final_size"] == pytest.approx(known, rel=1e-9)


def test_row_order_and_other_cascades_change_nothing() -> None:
    frame = pl.concat([planted(1), planted(2)])
    found = fit_branching(frame, 800.0)
    assert found.equals(fit_branching(frame.sample(fraction=1.0, shuffle=True, seed=4), 800.0))
    assert found[1:].equals(fit_branching(planted(2), 800.0))


def test_times_and_ends_per_cascade() -> None:
    begin = datetime(2024, 5, 1, tzinfo=UTC)
    numbers = planted(4).drop("mark").sort("at")
    seconds = (numbers["at"].to_numpy() * 1e6).round() / 1e6
    timely = pl.DataFrame({"cascade_id": numbers["cascade_id"], "at": [begin + timedelta(seconds=float(s)) for s in seconds]}).with_columns(
        observed_to=pl.lit(begin + timedelta(seconds=800))
    )
    one = fit_branching(timely, correct=False)
    other = fit_branching(numbers.with_columns(pl.Series("at", seconds)), 800.0, correct=False)
    assert one["branching_ratio"][0] == pytest.approx(other["branching_ratio"][0], rel=1e-3)
    assert one["theta"][0] == pytest.approx(other["theta"][0], rel=1e-3)


def test_a_misfit_says_so() -> None:
    """A rate that steps up by itself is no cascade."""
    rng = np.random.default_rng(0)
    at = np.concatenate([np.arange(0, 400, 1.0), 400 + np.arange(0, 20, 0.05)]) + rng.uniform(0, 0.02, 800)
    row = fit_branching(pl.DataFrame({"cascade_id": "a", "at": at}), 420.0).row(0, named=True)
    assert row["ks_p_value"] < 0.01
    assert "does not fit" in " ".join(row["notes"])


@pytest.mark.parametrize("at", [[], [1.0], [2.0] * 9])
def test_too_little_is_said(at: list[float]) -> None:
    frame = pl.DataFrame({"cascade_id": ["a"] * len(at), "at": at}, schema={"cascade_id": pl.String, "at": pl.Float64})
    found = fit_branching(frame, 5.0)
    assert found.schema == pl.Schema(SCHEMA)
    if at:
        assert found["branching_ratio"].null_count() == 1
        assert not found["converged"][0]
        assert found["notes"][0].len() == 1


def test_ties_are_spread() -> None:
    at = np.repeat(np.arange(40.0), 3)
    row = fit_cascade(at, None, 40.0)
    assert row["converged"]
    assert math.isfinite(float(str(row["theta"])))


@pytest.mark.parametrize(
    "frame",
    [
        {"at": [1.0]},
        {"cascade_id": ["a"], "at": [None]},
        {"cascade_id": ["a"], "at": [1.0], "mark": [0.0]},
        {"cascade_id": ["a"], "at": [1.0], "mark": [math.inf]},
        {"cascade_id": ["a", "a"], "at": [1.0, math.inf]},
        {"cascade_id": ["a"], "at": [1.0], "observed_to": [math.nan]},
    ],
)
def test_bad_events_are_refused(frame: dict[str, list[object]]) -> None:
    with pytest.raises(ConfigurationError):
        fit_branching(pl.DataFrame(frame, schema_overrides={"at": pl.Float64}))
    with pytest.raises(ConfigurationError):
        gw.fit_branching(planted(0), kernel=cast("Literal['auto']", "gaussian"))
    with pytest.raises(ConfigurationError, match="finite"):
        fit_branching(planted(0), math.inf)


def test_public_call_takes_pandas() -> None:
    frame = planted(6).drop("mark")
    found = gw.fit_branching(frame.to_pandas(), 800.0, kernel="exponential")
    assert found["branching_ratio"].tolist() == fit_branching(frame, 800.0, kernel="exponential")["branching_ratio"].to_list()


def test_a_steady_rate_is_said_to_need_no_excitation() -> None:
    rng = np.random.default_rng(11)
    frame = pl.concat([pl.DataFrame({"cascade_id": f"c{k}", "at": rng.uniform(0, 100, 200)}) for k in range(20)])
    found = fit_branching(frame, 100.0)
    said = [any("steady rate" in note for note in notes) for notes in found["notes"]]
    assert sum(said) >= 15
    assert not any("steady rate" in note for note in fit_branching(planted(8), 800.0)["notes"][0])

"""Plain cascades fitted one by one: times, optional marks and an observation's end → parameters, n̂, final size, errors, goodness of fit.

Maximum likelihood of the model of :mod:`graphwatch.trace.kernels` with an optional constant background. Kernel (exponential or power
law) and background are chosen by likelihood: each further parameter must gain one unit (AIC). Errors come from the observed information
(Ogata 1978); the fit is judged by the time-rescaling theorem (Brown et al. 2002).

What breaks it: a rate of spontaneous events that changes over the observation looks like excitation; fewer than some fifty events leave n̂
wide open (look at its error); the KS test uses parameters fitted to the same events, so it is lenient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numba
import numpy as np
import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.model import F64, Bools
from graphwatch.trace.cascade_bias import ratio_bias
from graphwatch.trace.cascade_likelihood import (
    BACKGROUND,
    LOMAX,
    MARKS,
    PARAMETERS,
    SCALE,
    SIZE,
    TAIL,
)
from graphwatch.trace.cascade_search import fit_one
from graphwatch.trace.goodness import ks_p_value, spread_ties
from graphwatch.trace.kernels import KERNELS

Kernel = Literal["auto", "exponential", "power_law"]
Background = Literal["auto", "constant", "none"]

FEWEST: Final = 5  # events that a fit is tried on
ITERATIONS: Final = 1000
POOR_FIT: Final = 0.01
WIDE: Final = 0.3  # standard error of n̂ from which a note says so

SCHEMA: Final[dict[str, pl.DataType]] = {
    "cascade_id": pl.String(),
    "events": pl.Int64(),
    "observed_to": pl.Float64(),
    "kernel": pl.String(),
    "k": pl.Float64(),
    "k_se": pl.Float64(),
    "theta": pl.Float64(),
    "theta_se": pl.Float64(),
    "c": pl.Float64(),
    "c_se": pl.Float64(),
    "beta": pl.Float64(),
    "beta_se": pl.Float64(),
    "background": pl.Float64(),
    "background_se": pl.Float64(),
    "branching_ratio": pl.Float64(),
    "branching_ratio_se": pl.Float64(),
    "expected_final_size": pl.Float64(),
    "log_likelihood": pl.Float64(),
    "ks_p_value": pl.Float64(),
    "iterations": pl.Int64(),
    "converged": pl.Boolean(),
    "notes": pl.List(pl.String()),
}


@dataclass(frozen=True, slots=True)
class Maximum:
    """What :func:`graphwatch.trace.cascade_search.fit_one` gives."""

    kind: int
    x: F64
    free: Bools
    log_likelihood: float
    iterations: int
    converged: bool
    information: F64
    rescaled: F64


@dataclass(frozen=True, slots=True)
class Observed:
    """One cascade, ready for the kernel: times since its first event, ascending and without ties; logarithms of the marks, mean 0."""

    time: F64
    log_mark: F64
    mean_log_mark: float
    end: float
    fast: float
    marked: bool


def observe(time: F64, marks: F64 | None, end: float) -> Observed:
    """Prepare a cascade; the times may come in any order, ties are spread over the time to the next stamp."""
    order = np.argsort(time, kind="stable")
    since = time[order] - time[order[0]]
    gaps = np.diff(since)
    if not gaps.all():
        since = spread_ties(since)
        gaps = np.diff(since)
    log_mark = np.zeros(len(time)) if marks is None else np.log(marks[order])
    mean = float(log_mark.mean())
    span = max(end - float(time[order[0]]), float(since[-1]))
    fast = max(float(np.sort(gaps)[len(gaps) // 20]), 1e-9 * span)
    return Observed(since, log_mark - mean, mean, span, fast, marks is not None and bool(np.ptp(log_mark) > 0))


@numba.njit(cache=True)
def _covariance(matrix: F64, free: Bools) -> F64:
    """Covariance of the parameters from the information; NaN where the likelihood has no proper top."""
    places = np.flatnonzero(free)
    inner = np.empty((len(places), len(places)))
    for a in range(len(places)):
        for b in range(len(places)):
            inner[a, b] = matrix[places[a], places[b]]
    proper = bool(np.isfinite(inner).all()) and float(np.linalg.eigvalsh(inner)[0]) > 1e-9
    inverse = np.linalg.inv(inner) if proper else np.full_like(inner, np.nan)
    out = np.zeros((PARAMETERS, PARAMETERS))
    for a in range(len(places)):
        for b in range(len(places)):
            out[places[a], places[b]] = inverse[a, b]
    return out


@numba.njit(cache=True)
def _spread(covariance: F64, by_size: float, by_scale: float, by_tail: float, by_background: float, by_marks: float) -> float:
    """Give the standard error of a function of the parameters by its slopes (delta method)."""
    slopes = np.array([by_size, by_scale, by_tail, by_background, by_marks])
    total = 0.0
    for a in range(PARAMETERS):
        for b in range(PARAMETERS):
            if slopes[a] != 0.0 and slopes[b] != 0.0:
                total += slopes[a] * covariance[a, b] * slopes[b]
    return math.nan if math.isnan(total) else math.sqrt(max(total, 0.0))


def fit_cascade(
    time: F64,
    marks: F64 | None = None,
    observed_to: float | None = None,
    *,
    kernel: Kernel = "auto",
    background: Background = "auto",
    correct: bool = True,
) -> dict[str, object]:
    """Fit one cascade.

    Parameters
    ----------
    time : (n,)
        Times of the events, any unit, any order.
    marks : (n,)
        Positive, e.g. followers + 1; all 1 when not given.
    observed_to
        Until when the cascade was watched; the last event when not given.
    kernel, background, correct
        As in :func:`fit_branching`.

    Returns
    -------
    dict
        A row of :func:`fit_branching` without its ``cascade_id``.

    Examples
    --------
    >>> row = fit_cascade(np.array([0.0, 1.0]))
    >>> row["converged"], row["notes"]
    (False, ['2 events: too few for a fit'])
    """
    end = float(time.max()) if observed_to is None else float(observed_to)
    inside = time <= end
    time, marks = time[inside], None if marks is None else marks[inside]
    if len(time) < FEWEST or float(np.ptp(time)) <= 0:
        few = f"{len(time)} events: too few for a fit" if len(time) < FEWEST else "all events have one time: no fit"
        return {"events": len(time), "observed_to": end, "converged": False, "notes": [few]}
    seen = observe(time, marks, end)
    kinds = np.array([kernel in ("auto", name) for name in KERNELS])
    grounds = np.array([background in ("auto", name) for name in ("none", "constant")])
    found = Maximum(*fit_one(seen.time, seen.log_mark, seen.marked, seen.end, seen.fast, kinds, grounds, ITERATIONS))
    notes = [] if observed_to is not None else ["end of the observation not given: taken to be the last event"]
    return {"events": len(time), "observed_to": end} | _describe(seen, found, notes, correct)


def _describe(seen: Observed, found: Maximum, notes: list[str], correct: bool) -> dict[str, object]:
    x, lomax = found.x, found.kind == LOMAX
    beta = float(x[MARKS]) if seen.marked else 0.0
    level = np.exp(beta * seen.log_mark)
    covariance = _covariance(found.information, found.free)
    size, scale = math.exp(x[SIZE]), math.exp(x[SCALE])
    tail = math.exp(x[TAIL]) if lomax else float("nan")
    rate = math.exp(x[BACKGROUND]) if found.free[BACKGROUND] else 0.0
    raw = size * float(level.mean())
    # The kernel of `Cascade` is (t + c)^−(1 + θ), not normalised, and its marks are not divided by their geometric mean.
    log_k = x[SIZE] - beta * seen.mean_log_mark + (x[TAIL] + tail * x[SCALE] if lomax else 0.0)
    slope_k = [1.0, tail, 1.0 + tail * x[SCALE], 0.0, -seen.mean_log_mark] if lomax else [1.0, 0.0, 0.0, 0.0, -seen.mean_log_mark]
    by_mark = float((level * seen.log_mark).mean() / level.mean()) if seen.marked else 0.0
    left = seen.end - seen.time
    due = size * float((level * ((1.0 + left / scale) ** -tail if lomax else np.exp(-scale * left))).sum())
    p_value = ks_p_value(-np.expm1(-found.rescaled))
    if not found.converged:
        notes.append(f"the search stopped after {found.iterations} iterations without convergence")
    if p_value < POOR_FIT:
        notes.append(f"the model does not fit the times well (time-rescaling KS p = {p_value:.1g})")
    error = raw * _spread(covariance, 1.0, 0.0, 0.0, 0.0, by_mark)
    mend = correct and bool(found.free[BACKGROUND])
    ratio = raw - ratio_bias(raw, len(seen.time), seen.end, scale if lomax else 1.0 / scale, tail, error) if mend else raw
    steady = (len(seen.time) - 1) * (math.log((len(seen.time) - 1) / seen.end) - 1.0) - 1.0
    if steady >= found.log_likelihood - int(found.free.sum()):
        notes.append("a steady rate without any excitation explains the times as well")
    if error > WIDE:
        notes.append(f"the branching ratio is hardly determined (standard error {error:.2g})")
    if np.isnan(covariance).any():
        notes.append("the likelihood is flat in some direction: no standard errors")
    known = {
        "kernel": KERNELS[found.kind],
        "k": math.exp(log_k),
        "k_se": math.exp(log_k) * _spread(covariance, *slope_k),
        "theta": tail if lomax else scale,
        "theta_se": tail * _spread(covariance, 0.0, 0.0, 1.0, 0.0, 0.0) if lomax else scale * _spread(covariance, 0.0, 1.0, 0.0, 0.0, 0.0),
        "c": scale if lomax else None,
        "c_se": scale * _spread(covariance, 0.0, 1.0, 0.0, 0.0, 0.0) if lomax else None,
        "beta": beta,
        "beta_se": _spread(covariance, 0.0, 0.0, 0.0, 0.0, 1.0) if seen.marked else 0.0,
        "background": rate,
        "background_se": rate * _spread(covariance, 0.0, 0.0, 0.0, 1.0, 0.0) if rate else 0.0,
        "branching_ratio": ratio,
        "branching_ratio_se": error,
        "expected_final_size": len(seen.time) + due / (1.0 - ratio) if ratio < 1 else math.inf,
        "log_likelihood": found.log_likelihood,
        "ks_p_value": p_value,
        "iterations": found.iterations,
        "converged": found.converged,
    }
    unknown = {name: None for name, value in known.items() if isinstance(value, float) and math.isnan(value)}
    return known | unknown | {"notes": notes}


def fit_branching(
    events: pl.DataFrame,
    observed_to: float | None = None,
    *,
    kernel: Kernel = "auto",
    background: Background = "auto",
    correct: bool = True,
) -> pl.DataFrame:
    """Fit the self-exciting process of each cascade.

    Parameters
    ----------
    events
        Columns ``cascade_id``, ``at`` (numbers of any unit, or times: seconds are counted then), optionally ``mark`` (positive, e.g.
        followers + 1) and ``observed_to`` (like ``at``, one value per cascade). Rows may come in any order.
    observed_to
        Until when all cascades were watched, where there is no such column; each one's last event when not given. In units of ``at``;
        for times: seconds since 1970.
    kernel
        ``exponential``, ``power_law``, or by likelihood.
    background
        Whether events also come by themselves, at a constant rate after the first.
    correct
        Take the small-sample bias off n̂, which is too low by maximum likelihood where cascades overlap or are few, by the closed form of
        :func:`~graphwatch.trace.cascade_bias.ratio_bias`. Only where there is a background: of a single family that went on long enough
        to be looked at, n̂ is as much too high by selection as too low by chance.

    Returns
    -------
    polars.DataFrame
        One row per cascade, by ``cascade_id``: ``k``, ``theta``, ``c``, ``beta`` as in :class:`~graphwatch.trace.kernels.Cascade`,
        ``background`` (events per unit of time), ``branching_ratio`` (mean direct offspring n̂ of an event, over the marks seen; at or
        above 1 the cascade feeds itself), each with its standard error; ``expected_final_size`` (without further events that come by
        themselves; infinite for n̂ ≥ 1), ``log_likelihood`` (higher is better), ``ks_p_value`` (low: the times do not look like this
        model), ``converged`` and ``notes``. Cascades of fewer than five events have no parameters.

    Raises
    ------
    ConfigurationError
        A column is missing, ``kernel`` or ``background`` is not known, a time is missing or infinite, or a mark is not positive and finite.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> poisson = pl.DataFrame({"cascade_id": ["a"] * 200, "at": np.sort(rng.uniform(0, 100, 200))})
    >>> row = fit_branching(poisson, 100.0, kernel="exponential").row(0, named=True)
    >>> row["converged"], row["notes"][0]
    (True, 'a steady rate without any excitation explains the times as well')
    """
    if observed_to is not None and not math.isfinite(observed_to):
        raise ConfigurationError(f"observed_to={observed_to!r}: expected a finite time")
    if kernel not in ("auto", *KERNELS) or background not in ("auto", "constant", "none"):
        raise ConfigurationError(f"kernel={kernel!r}, background={background!r}: expected auto or a name that the documentation lists")
    missing = [name for name in ("cascade_id", "at") if name not in events.columns]
    if missing:
        raise ConfigurationError(f"events have no column {' and no '.join(missing)}")
    frame = _numbers(events)
    rows = []
    for (name,), part in frame.partition_by("cascade_id", as_dict=True, maintain_order=True).items():
        own = float(part["observed_to"][0]) if "observed_to" in part.columns else observed_to
        marks = part["mark"].to_numpy() if "mark" in part.columns else None
        rows.append(
            {"cascade_id": name} | fit_cascade(part["at"].to_numpy(), marks, own, kernel=kernel, background=background, correct=correct)
        )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _numbers(events: pl.DataFrame) -> pl.DataFrame:
    """Columns as numbers, by cascade and time."""
    columns = [pl.col("cascade_id").cast(pl.String)]
    for name in ("at", "observed_to", "mark"):
        if name not in events.columns:
            continue
        timely = events.schema[name].is_temporal()
        columns.append(pl.col(name).dt.epoch("us").cast(pl.Float64) / 1e6 if timely else pl.col(name).cast(pl.Float64))
    frame = events.select(columns)
    if not frame["at"].is_finite().fill_null(value=False).all() or frame["cascade_id"].null_count():
        raise ConfigurationError("events: each needs a cascade_id and a finite time")
    if "observed_to" in frame.columns and not frame["observed_to"].is_finite().fill_null(value=False).all():
        raise ConfigurationError("events: observed_to must be a finite time in each row")
    if "mark" in frame.columns and not (frame["mark"].gt(0) & frame["mark"].is_finite()).fill_null(value=False).all():
        raise ConfigurationError("events: marks must be positive and finite")
    return frame.sort("cascade_id", *(name for name in ("at", "mark") if name in frame.columns))

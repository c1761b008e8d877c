"""How good early warnings are: against planted attacks (alerts) and against what happened afterwards (grid points).

An alert is *false* when its target has no planted attack that runs, or begins within the horizon, at that time. *Target-days* are pairs
(target, day) with at least one interaction: idle accounts do not water the rate down. *Lead time* is onset minus time of the first
alert of at least the wanted level; it is negative when the alert came after the first act, which can hardly be otherwise for an attack
without a forerunner, so the time before the peak is given too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import F64, Bools
from graphwatch.schema import LEVELS

METHODS: Final = ("model", "volume", "poisson_z", "ears_c2", "hawkes")
BUDGET: Final = 1.0  # false alerts per 1,000 target-days
_THRESHOLDS: Final = 200


@dataclass(frozen=True, slots=True)
class AlertMetrics:
    """One method's figures; NaN where there was nothing to compute it from.

    Attributes
    ----------
    method
        ``alerts`` (the table), ``model`` or a baseline.
    auprc
        Average precision over grid points; compare with ``prevalence``. Higher is better.
    prevalence
        Share of grid points after which K accounts came.
    recall
        Share of the planted attacks with at least K hostile accounts that were warned of: by the given alerts, or at the threshold that
        costs at most one false alert per 1,000 target-days.
    lead_h
        Median of onset minus first alert, in hours, over the attacks warned of; negative: after the first act.
    before_peak_h
        Median of peak minus first alert, in hours.
    before_peak_share
        Share of the attacks that were warned of before their peak.
    false_per_1000
        False alerts per 1,000 target-days, at that threshold.
    brier, ece
        Mean squared error and expected calibration error of the probabilities; lower is better. NaN for scores that are no probabilities.
    alerts, attacks
        Number of alert episodes; of attacks with at least K hostile accounts.
    """

    method: str
    auprc: float
    prevalence: float
    recall: float
    lead_h: float
    before_peak_h: float
    before_peak_share: float
    false_per_1000: float
    brier: float
    ece: float
    alerts: int
    attacks: int


def average_precision(happened: Bools, score: F64) -> float:
    """Area under the precision–recall curve, as Σ (recall step × precision); ties share one step. NaN without positives.

    Examples
    --------
    >>> round(average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.7])), 4)
    0.8333
    """
    positives = int(happened.sum())
    if not positives:
        return math.nan
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.cumsum(happened[order])[last_of_tie]
    steps = np.diff(np.concatenate([[0], hits])) / positives
    return float(np.sum(steps * hits / (last_of_tie + 1)))


def brier_score(happened: Bools, probability: F64) -> float:
    """Compute the mean squared difference of probability and outcome; NaN without points.

    Examples
    --------
    >>> brier_score(np.array([True, False]), np.array([0.5, 0.5]))
    0.25
    """
    return float(np.mean((probability - happened) ** 2)) if len(happened) else math.nan


def calibration_error(happened: Bools, probability: F64, bins: int = 10) -> float:
    """Compute the expected calibration error: mean over equally wide bins, by size, of |mean probability - share that happened|.

    Examples
    --------
    >>> calibration_error(np.array([True, False]), np.array([0.5, 0.5]))
    0.0
    """
    if not len(happened):
        return math.nan
    of = np.minimum((probability * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(of, probability, bins) - np.bincount(of, happened, bins)
    return float(np.abs(gaps).sum() / len(happened))


def target_days(interactions: pl.LazyFrame) -> int:
    """Count the pairs (target, UTC day) with at least one interaction, over given ``target_ids``.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = [datetime(2024, 1, 1, h, tzinfo=UTC) for h in (1, 2, 3)]
    >>> target_days(pl.LazyFrame({"at": at, "target_ids": [["a"], ["a"], ["b"]]}))
    2
    """
    pairs = interactions.select(day=pl.col("at").dt.date(), target="target_ids").filter(pl.col("target").list.len() > 0)
    return int(pairs.explode("target").unique().select(pl.len()).collect().item())


def episodes(points: pl.DataFrame, alarm: Bools, cooldown_h: float) -> pl.DataFrame:
    """Give the first alarm of each episode: an alarm opens one when the target had none in the cool-down before.

    Parameters
    ----------
    points
        ``target_id``, ``at``, sorted by (target, at).
    alarm : (n,)
        Points at which the method gives alarm.
    cooldown_h
        Hours.
    """
    alarms = points.select("target_id", "at").filter(pl.Series(alarm))
    waited = pl.col("at") - pl.col("at").shift(1)
    opens = (pl.col("target_id") != pl.col("target_id").shift(1)) | (waited > pl.duration(hours=cooldown_h))
    return alarms.filter(opens.fill_null(value=True))


@dataclass(frozen=True, slots=True)
class Matched:
    """Alerts against planted attacks: false ones, and for each large attack that was warned of, lead and time before peak (hours)."""

    alerts: int
    false: int
    lead_h: F64
    before_peak_h: F64


def match_alerts(alerts: pl.DataFrame, attacks: pl.DataFrame, horizon_h: float, wanted: int) -> Matched:
    """Match alerts with the attacks that run, or begin within the horizon, at their time.

    Parameters
    ----------
    alerts
        ``target_id``, ``at``.
    attacks
        Planted attacks of any size, as the ``truth_pileons`` table.
    horizon_h, wanted
        H in hours; K, the fewest hostile accounts of an attack that should be warned of.
    """
    numbered = alerts.select("target_id", "at").with_row_index("alert")
    windows = attacks.select("target_id", "onset", "peak", "end", "hostile_actors").with_row_index("attack")
    pairs = numbered.join(windows, on="target_id", how="inner").filter(
        (pl.col("at") >= pl.col("onset") - pl.duration(hours=horizon_h)) & (pl.col("at") <= pl.col("end"))
    )
    first = pairs.filter(pl.col("hostile_actors") >= wanted).sort("attack", "at").unique("attack", keep="first", maintain_order=True)
    hours = [((pl.col(name) - pl.col("at")).dt.total_seconds(fractional=True) / 3600).alias(name) for name in ("onset", "peak")]
    leads = first.select(hours)
    return Matched(alerts.height, alerts.height - pairs["alert"].n_unique(), leads["onset"].to_numpy(), leads["peak"].to_numpy())


def evaluate_alerts(
    alerts: pl.DataFrame,
    truth: pl.DataFrame,
    days: int,
    *,
    points: pl.DataFrame | None = None,
    level: str = "warning",
    wanted: int = 20,
    horizon_h: float = 6.0,
    cooldown_h: float = 6.0,
) -> tuple[AlertMetrics, ...]:
    """Evaluate an alerts table, and when grid points are given the model and the baselines side by side.

    Parameters
    ----------
    alerts
        The ``alerts`` result table.
    truth
        The ``truth_pileons`` table.
    days
        Target-days, see :func:`target_days`.
    points
        ``target_id``, ``at``, ``happened`` and one column per method of :data:`METHODS`, see :func:`graphwatch.warn.points.scored_points`.
    level
        Alerts of this level and above count.
    wanted, horizon_h, cooldown_h
        K, H and the cool-down that the alerts were made with.

    Returns
    -------
    tuple of AlertMetrics
        First the alerts table as it is; its Brier score and ECE are over its alerts of every level, against the planted attacks. Then,
        with points, the model and the baselines, each at its own threshold of one false alert per 1,000 target-days.
    """
    attacks = truth.filter(pl.col("nature") == "attack")
    counted = alerts.filter(pl.col("level").is_in(LEVELS[LEVELS.index(level) :])).sort("target_id", "at")
    opened = episodes(counted, np.ones(counted.height, np.bool_), cooldown_h)
    due = _due(alerts, attacks, horizon_h, wanted)
    given = alerts["probability"].to_numpy()
    table = _metrics("alerts", match_alerts(opened, attacks, horizon_h, wanted), attacks, days, wanted)
    measured = [replace(table, brier=brier_score(due, given), ece=calibration_error(due, given))]
    if points is not None:
        measured += [_at_budget(points, method, attacks, days, wanted, horizon_h, cooldown_h) for method in METHODS]
    return tuple(measured)


def _due(alerts: pl.DataFrame, attacks: pl.DataFrame, horizon_h: float, wanted: int) -> Bools:
    """Whether an attack of at least the wanted size runs, or begins within the horizon, at each alert."""
    windows = attacks.filter(pl.col("hostile_actors") >= wanted).select("target_id", "onset", "end")
    numbered = alerts.select("target_id", "at").with_row_index("alert")
    inside = (pl.col("at") >= pl.col("onset") - pl.duration(hours=horizon_h)) & (pl.col("at") <= pl.col("end"))
    hit = numbered.join(windows, on="target_id", how="inner").filter(inside)["alert"].unique()
    return numbered["alert"].is_in(hit.implode()).to_numpy()


def _median(values: F64) -> float:
    return float(np.median(values)) if len(values) else math.nan


def _metrics(method: str, matched: Matched, attacks: pl.DataFrame, days: int, wanted: int) -> AlertMetrics:
    large = attacks.filter(pl.col("hostile_actors") >= wanted).height
    return AlertMetrics(
        method=method,
        auprc=math.nan,
        prevalence=math.nan,
        recall=len(matched.lead_h) / large if large else math.nan,
        lead_h=_median(matched.lead_h),
        before_peak_h=_median(matched.before_peak_h),
        before_peak_share=float(np.sum(matched.before_peak_h > 0)) / large if large else math.nan,
        false_per_1000=1000.0 * matched.false / days if days else math.nan,
        brier=math.nan,
        ece=math.nan,
        alerts=matched.alerts,
        attacks=large,
    )


def _at_budget(
    points: pl.DataFrame, method: str, attacks: pl.DataFrame, days: int, wanted: int, horizon_h: float, cooldown_h: float
) -> AlertMetrics:
    """Lower the threshold while the false alerts keep within the budget, and keep the best recall on the way."""
    score = points[method].to_numpy()
    happened = points["happened"].to_numpy()
    best = _metrics(method, Matched(0, 0, np.zeros(0), np.zeros(0)), attacks, days, wanted)
    for threshold in _thresholds(score):
        opened = episodes(points, score >= threshold, cooldown_h)
        found = _metrics(method, match_alerts(opened, attacks, horizon_h, wanted), attacks, days, wanted)
        if found.false_per_1000 > BUDGET:
            break
        if not found.recall < best.recall:
            best = found
    is_probability = method == "model"
    return replace(
        best,
        auprc=average_precision(happened, score),
        prevalence=float(happened.mean()) if len(happened) else math.nan,
        brier=brier_score(happened, score) if is_probability else math.nan,
        ece=calibration_error(happened, score) if is_probability else math.nan,
    )


def _thresholds(score: F64) -> F64:
    """Candidate thresholds, descending: scores at ranks that grow geometrically, so that rare alarms are resolved finely."""
    if not len(score):
        return score
    ranks = np.unique(np.geomspace(1, len(score), _THRESHOLDS).astype(np.int64)) - 1
    return np.unique(np.sort(score)[::-1][ranks])[::-1]


def as_frame(metrics: Sequence[AlertMetrics]) -> pl.DataFrame:
    """Give the figures as a table, one row per method."""
    return pl.DataFrame([asdict(one) for one in metrics], infer_schema_length=None)

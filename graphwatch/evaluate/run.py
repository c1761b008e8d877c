"""Compare the result folder of a run with the truth of a simulated world."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from graphwatch.content import fill_hostility
from graphwatch.evaluate.agencies import measure_agencies
from graphwatch.evaluate.alerts import AlertMetrics, evaluate_alerts, target_days
from graphwatch.evaluate.evaluation import Evaluation
from graphwatch.evaluate.matching import match_pileons
from graphwatch.evaluate.pileons import measure_pileons
from graphwatch.evaluate.tables import Found, Truth, read_found, read_truth
from graphwatch.evaluate.tracing import measure_tracing
from graphwatch.graph.encode import encode
from graphwatch.settings import Settings
from graphwatch.warn.points import scored_points


def evaluate_run(result_dir: str | Path, truth_dir: str | Path, *, baselines: bool = True) -> Evaluation:
    """Evaluate a run.

    Parameters
    ----------
    result_dir
        What ``graphwatch run`` wrote.
    truth_dir
        What ``graphwatch simulate`` wrote, or its ``truth`` folder.
    baselines
        Also score every quarter-hour of the world's interactions by the warning model and its four baselines (AUPRC, Brier score,
        calibration, recall within the budget of false alerts). Takes about as long as the warn stage of the run.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        A folder, a table or a column is missing or unreadable.

    Notes
    -----
    Detected and planted bursts are matched one to one by target and overlap in time (:mod:`~graphwatch.evaluate.matching`). Without
    the world's interactions beside the truth the target-days are not known, and alert rates are left out.

    Examples
    --------
    >>> evaluate_run("no/such/run", "no/such/world")
    Traceback (most recent call last):
        ...
    graphwatch.errors.DataError: no/such/run: is not a folder; expected the result folder of a run
    """
    found, truth = read_found(result_dir), read_truth(truth_dir)
    matches = match_pileons(found.pileons, truth.pileons)
    return Evaluation(
        pileons=measure_pileons(found.pileons, truth.pileons, matches),
        tracing=measure_tracing(found.pileons, found.members, truth.pileons, truth.roles, matches),
        agencies=measure_agencies(found.agencies, found.pileons, found.campaigns, truth.pileons, truth.agencies, matches),
        alerts=_alerts(found, truth, baselines=baselines),
    )


def _alerts(found: Found, truth: Truth, *, baselines: bool) -> tuple[AlertMetrics, ...]:
    warn = found.settings.warn
    points, days = None, 0
    if truth.interactions is not None:
        interactions = pl.scan_parquet(truth.interactions)
        days = target_days(interactions)
        points = _points(interactions, found.settings) if baselines else None
    return evaluate_alerts(
        found.alerts,
        truth.pileons,
        days,
        points=points,
        wanted=warn.hostile_accounts,
        horizon_h=warn.horizon_h,
        cooldown_h=warn.cooldown_h,
    )


def _points(interactions: pl.LazyFrame, settings: Settings) -> pl.DataFrame:
    events = encode(fill_hostility(interactions, settings.content))
    return scored_points(events, settings.warn, settings.detect)

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.evaluate.alerts import (
    METHODS,
    as_frame,
    average_precision,
    brier_score,
    calibration_error,
    episodes,
    evaluate_alerts,
    match_alerts,
    target_days,
)
from graphwatch.schema import ALERTS, TRUTH_PILEONS

START = datetime(2024, 1, 1, tzinfo=UTC)


def hour(h: float) -> datetime:
    return START + timedelta(hours=h)


outcomes = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=30)


@given(outcomes)
@settings(max_examples=100, deadline=None)
def test_average_precision_equals_its_definition(pairs: list[tuple[bool, int]]) -> None:
    happened = np.array([p[0] for p in pairs])
    score = np.array([p[1] for p in pairs], dtype=float)
    found = average_precision(happened, score)
    if not happened.any():
        assert math.isnan(found)
        return
    total, before = 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        alarm = score >= threshold
        recall = happened[alarm].sum() / happened.sum()
        total += (recall - before) * happened[alarm].mean()
        before = recall
    assert found == pytest.approx(total)


def test_perfect_and_useless_rankings() -> None:
    happened = np.array([True] * 5 + [False] * 95)
    assert average_precision(happened, happened.astype(float)) == 1.0
    assert average_precision(happened, np.zeros(100)) == pytest.approx(0.05)


def test_calibration_error_and_brier() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(20_000)
    happened = rng.random(20_000) < p
    assert calibration_error(happened, p) < 0.02
    assert calibration_error(happened, np.clip(p + 0.2, 0, 1)) > 0.1
    assert brier_score(happened, p) == pytest.approx(1 / 6, abs=0.01)
    assert math.isnan(brier_score(np.zeros(0, bool), np.zeros(0)))
    assert math.isnan(calibration_error(np.zeros(0, bool), np.zeros(0)))
    assert calibration_error(np.array([True]), np.array([1.0])) == 0.0


def test_target_days_counts_pairs_once() -> None:
    frame = pl.LazyFrame({"at": [hour(1), hour(2), hour(30), hour(30)], "target_ids": [["a", "b"], ["a"], ["a"], []]})
    assert target_days(frame) == 3


def test_episodes_open_after_the_cool_down() -> None:
    points = pl.DataFrame({"target_id": ["a"] * 5 + ["b"], "at": [hour(h) for h in (0, 5, 10, 17, 30, 30)]})
    opened = episodes(points, np.array([True, True, True, True, False, True]), 6.0)
    assert opened.rows() == [("a", hour(0)), ("a", hour(17)), ("b", hour(30))]


def attacks(*rows: tuple[str, float, float, float, int, str]) -> pl.DataFrame:
    names = ("target_id", "onset", "peak", "end", "hostile_actors", "nature")
    columns = [(f"i{k}", t, hour(a), hour(b), hour(c), n, nature) for k, (t, a, b, c, n, nature) in enumerate(rows)]
    return TRUTH_PILEONS.conform(pl.DataFrame(columns, schema=["incident_id", *names], orient="row"))


def alerts(*rows: tuple[str, float, str, float]) -> pl.DataFrame:
    return ALERTS.conform(pl.DataFrame([{"target_id": t, "at": hour(at), "level": level, "probability": p} for t, at, level, p in rows]))


TRUTH = attacks(
    ("a", 100, 103, 110, 50, "attack"),
    ("b", 100, 101, 110, 50, "attack"),
    ("c", 50, 51, 60, 8, "attack"),
    ("d", 10, 11, 20, 90, "criticism"),
)


def test_matching_by_window() -> None:
    raised = alerts(
        ("a", 97, "warning", 0.6), ("a", 104, "warning", 0.6), ("c", 51, "warning", 0.6), ("d", 11, "warning", 0.6), ("e", 1, "watch", 0.3)
    )
    found = match_alerts(raised, TRUTH.filter(pl.col("nature") == "attack"), 6.0, 20)
    assert (found.alerts, found.false) == (5, 2)
    assert found.lead_h.tolist() == [3.0]
    assert found.before_peak_h.tolist() == [6.0]


def test_evaluation_of_a_table() -> None:
    raised = alerts(
        ("a", 99, "watch", 0.3),
        ("a", 101, "warning", 0.6),
        ("a", 102, "critical", 0.95),
        ("b", 105, "warning", 0.6),
        ("d", 11, "warning", 0.55),
    )
    (table,) = evaluate_alerts(raised, TRUTH, 2000)
    assert table.attacks == 2
    assert table.alerts == 3
    assert table.recall == 1.0
    assert table.lead_h == pytest.approx(np.median([-1, -5]))
    assert table.before_peak_h == pytest.approx(np.median([2, -4]))
    assert table.before_peak_share == 0.5
    assert table.false_per_1000 == pytest.approx(0.5)
    due = np.array([1, 1, 1, 1, 0])
    assert table.brier == pytest.approx(np.mean((due - np.array([0.3, 0.6, 0.95, 0.6, 0.55])) ** 2))
    (stricter,) = evaluate_alerts(raised, TRUTH, 2000, level="critical")
    assert stricter.recall == 0.5
    assert stricter.false_per_1000 == 0.0


def test_no_alerts_no_truth_no_days() -> None:
    (table,) = evaluate_alerts(ALERTS.empty(), TRUTH_PILEONS.empty(), 0)
    assert table.attacks == table.alerts == 0
    assert math.isnan(table.recall)
    assert math.isnan(table.false_per_1000)
    (nothing,) = evaluate_alerts(ALERTS.empty(), TRUTH, 100)
    assert nothing.recall == 0.0
    assert math.isnan(nothing.lead_h)


def test_methods_side_by_side_at_one_false_alert_per_1000_target_days() -> None:
    rng = np.random.default_rng(8)
    n = 400
    at = [hour(h) for h in range(n // 2)]
    quiet = pl.DataFrame({"target_id": ["q"] * (n // 2), "at": at})
    hit = pl.DataFrame({"target_id": ["a"] * (n // 2), "at": at})
    points = pl.concat([hit, quiet]).sort("target_id", "at")
    inside = (points["target_id"] == "a") & points["at"].is_between(hour(98), hour(105))
    good = np.where(inside, 0.9, 0.01) + 0.001 * rng.random(n)
    points = points.with_columns(
        happened=inside,
        model=pl.Series(good),
        volume=pl.Series(rng.random(n)),
        poisson_z=pl.Series(-good),
        ears_c2=pl.lit(0.0),
        hawkes=pl.Series(good),
    )
    table, model, volume, worst, constant, hawkes = evaluate_alerts(alerts(), TRUTH.head(1), 1000, points=points)
    assert [m.method for m in (table, model, volume, worst, constant, hawkes)] == ["alerts", *METHODS]
    assert (model.auprc, model.recall) == (1.0, 1.0)
    assert model.lead_h == 2.0
    assert model.false_per_1000 <= 1.0
    assert model.brier < 0.02
    assert worst.auprc < volume.auprc < 0.2
    assert constant.auprc == pytest.approx(model.prevalence)
    assert math.isnan(hawkes.brier)
    assert hawkes.recall == 1.0
    frame = as_frame([table, model])
    assert frame.height == 2
    assert frame["method"].to_list() == ["alerts", "model"]

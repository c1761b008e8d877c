from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.graph.encode import encode
from graphwatch.model import HOUR
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.warn import features as f
from graphwatch.warn.baselines import c2, hawkes_only, poisson_z, volume
from graphwatch.warn.model import rules_of, shipped_model
from graphwatch.warn.points import accounts_after, grid_points, scored_points
from graphwatch.warn.score import score_targets
from graphwatch.warn.stream import GRID, log_odds

Stream = Callable[..., pl.DataFrame]
acts = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 3)), max_size=30).map(sorted)
grid = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30)), max_size=12).map(sorted)


def starts(targets: list[int]) -> np.ndarray:
    return np.searchsorted(np.array(targets, dtype=np.int64), np.arange(4)).astype(np.int64)


@given(acts, grid, st.integers(0, 15))
@settings(max_examples=80, deadline=None)
def test_accounts_after_equals_counting_sets(rows: list[tuple[int, int, int]], points: list[tuple[int, int]], horizon: int) -> None:
    at = np.array([r[1] for r in rows], dtype=np.int64)
    actor = np.array([r[2] for r in rows], dtype=np.int32)
    when = np.array([p[1] for p in points], dtype=np.int64)
    found = accounts_after(starts([r[0] for r in rows]), at, actor, 4, starts([p[0] for p in points]), when, horizon)
    direct = [len({a for k, t, a in rows if k == target and now < t <= now + horizon}) for target, now in points]
    assert found.tolist() == direct


def test_c2_equals_its_definition() -> None:
    rng = np.random.default_rng(4)
    at = np.sort(rng.integers(0, 400 * HOUR, 300))
    points = np.array([250 * HOUR, 399 * HOUR])
    found = c2(np.array([0, 300]), at, np.array([0, 2]), points, int(HOUR), 168, 48)
    for p, value in zip(points, found, strict=True):
        counts = [np.sum((at > p - (k + 1) * HOUR) & (at <= p - k * HOUR)) for k in range(217)]
        history = np.array(counts[49:217], dtype=float)
        assert value == pytest.approx((counts[0] - history.mean()) / max(history.std(), 0.2))


def test_baselines_rise_with_the_burst() -> None:
    rows = np.zeros((3, f.WIDTH))
    for i, n in enumerate((0, 3, 12)):
        for _ in range(n):
            f.add_account(rows[i], f.HOSTILE, np.inf, 0.0)
    elapsed = np.full(3, 86400.0)
    for score in (volume(rows, f.HOSTILE), poisson_z(rows, f.HOSTILE, elapsed), hawkes_only(rows, f.HOSTILE, 21600.0)):
        assert (np.diff(score) > 0).all()


def test_grid_points_are_every_quarter_hour_after_something_happened(stream: Stream) -> None:
    frame = stream(2, targets=20, days=3.0)
    events = encode(frame)
    points = grid_points(events, WarnSettings(), DetectSettings())
    assert (points.at % GRID == 0).all()
    targets = frame.explode("target_ids").with_columns(
        at=((pl.col("at").to_physical() + GRID - 1) // GRID) * GRID, target=pl.col("target_ids")
    )
    expected = targets.select("target", "at").unique().filter(pl.col("at") <= int(events.at[-1])).sort("target", "at")
    found = pl.DataFrame({"target": events.accounts.gather(points.target), "at": points.at})
    assert found.equals(expected)


def test_scored_points_hold_the_scores_of_the_batch_job(stream: Stream) -> None:
    events = encode(stream(2, targets=20, days=3.0))
    settings_ = WarnSettings(score_from=0.0)
    points = scored_points(events, settings_, DetectSettings())
    scores = score_targets(events, settings_, DetectSettings(), 0).scores.rename({"target": "target_id"})
    both = points.join(scores, on=["target_id", "at"], how="left")
    np.testing.assert_allclose(both["model"].to_numpy(), both["probability"].to_numpy(), rtol=1e-12)
    assert 0 < points["happened"].sum() < points.height


def test_silence_never_raises_the_log_odds(stream: Stream) -> None:
    points = grid_points(encode(stream(4)), WarnSettings(), DetectSettings())
    rules = rules_of(shipped_model(), WarnSettings(), 0.0)
    x = np.zeros(f.WIDE)
    for row, elapsed in zip(points.rows, points.elapsed, strict=True):
        for block in (f.ANY, f.HOSTILE):
            state, age = row.copy(), float(elapsed)
            before = log_odds(state, block, age, rules, x)
            for seconds in (60.0, 1200.0, 7200.0, 40_000.0):
                f.wait(state, seconds, age)
                age += seconds
                after = log_odds(state, block, age, rules, x)
                assert after <= before + 1e-9
                before = after

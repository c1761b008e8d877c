"""Batch, stream, cut data and shuffled rows must all say the same."""

import itertools
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.errors import FormatError
from graphwatch.graph.encode import encode
from graphwatch.schema import ALERTS, INTERACTIONS
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.warn import Monitor, Warnings, score_targets

Stream = Callable[..., pl.DataFrame]
LOW = WarnSettings(hostile_accounts=3, watch_at=0.02, warning_at=0.1, critical_at=0.5, score_from=0.0, parents_h=72)


def batch(frame: pl.DataFrame, with_settings: WarnSettings = LOW) -> Warnings:
    return score_targets(encode(frame), with_settings, DetectSettings(), 0)


def streamed(frame: pl.DataFrame, cuts: list[int], with_settings: WarnSettings = LOW) -> pl.DataFrame:
    monitor = Monitor(with_settings)
    edges = [0, *sorted(c for c in cuts if 0 < c < frame.height), frame.height]
    parts = [monitor.update(frame[a:b]) for a, b in itertools.pairwise(edges)]
    return pl.concat([ALERTS.empty(), *parts])


def test_data_cut_at_a_time_gives_the_same_scores_until_then(stream: Stream) -> None:
    frame = stream(3)
    whole = batch(frame)
    assert whole.alerts.height > 5
    for share in (0.3, 0.55, 0.6, 0.9):
        cut = frame[: int(frame.height * share)]
        until = cut["at"].max()
        part = batch(cut)
        assert part.scores.equals(whole.scores.filter(pl.col("at") <= until))
        # The last instant may hold several acts of which only some are in the cut.
        assert part.alerts.filter(pl.col("at") < until).equals(whole.alerts.filter(pl.col("at") < until))


@given(cuts=st.lists(st.integers(1, 1500), max_size=8), seed=st.integers(0, 3))
@settings(max_examples=12, deadline=None)
def test_stream_equals_batch_for_any_division(stream: Stream, cuts: list[int], seed: int) -> None:
    frame = stream(seed, attacks=3, crowds=1)
    assert streamed(frame, cuts).equals(batch(frame).alerts)


def test_stream_row_by_row_equals_batch(stream: Stream) -> None:
    frame = stream(5, targets=8, days=2.0, attacks=1, size=60)
    expected = batch(frame).alerts
    assert expected.height > 1
    assert streamed(frame, list(range(1, frame.height))).equals(expected)


def _threads(seed: int) -> pl.DataFrame:
    """A stream in which targets follow from parents, over reposts of reposts and two platforms."""
    rng = np.random.default_rng([seed, 3])
    n = 120
    seconds = np.sort(rng.integers(0, 40_000, n))
    kinds = rng.choice(["post", "reply", "repost"], n, p=[0.2, 0.4, 0.4])
    parents = [None if kinds[i] == "post" or i == 0 else f"i{rng.integers(max(0, i - 25), i):04d}" for i in range(n)]
    platforms = [None] * n
    for i in range(n):
        parent = parents[i]
        platforms[i] = rng.choice(["p", "q"]) if parent is None else platforms[int(parent[1:])]
    targets = [[f"{platforms[i]}t{rng.integers(0, 3)}"] if rng.random() < 0.25 else None for i in range(n)]
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i:04d}" for i in range(n)],
            "at": pl.Series(1_700_000_000_000_000 + seconds * 1_000_000).cast(pl.Datetime("us", "UTC")),
            "actor_id": [f"{platforms[i]}{rng.integers(0, 30)}" for i in range(n)],
            "kind": kinds.tolist(),
            "platform": [str(p) for p in platforms],
            "target_ids": pl.Series(targets, dtype=pl.List(pl.String)),
            "parent_id": parents,
            "hostility": rng.random(n),
            "objects": pl.Series([["text:a"] if rng.random() < 0.3 else [] for _ in range(n)], dtype=pl.List(pl.String)),
        }
    )


@given(seed=st.integers(0, 200), cuts=st.lists(st.integers(1, 119), max_size=10))
@settings(max_examples=25, deadline=None)
def test_stream_finds_targets_through_parents_of_earlier_pieces(seed: int, cuts: list[int]) -> None:
    frame = _threads(seed)
    expected = batch(frame).alerts
    assert streamed(frame, cuts).equals(expected)


def test_some_threads_do_raise_alerts() -> None:
    assert sum(batch(_threads(seed)).alerts.height for seed in range(5)) > 5


def test_row_order_has_no_influence(stream: Stream) -> None:
    frame = stream(4)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    one, other = batch(frame), batch(shuffled)
    assert one.alerts.equals(other.alerts)
    assert one.scores.equals(other.scores)


def test_snapshot_continues_as_if_nothing_had_happened(stream: Stream) -> None:
    frame = stream(6)
    half = frame.height // 2 + 40
    kept, other = Monitor(LOW), Monitor(LOW)
    kept.update(frame[:half])
    other.update(frame[:half])
    assert kept.snapshot() == other.snapshot()
    restored = Monitor.restore(kept.snapshot(), LOW)
    assert restored.snapshot() == kept.snapshot()
    assert restored.update(frame[half:]).equals(kept.update(frame[half:]))
    assert restored.counts == kept.counts
    with pytest.raises(FormatError, match="other settings"):
        Monitor.restore(kept.snapshot(), WarnSettings())
    for damaged in (b"", b"nonsense", kept.snapshot()[:100]):
        with pytest.raises(FormatError):
            Monitor.restore(damaged, LOW)


def test_late_and_repeated_acts_are_counted(stream: Stream) -> None:
    frame = stream(7, targets=6, days=2.0, attacks=1)
    on_target = frame.filter(pl.col("target_ids").list.contains("t0"))
    late = on_target[5:25]
    rest = frame.filter(~pl.col("interaction_id").is_in(late["interaction_id"].implode()))
    monitor = Monitor(LOW)
    monitor.update(rest)
    before = monitor.probability("t0", _us(frame["at"].max()), platform="x")
    monitor.update(late)
    assert monitor.counts["late"] == late.height
    assert monitor.counts["acts"] == frame.height
    assert monitor.probability("t0", _us(frame["at"].max()), platform="x") != before
    monitor.update(late)
    assert monitor.counts["repeated"] == late.height
    assert monitor.counts["acts"] == frame.height


def _us(at: object) -> int:
    return int(pl.Series([at]).cast(pl.Datetime("us", "UTC")).to_physical()[0])


def test_probability_falls_when_nothing_happens_and_asking_changes_nothing(stream: Stream) -> None:
    frame = stream(8, attacks=2)
    monitor = Monitor(LOW)
    start = _us(frame["at"].min()) + 74 * 3_600_000_000
    monitor.update(frame.filter(pl.col("at").to_physical() <= start))
    saved = monitor.snapshot()
    asked = [monitor.probability("t0", start + h * 3_600_000_000, platform="x") for h in (0, 6, 24, 96)]
    assert asked == sorted(asked, reverse=True)
    assert monitor.snapshot() == saved
    with pytest.raises(KeyError):
        monitor.probability("nobody", start, platform="x")


def test_monitor_forgets_pairs_but_not_its_answers(stream: Stream) -> None:
    short = LOW.model_copy(update={"memory_days": 1.5})
    frame = stream(9, targets=40, days=12.0)
    assert streamed(frame, list(range(50, frame.height, 50)), short).equals(batch(frame, short).alerts)


@pytest.mark.parametrize(
    "change",
    [
        pl.col("hostility").fill_null(0.0) * float("nan"),
        pl.lit(None, dtype=pl.Float64).alias("hostility"),
        pl.lit([], dtype=pl.List(pl.String)).alias("target_ids"),
        pl.lit(1_700_000_000_000_000).cast(pl.Datetime("us", "UTC")).alias("at"),
    ],
    ids=["nan", "null", "no targets", "all at once"],
)
def test_edges(stream: Stream, change: pl.Expr) -> None:
    frame = stream(1, targets=5, days=1.0, attacks=1, size=40).with_columns(change)
    found = batch(frame)
    assert found.alerts["probability"].is_between(0, 1).all()
    assert streamed(frame, [10, 20]).height == found.alerts.height


@pytest.mark.parametrize("rows", [0, 1])
def test_empty_and_single(stream: Stream, rows: int) -> None:
    frame = INTERACTIONS.conform(stream(1, targets=5, days=1.0)[:rows])
    found = batch(frame)
    assert found.alerts.equals(ALERTS.empty())
    assert Monitor(LOW).update(frame).equals(ALERTS.empty())
    assert found.scores.columns == ["target", "at", "probability"]

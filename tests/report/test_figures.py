"""Charts, and what is drawn of networks and descents."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.model import DAY, HOUR, MINUTE
from graphwatch.report import gather
from graphwatch.report.bars import HOSTILE, OTHER, Bars, bin_width, tick_counts, tick_times
from graphwatch.report.charts import timeline_chart
from graphwatch.report.content import NO_CAUSE, TARGET, Descent, Network
from graphwatch.report.drawing import draw_descent, draw_network, tree_order
from graphwatch.report.timeline import draw_timeline
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.settings import ReportSettings

Make = Callable[..., Any]


def forest(seed: int, n: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    rng = np.random.default_rng(seed)
    return np.array([rng.integers(-1, i) if i else -1 for i in range(n)], np.int32)


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_descendants_lie_together(seed: int, n: int) -> None:
    cause = forest(seed, n)
    order = tree_order(cause)
    assert sorted(order.tolist()) == list(range(n))
    for i in range(n):
        below = {i}
        for k in range(i + 1, n):
            if int(cause[k]) in below:
                below.add(k)
        places = sorted(int(order[k]) for k in below)
        assert places == list(range(int(order[i]), int(order[i]) + len(below)))


@given(st.integers(0, 500 * DAY))
def test_there_are_never_too_many_bars(span: int) -> None:
    assert span / bin_width(span) <= 97


def test_bars_hold_every_interaction() -> None:
    rng = np.random.default_rng(0)
    times = np.sort(rng.integers(0, 3 * DAY, 500))
    hostile = rng.random(500) < 0.4
    chart = timeline_chart(times, hostile, onset=DAY, peak=DAY + HOUR, end=2 * DAY, expected=10.0)
    bars = chart.to_dict()["datasets"]
    counted = [row for rows in bars.values() for row in rows if "stop" in row]
    assert sum(row["count"] for row in counted) == 500
    assert sum(row["count"] for row in counted if row["what"] == "hostile") == hostile.sum()
    assert all("2024" not in row["begin"] for row in counted)


@given(st.lists(st.tuples(st.integers(-DAY, 40 * DAY), st.booleans()), max_size=60), st.integers(0, 3 * DAY))
def test_drawn_bars_hold_every_interaction(acts: list[tuple[int, bool]], length: int) -> None:
    times, hostile = np.array([t for t, _ in acts], np.int64), np.array([h for _, h in acts], bool)
    drawn = ElementTree.fromstring(draw_timeline(times, hostile, onset=0, peak=length // 2, end=length))  # noqa: S314  our own text
    scale = Bars.of(times, hostile, 0, length)
    high = {
        color: sum(float(bottom) - float(top) for bottom, top in re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)h", path.get("d", "")))
        for color in (HOSTILE, OTHER)
        for path in drawn.iter("path")
        if path.get("fill") == color
    }
    per_act = 188 / (1.2 * scale.highest)
    assert high.get(HOSTILE, 0.0) == pytest.approx(per_act * hostile.sum(), abs=0.11 * len(acts))
    assert high.get(OTHER, 0.0) == pytest.approx(per_act * (~hostile).sum(), abs=0.11 * len(acts))


@pytest.mark.parametrize("times", [[], [0], [5 * MINUTE] * 40])
def test_odd_timelines_can_be_drawn(times: list[int]) -> None:
    at = np.array(times, np.int64)
    drawn = draw_timeline(at, at < 0, onset=0, peak=0, end=0, expected=float("nan"))
    assert "nan" not in drawn
    assert "ordinary days" not in drawn


def test_the_level_of_ordinary_days_is_always_inside() -> None:
    at = np.arange(0, DAY, HOUR)
    drawn = draw_timeline(at, at > HOUR, onset=0, peak=HOUR, end=DAY, expected=5000.0)
    y = float(re.findall(r'd="M44 ([-\d.]+)H1072" stroke="#15803d"', drawn)[0])
    assert 34 <= y <= 222
    assert drawn == draw_timeline(at, at > HOUR, onset=0, peak=HOUR, end=DAY, expected=5000.0)


@given(st.integers(0, 10**15), st.integers(1, 500 * DAY))
def test_ticks_are_few_and_inside(low: int, span: int) -> None:
    ticks = tick_times(low, low + span)
    assert len(ticks) <= 9
    assert all(low <= t <= low + span for t in ticks)


@given(st.floats(1, 1e7))
def test_counts_on_the_axis_are_few(highest: float) -> None:
    assert 1 < len(tick_counts(highest)) <= 7
    assert tick_counts(highest)[-1] <= highest


def test_network_links_to_the_strongest_cause(make: Make, names: Pseudonyms) -> None:
    detail = gather(make(), names).details[0]
    network = detail.network
    assert network is not None
    place = {name: i for i, name in enumerate(network.name)}
    for i in range(30):
        expected = TARGET if i < 3 else place[names.of(f"who:word:{i % 3}")]
        assert network.cause[place[names.of(f"who:word:{i}")]] == expected


def test_descent_keeps_the_causes_of_what_it_keeps(make: Make, names: Pseudonyms) -> None:
    detail = gather(make(settings=ReportSettings(max_nodes=10)), names).details[0]
    descent = detail.descent
    assert descent is not None
    assert (len(descent.at), descent.left_out) == (10, 20)
    assert descent.cause.tolist()[:3] == [NO_CAUSE] * 3
    assert set(descent.cause.tolist()[3:]) <= {0, 1, 2}
    assert detail.hostile.sum() == 15


@given(st.integers(0, 10**6), st.integers(0, 60))
@settings(max_examples=20)
def test_networks_are_drawn_the_same_and_leave_other_numbers_alone(seed: int, n: int) -> None:
    roles = ("initiator", "inciter", "repeat_offender", "follower")
    network = Network(
        tuple(f"acc-{i}" for i in range(n)), tuple(roles[i % 4] for i in range(n)), np.linspace(1, 0, n), forest(seed, n), np.ones(n), 0
    )
    random.seed(5)  # igraph draws from the random module by default
    first = draw_network(network, 3)
    expected = random.Random(5).random()  # noqa: S311
    assert random.random() == expected  # noqa: S311  the drawing took no number from the process's generator
    assert first == draw_network(network, 3)
    assert first.count("M") >= n


def test_large_drawings() -> None:
    n = 5000
    cause = forest(1, n)
    network = Network(tuple(f"acc-{i}" for i in range(n)), ("follower",) * n, np.zeros(n), cause, np.ones(n), 7)
    assert len(draw_network(network, 0)) < 400_000
    assert len(draw_descent(Descent(np.arange(n) * MINUTE, np.arange(n) % 2 == 0, cause, 0))) < 400_000
    assert draw_network(Network((), (), np.zeros(0), np.zeros(0, np.int32), np.zeros(0), 0), 0) == ""

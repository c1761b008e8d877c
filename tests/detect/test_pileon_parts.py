"""Streams, profile, merging, counting: the parts around the scan."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.detect.baseline import Span
from graphwatch.detect.features import COUNTS, busiest_quarter, count_features, mark, ordinary_shares, turning_point
from graphwatch.detect.merge import number_clusters
from graphwatch.detect.profile import cumulative, exposure, exposures, flat_profile, hour_of_week_profile
from graphwatch.detect.streams import all_stream, link_repeats, part_of
from graphwatch.graph.encode import encode
from graphwatch.model import DAY, HOUR, MINUTE

Act = tuple[int, int, set[int], float | None]  # minute, actor, targets, hostility
ACTS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 5), st.sets(st.integers(0, 3), max_size=2), st.sampled_from([None, 0.0, 0.3, 0.9])),
    min_size=1,
    max_size=50,
)


def events_of(acts: list[Act]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "interaction_id": [f"{k:03d}" for k in range(len(acts))],
            "at": pl.Series([a[0] * MINUTE for a in acts]).cast(pl.Datetime("us", "UTC")),
            "actor_id": [f"u{a[1]}" for a in acts],
            "kind": "comment",
            "surface": ["private" if a[1] == 0 else "comment" for a in acts],
            "target_ids": pl.Series([[f"t{t}" for t in sorted(a[2])] for a in acts], dtype=pl.List(pl.String)),
            "hostility": pl.Series([a[3] for a in acts], dtype=pl.Float64),
            "category": pl.Series([None if a[3] is None else "abuse" if a[3] > 0.5 else "criticism" if a[3] > 0 else "none" for a in acts]),
            "objects": pl.Series([["text:same"] if a[1] == 1 else [] for a in acts], dtype=pl.List(pl.String)),
        },
        schema_overrides={"category": pl.String},
    )


@settings(deadline=None)
@given(ACTS)
def test_streams_hold_each_targets_events_in_order(acts: list[Act]) -> None:
    events = encode(events_of(acts))
    targets, whole = all_stream(events)
    for g, target in enumerate(targets):
        expected = [i for i in range(len(events)) if target in events.targets.row(i)]
        assert whole.row[whole.start[g] : whole.start[g + 1]].tolist() == expected
        for p in range(whole.start[g], whole.start[g + 1]):
            same = [q for q in range(whole.start[g], whole.start[g + 1]) if events.actor[whole.row[q]] == events.actor[whole.row[p]]]
            assert whole.previous[p] == max((q for q in same if q < p), default=-1)
            assert whole.following[p] == min((q for q in same if q > p), default=len(whole))
    mask = events.hostile(0.5)
    part = part_of(events, whole, mask)
    assert part.groups == whole.groups
    assert part.row.tolist() == [r for r in whole.row if mask[r]]


@settings(deadline=None)
@given(ACTS, st.data())
def test_counts_equal_sets(acts: list[Act], data: st.DataObject) -> None:
    events = encode(events_of(acts))
    _, whole = all_stream(events)
    if not len(whole):
        return
    g = data.draw(st.integers(0, whole.groups - 1))
    first, past = int(whole.start[g]), int(whole.start[g + 1])
    low = data.draw(st.integers(first, past - 1))
    high = data.draw(st.integers(low + 1, past))
    marks = mark(events, 0.5)
    counts = dict(zip(COUNTS, count_features(events, whole, marks, np.array([low]), np.array([high]))[0], strict=True))
    rows = whole.row[low:high]
    hostility, actor = events.hostility[rows], events.actor[rows]
    known, hostile = np.isfinite(hostility), hostility >= 0.5
    assert counts["interactions"] == len(rows)
    assert counts["actors"] == len(set(actor))
    assert counts["newcomers"] == len(set(actor) - set(events.actor[whole.row[first:low]]))
    assert counts["known"] == known.sum()
    assert counts["known_actors"] == len(set(actor[known]))
    assert counts["hostile"] == hostile.sum()
    assert counts["hostile_actors"] == len(set(actor[hostile]))
    assert counts["middling"] == counts["critical"] == (np.isclose(hostility, 0.3)).sum()
    assert counts["personal"] == hostile.sum()
    assert counts["labelled"] == known.sum()
    assert counts["private"] == (hostile & (events.accounts.gather(actor) == "u0").to_numpy()).sum()
    copies = sum(a[1] == 1 for a in acts)
    assert counts["copied"] == ((hostile & (events.accounts.gather(actor) == "u1").to_numpy()).sum() if copies >= 3 else 0)


def test_ordinary_share_leaves_the_pileon_out() -> None:
    acts: list[Act] = [(k, k % 5, {0}, 0.9 if 20 <= k < 40 else 0.0) for k in range(60)]
    acts += [(k, 5, {1}, 0.0) for k in range(400)]
    events = encode(events_of(acts))
    _, whole = all_stream(events)
    share = ordinary_shares(events, whole, mark(events, 0.5), np.array([0]), np.array([20]), np.array([40]))
    assert share[0] < 0.01
    assert ordinary_shares(events, whole, mark(events, 0.5), np.array([0]), np.array([0]), np.array([10]))[0] > 0.2


def test_a_crowd_that_turns_has_a_turning_point_and_a_restless_one_has_not() -> None:
    rng = np.random.default_rng(0)
    early, late = rng.random(300) < 0.05, rng.random(200) < 0.8
    assert abs(turning_point(np.concatenate([early, late])) - 300) < 5
    for share in (0.05, 0.5, 0.9):
        assert turning_point(rng.random(500) < share) == 0
    assert turning_point(np.array([True])) == 0
    assert turning_point(np.concatenate([np.zeros(3, np.bool_), late])) == 0  # three calm words do not move an onset


def test_the_busiest_quarter_hour_counts_accounts() -> None:
    minutes = np.array([0, 1, 2, 3, 4, 100, 101, 102]) * MINUTE
    previous, following = link_repeats(np.array([0, 8]), np.array([0, 0, 0, 0, 0, 1, 2, 3], np.int32), 4)
    assert busiest_quarter(minutes, previous, following, 0, 8, 15 * MINUTE) == 101 * MINUTE


def test_profile_finds_the_daily_rhythm_and_ignores_one_wild_day() -> None:
    rng = np.random.default_rng(0)
    hours = np.arange(28 * 24)
    rate = 30 * (1 + 0.7 * np.sin(2 * np.pi * hours / 24))
    at = np.repeat(hours, rng.poisson(rate)) * HOUR
    calm = hour_of_week_profile(np.sort(at))
    truth = rate[:24] / rate.mean()
    assert np.abs(calm.reshape(7, 24).mean(axis=0) - truth).max() < 0.15
    wild = np.sort(np.concatenate([at, 10 * DAY + 3 * HOUR + rng.integers(0, HOUR, 200_000)]))
    assert np.abs(hour_of_week_profile(wild) - calm).max() < 0.25
    assert calm.mean() == pytest.approx(1)


def test_profile_of_little_data_is_flat() -> None:
    assert (hour_of_week_profile(np.arange(30) * HOUR) == 1).all()
    assert (hour_of_week_profile(np.zeros(0, np.int64)) == 1).all()
    assert (hour_of_week_profile(np.zeros(50, np.int64)) == 1).all()


@given(st.integers(-(10**15), 4 * 10**15), st.integers(0, 10**13))
def test_exposure_is_additive_and_weekly(at: int, later: int) -> None:
    profile = np.linspace(0.5, 1.5, 168)
    running = cumulative(profile)
    assert exposure(at + 7 * DAY, running) - exposure(at, running) == pytest.approx(168, rel=1e-9)
    assert exposure(at + later, running) >= exposure(at, running)
    flat = cumulative(flat_profile())
    assert exposure(at + later, flat) - exposure(at, flat) == pytest.approx(later / HOUR, abs=1e-4)


@pytest.mark.parametrize("width", [5 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, DAY])
def test_bins_of_a_span(width: int) -> None:
    running = cumulative(np.linspace(0.5, 1.5, 168))
    span = Span(0, 14 * DAY, running)
    sizes = np.diff(exposures(np.arange(0, 14 * DAY + 1, width), running))
    assert span.bins(width) == pytest.approx((sizes.sum(), (sizes**2).sum()))


def test_a_wild_time_stamp_does_not_exhaust_memory() -> None:
    whole, square = Span(0, 9_000 * 365 * DAY, cumulative(flat_profile())).bins(HOUR)
    assert square == pytest.approx(whole)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 100), st.integers(0, 20)), min_size=1, max_size=20), st.integers(0, 15))
def test_clusters_are_separated_by_quiet(bursts: list[tuple[int, int, int]], quiet: int) -> None:
    ordered = sorted(bursts)
    group, onset, length = (np.array(x) for x in zip(*ordered, strict=True))
    number = number_clusters(group, onset, onset + length, quiet)
    for c in range(number[-1] + 1):
        inside = number == c
        assert len(set(group[inside])) == 1
        covered = {t for o, d in zip(onset[inside], length[inside], strict=True) for t in range(o, o + d + quiet + 1)}
        assert covered == set(range(onset[inside].min(), max(covered) + 1))
    for c in range(number[-1]):
        if group[number == c][0] == group[number == c + 1][0]:
            assert onset[number == c + 1].min() - (onset + length)[number == c].max() > quiet

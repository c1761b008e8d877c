"""Surges of attention: own threads, weights, and what becomes of a friendly crowd."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from graphwatch.detect import find_pileons
from graphwatch.detect.attention import in_own_thread, in_unknown_thread, marked_share, ordinary_weights, weighted_q_values
from graphwatch.detect.bursts import Bursts, q_values
from graphwatch.detect.streams import Stream, all_stream
from graphwatch.graph.encode import encode
from graphwatch.model import DAY, HOUR, I64, MINUTE, Pileons
from graphwatch.settings import DetectSettings

Make = Callable[..., pl.DataFrame]


def bursts_of(group: list[int], p_value: list[float], null_p: list[float]) -> Bursts:
    none: I64 = np.zeros(len(group), np.int64)
    blank = np.zeros(len(group))
    return Bursts(np.array(group, np.int64), none, none, none, none, blank, blank, np.array(p_value), np.array(null_p))


@given(st.lists(st.floats(1e-6, 1), min_size=2, max_size=8), st.data())
def test_weighted_q_values_are_those_of_p_over_weight(null_p: list[float], data: st.DataObject) -> None:
    group = sorted(data.draw(st.sets(st.integers(0, len(null_p) - 1), min_size=1)))
    found = bursts_of(group, [null_p[g] for g in group], null_p)
    weight = np.array(data.draw(st.lists(st.floats(0.5, 5), min_size=len(null_p), max_size=len(null_p))))
    expected = false_discovery_control(np.minimum(np.array(null_p) / weight, 1.0))[group]
    assert weighted_q_values(found, weight) == pytest.approx(expected)
    assert weighted_q_values(found, np.ones(len(null_p))) == pytest.approx(q_values(found))


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.data())
def test_marked_share_is_a_mean(marked: list[bool], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(marked) - 1))
    last = data.draw(st.integers(first, len(marked) - 1))
    share = marked_share(np.array([first]), np.array([last]), np.array(marked))
    assert share[0] == pytest.approx(np.mean(marked[first : last + 1]))


def a_post(name: str, author: str, at: int, target: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "interaction_id": [name],
            "at": pl.Series([at]).cast(pl.Datetime("us", "UTC")),
            "actor_id": [author],
            "kind": ["post"],
            "surface": ["feed"],
            "target_ids": pl.Series([[target] if target else []], dtype=pl.List(pl.String)),
            "hostility": [0.0],
            "category": ["none"],
        }
    )


def world(number: Make, start: int, ordinary: pl.DataFrame, crowd: pl.DataFrame, *, own: float) -> pl.DataFrame:
    """Answers under the targets' own posts: four in five of ordinary traffic, and the share ``own`` of the crowd."""
    rows = number(ordinary.with_columns(part=pl.lit(0)), crowd.with_columns(part=pl.lit(1)))
    place = pl.int_range(pl.len()) % 100
    under = place < pl.when(pl.col("part") == 0).then(80).otherwise(round(100 * own))
    rows = rows.with_columns(parent_id=pl.when(under).then(pl.lit("post-") + pl.col("target_ids").list.first())).drop("part")
    names = sorted(set(rows["target_ids"].list.first()))
    return pl.concat([*(a_post(f"post-{t}", t, start) for t in names), rows], how="diagonal")


def detect(frame: pl.DataFrame, **changed: float) -> Pileons:
    return find_pileons(encode(frame), DetectSettings.model_validate(changed), 0)


def test_own_threads_are_those_that_the_target_began(start: int) -> None:
    answers = [("1", "a", "t", "post-t"), ("2", "b", "t", "post-x"), ("3", "c", "t", "1"), ("4", "d", "t", None), ("5", "d", "t", "gone")]
    rows = pl.DataFrame(answers, schema=["interaction_id", "actor_id", "target", "parent_id"], orient="row").with_columns(
        kind=pl.lit("comment"), target_ids=pl.concat_list("target"), at=pl.lit(start + MINUTE).cast(pl.Datetime("us", "UTC"))
    )
    posts = [a_post("post-t", "t", start), a_post("post-x", "x", start)]
    events = encode(pl.concat([*posts, rows.drop("target")], how="diagonal"))
    targets, whole = all_stream(events)
    (group,) = np.flatnonzero(events.accounts.gather(targets).to_numpy() == "t")
    own = in_own_thread(events, targets, whole)[whole.start[group] : whole.start[group + 1]]
    assert own.tolist() == [True, False, True, False, False]
    unknown = in_unknown_thread(events, whole)[whole.start[group] : whole.start[group + 1]]
    assert unknown.tolist() == [False, False, False, False, True]


def test_data_that_begin_in_the_middle_of_threads_show_no_surge(make_background: Make, number: Make, start: int) -> None:
    calm = number(make_background(24, targets=40, days=10, per_day=150.0))
    target, begun = pl.col("target_ids").list.first(), start + 18 * HOUR
    early = (pl.col("at").dt.epoch("us") < begun) & target.is_in([f"t{k:04d}" for k in range(0, 40, 8)])
    under = early | (pl.int_range(pl.len()) % 100 < 98)
    post = pl.when(under).then(pl.when(early).then(pl.lit("old-")).otherwise(pl.lit("post-")) + target)
    posts = [a_post(f"post-{t}", t, start) for t in sorted(set(calm["target_ids"].list.first()))]
    for name in ("parent_id", "root_id"):
        assert len(detect(pl.concat([*posts, calm.with_columns(post.alias(name))], how="diagonal"))) == 0


def test_a_friendly_crowd_under_one_post_is_no_surge_and_one_that_spreads_is(
    make_background: Make, make_burst: Make, number: Make, start: int
) -> None:
    crowd, calm = make_burst(1, "t0003", day=9, accounts=250, hours=5, tone="praise"), make_background(21)
    assert len(detect(world(number, start, calm, crowd, own=1.0))) == 0
    for own in (0.0, 0.7):
        found = detect(world(number, start, calm, crowd, own=own))
        assert found.frame.select("target_id", "nature").rows() == [("t0003", "attention")]
        assert found.frame["actors"][0] >= 240
        assert abs(found.onset[0] - start - 9 * DAY) < 30 * MINUTE
    every = detect(world(number, start, calm, crowd, own=1.0), attention_spread=0.0)
    assert every.frame["target_id"].to_list() == ["t0003"]


def test_hostile_crowds_are_found_wherever_they_are(make_background: Make, make_burst: Make, number: Make, start: int) -> None:
    attack = make_burst(2, "t0004", day=7, accounts=120, hours=4, tone="abuse")
    for own in (0.0, 1.0):
        found = detect(world(number, start, make_background(22), attack, own=own))
        assert found.frame.select("target_id", "nature").rows() == [("t0004", "attack")]


def test_without_hostility_the_same_rules_hold(make_background: Make, make_burst: Make, number: Make, start: int) -> None:
    crowd = make_burst(3, "t0005", day=12, accounts=250, hours=5)
    for own, expected in ((0.7, ["t0005"]), (1.0, [])):
        frame = world(number, start, make_background(23), crowd, own=own).with_columns(hostility=None, category=None)
        found = detect(frame)
        assert found.volume_only
        assert found.frame["target_id"].to_list() == expected


def test_a_small_surge_is_not_large(make_background: Make, make_burst: Make, number: Make) -> None:
    frame = number(make_background(24, per_day=1.0), make_burst(4, "t0006", day=8, accounts=25, hours=1, tone="praise"))
    assert len(detect(frame)) == 0
    assert detect(frame, attention_min_actors=20).frame["nature"].to_list() == ["attention"]


def test_weights_follow_the_traffic_outside_of_bursts(make_null: Callable[..., Stream]) -> None:
    stream = make_null(5, groups=30)
    sizes = np.diff(stream.start)
    weight = ordinary_weights(bursts_of([], [], [1.0] * 30), stream)
    assert weight.mean() == pytest.approx(1)
    assert weight == pytest.approx(0.5 + 0.5 * sizes / sizes.mean())
    inside = replace(bursts_of([4], [0.01], [1.0] * 30), first=stream.start[4:5] + 1, last=stream.start[5:6] - 1)
    assert ordinary_weights(inside, stream)[4] == pytest.approx(0.5, abs=0.05)  # but one of its interactions was in the burst

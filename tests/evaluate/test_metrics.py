"""Each figure against a count made by hand or by brute force."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.evaluate.agencies import AgencyMetrics, measure_agencies
from graphwatch.evaluate.matching import match_pileons
from graphwatch.evaluate.pileons import PileonMetrics, measure_pileons
from graphwatch.evaluate.scores import f1_of, macro
from graphwatch.evaluate.tracing import TracingMetrics, measure_tracing
from graphwatch.schema import NATURES, ROLES
from tests.evaluate.builders import agencies, behind, campaigns, found, members, planted, roles


def pileon_metrics(detections: pl.DataFrame, truth: pl.DataFrame) -> PileonMetrics:
    return measure_pileons(detections, truth, match_pileons(detections, truth))


TRUTH = planted(
    [
        ("i1", "a", 10, 20, "attack", "single_inciter"),
        ("i2", "b", 10, 20, "attack", "agency_driven"),
        ("i3", "c", 10, 20, "criticism", "criticism_storm"),
        ("i4", "d", 10, 20, "attention", "giveaway"),
        ("i5", "e", 10, 20, "attack", "single_inciter"),
    ]
)


def test_pileon_figures_by_hand() -> None:
    detections = found(
        [
            ("p1", "a", 10.5, 19, "attack"),  # right, half an hour late
            ("p2", "a", 19.5, 22, "attack"),  # a second piece of the same burst
            ("p3", "b", 9, 20, "criticism"),  # found, wrong nature
            ("p4", "c", 10, 20, "attack"),  # a hard negative called attack
            ("p5", "z", 10, 20, "attack"),  # nothing was planted
            ("p6", "d", 10, 20, "attention"),  # right
        ]
    )
    m = pileon_metrics(detections, TRUTH)
    assert (m.detected, m.planted, m.split) == (4, 3, 1)
    assert m.precision == pytest.approx(1 / 4)
    assert m.recall == pytest.approx(1 / 3)
    assert m.found == pytest.approx(2 / 3)
    assert m.any_precision == pytest.approx(4 / 6)
    assert m.any_recall == pytest.approx(4 / 5)
    assert m.negatives_called_attack == pytest.approx(1 / 2)
    assert m.onset_error_median_min == m.onset_bias_min == pytest.approx(30)
    assert m.confusion["attack"] == {"attack": 1, "criticism": 1, "attention": 0, "nothing": 1}
    assert m.confusion["nothing"] == {"attack": 2, "criticism": 0, "attention": 0}
    assert m.nature_f1 == pytest.approx({"attack": 2 * 1 / (2 + 2), "criticism": 0.0, "attention": 1.0})
    assert m.nature_macro_f1 == pytest.approx(0.5)
    assert m.recall_by_scenario == pytest.approx({"agency_driven": 0, "criticism_storm": 0, "giveaway": 1, "single_inciter": 0.5})


def test_a_silent_detector_has_no_precision_and_no_recall() -> None:
    m = pileon_metrics(found([]), TRUTH)
    assert math.isnan(m.precision)
    assert (m.recall, m.found, m.any_recall) == (0, 0, 0)
    assert math.isnan(m.onset_error_median_min)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NATURES), st.sampled_from((*NATURES, "nothing"))), min_size=1, max_size=30))
def test_nature_scores_equal_counting(pairs: list[tuple[str, str]]) -> None:
    truth = planted([(f"i{k}", f"t{k}", 1, 2, meant, "x") for k, (meant, _) in enumerate(pairs)])
    detections = found([(f"p{k}", f"t{k}", 1, 2, called) for k, (_, called) in enumerate(pairs) if called != "nothing"])
    m = pileon_metrics(detections, truth)
    attacks = [called for meant, called in pairs if meant == "attack"]
    alarms = [meant for meant, called in pairs if called == "attack"]
    assert m.recall == pytest.approx(attacks.count("attack") / len(attacks) if attacks else math.nan, nan_ok=True)
    assert m.precision == pytest.approx(alarms.count("attack") / len(alarms) if alarms else math.nan, nan_ok=True)
    for nature in NATURES:
        both = [(meant == nature, called == nature) for meant, called in pairs if called != "nothing"]
        tp, fp, fn = (both.count(p) for p in ((True, True), (False, True), (True, False)))
        expected = 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else math.nan
        assert m.nature_f1[nature] == pytest.approx(expected, nan_ok=True)
        assert sum(m.confusion[nature].values()) == sum(meant == nature for meant, _ in pairs)


def tracing_metrics(credit: dict[str, float], origins: set[str], called: dict[str, str] | None = None) -> TracingMetrics:
    detections, truth = found([("p1", "a", 10, 20, "attack")]), TRUTH
    names = called or {}
    member = members([("p1", actor, names.get(actor, "follower"), value) for actor, value in credit.items()])
    role = roles(
        [("i1", "a", actor, "initiator" if actor in origins else "follower", actor in origins) for actor in sorted({*credit, *origins})]
    )
    return measure_tracing(detections, member, truth, role, match_pileons(detections, truth))


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from("uvwxyz"), st.sampled_from([0.0, 0.1, 0.5, 0.9]), min_size=1),
    st.sets(st.sampled_from("uvwxyz"), min_size=1),
)
def test_originator_rank_equals_counting(credit: dict[str, float], origins: set[str]) -> None:
    m = tracing_metrics(credit, origins)
    ranks = [sum(other >= credit[actor] for other in credit.values()) for actor in origins if actor in credit]
    assert m.mrr == pytest.approx(1 / min(ranks) if ranks else 0.0)
    for k in (1, 3, 10):
        assert m.recall_at[k] == float(bool(ranks) and min(ranks) <= k)
    assert (m.planted, m.traced) == (1, 1)


def test_undetected_attacks_count_as_missed_only_where_said() -> None:
    detections = found([("p1", "a", 10, 20, "attack")])
    member = members([("p1", "u", "initiator", 0.9), ("p1", "v", "follower", 0.1)])
    role = roles([("i1", "a", "u", "initiator", True), ("i1", "a", "w", "follower", False), ("i2", "b", "x", "initiator", True)])
    m = measure_tracing(detections, member, TRUTH, role, match_pileons(detections, TRUTH))
    assert (m.planted, m.traced, m.accounts) == (2, 1, 1)
    assert m.mrr == m.recall_at[1] == 1
    assert m.recall_at_of_all[1] == pytest.approx(0.5)
    assert m.coverage == pytest.approx(0.5)
    assert m.initiator_is_originator == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(ROLES)), min_size=1, max_size=25))
def test_role_scores_equal_counting(pairs: list[tuple[str, str]]) -> None:
    detections = found([("p1", "a", 10, 20, "attack")])
    member = members(
        [("p1", f"u{k}", called, 0.1) for k, (_, called) in enumerate(pairs)]
        + [("p1", "boss", "initiator", 0.9), ("p1", "guest", "follower", 0)]
    )
    role = roles([("i1", "a", f"u{k}", meant, False) for k, (meant, _) in enumerate(pairs)] + [("i1", "a", "boss", "initiator", True)])
    m = measure_tracing(detections, member, TRUTH, role, match_pileons(detections, TRUTH))
    full = [*pairs, ("initiator", "initiator")]
    for name in ROLES:
        tp = sum(meant == name == called for meant, called in full)
        total = sum(meant == name for meant, _ in full) + sum(called == name for _, called in full)
        assert m.role_f1[name] == pytest.approx(2 * tp / total if total else math.nan, nan_ok=True)
    assert m.accounts == len(full)


def agency_metrics(rows: list[tuple[str, str, float, float, str]]) -> AgencyMetrics:
    detections = found([("p1", "a", 10, 20, "attack"), ("p3", "c", 10, 20, "attack"), ("p9", "z", 1, 2, "attack")])
    truth = behind([("i1", "a", "m1", "g1"), ("i2", "b", "m2", "g2")])
    groups = campaigns([("k1", ["p1", "p3"])])
    return measure_agencies(agencies(rows), detections, groups, TRUTH, truth, match_pileons(detections, TRUTH))


def test_agency_figures_by_hand() -> None:
    m = agency_metrics(
        [
            ("p1", "m1", 0.001, 8.0, "g1"),  # right
            ("p1", "m2", 0.5, 1.0, "g2"),  # rightly not flagged
            ("p1", "m3", 0.001, 0.1, "g3"),  # too few of them: no flag
            ("p3", "m1", 0.01, 4.0, "g1"),  # a hard negative: false
            ("p9", "m4", 0.04, 2.0, "g4"),  # nothing planted: false
            ("k1", "m1", 0.001, 8.0, "g1"),  # the campaign holds the planted burst
            ("k1", "m4", 0.001, 8.0, "g4"),
        ]
    )
    assert (m.planted, m.flagged) == (2, 3)
    assert m.recall == pytest.approx(1 / 2)
    assert m.recall_of_detected == 1
    assert m.precision == pytest.approx(1 / 3)
    assert m.false_flag_rate == pytest.approx(2 / 4)
    assert m.pileons_with_false_flag == pytest.approx(2 / 3)
    assert m.controller == 1
    assert m.campaign_precision == pytest.approx(1 / 2)


def test_a_wrong_controller_is_told() -> None:
    assert agency_metrics([("p1", "m1", 0.001, 8.0, "somebody")]).controller == 0


def test_no_agency_findings() -> None:
    m = agency_metrics([])
    assert m.recall == 0
    assert math.isnan(m.precision)
    assert math.isnan(m.campaign_precision)


def test_plain_scores() -> None:
    yes, no = np.ones(3, np.bool_), np.zeros(3, np.bool_)
    assert f1_of(yes, yes) == 1
    assert f1_of(yes, no) == 0
    assert math.isnan(f1_of(no, no))
    assert math.isnan(macro([math.nan]))

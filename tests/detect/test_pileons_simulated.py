"""Simulated worlds with planted attacks and hard negatives; none of these seeds was used to fit the nature model."""

import pytest

from graphwatch.detect import find_pileons
from graphwatch.evaluate.matching import match_pileons
from graphwatch.evaluate.pileons import PileonMetrics, measure_pileons
from graphwatch.graph.encode import encode
from graphwatch.settings import DetectSettings
from graphwatch.simulate import simulate_world


@pytest.fixture(scope="module", params=[31, 33])
def metrics(request: pytest.FixtureRequest) -> PileonMetrics:
    world = simulate_world(200_000, request.param)
    found = find_pileons(encode(world.interactions), DetectSettings(), 0).frame
    return measure_pileons(found, world.truth_pileons, match_pileons(found, world.truth_pileons))


def test_attacks_are_found_and_little_else_is_called_one(metrics: PileonMetrics) -> None:
    assert metrics.planted >= 10
    assert metrics.recall >= 0.9
    assert metrics.precision >= 0.9
    assert metrics.negatives_called_attack == 0


def test_onsets_are_right_to_minutes(metrics: PileonMetrics) -> None:
    assert metrics.onset_error_median_min <= 5
    assert metrics.onset_error_p90_min <= 30


def test_natures_are_told_apart(metrics: PileonMetrics) -> None:
    assert metrics.nature_macro_f1 >= 0.85


def test_a_quarrel_of_two_sides_is_two_pile_ons() -> None:
    world = simulate_world(60_000, 35, scenarios={"two_sided_quarrel": 2})
    found = find_pileons(encode(world.interactions), DetectSettings(), 0).frame
    truth = world.truth_pileons
    assert len(truth) == 4
    assert measure_pileons(found, truth, match_pileons(found, truth)).recall == 1.0
    assert len(found.filter(found["nature"] == "attack")) == 4

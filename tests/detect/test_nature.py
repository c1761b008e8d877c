"""Attack, criticism, attention: what moves the model and what must not."""

import numpy as np
import pytest

from graphwatch.detect.features import COUNTS
from graphwatch.detect.nature import FEATURES, decide, design, judge, used_features
from graphwatch.detect.weights import WEIGHTS


def crowd(**changes: float) -> np.ndarray:
    """300 accounts, a tenth hostile, no categories."""
    base = {
        "interactions": 400, "hostile": 40, "actors": 300, "hostile_actors": 30, "known_actors": 300, "newcomers": 250, "known": 400,
        "middling": 20, "labelled": 0, "critical": 0, "personal": 0, "private": 0, "copied": 0,
    }  # fmt: skip
    return np.array([[float((base | changes)[name]) for name in COUNTS]])


def verdict(counts: np.ndarray, ordinary: float = 0.05, *, graded: bool = True) -> tuple[str, float]:
    nature = judge(counts, np.array([ordinary]), graded=graded, attack_at=0.6)
    return nature.name[0], float(nature.probability[0])


ABUSE = {"hostile": 300, "hostile_actors": 220}
SCOLDING = {"middling": 280, "hostile": 45, "hostile_actors": 38}


@pytest.mark.parametrize("graded", [True, False])
@pytest.mark.parametrize("labelled", [True, False])
def test_a_hostile_crowd_is_an_attack_whatever_is_missing(graded: bool, labelled: bool) -> None:
    labels = {"labelled": 400, "personal": 290, "critical": 10} if labelled else {}
    name, probability = verdict(crowd(**ABUSE, **labels), graded=graded)
    assert name == "attack"
    assert probability > 0.8


@pytest.mark.parametrize("graded", [True, False])
@pytest.mark.parametrize("labelled", [True, False])
def test_a_friendly_crowd_is_attention_whatever_is_missing(graded: bool, labelled: bool) -> None:
    labels = {"labelled": 400, "personal": 8, "critical": 12} if labelled else {}
    name, probability = verdict(crowd(hostile=8, hostile_actors=8, **labels), 0.03, graded=graded)
    assert name == "attention"
    assert probability > 0.8


def test_disapproval_is_criticism_by_degree_or_by_category() -> None:
    assert verdict(crowd(**SCOLDING))[0] == "criticism"
    assert verdict(crowd(**SCOLDING, labelled=400, critical=290, personal=45))[0] == "criticism"
    binary = crowd(hostile=45, hostile_actors=38, middling=0, labelled=400, critical=290, personal=45)
    assert verdict(binary, graded=False)[0] == "criticism"


def test_criticism_with_some_abuse_in_it_is_not_an_attack() -> None:
    for abuse in (40, 60, 80):
        counts = crowd(hostile=abuse, hostile_actors=0.8 * abuse, middling=250, labelled=400, critical=270, personal=abuse)
        assert verdict(counts)[0] == "criticism"


def test_a_target_that_always_gets_as_much_hostility_is_not_attacked_now() -> None:
    counts = crowd(hostile=100, hostile_actors=75)
    assert verdict(counts, 0.02)[1] != verdict(counts, 0.25)[1]
    attack_rare = design(counts, np.array([0.02]))[0, FEATURES.index("excess")]
    attack_usual = design(counts, np.array([0.25]))[0, FEATURES.index("excess")]
    assert attack_rare > 2
    assert abs(attack_usual) < 0.1


def test_more_hostility_never_makes_an_attack_less_likely() -> None:
    shares = [judge(crowd(hostile=h, hostile_actors=0.75 * h), np.array([0.05]), graded=True, attack_at=0.5) for h in range(4, 400, 20)]
    attack = [n.probability[0] if n.name[0] == "attack" else 0.0 for n in shares]
    assert attack == sorted(attack)


def test_without_hostility_nothing_is_judged() -> None:
    nature = judge(crowd(known=0, known_actors=0, hostile=0, hostile_actors=0), np.array([0.05]), graded=False, attack_at=0.6)
    assert nature.name == ("attention",)
    assert np.isnan(nature.probability[0])
    assert "volume" in nature.notes[0][0]


def test_notes_say_what_was_missing() -> None:
    few = judge(crowd(known=100, known_actors=90), np.array([0.05]), graded=False, attack_at=0.6).notes[0]
    assert any("known for 100 of 400" in note for note in few)
    assert any("no categories" in note for note in few)
    assert any("0 or 1" in note for note in few)
    full = judge(crowd(labelled=400, critical=40, copied=20, private=3), np.array([0.05]), graded=True, attack_at=0.6).notes[0]
    assert not any("no categories" in note or "0 or 1" in note for note in full)
    assert any("20 of 40 hostile interactions repeat" in note for note in full)
    assert any("3 of 40 hostile interactions are private" in note for note in full)


def test_an_attack_needs_the_stated_probability() -> None:
    name, probability = decide(np.array([[0.59, 0.01, 0.4], [0.61, 0.3, 0.09]]), 0.6)
    assert name == ("attention", "attack")
    assert probability.tolist() == [0.4, 0.61]


def test_the_weights_are_those_of_the_variants() -> None:
    assert all(set(weights) == set(used_features(variant)) for variant, weights in WEIGHTS.items())
    assert len(WEIGHTS) == 4

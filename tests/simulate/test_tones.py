"""The noisy classifier: good, not perfect, and consistent with itself."""

from __future__ import annotations

import numpy as np
import pytest

from graphwatch.model import CATEGORY_CODE
from graphwatch.simulate.draws import generator
from graphwatch.simulate.tones import HOSTILE, TONE_CODE, TONES, classify, is_hostile, mix

N = 20_000


def seen(tone: str) -> tuple[np.ndarray, np.ndarray]:
    return classify(np.full(N, TONE_CODE[tone], np.int8), generator(1, TONE_CODE[tone]))


@pytest.mark.parametrize("tone", [tone.name for tone in TONES if tone.hostile])
def test_hostile_tones_are_mostly_seen(tone: str) -> None:
    hostility, category = seen(tone)
    assert 0.8 < (hostility >= 0.5).mean() < 0.97
    assert 0.6 < np.median(hostility) < 0.95
    assert (category[hostility >= 0.5] == CATEGORY_CODE[tone]).mean() > 0.7


@pytest.mark.parametrize("tone", ["chatter", "praise", "news", "giveaway"])
def test_ordinary_tones_have_few_false_alarms(tone: str) -> None:
    hostility, category = seen(tone)
    assert 0.003 < (hostility >= 0.5).mean() < 0.04
    assert np.quantile(hostility, 0.95) < 0.35
    assert (category == CATEGORY_CODE["none"]).mean() > 0.95


def test_criticism_lies_between() -> None:
    hostility, category = seen("criticism")
    assert 0.3 < np.median(hostility) < 0.45
    assert 0.08 < (hostility >= 0.5).mean() < 0.22
    assert (category == CATEGORY_CODE["criticism"]).mean() > 0.75


def test_jokes_are_taken_for_mockery_now_and_then() -> None:
    hostility, _ = seen("joke")
    assert 0.04 < (hostility >= 0.5).mean() < 0.15


def test_category_and_value_agree() -> None:
    tone = generator(2).integers(0, len(TONES), 50_000).astype(np.int8)
    hostility, category = classify(tone, generator(3))
    assert hostility.min() >= 0
    assert hostility.max() <= 1
    mild = np.isin(category, [CATEGORY_CODE["none"], CATEGORY_CODE["criticism"]])
    assert mild[hostility < 0.5].all()
    assert not (category[hostility >= 0.5] == CATEGORY_CODE["none"]).any()
    assert (is_hostile(tone) == HOSTILE[tone]).all()


def test_mix_refuses_unknown_tones() -> None:
    with pytest.raises(KeyError, match="no such tone: sulking"):
        mix(sulking=1)

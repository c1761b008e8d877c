"""The branching process: a tree in time with the parameters that it was given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.model import MINUTE
from graphwatch.simulate.branching import CROWD, FEEDER, STARTER, Growth, Tree, delays, grow


def descendants(tree: Tree, row: int) -> int:
    """Count by walking up from every act."""
    count = 0
    for child in range(len(tree)):
        up = child
        while up >= 0:
            if up == row:
                count += 1
                break
            up = int(tree.cause[up])
    return count


@settings(max_examples=60, deadline=None)
@given(
    acts=st.integers(5, 400),
    starters=st.integers(1, 3),
    feeders=st.integers(0, 6),
    ratio=st.floats(0.0, 0.8),
    alone=st.floats(0.0, 0.9),
    heavy=st.booleans(),
    seed=st.integers(0, 999),
)
def test_every_tree_is_a_tree_in_time(acts: int, starters: int, feeders: int, ratio: float, alone: float, heavy: bool, seed: int) -> None:
    growth = Growth(acts, starters, feeders, crowd_ratio=ratio, spontaneous_share=alone, heavy=heavy, horizon_min=600)
    tree = grow(growth, np.random.default_rng(seed))
    rows = np.arange(len(tree))
    assert tree.after[0] == 0
    assert tree.cause[0] == -1
    assert tree.part[0] == STARTER
    assert (np.diff(tree.after) >= 0).all()
    assert (tree.cause < rows).all()
    assert (tree.after <= 600 * MINUTE).all()
    assert (tree.part == STARTER).sum() == starters
    assert (tree.part == FEEDER).sum() == feeders
    assert tree.offspring().sum() == (tree.cause >= 0).sum()


def test_mean_size_ratio_and_offspring_are_as_asked() -> None:
    growth = Growth(400, 1, 3, starter_share=0.2, feeder_share=0.4, crowd_ratio=0.4, spontaneous_share=0.2, horizon_min=1e9)
    trees = [grow(growth, np.random.default_rng(seed)) for seed in range(120)]
    size = np.mean([len(tree) for tree in trees])
    assert size == pytest.approx(400, rel=0.06)
    crowd = np.concatenate([tree.offspring()[tree.part == CROWD] for tree in trees])
    assert crowd.mean() == pytest.approx(0.4, abs=0.02)
    spontaneous = np.mean([(tree.cause < 0).mean() for tree in trees])
    assert spontaneous == pytest.approx(0.2 * (1 - 0.4), abs=0.02)
    fed = np.mean([tree.offspring()[tree.part == FEEDER].sum() for tree in trees])
    started = np.mean([tree.offspring()[tree.part == STARTER].sum() for tree in trees])
    assert fed / started == pytest.approx(0.4 / 0.2, rel=0.15)


def test_the_first_starter_has_most_descendants_of_all() -> None:
    growth = Growth(200, 2, 4, feeder_share=0.45, spontaneous_share=0.25)
    first = 0
    for seed in range(30):
        tree = grow(growth, np.random.default_rng(seed))
        counts = [descendants(tree, int(row)) for row in np.flatnonzero(tree.part != CROWD)]
        first += counts[0] == max(counts)
    assert first >= 27


@pytest.mark.parametrize("heavy", [True, False])
def test_delays_have_the_median_asked_for(heavy: bool) -> None:
    drawn = delays(40_000, Growth(1, delay_min=30, heavy=heavy), np.random.default_rng(1)) / MINUTE
    assert np.median(drawn) == pytest.approx(30, rel=0.03)
    assert (np.quantile(drawn, 0.99) > 12 * 30) == heavy

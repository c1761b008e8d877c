from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.model import HOUR
from graphwatch.trace.roles import peer_offspring, repeat_probability

GAP = 6 * HOUR


def brute(account: int, pairs: set[tuple[int, int]], onset: list[int], chance: list[float], needed: int) -> float:
    """Enumerate which pile-ons of the account are attacks; a group of close onsets counts when its likeliest one is."""
    mine = sorted(p for a, p in pairs if a == account and chance[p] > 0)
    groups: list[list[int]] = []
    for p in mine:
        if groups and onset[p] - onset[groups[-1][0]] < GAP:
            groups[-1].append(p)
        else:
            groups.append([p])
    best = [max(chance[p] for p in members) for members in groups]
    return float(
        sum(
            np.prod([p if yes else 1 - p for p, yes in zip(best, outcome, strict=True)])
            for outcome in itertools.product((0, 1), repeat=len(best))
            if sum(outcome) >= needed
        )
    )


@given(
    st.sets(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=20),
    st.lists(st.integers(0, 20), min_size=7, max_size=7),
    st.lists(st.sampled_from([0.0, 0.5, 0.9, 1.0]), min_size=7, max_size=7),
    st.integers(2, 3),
)
@settings(max_examples=200, deadline=None)
def test_repeat_probability_equals_the_enumeration(pairs: set[tuple[int, int]], hours: list[int], chance: list[float], needed: int) -> None:
    onset = sorted(h * HOUR for h in hours)
    ordered = list(pairs)
    accounts, found = repeat_probability(
        np.array([a for a, _ in ordered], np.int32),
        np.array([p for _, p in ordered], np.int32),
        np.array(onset, np.int64),
        np.array(chance),
        GAP,
        needed,
    )
    wanted = {a: p for a in range(4) if (p := brute(a, pairs, onset, chance, needed)) > 0}
    assert dict(zip(accounts.tolist(), found.tolist(), strict=True)) == pytest.approx(wanted)


def test_peers_leave_the_act_itself_out() -> None:
    offspring = np.array([50.0, *[1.0] * 39])
    peers = peer_offspring(offspring, np.full(40, 100, np.int64), np.zeros(40))
    assert peers[0] < peers[1]


def test_peers_have_a_like_audience() -> None:
    offspring = np.tile([10.0, 0.0], 200)
    followers = np.tile([100_000, 10], 200).astype(np.int64)
    peers = peer_offspring(offspring, followers, np.arange(400.0))
    assert peers[0] > 8
    assert peers[1] < 2

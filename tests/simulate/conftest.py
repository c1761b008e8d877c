"""One world of 40,000 interactions for all tests that only read."""

from __future__ import annotations

import pytest

from graphwatch.simulate import World, simulate_world

INTERACTIONS = 40_000


@pytest.fixture(scope="session")
def small_world() -> World:
    return simulate_world(INTERACTIONS, seed=11)

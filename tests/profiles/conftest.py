"""One run on a small simulated world, in memory and in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

import graphwatch as gw
from graphwatch.output import write_result
from graphwatch.result import Result
from graphwatch.review.pseudonyms import KEY_VARIABLE, Pseudonyms

KEY = "a key for the tests of profiles"


@pytest.fixture(scope="session")
def result() -> Result:
    world = gw.simulate_world(8_000, seed=3)
    side = {name: getattr(world, name) for name in ("accounts", "follows", "affiliations", "agencies", "ownership")}
    return gw.analyze(world.interactions, **side)


@pytest.fixture(scope="session")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("profiles") / "result"
    write_result(result, place, pseudonyms=Pseudonyms(KEY.encode()))
    return place


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)

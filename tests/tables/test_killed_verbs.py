"""Forgetting and compaction that are killed at any point: what is half done says so, and whoever comes next completes it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from graphwatch.tables import Case
from graphwatch.tables.forget import unfinished
from tests.tables import killed
from tests.tables.village import GONE, PEOPLE, checksum, traces, village

HURRY = 60.0
STEP = 9 * int(os.environ.get("GRAPHWATCH_KILL_EVERY", "7"))  # operations between two kills of a deletion, which has some hundred


def forget(folder: str, moment: int) -> None:
    killed.die_at(moment)
    Case(folder).forget(account=GONE, reason="request 7")


def compact(folder: str, moment: int) -> None:
    killed.die_at(moment)
    Case(folder).compact(keep_days=0)


def run(verb: Callable[[str, int], None], folder: Path, moment: int) -> int | None:
    process = killed.SERVER.Process(target=verb, args=(str(folder), moment))
    process.start()
    process.join(HURRY)
    return process.exitcode


def moments_of(verb: Callable[[str, int], None], template: Path, tmp_path: Path, step: int) -> list[tuple[int, Case]]:
    """Give a copy of the case for each moment at which the verb was killed, until it lived."""
    died: list[tuple[int, Case]] = []
    moment = 1
    while True:
        copy = tmp_path / f"killed-{moment}"
        shutil.copytree(template, copy)
        code = run(verb, copy, moment)
        if code == 0:
            shutil.rmtree(copy)
            return died
        assert code == -signal.SIGKILL
        died.append((moment, Case(copy)))
        moment += step


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    return village(folder).root


def test_forgetting(template: Path, tmp_path: Path) -> None:
    before = checksum(Case(template))
    done = shutil.copytree(template, tmp_path / "done")
    Case(done).forget(account=GONE, reason="request 7")
    after = checksum(Case(done))
    died = moments_of(forget, template, tmp_path, step=STEP)
    assert len(died) > 2
    for number, (moment, case) in enumerate(died):
        seen = checksum(case)
        assert seen in (before, after), moment
        if seen == after and traces(case.root, GONE):
            assert unfinished(case.root), moment
            assert "unfinished" in {item.kind for item in case.verify()}, moment
        if number % 2:
            case.forget(account=GONE, reason="request 7")
        else:
            case.compact()  # any writer finishes it
            if traces(case.root, GONE):  # it had not begun
                case.forget(account=GONE, reason="request 7")
        assert checksum(case) == after, moment
        assert traces(case.root, GONE) == [], moment
        assert [item for item in case.verify() if item.severity == "damage"] == [], moment
        assert len(case.scan("interactions").collect()) == 120 - 120 // PEOPLE


def test_compaction(template: Path, tmp_path: Path) -> None:
    before = checksum(Case(template))
    died = moments_of(compact, template, tmp_path, step=9)
    assert len(died) > 2
    for moment, case in died:
        assert checksum(case) == before, moment
        case.compact(keep_days=0)
        assert checksum(case) == before, moment
        assert [item for item in case.verify() if item.kind != "run"] == [], moment

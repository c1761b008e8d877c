"""Decisions of people: added and never changed, known at each version, and without the name of who was forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphwatch.errors import ConfigurationError
from graphwatch.schema import REVIEWS
from graphwatch.tables import Case
from tests.tables.village import GONE, traces, village, who


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return village(tmp_path)


def test_they_are_added_and_stay(case: Case) -> None:
    version = case.version
    first = case.add_review("pileon", "p-2", outcome="criticism", reviewer="r. one", run_id="run-1", note=" on the work ")
    second = case.add_review("pileon", "p-2", outcome="confirmed", reviewer="r. two")
    held = case.reviews()
    assert held.schema == REVIEWS.dtypes
    assert held["review_id"].to_list() == [first, second]
    assert held.drop("review_id", "at").row(0) == ("pileon", "p-2", None, "run-1", "r. one", "criticism", "on the work")
    assert held["outcome"].to_list() == ["criticism", "confirmed"]
    assert case.at(version).reviews().is_empty()
    assert case.at(version + 1).reviews()["outcome"].to_list() == ["criticism"]
    assert case.data_version == version - 1  # the newest load: neither kept runs nor reviews change what a run sees
    assert case.verify() == []


def test_they_stay_without_who_was_forgotten(case: Case) -> None:
    case.add_review("role", "p-2", account=GONE, outcome="self_defence", reviewer="r. one", note=f"@{GONE} was answering")
    case.add_review("role", "p-2", account=who(5), outcome="journalism", reviewer="r. one")
    case.forget(account=GONE, reason=f"{GONE} asked for it")
    assert traces(case.root, GONE) == []
    held = case.reviews()
    assert held["outcome"].to_list() == ["self_defence", "journalism"]
    assert held["account_id"][0].startswith("forgotten-")
    assert "was answering" in held["note"][0]
    case.add_review("role", "p-2", account=GONE, outcome="dismissed", reviewer="r. one")
    assert case.reviews()["account_id"].to_list()[::2] == [held["account_id"][0]] * 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"finding": "person"}, "expected one of pileon"),
        ({"outcome": "guilty"}, "expected one of confirmed"),
        ({"reviewer": " "}, "name of the reviewer"),
        ({"finding_id": ""}, "id of the finding"),
        ({"run_id": "r9"}, "no run 'r9'"),
    ],
)
def test_wrong_ones_are_refused(case: Case, change: dict[str, str], told: str) -> None:
    given = {"finding": "pileon", "finding_id": "p-2", "outcome": "confirmed", "reviewer": "r. one"} | change
    version = case.version
    with pytest.raises(ConfigurationError, match=told):
        case.add_review(given.pop("finding"), given.pop("finding_id"), **given)
    assert case.version == version
    with pytest.raises(ConfigurationError, match="read only"):
        case.at(1).add_review("pileon", "p-2", outcome="confirmed", reviewer="r")

"""What a roster says beyond account numbers comes along into a case: names alone as candidates, numbers as MediaCrawler's hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphwatch.caserun import Window, case_tables
from graphwatch.errors import ConfigurationError
from graphwatch.load import creator_hash
from graphwatch.tables import Case

ROSTER = "name,agency_id,platform,source\nNight Owl,m1,weibo,list of May\n@amber,m2,,list of May\n"
ACCOUNTS = "account_id,platform,name\n70001,weibo,Night Owl\n70002,weibo,Amber\n70003,weibo,somebody\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def case(tmp_path: Path) -> Case:
    made = Case.create(tmp_path / "case")
    side = {"affiliations": written(tmp_path / "roster.csv", ROSTER), "accounts": written(tmp_path / "accounts.csv", ACCOUNTS)}
    report = made.load([], side=side)
    assert report.tables["named"]["added"] == 2
    return made


def candidates(case: Case) -> list[tuple[str, str]]:
    found = case_tables(Case(case.root), Window(), 0.0).candidates
    return [] if found is None else found.select("account_id", "agency_id").rows()


def test_names_of_a_roster_are_candidates_of_a_run_on_the_case(case: Case, tmp_path: Path) -> None:
    assert candidates(case) == [("70001", "m1"), ("70002", "m2")]
    assert case_tables(case, Window(), 0.0).affiliations is None
    version = case.version
    again = Case(case.root).load([], side={"affiliations": tmp_path / "roster.csv"})
    assert not again.changed
    assert Case(case.root).version == version
    longer = written(tmp_path / "longer.csv", ROSTER + "new name,m3,weibo,list of June\n")
    counts = Case(case.root).load([], side={"affiliations": longer}).tables["named"]
    assert (counts["added"], counts["repeated"]) == (1, 2)


def test_an_account_that_is_forgotten_is_no_candidate_and_its_name_is_gone(case: Case, tmp_path: Path) -> None:
    opened = Case(case.root)
    opened.forget(account="70001", reason="asked for")
    assert candidates(case) == [("70002", "m2")]
    names = Case(case.root).table("named")["name"].to_list()
    assert "@amber" in names
    assert not any("owl" in name.lower() for name in names)
    other = written(tmp_path / "other.csv", ROSTER.replace("May", "June"))
    Case(case.root).load([], side={"affiliations": other, "accounts": tmp_path / "accounts.csv"})
    assert candidates(case) == [("70002", "m2")]


def test_account_numbers_meet_hashed_actors(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    act = f'{{"interaction_id": "1", "at": "2024-05-01T00:00:00Z", "actor_id": "{creator_hash("70001")}", "kind": "comment", '
    acts = written(tmp_path / "a.ndjson", act + '"platform": "weibo"}\n')
    roster = written(tmp_path / "r.csv", "account_id,agency_id,platform\n70001,m1,weibo\n")
    with pytest.raises(ConfigurationError, match="no interaction is by an account"):
        case.load([], side={"affiliations": roster}, match="creator-hash")
    report = case.load([acts], side={"affiliations": roster}, match="creator-hash")
    assert report.counts["affiliations_hashed"] == 1
    held = Case(case.root).table("affiliations")
    assert held["account_id"].to_list() == Case(case.root).table("interactions")["actor_id"].to_list()
    assert not Case(case.root).load([acts], side={"affiliations": roster}, match="creator-hash").changed

"""What stands beside a finding: contracts that change, groups under one controller, weak links; nothing of it enters the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from graphwatch.attribute import Attribution, attribute_agencies
from graphwatch.schema import (
    AFFILIATIONS,
    AGENCIES,
    AGENCY_CONTRACTS,
    AGENCY_CONTROLLERS,
    AGENCY_DETAILS,
    AGENCY_LINKS,
    COMPANY_LINKS,
    OWNERSHIP,
)
from graphwatch.settings import AttributeSettings

Build = Callable[..., Any]
Day = Callable[[float], datetime]
LINKS = [
    ("firm-a", "firm-b", "address", "1 Invented Road", 0.9),
    ("firm-b", "firm-d", "address", "1 Invented Road", 0.9),
    ("top", "firm-c", "director", "a person", None),
    ("elsewhere", "firm-a", "phone", None, 0.5),
]


def table(**columns: list[object]) -> pl.DataFrame:
    return pl.DataFrame(columns)


def run(made: Any, affiliations: pl.DataFrame, *, linked: bool = True, settings: AttributeSettings | None = None) -> Attribution:
    agencies = AGENCIES.conform(table(agency_id=list("abcd"), company_id=[f"firm-{n}" for n in "abcd"]))
    ownership = OWNERSHIP.conform(table(owner_id=["top", "top"], owned_id=["firm-a", "firm-b"], share=[0.9, 0.6]))
    links = COMPANY_LINKS.conform(pl.DataFrame(LINKS, schema=["company_a", "company_b", "kind", "value", "confidence"], orient="row"))
    chosen = settings or AttributeSettings()
    given = links if linked else None
    return attribute_agencies(made.events, made.pileons, made.members, affiliations, agencies, ownership, chosen, 0, given)


def roster(rows: Sequence[tuple[str, str, datetime | None, datetime | None]]) -> pl.DataFrame:
    return AFFILIATIONS.conform(pl.DataFrame(rows, schema=["account_id", "agency_id", "valid_from", "valid_to"], orient="row"))


@pytest.fixture
def found(world: Build, burst: Build) -> Attribution:
    made = world({f"u{i:02}": 2 + i % 5 for i in range(80)}, [burst("v", [f"u{i:02}" for i in range(20)])])
    return run(made, roster([(f"u{i:02}", "abc"[i % 3], None, None) for i in range(12)] + [("u70", "d", None, None)]))


def test_tables_are_as_declared(found: Attribution) -> None:
    frames = (found.details, found.controllers, found.contracts, found.links)
    tables = (AGENCY_DETAILS, AGENCY_CONTROLLERS, AGENCY_CONTRACTS, AGENCY_LINKS)
    for frame, declared in zip(frames, tables, strict=True):
        assert frame.schema == pl.Schema(declared.dtypes)
        assert not frame.select(declared.key).is_duplicated().any()
    assert found.details.select("scope", "agency_id").equals(found.findings.select("scope", "agency_id"))


def test_groups_controllers_and_bases(found: Attribution) -> None:
    rows = {row["agency_id"]: row for row in found.details.iter_rows(named=True)}
    assert [rows[n]["group"] for n in "abc"] == [["a", "b"], ["a", "b"], ["c"]]
    assert rows["a"]["controllers"] == ["top"]
    assert (rows["a"]["control_low"], rows["a"]["control_high"]) == (pytest.approx(0.9), pytest.approx(0.9))
    assert rows["c"]["controllers"] == []
    assert {rows[n]["roster"] for n in "abc"} == {4}
    assert {rows[n]["base"] for n in "abc"} == {80}
    assert {rows[n]["participants"] for n in "abc"} == {20}
    assert rows["a"]["expected_by_size"] == pytest.approx(4 * 20 / 80)
    joint = found.controllers.row(0, named=True)
    assert (joint["controller_id"], joint["agencies"], joint["accounts"]) == ("top", ["a", "b"], 8)


def test_weak_links_are_listed_and_change_nothing(found: Attribution, world: Build, burst: Build) -> None:
    listed = found.links.select("agency_id", "company_id", "other_company_id", "other_agency_id", "other_present", "kind").rows()
    assert listed == [
        ("a", "firm-a", "elsewhere", None, False, "phone"),
        ("a", "firm-a", "firm-b", "b", True, "address"),
        ("a", "top", "firm-c", "c", True, "director"),
        ("b", "firm-b", "firm-a", "a", True, "address"),
        ("b", "firm-b", "firm-d", "d", False, "address"),
        ("b", "top", "firm-c", "c", True, "director"),
        ("c", "firm-c", "top", "a", True, "director"),
        ("c", "firm-c", "top", "b", True, "director"),
    ]
    assert found.links.filter(kind="address")["companies_sharing"].to_list() == [3, 3, 3]
    assert dict(found.details.select("agency_id", "weak_links").iter_rows()) == {"a": 3, "b": 3, "c": 2}
    made = world({f"u{i:02}": 2 + i % 5 for i in range(80)}, [burst("v", [f"u{i:02}" for i in range(20)])])
    without = run(made, roster([(f"u{i:02}", "abc"[i % 3], None, None) for i in range(12)] + [("u70", "d", None, None)]), linked=False)
    assert without.findings.equals(found.findings)
    assert without.controllers.equals(found.controllers)
    assert without.links.is_empty()


def test_contracts_that_begin_or_end_around_the_pile_on(world: Build, burst: Build, day: Day) -> None:
    made = world({f"u{i:02}": 3 for i in range(60)}, [burst("v", [f"u{i:02}" for i in range(6)], ["u10"], day=10)])
    rows = [
        ("u00", "a", day(5), None),
        ("u01", "a", day(-40), day(14)),
        ("u02", "a", day(-400), day(400)),
        ("u10", "a", day(9), None),
        ("u50", "a", day(12), None),
    ]
    found = run(made, roster(rows), settings=AttributeSettings(contract_days=10))
    shown = found.contracts.select("account_id", "change", pl.col("days").round(3), "counted").rows()
    assert shown == [("u00", "begins", -5.0, True), ("u01", "ends", 4.0, True), ("u10", "begins", -1.0, False)]
    detail = found.details.row(0, named=True)
    assert (detail["contracts_begun"], detail["contracts_ended"]) == (3, 1)
    assert 0 < detail["contracts_usual"] < 1
    narrow = run(made, roster(rows), settings=AttributeSettings(contract_days=2))
    assert narrow.contracts["account_id"].to_list() == ["u10"]


def test_synchrony_stands_beside_the_finding(world: Build, burst: Build) -> None:
    """One act a minute: agency a in the first six minutes, the others spread over an hour."""
    order = [f"u{i:02}" for i in range(60)]
    rows = [(name, "a", None, None) for name in order[:6]] + [(name, "bcd"[i % 3], None, None) for i, name in enumerate(order[6::4])]
    made = world({f"u{i:02}": 3 for i in range(90)}, [burst("v", order)])
    found = run(made, roster(rows), settings=AttributeSettings(synchrony_s=300))
    of = {row["agency_id"]: row for row in found.details.iter_rows(named=True)}
    assert of["a"]["synchrony"] == 1.0
    assert of["a"]["synchrony_p_value"] < 0.01
    assert of["a"]["synchrony_q_value"] == pytest.approx(4 * of["a"]["synchrony_p_value"])
    assert of["a"]["synchrony_ratio"] > 3
    assert all(of[n]["synchrony_p_value"] > 0.05 for n in "bcd")


def test_empty(world: Build) -> None:
    made = world({"u00": 3}, [])
    found = run(made, roster([("u00", "a", None, None)]))
    assert all(frame.is_empty() for frame in (found.details, found.controllers, found.contracts, found.links))

"""Counts by hand, rates that do not depend on the window, runs that overlap, and the same profile from every source."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

import graphwatch as gw
from graphwatch.errors import ConfigurationError, DataError
from graphwatch.profiles import Run, combine, describe_account, describe_agency, json_schema, list_accounts, list_agencies
from graphwatch.result import Result
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import RESULTS
from graphwatch.schema.profiles import ACCOUNT_TABLES, AGENCY_TABLES

MAY, JUNE = datetime(2024, 5, 10, tzinfo=UTC), datetime(2024, 6, 10, tzinfo=UTC)
SPAN = (datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 16, tzinfo=UTC))


def table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    declared = RESULTS[name]
    return declared.conform(pl.DataFrame(rows, infer_schema_length=None)) if rows else declared.empty()


def member(
    pileon: str, actor: str, at: datetime, *, hostile: int = 1, role: str = "follower", credit: float = 0.1, agency: str | None = None
) -> dict[str, object]:
    row: dict[str, object] = {"pileon_id": pileon, "actor_id": actor, "interactions": max(hostile, 1), "hostile": hostile, "first_at": at}
    return row | {
        "role": role,
        "roles": [role],
        "role_probability": 0.9,
        "credit": credit,
        "agency_id": agency,
        "evidence": [f"{pileon}-{actor}"],
    }


def a_run(
    name: str,
    pileons: dict[str, tuple[datetime, str, str]],
    members: list[dict[str, object]],
    first: datetime,
    last: datetime,
    **more: list[dict[str, object]],
) -> Run:
    frames = {n: t.empty() for n, t in RESULTS.items()}
    rows: list[dict[str, object]] = [
        {"pileon_id": p, "target_id": target, "onset": onset, "peak": onset, "end": onset + timedelta(hours=2), "nature": nature}
        for p, (onset, target, nature) in pileons.items()
    ]
    frames |= {"pileons": table("pileons", rows), "members": table("members", members)}
    return Run(frames | {n: table(n, r) for n, r in more.items()}, name, first, last)


def two_months() -> Run:
    pileons = {
        "p1": (MAY, "v1", "attack"),
        "p2": (MAY + timedelta(days=5), "v2", "attack"),
        "p3": (MAY + timedelta(days=6), "v1", "criticism"),
        "p4": (JUNE, "v1", "attack"),
    }
    members = [
        member("p1", "a", MAY, hostile=3, role="initiator", credit=0.5, agency="m1"),
        member("p1", "b", MAY, agency="m2"),
        member("p2", "a", MAY + timedelta(days=5), role="inciter", credit=0.3, agency="m1"),
        member("p2", "reporter", MAY + timedelta(days=5), hostile=0, credit=0.6),
        member("p3", "a", MAY + timedelta(days=6), hostile=1, role="initiator", credit=0.9, agency="m1"),
        member("p4", "a", JUNE, credit=0.1, agency="m2"),
        member("p4", "b", JUNE, agency="m2"),
        member("p4", "c", JUNE),
    ]
    found: list[dict[str, object]] = [
        {"scope": "p1", "agency_id": "m1", "accounts": 1, "expected": 0.5, "q_value": 0.01, "credit": 0.5},
        {"scope": "p1", "agency_id": "m2", "accounts": 1, "expected": 0.5, "q_value": 0.9, "credit": 0.1},
        {"scope": "p2", "agency_id": "m1", "accounts": 1, "expected": 1.5, "q_value": 0.9, "credit": 0.3},
        {"scope": "p3", "agency_id": "m1", "accounts": 1, "expected": 9.0, "q_value": 0.01, "credit": 0.9},
        {"scope": "p4", "agency_id": "m2", "accounts": 2, "expected": 1.0, "q_value": 0.2, "credit": 0.2},
        {"scope": "c-1", "agency_id": "m2", "accounts": 2, "expected": 1.0, "q_value": 0.2, "credit": 0.2},
    ]
    pair: dict[str, object] = {"a": "a", "b": "c", "weight": 4, "objects": 2, "first_at": MAY, "last_at": MAY, "group_id": "g1"}
    group: dict[str, object] = {"group_id": "g1", "accounts": 2, "pairs": 1, "weight": 4, "stability": 0.9, "first_at": MAY, "last_at": MAY}
    return a_run("r1", pileons, members, *SPAN, agencies=found, coactions=[pair], coaction_groups=[group])


def test_an_account_by_hand() -> None:
    combined = combine([two_months()])
    listed = list_accounts(combined)
    assert listed["account_id"].to_list() == ["a", "b", "c", "reporter"]
    a = listed.row(0, named=True)
    assert (a["pileons"], a["attacks"], a["hostile"], a["targets"]) == (4, 3, 5, 2)
    assert (a["initiator"], a["inciter"], a["repeat_offender"]) == (1, 1, 0)
    assert a["mean_credit"] == pytest.approx(0.3)
    assert a["max_credit"] == 0.5
    assert a["agencies"] == ["m1", "m2"]
    assert a["rate"] == pytest.approx(3 / 46 * 30)
    assert a["base_rate"] == pytest.approx((3 + 2 + 1) / 3 / 46 * 30)
    reporter = listed.row(3, named=True)
    assert (reporter["attacks"], reporter["hostile"], reporter["mean_credit"]) == (0, 0, None)
    profile = describe_account(combined, "a")
    assert profile.frames["pileons"]["pileon_id"].to_list() == ["p1", "p2", "p3", "p4"]
    may, june = profile.frames["months"].rows(named=True)
    assert (may["attacks_seen"], may["pileons"], may["attacks"], may["base_accounts"]) == (2, 3, 2, 2)
    assert may["rate"] == pytest.approx(2 / 31 * 30)
    assert may["base_rate"] == pytest.approx(3 / 2 / 31 * 30)
    assert (june["attacks"], june["days"], june["base_accounts"]) == (1, 15, 3)
    assert june["rate"] == pytest.approx(2)
    assert profile.frames["targets"].select("target_id", "pileons", "attacks").rows() == [("v1", 3, 2), ("v2", 1, 1)]
    assert profile.frames["groups"].select("run_id", "group_id", "accounts", "co_actions", "partners").rows() == [("r1", "g1", 2, 4, ["c"])]
    assert profile.frames["agencies"].select("agency_id", "pileons", "attacks").rows() == [("m1", 3, 2), ("m2", 1, 1)]


def test_an_agency_by_hand() -> None:
    combined = combine([two_months()])
    one = list_agencies(combined).row(0, named=True)
    assert (one["agency_id"], one["pileons"], one["attacks"], one["findings"], one["accounts"]) == ("m1", 3, 2, 1, 1)
    assert (one["observed"], one["expected"], one["ratio"]) == (2.0, 2.0, 1.0)
    assert one["base_ratio"] == pytest.approx(5 / 3.5)
    profile = describe_agency(combined, "m1")
    may, june = profile.frames["months"].rows(named=True)
    assert (may["attacks"], may["findings"], may["observed"], may["expected"]) == (2, 1, 2.0, 2.0)
    assert may["base_ratio"] == pytest.approx(3 / 2.5)
    assert (june["attacks"], june["ratio"], june["mean_credit"]) == (0, None, None)
    assert profile.frames["pileons"].select("pileon_id", "initiator", "inciter").rows() == [("p1", 1, 0), ("p2", 0, 1), ("p3", 1, 0)]
    assert profile.frames["accounts"].select("account_id", "pileons", "attacks").rows() == [("a", 3, 2)]


def test_a_month_is_the_same_whichever_window_it_is_seen_in() -> None:
    whole = two_months()
    only_june = a_run(
        "r2",
        {"p4": (JUNE, "v1", "attack")},
        whole.frames["members"].filter(pl.col("pileon_id") == "p4").rows(named=True),
        datetime(2024, 6, 1, tzinfo=UTC),
        SPAN[1],
    )
    seen = [describe_account(combine([run]), "a").frames["months"].filter(pl.col("month").dt.month() == 6) for run in (whole, only_june)]
    assert seen[0].equals(seen[1])


def test_what_two_runs_found_counts_once_and_the_newer_one_wins() -> None:
    first = two_months()
    shifted = {"p4b": (JUNE + timedelta(minutes=30), "v1", "attack"), "p5": (JUNE + timedelta(days=30), "v1", "attack")}
    late = JUNE + timedelta(days=30)
    second = a_run(
        "r2", shifted, [member("p4b", "a", JUNE), member("p5", "a", late)], SPAN[0] + timedelta(days=36), late + timedelta(days=1)
    )
    combined = combine([first, second])
    assert combined.pileons["pileon_id"].to_list() == ["p1", "p2", "p3", "p4b", "p5"]
    assert describe_account(combined, "a").summary["pileons"] == 5
    assert combined.days == pytest.approx((late + timedelta(days=1) - SPAN[0]) / timedelta(days=1))  # the overlap counts once
    again = combine([Run(first.frames, "r0", *SPAN), first])
    assert again.pileons["run_id"].to_list() == ["r1"] * 4
    assert len(again.members) == 8


def test_without_a_known_span_there_is_no_rate() -> None:
    run = two_months()
    months = describe_account(combine([Run(run.frames, "r1", None, None)]), "a").frames["months"]
    assert months["days"].null_count() == len(months) == 2
    assert months["rate"].null_count() == months["base_rate"].null_count() == 2
    assert months["attacks"].to_list() == [2, 1]


def test_nothing_gives_empty_tables_and_a_stranger_is_an_error() -> None:
    assert list_accounts(combine([])).is_empty()
    assert list_agencies(combine([])).is_empty()
    for describe in (describe_account, describe_agency):
        with pytest.raises(ConfigurationError, match="'nobody'"):
            describe(combine([two_months()]), "nobody")


@pytest.mark.parametrize("sort", ["account", "agency"])
def test_json_is_what_the_schema_says_and_names_nobody(sort: str) -> None:
    combined, names = combine([two_months()]), Pseudonyms(b"only an example key")
    run = a_run("r1", {"p1": (MAY, "secret-target", "attack")}, [member("p1", "secret-actor", MAY, agency="m")], *SPAN)
    combined = combine([run])
    profile = describe_account(combined, "secret-actor") if sort == "account" else describe_agency(combined, "m")
    told = profile.json(names)
    assert "secret" not in told
    assert "secret" not in repr(profile)
    assert "secret" in profile.json(real_ids=True)
    import_module("jsonschema").validate(json.loads(told), json_schema("account" if sort == "account" else "agency"))
    assert set(json.loads(told)) >= set(ACCOUNT_TABLES if sort == "account" else AGENCY_TABLES)
    by_name = describe_account(combined, names.of("secret-actor"), names)
    assert by_name.identifier == "secret-actor"


def test_the_same_from_a_result_a_folder_and_a_case(result: Result, folder: Path, tmp_path: Path) -> None:
    case = gw.Case.create(tmp_path / "case")
    span = {name: None if end is None else end.isoformat() for name, end in zip(("first_at", "last_at"), result.span, strict=True)}
    case.write_results("run-1", result.frames, {"window": {}, **span})
    sources = (result, folder, case, tmp_path / "case")
    listed = [gw.account_profiles(source) for source in sources]
    assert len(listed[0]) > 20
    for other in listed[1:]:
        assert listed[0].equals(other)
    account = str(listed[0].account_id[0])
    tables = [gw.account_profile(source, account).frames["months"] for source in sources]
    assert all(tables[0].equals(other) for other in tables[1:])
    agencies = [gw.agency_profiles(source) for source in sources]
    assert len(agencies[0])
    assert all(agencies[0].equals(other) for other in agencies[1:])
    traces = [gw.trace_pileon(source, str(result.pileons.pileon_id[0])) for source in sources]
    assert len({str(trace) for trace in traces}) == 1
    with pytest.raises(ConfigurationError, match="no run 'x'"):
        gw.account_profiles(case, run="x")


def test_a_folder_that_is_no_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        gw.account_profiles(tmp_path / "absent")
    with pytest.raises(DataError, match=r"summary\.json"):
        gw.account_profiles(tmp_path)
    (tmp_path / "summary.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"pileons\.parquet"):
        gw.account_profiles(tmp_path)

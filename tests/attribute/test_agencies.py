"""The whole stage on small worlds with known answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from graphwatch.attribute import Attribution, attribute_agencies
from graphwatch.schema import AFFILIATIONS, AGENCIES, AGENCY_FINDINGS, OWNERSHIP
from graphwatch.settings import AttributeSettings

Build = Callable[..., Any]
SETTINGS = AttributeSettings()


def roster(links: dict[str, list[str]], **columns: object) -> pl.DataFrame:
    rows = [{"account_id": account, "agency_id": agency, **columns} for agency, accounts in links.items() for account in accounts]
    return AFFILIATIONS.conform(pl.DataFrame(rows)) if rows else AFFILIATIONS.empty()


def run(made: Any, affiliations: pl.DataFrame | None, settings: AttributeSettings = SETTINGS, **tables: pl.DataFrame) -> Attribution:
    agencies, ownership = tables.get("agencies"), tables.get("ownership")
    return attribute_agencies(made.events, made.pileons, made.members, affiliations, agencies, ownership, settings, 0)


def crowd(n: int, seed: int = 0) -> dict[str, int]:
    """Accounts with heavy-tailed activity."""
    counts = np.minimum(1 + np.random.default_rng(seed).pareto(1.2, n) * 2, 60).astype(int)
    return {f"u{i:04}": int(c) for i, c in enumerate(counts)}


def test_planted_agency_is_found_and_a_large_one_is_not(world: Build, burst: Build) -> None:
    activity = crowd(1500)
    accounts = list(activity)
    planted, large = accounts[:20], accounts[100:700]
    hostile = planted[:12] + accounts[100:130] + accounts[900:950]
    found = run(world(activity, [burst("victim", hostile)]), roster({"planted": planted, "large": large}))
    rows = {row["agency_id"]: row for row in found.findings.iter_rows(named=True)}
    assert rows["planted"]["accounts"] == 12
    assert rows["planted"]["q_value"] < 1e-6
    assert rows["planted"]["odds_low"] > 5
    assert rows["large"]["accounts"] == 30
    assert 25 < rows["large"]["expected"] < 50
    assert rows["large"]["q_value"] > 0.05
    assert rows["planted"]["credit"] == pytest.approx(12 / len(hostile))


def test_expected_is_from_the_population_by_hand(world: Build, burst: Build) -> None:
    """Two strata: ten accounts with one act, ten with eight. Two quiet and four busy hostile; the agency has five quiet, two busy."""
    activity = {f"q{i}": 1 for i in range(10)} | {f"b{i}": 8 for i in range(10)}
    made = world(activity, [burst("v", ["q0", "q1", "b0", "b1", "b2", "b3"])])
    found = run(made, roster({"m": ["q0", "q2", "q3", "q4", "q5", "b0", "b9"]}))
    row = found.findings.row(0, named=True)
    assert row["expected"] == pytest.approx(2 * 5 / 10 + 4 * 2 / 10)
    assert row["accounts"] == 2
    assert found.findings.schema == pl.Schema(AGENCY_FINDINGS.dtypes)


def test_permutation_gives_about_the_same(world: Build, burst: Build) -> None:
    activity = crowd(400)
    accounts = list(activity)
    made = world(activity, [burst("v", accounts[:40])])
    links = roster({"m": accounts[30:70], "n": accounts[38:100]})
    exact = run(made, links).findings
    shuffled = run(made, links, AttributeSettings(p_value="permutation", permutations=20_000)).findings
    assert shuffled["p_value"].to_list() == pytest.approx(exact["p_value"].to_list(), abs=0.015)
    assert shuffled.equals(run(made, links, AttributeSettings(p_value="permutation", permutations=20_000)).findings)


def test_contract_that_ended_the_day_before_does_not_count(world: Build, burst: Build, day: Callable[[float], datetime]) -> None:
    activity = crowd(300)
    accounts = list(activity)
    made = world(activity, [burst("v", accounts[:20], day=10)])
    ended = run(made, roster({"m": accounts[:20]}, valid_from=day(0), valid_to=day(9)))
    assert ended.findings.is_empty()
    assert ended.members["agency_id"].null_count() == len(ended.members)
    assert run(made, roster({"m": accounts[:20]}, valid_from=day(11))).findings.is_empty()
    running = run(made, roster({"m": accounts[:20]}, valid_from=day(9), valid_to=day(11)))
    assert running.findings["accounts"].to_list() == [20]
    assert running.members["agency_id"].to_list() == ["m"] * 20


def test_agency_is_that_of_the_first_act(world: Build, burst: Build, day: Callable[[float], datetime]) -> None:
    """A contract that changes in the middle of a pile-on: each account by its own first act."""
    accounts = [f"u{i}" for i in range(10)]
    made = world(dict.fromkeys(accounts, 3) | {f"w{i}": 3 for i in range(50)}, [burst("v", accounts, day=10)])
    change = day(10) + timedelta(minutes=5)
    links = pl.concat([roster({"old": accounts}, valid_to=change), roster({"new": accounts}, valid_from=change)])
    found = run(made, links)
    assert found.members["agency_id"].to_list() == ["old"] * 5 + ["new"] * 5
    assert dict(found.findings.select("agency_id", "accounts").iter_rows()) == {"new": 5, "old": 5}


def test_hostile_accounts_are_counted_and_all_where_there_are_none(world: Build, burst: Build) -> None:
    activity = crowd(200)
    accounts = list(activity)
    attack = run(world(activity, [burst("v", accounts[:10], accounts[10:30])]), roster({"m": accounts[5:20]}))
    assert attack.findings["accounts"].to_list() == [5]
    assert not attack.all_counted
    surge = run(world(activity, [burst("v", accounts[:10], accounts[10:30], nature="attention")]), roster({"m": accounts[5:20]}))
    assert surge.findings["accounts"].to_list() == [15]
    assert surge.all_counted == {"p-0"}
    bystanders = run(world(activity, [burst("v", accounts[:10], accounts[10:30])]), roster({"m": accounts[15:20]}))
    row = bystanders.findings.row(0, named=True)
    assert (row["accounts"], row["p_value"]) == (0, 1.0)
    assert row["odds_ratio"] == 0


def test_accounts_that_acted_before_the_pile_on_only_are_credited_but_not_counted(world: Build, burst: Build) -> None:
    """Tracing adds initiators from before the onset: they have no act inside, so they are no participants."""
    activity = crowd(200)
    made = world(activity, [burst("v", ["u0001"], ["u0003"], nature="attention")])
    none_inside = pl.col("actor_id") == "u0003"
    made = replace(made, members=made.members.with_columns(interactions=pl.when(none_inside).then(0).otherwise(pl.col("interactions"))))
    row = run(made, roster({"m": ["u0001", "u0003"]})).findings.row(0, named=True)
    assert row["accounts"] == 1
    assert row["credit"] == pytest.approx(1.0)


def test_accounts_seen_in_the_pile_on_only_still_count(world: Build, burst: Build) -> None:
    """Throw-away accounts of an agency have no act outside; they share the lowest bin with accounts of one or two acts."""
    activity = {f"u{i}": 1 + i % 2 for i in range(300)}
    fresh = [f"new{i}" for i in range(15)]
    found = run(world(activity, [burst("v", fresh + list(activity)[:20])]), roster({"m": fresh[:12]}))
    assert found.findings["q_value"][0] < 1e-6


def test_platforms_are_not_mixed(world: Build, burst: Build) -> None:
    """Accounts of another platform could not take part: they do not belong to the base."""
    activity = {f"u{i}": 3 for i in range(100)} | {f"x{i}": 3 for i in range(900)}
    where = {f"x{i}": "douyin" for i in range(900)}
    made = world(activity, [burst("v", [f"u{i}" for i in range(20)])], where)
    found = run(made, roster({"m": [f"u{i}" for i in range(10, 30)]}))
    assert found.findings["expected"].to_list() == [pytest.approx(20 * 20 / 100)]


def test_campaign_counts_distinct_accounts_and_weighs_credit(world: Build, burst: Build) -> None:
    activity = crowd(500)
    accounts = list(activity)
    bursts = [
        burst("v", accounts[:10], day=10, campaign="c-1"),
        burst("w", accounts[5:45], day=12, campaign="c-1"),
        burst("x", accounts[100:110], day=13),
    ]
    found = run(world(activity, bursts), roster({"m": accounts[:10]}))
    rows = {row["scope"]: row for row in found.findings.iter_rows(named=True)}
    assert set(rows) == {"p-0", "p-1", "c-1"}
    assert rows["c-1"]["accounts"] == 10
    assert rows["c-1"]["credit"] == pytest.approx((10 * 1.0 + 40 * 5 / 40) / 50)


def test_shared_control_adds_up(world: Build, burst: Build) -> None:
    """Three agencies with two accounts each are little; their owner behind two shells has six."""
    activity = crowd(800)
    accounts = list(activity)
    parts = {f"m{k}": accounts[20 * k : 20 * k + 20] for k in range(3)}
    hostile = [a for part in parts.values() for a in part[:2]] + accounts[200:230]
    agencies = AGENCIES.conform(pl.DataFrame([{"agency_id": m, "company_id": f"firm-{m}"} for m in parts]))
    links = [("top", "shell", 0.9), *(("shell", f"firm-{m}", 0.6) for m in parts)]
    ownership = OWNERSHIP.conform(pl.DataFrame(links, schema=["owner_id", "owned_id", "share"], orient="row"))
    found = run(world(activity, [burst("v", hostile)]), roster(parts), agencies=agencies, ownership=ownership)
    assert found.findings["controller_id"].to_list() == ["top"] * 3
    assert found.findings["path"][0].to_list() == ["firm-m0", "shell", "top"]
    row = found.controllers.row(0, named=True)
    assert (row["controller_id"], row["accounts"], row["agencies"]) == ("top", 6, ["m0", "m1", "m2"])
    assert row["p_value"] < found.findings["p_value"].min()
    assert row["expected"] == pytest.approx(found.findings["expected"].sum())
    assert found.notes == ()


def test_missing_tables_are_told(world: Build, burst: Build) -> None:
    made = world(crowd(100), [burst("v", ["u0001", "u0002"])])
    nothing = run(made, None)
    assert nothing.findings.is_empty()
    assert "No affiliations" in nothing.notes[0]
    assert nothing.members.equals(made.members)
    found = run(made, roster({"m": ["u0001", "stranger"]}))
    assert found.findings["company_id"].to_list() == [None]
    assert any("1 affiliations are of accounts that do not occur" in note for note in found.notes)
    assert any("ownership" in note for note in found.notes)


def test_no_pile_on_and_nobody_signed(world: Build, burst: Build) -> None:
    quiet = run(world(crowd(20), []), roster({"m": ["u0001"]}))
    assert quiet.findings.is_empty()
    assert quiet.members.is_empty()
    assert run(world(crowd(20), [burst("v", ["u0003"])]), AFFILIATIONS.empty()).findings.is_empty()
    assert run(world({}, []), roster({"m": ["u0001"]})).findings.is_empty()


def test_row_order_has_no_influence_and_inputs_stay(world: Build, burst: Build) -> None:
    activity = crowd(300)
    accounts = list(activity)
    made = world(activity, [burst("v", accounts[:30]), burst("w", accounts[10:50], day=11)])
    links = roster({"m": accounts[:40], "n": accounts[20:90]})
    before = made.members.clone()
    first = run(made, links)
    shuffled = attribute_agencies(
        made.events, made.pileons, made.members[::-1], links.sample(fraction=1, shuffle=True, seed=1), None, None, SETTINGS, 0
    )
    for name in ("findings", "controllers", "details", "contracts", "links"):
        assert getattr(first, name).equals(getattr(shuffled, name)), name
    assert made.members.equals(before)


def test_false_findings_are_rare_on_random_participants(world: Build, burst: Build) -> None:
    """Participants drawn in proportion to activity, twelve agencies of very different size and busyness, none involved."""
    rng = np.random.default_rng(5)
    activity = crowd(1200, seed=5)
    accounts = np.array(list(activity))
    weight = np.array(list(activity.values()), float)
    bursts = [burst(f"v{k}", rng.choice(accounts, 60, replace=False, p=weight / weight.sum()).tolist(), day=10 + k) for k in range(40)]
    busy = accounts[np.argsort(-weight)]
    links = {f"m{k}": rng.choice(accounts, 10 * 2 ** (k % 6), replace=False).tolist() for k in range(10)}
    links |= {"busiest": busy[:150].tolist(), "middle": busy[300:500].tolist()}
    found = run(world(activity, bursts), roster(links)).findings
    assert len(found) > 250
    assert np.mean(found["q_value"].to_numpy() < 0.05) <= 0.01
    large = found.filter(pl.col("agency_id").is_in(["busiest", "middle"]))["p_value"].to_numpy()
    assert np.mean(large < 0.05) <= 0.1

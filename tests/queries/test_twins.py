"""Twins against plain loops on random worlds, and each against a small world that is known by heart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.ask import catalogue, open_tables, query
from graphwatch.ask.kernels import breadth_first, climb, climb_to, earliest_of_account
from graphwatch.ask.parameters import check
from graphwatch.ask.run import answer
from graphwatch.errors import UnavailableError
from graphwatch.graph.encode import encode
from graphwatch.schema import INPUTS, INTERACTIONS, RESULTS
from tests.queries.naive import NAIVE, Acts, Row
from tests.queries.worlds import ALL_QUERIES, START, World, questions, random_world


def rounded(rows: list[Row]) -> list[list[object]]:
    made = [[round(value, 12) if isinstance(value, float) else value for _, value in sorted(row.items())] for row in rows]
    return sorted(made, key=repr)


@pytest.mark.parametrize("name", sorted(NAIVE))
@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), acts=st.integers(10, 80), accounts=st.integers(3, 6))
def test_graph_queries_equal_plain_loops(name: str, seed: int, acts: int, accounts: int) -> None:
    world = random_world(seed, acts=acts, accounts=accounts)
    ground, loops, found = world.ground(), Acts(world), catalogue()[name]
    for asked in questions(found, world):
        if "limit" in asked:
            continue
        expected = NAIVE[name](loops, asked)
        told = answer(found, check(found, asked), ground)
        columns = sorted(expected[0]) if expected else []
        assert rounded(told.select(columns or told.columns).to_dicts()) == rounded(expected), asked


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("found", ALL_QUERIES, ids=lambda found: found.name)
def test_rows_are_as_the_header_says_whatever_the_order_of_the_input(found: object, seed: int) -> None:
    world = random_world(seed)
    shuffled = World(
        world.interactions.sample(fraction=1, shuffle=True, seed=1),
        {name: frame.sample(fraction=1, shuffle=True, seed=2) for name, frame in world.side.items()},
        {name: frame.sample(fraction=1, shuffle=True, seed=3) for name, frame in world.results.items()},
    )
    chosen = catalogue()[getattr(found, "name", "")]
    one, other = world.ground(), shuffled.ground()
    for asked in questions(chosen, world):
        checked = check(chosen, asked)
        rows = answer(chosen, checked, one)
        assert rows.schema == pl.Schema(chosen.table.dtypes)
        assert rows.rows() == answer(chosen, checked, other).rows()
        if chosen.is_limited:
            assert len(rows) <= checked.whole("limit")


@pytest.mark.parametrize("found", ALL_QUERIES, ids=lambda found: found.name)
def test_nothing_gives_no_rows(found: object) -> None:
    chosen = catalogue()[getattr(found, "name", "")]
    world = random_world(0)
    nothing = open_tables(interactions=INTERACTIONS.empty())
    rows = answer(chosen, check(chosen, questions(chosen, world)[0]), nothing)
    assert rows.schema == pl.Schema(chosen.table.dtypes)
    assert (rows["number"].sum() if chosen.name == "warn/known_at" else len(rows)) == 0


def village() -> World:
    """A root, an answer to it, a repost of the answer; one pile-on of three accounts, one of which is in a second one, too."""
    acts = [
        ("1", 0, "root", "post", None, ["t"], ["tag:x"], 0.9),
        ("2", 60, "ann", "reply", "1", ["t"], ["tag:x"], 0.6),
        ("3", 1000, "bob", "repost", "2", ["t"], [], None),
        ("4", 1100, "ann", "reply", "gone", ["t"], [], 0.1),
    ]
    keys = ("interaction_id", "seconds", "actor_id", "kind", "parent_id", "target_ids", "objects", "hostility")
    frame = pl.DataFrame([dict(zip(keys, act, strict=True)) for act in acts], infer_schema_length=None)
    frame = frame.with_columns(
        pl.lit(START).dt.offset_by(pl.format("{}s", "seconds")).alias("at"), platform=pl.lit("p"), surface=pl.lit("feed")
    )
    burst = {"target_id": "t", "nature": "attack", "nature_probability": 0.9, "hostile_actors": 2, "newcomers": 3}
    pileons: list[Row] = [
        {"pileon_id": "p1", "onset": START, "peak": START + timedelta(seconds=1000), "end": START + timedelta(seconds=2000), **burst},
        {"pileon_id": "p2", "onset": START + timedelta(days=1), "peak": START, "end": START + timedelta(days=2), **burst, "target_id": "v"},
    ]
    members: list[Row] = [
        {"pileon_id": "p1", "actor_id": "root", "role": "initiator", "agency_id": "g", "hostile": 1, "interactions": 1, "first_at": START},
        {"pileon_id": "p1", "actor_id": "ann", "role": "follower", "agency_id": "g", "hostile": 1, "interactions": 2, "first_at": START},
        {"pileon_id": "p1", "actor_id": "bob", "role": "follower", "agency_id": None, "hostile": 0, "interactions": 1, "first_at": START},
        {"pileon_id": "p2", "actor_id": "ann", "role": "inciter", "agency_id": None, "hostile": 3, "interactions": 3, "first_at": START},
    ]
    tables: dict[str, list[Row]] = {
        "pileons": pileons,
        "members": members,
        "campaigns": [{"campaign_id": "k1", "pileons": ["p1"]}, {"campaign_id": "k2", "pileons": ["p2"]}],
        "alerts": [
            {
                "alert_id": "w",
                "target_id": "t",
                "at": START - timedelta(seconds=90),
                "horizon_s": 100.0,
                "probability": 0.5,
                "level": "watch",
            }
            | {"state": "open", "reasons": ["b", "a"], "missing_features": []}
        ],
        "agencies": [{"scope": "p1", "agency_id": "g", "accounts": 2, "expected": 0.5, "p_value": 0.01, "q_value": 0.02}],
    }
    side: dict[str, list[Row]] = {
        "identities": [{"account_id": "ann", "other_id": "anna"}, {"account_id": "anna", "other_id": "bob", "confidence": 0.4}],
        "affiliations": [
            {"account_id": "ann", "agency_id": "g", "valid_from": START - timedelta(days=2), "valid_to": START + timedelta(days=90)}
        ],
    }
    return World(
        INTERACTIONS.conform(frame),
        {name: INPUTS[name].conform(pl.DataFrame(rows)) for name, rows in side.items()},
        {name: RESULTS[name].conform(pl.DataFrame(rows)) for name, rows in tables.items()},
    )


@pytest.mark.parametrize(
    ("name", "asked", "columns", "expected"),
    [
        ("trace/earliest_sources", {"pileon": "p1"}, "interaction_id acts accounts lead_s", [("1", 3, 3, 0), ("4", 1, 1, -1100)]),
        ("trace/path_to_peak", {"pileon": "p1", "account": "root"}, "hop account_id", [(0, "root"), (1, "ann"), (2, "bob")]),
        ("trace/activated_by", {"pileon": "p1", "account": "root"}, "account_id hops acts", [("ann", 1, 1), ("bob", 2, 1)]),
        ("trace/first_posts", {"object": "tag:x", "limit": 1}, "interaction_id account_id", [("1", "root")]),
        ("trace/repeat_offenders", {}, "account_id pileons hostile targets agencies", [("ann", 2, 4, ["t", "v"], ["g"])]),
        ("trace/common_accounts", {"first": "p1", "second": "p2"}, "account_id first_role second_role", [("ann", "follower", "inciter")]),
        ("trace/cross_platform_siblings", {"account": "ann"}, "account_id hops acts platforms", [("anna", 1, 0, []), ("bob", 2, 1, ["p"])]),
        ("trace/cross_platform_siblings", {"account": "ann", "min_confidence": 0.5}, "account_id", [("anna",)]),
        ("detect/target_history", {"target": "t"}, "pileon_id alerts_before lead_s", [("p1", 1, 90)]),
        ("detect/target_history", {"target": "t", "before_s": 80}, "pileon_id alerts_before lead_s", [("p1", 0, None)]),
        ("detect/surfaces_over_time", {"pileon": "p1"}, "surface acts hostile accounts", [("feed", 2, 2, 2), ("feed", 2, 0, 2)]),
        ("detect/campaign_bridges", {}, "account_id number campaigns", [("ann", 2, ["k1", "k2"])]),
        (
            "attribute/roles_by_agency",
            {"pileon": "p1"},
            "agency_id role accounts acts",
            [("g", "follower", 1, 2), ("g", "initiator", 1, 1), (None, "follower", 1, 1)],
        ),
        ("attribute/agencies_behind", {"scope": "p1"}, "agency_id accounts expected", [("g", 2, 0.5)]),
        ("attribute/agencies_behind", {"scope": "p1", "max_q": 0.01}, "agency_id", []),
        ("attribute/contracts_changed", {"pileon": "p1"}, "account_id change after_onset_s", [("ann", "begins", -172800)]),
        ("warn/alerts_and_reasons", {"target": "t"}, "alert_id reasons pileon_id lead_s", [("w", ["b", "a"], "p1", 90)]),
        ("warn/alerts_and_reasons", {"until": "2024-04-30"}, "alert_id", []),
    ],
)
def test_what_is_known_by_heart(name: str, asked: dict[str, Any], columns: str, expected: list[tuple[object, ...]]) -> None:
    rows = query(name, tables=village().ground(), **asked)
    chosen = pl.from_pandas(rows, schema_overrides=catalogue()[name].table.dtypes).select(columns.split())
    assert chosen.rows() == expected


def test_everything_about_one_account_is_there() -> None:
    rows = query("review/about_account", tables=village().ground(), account="ann")
    assert rows["sort"].value_counts().to_dict() == {"act": 2, "member": 2, "contract": 1, "same_person": 1}
    of_target = query("review/about_account", tables=village().ground(), account="t")
    assert of_target["sort"].value_counts().to_dict() == {"acted_upon": 4, "pileon": 1, "alert": 1}


def test_what_was_known_changes_with_the_time_of_collection() -> None:
    world = village()
    late = world.interactions.with_columns(observed_at=pl.col("at") + pl.duration(seconds=500))
    ground = World(late, world.side, world.results).ground()
    rows = query("warn/known_at", tables=ground, target="t", at=START + timedelta(seconds=560)).set_index("what")["number"]
    assert rows.to_dict() == {
        "accounts_known": 2,
        "acts_collected_later": 0,
        "acts_known": 2,
        "alerts_given": 1,
        "hostile_known": 2,
        "pileons_begun": 1,
    }
    before = query("warn/known_at", tables=ground, target="t", at=START + timedelta(seconds=540)).set_index("what")["number"]
    assert (before["acts_known"], before["acts_collected_later"]) == (1, 1)


def test_kernels_run_as_plain_python_too() -> None:
    events = encode(random_world(5).interactions)
    rows = np.arange(len(events))
    for kernel, arguments in (
        (climb, (events.parent, rows, 7)),
        (climb_to, (events.parent, events.actor, rows, 1, 7, 1)),
        (earliest_of_account, (events.parent, events.actor, rows, 1, 7)),
        (breadth_first, (np.array([0, 2, 3, 3]), np.array([1, 1, 0]), 0, 4)),
    ):
        compiled, plain = kernel(*arguments), kernel.py_func(*arguments)
        assert np.array_equal(np.array(compiled), np.array(plain))


def dense_ownership(companies: int) -> World:
    """Every company owns a part of every other one: chains without number."""
    names = [f"c{k:02d}" for k in range(companies)]
    pairs = [{"owner_id": a, "owned_id": b, "share": 0.5} for a in names for b in names if a != b]
    agencies = pl.DataFrame({"agency_id": ["g"], "company_id": names[:1]})
    side = {"agencies": INPUTS["agencies"].conform(agencies), "ownership": INPUTS["ownership"].conform(pl.DataFrame(pairs))}
    return World(INTERACTIONS.empty(), side, {})


def test_chains_without_number_are_cut_at_the_shortest() -> None:
    rows = query("attribute/ownership_chain", tables=dense_ownership(40).ground(), agency="g", limit=500)
    assert len(rows) == 500
    assert rows["hops"].value_counts().to_dict() == {2: 460, 1: 39, 0: 1}


def test_an_answer_that_takes_too_long_is_stopped_and_the_next_is_not() -> None:
    found, ground = catalogue()["attribute/ownership_chain"], dense_ownership(30).ground()
    asked = check(found, {"agency": "g", "limit": 100_000})
    with pytest.raises(UnavailableError, match=r"neo4j\.query_s"):
        answer(found, asked, ground, timeout_s=0.05)
    assert len(answer(found, check(found, {"agency": "g", "limit": 10}), ground)) == 10
    for other in ALL_QUERIES:
        world = random_world(1)
        with pytest.raises(UnavailableError):
            answer(other, check(other, questions(other, world)[0]), world.ground(), timeout_s=1e-9)

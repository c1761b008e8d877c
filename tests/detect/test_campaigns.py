"""Campaigns: what was planted is linked, and hyperactive accounts, common insults and critics link nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from graphwatch.detect.campaign_core import campaign_accounts
from graphwatch.detect.campaign_links import RARE, Crowd, LeaveOneOut, crowd_of, distinct_targets, leave_one_out
from graphwatch.detect.campaigns import link_campaigns
from graphwatch.detect.coaction import Coactions, coactions_frame
from graphwatch.graph.encode import encode
from graphwatch.model import F64, HOUR, Events, Lists, Pileons
from graphwatch.schema import AFFILIATIONS, CAMPAIGN_ACCOUNTS, CAMPAIGNS, PILEONS
from graphwatch.settings import DetectSettings

DEFAULT = DetectSettings()
Crowds = dict[str, list[str]]
HEAVY = np.concatenate([np.full(20, 60.0), np.ones(2980)])
"""Activity of the accounts: the first 20 are in most crowds."""


def build(
    crowds: Crowds, *, quarrels: int = 4000, seed: int = 0, objects: dict[str, str] | None = None, nature: str = "attack"
) -> tuple[Events, Pileons]:
    """One pile-on per target with its hostile accounts, on a ground of quarrels among 3,000 accounts, the first 20 of them in most."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"u{a:04d}", f"t{rng.integers(0, 400)}", int(rng.integers(0, 100 * HOUR)), "text:insult")
        for a in rng.choice(3000, quarrels, p=HEAVY / HEAVY.sum())
    ]
    for k, (target, members) in enumerate(crowds.items()):
        begin = (200 + 30 * k) * HOUR
        of = (objects or {}).get(target, "text:insult")
        rows += [(m, target, begin + int(rng.integers(0, HOUR)), of) for m in members]
    raw = pl.DataFrame(rows, schema=["actor_id", "target", "us", "object"], orient="row").with_row_index("n")
    at = pl.col("us").cast(pl.Datetime("us", "UTC"))
    frame = raw.select(
        pl.format("i{}", "n").alias("interaction_id"),
        at.alias("at"),
        "actor_id",
        pl.lit("mention").alias("kind"),
        pl.concat_list("target").alias("target_ids"),
        pl.concat_list("object").alias("objects"),
        pl.lit(0.9).alias("hostility"),
    )
    events = encode(frame)
    return events, pileons_of(events, list(crowds), nature)


def pileons_of(events: Events, targets: list[str], nature: str) -> Pileons:
    names = events.accounts.to_list()
    codes = np.array([names.index(target) for target in targets], np.int32)
    of_row = events.targets.values
    rows = [np.flatnonzero(of_row == code).astype(np.int32) for code in codes]
    ends = np.array([[events.at[r].min(), events.at[r].max()] for r in rows]).reshape(-1, 2)
    table = pl.DataFrame({"pileon_id": [f"p-{t}" for t in targets], "target_id": targets, "nature": nature})
    lists = Lists(np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64), np.concatenate(rows))
    return Pileons(PILEONS.conform(table), codes, ends[:, 0], ends[:, 0], ends[:, 1], lists, volume_only=False)


def linked(events: Events, pileons: Pileons, coactions: Coactions | None = None) -> tuple[list[str | None], pl.DataFrame]:
    found = coactions or coactions_frame(events, window_us=1, min_participation=2, null=True, settings=DEFAULT)
    filled, campaigns = link_campaigns(events, pileons, found, DEFAULT)
    assert pileons.frame["campaign_id"].null_count() == len(pileons)  # the input is not changed
    return filled.frame["campaign_id"].to_list(), campaigns


def people(numbers: Iterable[int]) -> list[str]:
    return [f"u{k:04d}" for k in numbers]


def crowd(rng: np.random.Generator, count: int) -> list[str]:
    """Accounts that come by chance, the active ones more often."""
    return people(rng.choice(3000, count, replace=False, p=HEAVY / HEAVY.sum()))


def test_shared_accounts_link_across_targets_and_chance_does_not() -> None:
    rng = np.random.default_rng(1)
    core = people(range(100, 140))
    crowds = {name: crowd(rng, 120) for name in ("x1", "x2", "x3", "x4")} | {name: core + crowd(rng, 80) for name in ("y1", "y2", "y3")}
    ids, campaigns = linked(*build(crowds))
    assert ids[:4] == [None] * 4
    assert len({*ids[4:]}) == 1
    (row,) = campaigns.to_dicts()
    assert row["campaign_id"] == ids[4]
    assert row["pileons"] == ["p-y1", "p-y2", "p-y3"]
    assert row["targets"] == ["y1", "y2", "y3"]
    assert 40 <= row["actors"] <= 75  # the core, and busy accounts that come twice by chance
    assert row["first_at"] < row["last_at"]
    assert any("share" in reason and "hostile accounts" in reason and "by chance" in reason for reason in row["link_reasons"])


def test_hyperactive_accounts_chain_nothing() -> None:
    rng = np.random.default_rng(2)
    crowds = {f"x{k}": crowd(rng, 60) for k in range(12)}
    busy = set(people(range(20)))
    assert min(len(busy & set(x) & set(y)) for x in crowds.values() for y in crowds.values()) >= 3
    ids, campaigns = linked(*build(crowds))
    assert ids == [None] * 12
    assert len(campaigns) == 0
    assert campaigns.schema == pl.Schema(CAMPAIGNS.dtypes)


def test_as_many_quiet_accounts_in_common_are_linked() -> None:
    rng = np.random.default_rng(2)
    ids, _ = linked(*build({f"x{k}": people(range(500, 510)) + crowd(rng, 50) for k in range(12)}))
    assert None not in ids
    assert len(set(ids)) == 1


@pytest.mark.parametrize("raids", [2, 3, 8])
def test_a_crew_is_no_less_linked_for_having_come_to_every_raid(raids: int) -> None:
    rng = np.random.default_rng(5)
    ring = people(range(300, 325))
    crowds = {f"x{k}": ring + people(rng.choice(np.arange(400, 2500), 35, replace=False)) for k in range(raids)}
    ids, campaigns = linked(*build(crowds, quarrels=700))
    assert None not in ids
    assert len(set(ids)) == 1
    assert "hostile accounts that were not to be expected in either" in campaigns["link_reasons"][0][0]
    assert len(ring) <= campaigns["actors"][0]


@pytest.mark.parametrize("seed", range(4))
def test_expected_shares_equal_the_sum_over_accounts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ring = people(range(300, 310))
    events, pileons = build({f"x{k}": crowd(rng, 40) + ring * int(k < 2) for k in range(5)}, quarrels=800, seed=seed)
    found = crowd_of(events, pileons.rows, tuple(f"x{k}" for k in range(5)), np.ones(len(events), np.bool_))
    apart = leave_one_out(found)
    members = found.members.toarray() > 0
    inside = set(pileons.rows.values.tolist())
    acts = {(int(events.actor[k]), int(events.targets.values[k])) for k in range(len(events)) if k not in inside}
    besides = np.bincount([account for account, _ in acts], minlength=members.shape[1])
    assert found.activity.tolist() == (besides + members.sum(axis=0)).tolist()
    chance = np.zeros(members.shape)
    for i in range(5):
        less = found.activity - members[i]
        theta = -np.log1p(-apart.other[i][apart.other[i] > 0]) / _activity_of_bins(apart, found)[apart.other[i] > 0]
        assert np.ptp(theta) < 1e-9 * theta.max()
        p = -np.expm1(-theta[0] * less)
        assert p[less > 0].sum() == pytest.approx((members[i] & (less > 0)).sum())
        chance[i] = np.where(p <= RARE, p, 0.0)
    pairs = np.array(list(combinations(range(5), 2)))
    assert apart.expected(pairs[:, 0], pairs[:, 1]) == pytest.approx([chance[i] @ chance[j] for i, j in pairs])


def _activity_of_bins(apart: LeaveOneOut, found: Crowd) -> F64:
    activity = np.zeros(len(apart.of_bin))
    activity[apart.bin[apart.bin >= 0]] = found.activity[apart.bin >= 0]
    return activity


def test_critics_and_single_attacks_have_no_campaign() -> None:
    core = people(range(100, 150))
    ids, campaigns = linked(*build({"x1": core, "x2": core}, nature="criticism"))
    assert (ids, len(campaigns)) == ([None, None], 0)
    ids, campaigns = linked(*build({"x1": core}))
    assert (ids, len(campaigns)) == ([None], 0)


def test_a_shared_template_links_and_a_common_insult_does_not() -> None:
    rng = np.random.default_rng(3)
    crowds = {f"x{k}": crowd(rng, 60) for k in range(6)}
    ids, _ = linked(*build(crowds))
    assert ids == [None] * 6
    ids, campaigns = linked(*build(crowds, objects={"x1": "text:template", "x4": "text:template"}))
    assert [name is not None for name in ids] == [False, True, False, False, True, False]
    assert "text:template" in campaigns["link_reasons"][0][0]


def test_a_coaction_group_links_even_where_its_accounts_differ() -> None:
    rng = np.random.default_rng(4)
    ring = people(range(200, 240))
    crowds = {"x1": ring[:20] + crowd(rng, 60), "x2": ring[20:] + crowd(rng, 60), "x3": crowd(rng, 80)}
    events, pileons = build(crowds)
    nothing = coactions_frame(events, window_us=1, min_participation=2, null=True, settings=DEFAULT)
    group = np.full(len(events.accounts), -1, np.int32)
    group[[events.accounts.to_list().index(name) for name in ring]] = 0
    known = Coactions(nothing.frame, nothing.a, nothing.b, nothing.expected, group, ("g-ring",), nothing.saturated, nothing.counts)
    assert linked(events, pileons)[0] == [None] * 3
    ids, campaigns = linked(events, pileons, known)
    assert [name is not None for name in ids] == [True, True, False]
    assert "co-action group g-ring (40 accounts) has 20 accounts in p-x1" in campaigns["link_reasons"][0][0]


def test_without_a_base_population_nothing_is_claimed() -> None:
    core = people(range(100, 160))
    ids, _ = linked(*build({"x1": core, "x2": core}, quarrels=0))
    assert ids == [None, None]


@pytest.mark.parametrize("seed", range(3))
def test_distinct_targets_equals_counting_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = np.concatenate([[0], np.cumsum(rng.integers(0, 3, 200))]).astype(np.int64)
    values = rng.integers(0, 12, start[-1]).astype(np.int32)
    actor, use = rng.integers(0, 15, 200).astype(np.int32), rng.random(200) < 0.7
    expected = [len({int(v) for i in np.flatnonzero((actor == a) & use) for v in values[start[i] : start[i + 1]]}) for a in range(15)]
    assert distinct_targets(start, values, actor, use, 15).tolist() == expected


def roster(accounts: Iterable[str], agency: str, **columns: pl.Expr) -> pl.DataFrame:
    return AFFILIATIONS.conform(pl.DataFrame({"account_id": list(accounts)}).with_columns(agency_id=pl.lit(agency), **columns))


def test_an_agency_links_what_it_drives_and_a_large_one_does_not() -> None:
    rng = np.random.default_rng(5)
    drivers = people(range(300, 340))
    crowds = {"x1": drivers[:20] + crowd(rng, 60), "x2": drivers[20:] + crowd(rng, 60), "x3": crowd(rng, 80), "x4": crowd(rng, 80)}
    events, pileons = build(crowds)
    nothing = coactions_frame(events, window_us=1, min_participation=2, null=True, settings=DEFAULT)
    contracts = pl.concat([roster(drivers, "m-small"), roster(people(range(1000)), "m-large")])
    filled, campaigns = link_campaigns(events, pileons, nothing, DEFAULT, contracts)
    assert [name is not None for name in filled.frame["campaign_id"]] == [True, True, False, False]
    assert campaigns["link_reasons"][0][0].startswith("agency m-small has 20 of 40 signed accounts in p-x1")
    assert not any("m-large" in reason for reason in campaigns["link_reasons"][0])
    assert link_campaigns(events, pileons, nothing, DEFAULT)[1].is_empty()
    over = pl.lit(1).cast(pl.Datetime("us", "UTC"))
    assert link_campaigns(events, pileons, nothing, DEFAULT, roster(drivers, "m-small", valid_to=over))[1].is_empty()
    unsure = roster(drivers, "m-small", confidence=pl.lit(0.3))
    assert link_campaigns(events, pileons, nothing, DEFAULT, unsure)[1].is_empty()


def test_core_accounts_are_those_of_two_attacks() -> None:
    rng = np.random.default_rng(1)
    core = people(range(100, 140))
    crowds = {"x1": crowd(rng, 120)} | {name: core + crowd(rng, 80) for name in ("y1", "y2", "y3")}
    events, pileons = build(crowds)
    nothing = coactions_frame(events, window_us=1, min_participation=2, null=True, settings=DEFAULT)
    filled, campaigns = link_campaigns(events, pileons, nothing, DEFAULT)
    found = campaign_accounts(events, filled)
    assert found.schema == pl.Schema(CAMPAIGN_ACCOUNTS.dtypes)
    assert len(found) == campaigns["actors"][0]
    assert set(core) <= set(found["actor_id"])
    row = found.filter(actor_id=core[0]).row(0, named=True)
    assert (row["attacks"], row["pileons"], row["hostile"]) == (3, ["p-y1", "p-y2", "p-y3"], 3)
    assert row["first_at"] < row["last_at"]
    assert campaign_accounts(events, pileons).is_empty()


def test_no_pileons() -> None:
    events, _ = build({"x1": people(range(20, 40))})
    none = np.zeros(0, np.int64)
    empty = Pileons(PILEONS.empty(), none.astype(np.int32), none, none, none, Lists.empty(0), volume_only=False)
    ids, campaigns = linked(events, empty)
    assert (ids, len(campaigns)) == ([], 0)

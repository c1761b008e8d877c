"""Topics and strata; an agency of one topic is no finding for a pile-on on that topic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.attribute import Attribution, attribute_agencies
from graphwatch.attribute.population import stratify
from graphwatch.attribute.topics import Topics, account_topics
from graphwatch.graph.encode import encode, look_up
from graphwatch.model import Events, Lists, Pileons
from graphwatch.schema import AFFILIATIONS, INTERACTIONS, MEMBERS, PILEONS
from graphwatch.settings import AttributeSettings

START = datetime(2024, 1, 1, tzinfo=UTC)
THEMES = ("cars", "food", "games", "music")
Row = tuple[str, datetime, list[str], list[str], float]


def ordinary(n: int, rng: np.random.Generator, purity: float = 0.85) -> list[Row]:
    """Accounts a0000, a0001, … that act on the tags and stars of theme i % 4, now and then on others."""
    rows: list[Row] = []
    for i in range(n):
        for _ in range(int(min(2 + rng.pareto(1.3) * 2, 40))):
            theme = THEMES[i % 4] if rng.random() < purity else str(rng.choice(THEMES))
            at = START + timedelta(minutes=float(rng.uniform(0, 9 * 1440)))
            rows.append((f"a{i:04}", at, [f"star-{theme}-{rng.integers(5)}"], [f"tag:{theme}-{rng.integers(8)}"], 0.0))
    return rows


def encoded(rows: list[Row]) -> Events:
    names = ["actor_id", "at", "target_ids", "objects", "hostility"]
    frame = pl.DataFrame(rows, schema={n: INTERACTIONS.dtypes[n] for n in names}, orient="row")
    return encode(frame.with_columns(interaction_id=pl.format("i{}", pl.int_range(pl.len())), kind=pl.lit("comment")))


def attacked(rows: list[Row], crowd: list[str], roster: dict[str, list[str]], topics: int = 24) -> Attribution:
    """The crowd attacks a victim with a tag of its own; the day before and after it does so a little, too."""
    onset = START + timedelta(days=10)
    acts: list[Row] = [(a, onset + timedelta(minutes=k), ["victim"], ["tag:the-affair"], 0.9) for k, a in enumerate(crowd)]
    early: list[Row] = [(a, onset - timedelta(hours=20), ["victim"], ["tag:the-affair"], 0.0) for a in crowd[::4]]
    events = encoded(rows + acts + early)
    target = look_up(pl.Series(["victim"]), events.accounts)
    aimed = np.unique(events.targets.rows()[events.targets.values == target[0]])
    first = int(onset.timestamp() * 1_000_000)
    inside = aimed[events.at[aimed] >= first].astype(np.int32)
    end = onset + timedelta(minutes=len(crowd))
    one = {"pileon_id": ["p-0"], "target_id": ["victim"], "onset": [onset], "peak": [onset], "end": [end], "nature": ["attack"]}
    frame = PILEONS.conform(pl.DataFrame(one).with_columns(interactions=pl.lit(len(crowd))))
    onset_at, peak_at, end_at = (frame[name].to_physical().to_numpy() for name in ("onset", "peak", "end"))
    pileons = Pileons(frame, target, onset_at, peak_at, end_at, Lists(np.array([0, len(inside)]), inside), volume_only=False)
    acting = [("p-0", a, 1, 1, onset + timedelta(minutes=k), 0.0) for k, a in enumerate(crowd)]
    columns = ["pileon_id", "actor_id", "interactions", "hostile", "first_at", "credit"]
    members = MEMBERS.conform(pl.DataFrame(acting, schema=columns, orient="row"))
    links = AFFILIATIONS.conform(pl.DataFrame([{"account_id": a, "agency_id": m} for m, held in roster.items() for a in held]))
    return attribute_agencies(events, pileons, members, links, None, None, AttributeSettings(topics=topics), 0)


def test_topics_are_the_planted_ones() -> None:
    rng = np.random.default_rng(0)
    events = encoded(ordinary(400, rng))
    found = account_topics(events, np.zeros(len(events), bool), 24, 2000, 0)
    acting = np.unique(events.actor)
    names = events.accounts.gather(acting).to_list()
    pairs = [(int(name[1:]) % 4, int(topic)) for name, topic in zip(names, found.topic[acting], strict=True)]
    agree = sum(max(pairs.count((theme, topic)) for topic in range(-1, 24)) for theme in range(4))
    assert agree >= 0.9 * len(pairs)
    assert len({topic for _, topic in pairs if topic >= 0}) == 4
    named = events.object_names.gather(found.objects[:4]).to_list()
    assert {name.split(":")[1].split("-")[0] for name in named} == set(THEMES)


def test_what_a_pile_on_is_about_is_no_topic() -> None:
    rng = np.random.default_rng(1)
    events = encoded([*ordinary(100, rng), *[(f"x{i}", START + timedelta(days=10), ["victim"], ["tag:affair"], 0.9) for i in range(60)]])
    inside = events.at >= int((START + timedelta(days=9.5)).timestamp() * 1_000_000)
    found = account_topics(events, inside, 24, 2000, 0)
    fresh = look_up(pl.Series([f"x{i}" for i in range(60)]), events.accounts)
    assert (found.topic[fresh] == -1).all()


def test_no_topics_where_none_are_asked_for_or_known() -> None:
    events = encoded(ordinary(50, np.random.default_rng(2)))
    assert (account_topics(events, np.zeros(len(events), bool), 0, 100, 0).topic == -1).all()
    assert (account_topics(events, np.ones(len(events), bool), 9, 100, 0).topic == -1).all()
    assert not len(account_topics(encode(INTERACTIONS.empty()), np.zeros(0, bool), 9, 100, 0).topic)


def test_an_agency_of_car_accounts_is_no_finding_for_a_pile_on_about_cars() -> None:
    """Half of the car crowd takes part, whoever signed it; without matching on topic the agency stands out for its topic."""
    flagged = {0: 0, 24: 0}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        cars = [f"a{i:04}" for i in range(0, 1200, 4)]
        crowd = sorted(rng.choice(cars, 120, replace=False).tolist())
        roster = {"motor": sorted(rng.choice(cars, 60, replace=False).tolist()), "mixed": [f"a{i:04}" for i in range(1, 300, 3)]}
        rows = ordinary(1200, rng, purity=0.97)
        for topics in flagged:
            found = attacked(rows, crowd, roster, topics).findings.filter(pl.col("agency_id") == "motor")
            flagged[topics] += int(found["q_value"][0] < 0.05)
    assert flagged[0] == 5
    assert flagged[24] <= 1


def test_a_topic_that_accounts_often_leave_is_matched_for_the_most_part() -> None:
    """One act in seven off the topic, two acts for most accounts: some are taken for another topic, and a part of the confounding stays."""
    shares = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        cars = [f"a{i:04}" for i in range(0, 1200, 4)]
        crowd = sorted(rng.choice(cars, 120, replace=False).tolist())
        made = attacked(ordinary(1200, rng), crowd, {"motor": sorted(rng.choice(cars, 60, replace=False).tolist())})
        truth, unmatched = 60 * 120 / 300, made.details["expected_by_activity"][0]
        shares.append((made.findings["expected"][0] - unmatched) / (truth - unmatched))
    assert 0.7 < np.mean(shares) <= 1.0


def test_an_agency_that_stands_out_among_car_accounts_is_found() -> None:
    rng = np.random.default_rng(7)
    cars = [f"a{i:04}" for i in range(0, 1200, 4)]
    motor = sorted(rng.choice(cars, 30, replace=False).tolist())
    crowd = motor[:25] + sorted(set(rng.choice(cars, 80, replace=False).tolist()) - set(motor))
    made = attacked(ordinary(1200, rng), crowd, {"motor": motor, "mixed": [f"a{i:04}" for i in range(1, 300, 3)]})
    row = made.findings.row(by_predicate=pl.col("agency_id") == "motor", named=True)
    assert row["q_value"] < 1e-4
    detail = made.details.row(by_predicate=pl.col("agency_id") == "motor", named=True)
    assert detail["topic"].startswith("tag:cars")
    assert detail["in_topic"] >= 25
    assert detail["expected_by_size"] == pytest.approx(detail["roster"] * detail["participants"] / detail["base"])
    assert row["expected"] > 2 * detail["expected_by_activity"]


def test_row_order_has_no_influence_on_topics() -> None:
    rows = ordinary(150, np.random.default_rng(3))
    names = ["actor_id", "at", "target_ids", "objects", "hostility"]
    frame = pl.DataFrame(rows, schema={n: INTERACTIONS.dtypes[n] for n in names}, orient="row")
    frame = frame.with_columns(interaction_id=pl.format("i{}", pl.int_range(pl.len())), kind=pl.lit("comment"))
    none = np.zeros(len(rows), bool)
    one, two = (account_topics(encode(f), none, 24, 50, 5) for f in (frame, frame.sample(fraction=1, shuffle=True, seed=4)))
    assert one.topic.tolist() == two.topic.tolist()


@given(st.lists(st.tuples(st.integers(-2, 1), st.integers(-1, 2), st.integers(0, 9)), max_size=120), st.integers(2, 12), st.integers(1, 4))
def test_strata_hold_each_account_once_and_are_not_too_small(rows: list[tuple[int, int, int]], fewest: int, span: int) -> None:
    platform, topic, bins = (np.array([row[k] for row in rows], np.int64) for k in range(3))
    found = stratify(platform, Topics(topic.astype(np.int16), np.zeros(3, np.int32)), bins, fewest, span)
    acts = platform >= -1
    assert ((found.stratum >= 0) == acts).all()
    assert int(found.size.sum()) == int(acts.sum()) == int(found.plain_size.sum())
    for number in range(len(found.size)):
        inside = found.stratum == number
        assert set(platform[inside]) == {found.platform[number]}
        if found.topic[number] >= 0:
            assert set(topic[inside]) == {found.topic[number]}
            assert inside.sum() >= fewest
            assert np.ptp(bins[inside]) < 3 * span
        else:
            assert len(set(bins[inside])) == 1

"""Bursts that are seen on one surface alone are pile-ons of their own, at a rate of errors of their own."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import graphwatch as gw
from graphwatch.detect import describe_crowds, find_cascades, find_pileons, find_surface_bursts, with_surface_pileons
from graphwatch.graph.encode import encode
from graphwatch.model import Events, Pileons
from graphwatch.schema import SURFACES
from graphwatch.settings import DetectSettings, Settings, TraceSettings
from graphwatch.trace import trace_pileons

Make = Callable[..., pl.DataFrame]
SETTINGS = DetectSettings()


def found_in(events: Events, seed: int = 0) -> tuple[Pileons, pl.DataFrame]:
    return with_surface_pileons(events, find_pileons(events, SETTINGS, seed), find_surface_bursts(events, SETTINGS, seed), SETTINGS)


@pytest.fixture
def messages(make_background: Make) -> pl.DataFrame:
    calm = make_background(6, targets=50, per_day=1.0, hostile=0.01)
    return calm.with_columns(surface=pl.lit("private"), kind=pl.lit("private_message"))


@pytest.fixture
def flooded(messages: pl.DataFrame, make_background: Make, make_burst: Make, number: Make) -> pl.DataFrame:
    """Twenty-five strangers write hostile messages while hundreds praise in the comments."""
    praise = make_burst(3, "t0002", day=11.0, accounts=1500, hours=6.0, tone="praise")
    flood = make_burst(4, "t0002", day=11.05, accounts=25, hours=3.0, first=5_000_000, surface="private")
    return number(make_background(7), messages, praise, flood)


def test_a_flood_of_messages_is_a_pile_on_of_its_own(flooded: pl.DataFrame) -> None:
    events = encode(flooded)
    pileons, table = found_in(events)
    assert pileons.frame.select("nature", "only_surface").rows() == [("attention", None), ("attack", "private")]
    flood = pileons.frame.row(1, named=True)
    assert flood["target_id"] == "t0002"
    assert flood["surfaces"] == ["private"]
    assert flood["newcomers"] == flood["actors"] == 25
    assert flood["q_value"] <= SETTINGS.fdr
    rows = pileons.rows.row(1)
    assert len(rows) == flood["interactions"]
    assert {SURFACES[code] for code in events.surface[rows]} == {"private"}
    assert any("this surface alone" in note for note in pileons.notes[1])
    assert table["pileon_id"].to_list() == [flood["pileon_id"]]
    assert describe_crowds(events, pileons, find_cascades(events))["private_share"].to_list()[1] == 1.0


def test_its_accounts_get_roles_and_credit(flooded: pl.DataFrame) -> None:
    events = encode(flooded)
    pileons, _ = found_in(events)
    members = trace_pileons(events, pileons, None, TraceSettings(), 0).members.filter(pl.col("pileon_id") == pileons.frame["pileon_id"][1])
    assert len(members) == 25
    assert members["role"].null_count() == 0
    assert members["credit"].is_between(0.0, 1.0, closed="right").all()
    assert members["actor_id"].str.starts_with("u50000").all()


def test_order_of_rows_and_the_library_give_the_same(flooded: pl.DataFrame) -> None:
    pileons, table = found_in(encode(flooded))
    shuffled, other = found_in(encode(flooded.sample(fraction=1.0, shuffle=True, seed=1)))
    assert shuffled.frame.equals(pileons.frame)
    assert other.equals(table)
    assert np.array_equal(shuffled.rows.values, pileons.rows.values)
    by_verb = gw.detect_pileons(flooded, settings=Settings())
    assert by_verb["pileon_id"].tolist() == pileons.frame["pileon_id"].to_list()
    on_surfaces = gw.detect_pileons(flooded, on="surfaces", settings=Settings())
    assert on_surfaces["pileon_id"].tolist() == table["pileon_id"].to_list()


def test_an_attack_over_several_surfaces_is_one_pile_on(
    messages: pl.DataFrame, make_background: Make, make_burst: Make, number: Make
) -> None:
    parts = [
        make_burst(k, "t0005", day=9.0, accounts=30, hours=3.0, first=4_000_000 + 1000 * k, surface=surface)
        for k, surface in enumerate(("comment", "private", "live"))
    ]
    pileons, table = found_in(encode(number(make_background(8), messages, *parts)))
    assert pileons.frame["only_surface"].to_list() == [None]
    assert len(table) == 3
    assert set(table["pileon_id"]) == set(pileons.frame["pileon_id"])


def test_calm_surfaces_have_none(make_background: Make, number: Make) -> None:
    """The rate over worlds without any burst: each finding is false, so there may be one in at most a few of them."""
    false = 0
    for seed in range(8):
        parts = [
            make_background(100 + 3 * seed + k, per_day=rate, hostile=share).with_columns(surface=pl.lit(surface))
            for k, (surface, rate, share) in enumerate((("comment", 6.0, 0.05), ("private", 1.0, 0.15), ("live", 3.0, 0.1)))
        ]
        pileons, _ = found_in(encode(number(*parts)), seed)
        false += int(pileons.frame["only_surface"].is_not_null().any())
    assert false <= 1


def test_many_real_attacks_do_not_carry_chance_findings(make_background: Make, make_burst: Make, number: Make) -> None:
    """What is weak and explained by no pile-on is not let in by the strong bursts beside it."""
    calm = [
        make_background(200 + k, targets=200, hostile=0.1).with_columns(surface=pl.lit(surface))
        for k, surface in enumerate(("comment", "private"))
    ]
    real = [
        make_burst(k, f"t{k:04d}", day=4.0 + k % 12, accounts=40, hours=2.0, first=3_000_000 + 1000 * k, surface=surface)
        for k in range(25)
        for surface in ("comment", "private")
    ]
    events = encode(number(*calm, *real))
    pileons, table = found_in(events)
    assert pileons.frame["only_surface"].null_count() == len(pileons)
    assert table["pileon_id"].is_not_null().sum() >= 40


def test_weak_bursts_stay_in_the_table_only(flooded: pl.DataFrame) -> None:
    """p = .001 is too little among three hundred tests; the burst is told, and is no pile-on."""
    events = encode(flooded)
    bursts = find_surface_bursts(events, SETTINGS)
    weaker = replace(bursts.found, frame=bursts.found.frame.with_columns(p_value=pl.lit(1e-3)))
    pileons, table = with_surface_pileons(events, find_pileons(events, SETTINGS), replace(bursts, found=weaker), SETTINGS)
    assert pileons.frame["only_surface"].null_count() == len(pileons)
    assert len(table) == 1
    assert table["pileon_id"][0] == pileons.frame["pileon_id"][0]  # that of the praise at the same time

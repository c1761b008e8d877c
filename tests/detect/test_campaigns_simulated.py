"""Campaigns in a simulated world: one incident on two platforms is one campaign, and hard negatives are linked to nothing.

The natures are set by hand in one test, so that links are judged by themselves: even if the nature model called storms of criticism,
fans, viral jokes and breaking news attacks, their crowds and objects must not join them to each other or to real attacks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl
import pytest

from graphwatch.detect.campaigns import link_campaigns
from graphwatch.detect.coaction import find_coactions
from graphwatch.detect.pileons import find_pileons
from graphwatch.evaluate.matching import match_pileons
from graphwatch.graph.encode import encode
from graphwatch.model import Events, Pileons
from graphwatch.settings import DetectSettings
from graphwatch.simulate import simulate_world

DEFAULT = DetectSettings()


@dataclass(frozen=True)
class Found:
    """Interactions, their pile-ons, the rosters, and the incident, scenario and nature behind each pile-on (null: none)."""

    events: Events
    pileons: Pileons
    affiliations: pl.DataFrame
    truth: pl.DataFrame

    def campaigns(self, pileons: Pileons) -> pl.DataFrame:
        """Link, and give the truth with ``campaign_id``."""
        coactions = find_coactions(self.events, DEFAULT, 0)
        linked, _ = link_campaigns(self.events, pileons, coactions, DEFAULT, self.affiliations)
        return self.truth.with_columns(linked.frame["campaign_id"])


@pytest.fixture(scope="module")
def found() -> Found:
    world = simulate_world(200_000, 31)
    events = encode(world.interactions)
    pileons = find_pileons(events, DEFAULT, 0)
    pairs = match_pileons(pileons.frame, world.truth_pileons)
    planted = world.truth_pileons.select("incident_id", "scenario", planted_nature="nature").with_row_index("planted")
    named = pairs.join(planted.with_columns(pl.col("planted").cast(pl.Int64)), on="planted", how="left")
    rows = pl.DataFrame({"pileon": range(len(pileons))}, schema={"pileon": pl.Int64})
    truth = rows.join(named, on="pileon", how="left", maintain_order="left").drop("overlap", "planted")
    return Found(events, pileons, world.affiliations, truth)


def test_hard_negatives_are_in_no_campaign(found: Found) -> None:
    linked = found.campaigns(found.pileons)
    negatives = linked.filter(pl.col("planted_nature") != "attack")
    assert negatives["scenario"].n_unique() >= 4
    assert negatives["campaign_id"].null_count() == len(negatives)
    assert linked.filter(pl.col("incident_id").is_null())["campaign_id"].drop_nulls().is_empty()


def test_their_crowds_link_nothing_even_where_they_are_taken_for_attacks(found: Found) -> None:
    taken = replace(found.pileons, frame=found.pileons.frame.with_columns(nature=pl.lit("attack")))
    linked = found.campaigns(taken).filter(pl.col("campaign_id").is_not_null())
    mixed = linked.group_by("campaign_id").agg(
        pl.col("incident_id").n_unique().alias("incidents"),
        (pl.col("planted_nature").fill_null("none") != "attack").any().alias("negative"),
    )
    assert len(mixed)
    assert mixed.filter("negative", pl.col("incidents") > 1).is_empty()


def test_one_incident_on_two_platforms_is_one_campaign(found: Found) -> None:
    linked = found.campaigns(found.pileons)
    both = linked.filter(scenario="cross_platform").group_by("incident_id").agg(pl.len(), pl.col("campaign_id"))
    both = both.filter(pl.col("len") == 2)
    assert len(both) >= 1
    for campaigns in both["campaign_id"].to_list():
        assert None not in campaigns
        assert len(set(campaigns)) == 1

"""Measure the attribution of agencies on planted worlds, with the planted bursts taken as found.

    python -m benchmarks.agencies [--interactions 150000] [--worlds 8] [--json FILE]

Prints how often the agency behind a burst is found, how often the largest agency that is not behind it is flagged (and any that is not),
how often the controller behind two shell companies is named, how often a topic that all accounts of an agency share makes it a finding with
and without matching on topic, and the time and memory that the stage takes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from benchmarks.measure import print_table
from graphwatch.attribute import attribute_agencies
from graphwatch.attribute.enrichment import exact_p_value
from graphwatch.attribute.population import base_population
from graphwatch.graph.encode import encode, look_up
from graphwatch.model import Events, Lists, Pileons
from graphwatch.schema import MEMBERS, PILEONS
from graphwatch.settings import AttributeSettings
from graphwatch.simulate import World, simulate_world

SCENARIOS: Final = {"agency_driven": 5, "breaking_news": 2, "celebrity_fandom": 2, "criticism_storm": 2, "single_inciter": 2}
LEVEL: Final = 0.05
_HOSTILE_AT: Final = 0.5


def true_pileons(events: Events, truth: pl.DataFrame) -> tuple[Pileons, pl.DataFrame]:
    """Take the planted bursts as found, so that only this stage is judged."""
    target = look_up(truth["target_id"], events.accounts)
    onset, peak, end = (truth[name].to_physical().to_numpy() for name in ("onset", "peak", "end"))
    ids = [f"p-{i}" for i in range(len(truth))]
    aimed = events.targets.rows()
    rows = []
    for code, first, last in zip(target, onset, end, strict=True):
        at = np.unique(aimed[events.targets.values == code])
        rows.append(at[(events.at[at] >= first) & (events.at[at] <= last)])
    starts = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    flat = np.concatenate(rows).astype(np.int32)
    frame = PILEONS.conform(truth.with_columns(pileon_id=pl.Series(ids), interactions=pl.Series([len(r) for r in rows])))
    acts = pl.DataFrame(
        {
            "pileon_id": pl.Series(ids).gather(np.repeat(np.arange(len(ids)), np.diff(starts))),
            "actor_id": events.accounts.gather(events.actor[flat]),
            "hostile": events.hostile(_HOSTILE_AT)[flat],
            "first_at": pl.Series(events.at[flat]).cast(pl.Datetime("us", "UTC")),
        }
    )
    members = acts.group_by("pileon_id", "actor_id").agg(
        pl.len().alias("interactions"), pl.col("hostile").sum(), pl.col("first_at").min(), credit=pl.lit(0.0)
    )
    return Pileons(frame, target, onset, peak, end, Lists(starts, flat), volume_only=False), MEMBERS.conform(members)


def judge_world(world: World, seed: int, settings: AttributeSettings) -> tuple[pl.DataFrame, float]:
    """Give one row per burst and agency that the run speaks of or that is behind it, and the seconds of the stage.

    Columns: ``planted``, ``flagged``, ``largest`` (the largest agency of those that are not behind the burst), ``shells`` (companies
    between the agency's and the controller), ``right`` (the controller is the true one), ``present``, ``synchronous``.
    """
    events = encode(world.interactions)
    truth = world.truth_pileons.sort("onset", "target_id")
    pileons, members = true_pileons(events, truth)
    began = time.perf_counter()
    found = attribute_agencies(events, pileons, members, world.affiliations, world.agencies, world.ownership, settings, seed)
    seconds = time.perf_counter() - began
    scopes = truth.select("incident_id", "target_id").with_columns(scope=pileons.frame["pileon_id"])
    behind = scopes.join(world.truth_agencies, on=["incident_id", "target_id"]).select(
        "scope", "agency_id", true_controller="controller_id", planted=pl.lit(value=True)
    )
    pairs = scopes.select("scope").join(world.agencies.select("agency_id"), how="cross").join(behind, on=["scope", "agency_id"], how="left")
    tested = pairs.join(found.findings, on=["scope", "agency_id"], how="left").join(found.details, on=["scope", "agency_id"], how="left")
    size = world.affiliations.group_by("agency_id").agg(size=pl.col("account_id").n_unique())
    judged = tested.join(size, on="agency_id", how="left").with_columns(
        pl.col("planted").fill_null(value=False),
        flagged=(pl.col("q_value") < LEVEL).fill_null(value=False),
        present=pl.col("q_value").is_not_null(),
        shells=pl.col("path").list.len().cast(pl.Int64) - 2,
        right=(pl.col("controller_id") == pl.col("true_controller")).fill_null(value=False),
        synchronous=(pl.col("synchrony_p_value") < LEVEL),
    )
    free = pl.when(~pl.col("planted")).then(pl.col("size")).otherwise(0)
    return judged.with_columns(largest=~pl.col("planted") & (free == free.max().over("scope"))), seconds


def topic_confounding(world: World, seed: int, settings: AttributeSettings, repeats: int = 40) -> tuple[int, int]:
    """Draw crowds and agencies from one topic each: how many of the agencies have p < .05. None should stand out more than by chance."""
    events = encode(world.interactions)
    pileons, _ = true_pileons(events, world.truth_pileons.sort("onset", "target_id"))
    population = base_population(events, pileons, settings, seed)
    with_topic = base_population(events, pileons, AttributeSettings(), seed)
    rng = np.random.default_rng([seed, 77])
    flagged = done = 0
    for topic in np.unique(with_topic.topic[with_topic.topic >= 0]).tolist()[:4]:
        people = np.flatnonzero((with_topic.stratum >= 0) & (with_topic.topic[with_topic.stratum] == topic))
        if len(people) < 200:
            continue
        for _ in range(repeats // 4):
            crowd, agency = rng.choice(people, len(people) // 4, replace=False), rng.choice(people, len(people) // 5, replace=False)
            strata = len(population.size)
            drawn, group = (np.bincount(population.stratum[codes], minlength=strata) for codes in (crowd, agency))
            flagged += exact_p_value(population.size, group, drawn, len(np.intersect1d(crowd, agency))) < LEVEL
            done += 1
    return flagged, done


def figures(judged: pl.DataFrame) -> dict[str, float]:
    """Give the shares that are printed."""
    planted, others = judged.filter("planted"), judged.filter(~pl.col("planted"))
    deep = planted.filter("flagged", pl.col("shells") >= 2)
    return {
        "planted agencies": len(planted),
        "planted agency at q < .05": _share(planted["flagged"]),
        "largest uninvolved agency flagged": _share(judged.filter("largest")["flagged"]),
        "uninvolved agencies flagged, of those present": _share(others.filter("present")["flagged"]),
        "controller of a flagged agency right": _share(planted.filter("flagged")["right"]),
        "flagged agencies behind two or more shells": len(deep),
        "controller behind two or more shells right": _share(deep["right"]),
        "planted agency synchronous at p < .05": _share(planted["synchronous"]),
        "uninvolved agencies synchronous, of those tested": _share(others["synchronous"]),
    }


def _share(mask: pl.Series) -> float:
    known = mask.drop_nulls()
    return int(known.sum()) / len(known) if len(known) else float("nan")


def main() -> None:
    """Run the worlds one after the other and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--interactions", type=int, default=150_000)
    options.add_argument("--worlds", type=int, default=8)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    parts, seconds = [], []
    confounded: dict[str, list[int]] = {"matched on topic": [0, 0], "not matched on topic": [0, 0]}
    for seed in range(chosen.worlds):
        world = simulate_world(chosen.interactions, seed, days=14, scenarios=SCENARIOS)
        judged, took = judge_world(world, seed, AttributeSettings())
        parts.append(judged)
        seconds.append(took)
        if seed < 2:
            for name, settings in (("matched on topic", AttributeSettings()), ("not matched on topic", AttributeSettings(topics=0))):
                flagged, done = topic_confounding(world, seed, settings)
                confounded[name][0] += flagged
                confounded[name][1] += done
    told: Mapping[str, float] = {
        **figures(pl.concat(parts)),
        **{f"agency and crowd of one topic, p < .05, {name}": a / b if b else float("nan") for name, (a, b) in confounded.items()},
        "seconds a world, median": float(np.median(seconds)),
    }
    print_table([["figure", "value"], *([name, f"{value:.3f}"] for name, value in told.items())])
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

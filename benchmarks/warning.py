"""Measure the early warnings on simulated worlds that neither the fit nor the calibration has seen.

    python benchmarks/warning.py [--interactions 200000] [--seeds 901,902,903] [--speed 1000000]

Prints the model beside the four baselines (each at the threshold that costs one false alert per 1,000 target-days), the alerts as
they come with default thresholds, what they were raised on, and the speed.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from graphwatch.evaluate.alerts import as_frame, evaluate_alerts, target_days
from graphwatch.graph.encode import encode
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.simulate.world import World, simulate_world
from graphwatch.warn import score_targets
from graphwatch.warn.points import scored_points


def raised_on(alerts: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Say for each alert which planted burst of any nature, if any, it fell in (or up to six hours before)."""
    bursts = world.truth_pileons.select("target_id", "scenario", "nature", "onset", "end")
    hit = alerts.join(bursts, on="target_id", how="left").with_columns(
        inside=(pl.col("at") >= pl.col("onset") - pl.duration(hours=6)) & (pl.col("at") <= pl.col("end"))
    )
    named = hit.with_columns(on=pl.when(pl.col("inside")).then(pl.col("scenario")).otherwise(pl.lit("nothing planted")))
    return named.select("on", "level", "target_id").with_columns(pl.lit(seed).alias("seed"))


def accuracy(interactions: int, seeds: Sequence[int]) -> None:
    """Print the figures of each world, their means over the worlds, and what alerts were raised on."""
    tables, grounds, worlds, reliability = [], [], [], []
    for seed in seeds:
        world = simulate_world(interactions, seed)
        events = encode(world.interactions)
        warnings = score_targets(events, WarnSettings(), DetectSettings(), 0)
        points = scored_points(events, WarnSettings(), DetectSettings())
        days = target_days(world.interactions.lazy())
        metrics = list(evaluate_alerts(warnings.alerts, world.truth_pileons, days, points=points)[1:])
        for level in ("watch", "warning", "critical"):
            (found,) = evaluate_alerts(warnings.alerts, world.truth_pileons, days, level=level)
            metrics.append(replace(found, method=f"alerts, {level}"))
        tables.append(as_frame(metrics).with_columns(pl.lit(seed).alias("seed")))
        reliability.append(points.select("model", "happened"))
        grounds.append(raised_on(warnings.alerts, world, seed))
        worlds.append(world.truth_pileons.select(pl.lit(seed).alias("seed"), "scenario", "hostile_actors"))
        print(f"seed {seed}: {len(points)} grid points, {days} target-days, {warnings.alerts.height} alert rows")
    every = pl.concat(tables)
    numbers = pl.exclude("method", "seed")
    print(f"\nmeans over {len(seeds)} worlds of {interactions} interactions")
    print(every.group_by("method", maintain_order=True).agg(numbers.fill_nan(None).mean().round(3)))
    print("\nwhat was said and what happened, over all grid points")
    edges = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9]
    said = pl.concat(reliability)
    bins = said.group_by(pl.Series("bin", np.searchsorted(edges, said["model"].to_numpy(), side="right"))).agg(
        pl.len().alias("points"), pl.col("model").mean().alias("said"), pl.col("happened").mean()
    )
    print(bins.sort("said"))
    print("\ntargets alerted, by what happened to them and highest level")
    order = pl.col("level").replace_strict({"watch": 1, "warning": 2, "critical": 3}, return_dtype=pl.Int8)
    top = pl.concat(grounds).group_by("seed", "target_id", "on").agg(order.max().alias("top"))
    table = top.group_by("on").agg(*(pl.col("top").eq(k).sum().alias(name) for k, name in ((1, "watch"), (2, "warning"), (3, "critical"))))
    planted = (
        pl.concat(worlds).group_by(on="scenario").agg(pl.len().alias("planted"), pl.col("hostile_actors").median().alias("hostile_median"))
    )
    print(planted.join(table, on="on", how="full", coalesce=True).sort("on"))


def speed(interactions: int) -> None:
    """Print seconds and peak memory of the stage on one world, after a warm-up."""
    world = simulate_world(interactions, 77)
    events = encode(world.interactions)
    score_targets(encode(world.interactions.head(1000)), WarnSettings(), DetectSettings(), 0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = score_targets(events, WarnSettings(), DetectSettings(), 0)
    seconds = time.perf_counter() - start
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    acts = len(events.targets.values)
    print(f"{interactions} interactions, {acts} acts: {seconds:.2f} s ({acts / seconds:,.0f} acts/s), peak memory +{more:.0f} MB,")
    print(f"{found.alerts.height} alerts, {found.scores.height} scores kept")


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interactions", type=int, default=200_000)
    parser.add_argument("--seeds", default="901,902,903")
    parser.add_argument("--speed", type=int, default=0, help="size of the world for the speed measurement; 0: none")
    arguments = parser.parse_args()
    with pl.Config(tbl_cols=20, tbl_rows=60, tbl_width_chars=200, float_precision=3):
        accuracy(arguments.interactions, [int(seed) for seed in arguments.seeds.split(",") if seed])
    if arguments.speed:
        speed(arguments.speed)


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()

"""The truth about a world: what was planted, who did what, and which agency stands behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import I32, I64, MINUTE, Bools
from graphwatch.schema import TIMESTAMP, TRUTH_AGENCIES, TRUTH_PILEONS, TRUTH_ROLES
from graphwatch.simulate.agencies import Agencies
from graphwatch.simulate.branching import FEEDER, STARTER
from graphwatch.simulate.incidents import Planted
from graphwatch.simulate.population import Population
from graphwatch.simulate.tones import TONE_CODE, is_hostile

REPEAT_ATTACKS: Final = 3
_QUARTER: Final = 15 * MINUTE


def peak_time(at: I64) -> int:
    """Give the middle of the busiest quarter-hour of ascending times, the first one of equals.

    Examples
    --------
    >>> peak_time(np.array([0, 1, 2]) * MINUTE) // MINUTE
    7
    """
    within = np.searchsorted(at, at + _QUARTER, side="left") - np.arange(len(at))
    return int(at[int(np.argmax(within))]) + _QUARTER // 2


def truth_pileons(planted: Sequence[Planted], population: Population) -> pl.DataFrame:
    """Give one row per burst; times and counts are of all acts on the target from first to last, hostile in truth."""
    rows = []
    for item in planted:
        on_target = item.on_target()
        at = np.sort(item.acts.at[on_target])
        actor = item.acts.actor[on_target]
        hostile = is_hostile(item.acts.tone[on_target])
        rows.append(
            {
                "incident_id": item.burst.incident_id,
                "target_id": population.id[item.burst.target],
                "scenario": item.burst.scenario.name,
                "nature": item.burst.scenario.nature,
                "onset": int(at[0]),
                "peak": peak_time(at),
                "end": int(at[-1]),
                "hostile_actors": len(np.unique(actor[hostile])),
                "actors": len(np.unique(actor)),
            }
        )
    frame = pl.DataFrame(rows, schema_overrides={"onset": pl.Int64}) if rows else TRUTH_PILEONS.empty()
    times = [pl.col(name).cast(TIMESTAMP) for name in ("onset", "peak", "end")]
    return TRUTH_PILEONS.conform(frame.with_columns(times)).sort("incident_id", "target_id")


def repeat_offenders(planted: Sequence[Planted], accounts: int) -> Bools:
    """Tell which accounts are hostile in at least three planted attacks with separate onsets (incidents)."""
    pairs = []
    for item in planted:
        if item.burst.scenario.nature == "attack":
            hostile = np.unique(item.acts.actor[item.core][is_hostile(item.acts.tone[item.core])])
            pairs.append(np.column_stack([np.full(len(hostile), item.burst.incident), hostile]))
    if not pairs:
        return np.zeros(accounts, np.bool_)
    distinct = np.unique(np.concatenate(pairs), axis=0)
    return np.bincount(distinct[:, 1], minlength=accounts) >= REPEAT_ATTACKS


def truth_roles(planted: Sequence[Planted], population: Population) -> pl.DataFrame:
    """Give the roles of all accounts that took part in the attacks with planted originators.

    Notes
    -----
    An account took part when it has a hostile act in the burst, or passed one on without a word. Who argues, criticises without personal
    attack, looks on or defends has no role. A starter without offspring is no
    initiator, a feeder with fewer direct offspring than four or 1.5 % of the acts is no inciter. Two-sided quarrels have no rows.
    """
    repeats = repeat_offenders(planted, len(population))
    frames = [_roles_of(item, repeats, population) for item in planted if item.burst.scenario.roles]
    return TRUTH_ROLES.conform(pl.concat(frames)).sort(TRUTH_ROLES.key) if frames else TRUTH_ROLES.empty()


def _roles_of(item: Planted, repeats: Bools, population: Population) -> pl.DataFrame:
    actor, at = item.acts.actor[item.core], item.acts.at[item.core]
    offspring = item.tree.offspring()
    tone = item.acts.tone[item.core]
    accounts, first = np.unique(actor, return_index=True)
    joins = np.isin(accounts, actor[is_hostile(tone) | (tone == TONE_CODE["silent"])])
    accounts, first = accounts[joins], first[joins]
    rallies = offspring >= max(4.0, 0.015 * len(actor))
    starts = np.isin(accounts, actor[(item.tree.part == STARTER) & (offspring > 0)])
    feeds = np.isin(accounts, actor[rallies & (item.tree.part == FEEDER)]) | (
        starts & np.isin(accounts, actor[rallies & item.rallying & (item.tree.part == STARTER)])
    )
    flags = np.column_stack([starts, feeds, repeats[accounts]])
    return _role_frame(item, accounts, flags, at[first], population)


def _role_frame(item: Planted, accounts: I32, flags: Bools, first_at: I64, population: Population) -> pl.DataFrame:
    names = ("initiator", "inciter", "repeat_offender")
    frame = pl.DataFrame(
        {"actor_id": population.id.gather(accounts), "first_at": pl.Series(first_at).cast(TIMESTAMP)}
        | {name: flags[:, k] for k, name in enumerate(names)}
    )
    none = ~pl.any_horizontal(*names)
    roles = pl.concat_list([pl.when(pl.col(name)).then(pl.lit(name)) for name in names] + [pl.when(none).then(pl.lit("follower"))])
    return frame.with_columns(
        pl.lit(item.burst.incident_id).alias("incident_id"),
        pl.lit(population.id[item.burst.target]).alias("target_id"),
        roles.list.drop_nulls().alias("roles"),
        pl.col("initiator").alias("originator"),
    ).with_columns(pl.col("roles").list.first().alias("role"))


def truth_agencies(planted: Sequence[Planted], population: Population, agencies: Agencies) -> pl.DataFrame:
    """Give the agency behind each agency-driven attack."""
    driven = [item.burst for item in planted if item.burst.agency >= 0]
    frame = pl.DataFrame(
        {
            "incident_id": [burst.incident_id for burst in driven],
            "target_id": [population.id[burst.target] for burst in driven],
            "agency_id": [agencies.id[burst.agency] for burst in driven],
            "controller_id": [agencies.controller[burst.agency] for burst in driven],
        },
        schema=TRUTH_AGENCIES.dtypes,
    )
    return TRUTH_AGENCIES.conform(frame).sort(TRUTH_AGENCIES.key)

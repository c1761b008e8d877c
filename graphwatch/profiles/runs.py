"""Several runs as one: each pile-on once, and how many days the data cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from graphwatch.schema import AGENCY_FINDINGS, COACTION_GROUPS, COACTIONS, MEMBERS, PILEONS, TIMESTAMP

_MONTH: Final = {"month": TIMESTAMP, "days": pl.Float64()}


@dataclass(frozen=True, slots=True)
class Run:
    """Result tables of one run.

    Attributes
    ----------
    name
        Run id in a case, else the name of the folder; empty: in memory.
    first, last
        First and last interaction that the run saw; None: not told.
    """

    frames: Mapping[str, pl.DataFrame]
    name: str
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Combined:
    """Result tables of all runs, each with ``run_id``, and the months that they cover.

    Attributes
    ----------
    pileons, members, agencies
        Each pile-on from the newest run that found it; ``members`` and ``agencies`` with the facts of the pile-on.
    coactions, groups
        Of every run.
    months
        ``month, days``: every month with data.
    """

    pileons: pl.DataFrame
    members: pl.DataFrame
    agencies: pl.DataFrame
    coactions: pl.DataFrame
    groups: pl.DataFrame
    months: pl.DataFrame

    @property
    def days(self) -> float | None:
        """Days that the data cover; None: not told."""
        return float(self.months["days"].sum()) if len(self.months) and not self.months["days"].null_count() else None


def combine(runs: Sequence[Run]) -> Combined:
    """Put runs together.

    Parameters
    ----------
    runs
        Oldest first.

    Notes
    -----
    Two runs over overlapping windows can find one pile-on twice, with a slightly different onset and so another id. Of pile-ons on one
    target that overlap in time, those of the newest run stay.

    Examples
    --------
    >>> combine([]).pileons.height
    0
    """
    kept = PILEONS.empty().with_columns(run_id=pl.lit(None, pl.String))
    for run in reversed(runs):
        fresh = PILEONS.conform(run.frames["pileons"]).with_columns(run_id=pl.lit(run.name))
        met = fresh.join(kept.select("target_id", other_onset="onset", other_end="end"), on="target_id")
        twice = met.filter(pl.col("onset") <= pl.col("other_end"), pl.col("end") >= pl.col("other_onset"))
        kept = pl.concat([kept, fresh.join(twice, on="pileon_id", how="anti")])
    pileons = kept.sort("onset", "pileon_id").with_columns(month=pl.col("onset").dt.truncate("1mo"), attack=pl.col("nature") == "attack")
    facts = pileons.select("run_id", "pileon_id", "target_id", "campaign_id", "nature", "nature_probability", "onset", "month", "attack")
    members = pl.concat([MEMBERS.empty().with_columns(run_id=pl.lit("")), *(_named(run, "members") for run in runs)])
    found = pl.concat([AGENCY_FINDINGS.empty().with_columns(run_id=pl.lit("")), *(_named(run, "agencies") for run in runs)])
    return Combined(
        pileons=pileons,
        members=members.join(facts, on=["run_id", "pileon_id"]).with_columns(in_attack=pl.col("attack") & (pl.col("hostile") > 0)),
        agencies=found.rename({"scope": "pileon_id"}).join(facts, on=["run_id", "pileon_id"]).sort("onset", "pileon_id", "agency_id"),
        coactions=pl.concat([COACTIONS.empty().with_columns(run_id=pl.lit("")), *(_named(run, "coactions") for run in runs)]),
        groups=pl.concat([COACTION_GROUPS.empty().with_columns(run_id=pl.lit("")), *(_named(run, "coaction_groups") for run in runs)]),
        months=_months(runs, pileons),
    )


_TABLES: Final = {"members": MEMBERS, "agencies": AGENCY_FINDINGS, "coactions": COACTIONS, "coaction_groups": COACTION_GROUPS}


def _named(run: Run, name: str) -> pl.DataFrame:
    return _TABLES[name].conform(run.frames[name]).with_columns(run_id=pl.lit(run.name))


def _months(runs: Sequence[Run], pileons: pl.DataFrame) -> pl.DataFrame:
    """Give the months that the runs cover, and the days of each; null where a run does not tell what it saw."""
    spans = sorted((run.first, run.last) for run in runs if run.first is not None and run.last is not None)
    if len(spans) < len(runs) and len(pileons):
        return pl.DataFrame({"month": pileons["month"].unique().sort(), "days": None}, schema=_MONTH)
    joined: list[tuple[datetime, datetime]] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    days: dict[datetime, float] = {}
    for first, last in joined:
        start = first.astimezone(UTC)
        while start <= last:
            month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            following = (month + timedelta(days=32)).replace(day=1)
            days[month] = days.get(month, 0.0) + (min(last, following) - start) / timedelta(days=1)
            start = following
    return pl.DataFrame({"month": list(days), "days": list(days.values())}, schema=_MONTH).sort("month")


def per_30_days(count: pl.Expr, days: pl.Expr) -> pl.Expr:
    """Give a count as a rate; null where fewer than one day is covered: a rate from hours says nothing."""
    return pl.when(days >= 1).then(count / days * 30)

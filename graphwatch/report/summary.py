"""The few lines that a terminal shows: what was found, on whom, what to look at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

_ORDER: Final = {"attack": 0, "criticism": 1, "attention": 2}


def headline(frames: Mapping[str, pl.DataFrame], summary: Mapping[str, object]) -> str:
    """Say in one sentence what was found.

    Parameters
    ----------
    frames
        Result tables by name.
    summary
        What ``summary.json`` holds.
    """
    pileons, alerts = frames["pileons"], frames["alerts"]
    counts = summary["counts"]
    rows = counts.get("interactions", 0) if isinstance(counts, Mapping) else 0
    period = f"{str(summary['first_at'])[:16]} to {str(summary['last_at'])[:16]} UTC" if rows else "no time"
    told = [f"{_count(pileons, nature)} {nature}" for nature in _ORDER if _count(pileons, nature)]
    targets = pileons["target_id"].n_unique()
    found = f"{_many(len(pileons), 'pile-on')} on {_many(targets, 'target')} ({', '.join(told)})" if told else "no pile-on"
    urgent = alerts.filter(pl.col("level").is_in(["warning", "critical"])).height
    return f"{_many(rows, 'interaction')}, {period}: {found}; {_many(len(alerts), 'alert')}, {urgent} of them warning or critical."


def pileon_lines(frames: Mapping[str, pl.DataFrame], limit: int) -> list[tuple[str, ...]]:
    """Give one line of cells per pile-on, attacks first and the largest first among them.

    Parameters
    ----------
    limit
        Lines at most.

    Returns
    -------
    list of tuple of str
        Pile-on, nature with probability, target, onset, accounts, hostile accounts, q-value, first account by credit, agency with the
        smallest q-value below .05.
    """
    pileons = frames["pileons"].with_columns(pl.col("nature").replace_strict(_ORDER, default=9, return_dtype=pl.Int8).alias("rank"))
    shown = pileons.sort("rank", "hostile_actors", "actors", "pileon_id", descending=[False, True, True, False]).head(limit)
    first = frames["members"].sort("credit", "actor_id", descending=[True, False]).group_by("pileon_id", maintain_order=True).first()
    leaders = dict(
        first.select("pileon_id", pl.format("{} ({}%)", "actor_id", (pl.col("credit") * 100).round().cast(pl.Int64))).iter_rows()
    )
    near = frames["agencies"].filter(pl.col("q_value") < 0.05).sort("q_value", "agency_id")
    agencies = dict(near.group_by("scope", maintain_order=True).first().select("scope", "agency_id").iter_rows())
    return [
        (
            row["pileon_id"],
            row["nature"] + (f" {row['nature_probability']:.2f}" if row["nature_probability"] is not None else ""),
            row["target_id"],
            f"{row['onset']:%Y-%m-%d %H:%M}",
            str(row["actors"]),
            "?" if row["hostile_actors"] is None else str(row["hostile_actors"]),
            f"{row['q_value']:.1g}",
            leaders.get(row["pileon_id"], ""),
            agencies.get(row["pileon_id"], ""),
        )
        for row in shown.iter_rows(named=True)
    ]


def _count(pileons: pl.DataFrame, nature: str) -> int:
    return pileons.filter(pl.col("nature") == nature).height


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("" if n == 1 else "s")

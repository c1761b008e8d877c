"""Bursts on an account on one surface; those that the whole of what happens to the account hides are pile-ons of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.backbone import false_discovery_rates
from graphwatch.detect.pileons import find_pileons, pileon_id
from graphwatch.graph.views import BETWEEN, on_surfaces
from graphwatch.model import F64, HOUR, I32, I64, Bools, Events, Lists, Pileons
from graphwatch.schema import NATURES, PILEONS, SURFACE_PILEONS
from graphwatch.settings import DetectSettings

_STATISTICS: Final = 3  # scanned for each pair: hostile accounts, any accounts, any outside of the target's own threads
_ALONE_NOTE: Final = (
    "found on this surface alone: all figures are of this surface, q is over all pairs of account and surface and all statistics"
)


@dataclass(frozen=True, slots=True)
class SurfaceBursts:
    """Hostile and critical bursts on one account on one surface.

    Attributes
    ----------
    found
        By (onset, account, surface); what its target codes mean, only ``target`` tells.
    target : (k,)
        Account code of each.
    surface : (k,)
        Name of the surface.
    pairs
        Pairs of account and surface that were scanned.
    """

    found: Pileons
    target: I32
    surface: pl.Series
    pairs: int


def find_surface_bursts(events: Events, settings: DetectSettings, seed: int = 0) -> SurfaceBursts:
    """Find hostile and critical bursts on one account on one surface, for accounts that are acted upon on several.

    Notes
    -----
    The scan of :func:`graphwatch.detect.pileons.find_pileons` with (account, surface) in the place of the target. Bursts of mere attention
    are left out: on a surface of its own (a live chat, a comment section) they are what that surface is for. The false discovery rate is
    held over the pairs.
    """
    view = on_surfaces(events)
    found = find_pileons(view, settings, seed)
    found = _chosen(found, np.flatnonzero((found.frame["nature"] != "attention").to_numpy()))
    parts = found.frame["target_id"].str.split_exact(BETWEEN, 1).struct.rename_fields(["target_id", "surface"]).struct.unnest()
    acted_upon = np.zeros(len(view.accounts), np.bool_)
    acted_upon[view.targets.values] = True
    names = events.accounts.alias("target_id").to_frame().with_row_index("code").join(parts, on="target_id", how="semi")
    codes = parts.join(names, on="target_id", how="left", maintain_order="left")["code"].cast(pl.Int32).to_numpy()
    return SurfaceBursts(found, codes, parts["surface"], int(acted_upon.sum()))


def with_surface_pileons(events: Events, pileons: Pileons, bursts: SurfaceBursts, settings: DetectSettings) -> tuple[Pileons, pl.DataFrame]:
    """Add the bursts that are seen on one surface alone to the pile-ons.

    Parameters
    ----------
    pileons
        Over all surfaces, by (onset, target).
    bursts
        From :func:`find_surface_bursts`, of the same interactions.

    Returns
    -------
    pileons
        Those given, and after them in time each burst on a surface that no pile-on of the same or a graver nature on the account explains
        (at most ``quiet_h`` apart), with ``only_surface`` set. Its interactions are those on that surface.
    table
        ``surface_pileons``: all bursts. ``pileon_id`` is that of the pile-on at that time, or of the burst's own; null where the burst is
        too weak to be one.

    Notes
    -----
    Bursts on surfaces are many, and most belong to a pile-on. Those that do not are where the errors gather, so the rate at which they
    were found together says nothing of them. They are judged for themselves: Benjamini & Hochberg over all pairs and all three statistics,
    in which what belongs to a pile-on counts as p = 1. No p-value gets smaller by that, so their own rate is held at ``fdr``.
    """
    near = _nearest(bursts, pileons, round(settings.quiet_h * HOUR))
    graver = _rank(pileons.frame["nature"])
    own = _rank(bursts.found.frame["nature"])
    free = np.array([not any(graver[k] <= rank for k in found) for found, rank in zip(near, own, strict=True)], np.bool_)
    q_value = _rates(bursts, free)
    alone = np.flatnonzero(q_value <= settings.fdr)
    added = _as_pileons(events, bursts, alone, q_value[alone])
    ids: list[str | None] = [pileons.frame["pileon_id"][found[0]] if found else None for found in near]
    for k, name in zip(alone.tolist(), added.frame["pileon_id"], strict=True):
        ids[k] = name
    return _merged(pileons, added) if len(added) else pileons, _table(bursts, ids)


def find_surface_pileons(events: Events, pileons: Pileons, settings: DetectSettings, seed: int = 0) -> pl.DataFrame:
    """Give table ``surface_pileons``, by (onset, target, surface), beside the pile-ons over all surfaces."""
    return with_surface_pileons(events, pileons, find_surface_bursts(events, settings, seed), settings)[1]


def _table(bursts: SurfaceBursts, ids: list[str | None]) -> pl.DataFrame:
    named = bursts.found.frame["target_id"]
    frame = bursts.found.frame.with_columns(
        named.str.split_exact(BETWEEN, 1).struct.field("field_0").alias("target_id"),
        bursts.surface,
        pl.Series(
            "surface_pileon_id", [pileon_id(n, at, "s") for n, at in zip(named, bursts.found.onset.tolist(), strict=True)], dtype=pl.String
        ),
        pl.Series("pileon_id", ids, dtype=pl.String),
    )
    return SURFACE_PILEONS.conform(frame)


def _rank(natures: pl.Series) -> list[int]:
    """Give 0 for the gravest nature."""
    return [NATURES.index(nature) for nature in natures]


def _nearest(bursts: SurfaceBursts, pileons: Pileons, quiet: int) -> list[list[int]]:
    """Give the pile-ons on the same account that overlap each burst, or lie no more than ``quiet`` µs apart; the longest overlap first."""
    of_target: dict[int, list[int]] = {}
    for k, target in enumerate(pileons.target.tolist()):
        of_target.setdefault(target, []).append(k)
    out = []
    for target, onset, end in zip(bursts.target.tolist(), bursts.found.onset.tolist(), bursts.found.end.tolist(), strict=True):
        overlap = [(min(end, int(pileons.end[k])) - max(onset, int(pileons.onset[k])), -k) for k in of_target.get(target, [])]
        out.append([-k for common, k in sorted(overlap, reverse=True) if common >= -quiet])
    return out


def _rates(bursts: SurfaceBursts, free: Bools) -> F64:
    """Give the false discovery rate of each free burst among the free ones; infinity for the others."""
    q_value = np.full(len(free), np.inf)
    further = int(free.sum()) - len(set(bursts.found.target[free].tolist()))  # a pair's further bursts are hypotheses of their own
    q_value[free] = false_discovery_rates(bursts.found.frame["p_value"].to_numpy()[free], _STATISTICS * bursts.pairs + further)
    return q_value


def _as_pileons(events: Events, bursts: SurfaceBursts, index: I64, q_value: F64) -> Pileons:
    chosen, surface, target = _chosen(bursts.found, index), bursts.surface.gather(index), bursts.target[index]
    names = [pileon_id(n, at) for n, at in zip(chosen.frame["target_id"], chosen.onset.tolist(), strict=True)]
    frame = chosen.frame.with_columns(
        pl.Series("pileon_id", names, dtype=pl.String),
        events.accounts.gather(target).alias("target_id"),
        pl.Series("newcomers", _newcomers(events, chosen, target), dtype=pl.Int64),
        pl.Series("q_value", q_value, dtype=pl.Float64),
        surface.alias("only_surface"),
    )
    notes = tuple((*(chosen.notes[k] if chosen.notes else ()), _ALONE_NOTE) for k in range(len(index)))
    return replace(chosen, frame=PILEONS.conform(frame), target=target, notes=notes)


def _newcomers(events: Events, pileons: Pileons, target: I32) -> list[int]:
    """Count the accounts of each that never acted upon its target before its onset, on any surface."""
    wanted = np.zeros(len(events.accounts), np.bool_)
    wanted[target] = True
    hits = np.flatnonzero(wanted[events.targets.values])
    row = np.searchsorted(events.targets.start, hits, side="right") - 1
    whom = events.targets.values[hits]
    counts = []
    for k, code in enumerate(target.tolist()):
        earlier = row[(whom == code) & (events.at[row] < pileons.onset[k])]
        counts.append(len(np.setdiff1d(events.actor[pileons.rows.row(k)], events.actor[earlier])))
    return counts


def _chosen(pileons: Pileons, index: I64) -> Pileons:
    rows = [pileons.rows.row(k) for k in index.tolist()]
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(r) for r in rows], dtype=np.int64)])
    values = np.concatenate(rows) if rows else np.zeros(0, np.int32)
    notes = tuple(pileons.notes[k] for k in index.tolist()) if pileons.notes else ()
    return replace(
        pileons, frame=pileons.frame[index], target=pileons.target[index], onset=pileons.onset[index], peak=pileons.peak[index],
        end=pileons.end[index], rows=Lists(start, values), notes=notes,
    )  # fmt: skip


def _merged(first: Pileons, second: Pileons) -> Pileons:
    """Put two lists of pile-ons into one, by (onset, target); of equals those of ``first`` come first."""
    notes = [*(first.notes or ((),) * len(first)), *(second.notes or ((),) * len(second))]
    both = replace(
        first,
        frame=pl.concat([first.frame, second.frame]),
        target=np.concatenate([first.target, second.target]),
        onset=np.concatenate([first.onset, second.onset]),
        peak=np.concatenate([first.peak, second.peak]),
        end=np.concatenate([first.end, second.end]),
        rows=Lists(
            np.concatenate([first.rows.start, first.rows.start[-1] + second.rows.start[1:]]),
            np.concatenate([first.rows.values, second.rows.values]),
        ),
        notes=tuple(notes),
    )
    return _chosen(both, np.lexsort((both.target, both.onset)))

"""One pile-on in full: its course, its accounts with what speaks for and against each finding, its network and its descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import HOUR, I64, SURFACE_CODE, Bools, Events, Pileons
from graphwatch.report.beside import crowd_of
from graphwatch.report.causes import Causes, make_descent, make_network
from graphwatch.report.content import Member, PileonDetail
from graphwatch.report.traceback import shown_origins
from graphwatch.report.wording import count, moment, number, share
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import KINDS, ROLES, SURFACES
from graphwatch.settings import Settings

ORIGINS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Source:
    """What the details are made of; ``members``, ``shown``, ``causes`` by pile-on id, ``on_target`` by account code."""

    events: Events
    hostile: Bools
    pileons: Pileons
    members: Mapping[str, pl.DataFrame]
    shown: Mapping[str, pl.DataFrame]
    lines: Mapping[str, str]
    causes: Mapping[str, Causes]
    fits: pl.DataFrame
    agencies: pl.DataFrame
    on_target: Mapping[int, I64]
    pseudonyms: Pseudonyms
    settings: Settings
    origins: pl.DataFrame
    chains: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    role_evidence: Mapping[str, pl.DataFrame]


def make_detail(source: Source, index: int) -> PileonDetail:
    """Gather one pile-on, by its row in ``Pileons``."""
    events, pileons, settings = source.events, source.pileons, source.settings
    row = pileons.frame.row(index, named=True)
    pileon_id = str(row["pileon_id"])
    members = source.members.get(pileon_id, pl.DataFrame())
    causes = source.causes.get(pileon_id)
    rows = pileons.rows.row(index)
    around = _around(source, index)
    limit = settings.report.max_nodes
    fit = source.fits.filter(pl.col("pileon_id") == pileon_id)
    found = fit.row(0, named=True) if len(fit) else {}
    remarks = [*(pileons.notes[index] if pileons.notes else ()), *(found.get("notes") or ())]
    return PileonDetail(
        row={**row, "target_id": source.pseudonyms.of(str(row["target_id"]))},
        notes=tuple(dict.fromkeys(remarks)),
        times=events.at[around],
        hostile=source.hostile[around],
        onset=int(pileons.onset[index]),
        peak=int(pileons.peak[index]),
        end=int(pileons.end[index]),
        roles=_role_counts(members),
        members=_listed(source, source.shown.get(pileon_id, pl.DataFrame()), source.role_evidence.get(pileon_id)),
        member_count=len(members),
        agencies=source.agencies.filter(pl.col("scope") == pileon_id).sort("q_value", "p_value", "agency_id"),
        fit=found,
        network=make_network(events, members, causes, source.pseudonyms, limit) if len(members) else None,
        descent=make_descent(events, rows, source.hostile[rows], causes, limit),
        origins=shown_origins(source.origins, source.chains, pileon_id, source.pseudonyms, ORIGINS_SHOWN),
        crowd=crowd_of(source.frames, pileon_id, settings.report.table_rows),
    )


def _around(source: Source, index: int) -> I64:
    """Rows on the target from half the pile-on's length (at least an hour) before the onset to as much after the end."""
    rows = source.on_target[int(source.pileons.target[index])]
    onset, end = int(source.pileons.onset[index]), int(source.pileons.end[index])
    margin = max((end - onset) // 2, HOUR)
    surface = source.pileons.frame["only_surface"][index]
    rows = rows if surface is None else rows[source.events.surface[rows] == SURFACE_CODE[surface]]
    at = source.events.at[rows]
    return rows[np.searchsorted(at, onset - margin) : np.searchsorted(at, end + margin, side="right")]


def _role_counts(members: pl.DataFrame) -> dict[str, int]:
    if members.is_empty():
        return {}
    counts = dict(members.group_by("role").len().iter_rows())
    return {role: int(counts[role]) for role in ROLES if role in counts}


def shown_members(members: pl.DataFrame, most: int) -> pl.DataFrame:
    """Choose the accounts to list: per pile-on those of the highest credit, those that hold a role of their own first."""
    ranked = members.with_columns(joined=pl.col("role") == "follower").sort(
        "pileon_id", "joined", "credit", "actor_id", descending=[False, False, True, False], nulls_last=True
    )
    return ranked.group_by("pileon_id", maintain_order=True).head(most).drop("joined")


def evidence_lines(events: Events, shown: pl.DataFrame, pseudonyms: Pseudonyms) -> dict[str, str]:
    """Say when and how each interaction of the evidence was done; ids only as pseudonyms, since they can lead to the account."""
    wanted = shown["evidence"].explode().drop_nulls().unique().to_frame("id")
    known = pl.DataFrame({"id": events.ids, "row": np.arange(len(events))}).join(wanted, on="id", how="semi", maintain_order="left")
    lines = {}
    for name, row in known.iter_rows():
        kind = KINDS[events.kind[row]].replace("_", " ") if events.kind[row] >= 0 else "act"
        surface = f" on {SURFACES[events.surface[row]].replace('_', ' ')}" if events.surface[row] >= 0 else ""
        lines[name] = f"{moment(int(events.at[row]))} {kind}{surface} ({pseudonyms.of(name, 'interaction')})"
    return lines


def _listed(source: Source, shown: pl.DataFrame, evidence: pl.DataFrame | None) -> tuple[Member, ...]:
    if shown.is_empty():
        return ()
    roles: dict[str, list[dict[str, object]]] = {}
    for row in [] if evidence is None else evidence.rows(named=True):
        roles.setdefault(row["actor_id"], []).append(row)
    names = source.pseudonyms.series(shown["actor_id"]).to_list()
    return tuple(
        Member(
            name,
            {**row, "actor_id": name},
            tuple(source.lines[i] for i in row["evidence"] or () if i in source.lines),
            tuple(dict.fromkeys([*_against(row), *_counter_evidence(roles.get(row["actor_id"], []))])),
            tuple(map(rule_line, roles.get(row["actor_id"], []))),
        )
        for name, row in zip(names, shown.iter_rows(named=True), strict=True)
    )


def rule_line(row: Mapping[str, object]) -> str:
    """Say what a role rests on: its rule, and the counts that the rule asks for; see table ``role_evidence``."""
    asked = {
        "initiator": (("descendants", "descendants_needed", "descendants"),),
        "inciter": (("offspring", "offspring_needed", "set off directly"), ("mobilising_acts", None, "mobilising acts")),
        "repeat_offender": (("attacks", "attacks_needed", "attacks"),),
    }
    counts = [
        f"{_figure(row[name])} {words}" + (f" ({row[needed]} needed)" if needed and row[needed] is not None else "")
        for name, needed, words in asked.get(str(row["role"]), ())
        if row[name] is not None
    ]
    held = "" if row["probability"] is None else f" in {share(float(str(row['probability'])))} of the sampled histories"
    return f"{str(row['role']).replace('_', ' ')}{held}: {row['rule'] or 'no rule given'}" + "".join(f"; {line}" for line in counts)


def _figure(value: object) -> str:
    return count(value) if isinstance(value, int) else number(float(str(value)))


def _counter_evidence(rows: Iterable[Mapping[str, object]]) -> list[str]:
    lines = []
    for row in rows:
        told = row["counter_evidence"]
        lines += [str(line) for line in told] if isinstance(told, list) else []
    return lines


def _against(row: Mapping[str, object]) -> tuple[str, ...]:
    """Say what speaks against reading too much into an account's row."""
    number = {name: float(str(row[name])) for name in ("hostile", "interactions", "credit_low", "credit_high") if row[name] is not None}
    words = []
    if number.get("hostile") == 0:
        words.append("no hostile act of its own")
    if number.get("interactions") == 0:
        words.append("no act inside the pile-on, only before it")
    elif number.get("interactions") == 1:
        words.append("a single act")
    if row["role"] != "follower" and row["role_probability"] is not None and float(str(row["role_probability"])) < 0.7:
        words.append("the role is uncertain")
    if number.get("credit_low", 1) <= 0.01 < number.get("credit_high", 0):
        words.append("the credit may be next to nothing")
    return tuple(words)

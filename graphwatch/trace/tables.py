"""The stage's findings as frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import F32, F64, HOUR, I32, I64, Bools, Events, Pileons
from graphwatch.schema import MEMBERS, ROLES, STRINGS
from graphwatch.settings import TraceSettings
from graphwatch.trace.branching import Fit
from graphwatch.trace.candidates import PARENT, RELATIONS, Candidates
from graphwatch.trace.counter import Facts
from graphwatch.trace.credit import Credits
from graphwatch.trace.nodes import Nodes
from graphwatch.trace.roles import Evidence, repeat_probability

MAX_EVIDENCE: Final = 5
EDGE_AT: Final = 0.02  # weaker causes are not drawn
CAUSE_AT: Final = 0.002  # weaker causes are left out of what is counted along all paths


@dataclass(frozen=True, slots=True)
class Edges:
    """Likely causes: rows of the child and its cause, the relation (place in ``RELATIONS``), the probability."""

    child: I32
    parent: I32
    relation: I32
    probability: F64


def likeliest_causes(nodes: Nodes, candidates: Candidates, probability: F32) -> Edges:
    """Give the two likeliest causes of each interaction, as far as they are worth drawing.

    A crowd's act that stands for others has the probability of itself alone.
    """
    c = candidates
    child = np.repeat(np.arange(len(nodes), dtype=np.int32), np.diff(c.start))
    known = np.flatnonzero((nodes.parent >= 0) & nodes.member).astype(np.int32)
    single = probability / c.weight
    good = (single >= EDGE_AT) & nodes.member[child]
    child = np.concatenate([child[good], known])
    parent = np.concatenate([c.node[good], nodes.parent[known]])
    relation = np.concatenate([c.relation[good].astype(np.int32), np.full(len(known), PARENT, np.int32)])
    shares = np.concatenate([single[good].astype(np.float64), np.ones(len(known))])
    order = np.lexsort((parent, -shares, child))
    child, parent, relation, shares = child[order], parent[order], relation[order], shares[order]
    rank = np.arange(len(child)) - np.searchsorted(child, child)
    top = rank < 2
    return Edges(nodes.row[child[top]], nodes.row[parent[top]], relation[top], shares[top])


def considered_causes(nodes: Nodes, candidates: Candidates, probability: F32) -> Edges:
    """Give the causes that the model considered for each interaction whose parent is not known, by child, then cause.

    An act that stands for others has the probability of all of them, as in the sampling of credit. Causes below ``CAUSE_AT`` are left
    out, and the others take their share.
    """
    child = np.repeat(np.arange(len(nodes), dtype=np.int32), np.diff(candidates.start))
    good = (probability >= CAUSE_AT) & nodes.member[child] & (nodes.parent[child] < 0)
    open_ = np.bincount(child, probability, minlength=len(nodes))
    kept = np.bincount(child[good], probability[good], minlength=len(nodes))
    child, share = child[good], probability[good].astype(np.float64)
    share *= open_[child] / kept[child]
    return Edges(nodes.row[child], nodes.row[candidates.node[good]], candidates.relation[good].astype(np.int32), share)


@dataclass(frozen=True, slots=True)
class Traced:
    """All that is known of one pile-on after tracing.

    Attributes
    ----------
    edges, causes
        The likeliest causes, for drawing; all that the model considered.
    newcomer
        Per account.
    facts
        What may speak against a role.
    gated
        Only hostile or mobilising acts could make an initiator or inciter.
    role_at
        Probability from which the roles are given that rest on the branching structure.
    branching_ratio, linked_share, ks_p_value, notes
        Of the fit.
    """

    nodes: Nodes
    edges: Edges
    causes: Edges
    fit: Fit
    evidence: Evidence
    credit: Credits
    newcomer: Bools
    facts: Facts
    gated: bool
    role_at: float
    branching_ratio: float
    linked_share: float
    ks_p_value: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Columns of the accounts of all pile-ons, end to end."""

    pileon: I32
    account: I32
    interactions: I64
    hostile: I64
    first_at: I64
    credit: F64
    chance: F64
    newcomer: Bools


def fits_frame(pileons: Pileons, traced: Sequence[Traced]) -> pl.DataFrame:
    """Give the fits, one row per pile-on (columns: see :class:`graphwatch.trace.Trace`)."""
    schema: dict[str, pl.DataType] = {
        "pileon_id": pl.String(),
        "branching_ratio": pl.Float64(),
        "kernel": pl.String(),
        "scale_s": pl.Float64(),
        "tail": pl.Float64(),
        "spontaneous": pl.Float64(),
        "reach_exponent": pl.Float64(),
        **{f"rate_{name}": pl.Float64() for name in RELATIONS},
        "log_likelihood": pl.Float64(),
        "iterations": pl.Int64(),
        "converged": pl.Boolean(),
        "linked_share": pl.Float64(),
        "ks_p_value": pl.Float64(),
        "samples": pl.Int64(),
        "notes": STRINGS,
    }
    rows = []
    for name, t in zip(pileons.frame["pileon_id"], traced, strict=True):
        tail = float(t.fit.shapes.tail[t.fit.shape])
        rows.append(
            (
                name,
                t.branching_ratio,
                t.fit.shapes.family,
                float(t.fit.shapes.scale[t.fit.shape]),
                None if np.isnan(tail) else tail,
                t.fit.spontaneous,
                t.fit.reach,
                *t.fit.rate.tolist(),
                t.fit.log_likelihood,
                t.fit.iterations,
                t.fit.converged,
                t.linked_share,
                None if np.isnan(t.ks_p_value) else t.ks_p_value,
                t.credit.samples,
                list(t.notes),
            )
        )
    return pl.DataFrame(rows, schema=schema, orient="row")


def edges_frame(events: Events, pileons: Pileons, traced: Sequence[Traced]) -> pl.DataFrame:
    """Give the likeliest causes, by pile-on, child, then probability from high to low (columns: see :class:`graphwatch.trace.Trace`)."""
    parts = [t.edges for t in traced]
    schema: dict[str, pl.DataType] = {
        "pileon_id": pl.String(),
        "child": pl.String(),
        "parent": pl.String(),
        "relation": pl.String(),
        "probability": pl.Float64(),
    }
    if not parts:
        return pl.DataFrame(schema=schema)
    sizes = [len(part.child) for part in parts]
    frame = pl.DataFrame(
        {
            "pileon_id": pileons.frame["pileon_id"].gather(np.repeat(np.arange(len(parts)), sizes)),
            "child": events.ids.gather(np.concatenate([part.child for part in parts])),
            "parent": events.ids.gather(np.concatenate([part.parent for part in parts])),
            "relation": pl.Series(RELATIONS).gather(np.concatenate([part.relation for part in parts])),
            "probability": np.concatenate([part.probability for part in parts]),
        }
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


@dataclass(frozen=True, slots=True)
class Judged:
    """The accounts of all pile-ons, and what the rules say of them.

    Attributes
    ----------
    chance, level : (accounts, 3)
        Probability that each rule holds, in the order of ``ROLES``, and the one from which the role is given.
    repeaters
        Members of attacks that may be repeat offenders.
    """

    accounts: Accounts
    chance: F64
    level: F64
    repeaters: I32

    @property
    def holds(self) -> Bools:
        """Roles given."""
        given: Bools = self.chance >= self.level
        return given


def judge(events: Events, pileons: Pileons, traced: Sequence[Traced], settings: TraceSettings) -> Judged:
    """Put the rules' probabilities beside the thresholds; ``traced`` must not be empty."""
    accounts = _accounts(events, traced, pileons.hostile_at)
    repeat, repeaters = _repeated(events, pileons, accounts, settings)
    by_structure = np.array([t.role_at for t in traced])[accounts.pileon]
    level = np.column_stack([by_structure, by_structure, np.full(len(repeat), settings.role_at)])
    return Judged(accounts, np.column_stack([accounts.chance, repeat]), level, repeaters)


def members_frame(events: Events, pileons: Pileons, traced: Sequence[Traced], judged: Judged) -> pl.DataFrame:
    """Give the table ``members``.

    ``role_probability`` of a ``follower`` is one minus the highest probability of another role. In an attack, an account without a
    hostile act (a reporter, a defender) has as probability that it joined its acts' highest hostility, 0 when that is not known.
    """
    accounts, chance, holds = judged.accounts, judged.chance, judged.holds
    attack = np.array([t.gated for t in traced])[accounts.pileon]
    primary = np.where(holds.any(axis=1), holds.argmax(axis=1), len(ROLES) - 1)
    joined = np.where(attack & (accounts.hostile == 0), _hostility(events, traced, accounts), 1.0 - chance.max(axis=1))
    probability = np.where(primary < len(ROLES) - 1, chance[np.arange(len(chance)), np.minimum(primary, 2)], joined)
    keep = (accounts.interactions > 0) | holds[:, :2].any(axis=1)
    evidence = _evidence(events, traced, accounts, judged.repeaters, holds[:, 2])
    frame = pl.DataFrame(
        {
            "member": np.arange(len(chance), dtype=np.int32),
            "pileon_id": pileons.frame["pileon_id"].gather(accounts.pileon),
            "actor_id": events.accounts.gather(accounts.account),
            "interactions": accounts.interactions,
            "hostile": accounts.hostile,
            "first_at": accounts.first_at,
            "role": pl.Series(ROLES).gather(primary),
            "roles": _role_lists(holds),
            "role_probability": np.clip(probability, 0.0, 1.0),
            "credit": accounts.credit[:, 0],
            "credit_low": accounts.credit[:, 1],
            "credit_high": accounts.credit[:, 2],
            "newcomer": accounts.newcomer,
        }
    ).join(evidence, on="member", how="left", maintain_order="left")
    order = np.lexsort((accounts.account, -accounts.credit[:, 0], accounts.pileon))
    return MEMBERS.conform(frame[order[keep[order]]])


def _role_lists(holds: Bools) -> pl.Series:
    """All roles that hold, in the order of ``ROLES``; ``follower`` where none does."""
    names = [[role for k, role in enumerate(ROLES[:-1]) if code >> k & 1] or [ROLES[-1]] for code in range(8)]
    return pl.Series("roles", names, dtype=STRINGS).gather(holds @ np.array([1, 2, 4]))


def _accounts(events: Events, traced: Sequence[Traced], hostile_at: float) -> Accounts:
    columns: list[tuple[np.ndarray, ...]] = []
    for index, t in enumerate(traced):
        nodes, size = t.nodes, len(t.nodes.actors)
        count = np.bincount(nodes.account[nodes.member], minlength=size)
        with np.errstate(invalid="ignore"):
            hostile_act = nodes.member & (events.hostility[nodes.row] >= np.float32(hostile_at))
        hostile = np.bincount(nodes.account[hostile_act], minlength=size)
        first = np.full(size, np.iinfo(np.int64).max)
        counted = nodes.member | (count[nodes.account] == 0)
        np.minimum.at(first, nodes.account[counted], events.at[nodes.row[counted]])
        credit = np.column_stack([t.credit.mean, t.credit.low, t.credit.high])
        chance = np.column_stack([t.credit.initiated, t.credit.incited])
        columns.append((np.full(size, index, np.int32), nodes.actors, count, hostile, first, credit, chance, t.newcomer))
    return Accounts(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _hostility(events: Events, traced: Sequence[Traced], accounts: Accounts) -> F64:
    """Highest hostility of each account's acts in the pile-on; 0 when not known."""
    out = np.zeros(len(accounts.account))
    begin = 0
    for t in traced:
        score = np.nan_to_num(events.hostility[t.nodes.row[t.nodes.member]].astype(np.float64))
        np.maximum.at(out, begin + t.nodes.account[t.nodes.member], score)
        begin += len(t.nodes.actors)
    return out


def _repeated(events: Events, pileons: Pileons, accounts: Accounts, settings: TraceSettings) -> tuple[F64, I32]:
    """Probability per member that it is a repeat offender, and for each the members that it is in other attacks as pairs."""
    attack = (pileons.frame["nature"] == "attack").fill_null(value=False).to_numpy() & (not pileons.volume_only)
    chance = np.where(attack, pileons.frame["nature_probability"].fill_null(1.0).to_numpy(), 0.0)
    in_attack = np.flatnonzero((accounts.hostile > 0) & attack[accounts.pileon])
    found, tail = repeat_probability(
        accounts.account[in_attack],
        accounts.pileon[in_attack],
        pileons.onset,
        chance,
        int(settings.repeat_gap_h * HOUR),
        settings.repeat_pileons,
    )
    by_account = np.zeros(len(events.accounts))
    by_account[found] = tail
    out = np.zeros(len(accounts.account))
    out[in_attack] = by_account[accounts.account[in_attack]]
    return out, in_attack[by_account[accounts.account[in_attack]] > 0].astype(np.int32)


def _evidence(events: Events, traced: Sequence[Traced], accounts: Accounts, repeaters: I32, repeat: Bools) -> pl.DataFrame:
    """Up to five interactions per member: the first act, the ones with most offspring, one in each other attack of a repeat offender."""
    member, row, offspring = [], [], []
    begin = 0
    for t in traced:
        member.append(begin + t.nodes.account)
        row.append(t.nodes.row)
        offspring.append(np.where(t.evidence.eligible | ~t.gated, t.evidence.offspring, 0.0))
        begin += len(t.nodes.actors)
    members, rows, strength = np.concatenate(member), np.concatenate(row), np.concatenate(offspring)
    order = np.lexsort((rows, members))
    members, rows, strength = members[order], rows[order], strength[order]
    first = np.concatenate([[True], members[1:] != members[:-1]])
    rank = np.where(first, -np.inf, -strength)
    kept = first | (strength >= 0.5)
    members, rows, rank = members[kept], rows[kept], rank[kept]
    extra_member, extra_row = _acts_in_other_attacks(traced, accounts, repeaters, repeat)
    members, rows = np.concatenate([members, extra_member]), np.concatenate([rows, extra_row])
    rank = np.concatenate([rank, np.full(len(extra_row), -1e9)])
    order = np.lexsort((rows, rank, members))
    members, rows = members[order], rows[order]
    kept = np.arange(len(members)) - np.searchsorted(members, members) < MAX_EVIDENCE
    frame = pl.DataFrame({"member": members[kept].astype(np.int32), "evidence": events.ids.gather(rows[kept])})
    return frame.group_by("member", maintain_order=True).agg("evidence")


def _acts_in_other_attacks(traced: Sequence[Traced], accounts: Accounts, repeaters: I32, repeat: Bools) -> tuple[I64, I32]:
    """First hostile act of each repeat offender in each of its other attacks."""
    starts = np.concatenate([[0], np.cumsum([len(t.nodes.actors) for t in traced])])
    first_hostile = np.full(len(accounts.account), -1, np.int32)
    for begin, t in zip(starts[:-1], traced, strict=True):
        acts = np.flatnonzero(t.nodes.member & (t.nodes.hostile > 0))[::-1]
        first_hostile[begin + t.nodes.account[acts]] = t.nodes.row[acts]
    pairs = pl.DataFrame({"account": accounts.account[repeaters], "member": repeaters})
    pairs = pairs.filter(pl.Series(repeat[repeaters]))
    joined = pairs.join(pairs, on="account", suffix="_other").filter(pl.col("member") != pl.col("member_other"))
    return joined["member"].to_numpy().astype(np.int64), first_hostile[joined["member_other"].to_numpy()]

"""The table ``role_evidence``: what each role rests on, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
import polars as pl

from graphwatch.model import F64, HOUR, I32, I64, Events, Pileons
from graphwatch.schema import ROLE_EVIDENCE, ROLES
from graphwatch.settings import TraceSettings
from graphwatch.trace.counter import in_words
from graphwatch.trace.tables import Judged, Traced


@numba.njit(cache=True)
def separate_onsets(account: I32, onset: I64, gap: int, out: I64) -> None:
    """Count per account the onsets that lie at least ``gap`` µs after the first of the group before.

    Parameters
    ----------
    account, onset : (k,)
        Ascending by account, then onset.
    out : (all accounts,)
        Added to.
    """
    first = np.int64(0)
    for k in range(len(account)):
        if k == 0 or account[k] != account[k - 1] or onset[k] - first >= gap:
            out[account[k]] += 1
            first = onset[k]


def _attacks(events: Events, pileons: Pileons, judged: Judged, settings: TraceSettings) -> I64:
    """Attacks of separate onset in which each member was hostile."""
    attack = (pileons.frame["nature"] == "attack").fill_null(value=False).to_numpy() & (not pileons.volume_only)
    accounts = judged.accounts
    rows = np.flatnonzero((accounts.hostile > 0) & attack[accounts.pileon])
    rows = rows[np.lexsort((pileons.onset[accounts.pileon[rows]], accounts.account[rows]))]
    count = np.zeros(len(events.accounts), np.int64)
    separate_onsets(accounts.account[rows], pileons.onset[accounts.pileon[rows]], int(settings.repeat_gap_h * HOUR), count)
    return count[accounts.account]


def _per_account(traced: Sequence[Traced]) -> tuple[I64, I64, F64, F64, I64]:
    """Eligible acts, place of the first, direct offspring, peers' offspring, mobilising acts; accounts of all pile-ons end to end."""
    columns: list[tuple[np.ndarray, ...]] = []
    for t in traced:
        size, account = len(t.nodes.actors), t.nodes.account
        place = np.cumsum(t.evidence.eligible & t.nodes.member)
        first = np.full(size, np.iinfo(np.int64).max)
        np.minimum.at(first, account[t.evidence.eligible], np.maximum(place[t.evidence.eligible], 1))
        eligible = np.bincount(account[t.evidence.eligible], minlength=size)
        offspring = np.bincount(account, weights=t.evidence.offspring, minlength=size)
        columns.append((eligible, first, offspring, t.evidence.peers, np.bincount(account[t.nodes.mobilising], minlength=size)))
    counts = [np.concatenate([column[k] for column in columns]) for k in range(5)]
    eligible, first, mobilising = (counts[k].astype(np.int64) for k in (0, 1, 4))
    return eligible, first, counts[2].astype(np.float64), counts[3].astype(np.float64), mobilising


def _rules(settings: TraceSettings) -> list[list[str]]:
    """Give the rules in words, per role, for what is not and what is an attack."""
    acts = ("any", "hostile or mobilising")
    early = f"act among the first {settings.early_share:.0%} or {settings.early_acts}"
    return [
        [
            f"{kind} {early} that came by itself, with at least {settings.initiator_descendants} descendants and "
            f"{settings.initiator_share:.0%} of the pile-on"
            for kind in acts
        ],
        [
            f"direct offspring of {kind} acts at least {settings.inciter_ratio:g} times that of peers, beyond chance, and at least "
            f"{settings.inciter_offspring}; or that many after mobilising content"
            for kind in acts
        ],
        [f"hostile in at least {settings.repeat_pileons} attacks with onsets {settings.repeat_gap_h:g} h apart"] * 2,
    ]


def role_evidence_frame(
    events: Events, pileons: Pileons, traced: Sequence[Traced], judged: Judged, settings: TraceSettings
) -> pl.DataFrame:
    """Give the table ``role_evidence``, by pile-on, account, then role.

    Roles that are given, that are likely enough to be explained (``trace.evidence_at``), and those that the branching structure would
    suggest of an account whose acts cannot make it one (probability 0): a reporter or a defender with a large following.
    """
    accounts, chance, holds = judged.accounts, judged.chance, judged.holds
    eligible, first, offspring, peers, mobilising = _per_account(traced)
    sizes = np.array([t.nodes.members for t in traced])
    starts = np.concatenate([[0], np.cumsum([len(t.nodes.actors) for t in traced])])
    descendants = accounts.credit[:, 0] * sizes[accounts.pileon]
    needed = np.array([t.evidence.rules.descendants_needed for t in traced])[accounts.pileon]
    offspring_needed = np.concatenate([t.evidence.rules.offspring_needed for t in traced]).astype(np.int64)
    gated = np.array([t.gated for t in traced])[accounts.pileon]
    held_back = gated & (eligible == 0) & (accounts.interactions > 0)
    shown = holds | (chance >= settings.evidence_at)
    shown[:, 0] |= held_back & (descendants - accounts.interactions >= needed)
    shown[:, 1] |= held_back & (offspring >= np.maximum(settings.inciter_offspring, settings.inciter_ratio * peers))
    member, role = np.nonzero(shown)
    rules = _rules(settings)
    member_list = member.tolist()
    words = [
        in_words(t.facts, m - int(starts[p]), settings, gated=t.gated)
        for m, p in zip(member_list, accounts.pileon[member].tolist(), strict=True)
        for t in (traced[p],)
    ]
    attacks = _attacks(events, pileons, judged, settings)
    never = np.iinfo(np.int32).max
    frame = pl.DataFrame(
        {
            "pileon": accounts.pileon[member],
            "pileon_id": pileons.frame["pileon_id"].gather(accounts.pileon[member]),
            "actor_id": events.accounts.gather(accounts.account[member]),
            "role": pl.Series(ROLES).gather(role),
            "probability": np.clip(chance[member, role], 0.0, 1.0),
            "needed_probability": judged.level[member, role],
            "given": holds[member, role],
            "rule": [rules[r][g] for r, g in zip(role.tolist(), gated[member].astype(int).tolist(), strict=True)],
            "eligible_acts": eligible[member],
            "first_place": first[member],
            "descendants": descendants[member],
            "descendants_needed": needed[member],
            "offspring": offspring[member],
            "offspring_needed": offspring_needed[member],
            "mobilising_acts": mobilising[member],
            "attacks": attacks[member],
            "attacks_needed": np.full(len(member), settings.repeat_pileons),
            "counter_evidence": pl.Series(words, dtype=pl.List(pl.String)),
            "place": role,
        }
    ).with_columns(
        first_place=pl.when(pl.col("eligible_acts") > 0).then("first_place"),
        offspring_needed=pl.when(pl.col("offspring_needed") < never).then("offspring_needed"),
    )
    return ROLE_EVIDENCE.conform(frame.sort("pileon", "actor_id", "place"))

"""Who started a pile-on and who fed it: the stage's one call, and what it hands on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import F64, I32, WORKERS, Bools, Events, Pileons
from graphwatch.schema import MEMBERS, ROLE_EVIDENCE
from graphwatch.settings import TraceSettings
from graphwatch.trace.background import hour_profile, spontaneous_share
from graphwatch.trace.branching import Fit, branching_ratio, cause_probabilities, fit, pose
from graphwatch.trace.candidates import find_candidates
from graphwatch.trace.counter import Facts, gather_facts, verified_accounts
from graphwatch.trace.credit import sample_credit
from graphwatch.trace.follows import Followed, followed_accounts
from graphwatch.trace.goodness import rescaling_p_value
from graphwatch.trace.nodes import Nodes, TargetRows, collect_nodes, rows_of_targets
from graphwatch.trace.role_table import role_evidence_frame
from graphwatch.trace.roles import gather_evidence
from graphwatch.trace.tables import Edges, Traced, considered_causes, edges_frame, fits_frame, judge, likeliest_causes, members_frame

STAGE: Final = 0x7472  # keeps this stage's random numbers apart from other stages'
POOR_FIT: Final = 0.01
LINKED: Final = 0.05  # share of the causes below which links tell nothing


@dataclass(frozen=True, slots=True)
class Trace:
    """What tracing found.

    Attributes
    ----------
    members
        Result table ``members``, ``agency_id`` null; by pile-on, then credit from high to low, then account.
    fits
        One row per pile-on: ``pileon_id, branching_ratio, kernel, scale_s, tail, spontaneous, reach_exponent, rate_<relation> …,
        log_likelihood, iterations, converged, linked_share, ks_p_value, samples, notes``.
    edges
        Likeliest causes, two per interaction at most: ``pileon_id, child, parent`` (interaction ids), ``relation, probability``.
    role_evidence
        Result table ``role_evidence``: rule, counts and counter-evidence of each role, given or not.
    causes
        By pile-on, all causes that the model considered, as rows of the interactions; ``edges`` has the likeliest of them.
    """

    members: pl.DataFrame
    fits: pl.DataFrame
    edges: pl.DataFrame
    role_evidence: pl.DataFrame = field(default_factory=ROLE_EVIDENCE.empty)
    causes: tuple[Edges, ...] = ()


def trace_pileons(
    events: Events,
    pileons: Pileons,
    follows: pl.DataFrame | None,
    settings: TraceSettings,
    seed: int,
    accounts: pl.DataFrame | None = None,
) -> Trace:
    """Fit the branching model to each pile-on; give credit, roles and evidence to its accounts.

    Parameters
    ----------
    events
        Interactions in canonical order.
    pileons
        Pile-ons found in them.
    follows
        Table ``follows``; None: not known, the relation is then left out.
    settings
        Section ``trace``.
    seed
        Seed of everything random.
    accounts
        Table ``accounts``; who is verified counts as counter-evidence.

    Returns
    -------
    Trace
        ``members`` has every account of every pile-on. Accounts that have no interaction in it are added where a hostile or mobilising
        act of theirs before the onset, or one that interactions of the pile-on answer or pass on, makes them initiator or inciter; their
        ``interactions`` is 0 and ``first_at`` the time of that act.

    Notes
    -----
    Credit says how much descends from an account under the model; it is no statement of intent. Where acts bear no link (no parent, shared
    object, thread or follow), causes are told apart by time alone, and credit goes mainly to the early. ``fits`` says how well the model
    fits. In attention and criticism, ``initiator`` and ``inciter`` mean who carried the event.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> from graphwatch.model import Lists
    >>> from graphwatch.schema import INTERACTIONS, PILEONS
    >>> events = encode(INTERACTIONS.empty())
    >>> no = np.zeros(0, np.int64)
    >>> found = Pileons(PILEONS.empty(), no.astype(np.int32), no, no, no, Lists.empty(0), volume_only=True)
    >>> trace_pileons(events, found, None, TraceSettings(), 0).members.shape
    (0, 14)
    """
    if not len(pileons):
        return Trace(MEMBERS.empty(), fits_frame(pileons, []), edges_frame(events, pileons, []), ROLE_EVIDENCE.empty())
    targets = rows_of_targets(events, pileons.target)
    local = np.full(len(events), -1, np.int32)
    nodes = [collect_nodes(events, pileons, i, targets, local, settings) for i in range(len(pileons))]
    del local
    followed = followed_accounts(events, np.unique(np.concatenate([n.actors for n in nodes])), follows)
    profile = hour_profile(events, pileons)
    known = np.zeros(len(events.accounts), bool)
    verified, linking = verified_accounts(events, accounts), events.object_names.str.starts_with("url:").to_numpy()

    def trace(i: int) -> Traced:
        before = befores[i]
        facts = gather_facts(events, nodes[i], before, pileons.hostile_at, linking, verified)
        return trace_one(events, pileons, i, nodes[i], followed, profile, facts, newcomers[i], settings, seed)

    befores = [_before(events, pileons, i, targets) for i in range(len(pileons))]
    newcomers = [_newcomers(events, nodes[i], befores[i], known) for i in range(len(pileons))]
    with ThreadPoolExecutor(WORKERS) as pool:  # the kernels release the GIL; no pile-on's numbers depend on another's
        traced = list(pool.map(trace, range(len(pileons))))
    judged = judge(events, pileons, traced, settings)
    return Trace(
        members_frame(events, pileons, traced, judged),
        fits_frame(pileons, traced),
        edges_frame(events, pileons, traced),
        role_evidence_frame(events, pileons, traced, judged, settings),
        tuple(t.causes for t in traced),
    )


def _before(events: Events, pileons: Pileons, index: int, targets: TargetRows) -> I32:
    """Rows aimed at the target before the onset."""
    rows = targets.of(int(pileons.target[index]))
    return rows[: np.searchsorted(events.at[rows], pileons.onset[index])]


def _newcomers(events: Events, nodes: Nodes, before: I32, known: Bools) -> Bools:
    earlier = events.actor[before]
    known[earlier] = True
    new = ~known[nodes.actors]
    known[earlier] = False
    return new


def trace_one(
    events: Events,
    pileons: Pileons,
    index: int,
    nodes: Nodes,
    followed: Followed,
    profile: F64,
    facts: Facts,
    newcomer: Bools,
    settings: TraceSettings,
    seed: int,
) -> Traced:
    """Trace pile-on ``index``; its random numbers depend on the seed, its target and its onset, not on the other pile-ons."""
    key = (seed, STAGE, _words(str(pileons.frame["pileon_id"][index])))
    onset, end = int(pileons.onset[index]), int(pileons.end[index])
    candidates = find_candidates(events, nodes, followed, settings, int(np.random.default_rng(key).integers(2**62)))
    base, due = spontaneous_share(events.at[nodes.row], onset, end, profile)
    followers = events.followers[nodes.row]
    problem = pose(nodes, candidates, followers, base, settings)
    fitted = fit(problem, settings)
    _, probability = cause_probabilities(problem, fitted, fitted.factor)
    gated = pileons.frame["nature"][index] == "attack" and not pileons.volume_only
    defenders = facts.defends(settings)
    evidence = gather_evidence(nodes, candidates, probability, followers, gated=gated, settings=settings, defenders=defenders)
    linked = evidence.rules.linked
    credit = sample_credit(problem, nodes, fitted, evidence.rules, settings, (*key, 1))
    p_value = rescaling_p_value(nodes, problem, fitted, due)
    return Traced(
        nodes=nodes,
        edges=likeliest_causes(nodes, candidates, probability),
        causes=considered_causes(nodes, candidates, probability),
        fit=fitted,
        evidence=evidence,
        credit=credit,
        newcomer=newcomer,
        facts=facts,
        gated=gated,
        role_at=settings.role_at if gated and linked >= LINKED else settings.carrier_role_at,
        branching_ratio=branching_ratio(problem, fitted),
        linked_share=linked,
        ks_p_value=p_value,
        notes=_notes(nodes, fitted, p_value, linked, credit.samples, settings),
    )


def _words(name: str) -> int:
    value = 0
    for byte in name.encode():
        value = (value * 1_000_003 + byte) % (2**61 - 1)
    return value


def _notes(nodes: Nodes, fitted: Fit, p_value: float, linked: float, samples: int, settings: TraceSettings) -> tuple[str, ...]:
    notes = []
    if not fitted.converged:
        notes.append(f"EM stopped after {fitted.iterations} iterations without convergence")
    if p_value < POOR_FIT:
        notes.append(f"the model does not fit the times well (time-rescaling KS p = {p_value:.1g})")
    if nodes.members > settings.fit_rows:
        notes.append(f"parameters fitted to one interaction in {-(-nodes.members // settings.fit_rows)}")
    if samples < settings.samples:
        notes.append(f"{samples} structures sampled instead of {settings.samples}, for memory")
    if linked < LINKED:
        notes.append("hardly any parent, thread, object or follow links the acts: causes are told apart by time alone")
    return tuple(notes)

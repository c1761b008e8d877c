"""Roles: evidence rules over what the sampled structures say. They are findings to be reviewed, never verdicts.

- ``initiator``: an early act (among the first share of the eligible acts) with enough descendants that came by itself. Several accounts
  that start together within minutes look, by time alone, as if the first had caused the others. So an early act that nothing but the
  crowd links to its cause counts as come by itself with the probability with which causes show a link in this pile-on: where links are
  well known, their absence says much.
- ``inciter``: direct offspring by others well above that of peers with the same exposure (like audience, like time left), or a few after
  mobilising content (category ``incitement``).
- ``repeat_offender``: hostile in several attacks of separate onset.
- ``follower``: the rest.

Where hardly any cause shows a link (parent, thread, object, follow), time alone tells causes apart, and a higher probability is asked for.

In an attack only hostile or mobilising acts, and other acts of accounts at least half of whose acts are, can make an initiator or
inciter, so that a reporter, a defender, or a journalist who quoted
stays a ``follower`` however far the quote travelled. In criticism and attention, and where no hostility is known, any act can, the
probability asked for is higher, and the role says who carried the event, not who did wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import pdtrik

from graphwatch.model import F32, F64, I32, I64, Bools
from graphwatch.settings import TraceSettings
from graphwatch.trace.candidates import FOLLOW, OBJECT, PARENT, RELATIONS, THREAD, Candidates
from graphwatch.trace.credit import Rules
from graphwatch.trace.nodes import Nodes

PEERS: Final = 10.0  # acts of all that are put to each group of peers, so that small groups lean on the whole
CHANCE: Final = 0.999


@dataclass(frozen=True, slots=True)
class Evidence:
    """Eligible acts and expected offspring per node.

    Attributes
    ----------
    eligible
        Acts that can make their account an initiator or inciter.
    offspring
        Expected direct offspring by other accounts.
    peers
        Direct offspring that the peers of an account's acts have, per account.
    rules
        What to ask the samples.
    """

    eligible: Bools
    offspring: F64
    peers: F64
    rules: Rules


def expected_offspring(nodes: Nodes, candidates: Candidates, probability: F32) -> F64:
    """Give the expected direct offspring of each node among the interactions, by other accounts."""
    child = np.repeat(np.arange(len(nodes)), np.diff(candidates.start))
    good = nodes.member[child] & (nodes.account[child] != nodes.account[candidates.node])
    out = np.bincount(candidates.node[good], weights=probability[good].astype(np.float64), minlength=len(nodes)).astype(np.float64)
    known = np.flatnonzero((nodes.parent >= 0) & nodes.member)
    known = known[nodes.account[known] != nodes.account[nodes.parent[known]]]
    return out + np.bincount(nodes.parent[known], minlength=len(nodes))


def linked_share(nodes: Nodes, candidates: Candidates, probability: F32) -> float:
    """Give the expected share of the caused interactions whose cause shows a link: parent, thread, object or follow."""
    child = np.repeat(np.arange(len(nodes)), np.diff(candidates.start))
    weights = np.where(nodes.member[child], probability, 0.0)
    by_relation = np.bincount(candidates.relation, weights=weights, minlength=len(RELATIONS))
    by_relation[PARENT] += ((nodes.parent >= 0) & nodes.member).sum()
    caused = float(by_relation.sum())
    return float(by_relation[[THREAD, OBJECT, FOLLOW, PARENT]].sum()) / caused if caused > 0 else 0.0


def peer_offspring(offspring: F64, followers: I64, time: F64) -> F64:
    """Offspring that each act's peers have: acts with an audience of the same order of magnitude, in the same quarter of the acts."""
    n = len(offspring)
    size = np.where(followers >= 0, np.floor(np.log10(np.maximum(followers, 0) + 1.0)) + 1, 0).astype(np.int64)
    quarter = np.argsort(np.argsort(time, kind="stable"), kind="stable") * 4 // max(n, 1)
    stratum = size * 4 + quarter
    count, total = np.bincount(stratum), np.bincount(stratum, weights=offspring)
    mean = float(offspring.mean()) if n else 0.0
    peers: F64 = (total[stratum] - offspring + PEERS * mean) / (count[stratum] - 1 + PEERS)
    return peers


def hostile_accounts(nodes: Nodes) -> Bools:
    """Mask of the acts by accounts at least half of whose acts are hostile: one act that the classifier missed clears nobody."""
    acts = np.bincount(nodes.account, minlength=len(nodes.actors))
    hostile = np.bincount(nodes.account, weights=nodes.hostile, minlength=len(nodes.actors))
    mostly: Bools = (2 * hostile >= acts)[nodes.account]
    return mostly


def gather_evidence(
    nodes: Nodes,
    candidates: Candidates,
    probability: F32,
    followers: I64,
    *,
    gated: bool,
    settings: TraceSettings,
    defenders: Bools | None = None,
) -> Evidence:
    """Say which acts are eligible, and what an initiator and an inciter need.

    Parameters
    ----------
    probability
        Of the candidate causes.
    followers : (n,)
        Followers of each node's actor; -1: not known.
    gated
        Only hostile or mobilising acts are eligible, and other acts of an account half of whose acts are.
    defenders : (accounts,)
        Accounts that defend the target; where ``gated``, none of their acts is eligible.
    """
    eligible = hostile_accounts(nodes) | (nodes.hostile > 0) if gated else np.ones(len(nodes), bool)
    if gated and defenders is not None:
        eligible &= ~defenders[nodes.account]
    offspring = expected_offspring(nodes, candidates, probability)
    counted = np.where(eligible, offspring, 0.0)
    own = np.bincount(nodes.account, weights=counted, minlength=len(nodes.actors))
    peers = np.bincount(nodes.account, weights=peer_offspring(offspring, followers, nodes.time), minlength=len(nodes.actors))
    needed = np.full(len(own), np.iinfo(np.int32).max, np.int32)
    some = own >= 0.5
    floor = np.maximum(settings.inciter_ratio * peers[some], np.ceil(pdtrik(CHANCE, peers[some])) + 1)
    needed[some] = np.maximum(np.ceil(floor), settings.inciter_offspring)
    before: I64 = np.cumsum(eligible & nodes.member) - (eligible & nodes.member)
    early = before < max(settings.early_acts, settings.early_share * int((eligible & nodes.member).sum()))
    rules = Rules(
        may_initiate=eligible & early,
        descendants_needed=max(settings.initiator_descendants, int(np.ceil(settings.initiator_share * nodes.members))),
        may_incite=eligible,
        mobilising=nodes.mobilising,
        offspring_needed=needed,
        called_needed=settings.inciter_offspring,
        linked=linked_share(nodes, candidates, probability),
    )
    return Evidence(eligible, offspring, peers.astype(np.float64), rules)


def repeat_probability(account: I32, pileon: I32, onset: I64, probability: F64, gap: int, needed: int) -> tuple[I32, F64]:
    """Probability that an account was hostile in enough attacks of separate onset, over the doubt whether each was an attack.

    Parameters
    ----------
    account, pileon : (k,)
        An account was hostile in a pile-on; each pair once.
    onset, probability : (pile-ons,)
        µs, ascending; probability that it was an attack, 0 where it was found to be something else.
    gap
        µs; onsets closer than this to the first of a group count as one, with the group's highest probability.
    needed
        Attacks needed.

    Returns
    -------
    accounts, probability
        Accounts for which it is above 0, ascending (Poisson–binomial tail).
    """
    order = np.lexsort((pileon, account))
    order = order[probability[pileon[order]] > 0]
    account, pileon = account[order], pileon[order]
    starts = np.flatnonzero(np.concatenate([[True], account[1:] != account[:-1]])) if len(account) else np.zeros(0, np.int64)
    ends = np.append(starts[1:], len(account))
    enough = ends - starts >= needed
    found, tails = [], []
    for low, high in zip(starts[enough], ends[enough], strict=True):
        tail = _tail(onset[pileon[low:high]], probability[pileon[low:high]], gap, needed)
        if tail > 0:
            found.append(account[low])
            tails.append(tail)
    return np.array(found, np.int32), np.array(tails, np.float64)


def _tail(onsets: I64, probability: F64, gap: int, needed: int) -> float:
    chance = np.zeros(needed + 1)
    chance[0] = 1.0
    k = 0
    while k < len(onsets):
        last = k
        while last + 1 < len(onsets) and onsets[last + 1] - onsets[k] < gap:
            last += 1
        p = float(probability[k : last + 1].max())
        moved = chance * (1 - p)
        moved[1:] += chance[:-1] * p
        moved[-1] += chance[-1] * p
        chance = moved
        k = last + 1
    return float(min(chance[-1], 1.0))

"""Counts of each group of accounts (agency, or controller of agencies) in a scope and in its base population, by stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numba
import numpy as np

from graphwatch.attribute.contracts import Contracts
from graphwatch.attribute.control import Control
from graphwatch.attribute.population import Population
from graphwatch.attribute.scopes import Scope
from graphwatch.model import F64, I32, I64, Bools


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of groups in one scope; two-dimensional arrays are (groups, strata).

    Attributes
    ----------
    names
        Agency or controller ids.
    agencies
        Agencies of each group that have an account in the scope.
    size, drawn
        Accounts and counted participants of each stratum that has any of the latter: in the others nothing can be told.
    group, both
        The group's accounts, and its counted participants, in each stratum.
    roster
        The group's accounts in the base population.
    present
        The group's accounts in the scope, counted or not.
    credit
        Their summed credit, uncapped.
    """

    names: Sequence[str]
    agencies: Sequence[tuple[str, ...]]
    size: I64
    drawn: I64
    group: I64
    both: I64
    roster: I64
    present: I64
    credit: F64


@dataclass(frozen=True, slots=True)
class Base:
    """What one scope's counts are taken from, for the details of a finding.

    Attributes
    ----------
    label
        Agency of each account of the scope, as of its first act in it; -1: none.
    accounts, participants
        Accounts of the base population, and those of them that are counted as taking part.
    by_topic : (agencies, topics + 1)
        Accounts of each agency by the topic of their stratum; the first column: without a topic.
    by_activity : (agencies,)
        Accounts expected when matched on platform and activity only.
    """

    label: I32
    accounts: int
    participants: int
    by_topic: I64
    by_activity: F64


def count_agencies(scope: Scope, contracts: Contracts, population: Population) -> tuple[Counts, Base]:
    """Count each agency's accounts in the scope and in the population on the scope's platforms, targets left out."""
    agencies = contracts.agencies.to_list()
    label = contracts.at(scope.account, scope.first_at)
    here = population.on(scope.platforms)
    member, agency = _roster(scope, contracts, population, here, label)
    counted = scope.counted & here[population.stratum[scope.account]]
    targets = scope.targets[population.stratum[scope.targets] >= 0]
    targets = targets[here[population.stratum[targets]]]
    parts = (scope.account[counted], label[counted], member, agency, targets)
    size, drawn, group, both = _by_stratum(population.stratum, population.size, parts, len(agencies))
    plain_size, plain_drawn, plain_group, _ = _by_stratum(population.plain, population.plain_size, parts, len(agencies))
    topics = len(population.topics.objects) + 1
    by_topic = count_table(agency, member, population.stratum, population.topic.astype(np.int32) + np.int32(1), len(agencies), topics)
    present = np.bincount(label[label >= 0], minlength=len(agencies))
    counts = Counts(
        names=agencies,
        agencies=[(name,) if n else () for name, n in zip(agencies, present.tolist(), strict=True)],
        size=size,
        drawn=drawn,
        group=group,
        both=both,
        roster=np.bincount(agency, minlength=len(agencies)),
        present=present,
        credit=np.bincount(label[label >= 0], scope.credit[label >= 0], minlength=len(agencies)).astype(np.float64),
    )
    base = Base(
        label=label,
        accounts=int(population.size[here].sum()) - len(targets),
        participants=int(np.count_nonzero(counted)),
        by_topic=by_topic,
        by_activity=plain_group @ (plain_drawn / plain_size),
    )
    return counts, base


def count_controllers(counts: Counts, companies: Mapping[str, str], controls: Mapping[str, Control]) -> Counts:
    """Add up the counts of the agencies that one company or person controls, for those that control two or more in the population.

    An agency with several ultimate controllers counts for each of them.
    """
    under: dict[str, list[int]] = {}
    for i in np.flatnonzero(counts.roster).tolist():
        company = companies.get(counts.names[i], "")
        control = controls.get(company)
        if control is not None and control.controller_id is not None:
            for owner in control.ultimate or (control.controller_id,):
                under.setdefault(owner, []).append(i)
    shared = {name: rows for name, rows in sorted(under.items()) if len(rows) > 1}
    rows = list(shared.values())
    here = counts.present.tolist()
    return Counts(
        names=list(shared),
        agencies=[tuple(counts.names[i] for i in held if here[i]) for held in rows],
        size=counts.size,
        drawn=counts.drawn,
        group=_summed(counts.group, rows),
        both=_summed(counts.both, rows),
        roster=_summed(counts.roster, rows),
        present=_summed(counts.present, rows),
        credit=np.array([counts.credit[held].sum() for held in rows], np.float64),
    )


def _summed(table: I64, rows: Sequence[Sequence[int]]) -> I64:
    """Add up the rows of a table that belong together."""
    if not rows:
        return np.zeros((0, *table.shape[1:]), np.int64)
    first = np.cumsum([0, *(len(held) for held in rows[:-1])])
    summed: I64 = np.add.reduceat(table[np.concatenate([np.array(held) for held in rows])], first, axis=0)
    return summed


def _roster(scope: Scope, contracts: Contracts, population: Population, here: Bools, label: I32) -> tuple[I32, I32]:
    """Signed accounts of the base and their agencies: participants as of their first act, others as of the scope's time."""
    signed = contracts.signed
    agency = contracts.at(signed, np.full(len(signed), scope.time))
    return base_roster(signed, agency, population.stratum, here, scope.targets, scope.account, label)


@numba.njit(cache=True)
def base_roster(signed: I32, agency: I32, stratum: I32, here: Bools, targets: I32, account: I32, label: I32) -> tuple[I32, I32]:
    """Keep the signed accounts that are in the base, with their agencies.

    Parameters
    ----------
    signed, agency : (signed,)
        Accounts with any contract, ascending, and their agency when nothing else is known; -1: none then.
    stratum : (all accounts,)
        -1: not in the base.
    here : (strata,)
        Strata on the scope's platforms.
    targets
        Accounts to leave out, ascending.
    account, label
        Accounts of the scope, ascending, and their agencies, which take the place of ``agency``.

    Returns
    -------
    account, agency
        Of those with an agency, ascending.
    """
    member, of = np.empty(len(signed), np.int32), np.empty(len(signed), np.int32)
    t = p = n = 0
    for k in range(len(signed)):
        code = signed[k]
        while t < len(targets) and targets[t] < code:
            t += 1
        while p < len(account) and account[p] < code:
            p += 1
        if stratum[code] < 0 or not here[stratum[code]] or (t < len(targets) and targets[t] == code):
            continue
        found = label[p] if p < len(account) and account[p] == code else agency[k]
        if found >= 0:
            member[n] = code
            of[n] = found
            n += 1
    return member[:n].copy(), of[:n].copy()


@numba.njit(cache=True)
def count_table(label: I32, account: I32, stratum: I32, place: I32, groups: int, columns: int) -> I64:
    """Count accounts by label and by the place of their stratum; a negative one of either: not counted."""
    table = np.zeros((groups, columns), np.int64)
    for k in range(len(account)):
        column = place[stratum[account[k]]]
        if label[k] >= 0 and column >= 0:
            table[label[k], column] += 1
    return table


def _by_stratum(stratum: I32, size: I64, parts: tuple[I32, I32, I32, I32, I32], agencies: int) -> tuple[I64, I64, I64, I64]:
    """Size, drawn, group and both, over the strata with participants."""
    drawn, label, member, agency, targets = parts
    of_drawn = np.bincount(stratum[drawn], minlength=len(size))
    strata = np.flatnonzero(of_drawn)
    place = np.full(len(size), -1, np.int32)
    place[strata] = np.arange(len(strata))
    of_target = place[stratum[targets]]
    return (
        size[strata] - np.bincount(of_target[of_target >= 0], minlength=len(strata)),
        of_drawn[strata],
        count_table(agency, member, stratum, place, agencies, len(strata)),
        count_table(label, drawn, stratum, place, agencies, len(strata)),
    )

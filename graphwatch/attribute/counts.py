"""Counts of each group of accounts (agency, or controller of agencies) in a scope and in its base population, by stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphwatch.attribute.contracts import Contracts
from graphwatch.attribute.control import Control
from graphwatch.attribute.population import Population
from graphwatch.attribute.scopes import Scope
from graphwatch.model import F64, I32, I64


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
    member, agency = _roster(scope, contracts, population, label)
    here = population.on(scope.platforms)
    counted = scope.counted & here[population.stratum[scope.account]]
    targets = scope.targets[population.stratum[scope.targets] >= 0]
    targets = targets[here[population.stratum[targets]]]
    parts = (scope.account[counted], label[counted], member, agency, targets)
    size, drawn, group, both = _by_stratum(population.stratum, population.size, parts, len(agencies))
    plain_size, plain_drawn, plain_group, _ = _by_stratum(population.plain, population.plain_size, parts, len(agencies))
    topic = population.topic[population.stratum[member]].astype(np.int32) + 1
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
        by_topic=_table(agency, topic, (len(agencies), len(population.topics.objects) + 1)),
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
    strata = len(counts.size)
    rows = list(shared.values())
    return Counts(
        names=list(shared),
        agencies=[tuple(counts.names[i] for i in held if counts.present[i]) for held in rows],
        size=counts.size,
        drawn=counts.drawn,
        group=np.array([counts.group[held].sum(axis=0) for held in rows], np.int64).reshape(-1, strata),
        both=np.array([counts.both[held].sum(axis=0) for held in rows], np.int64).reshape(-1, strata),
        roster=np.array([counts.roster[held].sum() for held in rows], np.int64),
        present=np.array([counts.present[held].sum() for held in rows], np.int64),
        credit=np.array([counts.credit[held].sum() for held in rows], np.float64),
    )


def _roster(scope: Scope, contracts: Contracts, population: Population, label: I32) -> tuple[I32, I32]:
    """Signed accounts of the base and their agencies: participants as of their first act, others as of the scope's time."""
    signed = contracts.signed
    signed = signed[population.stratum[signed] >= 0]
    signed = signed[population.on(scope.platforms)[population.stratum[signed]] & ~np.isin(signed, scope.targets)]
    agency = contracts.at(signed, np.full(len(signed), scope.time))
    place = np.searchsorted(scope.account, signed)
    place[place == len(scope.account)] = 0
    takes_part = scope.account[place] == signed
    agency[takes_part] = label[place[takes_part]]
    return signed[agency >= 0], agency[agency >= 0]


def _by_stratum(stratum: I32, size: I64, parts: tuple[I32, I32, I32, I32, I32], agencies: int) -> tuple[I64, I64, I64, I64]:
    """Size, drawn, group and both, over the strata with participants."""
    drawn, label, member, agency, targets = parts
    strata, column = np.unique(stratum[drawn], return_inverse=True)
    shape = (agencies, len(strata))
    place = np.full(len(size), -1, np.int32)
    place[strata] = np.arange(len(strata))
    of_member, of_target = place[stratum[member]], place[stratum[targets]]
    return (
        size[strata] - np.bincount(of_target[of_target >= 0], minlength=len(strata)),
        np.bincount(column, minlength=len(strata)),
        _table(np.where(of_member >= 0, agency, -1), of_member, shape),
        _table(label, column.astype(np.int32), shape),
    )


def _table(label: I32, column: I32, shape: tuple[int, int]) -> I64:
    known = label >= 0
    flat = label[known].astype(np.int64) * shape[1] + column[known]
    table: I64 = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
    return table

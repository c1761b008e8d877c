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
        Accounts and counted participants of each stratum.
    group, both
        The group's accounts, and its counted participants, in each stratum.
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
    present: I64
    credit: F64


def count_agencies(scope: Scope, contracts: Contracts, population: Population) -> Counts:
    """Count each agency's accounts in the scope and in the population on the scope's platforms, targets left out."""
    strata = len(population.size)
    agencies = contracts.agencies.to_list()
    stratum = population.stratum[scope.account]
    label = contracts.at(scope.account, scope.first_at)
    signed = contracts.signed
    signed = signed[population.stratum[signed] >= 0]
    roster = contracts.at(signed, np.full(len(signed), scope.time))
    place = np.searchsorted(scope.account, signed)
    place[place == len(scope.account)] = 0
    takes_part = scope.account[place] == signed
    roster[takes_part] = label[place[takes_part]]
    roster[np.isin(signed, scope.targets)] = -1
    size = population.size.copy()
    outside = population.stratum[scope.targets]
    np.subtract.at(size, outside[outside >= 0], 1)
    here = population.on(scope.platforms)
    shape = (len(agencies), strata)
    group = _table(roster, population.stratum[signed], shape) * here
    counted = scope.counted
    present = np.bincount(label[label >= 0], minlength=len(agencies))
    return Counts(
        names=agencies,
        agencies=[(name,) if n else () for name, n in zip(agencies, present.tolist(), strict=True)],
        size=size * here,
        drawn=np.bincount(stratum[counted], minlength=strata) * here,
        group=group,
        both=_table(label[counted], stratum[counted], shape) * here,
        present=present,
        credit=np.bincount(label[label >= 0], scope.credit[label >= 0], minlength=len(agencies)).astype(np.float64),
    )


def count_controllers(counts: Counts, companies: Mapping[str, str], controls: Mapping[str, Control]) -> Counts:
    """Add up the counts of the agencies that one company or person controls, for those that control two or more in the population."""
    under: dict[str, list[int]] = {}
    for i in np.flatnonzero(counts.group.any(axis=1)).tolist():
        control = controls.get(companies.get(counts.names[i], ""))
        if control is not None and control.controller_id is not None:
            under.setdefault(control.controller_id, []).append(i)
    shared = {name: rows for name, rows in sorted(under.items()) if len(rows) > 1}
    strata = len(counts.size)
    return Counts(
        names=list(shared),
        agencies=[tuple(counts.names[i] for i in rows if counts.present[i]) for rows in shared.values()],
        size=counts.size,
        drawn=counts.drawn,
        group=np.array([counts.group[rows].sum(axis=0) for rows in shared.values()], np.int64).reshape(-1, strata),
        both=np.array([counts.both[rows].sum(axis=0) for rows in shared.values()], np.int64).reshape(-1, strata),
        present=np.array([counts.present[rows].sum() for rows in shared.values()], np.int64),
        credit=np.array([counts.credit[rows].sum() for rows in shared.values()], np.float64),
    )


def _table(label: I32, stratum: I32, shape: tuple[int, int]) -> I64:
    known = label >= 0
    flat = label[known].astype(np.int64) * shape[1] + stratum[known]
    table: I64 = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
    return table

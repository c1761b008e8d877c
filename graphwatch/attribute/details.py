"""What each finding rests on and what stands beside it: base, topic, synchrony, contracts, owners, weak links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from graphwatch.attribute.changes import BEGINS, Changes
from graphwatch.attribute.contracts import Contracts
from graphwatch.attribute.control import Control
from graphwatch.attribute.counts import Base, Counts
from graphwatch.attribute.findings import frame_of, over_tests
from graphwatch.attribute.population import Population
from graphwatch.attribute.scopes import Scope
from graphwatch.attribute.synchrony import Synchrony, agency_synchrony
from graphwatch.attribute.weak_links import WeakLinks, agencies_above
from graphwatch.model import DAY, I64, Events
from graphwatch.schema import AGENCY_CONTRACTS, AGENCY_DETAILS, AGENCY_LINKS, Table
from graphwatch.settings import AttributeSettings

Row = dict[str, object]
Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Details:
    """Frames ``agency_details``, ``agency_contracts`` and ``agency_links``."""

    details: pl.DataFrame
    contracts: pl.DataFrame
    links: pl.DataFrame


class Describer:
    """Gathers the details of one scope after the other."""

    def __init__(
        self,
        events: Events,
        contracts: Contracts,
        population: Population,
        companies: Mapping[str, str],
        links: WeakLinks,
        settings: AttributeSettings,
    ) -> None:
        self._events = events
        self._agencies = contracts.agencies.to_list()
        self._changes = Changes.of(contracts, int(events.at[-1]) if len(events) else 0)
        self._population = population
        self._companies = companies
        self._links = links
        self._settings = settings
        self._details: list[Columns] = []
        self._contracts: list[Row] = []
        self._weak: list[Row] = []

    def add(self, scope: Scope, counts: Counts, base: Base, controls: Mapping[str, Control], rng: np.random.Generator) -> None:
        """Describe the agencies with an account in the scope."""
        present = np.flatnonzero(counts.present)
        synchrony = self._synchrony(scope, base, rng)
        changed = self._changed(scope, present)
        owners = {i: self._owners(i, controls) for i in present.tolist()}
        weak = self._linked(scope, present, controls)
        control = [controls.get(self._companies.get(self._agencies[i], "")) for i in present.tolist()]
        groups = _groups(owners)
        self._details.append(
            {
                "scope": [scope.name] * len(present),
                "agency_id": [self._agencies[i] for i in present.tolist()],
                **self._matching(present, counts, base),
                **_synchronous([synchrony.get(i) for i in present.tolist()], counts.present[present]),
                **changed,
                "control_low": [c.share if c else None for c in control],
                "control_high": [c.high if c else None for c in control],
                "controllers": [list(c.ultimate) if c else [] for c in control],
                "possible_controllers": [list(c.possible) if c else [] for c in control],
                "group": [[self._agencies[j] for j in groups[i]] for i in present.tolist()],
                "weak_links": [weak[i] for i in present.tolist()],
            }
        )

    def tables(self) -> Details:
        """Give the frames, ordered, with q-values over all tests of synchrony."""
        details = self._joined(AGENCY_DETAILS)
        tested = [p for p in details["synchrony_p_value"] if p is not None]
        q_values = iter(over_tests(tested, len(tested)))
        details["synchrony_q_value"] = [None if p is None else next(q_values) for p in details["synchrony_p_value"]]
        frames = [_framed(AGENCY_DETAILS, details)]
        for table, rows in ((AGENCY_CONTRACTS, self._contracts), (AGENCY_LINKS, self._weak)):
            frames.append(_framed(table, {name: [row.get(name) for row in rows] for name in table.dtypes}))
        return Details(*frames)

    def _joined(self, table: Table) -> dict[str, list[Any]]:
        return {name: [value for part in self._details for value in part.get(name, ())] for name in table.dtypes}

    def _matching(self, present: I64, counts: Counts, base: Base) -> Columns:
        size, drawn, group = counts.size, counts.drawn, counts.group[present]
        topics = base.by_topic[present, 1:]
        in_topic = topics.sum(axis=1)
        most = topics.argmax(axis=1) if topics.shape[1] else np.zeros(len(present), np.int64)
        objects, names = self._population.topics.objects, self._events.object_names
        named = [int(objects[k]) if n else -1 for k, n in zip(most.tolist(), in_topic.tolist(), strict=True)]
        by_size = counts.roster[present] * base.participants / base.accounts if base.accounts else [None] * len(present)
        return {
            "roster": counts.roster[present].tolist(),
            "base": [base.accounts] * len(present),
            "participants": [base.participants] * len(present),
            "strata": np.count_nonzero((group > 0) & (group < size) & (drawn < size), axis=1).tolist(),
            "in_topic": in_topic.tolist(),
            "topic": [names[code] if code >= 0 else None for code in named],
            "expected_by_size": list(by_size),
            "expected_by_activity": base.by_activity[present].tolist(),
        }

    def _synchrony(self, scope: Scope, base: Base, rng: np.random.Generator) -> dict[int, Synchrony]:
        actor = self._events.actor[scope.rows]
        acting = np.isin(scope.account, actor) & (base.label >= 0)
        agency = dict(zip(scope.account[acting].tolist(), base.label[acting].tolist(), strict=True))
        window = int(self._settings.synchrony_s * 1_000_000)
        return agency_synchrony(actor, self._events.at[scope.rows], agency, window, rng)

    def _changed(self, scope: Scope, present: I64) -> Columns:
        """List the changed contracts of the scope's accounts; give the numbers of each agency present."""
        changes, days = self._changes, self._settings.contract_days
        near = changes.around(scope.onset, scope.end, days)
        usual = changes.usual(scope.onset, scope.end, days)
        agency, begins = changes.agency[near], changes.change[near] == BEGINS
        begun = np.bincount(agency[begins], minlength=len(self._agencies))
        ended = np.bincount(agency[~begins], minlength=len(self._agencies))
        place = np.searchsorted(scope.account, changes.account[near])
        place[place == len(scope.account)] = 0
        here = np.flatnonzero((scope.account[place] == changes.account[near]) & np.isin(agency, present))
        for k in here.tolist():
            account = int(place[k])
            self._contracts.append(
                {
                    "scope": scope.name,
                    "agency_id": self._agencies[int(agency[k])],
                    "account_id": self._events.accounts[int(scope.account[account])],
                    "change": "begins" if begins[k] else "ends",
                    "at": int(changes.at[near][k]),
                    "days": float(changes.at[near][k] - scope.onset) / DAY,
                    "counted": bool(scope.counted[account]),
                }
            )
        return {
            "contracts_begun": begun[present].tolist(),
            "contracts_ended": ended[present].tolist(),
            "contracts_usual": usual[present].tolist(),
        }

    def _owners(self, i: int, controls: Mapping[str, Control]) -> frozenset[str]:
        control = controls.get(self._companies.get(self._agencies[i], ""))
        if control is None or control.controller_id is None:
            return frozenset()
        return frozenset(control.ultimate or (control.controller_id,))

    def _linked(self, scope: Scope, present: I64, controls: Mapping[str, Control]) -> dict[int, int]:
        """List the weak links of the companies of each agency present; give their number."""
        number = dict.fromkeys(present.tolist(), 0)
        if self._links.table.is_empty():
            return number
        chains = {company: [*control.path, *control.ultimate] for company, control in controls.items()}
        known = agencies_above(self._companies, chains)
        here = {self._agencies[i] for i in number}
        for i in number:
            agency = self._agencies[i]
            company = self._companies.get(agency)
            mine = [] if company is None else [company, *chains.get(company, ())]
            for a, b, kind, value, sharing, source, confidence in self._links.of(mine, scope.time):
                if b in mine:
                    continue
                others: list[str | None] = [name for name in known.get(b, []) if name != agency]
                for other in others or [None]:
                    number[i] += 1
                    self._weak.append(
                        {
                            "scope": scope.name,
                            "agency_id": agency,
                            "company_id": a,
                            "other_company_id": b,
                            "other_agency_id": other,
                            "other_present": other in here,
                            "kind": kind,
                            "value": value,
                            "companies_sharing": sharing,
                            "source": source,
                            "confidence": confidence,
                        }
                    )
        return number


def _synchronous(found: list[Synchrony | None], present: I64) -> Columns:
    return {
        "synchrony_pairs": [f.pairs if f else n * (n - 1) // 2 for f, n in zip(found, present.tolist(), strict=True)],
        "synchrony": [f.within if f else None for f in found],
        "synchrony_others": [f.across if f else None for f in found],
        "synchrony_ratio": [f.ratio if f else None for f in found],
        "synchrony_p_value": [f.p_value if f else None for f in found],
    }


def _groups(owners: Mapping[int, frozenset[str]]) -> dict[int, list[int]]:
    """Give for each agency those that have an owner in common with it, itself among them, in the order of the keys."""
    under: dict[str, set[int]] = {}
    for i, names in owners.items():
        for name in names:
            under.setdefault(name, set()).add(i)
    place = {i: k for k, i in enumerate(owners)}
    return {i: sorted({i}.union(*(under[name] for name in names)), key=place.__getitem__) for i, names in owners.items()}


def _framed(table: Table, columns: Mapping[str, Sequence[object]]) -> pl.DataFrame:
    schema = {name: pl.Int64() if name == "at" else dtype for name, dtype in table.dtypes.items()}
    frame = table.conform(frame_of(columns, schema).fill_nan(None))
    return frame.sort(table.key, nulls_last=True)

"""What each finding rests on and what stands beside it: base, topic, synchrony, contracts, owners, weak links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.attribute.changes import BEGINS, Changes
from graphwatch.attribute.contracts import Contracts
from graphwatch.attribute.control import Control
from graphwatch.attribute.counts import Base, Counts
from graphwatch.attribute.findings import over_tests
from graphwatch.attribute.population import Population
from graphwatch.attribute.scopes import Scope
from graphwatch.attribute.synchrony import Synchrony, agency_synchrony
from graphwatch.attribute.weak_links import WeakLinks, agencies_above
from graphwatch.model import DAY, I64, Events
from graphwatch.schema import AGENCY_CONTRACTS, AGENCY_DETAILS, AGENCY_LINKS
from graphwatch.settings import AttributeSettings

Row = dict[str, object]


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
        self._details: list[Row] = []
        self._contracts: list[Row] = []
        self._weak: list[Row] = []

    def add(self, scope: Scope, counts: Counts, base: Base, controls: Mapping[str, Control], rng: np.random.Generator) -> None:
        """Describe the agencies with an account in the scope."""
        present = np.flatnonzero(counts.present)
        synchrony = self._synchrony(scope, base, rng)
        changed = self._changed(scope, present)
        owners = {i: self._owners(i, controls) for i in present.tolist()}
        weak = self._linked(scope, present, controls)
        for i in present.tolist():
            control = controls.get(self._companies.get(self._agencies[i], ""))
            self._details.append(
                {
                    "scope": scope.name,
                    "agency_id": self._agencies[i],
                    **self._matching(i, counts, base),
                    **_synchronous(synchrony.get(i), int(counts.present[i])),
                    **changed[i],
                    "control_low": control.share if control else None,
                    "control_high": control.high if control else None,
                    "controllers": list(control.ultimate) if control else [],
                    "possible_controllers": list(control.possible) if control else [],
                    "group": [self._agencies[j] for j in owners if owners[i] & owners[j] or i == j],
                    "weak_links": weak[i],
                }
            )

    def tables(self) -> Details:
        """Give the frames, ordered, with q-values over all tests of synchrony."""
        tested = [row for row in self._details if row["synchrony_p_value"] is not None]
        q_values = over_tests([float(str(row["synchrony_p_value"])) for row in tested], len(tested))
        for row, q_value in zip(tested, q_values, strict=True):
            row["synchrony_q_value"] = q_value
        frames = []
        for table, rows in ((AGENCY_DETAILS, self._details), (AGENCY_CONTRACTS, self._contracts), (AGENCY_LINKS, self._weak)):
            schema = {name: pl.Int64() if name == "at" else dtype for name, dtype in table.dtypes.items()}
            filled = [{name: row.get(name) for name in schema} for row in rows]
            frame = table.conform(pl.DataFrame(filled, schema=schema).fill_nan(None))
            frames.append(frame.sort(table.key, nulls_last=True))
        return Details(*frames)

    def _matching(self, i: int, counts: Counts, base: Base) -> Row:
        size, drawn, group = counts.size, counts.drawn, counts.group[i]
        topics = base.by_topic[i, 1:]
        most = int(topics.argmax()) if topics.any() else -1
        named = int(self._population.topics.objects[most]) if most >= 0 else -1
        return {
            "roster": int(counts.roster[i]),
            "base": base.accounts,
            "participants": base.participants,
            "strata": int(np.count_nonzero((group > 0) & (group < size) & (drawn < size))),
            "in_topic": int(topics.sum()),
            "topic": self._events.object_names[named] if named >= 0 else None,
            "expected_by_size": float(counts.roster[i] * base.participants / base.accounts) if base.accounts else None,
            "expected_by_activity": float(base.by_activity[i]),
        }

    def _synchrony(self, scope: Scope, base: Base, rng: np.random.Generator) -> dict[int, Synchrony]:
        actor = self._events.actor[scope.rows]
        acting = np.isin(scope.account, actor) & (base.label >= 0)
        agency = dict(zip(scope.account[acting].tolist(), base.label[acting].tolist(), strict=True))
        window = int(self._settings.synchrony_s * 1_000_000)
        return agency_synchrony(actor, self._events.at[scope.rows], agency, window, rng)

    def _changed(self, scope: Scope, present: I64) -> dict[int, Row]:
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
            i: {"contracts_begun": int(begun[i]), "contracts_ended": int(ended[i]), "contracts_usual": float(usual[i])}
            for i in present.tolist()
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


def _synchronous(found: Synchrony | None, present: int) -> Row:
    return {
        "synchrony_pairs": found.pairs if found else present * (present - 1) // 2,
        "synchrony": found.within if found else None,
        "synchrony_others": found.across if found else None,
        "synchrony_ratio": found.ratio if found else None,
        "synchrony_p_value": found.p_value if found else None,
    }

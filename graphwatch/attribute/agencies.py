"""Agencies among a pile-on's accounts against a base population matched on platform and activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control

from graphwatch.attribute.contracts import Contracts, read_contracts
from graphwatch.attribute.control import Control, Holdings, read_holdings
from graphwatch.attribute.counts import Counts, count_agencies, count_controllers
from graphwatch.attribute.enrichment import exact_p_value, expected_both, permutation_p_value
from graphwatch.attribute.odds import mantel_haenszel
from graphwatch.attribute.population import base_population
from graphwatch.attribute.scopes import Scope, scopes
from graphwatch.graph.encode import look_up
from graphwatch.model import NO_TIME, Events, Pileons
from graphwatch.schema import AGENCIES, AGENCY_FINDINGS, MEMBERS
from graphwatch.settings import AttributeSettings

_STAGE: Final = 5
CONTROLLERS: Final = {
    "scope": pl.String(),
    "controller_id": pl.String(),
    "agencies": pl.List(pl.String),
    "accounts": pl.Int64(),
    "expected": pl.Float64(),
    "odds_ratio": pl.Float64(),
    "odds_low": pl.Float64(),
    "odds_high": pl.Float64(),
    "p_value": pl.Float64(),
    "q_value": pl.Float64(),
    "credit": pl.Float64(),
}


@dataclass(frozen=True, slots=True)
class Attribution:
    """Which agencies the accounts belong to, and which of them are over-represented.

    Attributes
    ----------
    members
        The ``members`` table with ``agency_id`` filled, as of each account's first act in its pile-on.
    findings
        Result table ``agencies``: one row per pile-on or campaign and agency with an account in it. It says that accounts of an agency
        take part more than chance explains; membership is no direction, and no row is a verdict.
    controllers
        The same test for companies or persons that control two or more agencies, with all accounts of those taken together.
    all_counted
        Scopes in which all accounts were counted, not the hostile ones only.
    notes
        In words: what was missing or left out.
    """

    members: pl.DataFrame
    findings: pl.DataFrame
    controllers: pl.DataFrame
    all_counted: frozenset[str]
    notes: tuple[str, ...]


def attribute_agencies(
    events: Events,
    pileons: Pileons,
    members: pl.DataFrame,
    affiliations: pl.DataFrame | None,
    agencies: pl.DataFrame | None,
    ownership: pl.DataFrame | None,
    settings: AttributeSettings,
    seed: int,
) -> Attribution:
    """Test each agency's accounts in each pile-on and campaign against a matched base population.

    Parameters
    ----------
    events, pileons, members
        The interactions, the pile-ons found in them, and their ``members`` table.
    affiliations, agencies, ownership
        Tables of contracts, agencies and holdings; None where they were not given.
    settings
        Cut-offs, and how the p-value is computed.
    seed
        For the permutations.

    Returns
    -------
    Attribution
        A lower ``q_value`` is stronger evidence that the agency's accounts are over-represented.

    Notes
    -----
    *Base population.* Accounts that act in the data on the scope's platforms, targets left out, in strata of platform and ordinary
    activity (interactions outside of every pile-on), so that neither a large agency nor one of busy accounts stands out for that.
    *Statistic.* The agency's distinct hostile accounts (all accounts where :attr:`Attribution.all_counted` says so). An account
    with several valid contracts counts for the best one, see :class:`~graphwatch.attribute.contracts.Contracts`. Contracts of
    participants are looked at as of their first act, those of the others as of the median first act.
    *p-value.* Chance of so many or more when the participants of each stratum are a random draw from it: the exact convolution of
    hypergeometrics, or stratified permutation, which it agrees with but which cannot give less than 1 / (1 + permutations).
    *q-value.* Benjamini–Hochberg over all tests of the run: the findings are read as one list, and an agency that is tested in five
    hundred pile-ons would be found in some by chance. Agencies without an account in a scope are tests too, with p = 1.
    *Credit.* Summed over the agency's accounts in the scope and capped at 1: an account's credit holds its descendants', so that two
    accounts of one chain are counted twice.

    What breaks it: rosters with gaps (an unknown member counts for the rest), and accounts of one agency that meet at a target for
    a common interest.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> from graphwatch.model import Lists
    >>> from graphwatch.schema import INTERACTIONS, PILEONS
    >>> no = np.zeros(0, np.int64)
    >>> found = Pileons(PILEONS.empty(), no.astype(np.int32), no, no, no, Lists.empty(0), volume_only=True)
    >>> events = encode(INTERACTIONS.empty())
    >>> attribute_agencies(events, found, MEMBERS.empty(), None, None, None, AttributeSettings(), 0).notes
    ('No affiliations were given: nothing can be said of agencies.',)
    """
    given = MEMBERS.conform(members)
    if affiliations is None or affiliations.is_empty():
        return _nothing(given, "No affiliations were given: nothing can be said of agencies.")
    contracts = read_contracts(affiliations, events.accounts, settings.min_confidence)
    filled = _fill_agency(given, contracts, events)
    population = base_population(events, pileons, settings.bins_per_doubling)
    companies = _companies(agencies)
    holdings = read_holdings(ownership) if ownership is not None else None
    notes = dict.fromkeys(_notes(contracts, companies, holdings))
    findings, joint = _Findings("agency_id"), _Findings("controller_id")
    all_scopes = scopes(events, pileons, filled)
    for number, scope in enumerate(all_scopes):
        controls, remarks = holdings.controllers(scope.time, companies.values(), settings.control_cutoff) if holdings else ({}, ())
        notes.update(dict.fromkeys(remarks))
        counts = count_agencies(scope, contracts, population)
        rng = np.random.default_rng([seed, _STAGE, number])
        findings.add(scope, counts, settings, rng)
        findings.describe(companies, controls)
        joint.add(scope, count_controllers(counts, companies, controls), settings, rng)
    return Attribution(
        members=filled,
        findings=AGENCY_FINDINGS.conform(findings.table(AGENCY_FINDINGS.dtypes)),
        controllers=joint.table(CONTROLLERS),
        all_counted=frozenset(scope.name for scope in all_scopes if scope.all_counted),
        notes=tuple(notes),
    )


class _Findings:
    """Rows of tests as they come, and how many tests there were."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.rows: list[dict[str, object]] = []
        self.p_values: list[float] = []
        self.tests = 0

    def add(self, scope: Scope, counts: Counts, settings: AttributeSettings, rng: np.random.Generator) -> None:
        """Test every group with an account in the scope; the others are tests with p = 1."""
        self.tests += int(np.count_nonzero(counts.group.any(axis=1)))
        for i in np.flatnonzero(counts.present).tolist():
            held = counts.group[i] > 0
            size, drawn, group, both = counts.size[held], counts.drawn[held], counts.group[i, held], counts.both[i, held]
            odds = mantel_haenszel(size, group, drawn, both)
            total = int(both.sum())
            if settings.p_value == "exact":
                p_value = exact_p_value(size, group, drawn, total)
            else:
                p_value = permutation_p_value(size, group, drawn, total, settings.permutations, rng)
            self.p_values.append(p_value)
            self.rows.append(
                {
                    "scope": scope.name,
                    self.key: counts.names[i],
                    "agencies": list(counts.agencies[i]),
                    "accounts": total,
                    "expected": expected_both(size, group, drawn),
                    "odds_ratio": odds.ratio,
                    "odds_low": odds.low,
                    "odds_high": odds.high,
                    "p_value": p_value,
                    "credit": min(1.0, float(counts.credit[i])),
                }
            )

    def describe(self, companies: Mapping[str, str], controls: Mapping[str, Control]) -> None:
        """Put company, controller and chain to the rows that lack them."""
        for row in reversed(self.rows):
            if "path" in row:
                break
            company = companies.get(str(row[self.key]))
            control = controls.get(company or "")
            row["company_id"] = company
            row["controller_id"] = control.controller_id if control else None
            row["path"] = list(control.path) if control else []

    def table(self, dtypes: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Give the rows as a frame, ordered by scope and group, with q-values over all tests."""
        n = len(self.rows)
        p_values = np.ones(max(self.tests, n))
        p_values[:n] = self.p_values
        q_values = false_discovery_control(p_values)[:n] if n else np.zeros(0)
        schema = {name: dtype for name, dtype in dtypes.items() if name != "q_value"}
        rows = [{name: row.get(name) for name in schema} for row in self.rows]
        frame = pl.DataFrame(rows, schema=schema).with_columns(q_value=pl.Series(q_values, dtype=pl.Float64)).fill_nan(None)
        return frame.select(*dtypes).sort("scope", self.key)


def _nothing(members: pl.DataFrame, note: str) -> Attribution:
    return Attribution(members, AGENCY_FINDINGS.empty(), pl.DataFrame(schema=CONTROLLERS), frozenset(), (note,))


def _fill_agency(members: pl.DataFrame, contracts: Contracts, events: Events) -> pl.DataFrame:
    account = look_up(members["actor_id"], events.accounts)
    code = contracts.at(account, members["first_at"].to_physical().fill_null(int(NO_TIME)).to_numpy())
    place = pl.Series(code).replace(-1, None)
    return members.with_columns(agency_id=contracts.agencies.gather(place))


def _companies(agencies: pl.DataFrame | None) -> dict[str, str]:
    if agencies is None:
        return {}
    table = AGENCIES.conform(agencies).drop_nulls(["agency_id", "company_id"]).sort("agency_id", "company_id")
    return dict(table.unique("agency_id", keep="first", maintain_order=True).select("agency_id", "company_id").iter_rows())


def _notes(contracts: Contracts, companies: Mapping[str, str], holdings: Holdings | None) -> list[str]:
    notes = []
    if contracts.unmatched:
        notes.append(f"{contracts.unmatched} affiliations are of accounts that do not occur in the data.")
    if contracts.candidates:
        notes.append(f"{contracts.candidates} affiliations were left out for their low confidence: candidates, not links.")
    if not companies:
        notes.append("No company of any agency is known: ownership could not be followed.")
    if holdings is None:
        notes.append("No ownership table was given: controllers are unknown.")
    return notes

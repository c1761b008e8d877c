"""Agencies among a pile-on's accounts against a base population matched on platform, topic and activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.attribute.contracts import Contracts, read_contracts
from graphwatch.attribute.control import Controllers
from graphwatch.attribute.counts import count_agencies, count_controllers
from graphwatch.attribute.details import Describer
from graphwatch.attribute.findings import Findings
from graphwatch.attribute.holdings import Holdings, read_holdings
from graphwatch.attribute.population import base_population
from graphwatch.attribute.scopes import scopes
from graphwatch.attribute.weak_links import read_links
from graphwatch.graph.encode import look_up
from graphwatch.model import NO_TIME, Events, Pileons
from graphwatch.schema import AGENCIES, AGENCY_CONTRACTS, AGENCY_CONTROLLERS, AGENCY_DETAILS, AGENCY_FINDINGS, AGENCY_LINKS, MEMBERS
from graphwatch.settings import AttributeSettings

_STAGE: Final = 5
_SYNCHRONY: Final = 51


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
        Result table ``agency_controllers``: the same test for companies or persons that control two or more agencies, with all accounts of
        those taken together.
    details, contracts, links
        Result tables ``agency_details``, ``agency_contracts`` and ``agency_links``: what stands beside a finding and does not enter its
        p-value.
    all_counted
        Scopes in which all accounts were counted, not the hostile ones only.
    notes
        In words: what was missing or left out.
    """

    members: pl.DataFrame
    findings: pl.DataFrame
    controllers: pl.DataFrame
    details: pl.DataFrame
    contracts: pl.DataFrame
    links: pl.DataFrame
    all_counted: frozenset[str]
    notes: tuple[str, ...]

    @classmethod
    def nothing(cls, members: pl.DataFrame, note: str) -> Attribution:
        """Say that nothing can be said, and why."""
        return cls(
            members=members,
            findings=AGENCY_FINDINGS.empty(),
            controllers=AGENCY_CONTROLLERS.empty(),
            details=AGENCY_DETAILS.empty(),
            contracts=AGENCY_CONTRACTS.empty(),
            links=AGENCY_LINKS.empty(),
            all_counted=frozenset(),
            notes=(note,),
        )


def attribute_agencies(
    events: Events,
    pileons: Pileons,
    members: pl.DataFrame,
    affiliations: pl.DataFrame | None,
    agencies: pl.DataFrame | None,
    ownership: pl.DataFrame | None,
    settings: AttributeSettings,
    seed: int,
    company_links: pl.DataFrame | None = None,
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
        For the permutations and the grouping into topics.
    company_links
        Weak links between companies; they are listed and enter neither control nor a p-value.

    Returns
    -------
    Attribution
        A lower ``q_value`` is stronger evidence that the agency's accounts are over-represented.

    Notes
    -----
    *Base population.* Accounts that act in the data on the scope's platforms, targets left out, in strata of platform, topic and ordinary
    activity (interactions outside of every pile-on), so that neither a large agency, nor one of busy accounts, nor one whose accounts all
    speak of what the pile-on is about stands out for that.
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
    an interest finer than a topic.

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
        return Attribution.nothing(given, "No affiliations were given: nothing can be said of agencies.")
    contracts = read_contracts(affiliations, events.accounts, settings.min_confidence)
    filled = _fill_agency(given, contracts, events)
    population = base_population(events, pileons, settings, seed)
    companies = _companies(agencies)
    holdings = read_holdings(ownership) if ownership is not None else None
    notes = dict.fromkeys(_notes(contracts, companies, holdings))
    controllers = Controllers(holdings, companies.values(), settings.control_cutoff)
    describer = Describer(events, contracts, population, companies, read_links(company_links), settings)
    findings, joint = Findings("agency_id"), Findings("controller_id")
    all_scopes = scopes(events, pileons, filled)
    for number, scope in enumerate(all_scopes):
        controls, remarks = controllers.at(scope.time)
        notes.update(dict.fromkeys(remarks))
        counts, base = count_agencies(scope, contracts, population)
        rng = np.random.default_rng([seed, _STAGE, number])
        findings.add(scope, counts, settings, rng)
        findings.describe(companies, controls)
        joint.add(scope, count_controllers(counts, companies, controls), settings, rng)
        describer.add(scope, counts, base, controls, np.random.default_rng([seed, _SYNCHRONY, number]))
    tables = describer.tables()
    return Attribution(
        members=filled,
        findings=AGENCY_FINDINGS.conform(findings.table(AGENCY_FINDINGS.dtypes)),
        controllers=joint.table(AGENCY_CONTROLLERS.dtypes),
        details=tables.details,
        contracts=tables.contracts,
        links=tables.links,
        all_counted=frozenset(scope.name for scope in all_scopes if scope.all_counted),
        notes=tuple(notes),
    )


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
    if contracts.backwards:
        notes.append(f"{contracts.backwards} affiliations end before they begin: they are never valid.")
    if not companies:
        notes.append("No company of any agency is known: ownership could not be followed.")
    if holdings is not None and holdings.selves:
        notes.append(f"{holdings.selves} rows of the ownership table say that a company owns itself directly; they were left out.")
    if holdings is None:
        notes.append("No ownership table was given: controllers are unknown.")
    return notes

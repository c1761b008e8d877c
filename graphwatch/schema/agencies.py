"""Result tables beside ``agencies``: what each finding rests on, and what stands beside it without entering it."""

from __future__ import annotations

from typing import Final

from graphwatch.schema.columns import Table, boolean, integer, number, probability, string, strings, time

AGENCY_DETAILS: Final = Table(
    "agency_details",
    "What each row of agencies rests on and what stands beside it: base, topic, synchrony, contracts, owners. None enters a p-value.",
    (
        string("scope", "pileon_id or campaign_id"),
        string("agency_id", "agency"),
        integer("roster", "its accounts in the base population, as of the scope's time", "accounts"),
        integer("base", "accounts in the base population", "accounts"),
        integer("participants", "accounts of the base that are counted as taking part", "accounts"),
        integer("strata", "strata that hold accounts of the agency and others, participants and others: those that can tell"),
        integer("in_topic", "its accounts in strata of one topic; the others are matched on platform and activity only", "accounts"),
        string("topic", "most frequent object of the topic that most of those have; null: none"),
        number("expected_by_size", "accounts expected from the size of its roster alone", "accounts", low=0),
        number("expected_by_activity", "accounts expected when matched on platform and activity, not on topic", "accounts", low=0),
        integer("synchrony_pairs", "pairs of its accounts in the scope", "pairs"),
        number("synchrony", "pairs of acts, one of each account of a pair, within attribute.synchrony_s", "fraction", low=0, high=1),
        number("synchrony_others", "the same over pairs of accounts of different agencies", "fraction", low=0, high=1),
        number("synchrony_ratio", "the first over the second; 1: no closer together than different agencies; null: cannot be told", low=0),
        probability("synchrony_p_value", "chance of it when agencies are dealt out anew among the signed accounts; lower is stronger"),
        probability("synchrony_q_value", "false discovery rate over all tests of synchrony; lower is stronger"),
        integer("contracts_begun", "contracts of the agency that begin within attribute.contract_days of the scope", "contracts"),
        integer("contracts_ended", "contracts of the agency that end within attribute.contract_days of the scope", "contracts"),
        number("contracts_usual", "beginnings and ends in so long a time, over all dated contracts of the agency", "contracts", low=0),
        number("control_low", "controller's integrated share, unknown shares taken as nothing", "fraction", low=0, high=1),
        number(
            "control_high", "the largest that it can be, whatever the unknown shares are; null: not worked out", "fraction", low=0, high=1
        ),
        strings("controllers", "all ultimate owners at or above attribute.control_cutoff, largest share first"),
        strings("possible_controllers", "owners who would be such only if unknown shares are large; candidates, not controllers"),
        strings("group", "agencies with an account in the scope that have a controller in common with this one, itself among them"),
        integer("weak_links", "rows of agency_links beside this finding", "links"),
    ),
    ("scope", "agency_id"),
    "result",
)

AGENCY_CONTROLLERS: Final = Table(
    "agency_controllers",
    "The test of table agencies for companies or persons that control two or more agencies, with all accounts of those taken together.",
    (
        string("scope", "pileon_id or campaign_id"),
        string("controller_id", "company or person"),
        strings("agencies", "agencies under it that have an account in the scope"),
        integer("accounts", "accounts of those in the scope, as of the act", "accounts"),
        number("expected", "accounts expected from the matched base", "accounts", low=0),
        number("odds_ratio", "odds of taking part, these accounts against the rest; 1: no difference"),
        number("odds_low", "lower end of its 95 % interval"),
        number("odds_high", "upper end of its 95 % interval"),
        probability("p_value", "chance of so many accounts, given the matched base; lower is stronger"),
        probability("q_value", "false discovery rate over controllers; lower is stronger"),
        number("credit", "summed credit of the accounts", "fraction"),
    ),
    ("scope", "controller_id"),
    "result",
)

AGENCY_CONTRACTS: Final = Table(
    "agency_contracts",
    "Contracts of accounts in a scope that begin or end around it. A contract that begins is no order.",
    (
        string("scope", "pileon_id or campaign_id"),
        string("agency_id", "agency"),
        string("account_id", "account in the scope"),
        string("change", "what happens to the contract", choices=("begins", "ends")),
        time("at", "when"),
        number("days", "days from the first act in the scope; negative: before it", "days"),
        boolean("counted", "the account counts as taking part in the scope"),
    ),
    ("scope", "agency_id", "account_id", "change", "at"),
    "result",
)

AGENCY_LINKS: Final = Table(
    "agency_links",
    "Weak links beside a finding: companies of the agency that share an address, a director or the like. Neither control nor evidence.",
    (
        string("scope", "pileon_id or campaign_id"),
        string("agency_id", "agency with an account in the scope"),
        string("company_id", "its company, one on the chain above it, or a controller"),
        string("other_company_id", "company that it shares something with"),
        string("other_agency_id", "agency of that company, or that it stands above; null: none that is known"),
        boolean("other_present", "that agency has an account in the scope too"),
        string("kind", "what is shared"),
        string("value", "the address, person, number, or a hash of it"),
        integer("companies_sharing", "companies that share this value; many: an address of registrations, which says little", "companies"),
        string("source", "where this is known from"),
        number("confidence", "how sure the source is", "probability", low=0, high=1),
    ),
    ("scope", "agency_id", "company_id", "other_company_id", "other_agency_id", "kind", "value"),
    "result",
)

"""Tables of profiles: what runs found of one account or one agency over time. They are made from result tables, never stored."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from graphwatch.schema.columns import NATURES, ROLES, Table, boolean, integer, number, probability, string, strings, time

_RATE: Final = "per 30 days"

ACCOUNT_PROFILES: Final = Table(
    "account_profiles",
    "Accounts of pile-ons: how often, in which roles, over all that was read.",
    (
        string("account_id", "account"),
        integer("pileons", "pile-ons that it took part in"),
        integer("attacks", "attacks among them in which it was hostile"),
        integer("hostile", "its hostile interactions in attacks"),
        integer("targets", "targets of these attacks"),
        integer("initiator", "attacks in which it has this role"),
        integer("inciter", "attacks in which it has this role"),
        integer("repeat_offender", "attacks in which it has this role"),
        number("mean_credit", "mean credit over its attacks; credit is influence, not intent", "fraction", low=0, high=1),
        number("max_credit", "highest of them", "fraction", low=0, high=1),
        number("rate", "attacks in which it was hostile", _RATE, low=0),
        number("base_rate", "the same, mean over all accounts that were hostile in any attack", _RATE, low=0),
        strings("agencies", "agencies as of its acts; membership is no direction"),
        time("first_at", "first act in a pile-on"),
        time("last_at", "first act in the latest pile-on"),
    ),
    ("account_id",),
    "result",
)

ACCOUNT_PILEONS: Final = Table(
    "account_pileons",
    "Pile-ons of one account.",
    (
        string("run_id", "run that found it"),
        string("pileon_id", "pile-on"),
        string("target_id", "account acted upon"),
        string("campaign_id", "campaign"),
        string("nature", "what it is", choices=NATURES),
        probability("nature_probability", "probability of that"),
        time("onset", "its start"),
        time("first_at", "first act of the account in it"),
        number("after_s", "that time minus the onset", "s"),
        integer("interactions", "acts of the account in it"),
        integer("hostile", "hostile ones among them"),
        string("role", "primary role", choices=ROLES),
        strings("roles", "all roles that apply"),
        probability("role_probability", "probability of the primary role"),
        number("credit", "expected share of the pile-on that descends from the account", "fraction", low=0, high=1),
        number("credit_low", "5 % quantile", "fraction", low=0, high=1),
        number("credit_high", "95 % quantile", "fraction", low=0, high=1),
        boolean("newcomer", "had not acted on this target before"),
        string("agency_id", "agency as of the act"),
    ),
    ("pileon_id",),
    "result",
)

_MONTH: Final = (
    time("month", "first instant of the calendar month, UTC; a pile-on counts for the month of its onset"),
    number("days", "days of the month that the data cover", "days", low=0),
    integer("attacks_seen", "attacks found in that month, whoever took part"),
)

ACCOUNT_MONTHS: Final = Table(
    "account_months",
    "One account, month by month, beside the base rate of all accounts that were hostile in an attack of that month.",
    (
        *_MONTH,
        integer("pileons", "pile-ons that it took part in"),
        integer("attacks", "attacks in which it was hostile"),
        integer("hostile", "its hostile interactions in attacks"),
        integer("targets", "targets of these attacks"),
        integer("initiator", "attacks in which it has this role"),
        integer("inciter", "attacks in which it has this role"),
        number("mean_credit", "mean credit over its attacks; null: none", "fraction", low=0, high=1),
        number("rate", "attacks; null: fewer than one day is covered", _RATE, low=0),
        number("base_rate", "mean rate of the accounts that were hostile in an attack of that month", _RATE, low=0),
        integer("base_accounts", "how many accounts that are", "accounts"),
    ),
    ("month",),
    "result",
)

ACCOUNT_TARGETS: Final = Table(
    "account_targets",
    "Targets of one account's pile-ons.",
    (
        string("target_id", "account acted upon"),
        integer("pileons", "pile-ons on it that the account took part in"),
        integer("attacks", "attacks among them in which it was hostile"),
        integer("hostile", "its hostile interactions in these"),
        time("first_at", "first act"),
        time("last_at", "first act in the latest of them"),
    ),
    ("target_id",),
    "result",
)

ACCOUNT_GROUPS: Final = Table(
    "account_groups",
    "Groups of co-action that one account is in; to act together beyond chance is no proof of arrangement.",
    (
        string("run_id", "run that found it"),
        string("group_id", "group"),
        integer("accounts", "accounts in the group", "accounts"),
        number("stability", "how often the group is found again from other seeds", "fraction", low=0, high=1),
        integer("co_actions", "co-actions of the account within the group"),
        strings("partners", "accounts that it acts with in the group, most co-actions first, ten at most"),
        time("first_at", "first co-action of the account there"),
        time("last_at", "last one"),
    ),
    ("run_id", "group_id"),
    "result",
)

ACCOUNT_AGENCIES: Final = Table(
    "account_agencies",
    "Agencies of one account as of its acts; membership is no direction.",
    (
        string("agency_id", "agency; null: none known"),
        integer("pileons", "pile-ons in which it was under contract there"),
        integer("attacks", "attacks among them in which it was hostile"),
        time("first_at", "first of these acts"),
        time("last_at", "last of them"),
    ),
    ("agency_id",),
    "result",
)

AGENCY_PROFILES: Final = Table(
    "agency_profiles",
    "Agencies with an account in a pile-on; membership is no direction.",
    (
        string("agency_id", "agency"),
        integer("pileons", "pile-ons with an account of it"),
        integer("attacks", "attacks in which an account of it was hostile"),
        integer("findings", "attacks in which its accounts are more than chance explains (q below attribute.fdr)"),
        integer("accounts", "distinct accounts of it in pile-ons", "accounts"),
        number("observed", "accounts in attacks, summed", "accounts", low=0),
        number("expected", "accounts expected from a base matched on activity, summed", "accounts", low=0),
        number(
            "ratio", "observed over expected, over pile-ons with an account of it, which lifts it above 1: read it beside base_ratio", low=0
        ),
        number("base_ratio", "the same over all agencies", low=0),
        probability("best_q", "lowest q-value in an attack; lower is stronger"),
        number("mean_credit", "mean summed credit of its accounts over its attacks", "fraction", low=0, high=1),
        strings("controllers", "controlling companies or persons, as found"),
        time("first_at", "onset of the first"),
        time("last_at", "onset of the last"),
    ),
    ("agency_id",),
    "result",
)

AGENCY_PILEONS: Final = Table(
    "agency_pileons",
    "Pile-ons with an account of one agency.",
    (
        string("run_id", "run that found it"),
        string("pileon_id", "pile-on"),
        string("target_id", "account acted upon"),
        string("campaign_id", "campaign"),
        string("nature", "what it is", choices=NATURES),
        time("onset", "its start"),
        integer("accounts", "accounts of the agency in it, as of the act"),
        number("expected", "accounts expected from a base matched on activity", "accounts", low=0),
        number("odds_ratio", "odds of taking part, agency against the rest; 1: no difference"),
        number("odds_low", "lower end of its 95 % interval"),
        number("odds_high", "upper end of its 95 % interval"),
        probability("p_value", "chance of so many, given the base; lower is stronger"),
        probability("q_value", "false discovery rate; lower is stronger"),
        number("credit", "summed credit of its accounts", "fraction", low=0, high=1),
        integer("initiator", "its accounts with this role", "accounts"),
        integer("inciter", "its accounts with this role", "accounts"),
        integer("repeat_offender", "its accounts with this role", "accounts"),
        string("controller_id", "controlling company or person"),
    ),
    ("pileon_id",),
    "result",
)

AGENCY_MONTHS: Final = Table(
    "agency_months",
    "One agency, month by month, beside all agencies.",
    (
        *_MONTH,
        integer("attacks", "attacks in which an account of it was hostile"),
        integer("findings", "attacks in which its accounts are more than chance explains (q below attribute.fdr)"),
        number("observed", "accounts in attacks, summed", "accounts", low=0),
        number("expected", "accounts expected, summed", "accounts", low=0),
        number("ratio", "observed over expected; null: none expected", low=0),
        number("base_ratio", "the same over all agencies in that month", low=0),
        number("mean_credit", "mean summed credit over its attacks; null: none", "fraction", low=0, high=1),
        number("rate", "these attacks; null: fewer than one day is covered", _RATE, low=0),
        number("base_rate", "mean rate of the agencies with an account in an attack of that month", _RATE, low=0),
    ),
    ("month",),
    "result",
)

AGENCY_ACCOUNTS: Final = Table(
    "agency_accounts",
    "Accounts of one agency in pile-ons, as of their acts.",
    (
        string("account_id", "account"),
        integer("pileons", "pile-ons that it took part in under contract with the agency"),
        integer("attacks", "attacks among them in which it was hostile"),
        strings("roles", "roles that it has in these attacks"),
        number("mean_credit", "mean credit over these attacks; null: none", "fraction", low=0, high=1),
        time("first_at", "first of these acts"),
        time("last_at", "last of them"),
    ),
    ("account_id",),
    "result",
)

ACCOUNT_TABLES: Final = MappingProxyType(
    {
        "pileons": ACCOUNT_PILEONS,
        "months": ACCOUNT_MONTHS,
        "targets": ACCOUNT_TARGETS,
        "groups": ACCOUNT_GROUPS,
        "agencies": ACCOUNT_AGENCIES,
    }
)
AGENCY_TABLES: Final = MappingProxyType({"pileons": AGENCY_PILEONS, "months": AGENCY_MONTHS, "accounts": AGENCY_ACCOUNTS})

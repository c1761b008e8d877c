"""The tables that users bring."""

from __future__ import annotations

from typing import Final

import polars as pl

from graphwatch.schema.columns import CATEGORIES, KINDS, SURFACES, Column, Table, boolean, integer, probability, string, strings, time

INTERACTIONS: Final = Table(
    "interactions",
    "One act of one account at one time.",
    (
        string("interaction_id", "id of the act, unique on its platform", required=True),
        time("at", "when it happened", required=True),
        string("actor_id", "account that acted", required=True),
        string("kind", "what sort of act", required=True, choices=KINDS),
        string("platform", "where the ids come from, e.g. weibo"),
        string("surface", "where on the platform it happened", choices=SURFACES),
        strings("target_ids", "accounts acted upon; null: derived from the parent; empty: nobody"),
        string("parent_id", "interaction that this one answers or passes on"),
        string("root_id", "first interaction of the thread"),
        strings("objects", "what is shared: url:, tag:, topic:, media:, text: + value"),
        string("text", "the words, as published"),
        probability("hostility", "how hostile the act is toward its target; higher is more hostile"),
        string("category", "what sort of hostility", choices=CATEGORIES, open_choices=True),
        integer("followers", "followers of the actor at the time", "accounts"),
        time("actor_created_at", "when the acting account was created"),
        boolean("deleted", "the platform or its author has since removed it (tombstone)"),
        time("observed_at", "when the record was collected"),
        string("source", "file digest and offset of the record, for evidence"),
    ),
    ("platform", "interaction_id"),
    "input",
)

ACCOUNTS: Final = Table(
    "accounts",
    "What is known of an account, as observed at a time.",
    (
        string("account_id", "id of the account", required=True),
        string("platform", "where the id comes from"),
        string("name", "handle or display name"),
        time("created_at", "when the account was created"),
        integer("followers", "followers when observed", "accounts"),
        boolean("verified", "verified by the platform"),
        time("observed_at", "when this was observed"),
        boolean("protected", "minor or other key group: shown with more care"),
    ),
    ("platform", "account_id", "observed_at"),
    "input",
)

FOLLOWS: Final = Table(
    "follows",
    "Who follows whom, as observed at a time.",
    (
        string("follower_id", "account that follows", required=True),
        string("followed_id", "account that is followed", required=True),
        time("observed_at", "when this was observed"),
    ),
    ("follower_id", "followed_id"),
    "input",
)

AFFILIATIONS: Final = Table(
    "affiliations",
    "Dated links account → agency, joined as of the act.",
    (
        string("account_id", "signed account", required=True),
        string("agency_id", "agency (MCN) that signed it", required=True),
        time("valid_from", "start of the contract; null: always", null_means="always"),
        time("valid_to", "end of the contract, exclusive; null: still running", null_means="still running"),
        string("source", "where this is known from"),
        probability("confidence", "how sure the source is"),
        time("observed_at", "when this was observed"),
    ),
    ("account_id", "agency_id", "valid_from"),
    "input",
)

AGENCIES: Final = Table(
    "agencies",
    "Influencer agencies (MCNs).",
    (
        string("agency_id", "id of the agency", required=True),
        string("name", "name of the agency"),
        string("company_id", "company that it is registered as"),
    ),
    ("agency_id",),
    "input",
)

OWNERSHIP: Final = Table(
    "ownership",
    "Who owns which share of which company, over time.",
    (
        string("owner_id", "company or person that owns", required=True),
        string("owned_id", "company that is owned", required=True),
        Column("share", pl.Float64(), "share held", unit="fraction", low=0.0, high=1.0),
        time("valid_from", "start; null: always", null_means="always"),
        time("valid_to", "end, exclusive; null: still", null_means="still"),
        string("source", "where this is known from"),
    ),
    ("owner_id", "owned_id", "valid_from"),
    "input",
)

IDENTITIES: Final = Table(
    "identities",
    "Accounts, on one platform or several, that are declared to be one person's.",
    (
        string("account_id", "account", required=True),
        string("platform", "where the account is"),
        string("other_id", "another account of the same person", required=True),
        string("other_platform", "where the other account is"),
        string("source", "where this is known from"),
        probability("confidence", "how sure the source is"),
        time("observed_at", "when this was observed"),
    ),
    ("platform", "account_id", "other_platform", "other_id"),
    "input",
)

COMPANY_LINKS: Final = Table(
    "company_links",
    "Companies that share an address, a director or the like: weak links, shown beside findings and never taken for ownership.",
    (
        string("company_a", "company", required=True),
        string("company_b", "another company", required=True),
        string("kind", "what they share", required=True, choices=("address", "director", "phone", "email", "name"), open_choices=True),
        string("value", "the address, person or number, or a hash of it"),
        string("source", "where this is known from"),
        probability("confidence", "how sure the source is"),
        time("valid_from", "start; null: always", null_means="always"),
        time("valid_to", "end, exclusive; null: still", null_means="still"),
    ),
    ("company_a", "company_b", "kind", "value", "valid_from"),
    "input",
)

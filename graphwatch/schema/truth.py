"""What is true of a simulated world."""

from __future__ import annotations

from typing import Final

from graphwatch.schema.columns import NATURES, ROLES, Table, boolean, integer, string, strings, time

TRUTH_PILEONS: Final = Table(
    "truth_pileons",
    "Planted bursts of a simulated world, hard negatives included: what a detector should say about each.",
    (
        string("incident_id", "planted incident; a cross-platform incident has one row per target account"),
        string("target_id", "account acted upon"),
        string("scenario", "what was planted, e.g. agency_driven or breaking_news"),
        string("nature", "what it is", choices=NATURES),
        time("onset", "first interaction of the burst"),
        time("peak", "middle of its busiest quarter-hour"),
        time("end", "last interaction of the burst"),
        integer("hostile_actors", "distinct accounts with a hostile interaction"),
        integer("actors", "distinct accounts"),
    ),
    ("incident_id", "target_id"),
    "truth",
)

TRUTH_ROLES: Final = Table(
    "truth_roles",
    "Role of every account of every planted attack.",
    (
        string("incident_id", "planted incident"),
        string("target_id", "account acted upon"),
        string("actor_id", "account that took part"),
        string("role", "primary role", choices=ROLES),
        strings("roles", "all roles that apply"),
        boolean("originator", "one of the accounts that started it"),
        time("first_at", "its first interaction in the burst"),
    ),
    ("incident_id", "target_id", "actor_id"),
    "truth",
)

TRUTH_AGENCIES: Final = Table(
    "truth_agencies",
    "Agencies that really stand behind planted attacks.",
    (
        string("incident_id", "planted incident"),
        string("target_id", "account acted upon"),
        string("agency_id", "agency"),
        string("controller_id", "company or person at the end of its ownership chain"),
    ),
    ("incident_id", "target_id", "agency_id"),
    "truth",
)

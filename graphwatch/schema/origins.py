"""Result tables of the traceback: where a pile-on came from, by which chain, and what most probably led to each of its acts."""

from __future__ import annotations

from typing import Final

from graphwatch.schema.columns import KINDS, SURFACES, Table, boolean, integer, number, probability, string, strings, time

SORTS: Final = ("object", "template", "accusation", "cause")
LINKS: Final = ("parent", "thread", "object", "template", "accusation", "crowd", "follow", "own", "identity")
BASES: Final = ("given", "model", "lag")

ORIGINS: Final = Table(
    "origins",
    "Earliest acts in the data from which each pile-on can have come: first mentions of what it shares, and likeliest causes.",
    (
        string("pileon_id", "pile-on"),
        integer(
            "rank",
            "1: earliest of those from which at least trace.origin_share of the pile-on descends; then acts that are not in the "
            "data; then the others by expected_share",
        ),
        string(
            "sort",
            "first mention of an object, a copied text (template) or a reworded text (accusation), or likeliest cause",
            choices=SORTS,
        ),
        string("object", "what is mentioned; null for a cause"),
        string("interaction_id", "the act"),
        string("platform", "where it was"),
        string("actor_id", "who did it; null where it is not in the data"),
        time("at", "when; null where it is not in the data"),
        number("lead_s", "onset minus that time; positive: before the onset", "s"),
        integer("accounts", "accounts of the pile-on that mention the object; null for a cause"),
        integer("accounts_elsewhere", "other accounts that mention it in the same time: the base rate; null for a cause"),
        number(
            "reached_share", "accounts of the pile-on on a time-respecting path from the act; an upper bound", "fraction", low=0, high=1
        ),
        number("expected_share", "expected share of the pile-on's interactions that descend from the act", "fraction", low=0, high=1),
        strings("chain", "interactions of the likeliest chain from the act to the peak, the act first; the act alone: there is none"),
        probability("chain_probability", "product of the probabilities of its links; null: no chain"),
        boolean("deleted", "the act was deleted: a tombstone"),
        boolean("in_data", "false: only known because others answer it or pass it on"),
        strings("notes", "what to know before reading it"),
    ),
    ("pileon_id", "rank"),
    "result",
)

ORIGIN_CHAINS: Final = Table(
    "origin_chains",
    "Candidate chains from each origin to the peak, act by act.",
    (
        string("pileon_id", "pile-on"),
        integer("rank", "origin, see origins"),
        integer("chain", "1: the likeliest"),
        probability("chain_probability", "product of the probabilities of its links"),
        integer("hop", "0: the origin"),
        string("interaction_id", "the act"),
        string("platform", "where it was"),
        string("actor_id", "who did it"),
        time("at", "when"),
        string("kind", "what act", choices=KINDS),
        string("surface", "where on the platform", choices=SURFACES),
        boolean("hostile", "hostility at or above detect.hostile_at; null: not known"),
        string("link", "how the act before leads to it; null at hop 0", choices=LINKS),
        string("basis", "given: the data say so; model: the branching model; lag: assumed from the time between", choices=BASES),
        probability("probability", "probability of that link"),
        boolean("deleted", "a tombstone"),
        boolean("in_data", "false: only known because others answer it or pass it on"),
    ),
    ("pileon_id", "rank", "chain", "hop"),
    "result",
)

ORIGIN_LINKS: Final = Table(
    "origin_links",
    "Acts of each pile-on and those that may have led to it, each with the likeliest act before it.",
    (
        string("pileon_id", "pile-on"),
        string("interaction_id", "the act"),
        string("platform", "where it was"),
        string("actor_id", "who did it; null where it is not in the data"),
        time("at", "when; null where it is not in the data"),
        string("kind", "what act", choices=KINDS),
        boolean("member", "part of the pile-on"),
        boolean("hostile", "hostility at or above detect.hostile_at; null: not known"),
        boolean("deleted", "a tombstone"),
        boolean("in_data", "false: only known because others answer it or pass it on"),
        string("cause_id", "likeliest act before it; null: most probably none in the data"),
        string("cause_platform", "where that was"),
        string("link", "how that leads to it", choices=LINKS),
        string("basis", "given: the data say so; model: the branching model; lag: assumed from the time between", choices=BASES),
        probability("probability", "probability of that link"),
    ),
    ("pileon_id", "platform", "interaction_id"),
    "result",
)

"""Result tables about tracing beside ``members``: how well each model fits, and what each role rests on."""

from __future__ import annotations

from typing import Final

from graphwatch.schema.columns import ROLES, Table, boolean, integer, number, probability, string, strings

ROLE_EVIDENCE: Final = Table(
    "role_evidence",
    "What each role rests on: the rule with its thresholds, the counts, and what speaks against it. Roles that were considered and not "
    "given are there too.",
    (
        string("pileon_id", "pile-on"),
        string("actor_id", "account"),
        string("role", "role that was considered", choices=ROLES[:-1]),
        probability(
            "probability", "share of the sampled histories in which the rule holds; for repeat offenders over the doubt of attacks"
        ),
        number("needed_probability", "probability from which the role is given here", low=0, high=1),
        boolean("given", "the role is given in members"),
        string("rule", "the rule in words, with its thresholds"),
        integer("eligible_acts", "acts of the account that can make it initiator or inciter"),
        integer("first_place", "place of its first eligible act among all eligible ones, from 1; null: it has none"),
        number("descendants", "expected interactions that descend from the account, its own included", "interactions", low=0),
        integer("descendants_needed", "descendants that an initiator's act needs"),
        number("offspring", "expected direct offspring by other accounts", "interactions", low=0),
        integer(
            "offspring_needed", "direct offspring that an inciter with this audience needs; null: too little for the question to arise"
        ),
        integer("mobilising_acts", "acts that call for action"),
        integer("attacks", "attacks of separate onset in which the account was hostile"),
        integer("attacks_needed", "attacks that a repeat offender needs"),
        strings("counter_evidence", "what speaks against the role, in words"),
    ),
    ("pileon_id", "actor_id", "role"),
    "result",
)

TRACE_FITS: Final = Table(
    "trace_fits",
    "The branching model of each pile-on: parameters, branching ratio and goodness of fit.",
    (
        string("pileon_id", "pile-on"),
        number("branching_ratio", "mean direct offspring of an act; near or above 1 the pile-on feeds itself", low=0),
        string("kernel", "family of the lags, chosen by likelihood", choices=("exponential", "lomax")),
        number("scale_s", "mean of the exponential, or scale of the power law", "s", low=0),
        number("tail", "tail exponent of the power law; null: exponential", low=0),
        number("spontaneous", "expected interactions that came by themselves", "interactions", low=0),
        number("linked_share", "share of the causes that show a link: parent, thread, object or follow", "fraction", low=0, high=1),
        number("log_likelihood", "of the interactions; higher is better"),
        integer("iterations", "EM iterations"),
        boolean("converged", "the fit converged"),
        probability("ks_p_value", "time-rescaling Kolmogorov-Smirnov test; low: the times do not look like this model"),
        strings("notes", "what a reader must know of the fit"),
    ),
    ("pileon_id",),
    "result",
)

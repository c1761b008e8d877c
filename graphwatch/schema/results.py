"""The tables that `graphwatch run` writes, always all of them."""

from __future__ import annotations

from typing import Final

from graphwatch.schema.columns import LEVELS, NATURES, ROLES, SURFACES, Table, boolean, integer, number, probability, string, strings, time

PILEONS: Final = Table(
    "pileons",
    "Bursts of many distinct accounts on one target.",
    (
        string("pileon_id", "id, derived from target and onset"),
        string("target_id", "account acted upon"),
        time("onset", "start of the burst"),
        time("peak", "middle of its busiest quarter-hour"),
        time("end", "last interaction of the burst"),
        integer("interactions", "interactions on the target from onset to end"),
        integer("hostile", "hostile ones among them"),
        integer("actors", "distinct accounts"),
        integer("hostile_actors", "distinct accounts with a hostile interaction"),
        integer("newcomers", "accounts that never interacted with this target before"),
        number("expected", "distinct accounts expected on ordinary days in the scanned window (of those that the notes name)", "accounts"),
        number("log_likelihood_ratio", "scan statistic; higher is stronger evidence of a burst"),
        probability("p_value", "chance of such a statistic under the fitted null; lower is stronger"),
        probability("q_value", "false discovery rate at which it is reported; lower is stronger"),
        string("nature", "what it is", choices=NATURES),
        probability("nature_probability", "probability of that nature"),
        string("campaign_id", "campaign that it belongs to"),
        strings("surfaces", "surfaces, busiest first"),
        strings("top_categories", "hostility categories, most frequent first"),
        string("only_surface", "surface that it was found on alone, all figures are of it; null: over all surfaces", choices=SURFACES),
    ),
    ("pileon_id",),
    "result",
)

MEMBERS: Final = Table(
    "members",
    "Every account of every pile-on, with role, credit and evidence.",
    (
        string("pileon_id", "pile-on"),
        string("actor_id", "account"),
        integer("interactions", "its interactions in the pile-on"),
        integer("hostile", "hostile ones among them"),
        time("first_at", "its first interaction in the pile-on"),
        string("role", "primary role", choices=ROLES),
        strings("roles", "all roles that apply"),
        probability("role_probability", "probability of the primary role"),
        number("credit", "expected share of the pile-on that descends from the account, itself included", "fraction", low=0, high=1),
        number("credit_low", "lower end of the 90 % interval of the credit", "fraction", low=0, high=1),
        number("credit_high", "upper end of the 90 % interval of the credit", "fraction", low=0, high=1),
        boolean("newcomer", "had no earlier interaction with this target"),
        string("agency_id", "agency at the time of the act, if known"),
        strings("evidence", "interactions that the role rests on"),
    ),
    ("pileon_id", "actor_id"),
    "result",
)

CASCADES: Final = Table(
    "cascades",
    "Trees of interactions by parent.",
    (
        string("root_id", "first interaction of the tree"),
        string("root_actor_id", "its author"),
        time("started", "time of the root"),
        integer("size", "interactions in the tree, root included"),
        integer("depth", "edges on the longest path from the root", "edges"),
        integer("max_breadth", "most interactions at one depth"),
        number("structural_virality", "mean distance between two nodes (Goel et al. 2016); 0 for a single node", "edges"),
        number("duration_s", "from the root to the last interaction", "s"),
        integer("actors", "distinct accounts"),
        integer("inferred_edges", "edges whose parent was inferred, not given"),
    ),
    ("root_id",),
    "result",
)

COACTIONS: Final = Table(
    "coactions",
    "Pairs of accounts that acted on the same objects within a time window.",
    (
        string("a", "account; a < b"),
        string("b", "account"),
        integer("weight", "co-actions of the pair"),
        integer("objects", "distinct objects among them"),
        time("first_at", "first act that belongs to a co-action of the pair"),
        time("last_at", "last such act"),
        number("mean_delay_s", "mean time between the two acts", "s"),
        probability("p_value", "chance of such a weight given activity and popularity; lower is stronger"),
        probability("q_value", "false discovery rate; lower is stronger"),
        string("group_id", "community of the backbone"),
    ),
    ("a", "b"),
    "result",
)

COACTION_EVIDENCE: Final = Table(
    "coaction_evidence",
    "Direction of each co-acting pair, and the interactions that it rests on.",
    (
        string("a", "account; a < b"),
        string("b", "account"),
        string("first", "the account that came first more often; null: neither did"),
        integer("a_first", "occasions on which a came first", "occasions"),
        integer("b_first", "occasions on which b came first", "occasions"),
        integer("same_time", "occasions on which both acted at the same moment", "occasions"),
        number("median_lag_s", "median of b's time minus a's; positive: a comes first", "s"),
        probability("direction_p_value", "two-sided sign test of who comes first; lower is stronger"),
        probability("direction_q_value", "false discovery rate over the pairs; lower is stronger"),
        strings("evidence", "interactions of the earliest occasions, a's and b's in turn"),
    ),
    ("a", "b"),
    "result",
)

COACTION_GROUPS: Final = Table(
    "coaction_groups",
    "Groups of accounts in the backbone of co-action.",
    (
        string("group_id", "id, derived from the members"),
        integer("accounts", "members"),
        integer("pairs", "co-acting pairs within it"),
        integer("weight", "co-actions of those pairs"),
        number(
            "stability", "mean overlap with the groups found from other seeds (Hennig 2007); higher is surer", "fraction", low=0, high=1
        ),
        time("first_at", "first act that belongs to a co-action within it"),
        time("last_at", "last such act"),
    ),
    ("group_id",),
    "result",
)

PRIOR_COACTIONS: Final = Table(
    "prior_coactions",
    "Whether the hostile accounts of a pile-on acted together before it more than accounts of equal activity do.",
    (
        string("pileon_id", "pile-on"),
        integer("accounts", "hostile accounts with shared objects before the onset"),
        integer("controls", "accounts of equal activity that they are compared with"),
        integer("pairs", "pairs of the accounts that co-acted before the onset"),
        number("expected", "mean number of such pairs among as many accounts of equal activity; null: there are no controls", "pairs"),
        probability("p_value", "share of draws of such accounts with at least as many pairs; lower is stronger"),
        probability("q_value", "false discovery rate over the pile-ons; lower is stronger"),
    ),
    ("pileon_id",),
    "result",
)

CAMPAIGNS: Final = Table(
    "campaigns",
    "Pile-ons linked by shared accounts or content.",
    (
        string("campaign_id", "id"),
        strings("pileons", "its pile-ons"),
        strings("targets", "its targets"),
        integer("actors", "accounts that take part in at least two of its pile-ons"),
        time("first_at", "first onset"),
        time("last_at", "last end"),
        strings("link_reasons", "why the pile-ons are linked"),
    ),
    ("campaign_id",),
    "result",
)

CAMPAIGN_ACCOUNTS: Final = Table(
    "campaign_accounts",
    "Core accounts of campaigns: hostile in at least two of a campaign's pile-ons.",
    (
        string("campaign_id", "campaign"),
        string("actor_id", "account"),
        integer("attacks", "pile-ons of the campaign in which it is hostile"),
        strings("pileons", "these pile-ons, by onset"),
        integer("hostile", "its hostile interactions in them"),
        time("first_at", "first of these interactions"),
        time("last_at", "last of them"),
    ),
    ("campaign_id", "actor_id"),
    "result",
)

AGENCY_FINDINGS: Final = Table(
    "agencies",
    "Agencies among a pile-on's or campaign's accounts against a matched base.",
    (
        string("scope", "pileon_id or campaign_id"),
        string("agency_id", "agency"),
        integer("accounts", "its accounts in the scope, as of the act"),
        number("expected", "accounts expected from a base matched on platform, topic and activity", "accounts"),
        number("odds_ratio", "odds of taking part, agency against the rest; 1: no difference"),
        number("odds_low", "lower end of its 95 % interval"),
        number("odds_high", "upper end of its 95 % interval"),
        probability("p_value", "chance of so many accounts, given the matched base; lower is stronger"),
        probability("q_value", "false discovery rate over agencies; lower is stronger"),
        number("credit", "summed credit of its accounts", "fraction"),
        string("company_id", "company that the agency is registered as"),
        string("controller_id", "controlling company or person at the end of the chain"),
        strings("path", "ownership chain from the agency's company to the controller"),
    ),
    ("scope", "agency_id"),
    "result",
)

ALERTS: Final = Table(
    "alerts",
    "Early warnings, from what was known at the time only.",
    (
        string("alert_id", "id"),
        string("target_id", "account at risk"),
        time("at", "when the warning was due"),
        number("horizon_s", "time ahead that the probability speaks of", "s"),
        probability("probability", "that the target gets at least K hostile accounts within the horizon"),
        string("level", "how urgent", choices=LEVELS),
        string("state", "open until a person decides", choices=("open", "confirmed", "dismissed")),
        strings("reasons", "what it rests on, each with its contribution, strongest first"),
        strings("missing_features", "features that could not be computed"),
        number("expected_final", "expected hostile accounts in the end", "accounts"),
        string("model_version", "model that gave the probability"),
    ),
    ("alert_id",),
    "result",
)

AFFILIATION_CANDIDATES: Final = Table(
    "affiliation_candidates",
    "Accounts whose name is that of a roster row without an account id: to be looked at by a person, never an affiliation.",
    (
        string("account_id", "account with such a name"),
        string("platform", "where the account is"),
        string("name", "name of the account"),
        string("roster_name", "name in the roster"),
        string("agency_id", "agency in the roster"),
        string("agency_name", "its name"),
        string("method", "how the names agree, folded", choices=("exact", "close")),
        number("similarity", "1 - 1 / characters of the longer name for one edit; 1: equal", "fraction", low=0, high=1),
        integer("accounts_with_name", "accounts with the same folded name; above 1 the name cannot tell them apart", "accounts"),
        string("source", "where the roster has it from"),
    ),
    ("agency_id", "roster_name", "platform", "account_id"),
    "result",
)

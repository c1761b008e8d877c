"""Result tables about bursts beside the pile-ons on accounts: on objects, on single surfaces, and what kind of crowd each is."""

from __future__ import annotations

from typing import Final

from graphwatch.schema.columns import NATURES, SURFACES, Table, integer, number, probability, string, strings, time

OBJECT_PILEONS: Final = Table(
    "object_pileons",
    "Bursts of many distinct accounts on one object: a hashtag, a topic or group, a link, a video, a thread that is nobody's.",
    (
        string("object_pileon_id", "id, derived from object and onset"),
        string("object", "what the accounts gathered on: tag:, topic:, url:, media:, thread: + value"),
        time("onset", "start of the burst"),
        time("peak", "middle of its busiest quarter-hour"),
        time("end", "last interaction of the burst"),
        integer("interactions", "interactions on the object from onset to end"),
        integer("hostile", "hostile ones among them"),
        integer("actors", "distinct accounts"),
        integer("hostile_actors", "distinct accounts with a hostile interaction"),
        integer("newcomers", "accounts that never used this object before"),
        number("expected", "distinct accounts expected on ordinary days in the scanned window", "accounts"),
        number("log_likelihood_ratio", "scan statistic; higher is stronger evidence of a burst"),
        probability("p_value", "chance of such a statistic under the fitted null; lower is stronger"),
        probability("q_value", "false discovery rate at which it is reported; lower is stronger"),
        string("nature", "what it is", choices=NATURES),
        probability("nature_probability", "probability of that nature"),
        strings("targets", "accounts acted upon in the burst, most interactions first, five at most"),
        strings("pileons", "pile-ons on accounts that share at least a tenth of its interactions, most shared first"),
        strings("surfaces", "surfaces, busiest first"),
        strings("top_categories", "hostility categories, most frequent first"),
    ),
    ("object_pileon_id",),
    "result",
)

SURFACE_PILEONS: Final = Table(
    "surface_pileons",
    "Hostile or critical bursts on one account on one surface, for accounts that are acted upon on several.",
    (
        string("surface_pileon_id", "id, derived from target, surface and onset"),
        string("target_id", "account acted upon"),
        string("surface", "surface that the burst is on", choices=SURFACES),
        string("pileon_id", "pile-on on the account at that time, which may be this burst alone (only_surface); null: too weak to be one"),
        time("onset", "start of the burst"),
        time("peak", "middle of its busiest quarter-hour"),
        time("end", "last interaction of the burst"),
        integer("interactions", "interactions on the target on this surface from onset to end"),
        integer("hostile", "hostile ones among them"),
        integer("actors", "distinct accounts"),
        integer("hostile_actors", "distinct accounts with a hostile interaction"),
        integer("newcomers", "accounts that never interacted with this target on this surface before"),
        number("expected", "distinct accounts expected on ordinary days in the scanned window", "accounts"),
        number("log_likelihood_ratio", "scan statistic; higher is stronger evidence of a burst"),
        probability("p_value", "chance of such a statistic under the fitted null; lower is stronger"),
        probability("q_value", "false discovery rate at which it is reported; lower is stronger"),
        string("nature", "what it is", choices=NATURES),
        probability("nature_probability", "probability of that nature"),
    ),
    ("surface_pileon_id",),
    "result",
)

PILEON_STATISTICS: Final = Table(
    "pileon_statistics",
    "What kind of crowd each pile-on is; no figure here decides anything by itself.",
    (
        string("pileon_id", "pile-on"),
        number("newcomer_share", "accounts never seen with this target before, of all its accounts", "fraction", low=0, high=1),
        number(
            "actor_entropy", "Shannon entropy of the interactions over accounts, over its maximum; 1: all equally active", low=0, high=1
        ),
        number("hostile_share", "hostile interactions of those whose hostility is known", "fraction", low=0, high=1),
        number("mean_depth", "mean distance of an interaction from the top of its thread", "edges", low=0),
        integer("max_depth", "largest such distance", "edges"),
        number("repost_share", "reposts and quotes of all interactions", "fraction", low=0, high=1),
        integer("repost_chain", "longest unbroken chain of reposts and quotes", "edges"),
        number("private_share", "private messages of all interactions", "fraction", low=0, high=1),
        number("copied_share", "interactions whose text occurs at least three times in the data", "fraction", low=0, high=1),
        number(
            "synchrony",
            "pairs of accounts that act within ten seconds, over those expected at the rate of the ten minutes around; 1: independent",
            low=0,
        ),
        number("mean_gap_s", "mean time between two interactions that follow each other", "s", low=0),
        integer("surfaces", "surfaces that it goes over"),
        integer("platforms", "platforms that it goes over"),
    ),
    ("pileon_id",),
    "result",
)

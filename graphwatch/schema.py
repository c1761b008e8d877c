"""Each table declared once: loaders, validation, stores, docs and ``graphwatch schema`` derive from it.

A table is an ordered set of columns with dtype, unit and meaning, and a key. *Input* tables are what users bring; *result* tables
are what ``graphwatch run`` writes, always all of them, empty when there is nothing to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import polars as pl

TIMESTAMP: Final = pl.Datetime("us", "UTC")
STRINGS: Final = pl.List(pl.String)

KINDS: Final = (
    "post",
    "comment",
    "reply",
    "repost",
    "quote",
    "mention",
    "danmaku",
    "live_chat",
    "private_message",
    "rating",
)
SURFACES: Final = ("feed", "comment", "danmaku", "live", "private", "search", "hot_list", "topic", "group", "news", "popup")
CATEGORIES: Final = (
    "privacy",
    "abuse",
    "slander",
    "mockery",
    "incitement",
    "threat",
    "group_antagonism",
    "criticism",
    "none",
)
NATURES: Final = ("attack", "criticism", "attention")
ROLES: Final = ("initiator", "inciter", "repeat_offender", "follower")
LEVELS: Final = ("info", "watch", "warning", "critical")
OBJECT_PREFIXES: Final = ("url:", "tag:", "topic:", "media:", "text:")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, dtype, meaning, unit, and what a valid value is.

    Attributes
    ----------
    required
        The column must be there and its values must not be null.
    low, high
        Inclusive bounds of numbers.
    choices
        The only values allowed, when they are few. Empty means free.
    open_choices
        Other values than ``choices`` are kept (they are another tool's words), not rejected.
    """

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    open_choices: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, its key, and whether users bring it or graphwatch writes it."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    role: Literal["input", "result", "truth"]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Column name → polars dtype, in order."""
        return {column.name: column.dtype for column in self.columns}

    def column(self, name: str) -> Column:
        """Give the column of that name; raise ``KeyError`` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name!r} has no column {name!r}; it has {', '.join(self.names)}")

    def empty(self) -> pl.DataFrame:
        """Give a frame with all columns and no row.

        Examples
        --------
        >>> OWNERSHIP.empty().columns
        ['owner_id', 'owned_id', 'share', 'valid_from', 'valid_to', 'source']
        """
        return pl.DataFrame(schema=self.dtypes)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give the frame with exactly this table's columns, in order and cast; absent optional columns become null."""
        absent = [pl.lit(None, dtype=c.dtype).alias(c.name) for c in self.columns if c.name not in frame.columns]
        return frame.with_columns(absent).select(pl.col(c.name).cast(c.dtype) for c in self.columns)


def _s(name: str, meaning: str, *, required: bool = False, choices: tuple[str, ...] = (), open_choices: bool = False) -> Column:
    return Column(name, pl.String(), meaning, required=required, choices=choices, open_choices=open_choices)


def _t(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, TIMESTAMP, meaning, unit="UTC, µs", required=required)


def _i(name: str, meaning: str, unit: str = "count", *, low: float | None = 0) -> Column:
    return Column(name, pl.Int64(), meaning, unit=unit, low=low)


def _f(name: str, meaning: str, unit: str = "", *, low: float | None = None, high: float | None = None) -> Column:
    return Column(name, pl.Float64(), meaning, unit=unit, low=low, high=high)


def _b(name: str, meaning: str) -> Column:
    return Column(name, pl.Boolean(), meaning)


def _l(name: str, meaning: str) -> Column:
    return Column(name, STRINGS, meaning)


def _p(name: str, meaning: str) -> Column:
    return Column(name, pl.Float64(), meaning, unit="probability", low=0.0, high=1.0)


INTERACTIONS: Final = Table(
    "interactions",
    "One act of one account at one time.",
    (
        _s("interaction_id", "id of the act, unique on its platform", required=True),
        _t("at", "when it happened", required=True),
        _s("actor_id", "account that acted", required=True),
        _s("kind", "what sort of act", required=True, choices=KINDS),
        _s("platform", "where the ids come from, e.g. weibo"),
        _s("surface", "where on the platform it happened", choices=SURFACES),
        _l("target_ids", "accounts acted upon; null: derived from the parent; empty: nobody"),
        _s("parent_id", "interaction that this one answers or passes on"),
        _s("root_id", "first interaction of the thread"),
        _l("objects", "what is shared: url:, tag:, topic:, media:, text: + value"),
        _s("text", "the words, as published"),
        _p("hostility", "how hostile the act is toward its target; higher is more hostile"),
        _s("category", "what sort of hostility", choices=CATEGORIES, open_choices=True),
        _i("followers", "followers of the actor at the time", "accounts"),
        _t("actor_created_at", "when the acting account was created"),
        _b("deleted", "the platform or its author has since removed it (tombstone)"),
        _t("observed_at", "when the record was collected"),
        _s("source", "file digest and offset of the record, for evidence"),
    ),
    ("platform", "interaction_id"),
    "input",
)

ACCOUNTS: Final = Table(
    "accounts",
    "What is known of an account, as observed at a time.",
    (
        _s("account_id", "id of the account", required=True),
        _s("platform", "where the id comes from"),
        _s("name", "handle or display name"),
        _t("created_at", "when the account was created"),
        _i("followers", "followers when observed", "accounts"),
        _b("verified", "verified by the platform"),
        _t("observed_at", "when this was observed"),
        _b("protected", "minor or other key group: shown with more care"),
    ),
    ("platform", "account_id", "observed_at"),
    "input",
)

FOLLOWS: Final = Table(
    "follows",
    "Who follows whom, as observed at a time.",
    (
        _s("follower_id", "account that follows", required=True),
        _s("followed_id", "account that is followed", required=True),
        _t("observed_at", "when this was observed"),
    ),
    ("follower_id", "followed_id"),
    "input",
)

AFFILIATIONS: Final = Table(
    "affiliations",
    "Dated links account → agency, joined as of the act.",
    (
        _s("account_id", "signed account", required=True),
        _s("agency_id", "agency (MCN) that signed it", required=True),
        _t("valid_from", "start of the contract; null: always"),
        _t("valid_to", "end of the contract, exclusive; null: still running"),
        _s("source", "where this is known from"),
        _p("confidence", "how sure the source is"),
        _t("observed_at", "when this was observed"),
    ),
    ("account_id", "agency_id", "valid_from"),
    "input",
)

AGENCIES: Final = Table(
    "agencies",
    "Influencer agencies (MCNs).",
    (
        _s("agency_id", "id of the agency", required=True),
        _s("name", "name of the agency"),
        _s("company_id", "company that it is registered as"),
    ),
    ("agency_id",),
    "input",
)

OWNERSHIP: Final = Table(
    "ownership",
    "Who owns which share of which company, over time.",
    (
        _s("owner_id", "company or person that owns", required=True),
        _s("owned_id", "company that is owned", required=True),
        Column("share", pl.Float64(), "share held", unit="fraction", low=0.0, high=1.0),
        _t("valid_from", "start; null: always"),
        _t("valid_to", "end, exclusive; null: still"),
        _s("source", "where this is known from"),
    ),
    ("owner_id", "owned_id", "valid_from"),
    "input",
)

PILEONS: Final = Table(
    "pileons",
    "Bursts of many distinct accounts on one target.",
    (
        _s("pileon_id", "id, derived from target and onset"),
        _s("target_id", "account acted upon"),
        _t("onset", "start of the burst"),
        _t("peak", "middle of its busiest quarter-hour"),
        _t("end", "last interaction of the burst"),
        _i("interactions", "interactions on the target from onset to end"),
        _i("hostile", "hostile ones among them"),
        _i("actors", "distinct accounts"),
        _i("hostile_actors", "distinct accounts with a hostile interaction"),
        _i("newcomers", "accounts that never interacted with this target before"),
        _f("expected", "distinct accounts expected on ordinary days in the scanned window", "accounts"),
        _f("log_likelihood_ratio", "scan statistic; higher is stronger evidence of a burst"),
        _p("p_value", "chance of such a statistic under the fitted null; lower is stronger"),
        _p("q_value", "false discovery rate at which it is reported; lower is stronger"),
        _s("nature", "what it is", choices=NATURES),
        _p("nature_probability", "probability of that nature"),
        _s("campaign_id", "campaign that it belongs to"),
        _l("surfaces", "surfaces, busiest first"),
        _l("top_categories", "hostility categories, most frequent first"),
    ),
    ("pileon_id",),
    "result",
)

MEMBERS: Final = Table(
    "members",
    "Every account of every pile-on, with role, credit and evidence.",
    (
        _s("pileon_id", "pile-on"),
        _s("actor_id", "account"),
        _i("interactions", "its interactions in the pile-on"),
        _i("hostile", "hostile ones among them"),
        _t("first_at", "its first interaction in the pile-on"),
        _s("role", "primary role", choices=ROLES),
        _l("roles", "all roles that apply"),
        _p("role_probability", "probability of the primary role"),
        _f("credit", "expected share of the pile-on that descends from the account, itself included", "fraction", low=0, high=1),
        _f("credit_low", "5 % quantile of the credit", "fraction", low=0, high=1),
        _f("credit_high", "95 % quantile of the credit", "fraction", low=0, high=1),
        _b("newcomer", "had no earlier interaction with this target"),
        _s("agency_id", "agency at the time of the act, if known"),
        _l("evidence", "interactions that the role rests on"),
    ),
    ("pileon_id", "actor_id"),
    "result",
)

CASCADES: Final = Table(
    "cascades",
    "Trees of interactions by parent.",
    (
        _s("root_id", "first interaction of the tree"),
        _s("root_actor_id", "its author"),
        _t("started", "time of the root"),
        _i("size", "interactions in the tree, root included"),
        _i("depth", "edges on the longest path from the root", "edges"),
        _i("max_breadth", "most interactions at one depth"),
        _f("structural_virality", "mean distance between two nodes (Goel et al. 2016); 0 for a single node", "edges"),
        _f("duration_s", "from the root to the last interaction", "s"),
        _i("actors", "distinct accounts"),
        _i("inferred_edges", "edges whose parent was inferred, not given"),
    ),
    ("root_id",),
    "result",
)

COACTIONS: Final = Table(
    "coactions",
    "Pairs of accounts that acted on the same objects within a time window.",
    (
        _s("a", "account; a < b"),
        _s("b", "account"),
        _i("weight", "co-actions of the pair"),
        _i("objects", "distinct objects among them"),
        _t("first_at", "first act that belongs to a co-action of the pair"),
        _t("last_at", "last such act"),
        _f("mean_delay_s", "mean time between the two acts", "s"),
        _p("p_value", "chance of such a weight given activity and popularity; lower is stronger"),
        _p("q_value", "false discovery rate; lower is stronger"),
        _s("group_id", "community of the backbone"),
    ),
    ("a", "b"),
    "result",
)

CAMPAIGNS: Final = Table(
    "campaigns",
    "Pile-ons linked by shared accounts, content or agencies.",
    (
        _s("campaign_id", "id"),
        _l("pileons", "its pile-ons"),
        _l("targets", "its targets"),
        _i("actors", "accounts that take part in at least two of its pile-ons"),
        _t("first_at", "first onset"),
        _t("last_at", "last end"),
        _l("link_reasons", "why the pile-ons are linked"),
    ),
    ("campaign_id",),
    "result",
)

AGENCY_FINDINGS: Final = Table(
    "agencies",
    "Agencies among a pile-on's or campaign's accounts against a matched base.",
    (
        _s("scope", "pileon_id or campaign_id"),
        _s("agency_id", "agency"),
        _i("accounts", "its accounts in the scope, as of the act"),
        _f("expected", "accounts expected from a base matched on activity", "accounts"),
        _f("odds_ratio", "odds of taking part, agency against the rest; 1: no difference"),
        _f("odds_low", "lower end of its 95 % interval"),
        _f("odds_high", "upper end of its 95 % interval"),
        _p("p_value", "chance of so many accounts by stratified permutation; lower is stronger"),
        _p("q_value", "false discovery rate over agencies; lower is stronger"),
        _f("credit", "summed credit of its accounts", "fraction"),
        _s("company_id", "company that the agency is registered as"),
        _s("controller_id", "controlling company or person at the end of the chain"),
        _l("path", "ownership chain from the agency's company to the controller"),
    ),
    ("scope", "agency_id"),
    "result",
)

ALERTS: Final = Table(
    "alerts",
    "Early warnings, from what was known at the time only.",
    (
        _s("alert_id", "id"),
        _s("target_id", "account at risk"),
        _t("at", "when the warning was due"),
        _f("horizon_s", "time ahead that the probability speaks of", "s"),
        _p("probability", "that the target gets at least K hostile accounts within the horizon"),
        _s("level", "how urgent", choices=LEVELS),
        _s("state", "open until a person decides", choices=("open", "confirmed", "dismissed")),
        _l("reasons", "what it rests on, each with its contribution, strongest first"),
        _l("missing_features", "features that could not be computed"),
        _f("expected_final", "expected hostile accounts in the end", "accounts"),
        _s("model_version", "model that gave the probability"),
    ),
    ("alert_id",),
    "result",
)

TRUTH_PILEONS: Final = Table(
    "truth_pileons",
    "Planted bursts of a simulated world, hard negatives included: what a detector should say about each.",
    (
        _s("incident_id", "planted incident; a cross-platform incident has one row per target account"),
        _s("target_id", "account acted upon"),
        _s("scenario", "what was planted, e.g. agency_driven or breaking_news"),
        _s("nature", "what it is", choices=NATURES),
        _t("onset", "first interaction of the burst"),
        _t("peak", "middle of its busiest quarter-hour"),
        _t("end", "last interaction of the burst"),
        _i("hostile_actors", "distinct accounts with a hostile interaction"),
        _i("actors", "distinct accounts"),
    ),
    ("incident_id", "target_id"),
    "truth",
)

TRUTH_ROLES: Final = Table(
    "truth_roles",
    "Role of every account of every planted attack.",
    (
        _s("incident_id", "planted incident"),
        _s("target_id", "account acted upon"),
        _s("actor_id", "account that took part"),
        _s("role", "primary role", choices=ROLES),
        _l("roles", "all roles that apply"),
        _b("originator", "one of the accounts that started it"),
        _t("first_at", "its first interaction in the burst"),
    ),
    ("incident_id", "target_id", "actor_id"),
    "truth",
)

TRUTH_AGENCIES: Final = Table(
    "truth_agencies",
    "Agencies that really stand behind planted attacks.",
    (
        _s("incident_id", "planted incident"),
        _s("target_id", "account acted upon"),
        _s("agency_id", "agency"),
        _s("controller_id", "company or person at the end of its ownership chain"),
    ),
    ("incident_id", "target_id", "agency_id"),
    "truth",
)

INPUTS: Final = MappingProxyType({t.name: t for t in (INTERACTIONS, ACCOUNTS, FOLLOWS, AFFILIATIONS, AGENCIES, OWNERSHIP)})
RESULTS: Final = MappingProxyType({t.name: t for t in (PILEONS, MEMBERS, CASCADES, COACTIONS, CAMPAIGNS, AGENCY_FINDINGS, ALERTS)})
TRUTHS: Final = MappingProxyType({t.name: t for t in (TRUTH_PILEONS, TRUTH_ROLES, TRUTH_AGENCIES)})

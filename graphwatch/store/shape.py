"""The graph that the tables become: kinds of nodes and relationships, derived from the declarations of the tables.

Properties of a kind are columns of its table; what only says which nodes a row links is no property. Every kind of node has one key, which
is unique; two nodes are linked by at most one relationship of a kind, or by one for each value of its ``tell_apart`` columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graphwatch.schema import (
    ACCOUNTS,
    AFFILIATIONS,
    AGENCIES,
    AGENCY_FINDINGS,
    ALERTS,
    CAMPAIGNS,
    COACTIONS,
    FOLLOWS,
    IDENTITIES,
    INTERACTIONS,
    MEMBERS,
    OWNERSHIP,
    PILEONS,
    Column,
    Table,
)
from graphwatch.schema.columns import string

EDGE_KEY: Final = "tells_apart"
DIGEST: Final = "digest"


@dataclass(frozen=True, slots=True)
class Node:
    """A kind of node.

    Attributes
    ----------
    label
        Neo4j's label.
    key
        Its unique property.
    properties
        The others.
    tables
        Tables that nodes of this kind come from.
    indexed
        Properties that have an index beside the key's.
    """

    label: str
    meaning: str
    key: Column
    properties: tuple[Column, ...]
    tables: tuple[str, ...]
    indexed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the step that writes it."""
        return self.label


@dataclass(frozen=True, slots=True)
class Edge:
    """A kind of relationship.

    Attributes
    ----------
    type
        Neo4j's type; several kinds may share one, between other nodes.
    start, end
        Labels.
    properties
        Columns that become properties.
    tell_apart
        Those of them that tell several relationships between the same two nodes apart.
    tables
        Tables that it comes from.
    """

    type: str
    start: str
    end: str
    meaning: str
    tables: tuple[str, ...]
    properties: tuple[Column, ...] = ()
    tell_apart: tuple[str, ...] = ()
    indexed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the step that writes it, e.g. ``Account POSTED Interaction``."""
        return f"{self.start} {self.type} {self.end}"

    @property
    def sides(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Columns of a frame that tell the nodes, each with the nodes' label."""
        return ("start", self.start), ("end", self.end)


Kind = Node | Edge


def _without(table: Table, *names: str) -> tuple[Column, ...]:
    return tuple(column for column in table.columns if column.name not in names)


def _result(table: Table) -> str:
    return f"results/{table.name}"


_IN: Final = ("interactions",)
_AN_INTERACTION: Final = string("key", "platform:interaction_id; see the page on Neo4j for odd ids")
_A_NAME: Final = string("account_id", "account, as results name it: with its platform before it where the id is used on several")

NODES: Final = (
    Node(
        "Account",
        ACCOUNTS.meaning,
        _A_NAME,
        _without(ACCOUNTS, "account_id"),
        ("interactions", "accounts", "follows", "affiliations", "identities", *map(_result, (MEMBERS, COACTIONS, PILEONS, ALERTS))),
    ),
    Node(
        "Object",
        "What is shared.",
        string("object", "url:, tag:, topic:, media:, text: + value"),
        (string("sort", "word before the colon"),),
        _IN,
    ),
    Node(
        "Interaction",
        INTERACTIONS.meaning,
        _AN_INTERACTION,
        _without(INTERACTIONS, "actor_id", "actor_created_at", "target_ids", "objects"),  # when the account was created stands with it
        _IN,
        ("at",),
    ),
    Node(
        "Agency",
        AGENCIES.meaning,
        AGENCIES.column("agency_id"),
        (AGENCIES.column("name"),),
        ("agencies", "affiliations", _result(AGENCY_FINDINGS)),
    ),
    Node("Company", "Companies, and persons who own some.", string("company_id", "company or person"), (), ("agencies", "ownership")),
    Node("PileOn", PILEONS.meaning, PILEONS.column("pileon_id"), _without(PILEONS, "pileon_id"), (_result(PILEONS),), ("onset",)),
    Node(
        "Campaign",
        CAMPAIGNS.meaning,
        CAMPAIGNS.column("campaign_id"),
        _without(CAMPAIGNS, "campaign_id", "pileons", "targets"),
        (_result(CAMPAIGNS),),
    ),
    Node("Alert", ALERTS.meaning, ALERTS.column("alert_id"), _without(ALERTS, "alert_id"), (_result(ALERTS),), ("at",)),
)

EDGES: Final = (
    Edge("POSTED", "Account", "Interaction", "did the act", _IN),
    Edge("TARGETS", "Interaction", "Account", "acts upon; where the data do not say, derived from the parent", _IN),
    Edge("MENTIONS", "Interaction", "Account", "acts upon by naming: the targets of interactions of kind mention", _IN),
    Edge("REPLIES_TO", "Interaction", "Interaction", "answers its parent, by any kind but repost and quote", _IN),
    Edge("REPOSTS", "Interaction", "Interaction", "passes its parent on", _IN),
    Edge("QUOTES", "Interaction", "Interaction", "passes its parent on with words of its own", _IN),
    Edge("SHARES", "Interaction", "Object", "contains", _IN),
    Edge("FOLLOWS", "Account", "Account", FOLLOWS.meaning, ("interactions", "follows"), (FOLLOWS.column("observed_at"),)),
    Edge(
        "SAME_PERSON",
        "Account",
        "Account",
        "is declared to be the same person's as",
        ("interactions", "identities"),
        tuple(IDENTITIES.column(name) for name in ("source", "confidence", "observed_at")),
    ),
    Edge(
        "SIGNED_WITH",
        "Account",
        "Agency",
        AFFILIATIONS.meaning,
        ("interactions", "affiliations"),
        _without(AFFILIATIONS, "account_id", "agency_id"),
        ("valid_from",),
    ),
    Edge("REGISTERED_AS", "Agency", "Company", "is that company", ("agencies",)),
    Edge("OWNS", "Company", "Company", OWNERSHIP.meaning, ("ownership",), _without(OWNERSHIP, "owner_id", "owned_id"), ("valid_from",)),
    Edge("TARGETS", "PileOn", "Account", "is on", (_result(PILEONS),)),
    Edge("PART_OF", "PileOn", "Campaign", "belongs to", (_result(CAMPAIGNS), _result(PILEONS))),
    Edge("TARGETS", "Alert", "Account", "warns of a pile-on on", (_result(ALERTS),)),
    Edge(
        "MEMBER_OF",
        "Account",
        "PileOn",
        "takes part in, with role and credit",
        (_result(MEMBERS), _result(PILEONS)),
        _without(MEMBERS, "pileon_id", "actor_id", "evidence"),
        indexed=("role",),
    ),
    Edge(
        "EVIDENCE",
        "PileOn",
        "Interaction",
        "an account's role in the pile-on rests on",
        ("interactions", _result(MEMBERS), _result(PILEONS)),
        (string("account_id", "the account, which posted it"),),
    ),
    Edge(
        "CO_ACTED",
        "Account",
        "Account",
        "acted on the same objects within a time window as",
        (_result(COACTIONS),),
        _without(COACTIONS, "a", "b"),
    ),
    *(
        Edge(
            "FOUND_IN",
            "Agency",
            scope,
            "has accounts in, against a matched base",
            (_result(AGENCY_FINDINGS), _result(table)),
            _without(AGENCY_FINDINGS, "scope", "agency_id"),
        )
        for scope, table in (("PileOn", PILEONS), ("Campaign", CAMPAIGNS))
    ),
)

KINDS: Final[tuple[Kind, ...]] = (*NODES, *EDGES)
BY_LABEL: Final = {node.label: node for node in NODES}


def kinds_of(names: Iterable[str]) -> list[Kind]:
    """Give kinds by the names of their steps, in the order in which they are written.

    Examples
    --------
    >>> [kind.name for kind in kinds_of(["Account POSTED Interaction", "Object"])]
    ['Object', 'Account POSTED Interaction']
    """
    wanted = set(names)
    return [kind for kind in KINDS if kind.name in wanted]


def columns_of(kind: Kind, *, texts: bool = True) -> list[str]:
    """Give the columns of a kind's frame: those that name its nodes, its properties, and its digest where it has any.

    Examples
    --------
    >>> columns_of(kinds_of(["Agency OWNS Company", "Company OWNS Company"])[0])
    ['start', 'end', 'tells_apart', 'share', 'valid_from', 'valid_to', 'source', 'digest']
    """
    properties = [column.name for column in kind.properties if texts or column.name != "text"]
    ends = [kind.key.name] if isinstance(kind, Node) else ["start", "end", *([EDGE_KEY] if kind.tell_apart else [])]
    return [*ends, *properties, *([DIGEST] if properties else [])]

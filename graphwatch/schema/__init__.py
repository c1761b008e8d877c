"""Each table declared once: loaders, validation, stores, docs and ``graphwatch schema`` derive from it.

A table is an ordered set of columns with dtype, unit and meaning, and a key. *Input* tables are what users bring; *result* tables
are what ``graphwatch run`` writes, always all of them, empty when there is nothing to say.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from graphwatch.schema.columns import (
    CATEGORIES,
    KINDS,
    LEVELS,
    NATURES,
    OBJECT_PREFIXES,
    ROLES,
    STRINGS,
    SURFACES,
    TIMESTAMP,
    Column,
    Table,
)
from graphwatch.schema.inputs import ACCOUNTS, AFFILIATIONS, AGENCIES, FOLLOWS, INTERACTIONS, OWNERSHIP
from graphwatch.schema.results import AGENCY_FINDINGS, ALERTS, CAMPAIGNS, CASCADES, COACTIONS, MEMBERS, PILEONS
from graphwatch.schema.truth import TRUTH_AGENCIES, TRUTH_PILEONS, TRUTH_ROLES

INPUTS: Final = MappingProxyType({t.name: t for t in (INTERACTIONS, ACCOUNTS, FOLLOWS, AFFILIATIONS, AGENCIES, OWNERSHIP)})
RESULTS: Final = MappingProxyType({t.name: t for t in (PILEONS, MEMBERS, CASCADES, COACTIONS, CAMPAIGNS, AGENCY_FINDINGS, ALERTS)})
TRUTHS: Final = MappingProxyType({t.name: t for t in (TRUTH_PILEONS, TRUTH_ROLES, TRUTH_AGENCIES)})

__all__ = [
    "ACCOUNTS",
    "AFFILIATIONS",
    "AGENCIES",
    "AGENCY_FINDINGS",
    "ALERTS",
    "CAMPAIGNS",
    "CASCADES",
    "CATEGORIES",
    "COACTIONS",
    "FOLLOWS",
    "INPUTS",
    "INTERACTIONS",
    "KINDS",
    "LEVELS",
    "MEMBERS",
    "NATURES",
    "OBJECT_PREFIXES",
    "OWNERSHIP",
    "PILEONS",
    "RESULTS",
    "ROLES",
    "STRINGS",
    "SURFACES",
    "TIMESTAMP",
    "TRUTHS",
    "TRUTH_AGENCIES",
    "TRUTH_PILEONS",
    "TRUTH_ROLES",
    "Column",
    "Table",
]

"""Each table declared once: loaders, validation, stores, docs and ``graphwatch schema`` derive from it.

A table is an ordered set of columns with dtype, unit and meaning, and a key. *Input* tables are what users bring; *result* tables
are what ``graphwatch run`` writes, always all of them, empty when there is nothing to say.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from graphwatch.schema.agencies import AGENCY_CONTRACTS, AGENCY_CONTROLLERS, AGENCY_DETAILS, AGENCY_LINKS
from graphwatch.schema.bursts import OBJECT_PILEONS, PILEON_STATISTICS, SURFACE_PILEONS
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
from graphwatch.schema.inputs import ACCOUNTS, AFFILIATIONS, AGENCIES, COMPANY_LINKS, FOLLOWS, IDENTITIES, INTERACTIONS, OWNERSHIP
from graphwatch.schema.origins import ORIGIN_CHAINS, ORIGIN_LINKS, ORIGINS
from graphwatch.schema.results import (
    AFFILIATION_CANDIDATES,
    AGENCY_FINDINGS,
    ALERTS,
    CAMPAIGN_ACCOUNTS,
    CAMPAIGNS,
    CASCADES,
    COACTION_EVIDENCE,
    COACTION_GROUPS,
    COACTIONS,
    MEMBERS,
    PILEONS,
    PRIOR_COACTIONS,
)
from graphwatch.schema.reviews import REVIEWS
from graphwatch.schema.tracing import ROLE_EVIDENCE, TRACE_FITS
from graphwatch.schema.truth import TRUTH_AGENCIES, TRUTH_PILEONS, TRUTH_ROLES

_SIDE: Final = (ACCOUNTS, FOLLOWS, AFFILIATIONS, AGENCIES, OWNERSHIP, IDENTITIES, COMPANY_LINKS)
INPUTS: Final = MappingProxyType({t.name: t for t in (INTERACTIONS, *_SIDE)})
_AGENCIES: Final = (AGENCY_DETAILS, AGENCY_CONTROLLERS, AGENCY_CONTRACTS, AGENCY_LINKS)
_ORIGINS: Final = (ORIGINS, ORIGIN_CHAINS, ORIGIN_LINKS)
_COACTION: Final = (COACTION_EVIDENCE, COACTION_GROUPS, PRIOR_COACTIONS)
RESULTS: Final = MappingProxyType(
    {
        t.name: t
        for t in (
            PILEONS,
            OBJECT_PILEONS,
            SURFACE_PILEONS,
            PILEON_STATISTICS,
            MEMBERS,
            ROLE_EVIDENCE,
            TRACE_FITS,
            CASCADES,
            COACTIONS,
            CAMPAIGNS,
            CAMPAIGN_ACCOUNTS,
            AGENCY_FINDINGS,
            ALERTS,
            AFFILIATION_CANDIDATES,
            *_COACTION,
            *_ORIGINS,
            *_AGENCIES,
        )
    }
)
RECORDS: Final = MappingProxyType({REVIEWS.name: REVIEWS})
TRUTHS: Final = MappingProxyType({t.name: t for t in (TRUTH_PILEONS, TRUTH_ROLES, TRUTH_AGENCIES)})

__all__ = [
    "ACCOUNTS",
    "AFFILIATIONS",
    "AFFILIATION_CANDIDATES",
    "AGENCIES",
    "AGENCY_CONTRACTS",
    "AGENCY_CONTROLLERS",
    "AGENCY_DETAILS",
    "AGENCY_FINDINGS",
    "AGENCY_LINKS",
    "ALERTS",
    "CAMPAIGNS",
    "CAMPAIGN_ACCOUNTS",
    "CASCADES",
    "CATEGORIES",
    "COACTIONS",
    "COACTION_EVIDENCE",
    "COACTION_GROUPS",
    "COMPANY_LINKS",
    "FOLLOWS",
    "IDENTITIES",
    "INPUTS",
    "INTERACTIONS",
    "KINDS",
    "LEVELS",
    "MEMBERS",
    "NATURES",
    "OBJECT_PILEONS",
    "OBJECT_PREFIXES",
    "ORIGINS",
    "ORIGIN_CHAINS",
    "ORIGIN_LINKS",
    "OWNERSHIP",
    "PILEONS",
    "PILEON_STATISTICS",
    "PRIOR_COACTIONS",
    "RECORDS",
    "RESULTS",
    "REVIEWS",
    "ROLES",
    "ROLE_EVIDENCE",
    "STRINGS",
    "SURFACES",
    "SURFACE_PILEONS",
    "TIMESTAMP",
    "TRACE_FITS",
    "TRUTHS",
    "TRUTH_AGENCIES",
    "TRUTH_PILEONS",
    "TRUTH_ROLES",
    "Column",
    "Table",
]

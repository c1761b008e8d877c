"""What is happening: pile-ons and their nature, cascades, co-action, campaigns.

Names are imported when first used: who wants co-action does not wait for the scan.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from graphwatch.detect.campaign_core import campaign_accounts
    from graphwatch.detect.campaigns import link_campaigns
    from graphwatch.detect.cascades import Cascades, find_cascades
    from graphwatch.detect.coaction import Coactions, coactions_frame, find_coactions
    from graphwatch.detect.crowd import describe_crowds
    from graphwatch.detect.elsewhere import find_object_pileons
    from graphwatch.detect.influence import rank_amplifiers
    from graphwatch.detect.near_texts import with_near_texts
    from graphwatch.detect.parent_evidence import ParentEvidence, gather_evidence
    from graphwatch.detect.parents import Parents, infer_parents, inferred_edges
    from graphwatch.detect.pileons import find_pileons
    from graphwatch.detect.prior_coaction import History, PriorCoaction, pileon_coactions
    from graphwatch.detect.surfaces import SurfaceBursts, find_surface_bursts, find_surface_pileons, with_surface_pileons

_HOMES: Final = {
    "campaign_core": ("campaign_accounts",),
    "campaigns": ("link_campaigns",),
    "cascades": (
        "Cascades",
        "find_cascades",
    ),
    "coaction": (
        "Coactions",
        "coactions_frame",
        "find_coactions",
    ),
    "crowd": ("describe_crowds",),
    "elsewhere": ("find_object_pileons",),
    "influence": ("rank_amplifiers",),
    "near_texts": ("with_near_texts",),
    "parent_evidence": (
        "ParentEvidence",
        "gather_evidence",
    ),
    "parents": (
        "Parents",
        "infer_parents",
        "inferred_edges",
    ),
    "pileons": ("find_pileons",),
    "prior_coaction": (
        "History",
        "PriorCoaction",
        "pileon_coactions",
    ),
    "surfaces": (
        "SurfaceBursts",
        "find_surface_bursts",
        "find_surface_pileons",
        "with_surface_pileons",
    ),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Cascades",
    "Coactions",
    "History",
    "ParentEvidence",
    "Parents",
    "PriorCoaction",
    "SurfaceBursts",
    "campaign_accounts",
    "coactions_frame",
    "describe_crowds",
    "find_cascades",
    "find_coactions",
    "find_object_pileons",
    "find_pileons",
    "find_surface_bursts",
    "find_surface_pileons",
    "gather_evidence",
    "infer_parents",
    "inferred_edges",
    "link_campaigns",
    "pileon_coactions",
    "rank_amplifiers",
    "with_near_texts",
    "with_surface_pileons",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)

"""What is happening: pile-ons and their nature, cascades, co-action, campaigns."""

from graphwatch.detect.campaign_accounts import campaign_accounts
from graphwatch.detect.campaigns import link_campaigns
from graphwatch.detect.cascades import Cascades, find_cascades
from graphwatch.detect.coaction import Coactions, coactions_frame, find_coactions
from graphwatch.detect.crowd import describe_crowds
from graphwatch.detect.elsewhere import find_object_pileons, find_surface_pileons
from graphwatch.detect.influence import rank_amplifiers
from graphwatch.detect.near_texts import with_near_texts
from graphwatch.detect.parent_evidence import ParentEvidence, gather_evidence
from graphwatch.detect.parents import Parents, infer_parents, inferred_edges
from graphwatch.detect.pileons import find_pileons
from graphwatch.detect.prior_coaction import History, PriorCoaction, pileon_coactions, prior_coaction

__all__ = [
    "Cascades",
    "Coactions",
    "History",
    "ParentEvidence",
    "Parents",
    "PriorCoaction",
    "campaign_accounts",
    "coactions_frame",
    "describe_crowds",
    "find_cascades",
    "find_coactions",
    "find_object_pileons",
    "find_pileons",
    "find_surface_pileons",
    "gather_evidence",
    "infer_parents",
    "inferred_edges",
    "link_campaigns",
    "pileon_coactions",
    "prior_coaction",
    "rank_amplifiers",
    "with_near_texts",
]

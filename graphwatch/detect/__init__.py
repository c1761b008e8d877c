"""What is happening: pile-ons and their nature, cascades, co-action, campaigns."""

from graphwatch.detect.campaigns import link_campaigns
from graphwatch.detect.cascades import Cascades, find_cascades
from graphwatch.detect.coaction import Coactions, coactions_frame, find_coactions
from graphwatch.detect.pileons import find_pileons

__all__ = ["Cascades", "Coactions", "coactions_frame", "find_cascades", "find_coactions", "find_pileons", "link_campaigns"]

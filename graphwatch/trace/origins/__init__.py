"""Where a pile-on came from: first mentions, likeliest causes, and the chains from them to the peak."""

from graphwatch.trace.origins.accusations import find_accusations
from graphwatch.trace.origins.find import Origins, find_origins
from graphwatch.trace.origins.mentions import Mentions
from graphwatch.trace.origins.orphans import Orphans, orphan_parents

__all__ = ["Mentions", "Origins", "Orphans", "find_accusations", "find_origins", "orphan_parents"]

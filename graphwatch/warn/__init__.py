"""Early warning: a calibrated probability that a target is about to be piled on, from what was known at the time only."""

from graphwatch.warn.hawkes import Branching, hawkes_branching
from graphwatch.warn.monitor import Monitor
from graphwatch.warn.score import Warnings, score_targets

__all__ = ["Branching", "Monitor", "Warnings", "hawkes_branching", "score_targets"]

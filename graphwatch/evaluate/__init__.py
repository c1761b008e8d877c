"""Stage evaluate: every metric that we claim, against the truth of a simulated world."""

from __future__ import annotations

from graphwatch.evaluate.evaluation import Evaluation
from graphwatch.evaluate.matching import match_pileons
from graphwatch.evaluate.run import evaluate_run

__all__ = ["Evaluation", "evaluate_run", "match_pileons"]

"""Hostility of texts: normalisation, the lexicon scorer behind the interface that a trained model will fill, and filling of tables.

Read it in this order: ``lexicon`` (rules), ``symbols`` and ``fold`` (normalisation with offsets), ``automaton`` and ``weigh`` (matching and
weighing), ``explain``, ``scorer`` (the interface), ``fill`` (the pipeline's step).
"""

from graphwatch.content.fill import fill_hostility
from graphwatch.content.scorer import LexiconScorer, Scorer, score

__all__ = ["LexiconScorer", "Scorer", "fill_hostility", "score"]

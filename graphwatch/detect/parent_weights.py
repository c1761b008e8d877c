"""Weights of the model of missing parents, as printed by ``benchmarks/fit_parents.py``: feature → weight on the log scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LAG_EXPONENT: Final = 0.537
"""An answer comes after a time t with (1 + t / 60 s)^-LAG_EXPONENT."""

WEIGHTS: Final[Mapping[str, float]] = {
    "answered before": 0.379,
    "seen before": 0.060,
    "acts before": 0.502,
    "posts answered before": 0.383,
    "words": 0.208,
    "no words": -0.009,
    "place": 0.441,
    "age": -0.111,
    "after 30 s": -0.829,
    "before 30 s": -0.314,
    "after 120 s": -0.117,
    "before 120 s": -0.204,
    "after 300 s": 0.132,
    "before 300 s": -0.100,
    "after 1800 s": 0.306,
    "before 1800 s": -0.402,
    "after 7200 s": -0.036,
    "before 7200 s": -0.042,
    "after 43200 s": -0.120,
    "before 43200 s": -0.042,
    "answered before, squared": 0.048,
    "answered before * after 300 s": 0.007,
    "words * after 1800 s": 0.032,
    "after 300 s, squared": 0.165,
    "after 300 s * before 300 s": -0.105,
    "after 1800 s, squared": -0.012,
    "after 1800 s * before 1800 s": 0.051,
}

ROOT_WEIGHTS: Final[Mapping[str, float]] = {
    "root": 2.783,
    "root: lag": -0.605,
    "root: place": 0.807,
    "root: words": 0.015,
    "root: no words": -0.274,
}

ROOT_LIFTS: Final[Mapping[str, float]] = {
    "comment": 50.0,
    "danmaku": 50.0,
    "live_chat": 50.0,
    "rating": 50.0,
    "reply": 0.02,
}
"""How much likelier the root is as the cause, by kind, as against reposts, which the weights were fitted to; from what the kinds mean."""

CHAIN_ODDS: Final = 49.0
"""Odds that the account named first in a repost chain wrote the parent: names change, and acts are deleted."""

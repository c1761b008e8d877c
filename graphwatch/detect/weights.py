"""Weights of the nature model, as printed by ``benchmarks/fit_nature.py``: feature → (attack, criticism, attention), on the log scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WEIGHTS: Final[Mapping[str, Mapping[str, tuple[float, float, float]]]] = {
    "graded, categories": {
        "constant": (0.492, -1.272, 0.780),
        "hostile_share": (2.382, -0.003, -2.379),
        "excess": (0.527, -0.170, -0.357),
        "middling_share": (-0.960, 3.663, -2.703),
        "critical_share": (-1.627, 4.542, -2.916),
        "personal_share": (1.780, -1.602, -0.178),
        "newcomers": (0.397, 0.456, -0.853),
    },
    "graded, no categories": {
        "constant": (1.132, -1.373, 0.241),
        "hostile_share": (3.029, -0.244, -2.785),
        "excess": (0.601, -0.229, -0.371),
        "middling_share": (-2.050, 6.864, -4.815),
        "newcomers": (0.341, 0.617, -0.958),
    },
    "binary, categories": {
        "constant": (0.340, -0.843, 0.503),
        "hostile_share": (2.485, -0.005, -2.480),
        "excess": (0.536, -0.142, -0.395),
        "critical_share": (-1.941, 6.219, -4.278),
        "personal_share": (1.910, -2.063, 0.153),
        "newcomers": (0.373, 0.651, -1.024),
    },
    "binary, no categories": {
        "constant": (1.419, -0.694, -0.725),
        "hostile_share": (4.301, -0.316, -3.985),
        "excess": (0.770, -0.215, -0.555),
        "newcomers": (0.225, 2.346, -2.571),
    },
}

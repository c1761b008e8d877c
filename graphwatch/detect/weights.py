"""Weights of the nature model, as printed by ``benchmarks/fit_nature.py``: feature → (attack, criticism, attention), on the log scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WEIGHTS: Final[Mapping[str, Mapping[str, tuple[float, float, float]]]] = {
    "graded, categories": {
        "constant": (-1.355, -0.608, 1.963),
        "hostile_share": (2.045, -0.136, -1.908),
        "excess": (1.211, -0.403, -0.808),
        "middling_share": (-0.147, 2.468, -2.321),
        "critical_share": (-0.181, 2.905, -2.724),
        "personal_share": (0.668, -0.694, 0.026),
        "newcomers": (0.014, 0.293, -0.308),
    },
    "graded, no categories": {
        "constant": (-1.267, -0.435, 1.702),
        "hostile_share": (2.280, -0.192, -2.087),
        "excess": (1.294, -0.472, -0.822),
        "middling_share": (-0.180, 4.255, -4.075),
        "newcomers": (0.014, 0.468, -0.483),
    },
    "binary, categories": {
        "constant": (-1.476, -0.281, 1.757),
        "hostile_share": (2.094, -0.148, -1.947),
        "excess": (1.237, -0.404, -0.833),
        "critical_share": (-0.186, 4.062, -3.875),
        "personal_share": (0.684, -0.927, 0.244),
        "newcomers": (0.014, 0.436, -0.450),
    },
    "binary, no categories": {
        "constant": (-1.363, -0.157, 1.520),
        "hostile_share": (2.581, -0.268, -2.313),
        "excess": (1.433, -0.408, -1.024),
        "newcomers": (0.027, 1.308, -1.335),
    },
}

"""One order out of several: reciprocal ranks, and how far the methods agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from graphwatch.model import F64

FLATTENING: Final = 10.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far several rankings agree.

    Attributes
    ----------
    concordance
        Kendall's W with the correction for ties, 0 (none) to 1 (the same order); NaN for fewer than two rankings or items.
    top_shared
        Share of the methods that have the ensemble's best within their own ten best.
    """

    concordance: float
    top_shared: float


def reciprocal_rank_fusion(ranks: Mapping[str, F64], weights: Mapping[str, float], flattening: float = FLATTENING) -> F64:
    """Join rankings.

    Parameters
    ----------
    ranks
        Per method the rank of each item, 1 the best, ties averaged.
    weights
        Per method.
    flattening
        k below: the larger, the less the first few places stand out.

    Returns
    -------
    (items,)
        Σ weight / (k + rank), divided by its largest possible value; in (0, 1], higher is likelier the source.

    Notes
    -----
    Cormack, Clarke & Büttcher (2009), Reciprocal rank fusion outperforms Condorcet and individual rank learning methods. A method that
    ranks the source far down costs little, one that ranks it at the top counts much; a mean rank (Borda) would be carried off by the
    worst method. Methods that err the same way, as those misled by hubs do, are not made independent by this.

    Examples
    --------
    >>> ranks = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([1.0, 3.0, 2.0])}
    >>> reciprocal_rank_fusion(ranks, {"a": 1, "b": 1}).round(3).tolist()
    [1.0, 0.881, 0.881]
    """
    whole = sum(weights[name] for name in ranks)
    size = max((len(rank) for rank in ranks.values()), default=0)
    out = np.zeros(size)
    for name, rank in ranks.items():
        out += weights[name] / whole * (flattening + 1) / (flattening + rank)
    return out


def agreement(ranks: Mapping[str, F64], best: int) -> Agreement:
    """Measure how far rankings agree with each other and with the item that came out best.

    Notes
    -----
    Kendall & Babington Smith (1939), The problem of m rankings.

    Examples
    --------
    >>> ranks = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([1.0, 3.0, 2.0])}
    >>> agreement(ranks, 0)
    Agreement(concordance=0.75, top_shared=1.0)
    """
    table = np.array([rankdata(rank) for rank in ranks.values()])
    if len(table) == 0:
        return Agreement(float("nan"), float("nan"))
    methods, items = table.shape
    shared = float(np.mean([rank[best] <= 10 for rank in ranks.values()]))
    sums = table.sum(axis=0)
    ties = sum(float((counts**3 - counts).sum()) for counts in (np.unique(row, return_counts=True)[1] for row in table))
    below = methods**2 * (float(items) ** 3 - items) - methods * ties
    above = 12 * float(((sums - sums.mean()) ** 2).sum())
    return Agreement(above / below if methods > 1 and below > 0 else float("nan"), shared)

"""How uneven the contacts are, and how far a score only follows them."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.stats import rankdata

from graphwatch.model import F64, I64

HUB_HEAVY: Final = 2.0


def degree_heterogeneity(degree: I64) -> float:
    """Give ⟨k²⟩ / ⟨k⟩² of the nodes that have contacts: 1 where all have equally many, higher for hubs; NaN without contacts.

    Notes
    -----
    Pastor-Satorras & Vespignani (2001), Epidemic spreading in scale-free networks: with a large second moment the hubs are
    infected early whoever began, so that who is infected says little of who began. Random graphs of mean degree k have 1 + 1/k;
    from 2 on graphwatch calls a graph hub-heavy.

    Examples
    --------
    >>> round(degree_heterogeneity(np.array([1, 1, 1, 1, 4, 0])), 4)
    1.5625
    """
    linked = degree[degree > 0].astype(np.float64)
    return float((linked**2).mean() / linked.mean() ** 2) if len(linked) else float("nan")


def rank_correlation(a: F64, b: F64) -> float:
    """Give Spearman's ρ; NaN where one of them does not vary.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([3.0, 4.0, 5.0]))
    1.0
    """
    x, y = rankdata(a), rankdata(b)
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale > 0 else float("nan")

"""Jordan centre: the node from which the farthest infected one is nearest."""

from __future__ import annotations

from graphwatch.model import F64
from graphwatch.trace.source.contacts import Contacts
from graphwatch.trace.source.distances import eccentricities


def jordan_centrality(infected: Contacts) -> F64:
    """Score nodes by their eccentricity among the infected.

    Parameters
    ----------
    infected
        Contacts among infected nodes, connected.

    Returns
    -------
    (nodes,)
        Minus the eccentricity e (largest number of steps to an infected node, through infected ones), and for ties minus the mean
        distance divided by (largest e + 1), which is below 1: e is ``floor(-score)``. Higher is
        likelier the source.

    Notes
    -----
    Zhu & Ying (2016), Information source detection in the SIR model: a sample-path-based approach (the source on the likeliest sample
    path is a Jordan infection centre; ties by the sum of distances, as in their reverse infection algorithm). Exact for infinite
    trees; assumes one source and that all infected are known. Takes O(nodes · edges / 64) where paths are short.

    Examples
    --------
    >>> import numpy as np
    >>> path = Contacts.of(5, np.arange(4), np.arange(1, 5))
    >>> jordan_centrality(path).round(2).tolist()
    [-4.4, -3.28, -2.24, -3.28, -4.4]
    """
    farthest, total = eccentricities(infected.start, infected.neighbour)
    mean = total / max(len(infected), 1)
    score: F64 = -(farthest + mean / (farthest.max(initial=0) + 1))
    return score

"""Label propagation (LPSI): infected and healthy nodes pass their labels on, and a source ends deep inside the infected."""

from __future__ import annotations

from typing import Final

import numpy as np

from graphwatch.model import F64, I64
from graphwatch.trace.source.conjugate import solve
from graphwatch.trace.source.contacts import Contacts

ALPHA: Final = 0.5


def label_propagation(contacts: Contacts, infected: I64, alpha: float = ALPHA) -> F64:
    """Score nodes by the label to which propagation converges.

    Parameters
    ----------
    contacts
        The whole graph.
    infected
        Infected nodes: label 1. All others have −1.
    alpha
        Share of a label that comes from the neighbours, in (0, 1).

    Returns
    -------
    (len(infected),)
        Entries of (1 − α) (I − α S)⁻¹ Y, S = D^−½ A D^−½, Y the labels. Higher is likelier a source; the method's sources are the infected
        nodes whose label is no lower than that of any neighbour.

    Notes
    -----
    Wang, Wang, Pei & Ye (2017), Multiple source identification without knowing the underlying propagation model (LPSI). Solved by conjugate
    gradients on the sparse matrix, in O(edges) per iteration. It needs healthy nodes: a missing infected one counts as healthy.

    Examples
    --------
    >>> path = Contacts.of(5, np.arange(4), np.arange(1, 5))
    >>> label_propagation(path, np.array([1, 2, 3])).round(3).tolist()
    [0.598, 0.799, 0.598]
    """
    label = np.full(len(contacts), -1.0)
    label[infected] = 1.0
    root = np.sqrt(np.maximum(contacts.degree, 1).astype(np.float64))
    row = np.repeat(np.arange(len(contacts)), contacts.degree)
    weight = alpha / (root[row] * root[contacts.neighbour])
    right = (1 - alpha) * label
    out, _ = solve(contacts.start, contacts.neighbour, weight, np.ones(len(contacts)), right, right, 1e-12, 10 * len(contacts) + 100)
    return out[infected]

"""NetSleuth: the seed from which the infected part, and not its healthy frontier, would have been reached."""

from __future__ import annotations

from typing import Final

import numpy as np

from graphwatch.model import F64, I64
from graphwatch.trace.source.contacts import Contacts
from graphwatch.trace.source.eigenvector import smallest_eigenvector

TOLERANCE: Final = 1e-12
ROUNDS: Final = 20_000
DECIMALS: Final = 8


def netsleuth(infected: Contacts, outside: I64) -> F64:
    """Score nodes by the eigenvector of the smallest eigenvalue of the infected part of the Laplacian.

    Parameters
    ----------
    infected
        Contacts among infected nodes, connected.
    outside : (nodes,)
        Contacts of each that are not infected: the frontier.

    Returns
    -------
    (nodes,)
        The eigenvector with norm 1 and entries from 0 on, of the rows and columns of the infected in D − A (D: degrees in the whole graph),
        to eight decimals, so that nodes that are placed alike tie. Higher is likelier the source. All equal where there is no frontier; all
        NaN where the two smallest eigenvalues almost coincide, so that nothing can be told.

    Notes
    -----
    Prakash, Vreeken & Faloutsos (2012), Spotting culprits in epidemics: how many and which ones? (section V: the best single seed).
    By preconditioned conjugate gradients on the Rayleigh quotient (LOBPCG), O(edges) a round, to a relative residual of 1e-12; given up
    after 20,000 rounds. The matrix is an M-matrix, so the vector is positive and unique in a connected part. Their search for the number of
    seeds by description length is not done: its code length rests on an infection probability that a snapshot does not give. Assumes that
    the infected are all known.

    Examples
    --------
    >>> path = Contacts.of(3, np.array([0, 1]), np.array([1, 2]))
    >>> netsleuth(path, np.array([1, 0, 1])).round(3).tolist()
    [0.5, 0.707, 0.5]
    """
    if not outside.any():
        return np.full(len(infected), 1 / np.sqrt(max(len(infected), 1)))
    degree = (infected.degree + outside).astype(np.float64)
    vector, converged = smallest_eigenvector(infected.start, infected.neighbour, degree, TOLERANCE, ROUNDS)
    return np.round(vector, DECIMALS) if converged else np.full(len(infected), np.nan)

"""NetSleuth: the seed from which the infected part, and not its healthy frontier, would have been reached."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, I32, I64
from graphwatch.trace.source.conjugate import solve
from graphwatch.trace.source.contacts import Contacts

ITERATIONS: Final = 1_000


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
        The eigenvector with norm 1 and entries above 0, of the rows and columns of the infected in D − A (D: degrees in the whole graph).
        Higher is likelier the source. All equal where there is no frontier.

    Notes
    -----
    Prakash, Vreeken & Faloutsos (2012), Spotting culprits in epidemics: how many and which ones? (section V: the best single seed).
    By inverse iteration with conjugate gradients; the matrix is an M-matrix, so the vector is positive and unique in a connected part.
    The iteration ends at a relative residual of 1e-10, or after 1,000 rounds where the two smallest eigenvalues almost coincide. Their
    search for the number of seeds by description length is not done: its code length rests on an infection probability that a snapshot
    does not give. Assumes that the infected are all known.

    Examples
    --------
    >>> path = Contacts.of(3, np.array([0, 1]), np.array([1, 2]))
    >>> netsleuth(path, np.array([1, 0, 1])).round(3).tolist()
    [0.5, 0.707, 0.5]
    """
    if not outside.any():
        return np.full(len(infected), 1 / np.sqrt(max(len(infected), 1)))
    degree = (infected.degree + outside).astype(np.float64)
    return _smallest(infected.start, infected.neighbour, degree, ITERATIONS)


@numba.njit(cache=True)
def _smallest(start: I64, neighbour: I32, degree: F64, rounds: int) -> F64:
    n = len(degree)
    ones = np.ones(len(neighbour))
    vector = np.full(n, 1 / np.sqrt(n))
    inverse, error = 1.0, 1.0
    for _ in range(rounds):
        # The solve need only be better than the vector is, and begins from it: late rounds are as cheap as early ones.
        image, _ = solve(start, neighbour, ones, degree, vector, vector * inverse, max(0.02 * error, 1e-13), 10 * n + 100)
        norm = np.sqrt((image * image).sum())
        inverse = 0.0
        for i in range(n):
            inverse += image[i] * vector[i]
        left = 0.0
        for i in range(n):
            left += (image[i] - inverse * vector[i]) ** 2
            vector[i] = image[i] / norm
        error = np.sqrt(left) / norm
        if error <= 1e-10:
            break
    for i in range(n):
        vector[i] = abs(vector[i])
    return vector

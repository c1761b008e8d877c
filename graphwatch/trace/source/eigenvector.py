"""Eigenvector of the smallest eigenvalue of diagonal minus adjacency, in a fixed order of operations, whatever the thread count."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, I32, I64

FRESH: Final = 50  # rounds after which the image of the vector is taken anew, as updates lose digits


@numba.njit(cache=True)
def smallest_eigenvector(start: I64, neighbour: I32, diagonal: F64, tolerance: float, most: int) -> tuple[F64, bool]:
    """Minimise the Rayleigh quotient of D − A by locally optimal conjugate gradients.

    Parameters
    ----------
    start, neighbour
        Rows of A, a connected simple graph, ascending.
    diagonal
        D, positive; no entry below the row's number of neighbours.
    tolerance
        On the residual's norm, as a share of the eigenvalue; never asked for more than double precision gives.
    most
        Rounds at most, each O(edges).

    Returns
    -------
    vector : (rows,)
        Norm 1, entries from 0 on.
    converged

    Notes
    -----
    Knyazev (2001), Toward the optimal preconditioned eigensolver: LOBPCG, with one vector, preconditioned by D, from equal entries. Each
    round takes the best vector of the span of the last one, its preconditioned residual and the last step. The smallest eigenvector of such
    a matrix has no sign change (Perron–Frobenius), so equal entries are never orthogonal to it. It takes some √(λmax / (λ₂ − λ₁)) rounds
    for each e-fold of accuracy, so it is slow where the two smallest eigenvalues almost coincide.
    """
    n = len(diagonal)
    vector, image = np.full(n, 1 / np.sqrt(n)), np.empty(n)
    residual, residual_image = np.empty(n), np.empty(n)
    step, step_image = np.zeros(n), np.zeros(n)
    least = 4e-15 * diagonal.max()  # what rounding errors of the product leave
    converged = False
    for k in range(most):
        if k % FRESH == 0:
            _apply(start, neighbour, diagonal, vector, image)
        value, left = _dot(vector, image), 0.0
        for i in range(n):
            apart = image[i] - value * vector[i]
            left += apart * apart
            residual[i] = apart / diagonal[i]
        converged = np.sqrt(left) <= max(tolerance * value, least)
        if converged or not _normalise(residual, vector):
            break
        _apply(start, neighbour, diagonal, residual, residual_image)
        wide = 3 if _new_direction(step, step_image, vector, image, residual, residual_image) else 2
        small = np.empty((wide, wide))
        small[0, 0], small[1, 1] = value, _dot(residual, residual_image)
        small[0, 1] = small[1, 0] = _dot(vector, residual_image)
        if wide == 3:
            small[2, 2] = _dot(step, step_image)
            small[0, 2] = small[2, 0] = _dot(vector, step_image)
            small[1, 2] = small[2, 1] = _dot(residual, step_image)
        mix = np.linalg.eigh(small)[1][:, 0]
        last = mix[2] if wide == 3 else 0.0
        for i in range(n):
            step[i] = mix[1] * residual[i] + last * step[i]
            step_image[i] = mix[1] * residual_image[i] + last * step_image[i]
            vector[i] = mix[0] * vector[i] + step[i]
            image[i] = mix[0] * image[i] + step_image[i]
        norm = np.sqrt(_dot(vector, vector))
        for i in range(n):
            vector[i] /= norm
            image[i] /= norm
    return np.abs(vector), converged


@numba.njit(cache=True)
def _apply(start: I64, neighbour: I32, diagonal: F64, vector: F64, out: F64) -> None:
    for i in range(len(diagonal)):
        value = diagonal[i] * vector[i]
        for e in range(start[i], start[i + 1]):
            value -= vector[neighbour[e]]
        out[i] = value


@numba.njit(cache=True)
def _dot(a: F64, b: F64) -> float:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@numba.njit(cache=True)
def _normalise(residual: F64, vector: F64) -> bool:
    """Make the residual orthogonal to the vector and of norm 1; tell if anything of it is left."""
    along = _dot(residual, vector)
    for i in range(len(residual)):
        residual[i] -= along * vector[i]
    norm = np.sqrt(_dot(residual, residual))
    if norm == 0.0:
        return False
    for i in range(len(residual)):
        residual[i] /= norm
    return True


@numba.njit(cache=True)
def _new_direction(step: F64, step_image: F64, vector: F64, image: F64, residual: F64, residual_image: F64) -> bool:
    """Make the step orthogonal to vector and residual and of norm 1, in place; tell if it leads out of their span."""
    before = np.sqrt(_dot(step, step))
    if before == 0.0:
        return False
    after = before
    for _ in range(2):  # once more, as the first leaves rounding errors
        along, across = _dot(step, vector), _dot(step, residual)
        for i in range(len(step)):
            step[i] -= along * vector[i] + across * residual[i]
            step_image[i] -= along * image[i] + across * residual_image[i]
        after = np.sqrt(_dot(step, step))
        if after <= 1e-8 * before:
            return False
    for i in range(len(step)):
        step[i] /= after
        step_image[i] /= after
    return True

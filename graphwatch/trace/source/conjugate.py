"""Conjugate gradients for diagonal minus weighted adjacency, in a fixed order of operations: same bytes whatever the thread count."""

from __future__ import annotations

import numba
import numpy as np

from graphwatch.model import F64, I32, I64


@numba.njit(cache=True)
def solve(start: I64, neighbour: I32, weight: F64, diagonal: F64, right: F64, guess: F64, tolerance: float, most: int) -> tuple[F64, bool]:
    """Solve (D − W) x = right for a symmetric positive definite D − W, preconditioned by D.

    Parameters
    ----------
    start, neighbour, weight
        Rows of W, without its diagonal.
    diagonal
        D, positive.
    tolerance
        On the residual's norm, as a share of the right side's.
    most
        Iterations at most.

    Returns
    -------
    x : (rows,)
    converged

    Notes
    -----
    Hestenes & Stiefel (1952), with Jacobi preconditioning.
    """
    n = len(right)
    x = guess.copy()
    residual = np.empty(n)
    step = np.empty(n)
    image = np.empty(n)
    goal = 0.0
    along = 0.0
    for i in range(n):
        value = right[i] - diagonal[i] * x[i]
        for e in range(start[i], start[i + 1]):
            value += weight[e] * x[neighbour[e]]
        residual[i] = value
        step[i] = value / diagonal[i]
        along += value * step[i]
        goal += right[i] * right[i]
    goal *= tolerance * tolerance
    for _ in range(most):
        left = 0.0
        for i in range(n):
            left += residual[i] * residual[i]
        if left <= goal:
            return x, True
        curve = 0.0
        for i in range(n):
            value = diagonal[i] * step[i]
            for e in range(start[i], start[i + 1]):
                value -= weight[e] * step[neighbour[e]]
            image[i] = value
            curve += value * step[i]
        if curve <= 0.0:
            return x, False
        size = along / curve
        fresh = 0.0
        for i in range(n):
            x[i] += size * step[i]
            residual[i] -= size * image[i]
            fresh += residual[i] * residual[i] / diagonal[i]
        ratio = fresh / along
        along = fresh
        for i in range(n):
            step[i] = residual[i] / diagonal[i] + ratio * step[i]
    return x, False

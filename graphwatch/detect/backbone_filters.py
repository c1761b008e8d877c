"""Backbones from weights alone: the disparity filter and the noise-corrected backbone.

Both are named alternatives to the null of :mod:`graphwatch.detect.coaction_null`, for comparison with published work. They know the
finished weights of a network, not how active its accounts and how popular its objects were. What breaks them: a hyperactive account
has many light edges and few heavy ones, so its heaviest organic edges stand out; an account with a single neighbour never does
(disparity). Their p-values assume that weights are amounts spread at random, so they are scores more than error rates.
"""

from __future__ import annotations

import numpy as np

from graphwatch.model import F64, I32, I64


def _totals(a: I32, b: I32, weight: F64) -> tuple[F64, I64]:
    """Strength and degree of each node."""
    nodes = int(max(a.max(), b.max())) + 1 if len(a) else 0
    strength, degree = np.zeros(nodes), np.zeros(nodes, np.int64)
    for ends in (a, b):
        strength += np.bincount(ends, weights=weight, minlength=nodes)
        degree += np.bincount(ends, minlength=nodes)
    return strength, degree


def disparity(a: I32, b: I32, weight: F64) -> F64:
    """Give each edge's p-value in the disparity filter, for an undirected network without loops; lower is stronger.

    For a node of degree k, the null spreads its strength over its k edges uniformly at random, so an edge with share s of it has
    p = (1 - s)^(k - 1). The smaller p of its two nodes counts, doubled because there were two chances.

    Source: Serrano, Boguñá & Vespignani (2009), Extracting the multiscale backbone of complex weighted networks.

    Examples
    --------
    A node with three edges: the heavy one carries 8 tenths of its strength.

    >>> zero = np.zeros(3, np.int32)
    >>> disparity(zero, np.array([1, 2, 3], np.int32), np.array([8.0, 1.0, 1.0])).round(2).tolist()
    [0.08, 1.0, 1.0]
    """
    strength, degree = _totals(a, b, weight)
    of_a = (1 - weight / strength[a]) ** (degree[a] - 1)
    of_b = (1 - weight / strength[b]) ** (degree[b] - 1)
    return np.asarray(np.minimum(2 * np.minimum(of_a, of_b), 1.0), dtype=np.float64)


def noise_corrected(a: I32, b: I32, weight: F64) -> F64:
    """Give each edge's p-value in the noise-corrected backbone, for an undirected network without loops; lower is stronger.

    The lift κw of an edge over the product of its nodes' strengths is put on (-1, 1) by (κw - 1) / (κw + 1). Its variance comes from
    a binomial with a beta prior of the strengths' hypergeometric moments, by the delta method. p is the normal upper tail.

    Source: Coscia & Neffke (2017), Network backboning with noisy data; each undirected edge counts in both directions, as there.

    Examples
    --------
    A hub with four neighbours, and two of these with each other: weights are equal, but those two are less sure.

    >>> ends = np.array([0, 0, 0, 0, 1], np.int32), np.array([1, 2, 3, 4, 2], np.int32)
    >>> noise_corrected(*ends, np.full(5, 10.0)).round(3).tolist()
    [0.008, 0.008, 0.0, 0.0, 0.0]
    """
    strength, _ = _totals(a, b, weight)
    total = strength.sum()
    product = strength[a] * strength[b]
    mean = product / total**2
    variance = product * (total - strength[a]) * (total - strength[b]) / (total**4 * (total - 1))
    alpha = mean**2 / variance * (1 - mean) - mean + weight
    beta = mean / variance * (1 - mean**2) - (1 - mean) + total - weight
    share = alpha / (alpha + beta)
    kappa = total / product
    slope = 1 / product - total * (strength[a] + strength[b]) / product**2
    deviation = np.sqrt(share * (1 - share) * total) * np.abs(2 * (kappa + weight * slope) / (kappa * weight + 1) ** 2)
    score = (kappa * weight - 1) / (kappa * weight + 1)
    from scipy.special import ndtr  # noqa: PLC0415 - counts alone do not wait for it

    return np.asarray(ndtr(-score / np.maximum(deviation, np.finfo(np.float64).tiny)), dtype=np.float64)

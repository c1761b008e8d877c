"""Lags in logarithmic bins, and a dictionary of kernel shapes over them.

A pile-on's lags run from seconds to days, so a bin is a fixed ratio of lags (2^(1/24), about 2.9 %). Every shape of the dictionary is a
probability density over lags: exponential with mean τ, or Lomax (Pareto II: density p·c^p / (c + t)^(1 + p)), the power law of Omori's
law. With the shapes tabulated once, a pair of cause and effect costs one look-up, and the choice of the shape is a sum over bins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from graphwatch.model import F64

I16 = npt.NDArray[np.int16]

PER_OCTAVE: Final = 24
BINS: Final = 520  # up to 2^(520/24) s, about 38 days; longer lags count as that


@dataclass(frozen=True, slots=True)
class Shapes:
    """Tabulated kernel shapes of one family; row k is one shape.

    Attributes
    ----------
    family
        ``exponential`` or ``lomax``.
    scale, tail
        Mean τ in s, or c in s; tail exponent p (NaN for exponential).
    density, log_density
        (shapes, BINS), 1/s, at the middle of the bin.
    mass
        (shapes, BINS), share of the offspring that comes within the lag.
    """

    family: str
    scale: F64
    tail: F64
    density: F64
    log_density: F64
    mass: F64

    def median(self) -> F64:
        """Median lag of each shape, s."""
        return np.where(np.isnan(self.tail), self.scale * np.log(2.0), self.scale * (2.0 ** (1.0 / np.nan_to_num(self.tail, nan=1.0)) - 1))


@numba.njit(cache=True, nogil=True)
def lag_bin(lag: float) -> int:
    """Bin of a lag in s; lags under 1 s count as 1 s."""
    if lag <= 1.0:
        return 0
    return min(int(PER_OCTAVE * math.log2(lag)), BINS - 1)


@numba.njit(cache=True, nogil=True)
def lag_bins(lags: F64) -> I16:
    """Bins of many lags."""
    out = np.empty(len(lags), np.int16)
    for i in range(len(lags)):
        out[i] = lag_bin(lags[i])
    return out


@cache
def exponential_shapes() -> Shapes:
    """Exponential shapes of mean 15 s to 7 days, each 1.25 times the one before.

    Examples
    --------
    >>> shapes = exponential_shapes()
    >>> shapes.density.shape[1] == BINS, round(float(shapes.scale[0]))
    (True, 15)
    """
    scale = np.array([15.0 * 1.25**k for k in range(48)])
    ratio = _middle() / scale[:, None]
    return _shapes("exponential", scale, np.full(len(scale), np.nan), -ratio - np.log(scale)[:, None], -np.expm1(-ratio))


@cache
def lomax_shapes() -> Shapes:
    """Lomax shapes with c of 15 s to 2 days and tail exponents .4 to 2.5.

    Examples
    --------
    >>> shapes = lomax_shapes()
    >>> bool((shapes.mass < 1).all())
    True
    """
    pairs = np.array([(15.0 * 2.0**k, p) for k in range(14) for p in (0.4, 0.7, 1.0, 1.5, 2.5)])
    scale, tail = pairs[:, 0].copy(), pairs[:, 1].copy()
    ratio, p = np.log1p(_middle() / scale[:, None]), tail[:, None]
    return _shapes("lomax", scale, tail, np.log(tail / scale)[:, None] - (1 + p) * ratio, -np.expm1(-p * ratio))


@cache
def all_shapes() -> Shapes:
    """Both families in one table, exponential shapes first, so that draws can go from one to the other.

    Examples
    --------
    >>> all_shapes().density.shape[0] == exponential_shapes().density.shape[0] + lomax_shapes().density.shape[0]
    True
    """
    first, second = exponential_shapes(), lomax_shapes()
    return Shapes(
        "both",
        np.concatenate([first.scale, second.scale]),
        np.concatenate([first.tail, second.tail]),
        np.concatenate([first.density, second.density]),
        np.concatenate([first.log_density, second.log_density]),
        np.concatenate([first.mass, second.mass]),
    )


def shape_prior() -> F64:
    """Log prior of the shapes of :func:`all_shapes`: each family one half, spread evenly over its shapes.

    Examples
    --------
    >>> round(float(np.exp(shape_prior()).sum()), 9)
    1.0
    """
    sizes = [len(exponential_shapes().scale), len(lomax_shapes().scale)]
    return np.concatenate([np.full(size, -np.log(2.0 * size)) for size in sizes])


def _shapes(family: str, scale: F64, tail: F64, log_density: F64, mass: F64) -> Shapes:
    log_density = np.maximum(log_density, -690.0)  # no lag is quite impossible
    return Shapes(family, scale, tail, np.exp(log_density), log_density, mass)


def _middle() -> F64:
    return np.array([2.0 ** ((b + 0.5) / PER_OCTAVE) for b in range(BINS)])

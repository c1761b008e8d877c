"""Closed forms of the marked self-exciting process of one cascade: intensity, branching factor, expected final size.

The process (Mishra, Rizoiu & Xie, CIKM 2016; finite population: Rizoiu et al., WWW 2018) has the intensity

    λ(t) = (1 − N_t / N) · Σ_j K · m_j^β · φ(t − t_j)

with φ(t) = θ·exp(−θ t) (``exponential``) or φ(t) = (t + c)^−(1 + θ) (``power_law``, not normalised, as in the paper). Marks m ≥ 1 are
power-law distributed with density exponent α. One event's expected direct offspring is the branching factor n*; below 1 a cascade dies out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.optimize import brentq

from graphwatch.errors import ConfigurationError
from graphwatch.model import F64

KERNELS: Final = ("exponential", "power_law")


@dataclass(frozen=True, slots=True)
class Cascade:
    """Parameters of one cascade's process.

    Attributes
    ----------
    k
        Level K of the excitation.
    theta
        Decay: 1/time for ``exponential``, tail exponent for ``power_law``.
    kernel
        Shape φ.
    c
        Offset of ``power_law``, in units of time.
    beta
        Exponent of the marks; 0: marks do not matter.
    alpha
        Exponent of the marks' power-law density, above ``beta + 1`` for a finite branching factor.
    population
        Accounts that can take part at all; infinite when not given.

    Raises
    ------
    ConfigurationError
        A parameter is out of its range.

    Examples
    --------
    >>> Cascade(k=0.8, theta=1.0).k
    0.8
    """

    k: float
    theta: float
    kernel: Literal["exponential", "power_law"] = "exponential"
    c: float = 1.0
    beta: float = 0.0
    alpha: float = 2.016
    population: float = math.inf

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS:
            raise ConfigurationError(f"kernel must be one of {', '.join(KERNELS)}, not {self.kernel!r}")
        if not (self.k >= 0 and self.theta > 0 and self.c > 0 and self.beta >= 0 and self.population > 0):
            raise ConfigurationError("k and beta must be at least 0; theta, c and population above 0")

    def density(self, lag: F64) -> F64:
        """Shape φ at the given lags (units of time); 0 for negative lags."""
        safe = np.maximum(lag, 0.0)
        shape = self.theta * np.exp(-self.theta * safe) if self.kernel == "exponential" else (safe + self.c) ** -(1 + self.theta)
        return np.where(lag >= 0, shape, 0.0)

    def remaining(self, lag: F64) -> F64:
        """Integral of φ from the given lags (units of time) to infinity."""
        safe = np.maximum(lag, 0.0)
        return np.exp(-self.theta * safe) if self.kernel == "exponential" else (safe + self.c) ** -self.theta / self.theta


def intensity(at: float, times: F64, cascade: Cascade, marks: F64 | None = None) -> float:
    """Events per unit of time expected at ``at``, given the events before it.

    Parameters
    ----------
    at
        Time of interest; events at or after it are ignored.
    times, marks : (n,)
        Events so far. Marks (e.g. followers) default to 1.

    Returns
    -------
    float
        Intensity; higher means more events are due.

    Examples
    --------
    >>> round(intensity(3.0, np.array([0.0, 1.0]), Cascade(k=0.9, theta=1.0)), 7)
    0.1666101
    """
    before = times < at
    weights = np.ones(len(times)) if marks is None else marks**cascade.beta
    total = cascade.k * float((weights * cascade.density(at - times))[before].sum())
    return total * max(0.0, 1.0 - int(before.sum()) / cascade.population)


def branching_factor(cascade: Cascade, events: int = 0) -> float:
    """Give the expected direct offspring of one event, n*; at or above 1 the cascade feeds itself.

    Parameters
    ----------
    events
        Events so far; they count against a finite population.

    Returns
    -------
    float
        n*; infinite when the marks' mean power diverges (α ≤ β + 1).

    Examples
    --------
    >>> round(branching_factor(Cascade(k=0.1, theta=0.3, kernel="power_law", c=0.2)), 7)
    0.5402189
    """
    if cascade.beta > 0 and cascade.alpha <= cascade.beta + 1:
        return math.inf
    marks = (cascade.alpha - 1) / (cascade.alpha - cascade.beta - 1) if cascade.beta > 0 else 1.0
    direct = cascade.k * marks * float(cascade.remaining(np.zeros(1))[0])
    return direct * max(0.0, 1.0 - events / cascade.population)


def expected_final_size(times: F64, observed_to: float, cascade: Cascade, marks: F64 | None = None) -> float:
    """Events that the cascade is expected to have in the end, those seen included.

    Parameters
    ----------
    times, marks : (n,)
        Events up to ``observed_to``. Marks default to 1.
    observed_to
        Time up to which the cascade was watched.

    Returns
    -------
    float
        Expected number; infinite when n* ≥ 1 in an infinite population. In a finite one it is the mean-field solution of
        N − N∞ = (N − n)·exp(−(A + n*·(N∞ − n)) / N), the final-size relation of the equivalent SIR epidemic, where A is the mass
        of direct offspring that the seen events still have to give.

    Examples
    --------
    >>> round(expected_final_size(np.arange(6.0), 10.0, Cascade(k=0.8, theta=1.0)), 5)
    6.04253
    """
    seen = times <= observed_to
    weights = np.ones(len(times)) if marks is None else marks**cascade.beta
    due = cascade.k * float((weights * cascade.remaining(observed_to - times))[seen].sum())
    n, factor = int(seen.sum()), branching_factor(cascade)
    if math.isinf(cascade.population):
        return n + due / (1.0 - factor) if factor < 1 else math.inf
    left = cascade.population - n
    if left <= 0 or due == 0:
        return float(n)

    def excess(more: float) -> float:
        return left - more - left * math.exp(-(due + min(factor, 1e12) * more) / cascade.population)

    return n + float(brentq(excess, 0.0, left))

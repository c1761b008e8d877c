"""Wider intervals of credit: how far the sampled ones are stretched, so that they hold the truth as often as they say.

One model is right about the bulk of the accounts. The few that carry a pile-on differ from the others by more than its prior expects, and
the fewer causes are given or show a link, the more of their offspring it puts down to others.

Source: Romano, Patterson & Candès (2019), Conformalized quantile regression. How far an interval would have had to be stretched to reach
the truth is measured on planted pile-ons, and its upper quantile is fitted over the table below (``python -m benchmarks.fit_credit``;
``python -m benchmarks.credit`` measures the coverage on other seeds).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import expit, logit

from graphwatch.model import F64

EDGE: Final = 1e-6
MEANS: Final = np.array([0.01, 0.03, 0.1, 0.3, 0.6, 0.85])  # credit; nearest stands for what lies outside
GIVEN: Final = np.array([0.0, 0.5, 0.95])  # share of the interactions whose parent is given
LINKED: Final = np.array([0.0, 0.55])  # share of the other causes that show a link
UP: Final = np.array(
    [
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
        [[2.07, 1.0], [1.31, 1.28], [1.0, 1.32]],
        [[1.0, 1.4], [1.45, 1.28], [1.0, 1.6]],
        [[1.04, 1.0], [1.0, 1.15], [1.0, 1.6]],
        [[2.64, 1.65], [1.0, 1.15], [1.0, 1.6]],
        [[1.01, 1.25], [1.0, 1.1], [1.0, 1.33]],
    ]
)
DOWN: Final = np.array(
    [
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
        [[1.28, 1.46], [1.0, 1.0], [1.0, 1.0]],
        [[1.28, 1.0], [1.0, 1.0], [1.0, 1.0]],
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
    ]
)


def table_weights(mean: F64, given: float, linked: float) -> F64:
    """Give the weight of each entry of the tables for each account: linear between the entries along each axis.

    Parameters
    ----------
    mean : (accounts,)
        Credit.
    given
        Share of the interactions whose parent is given.
    linked
        Share of all causes, given parents included, that show a link.

    Returns
    -------
    weights : (accounts, means, given, linked)
        They add up to 1 for each account.

    Examples
    --------
    >>> table_weights(np.array([0.2]), 0.0, 0.0)[0, :, 0, 0].round(2).tolist()
    [0.0, 0.0, 0.5, 0.5, 0.0, 0.0]
    """
    inferred = (linked - given) / (1.0 - given) if given < 1.0 else 1.0
    by_mean = np.column_stack([np.interp(mean, MEANS, row) for row in np.eye(len(MEANS))])
    by_given = np.array([np.interp(given, GIVEN, row) for row in np.eye(len(GIVEN))])
    by_link = np.array([np.interp(inferred, LINKED, row) for row in np.eye(len(LINKED))])
    weights: F64 = np.einsum("am,g,l->amgl", by_mean, by_given, by_link)
    return weights


def widen(mean: F64, low: F64, high: F64, floor: F64, given: float, linked: float, stretch: float) -> tuple[F64, F64]:
    """Stretch intervals on the logit scale, away from the mean, by what simulation asks for.

    Parameters
    ----------
    mean, low, high : (accounts,)
        Fractions.
    floor : (accounts,)
        Share of the interactions that are an account's own or descend from them by parents that are given: no credit is lower.
    given
        Share of the interactions whose parent is given.
    linked
        Share of all causes that show a link.
    stretch
        0: not at all; 1: as calibrated.

    Examples
    --------
    >>> half = np.array([0.5])
    >>> low, high = widen(half, np.array([0.4]), np.array([0.6]), np.zeros(1), 0.0, 0.0, 1.0)
    >>> round(float(low[0]), 2), round(float(high[0]), 2)
    (0.39, 0.7)
    >>> low, high = widen(half, np.array([0.4]), np.array([0.6]), np.array([0.45]), 1.0, 1.0, 1.0)
    >>> round(float(low[0]), 2), round(float(high[0]), 2)
    (0.45, 0.66)
    """
    weights = table_weights(mean, given, linked)
    up, down = (1.0 + stretch * (np.einsum("amgl,mgl->a", weights, table) - 1.0) for table in (UP, DOWN))
    low, high = stretched(mean, low, high, up, down)
    return np.maximum(low, floor), high


def stretched(mean: F64, low: F64, high: F64, up: F64, down: F64) -> tuple[F64, F64]:
    """Stretch the sides of intervals on the logit scale by factors; a side without a width stays as it is."""
    middle = logits(mean)
    wide_low = expit(middle - down * (middle - logits(low)))
    wide_high = expit(middle + up * (logits(high) - middle))
    return np.where(low < mean, np.minimum(wide_low, low), low), np.where(high > mean, np.maximum(wide_high, high), high)


def logits(fraction: F64) -> F64:
    """Give log-odds, of 0 and 1 those of next to them."""
    odds: F64 = logit(np.clip(fraction, EDGE, 1 - EDGE))
    return odds

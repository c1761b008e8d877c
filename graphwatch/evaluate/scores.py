"""The plain measures that the stages share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from graphwatch.model import Bools


def share(flags: Bools) -> float:
    """Give the share of true flags; NaN when there are none.

    Examples
    --------
    >>> share(np.array([True, False]))
    0.5
    """
    return float(np.mean(flags)) if len(flags) else math.nan


def f1_of(meant: Bools, called: Bools) -> float:
    """Give the F1 score, 2TP / (2TP + FP + FN); NaN when the class is neither there nor called.

    Examples
    --------
    >>> f1_of(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    right = int((meant & called).sum())
    total = int(meant.sum()) + int(called.sum())
    return 2 * right / total if total else math.nan


def macro(scores: Sequence[float]) -> float:
    """Give the mean of the scores that are numbers; NaN without any.

    Examples
    --------
    >>> macro([1.0, math.nan, 0.5])
    0.75
    """
    known = [score for score in scores if not math.isnan(score)]
    return sum(known) / len(known) if known else math.nan

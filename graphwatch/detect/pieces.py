"""Work on runs of groups side by side. No group's numbers depend on another's, so neither do they on the cuts or the threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np

from graphwatch.model import I64, WORKERS

T = TypeVar("T")
_PIECE: Final = 500_000  # events that are worth a thread


def in_pieces(start: I64, work: Callable[[int, int], T]) -> list[T]:
    """Run a kernel that releases the GIL on runs of groups of about as many events each.

    Parameters
    ----------
    start : (G + 1,)
        Running count of the events: group g has ``start[g + 1] - start[g]``.
    work
        Gets the run: first group, and the one after the last.

    Returns
    -------
    list
        What ``work`` gave, in order of the groups; at least one piece.

    Examples
    --------
    >>> in_pieces(np.array([0, 5, 9]), lambda low, high: (low, high))
    [(0, 2)]
    """
    groups, events = len(start) - 1, int(start[-1] - start[0])
    count = max(1, min(events // _PIECE, 4 * WORKERS, groups))
    runs = cut_runs(start, count)
    if len(runs) == 1:
        return [work(*runs[0])]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, *zip(*runs, strict=True)))


def cut_runs(start: I64, count: int) -> list[tuple[int, int]]:
    """Cut the groups into at most ``count`` runs of about as many events each, one run at least.

    Examples
    --------
    >>> cut_runs(np.array([0, 5, 9, 10]), 2), cut_runs(np.array([0]), 1)
    ([(0, 1), (1, 3)], [(0, 0)])
    """
    groups = len(start) - 1
    if count == 1:
        return [(0, groups)]
    cuts = np.searchsorted(start, np.linspace(start[0], start[-1], count + 1))
    cuts[0], cuts[-1] = 0, groups
    return [(int(a), int(b)) for a, b in pairwise(cuts) if a < b]


def sizes_of(start: I64, groups: I64) -> I64:
    """Give the running count of the events of some groups, for :func:`in_pieces`.

    Examples
    --------
    >>> sizes_of(np.array([0, 5, 9, 10]), np.array([0, 2])).tolist()
    [0, 5, 6]
    """
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(start[groups + 1] - start[groups])])

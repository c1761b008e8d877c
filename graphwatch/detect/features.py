"""What a pile-on is made of: counts over its interactions, from which its nature is judged."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Final

import numba
import numpy as np

from graphwatch.detect.pieces import in_pieces
from graphwatch.detect.streams import Stream
from graphwatch.model import CATEGORY_CODE, F32, F64, I8, I32, I64, SURFACE_CODE, Bools, Events

COUNTS: Final = (
    "interactions", "hostile", "actors", "hostile_actors", "known_actors", "newcomers",
    "known", "middling", "labelled", "critical", "personal", "private", "copied",
)  # fmt: skip
_CRITICISM: Final = CATEGORY_CODE["criticism"]
_NONE: Final = CATEGORY_CODE["none"]
_PRIVATE: Final = SURFACE_CODE["private"]
MIDDLING_FROM: Final = 0.25
_COPIES: Final = 3
_TURN: Final = 10.0
_TIMES: Final = 3.0
_GRADED_FROM: Final = 0.02
_SHARE_WEIGHT: Final = 20.0


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of each interaction, one entry per row of :class:`~graphwatch.model.Events`.

    Attributes
    ----------
    hostile
        Hostility at or above the threshold.
    copied
        Its text is shared word for word with at least two other interactions (objects ``text:``).
    hostile_at
        The threshold.
    graded
        Hostility takes values between 0 and 1, not only these two.
    """

    hostile: Bools
    copied: Bools
    hostile_at: float
    graded: bool


def mark(events: Events, hostile_at: float) -> Marks:
    """Derive :class:`Marks`."""
    known = events.hostility[np.isfinite(events.hostility)]
    between = (known > 0) & (known < 1)
    graded = bool(len(known) and between.mean() >= _GRADED_FROM)
    return Marks(events.hostile(hostile_at), _copied(events), hostile_at, graded)


def _copied(events: Events) -> Bools:
    copied = np.zeros(len(events), np.bool_)
    texts = events.object_names.str.starts_with("text:").to_numpy()
    if texts.any():
        uses = np.bincount(events.objects.values, minlength=len(texts))
        repeated = texts & (uses >= _COPIES)
        copied[events.objects.rows()[repeated[events.objects.values]]] = True
    return copied


@numba.njit(cache=True)
def turning_point(hostile: Bools) -> int:
    """Give where a crowd turns hostile: the first position of the likeliest second part, 0 when there are not two parts.

    Parameters
    ----------
    hostile : (n,)
        Interactions in order of time.

    Notes
    -----
    The change-point of a binomial share by likelihood. It counts only with a log-likelihood ratio above 10 and a share that at least
    triples, so that a few calm words at the start of an attack do not move its onset.

    Examples
    --------
    >>> turning_point(np.repeat([False, True], 50)), turning_point(np.tile([False, True], 50))
    (50, 0)
    """
    n, total = len(hostile), hostile.sum()
    best, turn, before = _TURN, 0, 0
    for i in range(1, n):
        before += 1 if hostile[i - 1] else 0
        after = total - before
        if after * i < _TIMES * before * (n - i):
            continue
        value = _binomial(before, i) + _binomial(after, n - i) - _binomial(total, n)
        if value > best:
            best, turn = value, i
    return turn


@numba.njit(cache=True)
def _binomial(successes: int, trials: int) -> float:
    """Give the largest log-likelihood of so many successes."""
    if successes in (0, trials):
        return 0.0
    share = successes / trials
    return float(successes * log(share) + (trials - successes) * log(1.0 - share))


@numba.njit(cache=True)
def busiest_quarter(at: I64, previous: I32, following: I32, low: int, high: int, width: int) -> int:
    """Give the middle of the window of at most ``width`` µs with the most distinct accounts among positions ``low … high - 1``.

    Among equals the first. Empty range: error of the caller.
    """
    best, middle, left, count = 0, int(at[low]), low, 0
    for i in range(low, high):
        count += 1 if previous[i] < left else 0
        while at[left] <= at[i] - width:
            count -= 1 if following[left] > i else 0
            left += 1
        if count > best:
            best, middle = count, int(at[left] + (at[i] - at[left]) // 2)
    return middle


@numba.njit(cache=True)
def count_in_ranges(
    low: I64, high: I64, previous: I32, row: I32, actor: I32, hostility: F32, hostile: Bools, category: I8, surface: I8, copied: Bools,
    accounts: int, middling_from: float, hostile_at: float,
) -> F64:  # fmt: skip
    """Count what :data:`COUNTS` names in ranges of a stream's positions.

    Parameters
    ----------
    low, high : (k,)
        Range k holds the positions ``low[k] … high[k] - 1``, all of one group.
    previous, row
        Of the stream.
    actor, hostility, hostile, category, surface, copied
        By row of the interactions.

    Returns
    -------
    counts : (k, 13)
        ``newcomers`` are accounts whose first event of all on this target is in the range; ``middling`` are interactions from
        ``middling_from`` up to ``hostile_at``; ``labelled`` have a known category; ``private`` and ``copied`` are counted among hostile
        ones.
    """
    counts = np.zeros((len(low), 13))
    hostile_seen = np.zeros(accounts, np.int64)
    known_seen = np.zeros(accounts, np.int64)
    for k in range(len(low)):
        for i in range(low[k], high[k]):
            r = row[i]
            a = actor[r]
            counts[k, 0] += 1
            if previous[i] < low[k]:
                counts[k, 2] += 1
                counts[k, 5] += 1 if previous[i] < 0 else 0
            if hostility[r] >= 0:
                counts[k, 6] += 1
                if known_seen[a] != k + 1:
                    known_seen[a] = k + 1
                    counts[k, 4] += 1
                counts[k, 7] += 1 if middling_from <= hostility[r] < hostile_at else 0
            c = category[r]
            if c >= 0:
                counts[k, 8] += 1
                counts[k, 9] += 1 if c == _CRITICISM else 0
                counts[k, 10] += 1 if c not in (_CRITICISM, _NONE) else 0
            if hostile[r]:
                counts[k, 1] += 1
                if hostile_seen[a] != k + 1:
                    hostile_seen[a] = k + 1
                    counts[k, 3] += 1
                counts[k, 11] += 1 if surface[r] == _PRIVATE else 0
                counts[k, 12] += 1 if copied[r] else 0
    return counts


def count_features(events: Events, stream: Stream, marks: Marks, low: I64, high: I64) -> F64:
    """Run :func:`count_in_ranges` on a stream of these events."""
    return count_in_ranges(
        low, high, stream.previous, stream.row, events.actor, events.hostility, marks.hostile, events.category, events.surface,
        marks.copied, len(events.accounts), MIDDLING_FROM, marks.hostile_at,
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def hostile_in_ranges(low: I64, high: I64, row: I32, hostile: Bools, hostility: F32) -> tuple[I64, I64]:
    """Count the hostile interactions, and those of known hostility, in ranges of a stream's positions.

    Parameters
    ----------
    low, high : (k,)
        Range k holds the positions ``low[k] … high[k] - 1``.
    row
        Of the stream.
    hostile, hostility
        By row of the interactions; hostility is NaN where unknown.
    """
    found, known = np.zeros(len(low), np.int64), np.zeros(len(low), np.int64)
    for k in range(len(low)):
        for i in range(low[k], high[k]):
            found[k] += hostile[row[i]]
            known[k] += np.isfinite(hostility[row[i]])
    return found, known


def ordinary_shares(events: Events, stream: Stream, marks: Marks, group: I64, low: I64, high: I64) -> F64:
    """Give for each pile-on the target's share of hostile interactions outside of its pile-ons, pulled to that of all targets.

    Parameters
    ----------
    group, low, high : (k,)
        Group and range of positions of each pile-on; ranges of one group do not overlap.

    Returns
    -------
    share : (k,)
        Beta-binomial posterior mean with 20 pseudo-interactions at the common share.
    """
    chosen = stream.row, marks.hostile, events.hostility
    low_of, past_of = stream.start[:-1], stream.start[1:]
    pieces = in_pieces(stream.start, lambda a, b: hostile_in_ranges(low_of[a:b], past_of[a:b], *chosen))
    outside_hostile, outside_known = (np.concatenate(column) for column in zip(*pieces, strict=True))
    inside = hostile_in_ranges(low, high, *chosen)
    np.subtract.at(outside_hostile, group, inside[0])
    np.subtract.at(outside_known, group, inside[1])
    common = (outside_hostile.sum() + 1.0) / (outside_known.sum() + _SHARE_WEIGHT)
    share: F64 = (outside_hostile[group] + _SHARE_WEIGHT * common) / (outside_known[group] + _SHARE_WEIGHT)
    return share

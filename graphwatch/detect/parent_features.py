"""What makes an act of a thread likely to be answered, as numbers: the kernels that the inference and the fit of its weights share."""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, I32

WINDOWS_S: Final = (30.0, 120.0, 300.0, 1800.0, 7200.0, 43200.0)
"""Windows in which what comes after an act is compared with what came before it, in seconds."""

FEATURES: Final = (
    "answered before",
    "seen before",
    "acts before",
    "posts answered before",
    "words",
    "no words",
    "place",
    "age",
    *(f"{side} {window:.0f} s" for window in WINDOWS_S for side in ("after", "before")),
    "answered before, squared",
    "answered before * after 300 s",
    "words * after 1800 s",
    "after 300 s, squared",
    "after 300 s * before 300 s",
    "after 1800 s, squared",
    "after 1800 s * before 1800 s",
)
"""Names of the features of an act as a cause, in the order of :func:`fill_features`."""

ROOT_FEATURES: Final = ("root", "root: lag", "root: place", "root: words", "root: no words")
"""Names of the features of a thread's root as the cause of an act."""

SCALE_S: Final = 60.0
"""Lags are counted in this unit; the power law begins there."""

_PRIOR_ACTS: Final = 0.5
_MEAN_WORDS: Final = 1.6
_TABLE: Final = 4096
_LOGS: Final = np.log1p(np.arange(_TABLE))


@numba.njit(cache=True)
def _log1p(count: int) -> float:
    """Logarithm of 1 + a count; looked up, because most counts are small."""
    return float(_LOGS[count]) if count < _TABLE else math.log1p(count)


@numba.njit(cache=True)
def burst_counts(time: F64, window: float) -> tuple[I32, I32]:
    """Count the acts after and before each act that are at most ``window`` away.

    Parameters
    ----------
    time : (n,)
        Ascending, in seconds; the root is left out.

    Returns
    -------
    after, before : (n,)
    """
    n = len(time)
    after, before = np.empty(n, np.int32), np.empty(n, np.int32)
    last, first = 0, 0
    for k in range(n):
        while last < n and time[last] <= time[k] + window:
            last += 1
        while time[first] < time[k] - window:
            first += 1
        after[k] = last - k - 1
        before[k] = k - first
    return after, before


@numba.njit(cache=True)
def word_features(length: int) -> tuple[float, float]:
    """Give the centred log of a text's length, and whether it is empty; both 0 where the text is not known (-1)."""
    if length < 0:
        return 0.0, 0.0
    return _log1p(length) - _MEAN_WORDS, 1.0 if length == 0 else 0.0


@numba.njit(cache=True)
def fill_features(
    k: int, time: F64, length: I32, acts: I32, answers: I32, posts: I32, mean: float, after: I32, before: I32, out: F64
) -> None:
    """Fill in the features of act ``k`` of a thread as the cause of later ones.

    Parameters
    ----------
    time, length : (n,)
        Seconds since the root, and characters of the text, -1: not known; entry 0 is the first act after the root.
    acts, answers, posts : (n,)
        What is known of the act's account from before the thread: its answers and reposts, what they got, and what its own posts got.
    mean
        Answers per act over all accounts; 0: nothing is known.
    after, before : (windows, n)
        From :func:`burst_counts`.
    out : (features,)
    """
    rate = (answers[k] + mean * _PRIOR_ACTS) / (acts[k] + _PRIOR_ACTS)
    out[0] = np.log(rate / mean) if mean > 0 else 0.0
    out[1] = 1.0 if acts[k] > 0 else 0.0
    out[2] = _log1p(acts[k])
    out[3] = _log1p(posts[k])
    out[4], out[5] = word_features(length[k])
    out[6] = _log1p(k + 1)
    out[7] = np.log1p(time[k] / SCALE_S)
    for w in range(len(after)):
        out[8 + 2 * w] = _log1p(after[w, k])
        out[9 + 2 * w] = _log1p(before[w, k])
    soon, late, at = out[12], out[14], 8 + 2 * len(after)
    out[at] = out[0] * out[0]
    out[at + 1] = out[0] * soon
    out[at + 2] = out[4] * late
    out[at + 3] = soon * soon
    out[at + 4] = soon * out[13]
    out[at + 5] = late * late
    out[at + 6] = late * out[15]


@numba.njit(cache=True)
def fill_root_features(k: int, time: F64, length: I32, out: F64) -> None:
    """Fill in the features of the root as the cause of act ``k``; parameters as in :func:`fill_features`."""
    out[0] = 1.0
    out[1] = np.log1p(time[k] / SCALE_S)
    out[2] = _log1p(k)
    out[3], out[4] = word_features(length[k])


@numba.njit(cache=True)
def thread_bursts(time: F64, windows: F64) -> tuple[I32, I32]:
    """Give :func:`burst_counts` for every window, as (windows, n)."""
    after = np.empty((len(windows), len(time)), np.int32)
    before = np.empty((len(windows), len(time)), np.int32)
    for w in range(len(windows)):
        after[w], before[w] = burst_counts(time, windows[w])
    return after, before

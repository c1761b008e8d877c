"""What kind of crowd a pile-on is: spread over accounts, depth, chains, synchrony."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import polars as pl
from scipy.stats import entropy

from graphwatch.detect.cascades import Cascades
from graphwatch.detect.features import mark
from graphwatch.model import I8, I32, I64, KIND_CODE, MINUTE, SURFACE_CODE, Events, Pileons
from graphwatch.schema import PILEON_STATISTICS

_TOGETHER: Final = 10_000_000  # µs
_AROUND: Final = 10 * MINUTE
_REPOST, _QUOTE, _MESSAGE = KIND_CODE["repost"], KIND_CODE["quote"], KIND_CODE["private_message"]


@numba.njit(cache=True, nogil=True)
def repost_chains(parent: I32, kind: I8, repost: int, quote: int) -> I32:
    """Give how many reposts and quotes in a row end at each interaction.

    Parameters
    ----------
    parent : (n,)
        Row of the parent, -1: none; no cycles.
    kind : (n,)
        Codes.

    Examples
    --------
    >>> repost_chains(np.array([-1, 0, 1, 2], np.int32), np.array([0, 5, 5, 1], np.int8), 5, 6).tolist()
    [0, 1, 2, 0]
    """
    n = len(parent)
    length = np.full(n, -1, np.int32)
    path = np.empty(n, np.int32)
    for i in range(n):
        depth, row = 0, i
        while row >= 0 and length[row] < 0 and kind[row] in (repost, quote):
            path[depth] = row
            depth += 1
            row = parent[row]
        if row >= 0 and length[row] < 0:
            length[row] = 0
        value = 0 if row < 0 else length[row]
        for k in range(depth - 1, -1, -1):
            value += 1
            length[path[k]] = value
    return length


@numba.njit(cache=True, nogil=True)
def synchrony(at: I64, actor: I32, together: int, around: int) -> float:
    """Give the pairs of neighbouring acts of different accounts that lie within ``together`` µs, over those expected.

    Parameters
    ----------
    at : (n,)
        Times in µs, ascending.
    actor : (n,)
        Small codes: memory is in proportion to the largest.
    together, around
        µs. The expectation takes the rate of the interval of ``around`` µs centred at each act, that act itself left out.

    Returns
    -------
    index
        1: independent accounts at a rate that changes slowly; above: acts come in volleys; NaN: fewer than two acts, or all from one
        account.

    Notes
    -----
    The pair correlation of a point process at short lags over a kernel estimate of its intensity (Illian et al. 2008, ch. 4). A surge that
    is itself shorter than ``around`` raises the index, and so does a poster who answers many at once; it is a figure to look at, no proof.

    Examples
    --------
    >>> minute = 60_000_000
    >>> volleys = np.sort(np.concatenate([np.arange(50) * 5 * minute, np.arange(50) * 5 * minute + 1_000_000]))
    >>> round(synchrony(volleys, np.arange(100, dtype=np.int32), 10_000_000, 10 * minute), 1) > 5
    True
    """
    n = len(at)
    if n < 2:
        return np.nan
    after = np.zeros(actor.max() + 1, np.int64)  # acts of each account up to ``together`` after the current one
    around_it = np.zeros(actor.max() + 1, np.int64)
    seen, expected = 0.0, 0.0
    low = high = near = 0
    for i in range(n):
        while near < n and at[near] <= at[i] + together:
            after[actor[near]] += 1
            near += 1
        seen += (near - i) - after[actor[i]]
        after[actor[i]] -= 1
        while high < n and at[high] <= at[i] + around // 2:
            around_it[actor[high]] += 1
            high += 1
        while at[low] < at[i] - around // 2:
            around_it[actor[low]] -= 1
            low += 1
        # the interval is cut off where the burst begins and ends
        opened, closed = max(at[0], at[i] - around // 2), min(at[n - 1], at[i] + around // 2)
        if closed > opened:
            others = (high - low) - around_it[actor[i]]
            expected += others * min(together, at[n - 1] - at[i]) / (closed - opened)
    return seen / expected if expected > 0.0 else np.nan


def describe_crowds(events: Events, pileons: Pileons, cascades: Cascades) -> pl.DataFrame:
    """Describe the crowd of each pile-on.

    Parameters
    ----------
    events, pileons
        Interactions, and the pile-ons among them.
    cascades
        Trees of the same interactions, for depths and chains.

    Returns
    -------
    polars.DataFrame
        Table ``pileon_statistics``, in the order of the pile-ons.
    """
    marks = mark(events, pileons.hostile_at)
    chains = repost_chains(cascades.parent, events.kind, _REPOST, _QUOTE)
    passed_on = (events.kind == _REPOST) | (events.kind == _QUOTE)
    private = (events.kind == _MESSAGE) | (events.surface == SURFACE_CODE["private"])
    lines = []
    for k in range(len(pileons)):
        rows = pileons.rows.row(k)
        at, actor = events.at[rows], events.actor[rows]
        _, local, counts = np.unique(actor, return_inverse=True, return_counts=True)
        hostility = events.hostility[rows]
        known = np.isfinite(hostility)
        lines.append(
            {
                "actor_entropy": float(entropy(counts) / np.log(len(counts))) if len(counts) > 1 else 0.0,
                "hostile_share": float(marks.hostile[rows].sum() / known.sum()) if known.any() else None,
                "mean_depth": float(cascades.depth[rows].mean()),
                "max_depth": int(cascades.depth[rows].max()),
                "repost_share": float(passed_on[rows].mean()),
                "repost_chain": int(chains[rows].max()),
                "private_share": float(private[rows].mean()),
                "copied_share": float(marks.copied[rows].mean()),
                "synchrony": _finite(synchrony(at, local.astype(np.int32), _TOGETHER, _AROUND)),
                "mean_gap_s": float((at[-1] - at[0]) / 1e6 / (len(at) - 1)) if len(at) > 1 else None,
                "surfaces": len(np.unique(events.surface[rows][events.surface[rows] >= 0])),
                "platforms": len(np.unique(events.platform[rows][events.platform[rows] >= 0])),
            }
        )
    schema = {column.name: column.dtype for column in PILEON_STATISTICS.columns if column.name not in ("pileon_id", "newcomer_share")}
    shares = pileons.frame.select("pileon_id", newcomer_share=pl.col("newcomers") / pl.col("actors"))
    return PILEON_STATISTICS.conform(shares.hstack(pl.DataFrame(lines, schema=schema)))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

"""Who acts first, and on what each edge of the co-action network rests.

A pair meets on an object when both shared it within the window. Who came first there, by each one's earliest act among those that met,
is one sign; objects that one and the same two interactions hold give one sign together, because they are no independent occasions. The
two-sided sign test asks whether one of the two comes first more often than by a fair coin. Lags are those of the same acts.

What breaks it: clocks that are wrong by account (a scheduler that rounds to the minute), and platforms that give times to the minute
only; ties say nothing and are left out of the test. Coming first is no command: both may follow a third.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import polars as pl

from graphwatch.detect.backbone import false_discovery_rates
from graphwatch.model import F64, I32, I64
from graphwatch.schema import COACTION_EVIDENCE

_SECOND: Final = 1_000_000


@numba.njit(cache=True)
def describe_edges(x: I32, y: I32, at: I64, account: I32, content: I32, item: I32, a: I32, b: I32, most: int) -> tuple[I64, F64, I64, I32]:
    """Give direction and evidence of wanted edges from sorted pairs.

    Parameters
    ----------
    x, y
        Shares of the account with the lower and with the higher code, from :func:`graphwatch.detect.pairs.fill_pairs`.
    at, account, content, item : (shares,)
    a, b : (edges,)
        Wanted edges, ascending; each must be among the pairs.
    most
        Meetings kept as evidence per edge.

    Returns
    -------
    signs : (edges, 3)
        Occasions on which a came first, b came first, both at the same moment.
    lag : (edges,)
        Median over occasions of b's time minus a's, µs: positive where a comes first.
    start : (edges + 1,)
        Where the evidence of each edge begins.
    evidence
        Shares in pairs (a's, b's), the earliest occasions first.
    """
    edges = len(a)
    signs = np.zeros((edges, 3), np.int64)
    lag = np.zeros(edges, np.float64)
    start = np.zeros(edges + 1, np.int64)
    evidence = np.empty(2 * most * edges, np.int32)
    n = 0
    k = 0
    for e in range(edges):
        while account[x[k]] != a[e] or account[y[k]] != b[e]:
            k += 1
        begin = k
        while k < len(x) and account[x[k]] == a[e] and account[y[k]] == b[e]:
            k += 1
        one, other = _firsts(x[begin:k], y[begin:k], at, item)
        one, other = _once(one, other, at, content)
        apart = np.empty(len(one), np.float64)
        for m in range(len(one)):
            apart[m] = at[other[m]] - at[one[m]]
            signs[e, 0 if apart[m] > 0 else (1 if apart[m] < 0 else 2)] += 1
        lag[e] = np.median(apart)
        for m in range(min(most, len(one))):
            evidence[n] = one[m]
            evidence[n + 1] = other[m]
            n += 2
        start[e + 1] = n
    return signs, lag, start, evidence[:n].copy()


@numba.njit(cache=True)
def _firsts(x: I32, y: I32, at: I64, item: I32) -> tuple[I32, I32]:
    """Earliest share of each of the two on each object that they met on."""
    one = np.empty(len(x), np.int32)
    other = np.empty(len(x), np.int32)
    n = 0
    for k in range(len(x)):
        if k == 0 or item[x[k]] != item[x[k - 1]]:
            one[n] = x[k]
            other[n] = y[k]
            n += 1
        else:
            if at[x[k]] < at[one[n - 1]]:
                one[n - 1] = x[k]
            if at[y[k]] < at[other[n - 1]]:
                other[n - 1] = y[k]
    return one[:n], other[:n]


@numba.njit(cache=True)
def _once(one: I32, other: I32, at: I64, content: I32) -> tuple[I32, I32]:
    """Keep each two interactions once, in order of time."""
    key = content[one].astype(np.int64) * np.int64(2**31) + content[other]
    order = np.argsort(key, kind="mergesort")
    kept = np.empty(len(order), np.int64)
    n = 0
    for k in range(len(order)):
        if k == 0 or key[order[k]] != key[order[k - 1]]:
            kept[n] = order[k]
            n += 1
    kept = np.sort(kept[:n])
    when = np.minimum(at[one[kept]], at[other[kept]])
    kept = kept[np.argsort(when, kind="mergesort")]
    return one[kept], other[kept]


def sign_test(ahead: I64, behind: I64) -> F64:
    """Two-sided sign test of each row; lower is stronger.

    Examples
    --------
    >>> sign_test(np.array([8, 1]), np.array([0, 1])).round(4).tolist()
    [0.0078, 1.0]
    """
    fewer = np.minimum(ahead, behind)
    from scipy.special import bdtr  # noqa: PLC0415 - counts alone do not wait for it

    return np.minimum(2 * np.asarray(bdtr(fewer, ahead + behind, 0.5), dtype=np.float64), 1.0)


def evidence_frame(a: pl.Series, b: pl.Series, signs: I64, lag: F64, start: I64, ids: pl.Series) -> pl.DataFrame:
    """Name what :func:`describe_edges` found.

    Parameters
    ----------
    a, b
        Accounts of each edge.
    signs, lag, start
        From :func:`describe_edges`.
    ids
        Interaction id of each entry of its ``evidence``.

    Returns
    -------
    polars.DataFrame
        Result table ``coaction_evidence``.
    """
    p_values = sign_test(signs[:, 0], signs[:, 1])
    ahead = np.sign(signs[:, 0] - signs[:, 1])
    lists = pl.DataFrame({"edge": np.repeat(np.arange(len(a)), np.diff(start)), "id": ids}, schema_overrides={"edge": pl.Int64})
    listed = lists.group_by("edge", maintain_order=True).agg("id")["id"] if len(lists) else pl.Series([], dtype=pl.List(pl.String))
    leader = pl.select(pl.when(pl.lit(pl.Series(ahead > 0))).then(pl.lit(a)).when(pl.lit(pl.Series(ahead < 0))).then(pl.lit(b))).to_series()
    frame = pl.DataFrame(
        {
            "a": a,
            "b": b,
            "first": leader,
            "a_first": signs[:, 0],
            "b_first": signs[:, 1],
            "same_time": signs[:, 2],
            "median_lag_s": lag / _SECOND,
            "direction_p_value": p_values,
            "direction_q_value": false_discovery_rates(p_values, len(p_values)),
            "evidence": listed,
        }
    )
    return COACTION_EVIDENCE.conform(frame)

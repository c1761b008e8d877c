"""Bursts of both statistics on one target → pile-ons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.detect.attention import Attention
from graphwatch.detect.bursts import Bursts
from graphwatch.model import F64, I64, Bools

_BEYOND: Final = 1
_HOSTILE: Final = 2


@dataclass(frozen=True, slots=True)
class Clusters:
    """Bursts in order of (group, onset), and the pile-on that each belongs to.

    Attributes
    ----------
    group, onset, end : (k,)
        Of each burst.
    hostile : (k,)
        The burst is one of hostile accounts; otherwise of any accounts.
    beyond : (k,)
        The burst is one of accounts outside of the target's own threads.
    surge : (k,)
        The burst may make a surge of attention (:mod:`graphwatch.detect.attention`); never a hostile one.
    statistic, expected, p_value, q_value : (k,)
        Of each burst.
    cluster : (k,)
        Number of its pile-on, from 0.
    """

    group: I64
    onset: I64
    end: I64
    hostile: Bools
    beyond: Bools
    surge: Bools
    statistic: F64
    expected: F64
    p_value: F64
    q_value: F64
    cluster: I64

    @property
    def count(self) -> int:
        """Number of pile-ons."""
        return int(self.cluster[-1]) + 1 if len(self.cluster) else 0


def number_clusters(group: I64, onset: I64, end: I64, quiet: int) -> I64:
    """Give numbers to runs of intervals of one group with no more than ``quiet`` µs between an onset and the latest end before it.

    Parameters
    ----------
    group, onset, end : (k,)
        In order of (group, onset).

    Examples
    --------
    >>> number_clusters(np.array([0, 0, 0, 1]), np.array([0, 5, 50, 50]), np.array([30, 9, 60, 60]), 10).tolist()
    [0, 0, 1, 2]
    """
    if not len(group):
        return np.zeros(0, np.int64)
    new = np.ones(len(group), np.bool_)
    latest = end[0]
    for k in range(1, len(group)):
        new[k] = group[k] != group[k - 1] or onset[k] - latest > quiet
        latest = end[k] if new[k] else max(latest, end[k])
    return np.cumsum(new) - 1


def cluster_bursts(attention: Attention, hostile: tuple[Bursts, F64], fdr: float, quiet: int) -> Clusters:
    """Put bursts that overlap, or lie no more than ``quiet`` µs apart, into one pile-on, whichever statistic found them.

    Parameters
    ----------
    attention
        Bursts of accounts of any kind.
    hostile
        Bursts of hostile accounts, and their q-values.
    fdr
        A pile-on needs one burst with q ≤ ``fdr``; weaker ones beside it are its waves.
    quiet
        µs.
    """
    pairs = ((attention.whole, attention.whole_q), (attention.beyond, attention.beyond_q), hostile)
    group, onset, end = (np.concatenate([getattr(b, name) for b, _ in pairs]) for name in ("group", "onset", "end"))
    figures = np.array([np.concatenate([getattr(b, name) for b, _ in pairs]) for name in ("statistic", "expected", "p_value")])
    q_value = np.concatenate([q for _, q in pairs])
    kind = np.repeat(np.arange(3), [len(b) for b, _ in pairs])
    surge = np.concatenate([attention.surge, np.ones(len(attention.beyond), np.bool_), np.zeros(len(hostile[0]), np.bool_)])
    order = np.lexsort((kind, end, onset, group))
    group, onset, end, q_value, kind, surge = group[order], onset[order], end[order], q_value[order], kind[order], surge[order]
    cluster = number_clusters(group, onset, end, quiet)
    kept = np.isin(cluster, cluster[q_value <= fdr])
    statistic, expected, p_value = figures[:, order][:, kept]
    _, renumbered = np.unique(cluster[kept], return_inverse=True)
    return Clusters(
        group[kept], onset[kept], end[kept], kind[kept] == _HOSTILE, kind[kept] == _BEYOND, surge[kept], statistic, expected, p_value,
        q_value[kept], renumbered.astype(np.int64),
    )  # fmt: skip


def extent_of(clusters: Clusters, chosen: Bools) -> tuple[I64, I64]:
    """Give first onset and last end of each pile-on over the chosen bursts; ``onset > end`` where none is chosen."""
    onset = np.full(clusters.count, np.iinfo(np.int64).max)
    end = np.full(clusters.count, np.iinfo(np.int64).min)
    np.minimum.at(onset, clusters.cluster[chosen], clusters.onset[chosen])
    np.maximum.at(end, clusters.cluster[chosen], clusters.end[chosen])
    return onset, end


def proven(clusters: Clusters, chosen: Bools, fdr: float) -> Bools:
    """Tell which pile-ons have one of the chosen bursts with q ≤ ``fdr``."""
    found = np.zeros(clusters.count, np.bool_)
    found[clusters.cluster[chosen & (clusters.q_value <= fdr)]] = True
    return found


def strongest(clusters: Clusters, preferred: Bools, fdr: float) -> I64:
    """Give for each pile-on the burst that its figures come from.

    Parameters
    ----------
    preferred : (clusters,)
        Whether the pile-on is better described by its hostile bursts.

    Returns
    -------
    index : (clusters,)
        The burst with the smallest q-value of the preferred statistic among those with q ≤ ``fdr`` (before others those that make a
        surge), else the one with the smallest q-value.
    """
    fits = (clusters.hostile == preferred[clusters.cluster]) & (clusters.q_value <= fdr)
    telling = fits & (clusters.hostile | clusters.surge)
    order = np.lexsort((clusters.onset, -clusters.statistic, clusters.p_value, clusters.q_value, ~telling, ~fits, clusters.cluster))
    first = np.unique(clusters.cluster[order], return_index=True)[1]
    return order[first]

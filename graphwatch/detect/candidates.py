"""Candidates: clusters of bursts with everything that is counted about them, before their nature is judged."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from graphwatch.detect.attention import find_attention
from graphwatch.detect.baseline import Span
from graphwatch.detect.bursts import find_bursts, q_values, window_widths
from graphwatch.detect.features import COUNTS, Marks, count_features, mark, ordinary_shares, turning_point
from graphwatch.detect.merge import Clusters, cluster_bursts, extent_of
from graphwatch.detect.profile import cumulative, hour_of_week_profile
from graphwatch.detect.streams import Stream, all_stream, part_of
from graphwatch.model import F64, HOUR, I32, I64, Bools, Events
from graphwatch.settings import DetectSettings


@dataclass(frozen=True, slots=True)
class Candidates:
    """Clusters of bursts, k of them; each may become a pile-on.

    Attributes
    ----------
    targets : (G,)
        Account of each group of the streams.
    whole, hostile
        All events, and the hostile ones, over the same groups.
    marks
        What is known of each interaction.
    clusters
        The bursts.
    group, onset, end : (k,)
        Group, and extent over all bursts of the cluster.
    has_hostile, hostile_onset, hostile_end : (k,)
        Whether hostile bursts are among them, and the extent of those that are about as hostile as the strongest.
    counts : (k, 13)
        Over the hostile extent where there is one, else over the whole (:data:`graphwatch.detect.features.COUNTS`).
    ordinary : (k,)
        The target's ordinary share of hostile interactions.
    """

    targets: I32
    whole: Stream
    hostile: Stream
    marks: Marks
    clusters: Clusters
    group: I64
    onset: I64
    end: I64
    has_hostile: Bools
    hostile_onset: I64
    hostile_end: I64
    counts: F64
    ordinary: F64


def find_candidates(events: Events, settings: DetectSettings, seed: int) -> Candidates | None:
    """Scan both statistics and count what each cluster of bursts is made of; None when there is none."""
    if not len(events.targets.values):
        return None
    marks = mark(events, settings.hostile_at)
    targets, whole = all_stream(events)
    hostile = part_of(events, whole, marks.hostile)
    clusters = _clusters(events, targets, whole, hostile, settings, seed)
    if not clusters.count:
        return None
    group = clusters.group[np.unique(clusters.cluster, return_index=True)[1]]
    onset, end = extent_of(clusters, np.ones(len(clusters.group), np.bool_))
    hostile_onset, hostile_end = extent_of(clusters, _core(events, whole, marks, clusters))
    has_hostile = hostile_onset <= hostile_end
    hostile_onset = _turned(whole, marks, group, has_hostile, hostile_onset, hostile_end)
    judged = np.where(has_hostile, hostile_onset, onset), np.where(has_hostile, hostile_end, end)
    counts = count_features(events, whole, marks, *positions(whole.start, whole.at, group, *judged))
    ordinary = ordinary_shares(events, whole, marks, group, *positions(whole.start, whole.at, group, onset, end))
    return Candidates(
        targets, whole, hostile, marks, clusters, group, onset, end, has_hostile, hostile_onset, hostile_end, counts, ordinary
    )


def _core(events: Events, whole: Stream, marks: Marks, clusters: Clusters) -> Bools:
    """Mark the hostile bursts in which at least half as large a share of the accounts is hostile as in their cluster's strongest.

    The few hostile accounts of any large crowd make a hostile burst as well; an attack that follows on it has not begun with it.
    """
    hostile = np.flatnonzero(clusters.hostile)
    group, cluster = clusters.group[hostile], clusters.cluster[hostile]
    counts = count_features(events, whole, marks, *positions(whole.start, whole.at, group, clusters.onset[hostile], clusters.end[hostile]))
    share = counts[:, COUNTS.index("hostile_actors")] / np.maximum(counts[:, COUNTS.index("known_actors")], 1.0)
    order = np.lexsort((clusters.onset[hostile], -clusters.statistic[hostile], cluster))
    found, first = np.unique(cluster[order], return_index=True)
    strongest = np.zeros(clusters.count)
    strongest[found] = share[order[first]]
    core = np.zeros(len(clusters.group), np.bool_)
    core[hostile] = share >= 0.5 * strongest[cluster]
    return core


def _turned(whole: Stream, marks: Marks, group: I64, has_hostile: Bools, onset: I64, end: I64) -> I64:
    """Move onsets to where a crowd that was there before turns hostile, if it does: see :func:`turning_point`."""
    turned = onset.copy()
    index = np.flatnonzero(has_hostile)
    low, high = positions(whole.start, whole.at, group[index], onset[index], end[index])
    for k, first, past in zip(index, low, high, strict=True):
        turned[k] = whole.at[first + turning_point(marks.hostile[whole.row[first:past]])]
    return turned


def _clusters(events: Events, targets: I32, whole: Stream, hostile_part: Stream, settings: DetectSettings, seed: int) -> Clusters:
    aimed = np.diff(events.targets.start) > 0
    at = events.at[aimed]
    span = Span(int(at[0]), int(at[-1]) + 1, cumulative(hour_of_week_profile(at)))
    widths = window_widths(settings.windows_min, span)
    attention = find_attention(events, targets, whole, span, widths, settings, seed)
    peers = np.diff(whole.start) + 0.5
    quiet = round(settings.quiet_h * HOUR)
    hostile = find_bursts(hostile_part, span, widths, peers, settings.min_actors, settings.fdr, seed=(seed, 3), quiet=quiet)
    return cluster_bursts(attention, (hostile, q_values(hostile)), settings.fdr, quiet)


@numba.njit(cache=True, nogil=True)
def positions(start: I64, at: I64, group: I64, onset: I64, end: I64) -> tuple[I64, I64]:
    """Give the range of positions of each group's events from onset to end, inclusive."""
    low, high = np.empty(len(group), np.int64), np.empty(len(group), np.int64)
    for k in range(len(group)):
        first, last = start[group[k]], start[group[k] + 1]
        low[k] = first + np.searchsorted(at[first:last], onset[k], side="left")
        high[k] = first + np.searchsorted(at[first:last], end[k], side="right")
    return low, high

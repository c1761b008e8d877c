"""Surges of attention: what tells a large one from a target's posts and streams that did well."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.stats import false_discovery_control

from graphwatch.detect.baseline import Span
from graphwatch.detect.bursts import Bursts, calibrated, find_bursts
from graphwatch.detect.streams import Stream, part_at
from graphwatch.model import F64, HOUR, I32, I64, Bools, Events
from graphwatch.settings import DetectSettings


@dataclass(frozen=True, slots=True)
class Attention:
    """Bursts of accounts of any kind.

    Attributes
    ----------
    whole, beyond
        Bursts over all interactions, and over those outside of the target's own threads (none where no thread is known to be the
        target's: the two would be the same).
    whole_q, beyond_q
        Their q-values.
    surge
        Of each burst over all interactions: it is not only the target's own threads. The others make no surge of attention.
    """

    whole: Bursts
    whole_q: F64
    beyond: Bursts
    beyond_q: F64
    surge: Bools


def in_own_thread(events: Events, targets: I32, stream: Stream) -> Bools:
    """Mark the positions of a stream whose interaction is in a thread that the target began: answers to its posts, chat of its streams.

    Parameters
    ----------
    targets : (G,)
        Account of each group.

    Returns
    -------
    own : (n,)
        False where the root is not in the data: nothing is known then (:func:`in_unknown_thread`).
    """
    return threads_of(targets, stream.start, stream.row, events.root, events.actor)


@numba.njit(cache=True, nogil=True)
def threads_of(targets: I32, start: I64, row: I32, root: I32, actor: I32) -> Bools:
    """Mark the positions of a stream whose root is by the group's target; parameters as in :func:`in_own_thread`."""
    own = np.zeros(len(row), np.bool_)
    for g in range(len(targets)):
        for i in range(start[g], start[g + 1]):
            top = root[row[i]]
            own[i] = top >= 0 and actor[top] == targets[g]
    return own


def in_unknown_thread(events: Events, stream: Stream) -> Bools:
    """Mark the positions of a stream whose interaction answers something that is not in the data: whose thread it is, nobody can tell.

    Returns
    -------
    unknown : (n,)
        Also true for answers to such an interaction, unless the root is given and in the data.
    """
    rows = np.arange(len(events), dtype=np.int32)
    top = np.where(events.root >= 0, events.root, rows)
    unknown: Bools = (events.thread >= len(events)) | (events.parent_given & (events.parent < 0))[top]
    return unknown[stream.row]


def ordinary_weights(bursts: Bursts, stream: Stream) -> F64:
    """Weigh the targets by their ordinary traffic, for :func:`weighted_q_values`.

    Returns
    -------
    weight : (G,)
        Half of it is the same for all, half in proportion to the interactions outside of the target's bursts; mean 1.

    Notes
    -----
    The bursts are left out, so that under the null the weight says nothing of the p-value it goes with.

    Examples
    --------
    >>> none = np.zeros(0, np.int64)
    >>> stream = Stream(np.array([0, 1, 4]), none, none.astype(np.int32), none.astype(np.int32), none.astype(np.int32))
    >>> ordinary_weights(Bursts(none, none, none, none, none, none * 1.0, none * 1.0, none * 1.0, np.ones(2)), stream).tolist()
    [0.75, 1.25]
    """
    inside = np.bincount(bursts.group, weights=bursts.last - bursts.first + 1, minlength=stream.groups)
    ordinary = np.diff(stream.start) - inside
    if not ordinary.any():
        return np.ones(stream.groups)
    return np.asarray(0.5 + 0.5 * ordinary / float(ordinary.mean()), np.float64)


def weighted_q_values(bursts: Bursts, weight: F64) -> F64:
    """Give each burst's false discovery rate with weighted hypotheses (Genovese, Roeder & Wasserman 2006): that of p / weight.

    Parameters
    ----------
    weight : (G,)
        Mean 1. What a popular target does is seen by more people and has more of its own history behind it, so it gets a larger part of
        the errors allowed.

    Examples
    --------
    >>> none = np.zeros(0, np.int64)
    >>> one = Bursts(none + 0, none, none, none, none, none * 1.0, none * 1.0, none * 1.0, np.array([0.3, 1.0]))
    >>> weighted_q_values(one, np.ones(2))
    array([], dtype=float64)
    """
    rest = np.delete(np.arange(len(bursts.null_p)), np.unique(bursts.group))
    p_values = np.concatenate([bursts.p_value / weight[bursts.group], bursts.null_p[rest] / weight[rest]])
    return false_discovery_control(np.minimum(p_values, 1.0))[: len(bursts)] if len(p_values) else p_values


@numba.njit(cache=True, nogil=True)
def marked_share(first: I64, last: I64, marked: Bools) -> F64:
    """Give the share of marked positions in each range, both ends included."""
    share = np.empty(len(first))
    for k in range(len(first)):
        share[k] = marked[first[k] : last[k] + 1].mean()
    return share


def find_attention(events: Events, targets: I32, whole: Stream, span: Span, widths: I64, settings: DetectSettings, seed: int) -> Attention:
    """Find bursts of attention and rate them.

    Parameters
    ----------
    targets : (G,)
        Account of each group of ``whole``.
    widths : (s,)
        Window lengths, µs.
    seed
        Of the simulated null.

    Notes
    -----
    Sizes of ordinary threads have so heavy a tail that among a hundred thousand targets there are always some that no baseline expects.
    They differ from a large surge by where they are: under one post of the target, or in its live chat. A surge of attention is also
    *about* the target: others post, quote, mention, and are answered. Two rules follow. Bursts of accounts outside of the target's own
    threads are scanned for themselves; ordinary traffic is calm there, so surges on popular targets stand out that their own threads
    would hide. And a burst over all interactions makes a surge only if what is outside of the own threads is at least
    ``attention_spread`` times its share of all traffic. Answers to what is not in the data count for neither side: data begin in the
    middle of threads, and what is still said in those would look like a surge outside of the own ones. What breaks it: benign crowds that
    stay under one post of the target are left to the table of cascades, however large (hostile and critical ones are not). Where no
    thread is the target's own, both rules are void.
    """
    own, quiet = in_own_thread(events, targets, whole), round(settings.quiet_h * HOUR)
    bursts = calibrated(find_bursts(whole, span, widths, None, settings.min_actors, settings.fdr, seed=(seed, 1), own=True, quiet=quiet))
    q = weighted_q_values(bursts, ordinary_weights(bursts, whole))
    if not own.any():
        none, nothing = np.zeros(0, np.int64), np.zeros(0)
        beyond = Bursts(none, none, none, none, none, nothing, nothing, nothing, bursts.null_p)
        return Attention(bursts, q, beyond, nothing, np.ones(len(bursts), np.bool_))
    outside = ~(own | in_unknown_thread(events, whole))
    usual = float(outside.sum()) / float(outside.sum() + own.sum())
    inside, without = (marked_share(bursts.first, bursts.last, mask) for mask in (own, outside))
    surge: Bools = without + (1.0 - inside - without) * usual >= settings.attention_spread * usual
    part = part_at(events, whole, outside)
    beyond = calibrated(find_bursts(part, span, widths, None, settings.min_actors, settings.fdr, seed=(seed, 2), own=True, quiet=quiet))
    return Attention(bursts, q, beyond, weighted_q_values(beyond, ordinary_weights(beyond, part)), surge)

"""Interactions sorted by target: the form in which a detector sees one target's events at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from graphwatch.model import I32, I64, Bools, Events


@dataclass(frozen=True, slots=True)
class Stream:
    """Events grouped by target, in order of time within each group.

    Attributes
    ----------
    start : (G + 1,)
        Group g holds the positions ``start[g] … start[g + 1] - 1``.
    at : (n,)
        Times in µs.
    row : (n,)
        Row of :class:`~graphwatch.model.Events`.
    previous, following : (n,)
        Position of the same account's last earlier and first later event in the same group; -1 and n: there is none. They make counting
        distinct accounts in sliding windows a matter of two comparisons an event, without a hash table.
    """

    start: I64
    at: I64
    row: I32
    previous: I32
    following: I32

    def __len__(self) -> int:
        """Give the number of events."""
        return len(self.at)

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.start) - 1


@numba.njit(cache=True, nogil=True)
def _group_by_target(start: I64, values: I32, keep: Bools, accounts: int) -> tuple[I32, I64, I32]:
    """Sort (row, target) pairs by target by counting; stable, so each group stays in order of time."""
    size = np.zeros(accounts + 1, np.int64)
    for i in range(len(start) - 1):
        if keep[i]:
            for k in range(start[i], start[i + 1]):
                size[values[k] + 1] += 1
    place = np.cumsum(size)
    ends = place.copy()
    row = np.empty(place[-1], np.int32)
    for i in range(len(start) - 1):
        if keep[i]:
            for k in range(start[i], start[i + 1]):
                t = values[k]
                row[place[t]] = i
                place[t] += 1
    present = np.flatnonzero(size[1:] > 0).astype(np.int32)
    return row, ends, present


@numba.njit(cache=True, nogil=True)
def link_repeats(start: I64, actor: I32, accounts: int) -> tuple[I32, I32]:
    """Give for each event the positions of the same account's neighbouring events in its group.

    Parameters
    ----------
    start : (G + 1,)
    actor : (n,)
        Account codes below ``accounts``.

    Returns
    -------
    previous, following : (n,)
        -1 and n where there is none.
    """
    n = len(actor)
    last = np.full(accounts, -1, np.int32)
    previous = np.full(n, -1, np.int32)
    following = np.full(n, n, np.int32)
    for g in range(len(start) - 1):
        low = start[g]
        for i in range(low, start[g + 1]):
            p = last[actor[i]]
            if p >= low:
                previous[i] = p
                following[p] = i
            last[actor[i]] = i
    return previous, following


def _linked(events: Events, row: I32, start: I64) -> Stream:
    previous, following = link_repeats(start, events.actor[row], len(events.accounts))
    return Stream(start, events.at[row], row, previous, following)


def all_stream(events: Events) -> tuple[I32, Stream]:
    """Group all interactions by target; one with several targets is in several groups, removed ones (tombstones) stay in.

    Returns
    -------
    targets : (G,)
        Account code of each group, ascending. Only accounts that are acted upon have a group.
    stream
    """
    keep = np.ones(len(events), np.bool_)
    row, ends, present = _group_by_target(events.targets.start, events.targets.values, keep, len(events.accounts))
    start = np.concatenate([np.zeros(1, np.int64), ends[present + 1]])
    return present, _linked(events, row, start)


def part_of(events: Events, whole: Stream, mask: Bools) -> Stream:
    """Give the stream of the rows in ``mask`` (one entry per interaction), with the groups of ``whole``; groups may be empty.

    Examples
    --------
    >>> import polars as pl
    >>> from graphwatch.graph.encode import encode
    >>> rows = {"interaction_id": ["1", "2"], "at": [0, 1], "actor_id": ["a", "b"], "kind": ["post"] * 2, "target_ids": [["t"], ["t"]]}
    >>> events = encode(pl.DataFrame(rows).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC"))))
    >>> targets, whole = all_stream(events)
    >>> part_of(events, whole, np.array([False, True])).start.tolist()
    [0, 1]
    """
    return part_at(events, whole, mask[whole.row])


def part_at(events: Events, whole: Stream, chosen: Bools) -> Stream:
    """Give the stream of the chosen positions, with the groups of ``whole``; groups may be empty."""
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(_marked(whole.start, chosen))])
    return _linked(events, whole.row[chosen], start)


@numba.njit(cache=True, nogil=True)
def _marked(start: I64, chosen: Bools) -> I64:
    """Count the chosen positions of each group."""
    count = np.zeros(len(start) - 1, np.int64)
    for g in range(len(count)):
        for i in range(start[g], start[g + 1]):
            count[g] += chosen[i]
    return count

"""Candidate causes of each act, a few per relation, so that the model costs O(n·k).

A relation with a long history (a crowd of 50,000) is not cut off at the most recent acts: the history is split by rank into strata
whose sizes grow geometrically, and one act per stratum, drawn at random, stands for its whole stratum (its weight is the stratum's size).
Sums over the candidates are then unbiased for sums over the whole history, and an early act can still be the cause of a late one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from graphwatch.model import F32, F64, I8, I32, I64, Bools, Events
from graphwatch.settings import TraceSettings
from graphwatch.trace.follows import Followed
from graphwatch.trace.groups import Groups, group, mix
from graphwatch.trace.lags import I16, lag_bin
from graphwatch.trace.nodes import Nodes

RELATIONS: Final = ("crowd", "thread", "object", "follow", "own", "parent")
CROWD: Final = 0
THREAD: Final = 1
OBJECT: Final = 2
FOLLOW: Final = 3
OWN: Final = 4
PARENT: Final = 5

MAX_OBJECTS: Final = 3


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate causes: those of node i are ``start[i]:start[i + 1]``.

    Attributes
    ----------
    node, relation, bin
        The cause, how it could have reached the act, and the bin of its lag.
    weight
        Acts that the cause stands for, 1 or its stratum's size.
    lift
        ``weight`` times how much likelier the act's thread, object or account is, given the cause, than in the crowd.
    exposure
        (relations, n): offspring by each relation is proportional to it.
    """

    start: I64
    node: I32
    relation: I8
    bin: I16
    weight: F32
    lift: F32
    exposure: F64


@numba.njit(cache=True, nogil=True)
def _stratum(history: int, budget: int, q: int) -> int:
    """Rank back in a history at which stratum q begins; stratum q is ``[_stratum(q), _stratum(q + 1))``."""
    if history <= budget:
        return min(q, history)
    if q >= budget:
        return history
    if q == 0:
        return 0
    return max(q, int(history ** (q / budget)))


@numba.njit(cache=True, nogil=True)
def _fill_strata(
    i: int,
    members: I32,
    begin: int,
    rank: int,
    budget: int,
    seed: int,
    relation: int,
    lift: float,
    time: F64,
    account: I32,
    skip: Bools,
    at: int,
    node: I32,
    kind: I8,
    bins: I16,
    weight: F32,
    lifts: F32,
) -> int:
    for q in range(min(budget, rank)):
        near, far = _stratum(rank, budget, q), _stratum(rank, budget, q + 1)
        if far <= near:
            continue
        pick = near + int(mix(seed, i, 64 * relation + q) * (far - near))
        j = members[begin + rank - 1 - pick]
        size = far - near
        if skip[j] or account[j] == account[i]:
            continue
        node[at] = j
        kind[at] = relation
        bins[at] = lag_bin(time[i] - time[j])
        weight[at] = size
        lifts[at] = size * lift
        at += 1
    return at


@numba.njit(cache=True, nogil=True)
def fill_candidates(
    time: F64,
    account: I32,
    inferred: Bools,
    root: I32,
    crowd: I32,
    before: I32,
    prominent: I32,
    skip: Bools,
    thread: tuple[I64, I32, I32, I32],
    objects: tuple[I64, I32, I32, I32],
    acts_start: I64,
    acts: I32,
    act_rank: I32,
    follow_start: I64,
    follow_values: I32,
    budgets: I64,
    follow_lift: float,
    own_lift: float,
    seed: int,
) -> tuple[I64, I32, I8, I16, F32, F32]:
    """Fill the candidates of every inferred node.

    Parameters
    ----------
    root
        Node that an act certainly descends from, -1: not known. Its candidates are the acts of that thread alone.
    crowd, before
        Visible nodes ascending, and how many of them come before each node.
    prominent, skip
        Nodes that are candidates of every later node on their own account, and their mask.
    thread, objects
        ``(start, members, of, rank)`` of :class:`Groups`.
    acts_start, acts, act_rank
        Nodes of each account ascending, and each node's place among its account's.
    follow_start, follow_values
        Accounts (local codes) that each account follows.
    budgets
        Candidates per relation; index 5 is unused.

    Returns
    -------
    start, node, relation, bin, weight, lift
    """
    n = len(time)
    none, began = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for j in root:
        if j >= 0:
            began[j] = True
    start = np.zeros(n + 1, np.int64)
    per = budgets[:5].sum() + len(prominent)
    total = 0
    for i in range(n):
        total += per if inferred[i] else 0
    node = np.empty(total, np.int32)
    kind = np.empty(total, np.int8)
    bins = np.empty(total, np.int16)
    weight = np.empty(total, np.float32)
    lifts = np.empty(total, np.float32)
    at = 0
    for i in range(n):
        start[i] = at
        if not inferred[i]:
            continue
        g = thread[2][i, 0]
        rooted = root[i] >= 0 and g >= 0
        if rooted:
            lift, begin, rank = n / (thread[0][g + 1] - thread[0][g]), thread[0][g], thread[3][i, 0]
            node[at], kind[at], bins[at] = root[i], 1, lag_bin(time[i] - time[root[i]])
            weight[at], lifts[at] = 1.0, lift
            at = _fill_strata(
                i, thread[1], begin, rank, budgets[0] + budgets[1] - 1, seed, 1, lift, time, account, began, at + 1, node, kind, bins,
                weight, lifts,
            )  # fmt: skip
        else:
            for j in prominent:
                if j < i and account[j] != account[i]:
                    node[at], kind[at], bins[at] = j, 0, lag_bin(time[i] - time[j])
                    weight[at], lifts[at] = 1.0, 1.0
                    at += 1
            at = _fill_strata(i, crowd, 0, before[i], budgets[0], seed, 0, 1.0, time, account, skip, at, node, kind, bins, weight, lifts)
            if g >= 0:
                begin = thread[0][g]
                rank = thread[3][i, 0]
                lift = n / (thread[0][g + 1] - begin)
                if rank > budgets[1] > 1:  # the first act of the thread is seen by all of it
                    j = thread[1][begin]
                    if account[j] != account[i]:
                        node[at], kind[at], bins[at] = j, 1, lag_bin(time[i] - time[j])
                        weight[at], lifts[at] = 1.0, lift
                        at += 1
                    begin, rank = begin + 1, rank - 1
                    at = _fill_strata(
                        i, thread[1], begin, rank, budgets[1] - 1, seed, 1, lift, time, account, none, at, node, kind, bins, weight, lifts
                    )
                else:
                    at = _fill_strata(
                        i, thread[1], begin, rank, budgets[1], seed, 1, lift, time, account, none, at, node, kind, bins, weight, lifts
                    )
            shared = 0
            for k in range(objects[2].shape[1]):
                shared += 1 if objects[2][i, k] >= 0 else 0
            for k in range(shared):
                g = objects[2][i, k]
                begin = objects[0][g]
                lift = n / (objects[0][g + 1] - begin) / shared
                at = _fill_strata(
                    i,
                    objects[1],
                    begin,
                    objects[3][i, k],
                    budgets[2] // shared,
                    seed + k,
                    2,
                    lift,
                    time,
                    account,
                    none,
                    at,
                    node,
                    kind,
                    bins,
                    weight,
                    lifts,
                )
        first = at
        a = account[i]
        for k in range(follow_start[a], follow_start[a + 1]):
            b = follow_values[k]
            low, high = acts_start[b], acts_start[b + 1]
            while low < high:  # acts of b before i
                middle = (low + high) // 2
                if acts[middle] < i:
                    low = middle + 1
                else:
                    high = middle
            known = low - acts_start[b]
            if known == 0:
                continue
            j = acts[low - 1]
            if rooted and thread[2][j, 0] != g:
                continue
            place = at
            if at - first == budgets[3]:  # full: the oldest one gives way
                place = first
                for m in range(first, at):
                    if node[m] < node[place]:
                        place = m
                if node[place] > j:
                    continue
            else:
                at += 1
            node[place], kind[place], bins[place] = j, 3, lag_bin(time[i] - time[j])
            weight[place], lifts[place] = known, known * follow_lift
        if budgets[4] > 0 and act_rank[i] > 0 and not rooted:
            j = acts[acts_start[a] + act_rank[i] - 1]
            node[at], kind[at], bins[at] = j, 4, lag_bin(time[i] - time[j])
            weight[at], lifts[at] = 1.0, own_lift
            at += 1
    start[n] = at
    return start, node[:at].copy(), kind[:at].copy(), bins[:at].copy(), weight[:at].copy(), lifts[:at].copy()


def budgets_of(candidates: int) -> I64:
    """Split the candidates over relations: crowd, thread, object, follow, own, and prominent acts last.

    Examples
    --------
    >>> budgets_of(50).tolist(), int(budgets_of(50).sum())
    ([15, 10, 8, 8, 1, 8], 50)
    """
    thread, shared, follow, own, prominent = candidates // 5, candidates // 6, candidates // 6, int(candidates >= 6), candidates // 6
    return np.array([candidates - thread - shared - follow - own - prominent, thread, shared, follow, own, prominent], np.int64)


def _prominent(nodes: Nodes, followers: I64, budget: int) -> I32:
    """Visible acts that may stand out: the first hostile ones, those with most known children, those with most followers."""
    n = len(nodes)
    children = np.bincount(nodes.parent[nodes.parent >= 0], minlength=n)
    place = np.arange(n)
    seen = np.flatnonzero(nodes.visible)
    share = max(budget // 3, 1)
    first = seen[nodes.hostile[seen] > 0][: budget - 2 * (budget // 3)]
    answered = seen[np.lexsort((place[seen], -children[seen]))][:share]
    heard = seen[np.lexsort((place[seen], -followers[seen]))][:share]
    chosen = np.concatenate([first, answered[children[answered] > 1], heard[followers[heard] > 0]])
    return np.unique(chosen)[:budget].astype(np.int32)


def find_candidates(events: Events, nodes: Nodes, followed: Followed, settings: TraceSettings, seed: int) -> Candidates:
    """Find the candidate causes of the nodes whose cause is not known.

    Parameters
    ----------
    seed
        Draws the acts that stand for their strata.

    Returns
    -------
    Candidates
        Nobody is a candidate for an act of the same account except through ``own``, its act before that.
    """
    n = len(nodes)
    budgets = budgets_of(settings.candidates)
    place = np.arange(n, dtype=np.int32)
    crowd = np.flatnonzero(nodes.visible).astype(np.int32)
    before: I32 = (np.cumsum(nodes.visible) - nodes.visible).astype(np.int32)
    followers = events.followers[nodes.row]
    prominent = _prominent(nodes, followers, int(budgets[5]))
    skip = np.zeros(n, bool)
    skip[prominent] = True
    threads = group(place, events.thread[nodes.row].astype(np.int64), n, 1, nodes.root >= 0)
    objects = _object_groups(events, nodes)
    acts = np.argsort(nodes.account, kind="stable").astype(np.int32)
    acts_start = np.searchsorted(nodes.account[acts], np.arange(len(nodes.actors) + 1)).astype(np.int64)
    act_rank = np.empty(n, np.int32)
    act_rank[acts] = place - acts_start[nodes.account[acts]]
    audience, follow_start, follow_values = _local_follows(nodes, followed)
    population = float(max(followed.population, 2))
    start, node, relation, bins, weight, lift = fill_candidates(
        nodes.time,
        nodes.account,
        (nodes.parent < 0) & nodes.visible,
        nodes.root,
        crowd,
        before,
        prominent,
        skip,
        (threads.start, threads.members, threads.of, threads.rank),
        (objects.start, objects.members, objects.of, objects.rank),
        acts_start,
        acts,
        act_rank,
        follow_start,
        follow_values,
        budgets,
        population / followed.mean_audience,
        population,
        seed,
    )
    exposure = np.ones((len(RELATIONS), n))
    exposure[CROWD] = nodes.visible
    exposure[THREAD] = threads.of[:, 0] >= 0
    exposure[OBJECT] = (objects.of >= 0).any(axis=1)
    exposure[FOLLOW] = audience[nodes.account] / followed.mean_audience
    return Candidates(start, node, relation, bins, weight, lift, exposure)


def _object_groups(events: Events, nodes: Nodes) -> Groups:
    size = events.objects.start[nodes.row + 1] - events.objects.start[nodes.row]
    node = np.repeat(np.arange(len(nodes), dtype=np.int32), size)
    offset = np.arange(len(node)) - np.repeat(np.cumsum(size) - size, size)
    key = events.objects.values[events.objects.start[nodes.row][node] + offset] if len(node) else np.zeros(0, np.int32)
    return group(node, key.astype(np.int64), len(nodes), MAX_OBJECTS)


def _local_follows(nodes: Nodes, followed: Followed) -> tuple[F64, I64, I32]:
    """Audience of each account, and whom it follows among this pile-on's accounts."""
    place = followed.place[nodes.actors]
    size = followed.start[place + 1] - followed.start[place]
    follower = np.repeat(np.arange(len(place), dtype=np.int32), size)
    offset = np.arange(len(follower)) - np.repeat(np.cumsum(size) - size, size)
    values = followed.values[followed.start[place][follower] + offset] if len(follower) else np.zeros(0, np.int32)
    found = np.searchsorted(nodes.actors, values)
    inside = (found < len(nodes.actors)) & (nodes.actors[np.minimum(found, len(nodes.actors) - 1)] == values)
    start = np.searchsorted(follower[inside], np.arange(len(place) + 1)).astype(np.int64)
    return followed.audience[place].astype(np.float64), start, found[inside].astype(np.int32)

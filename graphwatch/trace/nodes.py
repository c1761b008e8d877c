"""The acts that one pile-on's branching model speaks of: its interactions, and the acts outside it that may have caused them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import CATEGORY_CODE, F64, HOUR, I8, I32, I64, Bools, Events, Pileons
from graphwatch.settings import TraceSettings
from graphwatch.trace.groups import distinct

MAX_LEAD: Final = 200
MAX_DEPTH: Final = 64
_INCITEMENT: Final = CATEGORY_CODE["incitement"]


@dataclass(frozen=True, slots=True)
class Nodes:
    """Acts of one pile-on in causal order: by time; at one time a parent before its children; then canonical order.

    Attributes
    ----------
    row
        Row in :class:`~graphwatch.model.Events`.
    time
        Seconds since the onset; negative before it.
    member
        Part of the pile-on. The others are causes only: hostile acts on the target shortly before the onset, and ancestors and thread
        roots of its interactions.
    visible
        Aimed at the target, so that all who watch the target may see it.
    hostile
        1 where hostile or mobilising.
    mobilising
        Category ``incitement``.
    account
        Place of the actor in ``actors``.
    actors
        Account codes, ascending.
    parent
        Node that certainly caused this one; -1: not known. A parent by the target itself is no cause: that somebody answers the target
        does not say who sent him.
    root
        Node that began the thread of an act whose parent is not in the data: whatever its cause, it descends from there. -1: not known,
        or the parent is, or the root is the target's or the account's own, or (in an attack) not hostile: such a thread, of news say, is
        a place where a crowd meets that was called from elsewhere.
    end
        Seconds from the onset to the end.
    """

    row: I32
    time: F64
    member: Bools
    visible: Bools
    hostile: I8
    mobilising: Bools
    account: I32
    actors: I32
    parent: I32
    root: I32
    end: float

    def __len__(self) -> int:
        """Give the number of nodes."""
        return len(self.row)

    @property
    def members(self) -> int:
        """Number of interactions of the pile-on proper."""
        return int(self.member.sum())


@dataclass(frozen=True, slots=True)
class TargetRows:
    """Rows aimed at each pile-on target, ascending: target ``place[code]`` has ``rows[start[p]:start[p + 1]]``."""

    place: I32
    start: I64
    rows: I32

    def of(self, target: int) -> I32:
        """Rows aimed at the account."""
        p = int(self.place[target])
        return self.rows[self.start[p] : self.start[p + 1]]


def rows_of_targets(events: Events, targets: I32) -> TargetRows:
    """Index the rows that are aimed at the given accounts, in O(n + k log k) for k such rows."""
    wanted = np.unique(targets)
    place = np.full(len(events.accounts), -1, np.int32)
    place[wanted] = np.arange(len(wanted), dtype=np.int32)
    of = place[events.targets.values]
    rows = events.targets.rows()[of >= 0]
    of = of[of >= 0]
    order = np.argsort(of, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(wanted)))]).astype(np.int64)
    return TargetRows(place, start, rows[order])


def _ancestors(events: Events, rows: I32, target: int, local: I32) -> list[I32]:
    """Parents, their parents and so on, and thread roots, that are not among the rows; ``local`` marks what is already there."""
    found: list[I32] = []
    frontier = rows
    for _ in range(MAX_DEPTH):
        causes = np.concatenate([events.parent[frontier], events.root[frontier]])
        children = np.concatenate([frontier, frontier])
        good = causes >= 0
        causes, children = causes[good], children[good]
        good = (local[causes] < 0) & (events.actor[causes] != target) & (events.at[causes] <= events.at[children])
        frontier = distinct(causes[good])
        if not len(frontier):
            break
        local[frontier] = 0
        found.append(frontier)
    return found


def _lead(events: Events, pileons: Pileons, index: int, rows: TargetRows, settings: TraceSettings) -> I32:
    """Acts on the target before the onset that may have caused it: hostile or mobilising ones in an attack, any otherwise."""
    own = rows.of(int(pileons.target[index]))
    times = events.at[own]
    onset = int(pileons.onset[index])
    first, last = np.searchsorted(times, [onset - int(settings.lead_h * HOUR), onset])
    lead: I32 = own[first:last]
    if _is_attack(events, pileons, index):
        lead = lead[_hostile(events, lead, pileons.hostile_at) | (events.category[lead] == _INCITEMENT)]
        return lead[-MAX_LEAD:]
    return lead[-(MAX_LEAD // 4) :]


def _is_attack(events: Events, pileons: Pileons, index: int) -> bool:
    return bool(pileons.frame["nature"][index] == "attack" and events.has_hostility)


def _causal_order(events: Events, rows: I32, local: I32) -> I32:
    """Order by time, at one time parents first."""
    rows = np.sort(rows)
    at, parent = events.at[rows], events.parent[rows]
    tied = (parent > rows) & (local[parent] >= 0) & (events.at[parent] == at)
    if not tied.any():
        return rows
    local[rows] = np.arange(len(rows), dtype=np.int32)
    known = (parent >= 0) & (local[parent] >= 0) & (events.at[parent] == at)
    place = np.where(known, local[parent], 0)
    depth = np.zeros(len(rows), np.int32)
    for _ in range(MAX_DEPTH):
        deeper = np.where(known, depth[place] + 1, 0).astype(np.int32)
        if (deeper == depth).all():
            break
        depth = deeper
    ordered: I32 = rows[np.lexsort((rows, depth, at))]
    return ordered


def collect_nodes(events: Events, pileons: Pileons, index: int, targets: TargetRows, local: I32, settings: TraceSettings) -> Nodes:
    """Collect the acts of pile-on ``index``.

    Parameters
    ----------
    local : (n,)
        Scratch, one entry per interaction, all -1; it is -1 everywhere again afterwards.

    Returns
    -------
    Nodes
        At most 200 acts before the onset, and ancestors up to 64 steps away, are added to the pile-on's own interactions.
    """
    target, onset = int(pileons.target[index]), int(pileons.onset[index])
    own = pileons.rows.row(index)
    lead = _lead(events, pileons, index, targets, settings)
    local[own] = 0
    lead = lead[local[lead] < 0]
    local[lead] = 0
    aimed = np.concatenate([own, lead])
    rows = _causal_order(events, np.concatenate([aimed, *_ancestors(events, aimed, target, local)]), local)
    place = np.arange(len(rows), dtype=np.int32)
    local[rows] = place
    member, visible = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    member[local[own]] = True
    visible[local[aimed]] = True
    parent = events.parent[rows]
    parent = np.where((parent >= 0) & (events.actor[parent] != target), local[parent], -1)
    parent = np.where(parent < place, parent, -1).astype(np.int32)
    root = events.root[rows]
    by_another = (events.actor[root] != target) & (events.actor[root] != events.actor[rows])
    root = np.where((root >= 0) & (events.parent[rows] < 0) & by_another, local[root], -1)
    root = np.where(root < place, root, -1).astype(np.int32)
    local[rows] = -1
    mobilising = events.category[rows] == _INCITEMENT
    hostile = _hostile(events, rows, pileons.hostile_at) | mobilising
    if _is_attack(events, pileons, index):
        root = np.where(hostile[root], root, -1).astype(np.int32)
    actors, account = np.unique(events.actor[rows], return_inverse=True)
    return Nodes(
        row=rows,
        time=(events.at[rows] - onset) / 1e6,
        member=member,
        visible=visible,
        hostile=hostile.astype(np.int8),
        mobilising=mobilising,
        account=account.astype(np.int32),
        actors=actors,
        parent=parent,
        root=root,
        end=max((int(pileons.end[index]) - onset) / 1e6, 1.0),
    )


def _hostile(events: Events, rows: I32, threshold: float) -> Bools:
    with np.errstate(invalid="ignore"):
        return events.hostility[rows] >= np.float32(threshold)

"""The acts around one pile-on that its origins are looked for among."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import DAY, I32, I64, Bools, Events, Pileons
from graphwatch.settings import TraceSettings
from graphwatch.trace.groups import distinct
from graphwatch.trace.origins.mentions import Mentions

_MAX_DEPTH: Final = 64
_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts in causal order: by time; at one time what is answered before its answers.

    Attributes
    ----------
    row
        Row in :class:`~graphwatch.model.Events`; -1: not in the data, only answered or passed on by others.
    at
        µs; of an act that is not in the data the time of the first act on it: it is no later.
    absent
        Code of an act that is not in the data (see :class:`~graphwatch.trace.origins.orphans.Orphans`); -1: it is in the data.
    person
        Account, or the first account of its person where accounts are declared to be one person's; numbers without a gap.
    people
        How many persons.
    member
        Part of the pile-on.
    aimed
        Aimed at the pile-on's target.
    names
        Names mentioned by three accounts or more of the pile-on, most accounts first, as codes of :class:`Mentions`.
    use_name, use_act
        Mentions of these, as places in ``names`` and acts; by name, then act.
    """

    row: I32
    at: I64
    absent: I32
    person: I32
    people: int
    member: Bools
    aimed: Bools
    names: I32
    use_name: I32
    use_act: I32

    def __len__(self) -> int:
        """Give the number of acts."""
        return len(self.row)


def collect_acts(
    events: Events, pileons: Pileons, index: int, causes: I32, mentions: Mentions, person: I32, orphan: I32, settings: TraceSettings
) -> Acts:
    """Collect the acts around pile-on ``index``.

    Parameters
    ----------
    causes
        Rows that the branching model names as causes.
    mentions
        What is shared.
    person : (accounts,)
        Account that stands for each account's person.
    orphan : (interactions,)
        Code of the parent or root that is given and not in the data; -1: none.

    Returns
    -------
    Acts
        The pile-on's interactions, the causes, mentions of what it shares, and what all of these answer, up to 64 steps away.
    """
    own, target = pileons.rows.row(index), int(pileons.target[index])
    names, uses = _shared(events, pileons, index, mentions, person, settings)
    rows = _with_ancestors(events, distinct(np.concatenate([own, causes, *uses])).astype(np.int32), target)
    rows = rows[events.at[rows] <= pileons.end[index]]
    codes, first = np.unique(orphan[rows], return_index=True)
    missing = codes >= 0
    row = np.concatenate([np.full(int(missing.sum()), -1, np.int32), rows])
    at = np.concatenate([events.at[rows[first[missing]]], events.at[rows]])
    absent = np.concatenate([codes[missing], np.full(len(rows), -1)]).astype(np.int32)
    depth = np.concatenate([np.full(int(missing.sum()), -1), _depth(events, rows)])
    order = np.lexsort((row, absent, depth, at))
    row, at, absent = row[order], at[order], absent[order]
    here = row >= 0
    who = np.where(here, person[events.actor[row]], len(events.accounts) + absent)
    people, persons = np.unique(who, return_inverse=True)
    use_name, use_act = _uses(row, uses)
    return Acts(
        row=row,
        at=at,
        absent=absent,
        person=persons.astype(np.int32),
        people=len(people),
        member=here & np.isin(row, own),
        aimed=here & _aimed(events, row, target),
        names=names,
        use_name=use_name,
        use_act=use_act,
    )


def _shared(
    events: Events, pileons: Pileons, index: int, mentions: Mentions, person: I32, settings: TraceSettings
) -> tuple[I32, list[I32]]:
    """Choose the names that most accounts of the pile-on mention, and their mentions from ``origin_days`` before its onset to its end."""
    own = pileons.rows.row(index)
    row, name = mentions.in_rows(own)
    pairs = distinct(name.astype(np.int64) * len(person) + person[events.actor[row]]) if len(row) else np.zeros(0, np.int64)
    found, accounts = np.unique(pairs // max(len(person), 1), return_counts=True)
    found, accounts = found[accounts >= _LEAST], accounts[accounts >= _LEAST]
    chosen = found[np.lexsort((found, -accounts))][: settings.origin_sources]
    start, end = int(pileons.onset[index]) - int(settings.origin_days * DAY), int(pileons.end[index])
    first, last = np.searchsorted(events.at, start), np.searchsorted(events.at, end, side="right")
    uses = []
    for code in chosen.tolist():
        rows = mentions.rows_of(code)
        rows = rows[np.searchsorted(rows, first) : np.searchsorted(rows, last)]
        if len(rows) > settings.origin_uses:
            rows = np.union1d(rows[: settings.origin_uses], np.intersect1d(rows, own)).astype(np.int32)
        uses.append(rows)
    return chosen.astype(np.int32), uses


def _with_ancestors(events: Events, rows: I32, target: int) -> I32:
    """Add what the rows answer, as far as it is not by the target; whom the target is answered by says nothing of who sent them."""
    known, frontier = rows, rows
    for _ in range(_MAX_DEPTH):
        parent, root = events.parent[frontier], np.where(events.parent[frontier] < 0, events.root[frontier], -1)
        above = distinct(np.concatenate([parent[parent >= 0], root[root >= 0]]))
        above = above[events.actor[above] != target]
        frontier = np.setdiff1d(above, known, assume_unique=True).astype(np.int32)
        if not len(frontier):
            break
        known = np.sort(np.concatenate([known, frontier]))  # they have none in common
    return known


def _depth(events: Events, rows: I32) -> I64:
    """Count the steps that each act is below others of the same time."""
    parent = events.parent[rows]
    place = np.searchsorted(rows, parent)
    place = np.minimum(place, len(rows) - 1)
    known = (parent >= 0) & (rows[place] == parent) & (events.at[np.maximum(parent, 0)] == events.at[rows])
    depth = np.zeros(len(rows), np.int64)
    for _ in range(_MAX_DEPTH):
        deeper = np.where(known, depth[place] + 1, 0)
        if (deeper == depth).all():
            break
        depth = deeper
    return depth


def _aimed(events: Events, row: I32, target: int) -> Bools:
    low = events.targets.start[np.maximum(row, 0)]
    size = np.where(row >= 0, events.targets.start[np.maximum(row, 0) + 1] - low, 0)
    act = np.repeat(np.arange(len(row)), size)
    place = np.repeat(low - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
    hits: Bools = np.bincount(act[events.targets.values[place] == target], minlength=len(row)) > 0
    return hits


def _uses(row: I32, uses: list[I32]) -> tuple[I32, I32]:
    """Find the acts of mentions."""
    order = np.argsort(row, kind="stable")
    names, acts = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for k, rows in enumerate(uses):
        at = np.searchsorted(row[order], rows)
        at = at[(at < len(row)) & (row[order][np.minimum(at, len(row) - 1)] == rows)]
        found = np.sort(order[at]).astype(np.int32)
        names.append(np.full(len(found), k, np.int32))
        acts.append(found)
    return np.concatenate(names), np.concatenate(acts)

"""Who mentions what: objects, copied texts and reworded texts, as lists of rows by name and by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import polars as pl

from graphwatch.model import I8, I32, I64, Bools, Events, Pileons

OBJECT: Final = 0
TEMPLATE: Final = 1
ACCUSATION: Final = 2
_COPIED: Final = "text:"


@numba.njit(cache=True)
def count_persons(rows: I32, own: I32, actor: I32, person: I32, seen: I32) -> tuple[int, int]:
    """Count the persons of some acts: those that are also among a pile-on's, and the others.

    Parameters
    ----------
    rows, own
        Acts to count, and those of the pile-on.
    actor, person
        Account of each act, and account that stands for each account's person.
    seen : (accounts,)
        Scratch, all 0; it is all 0 again afterwards.

    Examples
    --------
    >>> who = np.array([0, 1, 1, 2], np.int32)
    >>> count_persons(np.array([0, 1, 2], np.int32), np.array([2, 3], np.int32), who, np.arange(3, dtype=np.int32), np.zeros(3, np.int32))
    (1, 1)
    """
    for row in own:
        seen[person[actor[row]]] = 1
    inside, outside = 0, 0
    for row in rows:
        who = person[actor[row]]
        if seen[who] == 0:
            outside += 1
            seen[who] = 2
        elif seen[who] == 1:
            inside += 1
            seen[who] = 3
    for row in own:
        seen[person[actor[row]]] = 0
    for row in rows:
        seen[person[actor[row]]] = 0
    return inside, outside


@dataclass(frozen=True, slots=True)
class Mentions:
    """Names and the rows of :class:`~graphwatch.model.Events` that mention them.

    Attributes
    ----------
    names
        What is mentioned.
    sort
        ``OBJECT``, ``TEMPLATE`` or ``ACCUSATION`` of each name.
    name, row
        The mentions, by row, then name.
    start, by_name
        Mentions of name k are ``by_name[start[k]:start[k + 1]]``, rows ascending.
    """

    names: pl.Series
    sort: I8
    name: I32
    row: I32
    start: I64
    by_name: I32

    @classmethod
    def of(cls, names: pl.Series, sort: I8, name: I32, row: I32) -> Mentions:
        """Index mentions that come in any order; the same one twice counts once."""
        pairs = np.unique(row.astype(np.int64) * max(len(names), 1) + name)
        row, name = (pairs // max(len(names), 1)).astype(np.int32), (pairs % max(len(names), 1)).astype(np.int32)
        start = np.concatenate([[0], np.cumsum(np.bincount(name, minlength=len(names)))]).astype(np.int64)
        return cls(names, sort, name, row, start, row[np.argsort(name, kind="stable")])

    @classmethod
    def empty(cls) -> Mentions:
        """Give no mention of anything."""
        none = np.zeros(0, np.int32)
        return cls.of(pl.Series("object", [], dtype=pl.String), np.zeros(0, np.int8), none, none)

    def and_of(self, other: Mentions) -> Mentions:
        """Put the names of another one after these."""
        names = pl.concat([self.names, other.names.rename(self.names.name)])
        name = np.concatenate([self.name, other.name + np.int32(len(self.names))])
        return Mentions.of(names, np.concatenate([self.sort, other.sort]), name, np.concatenate([self.row, other.row]))

    def in_rows(self, rows: I32) -> tuple[I32, I32]:
        """Give the mentions in some rows (ascending) as row and name."""
        low, high = np.searchsorted(self.row, rows), np.searchsorted(self.row, rows, side="right")
        size = high - low
        place = np.repeat(low - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
        return self.row[place], self.name[place]

    def rows_of(self, name: int) -> I32:
        """Give the rows that mention a name."""
        return self.by_name[self.start[name] : self.start[name + 1]]


def object_mentions(events: Events, pileons: Pileons) -> Mentions:
    """Index the objects that occur in any pile-on, with all their mentions in the data."""
    inside: Bools = np.zeros(len(events), bool)
    inside[pileons.rows.values] = True
    row = events.objects.rows()
    wanted = np.zeros(len(events.object_names), bool)
    wanted[events.objects.values[inside[row]]] = True
    hits = wanted[events.objects.values]
    place = np.cumsum(wanted) - 1
    names = events.object_names.filter(pl.Series(wanted))
    sort = np.where(names.str.starts_with(_COPIED).to_numpy(), TEMPLATE, OBJECT).astype(np.int8)
    return Mentions.of(names, sort, place[events.objects.values[hits]].astype(np.int32), row[hits])

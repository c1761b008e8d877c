"""The stream's memory as growing arrays, and its bytes: what the batch job and the monitor both run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graphwatch.errors import FormatError
from graphwatch.model import NO_TIME
from graphwatch.warn.features import WIDE, WIDTH
from graphwatch.warn.memory import MAX_LOAD, grown, table
from graphwatch.warn.stream import PAIRS, RING, RINGS, Items, Raised, Rules, Scores, Store, advance, last_points

_SCORES: Final = 1 << 18
_RAISED: Final = 256


def _score_buffers(room: int, *, rows: bool) -> Scores:
    return Scores(np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room), np.empty((room if rows else 0, WIDTH)))


def _raised_buffers(room: int) -> Raised:
    return Raised(
        target=np.empty(room, np.int32),
        at=np.empty(room, np.int64),
        level=np.empty(room, np.int8),
        block=np.empty(room, np.int8),
        missing=np.empty(room, np.int8),
        probability=np.empty(room),
        to_come=np.empty(room),
        features=np.empty((room, WIDE)),
        rows=np.empty((room, WIDTH)),
        times=np.zeros((room, RING)),
        held=np.empty(room, np.int64),
    )


def _joined_scores(parts: list[Scores]) -> Scores:
    return Scores._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _joined_raised(parts: list[Raised]) -> Raised:
    return Raised._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


class State:
    """Per-target rows, pair table and rings, grown when needed.

    Parameters
    ----------
    targets
        Targets to make room for at once.
    pairs
        Pairs (target, account) to make room for at once.
    """

    def __init__(self, targets: int = 0, pairs: int = 0) -> None:
        self.store = Store(
            np.full(1, NO_TIME, np.int64),
            np.full(targets, NO_TIME, np.int64),
            np.zeros((targets, WIDTH)),
            np.full(targets, -1, np.int32),
            np.zeros((64, RING)),
            np.zeros(64, np.int64),
            *table(pairs),
            np.zeros(4, np.int64),
        )

    def cover(self, targets: int) -> None:
        """Make room for target codes below ``targets`` (at least doubling, so that growth costs little)."""
        have = len(self.store.clock)
        if targets <= have:
            return
        more = max(targets, 2 * have) - have
        self.store = self.store._replace(
            clock=np.concatenate([self.store.clock, np.full(more, NO_TIME, np.int64)]),
            rows=np.concatenate([self.store.rows, np.zeros((more, WIDTH))]),
            ring_of=np.concatenate([self.store.ring_of, np.full(more, -1, np.int32)]),
        )

    def _enlarge(self, objects: int, at: int, memory: float) -> None:
        """Make room for one more item; pairs that are too old to matter are forgotten on the way."""
        store = self.store
        if store.counters[PAIRS] + 1 + objects > MAX_LOAD * len(store.keys):
            now = (at - int(store.base[0])) // 1_000_000
            # Twice the memory: an act that comes late by up to one memory still finds what it would have found.
            keep_from = max(0, now - int(2 * memory))
            keys, first, second, pairs = grown(store.keys, store.first, store.second, keep_from, 1 + objects)
            store = store._replace(keys=keys, first=first, second=second)
            store.counters[PAIRS] = pairs
        if store.counters[RINGS] >= len(store.ring):
            ring = np.concatenate([store.ring, np.zeros_like(store.ring)])
            store = store._replace(ring=ring, ring_count=np.concatenate([store.ring_count, np.zeros_like(store.ring_count)]))
        self.store = store

    def feed(self, items: Items, rules: Rules, *, scores: bool = False, rows: bool = False) -> tuple[Scores, Raised]:
        """Process items in order.

        Parameters
        ----------
        items
            In canonical order; their targets must be covered.
        scores, rows
            Give grid points; give the states at them too.
        """
        if len(items.row) and self.store.base[0] == NO_TIME:
            self.store.base[0] = items.at[items.row[0]]
        buffers = _score_buffers(_SCORES if scores else 0, rows=rows)
        raised = _raised_buffers(_RAISED)
        points, alarms = [_score_buffers(0, rows=rows)], [_raised_buffers(0)]
        j = 0
        while j < len(items.row):
            i = items.row[j]
            objects = int(items.object_start[i + 1] - items.object_start[i])
            self._enlarge(objects, int(items.at[i]), rules.memory)
            j, n_points, n_alarms = advance(j, items, self.store, rules, buffers, raised)
            points.append(Scores._make(a[:n_points].copy() for a in buffers))
            alarms.append(Raised._make(a[:n_alarms].copy() for a in raised))
        return _joined_scores(points), _joined_raised(alarms)

    def rest(self, until: int, rules: Rules, *, rows: bool = False) -> Scores:
        """Give the grid points after each target's last act, up to ``until`` (µs); nothing changes."""
        buffers = _score_buffers(_SCORES, rows=rows)
        points = [_score_buffers(0, rows=rows)]
        target = 0
        while target < len(self.store.clock):
            target, n = last_points(until, target, self.store, rules, buffers)
            points.append(Scores._make(a[:n].copy() for a in buffers))
        return _joined_scores(points)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Give the state's arrays by name, for saving."""
        return dict(zip(Store._fields, self.store, strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> State:
        """Undo :meth:`arrays`.

        Raises
        ------
        FormatError
            An array is missing or of another layout.
        """
        state = cls()
        for name, own in state.arrays().items():
            found = arrays.get(name)
            if found is None or found.dtype != own.dtype or found.shape[1:] != own.shape[1:]:
                raise FormatError(f"holds no monitor state of this version: array {name!r}")
        state.store = Store(*(np.array(arrays[name]) for name in Store._fields))
        return state

"""The frozen forms that stages hand to each other; they hold integer arrays, so kernels need no frames.

Every array is read-only and in *canonical order*: by time, then platform, then interaction id. Rows of the input may come in any
order; what follows from them does not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.schema import CATEGORIES, KINDS, SURFACES

I8 = npt.NDArray[np.int8]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MINUTE: Final = 60_000_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NO_TIME: Final = np.iinfo(np.int64).min
WORKERS: Final = 2
"""Threads of a stage whose kernels release the GIL. No result depends on their number."""
_LOOK: Final = 1 << 16

KIND_CODE: Final[Mapping[str, int]] = {name: code for code, name in enumerate(KINDS)}
SURFACE_CODE: Final[Mapping[str, int]] = {name: code for code, name in enumerate(SURFACES)}
CATEGORY_CODE: Final[Mapping[str, int]] = {name: code for code, name in enumerate(CATEGORIES)}


@dataclass(frozen=True, slots=True)
class Lists:
    """A list of codes per row, in compressed form: row i holds ``values[start[i]:start[i + 1]]``."""

    start: I64
    values: I32

    def __post_init__(self) -> None:
        if len(self.start) == 0 or self.start[-1] != len(self.values):
            raise ValueError("start must have one entry per row and one more, the last being len(values)")
        self.start.setflags(write=False)
        self.values.setflags(write=False)

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.start) - 1

    def row(self, index: int) -> I32:
        """Give the codes of one row."""
        return self.values[self.start[index] : self.start[index + 1]]

    def rows(self) -> I32:
        """Give the row number of each value, aligned with ``values``."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.start))

    @classmethod
    def empty(cls, rows: int) -> Lists:
        """Give ``rows`` empty lists."""
        return cls(np.zeros(rows + 1, np.int64), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True)
class Events:
    """Interactions as integer arrays, in canonical order; row i is one interaction.

    Attributes
    ----------
    at
        Time in µs since 1970 UTC, ascending.
    actor, targets
        Codes into ``accounts``. Targets never hold the actor itself; each at most once.
    kind, surface, category
        Index into :data:`~graphwatch.schema.KINDS` and so on; -1: not known. An open category outside the list is -1 too.
    parent
        Row of the parent; -1: none given, or not in the data (see ``parent_given``).
    parent_given
        A parent id was given, whether or not it is in the data.
    thread
        Code of the thread (the root's id, or the interaction's own id when it is its own root).
    root
        Row of the root interaction where it is in the data and is not the row itself; -1 otherwise.
    objects
        Codes into ``object_names``.
    hostility
        In [0, 1]; NaN: not known.
    followers
        -1: not known.
    actor_created
        µs; ``NO_TIME``: not known.
    deleted
        Tombstones.
    accounts
        Account key of each code, ascending (the actor's id; with the platform before it where one id is used on several platforms).
    ids
        Interaction id of each row.
    platform
        Code of each row's platform into ``platforms``; -1: not given.
    counts
        What was met on the way: ``orphans``, ``self_targets`` and so on.
    outside_roots
        Ids of the roots that are not in the data: that of thread code ``len(self) + k`` is the k-th.
    """

    at: I64
    actor: I32
    kind: I8
    surface: I8
    category: I8
    parent: I32
    parent_given: Bools
    thread: I32
    root: I32
    targets: Lists
    objects: Lists
    hostility: F32
    followers: I64
    actor_created: I64
    deleted: Bools
    platform: I16
    accounts: pl.Series
    object_names: pl.Series
    platforms: tuple[str, ...]
    ids: pl.Series
    counts: Mapping[str, int] = field(default_factory=dict)
    outside_roots: pl.Series = field(default_factory=lambda: pl.Series("root", [], dtype=pl.String))

    def __post_init__(self) -> None:
        n = len(self.at)
        for name in ("actor", "kind", "surface", "category", "parent", "parent_given", "thread", "root", "hostility", "followers"):
            if len(getattr(self, name)) != n:
                raise ValueError(f"{name} must have {n} entries, one per interaction")
        for name in ("at", "actor", "kind", "surface", "category", "parent", "parent_given", "thread", "root", "hostility"):
            getattr(self, name).setflags(write=False)

    def __len__(self) -> int:
        """Give the number of interactions."""
        return len(self.at)

    @property
    def has_hostility(self) -> bool:
        """Whether any interaction has a hostility; when not, findings rest on volume only."""
        parts = range(0, len(self.hostility), _LOOK)  # asked once for each pile-on, and mostly the first part tells
        return any(bool(np.isfinite(self.hostility[k : k + _LOOK]).any()) for k in parts)

    def hostile(self, threshold: float) -> Bools:
        """Mask of the interactions whose hostility is at or above the threshold; unknown is not hostile."""
        with np.errstate(invalid="ignore"):
            return self.hostility >= np.float32(threshold)


@dataclass(frozen=True, slots=True)
class Pileons:
    """Detected pile-ons, ordered by (onset, target); row i of ``frame`` and list i of ``rows`` belong together.

    Attributes
    ----------
    frame
        The ``pileons`` result table (polars).
    target
        Account code of each pile-on's target.
    onset, peak, end
        µs since 1970 UTC; ``end`` is the time of the last interaction, inclusive.
    rows
        Rows of :class:`Events` that make up each pile-on, ascending: all interactions on the target from onset to end.
    hostile_at
        Hostility from which an interaction counted as hostile; later stages use the same.
    volume_only
        No hostility was known: the findings rest on volume, and no nature but ``attention`` was possible.
    notes
        Per pile-on, in words: what its nature rests on, and what was missing.
    """

    frame: pl.DataFrame
    target: I32
    onset: I64
    peak: I64
    end: I64
    rows: Lists
    volume_only: bool
    notes: tuple[tuple[str, ...], ...] = ()
    hostile_at: float = 0.5

    def __post_init__(self) -> None:
        if not len(self.frame) == len(self.target) == len(self.onset) == len(self.end) == len(self.rows):
            raise ValueError("frame, target, onset, end and rows must have one entry per pile-on")

    def __len__(self) -> int:
        """Give the number of pile-ons."""
        return len(self.target)

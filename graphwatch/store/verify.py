"""Checking a store against the tables that it was made from: counts of every kind, and a sample of rows value by value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import polars as pl

from graphwatch.store import cypher
from graphwatch.store.connection import Store
from graphwatch.store.project import Projection
from graphwatch.store.shape import KINDS, Edge, Kind
from graphwatch.store.write import checkpoints, prepare

_SEED: Final = 7
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one kind.

    Attributes
    ----------
    expected, found
        Rows in the tables and in the store.
    sampled, wrong
        Rows that were compared value by value, and how many of them differ or are not there.
    examples
        What is wrong with the first of these, without the values.
    current
        Whether the checkpoint tells that this state of the tables was written; ``load`` or ``sync`` brings the store up to it.
    """

    kind: str
    expected: int
    found: int
    sampled: int
    wrong: int
    examples: tuple[str, ...]
    current: bool

    @property
    def sound(self) -> bool:
        """Whether nothing is amiss."""
        return self.expected == self.found and not self.wrong


def verify(store: Store, projection: Projection, *, seed: int = _SEED) -> list[Checked]:
    """Compare a store with its tables.

    Parameters
    ----------
    store, projection
        See :func:`graphwatch.store.write.load`.
    seed
        Of the sample; its size is ``neo4j.sample``.

    Returns
    -------
    list of Checked
        One for each kind of node and relationship.

    Raises
    ------
    ConfigurationError
        The store holds something else.
    """
    prepare(store, projection)
    marks = checkpoints(store)
    found = []
    for kind in KINDS:
        frame = projection.frame(kind)
        rows = np.random.default_rng([seed, len(frame)]).permutation(len(frame))[: store.settings.sample]
        wrong = _compare(store, kind, frame[np.sort(rows)])
        mark = marks.get(kind.name)
        current = mark is not None and mark.complete and mark.token == projection.token(kind)
        count = int(store.value(cypher.count(kind)) or 0)
        found.append(Checked(kind.name, len(frame), count, len(rows), len(wrong), tuple(wrong[:_SHOWN]), current))
    return found


def _compare(store: Store, kind: Kind, sample: pl.DataFrame) -> list[str]:
    """Say for each row of a sample what is wrong with it; nothing for those that are right."""
    names = cypher.identify(kind)
    keys = sample.select(names).rows()
    answers: dict[int, list[dict[str, Any]]] = {}
    for number, properties in store.read(cypher.look_up(kind), {"rows": keys}):
        answers.setdefault(number, []).append(properties)
    ends = ("start", "end") if isinstance(kind, Edge) else ()
    wrong = []
    for number, row in enumerate(sample.iter_rows(named=True)):
        told = " → ".join(map(str, keys[number]))
        there = answers.get(number, [])
        wanted = {name: value for name, value in row.items() if value is not None and name not in ends}
        if len(there) != 1:
            wrong.append(f"{told}: {'not there' if not there else f'there {len(there)} times'}")
            continue
        held = {name: _plain(value) for name, value in there[0].items()}
        differing = sorted(name for name in wanted.keys() | held.keys() if not _equal(wanted.get(name), held.get(name)))
        if differing:
            wrong.append(f"{told}: {', '.join(differing)}")
    return wrong


def _plain(value: Any) -> Any:
    """Give times as Python's, all else as it is."""
    if hasattr(value, "to_native"):
        native = value.to_native()
        return native.astimezone(UTC) if isinstance(native, datetime) else native
    return value


def _equal(wanted: Any, held: Any) -> bool:
    if isinstance(wanted, float) and isinstance(held, float) and math.isnan(wanted) and math.isnan(held):
        return True
    return bool(wanted == held)

"""Writing a source into a store: nodes first, in batches, each with its checkpoint in one transaction.

A checkpoint says how many rows of a kind are written, and by which token their state is known. What was cut off goes on there; what is
complete is not looked at again. Where a store holds another state, only the rows that differ are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.store import cypher
from graphwatch.store.compare import differing, gone, held
from graphwatch.store.connection import Store
from graphwatch.store.project import Projection
from graphwatch.store.shape import KINDS, Kind

Progress = Callable[[str, int, int], None]
SOURCE: Final = "source"
_CHECKPOINT: Final = """MERGE (c:Checkpoint {step: $step})
SET c.token = $token, c.rows = $rows, c.complete = $complete, c.at = datetime()"""
_READ: Final = "MATCH (c:Checkpoint) RETURN c.step, c.token, c.rows, c.complete"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a kind is written."""

    token: str
    rows: int
    complete: bool


@dataclass(slots=True)
class Written:
    """What a load or sync did.

    Attributes
    ----------
    written, deleted
        Rows by kind; kinds without any are left out.
    rows
        Rows that the source has of each kind that was looked at.
    unchanged
        Kinds that the store had already, as its checkpoints say.
    """

    written: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything was written or deleted."""
        return bool(self.written or self.deleted)


def load(store: Store, projection: Projection, progress: Progress | None = None) -> Written:
    """Write what the store lacks; delete nothing.

    Parameters
    ----------
    store
        Open store. It holds one case, or files: never a mixture.
    projection
        What is to be written.
    progress
        Called with a kind's name, rows done, rows in all.

    Raises
    ------
    ConfigurationError
        The store holds something else.
    UnavailableError
        It went away for longer than ``neo4j.retry_s``; the same call goes on where it stopped.
    """
    prepare(store, projection)
    done, marks, tell = Written(), checkpoints(store), progress or _silent
    for kind in KINDS:
        token, mark = projection.token(kind), marks.get(kind.name)
        if mark is not None and mark.complete and mark.token == token:
            done.unchanged.append(kind.name)
            continue
        frame = projection.frame(kind)
        done.rows[kind.name] = len(frame)
        begun = mark is not None and mark.token == token
        start = mark.rows if mark is not None and begun else 0
        if mark is None and not store.value(cypher.count(kind)):
            start, begun = 0, True
        rows = frame if begun else differing(held(store, kind), frame)
        if begun:
            _write(store, kind, rows, token, start, tell)
        else:
            _write_changes(store, kind, rows, token, tell)
        if len(rows) - start:
            done.written[kind.name] = len(rows) - start
    return done


def sync(store: Store, projection: Projection, progress: Progress | None = None) -> Written:
    """Make the store hold just what the source holds: write what differs, delete what is gone.

    Whatever the checkpoints say, every row of the store is compared, by key and digest; so what somebody else deleted or changed behind
    our back is set right, too, except for a change of properties that left the digest alone (:func:`graphwatch.store.verify.verify` looks
    for those).

    Parameters
    ----------
    store, projection, progress
        See :func:`load`.
    """
    prepare(store, projection)
    done, tell = Written(), progress or _silent
    surplus: list[tuple[Kind, pl.DataFrame]] = []
    for kind in KINDS:
        frame = projection.frame(kind)
        done.rows[kind.name] = len(frame)
        there = held(store, kind)
        rows = differing(there, frame)
        _write_changes(store, kind, rows, projection.token(kind), tell)
        if len(rows):
            done.written[kind.name] = len(rows)
        old = gone(there, frame, cypher.identify(kind))
        if len(old):
            surplus.append((kind, old))
    for kind, old in reversed(surplus):  # relationships before the nodes that they hang on
        for _, batch in _batches(old, 0, store.settings.batch_rows):
            store.write((cypher.delete(kind), {"rows": batch.rows()}))
        done.deleted[kind.name] = len(old)
    return done


def prepare(store: Store, projection: Projection) -> None:
    """Make constraints and indexes, and note or check whose store this is.

    Raises
    ------
    ConfigurationError
        It is another case's, or somebody else's.
    """
    owner, ready = next(store.read("MATCH (c:Checkpoint {step: $step}) RETURN c.token, c.complete", {"step": SOURCE}), (None, False))
    name = projection.source.name
    if owner == name and ready:
        return
    if owner not in (None, name):
        raise ConfigurationError(f"the store holds {owner}, not {name}; a store holds one case, or files")
    if owner is None and store.value("MATCH (n) RETURN 1 LIMIT 1") is not None:
        raise ConfigurationError("the store holds data that graphwatch did not write; give it a database of its own")
    for statement in cypher.schema_statements():
        store.run(statement)
    store.run("CALL db.awaitIndexes(3600)")
    store.write((_CHECKPOINT, {"step": SOURCE, "token": name, "rows": 0, "complete": True}))


def checkpoints(store: Store) -> dict[str, Checkpoint]:
    """Read all checkpoints, by kind."""
    return {step: Checkpoint(token, rows, complete) for step, token, rows, complete in store.read(_READ) if step != SOURCE}


def _mark(kind: Kind, token: str, rows: int, *, complete: bool) -> dict[str, object]:
    return {"step": kind.name, "token": token, "rows": rows, "complete": complete}


def _write(store: Store, kind: Kind, frame: pl.DataFrame, token: str, start: int, tell: Progress) -> None:
    """Write rows from ``start`` on, each batch with its checkpoint."""
    statement = cypher.write(kind, frame.columns)
    if start >= len(frame):
        store.write((_CHECKPOINT, _mark(kind, token, len(frame), complete=True)))
    for done, batch in _batches(frame, start, store.settings.batch_rows):
        mark = _mark(kind, token, done, complete=done == len(frame))
        store.write((statement, {"rows": values(batch)}), (_CHECKPOINT, mark))
        tell(kind.name, done, len(frame))


def _write_changes(store: Store, kind: Kind, rows: pl.DataFrame, token: str, tell: Progress) -> None:
    """Write rows that differ; a checkpoint comes when all are there, since after a cut they are compared anew."""
    statement = cypher.write(kind, rows.columns)
    for done, batch in _batches(rows, 0, store.settings.batch_rows):
        store.write((statement, {"rows": values(batch)}))
        tell(kind.name, done, len(rows))
    store.write((_CHECKPOINT, _mark(kind, token, 0, complete=True)))


def _batches(frame: pl.DataFrame, start: int, size: int) -> Iterator[tuple[int, pl.DataFrame]]:
    for low in range(start, len(frame), size):
        batch = frame.slice(low, size)
        yield low + len(batch), batch


def values(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Give rows as parameters: times as seconds since 1970 and nanoseconds."""
    times = [name for name, dtype in frame.schema.items() if cypher.is_time(dtype)]
    told = []
    for name in times:
        moment = pl.col(name).dt.epoch("us")
        pair = pl.concat_list(moment.floordiv(1_000_000), moment.mod(1_000_000) * 1000)
        told.append(pl.when(pl.col(name).is_null()).then(None).otherwise(pair).alias(name))
    return frame.with_columns(told).rows()


def _silent(_: str, __: int, ___: int) -> None:
    return

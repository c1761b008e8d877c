"""Writing a source into a store: nodes first, in batches, each with its checkpoint in one transaction.

A checkpoint says how many rows of a kind are written, and by which token their state is known. What was cut off goes on there; what is
complete is not looked at again. Where a store holds another state, only the rows that differ are written.

Rows of a kind that was empty are written in order, each batch by whoever claims its checkpoint: the claim locks the checkpoint and holds
only while nobody else has written since. So relationships can be made without looking whether they are there, however many load at once.

Interactions that come into a store for the first time are written together with what links them (:mod:`graphwatch.store.first`), which is
more than twice as fast as a kind at a time. That needs checkpoints of all these kinds that agree; else each kind is written by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.store import cypher
from graphwatch.store.compare import differing, gone, held
from graphwatch.store.connection import ChangedError, Store
from graphwatch.store.first import ACTS, ENDS, LINKS, TOGETHER, FirstLoad
from graphwatch.store.project import Projection
from graphwatch.store.shape import KINDS, Kind

Progress = Callable[[str, int, int], None]
Batch = TypeVar("Batch")
SOURCE: Final = "source"
_CHECKPOINT: Final = """MERGE (c:Checkpoint {step: $step})
SET c.token = $token, c.rows = $rows, c.complete = $complete, c.at = datetime()"""
_CHECKPOINTS: Final = """UNWIND $marks AS mark
MERGE (c:Checkpoint {step: mark.step})
SET c.token = mark.token, c.rows = mark.rows, c.complete = mark.complete, c.at = datetime()"""
_CLAIM: Final = """MERGE (c:Checkpoint {step: $step})
ON CREATE SET c.token = $token, c.rows = 0, c.complete = false
SET c.at = datetime()
WITH c WHERE c.token = $token AND c.rows = $start AND NOT c.complete RETURN c.rows"""
_COMPARED: Final = -1  # in place of a number of rows: those that differ are being written, in no order that a restart could go on in
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
    done, marks = Written(), checkpoints(store)
    for kind in KINDS:
        if kind is ACTS:
            done.rows |= _load_together(store, projection, done.written, progress or _silent)
        if kind.name in done.rows:
            continue
        mark = marks.get(kind.name)
        if mark is not None and mark.complete and mark.token == projection.token(kind):
            done.unchanged.append(kind.name)
            continue
        frame = projection.frame(kind)
        done.rows[kind.name] = len(frame)
        _add(done.written, kind.name, _load_kind(store, kind, frame, projection.token(kind), progress or _silent))
    return done


def _load_together(store: Store, projection: Projection, written: dict[str, int], tell: Progress) -> dict[str, int]:
    """Write interactions and what links them, in turn with others who do; add to the numbers of rows that were written here.

    Returns
    -------
    dict
        Rows of each kind; empty when each kind is to be written by itself.
    """
    tokens = {kind.name: projection.token(kind) for kind in TOGETHER}
    if _started(store, tokens) is None:
        return {}
    first = FirstLoad(projection)
    total = len(first.acts)
    while (held := _started(store, tokens)) is not None:
        start = held.get(ACTS.name, 0)
        if start >= total or (held and held != first.rows(start)):
            return {}
        try:
            _write_together(store, first, tokens, start, written, tell)
        except ChangedError:  # somebody has taken nodes away, or added some: look at every row
            for kind in TOGETHER:
                _begin_changes(store, kind, tokens[kind.name])
            return {}
        marks = checkpoints(store)
        if all((mark := marks.get(name)) is not None and mark.complete and mark.token == token for name, token in tokens.items()):
            return first.rows(total)
    return {}


def _started(store: Store, tokens: dict[str, str]) -> dict[str, int] | None:
    """Say how many rows of each kind are written, as checkpoints tell: nothing where there are none; None: they do not go together."""
    marks = checkpoints(store)
    held = {kind.name: marks[kind.name] for kind in TOGETHER if kind.name in marks}
    if not held:
        return None if any(store.value(cypher.count(kind)) for kind in TOGETHER) else {}
    if len(held) < len(TOGETHER) or any(mark.complete or mark.token != tokens[name] for name, mark in held.items()):
        return None
    return {name: mark.rows for name, mark in held.items()}


def _write_together(store: Store, first: FirstLoad, tokens: dict[str, str], start: int, written: dict[str, int], tell: Progress) -> None:
    """Write from an interaction on, each batch with its checkpoints, until the end or until somebody else came in between."""
    statement = cypher.write_together(ACTS, first.acts.columns, ENDS, LINKS)
    total, size = first.rows(len(first.acts)), store.settings.batch_rows
    before = first.rows(start)
    for done, batch in _ahead(first.batch, start, len(first.acts), size):
        rows = first.rows(done)
        marks = [_mark(kind, tokens[kind.name], rows[kind.name], complete=done == total[ACTS.name]) for kind in TOGETHER]
        claim = (_CLAIM, {"step": ACTS.name, "token": tokens[ACTS.name], "start": before[ACTS.name]})
        if not store.write((statement, batch), (_CHECKPOINTS, {"marks": marks}), claim=claim):
            return
        for name, count in rows.items():
            _add(written, name, count - before[name])
            if count > before[name]:
                tell(name, count, total[name])
        before = rows


def _add(written: dict[str, int], name: str, rows: int) -> None:
    if rows:
        written[name] = written.get(name, 0) + rows


def _load_kind(store: Store, kind: Kind, frame: pl.DataFrame, token: str, tell: Progress) -> int:
    """Write what the store lacks of a kind, in turn with others who do; give the number of rows that were written here."""
    written = 0
    while True:
        mark = checkpoints(store).get(kind.name)
        if mark is None and not store.value(cypher.count(kind)):
            mark = Checkpoint(token, 0, complete=False)
        if mark is None or mark.token != token or mark.rows == _COMPARED:
            _begin_changes(store, kind, token)
            return written + _write_changes(store, kind, differing(held(store, kind), frame), token, tell)
        if mark.complete:
            return written
        rows, whole = _write_new(store, kind, frame, Checkpoint(token, mark.rows, complete=False), tell)
        written += rows
        if whole:
            return written


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
        _begin_changes(store, kind, projection.token(kind))
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
            store.write((cypher.delete(kind), {"rows": batch}))
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


def _write_new(store: Store, kind: Kind, frame: pl.DataFrame, mark: Checkpoint, tell: Progress) -> tuple[int, bool]:
    """Write rows from a checkpoint on, each batch with its checkpoint; give their number, and whether nobody else came in between."""
    statement, start, token = cypher.write(kind, frame.columns, new=True), mark.rows, mark.token
    if start >= len(frame):
        store.write((_CHECKPOINT, _mark(kind, token, len(frame), complete=True)))
    low = start
    for done, batch in _batches(frame, start, store.settings.batch_rows):
        told = (_CHECKPOINT, _mark(kind, token, done, complete=done == len(frame)))
        if not store.write((statement, {"rows": batch}), told, claim=(_CLAIM, {"step": kind.name, "token": token, "start": low})):
            return low - start, False
        low = done
        tell(kind.name, done, len(frame))
    return low - start, True


def _begin_changes(store: Store, kind: Kind, token: str) -> None:
    """Note that a kind is being compared, so that nobody goes on by number of rows."""
    store.write((_CHECKPOINT, _mark(kind, token, _COMPARED, complete=False)))


def _write_changes(store: Store, kind: Kind, rows: pl.DataFrame, token: str, tell: Progress) -> int:
    """Write rows that differ; a checkpoint comes when all are there, since after a cut they are compared anew."""
    statement = cypher.write(kind, rows.columns)
    for done, batch in _batches(rows, 0, store.settings.batch_rows):
        store.write((statement, {"rows": batch}))
        tell(kind.name, done, len(rows))
    store.write((_CHECKPOINT, _mark(kind, token, 0, complete=True)))
    return len(rows)


def _batches(frame: pl.DataFrame, start: int, size: int) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    """Give each batch as parameters, and the number of rows up to its end."""
    yield from _ahead(lambda low, high: values(frame[low:high]), start, len(frame), size)


def _ahead(make: Callable[[int, int], Batch], start: int, end: int, size: int) -> Iterator[tuple[int, Batch]]:
    """Give each batch and where it ends; the next one is made while the server works on this one."""
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(make, start, min(start + size, end))
        for low in range(start, end, size):
            batch, high = coming.result(), min(low + size, end)
            coming = ahead.submit(make, high, min(high + size, end))
            yield high, batch


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

"""Who may change a case: one writer at a time, which first tidies up after writers that were killed."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from deltalake import CommitProperties

from graphwatch.errors import OutputError, Place
from graphwatch.tables.adopt import adopt
from graphwatch.tables.layout import LOCK_FILE, STORED
from graphwatch.tables.logs import LOG, open_delta
from graphwatch.tables.manifest import COMMIT, PENDING_FILE, ROLLBACK, Commit, State, finish, read_state, write_state
from graphwatch.tables.reclaim import data_files


@contextmanager
def writing(root: Path, kind: str) -> Iterator[Commit]:
    """Change a case: waits for the lock, tidies up after killed writers, and makes one new version, or none.

    Parameters
    ----------
    root
        The case folder.
    kind
        What the change is: ``load``, ``run``, ``compact``, ``forget``, …

    Yields
    ------
    Commit
        Change tables with it. When no table was touched, no version is made. On an error, what was done is taken back.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    with locked(root):
        state = recover(root)
        commit = Commit(root, kind, state, uuid.uuid4().hex)
        try:
            yield commit
        except BaseException:
            recover(root)
            raise
        finish(commit)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the lock of the one writer; the kernel gives it back when the process dies, however it dies."""
    try:
        handle = os.open(root / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(root)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def recover(root: Path) -> State:
    """Take back what a killed writer began, adopt what others (Spark) committed; the lock must be held.

    Returns
    -------
    State
        As it is afterwards.
    """
    state = read_state(root)
    heads, foreign = dict(state.heads), {}
    for name, stored in STORED.items():
        known = heads.get(name, 0)
        if not (stored.path(root) / LOG / f"{known + 1:020}.json").exists():
            continue
        newer = [c for c in open_delta(root, name).history() if c["version"] > known]
        others = [int(c["version"]) for c in newer if COMMIT not in c and ROLLBACK not in c]
        good = max(others) if others else state.tables().get(name, 0)
        if newer[0]["version"] != good and newer[0].get(ROLLBACK) != str(good):
            table = open_delta(root, name)
            table.restore(good, commit_properties=CommitProperties(custom_metadata={ROLLBACK: str(good)}))
        heads[name] = open_delta(root, name).version()
        if others:
            foreign[name] = heads[name]
    if foreign:
        state = finish(adopt(root, State(state.entries, heads), foreign))
    elif heads != state.heads:
        state = State(state.entries, heads)
        write_state(root, state)
    _remove_pending(root, state)
    return state


def _remove_pending(root: Path, state: State) -> None:
    """Remove data files of a killed writer that no version of the case names."""
    pending = root / PENDING_FILE
    if not pending.exists():
        return
    held: dict[str, set[str]] = {}
    for line in pending.read_bytes().splitlines():
        try:
            name, file = orjson.loads(line)
        except orjson.JSONDecodeError:  # the last line, cut off: its file was not yet written
            continue
        if name not in held:
            held[name] = {file.logged for file in data_files(root, name, state.tables()[name])}
        if file not in held[name]:
            (STORED[name].path(root) / file).unlink(missing_ok=True)
    pending.unlink()

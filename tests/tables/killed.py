"""Loads in another process that is killed (SIGKILL) at a chosen file operation or time."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import polars as pl
from deltalake import DeltaTable

import graphwatch.tables.append  # noqa: F401  (the server that processes are forked from has it)
from graphwatch.tables import Case
from graphwatch.tables import files as data_files

P = ParamSpec("P")
T = TypeVar("T")
SERVER: Final = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.tables.killed"])
# what puts something on disk; after each of them the process may die
OPERATIONS: Final = (
    (Path, "rename"),
    (Path, "unlink"),
    (pl.DataFrame, "write_parquet"),
    (DeltaTable, "create_write_transaction"),
    (DeltaTable, "restore"),
    (DeltaTable, "create_checkpoint"),
    (os, "fsync"),
)


def die_at(moment: int) -> None:
    """Let this process kill itself after its n-th operation on files."""
    passed = 0

    def count() -> None:
        nonlocal passed
        passed += 1
        if passed == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(work: Callable[P, T]) -> Callable[P, T]:
        def operation(*args: P.args, **kwargs: P.kwargs) -> T:
            done = work(*args, **kwargs)
            count()
            return done

        return operation

    for owner, name in OPERATIONS:
        setattr(owner, name, watched(getattr(owner, name)))


def load(folder: str, paths: list[str], moment: int, side: dict[str, str] | None = None) -> None:
    """Load files; die at a moment (0: live)."""
    assert data_files.ROW_GROUP > 0
    if moment:
        die_at(moment)
    Case(folder).load(paths, side=side)


def start(folder: Path, paths: list[Path], moment: int = 0, side: dict[str, Path] | None = None) -> multiprocessing.process.BaseProcess:
    """Start such a process."""
    given = {name: str(path) for name, path in (side or {}).items()}
    process = SERVER.Process(target=load, args=(str(folder), [str(path) for path in paths], moment, given))
    process.start()
    return process

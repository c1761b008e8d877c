"""Take damaged data files out of a case, so that it works again without them and the same exports can be loaded again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from graphwatch.tables.damage import damaged_files
from graphwatch.tables.layout import DAMAGED_FOLDER, STORED
from graphwatch.tables.manifest import write_state
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.reclaim import data_files, needed_files
from graphwatch.tables.rewrite import replace as replace_files
from graphwatch.tables.rewrite import rewrite
from graphwatch.tables.writing import locked, recover, writing


def set_aside(case: OpenCase) -> list[Path]:
    """Take the damaged data files out of every table.

    Returns
    -------
    list of pathlib.Path
        Where the files are now: in the folder ``damaged`` of the case, for whoever tries to save something from them. Files that were
        missing are not among them.

    Notes
    -----
    The rows of those files are no longer part of the newest version. No load counts as done any more, so that loading the same
    exports again brings back what was lost, and nothing twice.
    """
    case.require_writable()
    lost: list[Path] = []
    with writing(case.root, "set_aside") as commit:
        for name in STORED:
            version = commit.state.tables()[name]
            bad = set(damaged_files(case.root, name, version))
            files = [file for file in data_files(case.root, name, version) if str(file.path) in bad]
            replace_files(commit, name, [], files)
            lost += [file.path for file in files]
        if lost:
            rewrite(commit, "loads", lambda frame, _: frame.with_columns(("set aside " + pl.col("options")).alias("options")))
            commit.facts["files"] = len(lost)
    _mark_gone(case, set(lost))
    moved = []
    for path in lost:
        if path.exists():
            place = case.root / DAMAGED_FOLDER / path.relative_to(case.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
            moved.append(place)
    return moved


def _mark_gone(case: OpenCase, lost: set[Path]) -> None:
    """Note which earlier versions rest on the files that were lost, and so cannot be read any more."""
    if not lost:
        return
    with locked(case.root):
        state = recover(case.root)
        entries = []
        for entry in state.entries:
            broken = not entry.gone and not lost.isdisjoint(needed_files(case.root, state, [entry.version]))
            entries.append(replace(entry, gone=entry.gone or broken))
        write_state(case.root, replace(state, entries=tuple(entries)))

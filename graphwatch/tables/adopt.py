"""What others (Spark, a notebook) committed to a case's tables becomes part of the case: hashed, compared and counted like a load."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import orjson
import polars as pl
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from graphwatch.schema import INPUTS
from graphwatch.tables.files import add_of, place_of, write_file
from graphwatch.tables.layout import CASE_FILE, INTERACTIONS_TABLE, SALT_FILE, STORED
from graphwatch.tables.manifest import Commit, State
from graphwatch.tables.novelty import find_novelty, move_staged, without_dropped
from graphwatch.tables.observations import with_hashes
from graphwatch.tables.snapshot import files_of, scan_files, scan_table
from graphwatch.tables.staging import DayFiles, staging
from graphwatch.tables.tombstones import Tombstones

ADOPTED: Final = "adopted"  # load_id of rows that came so


def adopt(root: Path, state: State, foreign: Mapping[str, int]) -> Commit:
    """Take over tables that somebody else changed; the lock must be held.

    Parameters
    ----------
    foreign
        Tables → their newest Delta version.

    Returns
    -------
    Commit
        Of kind ``adopt``, not yet finished. Rows without the required columns are left out; rows that the case has are, too. What
        others deleted stays deleted.
    """
    commit = Commit(root, "adopt", state, uuid.uuid4().hex, {"tables": sorted(foreign)}, dict(foreign))
    seed = int(orjson.loads((root / CASE_FILE).read_bytes())["hash_seed"])
    for name, version in sorted(foreign.items()):
        if name not in INPUTS:
            continue
        before = set(files_of(root, name, state.tables()[name])["path"])
        now = files_of(root, name, version)
        added = now.filter(~pl.col("path").is_in(list(before)))
        if len(added):
            (_adopt_interactions if name == INTERACTIONS_TABLE else _adopt_side)(commit, name, now, added, seed)
    return commit


def _read(commit: Commit, name: str, added: pl.DataFrame, seed: int) -> pl.DataFrame:
    table, stored = INPUTS[name], STORED[name]
    rows = scan_files(stored, added["path"].to_list()).collect()
    usable = rows.filter(pl.all_horizontal([pl.col(c).is_not_null() for c in table.required]))
    commit.facts[f"{name}_unusable"] = len(rows) - len(usable)
    forgotten = scan_table(commit.root, "forgotten", commit.state.tables()["forgotten"]).collect()
    kept, dropped = Tombstones(forgotten, (commit.root / SALT_FILE).read_bytes()).screen(usable, name)
    commit.facts[f"{name}_forgotten"] = dropped
    return with_hashes(table.conform(kept), name, seed).with_columns(kept["load_id"].fill_null(ADOPTED))


def _adopt_side(commit: Commit, name: str, now: pl.DataFrame, added: pl.DataFrame, seed: int) -> None:
    rows = _read(commit, name, added, seed).unique("observation", keep="first", maintain_order=True)
    kept = now.join(added, on="path", how="anti")["path"].to_list()
    known = pl.read_parquet(kept, columns=["observation"], glob=False)["observation"] if kept else pl.Series([], dtype=pl.Int64)
    fresh = rows.filter(~pl.col("observation").is_in(known.implode())).with_columns(pl.lit(commit.version, dtype=pl.Int64).alias("loaded"))
    frame = fresh.select(pl.col(c).cast(t) for c, t in STORED[name].file_dtypes.items())
    folder = STORED[name].path(commit.root)
    file = f"part-{uuid.uuid4().hex}"
    commit.announce(name, [place_of({}, file)])
    adds = [add_of(write_file(frame, folder, {}, file), folder, frame, {})] if len(frame) else []
    _replace(commit, name, added, adds)


def _adopt_interactions(commit: Commit, name: str, now: pl.DataFrame, added: pl.DataFrame, seed: int) -> None:
    known = scan_table(commit.root, "repeated", commit.state.tables()["repeated"]).collect()
    with staging(commit.root) as folder:
        days = DayFiles(folder)
        days.add(_read(commit, name, added, seed))
        staged = days.finish()
        novelty = find_novelty(staged, now.join(added, on="path", how="anti").select("path", "day"), known)
        kept = without_dropped(staged, novelty)
        commit.append("repeated", novelty.repeated.with_columns(pl.lit(ADOPTED).alias("load_id")))
        _replace(commit, name, added, move_staged(commit, kept))


def _replace(commit: Commit, name: str, added: pl.DataFrame, adds: Sequence[AddAction]) -> None:
    """Put our files in the place of those that others wrote."""
    stored = STORED[name]
    actions = pl.DataFrame(DeltaTable(stored.path(commit.root)).get_add_actions(flatten=True))
    gone = set(added["path"].to_list())
    removes = []
    for row in actions.iter_rows(named=True):
        if str(stored.path(commit.root) / unquote(row["path"])) in gone:
            values: dict[str, str | None] = {column: str(row[f"partition.{column}"]) for column in stored.partition_by}
            removes.append(RemoveAction(row["path"], True, int(time.time() * 1000), row["size_bytes"], values))
    commit.change(name, adds, removes)

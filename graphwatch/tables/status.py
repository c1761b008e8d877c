"""What a case is and holds, at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from graphwatch.tables.damage import present_files, undamaged
from graphwatch.tables.forget import unfinished
from graphwatch.tables.holds import Hold, standing
from graphwatch.tables.layout import INTERACTIONS_TABLE, STORED
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.overview import Overview, count_by, overview
from graphwatch.tables.snapshot import files_of, scan_table


@dataclass(frozen=True, slots=True)
class Status:
    """What a case is and holds.

    Attributes
    ----------
    name, case_id, version, created
        Which case, and its version.
    rows
        Rows by table as stored, history among them; results of all runs are counted as ``results``.
    interactions
        What the interactions are.
    absent
        Data files of interactions that are missing or cut off and so not counted in ``interactions``; 'verify' names them.
    rejected
        Rows set aside at loading, by field and reason, most frequent first.
    loads, runs, adopted
        How many loads and runs are on record, and how many commits of others were taken over.
    holds
        Legal holds that stand.
    forgotten
        Deletions on record.
    unfinished
        Whether a deletion was interrupted.
    gone
        Versions that cannot be read any more.
    files, bytes
        Files in the folder and their size, versions and logs included.
    """

    name: str
    case_id: str
    version: int
    created: str
    rows: Mapping[str, int]
    interactions: Overview
    absent: int
    rejected: Mapping[str, int]
    loads: int
    runs: int
    adopted: int
    holds: tuple[Hold, ...]
    forgotten: int
    unfinished: bool
    gone: tuple[int, ...]
    files: int
    bytes: int


def status(case: OpenCase) -> Status:
    """Say what a case holds as of its version.

    Notes
    -----
    Row counts come from the log. The rest takes one streaming pass over few columns; no text is read. Files are not checked but for their
    size: that is for :func:`graphwatch.tables.verify.verify`.
    """
    tables = case.tables()
    rows: dict[str, int] = {}
    for name in STORED:
        title = "results" if name.startswith("results/") else name
        rows[title] = rows.get(title, 0) + int(files_of(case.root, name, tables[name])["rows"].sum())
    present, absent = present_files(case, INTERACTIONS_TABLE)
    with undamaged(case.root, tables):
        seen = overview(case, present)
    why = pl.concat_str("field", "reason", separator=": ", ignore_nulls=True).alias("reason")
    rejected = scan_table(case.root, "rejected", tables["rejected"]).select(why, pl.lit(1).alias("rows")).collect()
    stones = scan_table(case.root, "forgotten", tables["forgotten"]).select(pl.col("tombstone_id").n_unique()).collect()
    sizes = [path.stat().st_size for path in case.root.rglob("*") if path.is_file()]
    entries = [entry for entry in case.state.entries if entry.version <= case.version]
    return Status(
        name=case.name,
        case_id=case.id,
        version=case.version,
        created=case.created,
        rows=rows,
        interactions=seen,
        absent=absent,
        rejected=count_by(rejected, "reason"),
        loads=rows["loads"],
        runs=rows["runs"],
        adopted=sum(entry.kind == "adopt" for entry in entries),
        holds=tuple(standing(case)),
        forgotten=int(stones.item()),
        unfinished=unfinished(case.root),
        gone=tuple(entry.version for entry in entries if entry.gone),
        files=len(sizes),
        bytes=sum(sizes),
    )

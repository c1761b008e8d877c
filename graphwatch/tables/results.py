"""Results of runs, kept beside the data that they were computed from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata

import orjson
import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.schema import RESULTS
from graphwatch.tables.layout import STORED
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.snapshot import files_of, scan_files, scan_table
from graphwatch.tables.writing import writing


def run_id_of(case: OpenCase, window: Mapping[str, object], settings_digest: str) -> str:
    """Name a run by all that its results follow from: data, window, settings, version of graphwatch.

    Returns
    -------
    str
        The same whenever the same is computed; neither runs nor compaction since then change it.
    """
    parts = {"case": case.id, "data": case.data_version, "window": dict(window), "settings": settings_digest}
    parts["graphwatch"] = metadata.version("graphwatch")
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def write_results(case: OpenCase, run_id: str, frames: Mapping[str, pl.DataFrame], meta: Mapping[str, object]) -> bool:
    """Keep a run's result tables.

    Parameters
    ----------
    run_id
        See :func:`run_id_of`; one that is there already is left as it is.
    frames
        Result table → its rows.
    meta
        ``version`` (of the case), ``settings_digest``, ``window``, and what else is to be remembered of the run.

    Returns
    -------
    bool
        Whether it was new.
    """
    with writing(case.root, "run") as commit:
        done = scan_table(case.root, "runs", commit.state.tables()["runs"]).select("run_id").collect().to_series()
        if run_id in done:
            return False
        for name, table in RESULTS.items():
            if name in frames:
                commit.append(f"results/{name}", table.conform(frames[name]), {"run_id": run_id})
        row = {
            "run_id": [run_id],
            "at": [datetime.now(UTC)],
            "version": [meta.get("version", case.version)],
            "settings_digest": [meta.get("settings_digest")],
            "window": [orjson.dumps(meta.get("window"), option=orjson.OPT_SORT_KEYS).decode()],
            "summary": [orjson.dumps(dict(meta), option=orjson.OPT_SORT_KEYS, default=str).decode()],
        }
        commit.append("runs", pl.DataFrame(row, schema=dict(STORED["runs"].dtypes)))
        commit.facts["run_id"] = run_id
    return True


def read_results(case: OpenCase, run_id: str) -> dict[str, pl.DataFrame]:
    """Give a run's result tables, rows in the order in which the run gave them.

    Raises
    ------
    ConfigurationError
        No run of that name was kept.
    """
    held = runs(case)["run_id"].to_list()
    if run_id not in held:
        raise ConfigurationError(f"the case holds no run {run_id!r}; it holds {', '.join(held) or 'none'}")
    tables = case.tables()
    frames = {}
    for name, table in RESULTS.items():
        stored = STORED[f"results/{name}"]
        files = files_of(case.root, stored.name, tables[stored.name]).filter(pl.col("run_id") == run_id)
        frames[name] = table.conform(scan_files(stored, files["path"].to_list()).collect())
    return frames


def runs(case: OpenCase) -> pl.DataFrame:
    """Give one row per run that was kept, oldest first."""
    return scan_table(case.root, "runs", case.tables()["runs"]).collect().sort("at", "run_id")

"""What a run leaves behind: tables, report, rejected rows and summary, in one folder."""

from __future__ import annotations

import platform
import resource
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from graphwatch.folder import whole_folder
from graphwatch.graph.export import write_graphml
from graphwatch.graph.projections import account_graph
from graphwatch.load import write_csv
from graphwatch.load.rejected import count_rows
from graphwatch.report import gather, render_report, write_report
from graphwatch.result import Result
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import RESULTS

SUMMARY: Final = "summary.json"
_LIBRARIES: Final = ("graphwatch", "numpy", "numba", "polars", "pandas", "scipy", "igraph")


def write_result(
    result: Result, out: Path, *, csv: bool = False, pseudonyms: Pseudonyms | None = None, case: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Write every table, the report, the rejected rows and the summary into a folder.

    Parameters
    ----------
    result
        What :func:`graphwatch.pipeline.analyze_tables` gave.
    out
        Folder; see :func:`graphwatch.folder.check_folder` for what may be replaced.
    csv
        Write each table as CSV too, with cells that a spreadsheet would run as formulas made harmless.
    pseudonyms
        For the report; from the environment or the key file when not given.
    case
        Which data of which case the result was computed from, for the summary.

    Returns
    -------
    dict
        What ``summary.json`` holds.
    """
    names = pseudonyms or Pseudonyms.load()
    with whole_folder(out, SUMMARY) as folder:
        for name, table in RESULTS.items():
            frame = table.conform(result.frames[name])
            frame.write_parquet(folder / f"{name}.parquet")
            if csv:
                write_csv(frame, folder / f"{name}.csv")
        _write_rejected(result.rejected, folder / "rejected.ndjson")
        _write_rejected(result.input_warnings, folder / "warnings.ndjson")
        content = gather(result, names)
        write_report(folder / "report.html", render_report(content, result.settings.report))
        _export_large_networks(result, folder / "networks", names)
        summary = summarize(result) | ({} if case is None else {"case": dict(case)})
        (folder / SUMMARY).write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return summary


def summarize(result: Result) -> dict[str, object]:
    """Give counts, timings, versions and the settings' digest of a run.

    ``seconds``, ``peak_memory_mb`` and ``machine`` differ from run to run; all else follows from input, settings and seed.
    """
    natures = result.frames["pileons"]["nature"].value_counts().sort("nature")
    levels = result.frames["alerts"]["level"].value_counts().sort("level")
    at = result.events.at
    return {
        "tables": {name: len(result.frames[name]) for name in RESULTS},
        "pileons_by_nature": dict(natures.iter_rows()),
        "alerts_by_level": dict(levels.iter_rows()),
        "counts": dict(result.counts),
        "cascade_counts": dict(result.cascade_trees.counts),
        "coaction_counts": dict(result.coaction_network.counts),
        "saturated_objects": len(result.coaction_network.saturated),
        "input_warnings": 0 if result.input_warnings is None else len(result.input_warnings),
        "rejected": 0 if result.rejected is None else count_rows(result.rejected),
        "first_at": _iso(int(at[0])) if len(at) else None,
        "last_at": _iso(int(at[-1])) if len(at) else None,
        "accounts": len(result.events.accounts),
        "volume_only": result.detected.volume_only,
        "missing": list(result.missing),
        "model_version": result.warnings.model_version,
        "settings": result.settings.model_dump(mode="json"),
        "settings_digest": result.settings.digest(),
        "versions": {name: metadata.version(name) for name in _LIBRARIES},
        "seconds": dict(result.seconds),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": {"python": platform.python_version(), "system": platform.system()},
    }


def _iso(micros: int) -> str:
    return str(pl.Series([micros]).cast(pl.Datetime("us", "UTC")).dt.to_string("iso:strict").item())


def _write_rejected(rejected: pl.DataFrame | None, path: Path) -> None:
    if rejected is None or rejected.is_empty():
        path.touch()
    else:
        rejected.write_ndjson(path)


def _export_large_networks(result: Result, folder: Path, names: Pseudonyms) -> None:
    """Write as GraphML, under the report's pseudonyms, each pile-on's network that is too large to be drawn whole."""
    limit = result.settings.report.max_nodes
    ids = result.frames["pileons"]["pileon_id"]
    for index, actors in enumerate(result.frames["pileons"]["actors"]):
        if actors > limit:
            folder.mkdir(exist_ok=True)
            graph = account_graph(result.events, result.detected.rows.row(index))
            graph.vs["name"] = names.series(pl.Series(graph.vs["name"], dtype=pl.String)).to_list()
            write_graphml(graph, folder / f"{ids[index]}.graphml")

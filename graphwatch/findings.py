"""What runs found, wherever it is: a result in memory, a result folder, or the runs that a case keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from graphwatch.errors import ConfigurationError, DataError, Place
from graphwatch.profiles import Run
from graphwatch.result import Result
from graphwatch.schema import RESULTS, REVIEWS
from graphwatch.tables import Case
from graphwatch.tables.layout import CASE_FILE

Source = Result | Case | str | PathLike[str]
_SUMMARY: Final = "summary.json"


def read_runs(source: Source, run: str | None = None) -> tuple[Run, ...]:
    """Read the result tables of one run, or of all runs of a case.

    Parameters
    ----------
    source
        What :func:`graphwatch.analyze` gave, the folder that ``graphwatch run`` wrote, or a case.
    run
        In a case, one run by its id or ``latest``; all when not given.

    Returns
    -------
    tuple of Run
        Oldest first; of a case without a run, none.

    Raises
    ------
    DataError
        It is neither, or a table is missing or damaged; the message names it.
    ConfigurationError
        There is no such run.
    """
    if isinstance(source, Result):
        return (Run(source.frames, "", *source.span),)
    if isinstance(source, Case):
        return _runs_of(source, run)
    place = Path(source)
    if (place / CASE_FILE).is_file():
        return _runs_of(Case(place), run)
    if run is not None:
        raise ConfigurationError(f"run {run!r} was asked for, and {place} is no case")
    return (_read_folder(place),)


def latest_run(source: Source, run: str | None = None) -> Run:
    """Read the result tables of one run: the newest when none is named.

    Raises
    ------
    DataError, ConfigurationError
        As :func:`read_runs`; and when the case holds no run.
    """
    found = read_runs(source, run or ("latest" if _is_case(source) else None))
    if not found:
        raise ConfigurationError("the case holds no run: run 'graphwatch run CASE --out DIR' first")
    return found[-1]


def reviews_of(source: Source) -> pl.DataFrame:
    """Give what people decided about findings, oldest first; empty where the source is no case."""
    if not _is_case(source):
        return REVIEWS.empty()
    return (source if isinstance(source, Case) else Case(Path(str(source)))).reviews()


def _is_case(source: Source) -> bool:
    return isinstance(source, Case) or (not isinstance(source, Result) and (Path(source) / CASE_FILE).is_file())


def _runs_of(case: Case, run: str | None) -> tuple[Run, ...]:
    held = case.runs()
    names: Sequence[str] = held["run_id"].to_list()
    if run is not None:
        if run != "latest" and run not in names:
            raise ConfigurationError(f"the case holds no run {run!r}; it holds {', '.join(names) or 'none'}")
        held = held.tail(1) if run == "latest" else held.filter(pl.col("run_id") == run)
    return tuple(Run(case.results(row["run_id"]), row["run_id"], *_span(row["summary"])) for row in held.iter_rows(named=True))


def _span(summary: str | bytes | None) -> tuple[datetime | None, datetime | None]:
    told = orjson.loads(summary) if summary else {}
    first, last = ((datetime.fromisoformat(value) if isinstance(value := told.get(key), str) else None) for key in ("first_at", "last_at"))
    return first, last


def _read_folder(place: Path) -> Run:
    if not place.is_dir():
        raise DataError("is not a folder; expected the result folder of a run, or a case", Place(place))
    if not (place / _SUMMARY).is_file():
        raise DataError(f"is no result folder: it has no {_SUMMARY}", Place(place))
    frames = {}
    for name, table in RESULTS.items():
        path = place / f"{name}.parquet"
        if not path.is_file():
            raise DataError("is missing; an older graphwatch made this folder: run it again", Place(path))
        try:
            frames[name] = table.conform(pl.read_parquet(path))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError("cannot be read as a result table", Place(path)) from error
    try:
        first, last = _span((place / _SUMMARY).read_bytes())
    except (orjson.JSONDecodeError, ValueError) as error:
        raise DataError("is damaged", Place(place / _SUMMARY)) from error
    return Run(frames, place.resolve().name, first, last)

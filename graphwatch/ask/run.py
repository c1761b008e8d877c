"""Run a named query, on tables or on Neo4j: the same rows in the same order either way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import igraph
import polars as pl

from graphwatch.ask.catalogue import catalogue, find_query
from graphwatch.ask.ground import Ground, ground_of_case, ground_of_files
from graphwatch.ask.header import Query
from graphwatch.ask.network import network_of
from graphwatch.ask.parameters import Given, ParameterError, check
from graphwatch.load.sources import PathInput
from graphwatch.schema import INPUTS, INTERACTIONS, RESULTS, STRINGS, TIMESTAMP, Column
from graphwatch.settings import Neo4jSettings, Settings
from graphwatch.store.connection import access_of, connect
from graphwatch.tables import Case

if TYPE_CHECKING:
    import pandas as pd

    from graphwatch.store.connection import Store

OWN: Final = "own"


class _Twin(Protocol):
    def __call__(self, ground: Ground, given: Given) -> pl.DataFrame: ...


def query(
    name: str,
    *,
    case: Case | PathInput | None = None,
    run: str | None = None,
    result: PathInput | None = None,
    data: PathInput | Sequence[PathInput] = (),
    tables: Ground | None = None,
    neo4j: str | None = None,
    settings: Settings | None = None,
    **parameters: object,
) -> pd.DataFrame:
    """Ask a named query.

    Parameters
    ----------
    name
        ``<stage>/<name>``, or the name alone; :func:`query_list` lists all.
    case, run
        Case folder, and which of its runs; the newest when not given.
    result, data
        Result folder, and the files that it was computed from: interactions, and folders with canonical tables.
    tables
        What :func:`open_tables` gave, for many queries on the same data.
    neo4j
        Address of a store that holds the data, or ``own``: that of the settings or of the case. The tables are not read then.
    parameters
        Values of the query's parameters; strings are read as the declared type.

    Returns
    -------
    pandas.DataFrame
        Columns, types and row order as the query's header says; empty where there is nothing.

    Raises
    ------
    ParameterError
        There is no such query, or a parameter is unknown, missing or wrong.
    ConfigurationError, DataError, UnavailableError
        The data cannot be opened, or the store does not answer.

    Examples
    --------
    >>> acts = pl.DataFrame({"interaction_id": ["1"], "at": [datetime(2024, 5, 1, tzinfo=UTC)], "actor_id": ["a"], "objects": [["tag:x"]]})
    >>> on = open_tables(interactions=acts.with_columns(kind=pl.lit("post")))
    >>> query("trace/first_posts", tables=on, object="tag:x")["account_id"].tolist()
    ['a']
    """
    found = find_query(name)
    given = check(found, parameters)
    asked = _Source(case, run, result, data, tables, neo4j, settings or Settings())
    return asked.answer(found, given).to_pandas()


def query_graph(
    name: str,
    *,
    case: Case | PathInput | None = None,
    run: str | None = None,
    result: PathInput | None = None,
    data: PathInput | Sequence[PathInput] = (),
    tables: Ground | None = None,
    neo4j: str | None = None,
    settings: Settings | None = None,
    **parameters: object,
) -> igraph.Graph:
    """Ask a named query and give its rows as a graph; parameters and errors as in :func:`query`.

    Returns
    -------
    igraph.Graph
        See :func:`graphwatch.ask.network.network_of`. Ids are the real ones; :func:`show_graph` shows pseudonyms.

    Raises
    ------
    ParameterError
        Also: the rows of the query are counts and no graph.

    Examples
    --------
    >>> acts = pl.DataFrame({"interaction_id": ["1"], "at": [datetime(2024, 5, 1, tzinfo=UTC)], "actor_id": ["a"], "objects": [["tag:x"]]})
    >>> on = open_tables(interactions=acts.with_columns(kind=pl.lit("post")))
    >>> query_graph("trace/first_posts", tables=on, object="tag:x").es["type"]
    ['POSTED', 'SHARES']
    """
    found = find_query(name)
    given = check(found, parameters)
    asked = _Source(case, run, result, data, tables, neo4j, settings or Settings())
    return network_of(found, given, asked.answer(found, given))


@dataclass(frozen=True, slots=True)
class _Source:
    """What is asked: tables that are open, a case, a folder, or a store."""

    case: Case | PathInput | None
    run: str | None
    result: PathInput | None
    data: PathInput | Sequence[PathInput]
    tables: Ground | None
    neo4j: str | None
    settings: Settings

    def answer(self, found: Query, given: Given) -> pl.DataFrame:
        """Answer from the store where one is named, else from the tables."""
        if self.neo4j is None:
            ground = self.tables if self.tables is not None else self._opened()
            return answer(found, given, ground, self.settings.neo4j.query_s)
        folder = self.case.root if isinstance(self.case, Case) else self.case
        uri = None if self.neo4j == OWN else self.neo4j
        access = access_of(self.settings.neo4j, uri=uri, folder=None if folder is None else Path(folder))
        with connect(access, self.settings.neo4j) as store:
            return answer_from_store(found, given, store)

    def _opened(self) -> Ground:
        return open_tables(case=self.case, run=self.run, result=self.result, data=self.data, settings=self.settings)


def open_tables(
    *,
    case: Case | PathInput | None = None,
    run: str | None = None,
    result: PathInput | None = None,
    data: PathInput | Sequence[PathInput] = (),
    interactions: pl.DataFrame | None = None,
    side: Mapping[str, pl.DataFrame] | None = None,
    results: Mapping[str, pl.DataFrame] | None = None,
    settings: Settings | None = None,
) -> Ground:
    """Open data for many queries; what a query has read stays in memory for the next one.

    Parameters
    ----------
    case, run, result, data
        As in :func:`query`.
    interactions, side, results
        Canonical frames instead: interactions, side tables and result tables by name (``result.frames``).

    Raises
    ------
    ParameterError
        Nothing was given, or two of them.
    """
    frames = interactions is not None or side is not None or results is not None
    files = result is not None or not _is_none(data)
    if (case is not None) + files + frames != 1:
        raise ParameterError("give a case, or a result folder with its files, one of them")
    if case is not None:
        return ground_of_case(case if isinstance(case, Case) else Case(case), run)
    if run is not None:
        raise ParameterError("a run is named of a case only")
    if files:
        paths = [data] if isinstance(data, str | PathLike) else list(data)
        limits = None if settings is None else settings.load
        return ground_of_files(None if result is None else Path(result), [Path(path) for path in paths], limits)
    return ground_of_frames(interactions, side or {}, results or {})


def ground_of_frames(interactions: pl.DataFrame | None, side: Mapping[str, pl.DataFrame], results: Mapping[str, pl.DataFrame]) -> Ground:
    """Ask frames in memory."""
    held = (INTERACTIONS.empty() if interactions is None else interactions).lazy()
    return Ground(
        lambda: held,
        lambda name: side.get(name, INPUTS[name].empty()),
        lambda name: results.get(name, RESULTS[name].empty()),
    )


def _is_none(data: PathInput | Sequence[PathInput]) -> bool:
    return not isinstance(data, PathLike) and not len(data)


def query_list() -> pd.DataFrame:
    """List all named queries: name, purpose, parameters, columns.

    Examples
    --------
    >>> len(query_list()) >= 20
    True
    """
    rows = [
        {
            "name": found.name,
            "purpose": found.purpose,
            "parameters": [parameter.name for parameter in found.parameters],
            "columns": list(found.table.names),
        }
        for found in catalogue().values()
    ]
    import pandas as pd  # noqa: PLC0415 - not before somebody asks for a frame

    return pd.DataFrame(rows, columns=["name", "purpose", "parameters", "columns"])


def answer(found: Query, given: Given, ground: Ground, timeout_s: float = Neo4jSettings().query_s) -> pl.DataFrame:
    """Answer from tables and kernels.

    Raises
    ------
    UnavailableError
        It took longer than ``timeout_s``; looked at between the steps of an answer, so a single long step is not cut short. Reading the
        tables for the first time does not count.
    """
    twin = cast(_Twin, getattr(import_module(f"graphwatch.ask.twins.{found.stage}"), found.twin))
    with ground.within(timeout_s):
        return in_order(found, given, found.table.conform(twin(ground, given)))


def answer_from_store(found: Query, given: Given, store: Store) -> pl.DataFrame:
    """Answer from Neo4j, within ``neo4j.query_s``."""
    rows = store.rows(found.cypher, given.values, limit_s=store.settings.query_s)
    series = [_series(column, (row[place] for row in rows)) for place, column in enumerate(found.table.columns)]
    return in_order(found, given, found.table.conform(pl.DataFrame(series)))


def _series(column: Column, values: Iterable[object]) -> pl.Series:
    if column.dtype == TIMESTAMP:
        return pl.Series(column.name, [_micros(value) for value in values], dtype=pl.Int64).cast(TIMESTAMP)
    return pl.Series(column.name, list(values), dtype=column.dtype)


def _micros(value: object) -> int | None:
    """Give microseconds since 1970 of a time as the driver gives it, whole and without a detour over floats."""
    if value is None:
        return None
    native = cast(datetime, value.to_native()) if hasattr(value, "to_native") else cast(datetime, value)
    delta = native.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def in_order(found: Query, given: Given, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort rows as the header says, nulls as the largest, then by all other columns; cut them at ``limit``."""
    lists = {column.name for column in found.table.columns if column.dtype == STRINGS}
    frame = frame.with_columns(pl.col(name).list.drop_nulls().fill_null(pl.lit([], STRINGS)) for name in lists)
    named = dict(found.order)
    keys = [*found.order, *((name, False) for name in found.table.names if name not in named)]
    by = [pl.col(name).list.join("\0") if name in lists else pl.col(name) for name, _ in keys]
    down = [way for _, way in keys]
    ordered = frame.sort(by, descending=down, nulls_last=[not way for way in down], maintain_order=True)
    return ordered.head(given.whole("limit")) if found.is_limited else ordered

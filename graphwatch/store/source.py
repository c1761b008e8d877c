"""What is to be written into a store: a case with its newest run, or files; and by which words the store recognises that it has it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson
import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.load import load_interactions
from graphwatch.schema import INPUTS, RESULTS
from graphwatch.settings import LoadSettings
from graphwatch.store.shape import Kind, columns_of
from graphwatch.tables import Case
from graphwatch.tables.hashing import hash_rows

_LAYOUT = 1  # raised when the same tables become another graph
_WITH_INTERACTIONS = ("repeated", "deletions")


class Source:
    """Tables to be written: read when they are asked for.

    Attributes
    ----------
    name
        What a store remembers that it holds: ``case <id>``, or ``files``.
    seed
        Of the digests of rows.
    """

    name: str
    seed: int

    def interactions(self) -> pl.LazyFrame:
        """Give the interactions, one row per key."""
        raise NotImplementedError

    def side(self, table: str) -> pl.DataFrame:
        """Give a side table; empty where there is none."""
        raise NotImplementedError

    def result(self, table: str) -> pl.DataFrame:
        """Give a result table; empty where nothing was run."""
        raise NotImplementedError

    def version(self, table: str) -> str:
        """Give a word for the state of a table: another one whenever its rows may differ."""
        raise NotImplementedError

    def token(self, kind: Kind, *, texts: bool) -> str:
        """Give a word for all that a kind's rows follow from."""
        parts = {table: self.version(table) for table in kind.tables}
        told = orjson.dumps([_LAYOUT, self.name, columns_of(kind, texts=texts), parts], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(told).hexdigest()


class CaseSource(Source):
    """A case, and one of its runs.

    Parameters
    ----------
    case
        At its newest version or as it was.
    run
        Run whose results are written; the newest one when not given.

    Raises
    ------
    ConfigurationError
        The case holds no such run.
    """

    def __init__(self, case: Case, run: str | None = None) -> None:
        self.case = case
        self.name = f"case {case.id}"
        self.seed = case.seed
        held = case.runs()["run_id"].to_list()
        if run is not None and run not in held:
            raise ConfigurationError(f"the case holds no run {run!r}; it holds {', '.join(held) or 'none'}")
        self.run: str | None = run or (held[-1] if held else None)
        self._tables = case.tables()

    def interactions(self) -> pl.LazyFrame:
        """Give the case's current interactions."""
        return self.case.scan("interactions")

    def side(self, table: str) -> pl.DataFrame:
        """Give a side table's current rows."""
        return self.case.table(table)

    @cached_property
    def _results(self) -> dict[str, pl.DataFrame]:
        return {} if self.run is None else self.case.results(self.run)

    def result(self, table: str) -> pl.DataFrame:
        """Give a result table of the run."""
        return self._results.get(table, RESULTS[table].empty())

    def version(self, table: str) -> str:
        """Give Delta's version of a table, or the run."""
        if table.startswith("results/"):
            return self.run or ""
        names = (table, *(_WITH_INTERACTIONS if table == "interactions" else ()))
        return ",".join(str(self._tables[name]) for name in names)


@dataclass
class FileSource(Source):
    """Files of interactions, without side tables and results."""

    frame: pl.DataFrame
    name: str = "files"
    seed: int = 0

    def interactions(self) -> pl.LazyFrame:
        """Give the files' interactions."""
        return self.frame.lazy()

    def side(self, table: str) -> pl.DataFrame:
        """Give an empty table."""
        return INPUTS[table].empty()

    def result(self, table: str) -> pl.DataFrame:
        """Give an empty table."""
        return RESULTS[table].empty()

    @cached_property
    def _digest(self) -> str:
        rows = hash_rows(self.frame, self.frame.columns, self.seed).sort()
        return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()

    def version(self, table: str) -> str:
        """Give a digest of the rows."""
        return self._digest if table == "interactions" else ""


def open_source(paths: Sequence[str | Path], *, run: str | None = None, settings: LoadSettings | None = None) -> Source:
    """Open what a user names: one case folder, or files of interactions.

    Raises
    ------
    ConfigurationError
        A folder is no case, or stands among files.
    """
    folders = [path for path in map(Path, paths) if path.is_dir()]
    if folders:
        if len(paths) > 1:
            raise ConfigurationError("give one case folder, or files")
        return CaseSource(Case(folders[0]), run)
    if run is not None:
        raise ConfigurationError("--run is for a case; files hold no runs")
    loaded = load_interactions([Path(path) for path in paths], settings=settings or LoadSettings())
    return FileSource(loaded.interactions.collect())

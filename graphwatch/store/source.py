"""What is to be written into a store: a case with its newest run, or files; and the words by which the store knows what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import orjson
import polars as pl

from graphwatch.errors import ConfigurationError, DataError, Place
from graphwatch.load import load_interactions, load_side_table
from graphwatch.schema import INPUTS, INTERACTIONS, RESULTS
from graphwatch.settings import LoadSettings
from graphwatch.store.shape import Kind, columns_of
from graphwatch.tables import Case
from graphwatch.tables.hashing import hash_rows
from graphwatch.tables.layout import CASE_FILE

_LAYOUT = 3  # raised when the same tables become another graph, or its rows another order
SUMMARY: Final = "summary.json"
_ENDINGS: Final = (".ndjson", ".csv", ".parquet")  # the last one that is there wins
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
    """Files: interactions, and where given side tables and the results of a run.

    Parameters
    ----------
    frame
        Interactions, one row per key.
    tables, results
        Side tables and result tables by name.
    """

    frame: pl.DataFrame
    name: str = "files"
    seed: int = 0
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    results: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def interactions(self) -> pl.LazyFrame:
        """Give the files' interactions."""
        return self.frame.lazy()

    def side(self, table: str) -> pl.DataFrame:
        """Give a side table; empty where no file of it was given."""
        return self.tables.get(table, INPUTS[table].empty())

    def result(self, table: str) -> pl.DataFrame:
        """Give a result table; empty where no result folder was given."""
        return self.results.get(table, RESULTS[table].empty())

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    def version(self, table: str) -> str:
        """Give a digest of the rows."""
        if table not in self._digests:
            name = table.removeprefix("results/")
            frame = self.frame if table == "interactions" else self.side(table) if name == table else self.result(name)
            rows = hash_rows(frame, frame.columns, self.seed).sort() if len(frame) else frame
            self._digests[table] = hashlib.sha256(rows.to_numpy().tobytes()).hexdigest() if len(frame) else ""
        return self._digests[table]


def open_source(paths: Sequence[str | Path], *, run: str | None = None, settings: LoadSettings | None = None) -> Source:
    """Open what a user names: one case folder; or files of interactions, folders of canonical tables, one result folder of a run.

    Raises
    ------
    ConfigurationError
        A case stands among others, two result folders are given, a folder holds no table, or a path does not exist.
    DataError
        A file is not what it should be.
    """
    given = [Path(path) for path in paths]
    if any((path / CASE_FILE).is_file() for path in given):
        if len(given) > 1:
            raise ConfigurationError("give one case folder; or files, folders of tables and a result folder")
        return CaseSource(Case(given[0]), run)
    if run is not None:
        raise ConfigurationError("--run is for a case; files hold no runs")
    limits = settings or LoadSettings()
    files, tables, results = _sorted_out(given)
    loaded = load_interactions(files, settings=limits).interactions.collect() if files else INTERACTIONS.empty()
    side = {name: load_side_table(path, INPUTS[name], settings=limits).rows for name, path in tables.items()}
    return FileSource(loaded, tables=side, results=_read_results(results[0]) if results else {})


def _read_results(folder: Path) -> dict[str, pl.DataFrame]:
    """Read the tables of a result folder; it is complete or damaged."""
    frames = {}
    for name, table in RESULTS.items():
        path = folder / f"{name}.parquet"
        try:
            frames[name] = table.conform(pl.read_parquet(path))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError("cannot be read as a result table", Place(path)) from error
    return frames


def _sorted_out(paths: list[Path]) -> tuple[list[Path], dict[str, Path], list[Path]]:
    """Tell files of interactions, side tables and result folders apart; a folder of tables can be a result folder, too."""
    files: list[Path] = []
    side: dict[str, Path] = {}
    results = [path for path in paths if (path / SUMMARY).is_file()]
    if len(results) > 1:
        raise ConfigurationError("give one result folder", Place(results[1]))
    for path in paths:
        if not path.exists():
            raise ConfigurationError("does not exist", Place(path))
        if not path.is_dir():
            files.append(path)
            continue
        held = {name: path / f"{name}{ending}" for name in INPUTS for ending in _ENDINGS if (path / f"{name}{ending}").is_file()}
        if path in results:
            del held["agencies"]  # a run's table of agencies is a result, not the register of agencies
        elif not held:
            raise ConfigurationError("is no case and no result folder, and holds no table such as interactions.parquet", Place(path))
        files += [held.pop(INTERACTIONS.name)] if INTERACTIONS.name in held else []
        side |= held
    return files, side, results

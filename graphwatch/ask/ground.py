"""What twins answer from: tables, and the interactions as arrays, each read when it is first asked for and then held."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.errors import ConfigurationError, Place, UnavailableError
from graphwatch.findings import latest_run
from graphwatch.graph.encode import encode, in_canonical_order
from graphwatch.graph.facts import account_codes
from graphwatch.load import load_interactions, load_side_table
from graphwatch.model import I32, I64, KIND_CODE, SURFACE_CODE, Bools, Events, Lists
from graphwatch.schema import INPUTS, INTERACTIONS, KINDS, RESULTS, SURFACES, TIMESTAMP
from graphwatch.settings import LoadSettings
from graphwatch.store.keys import LONGEST, short_keys
from graphwatch.tables import Case
from graphwatch.tables.layout import CASE_FILE

DEPTH: Final = 100  # steps up a thread; the queries' Cypher has the same bound
_READ: Final = (
    "interaction_id",
    "at",
    "actor_id",
    "kind",
    "platform",
    "surface",
    "target_ids",
    "parent_id",
    "root_id",
    "objects",
    "hostility",
    "observed_at",
)
_BESIDE: Final = ("hostility", "observed_at")
_NAMES: Final = frozenset(
    ("actor_id", "target_id", "a", "b", "agency_id", "company_id", "owner_id", "owned_id", "scope", "pileon_id", "campaign_id", "alert_id")
)
_ENDINGS: Final = (".parquet", ".csv", ".ndjson", ".jsonl")
_KIND_NAMES: Final = pl.Series("kind", [*KINDS, None], dtype=pl.String)
_SURFACE_NAMES: Final = pl.Series("surface", [*SURFACES, None], dtype=pl.String)


@dataclass
class Ground:
    """Tables to ask.

    Attributes
    ----------
    read_interactions
        Gives the interactions, canonical, one row per key.
    read_side, read_result
        Give a side table or a result table by name; empty where there is none.
    """

    read_interactions: Callable[[], pl.LazyFrame]
    read_side: Callable[[str], pl.DataFrame]
    read_result: Callable[[str], pl.DataFrame]
    _held: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)
    _until: float = field(default=math.inf, repr=False)
    _allowed_s: float = field(default=math.inf, repr=False)

    @contextmanager
    def within(self, timeout_s: float) -> Iterator[None]:
        """Bound the time of an answer; what is read for the first time meanwhile does not count."""
        self._allowed_s, self._until = timeout_s, time.monotonic() + timeout_s
        try:
            yield
        finally:
            self._allowed_s = self._until = math.inf

    def go_on(self) -> None:
        """Stop an answer that takes too long; twins come by here with each thing that they ask for, and in their own loops.

        Raises
        ------
        UnavailableError
            The time is over.
        """
        if time.monotonic() > self._until:
            raise UnavailableError(
                f"the answer took longer than neo4j.query_s = {self._allowed_s:g} s; ask for less, such as a smaller limit, or raise it"
            )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._until += time.monotonic() - start

    def result(self, name: str) -> pl.DataFrame:
        """Give a result table, its names as the graph has them."""
        return self._hold(f"results/{name}", lambda: RESULTS[name].conform(self.read_result(name)))

    def side(self, name: str) -> pl.DataFrame:
        """Give a side table, its names as the graph has them; accounts keep the id of the table, see :meth:`named`."""
        return self._hold(name, lambda: INPUTS[name].conform(self.read_side(name)))

    def _hold(self, key: str, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        self.go_on()
        if key not in self._held:
            with self._reading():
                frame = read()
            self._held[key] = frame.with_columns(short_keys(frame[name]).alias(name) for name in frame.columns if name in _NAMES)
        return self._held[key]

    @cached_property
    def _encoded(self) -> tuple[Events, pl.DataFrame]:
        """The interactions as arrays, and of what arrays do not hold hostility at full precision and the time of collection."""
        with self._reading():
            return self._encode()

    def _encode(self) -> tuple[Events, pl.DataFrame]:
        lazy = self.read_interactions()
        held = set(lazy.collect_schema().names())
        frame = lazy.select(name for name in _READ if name in held).collect(engine="streaming")
        beside = pl.struct(
            (pl.col(name) if name in held else pl.lit(None)).cast(INTERACTIONS.column(name).dtype).alias(name) for name in _BESIDE
        )
        return encode(frame), in_canonical_order(frame, beside).struct.unnest()

    @property
    def events(self) -> Events:
        """The interactions as arrays in canonical order."""
        self.go_on()
        return self._encoded[0]

    @cached_property
    def accounts(self) -> pl.Series:
        """Name of each account code, as the graph has it."""
        return short_keys(self.events.accounts)

    @property
    def hostility(self) -> pl.Series:
        """Hostility of each row, at full precision."""
        return self._encoded[1]["hostility"]

    @property
    def observed_at(self) -> pl.Series:
        """When each row was collected."""
        return self._encoded[1]["observed_at"]

    def named(self, ids: pl.Series, platforms: pl.Series | None = None) -> pl.Series:
        """Give accounts of a side table the name that the interactions give them; those that never occur there keep their id."""
        told = pl.Series("platform", [None], dtype=pl.String).new_from_index(0, len(ids)) if platforms is None else platforms
        codes = account_codes(ids, told, self.events)
        frame = pl.DataFrame({"id": short_keys(ids), "code": codes}).with_columns(
            self.accounts.rename("name").gather(np.maximum(codes, 0)) if len(self.accounts) else pl.lit(None, pl.String).alias("name")
        )
        return frame.select(pl.when(pl.col("code") >= 0).then("name").otherwise("id").alias("account_id")).to_series()

    def side_about(self, table: str, columns: Sequence[str], account: str) -> pl.DataFrame:
        """Give the rows of a side table that may be about an account: its name ends with the id in one of the columns, or the id was cut.

        Naming all accounts of a large table takes long; see :meth:`named` for these few.
        """
        maybe = [pl.lit(account).str.ends_with(pl.col(name)) | (pl.col(name).str.len_bytes() > LONGEST) for name in columns]
        return self.side(table).filter(pl.any_horizontal(maybe))

    def code(self, account: str) -> int:
        """Give the code of an account by its name in the graph; -1: it does not occur in the interactions."""
        found = (self.accounts == account).arg_max()
        return int(found) if found is not None and len(self.accounts) and self.accounts[found] == account else -1

    def object_code(self, name: str) -> int:
        """Give the code of an object; -1: nothing shares it."""
        names = short_keys(self.events.object_names)
        found = (names == name).arg_max()
        return int(found) if found is not None and len(names) and names[found] == name else -1

    def rows_on(self, account: str) -> I64:
        """Rows that act on an account, ascending."""
        return _holders(self.events.targets, self.code(account))

    def rows_with(self, name: str) -> I64:
        """Rows that share an object, ascending."""
        return _holders(self.events.objects, self.object_code(name))

    def rows_by(self, account: str) -> I64:
        """Rows of an account, ascending."""
        rows: I64 = np.flatnonzero(self.events.actor == self.code(account))
        return rows

    def pileon(self, pileon_id: str) -> pl.DataFrame:
        """Give the row of a pile-on; none where there is no such pile-on."""
        return self.result("pileons").filter(pl.col("pileon_id") == pileon_id).head(1)

    def rows_of(self, pileon: pl.DataFrame) -> I64:
        """Rows of a pile-on: those on its target from onset to end, on the surface that it is on alone where it is."""
        if not len(pileon) or pileon["target_id"].item() is None:
            return np.zeros(0, np.int64)
        rows = self.rows_on(pileon["target_id"].item())
        onset, end = (pileon[name].to_physical().item() for name in ("onset", "end"))
        if onset is None or end is None:
            return rows[:0]
        at = self.events.at[rows]
        within: I64 = rows[(at >= onset) & (at <= end)]
        surface = pileon["only_surface"].item()
        return within if surface is None else within[self.events.surface[within] == SURFACE_CODE[surface]]

    def acts(self, rows: npt.NDArray[np.integer]) -> pl.DataFrame:
        """Give interactions by their rows: with row number, id, platform, author, time, kind, surface, hostility."""
        self.go_on()
        events = self.events
        return pl.DataFrame(
            {
                "row": rows.astype(np.int64),
                "interaction_id": events.ids.gather(rows),
                "platform": self.platforms.gather(events.platform[rows].astype(np.int64) + 1),
                "account_id": self.accounts.gather(events.actor[rows]),
                "at": pl.Series(events.at[rows]).cast(TIMESTAMP),
                "kind": _words(_KIND_NAMES, events.kind[rows]),
                "surface": _words(_SURFACE_NAMES, events.surface[rows]),
                "hostility": self.hostility.gather(rows),
            }
        )

    @cached_property
    def platforms(self) -> pl.Series:
        """Name of each platform code plus one; null where none is given."""
        return pl.Series("platform", [None, *self.events.platforms], dtype=pl.String)

    def is_private(self) -> Bools:
        """Mask of private messages."""
        mask: Bools = self.events.kind == KIND_CODE["private_message"]
        return mask


def _words(names: pl.Series, codes: npt.NDArray[np.integer]) -> pl.Series:
    return names.gather(np.where(codes < 0, len(names) - 1, codes).astype(np.int64))


def _holders(lists: Lists, code: int) -> I64:
    """Rows whose list holds a code."""
    if code < 0:
        return np.zeros(0, np.int64)
    places = np.flatnonzero(lists.values == code)
    return np.unique(np.searchsorted(lists.start, places, side="right") - 1)


def compressed(starts: I32 | I64, ends: I32 | I64, nodes: int) -> tuple[I64, I64]:
    """Give a graph's edges as compressed lists, by start and end.

    Examples
    --------
    >>> [part.tolist() for part in compressed(np.array([1, 0]), np.array([0, 2]), 3)]
    [[0, 1, 2, 2], [2, 0]]
    """
    order = np.lexsort((ends, starts))
    start = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(starts, minlength=nodes), out=start[1:])
    return start, ends[order].astype(np.int64)


def ground_of_case(case: Case, run: str | None = None) -> Ground:
    """Ask a case and one of its runs, the newest when none is named.

    Raises
    ------
    ConfigurationError
        It holds no such run.
    """
    held = case.runs()["run_id"].to_list()
    if run not in {None, "latest"} and run not in held:
        raise ConfigurationError(f"the case holds no run {run!r}; it holds {', '.join(held) or 'none'}")
    chosen = held[-1] if held and run in {None, "latest"} else run
    frames: dict[str, pl.DataFrame] = {}

    def result(name: str) -> pl.DataFrame:
        """Read the run's tables once."""
        if not frames and held and chosen is not None:
            frames.update(case.results(chosen))
        return frames.get(name, RESULTS[name].empty())

    return Ground(lambda: case.scan("interactions"), case.table, result)


def ground_of_files(result: str | Path | None, data: Sequence[str | Path], settings: LoadSettings | None = None) -> Ground:
    """Ask a result folder, and the files that it was computed from.

    Parameters
    ----------
    result
        Folder that ``graphwatch run`` wrote; None: no results.
    data
        Files of interactions, and folders with canonical tables named as the tables are (``affiliations.parquet``, …).

    Raises
    ------
    DataError
        A file or the folder is not what it should be.
    ConfigurationError
        A path does not exist.
    """
    limits = settings or LoadSettings()
    files, side = _sorted_out([Path(path) for path in data])
    frames = {} if result is None else latest_run(Path(result)).frames

    def interactions() -> pl.LazyFrame:
        """Read the files."""
        return load_interactions(files, settings=limits).interactions if files else INTERACTIONS.empty().lazy()

    def side_table(name: str) -> pl.DataFrame:
        """Read a side table."""
        return load_side_table(side[name], INPUTS[name], settings=limits).rows if name in side else INPUTS[name].empty()

    return Ground(interactions, side_table, lambda name: frames.get(name, RESULTS[name].empty()))


def _sorted_out(paths: list[Path]) -> tuple[list[Path], dict[str, Path]]:
    files: list[Path] = []
    side: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise ConfigurationError("does not exist", Place(path))
        if (path / CASE_FILE).is_file():
            raise ConfigurationError("is a case; give it as --case", Place(path))
        if not path.is_dir():
            files.append(path)
            continue
        found = {name: path / f"{name}{ending}" for name in INPUTS for ending in reversed(_ENDINGS) if (path / f"{name}{ending}").is_file()}
        if not found:
            raise ConfigurationError(f"holds no table; expected files such as {INTERACTIONS.name}.parquet", Place(path))
        files += [found.pop(INTERACTIONS.name)] if INTERACTIONS.name in found else []
        side |= found
    return files, side

"""The main job on a window of a case, and its results kept there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from graphwatch.load import match_names
from graphwatch.pipeline import Tables
from graphwatch.result import Result
from graphwatch.settings import Settings
from graphwatch.tables import Case
from graphwatch.tables.damage import undamaged
from graphwatch.tables.layout import NAMED_COLUMNS, NAMED_TABLE, SIDE_TABLES
from graphwatch.tables.manifest import DATA_TABLES
from graphwatch.tables.results import run_id_of
from graphwatch.tables.window import as_time


@dataclass(frozen=True, slots=True)
class Window:
    """What of a case a run looks at.

    Attributes
    ----------
    since, until
        Start, inclusive, and end, exclusive; None: no bound.
    target
        Account whose acts and threads are looked at; None: all.
    """

    since: datetime | None = None
    until: datetime | None = None
    target: str | None = None

    @classmethod
    def read(cls, since: datetime | str | None, until: datetime | str | None, target: str | None) -> Window:
        """Give a window from what a user wrote.

        Raises
        ------
        ConfigurationError
            A time cannot be read.
        """
        return cls(as_time(since, "since"), as_time(until, "until"), target)

    def told(self) -> dict[str, str | None]:
        """Give it in words, the same for the same window."""
        return {
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "target": self.target,
        }


def case_tables(case: Case, window: Window, parent_days: float) -> Tables:
    """Give what a run on a case works on; a side table without any row counts as not given.

    Parameters
    ----------
    case
        At its newest version, or as it was.
    window
        What to look at. Side tables are given whole.
    parent_days
        Days before the window in which the parents of its acts are looked up.
    """
    side = {name: frame for name in SIDE_TABLES if len(frame := case.table(name))}
    named = case.table(NAMED_TABLE)
    candidates = match_names(named.select(NAMED_COLUMNS), side["accounts"]) if len(named) and "accounts" in side else None
    with undamaged(case.root, case.tables()):
        rows = case.window(window.since, window.until, window.target, parent_days=parent_days)
        interactions = rows.collect(engine="streaming")
    return Tables(interactions=interactions.lazy(), candidates=candidates, counts={"rows": len(interactions)}, **_known(side))


def _known(side: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Give those side tables that the main job knows."""
    return {name: frame for name, frame in side.items() if name in Tables.__dataclass_fields__}


def describe(case: Case, window: Window) -> dict[str, object]:
    """Say which data a run on a case sees, for its summary.

    ``version`` is the newest one that changed the data; kept runs and compaction do not count, so the same run tells the same.
    """
    version = case.data_version
    seen = {name: delta for name, delta in case.at(version).tables().items() if name in DATA_TABLES or name == "repeated"}
    return {"id": case.id, "name": case.name, "version": version, "tables": seen, "window": window.told()}


def run_name(case: Case, window: Window, settings: Settings) -> str:
    """Name a run; see :func:`graphwatch.tables.results.run_id_of`."""
    return run_id_of(case, window.told(), settings.digest())


def keep_run(case: Case, window: Window, result: Result, settings: Settings) -> str:
    """Keep a run's results in the case.

    Returns
    -------
    str
        Name of the run; see :func:`run_name`. A run that is there already is left as it is.
    """
    run_id = run_name(case, window, settings)
    meta: dict[str, object] = {"version": case.data_version, "settings_digest": settings.digest(), "window": window.told()}
    meta["counts"] = dict(result.counts)
    meta |= {name: None if end is None else end.isoformat() for name, end in zip(("first_at", "last_at"), result.span, strict=True)}
    case.write_results(run_id, result.frames, meta)
    return run_id

"""What lies where in a case folder, and the columns of each of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from graphwatch.schema import INPUTS, RESULTS, REVIEWS, STRINGS, TIMESTAMP, Table

FORMAT: Final = 1
CASE_FILE: Final = "case.json"
STATE_FILE: Final = "state.json"
LOCK_FILE: Final = "lock"
SALT_FILE: Final = "salt"
TABLES_FOLDER: Final = "tables"
STAGING_FOLDER: Final = "staging"
DAMAGED_FOLDER: Final = "damaged"
INTERACTIONS_TABLE: Final = "interactions"
NAMED_TABLE: Final = "named"
NAMED_COLUMNS: Final = ("name", "agency_id", "agency_name", "platform", "source")

_NEVER: Final = "interval 36500 days"
CONFIGURATION: Final[Mapping[str, str | None]] = MappingProxyType(
    {  # the log is kept, so that an old version can be read; compact and forget take away what may go
        "delta.logRetentionDuration": _NEVER,
        "delta.deletedFileRetentionDuration": _NEVER,
        "delta.enableExpiredLogCleanup": "false",
    }
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One Delta table of a case.

    Attributes
    ----------
    name
        Its folder under ``tables/``, e.g. ``interactions`` or ``results/pileons``.
    dtypes
        Columns in order with their polars types: the canonical ones, then those that only the case folder has.
    partition_by
        Columns that are folders and not in the files.
    canonical
        The input or result table that it holds; None for the case's own books.
    """

    name: str
    dtypes: Mapping[str, pl.DataType]
    partition_by: tuple[str, ...] = ()
    canonical: Table | None = None

    @property
    def file_dtypes(self) -> dict[str, pl.DataType]:
        """Columns that are in the data files."""
        return {name: dtype for name, dtype in self.dtypes.items() if name not in self.partition_by}

    def empty(self) -> pl.DataFrame:
        """Give a frame with all columns and no row."""
        return pl.DataFrame(schema=dict(self.dtypes))

    def path(self, root: Path) -> Path:
        """Give the table's folder in a case."""
        return root / TABLES_FOLDER / self.name


def _input(table: Table) -> Stored:
    if table.name == INTERACTIONS_TABLE:
        own = {"key": pl.Int64(), "observation": pl.Int64(), "load_id": pl.String(), "day": pl.Date()}
        return Stored(table.name, {**table.dtypes, **own}, ("day",), table)
    return Stored(table.name, {**table.dtypes, "observation": pl.Int64(), "load_id": pl.String(), "loaded": pl.Int64()}, (), table)


def _result(table: Table) -> Stored:
    return Stored(f"results/{table.name}", {**table.dtypes, "run_id": pl.String()}, ("run_id",), table)


_OWN: Final = (
    Stored("repeated", {"key": pl.Int64(), "day": pl.Date(), "load_id": pl.String()}),
    Stored("deletions", {"platform": pl.String(), "interaction_id": pl.String(), "key": pl.Int64(), "load_id": pl.String()}),
    Stored(NAMED_TABLE, {**dict.fromkeys(NAMED_COLUMNS, pl.String()), "load_id": pl.String()}),
    Stored(
        "rejected",
        {
            "file": pl.String(),
            "line": pl.Int64(),
            "field": pl.String(),
            "reason": pl.String(),
            "record": pl.String(),
            "table": pl.String(),
            "load_id": pl.String(),
        },
    ),
    Stored(
        "loads",
        {
            "load_id": pl.String(),
            "at": TIMESTAMP,
            "version": pl.Int64(),
            "options": pl.String(),
            "files": STRINGS,
            "digests": STRINGS,
            "counts": pl.String(),
        },
    ),
    Stored(
        "runs",
        {
            "run_id": pl.String(),
            "at": TIMESTAMP,
            "version": pl.Int64(),
            "settings_digest": pl.String(),
            "window": pl.String(),
            "summary": pl.String(),
        },
    ),
    Stored(REVIEWS.name, REVIEWS.dtypes),
    Stored(
        "forgotten",
        {
            "tombstone_id": pl.String(),
            "sort": pl.String(),
            "platform": pl.String(),
            "digest": pl.String(),
            "probe": pl.Int64(),
            "stand_in": pl.String(),
            "before": TIMESTAMP,
            "reason": pl.String(),
            "at": TIMESTAMP,
            "counts": pl.String(),
        },
    ),
    Stored(
        "holds",
        {
            "hold_id": pl.String(),
            "event": pl.String(),
            "platform": pl.String(),
            "account_id": pl.String(),
            "reason": pl.String(),
            "at": TIMESTAMP,
        },
    ),
)

STORED: Final[Mapping[str, Stored]] = MappingProxyType(
    {stored.name: stored for stored in (*(_input(t) for t in INPUTS.values()), *_OWN, *(_result(t) for t in RESULTS.values()))}
)
SIDE_TABLES: Final = tuple(name for name in INPUTS if name != INTERACTIONS_TABLE)

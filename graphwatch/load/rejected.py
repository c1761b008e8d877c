"""Rows that were set aside: where they stood, why, and what they said."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from graphwatch.errors import DataError, Place
from graphwatch.settings import LoadSettings

MAX_RECORD: Final = 2000
REJECTED: Final = pl.Schema({"file": pl.String, "line": pl.Int64, "field": pl.String, "reason": pl.String, "record": pl.String})
TOO_LONG: Final = "line is longer than load.max_line_bytes"


class RejectedRows(UserWarning):
    """Rows were set aside; ``load_interactions``, ``load_table`` and ``check_frame`` say which and why."""


def warn_rejected(rejected: pl.DataFrame, counts: Mapping[str, int], what: str) -> None:
    """Warn of rows that were set aside, for functions that give rows only."""
    if rejected.is_empty():
        return
    line, column, reason = rejected.select("line", "field", "reason").row(0)
    told = f"{what}: {count_rows(rejected):,} of {counts.get('rows', 0):,} rows were set aside; first: row {line}, {column}: {reason}"
    warnings.warn(told, RejectedRows, stacklevel=3)


def count_rows(rejected: pl.DataFrame) -> int:
    """Count the rows that were set aside; one with several faults has several lines in ``rejected``.

    Examples
    --------
    >>> two = pl.DataFrame({"file": ["f", "f"], "line": [3, 3], "field": ["at", "kind"], "reason": ["missing", "missing"]})
    >>> count_rows(two)
    1
    """
    return rejected.select("file", "line").n_unique() if len(rejected) else 0


class Faults:
    """Collects rows that never became a record: damaged lines, lines without end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._rows: list[tuple[str, int, str | None, str, str | None]] = []

    def __len__(self) -> int:
        """Give how many there are."""
        return len(self._rows)

    def add(self, line: int, reason: str, record: bytes | str | None = None, column: str | None = None) -> None:
        """Set one line aside."""
        if isinstance(record, bytes):
            record = record[: 4 * MAX_RECORD].decode("utf-8", "replace")
        self._rows.append((self.file, line, column, reason, clip(record)))

    def frame(self) -> pl.DataFrame:
        """Give them as a frame."""
        return pl.DataFrame(self._rows, schema=REJECTED, orient="row")

    def take(self) -> pl.DataFrame:
        """Give them as a frame, and forget them."""
        found, self._rows = self.frame(), []
        return found


def clip(record: str | None) -> str | None:
    """Cut a record to a length that a log can hold.

    Examples
    --------
    >>> clip("short")
    'short'
    """
    return record if record is None or len(record) <= MAX_RECORD else record[:MAX_RECORD] + "…"


def records_json(rows: pl.DataFrame) -> pl.Series:
    """Give each row as JSON text, cut to length."""
    if not rows.width:
        return pl.Series("record", [None] * len(rows), dtype=pl.String)
    shown = rows.with_columns(pl.col(pl.Binary, pl.Object).cast(pl.String, strict=False)) if _has_binary(rows) else rows
    text = shown.select(pl.struct(pl.all()).struct.json_encode().alias("record")).to_series()
    return pl.select(
        pl.when(text.str.len_chars() > MAX_RECORD).then(text.str.slice(0, MAX_RECORD) + "…").otherwise(text).alias("record")
    ).to_series()


def _has_binary(rows: pl.DataFrame) -> bool:
    return any(dtype in {pl.Binary, pl.Object} for dtype in rows.dtypes)


def join_rejected(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put frames of rejected rows together, ordered by file, line, field and reason."""
    held = [REJECTED.to_frame(), *frames]
    return pl.concat(held).sort("file", "line", "field", "reason", "record", nulls_last=True)


@dataclass(slots=True)
class Tally:
    """Counts what is set aside of a file, part by part.

    Attributes
    ----------
    bad
        Rows with any fault. Parts must not share lines.
    reasons
        Faults by field and reason.
    first
        Lines of the first five of them.
    """

    bad: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[int] = field(default_factory=list)

    def add(self, rejected: pl.DataFrame) -> None:
        """Count the faults of one part."""
        if rejected.is_empty():
            return
        self.bad += rejected["line"].n_unique()
        grouped = rejected.group_by("field", "reason").len()
        for name, reason, count in grouped.iter_rows():
            self.reasons[f"{name + ': ' if name else ''}{reason}"] += count
        self.first = sorted({*self.first, *rejected["line"].unique().bottom_k(5)})[:5]

    def check(self, rows: int, file: str, settings: LoadSettings) -> None:
        """Refuse a file of which too much was set aside: it is then not what it was taken for.

        Raises
        ------
        DataError
            More than ``settings.max_rejected_share`` of the rows are bad; the commonest reasons and the first rows are named.
        """
        if not self.bad or self.bad <= settings.max_rejected_share * rows:
            return
        ordered = sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))[:3]
        commonest = "; ".join(f"{reason} ({count:,})" for reason, count in ordered)
        raise DataError(
            f"{self.bad:,} of {rows:,} rows cannot be used (load.max_rejected_share is {settings.max_rejected_share:g}): "
            f"{commonest}; first at line {', '.join(map(str, self.first))}",
            Place(file),
        )


def check_share(rejected: pl.DataFrame, rows: int, file: str, settings: LoadSettings) -> None:
    """Refuse a file of which too much was set aside; see :meth:`Tally.check`."""
    tally = Tally()
    tally.add(rejected)
    tally.check(rows, file, settings)

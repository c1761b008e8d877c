"""Gaps in what was collected: hours without a row where the platform's own rhythm would have had some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

WEEK_FROM_H: Final = 28 * 24  # from four weeks on, each hour of the week has been seen often enough
DAY_FROM_H: Final = 3 * 24
RARE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a row.

    Attributes
    ----------
    platform
        Platform; None: rows that name none.
    start, end
        First empty hour, and the end of the last one (UTC).
    expected
        Rows that these hours have on other days.
    chance
        Chance of so long a silence when nothing is missing; lower is stronger evidence of a gap.
    """

    platform: str | None
    start: datetime
    end: datetime
    expected: float
    chance: float

    @property
    def hours(self) -> float:
        """Length in hours."""
        return (self.end - self.start) / timedelta(hours=1)


def find_gaps(hourly: pl.DataFrame, *, rare: float = RARE, at_most: int = 100) -> list[Gap]:
    """Find gaps between the first and the last row of each platform.

    Parameters
    ----------
    hourly
        ``platform``, ``hour`` (start of the hour, UTC) and ``rows``; hours without rows are absent.
    rare
        Chance below which a silence counts as a gap.
    at_most
        Gaps given at most: the longest by expected rows.

    Returns
    -------
    list of Gap
        By platform and time.

    Notes
    -----
    For each hour of the day, from four weeks on of the week, it is counted on how many days it held a row at all; a burst so weighs no
    more than any other hour. The chance of a silence is the product over its hours of the shares of days without a row, each drawn by one
    day's weight toward the platform's share of silent hours, as if hours were independent; it is compared with ``rare`` over the number of
    silences (Bonferroni). What breaks it: a platform that truly sleeps for days at a time; an exporter that samples.

    Examples
    --------
    >>> start = datetime(2024, 1, 1, tzinfo=UTC)
    >>> hours = [start + timedelta(hours=h) for h in range(240) if not 100 <= h < 106]
    >>> rows = pl.DataFrame({"platform": "x", "hour": hours, "rows": 5})
    >>> [(str(gap.start), gap.hours, gap.expected) for gap in find_gaps(rows)]
    [('2024-01-05 04:00:00+00:00', 6.0, 30.0)]
    """
    found: list[Gap] = []
    for (platform,), part in (
        hourly.sort("platform", "hour", nulls_last=False).partition_by("platform", as_dict=True, maintain_order=True).items()
    ):
        found += _of_platform(None if platform is None else str(platform), part, rare)
    kept = sorted(found, key=lambda gap: (-gap.expected, gap.platform or "", gap.start))[:at_most]
    return sorted(kept, key=lambda gap: (gap.platform or "", gap.start))


def _of_platform(platform: str | None, part: pl.DataFrame, rare: float) -> list[Gap]:
    hours = part["hour"].dt.epoch("s").to_numpy() // 3600
    first, last = int(hours[0]), int(hours[-1])
    rows = np.zeros(last - first + 1)
    rows[hours - first] = part["rows"].to_numpy()
    period = 168 if len(rows) >= WEEK_FROM_H else 24 if len(rows) >= DAY_FROM_H else 1
    slot = (np.arange(first, last + 1)) % period
    silences = _runs(rows == 0)
    days = np.bincount(slot, minlength=period)
    seen = np.bincount(slot, weights=rows > 0, minlength=period)
    silent = (days - seen + (rows == 0).mean()) / (days + 1)
    found = []
    for start, end in silences:
        chance = float(np.exp(np.log(silent[slot[start:end]]).sum()))
        if chance < rare / len(silences):
            others = days - np.bincount(slot[start:end], minlength=period)
            usual = np.bincount(slot, weights=rows, minlength=period) / np.maximum(others, 1)
            found.append(Gap(platform, _time(first + start), _time(first + end), round(float(usual[slot[start:end]].sum()), 1), chance))
    return found


def _runs(empty: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], empty, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _time(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)

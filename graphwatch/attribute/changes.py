"""Contracts that begin or end around a pile-on, beside how often an agency's contracts do so anyway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphwatch.attribute.contracts import NEVER, Contracts
from graphwatch.model import DAY, F64, I8, I32, I64, NO_TIME

BEGINS = 0
ENDS = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """Dated beginnings and ends of contracts, by time.

    Attributes
    ----------
    at
        µs.
    account, agency
        Account code, and place in ``Contracts.agencies``.
    change
        :data:`BEGINS` or :data:`ENDS`.
    per_day : (agencies,)
        Beginnings and ends of each agency a day, over the time that all dated contracts span, a year at least.
    """

    at: I64
    account: I32
    agency: I32
    change: I8
    per_day: F64

    @classmethod
    def of(cls, contracts: Contracts, now: int) -> Changes:
        """Gather the changes of some contracts; ends after ``now`` (µs, end of the data) are plans and do not count for ``per_day``.

        Examples
        --------
        >>> import polars as pl
        >>> from graphwatch.attribute.contracts import read_contracts
        >>> start = pl.Series(["2024-01-01"]).str.to_datetime(time_zone="UTC")
        >>> roster = pl.DataFrame({"account_id": ["a"], "agency_id": ["m"], "valid_from": start})
        >>> changes = Changes.of(read_contracts(roster, pl.Series(["a"])), 1_735_689_600_000_000)
        >>> changes.change.tolist(), round(1 / changes.per_day[0])
        ([0], 366)
        """
        begun, ended = np.flatnonzero(contracts.start != NO_TIME), np.flatnonzero(contracts.end != NEVER)
        at = np.concatenate([contracts.start[begun], contracts.end[ended]])
        which = np.concatenate([begun, ended])
        change = np.concatenate([np.full(len(begun), BEGINS, np.int8), np.full(len(ended), ENDS, np.int8)])
        order = np.lexsort((change, contracts.agency[which], contracts.account[which], at))
        at, which, change = at[order], which[order], change[order]
        past = at <= now
        span = max(float(now - at[0]) / DAY, 365.0) if past.any() else 365.0
        per_day = np.bincount(contracts.agency[which][past], minlength=len(contracts.agencies)) / span
        return cls(at, contracts.account[which], contracts.agency[which], change, per_day)

    def around(self, onset: int, end: int, days: float) -> slice:
        """Give the changes from ``days`` before ``onset`` to ``days`` after ``end``."""
        reach = int(days * DAY)
        low, high = np.searchsorted(self.at, [onset - reach, end + reach + 1])
        return slice(int(low), int(high))

    def usual(self, onset: int, end: int, days: float) -> F64:
        """Give the changes of each agency to be expected in a time of that length."""
        usual: F64 = self.per_day * ((end - onset) / DAY + 2 * days)
        return usual

"""Who held what when: the ``ownership`` table as arrays, read as of a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.attribute.contracts import NEVER
from graphwatch.graph.encode import look_up
from graphwatch.model import F64, I32, I64, NO_TIME
from graphwatch.schema import OWNERSHIP


@dataclass(frozen=True, slots=True)
class Shares:
    """Holdings at one time: one row per owner and owned company; places in ``names``, share NaN: unknown."""

    names: pl.Series
    owner: I32
    owned: I32
    share: F64


@dataclass(frozen=True, slots=True)
class Holdings:
    """The ``ownership`` table as arrays, sorted by owned company, owner and start; row i says who held what from when to when.

    Attributes
    ----------
    names
        Ids of companies and persons, ascending.
    owner, owned
        Places in ``names``.
    share
        Fraction; NaN: unknown.
    start, end
        µs; the end is exclusive.
    selves
        Rows left out since they say that a company owns itself.
    """

    names: pl.Series
    owner: I32
    owned: I32
    share: F64
    start: I64
    end: I64
    selves: int = 0

    def valid(self, time: int) -> bytes:
        """Give which rows hold at a time, as a key: two times with the same key have the same holdings."""
        return np.packbits((self.start <= time) & (time < self.end)).tobytes()

    def at(self, time: int) -> Shares:
        """Give the holdings that are valid at a time in µs; of several statements on one holding the one with the latest start counts."""
        valid = np.flatnonzero((self.start <= time) & (time < self.end))
        last = np.ones(len(valid), bool)
        last[:-1] = (np.diff(self.owned[valid]) != 0) | (np.diff(self.owner[valid]) != 0)
        rows = valid[last]
        return Shares(self.names, self.owner[rows], self.owned[rows], self.share[rows])


def read_holdings(ownership: pl.DataFrame) -> Holdings:
    """Encode the ``ownership`` table; rows of one owning itself or nothing are left out, row order has no influence.

    Examples
    --------
    >>> held = read_holdings(pl.DataFrame({"owner_id": ["top", "a"], "owned_id": ["a", "a"], "share": [0.8, 0.2]}))
    >>> held.at(0).share.tolist(), held.selves
    ([0.8], 1)
    """
    table = OWNERSHIP.conform(ownership).drop_nulls(["owner_id", "owned_id"])
    others = table.filter(pl.col("owner_id") != pl.col("owned_id"))
    selves = len(table) - len(others)
    table = others.filter(pl.col("share").fill_null(1) > 0)
    start, end = (pl.col(name).to_physical().fill_null(int(value)) for name, value in (("valid_from", NO_TIME), ("valid_to", NEVER)))
    table = table.with_columns(start, end, pl.col("share").fill_null(np.nan))
    known = table.with_columns(unknown=pl.col("share").is_nan()).sort(
        "owned_id", "owner_id", "valid_from", "unknown", "share", "valid_to", descending=[False, False, False, True, False, False]
    )
    names = pl.concat([known["owner_id"], known["owned_id"]]).unique().sort().rename("name")
    columns = (look_up(known["owner_id"], names), look_up(known["owned_id"], names))
    start_at, end_at = (known[name].to_numpy() for name in ("valid_from", "valid_to"))
    return Holdings(names, *columns, known["share"].to_numpy(), start_at, end_at, selves)

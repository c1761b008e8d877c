"""Who was signed by which agency at a given time: affiliations joined *as of* the act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import polars as pl

from graphwatch.graph.encode import look_up
from graphwatch.model import I32, I64, NO_TIME
from graphwatch.schema import AFFILIATIONS

NEVER: Final = np.iinfo(np.int64).max
_CONTRACT: Final = ("account_id", "agency_id", "valid_from")


@dataclass(frozen=True, slots=True)
class Contracts:
    """Dated contracts of the accounts that occur in the data, best first within each account.

    *Best* means: highest confidence (not given counts as 1), then latest start, then smallest agency id. A contract is valid from its
    start, inclusive, to its end, exclusive. Of several observations of one contract (same account, agency and start) the latest counts, so
    that a later report that it has ended takes the place of an earlier one that it is still running.

    Attributes
    ----------
    agencies
        Agency ids, ascending; ``agency`` holds their places.
    account, agency, start, end
        One entry per contract; times in µs, ``NO_TIME`` and ``NEVER`` where open.
    first
        Contracts of account code ``a`` are ``first[a]:first[a + 1]``.
    unmatched
        Contracts of accounts that do not occur in the data.
    candidates
        Contracts below the confidence asked for; they are candidates, never links.
    backwards
        Contracts that end before or when they begin; they are never valid.
    """

    agencies: pl.Series
    account: I32
    agency: I32
    start: I64
    end: I64
    first: I64
    unmatched: int
    candidates: int
    backwards: int = 0

    @property
    def signed(self) -> I32:
        """Codes of the accounts with any contract, ascending."""
        first = np.concatenate([[True], self.account[1:] != self.account[:-1]])[: len(self.account)]
        accounts: I32 = self.account[first].astype(np.int32)
        return accounts

    def at(self, accounts: I32, times: I64) -> I32:
        """Give the agency of each account at each time.

        Parameters
        ----------
        accounts, times : (n,)
            Account codes and times in µs.

        Returns
        -------
        (n,) array
            Place in ``agencies``; -1: no valid contract.
        """
        return _as_of(accounts, times, self.first, self.agency, self.start, self.end)


def read_contracts(affiliations: pl.DataFrame, accounts: pl.Series, min_confidence: float = 0.0) -> Contracts:
    """Encode the ``affiliations`` table against the accounts of the data.

    Parameters
    ----------
    affiliations
        Table ``affiliations``; row order has no influence.
    accounts
        Account key of each code, as in :class:`~graphwatch.model.Events`. Where an id is used on several platforms the key is
        ``platform:id``, and affiliations must name it so: without a platform nobody can tell which of the accounts is meant.
    min_confidence
        Contracts with a lower confidence are counted as ``candidates`` and left out.

    Examples
    --------
    >>> roster = pl.DataFrame({"account_id": ["b", "z"], "agency_id": ["m1", "m2"]})
    >>> contracts = read_contracts(roster, pl.Series(["a", "b"]))
    >>> contracts.at(np.array([0, 1], np.int32), np.zeros(2, np.int64)).tolist(), contracts.unmatched
    ([-1, 0], 1)
    """
    table = _latest_observation(AFFILIATIONS.conform(affiliations).drop_nulls(["account_id", "agency_id"]))
    sure = table.filter(pl.col("confidence") >= min_confidence)
    codes = look_up(sure["account_id"], accounts)
    known = sure.with_columns(account=pl.Series(codes, dtype=pl.Int32)).filter(pl.col("account") >= 0)
    known = known.sort("account", "confidence", "valid_from", "agency_id", descending=[False, True, True, False])
    agencies = sure["agency_id"].unique().sort().rename("agency_id")
    account = known["account"].to_numpy()
    return Contracts(
        agencies=agencies,
        account=account,
        agency=look_up(known["agency_id"], agencies),
        start=known["valid_from"].to_numpy(),
        end=known["valid_to"].to_numpy(),
        first=np.searchsorted(account, np.arange(len(accounts) + 1)).astype(np.int64),
        unmatched=len(sure) - len(known),
        candidates=len(table) - len(sure),
        backwards=int((sure["valid_to"] <= sure["valid_from"]).sum()),
    )


def _latest_observation(table: pl.DataFrame) -> pl.DataFrame:
    """One row per contract: the latest observed; of equals the surest, then the one that ends last."""
    times = [pl.col(name).to_physical().fill_null(int(NO_TIME)) for name in ("valid_from", "observed_at")]
    numbers = table.with_columns(*times, pl.col("valid_to").to_physical().fill_null(int(NEVER)), pl.col("confidence").fill_null(1.0))
    newest = numbers.sort(*_CONTRACT, "observed_at", "confidence", "valid_to", descending=[False, False, False, True, True, True])
    return newest.unique(_CONTRACT, keep="first", maintain_order=True)


@numba.njit(cache=True)
def _as_of(accounts: I32, times: I64, first: I64, agency: I32, start: I64, end: I64) -> I32:
    out = np.full(len(accounts), -1, np.int32)
    for i in range(len(accounts)):
        account = accounts[i]
        if account < 0:
            continue
        for k in range(first[account], first[account + 1]):
            if start[k] <= times[i] < end[k]:
                out[i] = agency[k]
                break
    return out

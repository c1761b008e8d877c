"""Legal holds: while one stands, what it covers may not be deleted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from graphwatch.errors import ConfigurationError, Place
from graphwatch.tables.layout import STORED
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.snapshot import scan_table
from graphwatch.tables.writing import writing


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold.

    Attributes
    ----------
    hold_id
        Its name, for releasing it.
    account_id
        Account that it covers: all that it did, all that was done to it, and all that is known of it. None: the whole case.
    platform
        Platform of the account; None: any.
    reason
        Why.
    at, released_at
        When it was placed and when it was released; the latter None while it stands.
    release_reason
        Why it was released.
    """

    hold_id: str
    account_id: str | None
    platform: str | None
    reason: str
    at: datetime
    released_at: datetime | None = None
    release_reason: str | None = None

    @property
    def standing(self) -> bool:
        """Whether it holds now."""
        return self.released_at is None

    def __str__(self) -> str:
        """Say what it covers and why."""
        return f"{self.hold_id} ({'the whole case' if self.account_id is None else f'account {self.account_id}'}: {self.reason})"


def holds(case: OpenCase) -> list[Hold]:
    """Give all holds, also released ones, oldest first."""
    rows = scan_table(case.root, "holds", case.tables()["holds"]).collect().sort("at", "event", "hold_id")
    found: dict[str, Hold] = {}
    for row in rows.iter_rows(named=True):
        if row["event"] == "placed":
            found[row["hold_id"]] = Hold(row["hold_id"], row["account_id"], row["platform"], row["reason"], row["at"])
        elif row["hold_id"] in found:
            held = found[row["hold_id"]]
            placed = (held.hold_id, held.account_id, held.platform, held.reason, held.at)
            found[held.hold_id] = Hold(*placed, row["at"], row["reason"])
    return list(found.values())


def standing(case: OpenCase) -> list[Hold]:
    """Give the holds that hold now."""
    return [hold for hold in holds(case) if hold.standing]


def place_hold(case: OpenCase, *, account: str | None = None, platform: str | None = None, reason: str) -> Hold:
    """Place a legal hold.

    Parameters
    ----------
    account
        Account, as actor and as target; None: the whole case.
    platform
        Its platform; None: any.
    reason
        Why, e.g. a file number. It is kept for good.

    Raises
    ------
    ConfigurationError
        There is no reason.
    """
    case.require_writable()
    if not reason.strip():
        raise ConfigurationError("a hold needs a reason, e.g. the file number of the request", Place(case.root))
    hold = Hold(uuid.uuid4().hex[:12], account, platform if account is not None else None, reason.strip(), datetime.now(UTC))
    _record(case, hold.hold_id, "placed", hold.account_id, hold.platform, hold.reason, hold.at)
    return hold


def release_hold(case: OpenCase, hold_id: str, *, reason: str) -> Hold:
    """Release a legal hold; that it stood, and why it was released, stays on record.

    Raises
    ------
    ConfigurationError
        No such hold stands, or there is no reason.
    """
    case.require_writable()
    if not reason.strip():
        raise ConfigurationError("releasing a hold needs a reason", Place(case.root))
    open_holds = {hold.hold_id: hold for hold in standing(case)}
    if hold_id not in open_holds:
        raise ConfigurationError(f"no hold {hold_id!r} stands; there are {', '.join(open_holds) or 'none'}", Place(case.root))
    _record(case, hold_id, "released", None, None, reason.strip(), datetime.now(UTC))
    return next(hold for hold in holds(case) if hold.hold_id == hold_id)


def _record(case: OpenCase, hold_id: str, event: str, account: str | None, platform: str | None, reason: str, at: datetime) -> None:
    row = {"hold_id": hold_id, "event": event, "platform": platform, "account_id": account, "reason": reason, "at": at}
    with writing(case.root, "hold") as commit:
        commit.append("holds", pl.DataFrame([row], schema=dict(STORED["holds"].dtypes)))

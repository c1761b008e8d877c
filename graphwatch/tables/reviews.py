"""Decisions of people about findings: added, never changed, never taken away."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import polars as pl

from graphwatch.errors import ConfigurationError, Place
from graphwatch.schema import REVIEWS
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.snapshot import scan_table
from graphwatch.tables.tombstones import Tombstones
from graphwatch.tables.writing import writing


def add_review(
    case: OpenCase,
    finding: str,
    finding_id: str,
    *,
    outcome: str,
    reviewer: str,
    account: str | None = None,
    run_id: str | None = None,
    note: str = "",
) -> str:
    """Keep a decision about a finding.

    Parameters
    ----------
    finding
        Kind: ``pileon``, ``role``, ``coaction``, ``campaign``, ``agency``, ``origin`` or ``alert``.
    finding_id
        Its id in the result table.
    outcome
        ``confirmed``, ``dismissed``, ``criticism``, ``journalism``, ``self_defence`` or ``unclear``.
    reviewer
        Who decided, by a name that the team knows.
    account
        Account that the finding is about, where it is about one.
    run_id
        Run that the finding is from.
    note
        Why.

    Returns
    -------
    str
        Id of the review.

    Raises
    ------
    ConfigurationError
        There is no such kind, outcome or run, or finding or reviewer are empty.

    Notes
    -----
    When the account is forgotten the review stays, with a stand-in in the account's place. A forgotten account that is named in a new
    review is replaced, too.
    """
    case.require_writable()
    for name, value in (("finding", finding), ("outcome", outcome)):
        allowed = REVIEWS.column(name).choices
        if value not in allowed:
            raise ConfigurationError(f"{name} {value!r}: expected one of {', '.join(allowed)}", Place(case.root))
    if not finding_id.strip() or not reviewer.strip():
        raise ConfigurationError("a review needs the id of the finding and the name of the reviewer", Place(case.root))
    review_id = uuid.uuid4().hex[:12]
    told: dict[str, object] = {
        "review_id": review_id,
        "finding": finding,
        "finding_id": finding_id,
        "account_id": account,
        "run_id": run_id,
    }
    told |= {"reviewer": reviewer.strip(), "at": datetime.now(UTC), "outcome": outcome, "note": note.strip() or None}
    row = pl.DataFrame([told], schema=REVIEWS.dtypes)
    with writing(case.root, "review") as commit:
        tables = commit.state.tables()
        runs = scan_table(case.root, "runs", tables["runs"]).select("run_id").collect().to_series()
        if run_id is not None and run_id not in runs:
            raise ConfigurationError(f"the case holds no run {run_id!r}", Place(case.root))
        forgotten = scan_table(case.root, "forgotten", tables["forgotten"]).collect()
        commit.append("reviews", Tombstones(forgotten, case.salt).screen(row, "reviews")[0])
    return review_id


def reviews(case: OpenCase) -> pl.DataFrame:
    """Give all reviews as of the case's version, oldest first; see :data:`graphwatch.schema.REVIEWS`."""
    return scan_table(case.root, "reviews", case.tables()["reviews"]).collect().sort("at", "review_id")

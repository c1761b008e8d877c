"""What people decided about a pile-on and its accounts, as it is told beside the findings."""

from __future__ import annotations

from typing import Final

import polars as pl

from graphwatch.review.pseudonyms import Pseudonyms

_NAMING: Final = ("role", "origin")


def latest_decisions(reviews: pl.DataFrame, pileon_id: str) -> pl.DataFrame:
    """Give the decision that holds about each finding of one pile-on: the latest.

    Parameters
    ----------
    reviews
        Table :data:`graphwatch.schema.REVIEWS`.

    Returns
    -------
    polars.DataFrame
        Rows of ``reviews``, by finding, then account.
    """
    mine = reviews.filter(pl.col("finding_id") == pileon_id).sort("at", "review_id")
    return mine.unique(["finding", "account_id"], keep="last", maintain_order=True).sort("finding", "account_id", nulls_last=False)


def nameable_accounts(latest: pl.DataFrame) -> frozenset[str]:
    """Give the accounts whose role or origin was confirmed, and about whom no decision that holds says otherwise.

    Examples
    --------
    >>> latest = pl.DataFrame(
    ...     {
    ...         "finding": ["role", "origin", "role"],
    ...         "account_id": ["a", "a", "b"],
    ...         "outcome": ["confirmed", "journalism", "confirmed"],
    ...     }
    ... )
    >>> sorted(nameable_accounts(latest))
    ['b']
    """
    about = latest.filter(pl.col("finding").is_in(_NAMING), pl.col("account_id").is_not_null())
    each = about.group_by("account_id").agg((pl.col("outcome") == "confirmed").all())
    return frozenset(each.filter("outcome")["account_id"].to_list())


def decisions_in_words(latest: pl.DataFrame, names: Pseudonyms | None) -> str:
    """Say what was decided, in one sentence without an end; accounts as pseudonyms unless ``names`` is None."""
    if latest.is_empty():
        return "Not reviewed by a person"
    words = []
    for row in latest.iter_rows(named=True):
        account = row["account_id"]
        of = "" if account is None else f" of {account if names is None else names.of(account)}"
        words.append(f"{row['finding']}{of} {row['outcome'].replace('_', ' ')} ({row['at']:%Y-%m-%d})")
    return "Reviewed by a person: " + ", ".join(words)

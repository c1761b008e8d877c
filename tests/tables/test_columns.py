"""Forgetting, holds and retention know every column of every table: a new one that nobody decided about fails here."""

from __future__ import annotations

import polars as pl
import pytest

from graphwatch.schema import RESULTS, REVIEWS, STRINGS
from graphwatch.tables import redact
from graphwatch.tables.expire import PARENTS, time_column
from graphwatch.tables.layout import STORED

SETS = {
    "account": redact.ACCOUNT_COLUMNS,
    "act": redact.ACT_COLUMNS,
    "words": redact.WORD_COLUMNS,
    "books": redact.BOOK_COLUMNS,
    "other": redact.OTHER_COLUMNS,
}
STRING_COLUMNS = sorted(
    {
        (name.removeprefix("results/"), column)
        for name, held in STORED.items()
        for column, t in held.dtypes.items()
        if t in (pl.String, STRINGS)
    }
)


def test_somebody_decided_what_each_holds() -> None:
    """Put a new column's name into one of the sets at the top of graphwatch/tables/redact.py."""
    decided = {(table, column): sum(column in names for names in SETS.values()) for table, column in STRING_COLUMNS}
    assert {place: count for place, count in decided.items() if count != 1} == {}


def test_what_nobody_decided_about_is_taken_for_words() -> None:
    assert redact.sort_of("members", "column of tomorrow") == "words"


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_goes_with_an_account_or_a_finding(name: str) -> None:
    """A result table names accounts, or hangs on a finding that does, or says nothing of anybody."""
    columns = {*RESULTS[name].names}
    assert columns & redact.ACCOUNT_COLUMNS or columns & {"pileon_id", "scope", "campaign_id"} or name == "coaction_groups"


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_has_an_age(name: str) -> None:
    dtypes = {*RESULTS[name].names}
    hangs_on = any(set(named) <= dtypes for _, _, columns in PARENTS for named in columns)
    assert time_column(f"results/{name}") is not None or hangs_on or name == "affiliation_candidates"


def test_reviews_are_declared_once() -> None:
    assert STORED["reviews"].dtypes == REVIEWS.dtypes

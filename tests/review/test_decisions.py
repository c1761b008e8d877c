"""Decisions about a pile-on: the latest holds, and a name is shown only where all that hold say so."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from graphwatch.review.decisions import decisions_in_words, latest_decisions, nameable_accounts
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import REVIEWS

NAMES = Pseudonyms(b"only an example key")


def reviews(*rows: tuple[str, str, str | None, str]) -> pl.DataFrame:
    when = [datetime(2026, 1, 1 + k, tzinfo=UTC) for k in range(len(rows))]
    names = ("finding", "finding_id", "account_id", "outcome")
    told = [dict(zip(names, row, strict=True)) | {"review_id": f"r{k}", "reviewer": "k", "at": when[k]} for k, row in enumerate(rows)]
    return REVIEWS.conform(pl.DataFrame(told)) if told else REVIEWS.empty()


def test_the_latest_decision_holds_whatever_the_order_of_the_rows() -> None:
    table = reviews(("role", "p", "a", "confirmed"), ("role", "p", "a", "dismissed"), ("role", "q", "a", "confirmed"))
    for frame in (table, table.reverse()):
        latest = latest_decisions(frame, "p")
        assert latest["outcome"].to_list() == ["dismissed"]
        assert nameable_accounts(latest) == frozenset()


def test_only_accounts_that_nothing_speaks_for_are_named() -> None:
    table = reviews(
        ("role", "p", "a", "confirmed"),
        ("role", "p", "b", "confirmed"),
        ("origin", "p", "b", "journalism"),
        ("pileon", "p", None, "confirmed"),
        ("agency", "p", "c", "confirmed"),
    )
    latest = latest_decisions(table, "p")
    assert nameable_accounts(latest) == {"a"}
    shown = NAMES.but(nameable_accounts(latest))
    words = decisions_in_words(latest, shown)
    assert "role of a confirmed (2026-01-01)" in words
    assert f"origin of {NAMES.of('b')} journalism" in words
    assert "pileon confirmed" in words
    assert shown.key_id == NAMES.key_id
    assert NAMES.of("a") != "a"
    assert shown.series(pl.Series(["a", "b"])).to_list() == ["a", NAMES.of("b")]


def test_nothing_decided_is_said() -> None:
    latest = latest_decisions(reviews(), "p")
    assert decisions_in_words(latest, NAMES) == "Not reviewed by a person"
    assert nameable_accounts(latest) == frozenset()

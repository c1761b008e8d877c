"""Affiliations as of the act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphwatch.attribute.contracts import read_contracts
from graphwatch.schema import AFFILIATIONS

ACCOUNTS = pl.Series("account", ["a", "b", "c"])
Day = Callable[[float], datetime]


def micros(times: list[datetime]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return pl.Series(times, dtype=pl.Datetime("us", "UTC")).to_physical().to_numpy()


def agency_at(rows: list[dict[str, object]], account: str, time: datetime, min_confidence: float = 0.0) -> str | None:
    contracts = read_contracts(AFFILIATIONS.conform(pl.DataFrame(rows)), ACCOUNTS, min_confidence)
    code = contracts.at(np.array([ACCOUNTS.index_of(account)], np.int32), micros([time]))[0]
    return None if code < 0 else contracts.agencies[int(code)]


def test_start_is_inclusive_and_end_exclusive(day: Day) -> None:
    row: dict[str, object] = {"account_id": "a", "agency_id": "m", "valid_from": day(2), "valid_to": day(5)}
    assert [agency_at([row], "a", day(d)) for d in (1.999, 2, 4.999, 5)] == [None, "m", "m", None]
    assert agency_at([row], "b", day(3)) is None


def test_open_ends(day: Day) -> None:
    row: dict[str, object] = {"account_id": "a", "agency_id": "m", "valid_from": None, "valid_to": None}
    assert agency_at([row], "a", day(-20_000)) == "m" == agency_at([row], "a", day(20_000))


@pytest.mark.parametrize("turn", [1, -1])
def test_several_contracts(day: Day, turn: int) -> None:
    rows: list[dict[str, object]] = [
        {"account_id": "a", "agency_id": "unsure", "valid_from": day(4), "valid_to": None, "confidence": 0.4},
        {"account_id": "a", "agency_id": "sure", "valid_from": day(1), "valid_to": None, "confidence": 0.9},
        {"account_id": "b", "agency_id": "old", "valid_from": day(1), "valid_to": None, "confidence": 0.9},
        {"account_id": "b", "agency_id": "new", "valid_from": day(3), "valid_to": None, "confidence": 0.9},
        {"account_id": "c", "agency_id": "z", "valid_from": day(1), "valid_to": None, "confidence": None},
        {"account_id": "c", "agency_id": "y", "valid_from": day(1), "valid_to": None, "confidence": None},
    ][::turn]
    assert agency_at(rows, "a", day(6)) == "sure"
    assert agency_at(rows, "b", day(6)) == "new"
    assert agency_at(rows, "b", day(2)) == "old"
    assert agency_at(rows, "c", day(2)) == "y"


def test_a_later_observation_takes_the_place_of_an_earlier_one(day: Day) -> None:
    rows: list[dict[str, object]] = [
        {"account_id": "a", "agency_id": "m", "valid_from": day(0), "valid_to": None, "observed_at": day(1)},
        {"account_id": "a", "agency_id": "m", "valid_from": day(0), "valid_to": day(3), "observed_at": day(8)},
    ]
    assert agency_at(rows, "a", day(2)) == "m"
    assert agency_at(rows, "a", day(4)) is None


def test_low_confidence_is_a_candidate_not_a_link(day: Day) -> None:
    row: dict[str, object] = {"account_id": "a", "agency_id": "m", "confidence": 0.3}
    assert agency_at([row], "a", day(0), 0.5) is None
    contracts = read_contracts(pl.DataFrame([row, {"account_id": "nobody", "agency_id": "m", "confidence": 1.0}]), ACCOUNTS, 0.5)
    assert (contracts.candidates, contracts.unmatched, len(contracts.account)) == (1, 1, 0)


def test_a_contract_that_ends_before_it_begins_is_counted_and_never_valid(day: Day) -> None:
    rows = [{"account_id": "a", "agency_id": "m", "valid_from": day(5), "valid_to": day(end)} for end in (2, 5, 9)]
    assert [read_contracts(pl.DataFrame([row]), ACCOUNTS).backwards for row in rows] == [1, 1, 0]
    assert agency_at(rows[:1], "a", day(3)) is None


contract = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from(["a", "b", "c", "x"]),
        "agency_id": st.sampled_from(["m", "n", "o"]),
        "valid_from": st.none() | st.integers(0, 6),
        "valid_to": st.none() | st.integers(0, 6),
        "confidence": st.none() | st.sampled_from([0.2, 0.6, 1.0]),
        "observed_at": st.none() | st.integers(0, 3),
    }
)


@given(st.lists(contract, min_size=1, max_size=8), st.integers(-1, 7))
def test_against_a_plain_search(rows: list[dict[str, object]], time: int) -> None:
    frame = pl.DataFrame(
        rows, schema={n: pl.String if n.endswith("_id") else pl.Float64 if n == "confidence" else pl.Int64 for n in rows[0]}
    )
    stamps = frame.with_columns(pl.col("valid_from", "valid_to", "observed_at").cast(pl.Datetime("us", "UTC")))
    contracts = read_contracts(stamps, ACCOUNTS, 0.5)
    assert contracts.agency.tolist() == read_contracts(stamps[::-1], ACCOUNTS, 0.5).agency.tolist()
    found = contracts.at(np.arange(3, dtype=np.int32), np.full(3, time, np.int64))
    for code, account in zip(found.tolist(), ACCOUNTS, strict=True):
        assert (contracts.agencies[code] if code >= 0 else None) == plain(rows, account, time)


def plain(rows: list[dict[str, object]], account: str, time: int) -> str | None:
    def number(value: object, absent: float) -> float:
        return absent if value is None else float(str(value))

    newest: dict[tuple[object, object], dict[str, object]] = {}
    order = ("observed_at", -1.0), ("confidence", 1.0), ("valid_to", 99.0)
    for row in (r for r in rows if r["account_id"] == account):
        key = row["agency_id"], row["valid_from"]
        if key not in newest or [number(row[n], a) for n, a in order] > [number(newest[key][n], a) for n, a in order]:
            newest[key] = row
    valid = [
        (-number(r["confidence"], 1.0), -number(r["valid_from"], -1.0), str(r["agency_id"]))
        for r in newest.values()
        if number(r["valid_from"], -1.0) <= time < number(r["valid_to"], 99.0) and number(r["confidence"], 1.0) >= 0.5
    ]
    return min(valid)[2] if valid else None

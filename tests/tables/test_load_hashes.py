"""Stored hashes: the published ones for ever, equal to a slow version of themselves; comparing works a range of keys at a time."""

from __future__ import annotations

import struct

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.tables import Case, novelty
from graphwatch.tables.hashing import hash_rows
from tests.tables.acts import WriteRows, acts, current, edited

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(x: int) -> int:
    x ^= x >> 33
    x = x * 0xFF51AFD7ED558CCD & MASK
    x ^= x >> 33
    x = x * 0xC4CEB9FE1A85EC53 & MASK
    return x ^ x >> 33


def fold(state: int, value: str | float | list[str] | None) -> int:
    if value is None:
        return mix(state ^ GOLDEN)
    if isinstance(value, str):
        raw = value.encode()
        state = mix(state ^ (len(raw) + 1))
        for at in range(0, len(raw) - len(raw) % 8, 8):
            state = mix(state ^ int.from_bytes(raw[at : at + 8], "little")) * GOLDEN & MASK
        rest = raw[len(raw) - len(raw) % 8 :]
        return mix(state ^ int.from_bytes(rest, "little")) if rest else state
    if isinstance(value, list):
        state = mix(state ^ (len(value) + 1))
        for item in value:
            state = mix((state * 3 & MASK) ^ fold(0, item))
        return state
    return mix(mix(state ^ 8) ^ int.from_bytes(struct.pack("<d", value + 0.0), "little"))


PUBLISHED = [7829999981526524694, 8675922173891872221]
ROWS = st.lists(
    st.tuples(
        st.none() | st.text(max_size=20),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.lists(st.text(max_size=9), max_size=3),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(ROWS, st.integers(0, 2**63 - 1))
def test_equal_to_a_slow_version(rows: list[tuple[str | None, float | None, list[str] | None]], seed: int) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.Float64, "c": pl.List(pl.String)}, orient="row")
    slow = [fold(fold(fold(seed, a), b), c) for a, b, c in rows]
    assert [value & MASK for value in hash_rows(frame, ["a", "b", "c"], seed).to_list()] == slow
    assert hash_rows(frame.slice(1), ["a", "b", "c"], seed).to_list() == hash_rows(frame, ["a", "b", "c"], seed).to_list()[1:]


def test_published_hashes_never_change() -> None:
    frame = pl.DataFrame({"platform": ["x", None], "interaction_id": ["漢字 and more than eight bytes", ""]})
    assert hash_rows(frame, ["platform", "interaction_id"], 7).to_list() == PUBLISHED


def test_a_range_of_keys_at_a_time(case: Case, write: WriteRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty.key_ranges, "__defaults__", (7,))
    rows = acts(60)
    case.load(write(rows.head(40), "a"))
    report = case.load([write(rows.tail(40), "b"), write(pl.concat([rows.tail(10), edited(rows.head(8), text="new")]), "c")])
    assert report.tables["interactions"] == {"added": 28, "repeated": 30, "history": 8, "rejected": 0, "forgotten": 0}
    assert len(current(case)) == 60
    assert current(case).filter(pl.col("text") == "new").height == 8

"""Codes of strings and rows of ids, against plain dictionaries, with many strings and with hashes that collide."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.graph import codes
from graphwatch.graph.codes import distinct_codes, find_hashes, in_order, named_rows, number_hashes, on_several, string_codes
from graphwatch.model import I32

IDS = st.text(st.characters(codec="utf-8"), max_size=3)


@given(st.lists(st.one_of(st.none(), IDS), max_size=40))
@settings(max_examples=60, deadline=None)
def test_codes_are_places_among_the_sorted_names(values: list[str | None]) -> None:
    column = pl.Series(values, dtype=pl.String)
    found, names = string_codes(column)
    expected = pl.Series(sorted({value for value in values if value is not None}), dtype=pl.String)
    assert names.to_list() == expected.to_list()
    assert [None if code < 0 else names[int(code)] for code in found.tolist()] == values


def test_numbers_follow_the_first_coming_and_the_table_grows() -> None:
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 120_000, 300_000).astype(np.uint64) << np.uint64(3)  # neighbours in the table
    numbers, first = number_hashes(hashes)
    values, where, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.argsort(where)
    assert len(values) > 2**16
    assert first.tolist() == where[order].tolist()
    assert (first[numbers] == where[inverse]).all()


@given(st.lists(st.integers(0, 9), max_size=12), st.lists(st.integers(0, 9), max_size=5))
@settings(max_examples=60, deadline=None)
def test_hashes_are_found_where_they_stand(among: list[int], wanted: list[int]) -> None:
    place, once = find_hashes(np.array(wanted, np.uint64), np.array(among, np.uint64))
    assert once == (len(set(wanted)) == len(wanted) and all(among.count(value) <= 1 for value in wanted))
    if once:
        assert place.tolist() == [among.index(value) if value in among else -1 for value in wanted]


def rows_by_dictionary(values: list[str | None], platform: list[int], ids: list[str]) -> list[int]:
    place = {key: row for row, key in enumerate(zip(platform, ids, strict=True))}
    return [-1 if value is None else place.get((own, value), -1) for own, value in zip(platform, values, strict=True)]


@given(st.lists(st.tuples(IDS, st.integers(-1, 1), st.one_of(st.none(), IDS, st.integers(0, 9))), max_size=20), st.booleans())
@settings(max_examples=80, deadline=None)
def test_ids_name_rows_of_their_platform(drawn: list[tuple[str, int, str | int | None]], crowded: bool) -> None:
    unique = list({(id_, platform): link for id_, platform, link in drawn}.items())
    ids, platform = [key[0] for key, _ in unique], [key[1] for key, _ in unique]
    values = [ids[link % len(ids)] if isinstance(link, int) else link for _, link in unique]
    with pytest.MonkeyPatch.context() as patch:
        if crowded:  # every string of the same hash: the answer must not change
            patch.setattr(codes, "_keys", lambda of, *_, **__: np.zeros(len(of), np.uint64))
        found = named_rows(pl.Series(values, dtype=pl.String), np.array(platform, np.int16), pl.Series(ids, dtype=pl.String))
    assert found.tolist() == rows_by_dictionary(values, platform, ids)


def test_strings_of_one_hash_keep_their_own_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    real = number_hashes

    def alike(hashes: codes.U64) -> tuple[I32, I32]:
        return real(np.zeros_like(hashes))

    monkeypatch.setattr(codes, "number_hashes", alike)
    numbers, names = distinct_codes(pl.Series(["b", "a", "b", "c"]))
    assert names.gather(numbers).to_list() == ["b", "a", "b", "c"]
    assert len(names) == 3
    assert string_codes(pl.Series(["b", "a", "b", "c"]))[0].tolist() == [1, 0, 1, 2]


def test_codes_on_several_platforms() -> None:
    several, some = on_several(np.array([0, 1, 0, 2], np.int32), np.array([0, 0, -1, 1], np.int16), 3)
    assert (several.tolist(), some) == ([True, False, False], True)
    none, some = on_several(np.zeros(0, np.int32), np.zeros(0, np.int16), 0)
    assert (none.tolist(), some) == ([], False)


def test_places_in_order() -> None:
    rank, names = in_order(pl.Series(["z", "a", "é"]))
    assert (rank.tolist(), names.to_list()) == ([1, 0, 2], ["a", "z", "é"])

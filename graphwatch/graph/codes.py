"""Strings → integer codes, and strings → rows, by 64-bit hashes that are checked against the strings themselves."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.model import I16, I32

U64 = npt.NDArray[np.uint64]

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(cache=True)
def number_hashes(hashes: U64) -> tuple[I32, I32]:
    """Give each different hash a number, in the order in which they first come.

    Parameters
    ----------
    hashes : (n,)

    Returns
    -------
    numbers : (n,)
    first : (different hashes,)
        Where each comes first.

    Examples
    --------
    >>> numbers, first = number_hashes(np.array([7, 5, 7], np.uint64))
    >>> numbers.tolist(), first.tolist()
    ([0, 1, 0], [0, 1])
    """
    n = len(hashes)
    size = 1 << 16
    slots = np.zeros(size, np.int32)  # number + 1; 0: free
    held, first = np.empty(size // 2, np.uint64), np.empty(size // 2, np.int32)
    numbers = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        if count == size // 2:
            size *= 2
            slots = np.zeros(size, np.int32)
            for k in range(count):
                slots[_free_slot(held[k], slots, held)] = k + 1
            held, first = np.concatenate((held, np.empty(count, np.uint64))), np.concatenate((first, np.empty(count, np.int32)))
        place = _free_slot(hashes[i], slots, held)
        if slots[place] == 0:
            held[count], first[count] = hashes[i], i
            count += 1
            slots[place] = count
        numbers[i] = slots[place] - 1
    return numbers, first[:count].copy()


@numba.njit(cache=True)
def _free_slot(value: np.uint64, slots: I32, held: U64) -> int:
    """Give the slot that holds the hash, else the free one where it belongs."""
    mask = len(slots) - 1
    place = np.int64(value & np.uint64(mask))
    while slots[place] > 0 and held[slots[place] - 1] != value:
        place = (place + 1) & mask
    return int(place)


@numba.njit(cache=True)
def find_hashes(wanted: U64, among: U64) -> tuple[I32, bool]:
    """Find where each wanted hash stands.

    Parameters
    ----------
    wanted : (m,)
        Different ones.
    among : (n,)

    Returns
    -------
    place : (m,)
        -1: nowhere.
    once
        No wanted hash stands in ``among`` more than once, nor comes twice in ``wanted``.
    """
    size = 1 << 10
    while size < 2 * len(wanted) + 2:
        size *= 2
    slots = np.zeros(size, np.int32)
    once = True
    for k in range(len(wanted)):
        slot = _free_slot(wanted[k], slots, wanted)
        once &= slots[slot] == 0
        slots[slot] = k + 1
    place = np.full(len(wanted), -1, np.int32)
    for i in range(len(among)):
        k = slots[_free_slot(among[i], slots, wanted)] - 1
        if k >= 0:
            once &= place[k] < 0
            place[k] = i
    return place, once


def distinct_codes(values: pl.Series) -> tuple[I32, pl.Series]:
    """Give each different string of a column without nulls a number, in the order in which they first come.

    Notes
    -----
    Each string is compared with the one that stands for its number, so that two strings of one hash cannot be taken for the same.

    Examples
    --------
    >>> codes, names = distinct_codes(pl.Series(["b", "a", "b"]))
    >>> codes.tolist(), names.to_list()
    ([0, 1, 0], ['b', 'a'])
    """
    codes, first = number_hashes(values.hash().to_numpy())
    names = values.gather(first)
    if (names.gather(codes) == values).all():
        return codes, names
    names = values.unique(maintain_order=True)
    return look_up(values, names), names


def string_codes(values: pl.Series) -> tuple[I32, pl.Series]:
    """Give each string its place among the distinct ones in ascending order; null gets -1.

    Examples
    --------
    >>> codes, names = string_codes(pl.Series(["b", None, "a", "b"]))
    >>> codes.tolist(), names.to_list()
    ([1, -1, 0, 1], ['a', 'b'])
    """
    if values.null_count():
        known = values.is_not_null()
        out = np.full(len(values), -1, np.int32)
        out[known.to_numpy()], names = string_codes(values.filter(known))
        return out, names
    codes, names = distinct_codes(values)
    rank, names = in_order(names)
    return rank[codes], names


def in_order(names: pl.Series) -> tuple[I32, pl.Series]:
    """Give the place of each name among them in ascending order, and the names in that order."""
    order = names.arg_sort()
    rank = np.empty(len(names), np.int32)
    rank[order.to_numpy()] = np.arange(len(names), dtype=np.int32)
    return rank, names.gather(order)


def look_up(values: pl.Series, names: pl.Series) -> I32:
    """Find the place of each value in ``names`` (distinct); -1: null or not among them.

    Examples
    --------
    >>> look_up(pl.Series(["b", None, "z"]), pl.Series(["a", "b"])).tolist()
    [1, -1, -1]
    """
    right = pl.DataFrame({"name": names, "code": np.arange(len(names), dtype=np.int32)})
    joined = pl.DataFrame({"name": values}).join(right, on="name", how="left", maintain_order="left")
    return joined["code"].fill_null(-1).to_numpy()


def named_rows(values: pl.Series, platform: I16, ids: pl.Series) -> I32:
    """Give the row of the interaction that each (platform, id) names; -1: null or not in the data.

    Parameters
    ----------
    values : (n,)
        Ids, or null.
    platform : (n,)
        Code of the platform of each row, which is that of its value, too.
    ids : (n,)
        Ids of the rows; each at most once on a platform.
    """
    out = np.full(len(ids), -1, np.int32)
    known = values.is_not_null()
    own = np.flatnonzero(known.to_numpy()).astype(np.int32)
    if not len(own):
        return out
    given = values.filter(known)
    several = bool((platform != platform[0]).any())
    codes, first = number_hashes(_keys(given, platform[own], several=several))
    names, of = given.gather(first), platform[own][first]
    place, once = find_hashes(_keys(names, of, several=several), _keys(ids, platform, several=several))
    found = np.flatnonzero(place >= 0)
    sound = once and bool((names.gather(codes) == given).all()) and bool((ids.gather(place[found]) == names.gather(found)).all())
    if several:
        sound = sound and bool((of[codes] == platform[own]).all()) and bool((platform[place[found]] == of[found]).all())
    if sound:
        out[own] = place[codes]
        return out
    right = pl.DataFrame({"platform": platform, "id": ids, "row": np.arange(len(ids), dtype=np.int32)})
    left = pl.DataFrame({"platform": platform[own], "id": given, "own": own})
    pairs = left.join(right, on=["platform", "id"], how="inner").select("own", "row")
    out[pairs["own"].to_numpy()] = pairs["row"].to_numpy()
    return out


def _keys(ids: pl.Series, platform: I16, *, several: bool) -> U64:
    """Hash ids together with their platforms, where there are several."""
    hashes = ids.hash().to_numpy()
    return hashes ^ (platform.astype(np.uint64) * _MIX) if several else hashes


@numba.njit(cache=True)
def on_several(codes: I32, platform: I16, names: int) -> tuple[npt.NDArray[np.bool_], bool]:
    """Tell the codes that come with more than one platform (-1 counts as one), and whether there are any.

    Examples
    --------
    >>> several, some = on_several(np.array([0, 1, 0], np.int32), np.array([0, 0, 1], np.int16), 2)
    >>> several.tolist(), some
    ([True, False], True)
    """
    first = np.full(names, -2, np.int16)
    several = np.zeros(names, np.bool_)
    some = False
    for i in range(len(codes)):
        if first[codes[i]] == -2:
            first[codes[i]] = platform[i]
        elif first[codes[i]] != platform[i]:
            several[codes[i]] = True
            some = True
    return several, some

"""Keyed 64-bit hashes of rows, the same on every machine and with every version of the libraries, since they are stored.

A string is read as little-endian words of eight bytes, the last one padded with zeros, each word mixed in by the finaliser of
MurmurHash3 (Appleby 2011), after its length; null is a length of its own. The seed is the case's: who writes the records does not know
it, so cannot make two of them collide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from numba import njit

U64 = npt.NDArray[np.uint64]
_NULL: Final = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True)
def _mix(x: np.uint64) -> np.uint64:
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xFF51AFD7ED558CCD)
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xC4CEB9FE1A85EC53)
    x ^= x >> np.uint64(33)
    return x


@njit(cache=True)
def _fold_bytes(state: U64, offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], valid: npt.NDArray[np.bool_]) -> None:
    """Mix one string per row into the state."""
    for i in range(len(state)):
        if not valid[i]:
            state[i] = _mix(state[i] ^ _NULL)
            continue
        start, end = offsets[i], offsets[i + 1]
        h = _mix(state[i] ^ np.uint64(end - start + 1))
        at = start
        while at + 8 <= end:
            word = np.uint64(0)
            for k in range(8):
                word |= np.uint64(data[at + k]) << np.uint64(8 * k)
            h = _mix(h ^ word) * np.uint64(0x9E3779B97F4A7C15)
            at += 8
        word = np.uint64(0)
        for k in range(end - at):
            word |= np.uint64(data[at + k]) << np.uint64(8 * k)
        state[i] = _mix(h ^ word) if end > at else h


@njit(cache=True)
def _fold_words(state: U64, words: U64, valid: npt.NDArray[np.bool_]) -> None:
    """Mix one number per row into the state."""
    for i in range(len(state)):
        state[i] = _mix(_mix(state[i] ^ np.uint64(8)) ^ words[i]) if valid[i] else _mix(state[i] ^ _NULL)


@njit(cache=True)
def _fold_lists(state: U64, offsets: npt.NDArray[np.int64], inner: U64, valid: npt.NDArray[np.bool_]) -> None:
    """Mix one list per row, whose elements are hashed already, into the state."""
    for i in range(len(state)):
        if not valid[i]:
            state[i] = _mix(state[i] ^ _NULL)
            continue
        h = _mix(state[i] ^ np.uint64(offsets[i + 1] - offsets[i] + 1))
        for k in range(offsets[i], offsets[i + 1]):
            h = _mix(h * np.uint64(3) ^ inner[k])
        state[i] = h


def hash_rows(frame: pl.DataFrame, columns: Sequence[str], seed: int) -> pl.Series:
    """Hash some columns of each row, in that order.

    Parameters
    ----------
    frame
        Rows; strings, integers, floats, booleans, times, dates and lists of strings.
    columns
        Which.
    seed
        Of the case.

    Returns
    -------
    polars.Series
        Int64. Equal rows have equal hashes; different ones by chance only (2⁻⁶⁴ a pair).

    Examples
    --------
    >>> frame = pl.DataFrame({"a": ["x", "y", "x", None], "b": [["p"], ["p"], ["p"], []]})
    >>> hash_rows(frame, ["a", "b"], 7).n_unique()
    3
    """
    state = np.full(len(frame), np.uint64(seed), dtype=np.uint64)
    for name in columns:
        _fold(state, frame[name])
    return pl.Series("hash", state.view(np.int64))


def _fold(state: U64, values: pl.Series) -> None:
    valid = values.is_not_null().to_numpy()
    if values.dtype == pl.String:
        offsets, data = _strings(values)
        _fold_bytes(state, offsets, data, valid)
    elif isinstance(values.dtype, pl.List):
        lengths = values.list.len().fill_null(0).to_numpy().astype(np.int64)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        items = values.filter(values.list.len().fill_null(0) > 0).explode()
        inner = np.zeros(len(items), dtype=np.uint64)
        _fold(inner, items)
        _fold_lists(state, offsets, inner, valid)
    else:
        wide = values.cast(pl.Int64) if values.dtype.is_temporal() or values.dtype == pl.Boolean else values
        words = wide.fill_null(0).cast(pl.Float64 if wide.dtype.is_float() else pl.Int64).to_numpy()
        equal = words + words.dtype.type(0)  # -0.0 becomes 0.0, as they are equal; numpy, since polars leaves out an addition of nothing
        _fold_words(state, np.ascontiguousarray(equal).view(np.uint64), valid)


def _strings(values: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    array = values.rechunk().to_arrow()
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    array = array.cast(pa.large_string())
    _, offsets, data = array.buffers()
    rows = array.offset + len(array) + 1
    starts = np.zeros(1, np.int64) if offsets is None else _values(pa.int64(), rows, offsets)[array.offset :]
    return starts, np.zeros(0, np.uint8) if data is None else _values(pa.uint8(), data.size, data)


def _values(dtype: pa.DataType, size: int, buffer: pa.Buffer) -> npt.NDArray[Any]:
    """Look at a buffer as numbers, without a copy."""
    return np.asarray(pa.Array.from_buffers(dtype, size, [None, buffer]).to_numpy(zero_copy_only=True))

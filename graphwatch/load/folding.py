"""Texts folded to what copies have in common, fast for the characters that most texts consist of.

What :func:`graphwatch.load.texts.folded` does to a text depends, for most characters, on nothing around them: they stay, they go, or they
become small. A text of such characters alone, and of names after an ``@``, is folded in one pass over its bytes; any other takes the way of
``folded`` itself.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from graphwatch.load.texts import folded, text_object

KEEP: Final = 1
DROP: Final = 2
LOWER: Final = 3
LINK: Final = 4  # goes, and may stand inside of a name
AT: Final = 5  # goes, and with it the name that follows
_SORT: Final = b"text:"
_BYTES: Final = 8  # of a digest
_CAP: Final = 256  # of the number of characters looked at for their variety
# First and last code point, and what becomes of the characters. All are starters that compose with nothing among them.
SIMPLE: Final = (
    (0x00, 0x2C, DROP),
    (0x2D, 0x2E, LINK),
    (0x2F, 0x2F, DROP),
    (0x30, 0x39, KEEP),
    (0x3A, 0x3F, DROP),
    (0x40, 0x40, AT),
    (0x41, 0x5A, LOWER),
    (0x5B, 0x5E, DROP),
    (0x5F, 0x5F, LINK),
    (0x60, 0x60, DROP),
    (0x61, 0x7A, KEEP),
    (0x7B, 0x7F, DROP),
    (0xA0, 0xA0, DROP),
    (0xB7, 0xB7, LINK),
    (0xE0, 0xF6, KEEP),
    (0x430, 0x44F, KEEP),
    (0x200B, 0x200D, DROP),
    (0x2013, 0x2015, DROP),
    (0x2018, 0x2019, DROP),
    (0x201C, 0x201D, DROP),
    (0x2026, 0x2026, DROP),
    (0x2600, 0x2775, DROP),
    (0x3000, 0x3002, DROP),
    (0x3008, 0x3011, DROP),
    (0x3041, 0x3096, KEEP),
    (0x30A1, 0x30FA, KEEP),
    (0x30FC, 0x30FC, KEEP),
    (0x4E00, 0x9FA5, KEEP),
    (0xFE0F, 0xFE0F, LINK),
    (0xFF01, 0xFF01, DROP),
    (0xFF08, 0xFF09, DROP),
    (0xFF0C, 0xFF0C, DROP),
    (0xFF1A, 0xFF1B, DROP),
    (0xFF1F, 0xFF1F, DROP),
    (0xFF20, 0xFF20, AT),
    (0xFF5E, 0xFF5E, DROP),
    (0x1F300, 0x1F64F, DROP),
    (0x1F680, 0x1F6FF, DROP),
    (0x1F900, 0x1F9FF, DROP),
)


@cache
def _actions() -> NDArray[np.uint8]:
    """Say what becomes of each code point; 0: it depends."""
    actions = np.zeros(0x110000, np.uint8)
    for start, stop, action in SIMPLE:
        actions[start : stop + 1] = action
    return actions


@njit(cache=True)
def _fold(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], actions: NDArray[np.uint8], min_chars: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int8]]:
    """Fold texts in UTF-8.

    Parameters
    ----------
    data, offsets
        Bytes of all texts, and where each begins; (n + 1,).
    actions
        What becomes of each code point.
    min_chars
        Length of the shortest text that counts.

    Returns
    -------
    out, ends
        Bytes of all folded texts, and where each ends; (n,). Only of those with state 1.
    states
        (n,): 1 an object, 0 none (short, or of few different characters), -1 not to be folded here.
    """
    count = len(offsets) - 1
    out = np.empty(offsets[count] - offsets[0], np.uint8)
    ends = np.empty(count, np.int64)
    states = np.zeros(count, np.int8)
    window = 2 * min_chars
    seen = np.empty(min(window, 256), np.int64)
    position = 0
    for row in range(count):
        begin, chars, different, named = position, 0, 0, False
        at, stop = offsets[row], offsets[row + 1]
        while at < stop:
            lead = np.int64(data[at])
            size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            code = lead if size == 1 else lead & (0x7F >> size)
            for k in range(1, size):
                code = code << 6 | (np.int64(data[at + k]) & 0x3F)
            action = actions[code]
            if action == 0:
                states[row] = -1
                break
            named = action == 5 or (named and action != 2)
            if not named and action in (1, 3):
                for k in range(size):
                    out[position + k] = data[at + k]
                if action == 3:
                    out[position] += 32
                    code += 32
                position += size
                if chars < window and 2 * different < min_chars:  # more of them make no difference
                    fresh = True
                    for k in range(different):
                        if seen[k] == code:
                            fresh = False
                            break
                    if fresh:
                        seen[different] = code
                        different += 1
                chars += 1
            at += size
        if states[row] == 0 and chars >= min_chars and 2 * different >= min_chars:
            states[row] = 1
        else:
            position = begin
        ends[row] = position
    return out, ends, states


def text_objects(texts: pl.Series, min_chars: int) -> pl.Series:
    """Give ``text_object(folded(text))`` of each text, null where there is none.

    Parameters
    ----------
    texts
        Own words, without addresses; no nulls.
    min_chars
        Length of the shortest folded text that is an object.

    Examples
    --------
    >>> text_objects(pl.Series(["Run, Bob, RUN faster!", "＠amy: run bob run faster", "hahahahahahahaha"]), 12).to_list()
    ['text:aa68095f08071659', 'text:aa68095f08071659', None]
    """
    if 2 * min_chars > _CAP or texts.is_empty():
        return _slowly(texts, min_chars)
    held = texts.rechunk().to_arrow().cast(pa.large_string())
    _, places, content = held.buffers()
    if places is None or content is None:  # there is no letter in any of them
        return _slowly(texts, min_chars)
    offsets = np.frombuffer(memoryview(places), np.int64)[held.offset : held.offset + len(held) + 1]
    data = np.frombuffer(memoryview(content), np.uint8)
    out, ends, states = _fold(data, offsets, _actions(), min_chars)
    found = _digests(out.tobytes(), ends, states == 1)
    rest = pl.Series(np.flatnonzero(states < 0), dtype=pl.UInt32)
    return found if rest.is_empty() else found.scatter(rest, _slowly(texts.gather(rest), min_chars))


def _digests(data: bytes, ends: NDArray[np.int64], chosen: NDArray[np.bool_]) -> pl.Series:
    """Give ``text:`` and a digest of each chosen text; those that are not take up no bytes."""
    stops = ends[chosen].tolist()
    begins = [0, *stops[:-1]]
    hashed = b"".join([sha256(data[begin:end]).digest()[:_BYTES] for begin, end in zip(begins, stops, strict=False)])
    written = np.empty((len(stops), len(_SORT) + 2 * _BYTES), np.uint8)
    written[:, : len(_SORT)] = np.frombuffer(_SORT, np.uint8)
    written[:, len(_SORT) :] = np.frombuffer(hashed.hex().encode(), np.uint8).reshape(len(stops), 2 * _BYTES)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.where(chosen, written.shape[1], 0))])
    unknown = pa.py_buffer(np.packbits(chosen, bitorder="little").tobytes())
    held = pa.Array.from_buffers(
        pa.large_string(), len(chosen), [unknown, pa.py_buffer(offsets.tobytes()), pa.py_buffer(written.tobytes())]
    )
    return pl.Series("object", pl.from_arrow(held), dtype=pl.String)


def _slowly(texts: pl.Series, min_chars: int) -> pl.Series:
    words = texts.to_frame("text").select(folded(pl.col("text")).alias("text")).to_series()
    return pl.Series("object", [text_object(word, min_chars) for word in words.to_list()], dtype=pl.String)

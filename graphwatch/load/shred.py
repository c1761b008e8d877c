"""Lines of JSON, each one object, taken apart into fields in one pass over their bytes.

Only what is plain goes this way: the fields that are asked for have the types asked for, no key stands twice, strings hold whole
characters. Of all else the kernel says that it is not plain, and a slower reader says what it means or what is wrong with it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graphwatch.load.tokens import blanks_end, literal_end, number_end, string_end, unescape, value_end, whole_number
from graphwatch.model import I64, Bools

TEXT: Final = 0
WHOLE: Final = 1
NUMBER: Final = 2
TRUTH: Final = 3
LIST: Final = 4
OBJECT: Final = 5
NOT_PLAIN: Final = -1
FULL: Final = -2

U8 = NDArray[np.uint8]


@njit(cache=True)
def _find(data: U8, begin: int, end: int, node: int, children: I64, names: U8, name_at: I64) -> int:
    """Find the field of an object that has the name in ``data[begin:end]``; -1: nobody asked for it."""
    size = end - begin
    for child in range(children[node], children[node + 1]):
        start = name_at[child]
        if name_at[child + 1] - start == size:
            k = 0
            while k < size and names[start + k] == data[begin + k]:
                k += 1
            if k == size:
                return child
    return -1


@njit(cache=True)
def _fill(node: int, flat: I64, flat_at: I64, kinds: I64, children: I64, counts: I64, values: I64, known: Bools, used: I64) -> None:
    """Add a null to a field, and to all that is in each of its objects."""
    for k in range(flat_at[node], flat_at[node + 1]):
        held = flat[k]
        row = counts[held]
        values[held, row] = counts[children[held]] if kinds[held] == LIST else used[held]
        known[held, row] = False
        counts[held] = row + 1


@njit(cache=True)
def shred(  # noqa: PLR0911 - it leaves wherever something is not plain
    data: U8,
    kinds: I64,
    children: I64,
    names: U8,
    name_at: I64,
    flat: I64,
    flat_at: I64,
    counts: I64,
    values: I64,
    known: Bools,
    used: I64,
    texts: U8,
) -> int:
    """Take lines of JSON apart.

    Each byte is looked at once. The k-th key of an object is first held against the field that the k-th key was in the object before, since
    programs write the members of all records in one order.

    Parameters
    ----------
    data
        Bytes of the lines, in UTF-8, without the last line's end.
    kinds, children
        Of each field its type, and where its own fields (of a list, its elements) begin among the fields; (m,) and (m + 1,). Field 0 is the
        line. The children of a field follow each other, and those of a later field come later.
    names, name_at
        Bytes of the names of all fields, and where each begins; (m + 1,).
    flat, flat_at
        Of each field itself and all fields that are null where it is null.
    counts
        Number of values of each field; zeros on entry; (m,).
    values, known
        Filled; (m, room + 1). A value is where a text or number ends among the ``texts`` of the field, a whole number or truth value
        itself, or the number of elements up to the end of a list.
    used, texts
        Number of bytes of the texts of each field, zeros on entry; (m,). The bytes, filled; (m, any).

    Returns
    -------
    int
        Number of lines, or ``NOT_PLAIN``, or ``FULL`` when there was no room.
    """
    size, room, width = data.size, values.shape[1] - 1, texts.shape[1]
    stack = np.zeros(len(kinds) + 1, np.int64)
    expected = np.full((len(kinds), 64), -1, np.int64)  # field that was the k-th of the last such object: mostly it is again
    member = np.zeros(len(kinds), np.int64)
    place, lines, depth, node = 0, 0, 0, 0
    while True:
        # A value of the field `node` begins here.
        if place >= size:
            return NOT_PLAIN
        byte, kind, row = data[place], kinds[node], counts[node]
        if row >= room:
            return FULL
        opened = False
        if byte == 34:
            if kind != TEXT:
                return NOT_PLAIN
            begin = place + 1
            end, escaped = string_end(data, begin)
            if end < 0:
                return NOT_PLAIN
            place, at = end + 1, used[node]
            if at + end - begin > width:
                return FULL
            if escaped:
                at = unescape(data, begin, end, texts[node], at)
                if at < 0:
                    return NOT_PLAIN
            else:
                for k in range(begin, end):
                    texts[node, at] = data[k]
                    at += 1
            values[node, row], known[node, row] = at, True
            used[node] = at
            counts[node] = row + 1
        elif byte == 123:
            if kind != OBJECT:
                return NOT_PLAIN
            known[node, row] = True
            counts[node] = row + 1
            opened = True
        elif byte == 91:
            if kind != LIST:
                return NOT_PLAIN
            opened = True
        elif byte == 45 or 48 <= byte <= 57:
            end, whole = number_end(data, place)
            if end < 0 or kind not in (WHOLE, NUMBER):
                return NOT_PLAIN
            if kind == WHOLE:
                value, sound = whole_number(data, place, end)
                if not (whole and sound):
                    return NOT_PLAIN
                values[node, row] = value
            else:
                at = used[node]
                if at + end - place > width:
                    return FULL
                for k in range(place, end):
                    texts[node, at] = data[k]
                    at += 1
                values[node, row] = used[node] = at
            known[node, row] = True
            counts[node] = row + 1
            place = end
        else:
            end = literal_end(data, place)
            if end < 0 or (byte != 110 and kind != TRUTH):
                return NOT_PLAIN
            if byte == 110:
                if depth == 0 or kinds[stack[depth - 1]] == LIST:
                    return NOT_PLAIN
                _fill(node, flat, flat_at, kinds, children, counts, values, known, used)
            else:
                values[node, row], known[node, row] = byte == 116, True
                counts[node] = row + 1
            place = end
        if opened:
            stack[depth] = node
            depth += 1
            place = blanks_end(data, place + 1)
            member[node] = 0
        # Behind a value, or behind an opening bracket: find the next value, closing what ends.
        fresh = opened
        while True:
            if depth == 0:
                lines += 1
                if place == size:
                    return lines
                if data[place] != 10 or place + 1 >= size or data[place + 1] != 123:
                    return NOT_PLAIN
                place += 1
                node = 0
                break
            top = stack[depth - 1]
            if not fresh:
                place = blanks_end(data, place)
            if place >= size:
                return NOT_PLAIN
            byte = data[place]
            if byte == (125 if kinds[top] == OBJECT else 93):
                place += 1
                depth -= 1
                fresh = False
                if kinds[top] == OBJECT:
                    for child in range(children[top], children[top + 1]):
                        if counts[child] < counts[top]:
                            if counts[child] >= room:
                                return FULL
                            _fill(child, flat, flat_at, kinds, children, counts, values, known, used)
                else:
                    row = counts[top]
                    values[top, row], known[top, row] = counts[children[top]], True
                    counts[top] = row + 1
                continue
            if not fresh:
                if byte != 44:
                    return NOT_PLAIN
                place = blanks_end(data, place + 1)
            fresh = False
            if kinds[top] == LIST:
                node = children[top]
                break
            # A member: its key, and the value if somebody asked for it.
            if place >= size or data[place] != 34:
                return NOT_PLAIN
            begin = place + 1
            k = member[top] & 63
            member[top] += 1
            child = expected[top, k]
            if child >= 0:
                start = name_at[child]
                length = name_at[child + 1] - start
                if begin + length < size and data[begin + length] == 34:
                    k2 = 0
                    while k2 < length and data[begin + k2] == names[start + k2]:
                        k2 += 1
                    if k2 != length:
                        child = -1
                else:
                    child = -1
            if child >= 0:
                end = begin + name_at[child + 1] - name_at[child]
            else:
                end, escaped = string_end(data, begin)
                if end < 0 or escaped:
                    return NOT_PLAIN
                child = _find(data, begin, end, top, children, names, name_at)
                expected[top, k] = child
            place = blanks_end(data, end + 1)
            if place >= size or data[place] != 58:
                return NOT_PLAIN
            place = blanks_end(data, place + 1)
            if child >= 0:
                if counts[child] >= counts[top]:
                    return NOT_PLAIN  # the key stands twice
                node = child
                break
            place = value_end(data, place)
            if place < 0:
                return NOT_PLAIN

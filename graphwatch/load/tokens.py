"""Where the tokens of JSON end, and what they say: kernels over bytes, strict, and shy of what is rare.

What they refuse may still be valid JSON (half characters, numbers of more than 24 characters, sixty brackets in each other): that is for a
slower reader to say.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

DEEPEST: Final = 60
U8 = NDArray[np.uint8]


@njit(cache=True)
def string_end(data: U8, place: int) -> tuple[int, bool]:
    """Find the quote that ends the string whose first byte is at ``place``; -1: there is none. Tells whether it has escapes."""
    escaped = False
    while place < data.size:
        byte = data[place]
        if byte == 34:
            return place, escaped
        if byte == 92:
            escaped = True
            place += 1
        elif byte < 32:
            return -1, escaped
        place += 1
    return -1, escaped


@njit(cache=True)
def _four_digits(data: U8, place: int) -> int:
    """Read four hexadecimal digits; -1: they are none."""
    value = np.int64(0)
    for k in range(place, place + 4):
        byte = np.int64(data[k]) if k < data.size else np.int64(0)
        if 48 <= byte <= 57:
            digit = byte - 48
        elif 97 <= byte <= 102:
            digit = byte - 87
        elif 65 <= byte <= 70:
            digit = byte - 55
        else:
            return -1
        value = value * 16 + digit
    return int(value)


@njit(cache=True)
def unescape(data: U8, place: int, end: int, out: U8, at: int) -> int:
    """Write a string without its escapes to ``out`` from ``at`` on; gives where it ends, -1: it holds NUL, half a character, no escape."""
    while place < end:
        byte = data[place]
        if byte != 92:
            out[at] = byte
            at += 1
            place += 1
            continue
        sort = data[place + 1]
        place += 2
        if sort in (34, 92, 47):
            out[at] = sort
        elif sort == 110:
            out[at] = 10
        elif sort == 116:
            out[at] = 9
        elif sort == 114:
            out[at] = 13
        elif sort == 98:
            out[at] = 8
        elif sort == 102:
            out[at] = 12
        elif sort == 117:
            code = _four_digits(data, place)
            place += 4
            if 0xD800 <= code < 0xDC00:
                low = _four_digits(data, place + 2) if place + 6 <= end and data[place] == 92 and data[place + 1] == 117 else -1
                if not 0xDC00 <= low < 0xE000:
                    return -1
                code = 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00
                place += 6
            elif code <= 0 or 0xDC00 <= code < 0xE000:
                return -1
            at = _encode(code, out, at) - 1
        else:
            return -1
        at += 1
    return at if place == end else -1


@njit(cache=True)
def _encode(code: int, out: U8, at: int) -> int:
    """Write a code point in UTF-8; gives where it ends."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | code >> 6
        out[at + 1] = 0x80 | code & 0x3F
        return at + 2
    if code < 0x10000:
        out[at] = 0xE0 | code >> 12
        out[at + 1] = 0x80 | code >> 6 & 0x3F
        out[at + 2] = 0x80 | code & 0x3F
        return at + 3
    out[at] = 0xF0 | code >> 18
    out[at + 1] = 0x80 | code >> 12 & 0x3F
    out[at + 2] = 0x80 | code >> 6 & 0x3F
    out[at + 3] = 0x80 | code & 0x3F
    return at + 4


@njit(cache=True)
def _sound_escapes(data: U8, place: int, end: int) -> bool:
    """Whether each escape of a string that is passed over is one, and none is half a character."""
    while place < end:
        if data[place] == 92:
            sort = data[place + 1]
            place += 1
            if sort == 117:
                code = _four_digits(data, place + 1)
                place += 4
                if 0xD800 <= code < 0xDC00:
                    low = _four_digits(data, place + 3) if place + 6 < end and data[place + 1] == 92 and data[place + 2] == 117 else -1
                    if not 0xDC00 <= low < 0xE000:
                        return False
                    place += 6
                elif code < 0 or 0xDC00 <= code < 0xE000:
                    return False
            elif sort not in (34, 92, 47, 110, 116, 114, 98, 102):
                return False
        place += 1
    return True


@njit(cache=True)
def number_end(data: U8, place: int) -> tuple[int, bool]:
    """Find the end of a number of at most 24 characters; -1: it is none, or longer. Tells whether it is whole."""
    begin = place
    if place < data.size and data[place] == 45:
        place += 1
    digits = place
    while place < data.size and 48 <= data[place] <= 57:
        place += 1
    if place == digits or (data[digits] == 48 and place > digits + 1):
        return -1, False
    whole = True
    if place < data.size and data[place] == 46:
        whole = False
        place += 1
        digits = place
        while place < data.size and 48 <= data[place] <= 57:
            place += 1
        if place == digits:
            return -1, False
    if place < data.size and data[place] in (69, 101):
        whole = False
        place += 1
        if place < data.size and data[place] in (43, 45):
            place += 1
        digits = place
        while place < data.size and 48 <= data[place] <= 57:
            place += 1
        if place == digits or place > digits + 2:
            return -1, False
    return (place, whole) if place <= begin + 24 else (-1, False)


@njit(cache=True)
def literal_end(data: U8, place: int) -> int:
    """Find the end of ``true``, ``false`` or ``null``; -1: it is none."""
    if place + 4 > data.size:
        return -1
    a, b, c, d = data[place], data[place + 1], data[place + 2], data[place + 3]
    if (a == 110 and b == 117 and c == 108 and d == 108) or (a == 116 and b == 114 and c == 117 and d == 101):
        return place + 4
    if a == 102 and b == 97 and c == 108 and d == 115 and place + 5 <= data.size and data[place + 4] == 101:
        return place + 5
    return -1


@njit(cache=True)
def blanks_end(data: U8, place: int) -> int:
    """Find the first byte from ``place`` on that is no blank."""
    while place < data.size and data[place] in (32, 9):
        place += 1
    return place


@njit(cache=True)
def _key_end(data: U8, place: int) -> int:
    """Find where the value begins of the member whose key's first quote should be at ``place``; -1: there is no plain key."""
    if place >= data.size or data[place] != 34:
        return -1
    end, escaped = string_end(data, place + 1)
    if end < 0 or escaped:
        return -1
    place = blanks_end(data, end + 1)
    return blanks_end(data, place + 1) if place < data.size and data[place] == 58 else -1


@njit(cache=True)
def value_end(data: U8, place: int) -> int:  # noqa: PLR0911 - it leaves wherever something is not plain
    """Find the end of a value that nobody asked for; -1: it is no valid JSON, or not plain."""
    depth = 0
    objects = np.int64(0)  # a bit for each bracket that is open: whether it is a brace
    while True:
        if place >= data.size:
            return -1
        byte = data[place]
        if byte == 34:
            end, escaped = string_end(data, place + 1)
            if end < 0 or (escaped and not _sound_escapes(data, place + 1, end)):
                return -1
            place = end + 1
        elif byte in (123, 91):
            depth += 1
            if depth > DEEPEST:
                return -1
            objects = objects << 1 | (byte == 123)
            place = blanks_end(data, place + 1)
            if place < data.size and data[place] == byte + 2:
                place += 1
                depth -= 1
                objects >>= 1
            elif byte == 123:
                place = _key_end(data, place)
                if place < 0:
                    return -1
                continue
            else:
                continue
        elif byte == 45 or 48 <= byte <= 57:
            place, _ = number_end(data, place)
            if place < 0:
                return -1
        else:
            place = literal_end(data, place)
            if place < 0:
                return -1
        while depth > 0:  # after a value: the next one, or brackets that close
            place = blanks_end(data, place)
            if place >= data.size:
                return -1
            byte = data[place]
            if byte == 44:
                place = blanks_end(data, place + 1)
                if objects & 1:
                    place = _key_end(data, place)
                    if place < 0:
                        return -1
                break
            if byte != (125 if objects & 1 else 93):
                return -1
            place += 1
            depth -= 1
            objects >>= 1
        if depth == 0:
            return place


@njit(cache=True)
def whole_number(data: U8, place: int, end: int) -> tuple[int, bool]:
    """Read a whole number; tells whether it is one that fits and that has one spelling."""
    negative = data[place] == 45
    begin = place + 1 if negative else place
    if end - begin > 19 or (end - begin == 19 and data[begin] == 57) or (negative and data[begin] == 48):
        return 0, False
    value = np.int64(0)
    for k in range(begin, end):
        value = value * 10 + (np.int64(data[k]) - 48)
    return int(-value if negative else value), True

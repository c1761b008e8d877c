"""Kernel that folds one text into symbols, each with its place in the original text."""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

from graphwatch.content.symbols import (
    AT,
    CLAUSE,
    DIGIT,
    DOT,
    FIRST_DIGIT,
    FIRST_LETTER,
    FOREIGN,
    HAN,
    IGNORED,
    KANA,
    LATIN,
    LONG,
    OTHER,
    QUOTE,
    QUOTE_CLOSE,
    QUOTE_OPEN,
    SENTENCE,
    SIZE,
    SOFT,
    SPACE,
    SYMBOL,
    U8,
    Symbols,
)
from graphwatch.model import I8, I32, I64

MAX_SYMBOLS: Final = 20_000  # of one text; what comes after is not read
MAX_DIGITS: Final = 19  # of one number; one more than an identity number has

# What stands before a symbol.
JOINED, SEPARATED, SPACED, BROKEN = range(4)

# Counts of a text.
N_LATIN, N_HAN, N_KANA, N_FOREIGN, N_VISIBLE, N_MENTIONS, PHONE_AT, PHONE_END, IDENTITY_AT, IDENTITY_END, N_COUNTS = range(11)


class Folded(NamedTuple):
    """One text as symbols (a workspace that is used again for the next text).

    Attributes
    ----------
    code : (MAX_SYMBOLS,)
        Symbols; a run of the same character is one.
    script : (MAX_SYMBOLS,)
        Script of each.
    at, end : (MAX_SYMBOLS,)
        Code points of the original text that it stands for, half-open.
    run : (MAX_SYMBOLS,)
        How often it is repeated.
    gap : (MAX_SYMBOLS,)
        What stands before it: nothing, separators, space, or the end of a clause.
    clause, sentence : (MAX_SYMBOLS,)
        Number of its clause and its sentence.
    quoted : (MAX_SYMBOLS,)
        1 inside quotation marks.
    digits : (MAX_DIGITS,)
        Digits of the number that is being read.
    counts : (N_COUNTS,)
        Letters by script, visible code points, mentions, and where a phone or identity number stands (-1: none).
    """

    code: I32
    script: U8
    at: I32
    end: I32
    run: I32
    gap: I8
    clause: I32
    sentence: I32
    quoted: I8
    digits: I32
    counts: I64


def workspace(size: int = MAX_SYMBOLS) -> Folded:
    """Give an empty workspace for texts of at most ``size`` symbols."""
    number = np.zeros((6, size), np.int32)
    small = np.zeros((2, size), np.int8)
    return Folded(
        number[0], np.zeros(size, np.uint8), number[1], number[2], number[3], small[0], number[4], number[5], small[1],
        np.zeros(MAX_DIGITS, np.int32), np.zeros(N_COUNTS, np.int64),
    )  # fmt: skip


@numba.njit(cache=True, inline="always")
def _letter(byte: int) -> bool:
    return 97 <= (byte | 32) <= 122


@numba.njit(cache=True)
def _decode(data: U8, i: int) -> tuple[int, int]:
    """Code point at byte ``i`` of valid UTF-8, and the byte after it."""
    b = int(data[i])
    if b < 0x80:
        return b, i + 1
    if b < 0xE0:
        return (b & 0x1F) << 6 | int(data[i + 1]) & 0x3F, i + 2
    if b < 0xF0:
        return (b & 0x0F) << 12 | (int(data[i + 1]) & 0x3F) << 6 | int(data[i + 2]) & 0x3F, i + 3
    high = (b & 0x07) << 18 | (int(data[i + 1]) & 0x3F) << 12
    return high | (int(data[i + 2]) & 0x3F) << 6 | int(data[i + 3]) & 0x3F, i + 4


@numba.njit(cache=True)
def _is_url(data: U8, i: int, stop: int) -> bool:
    """Whether ``http://`` or ``https://`` begins at byte ``i``, whatever its case."""
    if stop - i < 8 or data[i + 1] | 32 != 116 or data[i + 2] | 32 != 116 or data[i + 3] | 32 != 112:
        return False
    j = i + 4 + (1 if data[i + 4] | 32 == 115 else 0)
    return bool(data[j] == 58 and data[j + 1] == 47 and data[j + 2] == 47)


@numba.njit(cache=True)
def _leet(data: U8, i: int, start: int, stop: int, leet: I32) -> int:
    """Symbol of the letter that the ASCII character at byte ``i`` stands for; 0: it stands for itself.

    A digit must be followed by a letter (or by one more such character and a letter), a sign must stand between letters too.
    """
    b = data[i]
    symbol = int(leet[b])
    if symbol == 0 or i + 1 >= stop:
        return 0
    follows = _letter(data[i + 1])
    if not follows and i + 2 < stop and data[i + 1] < 128 and leet[data[i + 1]] != 0:
        follows = _letter(data[i + 2])
    if not follows or (not 48 <= b <= 57 and (i == start or not _letter(data[i - 1]))):
        return 0
    return symbol


@numba.njit(cache=True)
def _skip_name(data: U8, i: int, stop: int, action: U8) -> tuple[int, int]:
    """Byte after the account name that begins at byte ``i``, and its number of code points."""
    points = 0
    while i < stop:
        point, following = _decode(data, i)
        if point < SIZE and action[point] != SYMBOL and action[point] != LONG and point not in (95, 45, 46):
            break
        i = following
        points += 1
    return i, points


@numba.njit(cache=True)
def _note_number(digits: I32, size: int, at: int, end: int, counts: I64) -> None:
    """Note a Chinese mobile number (11 digits, 1 and 3–9 first) or identity number (GB 11643: 18 digits with date and check digit)."""
    if size == 11 and digits[0] == 1 and digits[1] >= 3:
        counts[PHONE_AT] = at
        counts[PHONE_END] = end
    elif size == 18 and 190 <= digits[6] * 100 + digits[7] * 10 + digits[8] <= 209:
        rest = 0
        for k in range(17):  # ISO 7064 MOD 11-2
            rest = (rest + digits[k]) * 2 % 11
        if (rest + digits[17]) % 11 == 1:
            counts[IDENTITY_AT] = at
            counts[IDENTITY_END] = end


@numba.njit(cache=True)
def fold_text(data: U8, start: int, stop: int, symbols: Symbols, out: Folded) -> int:
    """Fold the UTF-8 text in ``data[start:stop]``; return the number of symbols.

    Links and account names are skipped, and what follows ``//@`` (another account's words in a repost chain) is not read.
    """
    n = 0
    i = start
    point_at = -1
    gap = BROKEN
    clause = 0
    sentence = 0
    quoted = 0
    digits = 0
    digits_at = 0
    digits_end = 0
    counts = out.counts
    counts[:] = 0
    counts[PHONE_AT] = -1
    counts[IDENTITY_AT] = -1
    while i < stop and n < MAX_SYMBOLS - 32:
        here = i
        point, i = _decode(data, i)
        point_at += 1
        if point >= SIZE:
            action, script, code = (IGNORED if 0xE0000 <= point < 0xE1000 else SYMBOL), HAN if point < 0xE0000 else FOREIGN, OTHER
        else:
            action, script, code = int(symbols.action[point]), int(symbols.script[point]), int(symbols.code[point])
        if point < 128:
            letter = _leet(data, here, start, stop, symbols.leet)
            if letter:
                action, script, code = SYMBOL, LATIN, letter
            elif point | 32 == 104 and _is_url(data, here, stop):
                while i < stop and 33 <= data[i] < 128:
                    i += 1
                    point_at += 1
                counts[N_VISIBLE] += 1
                action = CLAUSE
            elif point == 47 and stop - here > 2 and data[here + 1] == 47 and data[here + 2] == 64:
                break
        if action == DOT:
            following = data[i] if i < stop else 32
            action = SOFT if following >= 128 or _letter(following) or 48 <= following <= 57 else SENTENCE
        elif action == AT:
            if n and gap == JOINED and out.script[n - 1] == LATIN:
                action = SOFT
            else:
                following, points = _skip_name(data, i, stop, symbols.action)
                i = following
                point_at += points
                counts[N_MENTIONS] += points > 0
                action = CLAUSE
        if digits and action not in (IGNORED, SOFT, SPACE) and not (action == SYMBOL and script == DIGIT):
            if digits == 17 and action == SYMBOL and code == FIRST_LETTER + 23:  # an identity number may end in X
                out.digits[17] = 10
                digits = 18
                digits_end = point_at + 1
            _note_number(out.digits, digits, digits_at, digits_end, counts)
            digits = 0
        if action in (SYMBOL, LONG):
            counts[N_VISIBLE] += 1
            counts[N_LATIN] += script == LATIN
            counts[N_HAN] += script == HAN
            counts[N_KANA] += script == KANA
            counts[N_FOREIGN] += script == FOREIGN
            if script == DIGIT and FIRST_DIGIT <= code < FIRST_DIGIT + 10:
                if digits == 0:
                    digits_at = point_at
                if digits < MAX_DIGITS:
                    out.digits[digits] = code - FIRST_DIGIT
                    digits += 1
                digits_end = point_at + 1
            first = symbols.long_start[code] if action == LONG else 0
            last = symbols.long_start[code + 1] if action == LONG else 1
            for k in range(first, last):
                symbol = symbols.long_codes[k] if action == LONG else code
                if n and gap == JOINED and symbol == out.code[n - 1] and symbol != OTHER:
                    out.run[n - 1] += 1
                    out.end[n - 1] = point_at + 1
                    continue
                out.code[n] = symbol
                out.script[n] = script
                out.at[n] = point_at
                out.end[n] = point_at + 1
                out.run[n] = 1
                out.gap[n] = gap
                out.clause[n] = clause
                out.sentence[n] = sentence
                out.quoted[n] = quoted
                gap = JOINED
                n += 1
        elif action == SPACE:
            gap = max(gap, SPACED)
        elif action != IGNORED:
            counts[N_VISIBLE] += point > 32 and point not in (0x85, 0x2028, 0x2029)  # line ends cannot be seen
            if action == SOFT:
                gap = max(gap, SEPARATED)
            else:
                gap = BROKEN
                clause += 1
                sentence += action == SENTENCE
                if action == QUOTE:
                    quoted = 1 - quoted
                elif action == QUOTE_OPEN:
                    quoted = 1
                elif action == QUOTE_CLOSE:
                    quoted = 0
    if digits:
        _note_number(out.digits, digits, digits_at, digits_end, counts)
    return n

"""One JSON document of any size, cut into the elements of its array as it streams by; each is then parsed by itself.

A kernel keeps track of strings and brackets, which is all that cutting takes; whether a piece is valid JSON is for the parser to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from graphwatch.errors import FormatError, HostileInputError, Place

OPEN: Final = 0
COMMA: Final = 1
CLOSE: Final = 2
_KEY: Final = re.compile(rb'\s*"([^"\\]{1,200})"\s*:\s*\Z')


@numba.njit(cache=True)
def structure(
    data: NDArray[np.uint8], state: NDArray[np.int64], deepest: int, where: NDArray[np.int64], what: NDArray[np.int64]
) -> int:  # pragma: no cover (compiled)
    """Mark brackets and commas outside of strings, down to a depth.

    Parameters
    ----------
    data
        A chunk of UTF-8.
    state
        Depth, whether inside a string, whether after a backslash; carried from chunk to chunk.
    deepest
        Depth from 1 down to which there are marks: brackets that lead into or out of it, commas between its elements.
    where, what
        Filled with positions, and with 4 · depth + (0 open, 1 comma, 2 close). As long as ``data``.

    Returns
    -------
    int
        Number of marks.
    """
    depth, inside, escaped = state[0], state[1], state[2]
    found = 0
    for k in range(data.size):
        byte = data[k]
        if inside:
            if escaped:
                escaped = 0
            elif byte == 92:
                escaped = 1
            elif byte == 34:
                inside = 0
            continue
        if byte == 34:
            inside = 1
            continue
        kind = -1
        level = depth
        if byte in (91, 123):
            depth += 1
            kind, level = 0, depth
        elif byte in (93, 125):
            kind = 2
            depth -= 1
        elif byte == 44:
            kind = 1
        if kind >= 0 and level <= deepest:
            where[found] = k
            what[found] = 4 * level + kind
            found += 1
    state[0], state[1], state[2] = depth, inside, escaped
    return found


def _marked(chunks: Iterator[bytes], deepest: int, path: Path) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
    """Give each chunk with its marks; brackets that do not match in number are an error."""
    state = np.zeros(3, np.int64)
    for chunk in chunks:
        where, what = np.empty(len(chunk), np.int64), np.empty(len(chunk), np.int64)
        count = structure(np.frombuffer(chunk, np.uint8), state, deepest, where, what)
        yield chunk, list(zip(where[:count].tolist(), what[:count].tolist(), strict=True))
    if state[0] or state[1]:
        raise FormatError("is not valid JSON (damaged or cut off?): its brackets or quotes are not closed", Place(path))


class _Piece:
    """What has been seen of one element; nothing of it is kept past a limit."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._parts: list[bytes] = []

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._limit:
            self._parts.append(part)
        else:
            self._parts = []

    def seen(self) -> bytes:
        return b"".join(self._parts) if self._size <= self._limit else b""

    def take(self) -> bytes | None:
        """Give it, None if it is too long, and start anew."""
        found = self.seen() if self._size <= self._limit else None
        self._parts, self._size = [], 0
        return found


def array_elements(chunks: Iterator[bytes], limit: int, path: Path) -> Iterator[bytes | None]:
    """Give the elements of a document that is one array; None: longer than ``limit`` bytes, and not kept.

    Raises
    ------
    FormatError
        Brackets or quotes are not closed, or something comes before or after the array.

    Examples
    --------
    >>> list(array_elements(iter([b'[{"a": "[,"}, ', b"1, 22222]"]), 12, Path("f")))
    [b'{"a": "[,"}', b' 1', b' 22222']
    """
    piece, count, ended = _Piece(limit), 0, False
    for chunk, marks in _marked(chunks, 1, path):
        start = 0
        for place, mark in marks:
            piece.add(chunk[start:place])
            start = place + 1
            text = piece.take()
            if ended or (mark == 4 + OPEN) != (count == 0) or mark < 4:
                raise FormatError("is not valid JSON: not one array", Place(path))
            if mark == 4 + OPEN:
                if text is None or text.strip():
                    raise FormatError("is not valid JSON: something comes before the array", Place(path))
            elif mark == 4 + COMMA or text is None or text.strip() or count > 1:
                yield text
            ended = mark == 4 + CLOSE
            count += 1
        piece.add(chunk[start:])
    if not ended or (piece.take() or b"").strip(b"; \t\r\n"):
        raise FormatError("is not valid JSON (damaged or cut off?): something comes after the array", Place(path))


def object_parts(chunks: Iterator[bytes], names: Collection[str], limit: int, path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the members of a document that is one object, and one by one the elements of its arrays of the given names.

    Yields
    ------
    name, text
        Name of the array and an element of it; or an empty name and a whole member (``"key": value``).

    Raises
    ------
    HostileInputError
        A member or an element is longer than ``limit`` bytes.
    FormatError
        Brackets or quotes are not closed.

    Examples
    --------
    >>> list(object_parts(iter([b'{"a": {"b": [1]}, "m": [{"c": ', b'1}, 2], "d": 3}']), ["m"], 99, Path("f")))
    [('', b'"a": {"b": [1]}'), ('m', b'{"c": 1}'), ('m', b' 2'), ('', b' "d": 3')]
    """
    wanted = {name.encode() for name in names}
    piece, array = _Piece(limit), b""
    for chunk, marks in _marked(chunks, 2, path):
        start = 0
        for place, mark in marks:
            level, kind = divmod(mark, 4)
            if level == 2 and not array and kind == OPEN:
                key = _KEY.match(piece.seen() + chunk[start:place])
                if key is None or key[1] not in wanted or chunk[place : place + 1] != b"[":
                    continue
                array = key[1]
                piece.take()
            elif level == 1 and kind == OPEN:
                piece.take()
            elif level == 1 or array:
                piece.add(chunk[start:place])
                text = piece.take()
                if text is None:
                    raise HostileInputError("holds a member longer than load.max_document_bytes", Place(path))
                if text.strip():
                    yield array.decode(), text
                array = b"" if kind == CLOSE else array
            else:
                continue
            start = place + 1
        piece.add(chunk[start:])

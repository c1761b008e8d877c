"""Lines of JSON as frames, by way of :mod:`graphwatch.load.shred`: a few times as fast as Arrow's reader, for what is plain."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from graphwatch.load.shred import FULL, LIST, NUMBER, OBJECT, TEXT, TRUTH, WHOLE, shred
from graphwatch.model import I64

_SCALARS: Final = {pa.large_string(): TEXT, pa.int64(): WHOLE, pa.float64(): NUMBER, pa.bool_(): TRUTH}
# Bytes of the lines for each value of the commonest field, and for each byte of the longest one; where there are fewer, the room is
# doubled, up to where the longest may be all of it.
_VALUE: Final = 128
_SHARE: Final = 4
_TRIES: Final = 3


class _Fields:
    """Fields of a schema as the kernel wants them: breadth first, so that those of one object follow each other."""

    def __init__(self, schema: pa.Schema) -> None:
        self.types: list[pa.DataType] = [pa.struct(list(schema))]
        self.names: list[bytes] = [b""]
        children = []
        for kind in self.types:  # it grows on the way
            children.append(len(self.types))
            for field in _inner(kind):
                self.types.append(field.type)
                self.names.append(field.name.encode())
        self.children: I64 = np.array([*children, len(self.types)], np.int64)
        self.kinds: I64 = np.array([_kind(held) for held in self.types], np.int64)
        flat = [self._flat(node) for node in range(len(self.types))]
        self.flat: I64 = np.array([held for group in flat for held in group], np.int64)
        self.flat_at, self.name_at = _starts(list(map(len, flat))), _starts(list(map(len, self.names)))

    def own(self, node: int) -> range:
        """Give the fields of an object, or the elements of a list."""
        return range(self.children[node], self.children[node + 1])

    def _flat(self, node: int) -> list[int]:
        return [node, *(held for child in (self.own(node) if self.kinds[node] == OBJECT else ()) for held in self._flat(child))]


def _starts(sizes: list[int]) -> I64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(sizes, np.int64))])


def _inner(kind: pa.DataType) -> list[pa.Field[pa.DataType]]:
    if isinstance(kind, pa.ListType):
        return [kind.value_field]
    return list(kind.fields) if isinstance(kind, pa.StructType) else []


def _kind(kind: pa.DataType) -> int:
    return OBJECT if isinstance(kind, pa.StructType) else LIST if isinstance(kind, pa.ListType) else _SCALARS[kind]


def is_utf8(data: bytes) -> bool:
    r"""Whether bytes are UTF-8, without making a text of them.

    Examples
    --------
    >>> is_utf8("é".encode()), is_utf8(b"\xff")
    (True, False)
    """
    ends = pa.py_buffer(np.array([0, len(data)], np.int64).tobytes())
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def read_plain(data: bytes, schema: pa.Schema, lines: int) -> pl.DataFrame | None:
    r"""Read lines that each hold one object; None: something in them is not plain, or no UTF-8.

    Parameters
    ----------
    data
        The lines, without the end of the last.
    schema
        Fields to read: texts, 64-bit whole numbers and numbers, truth values, lists and objects of these. Other fields are passed over.
    lines
        How many there are.

    Notes
    -----
    Not plain are values of another type than asked for, null in a list, a key that is asked for and stands twice, keys with escapes, NUL,
    half characters, numbers of more than 24 characters, whole ones that may not fit 64 bits, lists of very many short elements, blank
    lines, and all that is no JSON.

    Examples
    --------
    >>> schema = pa.schema([("id", pa.int64()), ("tags", pa.list_(pa.large_string()))])
    >>> read_plain(b'{"id": 7, "tags": ["a", "\\u00e9"]}\n{"x": [{}]}', schema, 2).rows()
    [(7, ['a', 'é']), (None, None)]
    >>> read_plain(b'{"id": "7"}', schema, 1) is None
    True
    """
    if len(set(schema.names)) != len(schema.names) or not is_utf8(data):
        return None
    fields = _Fields(schema)
    text = np.frombuffer(data, np.uint8)
    names = np.frombuffer(b"".join(fields.names), np.uint8)
    room, width = max(4 * lines, len(data) // _VALUE) + 2, len(data) // _SHARE + 32
    for _ in range(_TRIES):
        taken = _Taken(fields, room, width)
        found = taken.fill(text, names)
        if found == lines:
            return pl.DataFrame(pl.from_arrow(pa.Table.from_arrays([taken.array(node) for node in fields.own(0)], names=schema.names)))
        if found != FULL:
            break
        room, width = 2 * room, 2 * width
    return None


class _Taken:
    """Room for what the kernel finds, and that as arrays. Pages that nothing is written to take no memory."""

    def __init__(self, fields: _Fields, room: int, width: int) -> None:
        count = len(fields.types)
        self._fields = fields
        self._counts, self._used = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self._values, self._known = np.empty((count, room), np.int64), np.empty((count, room), np.bool_)
        self._texts = np.empty((count, width), np.uint8)

    def fill(self, data: NDArray[np.uint8], names: NDArray[np.uint8]) -> int:
        """Take the data apart; gives the number of lines or why not."""
        of = self._fields
        held = (self._counts, self._values, self._known, self._used, self._texts)
        return int(shred(data, of.kinds, of.children, names, of.name_at, of.flat, of.flat_at, *held))

    def array(self, node: int) -> pa.Array[pa.Scalar[pa.DataType]]:
        """Give the values of a field."""
        fields, count, kind = self._fields, int(self._counts[node]), self._fields.kinds[node]
        values, known = self._values[node, :count], self._known[node, :count]
        unknown = None if known.all() else ~known
        mask = None if unknown is None else pa.array(unknown)
        if kind == OBJECT:
            names = [fields.names[child].decode() for child in fields.own(node)]
            return pa.StructArray.from_arrays([self.array(child) for child in fields.own(node)], names=names, mask=mask)
        if kind == LIST:
            return pa.LargeListArray.from_arrays(
                pa.array(_from_zero(values), pa.int64()), self.array(int(fields.children[node])), mask=mask
            )
        if kind in (WHOLE, TRUTH):
            return pa.array(values.copy() if kind == WHOLE else values != 0, mask=unknown)
        bits = None if unknown is None else pa.py_buffer(np.packbits(known, bitorder="little").data)
        taken = self._texts[node, : self._used[node]].copy()  # not the room around it
        texts = pa.Array.from_buffers(pa.large_string(), count, [bits, pa.py_buffer(_from_zero(values).data), pa.py_buffer(taken.data)])
        return texts.cast(pa.float64()) if kind == NUMBER else texts


def _from_zero(ends: I64) -> I64:
    return np.concatenate([np.zeros(1, np.int64), ends])

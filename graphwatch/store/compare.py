"""What a store holds against what it should hold: by key and digest, a kind at a time."""

from __future__ import annotations

from typing import Final

import polars as pl

from graphwatch.store import cypher
from graphwatch.store.connection import Store
from graphwatch.store.shape import DIGEST, Kind

_CHUNK: Final = 200_000


def held(store: Store, kind: Kind) -> pl.DataFrame:
    """Read what identifies each of a kind in the store, and its digest where the kind has one."""
    names = cypher.identify(kind)
    has_digest = bool(kind.properties)
    schema: dict[str, pl.DataType] = {name: pl.String() for name in names} | ({DIGEST: pl.Int64()} if has_digest else {})
    parts, rows = [pl.DataFrame(schema=schema)], []
    for row in store.read(cypher.read_digests(kind), limit_s=0):  # a large store takes its time
        rows.append(row)
        if len(rows) == _CHUNK:
            parts.append(pl.DataFrame(rows, schema=schema, orient="row", strict=False))
            rows = []
    parts.append(pl.DataFrame(rows, schema=schema, orient="row", strict=False))
    return pl.concat(parts)


def differing(there: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Give those rows of a frame that the store lacks or has with other values, in the frame's order.

    Parameters
    ----------
    there
        Of :func:`held`.
    frame
        What should be there.

    Examples
    --------
    >>> there = pl.DataFrame({"agency_id": ["a", "b"], "digest": [1, 2]})
    >>> differing(there, pl.DataFrame({"agency_id": ["a", "b", "c"], "name": ["A", "B", "C"], "digest": [1, 9, 3]})).rows()
    [('b', 'B', 9), ('c', 'C', 3)]
    """
    return frame.join(there, on=there.columns, how="anti", maintain_order="left")


def gone(there: pl.DataFrame, frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Give what identifies those that are in the store and not in the frame, in order.

    Examples
    --------
    >>> gone(pl.DataFrame({"object": ["b", "a"]}), pl.DataFrame({"object": ["a"]}), ["object"]).rows()
    [('b',)]
    """
    return there.select(names).join(frame.select(names), on=names, how="anti").unique().sort(names)

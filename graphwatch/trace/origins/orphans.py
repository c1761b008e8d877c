"""Acts that are not in the data (deleted before it was collected, or never collected) and are known by their answers only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.graph.encode import in_canonical_order, string_codes
from graphwatch.model import I16, I32, Events


@dataclass(frozen=True, slots=True)
class Orphans:
    """Parents, or else thread roots, that are given and not in the data.

    Attributes
    ----------
    code : (interactions,)
        Which one each act answers; -1: none, it is in the data, or the act answers nothing.
    ids
        Their interaction ids.
    platform
        Code of the platform of the act that names each.
    """

    code: I32
    ids: pl.Series
    platform: I16

    @classmethod
    def none(cls, events: Events) -> Orphans:
        """Give none."""
        return cls(np.full(len(events), -1, np.int32), pl.Series("id", [], dtype=pl.String), np.zeros(0, np.int16))


def orphan_parents(interactions: pl.LazyFrame, events: Events) -> Orphans:
    """Find what is answered or passed on in the data and is not in it.

    Parameters
    ----------
    interactions
        The same rows as ``events``, for the ids of the parents.
    """
    n = len(events)
    lost = (events.parent < 0) & events.parent_given
    rooted = (events.parent < 0) & ~events.parent_given & (events.thread >= n)
    rows = np.flatnonzero(lost | rooted)
    if not len(rows):
        return Orphans.none(events)
    ids = pl.Series("id", [None], dtype=pl.String).new_from_index(0, len(rows))
    if lost.any() and "parent_id" in interactions.collect_schema().names():
        parents = in_canonical_order(interactions, pl.col("parent_id").cast(pl.String)).gather(rows)
        ids = parents.zip_with(pl.Series(lost[rows]), ids)
    if rooted.any():
        roots = events.outside_roots.gather(np.maximum(events.thread[rows] - n, 0))
        ids = ids.zip_with(pl.Series(lost[rows]), roots)
    keys = pl.DataFrame({"platform": events.platform[rows].astype(np.int32), "id": ids})
    codes, names = string_codes(keys.select(pl.concat_str("platform", "id", separator=":")).to_series())
    code = np.full(n, -1, np.int32)
    code[rows] = codes
    platform = names.str.extract(r"^([^:]*):").cast(pl.Int16).to_numpy()
    return Orphans(code, names.str.replace(r"^[^:]*:", "").alias("id"), platform)

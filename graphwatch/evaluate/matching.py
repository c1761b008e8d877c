"""Which detected pile-on is which planted burst."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from graphwatch.model import F64, I64

COLUMNS: Final = pl.Schema({"pileon": pl.Int64(), "planted": pl.Int64(), "overlap": pl.Float64()})


def overlaps(pileons: pl.DataFrame, planted: pl.DataFrame) -> pl.DataFrame:
    """Give all pairs of a detected and a planted burst on the same target whose times meet.

    Parameters
    ----------
    pileons, planted
        With ``target_id``, ``onset``, ``end``; times inclusive.

    Returns
    -------
    pl.DataFrame
        ``pileon``, ``planted`` (row numbers) and ``overlap``, the length of the common time over the length of both together
        (Jaccard index of the intervals, each a second longer than said, so that a single moment has a length); in (0, 1].
    """
    left = pileons.select("target_id", "onset", "end").with_row_index("pileon")
    right = planted.select("target_id", "onset", "end").with_row_index("planted")
    pairs = left.join(right, on="target_id", how="inner", suffix="_planted")
    pairs = pairs.filter((pl.col("onset") <= pl.col("end_planted")) & (pl.col("onset_planted") <= pl.col("end")))
    both = pl.min_horizontal("end", "end_planted") - pl.max_horizontal("onset", "onset_planted") + pl.duration(seconds=1)
    whole = pl.max_horizontal("end", "end_planted") - pl.min_horizontal("onset", "onset_planted") + pl.duration(seconds=1)
    share = both.dt.total_microseconds() / whole.dt.total_microseconds()
    return pairs.select("pileon", "planted", overlap=share).cast(COLUMNS).sort("pileon", "planted")


def match_pileons(pileons: pl.DataFrame, planted: pl.DataFrame) -> pl.DataFrame:
    """Match one to one, so that the sum of overlaps is the largest possible (Hungarian method, target by target).

    A detection that shares a burst with a better one stays unmatched: splitting a burst costs precision. What nature the two have
    plays no part in the matching.

    Returns
    -------
    pl.DataFrame
        As :func:`overlaps`, each detected and each planted burst at most once.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> def at(*hours):
    ...     return [datetime(2025, 1, 1, hour, tzinfo=UTC) for hour in hours]
    >>> planted = pl.DataFrame({"target_id": ["a"], "onset": at(1), "end": at(9)})
    >>> split = pl.DataFrame({"target_id": ["a", "a"], "onset": at(1, 3), "end": at(2, 9)})
    >>> match_pileons(split, planted)["pileon"].to_list()
    [1]
    """
    pairs = overlaps(pileons, planted)
    if pairs.is_empty():
        return pairs
    keyed = pairs.with_columns(target=planted["target_id"].gather(pairs["planted"])).sort("target", "pileon", "planted")
    parts = [_assigned(part) for part in keyed.partition_by("target", maintain_order=True)]
    return pl.concat(parts).select(COLUMNS.names()).sort("pileon")


def _assigned(part: pl.DataFrame) -> pl.DataFrame:
    rows, row_of = np.unique(part["pileon"].to_numpy(), return_inverse=True)
    columns, column_of = np.unique(part["planted"].to_numpy(), return_inverse=True)
    gain: F64 = np.zeros((len(rows), len(columns)))
    gain[row_of, column_of] = part["overlap"].to_numpy()
    chosen_rows, chosen_columns = linear_sum_assignment(gain, maximize=True)
    chosen: I64 = np.full(len(rows), -1, np.int64)
    chosen[chosen_rows] = chosen_columns
    return part.filter(pl.Series(chosen[row_of] == column_of))

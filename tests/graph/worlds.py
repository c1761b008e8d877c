"""Small worlds as frames, and strategies that draw them."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import strategies as st

from graphwatch.schema import INTERACTIONS

KINDS = ("post", "reply", "repost", "mention")


def interactions(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Give canonical interactions from rows; ``at`` in µs."""
    dtypes: dict[str, pl.DataType] = {name: INTERACTIONS.column(name).dtype for row in rows for name in row}
    return pl.DataFrame(rows, schema=dtypes | {"at": pl.Int64()}).with_columns(pl.col("at").cast(INTERACTIONS.column("at").dtype))


def worlds(max_rows: int = 12) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw rows with unique (platform, id), few accounts, tied times, orphans, cycles, null and empty lists."""
    accounts = st.sampled_from(["a", "b", "c", "d"])
    row = st.fixed_dictionaries(
        {
            "at": st.integers(0, 4),
            "actor_id": accounts,
            "kind": st.sampled_from(KINDS),
            "platform": st.sampled_from([None, "p", "q"]),
            "target_ids": st.one_of(st.none(), st.lists(accounts, max_size=3)),
            "parent": st.integers(-2, max_rows),
            "root": st.integers(-6, 3),
            "objects": st.one_of(st.none(), st.lists(st.sampled_from(["url:x", "tag:y", "url:z"]), max_size=2)),
            "hostility": st.one_of(st.none(), st.sampled_from([0.0, 0.4, 0.5, 1.0])),
        }
    )

    def name(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for number, drawn in enumerate(rows):
            parent, root = drawn.pop("parent"), drawn.pop("root")
            drawn["interaction_id"] = str(number)
            drawn["parent_id"] = None if parent == -2 else str(parent)
            drawn["root_id"] = str(root) if root >= 0 else ("gone" if root == -1 else None)
        return rows

    return st.lists(row, min_size=1, max_size=max_rows).map(name)

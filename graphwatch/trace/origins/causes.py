"""The tracing's likeliest causes, by id, as rows again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.model import F64, I32, I64, Events
from graphwatch.trace.candidates import RELATIONS


@dataclass(frozen=True, slots=True)
class Modelled:
    """Causes by the branching model, as rows of ``Events``: one entry per (child, parent).

    Attributes
    ----------
    relation
        Place in :data:`graphwatch.trace.candidates.RELATIONS`.
    """

    child: I64
    parent: I64
    relation: I32
    probability: F64

    @classmethod
    def none(cls) -> Modelled:
        """Give no cause."""
        no = np.zeros(0, np.int64)
        return cls(no, no, no.astype(np.int32), np.zeros(0))


def rows_of_edges(events: Events, edges: pl.DataFrame) -> dict[str, Modelled]:
    """Find the rows of the interactions that the tracing's ``edges`` name, by pile-on.

    Where an id occurs on several platforms, a pair on one platform is preferred.
    """
    if edges.is_empty():
        return {}
    wanted = pl.concat([edges["child"], edges["parent"]]).unique()
    known = pl.DataFrame({"id": events.ids, "row": np.arange(len(events)), "platform": events.platform})
    known = known.join(wanted.to_frame("id"), on="id", how="semi", maintain_order="left")
    codes = {name: code for code, name in enumerate(RELATIONS)}
    joined = (
        edges.with_row_index("edge")
        .with_columns(relation=pl.col("relation").replace_strict(codes, return_dtype=pl.Int32))
        .join(known.rename({"row": "child_row", "platform": "child_platform"}), left_on="child", right_on="id")
        .join(known.rename({"row": "parent_row"}), left_on="parent", right_on="id")
        .with_columns(apart=pl.col("platform") != pl.col("child_platform"))
        .sort("edge", "apart", "child_row", "parent_row")
        .unique("edge", keep="first", maintain_order=True)
        .sort("pileon_id", "child_row", "parent_row")
    )
    return {
        str(name): Modelled(*(part[column].to_numpy() for column in ("child_row", "parent_row", "relation", "probability")))
        for (name,), part in joined.partition_by("pileon_id", as_dict=True, maintain_order=True).items()
    }

"""The tracing's likeliest causes, by id, as rows again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.model import F64, I32, Events
from graphwatch.trace.candidates import RELATIONS
from graphwatch.trace.tables import Edges


@dataclass(frozen=True, slots=True)
class Modelled:
    """Causes by the branching model, as rows of ``Events``: one entry per (child, parent).

    Attributes
    ----------
    relation
        Place in :data:`graphwatch.trace.candidates.RELATIONS`.
    """

    child: I32
    parent: I32
    relation: I32
    probability: F64

    @classmethod
    def none(cls) -> Modelled:
        """Give no cause."""
        no = np.zeros(0, np.int32)
        return cls(no, no, no, np.zeros(0))

    @classmethod
    def of(cls, edges: Edges) -> Modelled:
        """Take the causes as tracing gives them."""
        return cls(edges.child, edges.parent, edges.relation, edges.probability)


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
        .with_columns(pl.col("child_row", "parent_row").cast(pl.Int32))
    )
    return {
        str(name): Modelled(*(part[column].to_numpy() for column in ("child_row", "parent_row", "relation", "probability")))
        for (name,), part in joined.partition_by("pileon_id", as_dict=True, maintain_order=True).items()
    }

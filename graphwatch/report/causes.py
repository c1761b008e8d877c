"""From the tracing's likeliest causes to what can be drawn: the network of accounts and the descent of acts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.graph.encode import look_up
from graphwatch.model import F64, I32, I64, Bools, Events
from graphwatch.report.content import NO_CAUSE, TARGET, Descent, Network
from graphwatch.review.pseudonyms import Pseudonyms

_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Causes:
    """Causes of acts as rows of ``Events``: one entry per (child, parent), best first within each child."""

    child: I64
    parent: I64
    probability: F64


def resolve_causes(events: Events, edges: pl.DataFrame) -> dict[str, Causes]:
    """Find the rows of the interactions that the tracing's ``edges`` name, by pile-on.

    Where an id occurs on several platforms, a pair on one platform is preferred.
    """
    if edges.is_empty():
        return {}
    wanted = pl.concat([edges["child"], edges["parent"]]).unique()
    known = pl.DataFrame({"id": events.ids, "row": np.arange(len(events)), "platform": events.platform})
    known = known.join(wanted.to_frame("id"), on="id", how="semi", maintain_order="left")
    joined = (
        edges.with_row_index("edge")
        .join(known.rename({"row": "child_row", "platform": "child_platform"}), left_on="child", right_on="id")
        .join(known.rename({"row": "parent_row"}), left_on="parent", right_on="id")
        .with_columns(apart=pl.col("platform") != pl.col("child_platform"))
        .sort("edge", "apart", "child_row", "parent_row")
        .unique("edge", keep="first", maintain_order=True)
        .sort("pileon_id", "child_row", "probability", "parent_row", descending=[False, False, True, False])
    )
    return {
        str(name): Causes(part["child_row"].to_numpy(), part["parent_row"].to_numpy(), part["probability"].to_numpy())
        for (name,), part in joined.partition_by("pileon_id", as_dict=True, maintain_order=True).items()
    }


def make_descent(events: Events, rows: I32, hostile: Bools, causes: Causes | None, max_nodes: int) -> Descent:
    """Link each act of a pile-on to its most probable cause within it, where one is more likely than not.

    Parameters
    ----------
    rows, hostile
        The pile-on's rows, ascending, and mask over them.
    max_nodes
        Acts kept at most: those with the most descendants, so that every act kept has its cause kept.
    """
    cause = np.full(len(rows), NO_CAUSE, np.int32)
    if causes is not None:
        first = np.concatenate([[True], causes.child[1:] != causes.child[:-1]]) if len(causes.child) else np.zeros(0, bool)
        sure = first & (causes.probability >= _LIKELY)
        child, parent = (np.searchsorted(rows, r[sure]) for r in (causes.child, causes.parent))
        inside = _is_at(rows, child, causes.child[sure]) & _is_at(rows, parent, causes.parent[sure])
        child, parent = child[inside], parent[inside]
        earlier = parent < child
        cause[child[earlier]] = parent[earlier]
    below = np.zeros(len(rows), np.int64)
    for i in range(len(rows) - 1, -1, -1):
        if cause[i] >= 0:
            below[cause[i]] += below[i] + 1
    kept = np.sort(np.lexsort((np.arange(len(rows)), -below))[:max_nodes])
    moved = np.searchsorted(kept, np.maximum(cause[kept], 0))
    return Descent(
        events.at[rows[kept]], hostile[kept], np.where(cause[kept] >= 0, moved, NO_CAUSE).astype(np.int32), len(rows) - len(kept)
    )


def make_network(events: Events, members: pl.DataFrame, causes: Causes | None, names: Pseudonyms, max_nodes: int) -> Network:
    """Link each account to the account to which most of its acts are put down.

    Parameters
    ----------
    members
        Rows of the ``members`` table of one pile-on.
    max_nodes
        Accounts kept at most, by credit.
    """
    ranked = members.sort("credit", "actor_id", descending=[True, False], nulls_last=True)
    kept = ranked.head(max_nodes)
    place = np.full(len(events.accounts), -1, np.int32)
    account = look_up(kept["actor_id"], events.accounts)
    place[account[account >= 0]] = np.flatnonzero(account >= 0)
    cause, weight = np.full(len(kept), TARGET, np.int32), np.zeros(len(kept))
    if causes is not None and len(causes.child):
        pairs = pl.DataFrame(
            {"child": place[events.actor[causes.child]], "parent": place[events.actor[causes.parent]], "weight": causes.probability}
        ).filter(pl.col("child") >= 0, pl.col("parent") >= 0, pl.col("child") != pl.col("parent"))
        strongest = (
            pairs.group_by("child", "parent")
            .agg(pl.col("weight").sort().sum())
            .sort("child", "weight", "parent", descending=[False, True, False])
            .unique("child", keep="first", maintain_order=True)
            .filter(pl.col("weight") >= _LIKELY)
        )
        cause[strongest["child"].to_numpy()] = strongest["parent"].to_numpy()
        weight[strongest["child"].to_numpy()] = strongest["weight"].to_numpy()
    return Network(
        name=tuple(names.series(kept["actor_id"]).to_list()),
        role=tuple(kept["role"].fill_null("follower").to_list()),
        credit=kept["credit"].fill_null(0.0).to_numpy(),
        cause=cause,
        weight=weight,
        left_out=len(ranked) - len(kept),
    )


def _is_at(rows: I32, place: I64, value: I64) -> Bools:
    found: Bools = rows[np.minimum(place, len(rows) - 1)] == value
    return found

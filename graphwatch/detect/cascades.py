"""Cascades: interactions joined into trees by parent, and what each tree looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.detect.parent_evidence import ParentEvidence
from graphwatch.detect.parent_kernels import GIVEN
from graphwatch.detect.parents import Parents, infer_parents
from graphwatch.detect.trees import cut_cycles, roots_and_depths, subtree_sizes, top_down, tree_figures
from graphwatch.model import I32, Bools, Events
from graphwatch.schema import CASCADES, TIMESTAMP


@dataclass(frozen=True, slots=True)
class Cascades:
    """Trees of interactions; arrays have one entry per row of the events.

    Attributes
    ----------
    frame
        The ``cascades`` result table (polars): trees of at least two interactions, by time of the root.
    parent
        Row of the parent, given or inferred; -1: root.
    inferred
        The parent was inferred.
    tree
        Row of the tree's root.
    depth
        Edges up to the root.
    counts
        ``cascades``, ``singletons`` (interactions that nobody answered and that answer nothing), ``inferred_edges``, ``cycles``,
        ``inferred_cycles``, ``stand_in_roots``, ``orphans``, ``children_before_parents``, ``own_parents``.
    parents
        The inferred edges with their probabilities, and averages over all trees.
    """

    frame: pl.DataFrame
    parent: I32
    inferred: Bools
    tree: I32
    depth: I32
    counts: Mapping[str, int]
    parents: Parents


def find_cascades(events: Events, evidence: ParentEvidence | None = None) -> Cascades:
    """Join interactions into trees and measure each.

    Parameters
    ----------
    events
        Encoded interactions.
    evidence
        What texts, accounts and follows say about missing parents; times alone when not given.

    Returns
    -------
    Cascades
        Structural virality (Goel, Anderson, Hofman and Watts 2016) is the mean distance between two interactions of a tree: near 2 for
        a broadcast, growing with person-to-person spread. The duration runs from the root to the last interaction and is not negative.

    Notes
    -----
    Where the thread is known and the parent is not, the edge is *inferred* (:func:`~graphwatch.detect.parents.infer_parents`) and the table
    measures the likeliest tree. With timing alone that is nearly a star (on ``weibo_threads`` with parents hidden no rule on times finds
    more parents than "all to the root"), so depth and virality are understated there: ``parents`` holds the averages over all trees. A
    given parent that is not in the data is replaced by the thread's root. Where the root is not in the data either, the earliest
    interaction of the thread stands in for it. An
    interaction whose parent and thread are unknown is a root. A cycle is cut at its earliest row (at an inferred edge, where it has
    one). A child that comes before its parent stays its child: clocks differ. All of it is counted, nothing is fatal.

    Linear in time and memory; chains may have any length.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> rows = [("1", "ann", None), ("2", "bob", "1"), ("3", "cat", "1"), ("4", "dan", "3")]
    >>> frame = pl.DataFrame(rows, schema=["interaction_id", "actor_id", "parent_id"], orient="row")
    >>> times = pl.Series(range(4)).cast(pl.Datetime("us", "UTC"))
    >>> cascades = find_cascades(encode(frame.with_columns(at=times, kind=pl.lit("reply"))))
    >>> cascades.frame.select("root_id", "size", "depth", "max_breadth", pl.col("structural_virality").round(3)).row(0)
    ('1', 4, 2, 2, 1.667)
    """
    parents = infer_parents(events, evidence)
    parent, inferred = _attach(events, parents)
    cycles, inferred_cycles = cut_cycles(parent, inferred)
    order = top_down(parent)
    tree, depth = roots_and_depths(parent, order)
    size = subtree_sizes(parent, order)
    root, figures, distance, last = tree_figures(parent, tree, depth, size, events.at, events.actor, inferred, len(events.accounts))
    counts = {
        "cascades": len(root),
        "singletons": int(((parent < 0) & (size == 1)).sum()),
        "inferred_edges": int(inferred.sum()),
        "cycles": cycles,
        "inferred_cycles": inferred_cycles,
        "stand_in_roots": parents.threads.stand_ins,
    } | {name: events.counts.get(name, 0) for name in ("orphans", "children_before_parents", "own_parents")}
    frame = pl.DataFrame(
        {
            "root_id": _root_ids(events, root),
            "root_actor_id": events.accounts.gather(events.actor[root]),
            "started": pl.Series(events.at[root]).cast(TIMESTAMP),
            "size": figures[:, 0],
            "depth": figures[:, 1],
            "max_breadth": figures[:, 2],
            "structural_virality": distance,
            "duration_s": (last - events.at[root]) / 1e6,
            "actors": figures[:, 3],
            "inferred_edges": figures[:, 4],
        }
    )
    for array in (parent, inferred, tree, depth):
        array.setflags(write=False)
    return Cascades(CASCADES.conform(frame), parent, inferred, tree, depth, counts, parents)


def _attach(events: Events, parents: Parents) -> tuple[I32, Bools]:
    """Give each row its parent, given or inferred."""
    parent = events.parent.copy()
    inferred = np.zeros(len(events), np.bool_)
    used = parents.method != GIVEN
    parent[parents.row[used]] = parents.parent[used]
    inferred[parents.row[used]] = True
    return parent, inferred


def _root_ids(events: Events, root: I32) -> pl.Series:
    """Ids of the roots; one that is used on several platforms gets the platform before it."""
    names = pl.Series([None, *events.platforms], dtype=pl.String)
    roots = pl.DataFrame({"id": events.ids.gather(root), "platform": names.gather(events.platform[root].astype(np.int64) + 1)})
    clash = pl.col("id").is_duplicated() & pl.col("platform").is_not_null()
    return roots.select(pl.when(clash).then(pl.col("platform") + ":" + pl.col("id")).otherwise("id").alias("id")).to_series()

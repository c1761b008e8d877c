"""Amplifiers: the accounts of a thread through which others came, averaged over all trees that are possible."""

from __future__ import annotations

import numpy as np
import polars as pl

from graphwatch.detect.parents import Parents
from graphwatch.model import Events


def rank_amplifiers(events: Events, parents: Parents, top: int = 10) -> pl.DataFrame:
    """Rank the accounts of each thread with missing parents by their expected descendants; the thread's own author is left out.

    Parameters
    ----------
    events, parents
        The interactions, and what :func:`~graphwatch.detect.parents.infer_parents` found.
    top
        Accounts per thread.

    Returns
    -------
    polars.DataFrame
        ``root_id``, ``rank`` (from 1), ``actor_id``, ``acts``, ``expected_children``, ``expected_descendants`` (own acts not counted as
        their own descendants), by thread in order of the roots' times, the greatest influence first; of equals the one who came first.

    Notes
    -----
    Expected, not certain: on real threads with parents hidden, ten names hold less than a third of the true first three
    (``benchmarks/cascades.py`` prints it beside the baselines). A list to look through, not a finding about an account. An account's acts
    below its own earlier acts count twice.

    Examples
    --------
    >>> from graphwatch.detect.parents import infer_parents
    >>> from graphwatch.graph.encode import encode
    >>> rows = [("1", "ann", None, None), ("2", "bob", "1", "1"), ("3", "cat", "2", "1"), ("4", "dan", None, "1")]
    >>> frame = pl.DataFrame(rows, schema=["interaction_id", "actor_id", "parent_id", "root_id"], orient="row")
    >>> events = encode(frame.with_columns(at=pl.Series(range(4)).cast(pl.Datetime("us", "UTC")), kind=pl.lit("repost")))
    >>> rank_amplifiers(events, infer_parents(events), top=1).select("actor_id", "acts", "rank").row(0)
    ('bob', 1, 1)
    """
    sizes = np.diff(parents.threads.start)
    first = np.repeat(parents.row[parents.threads.start[:-1]], sizes)
    others = events.actor[parents.row] != events.actor[first]
    acts = pl.DataFrame(
        {
            "root": first[others],
            "actor": events.actor[parents.row[others]],
            "row": parents.row[others],
            "expected_children": parents.children[others],
            "expected_descendants": parents.descendants[others] - 1.0,
        }
    )
    ranked = (
        acts.group_by("root", "actor", maintain_order=True)
        .agg(pl.len().alias("acts"), pl.sum("expected_children", "expected_descendants"), pl.min("row"))
        .sort("root", "expected_descendants", "row", descending=[False, True, False])
        .with_columns((pl.int_range(pl.len()).over("root") + 1).alias("rank"))
        .filter(pl.col("rank") <= top)
    )
    return pl.DataFrame(
        {
            "root_id": events.ids.gather(ranked["root"]),
            "rank": ranked["rank"],
            "actor_id": events.accounts.gather(ranked["actor"]),
            "acts": ranked["acts"],
            "expected_children": ranked["expected_children"],
            "expected_descendants": ranked["expected_descendants"],
        }
    )

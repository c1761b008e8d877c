"""Groups of accounts in the backbone of co-action, and how sure each group is.

The algorithm starts from random moves. A group that it finds again from other seeds is in the data; one that it does not is a cut
through something else. *Stability* is the cluster-wise Jaccard of Hennig (2007): over other seeds, the mean of the largest overlap
(members in common over members of either) with any group found there. Above about .85 a group is stable, below .6 it should not be trusted.

Source: Hennig (2007), Cluster-wise assessment of cluster stability. It answers for the algorithm's chance only, not for missing data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.backbone import communities, stable_id
from graphwatch.model import F64, I32
from graphwatch.schema import COACTION_GROUPS

_LEIDEN: Final = 0xC0AC


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of accounts.

    Attributes
    ----------
    of_account : (accounts,)
        Group of each account; -1: none.
    ids
        Id of each group, from its members.
    stability : (groups,)
        In [0, 1]; higher is surer.
    """

    of_account: I32
    ids: tuple[str, ...]
    stability: F64

    @classmethod
    def none(cls, accounts: int) -> Groups:
        """No groups."""
        return cls(np.full(accounts, -1, np.int32), (), np.zeros(0))


def find_groups(a: I32, b: I32, weight: F64, accounts: pl.Series, seed: int, restarts: int) -> Groups:
    """Group accounts by co-action, and find the groups again from ``restarts`` other seeds.

    Parameters
    ----------
    a, b : (edges,)
        Account codes, ascending.
    weight : (edges,)
        Positive.
    accounts
        Name of each code.
    """
    if not len(a):
        return Groups.none(len(accounts))
    members, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    ends = place.astype(np.int32).reshape(2, -1)
    community = communities(ends[0], ends[1], weight, seed ^ _LEIDEN)
    others = [communities(ends[0], ends[1], weight, (seed ^ _LEIDEN) + 1 + k) for k in range(restarts)]
    stability = np.mean([overlap(community, other) for other in others], axis=0) if others else np.ones(int(community.max()) + 1)
    order = np.argsort(community, kind="stable")
    bounds = np.searchsorted(community[order], np.arange(community.max() + 2))
    names = accounts.gather(members[order]).to_list()
    ids = [stable_id("g", names[bounds[c] : bounds[c + 1]]) for c in range(len(bounds) - 1)]
    rank = np.argsort(np.array(ids), kind="stable")
    number = np.empty(len(ids), np.int32)
    number[rank] = np.arange(len(ids), dtype=np.int32)
    of_account = np.full(len(accounts), -1, np.int32)
    of_account[members] = number[community]
    return Groups(of_account, tuple(sorted(ids)), np.asarray(stability, dtype=np.float64)[rank])


def overlap(one: I32, other: I32) -> F64:
    """Largest Jaccard overlap of each group of ``one`` with a group of ``other``; two divisions 0, 1, … of the same members.

    Examples
    --------
    >>> overlap(np.array([0, 0, 1, 1], np.int32), np.array([0, 0, 0, 1], np.int32)).round(2).tolist()
    [0.67, 0.5]
    """
    sizes, others = np.bincount(one), np.bincount(other)
    pairs, common = np.unique(np.column_stack([one, other]), axis=0, return_counts=True)
    jaccard = common / (sizes[pairs[:, 0]] + others[pairs[:, 1]] - common)
    best = np.zeros(len(sizes))
    np.maximum.at(best, pairs[:, 0], jaccard)
    return best


def groups_frame(coactions: pl.DataFrame, groups: Groups) -> pl.DataFrame:
    """Sum up each group.

    Parameters
    ----------
    coactions
        Result table ``coactions``; edges between two groups have no group.

    Returns
    -------
    polars.DataFrame
        Result table ``coaction_groups``, by group id.
    """
    sizes = np.bincount(groups.of_account[groups.of_account >= 0], minlength=len(groups.ids))
    named = pl.DataFrame({"group_id": pl.Series(groups.ids, dtype=pl.String), "accounts": sizes, "stability": groups.stability})
    within = (
        coactions.filter(pl.col("group_id").is_not_null())
        .group_by("group_id")
        .agg(pairs=pl.len(), weight=pl.col("weight").sum(), first_at=pl.col("first_at").min(), last_at=pl.col("last_at").max())
    )
    return COACTION_GROUPS.conform(named.join(within, on="group_id", how="left", maintain_order="left"))

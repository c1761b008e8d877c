"""The few columns of interactions that co-action counts over, read without all the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.detect.shares import Acts
from graphwatch.graph.encode import encode, list_codes, lists_in_order, reordered, string_codes
from graphwatch.graph.order import time_order
from graphwatch.model import I16, I32, I64, Lists
from graphwatch.schema import STRINGS

COLUMNS = ("interaction_id", "at", "actor_id", "kind", "platform", "target_ids", "objects")


@dataclass(frozen=True, slots=True)
class _Sharing:
    """Interactions with objects; see :class:`graphwatch.detect.shares.Acts`."""

    at: I64
    actor: I32
    objects: Lists
    accounts: pl.Series
    object_names: pl.Series
    ids: pl.Series
    platform: I16

    def __len__(self) -> int:
        return len(self.at)


def read_acts(interactions: pl.LazyFrame) -> Acts:
    """Give who shared what when, of the interactions that have objects.

    Parameters
    ----------
    interactions
        Canonical columns, valid.

    Returns
    -------
    Acts
        Ascending in time; acts at one moment in the order of the input, which is no canonical order. Co-actions counted over it are those
        counted over :func:`graphwatch.graph.encode.encode`'s arrays, which is what is given for data of several platforms: there the
        same id may be two accounts, and only all columns tell.

    Examples
    --------
    >>> columns = {"interaction_id": ["1", "2", "3"], "at": [30, 20, 10], "actor_id": ["b", "a", "b"], "kind": ["post"] * 3}
    >>> columns |= {"platform": ["x"] * 3, "target_ids": [None] * 3, "objects": [["url:y"], ["url:y", "tag:z"], []]}
    >>> times = pl.col("at").cast(pl.Datetime("us", "UTC"))
    >>> acts = read_acts(pl.LazyFrame(columns, schema_overrides={"target_ids": STRINGS}).with_columns(times))
    >>> acts.at.tolist(), acts.actor.tolist(), acts.objects.values.tolist(), acts.object_names.to_list()
    ([20, 30], [0, 1], [1, 0, 1], ['tag:z', 'url:y'])
    """
    one = pl.col("platform").eq_missing(pl.col("platform").first()).all()
    if not interactions.select(one).collect().item():
        return encode(interactions.select(COLUMNS))
    held = interactions.select("interaction_id", "at", "actor_id", pl.col("objects").cast(STRINGS)).collect()
    sharing = (held["objects"].list.len() > 0).fill_null(value=False)
    if not sharing.all():
        held = held.filter(sharing)
    at, ids = held["at"].to_physical().to_numpy(), held["interaction_id"]
    start, names = list_codes(held["objects"])
    values, object_names = string_codes(names)
    actor, accounts = string_codes(held["actor_id"])
    if (at[1:] < at[:-1]).any():
        order = time_order(at)
        at, actor, ids = at[order], actor[order], reordered(ids, order)
        start, values = lists_in_order(start, values, order)
    return _Sharing(at, actor, Lists(start, values), accounts, object_names, ids, np.zeros(len(at), np.int16))

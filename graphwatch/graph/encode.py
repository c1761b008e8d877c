"""Interactions → integer arrays in canonical order, column by column so that memory stays near one column's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from graphwatch.graph.links import resolve_targets, resolve_threads
from graphwatch.model import CATEGORY_CODE, I8, I16, I32, I64, KIND_CODE, NO_TIME, SURFACE_CODE, Bools, Events, Lists
from graphwatch.schema import INTERACTIONS

_REPOST: Final = KIND_CODE["repost"]


def encode(interactions: pl.DataFrame | pl.LazyFrame) -> Events:
    """Encode validated interactions.

    Parameters
    ----------
    interactions
        Canonical columns, valid, one row per (platform, interaction_id). A lazy frame is read a column at a time.

    Returns
    -------
    Events
        The same rows in canonical order. Where ``target_ids`` is null the target is derived: the parent's targets for a repost that
        passes on something aimed at somebody, else the parent's author. Nobody is their own target.

    Notes
    -----
    Row order of the input has no influence. Parents that are not in the data, that come later than their child or that are the
    row itself are counted in ``counts``; only the first and the last are dropped.
    """
    table = _Columns.of(interactions.lazy())
    at = table.read("at").to_physical().to_numpy()
    n = len(at)
    platform_codes, names = string_codes(table.read("platform"))
    platforms, platform = tuple(names.to_list()), platform_codes.astype(np.int16)
    ids = table.read("interaction_id")
    parent, parent_given, thread, root, outside, counts = _threads(table, ids, platform, at)
    actors = table.read("actor_id")
    named = _named_targets(table)
    accounts, actor, given = _accounts(actors, named.start, named.names, platform, platforms)
    del actors
    kind = _coded(table.read("kind"), KIND_CODE)
    start, values, dropped = resolve_targets(given.start, given.values, named.unknown, actor, kind, parent, _REPOST)
    objects, object_names = _objects(table)
    return Events(
        at=at,
        actor=actor,
        kind=kind,
        surface=_coded(table.read("surface"), SURFACE_CODE),
        category=_coded(table.read("category"), CATEGORY_CODE),
        parent=parent,
        parent_given=parent_given,
        thread=thread,
        root=root,
        targets=Lists(start, values),
        objects=objects,
        hostility=table.read("hostility").cast(pl.Float32).fill_null(np.nan).to_numpy(),
        followers=table.read("followers").fill_null(-1).to_numpy(),
        actor_created=table.read("actor_created_at").to_physical().fill_null(int(NO_TIME)).to_numpy(),
        deleted=table.read("deleted").fill_null(value=False).to_numpy(),
        platform=platform,
        accounts=accounts,
        object_names=object_names,
        platforms=platforms,
        ids=ids,
        outside_roots=outside,
        counts=counts | {"interactions": n, "self_targets": dropped},
    )


def in_canonical_order(interactions: pl.DataFrame | pl.LazyFrame, expression: pl.Expr) -> pl.Series:
    """Give an expression over the interactions (one value per row, row by row) in the order of :func:`encode`'s arrays.

    For what the arrays do not hold, such as texts.
    """
    table = _Columns.of(interactions.lazy())
    column = table.lazy.select(expression).collect().to_series()
    return column if table.order is None else column.gather(table.order)


def string_codes(values: pl.Series) -> tuple[I32, pl.Series]:
    """Give each string its place among the distinct ones in ascending order; null gets -1.

    Examples
    --------
    >>> codes, names = string_codes(pl.Series(["b", None, "a", "b"]))
    >>> codes.tolist(), names.to_list()
    ([1, -1, 0, 1], ['a', 'b'])
    """
    names = values.drop_nulls().unique().sort()
    return look_up(values, names), names


def look_up(values: pl.Series, names: pl.Series) -> I32:
    """Find the place of each value in ``names`` (distinct); -1: null or not among them.

    Examples
    --------
    >>> look_up(pl.Series(["b", None, "z"]), pl.Series(["a", "b"])).tolist()
    [1, -1, -1]
    """
    right = pl.DataFrame({"name": names, "code": np.arange(len(names), dtype=np.int32)})
    joined = pl.DataFrame({"name": values}).join(right, on="name", how="left", maintain_order="left")
    return joined["code"].fill_null(-1).to_numpy()


def list_codes(lists: pl.Series) -> tuple[I64, pl.Series]:
    """Give the starts of a column of lists and all its values end to end; null counts as empty, nulls inside a list go."""
    sizes = lists.list.len().fill_null(0)
    values = lists.filter(sizes > 0).explode()
    if values.null_count():
        return list_codes(lists.list.drop_nulls())
    start = np.zeros(len(lists) + 1, np.int64)
    np.cumsum(sizes.to_numpy(), out=start[1:])
    return start, values


@dataclass(frozen=True, slots=True)
class _Columns:
    """Columns of the input, read one at a time and in canonical order.

    ``order`` is None where the input is in order already, as most files are: that spares a copy of every column.
    """

    lazy: pl.LazyFrame
    names: frozenset[str]
    rows: int
    order: I64 | None

    @classmethod
    def of(cls, lazy: pl.LazyFrame) -> _Columns:
        names = frozenset(lazy.collect_schema().names())
        as_it_is = cls(lazy, names, int(lazy.select(pl.len()).collect().item()), None)
        order = _canonical_order(as_it_is)
        return as_it_is if (order[1:] > order[:-1]).all() else replace(as_it_is, order=order)

    def read(self, name: str) -> pl.Series:
        column = self.read_as_given(name)
        return column if self.order is None else column.gather(self.order)

    def lists_in_order(self, start: I64, values: I32) -> tuple[I64, I32]:
        """Put lists of the input's order into canonical order: moving codes costs a tenth of moving lists of strings."""
        if self.order is None:
            return start, values
        sizes = np.diff(start)[self.order]
        moved = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        return moved, values[np.repeat(start[self.order] - moved[:-1], sizes) + np.arange(len(values))]

    def read_as_given(self, name: str) -> pl.Series:
        dtype = INTERACTIONS.column(name).dtype
        if name not in self.names:
            return pl.Series(name, [None], dtype=dtype).new_from_index(0, self.rows)
        return self.lazy.select(pl.col(name).cast(dtype)).collect().to_series()


def _canonical_order(table: _Columns) -> I64:
    at = table.read("at").to_physical().to_numpy()
    order = np.argsort(at, kind="stable")
    in_order = at[order]
    same = in_order[1:] == in_order[:-1]
    if not same.any():
        return order
    tied = np.concatenate([same, [False]]) | np.concatenate([[False], same])
    rows = order[tied]
    ties = pl.DataFrame(
        {"at": at[rows], "platform": table.read("platform").gather(rows), "id": table.read("interaction_id").gather(rows), "row": rows}
    )
    order[tied] = ties.sort("at", "platform", "id")["row"].to_numpy()
    return order


def _coded(column: pl.Series, codes: Mapping[str, int]) -> I8:
    return column.replace_strict(codes, default=-1, return_dtype=pl.Int8).fill_null(-1).to_numpy()


def _qualified(ids: pl.Series, platform: I16, platforms: tuple[str, ...], ambiguous: pl.Series) -> pl.Series:
    """Put the platform before ids that are used on several platforms."""
    named = pl.Series(["", *platforms]).gather(platform.astype(np.int64) + 1)
    frame = pl.DataFrame({"id": ids, "platform": named})
    clash = pl.col("id").is_in(ambiguous.implode()) & (pl.col("platform") != "")
    return frame.select(pl.when(clash).then(pl.col("platform") + ":" + pl.col("id")).otherwise("id").alias("id")).to_series()


def _ambiguous(ids: pl.Series, platform: I16) -> pl.Series:
    """Ids that occur with more than one platform."""
    pairs = pl.DataFrame({"id": ids, "platform": platform}).unique()
    return pairs.group_by("id").len().filter(pl.col("len") > 1)["id"]


@dataclass(frozen=True, slots=True)
class _Named:
    """Targets as they were given, in canonical order: lists of names, and 1 where nothing was given."""

    start: I64
    names: pl.Series
    unknown: I8


def _named_targets(table: _Columns) -> _Named:
    targets = table.read_as_given("target_ids")
    unknown = targets.is_null().cast(pl.Int8).to_numpy()
    start, flat = list_codes(targets)
    start, place = table.lists_in_order(start, np.arange(len(flat), dtype=np.int32))
    if table.order is None:
        return _Named(start, flat, unknown)
    return _Named(start, flat.gather(place), unknown[table.order])


def _accounts(actors: pl.Series, start: I64, flat: pl.Series, platform: I16, platforms: tuple[str, ...]) -> tuple[pl.Series, I32, Lists]:
    flat = flat.rename(actors.name)
    if len(np.unique(platform)) > 1:
        of_target = np.repeat(platform, np.diff(start))
        ambiguous = _ambiguous(pl.concat([actors, flat]), np.concatenate([platform, of_target]))
        if len(ambiguous):
            actors = _qualified(actors, platform, platforms, ambiguous)
            flat = _qualified(flat, of_target, platforms, ambiguous).rename(actors.name)
    names = pl.concat([actors.unique(), flat.drop_nulls().unique()]).unique().sort()
    return names.rename("account"), look_up(actors, names), Lists(start, look_up(flat, names))


def _objects(table: _Columns) -> tuple[Lists, pl.Series]:
    start, flat = list_codes(table.read_as_given("objects"))
    codes, names = string_codes(flat)
    return Lists(*table.lists_in_order(start, codes)), names.rename("object")


def _rows_of(values: pl.Series, platform: I16, ids: pl.Series) -> I32:
    """Row of the interaction that each (platform, id) names; -1: null or not in the data."""
    rows = np.arange(len(ids), dtype=np.int32)
    right = pl.DataFrame({"platform": platform, "id": ids, "row": rows})
    left = pl.DataFrame({"platform": platform, "id": values, "own": rows}).filter(pl.col("id").is_not_null())
    if not len(left):
        return np.full(len(ids), -1, np.int32)
    keys = ["id"] if (platform == platform[0]).all() else ["platform", "id"]
    found = left.join(right, on=keys, how="inner").select("own", "row")
    out = np.full(len(ids), -1, np.int32)
    out[found["own"].to_numpy()] = found["row"].to_numpy()
    return out


def _threads(table: _Columns, ids: pl.Series, platform: I16, at: I64) -> tuple[I32, Bools, I32, I32, pl.Series, dict[str, int]]:
    n = len(ids)
    parents = table.read("parent_id")
    parent_given = parents.is_not_null().to_numpy()
    parent = _rows_of(parents, platform, ids)
    del parents
    rows = np.arange(n, dtype=np.int32)
    own = parent == rows
    parent[own] = -1
    parent_given &= ~own
    child = parent >= 0
    counts = {
        "orphans": int((parent_given & ~child).sum()),
        "own_parents": int(own.sum()),
        "children_before_parents": int((at[parent[child]] > at[child]).sum()),
    }
    roots = table.read("root_id")
    given = _rows_of(roots, platform, ids)
    missing = roots.is_not_null().to_numpy() & (given < 0)
    outside = pl.Series("root", [], dtype=pl.String)
    if missing.any():
        held = pl.DataFrame({"p": platform[missing].astype(np.int32), "id": roots.filter(pl.Series(missing))})
        codes, keys = string_codes(held.select(pl.concat_str("p", "id", separator=":")).to_series())
        outside = keys.str.replace(r"^[^:]*:", "").alias("root")
        given[missing] = n + codes
    thread, cycles = resolve_threads(parent, given)
    counts["cycles"] = int(cycles)
    root = np.where((thread < n) & (thread != rows), thread, -1).astype(np.int32)
    return parent, parent_given, thread, root, outside, counts

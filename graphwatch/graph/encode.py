"""Interactions → integer arrays in canonical order, column by column so that memory stays near one column's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.graph.codes import distinct_codes, in_order, look_up, named_rows, on_several, string_codes
from graphwatch.graph.links import resolve_targets, resolve_threads
from graphwatch.graph.order import time_order
from graphwatch.model import CATEGORY_CODE, I8, I16, I32, I64, KIND_CODE, NO_TIME, SURFACE_CODE, Bools, Events, Lists
from graphwatch.schema import INTERACTIONS

_T = TypeVar("_T", bound=np.generic)

__all__ = ["encode", "in_canonical_order", "list_codes", "lists_in_order", "look_up", "string_codes"]

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
    platform_codes, names = string_codes(table.read_as_given("platform"))
    platforms, of_given = tuple(names.to_list()), platform_codes.astype(np.int16)
    platform = table.ordered(of_given)
    given_ids = table.read_as_given("interaction_id")
    parent, parent_given, thread, root, outside, counts = _threads(table, given_ids, of_given, at)
    ids = given_ids if table.order is None else reordered(given_ids, table.order)
    del given_ids
    accounts, actor, given, unknown = _accounts(table, platform, platforms)
    kind = _coded(table, "kind", KIND_CODE)
    start, values, dropped = resolve_targets(given.start, given.values, unknown, actor, kind, parent, _REPOST)
    objects, object_names = _objects(table)
    return Events(
        at=at,
        actor=actor,
        kind=kind,
        surface=_coded(table, "surface", SURFACE_CODE),
        category=_coded(table, "category", CATEGORY_CODE),
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


def in_canonical_order(interactions: pl.DataFrame | pl.LazyFrame, expression: pl.Expr, rows: I32 | None = None) -> pl.Series:
    """Give an expression over the interactions (one value per row, row by row) in the order of :func:`encode`'s arrays.

    For what the arrays do not hold, such as texts.

    Parameters
    ----------
    rows
        Rows of the arrays to give it for; all when not given.
    """
    table = _Columns.of(interactions.lazy())
    column = table.lazy.select(expression).collect().to_series()
    if rows is None:
        return column if table.order is None else reordered(column, table.order)
    return reordered(column, rows if table.order is None else table.order[rows])


def reordered(column: pl.Series, order: I32 | I64) -> pl.Series:
    """Give values at places of a column; in one piece first, since to look up the piece of each row takes ten times as long."""
    return column.rechunk().gather(order)


def list_codes(lists: pl.Series) -> tuple[I64, pl.Series]:
    """Give the starts of a column of lists and all its values end to end; null counts as empty, nulls inside a list go."""
    sizes = lists.list.len().fill_null(0)
    values = lists.explode(empty_as_null=False, keep_nulls=False)
    if values.null_count():
        return list_codes(lists.list.drop_nulls())
    start = np.zeros(len(lists) + 1, np.int64)
    np.cumsum(sizes.to_numpy(), out=start[1:])
    return start, values


def lists_in_order(start: I64, values: I32, order: I64) -> tuple[I64, I32]:
    """Give lists of codes in another order of their rows."""
    sizes = np.diff(start)[order]
    moved = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return moved, values[np.repeat(start[order] - moved[:-1], sizes) + np.arange(len(values))]


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
        return column if self.order is None else reordered(column, self.order)

    def ordered(self, values: npt.NDArray[_T]) -> npt.NDArray[_T]:
        """Put codes of the input's order into canonical order: cheaper than moving the strings that they stand for."""
        return values if self.order is None else values[self.order]

    def rows_in_order(self, rows: I32) -> I32:
        """Put numbers of rows, -1 for none, into canonical order, and have them name rows in that order."""
        if self.order is None:
            return rows
        place = np.empty(self.rows + 1, np.int32)
        place[self.order] = np.arange(self.rows, dtype=np.int32)
        place[-1] = -1
        return place[rows[self.order]]

    def lists_in_order(self, start: I64, values: I32) -> tuple[I64, I32]:
        """Put lists of the input's order into canonical order: moving codes costs a tenth of moving lists of strings."""
        if self.order is None:
            return start, values
        return lists_in_order(start, values, self.order)

    def read_as_given(self, name: str) -> pl.Series:
        dtype = INTERACTIONS.column(name).dtype
        if name not in self.names:
            return pl.Series(name, [None], dtype=dtype).new_from_index(0, self.rows)
        return self.lazy.select(pl.col(name).cast(dtype)).collect().to_series()


def _canonical_order(table: _Columns) -> I64:
    at = table.read("at").to_physical().to_numpy()
    order = time_order(at)
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


def _coded(table: _Columns, name: str, codes: Mapping[str, int]) -> I8:
    known = table.read_as_given(name).cast(pl.Enum(list(codes)), strict=False).to_physical()
    return table.ordered(known.cast(pl.Int8).fill_null(-1).to_numpy())


def _qualified(ids: pl.Series, platform: I16, platforms: tuple[str, ...], ambiguous: pl.Series) -> pl.Series:
    """Put the platform before ids that are used on several platforms."""
    named = pl.Series(["", *platforms]).gather(platform.astype(np.int64) + 1)
    frame = pl.DataFrame({"id": ids, "platform": named})
    clash = pl.col("id").is_in(ambiguous.implode()) & (pl.col("platform") != "")
    return frame.select(pl.when(clash).then(pl.col("platform") + ":" + pl.col("id")).otherwise("id").alias("id")).to_series()


def _accounts(table: _Columns, platform: I16, platforms: tuple[str, ...]) -> tuple[pl.Series, I32, Lists, I8]:
    """Give the accounts, the actor of each row, its targets as they were given, and 1 where none were."""
    n = table.rows
    targets = table.read_as_given("target_ids")
    unknown = table.ordered(targets.is_null().cast(pl.Int8).to_numpy())
    start, flat = list_codes(targets)
    actors = table.read_as_given("actor_id")
    codes, names = distinct_codes(pl.concat([actors, flat.rename(actors.name)]))
    del targets, actors, flat
    actor = table.ordered(codes[:n])
    start, target = table.lists_in_order(start, codes[n:])
    if len(platforms) and (platform != platform[0]).any():
        codes, of = np.concatenate([actor, target]), np.concatenate([platform, np.repeat(platform, np.diff(start))])
        several, some = on_several(codes, of, len(names))
        if some:
            codes, names = distinct_codes(_qualified(names.gather(codes), of, platforms, names.filter(pl.Series(several))))
            actor, target = codes[:n], codes[n:]
    rank, names = in_order(names)
    return names.rename("account"), rank[actor], Lists(start, rank[target]), unknown


def _objects(table: _Columns) -> tuple[Lists, pl.Series]:
    start, flat = list_codes(table.read_as_given("objects"))
    codes, names = string_codes(flat)
    return Lists(*table.lists_in_order(start, codes)), names.rename("object")


def _threads(table: _Columns, ids: pl.Series, platform: I16, at: I64) -> tuple[I32, Bools, I32, I32, pl.Series, dict[str, int]]:
    """Resolve parents and roots; ``ids`` and ``platform`` in the order of the input."""
    n = len(ids)
    parents, roots = table.read_as_given("parent_id"), table.read_as_given("root_id")
    parent_given = table.ordered(parents.is_not_null().to_numpy())
    in_input = named_rows(parents, platform, ids)
    same = (parents == roots).fill_null(value=False)  # most answers answer the root itself
    held = named_rows(roots.set(same, None), platform, ids)
    del parents
    given = table.rows_in_order(np.where(same.to_numpy(), in_input, held))
    parent = table.rows_in_order(in_input)
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
    missing = table.ordered(roots.is_not_null().to_numpy()) & (given < 0)
    outside = pl.Series("root", [], dtype=pl.String)
    if missing.any():
        lost = np.flatnonzero(missing) if table.order is None else table.order[missing]
        named = pl.DataFrame({"p": platform[lost].astype(np.int32), "id": roots.gather(lost)})
        codes, keys = string_codes(named.select(pl.concat_str("p", "id", separator=":")).to_series())
        outside = keys.str.replace(r"^[^:]*:", "").alias("root")
        given[missing] = n + codes
    thread, cycles = resolve_threads(parent, given)
    counts["cycles"] = int(cycles)
    root = np.where((thread < n) & (thread != rows), thread, -1).astype(np.int32)
    return parent, parent_given, thread, root, outside, counts

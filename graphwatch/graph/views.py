"""The same interactions seen as acts on something else than accounts: on objects, or on an account on one surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import I32, Bools, Events, Lists
from graphwatch.schema import SURFACES

THREAD: Final = "thread:"
BETWEEN: Final = "\x1f"  # between account and surface: no valid id holds it


def on_objects(events: Events, prefixes: Sequence[str], least: int = 1) -> Events:
    """Make objects the targets: hashtags, topics, links, media, and threads that are nobody's.

    Parameters
    ----------
    events
        Interactions.
    prefixes
        Which objects, e.g. ``("tag:", "topic:")``; ``thread:`` stands for threads of interactions that act on no account, as danmaku
        under a video whose uploader is not known.
    least
        Threads with fewer such interactions are left out.

    Returns
    -------
    Events
        ``accounts`` is followed by the names of the objects; ``targets`` holds codes of these only.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> rows = {"interaction_id": ["1"], "at": [0], "actor_id": ["x"], "kind": ["post"], "objects": [["tag:t", "url:u"]]}
    >>> events = on_objects(encode(pl.DataFrame(rows).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))), ("tag:",))
    >>> events.accounts.gather(events.targets.values).to_list()
    ['tag:t']
    """
    names = events.object_names
    chosen = np.zeros(len(names), np.bool_)
    for prefix in prefixes:
        chosen |= names.str.starts_with(prefix).to_numpy()
    base = len(events.accounts)
    place = np.full(len(names), -1, np.int32)
    place[chosen] = base + np.arange(int(chosen.sum()), dtype=np.int32)
    lists = _mapped(events.objects, place)
    titles = [events.accounts.alias("account"), names.filter(pl.Series(chosen, dtype=pl.Boolean)).alias("account")]
    if THREAD in prefixes:
        lists, threads = _with_threads(events, lists, base + int(chosen.sum()), least)
        titles.append(threads)
    return replace(events, targets=lists, accounts=pl.concat(titles))


def on_surfaces(events: Events) -> Events:
    """Make an account on one surface the target, for accounts that are acted upon on two surfaces or more.

    Returns
    -------
    Events
        ``accounts`` is followed by names ``account`` + :data:`BETWEEN` + ``surface``.
    """
    rows = events.targets.rows()
    surface = events.surface[rows].astype(np.int64)
    known = surface >= 0
    pair = events.targets.values.astype(np.int64) * len(SURFACES) + surface
    pairs = np.unique(pair[known])
    several = np.bincount(pairs // len(SURFACES), minlength=len(events.accounts)) >= 2
    pairs = pairs[several[pairs // len(SURFACES)]]
    code = np.searchsorted(pairs, pair)
    fits = known & (code < len(pairs))
    fits[fits] = pairs[code[fits]] == pair[fits]
    base = len(events.accounts)
    lists = _lists(rows[fits], (base + code[fits]).astype(np.int32), len(events))
    surfaces = pl.Series([f"{BETWEEN}{name}" for name in SURFACES])
    accounts = events.accounts.gather(pairs // len(SURFACES)).alias("account")
    return replace(
        events, targets=lists, accounts=pl.concat([events.accounts.alias("account"), accounts + surfaces.gather(pairs % len(SURFACES))])
    )


def _mapped(lists: Lists, place: I32) -> Lists:
    """Replace the codes of lists; those that map to -1 go, and what occurs twice in a row counts once."""
    codes = place[lists.values]
    kept = codes >= 0
    return _lists(lists.rows()[kept], codes[kept], len(lists))


def _lists(rows: I32, codes: I32, length: int) -> Lists:
    """Put (row, code) pairs, rows ascending, into lists; each row ascending and without repeats."""
    order = np.lexsort((codes, rows))
    rows, codes = rows[order], codes[order]
    new: Bools = np.ones(len(rows), np.bool_)
    new[1:] = (rows[1:] != rows[:-1]) | (codes[1:] != codes[:-1])
    start = np.zeros(length + 1, np.int64)
    np.cumsum(np.bincount(rows[new], minlength=length), out=start[1:])
    return Lists(start, codes[new])


def _with_threads(events: Events, lists: Lists, base: int, least: int) -> tuple[Lists, pl.Series]:
    free = np.flatnonzero(np.diff(events.targets.start) == 0).astype(np.int32)
    threads, code, size = np.unique(events.thread[free], return_inverse=True, return_counts=True)
    large = size >= least
    place = np.full(len(threads), -1, np.int32)
    place[large] = base + np.arange(int(large.sum()), dtype=np.int32)
    mine = place[code]
    kept = mine >= 0
    titles = pl.Series("account", [THREAD], dtype=pl.String).new_from_index(0, int(large.sum())) + thread_names(events, threads[large])
    rows, codes = np.concatenate([lists.rows(), free[kept]]), np.concatenate([lists.values, mine[kept]])
    return _lists(rows, codes, len(events)), titles.alias("account")


def thread_names(events: Events, threads: I32) -> pl.Series:
    """Give the id of the root of each thread code, whether or not the root is in the data."""
    n = len(events)
    inside = threads < n
    names = pl.Series("root", [None], dtype=pl.String).new_from_index(0, len(threads))
    names = names.scatter(np.flatnonzero(inside), events.ids.gather(threads[inside]))
    return names.scatter(np.flatnonzero(~inside), events.outside_roots.gather(threads[~inside] - n))

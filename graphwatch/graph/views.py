"""The same interactions seen as acts on something else than accounts: on objects, or on an account on one surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numba
import numpy as np
import polars as pl

from graphwatch.model import I8, I32, I64, Bools, Events, Lists
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
    lists = events.targets
    present, code_of = _surfaces_of(lists.start, lists.values, events.surface, len(events.accounts), len(SURFACES))
    account, surface = np.nonzero(present)
    base = len(events.accounts)
    codes = _codes_on_surfaces(lists.start, lists.values, events.surface, code_of, present, base)
    kept = codes >= 0
    surfaces = pl.Series([f"{BETWEEN}{name}" for name in SURFACES])
    names = events.accounts.gather(account).alias("account") + surfaces.gather(surface)
    return replace(
        events,
        targets=_lists(lists.rows()[kept], codes[kept], len(events)),
        accounts=pl.concat([events.accounts.alias("account"), names]),
    )


@numba.njit(cache=True)
def _surfaces_of(start: I64, values: I32, surface: I8, accounts: int, surfaces: int) -> tuple[Bools, I32]:
    """Mark on which surfaces each account is acted upon, where it is on two or more; with the marks before each account's."""
    present = np.zeros((accounts, surfaces), np.bool_)
    for i in range(len(start) - 1):
        if surface[i] >= 0:
            for k in range(start[i], start[i + 1]):
                present[values[k], surface[i]] = True
    before, found = np.zeros(accounts, np.int32), 0
    for a in range(accounts):
        before[a], own = found, present[a].sum()
        if own < 2:
            present[a] = False
        else:
            found += own
    return present, before


@numba.njit(cache=True)
def _codes_on_surfaces(start: I64, values: I32, surface: I8, before: I32, present: Bools, base: int) -> I32:
    """Give each target's code on the surface of its interaction; -1 where the account is acted upon on one surface only."""
    codes = np.full(len(values), -1, np.int32)
    for i in range(len(start) - 1):
        s = surface[i]
        if s >= 0:
            for k in range(start[i], start[i + 1]):
                if present[values[k], s]:
                    codes[k] = base + before[values[k]] + present[values[k], :s].sum()
    return codes


def _mapped(lists: Lists, place: I32) -> Lists:
    """Replace the codes of lists; those that map to -1 go, and what occurs twice in a row counts once."""
    codes = place[lists.values]
    kept = codes >= 0
    return _lists(lists.rows()[kept], codes[kept], len(lists))


def _lists(rows: I32, codes: I32, length: int) -> Lists:
    """Put (row, code) pairs, rows ascending, into lists; each row ascending and without repeats."""
    if not _ascending(rows, codes):
        order = np.lexsort((codes, rows))
        rows, codes = rows[order], codes[order]
    new: Bools = np.ones(len(rows), np.bool_)
    new[1:] = (rows[1:] != rows[:-1]) | (codes[1:] != codes[:-1])
    start = np.zeros(length + 1, np.int64)
    np.cumsum(np.bincount(rows[new], minlength=length), out=start[1:])
    return Lists(start, codes[new])


def _ascending(rows: I32, codes: I32) -> bool:
    """Whether the pairs are in order already, as lists of one target mostly are: then nothing need be sorted."""
    return bool(((rows[1:] > rows[:-1]) | ((rows[1:] == rows[:-1]) & (codes[1:] >= codes[:-1]))).all())


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

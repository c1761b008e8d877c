"""What accounts ordinarily act on: a coarse topic of each account, from the objects and accounts that are met by the same people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import coo_array, csr_array, triu

from graphwatch.detect.backbone import communities
from graphwatch.model import F64, I16, I32, I64, Bools, Events

_FEWEST: Final = 5  # accounts that an item needs to say something of a topic
_SPREAD: Final = 100  # an account with more items than that ties everything to everything and is left out of the projection
_NEIGHBOURS: Final = 20


@dataclass(frozen=True, slots=True)
class Topics:
    """A topic of each account.

    Attributes
    ----------
    topic
        Topic of each account code, 0 the most frequent; -1: none that is known or frequent.
    objects
        Code of the most frequent object of each topic, into ``Events.object_names``; -1: it has accounts only.
    """

    topic: I16
    objects: I32

    @classmethod
    def none(cls, accounts: int) -> Topics:
        """Give no topic to anybody."""
        return cls(np.full(accounts, -1, np.int16), np.zeros(0, np.int32))


def account_topics(events: Events, inside: Bools, most_topics: int, most_items: int, seed: int) -> Topics:
    """Divide the accounts by what they ordinarily act on.

    Parameters
    ----------
    events
        The interactions.
    inside : (interactions,)
        Which of them lie in a pile-on; those do not count as ordinary.
    most_topics
        Topics at most; accounts of smaller ones have none.
    most_items
        Items looked at, the most frequent first.
    seed
        For the grouping.

    Returns
    -------
    Topics
        From ordinary acts only.

    Notes
    -----
    *Items* are objects (tags, links, …), accounts acted upon and authors of threads. An item of which more acts lie inside of pile-ons than
    outside says what a pile-on was about, not what anybody ordinarily does, and is left out; so that throw-away accounts do not
    form a topic of their own victim. *Grouping*: items are tied by the accounts that act on both, each account counting 1 / (items − 1)
    (Newman 2001), of which the 20 ties of each item are kept that most exceed what the items' frequencies explain; Leiden (Traag, Waltman &
    van Eck 2019) groups them. An account's topic is the group that most of its ordinary acts fall in.

    What breaks it: accounts with one or two acts have the topic of those; a topic is coarse, and two fandoms with the same tags are one.
    What an account does after a pile-on counts too, so that lasting new interest hides a little of what brought it there.

    Examples
    --------
    >>> import polars as pl
    >>> from graphwatch.graph.encode import encode
    >>> from graphwatch.schema import INTERACTIONS
    >>> rows = [(f"{n}{i}", f"{n}{i % 6}", "post", i, [f"tag:{n}"]) for n in ("cars", "cats") for i in range(12 if n == "cars" else 10)]
    >>> names = ["interaction_id", "actor_id", "kind", "at", "objects"]
    >>> events = encode(INTERACTIONS.conform(pl.DataFrame(rows, schema=names, orient="row")))
    >>> found = account_topics(events, np.zeros(len(events), bool), 8, 100, 0)
    >>> found.topic.tolist(), events.object_names.gather(found.objects).to_list()
    ([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], ['tag:cars', 'tag:cats'])
    """
    accounts = len(events.accounts)
    items = _frequent_items(events, inside, most_items)
    acts = _acts(events, inside, items)
    enough = np.flatnonzero(np.diff(acts.tocsc().indptr) >= _FEWEST)
    if not len(enough) or not most_topics:
        return Topics.none(accounts)
    acts, items = acts[:, enough], items[enough]
    group = _group_items(acts, seed)
    weight = np.asarray(acts.sum(axis=0), np.float64)
    order = np.argsort(-np.bincount(group, weight), kind="stable")
    number = np.full(len(order), -1, np.int16)
    number[order[:most_topics]] = np.arange(min(most_topics, len(order)))
    topics = min(most_topics, len(order))
    return Topics(_dominant(acts, number[group], topics), _names(items - accounts, weight, number[group], topics))


def _item_rows(events: Events) -> Iterator[tuple[I64, I64]]:
    """Rows and items: accounts acted upon, authors of the threads, and objects (behind all accounts)."""
    yield events.targets.rows().astype(np.int64), events.targets.values.astype(np.int64)
    rooted = np.flatnonzero(events.root >= 0)
    yield rooted, events.actor[events.root[rooted]].astype(np.int64)
    yield events.objects.rows().astype(np.int64), events.objects.values.astype(np.int64) + len(events.accounts)


def _frequent_items(events: Events, inside: Bools, most: int) -> I64:
    """Items with most ordinary acts, of those that have more of them than acts in pile-ons; ascending."""
    size = len(events.accounts) + len(events.object_names)
    ordinary, other = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for rows, item in _item_rows(events):
        within = inside[rows]
        ordinary += np.bincount(item[~within], minlength=size)
        other += np.bincount(item[within], minlength=size)
    fit = np.flatnonzero((ordinary >= _FEWEST) & (ordinary >= other))
    kept = fit[np.argsort(-ordinary[fit], kind="stable")[:most]]
    kept.sort()
    return kept


def _acts(events: Events, inside: Bools, items: I64) -> csr_array:
    """Ordinary acts of each account on each item."""
    place = np.full(len(events.accounts) + len(events.object_names), -1, np.int32)
    place[items] = np.arange(len(items))
    keys = []
    for rows, item in _item_rows(events):
        column = place[item]
        kept = (column >= 0) & ~inside[rows]
        actor = events.actor[rows[kept]]
        keys.append(actor.astype(np.int64) * max(len(items), 1) + column[kept])
    key, count = np.unique(np.concatenate(keys), return_counts=True)
    where = (key // max(len(items), 1), key % max(len(items), 1))
    return csr_array((count.astype(np.float64), where), shape=(len(events.accounts), len(items)))


def _group_items(acts: csr_array, seed: int) -> I32:
    """Group of each item, by its strongest ties; an item without any is a group by itself."""
    of_account = np.diff(acts.indptr)
    tying = np.flatnonzero((of_account > 1) & (of_account <= _SPREAD))
    met = acts[tying]
    met.data = np.ones(len(met.data))
    share = csr_array((np.repeat(1.0 / (of_account[tying] - 1), of_account[tying]), met.indices, met.indptr), shape=met.shape)
    ties = coo_array(triu((met.T @ share).tocoo(), k=1))
    a, b, weight = _strongest(ties.row.astype(np.int64), ties.col.astype(np.int64), ties.data, acts.shape[1])
    group = np.arange(acts.shape[1], dtype=np.int32)
    if len(a):
        tied = np.unique(np.concatenate([a, b]))
        ends = [np.searchsorted(tied, end).astype(np.int32) for end in (a, b)]
        group[tied] = acts.shape[1] + communities(ends[0], ends[1], weight, seed)
    return np.unique(group, return_inverse=True)[1].astype(np.int32)


def _strongest(a: I64, b: I64, weight: F64, size: int) -> tuple[I64, I64, F64]:
    """Keep the ties of each item that most exceed chance, given the items' frequencies; sorted by both ends."""
    strength = np.bincount(a, weight, minlength=size) + np.bincount(b, weight, minlength=size)
    chance = strength[a] * strength[b] / max(float(strength.sum()), 1e-300)
    excess = (weight - chance) / np.sqrt(np.maximum(chance, 1e-300))
    more = np.flatnonzero(excess > 0)
    a, b, weight, excess = a[more], b[more], weight[more], excess[more]
    keep = np.zeros(len(a), bool)
    for end in (a, b):
        order = np.lexsort((np.where(end is a, b, a), -excess, end))
        first = np.searchsorted(end[order], np.arange(size))
        rank = np.arange(len(order)) - first[end[order]]
        keep[order[rank < _NEIGHBOURS]] = True
    kept = np.flatnonzero(keep)
    kept = kept[np.lexsort((b[kept], a[kept]))]
    return a[kept], b[kept], weight[kept]


def _dominant(acts: csr_array, topic: I16, topics: int) -> I16:
    """Topic that most acts of each account fall in; of equals the more frequent topic; -1: none does."""
    known = np.flatnonzero(topic >= 0)
    member = csr_array((np.ones(len(known)), (known, topic[known])), shape=(acts.shape[1], topics))
    summed = (acts @ member).tocoo()
    order = np.lexsort((summed.col, -summed.data, summed.row))
    row, column = summed.row[order], summed.col[order]
    first = np.flatnonzero(np.diff(row, prepend=-1))
    dominant = np.full(acts.shape[0], -1, np.int16)
    dominant[row[first]] = column[first]
    return dominant


def _names(code: I64, weight: F64, topic: I16, topics: int) -> I32:
    """Most frequent object of each topic."""
    name = np.full(topics, -1, np.int32)
    order = np.argsort(weight, kind="stable")  # the most frequent is written last
    real = order[(code[order] >= 0) & (topic[order] >= 0)]
    name[topic[real]] = code[real]
    return name

"""What is known of acts whose parent is not: their threads, the words, the repost chain, who follows whom, and what came earlier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.parent_past import count_before, past_times, rows_by_thread, told_threads
from graphwatch.graph.encode import in_canonical_order, look_up
from graphwatch.model import I32, I64, Bools, Events, Lists

CHAIN_NAMES: Final = 4
"""Names of a repost chain that are looked at, the nearest first."""

_SILENT: Final = ("转发微博", "轉發微博", "Repost", "转发")
# the chain has a colon of either width
_NAME: Final = r"//@([^\s:：/@]{1,64})\s*[:：]"
_GIVEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class ParentEvidence:
    """What may tell an act's parent; each part may be absent.

    Attributes
    ----------
    length
        Characters of each row's own words (what comes before ``//@``); -1: no text.
    chain
        Accounts that each row's repost chain names, the nearest first.
    follows
        Accounts that each account follows.
    """

    length: I32
    chain: Lists
    follows: Lists

    @classmethod
    def none(cls, events: Events) -> ParentEvidence:
        """Give the evidence of times and accounts alone."""
        return cls(np.full(len(events), -1, np.int32), Lists.empty(len(events)), Lists.empty(len(events.accounts)))


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads in which a parent is missing.

    Attributes
    ----------
    start, rows
        Rows of thread k are ``rows[start[k]:start[k + 1]]``: the root first (else what stands in for it), the others in order of time.
    missing : (rows of the events,)
        The parent is to be inferred.
    absent : (rows of the events,)
        A parent was given and is not in the data: none is inferred, the row is hung on the root.
    stand_ins
        Threads of more than one row without a root in the data.
    """

    start: I64
    rows: I32
    missing: Bools
    absent: Bools
    stand_ins: int


def open_threads(events: Events) -> Threads:
    """Find the threads with rows that have no parent in the data and are not the thread's root themselves."""
    n = len(events)
    alone = (events.parent < 0) & (events.thread != np.arange(n, dtype=np.int32))
    start, rows = rows_by_thread(events.thread, alone, max(n, int(events.thread.max(initial=-1)) + 1))
    first = rows[start[:-1]]
    alone[first] = False
    stand_ins = int(((events.thread[first] >= n) & (np.diff(start) > 1)).sum())
    return Threads(start, rows, alone & ~events.parent_given, alone & events.parent_given, stand_ins)


def gather_evidence(
    interactions: pl.DataFrame | pl.LazyFrame,
    events: Events,
    accounts: pl.DataFrame | None = None,
    follows: pl.DataFrame | None = None,
) -> ParentEvidence:
    """Read what texts, accounts and follows say about missing parents; nothing is read where no parent is missing.

    Parameters
    ----------
    interactions
        What ``events`` was encoded from.
    accounts
        Table ``accounts``: the names that repost chains use. Without it a chain is understood only where it names ids.
    follows
        Table ``follows``.
    """
    nothing = ParentEvidence.none(events)
    threads = open_threads(events)
    if not threads.missing.any():
        return nothing
    length, chain = nothing.length, nothing.chain
    if "text" in interactions.lazy().collect_schema().names():
        rows = np.sort(threads.rows)
        texts = in_canonical_order(interactions, pl.col("text"), rows).to_frame("text")
        own = pl.col("text").str.splitn("//@", 2).struct.field("field_0").str.strip_chars()
        words = pl.when(own.is_in(_SILENT)).then(0).otherwise(own.str.len_chars()).fill_null(-1).cast(pl.Int32)
        length[rows] = texts.select(words).to_series().to_numpy()
        chain = _chains(rows, texts["text"], events, accounts)
    return ParentEvidence(length, chain, _follows(events, threads.missing, follows))


def _chains(rows: I32, texts: pl.Series, events: Events, accounts: pl.DataFrame | None) -> Lists:
    """Accounts behind the names of each row's chain: an account's id, or its name on the same platform."""
    told = pl.DataFrame({"row": rows, "text": texts}).filter(pl.col("text").str.contains("//@", literal=True))
    told = told.select("row", pl.col("text").str.extract_all(_NAME).list.head(CHAIN_NAMES).alias("name"))
    told = told.filter(pl.col("name").list.len() > 0)
    if not len(told):
        return Lists.empty(len(events))
    told = told.explode("name").with_columns(pl.col("name").str.extract(_NAME)).with_row_index("place")
    known = pl.DataFrame({"name": events.accounts, "account": np.arange(len(events.accounts), dtype=np.int32)})
    if accounts is not None:
        named = accounts.lazy().select("name", pl.col("account_id").alias("id")).drop_nulls().unique().collect()
        known = pl.concat([known, named.select("name", pl.Series("account", look_up(named["id"], events.accounts)))])
    known = known.filter(pl.col("account") >= 0).unique().sort("name", "account")
    found = told.join(known, on="name", how="inner").sort("row", "place", "account")
    start = np.searchsorted(found["row"].to_numpy(), np.arange(len(events) + 1)).astype(np.int64)
    return Lists(start, found["account"].to_numpy().astype(np.int32))


def _follows(events: Events, missing: Bools, follows: pl.DataFrame | None) -> Lists:
    """Accounts that the accounts with missing parents follow, among those that act."""
    if follows is None or not len(follows):
        return Lists.empty(len(events.accounts))
    wanted, acting = np.zeros(len(events.accounts), np.bool_), np.zeros(len(events.accounts), np.bool_)
    wanted[events.actor[missing]] = True
    acting[events.actor] = True
    names = pl.DataFrame({"name": events.accounts, "follower": np.arange(len(wanted), dtype=np.int32)}).filter(pl.Series(wanted)).lazy()
    others = pl.DataFrame({"name": events.accounts, "followed": np.arange(len(wanted), dtype=np.int32)}).filter(pl.Series(acting)).lazy()
    edges = follows.lazy().select("follower_id", "followed_id").join(names, left_on="follower_id", right_on="name")
    found = edges.join(others, left_on="followed_id", right_on="name").select("follower", "followed").collect()
    key = np.unique(found["follower"].to_numpy().astype(np.int64) << 32 | found["followed"].to_numpy().astype(np.int64))
    key = key[key >> 32 != key & 0xFFFFFFFF]
    start = np.searchsorted(key >> 32, np.arange(len(events.accounts) + 1)).astype(np.int64)
    return Lists(start, (key & 0xFFFFFFFF).astype(np.int32))


@dataclass(frozen=True, slots=True)
class Histories:
    """What is known of each row's account from before the row's thread began, from threads whose parents are given.

    Attributes
    ----------
    acts, answers, posts : (n,)
        Its answers and reposts; what they got; what its own posts got.
    mean
        Answers per answer or repost over all accounts; 0: none is known.
    """

    acts: I32
    answers: I32
    posts: I32
    mean: float


def histories(events: Events, rows: I32, began: I64) -> Histories:
    """Count what each row's account did and got before a time.

    Parameters
    ----------
    rows, began : (n,)
        Rows, and when the thread of each began, µs. Nothing at or after that time counts.
    """
    if not (events.parent >= 0).any():
        nothing = np.zeros(len(rows), np.int32)
        return Histories(nothing, nothing, nothing, 0.0)
    wanted = np.zeros(len(events.accounts), np.bool_)
    wanted[events.actor[rows]] = True
    told = told_threads(events.parent, events.thread, int(events.thread.max(initial=-1)) + 1, _GIVEN)
    acts, answers, posts, answering, answered = past_times(events.at, events.actor, events.parent, events.thread, told, wanted)
    actor = events.actor[rows]
    return Histories(
        count_before(acts[0], acts[1], actor, began),
        count_before(answers[0], answers[1], actor, began),
        count_before(posts[0], posts[1], actor, began),
        answered / max(answering, 1),
    )

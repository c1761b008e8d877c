"""Several accounts of one person as one target, so that a pile-on that goes over platforms is one pile-on."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from graphwatch.graph.facts import account_codes
from graphwatch.model import I32, I64, Events, Lists
from graphwatch.schema import IDENTITIES


def person_codes(events: Events, identities: pl.DataFrame, min_confidence: float) -> I32:
    """Give for each account the account that stands for its person: the first of the declared ones in order of id.

    Parameters
    ----------
    identities
        Table ``identities``. What is declared of a ~ b and of b ~ c holds of a ~ c.
    min_confidence
        Declarations below it are candidates and join nothing; confidence that is not given counts as 1.

    Returns
    -------
    person : (accounts,)
        Account codes; its own where nothing is declared.
    """
    table = IDENTITIES.conform(identities).filter(pl.col("confidence").fill_null(1.0) >= min_confidence)
    one = account_codes(table["account_id"], table["platform"], events)
    other = account_codes(table["other_id"], table["other_platform"], events)
    known = (one >= 0) & (other >= 0)
    n = len(events.accounts)
    if not known.any():
        return np.arange(n, dtype=np.int32)
    edges = coo_array((np.ones(int(known.sum()), np.int8), (one[known], other[known])), shape=(n, n))
    _, component = connected_components(edges, directed=False)
    first: I32 = np.unique(component, return_index=True)[1].astype(np.int32)
    return first[component]


@numba.njit(cache=True)
def join_targets(start: I64, values: I32, actor: I32, person: I32) -> tuple[I64, I32, int]:
    """Replace targets by their persons; nobody acts on themself, and a person is acted upon once by one act.

    Returns
    -------
    start, values
        Compressed lists, each row ascending.
    dropped
        Targets that were the actor's own other account.
    """
    out_start = np.zeros(len(start), np.int64)
    out = np.empty(len(values), np.int32)
    at, dropped = 0, 0
    for i in range(len(start) - 1):
        first = at
        for k in range(start[i], start[i + 1]):
            code = person[values[k]]
            if code == person[actor[i]]:
                dropped += 1
                continue
            j = at
            while j > first and out[j - 1] > code:
                j -= 1
            if j > first and out[j - 1] == code:
                continue
            for m in range(at, j, -1):
                out[m] = out[m - 1]
            out[j] = code
            at += 1
        out_start[i + 1] = at
    return out_start, out[:at].copy(), dropped


def with_identities(events: Events, identities: pl.DataFrame, min_confidence: float = 0.5) -> Events:
    """Make one target of the accounts that are declared to be one person's.

    Parameters
    ----------
    events
        Interactions.
    identities
        Table ``identities``.
    min_confidence
        See :func:`person_codes`.

    Returns
    -------
    Events
        The same interactions; acts on any of a person's accounts act on the first of them in order of id. Actors stay accounts: roles,
        credit and contracts are of accounts.

    Notes
    -----
    A declaration is taken at its word. One wrong link joins two persons, and all that is declared of either.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> rows = {"interaction_id": ["1", "2"], "at": [0, 1], "actor_id": ["x", "y"], "kind": ["reply"] * 2, "target_ids": [["a"], ["b"]]}
    >>> events = encode(pl.DataFrame(rows).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC"))))
    >>> joined = with_identities(events, pl.DataFrame({"account_id": ["b"], "other_id": ["a"], "source": ["profile link"]}))
    >>> joined.accounts.gather(joined.targets.values).to_list(), joined.counts["joined_accounts"]
    (['a', 'a'], 1)
    """
    person = person_codes(events, identities, min_confidence)
    moved = int((person != np.arange(len(person))).sum())
    if not moved:
        return events
    start, values, dropped = join_targets(events.targets.start, events.targets.values, events.actor, person)
    counts = dict(events.counts) | {"joined_accounts": moved}
    counts["self_targets"] = counts.get("self_targets", 0) + dropped
    return replace(events, targets=Lists(start, values), counts=counts)

"""Facts about accounts, joined to the interactions that lack them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from graphwatch.graph.encode import look_up
from graphwatch.model import I32, NO_TIME, Events
from graphwatch.schema import ACCOUNTS


def account_codes(ids: pl.Series, platforms: pl.Series, events: Events) -> I32:
    """Give the code of each account in ``events``; -1: it does not occur there.

    An id that is used on several platforms is found under its qualified key ``platform:id`` (see
    :func:`graphwatch.graph.encode.encode`), so the platform must be given for it.
    """
    qualified = look_up(platforms.fill_null("") + ":" + ids, events.accounts)
    return np.where(qualified >= 0, qualified, look_up(ids, events.accounts)).astype(np.int32)


def with_account_facts(events: Events, accounts: pl.DataFrame) -> Events:
    """Fill followers and creation times that the interactions do not bring from the table of accounts.

    Parameters
    ----------
    accounts
        Table ``accounts``; of several observations of an account the latest with a value counts. Followers change slowly, so a later
        observation stands in for the one at the time of the act; an interaction's own figure always wins.

    Returns
    -------
    Events
        The same events with fewer unknown ``followers`` and ``actor_created``.
    """
    table = ACCOUNTS.conform(accounts).sort("account_id", "platform", "observed_at", "followers", "created_at", nulls_last=False)
    codes = account_codes(table["account_id"], table["platform"], events)
    known = codes >= 0
    followers = np.full(len(events.accounts), -1, np.int64)
    created = np.full(len(events.accounts), NO_TIME, np.int64)
    count = table["followers"].fill_null(-1).to_numpy()
    born = table["created_at"].to_physical().fill_null(int(NO_TIME)).to_numpy()
    followers[codes[known & (count >= 0)]] = count[known & (count >= 0)]
    created[codes[known & (born != NO_TIME)]] = born[known & (born != NO_TIME)]
    return replace(
        events,
        followers=np.where(events.followers >= 0, events.followers, followers[events.actor]),
        actor_created=np.where(events.actor_created != NO_TIME, events.actor_created, created[events.actor]),
    )

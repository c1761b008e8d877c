"""Accounts as MediaCrawler 2 hashes them, so that a roster of account numbers meets actors that are known by hash only.

``creator_hash`` is the first 16 hexadecimal digits of the SHA-256 of the account's number as a text, without a salt (MediaCrawler,
``tools/user_hash.py``). Hashing a list of numbers undoes the crawler's pseudonym for the accounts on it: this is re-identification,
done only when asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import polars as pl

from graphwatch.load.adapters.mediacrawler import SITES

CREATOR_HASH: Final = "creator-hash"
HASHED_PLATFORMS: Final = frozenset(site.platform for site in SITES)
_HASH: Final = r"^[0-9a-f]{16}$"


def creator_hash(account_id: str) -> str:
    """Give the ``creator_hash`` of an account's number.

    Examples
    --------
    >>> creator_hash("1234567890")
    'c775e7b757ede630'
    """
    return hashlib.sha256(account_id.encode()).hexdigest()[:16]


def hash_accounts(frame: pl.DataFrame, columns: Iterable[str] = ("account_id",)) -> pl.DataFrame:
    """Give a roster with the accounts in some columns as their hashes; the frame given is not changed.

    Parameters
    ----------
    frame
        Table ``affiliations``, ``accounts`` or any other with account numbers.
    columns
        Columns of account numbers.

    Notes
    -----
    All values are hashed: which of them are hashes already cannot be told, because sixteen digits may be either. Numbers of all
    platforms hash alike, so one number on two platforms gives one hash.

    Examples
    --------
    >>> hash_accounts(pl.DataFrame({"account_id": ["1234567890", None], "agency_id": ["m", "m"]}))["account_id"].to_list()
    ['c775e7b757ede630', None]
    """
    return frame.with_columns(_hashed(frame[name]) for name in columns)


def _hashed(series: pl.Series) -> pl.Series:
    distinct = series.cast(pl.String).drop_nulls().unique().sort()
    hashes = pl.Series([creator_hash(text) for text in distinct], dtype=pl.String)
    return series.cast(pl.String).replace_strict(distinct, hashes, default=None, return_dtype=pl.String)


def has_hashed_actors(interactions: pl.LazyFrame) -> bool:
    """Whether any act of a platform that MediaCrawler reads is by an account that may be a hash."""
    hashed = pl.col("platform").is_in(sorted(HASHED_PLATFORMS)) & pl.col("actor_id").str.contains(_HASH)
    return bool(interactions.select(hashed.any()).collect().item())

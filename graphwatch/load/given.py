"""All side tables that a run is given, and what they say beyond their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.load.creators import CREATOR_HASH, has_hashed_actors, hash_accounts
from graphwatch.load.identifiers import WARNINGS
from graphwatch.load.names import match_names
from graphwatch.load.rejected import join_rejected
from graphwatch.load.side import NAMED, load_side_table
from graphwatch.schema import ACCOUNTS, AFFILIATION_CANDIDATES, AFFILIATIONS, INPUTS
from graphwatch.settings import LoadSettings

_HASHED: Final = (AFFILIATIONS.name, ACCOUNTS.name)


@dataclass(frozen=True, slots=True)
class Given:
    """Side tables by name.

    Attributes
    ----------
    frames
        Validated tables; one that holds no row but names only is left out.
    rejected, warnings
        Rows set aside, and values that look wrong and were kept.
    named
        Rows of a roster that know the account by name only.
    counts
        Counts of each table under ``<table>_<count>``.
    """

    frames: Mapping[str, pl.DataFrame]
    rejected: pl.DataFrame
    warnings: pl.DataFrame
    named: pl.DataFrame
    counts: Mapping[str, int]

    def candidates(self, accounts: pl.DataFrame | None) -> pl.DataFrame:
        """Give table ``affiliation_candidates``: accounts that have the names of the roster."""
        if accounts is None or self.named.is_empty():
            return AFFILIATION_CANDIDATES.empty()
        return match_names(self.named, accounts)


def load_given(
    side: Mapping[str, Path], settings: LoadSettings, *, match: str | None = None, interactions: pl.LazyFrame | None = None
) -> Given:
    """Read the side tables of a run.

    Parameters
    ----------
    side
        Name of an input table → its file.
    match
        ``creator-hash``: the account numbers of affiliations and accounts are hashed as MediaCrawler 2 does, so that they meet its actors.
    interactions
        What they are to meet; needed for ``match``.

    Raises
    ------
    ConfigurationError
        ``match`` is unknown, or no act is by an account that may be a hash of MediaCrawler.
    """
    if match not in {None, CREATOR_HASH}:
        raise ConfigurationError(f"match {match!r} is not known; expected {CREATOR_HASH}")
    if match is not None and (interactions is None or not has_hashed_actors(interactions)):
        raise ConfigurationError(f"match {CREATOR_HASH}: no interaction is by an account that MediaCrawler 2 has hashed")
    frames: dict[str, pl.DataFrame] = {}
    counts: dict[str, int] = {}
    rejected, doubts, named = [], [WARNINGS.to_frame()], [NAMED.to_frame()]
    for name, path in side.items():
        held = load_side_table(path, INPUTS[name], settings=settings)
        counts |= {f"{name}_{key}": count for key, count in held.counts.items()}
        rejected.append(held.rejected)
        doubts.append(held.warnings)
        named.append(held.named)
        if held.rows.is_empty() and len(held.named):
            continue
        frames[name] = hash_accounts(held.rows) if match is not None and name in _HASHED else held.rows
        if match is not None and name in _HASHED:
            counts[f"{name}_hashed"] = len(held.rows)
    return Given(frames, join_rejected(rejected), pl.concat(doubts), pl.concat(named), counts)

"""Pseudonyms in answers, and accounts that are named by their pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from graphwatch.ask.ground import Ground
from graphwatch.ask.header import Query
from graphwatch.ask.parameters import Given
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import STRINGS

if TYPE_CHECKING:
    from graphwatch.store.connection import Store

_LOOKS: Final = "acc-"
_ALL: Final = "MATCH (a:Account) RETURN a.account_id"


def hide(frame: pl.DataFrame, query: Query, names: Pseudonyms) -> pl.DataFrame:
    """Put pseudonyms in the place of ids of accounts and interactions; all else stays.

    Parameters
    ----------
    names
        The user's key; the same accounts get the same pseudonyms as in reports made with it.
    """
    changes = []
    for name, kind in query.people.items():
        if frame.schema[name] == STRINGS:
            flat = frame.select(pl.int_range(pl.len()).alias("row"), name).explode(name)
            hidden = flat.with_columns(names.series(flat[name], kind).alias(name)).group_by("row", maintain_order=True).agg(name)
            changes.append(hidden.select(pl.col(name).list.drop_nulls()).to_series())
        else:
            changes.append(names.series(frame[name], kind).alias(name))
    return frame.with_columns(changes)


def resolve(given: Given, query: Query, names: Pseudonyms, held: Ground | Store) -> Given:
    """Give the ids of accounts that were named by their pseudonym; what looks like one and is nobody's stays as it is."""
    asked = [p.name for p in query.parameters if p.type == "account" and str(given.values[p.name]).startswith(_LOOKS)]
    if not asked:
        return given
    known = _accounts(held)
    by_name = dict(zip(names.series(known).to_list(), known.to_list(), strict=True))
    return Given({**given.values, **{name: by_name.get(str(given.values[name]), given.values[name]) for name in asked}})


def _accounts(held: Ground | Store) -> pl.Series:
    if not isinstance(held, Ground):
        return pl.Series("id", [row[0] for row in held.read(_ALL)], dtype=pl.String)
    of_results = [
        held.result(table)[column] for table, column in (("members", "actor_id"), ("pileons", "target_id"), ("alerts", "target_id"))
    ]
    return pl.concat([ids.rename("id") for ids in (*of_results, held.accounts)]).drop_nulls().unique().sort()

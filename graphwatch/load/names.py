"""Rosters that know accounts by name only, against accounts: candidates for a person to look at, never affiliations.

Names are no identity: many accounts share one, anybody can take one, and they change. So each candidate says how many accounts have its
name, and no stage of the analysis reads this table.
"""

from __future__ import annotations

import math
from typing import Final

import polars as pl

from graphwatch.errors import ColumnError, Place
from graphwatch.schema import AFFILIATION_CANDIDATES

MIN_SIMILARITY: Final = 0.8
_IGNORED: Final = r"[\s\p{C}\p{M}]|^[@＠]+"


def fold_names(names: pl.Series) -> pl.Series:
    """Fold names for comparison: width, case, blanks, invisible characters and a leading @; an empty one becomes null.

    Examples
    --------
    >>> fold_names(pl.Series(["＠Ａlice ", "\u200bALICE", " "])).to_list()
    ['alice', 'alice', None]
    """
    folded = names.cast(pl.String).str.normalize("NFKC").str.to_lowercase().str.replace_all(_IGNORED, "")
    return folded.set(folded == "", None)


def match_names(roster: pl.DataFrame, accounts: pl.DataFrame, *, min_similarity: float = MIN_SIMILARITY) -> pl.DataFrame:
    """Find accounts whose name is that of a roster row, or one character away from it.

    Parameters
    ----------
    roster
        Columns ``name`` and ``agency_id``; ``agency_name``, ``platform`` and ``source`` where known. A row with a platform is compared with
        accounts of that platform and of none only.
    accounts
        Table ``accounts``; of one account all the names that it was seen with count.
    min_similarity
        Least ``1 - 1 / characters of the longer name`` of a close match, in (0, 1]; 1: exact matches only. At 0.8 names of fewer than five
        characters must be equal: in a Chinese name one character is another person.

    Returns
    -------
    polars.DataFrame
        Table ``affiliation_candidates``, ordered by agency, roster name, similarity (best first), platform and account.
        ``accounts_with_name`` counts the accounts with the same folded name in the whole table: above 1 the name alone cannot tell them
        apart.

    Raises
    ------
    ColumnError
        The roster has no ``name`` or ``agency_id``.

    Notes
    -----
    One edit is an insertion, a deletion, a substitution, or a swap of neighbours. Pairs are found by joining both sides on the name with
    each one character left out, which is exact for one edit and never compares all with all.

    Examples
    --------
    >>> roster = pl.DataFrame({"name": ["Night Owl", "moonlight"], "agency_id": ["m1", "m2"]})
    >>> accounts = pl.DataFrame({"account_id": ["7", "8", "9"], "name": ["nightowl", "NightOwl", "moonligth"]})
    >>> match_names(roster, accounts).select("account_id", "agency_id", "method", "accounts_with_name").rows()
    [('7', 'm1', 'exact', 2), ('8', 'm1', 'exact', 2), ('9', 'm2', 'close', 1)]
    """
    wanted = _wanted(roster)
    known = _known(accounts)
    if wanted.is_empty() or known.is_empty():
        return AFFILIATION_CANDIDATES.empty()
    names = wanted.select("folded").unique().sort("folded")
    others = known.select("folded").unique().sort("folded")
    exact = names.join(others, on="folded").select("folded", other="folded", similarity=pl.lit(1.0))
    close = _close(names["folded"], others["folded"], min_similarity)
    pairs = pl.concat([exact, close])
    counted = known.select("platform", "account_id", "folded").unique().group_by("folded").agg(accounts_with_name=pl.len().cast(pl.Int64))
    found = (
        wanted.join(pairs, on="folded")
        .join(known.rename({"folded": "other", "platform": "account_platform"}), on="other")
        .join(counted.rename({"folded": "other"}), on="other")
        .filter(pl.col("platform").is_null() | pl.col("account_platform").is_null() | (pl.col("platform") == pl.col("account_platform")))
        .with_columns(
            pl.col("account_platform").alias("platform"),
            pl.when(pl.col("similarity") == 1).then(pl.lit("exact")).otherwise(pl.lit("close")).alias("method"),
        )
    )
    order = ["agency_id", "roster_name", "similarity", "platform", "account_id", "name", "agency_name", "source"]
    kept = AFFILIATION_CANDIDATES.conform(found).sort(order, descending=[False, False, True, *[False] * 5], nulls_last=True)
    return kept.unique(list(AFFILIATION_CANDIDATES.key), keep="first", maintain_order=True)


def _wanted(roster: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ("name", "agency_id") if name not in roster.columns]
    if missing:
        raise ColumnError(f"required column {', '.join(missing)} missing; found: {', '.join(roster.columns) or 'none'}", Place("<roster>"))
    optional = [name for name in ("agency_name", "platform", "source") if name not in roster.columns]
    held = roster.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in optional)
    held = held.select(
        pl.col("name").cast(pl.String).alias("roster_name"),
        *(pl.col(name).cast(pl.String) for name in ("agency_id", "agency_name", "source")),
        pl.col("platform").cast(pl.String).str.strip_chars().str.to_lowercase(),
        fold_names(roster["name"]).alias("folded"),
    )
    return held.drop_nulls(["folded", "agency_id"]).unique()


def _known(accounts: pl.DataFrame) -> pl.DataFrame:
    if not {"account_id", "name"} <= set(accounts.columns):
        return pl.DataFrame(schema={"account_id": pl.String, "platform": pl.String, "name": pl.String, "folded": pl.String})
    platform = pl.col("platform").cast(pl.String) if "platform" in accounts.columns else pl.lit(None, dtype=pl.String)
    held = accounts.select(
        pl.col("account_id").cast(pl.String),
        platform.alias("platform"),
        pl.col("name").cast(pl.String),
        fold_names(accounts["name"]).alias("folded"),
    )
    return held.drop_nulls(["account_id", "folded"]).unique()


def _close(names: pl.Series, others: pl.Series, min_similarity: float) -> pl.DataFrame:
    """Give pairs of names that are one edit apart, with their similarity."""
    none = pl.DataFrame(schema={"folded": pl.String, "other": pl.String, "similarity": pl.Float64})
    if min_similarity >= 1:
        return none
    fewest = max(2, math.ceil(1 / (1 - min_similarity) - 1e-9))
    left = _shortened(names.filter(names.str.len_chars() >= fewest - 1), None).rename({"whole": "folded"})
    if left.is_empty():
        return none
    longest = int(names.str.len_chars().cast(pl.Int64).to_numpy().max()) + 1
    lengths = others.str.len_chars()
    right = _shortened(others.filter((lengths >= fewest - 1) & (lengths <= longest)), left["short"].unique()).rename({"whole": "other"})
    pairs = left.join(right, on="short").select("folded", "other").unique().filter(pl.col("folded") != pl.col("other"))
    kept = [
        (a, b, 1 - 1 / max(len(a), len(b)))
        for a, b in pairs.sort("folded", "other").iter_rows()
        if is_one_edit(a, b) and 1 - 1 / max(len(a), len(b)) >= min_similarity - 1e-12
    ]
    return pl.DataFrame(kept, schema=none.schema, orient="row")


def _shortened(names: pl.Series, among: pl.Series | None) -> pl.DataFrame:
    """Give each name as it is and with each one character left out, of those that are ``among`` some texts."""
    held = [_kept(names, names, among)]
    for at in range(int(names.str.len_chars().cast(pl.Int64).fill_null(0).to_numpy().max(initial=0))):
        longer = names.filter(names.str.len_chars() > at)
        held.append(_kept(longer, longer.str.slice(0, at) + longer.str.slice(at + 1), among))
    return pl.concat(held).unique()


def _kept(names: pl.Series, short: pl.Series, among: pl.Series | None) -> pl.DataFrame:
    frame = pl.DataFrame({"whole": names, "short": short}, schema={"whole": pl.String, "short": pl.String})
    return frame if among is None else frame.filter(pl.col("short").is_in(among.implode()))


def is_one_edit(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes one text the other.

    Examples
    --------
    >>> is_one_edit("moon", "mon"), is_one_edit("moon", "mono"), is_one_edit("moon", "soot"), is_one_edit("moon", "moon")
    (True, True, False, False)
    """
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest = (a[start:], b[start:])
    if len(a) != len(b):
        longer, shorter = (rest[0], rest[1]) if len(a) > len(b) else (rest[1], rest[0])
        return longer[1:] == shorter
    return rest[0][1:] == rest[1][1:] or (rest[0][:2] == rest[1][1::-1] and rest[0][2:] == rest[1][2:])

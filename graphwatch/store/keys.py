"""Keys of nodes: short enough for an index of Neo4j, and never the same for two things."""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

LONGEST: Final = 2000  # bytes; an index entry of Neo4j holds about 8,000
_KEPT: Final = 200
_CUT: Final = "…#[0-9a-f]{64}$"


def short_keys(values: pl.Series) -> pl.Series:
    """Cut what is too long for an index and put its SHA-256 behind it; all else stays, but for what looks as if it had been cut.

    Examples
    --------
    >>> short_keys(pl.Series(["tag:a", "u" * 5000, None])).str.len_chars().to_list()
    [5, 266, None]
    """
    long = ((values.str.len_bytes() > LONGEST) | values.str.contains(_CUT)).fill_null(value=False)
    if not long.any():
        return values
    cut = {value: f"{value[:_KEPT]}…#{hashlib.sha256(value.encode()).hexdigest()}" for value in values.filter(long).unique()}
    return values.replace(list(cut), list(cut.values()))


def interaction_keys(platforms: pl.Series, ids: pl.Series) -> pl.Series:
    r"""Join platform and id so that no two pairs give the same key.

    Parameters
    ----------
    platforms, ids
        Strings; a platform may be null, which is written as nothing. A backslash or colon in a platform gets a backslash before it,
        an empty platform is written ``\-``.

    Examples
    --------
    >>> interaction_keys(pl.Series(["weibo", None, "a:b", ""]), pl.Series(["7", "7", "7", "7"])).to_list()
    ['weibo:7', ':7', 'a\\:b:7', '\\-:7']
    """
    names = platforms.unique().drop_nulls()
    written = names.str.replace_all("\\", "\\\\", literal=True).str.replace_all(":", "\\:", literal=True)
    written = pl.Series([text or "\\-" for text in written], dtype=pl.String)
    places = platforms.replace(names, written).fill_null("")
    frame = pl.DataFrame({"place": places, "id": ids})
    return short_keys(frame.select(pl.concat_str("place", "id", separator=":").alias("key")).to_series())

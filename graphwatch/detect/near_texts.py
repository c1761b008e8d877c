"""Near-duplicate texts as shared objects: copies with a word, an emoji, a link or a name changed.

A text is folded (width, case, traditional and simplified characters, noise between letters; links, names and what follows ``//@`` are
left out: :mod:`graphwatch.content.symbols`), and becomes the set of its runs of ``SHINGLE`` symbols. MinHash signatures in ``BANDS``
bands of ``ROWS`` (locality-sensitive hashing) propose earlier texts, at most ``BUCKET`` a band, and the exact Jaccard similarity of the
two sets decides. A text joins the first text that it resembles, else it stands for others: so every member of a group resembles its
first, and no chain of small changes runs through. Groups do not depend on the order of rows: texts are taken in ascending order.

Of pairs of similarity s, 1 − (1 − s^ROWS)^BANDS are proposed: .9986 at .7, .964 at .6. What breaks it: short texts (fewer than
``LEAST`` symbols) are not looked at, because everybody writes them; proverbs, lyrics and forms that many people paste are shared
without any arrangement; where a bucket is full, later texts of its sort may stay apart.

Sources: Broder (1997), On the resemblance and containment of documents; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, ch. 3.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.content.fold import MAX_SYMBOLS, Folded, fold_text, workspace
from graphwatch.content.lexicon import read_lexicon
from graphwatch.content.scorer import utf8_buffers
from graphwatch.content.symbols import U8, Symbols, build_symbols
from graphwatch.model import I32, I64
from graphwatch.schema import STRINGS

U64 = npt.NDArray[np.uint64]

SHINGLE: Final = 4
BANDS: Final = 24
ROWS: Final = 4
BUCKET: Final = 32
LEAST: Final = 12
_SEED: Final = 0x4E54
_LAST: Final = 0x10000


@lru_cache(maxsize=1)
def _alphabet() -> Symbols:
    """Symbols that tell all letters and digits of the basic plane apart; the lexicon's own know its words only."""
    letters = (chr(c) for c in range(0x21, _LAST) if chr(c).isalnum())
    return build_symbols(letters, read_lexicon().variants)[0]


@lru_cache(maxsize=1)
def _multipliers() -> U64:
    rng = np.random.default_rng(_SEED)
    return rng.integers(1, 2**63, (2, BANDS * ROWS), dtype=np.uint64) | np.uint64(1)


@numba.njit(cache=True)
def _mix(value: np.uint64) -> np.uint64:
    """Finaliser of splitmix64."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@numba.njit(cache=True)
def shingles(code: I32, n: int, out: U64) -> int:
    """Write the distinct runs of ``SHINGLE`` of the first ``n`` symbols, hashed and ascending; return their number."""
    m = n - SHINGLE + 1
    if m <= 0:
        return 0
    for i in range(m):
        value = np.uint64(0)
        for k in range(SHINGLE):
            value = _mix(value * np.uint64(31) + np.uint64(code[i + k] + 1))
        out[i] = value
    out[:m].sort()
    kept = 1
    for i in range(1, m):
        if out[i] != out[kept - 1]:
            out[kept] = out[i]
            kept += 1
    return kept


@numba.njit(cache=True)
def jaccard(one: U64, other: U64) -> float:
    """Jaccard similarity of two ascending sets."""
    i = j = common = 0
    while i < len(one) and j < len(other):
        if one[i] == other[j]:
            common += 1
            i += 1
            j += 1
        elif one[i] < other[j]:
            i += 1
        else:
            j += 1
    return common / (len(one) + len(other) - common)


@numba.njit(cache=True)
def _bands(held: U64, multipliers: U64, out: U64) -> None:
    """Write the key of each band of a set's MinHash signature."""
    for band in range(BANDS):
        key = np.uint64(band + 1)
        for r in range(ROWS):
            h = band * ROWS + r
            least = np.uint64(0xFFFFFFFFFFFFFFFF)
            for value in held:
                mixed = (value ^ multipliers[1, h]) * multipliers[0, h]
                mixed ^= mixed >> np.uint64(32)
                least = min(least, mixed)
            key = _mix(key * np.uint64(0x9E3779B97F4A7C15) + least)
        out[band] = key


@numba.njit(cache=True)
def group_texts(data: U8, offsets: I64, symbols: Symbols, text: Folded, multipliers: U64, similarity: float) -> I32:
    """Give each text the first text that it resembles, or itself; -1: too short.

    Parameters
    ----------
    data, offsets
        Text i is ``data[offsets[i]:offsets[i + 1]]``, UTF-8.
    symbols, text
        How to fold, and a workspace for it.
    multipliers : (2, BANDS * ROWS)
        Of the hash functions, odd.
    similarity
        Least Jaccard similarity.

    Returns
    -------
    group : (texts,)
    """
    size = len(offsets) - 1
    group = np.full(size, -1, np.int32)
    table = 1 << 10
    while table < 2 * BANDS * size:
        table *= 2
    slot_key, slot_head = np.zeros(table, np.uint64), np.full(table, -1, np.int32)
    slot_size = np.zeros(table, np.int8)
    chain_next, chain_text = np.empty(BANDS * size, np.int32), np.empty(BANDS * size, np.int32)
    chained = 0
    begin = np.zeros(size + 1, np.int64)
    pool = np.empty(1 << 16, np.uint64)
    used = 0
    held, keys = np.empty(MAX_SYMBOLS, np.uint64), np.empty(BANDS, np.uint64)
    place = np.empty(BANDS, np.int64)
    for i in range(size):
        begin[i + 1] = used
        n = fold_text(data, offsets[i], offsets[i + 1], symbols, text)
        if n < LEAST:
            continue
        m = shingles(text.code, n, held)
        _bands(held[:m], multipliers, keys)
        best = -1
        for band in range(BANDS):
            slot = np.int64(keys[band] & np.uint64(table - 1))
            while slot_size[slot] and slot_key[slot] != keys[band]:
                slot = (slot + 1) & (table - 1)
            place[band] = slot
            link = slot_head[slot]
            while link >= 0:
                other = chain_text[link]
                if (best < 0 or other < best) and jaccard(held[:m], pool[begin[other] : begin[other + 1]]) >= similarity:
                    best = other
                link = chain_next[link]
        if best >= 0:
            group[i] = best
            continue
        group[i] = i
        while used + m > len(pool):
            larger = np.empty(2 * len(pool), np.uint64)
            larger[:used] = pool[:used]
            pool = larger
        pool[used : used + m] = held[:m]
        used += m
        begin[i + 1] = used
        for band in range(BANDS):
            slot = place[band]
            while slot_size[slot] and slot_key[slot] != keys[band]:  # another band of this text may have taken it
                slot = (slot + 1) & (table - 1)
            if slot_size[slot] < BUCKET:
                slot_key[slot] = keys[band]
                slot_size[slot] += 1
                chain_text[chained] = i
                chain_next[chained] = slot_head[slot]
                slot_head[slot] = chained
                chained += 1
    return group


def near_texts(texts: pl.Series, similarity: float) -> pl.Series:
    """Give each text an object name that its near-duplicates share; null where nobody else wrote anything like it.

    Parameters
    ----------
    texts
        Any, null included.
    similarity
        Least Jaccard similarity of the folded texts' shingles, in (0, 1].

    Returns
    -------
    polars.Series
        ``text:`` and a digest of the group's first text, so no text can be read from it.

    Examples
    --------
    >>> copies = ["Boycott the brand now, friends!", "boycott THE brand now, friends 🔥 http://x.example/1", "Something else altogether."]
    >>> near_texts(pl.Series(copies), 0.7).is_null().to_list()
    [False, False, True]
    """
    distinct = texts.drop_nulls().unique().sort()
    data, offsets = utf8_buffers(distinct)
    group = group_texts(data, offsets, _alphabet(), workspace(), _multipliers(), similarity)
    named = pl.DataFrame({"text": distinct, "group": group})
    rows = pl.DataFrame({"text": texts}).join(named, on="text", how="left", maintain_order="left")
    sizes = rows.filter(pl.col("group") >= 0).group_by("group").len().filter(pl.col("len") > 1).sort("group")
    firsts = distinct.gather(sizes["group"])
    names = pl.Series([f"text:{hashlib.sha256(first.encode()).hexdigest()[:16]}" for first in firsts], dtype=pl.String)
    kept = sizes.select("group", name=names)
    return rows.join(kept, on="group", how="left", maintain_order="left")["name"]


def with_near_texts(interactions: pl.LazyFrame, similarity: float) -> pl.LazyFrame:
    """Add each near-duplicate text to the objects of its interaction.

    Parameters
    ----------
    interactions
        Canonical columns. The plan is collected twice and put side by side by position, so it must give its rows in the same order each
        time: scans, filters and ordered joins do.
    similarity
        See :func:`near_texts`.

    Returns
    -------
    polars.LazyFrame
        The same rows; unchanged without a ``text`` column.
    """
    columns = interactions.collect_schema().names()
    if "text" not in columns:
        return interactions
    named = near_texts(interactions.select(pl.col("text").cast(pl.String)).collect().to_series(), similarity)
    beside = pl.concat([interactions, pl.LazyFrame({"__near_text": named})], how="horizontal")
    given = pl.col("objects").cast(STRINGS).fill_null([]) if "objects" in columns else pl.lit(pl.Series([[]], dtype=STRINGS))
    added = pl.concat_list("__near_text").list.drop_nulls()
    return beside.with_columns(objects=pl.concat_list(given, added)).drop("__near_text")

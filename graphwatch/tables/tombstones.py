"""Tombstones: that somebody was forgotten, when and why, without saying who.

A tombstone holds a keyed digest of an id (BLAKE2b, RFC 7693, under the case's salt). Whoever holds the case can ask of a given id whether
it was forgotten, as loading does; nobody can read the ids off, and without the salt nobody can try out a list of ids either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import polars as pl

from graphwatch.schema import STRINGS
from graphwatch.tables.hashing import hash_rows
from graphwatch.tables.redact import (
    ACCOUNT_COLUMNS,
    ACT_COLUMNS,
    PLATFORM_OF,
    STAND_IN,
    Ids,
    Named,
    redact,
    sort_of,
    word_tokens,
)

Sort = Literal["account", "act", "word", "name"]
_OLDEST: Final = "before"
_PROBE: Final = (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class Digests:
    """Keyed digests of ids.

    Examples
    --------
    >>> digests = Digests(b"the salt of a case")
    >>> digests.of("account", None, "a") == digests.of("act", None, "a")
    False
    """

    salt: bytes

    def of(self, sort: Sort, platform: str | None, identifier: str) -> str:
        """Give the digest of an id: 32 hexadecimal digits."""
        data = f"{platform or ''}\0{identifier}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, key=self.salt, digest_size=16, person=sort.encode()).hexdigest()

    def probes(self, sort: Sort, platform: str | None, identifiers: pl.Series) -> pl.Series:
        """Give 24 bits of a keyed hash of many ids: fast, and too few to tell anything; who passes is asked for its digest."""
        seed = int.from_bytes(hashlib.blake2b(b"probe", key=self.salt, digest_size=8, person=sort.encode()).digest(), "little") >> 1
        rows = pl.DataFrame({"id": identifiers.cast(pl.String)}).with_columns(platform=pl.lit(platform, dtype=pl.String))
        return hash_rows(rows, ("platform", "id"), seed) & _PROBE

    def stand_in(self, sort: Sort, platform: str | None, identifier: str) -> str:
        """Give what takes the place of an id."""
        return STAND_IN + self.of(sort, platform, identifier)[:12]


class Tombstones:
    """What was forgotten, for whoever brings rows into the case.

    Parameters
    ----------
    rows
        The table ``forgotten``.
    salt
        The case's salt.

    Examples
    --------
    >>> salt = b"the salt of a case"
    >>> named = Named({("x", "a"): Digests(salt).stand_in("account", "x", "a")})
    >>> stones = Tombstones(tombstone_rows(named, Digests(salt)), salt)
    >>> rows = pl.DataFrame({"platform": ["x", "y"], "actor_id": ["a", "a"]})
    >>> kept, dropped = stones.screen(rows, "interactions")
    >>> kept.rows(), dropped
    ([('y', 'a')], 1)
    """

    def __init__(self, rows: pl.DataFrame, salt: bytes) -> None:
        self._digests = Digests(salt)
        stones = rows.filter(pl.col("sort") != _OLDEST)
        self._known: dict[str, str] = dict(stones.select("digest", "stand_in").iter_rows())
        pairs = stones.select("sort", "platform").unique().sort("sort", "platform")
        self._platforms: dict[str, list[str | None]] = dict(pairs.group_by("sort", maintain_order=True).agg("platform").iter_rows())
        probes = stones.group_by("sort", maintain_order=True).agg(pl.col("probe").unique().sort())
        self._probes: dict[str, pl.Series] = {str(sort): pl.Series("probe", held) for sort, held in probes.iter_rows()}
        limit = rows.filter(pl.col("sort") == _OLDEST)["before"].max()
        self.before = limit if isinstance(limit, datetime) else None

    def __bool__(self) -> bool:
        """Tell whether anything was forgotten."""
        return bool(self._known) or self.before is not None

    def screen(self, frame: pl.DataFrame, table: str) -> tuple[pl.DataFrame, int]:
        """Keep out of rows what was forgotten; to be called before rows are compared with those of the case.

        Parameters
        ----------
        frame
            Rows in canonical columns.
        table
            Table that they are for.

        Returns
        -------
        frame, dropped
            What may enter, in its order, and how many rows may not. Names in the rows that stay are replaced.
        """
        if not self or frame.is_empty():
            return frame, 0
        kept = frame
        if self.before is not None and table == "interactions":
            kept = kept.filter(pl.col("at") >= self.before)
        kept, _ = redact(kept, table, self.find(kept, table))
        return kept, len(frame) - len(kept)

    def find(self, frame: pl.DataFrame, table: str) -> Named:
        """Find the ids in rows of a table that were forgotten."""
        if not self._known:
            return Named()
        return Named(
            self._find_ids("account", frame, ACCOUNT_COLUMNS),
            self._find_ids("act", frame, ACT_COLUMNS),
            self._find_words(frame, table),
        )

    def _find_words(self, frame: pl.DataFrame, table: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for column, dtype in frame.schema.items():
            held = sort_of(table, column)
            if held not in ("words", "books") or dtype not in (pl.String, STRINGS):
                continue
            tokens = word_tokens(frame[column], books=held == "books", names="name" in self._probes)
            sorts: tuple[Sort, ...] = ("word", "name")
            for sort in sorts:
                for word in self._pass(sort, None, tokens):
                    stand_in = self._known.get(self._digests.of(sort, None, word))
                    if stand_in is not None:
                        found[word] = stand_in
        return found

    def _find_ids(self, sort: Sort, frame: pl.DataFrame, columns: Iterable[str]) -> Ids:
        """Ask for each id on its platform and on any; where the table tells no platform, on all that somebody was forgotten on."""
        found: dict[tuple[str | None, str], str] = {}
        for name in sorted(columns):
            pairs = _pairs(frame, name)
            told = PLATFORM_OF.get(name, "platform") in frame.columns
            for place in self._platforms.get(sort, []) if len(pairs) else []:
                ids = (pairs.filter(pl.col("platform") == place) if told and place is not None else pairs)["id"]
                longer = pairs["id"].filter(pairs["id"].str.starts_with(f"{place}:")).str.strip_prefix(f"{place}:")
                for bare in self._pass(sort, place, pl.concat([ids, longer]).unique()):
                    stand_in = self._known.get(self._digests.of(sort, place, bare))
                    if stand_in is not None:
                        found[place, bare] = stand_in
        return found

    def _pass(self, sort: Sort, platform: str | None, ids: pl.Series) -> list[str]:
        """Give those few ids that may have been forgotten, sorted."""
        known = self._probes.get(sort)
        if known is None or ids.is_empty():
            return []
        return ids.filter(self._digests.probes(sort, platform, ids).is_in(known.implode())).sort().to_list()


def tombstone_rows(named: Named, digests: Digests) -> pl.DataFrame:
    """Give the digests of what is taken out, one row each: sort, platform, digest, stand_in, before."""
    words: Ids = {(None, word): stand_in for word, stand_in in named.words.items() if not word.startswith("@")}
    names: Ids = {(None, word): stand_in for word, stand_in in named.words.items() if word.startswith("@")}
    every: tuple[tuple[Sort, Ids], ...] = (("account", named.accounts), ("act", named.acts), ("word", words), ("name", names))
    parts = []
    for sort, ids in every:
        for platform in sorted({place for place, _ in ids}, key=str):
            known = pl.Series("id", sorted(name for place, name in ids if place == platform), dtype=pl.String)
            columns = {
                "digest": [digests.of(sort, platform, name) for name in known],
                "stand_in": [ids[platform, name] for name in known],
                "probe": digests.probes(sort, platform, known),
            }
            told = (pl.lit(sort).alias("sort"), pl.lit(platform, dtype=pl.String).alias("platform"))
            parts.append(pl.DataFrame(columns).with_columns(told))
    stones = pl.concat(parts).sort("sort", "digest")
    return stones.with_columns(before=pl.lit(None, dtype=pl.Datetime("us", "UTC")))


def _pairs(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Distinct ``platform`` and ``id`` of a column; platform null: not known."""
    dtype = frame.schema.get(name)
    if dtype not in (pl.String, STRINGS):
        return pl.DataFrame(schema={"platform": pl.String, "id": pl.String})
    place = PLATFORM_OF.get(name, "platform")
    platform = pl.col(place) if place in frame.columns else pl.lit(None, dtype=pl.String)
    rows = frame.select(platform.alias("platform"), pl.col(name).alias("id"))
    return (rows.explode("id") if dtype == STRINGS else rows).drop_nulls("id").unique()

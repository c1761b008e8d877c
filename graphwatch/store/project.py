"""Tables → one frame for each kind of node and relationship, in an order that depends on the rows only."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.graph.encode import encode
from graphwatch.graph.facts import account_codes
from graphwatch.model import KIND_CODE, Events
from graphwatch.schema import ACCOUNTS, STRINGS
from graphwatch.store import relate
from graphwatch.store.cypher import identify
from graphwatch.store.keys import interaction_keys, short_keys
from graphwatch.store.shape import DIGEST, EDGE_KEY, Edge, Kind, Node, columns_of
from graphwatch.store.source import Source
from graphwatch.tables.hashing import hash_rows

_PASSED_ON: Final = ("repost", "quote")
_PLACE: Final = "place"
_TIME: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"


class Projection:
    """The graph that a source becomes.

    Parameters
    ----------
    source
        Tables.
    texts
        Whether the words of interactions become properties.
    """

    def __init__(self, source: Source, *, texts: bool = False) -> None:
        self.source = source
        self.texts = texts

    def token(self, kind: Kind) -> str:
        """Give a word for all that a kind's rows follow from; needs no rows."""
        return self.source.token(kind, texts=self.texts)

    def frame(self, kind: Kind) -> pl.DataFrame:
        """Give a kind's rows: the columns of :func:`~graphwatch.store.shape.columns_of`, one row for each, in order."""
        raw = self._node(kind) if isinstance(kind, Node) else self._edge(kind)
        if isinstance(kind, Edge) and kind.tell_apart:
            apart = [pl.col(name).dt.to_string(_TIME).fill_null("") for name in kind.tell_apart]
            raw = raw.with_columns(pl.concat_str(apart, separator="|").alias(EDGE_KEY))
        names = [column for column in columns_of(kind, texts=self.texts) if column != DIGEST]
        lists = [pl.col(column.name).list.drop_nulls() for column in kind.properties if column.dtype == STRINGS]
        own = identify(kind)
        first = "at" if isinstance(kind, Node) and kind.label == "Interaction" else _PLACE
        order = [*(name for name in (first,) if name in raw.columns), *own, *(name for name in names if name not in own)]
        frame = raw.with_columns(lists).drop_nulls(own).sort(order, nulls_last=True, maintain_order=True).select(names)
        frame = frame.unique(own, keep="first", maintain_order=True)
        if DIGEST not in columns_of(kind):
            return frame
        return frame.with_columns(hash_rows(frame, [name for name in names if name not in own], self.source.seed).alias(DIGEST))

    def _node(self, kind: Node) -> pl.DataFrame:
        match kind.label:
            case "Account":
                return self._accounts()
            case "Interaction":
                rows = self.source.interactions().select(*(c.name for c in kind.properties if self._is_written(c.name)))
                frame = rows.collect(engine="streaming")
                return frame.with_columns(interaction_keys(frame["platform"], frame["interaction_id"]))
            case "Object":
                names = self.events.object_names
                return pl.DataFrame({"object": short_keys(names), "sort": names.str.split(":").list.first()})
            case "Agency":
                return relate.agencies(self.source)
            case "Company":
                return relate.companies(self.source)
            case _:
                return self.source.result(kind.tables[0].removeprefix("results/"))

    def _edge(self, kind: Edge) -> pl.DataFrame:
        if kind.start == "Interaction" or kind.type == "POSTED":
            return self._edge_of_interactions(kind)
        if kind.type in relate.SIDE:
            return relate.of_accounts(kind, self.source, self._named)
        if kind.type == "EVIDENCE":
            acts = pl.DataFrame({"actor_id": self.events.accounts.gather(self.events.actor), "id": self.events.ids, "end": self._keys})
            return relate.evidence(self.source, acts)
        return relate.of_results(kind, self.source)

    def _edge_of_interactions(self, kind: Edge) -> pl.DataFrame:
        """Give relationships of interactions, with the place that the later one of their interactions has among all: their order."""
        match kind.type:
            case "POSTED":
                return pl.DataFrame({"start": self._names.gather(self.events.actor), "end": self._keys, _PLACE: self._places})
            case "TARGETS" | "MENTIONS":
                return self._acted_upon(only_mentions=kind.type == "MENTIONS")
            case "SHARES":
                lists = self.events.objects
                rows = _owners(lists.start)
                return pl.DataFrame(
                    {"start": self._keys.gather(rows), "end": self._objects.gather(lists.values), _PLACE: self._places[rows]}
                )
            case _:
                return self._answers(kind.type)

    def _is_written(self, column: str) -> bool:
        return self.texts or column != "text"

    @cached_property
    def events(self) -> Events:
        """The interactions as arrays: names of accounts, targets and parents as everywhere in graphwatch."""
        return encode(self.source.interactions())

    @cached_property
    def _names(self) -> pl.Series:
        return short_keys(self.events.accounts)

    @cached_property
    def _objects(self) -> pl.Series:
        return short_keys(self.events.object_names)

    @cached_property
    def _keys(self) -> pl.Series:
        places = pl.Series([None, *self.events.platforms], dtype=pl.String).gather(self.events.platform.astype(np.int64) + 1)
        return interaction_keys(places, self.events.ids)

    @cached_property
    def _places(self) -> npt.NDArray[np.int64]:
        """Place of each event in the order in which interactions are written: by time and key."""
        rows = pl.DataFrame({"at": self.events.at, "key": self._keys}).with_row_index("row")
        places = np.empty(len(rows), np.int64)
        places[rows.sort("at", "key", maintain_order=True)["row"].to_numpy()] = np.arange(len(rows))
        return places

    def _named(self, ids: pl.Series, platforms: pl.Series | None = None) -> pl.Series:
        """Give accounts of a side table the name that the interactions give them; those that never act keep their id."""
        told = pl.Series("platform", [None], dtype=pl.String).new_from_index(0, len(ids)) if platforms is None else platforms
        codes = account_codes(ids, told, self.events)
        known = pl.Series(codes >= 0)
        names = self.events.accounts.gather(np.maximum(codes, 0)) if len(self.events.accounts) else ids
        return short_keys(
            pl.DataFrame({"known": known, "name": names, "id": ids}).select(pl.when("known").then("name").otherwise("id")).to_series()
        )

    def _accounts(self) -> pl.DataFrame:
        facts = ACCOUNTS.conform(self.source.side("accounts")).sort("observed_at", *ACCOUNTS.names, nulls_last=False)
        named = facts.with_columns(self._named(facts["account_id"], facts["platform"]).alias("account_id"))
        latest = named.group_by("account_id", maintain_order=True).agg(
            pl.col(name).drop_nulls().last() for name in ACCOUNTS.names if name != "account_id"
        )
        mentioned = [latest["account_id"], self._names, *relate.accounts_in(self.source, self._named)]
        every = pl.concat([ids.rename("account_id") for ids in mentioned]).drop_nulls().unique().sort()
        seen = pl.DataFrame({"account_id": self._names, "seen_on": self._platform_of_accounts()})
        joined = every.to_frame().join(latest, on="account_id", how="left").join(seen, on="account_id", how="left")
        return joined.with_columns(pl.coalesce("platform", "seen_on").alias("platform"))

    def _platform_of_accounts(self) -> pl.Series:
        events = self.events
        place = np.full(len(events.accounts), -1, np.int64)
        place[events.targets.values[::-1]] = events.platform[_owners(events.targets.start)][::-1]
        place[events.actor[::-1]] = events.platform[::-1]
        return pl.Series([None, *events.platforms], dtype=pl.String).gather(place + 1)

    def _acted_upon(self, *, only_mentions: bool) -> pl.DataFrame:
        lists = self.events.targets
        rows, values = _owners(lists.start), lists.values
        if only_mentions:
            keep = self.events.kind[rows] == KIND_CODE["mention"]
            rows, values = rows[keep], values[keep]
        return pl.DataFrame({"start": self._keys.gather(rows), "end": self._names.gather(values), _PLACE: self._places[rows]})

    def _answers(self, sort: str) -> pl.DataFrame:
        kind, parent = self.events.kind, self.events.parent
        passed = {"REPOSTS": "repost", "QUOTES": "quote"}.get(sort)
        wanted = kind == KIND_CODE[passed] if passed else ~np.isin(kind, [KIND_CODE[word] for word in _PASSED_ON])
        rows = np.flatnonzero(wanted & (parent >= 0))
        later = np.maximum(self._places[rows], self._places[parent[rows]])
        return pl.DataFrame({"start": self._keys.gather(rows), "end": self._keys.gather(parent[rows]), _PLACE: later})


def _owners(start: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Row that each value of compressed lists belongs to."""
    return np.repeat(np.arange(len(start) - 1), np.diff(start))

"""Tables → one frame for each kind of node and relationship, in an order that depends on the rows only."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from graphwatch.errors import DataError
from graphwatch.graph.encode import encode, look_up
from graphwatch.graph.facts import account_codes
from graphwatch.model import KIND_CODE, NO_TIME, Events
from graphwatch.schema import ACCOUNTS, STRINGS, TIMESTAMP
from graphwatch.store import relate
from graphwatch.store.cypher import identify
from graphwatch.store.keys import interaction_keys, short_keys
from graphwatch.store.shape import BY_LABEL, DIGEST, EDGE_KEY, Edge, Kind, Node, columns_of
from graphwatch.store.source import Source
from graphwatch.tables.hashing import hash_rows

_PASSED_ON: Final = {"REPOSTS": "repost", "QUOTES": "quote"}
_TIME: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"
Numbers = npt.NDArray[np.int64]


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
        self._held_keys: dict[str, pl.Series] = {}

    def token(self, kind: Kind) -> str:
        """Give a word for all that a kind's rows follow from; needs no rows."""
        return self.source.token(kind, texts=self.texts)

    def frame(self, kind: Kind) -> pl.DataFrame:
        """Give a kind's rows: the columns of :func:`~graphwatch.store.shape.columns_of`, one row for each, in order."""
        if isinstance(kind, Edge):
            return self._edge(kind)
        frame = self._in_order(kind, self._node(kind))
        self._held_keys[kind.label] = frame[kind.key.name]
        return frame

    def keys(self, kind: Node) -> pl.Series:
        """Give the keys of a kind's nodes, in the order of their rows."""
        if kind.label not in self._held_keys:
            self.frame(kind)
        return self._held_keys[kind.label]

    def numbered(self, kind: Edge) -> pl.DataFrame:
        """Give a kind's rows with numbers in place of keys: the place of each node among those of its kind, from 0."""
        if links_acts(kind):
            return self._links(kind)
        frame = self.frame(kind)
        return frame.with_columns(pl.Series(column, self._numbers(label, frame[column])) for column, label in kind.sides)

    def _in_order(self, kind: Kind, raw: pl.DataFrame) -> pl.DataFrame:
        """Put rows into an order that depends on them only, and leave one of each key: the first."""
        names = [column for column in columns_of(kind, texts=self.texts) if column != DIGEST]
        lists = [pl.col(column.name).list.drop_nulls() for column in kind.properties if column.dtype == STRINGS]
        own = identify(kind)
        first = ["at"] if isinstance(kind, Node) and kind.label == "Interaction" else []
        frame = raw.with_columns(lists).drop_nulls(own).select(names)
        if frame.select(pl.struct(own).is_duplicated().any()).item():
            rest = [name for name in names if name not in (*first, *own)]
            frame = frame.sort(*first, *own, *rest, nulls_last=True, maintain_order=True).unique(own, keep="first", maintain_order=True)
        else:
            frame = frame.sort(*first, *own, nulls_last=True)
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
        if links_acts(kind):
            links = self._links(kind)
            return links.select(self.keys(BY_LABEL[label]).gather(links[column]).alias(column) for column, label in kind.sides)
        raw = self._edge_of_others(kind)
        if kind.tell_apart:
            apart = [pl.col(name).dt.to_string(_TIME).fill_null("") for name in kind.tell_apart]
            raw = raw.with_columns(pl.concat_str(apart, separator="|").alias(EDGE_KEY))
        return self._in_order(kind, raw)

    def _edge_of_others(self, kind: Edge) -> pl.DataFrame:
        if kind.type in relate.SIDE:
            return relate.of_accounts(kind, self.source, self._named)
        if kind.type == "EVIDENCE":
            acts = pl.DataFrame({"actor_id": self.events.accounts.gather(self.events.actor), "id": self.events.ids, "end": self._keys})
            return relate.evidence(self.source, acts)
        return relate.of_results(kind, self.source)

    def _links(self, kind: Edge) -> pl.DataFrame:
        """Link numbers of nodes, once each, in the order of the later one of their interactions."""
        links = pl.DataFrame(self._linked(kind.type), schema=["start", "end"])
        links = links.with_columns(later=later_acts(kind, links)).sort("later", "start", "end")
        again = (pl.col("start") == pl.col("start").shift()) & (pl.col("end") == pl.col("end").shift())
        return links.filter(~again.fill_null(value=False)).select("start", "end")

    def _linked(self, sort: str) -> tuple[Numbers, Numbers]:
        events = self.events
        match sort:
            case "POSTED":
                return self._account_numbers[events.actor], self._act_numbers
            case "TARGETS" | "MENTIONS":
                rows, values = events.targets.rows(), events.targets.values
                if sort == "MENTIONS":
                    keep = events.kind[rows] == KIND_CODE["mention"]
                    rows, values = rows[keep], values[keep]
                return self._act_numbers[rows], self._account_numbers[values]
            case "SHARES":
                return self._act_numbers[events.objects.rows()], self._object_numbers[events.objects.values]
            case _:
                passed = [KIND_CODE[word] for word in _PASSED_ON.values()]
                wanted = events.kind == KIND_CODE[_PASSED_ON[sort]] if sort in _PASSED_ON else ~np.isin(events.kind, passed)
                child = np.flatnonzero(wanted & (events.parent >= 0))
                return self._act_numbers[child], self._act_numbers[events.parent[child]]

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
    def _act_numbers(self) -> Numbers:
        return self._numbers("Interaction", self._keys)

    @cached_property
    def _account_numbers(self) -> Numbers:
        return self._numbers("Account", self._names)

    @cached_property
    def _object_numbers(self) -> Numbers:
        return self._numbers("Object", self._objects)

    def _numbers(self, label: str, keys: pl.Series) -> Numbers:
        numbers = look_up(keys, self.keys(BY_LABEL[label])).astype(np.int64)
        if (numbers < 0).any():  # a number of another node would do as well for whoever takes numbers
            raise DataError(f"relationships name a node {label} that is not among the nodes")
        return numbers

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
        seen = pl.DataFrame({"account_id": self._names, "seen_on": self._platform_of_accounts(), "told": self._created_of_accounts()})
        joined = every.to_frame().join(latest, on="account_id", how="left").join(seen, on="account_id", how="left")
        return joined.with_columns(platform=pl.coalesce("platform", "seen_on"), created_at=pl.coalesce("created_at", "told"))

    def _created_of_accounts(self) -> pl.Series:
        """When accounts were created, as their acts tell: the earliest time where these do not agree."""
        created = np.full(len(self.events.accounts), np.iinfo(np.int64).max)
        told = self.events.actor_created != NO_TIME
        np.minimum.at(created, self.events.actor[told], self.events.actor_created[told])
        known = created < np.iinfo(np.int64).max
        return pl.Series(np.where(known, created, 0)).set(pl.Series(~known), None).cast(TIMESTAMP)

    def _platform_of_accounts(self) -> pl.Series:
        events = self.events
        place = np.full(len(events.accounts), -1, np.int64)
        place[events.targets.values[::-1]] = events.platform[events.targets.rows()][::-1]
        place[events.actor[::-1]] = events.platform[::-1]
        return pl.Series([None, *events.platforms], dtype=pl.String).gather(place + 1)


def links_acts(kind: Edge) -> bool:
    """Say whether relationships of a kind follow from the interactions alone, of which they link one or two.

    Examples
    --------
    >>> from graphwatch.store.shape import EDGES
    >>> [edge.type for edge in EDGES if links_acts(edge)]
    ['POSTED', 'TARGETS', 'MENTIONS', 'REPLIES_TO', 'REPOSTS', 'QUOTES', 'SHARES']
    """
    return kind.tables == BY_LABEL["Interaction"].tables and not kind.properties


def later_acts(kind: Edge, links: pl.DataFrame) -> Numbers:
    """Give the number of the later one of the interactions that each relationship links."""
    later: Numbers = np.maximum.reduce([links[column].to_numpy() for column, label in kind.sides if label == "Interaction"])
    return later

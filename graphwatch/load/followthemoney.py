"""FollowTheMoney entities → affiliations, agencies, ownership and links between companies.

The model (followthemoney.tech): an entity has ``id``, ``schema`` and ``properties``, whose values are lists of texts. Of interest are

- ``Representation`` (``agent`` acts for ``client``, ``startDate``, ``endDate``): the agent is the agency, the client the signed person.
  The accounts of the client are the ``username`` of each ``UserAccount`` whose ``owner`` it is; where there is none, the client's own id
  stands for it and is counted as ``clients_without_account``.
- ``Ownership`` (``owner`` holds ``percentage`` of ``asset``).
- the agents themselves: table ``agencies``. Ids of companies are the ids of their entities, in all tables.
- ``Directorship`` (``director`` of ``organization``), and the ``addressEntity``, ``address``, ``phone`` and ``email`` of companies: table
  ``company_links``, one row per two companies that share one. What more than 50 companies share links none of them.

Dates may be years or months. ``startDate`` is the first day of its year, month or day. ``endDate`` is the last day on which it held, so
the exclusive ``valid_to`` is the day after its day, month or year. Of several values the narrower one counts: the latest start, the
earliest end.
An entity may come in several parts with one id; their properties are put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import DataError
from graphwatch.load.containers import container_of, read_blocks
from graphwatch.load.open import recognise
from graphwatch.load.periods import end_text, start_text
from graphwatch.load.records import Record, garbage_kept
from graphwatch.load.rejected import Faults
from graphwatch.load.stakes import read_stake
from graphwatch.load.validate import LINE
from graphwatch.schema import AFFILIATIONS, AGENCIES, COMPANY_LINKS, OWNERSHIP, Table
from graphwatch.settings import LoadSettings

FOLLOWTHEMONEY: Final = "followthemoney"
SAMPLE: Final = 50
CODES: Final = ("uscCode", "leiCode", "registrationNumber")
_PEOPLE: Final = frozenset({"Person"})
_FIRMS: Final = frozenset({"LegalEntity", "Organization", "Company", "PublicBody"})
_SHARED: Final = {"addressEntity": "address", "address": "address", "phone": "phone", "email": "email"}
_SHARED_BY: Final = 50
_PARTIES: Final = frozenset({"Person", "LegalEntity", "Organization", "Company", "PublicBody"})
_KEPT: Final = {
    AFFILIATIONS.name: frozenset({"Representation", "UserAccount", *_PARTIES}),
    AGENCIES.name: frozenset({"Representation", *_PARTIES}),
    OWNERSHIP.name: frozenset({"Ownership"}),
    COMPANY_LINKS.name: frozenset({"Directorship", *_FIRMS}),
}
_PROPERTIES: Final = frozenset(
    {"name", "agent", "client", "owner", "asset", "percentage", "startDate", "endDate", "sourceUrl", "username", *CODES}
    | {"director", "organization", *_SHARED}
)


@dataclass(slots=True)
class Entity:
    """One entity, its parts put together."""

    id: str
    schema: str
    line: int
    properties: dict[str, list[str]] = field(default_factory=dict)

    def values(self, name: str) -> list[str]:
        """Give the values of a property; empty: it has none."""
        return self.properties.get(name, [])

    def first(self, name: str) -> str | None:
        """Give the first value of a property."""
        return next(iter(self.values(name)), None)


@dataclass(frozen=True, slots=True)
class Register:
    """What a file of entities says of one table.

    Attributes
    ----------
    rows
        Columns of the table as texts, with ``_line``.
    named
        For affiliations: clients without an account, by name.
    codes
        Codes of companies to be checked: one row per value with ``_line`` and a column per property.
    counts
        What was met and not loaded, and what was read with a choice.
    """

    rows: pl.DataFrame
    named: pl.DataFrame
    codes: pl.DataFrame
    counts: Counter[str]


def is_entity(record: Record) -> bool:
    """Whether a record is a FollowTheMoney entity.

    Examples
    --------
    >>> is_entity({"id": "a", "schema": "Person", "properties": {"name": ["A"]}}), is_entity({"id": "a", "schema": "Person"})
    (True, False)
    """
    return isinstance(record.get("schema"), str) and isinstance(record.get("properties"), dict) and "id" in record


def entity_share(path: Path, settings: LoadSettings) -> tuple[float, Counter[str]]:
    """Give the share of entities among the first records of a file, and their schemata."""
    schemata: Counter[str] = Counter()
    try:
        if recognise(path).parquet:
            return 0.0, schemata
        container = container_of(path, settings)
        if container not in {"lines", "document"}:
            return 0.0, schemata
        faults = Faults(str(path))
        records = list(islice(_records(path, container, settings, faults), SAMPLE))
    except DataError:
        return 0.0, schemata
    found = [record for _, record in records if is_entity(record)]
    schemata.update(str(record["schema"]) for record in found)
    return (len(found) / (len(records) + len(faults)) if found else 0.0), schemata


def read_entities(path: Path, table: Table, settings: LoadSettings, faults: Faults) -> Register:
    """Read what a file of FollowTheMoney entities says of a table.

    Parameters
    ----------
    table
        ``affiliations``, ``agencies``, ``ownership`` or ``company_links``.
    faults
        Takes the records that are no entity.
    """
    entities, counts = _gather(path, table, settings, faults)
    if table.name == OWNERSHIP.name:
        rows = [row for entity in _of(entities, "Ownership") for row in _holdings(entity, counts)]
        return Register(_frame(rows, OWNERSHIP.names), _frame([], _NAMED), _frame([], CODES), counts)
    if table.name == COMPANY_LINKS.name:
        return Register(_frame(_links(entities, counts), COMPANY_LINKS.names), _frame([], _NAMED), _frame([], CODES), counts)
    if table.name == AGENCIES.name:
        agencies = list(_agencies(entities))
        codes = [(line, *(_at(entities[str(row[0])], code) for code in CODES)) for line, *row in agencies if row[0] in entities]
        return Register(_frame(agencies, AGENCIES.names), _frame([], _NAMED), _frame(codes, CODES), counts)
    rows, named = _contracts(entities, counts)
    return Register(_frame(rows, AFFILIATIONS.names), _frame(named, _NAMED), _frame([], CODES), counts)


Row = tuple[int | str | None, ...]
_NOBODY: Final[tuple[str | None, ...]] = (None,)
_NAMED: Final = ("name", "platform", "agency_id", "agency_name", "source")


def _records(path: Path, container: str, settings: LoadSettings, faults: Faults) -> Iterator[tuple[int, Record]]:
    for block in read_blocks(path, container, settings, faults):
        with garbage_kept():
            yield from block


def _gather(path: Path, table: Table, settings: LoadSettings, faults: Faults) -> tuple[dict[str, Entity], Counter[str]]:
    counts: Counter[str] = Counter()
    entities: dict[str, Entity] = {}
    kept = _KEPT.get(table.name, frozenset())
    for line, record in _records(path, container_of(path, settings), settings, faults):
        key, schema = record.get("id"), record.get("schema")
        if not is_entity(record) or not isinstance(key, str) or not key or not isinstance(schema, str):
            faults.add(line, "not a FollowTheMoney entity: expected id, schema and properties", str(record)[:500])
            continue
        if schema not in kept:
            counts[f"other_entities_{schema.lower()}" if schema == "Directorship" else "other_entities"] += 1
            continue
        entity = entities.setdefault(key, Entity(key, schema, line))
        if schema != entity.schema and entity.schema == "LegalEntity":
            entity.schema = schema  # parts of one entity may name a broader schema
        _add(entity, record)
    return entities, counts


def _add(entity: Entity, record: Record) -> None:
    properties = record["properties"]
    if not isinstance(properties, dict):
        return
    if entity.schema in _PARTIES and isinstance(caption := record.get("caption"), str) and caption.strip():
        properties = {**properties, "name": [caption, *_listed(properties.get("name"))]}
    for name in _PROPERTIES & properties.keys():
        held = entity.properties.setdefault(name, [])
        held.extend(text for text in _listed(properties[name]) if text not in held)


def _listed(value: object) -> list[str]:
    """Give the values of a property as texts; an entity that stands in the place of its id counts as that id."""
    values = value if isinstance(value, list) else [value]
    ids = [item.get("id") if isinstance(item, dict) else item for item in values]
    return [str(item).strip() for item in ids if isinstance(item, (str, int, float)) and not isinstance(item, bool) and str(item).strip()]


def _of(entities: dict[str, Entity], schema: str) -> list[Entity]:
    return [entity for entity in entities.values() if entity.schema == schema]


def _at(entity: Entity, name: str) -> str | None:
    return entity.first(name)


def _period(entity: Entity, counts: Counter[str]) -> tuple[str | None, str | None]:
    starts = {start_text(text) for text in entity.values("startDate")}
    ends = {held for text in entity.values("endDate") if (held := end_text(text, inclusive=True)) is not None}
    counts["several_dates"] += (len(starts) > 1) + (len(ends) > 1)
    return max(starts, default=None), min(ends, default=None)


def _source(entity: Entity) -> str:
    return entity.first("sourceUrl") or f"ftm:{entity.id}"


def _holdings(entity: Entity, counts: Counter[str]) -> Iterator[Row]:
    start, end = _period(entity, counts)
    shares = entity.values("percentage")
    counts["several_shares"] += len(shares) > 1
    share = min(shares, key=_least, default=None)
    for owner in entity.values("owner") or _NOBODY:
        for asset in entity.values("asset") or _NOBODY:
            yield entity.line, owner, asset, share, start, end, _source(entity)


def _least(text: str) -> tuple[float, str]:
    """Order shares by what they are at least; what is none comes first, so that its row is set aside and seen."""
    stake = read_stake(text)
    if stake is None:
        return -1.0, text
    value = stake.value or 0.0
    return (value if stake.percent or value > 1 else 100 * value), text


def _links(entities: dict[str, Entity], counts: Counter[str]) -> list[Row]:
    """Give two companies each that share a director at the same time, an address, a phone or an email."""
    shared: dict[tuple[str, str], list[tuple[str, Entity, str | None, str | None]]] = {}
    for held in _of(entities, "Directorship"):
        start, end = _period(held, counts)
        for person in held.values("director"):
            for firm in held.values("organization"):
                shared.setdefault(("director", person), []).append((firm, held, start, end))
    for held in entities.values():
        if held.schema in _FIRMS:
            for name, kind in _SHARED.items():
                for text in held.values(name):
                    key = text if name == "addressEntity" else " ".join(text.casefold().split())
                    shared.setdefault((kind, key), []).append((held.id, held, None, None))
    rows: list[Row] = []
    for (kind, value), holders in shared.items():
        if len({firm for firm, *_ in holders}) > _SHARED_BY:
            counts["shared_by_too_many"] += 1
            continue
        for (a, held, *first), (b, _, *second) in combinations(sorted(holders, key=lambda h: (h[0], h[1].id)), 2):
            start = max((text for text in (first[0], second[0]) if text is not None), default=None)
            end = min((text for text in (first[1], second[1]) if text is not None), default=None)
            if a != b and (start is None or end is None or start < end):
                rows.append((held.line, a, b, kind, value, _source(held), None, start, end))
    return rows


def _agencies(entities: dict[str, Entity]) -> Iterator[Row]:
    seen: set[str] = set()
    for link in _of(entities, "Representation"):
        for agent in link.values("agent"):
            held = entities.get(agent)
            if agent not in seen and (held is None or held.schema not in _PEOPLE):
                seen.add(agent)
                yield (link.line if held is None else held.line), agent, (held.first("name") if held is not None else None), agent


def _contracts(entities: dict[str, Entity], counts: Counter[str]) -> tuple[list[Row], list[Row]]:
    accounts: dict[str, list[str]] = {}
    for held in _of(entities, "UserAccount"):
        accounts[held.id] = held.values("username")  # a client may be the account itself
    for held in _of(entities, "UserAccount"):
        for owner in held.values("owner"):
            known = accounts.setdefault(owner, [])
            known.extend(name for name in held.values("username") if name not in known)
    rows: list[Row] = []
    named: list[Row] = []
    for link in _of(entities, "Representation"):
        start, end = _period(link, counts)
        for agent in link.values("agent") or _NOBODY:
            for client in link.values("client") or _NOBODY:
                found: Iterable[str | None] = accounts.get(client or "") or [client]
                rows.extend((link.line, account, agent, start, end, _source(link), None, None) for account in found)
                if client is not None and not accounts.get(client):
                    counts["clients_without_account"] += 1
                    named.extend(
                        (link.line, name, None, agent, _name(entities, agent), _source(link)) for name in _names(entities, client) if agent
                    )
    return rows, named


def _names(entities: dict[str, Entity], key: str) -> list[str]:
    return entities[key].values("name") if key in entities else []


def _name(entities: dict[str, Entity], key: str | None) -> str | None:
    return next(iter(_names(entities, key)), None) if key is not None else None


def _frame(rows: list[Row], names: Iterable[str]) -> pl.DataFrame:
    schema = {LINE: pl.Int64(), **dict.fromkeys(names, pl.String())}
    return pl.DataFrame(rows, schema=schema, orient="row")

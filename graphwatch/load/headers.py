"""Column names of rosters in Chinese and English → canonical columns, as declared in ``headers.toml``.

Names are compared folded (:func:`graphwatch.load.sheets.plain_name`): width, case, blanks, marks and what stands in brackets play no part.
The first synonym in a list that a file has is used, and only that one, so that ids and names never mix in one column.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Final

from graphwatch.load.mapping import Mapping as MappingFile
from graphwatch.load.sheets import plain_name
from graphwatch.schema import ACCOUNTS, AFFILIATIONS, AGENCIES, OWNERSHIP, Table
from graphwatch.schema.columns import string

ROSTER: Final = Table(
    "affiliations",
    AFFILIATIONS.meaning,
    (
        replace(AFFILIATIONS.column("account_id"), required=False),
        *AFFILIATIONS.columns[1:],
        string("name", "name of the account; not an id"),
        string("platform", "where the account is"),
        string("agency_name", "name of the agency"),
    ),
    AFFILIATIONS.key,
    "input",
)

_DECLARED: Final[Mapping[str, Mapping[str, list[str]]]] = tomllib.loads(
    files("graphwatch.load").joinpath("headers.toml").read_text(encoding="utf-8")
)


def _written_out(words: list[str]) -> tuple[str, ...]:
    """Put the words of a list in the place of its name."""
    return tuple(held for word in words for held in (_DECLARED["lists"][word[1:]] if word.startswith("@") else [word]))


SYNONYMS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    table: {column: _written_out(words) for column, words in columns.items()} for table, columns in _DECLARED.items() if table != "lists"
}
LAST_DAY: Final = frozenset(_DECLARED["lists"]["last_day"])
TABLES: Final = {"affiliations": ROSTER, "agencies": AGENCIES, "ownership": OWNERSHIP, "accounts": ACCOUNTS}


def columns_of(names: Iterable[str], table: Table) -> dict[str, str]:
    """Give canonical column → the column of a file that holds it.

    A canonical name always wins over a synonym.

    Examples
    --------
    >>> columns_of(["账号ID", "昵称", "MCN机构", "签约日期", "解约日期"], AFFILIATIONS)
    {'account_id': '账号ID', 'agency_id': 'MCN机构', 'valid_from': '签约日期', 'valid_to': '解约日期'}
    """
    exact = set(names := list(names))
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(plain_name(name), name)
    synonyms = SYNONYMS.get(table.name, {})
    found: dict[str, str] = {}
    for column in table.names:
        source = column if column in exact else next((folded[word] for word in synonyms.get(column, ()) if word in folded), None)
        if source is not None:
            found[column] = source
    return found


def fit(names: Iterable[str], table: Table) -> int:
    """Tell how well column names fit a table: how many of its columns they give; 0 when a required one is missing.

    Of a roster of affiliations the account may be there by name only.
    """
    found = columns_of(names, TABLES.get(table.name, table))
    needed = (
        [name for name in table.required if name != "account_id" or "name" not in found] if table.name == "affiliations" else table.required
    )
    distinct = len(set(found.values()))
    return distinct if all(name in found for name in needed) and distinct >= min(2, len(needed) + 1) else 0


def mapping_of_names(names: Iterable[str], table: Table) -> MappingFile | None:
    """Give the mapping that the names of a roster amount to; None: they are the canonical ones already, or fit nothing."""
    found = columns_of(names, table)
    if not found or all(column == source for column, source in found.items()):
        return None
    columns: dict[str, str | list[str]] = {}
    for column, source in found.items():
        held = columns.get(source, [])
        columns[source] = [*(held if isinstance(held, list) else [held]), column]
    return MappingFile(columns=columns)

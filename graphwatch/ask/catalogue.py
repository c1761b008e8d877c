"""All named queries: read from the package where it is installed, from the folder beside it in a working copy."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Final

from graphwatch.ask.header import Query, read_query
from graphwatch.ask.parameters import ParameterError
from graphwatch.errors import ConfigurationError, Place

_FOLDER: Final = "queries"
_ENDING: Final = ".cypher"


def queries_folder() -> Traversable:
    """Give the folder of the query files.

    Raises
    ------
    ConfigurationError
        The installation is damaged: it has none.
    """
    packed = resources.files("graphwatch") / _FOLDER
    if packed.is_dir():
        return packed
    beside = Path(__file__).parents[2] / _FOLDER
    if beside.is_dir():
        return beside
    raise ConfigurationError("the query files are missing; install graphwatch again", Place(beside))


@cache
def catalogue() -> Mapping[str, Query]:
    """Give all queries by name, in order of names.

    Examples
    --------
    >>> catalogue()["trace/first_posts"].table.names
    ('interaction_id', 'platform', 'account_id', 'at', 'kind', 'surface')
    """
    found = {}
    for stage in queries_folder().iterdir():
        if stage.is_dir():
            for file in stage.iterdir():
                if file.name.endswith(_ENDING):
                    name = f"{stage.name}/{file.name.removesuffix(_ENDING)}"
                    found[name] = read_query(name, file.read_text(encoding="utf-8"))
    return MappingProxyType(dict(sorted(found.items())))


def find_query(name: str) -> Query:
    """Give a query by its name; the part after the stage is enough where no other query has it.

    Raises
    ------
    ParameterError
        There is none of that name.

    Examples
    --------
    >>> find_query("first_posts").name
    'trace/first_posts'
    """
    known = catalogue()
    if name in known:
        return known[name]
    short = [query for query in known.values() if query.twin == name]
    if len(short) == 1:
        return short[0]
    close = get_close_matches(name, [*known, *(query.twin for query in known.values())], n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else "; 'graphwatch queries' lists them"
    raise ParameterError(f"no query {name!r}{hint}")

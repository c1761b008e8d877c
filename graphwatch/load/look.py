"""The first rows of any file, as graphwatch reads them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl

from graphwatch.load.followthemoney import FOLLOWTHEMONEY, entity_share
from graphwatch.load.headers import TABLES, fit
from graphwatch.load.mapping import read_mapping
from graphwatch.load.read import first_rows
from graphwatch.load.sheets import SPREADSHEET, find_header, read_sheets
from graphwatch.load.side import load_side_table
from graphwatch.load.sniff import check_readable, is_table, sniff
from graphwatch.load.sources import PathInput
from graphwatch.schema import AFFILIATIONS, INPUTS, INTERACTIONS, OWNERSHIP, Table
from graphwatch.settings import LoadSettings


def preview(
    path: PathInput,
    rows: int = 5,
    *,
    format: str | None = None,  # noqa: A002
    mapping: PathInput | None = None,
    settings: LoadSettings | None = None,
) -> pl.DataFrame:
    """Give the first valid rows of a file as they would be loaded: interactions, or the table that a roster fits best.

    Raises
    ------
    DataError
        The format cannot be told or the file not be read.
    """
    place, limits = Path(path), settings or LoadSettings()
    check_readable(place)
    rules = None if mapping is None else read_mapping(Path(mapping))
    name = format or (is_table(place, limits) if rules is not None else sniff(place, limits).format)
    table = INTERACTIONS if rules is not None else _table_of(place, name, limits)
    if table.name == INTERACTIONS.name:
        return first_rows(place, name, rules, rows, limits)
    held = load_side_table(place, table, settings=limits)
    return (held.rows if len(held.rows) or held.named.is_empty() else held.named).head(rows)


def _table_of(path: Path, name: str, settings: LoadSettings) -> Table:
    if name == FOLLOWTHEMONEY:
        schemata = entity_share(path, settings)[1]
        return OWNERSHIP if schemata["Ownership"] > schemata["Representation"] else AFFILIATIONS
    if name != SPREADSHEET:
        return INTERACTIONS
    sheets = read_sheets(path, settings)
    tables = (INTERACTIONS, *(INPUTS[held] for held in TABLES))
    return max(tables, key=lambda table: find_header(sheets, partial(fit, table=table), path).score)

"""Tables in any container (Parquet, CSV, NDJSON, a workbook) → validated parts, under a mapping or as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from graphwatch.load.canonical import BLOCK, read_ndjson
from graphwatch.load.delimited import read_csv
from graphwatch.load.mapping import Mapping as MappingFile
from graphwatch.load.mapping import apply_mapping, source_columns
from graphwatch.load.open import file_digest
from graphwatch.load.parquet import read_parquet, scan_parquet
from graphwatch.load.rejected import Faults, check_share, join_rejected
from graphwatch.load.sheets import SPREADSHEET, find_header, read_sheets, sheet_table
from graphwatch.load.times import check_zone
from graphwatch.load.validate import LINE, Checked, Reading, validate
from graphwatch.schema import Table
from graphwatch.settings import LoadSettings


def zone_of(settings: LoadSettings, default: str, mapping: MappingFile | None = None) -> str:
    """Zone of times without one: the mapping file's, else the settings', else the format's."""
    return check_zone((mapping.times.zone if mapping is not None else "") or settings.timezone or default)


def read_tabular(
    path: Path, name: str, table: Table, rules: MappingFile | None, settings: LoadSettings, progress: Callable[[str, int], None] | None
) -> Checked:
    """Read one table of a file, whole."""
    faults = Faults(str(path))
    parts: list[Checked] = []
    for part in checked_parts(path, name, table, rules, settings, faults, BLOCK):
        parts.append(part)
        if progress is not None:
            progress(str(path), sum(done.counts.get("rows", 0) for done in parts))
    return joined(parts, faults, str(path), settings)


def joined(parts: list[Checked], faults: Faults, file: str, settings: LoadSettings) -> Checked:
    """Put the parts of one file together, and refuse it when too much of it is bad."""
    counts: Counter[str] = Counter()
    for part in parts:
        ignored = max(counts["ignored_columns"], part.counts.get("ignored_columns", 0))
        counts.update(part.counts)
        counts["ignored_columns"] = ignored
    counts["rows"] += len(faults)
    counts["rejected"] += len(faults)
    rejected = join_rejected([faults.take(), *(part.rejected for part in parts)])
    check_share(rejected, counts["rows"], file, settings)
    rows = parts[0].rows if len(parts) == 1 else pl.concat([part.rows for part in parts])
    return Checked(rows, rejected, {key: count for key, count in sorted(counts.items()) if count})


def checked_parts(
    path: Path,
    name: str,
    table: Table,
    rules: MappingFile | None,
    settings: LoadSettings,
    faults: Faults,
    block: int,
    *,
    whole: bool = True,
) -> Iterator[Checked]:
    """Give the parts of a table validated, one after the other; Parquet, which can be read at will, as a ``whole`` if so wanted."""
    patterns = dict.fromkeys(table.names, rules.times.format) if rules is not None and rules.times.format is not None else {}
    reading = Reading(str(path), zone_of(settings, "UTC", rules), patterns)
    digest = file_digest(path) if rules is not None and LINE in rules.columns else ""
    first = True
    for part in table_parts(path, name, table, rules, settings, faults, block, whole=whole):
        held: pl.DataFrame | pl.LazyFrame = part
        if rules is not None:
            mapped = apply_mapping(part, rules, table, str(path), digest=digest, partial=not first and name == "ndjson")
            held = mapped.collect() if isinstance(part, pl.DataFrame) else mapped
        if not first and isinstance(held, pl.DataFrame):
            absent = [column for column in table.required if column not in held.columns]
            held = held.with_columns(pl.lit(None, dtype=pl.String).alias(column) for column in absent)
        yield validate(held, table, reading)
        first = False


def table_parts(
    path: Path,
    name: str,
    table: Table,
    rules: MappingFile | None,
    settings: LoadSettings,
    faults: Faults,
    block: int,
    *,
    whole: bool = True,
) -> Iterator[pl.DataFrame | pl.LazyFrame]:
    """Give the parts of a table with the source columns that are asked for, unvalidated, with ``_line``."""
    columns = list(table.columns) if rules is None else source_columns(rules, table)
    if name == "parquet" and whole:
        yield scan_parquet(path, settings)
    elif name == "parquet":
        yield from read_parquet(path, columns, settings)
    elif name == "ndjson":
        yield from read_ndjson(path, columns, settings, faults, block)
    elif name == SPREADSHEET:
        wanted = {column.name for column in columns}
        place = rules.sheet if rules is not None else None
        sheets = read_sheets(path, settings)
        where = (place.name, place.header) if place is not None else ("", 0)
        header = find_header(sheets, lambda names: len(wanted & set(names)), path, sheet=where[0], row=where[1])
        yield sheet_table(sheets, header, path)
    else:
        wanted = {column.name for column in columns}
        yield from read_csv(path, wanted.intersection, settings, faults)

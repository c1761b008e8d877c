"""Side tables: accounts, follows, and rosters (affiliations, agencies, ownership) from tables, workbooks and FollowTheMoney.

Rosters are written by people, so their columns may have the usual Chinese and English names (:mod:`graphwatch.load.headers`), dates may
be years or months, shares percents, and accounts may be there by name only. What was taken for what is told, and doubtful values are
warned of.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl

from graphwatch.errors import ColumnError, Place
from graphwatch.load.canonical import BLOCK
from graphwatch.load.delimited import first_record, read_header
from graphwatch.load.duplicates import deduplicate
from graphwatch.load.encoding import detect_encoding
from graphwatch.load.followthemoney import FOLLOWTHEMONEY, entity_share, read_entities
from graphwatch.load.harvest import parse_json
from graphwatch.load.headers import LAST_DAY, ROSTER, columns_of, fit, mapping_of_names
from graphwatch.load.identifiers import WARNINGS, check_digits, check_identifiers
from graphwatch.load.mapping import Mapping as MappingFile
from graphwatch.load.mapping import apply_mapping, read_mapping
from graphwatch.load.parquet import scan_parquet
from graphwatch.load.periods import ends, starts
from graphwatch.load.records import numbered_lines
from graphwatch.load.rejected import REJECTED, Faults, check_share, join_rejected, records_json, warn_rejected
from graphwatch.load.sheets import SPREADSHEET, find_header, plain_name, read_sheets, sheet_table
from graphwatch.load.sniff import SAMPLE, SURE, check_readable, is_table
from graphwatch.load.sources import PathInput
from graphwatch.load.stakes import fractions
from graphwatch.load.tabular import joined, read_tabular, table_parts, zone_of
from graphwatch.load.validate import FILE, LINE, Checked, Reading, check_columns, validate
from graphwatch.schema import ACCOUNTS, AFFILIATIONS, AGENCIES, COMPANY_LINKS, FOLLOWS, OWNERSHIP, Table
from graphwatch.settings import LoadSettings

ROSTERS = (AFFILIATIONS, AGENCIES, OWNERSHIP)
CODES = {AFFILIATIONS.name: ("agency_id",), AGENCIES.name: ("agency_id", "company_id"), OWNERSHIP.name: ("owner_id", "owned_id")}
ENTITIES = {**CODES, COMPANY_LINKS.name: ("company_a", "company_b")}  # tables that FollowTheMoney entities may fill, and their ids
NAMED = pl.Schema(dict.fromkeys(("name", "agency_id", "agency_name", "platform", "source"), pl.String()))


class DoubtfulValues(UserWarning):
    """Values that look wrong were kept; ``load_side_table`` says which and why."""


@dataclass(frozen=True, slots=True)
class SideTable:
    """A side table, and what became of every row.

    Attributes
    ----------
    rows
        The table's columns, one row per key.
    rejected
        Rows set aside: file, line, field, reason, record.
    counts
        Rows read, rejected, duplicates, ``name_only``, ``doubtful_values`` and so on; zeros are left out.
    warnings
        Values that look wrong and were kept: file, line, field, value, reason.
    named
        Of a roster of affiliations, the rows that know the account by name only: name, agency_id, agency_name, platform, source.
    columns
        Canonical column → the file's own, where they differ.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    counts: Mapping[str, int]
    warnings: pl.DataFrame
    named: pl.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Raw:
    """The columns of a roster under canonical names, before validation."""

    held: pl.DataFrame
    sources: dict[str, str]
    container: str
    counts: Counter[str] = field(default_factory=Counter)
    named: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={**NAMED, LINE: pl.Int64()}))
    doubts: list[pl.DataFrame] = field(default_factory=list)


def read_accounts(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``accounts`` from Parquet, CSV, NDJSON or a workbook; see :func:`read_table`."""
    return read_table(path, ACCOUNTS, mapping=mapping, settings=settings)


def read_follows(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``follows`` from Parquet, CSV, NDJSON or a workbook; see :func:`read_table`."""
    return read_table(path, FOLLOWS, mapping=mapping, settings=settings)


def read_affiliations(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``affiliations`` from Parquet, CSV, NDJSON, a workbook or FollowTheMoney; see :func:`read_table`."""
    return read_table(path, AFFILIATIONS, mapping=mapping, settings=settings)


def read_agencies(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``agencies`` from Parquet, CSV, NDJSON, a workbook or FollowTheMoney; see :func:`read_table`."""
    return read_table(path, AGENCIES, mapping=mapping, settings=settings)


def read_ownership(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``ownership`` from Parquet, CSV, NDJSON, a workbook or FollowTheMoney; see :func:`read_table`."""
    return read_table(path, OWNERSHIP, mapping=mapping, settings=settings)


def read_table(path: PathInput, table: Table, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read any input table, validated, one row per key.

    Raises
    ------
    DataError
        The file is not such a table or too much of it is bad.
    ConfigurationError
        The mapping file is wrong.

    Warns
    -----
    RejectedRows
        Rows were set aside.
    DoubtfulValues
        Values look wrong and were kept.
    """
    held = load_side_table(path, table, mapping=mapping, settings=settings)
    _refuse_names(held, table, path)
    warn_rejected(held.rejected, held.counts, str(path))
    if len(held.warnings):
        line, column, value, reason = held.warnings.select("line", "field", "value", "reason").row(0)
        told = f"{path}: {len(held.warnings):,} values look wrong and were kept; first: row {line}, {column} {value!r} {reason}"
        warnings.warn(told, DoubtfulValues, stacklevel=3)
    return held.rows


def load_table(
    path: PathInput, table: Table, *, mapping: PathInput | None = None, settings: LoadSettings | None = None
) -> tuple[pl.DataFrame, pl.DataFrame, Mapping[str, int]]:
    """Read any input table; give it with its rejected rows and its counts. :func:`load_side_table` tells more."""
    held = load_side_table(path, table, mapping=mapping, settings=settings)
    _refuse_names(held, table, path)
    return held.rows, held.rejected, held.counts


def _refuse_names(held: SideTable, table: Table, path: PathInput) -> None:
    if table.name == AFFILIATIONS.name and held.rows.is_empty() and len(held.named):
        raise ColumnError(
            "knows accounts by name only, and a name is no account_id; load_side_table(…).named and match_names give candidates",
            Place(str(path)),
        )


def load_side_table(path: PathInput, table: Table, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> SideTable:
    """Read any input table but interactions, and say what became of every row.

    Parameters
    ----------
    path
        Parquet, CSV, NDJSON or a workbook; for rosters also FollowTheMoney entities. Which one follows from the content.
    table
        ``ACCOUNTS``, ``FOLLOWS``, ``AFFILIATIONS``, ``AGENCIES`` or ``OWNERSHIP``.
    mapping
        Mapping file; without one, column names are compared with the usual ones.

    Raises
    ------
    DataError
        The file is not such a table or too much of it is bad.
    ConfigurationError
        The mapping file is wrong.
    """
    place, limits = Path(path), settings or LoadSettings()
    check_readable(place)
    reading = ROSTER if table.name == AFFILIATIONS.name else table
    rules = None if mapping is None else read_mapping(Path(mapping), reading)
    plain = table.name not in ENTITIES or rules is not None or entity_share(place, limits)[0] < SURE
    if table.name not in {held.name for held in ROSTERS} and plain:
        return _plain(place, table, rules, limits)
    faults = Faults(str(place))
    raw = _raw(place, table, rules, limits, faults)
    zone, pattern = zone_of(limits, "UTC", rules), rules.times.format if rules is not None else None
    raw.held = _settled(raw, place, dated=pattern is None)
    patterns = dict.fromkeys(table.names, pattern) if pattern is not None else {}
    checked = joined([validate(raw.held, reading, Reading(str(place), zone, patterns))], faults, str(place), limits)
    return _finished(checked, raw, table, place, limits)


def _plain(path: Path, table: Table, rules: MappingFile | None, limits: LoadSettings) -> SideTable:
    """Read accounts and follows, which may be long, part by part."""
    name = is_table(path, limits)
    automatic = mapping_of_names(_names(path, name, table, limits), table) if rules is None else None
    checked = read_tabular(path, name, table, rules or automatic, limits, None)
    raw = _Raw(pl.DataFrame(), _renamed(automatic), name)
    return _deduplicated(checked.rows, table, Counter(checked.counts), [checked.rejected], raw)


def _renamed(rules: MappingFile | None) -> dict[str, str]:
    return {column: sources[0] for column, sources in rules.sources().items()} if rules is not None else {}


def _names(path: Path, name: str, table: Table, limits: LoadSettings) -> list[str]:
    """Give the column names of a table, whatever holds it."""
    if name == SPREADSHEET:
        return [held for held in find_header(read_sheets(path, limits), lambda names: fit(names, table), path).names if held]
    if name == "parquet":
        return [held for held in scan_parquet(path).collect_schema().names() if held != LINE]
    if name == "ndjson":
        lines = islice((line for _, line in numbered_lines(path, limits) if line is not None and line.strip()), SAMPLE)
        return list(dict.fromkeys(key for line in lines for key in _keys(line)))
    return read_header(first_record(path, detect_encoding(path, limits), limits), str(path)).names


def _keys(line: bytes) -> list[str]:
    try:
        record = parse_json(line)
    except ValueError:
        return []
    return list(record) if isinstance(record, dict) else []


def _raw(path: Path, table: Table, rules: MappingFile | None, limits: LoadSettings, faults: Faults) -> _Raw:
    reading = ROSTER if table.name == AFFILIATIONS.name else table
    name = is_table(path, limits) if rules is not None or entity_share(path, limits)[0] < SURE else FOLLOWTHEMONEY
    if name == FOLLOWTHEMONEY:
        found = read_entities(path, table, limits, faults)
        codes = found.codes.with_columns(pl.lit(str(path)).alias(FILE))
        doubts = [check_identifiers(codes, [column for column in codes.columns if column not in {FILE, LINE}])]
        return _Raw(found.rows, {}, name, Counter(found.counts), found.named, doubts)
    if name == SPREADSHEET:
        sheets = read_sheets(path, limits)
        at = rules.sheet if rules is not None else MappingFile(columns={"": ""}).sheet
        wanted = set() if rules is None else set(rules.columns)
        header = find_header(
            sheets, lambda names: len(wanted & set(names)) if wanted else fit(names, table), path, sheet=at.name, row=at.header
        )
        frame = sheet_table(sheets, header, path)
        names, parts = [held for held in frame.columns if held != LINE], [frame.lazy()]
        chosen = rules or mapping_of_names(names, reading)
    else:
        names = _names(path, name, table, limits)
        chosen = rules or mapping_of_names(names, reading)
        parts = [part.lazy() for part in table_parts(path, name, reading, chosen, limits, faults, BLOCK)]
    automatic = chosen is not None and rules is None
    if chosen is None or automatic:
        found_names = list(columns_of(names, reading)) or names
        _check_names([*found_names, *(["account_id"] if "name" in found_names else [])], table, path, names)
    if chosen is not None:
        parts = [apply_mapping(part, chosen, reading, str(path), partial=number > 0) for number, part in enumerate(parts)]
    held = pl.concat([part.collect() for part in parts], how="diagonal_relaxed")
    return _Raw(held, _renamed(chosen) if automatic else {}, name)


def _check_names(found: list[str], table: Table, path: Path, names: list[str]) -> None:
    missing = [name for name in table.required if name not in found]
    if missing:
        check_columns([*names, *(name for name in table.required if name in found and name not in names)], table, str(path))


def _settled(raw: _Raw, path: Path, *, dated: bool) -> pl.DataFrame:
    """Make dates of years and months and fractions of percents, before validation reads them."""
    held = raw.held
    if dated and raw.container != FOLLOWTHEMONEY:
        if "valid_from" in held.columns:
            held = held.with_columns(starts(held["valid_from"]).alias("valid_from"))
        if "valid_to" in held.columns:
            last = plain_name(raw.sources.get("valid_to", "")) in LAST_DAY
            held = held.with_columns(ends(held["valid_to"], inclusive=last).alias("valid_to"))
    source = raw.sources.get("share", "share")
    scaled = raw.container == FOLLOWTHEMONEY or source != "share"
    if "share" in held.columns and scaled:
        held = _with_fractions(held, raw, path, percents="%" in unicodedata.normalize("NFKC", source))
    return held


def _with_fractions(held: pl.DataFrame, raw: _Raw, path: Path, *, percents: bool) -> pl.DataFrame:
    held = held.with_columns(pl.col("share").cast(pl.String))
    read = fractions(held["share"].to_list(), percents=percents)
    for mask, reason in (
        (read.ranges, "is a range: its lower end stands for it, or nothing where it has none"),
        (read.ambiguous, "is taken for a percent, because other numbers of the file are percents"),
    ):
        marked = held.filter(pl.Series(mask, dtype=pl.Boolean))
        raw.doubts.append(
            marked.select(
                pl.lit(str(path)).alias("file"),
                pl.col(LINE).cast(pl.Int64).alias("line"),
                pl.lit("share").alias("field"),
                pl.col("share").alias("value"),
                pl.lit(reason).alias("reason"),
            )
        )
    raw.counts.update({"share_ranges": sum(read.ranges), "ambiguous_shares": sum(read.ambiguous)})
    return held.with_columns(pl.Series("share", read.texts, dtype=pl.String))


def _finished(checked: Checked, raw: _Raw, table: Table, path: Path, limits: LoadSettings) -> SideTable:
    rows = checked.rows.collect()
    counts, rejected = Counter(checked.counts) + raw.counts, [checked.rejected]
    if table.name == AFFILIATIONS.name:
        unknown = rows.filter(pl.col("account_id").is_null())
        by_name = unknown.filter(pl.col("name").is_not_null())
        rejected.append(_without_account(unknown.filter(pl.col("name").is_null())))
        rows = rows.filter(pl.col("account_id").is_not_null())
        raw.named = (
            pl.concat([raw.named.select(NAMED.names()), by_name.select(NAMED.names())]).unique().sort(NAMED.names(), nulls_last=True)
        )
        counts.update({"name_only": len(by_name), "rejected": len(rejected[-1])})
        check_share(pl.concat(rejected), counts["rows"], str(path), limits)
        if raw.container in {SPREADSHEET, "csv"}:
            raw.doubts.append(check_digits(rows, "account_id"))
    raw.doubts.append(check_identifiers(rows, ENTITIES[table.name]))
    if {"valid_from", "valid_to"} <= set(rows.columns):
        raw.doubts.append(_never_in_force(rows))
    return _deduplicated(rows.lazy(), table, counts, rejected, raw)


def _never_in_force(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("valid_to") <= pl.col("valid_from")).select(
        pl.col(FILE).alias("file"),
        pl.col(LINE).cast(pl.Int64).alias("line"),
        pl.lit("valid_to").alias("field"),
        pl.col("valid_to").dt.strftime("%Y-%m-%d").alias("value"),
        pl.lit("is no later than valid_from: this was never in force").alias("reason"),
    )


def _without_account(rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty():
        return REJECTED.to_frame()
    told = rows.select(pl.col(FILE).alias("file"), pl.col(LINE).alias("line"), field=pl.lit("account_id"), reason=pl.lit("missing"))
    return told.with_columns(records_json(rows.drop(FILE, LINE))).cast(REJECTED)


def _deduplicated(rows: pl.LazyFrame, table: Table, counts: Counter[str], rejected: list[pl.DataFrame], raw: _Raw) -> SideTable:
    doubts = pl.concat([WARNINGS.to_frame(), *raw.doubts]).unique().sort("file", "line", "field", "value", "reason")
    distinct = deduplicate(rows.select(*table.names, FILE, LINE), table, doubts)
    total = counts + Counter(distinct.counts) + Counter({"doubtful_values": len(doubts)})
    return SideTable(
        rows=distinct.rows.select(table.names).sort(table.key, maintain_order=True, nulls_last=True).collect(),
        rejected=join_rejected([*rejected, distinct.rejected]),
        counts={name: count for name, count in sorted(total.items()) if count},
        warnings=doubts,
        named=raw.named.select(NAMED.names()),
        columns={column: source for column, source in raw.sources.items() if column != source},
    )

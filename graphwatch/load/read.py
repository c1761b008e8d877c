"""Files → validated tables: which reader, one file after the other, doubles across files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import polars as pl

from graphwatch.errors import ConfigurationError, DataError
from graphwatch.load.canonical import BLOCK, read_ndjson, scan_parquet
from graphwatch.load.containers import read_records
from graphwatch.load.delimited import read_csv
from graphwatch.load.duplicates import deduplicate
from graphwatch.load.formats import record_format
from graphwatch.load.harvest import Harvest
from graphwatch.load.mapping import Mapping as MappingFile
from graphwatch.load.mapping import apply_mapping, read_mapping, source_columns
from graphwatch.load.open import file_digest
from graphwatch.load.records import Options, RecordFormat
from graphwatch.load.rejected import Faults, check_share, join_rejected, warn_rejected
from graphwatch.load.settle import bury, resolve, settle_reposts
from graphwatch.load.sniff import check_readable, is_table, sniff
from graphwatch.load.times import check_zone
from graphwatch.load.validate import FILE, LINE, Checked, Reading, validate
from graphwatch.schema import ACCOUNTS, AFFILIATIONS, AGENCIES, FOLLOWS, INTERACTIONS, OWNERSHIP, Table
from graphwatch.settings import LoadSettings

PathInput = str | PathLike[str]
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Validated input, and what became of every row.

    Attributes
    ----------
    interactions
        All canonical columns, one row per (platform, interaction_id). Canonical Parquet is a scan that reads what is asked for; other
        formats are in memory.
    accounts, follows
        What the files themselves say of accounts and of who follows whom; None where they say nothing.
    rejected
        Rows set aside: file, line, field, reason, record (JSON, cut at 2,000 characters).
    counts
        Rows read, rejected, duplicates, values made null, records passed over; zeros are left out.
    """

    interactions: pl.LazyFrame
    accounts: pl.DataFrame | None
    follows: pl.DataFrame | None
    rejected: pl.DataFrame
    counts: Mapping[str, int]


@dataclass(slots=True)
class _Gathered:
    """What has been read so far, over all files."""

    plain: list[pl.LazyFrame] = field(default_factory=list)
    records: list[pl.LazyFrame] = field(default_factory=list)
    accounts: list[pl.DataFrame] = field(default_factory=list)
    follows: list[pl.DataFrame] = field(default_factory=list)
    rejected: list[pl.DataFrame] = field(default_factory=list)
    tombstones: set[tuple[str, str]] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)


def load_interactions(
    paths: PathInput | Sequence[PathInput],
    *,
    format: str | None = None,  # noqa: A002
    mapping: PathInput | None = None,
    root: str | None = None,
    target: str | None = None,
    settings: LoadSettings | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Load interactions from one or several files, of different formats if need be.

    Parameters
    ----------
    paths
        Plain, gzip or zstd files.
    format
        Format of all of them; found from each file's content when not given.
    mapping
        Mapping file (TOML) for tables with other column names.
    root, target
        Post that comments belong to and account acted upon, for formats that do not say. They fill ``root_id`` and ``target_ids`` only
        where nothing else does.
    settings
        Limits and time zone.
    progress
        Called with a file's name and the rows read of it so far.

    Returns
    -------
    Loaded

    Raises
    ------
    DataError
        A file is not what it claims to be, too much of it is bad, or it looks built to exhaust the reader.
    ConfigurationError
        The format, the time zone or the mapping file is wrong.

    Notes
    -----
    ``source`` of each row is ``<first 16 hex digits of the file's SHA-256>#<line or row>`` unless a canonical file brings its own; it
    is computed when asked for. A file given twice, or under two names, is read once.
    """
    limits = settings or LoadSettings()
    files = [Path(path) for path in ([paths] if isinstance(paths, (str, PathLike)) else paths)]
    if not files:
        raise ConfigurationError("no input file was given")
    form = None if format is None else record_format(format)
    rules = None if mapping is None else read_mapping(Path(mapping))
    if rules is not None and form is not None:
        raise ConfigurationError(f"a mapping file is for tables, not for format {format!r}")
    options = Options(root, target)
    found = _Gathered()
    digests: set[str] = set()
    for path in files:
        check_readable(path)
        digest = file_digest(path)
        if digest in digests:
            found.counts["repeated_files"] += 1
            continue
        digests.add(digest)
        name = format or (is_table(path, limits) if rules is not None else sniff(path, limits).format)
        chosen = record_format(name)
        if chosen is not None:
            _take_records(path, chosen, options, limits, digest, found, progress)
        else:
            checked = _read_table(path, name, INTERACTIONS, rules, limits, progress)
            found.plain.append(_filled(_sourced(checked.rows, digest), options))
            _note(checked, found)
    return _finish(found)


def read_interactions(
    paths: PathInput | Sequence[PathInput],
    *,
    format: str | None = None,  # noqa: A002
    mapping: PathInput | None = None,
    root: str | None = None,
    target: str | None = None,
    settings: LoadSettings | None = None,
) -> pl.DataFrame:
    """Load interactions into memory; see :func:`load_interactions`, which also says what was set aside and why."""
    loaded = load_interactions(paths, format=format, mapping=mapping, root=root, target=target, settings=settings)
    warn_rejected(loaded.rejected, loaded.counts, ", ".join(sorted({*loaded.rejected["file"]})))
    return loaded.interactions.collect()


def preview(
    path: PathInput,
    rows: int = 5,
    *,
    format: str | None = None,  # noqa: A002
    mapping: PathInput | None = None,
    settings: LoadSettings | None = None,
) -> pl.DataFrame:
    """Give the first valid rows of a file as they would be loaded, reading no more of it than needed.

    Raises
    ------
    DataError
        The format cannot be told or the file not be read.
    """
    place, limits = Path(path), settings or LoadSettings()
    check_readable(place)
    rules = None if mapping is None else read_mapping(Path(mapping))
    name = format or (is_table(place, limits) if rules is not None else sniff(place, limits).format)
    form = record_format(name)
    if form is None:
        parts = _checked_parts(place, name, INTERACTIONS, rules, limits, Faults(str(place)), block=2**16)
    else:
        batches = read_records(place, form, Options(), limits, Harvest(str(place), form.platform), batch=max(rows, 100))
        parts = (validate(batch, INTERACTIONS, Reading(str(place), _zone(limits, form.zone))) for batch in batches)
    shown = [INTERACTIONS.empty()]
    for part in parts:
        shown.append(part.rows.select(INTERACTIONS.names).head(rows).collect())
        if sum(map(len, shown)) >= rows:
            break
    return pl.concat(shown).head(rows)


def read_accounts(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``accounts`` from Parquet, CSV or NDJSON; see :func:`read_table`."""
    return read_table(path, ACCOUNTS, mapping=mapping, settings=settings)


def read_follows(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``follows`` from Parquet, CSV or NDJSON; see :func:`read_table`."""
    return read_table(path, FOLLOWS, mapping=mapping, settings=settings)


def read_affiliations(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``affiliations`` from Parquet, CSV or NDJSON; see :func:`read_table`."""
    return read_table(path, AFFILIATIONS, mapping=mapping, settings=settings)


def read_agencies(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``agencies`` from Parquet, CSV or NDJSON; see :func:`read_table`."""
    return read_table(path, AGENCIES, mapping=mapping, settings=settings)


def read_ownership(path: PathInput, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read table ``ownership`` from Parquet, CSV or NDJSON; see :func:`read_table`."""
    return read_table(path, OWNERSHIP, mapping=mapping, settings=settings)


def read_table(path: PathInput, table: Table, *, mapping: PathInput | None = None, settings: LoadSettings | None = None) -> pl.DataFrame:
    """Read any input table, validated, one row per key.

    Raises
    ------
    DataError
        The file is not such a table or too much of it is bad.
    ConfigurationError
        The mapping file is wrong.
    """
    rows, rejected, counts = load_table(path, table, mapping=mapping, settings=settings)
    warn_rejected(rejected, counts, str(path))
    return rows


def load_table(
    path: PathInput, table: Table, *, mapping: PathInput | None = None, settings: LoadSettings | None = None
) -> tuple[pl.DataFrame, pl.DataFrame, Mapping[str, int]]:
    """Read any input table; give it with its rejected rows and its counts."""
    place, limits = Path(path), settings or LoadSettings()
    check_readable(place)
    rules = None if mapping is None else read_mapping(Path(mapping), table)
    checked = _read_table(place, is_table(place, limits), table, rules, limits, None)
    distinct = deduplicate(checked.rows, table)
    counts = Counter(checked.counts) + Counter(distinct.counts)
    rows = distinct.rows.select(table.names).sort(table.key, maintain_order=True, nulls_last=True).collect()
    return rows, join_rejected([checked.rejected, distinct.rejected]), dict(sorted(counts.items()))


def _zone(settings: LoadSettings, default: str, mapping: MappingFile | None = None) -> str:
    """Zone of times without one: the mapping file's, else the settings', else the format's."""
    return check_zone((mapping.times.zone if mapping is not None else "") or settings.timezone or default)


def _read_table(
    path: Path, name: str, table: Table, rules: MappingFile | None, settings: LoadSettings, progress: Progress | None
) -> Checked:
    faults = Faults(str(path))
    parts: list[Checked] = []
    for part in _checked_parts(path, name, table, rules, settings, faults, BLOCK):
        parts.append(part)
        if progress is not None:
            progress(str(path), sum(done.counts.get("rows", 0) for done in parts))
    return _joined(parts, faults, str(path), settings)


def _joined(parts: list[Checked], faults: Faults, file: str, settings: LoadSettings) -> Checked:
    """Put the parts of one file together, and refuse it when too much of it is bad."""
    counts: Counter[str] = Counter()
    for part in parts:
        ignored = max(counts["ignored_columns"], part.counts.get("ignored_columns", 0))
        counts.update(part.counts)
        counts["ignored_columns"] = ignored
    counts["rows"] += len(faults)
    counts["rejected"] += len(faults)
    rejected = join_rejected([faults.frame(), *(part.rejected for part in parts)])
    check_share(rejected, counts["rows"], file, settings)
    rows = parts[0].rows if len(parts) == 1 else pl.concat([part.rows for part in parts])
    return Checked(rows, rejected, {key: count for key, count in sorted(counts.items()) if count})


def _checked_parts(
    path: Path, name: str, table: Table, rules: MappingFile | None, settings: LoadSettings, faults: Faults, block: int
) -> Iterator[Checked]:
    patterns = dict.fromkeys(table.names, rules.times.format) if rules is not None and rules.times.format is not None else {}
    reading = Reading(str(path), _zone(settings, "UTC", rules), patterns)
    digest = file_digest(path) if rules is not None and LINE in rules.columns else ""
    first = True
    for part in _table_parts(path, name, table, rules, settings, faults, block):
        held: pl.DataFrame | pl.LazyFrame = part
        if rules is not None:
            mapped = apply_mapping(part, rules, table, str(path), digest=digest, partial=not first and name == "ndjson")
            held = mapped.collect() if isinstance(part, pl.DataFrame) else mapped
        if not first and isinstance(held, pl.DataFrame):
            absent = [column for column in table.required if column not in held.columns]
            held = held.with_columns(pl.lit(None, dtype=pl.String).alias(column) for column in absent)
        yield validate(held, table, reading)
        first = False


def _table_parts(
    path: Path, name: str, table: Table, rules: MappingFile | None, settings: LoadSettings, faults: Faults, block: int
) -> Iterator[pl.DataFrame | pl.LazyFrame]:
    columns = list(table.columns) if rules is None else source_columns(rules, table)
    if name == "parquet":
        yield scan_parquet(path)
    elif name == "ndjson":
        yield from read_ndjson(path, columns, settings, faults, block)
    else:
        wanted = {column.name for column in columns}
        yield from read_csv(path, wanted.intersection, settings, faults)


def _take_records(
    path: Path, form: RecordFormat, options: Options, settings: LoadSettings, digest: str, found: _Gathered, progress: Progress | None
) -> None:
    file = str(path)
    harvest = Harvest(file, form.platform)
    reading = Reading(file, _zone(settings, form.zone))
    parts: list[Checked] = []
    for batch in read_records(path, form, options, settings, harvest):
        parts.append(validate(batch, INTERACTIONS, reading))
        if progress is not None:
            progress(file, sum(part.counts.get("rows", 0) for part in parts))
    checked = _joined(parts, harvest.faults, file, settings)
    rows, resolved = resolve(checked.rows, harvest.names, harvest.aliases) if harvest.refers else (checked.rows, {})
    found.records.append(_sourced(rows, digest))
    found.counts.update(resolved)
    _note(checked, found)
    found.tombstones |= harvest.tombstones
    found.counts.update(harvest.counts)
    for frame, table, into in ((harvest.take_accounts(), ACCOUNTS, found.accounts), (harvest.take_follows(), FOLLOWS, found.follows)):
        if len(frame):
            side = validate(frame, table, reading)
            into.append(side.rows.collect())
            found.counts.update({f"rejected_{table.name}": side.counts.get("rejected", 0)})


def _note(checked: Checked, found: _Gathered) -> None:
    found.rejected.append(checked.rejected)
    found.counts.update(checked.counts)


def _sourced(rows: pl.LazyFrame, digest: str) -> pl.LazyFrame:
    own = pl.concat_str(pl.lit(digest + "#"), pl.col(LINE).cast(pl.String))
    return rows.with_columns(pl.coalesce("source", own).alias("source"))


def _filled(rows: pl.LazyFrame, options: Options) -> pl.LazyFrame:
    """Fill in the root and the target that the user names, where the table says nothing."""
    if options.root is not None:
        elsewhere = pl.col("interaction_id") != options.root
        rows = rows.with_columns(
            pl.when(pl.col("root_id").is_null() & elsewhere).then(pl.lit(options.root)).otherwise("root_id").alias("root_id")
        )
    if options.target is not None:
        top = pl.col("parent_id").is_null() | (pl.col("parent_id") == pl.lit(options.root, dtype=pl.String)).fill_null(value=False)
        named = pl.lit(pl.Series([[options.target]]))
        rows = rows.with_columns(pl.when(pl.col("target_ids").is_null() & top).then(named).otherwise("target_ids").alias("target_ids"))
    return rows


def _finish(found: _Gathered) -> Loaded:
    frames = list(found.plain)
    if found.records:
        frames.append(settle_reposts(pl.concat(found.records).collect()).lazy())
    if not frames:
        raise DataError("no input file holds interactions")
    distinct = deduplicate(frames[0] if len(frames) == 1 else pl.concat(frames), INTERACTIONS)
    rows, buried = bury(distinct.rows, found.tombstones)
    if not found.plain:
        rows = rows.collect().lazy()
    counts = found.counts + Counter(distinct.counts) + Counter(buried)
    rejected = join_rejected([*found.rejected, distinct.rejected])
    return Loaded(
        interactions=rows.select(INTERACTIONS.names),
        accounts=_side_table(found.accounts, ACCOUNTS, counts),
        follows=_side_table(found.follows, FOLLOWS, counts),
        rejected=rejected,
        counts=dict(sorted(counts.items())),
    )


def _side_table(frames: list[pl.DataFrame], table: Table, counts: Counter[str]) -> pl.DataFrame | None:
    if not frames:
        return None
    distinct = deduplicate(pl.concat(frames).with_columns(pl.col(FILE)).lazy(), table)
    rows = distinct.rows.select(table.names).sort(table.key, maintain_order=True, nulls_last=True).collect()
    counts[f"{table.name}"] += len(rows)
    return rows

"""Files → validated tables: which reader, one file after the other, doubles across files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from graphwatch.load.chains import Handles
from graphwatch.load.containers import read_records
from graphwatch.load.duplicates import deduplicate
from graphwatch.load.extract import lacks_objects, with_objects
from graphwatch.load.formats import record_format
from graphwatch.load.harvest import Harvest
from graphwatch.load.mapping import Mapping as MappingFile
from graphwatch.load.parts import Part, filled, record_parts, settled, sourced, table_parts
from graphwatch.load.records import Options
from graphwatch.load.rejected import Faults, join_rejected, warn_rejected
from graphwatch.load.settle import bury
from graphwatch.load.sources import PathInput, Progress, Request, Source, make_request
from graphwatch.load.spill import Spill
from graphwatch.load.tabular import checked_parts, read_tabular, zone_of
from graphwatch.load.validate import Reading, validate
from graphwatch.schema import ACCOUNTS, FOLLOWS, INTERACTIONS, Table
from graphwatch.settings import LoadSettings


@dataclass(frozen=True, slots=True)
class Loaded:
    """Validated input, and what became of every row.

    Attributes
    ----------
    interactions
        All canonical columns, one row per (platform, interaction_id). Canonical Parquet is a scan that reads what is asked for; other
        formats are in memory, or past ``load.held_bytes`` a scan of temporary files that go when the interpreter ends.
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


class _Gathered:
    """What has been read so far, over all files."""

    def __init__(self, settings: LoadSettings) -> None:
        self.scans: list[pl.LazyFrame] = []
        self.tables, self.records, self.settled = Spill(settings), Spill(settings), Spill(settings)
        self.accounts, self.follows = Spill(settings), Spill(settings)
        self.rejected: list[pl.DataFrame] = []
        self.tombstones: set[tuple[str, str]] = set()
        self.handles = Handles()
        self.counts: Counter[str] = Counter()
        self._room = settings.held_bytes // 8

    def take(self, part: Part) -> None:
        """Keep one part."""
        for rows, into in ((part.rows, self.tables), (part.accounts, self.accounts), (part.follows, self.follows)):
            if rows is not None:
                into.add(rows)
        self.reject(part.rejected)
        self.counts.update(part.counts)
        self.tombstones |= part.tombstones
        self.handles.learn(part.names)
        if part.accounts is not None:
            self.handles.learn_accounts(part.accounts)

    def reject(self, rejected: pl.DataFrame) -> None:
        """Keep rejected rows, past some memory without their records."""
        size = int(rejected.estimated_size())
        if size > self._room:
            rejected = rejected.with_columns(pl.lit(None, dtype=pl.String).alias("record"))
            self.counts["rejected_without_record"] += len(rejected)
        self._room -= min(size, self._room)
        self.rejected.append(rejected)

    def clear(self) -> None:
        """Remove what lies in temporary files."""
        for spill in (self.tables, self.records, self.settled, self.accounts, self.follows):
            spill.clear()


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
    request = make_request(paths, format, mapping, Options(root, target), settings, progress)
    found = _Gathered(request.settings)
    found.counts["repeated_files"] = request.repeated
    try:
        for source in request.sources:
            _read(source, request, found)
        for part in settled(found.records, found.handles):
            found.counts.update(part.counts)
            if part.rows is not None:
                found.settled.add(part.rows)
        return _finish(found)
    except BaseException:
        found.clear()
        raise


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


def first_rows(place: Path, name: str, rules: MappingFile | None, rows: int, limits: LoadSettings) -> pl.DataFrame:
    """Give the first valid interactions of a file of a known format, reading no more of it than needed.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    form = record_format(name)
    if form is None:
        parts = checked_parts(place, name, INTERACTIONS, rules, limits, Faults(str(place)), block=2**16)
    else:
        batches = read_records(place, form, Options(), limits, Harvest(str(place), form.platform), batch=max(rows, 100))
        parts = (validate(batch, INTERACTIONS, Reading(str(place), zone_of(limits, form.zone))) for batch in batches)
    shown = [INTERACTIONS.empty()]
    for part in parts:
        shown.append(part.rows.select(INTERACTIONS.names).head(rows).collect())
        if sum(map(len, shown)) >= rows:
            break
    return pl.concat(shown).head(rows)


def _read(source: Source, request: Request, found: _Gathered) -> None:
    if source.format == "parquet":
        checked = read_tabular(source.path, source.format, INTERACTIONS, request.mapping, request.settings, request.progress)
        rows = filled(sourced(checked.rows, source.digest), request.options)
        lacking = request.settings.extract_objects and lacks_objects(checked.rows)
        found.scans.append(with_objects(rows, request.settings, only_missing=True) if lacking else rows)
        found.take(Part(rejected=checked.rejected, counts=Counter(checked.counts)))
        return
    parts = table_parts(source, request) if source.records is None else record_parts(source, source.records, request, found.records)
    for part in parts:
        found.take(part)


def _finish(found: _Gathered) -> Loaded:
    held = [scan for scan in (found.tables.scan(), found.settled.scan()) if scan is not None]
    frames = [*found.scans, *held] or [validate(INTERACTIONS.empty(), INTERACTIONS, Reading("")).rows]
    distinct = deduplicate(frames[0] if len(frames) == 1 else pl.concat(frames), INTERACTIONS)
    rows, buried = bury(distinct.rows, found.tombstones)
    if not found.scans and not found.tables and not found.settled.on_disk:
        rows = rows.collect().lazy()
    counts = found.counts + Counter(distinct.counts) + Counter(buried)
    return Loaded(
        interactions=rows.select(INTERACTIONS.names),
        accounts=_side_table(found.accounts, ACCOUNTS, counts),
        follows=_side_table(found.follows, FOLLOWS, counts),
        rejected=join_rejected([*found.rejected, distinct.rejected]),
        counts=dict(sorted(counts.items())),
    )


def _side_table(spill: Spill, table: Table, counts: Counter[str]) -> pl.DataFrame | None:
    scan = spill.scan()
    if scan is None:
        return None
    distinct = deduplicate(scan, table)
    rows = distinct.rows.select(table.names).sort(table.key, maintain_order=True, nulls_last=True).collect()
    spill.clear()
    counts[f"{table.name}"] += len(rows)
    return rows

"""One file → validated parts of bounded size, and at its end what only the whole of it tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from graphwatch.load.canonical import BLOCK
from graphwatch.load.chains import Handles, Names, passed_on, with_mentions, with_parents
from graphwatch.load.containers import read_records
from graphwatch.load.extract import lacks_objects, with_objects
from graphwatch.load.harvest import Harvest
from graphwatch.load.records import Options, RecordFormat
from graphwatch.load.rejected import REJECTED, Faults, Tally, join_rejected
from graphwatch.load.settle import resolve, settle_batch, settling_of
from graphwatch.load.sources import Request, Source
from graphwatch.load.spill import Spill
from graphwatch.load.tabular import checked_parts, zone_of
from graphwatch.load.texts import unescaped
from graphwatch.load.validate import LINE, Checked, Reading, validate
from graphwatch.schema import ACCOUNTS, FOLLOWS, INTERACTIONS

SIDE_ROWS: Final = 100_000


@dataclass(slots=True)
class Part:
    """Some rows of a file, validated, with ``_file`` and ``_line``; what there is none of is None or empty."""

    rows: pl.DataFrame | None = None
    accounts: pl.DataFrame | None = None
    follows: pl.DataFrame | None = None
    rejected: pl.DataFrame = field(default_factory=REJECTED.to_frame)
    counts: Counter[str] = field(default_factory=Counter)
    tombstones: set[tuple[str, str]] = field(default_factory=set)
    names: Names = field(default_factory=dict)


class _Ledger:
    """Keeps count of what becomes of the rows of one file."""

    def __init__(self, source: Source, request: Request) -> None:
        self._source, self._request = source, request
        self._tally = Tally()
        self._rows = self._ignored = 0

    def enter(self, checked: Checked | None, faults: Faults) -> Part:
        """Give a part's rejected rows, with those that never became a row, and what it adds to the counts."""
        lost = len(faults)
        held = [faults.take()] if lost else []
        counts = Counter({"rows": lost, "rejected": lost})
        if checked is not None:
            held.append(checked.rejected)
            counts.update(checked.counts)
            ignored, self._ignored = self._ignored, max(self._ignored, counts["ignored_columns"])
            counts["ignored_columns"] = self._ignored - ignored
        rejected = join_rejected(held)
        self._tally.add(rejected)
        self._rows += counts["rows"]
        self._request.report(self._source, self._rows)
        return Part(rejected=rejected, counts=+counts)

    def close(self) -> None:
        """Refuse the file when too much of it was bad."""
        self._tally.check(self._rows, str(self._source.path), self._request.settings)


def table_parts(source: Source, request: Request) -> Iterator[Part]:
    """Give the parts of a table; an error of the whole file comes after them."""
    ledger, faults = _Ledger(source, request), Faults(str(source.path))
    for checked in checked_parts(source.path, source.format, INTERACTIONS, request.mapping, request.settings, faults, BLOCK, whole=False):
        part = ledger.enter(checked, faults)
        rows = filled(sourced(checked.rows, source.digest), request.options)
        lacking = request.settings.extract_objects and lacks_objects(checked.rows)
        part.rows = (with_objects(rows, request.settings, only_missing=True) if lacking else rows).collect()
        yield part
    yield ledger.enter(None, faults)
    ledger.close()


def record_parts(source: Source, form: RecordFormat, request: Request, into: Spill) -> Iterator[Part]:
    """Give what a file of records says beside its interactions; these go ``into`` what holds them until all files have been read.

    Notes
    -----
    Names and other ids that the file refers to are known at its end only. Until then its rows are held, too, and of names one entry per
    account: that is the part of the memory that grows with the file.
    """
    file = str(source.path)
    ledger, harvest, own = _Ledger(source, request), Harvest(file, form.platform), Spill(request.settings)
    reading = Reading(file, zone_of(request.settings, form.zone))
    try:
        for batch in read_records(source.path, form, request.options, request.settings, harvest):
            if form.escaped:
                batch = batch.with_columns(unescaped(pl.col("text")))  # noqa: PLW2901
            checked = validate(batch, INTERACTIONS, reading)
            own.add(with_objects(sourced(checked.rows, source.digest), request.settings).collect())
            part = ledger.enter(checked, harvest.faults)
            if harvest.side_rows >= SIDE_ROWS:
                _add_side(part, harvest, reading)
            yield part
        last = ledger.enter(None, harvest.faults)
        last.counts.update(harvest.counts)
        last.names = {(form.platform, name): account for name, account in harvest.names.items()}
        _add_side(last, harvest, reading)
        for rows in own.drain():
            held = rows
            if harvest.refers:
                resolved, counts = resolve(rows.lazy(), harvest.names, harvest.aliases, pending=True)
                held = resolved.collect()
                last.counts.update(counts)
            into.add(held)
    finally:
        own.clear()
    last.counts = +last.counts
    yield last
    ledger.close()


def _add_side(part: Part, harvest: Harvest, reading: Reading) -> None:
    """Take what the harvest knows of accounts, follow edges and deletions."""
    part.tombstones = harvest.take_tombstones()
    accounts = [validate(frame, ACCOUNTS, reading) for frame in (*harvest.take_account_rows(), harvest.take_accounts())]
    follows = validate(harvest.take_follows(), FOLLOWS, reading)
    part.accounts, part.follows = pl.concat([side.rows for side in accounts]).collect(), follows.rows.collect()
    for table, sides in ((ACCOUNTS, accounts), (FOLLOWS, [follows])):
        part.counts[f"rejected_{table.name}"] += sum(side.counts.get("rejected", 0) for side in sides)


def settled(records: Spill, handles: Handles) -> Iterator[Part]:
    """Give the rows of all files of records, names and reposts settled, and let go of them.

    Notes
    -----
    Names are those of all files. What a repost passes on is looked up among all rows; of these the ones that some repost refers to are
    held, by id and author.
    """
    scan = records.scan()
    if scan is None:
        return
    names = handles.table()
    links = passed_on(scan, names)
    counts = Counter(chain_parents=len(links))
    known = settling_of(with_parents(scan, links))
    for rows in records.drain():
        named, lost = with_mentions(with_parents(rows.lazy(), links).collect(), names)
        counts["unresolved_mentions"] = lost
        yield Part(named if known is None else settle_batch(named, known), counts=+counts)
        counts = Counter()


def sourced(rows: pl.LazyFrame, digest: str) -> pl.LazyFrame:
    """Say where each row came from, unless it says so itself."""
    own = pl.concat_str(pl.lit(digest + "#"), pl.col(LINE).cast(pl.String))
    return rows.with_columns(pl.coalesce("source", own).alias("source"))


def filled(rows: pl.LazyFrame, options: Options) -> pl.LazyFrame:
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

"""Which format a file is in, from what is in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from graphwatch.errors import ColumnError, DataError, FormatError, Place
from graphwatch.load.containers import container_of, read_blocks
from graphwatch.load.database import is_database, table_heads
from graphwatch.load.delimited import first_record, read_header
from graphwatch.load.encoding import detect_encoding
from graphwatch.load.followthemoney import FOLLOWTHEMONEY, is_entity
from graphwatch.load.formats import FORMATS, RECORD_FORMATS, TABLE_FORMATS
from graphwatch.load.harvest import parse_json
from graphwatch.load.headers import TABLES, fit
from graphwatch.load.open import recognise
from graphwatch.load.parquet import column_names
from graphwatch.load.records import Record, numbered_lines
from graphwatch.load.rejected import Faults
from graphwatch.load.sheets import SPREADSHEET, find_header, is_workbook, read_sheets
from graphwatch.schema import INTERACTIONS
from graphwatch.settings import LoadSettings

SAMPLE: Final = 50
SAMPLE_BYTES: Final = 2**24
SURE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file seems to be.

    Attributes
    ----------
    format
        Name as in ``--format``.
    confidence
        Share of the sampled records (or of the required columns) that fit; in [0, 1], higher is surer.
    candidates
        Every format that fits anything, best first.
    evidence
        What this rests on, in words.
    """

    format: str
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    evidence: str


def sniff(path: str | Path, settings: LoadSettings | None = None) -> Sniffed:
    """Tell the format of a file from its content; its name plays no part.

    Parameters
    ----------
    path
        Plain, gzip or zstd.

    Returns
    -------
    Sniffed

    Raises
    ------
    FormatError
        It is empty, an archive, or cannot be told; the message lists what it might be and asks for ``--format``.
    DataError
        It cannot be read.
    """
    place, limits = Path(path), settings or LoadSettings()
    guess = look_at(place, limits)
    best = guess.confidence
    rivals = [name for name, share in guess.candidates if share == best]
    weak = best <= SURE if guess.format in TABLE_FORMATS else best < SURE  # of records, half may be bad: see load.max_rejected_share
    if weak or len(rivals) > 1:
        fits = ", ".join(f"{name} ({share:.0%})" for name, share in guess.candidates) or "none"
        raise FormatError(
            f"format cannot be told: {guess.evidence}; candidates: {fits}; give --format "
            f"({', '.join(FORMATS)}) or, for a table with other columns, a mapping file (--map)",
            Place(place),
        )
    return guess


def look_at(path: Path, settings: LoadSettings) -> Sniffed:
    """Give the best guess, however weak."""
    if is_database(path):
        return _of_whole(path, "database", settings)
    if is_workbook(path):
        return _of_workbook(path, settings)
    if recognise(path).parquet:
        names = column_names(path, settings)
        share = _required_share(names)
        return Sniffed("parquet", share, (("parquet", share),), f"Parquet with columns {', '.join(names[:20])}")
    container = container_of(path, settings)
    if container in {"document", "xml"}:
        return _of_whole(path, container, settings)
    records, other = _sample(path, settings)
    if records:
        return _of_records(records, other)
    return _of_table(path, settings)


def is_table(path: Path, settings: LoadSettings) -> str:
    """Container of a table, whatever its columns: ``parquet``, ``ndjson``, ``spreadsheet`` or ``csv``."""
    if is_workbook(path):
        return SPREADSHEET
    if recognise(path).parquet:
        return "parquet"
    records, _ = _sample(path, settings)
    return "ndjson" if records else "csv"


def _required_share(names: list[str]) -> float:
    return sum(name in names for name in INTERACTIONS.required) / len(INTERACTIONS.required)


def _sample(path: Path, settings: LoadSettings) -> tuple[list[Record], int]:
    """Give the first records, and how many of the first lines are none."""
    records: list[Record] = []
    other = size = 0
    try:
        for _, line in numbered_lines(path, settings):
            size += len(line or b"")
            if line is not None and (not line or line.isspace()):
                continue
            record = _record(line)
            if record is None:
                other += 1
            else:
                records.append(record)
            if len(records) + other >= SAMPLE or size > SAMPLE_BYTES:
                break
    except FormatError:
        if not records:
            raise
    return records, other


def _record(line: bytes | None) -> Record | None:
    if line is None or not line.lstrip().startswith(b"{"):
        return None
    try:
        value = parse_json(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _of_workbook(path: Path, settings: LoadSettings) -> Sniffed:
    """Say which sheet of a workbook holds which table."""
    sheets = read_sheets(path, settings)
    found = [(find_header(sheets, partial(fit, table=table), path), table) for table in (INTERACTIONS, *TABLES.values())]
    header, table = max(found, key=lambda pair: pair[0].score)
    share = float(header.score > 0)
    holds = f"that give table {table.name}" if share else "that fit no table: a mapping file says which is which"
    names = ", ".join(name for name in header.names[:20] if name)
    evidence = f"a workbook; sheet {header.sheet!r} has columns {names} in row {header.row}, {holds}"
    return Sniffed(SPREADSHEET, share, ((SPREADSHEET, share),), evidence)


def _of_whole(path: Path, container: str, settings: LoadSettings) -> Sniffed:
    if container == "database":
        heads = table_heads(path, settings)
        records = [head for head in heads if any(container in form.containers and form.recognise(head) for form in RECORD_FORMATS)] or heads
    else:
        pieces = {name for form in RECORD_FORMATS for name in form.pieces}
        block = next(read_blocks(path, container, settings, Faults(str(path)), pieces), iter(()))
        records = [record for _, record in islice(block, SAMPLE)]
    hits = Counter(form.name for record in records for form in RECORD_FORMATS if container in form.containers and form.recognise(record))
    if entities := sum(map(is_entity, records)) if container == "document" else 0:
        hits[FOLLOWTHEMONEY] = entities
    if not hits and container == "document":
        raise FormatError(
            "looks like one JSON array or object of no known format; expected one record a line (jq -c '.[]' makes that)", Place(path)
        )
    candidates = tuple((name, count / len(records)) for name, count in sorted(hits.items(), key=lambda item: (-item[1], item[0])))
    kind = {"xml": "XML elements", "database": "tables of an SQLite database"}.get(container, "JSON objects in one document")
    keys = ", ".join(sorted({key for record in records[:5] for key in record})[:20])
    name, share = candidates[0] if candidates else ("csv", 0.0)
    return Sniffed(name, share, candidates, f"{len(records)} {kind} with keys {keys}")


def _of_records(records: list[Record], other: int) -> Sniffed:
    hits = Counter[str]()
    for record in records:
        fits = [form.name for form in RECORD_FORMATS if "lines" in form.containers and form.recognise(record)]
        if all(name in record for name in INTERACTIONS.required):
            fits.append("ndjson")
        if is_entity(record):
            fits.append(FOLLOWTHEMONEY)
        hits.update(fits)
    total = len(records) + other
    candidates = tuple((name, count / total) for name, count in sorted(hits.items(), key=lambda item: (-item[1], item[0])))
    keys = ", ".join(sorted({key for record in records[:5] for key in record})[:20])
    evidence = f"{len(records)} of {total} lines are JSON objects with keys {keys}"
    name, share = candidates[0] if candidates else ("ndjson", 0.0)
    return Sniffed(name, share, candidates, evidence)


def _of_table(path: Path, settings: LoadSettings) -> Sniffed:
    text = first_record(path, detect_encoding(path, settings), settings)
    try:
        header = read_header(text, str(path)).names
    except ColumnError as error:
        return Sniffed("csv", 0.0, (), str(error))
    names = [name.lower() for name in header]
    fits = [form.name for form in RECORD_FORMATS if "csv" in form.containers and form.recognise(dict.fromkeys(header))]
    if fits:
        return Sniffed(fits[0], 1.0, tuple((name, 1.0) for name in fits), f"a table with columns {', '.join(names[:20])}")
    share = _required_share(names)
    evidence = f"a table with columns {', '.join(names[:20])}" if len(names) > 1 else "neither JSON lines nor a table with columns"
    return Sniffed("csv", share, (("csv", share),) if share else (), evidence)


def check_readable(path: Path) -> None:
    """Refuse a path that is no file, before anything else is said of it.

    Raises
    ------
    DataError
        There is no such file, or it is a folder.
    """
    if path.is_dir():
        raise DataError("is a folder; expected a file", Place(path))
    if not path.exists():
        raise DataError("does not exist", Place(path))

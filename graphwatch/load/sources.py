"""The files of one load: each once, with its format, and what the user says of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from graphwatch.errors import ConfigurationError
from graphwatch.load.formats import record_format
from graphwatch.load.mapping import Mapping as MappingFile
from graphwatch.load.mapping import read_mapping
from graphwatch.load.open import file_digest
from graphwatch.load.records import Options, RecordFormat
from graphwatch.load.sniff import check_readable, is_table, sniff
from graphwatch.settings import LoadSettings

PathInput = str | PathLike[str]
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Attributes
    ----------
    path, digest
        Where it lies, and the first 16 hexadecimal digits of its SHA-256.
    format
        Name as in ``--format``.
    records
        How its records are mapped; None: it is a table.
    """

    path: Path
    digest: str
    format: str
    records: RecordFormat | None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read, and how.

    Attributes
    ----------
    sources
        Files in the order given, each content once.
    repeated
        How many were left out because their content is another's.
    mapping
        Rules for tables with other column names.
    """

    sources: tuple[Source, ...]
    repeated: int
    mapping: MappingFile | None
    options: Options
    settings: LoadSettings
    progress: Progress | None = None

    def report(self, source: Source, rows: int) -> None:
        """Say how many rows of a file have been read."""
        if self.progress is not None:
            self.progress(str(source.path), rows)


def make_request(
    paths: PathInput | Sequence[PathInput],
    format: str | None,  # noqa: A002
    mapping: PathInput | None,
    options: Options,
    settings: LoadSettings | None,
    progress: Progress | None = None,
) -> Request:
    """Look at all files before any is loaded.

    Raises
    ------
    DataError
        A file cannot be read, or its format cannot be told.
    ConfigurationError
        There is no file, or the format or the mapping file is wrong.
    """
    limits = settings or LoadSettings()
    files = [Path(path) for path in ([paths] if isinstance(paths, (str, PathLike)) else paths)]
    if not files:
        raise ConfigurationError("no input file was given")
    form = None if format is None else record_format(format)
    rules = None if mapping is None else read_mapping(Path(mapping))
    if rules is not None and form is not None:
        raise ConfigurationError(f"a mapping file is for tables, not for format {format!r}")
    found: dict[str, Source] = {}
    for path in files:
        check_readable(path)
        digest = file_digest(path)
        if digest not in found:
            name = format or (is_table(path, limits) if rules is not None else sniff(path, limits).format)
            found[digest] = Source(path, digest, name, record_format(name))
    return Request(tuple(found.values()), len(files) - len(found), rules, options, limits, progress)

"""The files of one load: each once, with its format, and what the user says of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from threading import Thread

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
    path
        Where it lies.
    hashed
        Its digest, which may still be under way.
    format
        Name as in ``--format``.
    records
        How its records are mapped; None: it is a table.
    """

    path: Path
    hashed: Future[str]
    format: str
    records: RecordFormat | None

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the file's SHA-256; waits for them."""
        return self.hashed.result()


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
        hashed = _begin_digest(path)
        content = hashed.result() if len(files) > 1 else ""
        if content not in found:
            name = format or (is_table(path, limits) if rules is not None else sniff(path, limits).format)
            found[content] = Source(path, hashed, name, record_format(name))
    return Request(tuple(found.values()), len(files) - len(found), rules, options, limits, progress)


def _begin_digest(path: Path) -> Future[str]:
    """Hash a file while it is being parsed. The thread does not keep a program alive that was told to stop."""
    hashed: Future[str] = Future()

    def work() -> None:
        try:
            hashed.set_result(file_digest(path))
        except BaseException as error:
            hashed.set_exception(error)

    Thread(target=work, name="graphwatch-digest", daemon=True).start()
    return hashed

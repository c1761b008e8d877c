"""First load of a whole case by Neo4j's own importer, which writes the store's files while no server runs.

It is three to six times as fast as a connection. It reads CSV. Results, which are few and hold lists, are left to
:func:`graphwatch.store.write.load` afterwards: CSV cannot tell an empty list from none.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.errors import ConfigurationError, OutputError, Place, UnavailableError
from graphwatch.schema import STRINGS
from graphwatch.settings import Neo4jSettings
from graphwatch.store.connection import access_of, connect
from graphwatch.store.cypher import is_time
from graphwatch.store.first import ACTS
from graphwatch.store.local import LocalServer
from graphwatch.store.project import Projection
from graphwatch.store.runtime import release_of
from graphwatch.store.shape import BY_LABEL, KINDS, Edge, Kind, Node
from graphwatch.store.write import SOURCE, Progress, Written, load

_UNDER_WAY: Final = "importing"
_FOLDER: Final = "import"
_TYPES: Final = {pl.Int64: "long", pl.Float64: "double", pl.Boolean: "boolean", pl.String: "string"}
_TIME: Final = "%Y%m%dT%H:%M:%S%.fZ"  # the form that Neo4j's pattern of times tries first; a tenth of the importer's time against dashes
_LONG_TIME: Final = "%Y-%m-%dT%H:%M:%S%.fZ"  # years of other than four digits want dashes
_YEARS: Final = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))


def import_case(
    server: LocalServer, projection: Projection, settings: Neo4jSettings, *, overwrite: bool = False, progress: Progress | None = None
) -> Written:
    """Fill a local server's empty database, start the server, and write the rest through it.

    Parameters
    ----------
    server
        Its database must be empty; it is stopped for the import.
    projection
        What is to be written.
    overwrite
        Take away what the database holds.
    progress
        See :func:`graphwatch.store.write.load`.

    Returns
    -------
    Written
        Rows by kind.

    Raises
    ------
    ConfigurationError
        The database holds something.
    UnavailableError
        The importer failed; its last words are in the message. Nothing of a failed import is kept.
    """
    mark, tell = server.home / _UNDER_WAY, progress or _silent
    if not overwrite and not mark.exists():
        _require_empty(server, settings)
    server.down()
    server.make_home()
    folder = server.home / _FOLDER
    try:
        mark.touch()
        arguments, rows = _write_files(folder, projection, tell)
        report = f"--report-file={folder / 'import.report'}"  # else it lies where the user happens to be
        words = ["database", "import", "full", settings.database, report, *_OPTIONS, *arguments]
        done = server.admin(words, release_of(settings.version))
        if done.returncode:
            raise UnavailableError(f"the importer failed: {_cause(done.stderr + done.stdout)}", Place(server.home))
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(folder)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    total = sum(rows.values())
    tell("importer", total, total)
    server.up(settings)
    tell("server", 1, 1)
    mark.unlink()
    with connect(access_of(settings, folder=server.home), settings) as store:
        rest = load(store, projection, progress)
    rest.written = {name: count for name, count in rows.items() if count} | rest.written
    rest.unchanged = []
    return rest


_OPTIONS: Final = (
    "--overwrite-destination=true",
    "--bad-tolerance=0",
    "--id-type=actual",
    "--read-buffer-size=32m",
    "--threads=2",
    "--verbose",
)


def _require_empty(server: LocalServer, settings: Neo4jSettings) -> None:
    if not (server.home / "data" / "databases" / settings.database).exists():
        return
    server.up(settings)
    with connect(access_of(settings, folder=server.home), settings) as store:
        if store.value("MATCH (n) RETURN 1 LIMIT 1") is not None:
            raise ConfigurationError("the database holds data; 'sync' brings it up to date, --overwrite takes it away", Place(server.home))


def _cause(told: str) -> str:
    """Find the cause at the bottom of what a Java program printed."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by:") or "Error" in line]
    return " ".join((causes or lines)[-2:])[-800:]


def by_import(kind: Kind) -> bool:
    """Say whether a kind is written by the importer.

    Examples
    --------
    >>> [kind.name for kind in KINDS if isinstance(kind, Node) and not by_import(kind)]
    ['PileOn', 'Campaign', 'Alert']
    """
    if isinstance(kind, Edge):
        return by_import(BY_LABEL[kind.start]) and by_import(BY_LABEL[kind.end]) and not any(_is_result(table) for table in kind.tables)
    return not _is_result(kind.tables[0]) and all(column.dtype != STRINGS for column in kind.properties)


def _is_result(table: str) -> bool:
    return table.startswith("results/")


def _silent(_: str, __: int, ___: int) -> None:
    return


def _write_files(folder: Path, projection: Projection, tell: Progress) -> tuple[list[str], dict[str, int]]:
    """Write a file for each kind, and one of checkpoints, so that a store is known for ours from its first moment on.

    Nodes are numbered through, and relationships name them by number: the importer takes the numbers as they are instead of sorting keys.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    arguments, lines, marks = [], [], [(SOURCE, projection.source.name, 0, False)]
    rows: dict[str, int] = {}
    first: dict[str, int] = {}
    nodes = 0
    with ThreadPoolExecutor(1) as pool:
        encoded = pool.submit(lambda: projection.events)  # all but the acts' own file need them
        for kind in (ACTS, *(kind for kind in KINDS if kind is not ACTS and by_import(kind))):
            if isinstance(kind, Node):
                frame = projection.frame(kind)
                first[kind.label], nodes = nodes, nodes + len(frame)
                told, word = frame.insert_column(0, _count(":ID", first[kind.label], nodes)), f"--nodes={kind.label}"
            else:
                frame = projection.numbered(kind)
                ends = [(pl.col(column) + first[label]).alias(f":{column.upper()}_ID") for column, label in kind.sides]
                told, word = frame.select(*ends, pl.exclude("start", "end")), f"--relationships={kind.type}"
            path = folder / f"{len(rows):02d}.csv"
            lines += [path] if write_file(path, told) else []
            arguments.append(f"{word}={path}")
            rows[kind.name] = len(frame)
            marks.append((kind.name, projection.token(kind), len(frame), True))
            tell(f"file of {kind.name}", len(frame), len(frame))
            encoded.result()
    path = folder / "checkpoints.csv"
    frame = pl.DataFrame(marks, schema=["step", "token", "rows", "complete"], orient="row")
    write_file(path, frame.insert_column(0, _count(":ID", nodes, nodes + len(frame))))
    several = [f"--multiline-fields={','.join(map(str, lines))}", "--multiline-fields-format=v2"] if lines else []
    return [*several, *arguments, f"--nodes=Checkpoint={path}"], rows


def _count(name: str, low: int, high: int) -> pl.Series:
    return pl.int_range(low, high, eager=True).alias(name)


def write_file(path: Path, frame: pl.DataFrame) -> bool:
    """Write a file; say whether values in it go over several lines, which the importer reads at a slower pace."""
    words = frame.select(pl.selectors.string())
    several = any(words.select(pl.col(name).str.contains(r"[\r\n]").any()).item() for name in words.columns) if len(frame) else False
    told = frame.with_columns(in_words(frame[name]) for name, dtype in frame.schema.items() if is_time(dtype))
    told.columns = [name if name.startswith(":") else f"{name}:{_type(dtype)}" for name, dtype in frame.schema.items()]
    told.write_csv(path, quote_style="non_numeric")
    return bool(several)


def in_words(times: pl.Series) -> pl.Series:
    """Write times as the importer reads them.

    Examples
    --------
    >>> in_words(pl.Series([0, 1_500_000, None], dtype=pl.Datetime("us", "UTC"))).to_list()
    ['19700101T00:00:00Z', '19700101T00:00:01.500Z', None]
    """
    return times.dt.to_string(_TIME if times.is_between(*_YEARS).all() else _LONG_TIME)


def _type(dtype: pl.DataType) -> str:
    return "datetime" if is_time(dtype) else _TYPES[type(dtype)]

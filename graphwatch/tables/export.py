"""Canonical files of a case: for other tools, for another case, for somebody else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Final, Literal, Protocol

import orjson
import polars as pl

from graphwatch.errors import ConfigurationError
from graphwatch.folder import whole_folder
from graphwatch.load import write_csv, write_ndjson, write_parquet
from graphwatch.schema import INPUTS, STRINGS
from graphwatch.tables.damage import undamaged
from graphwatch.tables.external_sort import BATCH, SortedRuns, draw
from graphwatch.tables.layout import INTERACTIONS_TABLE
from graphwatch.tables.observations import read_current
from graphwatch.tables.opened import OpenCase
from graphwatch.tables.redact import ACCOUNT_COLUMNS, ACT_COLUMNS
from graphwatch.tables.window import read_window

EXPORT_FILE: Final = "export.json"
FORMATS: Final = {"parquet": write_parquet, "csv": write_csv, "ndjson": write_ndjson}
TELLING: Final = ("name", "source")  # columns that tell who it is although they hold no id
HIDES: Final = ("interactions", "accounts")  # agencies and companies keep their names
Kind = Literal["account", "interaction"]
Window = tuple[datetime | str | None, datetime | str | None, str | None]
_ROW_GROUP: Final = 131_072


class Names(Protocol):
    """Gives stand-ins for ids, e.g. :class:`graphwatch.review.pseudonyms.Pseudonyms`."""

    @property
    def key_id(self) -> str:
        """Tell which key it uses, without telling the key."""
        ...

    def series(self, identifiers: pl.Series, kind: Kind = "account") -> pl.Series:
        """Give the stand-ins of many ids; an id's depends on nothing but the id."""
        ...


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported.

    Attributes
    ----------
    case_id, version
        From which case, and which version of it.
    since, until, target
        Window of the interactions.
    format
        ``parquet``, ``csv`` or ``ndjson``.
    rows
        Rows by table.
    texts
        Whether the words are in it.
    key_id
        Which key the pseudonyms were made with; None: the ids are the platforms' own.
    """

    case_id: str
    version: int
    since: str | None
    until: str | None
    target: str | None
    format: str
    rows: dict[str, int]
    texts: bool
    key_id: str | None


def export(
    case: OpenCase,
    out: str | PathLike[str],
    *,
    version: int | None = None,
    window: Window = (None, None, None),
    tables: Sequence[str] | None = None,
    format: str = "parquet",  # noqa: A002
    texts: bool = True,
    names: Names | None = None,
) -> Exported:
    """Write tables of a case as canonical files into a folder, which is complete or absent.

    Parameters
    ----------
    out
        Folder; an earlier export there is replaced as a whole.
    version
        Version of the case; the newest when not given.
    window
        Since, until and target of the interactions, as of :meth:`graphwatch.tables.Case.window`; other tables are whole.
    tables
        Input tables; all that hold rows when not given.
    format
        ``parquet``, ``csv`` or ``ndjson``.
    texts
        Whether to write the words of interactions.
    names
        Gives pseudonyms for the ids of accounts and interactions. Then the names of accounts and the places in source files are left
        out, and what is shared becomes a pseudonym, too, since a link often names an account: equal things stay equal.

    Raises
    ------
    ConfigurationError
        No such table, format or version.
    OutputError
        The folder cannot be written.
    """
    if format not in FORMATS:
        raise ConfigurationError(f"there is no format {format!r}; expected {', '.join(FORMATS)}")
    for name in tables or ():
        if name not in INPUTS:
            raise ConfigurationError(f"a case exports no table {name!r}; it exports {', '.join(INPUTS)}")
    at = case.at(case.version if version is None else version)  # tables are read one after the other, while others may write
    since, until = (None if bound is None else str(bound) for bound in window[:2])
    target = window[2]
    hidden = target if names is None or target is None else names.series(pl.Series([target]))[0]
    with whole_folder(Path(out), EXPORT_FILE) as folder:
        rows = {}
        for name in tables if tables is not None else INPUTS:
            path = folder / f"{name}.{format}"
            if name == INTERACTIONS_TABLE:
                rows[name] = _write_interactions(at, window, path, texts=texts, names=names)
                continue
            with undamaged(case.root, at.tables()):
                frame = read_current(at, name)
            if tables is not None or len(frame):
                frames = {name: INPUTS[name].conform(frame).sort(INPUTS[name].key, nulls_last=True, maintain_order=True)}
                FORMATS[format]((frames if names is None else hide(frames, names))[name], path)
                rows[name] = len(frame)
        told = Exported(case.id, at.version, since, until, hidden, format, rows, texts, None if names is None else names.key_id)
        (folder / EXPORT_FILE).write_bytes(orjson.dumps(asdict(told), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return told


def _write_interactions(case: OpenCase, window: Window, path: Path, *, texts: bool, names: Names | None) -> int:
    """Write interactions by key, of which one batch at a time is in memory; give their number."""
    with tempfile.TemporaryDirectory(dir=path.parent.parent) as work:  # beside the folder that becomes the export, removed with it
        runs = SortedRuns(Path(work), INPUTS[INTERACTIONS_TABLE].key, batch=BATCH)
        with undamaged(case.root, case.tables()):
            rows = read_window(case, *window)
            for frame in draw(rows if texts else rows.with_columns(pl.lit(None, dtype=pl.String).alias("text")), BATCH):
                whole = INPUTS[INTERACTIONS_TABLE].conform(frame)
                runs.add(whole if names is None else hide({INTERACTIONS_TABLE: whole}, names)[INTERACTIONS_TABLE])
        write_batches(runs.batches(), path, Path(work))
        return runs.rows


def write_batches(batches: Iterable[pl.DataFrame], path: Path, work: Path) -> None:
    """Write frames of the same columns, one at least, into one file, as if they were one frame.

    Parameters
    ----------
    batches
        The rows in order.
    path
        The file; its name ends in one of the formats. CSV and NDJSON are the bytes that one frame would give; Parquet has other row groups.
    work
        Folder for temporary files on the same disk.
    """
    form = path.suffix.removeprefix(".")
    parts: list[Path] = []
    for batch in batches:
        parts.append(work / f"part-{len(parts)}.{form}")
        FORMATS[form](batch, parts[-1])
        if form != "parquet" and len(parts) > 1:
            _append(parts.pop(), parts[0], heading=form == "csv")
    if len(parts) == 1:
        parts[0].replace(path)
        return
    pl.scan_parquet(parts, glob=False, hive_partitioning=False).sink_parquet(work / "whole", row_group_size=_ROW_GROUP)
    (work / "whole").replace(path)


def _append(part: Path, whole: Path, *, heading: bool) -> None:
    with part.open("rb") as source, whole.open("ab") as sink:
        if heading:
            source.readline()
        shutil.copyfileobj(source, sink)
    part.unlink()


def hide(frames: dict[str, pl.DataFrame], names: Names) -> dict[str, pl.DataFrame]:
    """Put pseudonyms in the place of ids; one id has the same pseudonym in all frames, and in all calls with the same key."""
    accounts = _table(frames, ACCOUNT_COLUMNS, names, "account")
    acts = _table(frames, ACT_COLUMNS, names, "interaction")
    shared = _table(
        {name: frame.select("objects") for name, frame in frames.items() if "objects" in frame.columns}, {"objects"}, names, "interaction"
    )
    hidden = {}
    for name, frame in frames.items():
        changes: list[pl.Expr] = [
            pl.lit(None, dtype=pl.String).alias(column) for column in TELLING if column in frame.columns and name in HIDES
        ]
        for column, dtype in frame.schema.items():
            known = accounts if column in ACCOUNT_COLUMNS else acts if column in ACT_COLUMNS else None
            if column == "objects":
                changes.append(pl.col(column).list.eval(_object(pl.element(), shared)))
            elif known is not None and dtype == STRINGS:
                changes.append(pl.col(column).list.eval(_replaced(pl.element(), known)))
            elif known is not None and dtype == pl.String:
                changes.append(_replaced(pl.col(column), known))
        hidden[name] = frame.with_columns(changes).sort(INPUTS[name].key, nulls_last=True, maintain_order=True)
    return hidden


def _table(frames: dict[str, pl.DataFrame], columns: frozenset[str] | set[str], names: Names, kind: Kind) -> dict[str, str]:
    """Give id → pseudonym for all ids of some columns."""
    found = [pl.Series("id", [], dtype=pl.String)]
    for frame in frames.values():
        for column, dtype in frame.schema.items():
            if column in columns and dtype in (pl.String, STRINGS):
                values = frame[column].explode(empty_as_null=True) if dtype == STRINGS else frame[column]
                found.append(values.drop_nulls().unique().alias("id"))
    ids = pl.concat(found).unique().sort()
    return dict(zip(ids.to_list(), names.series(ids, kind).to_list(), strict=True))


def _replaced(column: pl.Expr, known: dict[str, str]) -> pl.Expr:
    return column.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String) if known else column


def _object(column: pl.Expr, known: dict[str, str]) -> pl.Expr:
    """Keep what sort of thing it is: ``url:`` and so on."""
    return pl.concat_str(column.str.extract(r"^([a-z]+:)").fill_null(""), _replaced(column, known))

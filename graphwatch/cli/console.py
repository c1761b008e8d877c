"""What the command line prints: results to stdout, log and progress to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

if TYPE_CHECKING:
    import polars as pl

WIDE: Final = 200  # a pipe or a file has no width; ids must not be folded there
out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False)


def print_json(value: Mapping[str, Any] | list[Any]) -> None:
    """Print a value as JSON to stdout, keys sorted."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z, default=str).decode() + "\n")


def progress_shown() -> Callable[[str], Any]:
    """Give a context manager by stage that says on stderr what is being done."""

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        if err.is_terminal:
            with err.status(Text(name)):
                yield
            err.print(Text(f"✓ {name}"))
        else:
            err.print(Text(f"graphwatch: {name}"), soft_wrap=True)
            yield

    return stage


def print_records(frame: pl.DataFrame) -> None:
    """Print the rows of a frame as columns, without the columns that are null throughout."""
    table = RichTable(box=None, pad_edge=False)
    table.add_column("column")
    for number in range(1, len(frame) + 1):
        table.add_column(f"row {number}", overflow="fold", max_width=40)
    for name in frame.columns:
        if frame[name].null_count() < len(frame):
            table.add_row(name, *(Text("" if value is None else str(value)) for value in frame[name].to_list()))
    out.print(table)


def print_findings(frames: Mapping[str, pl.DataFrame], missing: tuple[str, ...], summary: Mapping[str, Any], folder: Path) -> None:
    """Tell what matters first: what was found, on whom, what to open."""
    from graphwatch.report.summary import headline, pileon_lines

    out.print(Text(headline(frames, summary)), soft_wrap=True)
    lines = pileon_lines(frames, limit=15)
    if lines:
        columns = ("pile-on", "nature", "target", "onset (UTC)", "accounts", "hostile", "q", "first by credit", "agency")
        shown = columns if out.width >= 110 else columns[:6]
        table = RichTable(box=None, pad_edge=False)
        for name in shown:
            table.add_column(name, overflow="fold", justify="right" if name in ("accounts", "hostile", "q") else "left")
        for line in lines:
            table.add_row(*(Text(cell) for cell in line[: len(shown)]))
        out.print(table)
        if len(frames["pileons"]) > len(lines):
            out.print(f"and {len(frames['pileons']) - len(lines)} more: {folder / 'pileons.parquet'}", soft_wrap=True)
    for note in missing:
        out.print(Text(f"missing: {note}"), soft_wrap=True)
    if summary["rejected"]:
        were = "row was" if summary["rejected"] == 1 else "rows were"
        out.print(Text(f"{summary['rejected']} {were} set aside: {folder / 'rejected.ndjson'}"), soft_wrap=True)
    if summary.get("input_warnings"):
        out.print(Text(f"{summary['input_warnings']} values look wrong and were kept: {folder / 'warnings.ndjson'}"), soft_wrap=True)
    out.print(Text(f"report: {folder / 'report.html'}"), soft_wrap=True)

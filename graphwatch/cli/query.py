"""Verbs ``queries`` and ``query``: named queries over tables, or over Neo4j."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from rich.table import Table as RichTable
from rich.text import Text

from graphwatch.cli.app import ConfigOption, JsonOption, SetOption, app, settings_of
from graphwatch.cli.console import err, out, print_json
from graphwatch.cli.trace import NamesOption

if TYPE_CHECKING:
    import polars as pl

    from graphwatch.ask import Parameter, Query


class Form(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


_READABLE: Final = 20  # what a column needs at least before its values are folded
_FORMS: Final[dict[Form, Literal["table", "csv", "json", "parquet"]]] = {
    Form.table: "table",
    Form.csv: "csv",
    Form.json: "json",
    Form.parquet: "parquet",
}


@app.command()
def queries(
    name: Annotated[str | None, typer.Argument(help="Query; all when not given.")] = None,
    cypher: Annotated[bool, typer.Option("--cypher", help="With a name: print its Cypher.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the named queries, or print the parameters and columns of one."""
    from graphwatch.ask import catalogue, find_query

    with _usage():
        if cypher and name is None:
            raise typer.BadParameter("--cypher needs the name of a query")
        chosen = list(catalogue().values()) if name is None else [find_query(name)]
    if as_json:
        print_json([_told(found) for found in chosen])
    elif cypher:
        sys.stdout.write(chosen[0].cypher)
    elif name is None:
        shown = RichTable(box=None, pad_edge=False)
        for title in ("query", "parameters", "purpose"):
            shown.add_column(title, overflow="fold")
        for found in chosen:
            shown.add_row(found.name, " ".join(p.name for p in found.parameters if p.required), Text(found.purpose))
        out.print(shown)
    else:
        _print_query(chosen[0])


@app.command()
def query(
    name: Annotated[str, typer.Argument(help="Query, as 'graphwatch queries' lists them.")],
    parameters: Annotated[list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="Parameter; repeatable.")] = None,
    case: Annotated[Path | None, typer.Option("--case", metavar="CASE", help="Case folder.")] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="With --case: a run by its id; the newest when not given.")
    ] = None,
    result: Annotated[Path | None, typer.Option("--result", metavar="DIR", help="Result folder of a run.")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", metavar="PATH", help="With --result: files of interactions, or a folder of tables; repeatable."),
    ] = None,
    neo4j: Annotated[
        str | None, typer.Option("--neo4j", metavar="URI", help="Ask the store there; own: that of the settings, or of the case.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="table, csv, json or parquet.")] = Form.table,
    out_file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there; stdout when not given.")] = None,
    names: NamesOption = False,
    config: ConfigOption = None,
    set_values: SetOption = None,
) -> None:
    """Run a named query. Accounts and interactions are shown, and may be named, by their pseudonyms; --names shows real ids."""
    from graphwatch.ask import find_query
    from graphwatch.ask.hidden import hide, resolve
    from graphwatch.ask.parameters import check, pairs
    from graphwatch.ask.run import OWN, answer, answer_from_store, open_tables
    from graphwatch.review.pseudonyms import Pseudonyms

    settings, pseudonyms = settings_of(config, set_values), Pseudonyms.load()
    with _usage():
        found = find_query(name)
        given = check(found, pairs(parameters or []))
        if form is Form.parquet and out_file is None and sys.stdout.isatty():
            raise typer.BadParameter("Parquet is no text; give --out FILE")
        if neo4j is not None and (result is not None or data or run is not None):
            raise typer.BadParameter("--neo4j asks the store; --result, --data and --run are for tables")
        ground = None if neo4j is not None else open_tables(case=case, run=run, result=result, data=data or [], settings=settings)
    if neo4j is not None:
        from graphwatch.store import access_of, connect

        with connect(access_of(settings.neo4j, uri=None if neo4j == OWN else neo4j, folder=case), settings.neo4j) as store:
            frame = answer_from_store(found, resolve(given, found, pseudonyms, store), store)
    elif ground is not None:
        frame = answer(found, resolve(given, found, pseudonyms, ground), ground, settings.neo4j.query_s)
    if names:
        err.print("graphwatch: real ids are shown; no person has reviewed these findings")
    elif pseudonyms.warning:
        err.print(Text(f"graphwatch: {pseudonyms.warning}"), soft_wrap=True)
    _write(frame if names else hide(frame, found, pseudonyms), form, out_file)
    if frame.is_empty():
        from graphwatch.ask.written import cell

        asked = ", ".join(f"{p.name} = {cell(given.values[p.name])}" for p in found.parameters if p.required)
        told = f" for {asked}; an id that is not in the data gives none, too" if asked else ""
        err.print(Text(f"graphwatch: no rows{told}"), soft_wrap=True)
    elif found.is_limited and len(frame) == given.whole("limit"):
        err.print(f"graphwatch: cut at {len(frame):,} rows; -p limit=N gives more")


@contextmanager
def _usage() -> Iterator[None]:
    """Turn a wrong parameter into a usage error, exit code 2."""
    from graphwatch.ask import ParameterError

    try:
        yield
    except ParameterError as error:
        raise typer.BadParameter(str(error)) from error


def _print_query(found: Query) -> None:
    out.print(Text(f"{found.name}: {found.purpose}"), soft_wrap=True)
    shown = RichTable(title="parameters", title_justify="left", box=None, pad_edge=False)
    for title in ("name", "type", "default", "meaning"):
        shown.add_column(title, overflow="fold")
    for p in found.parameters:
        shown.add_row(p.name, p.type, Text(default_of(p)), Text(p.meaning))
    out.print(shown)
    columns = RichTable(title="columns", title_justify="left", box=None, pad_edge=False)
    for title in ("name", "type", "meaning"):
        columns.add_column(title, overflow="fold")
    for c in found.table.columns:
        columns.add_row(c.name, str(c.dtype), Text(c.meaning))
    out.print(columns)
    out.print(Text("order: " + ", ".join(name + (" desc" if down else "") for name, down in found.order)), soft_wrap=True)


def default_of(parameter: Parameter) -> str:
    """Say what holds where a parameter is not given."""
    if parameter.required:
        return "required"
    return "none" if parameter.default is None else str(parameter.default)


def _told(found: Query) -> dict[str, object]:
    parameters = [
        {"name": p.name, "type": p.type, "required": p.required, "default": p.default, "low": p.low, "high": p.high, "choices": p.choices}
        | {"meaning": p.meaning}
        for p in found.parameters
    ]
    columns = [{"name": c.name, "type": str(c.dtype), "meaning": c.meaning} for c in found.table.columns]
    order = [{"column": name, "descending": down} for name, down in found.order]
    return {"name": found.name, "purpose": found.purpose, "parameters": parameters, "columns": columns, "order": order}


def _write(frame: pl.DataFrame, form: Form, path: Path | None) -> None:
    from graphwatch.ask.written import as_bytes

    if path is not None:
        from graphwatch.load import whole_file

        with whole_file(path) as part:
            part.write_bytes(as_bytes(frame, _FORMS[form]))
        err.print(Text(f"graphwatch: wrote {path}"), soft_wrap=True)
    elif form is not Form.table:
        typer.echo(as_bytes(frame, _FORMS[form]), nl=False)
    else:
        _print_rows(frame)


def _print_rows(frame: pl.DataFrame) -> None:
    """Print rows side by side; one below the other where a terminal is too narrow for that, their empty values left out."""
    from rich.cells import cell_len

    from graphwatch.ask.written import cell

    rows = [[cell(value) for value in row] for row in frame.iter_rows()]
    widest = [max(map(cell_len, column)) for column in zip(frame.columns, *rows, strict=True)]
    if rows and out.is_terminal and sum(min(width, _READABLE) + 1 for width in widest) > out.width:
        for number, row in enumerate(rows, 1):
            shown = RichTable(title=f"row {number}", title_justify="left", box=None, pad_edge=False, show_header=False)
            for name, value in zip(frame.columns, row, strict=True):
                if value:
                    shown.add_row(name, Text(value, overflow="fold"))
            out.print(shown)
        return
    shown = RichTable(box=None, pad_edge=False)
    for name in frame.columns:
        shown.add_column(name, overflow="fold")
    for row in rows:
        shown.add_row(*map(Text, row))
    out.print(shown)

"""Verb ``run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import polars as pl
import typer
from rich.text import Text

from graphwatch.cli.app import ConfigOption, FormatOption, JsonOption, MapOption, SeedOption, SetOption, TableFile, app, settings_of
from graphwatch.cli.console import err, print_findings, print_json, progress_shown
from graphwatch.schema import LEVELS

EXIT_ALERTS: Final = 10


@app.command()
def run(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Files of interactions.")],
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; replaced as a whole.")],
    accounts: TableFile = None,
    follows: TableFile = None,
    affiliations: TableFile = None,
    agencies: TableFile = None,
    ownership: TableFile = None,
    format_name: FormatOption = None,
    mapping: MapOption = None,
    root: Annotated[str | None, typer.Option(help="Post that the comments belong to, for formats that do not say.")] = None,
    target: Annotated[str | None, typer.Option(help="Account acted upon, for formats that do not say.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables as CSV too.")] = False,
    seed: SeedOption = None,
    level: Annotated[str | None, typer.Option(help=f"Alert level for --exit-code: {', '.join(LEVELS)}.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 when there are alerts at or above --level.")] = False,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the main job: detect, trace, attribute, warn, and write tables and a report."""
    settings = settings_of(config, set_values, seed=seed, level=level)
    from graphwatch.folder import check_folder
    from graphwatch.output import SUMMARY, write_result
    from graphwatch.pipeline import Clock, analyze_tables, load_tables
    from graphwatch.review.pseudonyms import Pseudonyms

    check_folder(out_dir, SUMMARY)
    names = Pseudonyms.load()
    if names.warning:
        err.print(Text(f"graphwatch: {names.warning}"), soft_wrap=True)

    progress = progress_shown()
    clock = Clock(progress)
    with clock.stage("load"):
        given = {"accounts": accounts, "follows": follows, "affiliations": affiliations, "agencies": agencies, "ownership": ownership}
        side = {name: path for name, path in given.items() if path is not None}
        tables = load_tables(inputs, side, settings, format=format_name, mapping=mapping, root=root, target=target)
    result = analyze_tables(tables, settings, clock)
    with progress("write tables and report"):
        summary = write_result(result, out_dir, csv=csv, pseudonyms=names)
    if as_json:
        print_json(summary)
    else:
        print_findings(result.frames, result.missing, summary, out_dir)
    alerts = result.frames["alerts"].filter(pl.col("level").is_in(LEVELS[LEVELS.index(settings.level) :]))
    if exit_code and len(alerts):
        raise typer.Exit(EXIT_ALERTS)

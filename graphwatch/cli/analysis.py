"""Verb ``run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from graphwatch.cli.app import ConfigOption, FormatOption, JsonOption, MapOption, SeedOption, SetOption, TableFile, app, settings_of
from graphwatch.cli.console import err, print_findings, print_json, progress_shown
from graphwatch.errors import OutputError

if TYPE_CHECKING:
    from graphwatch.tables import Case

EXIT_ALERTS: Final = 10


@app.command()
def run(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Files of interactions, or one case folder.")],
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; replaced as a whole.")],
    accounts: TableFile = None,
    follows: TableFile = None,
    affiliations: TableFile = None,
    agencies: TableFile = None,
    ownership: TableFile = None,
    identities: TableFile = None,
    company_links: TableFile = None,
    format_name: FormatOption = None,
    mapping: MapOption = None,
    root: Annotated[str | None, typer.Option(help="Post that the comments belong to, for formats that do not say.")] = None,
    target: Annotated[
        str | None,
        typer.Option(help="Account acted upon, for formats that do not say. On a case: the account to look at, with its threads."),
    ] = None,
    since: Annotated[str | None, typer.Option(help="On a case: start of the window, e.g. 2024-05-01 or 2024-05-01T08:00+08:00.")] = None,
    until: Annotated[str | None, typer.Option(help="On a case: end of the window, exclusive.")] = None,
    version: Annotated[int | None, typer.Option(min=0, help="On a case: the version to look at; the newest when not given.")] = None,
    match: Annotated[
        str | None, typer.Option(help="creator-hash: hash the account numbers of rosters as MediaCrawler 2 does. This re-identifies.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables as CSV too.")] = False,
    seed: SeedOption = None,
    level: Annotated[str | None, typer.Option(help="Alert level for --exit-code: info, watch, warning, critical.")] = None,
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
    from graphwatch.schema import LEVELS

    check_folder(out_dir, SUMMARY)
    names = Pseudonyms.load()
    if names.warning:
        err.print(Text(f"graphwatch: {names.warning}"), soft_wrap=True)

    given = {"accounts": accounts, "follows": follows, "affiliations": affiliations, "agencies": agencies, "ownership": ownership}
    given |= {"identities": identities, "company_links": company_links}
    side = {name: path for name, path in given.items() if path is not None}
    case = _case_of(inputs, side, since=since, until=until, version=version, format=format_name, map=mapping, root=root, match=match)
    progress = progress_shown()
    clock = Clock(progress)
    if case is not None:
        from graphwatch.caserun import Window, case_tables, describe, keep_run, run_name  # loads deltalake, which files do not need

        window = Window.read(since, until, target)
        about = describe(case, window)
    with clock.stage("load"):
        if case is not None:
            tables = case_tables(case, window, settings.case.parent_days)
        else:
            tables = load_tables(inputs, side, settings, format=format_name, mapping=mapping, root=root, target=target, match=match)
    result = analyze_tables(tables, settings, clock)
    with progress("write tables and report"):
        if case is not None:
            about["run_id"] = run_name(case, window, settings)
            try:
                keep_run(case, window, result, settings)
            except OutputError as error:
                err.print(Text(f"graphwatch: the results are not kept in the case: {error}"), soft_wrap=True)
        summary = write_result(result, out_dir, csv=csv, pseudonyms=names, case=about if case is not None else None)
    if as_json:
        print_json(summary)
    else:
        print_findings(result.frames, result.missing, summary, out_dir)
    if exit_code and result.frames["alerts"]["level"].is_in(LEVELS[LEVELS.index(settings.level) :]).any():
        raise typer.Exit(EXIT_ALERTS)


def _case_of(inputs: list[Path], side: dict[str, Path], **options: object) -> Case | None:
    """Open the case that a run is for; None when it is for files.

    Options of the one are refused for the other, rather than passed over.
    """
    windowed = {name: options.pop(name) for name in ("since", "until", "version")}
    if not any(path.is_dir() for path in inputs):
        wrong = [name for name, value in windowed.items() if value is not None]
        if wrong:
            raise typer.BadParameter(f"--{wrong[0]} is for a run on a case folder")
        return None
    if len(inputs) > 1:
        raise typer.BadParameter("one case folder, or files; not both")
    wrong = [*side, *(name for name, value in options.items() if value is not None)]
    if wrong:
        raise typer.BadParameter(f"--{wrong[0]} is for files; load them into the case first")
    from graphwatch.tables import Case

    case = Case(inputs[0])
    version = windowed["version"]
    return case.at(version if isinstance(version, int) else case.version)  # one version from here on, whoever loads meanwhile

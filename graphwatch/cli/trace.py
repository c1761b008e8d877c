"""Verbs ``trace`` and ``profile``: where a pile-on came from; what is known of an account or an agency over time."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from graphwatch.cli.app import JsonOption, app
from graphwatch.cli.console import err, out, print_json

if TYPE_CHECKING:
    from graphwatch.review.pseudonyms import Pseudonyms

_RESULT: Final = Path("result")
ResultOption = Annotated[Path | None, typer.Option("--result", metavar="DIR", help="Result folder of a run; result/ when not given.")]
CaseOption = Annotated[Path | None, typer.Option("--case", metavar="CASE", help="Case folder, in place of a result folder.")]
RunOption = Annotated[str | None, typer.Option("--run", metavar="RUN", help="With --case: a run by its id, or latest.")]
NamesOption = Annotated[bool, typer.Option("--names", help="Show real ids. They are personal data: read docs/privacy.md first.")]


class Sort(StrEnum):
    """What a profile is of."""

    account = "account"
    agency = "agency"


@app.command()
def trace(
    pileon: Annotated[str, typer.Argument(help="Id of the pile-on, or the beginning of it.")],
    account: Annotated[str | None, typer.Option(help="Also trace this account back: id, or pseudonym as in the report.")] = None,
    result: ResultOption = None,
    case: CaseOption = None,
    run: RunOption = None,
    names: NamesOption = False,
    reviewed_names: Annotated[
        bool, typer.Option("--reviewed-names", help="With --case: show the ids of accounts whose role or origin a review confirmed.")
    ] = False,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the chains into an SVG file.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write drawing and words into an HTML file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print and draw where a pile-on came from: its earliest sources, and the chains from them to the peak."""
    from graphwatch.findings import latest_run, reviews_of
    from graphwatch.report.chain_drawing import draw_traceback, traceback_page
    from graphwatch.report.chain_words import traceback_lines
    from graphwatch.report.render import write_report
    from graphwatch.report.traceback import make_traceback

    if reviewed_names and (case is None or names):
        raise typer.BadParameter("--reviewed-names is for a case, which keeps reviews, and not with --names")
    source = _source(result, case, run)
    frames, reviews = latest_run(source, run).frames, reviews_of(source)
    told = make_traceback(frames, pileon, account, None if names else _pseudonyms(), reviews, reviewed_names=reviewed_names)
    if names:
        _tell_real_ids(reviewed=told.reviewed)
    for path, drawn in ((svg, draw_traceback), (html, traceback_page)):
        if path is not None:
            write_report(path, drawn(told))
            err.print(Text(f"graphwatch: wrote {path}"), soft_wrap=True)
    if as_json:
        print_json(told.told())
        return
    for line in traceback_lines(told):
        out.print(Text(line), soft_wrap=True)


def _source(result: Path | None, case: Path | None, run: str | None) -> Path:
    if result is not None and case is not None:
        raise typer.BadParameter("--result and --case were both given; give one of them")
    if run is not None and case is None:
        raise typer.BadParameter("--run is for a case")
    return case or result or _RESULT


def _tell_real_ids(*, reviewed: bool) -> None:
    state = "personal data, whatever a review decided" if reviewed else "no person has reviewed these findings"
    err.print(Text(f"graphwatch: real ids are shown; {state}"), soft_wrap=True)


def _pseudonyms() -> Pseudonyms:
    from graphwatch.review.pseudonyms import Pseudonyms

    loaded = Pseudonyms.load()
    if loaded.warning:
        err.print(Text(f"graphwatch: {loaded.warning}"), soft_wrap=True)
    return loaded


@app.command()
def profile(
    sort: Annotated[Sort, typer.Argument(metavar="account|agency", help="What the profile is of.")],
    identifier: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Account (id or pseudonym) or agency; a list of all when not given.")
    ] = None,
    result: ResultOption = None,
    case: CaseOption = None,
    run: RunOption = None,
    names: NamesOption = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a profile and leave.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what is known of an account or an agency over time, beside base rates; of a case over all of its runs."""
    from graphwatch.cli.profileview import listing_lines, profile_lines
    from graphwatch.findings import read_runs, reviews_of
    from graphwatch.profiles import combine, describe_account, describe_agency, json_schema, list_accounts, list_agencies
    from graphwatch.profiles.profile import hide_accounts

    if schema:
        print_json(json_schema(sort.value))
        return
    source = _source(result, case, run)
    if names:
        _tell_real_ids(reviewed=not reviews_of(source).is_empty())
    shown = None if names else _pseudonyms()
    combined = combine(read_runs(source, run))
    if identifier is None:
        listed = list_accounts(combined) if sort is Sort.account else list_agencies(combined)
        if as_json:
            print_json(hide_accounts(listed, shown).rows(named=True))
            return
        lines = listing_lines(listed, sort.value, shown)
    else:
        of_names = shown or _pseudonyms_quietly()
        found = describe_account(combined, identifier, of_names) if sort is Sort.account else describe_agency(combined, identifier)
        if as_json:
            print_json(found.told(shown))
            return
        lines = profile_lines(found, shown)
    for line in lines:
        out.print(Text(line), soft_wrap=True)


def _pseudonyms_quietly() -> Pseudonyms:
    """Give the user's pseudonyms, by which an account may be named even where ids are shown."""
    from graphwatch.review.pseudonyms import Pseudonyms

    return Pseudonyms.load()

"""Verbs of the case folder: ``init``, ``load``, ``status``, ``verify``, ``compact``, ``export``, ``forget``, ``hold``."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from graphwatch.cli.app import ConfigOption, FormatOption, JsonOption, MapOption, SetOption, TableFile, app, settings_of
from graphwatch.cli.caseview import hold_lines, load_lines, status_lines
from graphwatch.cli.console import err, out, print_json, progress_shown
from graphwatch.errors import ConfigurationError, DataError

EXIT_DAMAGED: Final = DataError.exit_code
CaseFolder = Annotated[Path, typer.Argument(metavar="CASE", help="Case folder.")]
PlatformOption = Annotated[str | None, typer.Option(help="Platform of the account; any when not given.")]
_UNITS: Final = {"": 1, "d": 1, "w": 7, "y": 365}


@app.command()
def init(
    case: CaseFolder,
    name: Annotated[str, typer.Option(help="What people call the case; the folder's name when not given.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a new, empty case folder."""
    from graphwatch.tables import Case

    made = Case.create(case, name=name)
    if as_json:
        print_json({"case": made.id, "name": made.name, "path": str(made.root)})
    else:
        _say(f"case {made.name} ({made.id}) made: {made.root}")


@app.command()
def load(
    case: CaseFolder,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Files of interactions.")] = None,
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
    target: Annotated[str | None, typer.Option(help="Account acted upon, for formats that do not say.")] = None,
    match: Annotated[
        str | None, typer.Option(help="creator-hash: hash the account numbers of rosters as MediaCrawler 2 does. This re-identifies.")
    ] = None,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load files into a case: all of them or nothing, and nothing twice."""
    settings = settings_of(config, set_values)
    from graphwatch.tables import Case

    given = {"accounts": accounts, "follows": follows, "affiliations": affiliations, "agencies": agencies, "ownership": ownership}
    given |= {"identities": identities, "company_links": company_links}
    side = {name: path for name, path in given.items() if path is not None}
    with progress_shown()("load"):
        report = Case(case).load(
            files or [], side=side, format=format_name, mapping=mapping, root=root, target=target, match=match, settings=settings.load
        )
    if as_json:
        print_json(asdict(report))
    else:
        _say(*load_lines(report))


@app.command()
def status(case: CaseFolder, as_json: JsonOption = False) -> None:
    """Say what a case holds: rows, times, platforms, gaps, holds, size."""
    from graphwatch.tables import Case

    told = Case(case).status()
    if as_json:
        print_json(asdict(told))
    else:
        _say(*status_lines(told))


@app.command()
def verify(
    case: CaseFolder,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="Take damaged data files out of the tables, into CASE/damaged.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check every file of a case against its log and digest; exits with 65 when something is damaged."""
    from graphwatch.tables import Case

    opened = Case(case)
    moved = opened.set_aside() if set_aside else []
    found = opened.verify()
    damaged = any(item.severity == "damage" for item in found)
    if as_json:
        print_json({"damaged": damaged, "found": [asdict(item) for item in found], "set_aside": [str(path) for path in moved]})
    else:
        _say(*(f"set aside: {path}" for path in moved), *map(str, found))
        _say("the case is damaged; what is not named above can be read" if damaged else f"version {opened.version} is whole")
    if damaged:
        raise typer.Exit(EXIT_DAMAGED)


@app.command()
def compact(
    case: CaseFolder,
    drop_runs: Annotated[
        bool, typer.Option("--drop-runs", help="Drop old versions even if a run on record was computed from them.")
    ] = False,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Join small files, and remove what only versions older than case.keep_versions_days needed."""
    settings = settings_of(config, set_values)
    from graphwatch.tables import Case

    with progress_shown()("compact"):
        done = Case(case).compact(keep_days=settings.case.keep_versions_days, drop_runs=drop_runs)
    if as_json:
        print_json(asdict(done))
        return
    _say(f"{done.joined} files joined into {done.into}; {done.removed} files removed ({_size(done.freed_bytes)}); version {done.version}")
    if done.dropped_versions:
        _say(f"versions that cannot be read any more: {', '.join(map(str, done.dropped_versions))}")
    if done.kept_for_runs:
        _say(f"older versions kept for runs: {', '.join(map(str, done.kept_for_runs))}")


@app.command()
def export(
    case: CaseFolder,
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files; an earlier export is replaced as a whole.")],
    table: Annotated[list[str] | None, typer.Option(help="Input table; repeatable; all that hold rows when not given.")] = None,
    format_name: Annotated[str, typer.Option("--format", help="parquet, csv or ndjson.")] = "parquet",
    since: Annotated[str | None, typer.Option(help="Interactions from this time on, e.g. 2024-05-01 or 2024-05-01T08:00+08:00.")] = None,
    until: Annotated[str | None, typer.Option(help="Interactions before this time.")] = None,
    target: Annotated[str | None, typer.Option(help="Interactions of this account's threads and of those who act on it.")] = None,
    version: Annotated[int | None, typer.Option(help="Version of the case; the newest when not given.")] = None,
    pseudonyms: Annotated[bool, typer.Option("--pseudonyms/--ids", help="Keyed pseudonyms in place of ids, or the ids themselves.")] = True,
    texts: Annotated[bool, typer.Option("--texts", help="Write the words of interactions, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write tables as canonical files; pseudonyms for ids and no texts unless asked."""
    from graphwatch.folder import check_folder
    from graphwatch.review.pseudonyms import Pseudonyms
    from graphwatch.tables import Case
    from graphwatch.tables.export import EXPORT_FILE

    check_folder(out_dir, EXPORT_FILE)
    names = Pseudonyms.load() if pseudonyms else None
    if names is not None and names.warning:
        err.print(Text(f"graphwatch: {names.warning}"), soft_wrap=True)
    with progress_shown()("export"):
        told = Case(case).export(
            out_dir, version=version, since=since, until=until, target=target, tables=table, format=format_name, texts=texts, names=names
        )
    if as_json:
        print_json(asdict(told))
        return
    rows = ", ".join(f"{count:,} {name}" for name, count in told.rows.items())
    what = "platforms' own ids" if names is None else "pseudonyms"
    _say(f"{out_dir}: {rows}; version {told.version}, {what}, {'with' if texts else 'without'} texts")


@app.command()
def forget(
    case: CaseFolder,
    account: Annotated[str | None, typer.Option(help="Account to delete: all that it did and all that is known of it.")] = None,
    platform: PlatformOption = None,
    older_than: Annotated[
        str | None, typer.Option(help="Delete what is older, e.g. 180d, 26w; case.retention_days when not given.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept in the case. Needed with --account.")] = None,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete for real: an account, or what is older than a limit; earlier versions cannot be read any more then."""
    settings = settings_of(config, set_values)
    from graphwatch.tables import Case

    if account is not None and older_than is not None:
        raise ConfigurationError("--account and --older-than were both given; give one of them")
    opened = Case(case)
    with progress_shown()("forget"):
        if account is not None:
            done = opened.forget(account=account, platform=platform, reason=reason or "")
        else:
            days = settings.case.retention_days if older_than is None else days_of(older_than)
            if days <= 0:
                raise ConfigurationError("nothing to forget: give --account or --older-than, or set case.retention_days")
            done = opened.forget(older_than_days=days, reason=reason or "retention limit")
    if as_json:
        print_json(asdict(done))
        return
    gone = ", ".join(f"{count:,} {name}" for name, count in done.rows.items()) or "none"
    _say(f"rows deleted: {gone}")
    if done.changed:
        _say("rows with a stand-in in its place: " + ", ".join(f"{count:,} {name}" for name, count in done.changed.items()))
    if done.held:
        _say(f"{done.held:,} rows stay: a legal hold stands; 'graphwatch hold CASE' lists the holds")
    oldest = next(entry.version for entry in opened.state.entries if not entry.gone)
    _say(f"tombstone {done.tombstone_id}; version {oldest} is the oldest that can be read")
    _say("exports, result folders and backups outside of the case are not touched")


@app.command()
def hold(
    case: CaseFolder,
    account: Annotated[str | None, typer.Option(help="Account to hold, as actor and as target.")] = None,
    platform: PlatformOption = None,
    whole_case: Annotated[bool, typer.Option("--whole-case", help="Hold everything.")] = False,
    release: Annotated[str | None, typer.Option(metavar="HOLD", help="Hold to release.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, e.g. a file number; it is kept in the case.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Place or release a legal hold, or list the holds; what is held is not deleted."""
    from graphwatch.tables import Case

    if sum((account is not None, whole_case, release is not None)) > 1:
        raise ConfigurationError("give one of --account, --whole-case and --release")
    opened = Case(case)
    if release is not None:
        shown = [opened.release(release, reason=reason or "")]
    elif account is not None or whole_case:
        shown = [opened.hold(account=account, platform=platform, reason=reason or "")]
    else:
        shown = opened.holds()
    if as_json:
        print_json([asdict(held) for held in shown])
    else:
        _say(*hold_lines(shown))


def days_of(age: str) -> float:
    """Read an age such as ``180d``, ``26w`` or ``1y``, in days.

    Raises
    ------
    ConfigurationError
        It is no age.

    Examples
    --------
    >>> days_of("26w")
    182.0
    """
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([dwy]?)", age.strip())
    if found is None or float(found[1]) <= 0:
        raise ConfigurationError(f"--older-than {age!r}: expected an age such as 180d, 26w or 1y")
    return float(found[1]) * _UNITS[found[2]]


def _say(*lines: str) -> None:
    for line in lines:
        out.print(Text(line), soft_wrap=True)


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"

"""Verbs of the Neo4j store: ``neo4j up``, ``status``, ``down``, ``logs``, ``load``, ``import``, ``sync``, ``verify``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from graphwatch.cli.app import ConfigOption, JsonOption, SetOption, app, settings_of
from graphwatch.cli.console import err, out, print_json
from graphwatch.errors import DataError

if TYPE_CHECKING:
    from graphwatch.settings import Settings
    from graphwatch.store import Projection, Store
    from graphwatch.store.write import Progress, Written

neo4j = typer.Typer(
    name="neo4j",
    help="Neo4j as a shared store of the graph, and a server of one's own without Docker.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(neo4j)

ServerFolder = Annotated[Path, typer.Argument(metavar="CASE", help="Case whose own server is meant; or any folder for a server.")]
SourcePaths = Annotated[
    list[Path], typer.Argument(metavar="CASE|PATH...", help="Case folder; or files of interactions, folders of tables, a result folder.")
]
UriOption = Annotated[str | None, typer.Option("--uri", help="Address, e.g. neo4j+s://host:7687; neo4j.uri, then the case's own server.")]
RunOption = Annotated[str | None, typer.Option("--run", help="Run whose results are written; the newest one when not given.")]
TextsOption = Annotated[bool, typer.Option("--texts", help="Write the words of interactions, too.")]
VersionOption = Annotated[
    str | None, typer.Option("--neo4j", metavar="VERSION", help="Release or line: 5.26, 2026; neo4j.version when not given.")
]


@neo4j.command()
def up(
    case: ServerFolder,
    version: VersionOption = None,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start the case's own server on the loopback address; the first time its jars are fetched."""
    settings = settings_of(config, set_values)
    from graphwatch.store.local import LocalServer

    server = LocalServer(case)
    running = server.up(settings.neo4j, version or "", _tell)
    if as_json:
        print_json(asdict(running))
        return
    _say(f"Neo4j {running.version}, process {running.pid}: {running.uri}", f"HTTP API: {running.browser}")
    _say(f"user {running.user}; the password is in {server.home / 'password'}")


@neo4j.command()
def status(case: ServerFolder, as_json: JsonOption = False) -> None:
    """Say whether the case's own server runs, and where."""
    from graphwatch.store.local import LocalServer

    running = LocalServer(case).running()
    if as_json:
        print_json({"running": running is not None, "server": None if running is None else asdict(running)})
    else:
        _say("not running" if running is None else f"Neo4j {running.version}, process {running.pid}: {running.uri}")


@neo4j.command()
def down(case: ServerFolder, as_json: JsonOption = False) -> None:
    """Stop the case's own server; its data stays."""
    from graphwatch.store.local import LocalServer

    stopped = LocalServer(case).down()
    if as_json:
        print_json({"stopped": stopped})
    else:
        _say("stopped" if stopped else "not running")


@neo4j.command()
def logs(case: ServerFolder, lines: Annotated[int, typer.Option("--lines", min=1, help="How many of the last lines.")] = 50) -> None:
    """Show the last lines of the log of the case's own server."""
    from graphwatch.store.local import LocalServer

    _say(*LocalServer(case).logs(lines))


@neo4j.command()
def load(
    source: SourcePaths,
    uri: UriOption = None,
    run: RunOption = None,
    texts: TextsOption = False,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what the store lacks, and delete nothing; goes on where it was cut off."""
    from graphwatch.store import write

    with _opened(source, uri, run, settings_of(config, set_values), texts=texts) as (store, projection), _progress() as tell:
        done = write.load(store, projection, tell)
    _report(done, as_json=as_json)


@neo4j.command()
def sync(
    source: SourcePaths,
    uri: UriOption = None,
    run: RunOption = None,
    texts: TextsOption = False,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the store hold just what the case holds now: write what differs, delete what is gone."""
    from graphwatch.store import write

    with _opened(source, uri, run, settings_of(config, set_values), texts=texts) as (store, projection), _progress() as tell:
        done = write.sync(store, projection, tell)
    _report(done, as_json=as_json)


@neo4j.command("import")
def import_(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="Case folder; its own server is stopped, filled and started.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Take away what the database holds.")] = False,
    run: RunOption = None,
    texts: TextsOption = False,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill the case's own server for the first time, many times faster than load."""
    settings = settings_of(config, set_values)
    from graphwatch.store import open_projection
    from graphwatch.store.bulk import import_case
    from graphwatch.store.local import LocalServer

    projection = open_projection([case], run=run, texts=texts or settings.neo4j.texts, settings=settings.load)
    with _progress() as tell:
        done = import_case(LocalServer(case), projection, settings.neo4j, overwrite=overwrite, progress=tell)
    _report(done, as_json=as_json)


@neo4j.command()
def verify(
    source: SourcePaths,
    uri: UriOption = None,
    run: RunOption = None,
    texts: TextsOption = False,
    config: ConfigOption = None,
    set_values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the store with the case: counts of each kind, a sample value by value; exits with 65 when something is amiss."""
    from graphwatch.store.verify import verify as compare

    with _opened(source, uri, run, settings_of(config, set_values), texts=texts) as (store, projection):
        found = compare(store, projection)
    sound = all(item.sound for item in found)
    if as_json:
        print_json({"sound": sound, "kinds": [asdict(item) | {"sound": item.sound} for item in found]})
    else:
        for item in found:
            told = (
                "as in the tables" if item.sound else f"{item.expected:,} in the tables; {item.wrong} of {item.sampled} sampled rows differ"
            )
            _say(f"{item.kind}: {item.found:,}, {told}", *(f"  {example}" for example in item.examples))
    if not sound:
        raise typer.Exit(DataError.exit_code)


@contextmanager
def _opened(source: list[Path], uri: str | None, run: str | None, settings: Settings, *, texts: bool) -> Iterator[tuple[Store, Projection]]:
    """Open the store, and what it holds or is to hold."""
    from graphwatch.store import access_of, connect, open_projection

    projection = open_projection(source, run=run, texts=texts or settings.neo4j.texts, settings=settings.load)
    with connect(access_of(settings.neo4j, uri=uri, folder=source[0]), settings.neo4j) as store:
        yield store, projection


def _report(done: Written, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done) | {"changed": done.changed})
        return
    for kind, rows in done.written.items():
        _say(f"{kind}: {rows:,} written")
    for kind, rows in done.deleted.items():
        _say(f"{kind}: {rows:,} deleted")
    if not done.changed:
        _say("nothing to write: the store holds this already")


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show how far each kind is: a line that changes on a terminal, one line per kind elsewhere."""
    with err.status(Text("Neo4j")) as shown:

        def tell(kind: str, rows: int, of: int) -> None:
            """Show one step."""
            if err.is_terminal:
                shown.update(Text(f"{kind}: {rows:,} of {of:,}"))
            elif rows == of:
                _tell(f"{kind}: {rows:,}")

        yield tell


def _tell(line: str) -> None:
    err.print(Text(f"graphwatch: {line}"), soft_wrap=True)


def _say(*lines: str) -> None:
    for line in lines:
        out.print(Text(line), soft_wrap=True)

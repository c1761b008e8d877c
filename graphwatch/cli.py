"""The ``graphwatch`` command: each verb is one library call; results to stdout, log and progress to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import polars as pl
import typer
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from graphwatch import __version__
from graphwatch.errors import ConfigurationError, GraphwatchError
from graphwatch.schema import INPUTS, LEVELS, RESULTS, TRUTHS
from graphwatch.settings import Settings, flatten, load_settings

WIDE: Final = 200  # a pipe or a file has no width; ids must not be folded there
out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False)
app = typer.Typer(
    name="graphwatch",
    help="Find pile-ons in interaction data, trace who started and fed them and which agencies stand behind, and warn early.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
EXIT_ALERTS: Final = 10

ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings file; graphwatch.toml here when present.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Setting, e.g. detect.fdr=0.01; repeatable.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed of everything random.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
FormatOption = Annotated[str | None, typer.Option("--format", help="Input format; found from the content when not given.")]
MapOption = Annotated[Path | None, typer.Option("--map", help="Mapping file (TOML): source column to canonical column.")]
TableFile = Annotated[Path | None, typer.Option(help="Parquet, CSV or NDJSON.")]


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
    settings = _settings(config, set_values, seed=seed, level=level)
    from graphwatch.folder import check_folder
    from graphwatch.output import SUMMARY, write_result
    from graphwatch.pipeline import Clock, analyze_tables, load_tables
    from graphwatch.review.pseudonyms import Pseudonyms

    check_folder(out_dir, SUMMARY)
    names = Pseudonyms.load()
    if names.warning:
        err.print(Text(f"graphwatch: {names.warning}"), soft_wrap=True)

    progress = _progress()
    clock = Clock(progress)
    with clock.stage("load"):
        given = {"accounts": accounts, "follows": follows, "affiliations": affiliations, "agencies": agencies, "ownership": ownership}
        side = {name: path for name, path in given.items() if path is not None}
        tables = load_tables(inputs, side, settings, format=format_name, mapping=mapping, root=root, target=target)
    result = analyze_tables(tables, settings, clock)
    with progress("write tables and report"):
        summary = write_result(result, out_dir, csv=csv, pseudonyms=names)
    if as_json:
        _print_json(summary)
    else:
        _print_findings(result.frames, result.missing, summary, out_dir)
    alerts = result.frames["alerts"].filter(pl.col("level").is_in(LEVELS[LEVELS.index(settings.level) :]))
    if exit_code and len(alerts):
        raise typer.Exit(EXIT_ALERTS)


@app.command()
def simulate(
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the world; an earlier world is replaced as a whole.")],
    interactions: Annotated[int, typer.Option(min=1000, help="How many interactions, about.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the world.")] = 0,
    days: Annotated[int, typer.Option(min=7, max=366, help="Length of the world.")] = 30,
    hostility: Annotated[bool, typer.Option(help="Include a noisy classifier's hostility; without it the texts must be scored.")] = True,
) -> None:
    """Write a world with planted pile-ons, hard negatives and the truth about both."""
    from graphwatch.simulate import simulate_world, write_world

    progress = _progress()
    with progress(f"simulate {interactions:,} interactions"):
        world = simulate_world(interactions, seed, days=days, hostility=hostility)
    with progress("write the world"):
        write_world(world, out_dir)
    out.print(f"{len(world.interactions):,} interactions, {len(world.truth_pileons)} planted bursts: {out_dir}", soft_wrap=True)


@app.command()
def evaluate(
    result_dir: Annotated[Path, typer.Argument(metavar="DIR", help="Result folder of a run.")],
    truth: Annotated[Path, typer.Option("--truth", metavar="DIR", help="Folder that `simulate` wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Compare a run on a simulated world with the truth, stage by stage."""
    from graphwatch.evaluate import evaluate_run

    with _progress()("evaluate"):
        evaluation = evaluate_run(result_dir, truth)
    if as_json:
        _print_json(evaluation.to_dict())
        return
    table = RichTable(box=None, pad_edge=False)
    for name in ("stage", "figure", "value", "meaning"):
        table.add_column(name, overflow="fold", justify="right" if name == "value" else "left")
    for row in evaluation.rows():
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


@app.command()
def sniff(
    file: Annotated[Path, typer.Argument(help="File to look at.")],
    format_name: FormatOption = None,
    mapping: MapOption = None,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="Mapped rows to show.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Name the format of a file and show its first rows as graphwatch reads them."""
    from graphwatch.load import preview
    from graphwatch.load import sniff as sniff_file

    name, confidence = (format_name, 1.0) if format_name else (None, 0.0)
    if name is None and mapping is None:
        guess = sniff_file(file)
        name, confidence = guess.format, guess.confidence
    frame = preview(file, rows=rows, format=name, mapping=mapping)
    if as_json:
        _print_json({"format": name, "confidence": confidence, "rows": frame.to_dicts()})
        return
    told = f"format {name} (confidence {confidence:.2f})" if name else f"mapped by {mapping}"
    out.print(Text(told), soft_wrap=True)
    _print_records(frame)


@app.command()
def settings(config: ConfigOption = None, set_values: SetOption = None, as_json: JsonOption = False) -> None:
    """Print every setting, its value, where it came from and what it means."""
    values, sources = load_settings(_flags(set_values), config)
    flat = dict(flatten(values.model_dump(mode="json")))
    if as_json:
        _print_json({name: {"value": value, "source": sources[name]} for name, value in flat.items()})
        return
    table = RichTable(box=None, pad_edge=False)
    for name in ("setting", "value", "source", "meaning"):
        table.add_column(name, overflow="fold")
    for name, value in flat.items():
        table.add_row(name, Text(str(value)), Text(sources[name]), _describe(name))
    out.print(table)


@app.command()
def schema(
    table: Annotated[str | None, typer.Argument(help="Table; all when not given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the columns of the tables that graphwatch reads and writes."""
    every = [*INPUTS.values(), *RESULTS.values(), *TRUTHS.values()]
    chosen = [t for t in every if table in (None, t.name)]
    if not chosen:
        raise ConfigurationError(f"no table {table!r}; there are {', '.join(sorted({t.name for t in every}))}")
    if as_json:
        columns = ("name", "dtype", "unit", "required", "choices", "meaning")
        _print_json(
            [
                {"table": t.name, "role": t.role, "key": t.key, "columns": [{k: _plain(getattr(c, k)) for k in columns} for c in t.columns]}
                for t in chosen
            ]
        )
        return
    for t in chosen:
        shown = RichTable(title=f"{t.name} ({t.role}): {t.meaning}", title_justify="left", box=None, pad_edge=False)
        for name in ("column", "type", "unit", "meaning"):
            shown.add_column(name, overflow="fold")
        for c in t.columns:
            shown.add_row(c.name + (" *" if c.required else ""), str(c.dtype), c.unit, c.meaning)
        out.print(shown)
    out.print("* required")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        out.print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; turn the errors that graphwatch raises on purpose into one line and their exit code."""
    try:
        app()
    except GraphwatchError as error:
        err.print(Text(f"graphwatch: {error}"), soft_wrap=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(141)
    except KeyboardInterrupt:
        err.print("graphwatch: stopped; nothing was left half-written")
        sys.exit(130)


def _flags(set_values: list[str] | None, **named: object) -> dict[str, Any]:
    flags: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    for item in set_values or []:
        name, sign, value = item.partition("=")
        if not sign:
            raise ConfigurationError(f"--set {item!r}: expected NAME=VALUE")
        try:
            flags[name.strip()] = orjson.loads(value)
        except orjson.JSONDecodeError:
            flags[name.strip()] = value
    return flags


def _settings(config: Path | None, set_values: list[str] | None, **named: object) -> Settings:
    return load_settings(_flags(set_values, **named), config)[0]


def _describe(dotted: str) -> str:
    model: Any = Settings
    *sections, name = dotted.split(".")
    for section in sections:
        model = model.model_fields[section].annotation
    return str(model.model_fields[name].description)


def _plain(value: object) -> object:
    return value if isinstance(value, str | bool | tuple) else str(value)


def _print_json(value: Mapping[str, Any] | list[Any]) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z, default=str).decode() + "\n")


def _progress() -> Callable[[str], Any]:
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


def _print_records(frame: pl.DataFrame) -> None:
    table = RichTable(box=None, pad_edge=False)
    table.add_column("column")
    for number in range(1, len(frame) + 1):
        table.add_column(f"row {number}", overflow="fold", max_width=40)
    for name in frame.columns:
        if frame[name].null_count() < len(frame):
            table.add_row(name, *(Text("" if value is None else str(value)) for value in frame[name].to_list()))
    out.print(table)


def _print_findings(frames: Mapping[str, pl.DataFrame], missing: tuple[str, ...], summary: Mapping[str, Any], folder: Path) -> None:
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
    out.print(Text(f"report: {folder / 'report.html'}"), soft_wrap=True)

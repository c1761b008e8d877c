"""The ``graphwatch`` command itself: its options, its settings, and how errors become exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.text import Text

from graphwatch import __version__
from graphwatch.cli.console import err, out
from graphwatch.errors import ConfigurationError, GraphwatchError

if TYPE_CHECKING:
    from graphwatch.settings import Settings

app = typer.Typer(
    name="graphwatch",
    help="Find pile-ons in interaction data, trace who started and fed them and which agencies stand behind, and warn early.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings file; graphwatch.toml here when present.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Setting, e.g. detect.fdr=0.01; repeatable.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed of everything random.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
FormatOption = Annotated[str | None, typer.Option("--format", help="Input format; found from the content when not given.")]
MapOption = Annotated[Path | None, typer.Option("--map", help="Mapping file (TOML): source column to canonical column.")]
TableFile = Annotated[Path | None, typer.Option(help="Parquet, CSV, NDJSON or a workbook; rosters also FollowTheMoney.")]


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


def flags_of(set_values: list[str] | None, **named: object) -> dict[str, Any]:
    """Give the values that were set on the command line, by dotted name."""
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


def settings_of(config: Path | None, set_values: list[str] | None, **named: object) -> Settings:
    """Give the settings that hold for this command."""
    from graphwatch.settings import load_settings

    return load_settings(flags_of(set_values, **named), config)[0]

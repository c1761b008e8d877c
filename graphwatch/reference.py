"""Reference pages made from the declarations: tables, settings, command line, formats. ``--check`` fails when a page has drifted.

Run ``python -m graphwatch.reference`` to write them, from the folder of the project.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from graphwatch.ask.guide import guide_files
from graphwatch.ask.page import queries_page
from graphwatch.cli import app
from graphwatch.format_pages import format_pages
from graphwatch.schema import INPUTS, RECORDS, RESULTS, TRUTHS, Column, Table
from graphwatch.settings import ENV_PREFIX, Settings, flatten
from graphwatch.store.drawing import graph_page

FOLDER: Final = Path("docs/reference")
GUIDE: Final = Path("docs/neo4j")
_MADE: Final = "<!-- Made by `python -m graphwatch.reference`; edit the declarations, not this page. -->\n"


def tables_page() -> str:
    """Describe every table, column by column."""
    parts = [_MADE, "# Tables\n"]
    titles = {"input": "Input tables: what you bring", "result": "Result tables: what a run writes", "truth": "Truth of a simulated world"}
    titles["record"] = "Records of a case folder: what people decided"
    for role, tables in (("input", INPUTS), ("result", RESULTS), ("record", RECORDS), ("truth", TRUTHS)):
        parts.append(f"## {titles[role]}\n")
        parts.extend(_table(table) for table in tables.values())
    return "\n".join(parts)


def _table(table: Table) -> str:
    lines = [f"### {table.name}\n", f"{table.meaning} Key: {', '.join(f'`{name}`' for name in table.key)}.\n"]
    lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
    lines += [f"| `{c.name}`{' (required)' if c.required else ''} | {_type(c)} | {c.unit} | {_meaning(c)} |" for c in table.columns]
    return "\n".join(lines) + "\n"


def _type(column: Column) -> str:
    return str(column.dtype).replace("|", "\\|")


def _meaning(column: Column) -> str:
    words = column.meaning
    if column.choices:
        words += ": " + ", ".join(column.choices) + (", or another tool's word" if column.open_choices else "")
    return words.replace("|", "\\|")


def settings_page() -> str:
    """Describe every setting with its default and its environment variable."""
    lines = [_MADE, "# Settings\n"]
    lines += [
        "A flag (`--set detect.fdr=0.01`, `--seed`, `--level`) wins over the environment, the environment over `graphwatch.toml`,",
        "and that over the default.",
        "`graphwatch settings` prints each value and where it came from.\n",
        "| setting | default | environment | meaning |",
        "|---|---|---|---|",
    ]
    defaults = Settings.model_construct()
    for name, value in flatten(defaults.model_dump(mode="json")):
        lines.append(f"| `{name}` | `{value}` | `{ENV_PREFIX}{name.upper().replace('.', '__')}` | {_setting(name)} |")
    return "\n".join(lines) + "\n"


def _setting(dotted: str) -> str:
    section, _, name = dotted.rpartition(".")
    fields = Settings.model_fields if not section else type(Settings.model_fields[section].default).model_fields
    return str(fields[name].description)


def commands_page() -> str:
    """Give the help text of every command."""
    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
    parts = [_MADE, "# Command line\n"]
    for command in ("", *command_names(get_command(app))):
        shown = runner.invoke(app, [*command.split(), "--help"], prog_name="graphwatch")
        text = "\n".join(line.rstrip() for line in shown.stdout.strip().splitlines())
        parts.append(f"## graphwatch {command}".rstrip() + f"\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def command_names(command: object, above: str = "") -> Iterator[str]:
    """Give every verb, and the verbs below it, in the order of the help text."""
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield f"{above}{name}"
            yield from command_names(below, f"{above}{name} ")


def pages() -> Iterator[tuple[Path, str]]:
    """Give each page's path and text."""
    yield FOLDER / "tables.md", tables_page()
    yield FOLDER / "settings.md", settings_page()
    yield FOLDER / "command-line.md", commands_page()
    yield FOLDER / "graph.md", _MADE + graph_page()
    yield FOLDER / "queries.md", _MADE + queries_page()
    yield from ((GUIDE / name, text) for name, text in guide_files().items())
    yield from format_pages()


def drifted(root: Path) -> list[Path]:
    """Give the pages below ``root`` that differ from what the declarations say now."""
    return [path for path, text in pages() if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text]


def main() -> None:
    """Write the pages, or check them with ``--check``."""
    if "--check" in sys.argv[1:]:
        stale = drifted(Path())
        if stale:
            sys.exit("reference pages have drifted: " + ", ".join(map(str, stale)) + "; run `python -m graphwatch.reference`")
        return
    for path, text in pages():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Verbs ``sniff``, ``settings`` and ``schema``: what a file is, what is set, what the tables hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table as RichTable
from rich.text import Text

from graphwatch.cli.app import ConfigOption, FormatOption, JsonOption, MapOption, SetOption, app, flags_of
from graphwatch.cli.console import out, print_json, print_records
from graphwatch.errors import ConfigurationError


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
        print_json({"format": name, "confidence": confidence, "rows": frame.to_dicts()})
        return
    told = f"format {name} (confidence {confidence:.2f})" if name else f"mapped by {mapping}"
    out.print(Text(told), soft_wrap=True)
    print_records(frame)


@app.command()
def settings(config: ConfigOption = None, set_values: SetOption = None, as_json: JsonOption = False) -> None:
    """Print every setting, its value, where it came from and what it means."""
    from graphwatch.settings import flatten, load_settings

    values, sources = load_settings(flags_of(set_values), config)
    flat = dict(flatten(values.model_dump(mode="json")))
    if as_json:
        print_json({name: {"value": value, "source": sources[name]} for name, value in flat.items()})
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
    from graphwatch.schema import INPUTS, RECORDS, RESULTS, TRUTHS

    every = [*INPUTS.values(), *RESULTS.values(), *RECORDS.values(), *TRUTHS.values()]
    chosen = [t for t in every if table in (None, t.name)]
    if not chosen:
        raise ConfigurationError(f"no table {table!r}; there are {', '.join(sorted({t.name for t in every}))}")
    if as_json:
        columns = ("name", "dtype", "unit", "required", "choices", "meaning")
        print_json(
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


def _describe(dotted: str) -> str:
    from graphwatch.settings import Settings

    model: Any = Settings
    *sections, name = dotted.split(".")
    for section in sections:
        model = model.model_fields[section].annotation
    return str(model.model_fields[name].description)


def _plain(value: object) -> object:
    return value if isinstance(value, str | bool | tuple) else str(value)

"""Pages below ``docs/formats``, one a format, made from its declaration, its example, and what loading the example gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from graphwatch.load.declared import Declared, Example, Field, Items, Relation, Shape
from graphwatch.load.examples import container_of, example_text, write_example
from graphwatch.load.formats import DECLARED, TABLE_FORMATS
from graphwatch.load.read import Loaded, load_interactions
from graphwatch.load.sniff import sniff
from graphwatch.schema import ACCOUNTS, FOLLOWS, INTERACTIONS

MADE: Final = "<!-- Made by `python -m graphwatch.reference`; edit the declarations, not this page. -->\n"
FOLDER: Final = Path("docs/formats")
_CONTAINERS: Final = {
    "lines": "a JSON object a line",
    "document": "one JSON document",
    "csv": "CSV",
    "xml": "XML",
    "database": "SQLite database",
}
_MISSED: Final = {
    ("target_ids",): "whom an act is aimed at follows from its parent or `--target` only",
    ("parent_id",): "who answers whom is not known and has to be inferred",
    ("root_id",): "the thread of an act is known by its parents only, or by `--root`",
    ("followers", "accounts.followers"): "the reach of accounts is not known",
    ("actor_created_at", "accounts.created_at"): "new accounts cannot be told from old ones",
    ("accounts.verified",): "which accounts are verified is not known",
    ("observed_at",): "when it was seen is not known: of two versions of an act neither is the later one",
    ("deleted",): "what was deleted is not marked",
}


def format_pages() -> Iterator[tuple[Path, str]]:
    """Give the path and the text of each page, and of their index."""
    yield FOLDER / "index.md", index_page()
    for form in DECLARED:
        yield FOLDER / f"{form.name}.md", format_page(form)


def index_page() -> str:
    """List the formats."""
    lines = [MADE, "# Formats\n"]
    lines.append(
        "What graphwatch reads, each with its fields, what it lacks, its traps and an example. [Inputs](../inputs.md) says what is"
    )
    lines.append("common to all. Formats are told by content; `graphwatch sniff FILE` names the one of a file.\n")
    lines += ["| format | what it is | platform |", "|---|---|---|"]
    lines += [f"| `{name}` | {meaning} | any |" for name, meaning in TABLE_FORMATS.items()]
    lines += [f"| [`{form.name}`]({form.name}.md) | {_cell(form.meaning)} | {', '.join(_platforms(form))} |" for form in DECLARED]
    return "\n".join(lines) + "\n"


def format_page(form: Declared) -> str:
    """Describe a format."""
    lines = [MADE, f"# {form.name}\n", f"{form.meaning}.\n", "| | |", "|---|---|"]
    lines += [f"| written by | {_cell(form.tool)}, {_cell(form.version)} |", f"| files | {_cell(form.files)} |"]
    lines.append(f"| held as | {', or '.join(_CONTAINERS[name] for name in form.containers)}; plain, gzip or Zstandard |")
    lines.append(f"| platform | {', '.join(_platforms(form))} |")
    lines.append(f"| zone of times without one | {form.zone} |\n")
    lines += _loading(form)
    lines += ["## Fields\n"]
    for shape in form.shapes:
        lines += _shape(shape, form)
    lines += ["## What is missing\n", *_missing(form), ""]
    lines += ["## Traps\n", *(f"- {trap}" for trap in form.traps), ""]
    lines += ["## Example\n"]
    for example in form.examples:
        lines += _example(form, example)
    return "\n".join(lines).rstrip("\n") + "\n"


def _platforms(form: Declared) -> list[str]:
    return sorted({shape.platform or form.platform for shape in form.shapes})


def _loading(form: Declared) -> list[str]:
    example = form.examples[0]
    options = "".join(f" --{name} {value}" for name, value in (("root", example.root), ("target", example.target)) if value)
    lines = ["## Load\n", "```sh", f"graphwatch sniff {example.name}", f"graphwatch run {example.name}{options} --out result", "```\n"]
    with TemporaryDirectory() as folder:
        found = sniff(write_example(form, example, Path(folder)))
    lines.append(f"`sniff` says: `format {found.format} (confidence {found.confidence:.2f})`. `--format {form.name}` spares the guess.\n")
    return lines


def _shape(shape: Shape, form: Declared) -> list[str]:
    lines = [f"### {shape.holds[:1].upper()}{shape.holds[1:]}\n"]
    if shape.within != ("",):
        lines.append(f"Stand in {', '.join(f'`{place}`' if place else 'the record itself' for place in shape.within)}.\n")
    lines += ["| column | field of the source | note |", "|---|---|---|"]
    kind = shape.kinds or _kind(shape)
    if kind:
        lines.append(f"| `kind` | | {_cell(kind)} |")
    if shape.surface and not any(field.column == "surface" for field in shape.fields):
        lines.append(f"| `surface` | | `{shape.surface}` |")
    lines += [_row(field.column, field.sources, _note(field), together=isinstance(field, Items)) for field in shape.fields]
    for relation in shape.relations:
        lines += _relation(relation)
    if shape.under_root:
        lines.append(f"| `parent_id` | | the root{', or `--root`' if shape.asks_root else ''}, where nothing else is answered |")
    if shape.keys and len(form.shapes) > 1:
        lines.append("")
        lines.append(f"Known by {', '.join(f'`{key}`' for key in sorted(shape.keys))}.")
    return [*lines, ""]


def _kind(shape: Shape) -> str:
    if not shape.kind:
        return ""
    kinds = list(dict.fromkeys(relation.kind for relation in shape.relations))
    mention = any(isinstance(field, Items) and field.column == "target_ids" for field in shape.fields) and shape.kind == "post"
    rest = [*(["`mention` where it names accounts"] if mention else []), f"{'else ' if kinds or mention else ''}`{shape.kind}`"]
    return "; ".join([*(f"`{kind}`" for kind in kinds), *rest])


def _note(field: Field | Items) -> str:
    named = isinstance(field, Items) and field.by_name and "name" not in field.note and "handle" not in field.note
    return "; ".join(part for part in (field.note, "names, which become ids where these are known" if named else "") if part)


def _relation(relation: Relation) -> list[str]:
    when = f"of a {relation.kind}" + (f", by `{relation.flag}`" if relation.flag else "")
    note = "; ".join(part for part in (when, relation.note) if part)
    rows = [_row("parent_id", relation.parent, note)] if relation.parent else []
    rows += [_row("target_ids", relation.user, when)] if relation.user else []
    rows += [_row("target_ids", relation.name, f"{when}; names, which become ids where these are known")] if relation.name else []
    return rows or [_row("kind", (relation.flag,), note)]


def _row(column: str, sources: tuple[str, ...], note: str, *, together: bool = False) -> str:
    return f"| `{column}` | {(' and ' if together else ', else ').join(f'`{source}`' for source in sources)} | {_cell(note)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _missing(form: Declared) -> list[str]:
    filled = {column for shape in form.shapes for column in shape.columns()}
    lines = [f"- `{columns[0]}`: {what}." for columns, what in _MISSED.items() if not filled & set(columns)]
    lines += [f"- {lack}" for lack in form.lacks]
    return lines or ["- Nothing of what graphwatch asks for."]


def _example(form: Declared, example: Example) -> list[str]:
    language = {"csv": "csv", "xml": "xml", "script": "js"}.get(container_of(form, example), "json")
    told = "".join(f" `--{name} {value}`" for name, value in (("root", example.root), ("target", example.target)) if value)
    lines = [f"`{example.name}`{', with' + told if told else ''}:\n"]
    lines += [f"```{language}", example_text(form, example).rstrip("\n"), "```\n", "gives\n"]
    with TemporaryDirectory() as folder:
        path = write_example(form, example, Path(folder))
        loaded = load_interactions(path, root=example.root, target=example.target)
    return [*lines, *_given(loaded)]


def _given(loaded: Loaded) -> list[str]:
    lines: list[str] = []
    rows = loaded.interactions.collect().sort("at", "interaction_id").drop("source")
    for table, frame in ((INTERACTIONS, rows), (ACCOUNTS, loaded.accounts), (FOLLOWS, loaded.follows)):
        if frame is None or frame.is_empty():
            continue
        columns = [name for name in frame.columns if frame[name].null_count() < len(frame)]
        lines += [f"| {table.name} |{' |' * len(frame)}", "|---|" + "---|" * len(frame)]
        lines += [
            f"| `{name}` | " + " | ".join(_value(value, frame.schema[name]) for value in frame[name].to_list()) + " |" for name in columns
        ]
        lines.append("")
    counts = {name: count for name, count in loaded.counts.items() if name not in {"rows", "accounts", "follows", "ignored_columns"}}
    if counts:
        lines += ["Counted: " + ", ".join(f"`{name}` {count}" for name, count in counts.items()) + ".", ""]
    return lines


def _value(value: object, dtype: pl.DataType) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return _cell(", ".join(map(str, value))) or "nobody, nothing"
    if isinstance(dtype, pl.Datetime):
        return str(value).replace("+00:00", " UTC")
    return _cell(str(value).replace("\n", " ⏎ "))

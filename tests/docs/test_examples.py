"""The examples of the docs: every Python block compiles, and those marked ``<!-- runs -->`` run on one small simulated world.

A page's blocks run in order, in one folder of their own that holds the world as ``world``; its Python blocks share their names. A block
marked ``<!-- file: NAME -->`` is written there first.
"""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

import graphwatch as gw
from graphwatch.cli import app
from graphwatch.review.pseudonyms import KEY_VARIABLE
from graphwatch.settings import Settings, flatten

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "reference")]
PAGE_OF_SECTION = {
    "load": ("inputs.md",),
    "content": ("methods/content.md",),
    "detect": ("methods/pileons.md", "methods/cascades-coaction.md"),
    "trace": ("methods/tracing.md", "methods/origins.md"),
    "attribute": ("methods/agencies.md",),
    "warn": ("methods/warning.md",),
}
_FENCE = re.compile(r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?(?P<indent> *)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what the comment before it says, and its line in the page."""

    language: str
    mark: str
    code: str
    line: int


def blocks_of(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    return [
        Block(found["language"], found["mark"] or "", found["code"], text.count("\n", 0, found.start("code")) + 1)
        for found in _FENCE.finditer(text)
    ]


BLOCKS = {path: blocks_of(path) for path in PAGES}
RUNNING = [path for path in PAGES if any(block.mark == "runs" for block in BLOCKS[path])]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "world"
    gw.write_world(gw.simulate_world(20_000, seed=3), folder)
    return folder


@pytest.fixture
def workplace(small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "world").symlink_to(small_world, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(KEY_VARIABLE, "an example key of enough bytes for a test")
    return tmp_path


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_python_blocks_compile(path: Path) -> None:
    for block in BLOCKS[path]:
        if block.language == "python":
            compile(block.code, f"{name_of(path)}:{block.line}", "exec")


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_python_blocks_use_names_that_exist(path: Path) -> None:
    for block in BLOCKS[path]:
        if block.language != "python":
            continue
        used = {
            node.attr
            for node in ast.walk(ast.parse(block.code))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "gw"
        }
        assert sorted(used - set(gw.__all__)) == [], f"{name_of(path)}:{block.line}"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_fences_are_closed_and_marks_are_known(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"^ *```", text, re.M)) == 2 * len(BLOCKS[path])
    marks = [block.mark for block in BLOCKS[path] if block.mark]
    assert [mark for mark in marks if mark != "runs" and not mark.startswith("file: ")] == []
    assert text.count("<!-- runs -->") == marks.count("runs")


@pytest.mark.parametrize("path", RUNNING, ids=name_of)
def test_marked_blocks_run(path: Path, workplace: Path) -> None:
    names: dict[str, object] = {}
    for block in BLOCKS[path]:
        where = f"{name_of(path)}:{block.line}"
        if block.mark.startswith("file: "):
            (workplace / block.mark.removeprefix("file: ")).write_text(block.code, encoding="utf-8")
        elif block.mark == "runs" and block.language == "python":
            exec(compile(block.code, where, "exec"), names)  # noqa: S102 - the project's own pages
        elif block.mark == "runs":
            run_commands(block, where)


def run_commands(block: Block, where: str) -> None:
    lines = block.code.replace("\\\n", " ").splitlines()
    assert lines, where
    for line in lines:
        verb, *arguments = shlex.split(line, comments=True)
        assert verb == "graphwatch", where
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, f"{where}: {line}\n{result.output}"


def test_every_command_of_the_docs_has_options_that_exist() -> None:
    helps: dict[str, str] = {}
    for path, blocks in BLOCKS.items():
        for block in (block for block in blocks if block.language == "sh"):
            for line in block.code.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] != ["graphwatch"] or len(words) < 2:
                    continue
                if words[1] not in helps:
                    shown = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [words[1], "--help"])
                    assert shown.exit_code == 0, f"{name_of(path)}:{block.line}: {line}"
                    helps[words[1]] = shown.output
                options = [word for word in words[2:] if word.startswith("--")]
                assert [option for option in options if option not in helps[words[1]]] == [], f"{name_of(path)}:{block.line}"


def test_every_setting_is_explained_on_its_page() -> None:
    missing = []
    everywhere = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *DOCS.rglob("*.md")])
    for name, _ in flatten(Settings.model_construct().model_dump(mode="json")):
        pages = PAGE_OF_SECTION.get(name.partition(".")[0])
        text = "\n".join((DOCS / page).read_text(encoding="utf-8") for page in pages) if pages else everywhere
        if f"`{name}`" not in text:
            missing.append(name)
    assert missing == []


def test_every_setting_that_a_page_names_exists() -> None:
    names = {name for name, _ in flatten(Settings.model_construct().model_dump(mode="json"))}
    sections = "|".join(PAGE_OF_SECTION)
    for path in PAGES:
        if path.parent.name == "formats":  # fields of the sources are named there, and some are spelled like settings
            continue
        named = set(re.findall(rf"`((?:{sections})\.\w+)`", path.read_text(encoding="utf-8")))
        assert sorted(named - names) == [], name_of(path)


def test_every_public_name_is_in_the_docs() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert [name for name in gw.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_every_result_table_is_in_the_docs() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    properties = [name for name, value in inspect.getmembers(gw.Result) if isinstance(value, property)]
    assert len(properties) >= 7
    assert [name for name in properties if f"`{name}`" not in text and f"result.{name}" not in text] == []

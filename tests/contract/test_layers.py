"""The flow has one direction: a stage imports the vocabulary and earlier stages, never later ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import graphwatch

PACKAGE = Path(graphwatch.__file__).parent
VOCABULARY = {"errors", "schema", "settings", "model", "folder", "compiled"}
FLOW = ["load", "tables", "content", "graph", "detect", "trace", "attribute", "warn", "review", "profiles", "report"]
NO_DISK = {"graph", "detect", "trace", "attribute", "warn"}
READS_OR_WRITES = {"pathlib", "os", "tempfile", "shutil", "socket", "urllib", "sqlite3"}
BANNED = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "graphwatch":
                yield from (f"graphwatch.{name.name}" for name in node.names)


def stage(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "graphwatch" and len(parts) > 1 else ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_flow(path: Path) -> None:
    place = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    used = {stage(module) for module in imported(path)} - {"", place}
    if place in VOCABULARY:
        assert used <= VOCABULARY
    elif place in FLOW:
        assert used <= VOCABULARY | set(FLOW[: FLOW.index(place)])
    elif place == "store":
        assert used <= VOCABULARY | {"load", "tables", "graph"}
    elif place == "ask":
        assert used <= VOCABULARY | {"load", "tables", "graph", "review", "report", "store", "findings"}
    elif place == "simulate":
        assert used <= VOCABULARY
    elif place == "evaluate":
        assert used <= VOCABULARY | set(FLOW[: FLOW.index("report")])


def test_store_and_queries_are_above_the_flow() -> None:
    users: dict[str, set[str]] = {"store": set(), "ask": set()}
    for path in FILES:
        for name in {stage(module) for module in imported(path)} & set(users):
            users[name].add(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    assert users["store"] - {"store"} <= {"ask", "cli", "reference"}
    assert users["ask"] - {"ask"} <= {"__init__", "cli", "reference"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_stages_between_loading_and_report_touch_no_disk(path: Path) -> None:
    place = path.relative_to(PACKAGE)
    if place.parts[0] in NO_DISK and place.as_posix() != "graph/export.py":
        assert {module.split(".")[0] for module in imported(path)} & READS_OR_WRITES == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_size_and_name(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert not BANNED & set(path.relative_to(PACKAGE).with_suffix("").parts)


def test_typing_has_no_exemption() -> None:
    marks = ["type: " + "ignore", "mypy: " + "ignore"]
    sources = [*FILES, *Path(__file__).parents[1].rglob("*.py"), *(PACKAGE.parent / "benchmarks").rglob("*.py")]
    assert [str(path) for path in sources if any(mark in path.read_text(encoding="utf-8") for mark in marks)] == []

"""The docs say what is there: generated pages, links, verbs, public names, licences."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

import graphwatch
from graphwatch.cli import app
from graphwatch.reference import command_names, drifted

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
PROSE = {path: path.read_text(encoding="utf-8") for path in PAGES}


def test_generated_pages_are_current() -> None:
    assert drifted(ROOT) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", PROSE[path])
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_every_verb_is_in_the_readme_or_docs() -> None:
    verbs = list(command_names(get_command(app)))
    text = "\n".join(PROSE.values())
    assert len(verbs) >= 6
    assert [verb for verb in verbs if f"graphwatch {verb}" not in text] == []


def test_every_public_name_exists_and_is_documented() -> None:
    text = "\n".join(PROSE.values())
    for name in graphwatch.__all__:
        assert getattr(graphwatch, name).__doc__, name
        assert name in text, f"{name} is in no page of the docs"


def test_every_dependency_has_its_licence_recorded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[><=\[ ]", item)[0] for item in wanted} - {"graphwatch"}
    recorded = PROSE[ROOT / "docs" / "licences.md"]
    assert sorted(name for name in names if f"| {name} |" not in recorded) == []
    assert all(">=" in item for item in wanted if not item.startswith("graphwatch"))


def test_nothing_names_a_registry_or_a_machine() -> None:
    hosts = [
        "pypi." + "org",
        "pythonhosted." + "org",
        "registry.npmjs" + ".org",
        "repo1.maven" + ".org",
        "/work/" + "shared",
        "/opt/" + "wheels",
    ]
    tracked = [*ROOT.glob("*.*"), ROOT / "Makefile", *(ROOT / ".ci").iterdir()]
    for folder in ("graphwatch", "tests", "docs", "benchmarks", "notebooks", "queries"):
        tracked += [
            path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".md", ".toml", ".ipynb", ".cypher", ".html", ".txt"}
        ]
    for path in tracked:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert [host for host in hosts if host in text] == [], path

"""The guide for Neo4j Browser and its style: all queries, all kinds, and on a real server every block of it runs."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphwatch.ask.guide import guide_files
from graphwatch.cli import app
from graphwatch.cli.guide import served
from graphwatch.errors import UnavailableError
from graphwatch.store import Store
from graphwatch.store.shape import EDGES, NODES
from tests.queries.worlds import ALL_QUERIES

FILES = guide_files()


class Slides(HTMLParser):
    """What Browser 5 takes from a guide: elements ``slide``, and the text of ``pre.runnable``."""

    def __init__(self) -> None:
        super().__init__()
        self.slides = 0
        self.blocks: list[str] = []
        self._inside = False
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.slides += tag == "slide"
        if tag == "pre" and "runnable" in str(dict(attrs).get("class")).split():
            self._inside = True
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._inside = self._inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.blocks[-1] += data


def blocks_of(form: str) -> list[str]:
    if form == "adoc":
        return re.findall(r"^\[source,cypher\]\n----\n(.*?)\n----$", FILES["guide.adoc"], re.M | re.S)
    slides = Slides()
    slides.feed(FILES["guide.html"])
    assert slides.open == []
    return slides.blocks


def test_both_forms_have_every_query_and_its_parameters() -> None:
    slides = Slides()
    slides.feed(FILES["guide.html"])
    assert slides.slides == len(ALL_QUERIES) + 2
    assert blocks_of("html") == blocks_of("adoc")
    blocks = blocks_of("html")
    for query in ALL_QUERIES:
        place = blocks.index(query.cypher.strip())
        names = [block.split()[1] for block in blocks[place - len(query.parameters) : place]]
        assert names == [parameter.name for parameter in query.parameters]
    assert "----" not in "".join(blocks)


def test_the_style_has_every_label_and_type() -> None:
    rules = re.findall(r"^(\S+) \{\n((?:  [a-z-]+: [^;\n]+;\n)+)\}$", FILES["graphwatch.grass"], re.M)
    assert len(rules) == FILES["graphwatch.grass"].count("{\n")
    selectors = [selector for selector, _ in rules]
    wanted = {"node", "relationship", *(f"node.{node.label}" for node in NODES), *(f"relationship.{edge.type}" for edge in EDGES)}
    assert set(selectors) == wanted
    assert len(selectors) == len(wanted)
    colors = [re.findall(r"  color: (#[0-9a-f]{6});", body) for selector, body in rules if selector.startswith("node.")]
    assert len({color for (color,) in colors}) == len(NODES)


def test_the_style_is_read_as_browser_reads_it() -> None:
    """Browser knows no comment and no escape: quotes toggle, braces outside of them delimit, and what is no pair of two is left out."""
    style = FILES["graphwatch.grass"]
    assert "'" not in style
    outside = re.sub(r'"[^"\n]*"', "", style)
    assert '"' not in outside
    assert outside.count("{") == outside.count("}") > len(NODES) + len(EDGES) // 2
    read = {"".join(head.split()): body for head, body in re.findall(r'([^{}]+)\{((?:"[^"]*"|[^{}"])*)\}', style)}
    for selector, body in read.items():
        pieces = [piece.split(":") for piece in body.replace('"', "").split(";") if piece.strip()]
        assert [piece for piece in pieces if len(piece) != 2] == [], selector
    assert 'caption: "{role}"' in read["relationship.MEMBER_OF"]


def test_it_is_served_to_this_machine_only_and_nothing_else_is() -> None:
    with served(FILES, 0) as address:
        assert re.fullmatch(r"http://localhost:\d+", address)
        base = address.replace("localhost", "127.0.0.1")
        with urllib.request.urlopen(f"{base}/guide.html") as answer:  # noqa: S310
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.read().decode() == FILES["guide.html"]
        for path in ("/", "/../graphwatch.grass", "/etc/passwd"):
            with pytest.raises(urllib.error.HTTPError) as error:
                urllib.request.urlopen(base + path)  # noqa: S310
            error.value.close()
            assert error.value.code == 404
        with pytest.raises(UnavailableError, match="--port"), served(FILES, int(address.rpartition(":")[2])):
            pass


def test_the_command_writes_the_files(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["neo4j", "guide", "--out", str(tmp_path / "g")])
    assert ran.exit_code == 0, ran.output
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "g").iterdir()} == FILES
    assert CliRunner().invoke(app, ["neo4j", "guide"]).exit_code == 2


@pytest.mark.slow
def test_every_block_runs_on_a_server(query_store: Store) -> None:
    values: dict[str, object] = {}
    for block in blocks_of("html"):
        if block.startswith(":param "):
            name, expression = block.removeprefix(":param ").split(" => ")
            values[name] = query_store.value(f"RETURN {expression} AS value")
        else:
            query_store.rows(block, values)
    allowed = query_store.value("SHOW SETTINGS 'browser.remote_content_hostname_whitelist' YIELD value RETURN value")
    assert allowed is None or "localhost" in str(allowed)

"""The page: safe with any string, whole offline, the same every time, sensible when there is nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphwatch.errors import OutputError
from graphwatch.report import gather, render_report, write_report
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.settings import ReportSettings

Make = Callable[..., Any]
EVIL = (
    "<script>alert(1)</script>",
    "]]></svg><img src=x onerror=alert(1)>",
    "\"'><a href=javascript:alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "--><iframe src=http://example.org>",
    "a\u202egnp.exe\u2066\u200b\x00\x07\x1b[31m\r\n",
    "=cmd|'/C calc'!A0",
    "</style></title></details>",
    "&lt;&#60;\ufeff",
    "字" * 2000,
)
VOID = {"meta", "img", "br"}


class Elements(HTMLParser):
    """Tags with their attribute names, in order; and that they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, ...]] = []
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, *(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "style", "data", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def elements(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser


def page(made: Any, names: Pseudonyms) -> str:
    return render_report(gather(made, names), made.settings.report)


@pytest.mark.parametrize("text", EVIL)
def test_no_string_of_the_data_changes_the_page(make: Make, names: Pseudonyms, text: str) -> None:
    small = ReportSettings(detailed=1)
    html = page(make(text, accounts=10, settings=small), names)
    assert elements(html).seen == elements(page(make("word", accounts=10, settings=small), names)).seen
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", html)
    assert "{{" not in text or "{{ 7 * 7 }}" in html


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_string(make: Make, names: Pseudonyms, text: str) -> None:
    one = ReportSettings(detailed=1)
    made, plain = (make(word, pileons=1, accounts=6, settings=one) for word in (text, "word"))
    assert elements(page(made, names)).seen == elements(page(plain, names)).seen


def test_nothing_outside_and_no_script(make: Make, names: Pseudonyms) -> None:
    html = page(make(), names)
    found = elements(html)
    assert all(address.startswith("#") for address in found.addresses)
    assert not any(tag == "script" or name.startswith("on") for tag, *attrs in found.seen for name in attrs)
    assert "http-equiv" in next(names for tag, *names in found.seen if tag == "meta" and "http-equiv" in names)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
    images = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert sum("Timeline:" in image for image in images) == 2
    assert not any(re.search(r"(href|src)=", image) for image in images)
    assert "@import" not in html
    assert "url(" not in html


def test_anchors_lead_somewhere(make: Make, names: Pseudonyms) -> None:
    html = page(make(), names)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_accounts_and_interactions_are_never_named(make: Make, names: Pseudonyms) -> None:
    html = page(make("zebra"), names)
    assert not re.search(r"who:zebra|aim\d:zebra|act\d:zebra", html)
    assert names.of("who:zebra:0") in html
    assert names.of("aim0:zebra") in html
    assert names.of("act0:zebra:0", "interaction") in html
    assert "agency0:zebra" in html


def test_the_same_twice(make: Make, names: Pseudonyms) -> None:
    assert page(make(), names) == page(make(), names)


def test_empty_result(make: Make, names: Pseudonyms) -> None:
    html = page(make(pileons=0), names)
    elements(html)
    assert "No pile-on was found." in html
    assert "does not mean that nobody was attacked" in html
    assert "No interaction in the input" in html


def test_says_what_it_does_not_show(make: Make, names: Pseudonyms) -> None:
    small = ReportSettings(detailed=1, max_nodes=10, accounts_shown=2, table_rows=10)
    html = page(make(pileons=12, settings=small), names)
    assert "1 of 12 pile-ons" in html
    assert "20 accounts of lower credit are not drawn" in html
    assert "20 acts with the fewest descendants are not drawn" in html
    assert "2 of 30 accounts" in html
    assert "The first 10 of 12 rows" in html


def test_says_what_it_rests_on(make: Make, names: Pseudonyms) -> None:
    html = page(make(), names)
    for words in (
        "Nothing here is a verdict",
        "Membership is no direction",
        "not reviewed",
        "Hostile accounts are counted",
        "a single act",
    ):
        assert words in html
    silent = page(make(hostility=False), names)
    assert "No hostility was known" in silent
    assert "All accounts are counted" in silent


def test_a_key_that_will_not_last_is_told(make: Make) -> None:
    assert "GRAPHWATCH_PSEUDONYM_KEY" in page(make(), Pseudonyms.load({}))


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, "one")
    write_report(path, "two 二")
    assert path.read_text("utf-8") == "two 二"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(OutputError, match="absent"):
        write_report(tmp_path / "absent" / "report.html", "x")
    with pytest.raises(UnicodeEncodeError):
        write_report(path, "\ud800")
    assert path.read_text("utf-8") == "two 二"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]

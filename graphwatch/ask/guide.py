"""A guide for Neo4j Browser with all named queries: HTML slides for Browser 5, AsciiDoc for the Browser that came after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Final

from graphwatch.ask.catalogue import catalogue
from graphwatch.ask.header import Parameter, Query
from graphwatch.ask.style import grass

TITLE: Final = "graphwatch: tracebacks in Cypher"
HTML_FILE: Final = "guide.html"
ADOC_FILE: Final = "guide.adoc"
STYLE_FILE: Final = "graphwatch.grass"
_FINDINGS: Final = "Rows are findings for a person to review, not verdicts. Ids are personal data."
_STARTS: Final = (
    ("What the graph holds", "CALL db.schema.visualization()"),
    (
        "The largest pile-ons: take an id from here",
        "MATCH (p:PileOn)\nRETURN p.pileon_id, p.nature, p.onset, p.actors\nORDER BY p.actors DESC LIMIT 20",
    ),
    (
        "A pile-on as a picture: accounts with a role other than follower, their agencies, its target",
        "MATCH (t:Account)<-[x:TARGETS]-(p:PileOn {pileon_id: $pileon})<-[m:MEMBER_OF]-(a:Account)\n"
        "WHERE m.role <> 'follower'\nOPTIONAL MATCH (a)-[s:SIGNED_WITH]->(g:Agency)\nRETURN t, x, p, m, a, s, g LIMIT 300",
    ),
)


def guide_files() -> dict[str, str]:
    """Give the files of the guide by name: slides, the same as AsciiDoc, and the style file.

    Examples
    --------
    >>> sorted(guide_files())
    ['graphwatch.grass', 'guide.adoc', 'guide.html']
    """
    return {HTML_FILE: guide_html(), ADOC_FILE: guide_adoc(), STYLE_FILE: grass()}


def guide_html() -> str:
    """Give the guide as slides; a click on a block puts it into the editor."""
    slides = [_slide(TITLE, [_FINDINGS, *_how()], [("", words) for words in [*_parameters_to_start()]])]
    slides.append(_slide("To start with", [], list(_STARTS)))
    for query in catalogue().values():
        slides.append(
            _slide(query.name, [query.purpose, *_meanings(query)], [*(("", words) for words in _params(query)), ("Query", query.cypher)])
        )
    return f'<article class="guide">\n<carousel class="deck container-fluid">\n{"".join(slides)}</carousel>\n</article>\n'


def _slide(title: str, words: list[str], blocks: list[tuple[str, str]]) -> str:
    told = "".join(f"<p>{escape(line)}</p>\n" for line in words)
    figures = "".join(
        "<figure>"
        + (f"<figcaption>{escape(caption)}</figcaption>" if caption else "")
        + f'<pre class="pre-scrollable code runnable">{escape(code.strip())}</pre></figure>\n'
        for caption, code in blocks
        if code
    )
    return f'<slide class="row-fluid">\n<div class="col-sm-12">\n<h3>{escape(title)}</h3>\n{told}{figures}</div>\n</slide>\n'


def guide_adoc() -> str:
    """Give the guide as AsciiDoc: a section for each slide."""
    parts = [f"= {TITLE}\n", _FINDINGS + "\n", *(f"{words}\n" for words in _how())]
    parts += [_listing(words) for words in _parameters_to_start()]
    parts += ["== To start with\n", *(f".{caption}\n{_listing(code)}" for caption, code in _STARTS)]
    for query in catalogue().values():
        parts += [f"== {query.name}\n", _literal(query.purpose) + "\n"]
        parts += [f"* {_literal(line)}" for line in _meanings(query)]
        parts += ["", *map(_listing, _params(query)), _listing(query.cypher)]
    return "\n".join(parts)


def _listing(code: str) -> str:
    return f"[source,cypher]\n----\n{code.strip()}\n----\n"


def _literal(words: str) -> str:
    """Keep AsciiDoc from reading signs as markup (passthrough macro with special characters replaced)."""
    return f"pass:c[{words.replace(']', chr(92) + ']')}]"


def _how() -> list[str]:
    return ["Click a block to put it into the editor, write your own values in place of those in it, and run it. Set the parameters first."]


def _parameters_to_start() -> list[str]:
    return [":param pileon => 'p-…'"]


def _meanings(query: Query) -> list[str]:
    return [f"{p.name} ({p.type}, {_told(p)}): {p.meaning}" for p in query.parameters]


def _told(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    return "may be left null" if parameter.default is None else f"default {parameter.default}"


_PLACEHOLDER: Final[Mapping[str, str]] = {"string": "'…'", "account": "'…'", "time": "datetime('2024-05-01T00:00:00Z')", "integer": "1"}


def _params(query: Query) -> list[str]:
    """Give the commands that set the parameters: to the default, or dots where a value is needed.

    One command each: ``:params {…}`` would make floats of whole numbers, which ``LIMIT`` does not take.
    """
    return [f":param {p.name} => {_value(p)}" for p in query.parameters]


def _value(parameter: Parameter) -> str:
    value = parameter.default
    if parameter.required:
        return _PLACEHOLDER.get(parameter.type, "1.0")
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"datetime('{value:%Y-%m-%dT%H:%M:%SZ}')"
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)

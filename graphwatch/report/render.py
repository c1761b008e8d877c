"""The report as one HTML file that opens offline: no script, no outside reference, every string of the data escaped."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from graphwatch.errors import OutputError, Place
from graphwatch.report import wording
from graphwatch.report.content import PileonDetail, ReportContent
from graphwatch.report.drawing import ROLE_COLORS, draw_descent, draw_network
from graphwatch.report.gather import worth_listing
from graphwatch.report.timeline import draw_timeline
from graphwatch.settings import ReportSettings

_TEMPLATES: Final = Path(__file__).parent / "templates"
_OPEN_AT_FIRST: Final = 3


def render_report(content: ReportContent, settings: ReportSettings) -> str:
    """Give the report's HTML.

    Parameters
    ----------
    content
        What to show, with pseudonyms in place; see :func:`graphwatch.report.gather.gather`.
    settings
        Largest number of rows of a table.

    Returns
    -------
    str
        The same content gives the same text. Strings of the data are escaped and isolated (``<bdi>``), control characters in them are made
        visible, and a content security policy forbids scripts and outside addresses.
    """
    page = _environment().get_template("report.html")
    return page.render(
        content=content,
        figures=[_figures(detail, content) for detail in content.details],
        shown={
            "agencies": worth_listing(content.agencies, content.fdr, settings.table_rows),
            "controllers": worth_listing(content.controllers, content.fdr, settings.table_rows),
        },
        rows=settings.table_rows,
        needs=needs_attention(content),
        role_colors=ROLE_COLORS,
        open_at_first=_OPEN_AT_FIRST,
    )


def write_report(path: Path, html: str) -> None:
    """Write the report whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(html)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", Place(path)) from error


def needs_attention(content: ReportContent, most: int = 5) -> list[dict[str, object]]:
    """Choose what to look at first: the attacks that reach furthest, each weighed by the probability that it is one."""
    attacks = content.pileons.filter(pl.col("nature") == "attack")
    reach = pl.col("hostile_actors").fill_null(0) * pl.col("nature_probability").fill_null(0.5)
    ranked = attacks.with_columns(reach=reach).sort("reach", "pileon_id", descending=[True, False])
    return list(ranked.head(most).iter_rows(named=True))


def _figures(detail: PileonDetail, content: ReportContent) -> dict[str, str | int]:
    expected = detail.row["expected"]
    level = float(str(expected)) if expected is not None else None
    timeline = draw_timeline(detail.times, detail.hostile, onset=detail.onset, peak=detail.peak, end=detail.end, expected=level)
    return {
        "timeline": _built(timeline),
        "network": _built(draw_network(detail.network, content.seed) if detail.network is not None else ""),
        "descent": _built(draw_descent(detail.descent) if detail.descent is not None else ""),
        "agency_rows": worth_listing(detail.agencies, content.fdr, 100),
    }


def _built(markup: str) -> Markup:
    """Mark as safe what this package has built from numbers, pseudonyms and escaped words."""
    return Markup(markup)  # noqa: S704


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    for name in ("moment", "stamp", "duration", "count", "number", "share", "chance", "interval"):
        env.filters[name] = getattr(wording, name)
    env.filters["words"] = _words
    env.tests["told"] = _is_told
    return env


def _finalize(value: object) -> object:
    """Clean every string on its way out, except markup that this package has built."""
    return wording.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _words(value: str | None) -> str:
    return wording.ABSENT if value is None else value.replace("_", " ")


def _is_told(value: object) -> bool:
    """Whether there is something to tell: neither null nor empty."""
    return value is not None and value not in ("", [], ())

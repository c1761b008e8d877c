"""A traceback as a drawing: time from left to right, one row for each chain; safe markup, no script."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
from markupsafe import escape

from graphwatch.model import F64
from graphwatch.report.chain_words import BASIS_WORDS, LINK_WORDS, traceback_lines
from graphwatch.report.traceback import Chain, Hop, Traceback
from graphwatch.report.wording import clean, share, stamp

_WIDTH: Final = 980
_LEFT: Final = 190
_ROW: Final = 74
_TOP: Final = 56
_GAP: Final = 108
_STYLE: Final = "font-family:system-ui,sans-serif;background:#fff"
_DASH: Final = {"given": "", "model": ' stroke-dasharray="5 3"', "lag": ' stroke-dasharray="1 4"'}


def draw_traceback(traceback: Traceback, most: int = 5) -> str:
    """Draw the chains of the first origin, the likeliest of each other one, and that of the account that was asked for, as one SVG.

    Parameters
    ----------
    traceback
        What to draw.
    most
        Chains at most, beside the account's.

    Returns
    -------
    str
        Whole lines are links that the data give, dashed ones the model's, dotted ones assumed from the time between. Acts are in their
        order, at least so far apart that they can be read: distances are not to scale, times are written below.
    """
    rows = [
        (f"{number}. {_share(origin.expected_share)} descends" if k == 0 else "or", chain)
        for number, origin in enumerate(traceback.origins, 1)
        for k, chain in enumerate(origin.chains if number == 1 else origin.chains[:1])
    ][:most]
    if traceback.account is not None:
        rows.insert(0, ("the account", traceback.account.back))
    longest = max((len(chain.hops) for _, chain in rows), default=1)
    width = max(_WIDTH, _LEFT + longest * _GAP + 40)
    height = _TOP + max(len(rows), 1) * _ROW + 34
    span = _span([hop for _, chain in rows for hop in chain.hops])
    body = "".join(_row(k, title, chain, width, span) for k, (title, chain) in enumerate(rows))
    p = traceback.pileon
    head = f"Chains to the peak of {p['pileon_id']}, {stamp(p['peak'] if isinstance(p['peak'], datetime) else None)} UTC"
    legend = (
        "whole line: in the data · dashed: by the model · dotted: assumed from the time · red: hostile · hollow: deleted or not in the data"
    )
    foot = "Candidates, not proof; " + ("reviewed by a person, see the words." if traceback.reviewed else "not reviewed by a person.")
    none = "" if rows else _text(20, _TOP + 20, "no chain to the peak was found", 13)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" style="{_STYLE}" '
        f'role="img" aria-label="{escape(clean(head))}">{_text(20, 24, head, 15, weight=600)}{_text(20, 42, legend, 11, fill="#475569")}'
        f"{body}{none}{_text(20, height - 12, foot, 11, fill='#475569')}</svg>"
    )


def traceback_page(traceback: Traceback) -> str:
    """Give the drawing and its words as one HTML file that opens offline and runs nothing."""
    words = "\n".join(traceback_lines(traceback, most=20))
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="robots" content="noindex"><title>graphwatch traceback</title>'
        "<style>body{font-family:system-ui,sans-serif;margin:1.5rem;max-width:70rem}pre{white-space:pre-wrap;line-height:1.45}"
        f".scroll{{overflow-x:auto}}</style></head><body><h1>Where {escape(str(traceback.pileon['pileon_id']))} came from</h1>"
        f'<div class="scroll">{draw_traceback(traceback)}</div><pre>{escape(words)}</pre></body></html>\n'
    )


def _span(hops: list[Hop]) -> tuple[float, float]:
    times = [hop.at.timestamp() for hop in hops if hop.at is not None]
    return (min(times), max(times)) if times else (0.0, 1.0)


def _places(chain: Chain, width: int, span: tuple[float, float]) -> F64:
    """Place acts by time, moved apart where they would lie on each other."""
    first, last = span
    times = np.array([first if hop.at is None else hop.at.timestamp() for hop in chain.hops])
    x = _LEFT + (np.maximum.accumulate(times) - first) / max(last - first, 1.0) * (width - _LEFT - 60)
    for k in range(1, len(x)):
        x[k] = max(x[k], x[k - 1] + _GAP)
    for k in range(len(x) - 1, -1, -1):
        x[k] = min(x[k], width - 60 - (len(x) - 1 - k) * _GAP)
    return x


def _row(number: int, title: str, chain: Chain, width: int, span: tuple[float, float]) -> str:
    y = _TOP + number * _ROW + 30
    x = _places(chain, width, span)
    parts = [_text(20, y - 2, title, 12, weight=600), _text(20, y + 13, f"chain {_share(chain.probability)}", 11, fill="#475569")]
    for k, hop in enumerate(chain.hops):
        if k and hop.link is not None:
            how = f"{LINK_WORDS[hop.link]}: {_share(hop.probability)} {BASIS_WORDS[str(hop.basis)]}"
            parts.append(
                f'<line x1="{x[k - 1] + 7:.0f}" y1="{y}" x2="{x[k] - 7:.0f}" y2="{y}" stroke="#475569" stroke-width="1.4"'
                f"{_DASH[str(hop.basis)]}><title>{escape(how)}</title></line>"
            )
            parts.append(_text((x[k - 1] + x[k]) / 2, y - 5, _share(hop.probability), 10, anchor="middle", fill="#475569"))
        parts.append(_dot(hop, float(x[k]), y))
    return "".join(parts)


def _dot(hop: Hop, x: float, y: float) -> str:
    color = "#b91c1c" if hop.hostile else "#64748b"
    fill = "#fff" if hop.deleted or not hop.in_data else color
    who = "unknown" if hop.actor is None else clean(hop.actor)
    time = "?" if hop.at is None else hop.at.strftime("%m-%d %H:%M")
    words = f"{who} {hop.kind or 'act'} {stamp(hop.at)} {'' if hop.in_data else 'not in the data'}{'deleted' if hop.deleted else ''}"
    return (
        f'<circle cx="{x:.0f}" cy="{y}" r="6" fill="{fill}" stroke="{color}" stroke-width="2"><title>{escape(words)}</title></circle>'
        + _text(x, y + 19, who if len(who) <= 17 else who[:16] + "…", 9.5, anchor="middle")
        + _text(x, y + 31, time, 9.5, anchor="middle", fill="#475569")
    )


def _text(x: float, y: float, words: str, size: float, *, anchor: str = "start", fill: str = "#0f172a", weight: int = 400) -> str:
    form = f'font-size="{size}" text-anchor="{anchor}" fill="{fill}" font-weight="{weight}"'
    return f'<text x="{x:.0f}" y="{y:.0f}" {form}>{escape(clean(words))}</text>'


def _share(value: float | None) -> str:
    return share(value)

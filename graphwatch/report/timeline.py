"""The report's timeline as SVG: bars of interactions, onset, peak and end, and the level of ordinary days.

All that goes into it are numbers: the result is safe markup. The chart of the same bars for notebooks is in
:mod:`graphwatch.report.charts`; a report has dozens of timelines, and a drawing engine for charts would take a second for every ten.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from graphwatch.model import I64, Bools
from graphwatch.report.bars import HOSTILE, INK, LEVEL, OTHER, Bars, step_words, tick_counts, tick_times

_WIDTH: Final = 1100
_HEIGHT: Final = 250
_LEFT: Final = 44
_RIGHT: Final = 1072
_TOP: Final = 34
_BOTTOM: Final = 222
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def draw_timeline(times: I64, hostile: Bools, *, onset: int, peak: int, end: int, expected: float | None = None) -> str:
    """Draw interactions over time, hostile ones apart, with onset, peak and end, and the level of ordinary days.

    Parameters
    ----------
    times : (n,)
        µs since 1970 UTC.
    hostile : (n,)
        Mask.
    onset, peak, end
        µs since 1970 UTC.
    expected
        What ordinary days would bring from onset to end; drawn as a level. None or NaN: not drawn.

    Returns
    -------
    str
        An ``svg`` element of the class ``figure``; times are shown in UTC. The same input gives the same text.

    Examples
    --------
    >>> import numpy as np
    >>> drawn = draw_timeline(np.array([0, 1]), np.array([True, False]), onset=0, peak=0, end=1)
    >>> drawn.count(HOSTILE), drawn.count(">onset<")
    (2, 1)
    """
    bars = Bars.of(times, hostile, onset, end)
    level = bars.ordinary(expected, onset, end)
    room = 1.2 * max(bars.highest, level or 0.0)  # for the words above the bars
    words = f"{len(times)} interactions over time, {int(hostile.sum())} of them hostile"
    return (
        f'<svg class="figure" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Timeline: {words}">'
        + _legend(bars)
        + _count_axis(room)
        + _columns(bars, room)
        + _time_axis(bars)
        + ("" if level is None else _level(level, room))
        + "".join(_moment(bars, at, word, drop) for at, word, drop in ((onset, "onset", 0), (peak, "peak", 13), (end, "end", 0)))
        + "</svg>"
    )


def _x(bars: Bars, at: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (min(max(at, bars.low), bars.high) - bars.low) / (bars.high - bars.low)


def _y(count: float, room: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * count / room


def _columns(bars: Bars, room: float) -> str:
    """Draw the hostile part of each bar at the bottom, the rest on it."""
    parts: dict[str, list[str]] = {HOSTILE: [], OTHER: []}
    for start, hostile, other in zip(bars.start.tolist(), bars.hostile.tolist(), bars.other.tolist(), strict=True):
        left, right = _x(bars, start), _x(bars, start + bars.step)
        wide = max(right - left - 0.6, 0.4)
        for color, below, count in ((HOSTILE, 0, hostile), (OTHER, hostile, other)):
            if count:
                top, bottom = _y(below + count, room), _y(below, room)
                parts[color].append(f"M{left:.1f} {bottom:.1f}V{top:.1f}h{wide:.1f}V{bottom:.1f}z")
    return "".join(f'<path d="{"".join(drawn)}" fill="{color}"/>' for color, drawn in parts.items() if drawn)


def _legend(bars: Bars) -> str:
    square = '<rect x="{x}" y="8" width="10" height="10" fill="{color}"/>'
    title = _text(_LEFT - 40, 17, f"interactions per {step_words(bars.step)}, times in UTC")
    keys = ((_RIGHT - 150, HOSTILE, "hostile"), (_RIGHT - 70, OTHER, "other"))
    return title + "".join(square.format(x=x, color=color) + _text(x + 15, 17, word) for x, color, word in keys)


def _count_axis(room: float) -> str:
    lines = ""
    for count in tick_counts(room):
        y = _y(count, room)
        lines += f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="#e2e8f0"/>' if count else ""
        lines += _text(_LEFT - 6, y + 4, f"{count:,}", "end")
    return lines


def _time_axis(bars: Bars) -> str:
    axis = f'<path d="M{_LEFT} {_BOTTOM}H{_RIGHT}" stroke="{INK}"/>'
    for at in tick_times(bars.low, bars.high):
        x = _x(bars, at)
        axis += f'<path d="M{x:.1f} {_BOTTOM}v5" stroke="{INK}"/>' + _text(x, _BOTTOM + 18, _time_words(at), "middle")
    return axis


def _moment(bars: Bars, at: int, word: str, drop: int) -> str:
    x = _x(bars, at)
    line = f'<path d="M{x:.1f} {_TOP}V{_BOTTOM}" stroke="{INK}" stroke-dasharray="3 3"/>'
    late = x > _RIGHT - 40
    return line + _text(x - 4 if late else x + 4, _TOP + 9 + drop, word, "end" if late else "start")


def _level(level: float, room: float) -> str:
    y = _y(level, room)
    line = f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="{LEVEL}" stroke-width="1.5"/>'
    return line + _text(_RIGHT - 2, y - 5, "ordinary days", "end", ' class="level"')


def _text(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{words}</text>'


def _time_words(micros: int) -> str:
    at = datetime.fromtimestamp(micros // 1_000_000, UTC)
    return f"{at.hour:02d}:{at.minute:02d}" if at.hour or at.minute else f"{at.day} {_MONTHS[at.month - 1]}"

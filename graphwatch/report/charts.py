"""Charts in altair, and their form as images that need no other file."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Final

import altair as alt
import numpy as np
import polars as pl
import vl_convert

from graphwatch.model import DAY, HOUR, I64, MINUTE, Bools

HOSTILE: Final = "#c2410c"
OTHER: Final = "#8fb4d3"
INK: Final = "#334155"
LEVEL: Final = "#15803d"
_STEPS: Final = np.array([*(MINUTE * k for k in (1, 2, 5, 10, 15, 30)), *(HOUR * k for k in (1, 2, 3, 6, 12, 24))])
_BARS: Final = 96
_LABEL: Final = "utcFormat(datum.value, utchours(datum.value) + utcminutes(datum.value) == 0 ? '%-d %b' : '%H:%M')"
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


def bin_width(span: int) -> int:
    """Give the width of the bars, in µs, for a span in µs: the first common step that needs at most 96 bars.

    Examples
    --------
    >>> bin_width(24 * HOUR) // MINUTE, bin_width(400 * DAY) // DAY
    (15, 5)
    """
    wide = int(_STEPS[min(int(np.searchsorted(_STEPS, span / _BARS)), len(_STEPS) - 1)])
    return wide if wide < DAY else DAY * max(1, -(-span // (DAY * _BARS)))


def timeline_chart(
    times: I64,
    hostile: Bools,
    *,
    onset: int,
    peak: int,
    end: int,
    expected: float | None = None,
    width: int = 760,
    height: int = 190,
) -> alt.LayerChart:
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
    width, height
        Pixels of the plot.

    Returns
    -------
    altair.LayerChart
        Times are shown in UTC.

    Examples
    --------
    >>> times = np.arange(0, HOUR, MINUTE)
    >>> chart = timeline_chart(times, times > 0, onset=0, peak=30 * MINUTE, end=HOUR)
    >>> len(chart.layer)
    3
    """
    margin = max((end - onset) // 12, MINUTE)
    low, high = min(onset - margin, int(times.min(initial=onset))), max(end + margin, int(times.max(initial=end)))
    step = bin_width(high - low)
    bars = _bars(times, hostile, step)
    per_bar = None if expected is None or not np.isfinite(expected) else expected * step / max(end - onset, step)
    ticks = alt.Axis(grid=False, labelOverlap=True, tickCount=8, labelExpr=_LABEL, titleAnchor="end", titleFontWeight="normal")
    axis = alt.X("begin:T", scale=_time_scale(low, high + step), title="UTC", axis=ticks)
    highest = bars.group_by("start").agg(pl.col("count").sum())["count"].to_list()
    room = 1.2 * max([1, *highest])  # for the words above the bars
    layers = [_columns(bars, axis, step, room), *_moments(onset, peak, end)]
    if per_bar is not None:
        layers += _level(per_bar)
    config = alt.Config(font=_FONT, background="transparent", view=alt.ViewConfig(stroke=None))
    return alt.LayerChart(layer=layers, width=width, height=height, config=config)


def svg_of(chart: alt.LayerChart) -> str:
    """Turn a chart into SVG text; the same chart gives the same text."""
    svg = vl_convert.vegalite_to_svg(chart.to_dict(validate=False))
    names = {name: f"clip{i}" for i, name in enumerate(dict.fromkeys(re.findall(r"\bclip\d+\b", svg)))}  # else numbered through the process
    return re.sub(r"\bclip\d+\b", lambda found: names[found[0]], svg)


def image_source(svg: str) -> str:
    """Give an SVG as a ``data:`` address for an ``img`` element, where it cannot touch the page around it."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _time_scale(low: int, high: int) -> alt.Scale:
    return alt.Scale(type="utc", domain=[_stamp(low), _stamp(high)], nice=False)


def _columns(bars: pl.DataFrame, axis: alt.X, step: int, room: float) -> alt.Chart:
    colors = alt.Scale(domain=["hostile", "other"], range=[HOSTILE, OTHER])
    legend = alt.Legend(orient="top", title=None, symbolType="square", offset=2)
    side = alt.Axis(tickMinStep=1, tickCount=5, domain=False, titleFontWeight="normal")
    height = alt.Scale(domain=[0, room], nice=False)
    chart = alt.Chart(bars.drop("start")).mark_bar(clip=True, orient="vertical")
    encoded: alt.Chart = chart.encode(
        x=axis,
        x2="stop:T",
        y=alt.Y("count:Q", stack="zero", title=f"interactions per {_words(step)}", axis=side, scale=height),
        color=alt.Color("what:N", scale=colors, legend=legend),
        order=alt.Order("what:N"),
    )
    return encoded


def _moments(onset: int, peak: int, end: int) -> list[alt.Chart]:
    rows = {"begin": [_stamp(t) for t in (onset, peak, end)], "word": ["onset", "peak", "end"], "row": [0, 13, 0]}
    moments = alt.Chart(pl.DataFrame(rows))
    lines = moments.mark_rule(color=INK, strokeDash=[3, 3]).encode(x="begin:T")
    words = moments.mark_text(color=INK, align="left", baseline="top", dx=4, fontSize=11)
    return [lines, words.encode(x="begin:T", y=alt.Y("row:Q", scale=None, axis=None), text="word:N")]


def _level(per_bar: float) -> list[alt.Chart]:
    level = alt.Chart(pl.DataFrame({"count": [per_bar], "word": ["ordinary days"]}))
    line = level.mark_rule(color=LEVEL, strokeWidth=1.5).encode(y="count:Q")
    word = level.mark_text(color=LEVEL, align="right", dy=-6, dx=-2, fontSize=11)
    return [line, word.encode(x=alt.value("width"), y="count:Q", text="word:N")]


def _words(step: int) -> str:
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if step >= unit:
            return name if step == unit else f"{step // unit} {name}s"
    return "minute"


def _bars(times: I64, hostile: Bools, step: int) -> pl.DataFrame:
    frame = pl.DataFrame({"start": times // step * step, "hostile": hostile})
    counted = frame.group_by("start", "hostile").agg(count=pl.len()).sort("start", "hostile")
    return counted.select(
        "start",
        begin=_iso(pl.col("start")),
        stop=_iso(pl.col("start") + step),
        what=pl.when("hostile").then(pl.lit("hostile")).otherwise(pl.lit("other")),
        count=pl.col("count").cast(pl.Int64),
    )


def _iso(micros: pl.Expr) -> pl.Expr:
    return micros.cast(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _stamp(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

"""Timelines as altair charts, for notebooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import altair as alt
import polars as pl

from graphwatch.model import I64, Bools
from graphwatch.report.bars import HOSTILE, INK, LEVEL, OTHER, Bars, step_words

_LABEL: Final = "utcFormat(datum.value, utchours(datum.value) + utcminutes(datum.value) == 0 ? '%-d %b' : '%H:%M')"
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


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
    >>> import numpy as np
    >>> from graphwatch.model import HOUR, MINUTE
    >>> times = np.arange(0, HOUR, MINUTE)
    >>> chart = timeline_chart(times, times > 0, onset=0, peak=30 * MINUTE, end=HOUR)
    >>> len(chart.layer)
    3
    """
    bars = Bars.of(times, hostile, onset, end)
    ticks = alt.Axis(grid=False, labelOverlap=True, tickCount=8, labelExpr=_LABEL, titleAnchor="end", titleFontWeight="normal")
    axis = alt.X("begin:T", scale=_time_scale(bars.low, bars.high), title="UTC", axis=ticks)
    layers = [_columns(bars, axis, 1.2 * bars.highest), *_moments(onset, peak, end)]  # room for the words above the bars
    per_bar = bars.ordinary(expected, onset, end)
    if per_bar is not None:
        layers += _level(per_bar)
    config = alt.Config(font=_FONT, background="transparent", view=alt.ViewConfig(stroke=None))
    return alt.LayerChart(layer=layers, width=width, height=height, config=config)


def _time_scale(low: int, high: int) -> alt.Scale:
    return alt.Scale(type="utc", domain=[_stamp(low), _stamp(high)], nice=False)


def _columns(bars: Bars, axis: alt.X, room: float) -> alt.Chart:
    colors = alt.Scale(domain=["hostile", "other"], range=[HOSTILE, OTHER])
    legend = alt.Legend(orient="top", title=None, symbolType="square", offset=2)
    side = alt.Axis(tickMinStep=1, tickCount=5, domain=False, titleFontWeight="normal")
    height = alt.Scale(domain=[0, room], nice=False)
    chart = alt.Chart(_rows(bars)).mark_bar(clip=True, orient="vertical")
    encoded: alt.Chart = chart.encode(
        x=axis,
        x2="stop:T",
        y=alt.Y("count:Q", stack="zero", title=f"interactions per {step_words(bars.step)}", axis=side, scale=height),
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


def _rows(bars: Bars) -> pl.DataFrame:
    parts = [pl.DataFrame({"start": bars.start, "count": n, "rank": k}) for k, n in enumerate((bars.other, bars.hostile))]
    counted = pl.concat(parts).filter(pl.col("count") > 0).sort("start", "rank")
    return counted.select(
        begin=_iso(pl.col("start")),
        stop=_iso(pl.col("start") + bars.step),
        what=pl.when(pl.col("rank") == 1).then(pl.lit("hostile")).otherwise(pl.lit("other")),
        count="count",
    )


def _iso(micros: pl.Expr) -> pl.Expr:
    return micros.cast(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _stamp(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

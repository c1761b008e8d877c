"""A graph drawn as SVG, with a legend. All that goes into it are numbers and escaped words: the result is safe markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import igraph
from markupsafe import escape

_SIDE: Final = 560
_EDGE: Final = 40
_LEGEND: Final = 200
_LABELS: Final = 8
_LINE: Final = 17
_LONGEST: Final = 26
_LETTER: Final = 6.0  # width of a letter, about
_MANY: Final = ("follower", "other account", "Interaction", "Object")


def draw(
    graph: igraph.Graph, colors: Mapping[str, str], agency_colors: Mapping[str, str], link_colors: Mapping[str, str], left_out: int
) -> str:
    """Draw a graph.

    Parameters
    ----------
    graph
        Vertices with ``name``, ``role``, ``agency``, ``size``, ``x``, ``y`` (0 to 1); edges with ``type``.
    colors, agency_colors, link_colors
        Colours of the values of ``role``, which fill the nodes, of ``agency``, which ring them, and of ``type``, in the order of drawing.
    left_out
        Vertices that are not in the graph; the legend tells.
    """
    at = [(_EDGE + x * (_SIDE - 2 * _EDGE), _EDGE + y * (_SIDE - 2 * _EDGE)) for x, y in zip(graph.vs["x"], graph.vs["y"], strict=True)]
    lines = "".join(_lines(graph, at, kind, color) for kind, color in link_colors.items())
    largest = max(graph.vs["size"], default=1.0)
    radius = [3 + 8 * size / largest for size in graph.vs["size"]]
    told = list(zip(graph.vs["name"], graph.vs["role"], graph.vs["agency"], strict=True))
    marks = [_mark(at[i], radius[i], colors[told[i][1]], agency_colors[told[i][2]], " · ".join(told[i])) for i in range(graph.vcount())]
    order = sorted(range(graph.vcount()), key=lambda i: -radius[i])
    ranked = sorted(order, key=lambda i: told[i][1] in _MANY)  # those that stand out first, then the largest
    labels = "".join(_labels([(at[i], radius[i], told[i][0]) for i in ranked]))
    legend = _legend(graph, colors, agency_colors, link_colors, left_out)
    height = max(_SIDE, 24 + _LINE * (len(colors) + len(agency_colors) + len(link_colors) + 7))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE + _LEGEND} {height}" width="{_SIDE + _LEGEND}" role="img" '
        f'font-family="sans-serif" font-size="11" aria-label="Graph of {graph.vcount()} nodes and {graph.ecount()} edges">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{lines}'
        f'{"".join(marks[i] for i in order)}<g fill="#0f172a" stroke="#ffffff" stroke-width="3" paint-order="stroke">{labels}</g>'
        f"{legend}</svg>"
    )


def _mark(at: tuple[float, float], radius: float, fill: str, ring: str, words: str) -> str:
    place = f'cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:.1f}"'
    return f'<circle {place} fill="{fill}" stroke="{ring}" stroke-width="2"><title>{escape(words)}</title></circle>'


def _lines(graph: igraph.Graph, at: list[tuple[float, float]], kind: str, color: str) -> str:
    """Draw all links of a type as one path."""
    ends = [ends for ends, type_ in zip(graph.get_edgelist(), graph.es["type"], strict=True) if type_ == kind]
    told = "".join(f"M{at[a][0]:.0f} {at[a][1]:.0f}L{at[b][0]:.0f} {at[b][1]:.0f}" for a, b in ends)
    return f'<path d="{told}" stroke="{color}" stroke-width=".8" fill="none"/>'


def _labels(nodes: Iterable[tuple[tuple[float, float], float, str]]) -> Iterator[str]:
    """Write the first names that do not lie across one another."""
    taken: list[tuple[float, float]] = []
    for (x, y), radius, name in nodes:
        anchor, shift = ("end", -radius - 3) if x > _SIDE * 0.7 else ("start", radius + 3)
        width = _LETTER * len(_short(name))
        middle = x + shift + (-width if anchor == "end" else width) / 2
        if len(taken) == _LABELS:
            return
        if all(abs(middle - other[0]) >= width or abs(y - other[1]) >= _LINE * 0.8 for other in taken):
            taken.append((middle, y))
            yield f'<text x="{x + shift:.0f}" y="{y + 4:.0f}" text-anchor="{anchor}">{escape(_short(name))}</text>'


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _legend(
    graph: igraph.Graph, colors: Mapping[str, str], agency_colors: Mapping[str, str], link_colors: Mapping[str, str], left_out: int
) -> str:
    """List roles, agencies and types of links with how many of each there are; agencies only where any is known."""
    lines = ['<text font-weight="600">Role or kind (fill)</text>']
    counts = Counter(graph.vs["role"])
    lines += [_key(f'fill="{color}"', f"{role.replace('_', ' ')} ({counts[role]})") for role, color in colors.items()]
    rings = Counter(graph.vs["agency"])
    if len(agency_colors) > 1:
        lines += ["", '<text font-weight="600">Agency (ring)</text>']
        lines += [
            _key(f'fill="#f1f5f9" stroke="{color}" stroke-width="2"', f"{name} ({rings[name]})") for name, color in agency_colors.items()
        ]
    links = Counter(graph.es["type"])
    if any(link_colors):  # a graph of somebody else's may have no types
        lines += ["", '<text font-weight="600">Link (line)</text>']
        lines += [_stroke(color, f"{kind} ({links[kind]})") for kind, color in link_colors.items()]
    lines += ["", f"<text>{graph.vcount()} nodes, {graph.ecount()} edges</text>"]
    lines += [f"<text>{left_out:,} nodes of fewer links left out</text>"] if left_out else []
    placed = (f'<g transform="translate({_SIDE + 8} {24 + _LINE * row})">{line}</g>' for row, line in enumerate(lines) if line)
    return f'<g fill="#0f172a">{"".join(placed)}</g>'


def _key(mark: str, words: str) -> str:
    return f'<circle cx="5" cy="-4" r="5" {mark}/><text x="16">{escape(_short(words))}</text>'


def _stroke(color: str, words: str) -> str:
    return f'<path d="M0 -4H11" stroke="{color}" stroke-width="2"/><text x="16">{escape(_short(words))}</text>'

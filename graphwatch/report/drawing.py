"""Drawings as SVG: the network of accounts and the descent of acts.

All that goes into them are numbers and, escaped, pseudonyms and roles: the result is safe markup.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import igraph
import numpy as np
from markupsafe import escape

from graphwatch.model import F64, I32, I64
from graphwatch.report.content import TARGET, Descent, Network

ROLE_COLORS: Final = {"initiator": "#b91c1c", "inciter": "#7c3aed", "repeat_offender": "#b45309", "follower": "#7ba3c7"}
_SIDE: Final = 560
_EDGE: Final = 34
_LABELS: Final = 6
_HOSTILE: Final = "#c2410c"
_OTHER: Final = "#8fb4d3"


def draw_network(network: Network, seed: int) -> str:
    """Draw the accounts around their target, each linked to what most probably set it off.

    Forces place the nodes (Fruchterman & Reingold 1991, igraph); the same network and seed give the same picture.
    """
    n = len(network.name)
    if not n:
        return ""
    at = _layout(n, network.cause, seed)
    own = [i for i in range(n) if network.role[i] != "follower"]
    lines = "".join(_line(at[i], at[c if c != TARGET else n]) for i, c in enumerate(network.cause.tolist()))
    strong = "".join(_line(at[i], at[c]) for i, c in enumerate(network.cause.tolist()) if c != TARGET)
    dots = "".join(f"M{x:.0f} {y:.0f}h0" for i, (x, y) in enumerate(at[:n]) if network.role[i] == "follower")
    width = 5 if n < 400 else 3.5 if n < 1500 else 2.5
    marks = "".join(_mark(network, i, at[i]) for i in reversed(own))
    labels = "".join(_label(network.name[i], at[i]) for i in sorted(own, key=lambda i: -network.credit[i])[:_LABELS])
    x, y = at[n]
    follower = ROLE_COLORS["follower"]
    return (
        f'<svg class="figure" viewBox="0 0 {_SIDE} {_SIDE}" role="img" aria-label="Network of {n} accounts around the target">'
        f'<path d="{lines}" stroke="#cbd5e1" stroke-width=".6" fill="none"/>'
        f'<path d="{strong}" stroke="#94a3b8" stroke-width=".7" fill="none"/>'
        f'<path d="{dots}" stroke="{follower}" stroke-width="{width}" stroke-linecap="round" fill="none"/>'
        f'<g stroke="#fff" stroke-width=".8">{marks}<path d="{_star(x, y)}" fill="#0f172a"/></g>'
        f'<g class="names">{labels}<text x="{x + 11:.0f}" y="{y + 4:.0f}" font-weight="600">target</text></g></svg>'
    )


def draw_descent(descent: Descent) -> str:
    """Draw the acts from left to right by time, each linked to its most probable cause; what descends from one act lies together."""
    n = len(descent.at)
    if not n:
        return ""
    height = int(np.clip(120 + n * 0.5, 180, 460))
    span = max(int(descent.at[-1] - descent.at[0]), 1)
    x = 8 + (descent.at - descent.at[0]) / span * (_SIDE + 184)
    lane = tree_order(descent.cause)
    y = 8 + lane * (height - 16) / max(n - 1, 1)
    links = "".join(f"M{x[c]:.1f} {y[c]:.1f}V{y[i]:.1f}H{x[i]:.1f}" for i, c in enumerate(descent.cause.tolist()) if c >= 0)
    width = 4 if n < 300 else 3 if n < 1200 else 2
    dots = {color: "".join(f"M{x[i]:.1f} {y[i]:.1f}h0" for i in np.flatnonzero(mask)) for color, mask in _colored(descent)}
    paths = "".join(f'<path d="{d}" stroke="{c}" stroke-width="{width}" stroke-linecap="round" fill="none"/>' for c, d in dots.items())
    return (
        f'<svg class="figure" viewBox="0 0 {_SIDE + 200} {height}" role="img" aria-label="Descent of {n} acts over time">'
        f'<path d="{links}" stroke="#94a3b8" stroke-width=".6" fill="none"/>{paths}</svg>'
    )


def tree_order(cause: I32) -> I64:
    """Give each node of a forest its place in depth-first order, largest trees first, so that branches do not cross.

    Parameters
    ----------
    cause : (n,)
        Parent of each node, always an earlier one; negative: a root.

    Examples
    --------
    >>> tree_order(np.array([-1, -1, 1, 0, 1], np.int32)).tolist()
    [3, 0, 1, 4, 2]
    """
    n = len(cause)
    below = np.ones(n, np.int64)
    for i in range(n - 1, -1, -1):
        if cause[i] >= 0:
            below[cause[i]] += below[i]
    children: list[list[int]] = [[] for _ in range(n)]
    roots: list[int] = []
    for i, c in enumerate(cause.tolist()):
        (children[c] if c >= 0 else roots).append(i)
    order = np.zeros(n, np.int64)
    stack = sorted(roots, key=lambda i: (below[i], -i))
    place = 0
    while stack:
        i = stack.pop()
        order[i] = place
        place += 1
        stack += sorted(children[i], key=lambda k: (below[k], -k))
    return order


def _layout(n: int, cause: I32, seed: int) -> F64:
    links = [(i, c if c != TARGET else n) for i, c in enumerate(cause.tolist())]
    with _random_numbers(seed):
        placed = igraph.Graph(n + 1, edges=links).layout_fruchterman_reingold(niter=300, grid=True)
    at = np.array(placed.coords, np.float64)
    at -= at.min(axis=0)
    size = max(float(at.max()), 1e-9)
    inset = (size - at.max(axis=0)) / 2
    inside: F64 = _EDGE + (at + inset) / size * (_SIDE - 2 * _EDGE)
    return inside


@contextmanager
def _random_numbers(seed: int) -> Iterator[None]:
    """Let igraph draw from a seeded generator for a while; it then goes back to the ``random`` module, its default."""
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311  a drawing, no secret
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def _line(a: F64, b: F64) -> str:
    return f"M{a[0]:.0f} {a[1]:.0f}L{b[0]:.0f} {b[1]:.0f}"


def _mark(network: Network, i: int, at: F64) -> str:
    """Mark by role: a shape of its own, so that color is never needed to tell."""
    x, y = at
    size = 5 + 9 * float(np.sqrt(np.clip(network.credit[i], 0, 1)))
    role = network.role[i]
    if role == "initiator":
        path = f"M{x:.1f} {y - size:.1f}L{x + size:.1f} {y + 0.8 * size:.1f}H{x - size:.1f}Z"
    elif role == "inciter":
        path = f"M{x - 0.8 * size:.1f} {y - 0.8 * size:.1f}h{1.6 * size:.1f}v{1.6 * size:.1f}h{-1.6 * size:.1f}Z"
    else:
        path = f"M{x:.1f} {y - size:.1f}L{x + size:.1f} {y:.1f}L{x:.1f} {y + size:.1f}L{x - size:.1f} {y:.1f}Z"
    color = ROLE_COLORS.get(role, ROLE_COLORS["follower"])
    words = f"{network.name[i]}: {role.replace('_', ' ')}, credit {network.credit[i]:.1%}"
    return f'<path d="{path}" fill="{color}"><title>{escape(words)}</title></path>'


def _label(name: str, at: F64) -> str:
    anchor, shift = ("end", -11) if at[0] > _SIDE * 0.72 else ("start", 11)
    return f'<text x="{at[0] + shift:.0f}" y="{at[1] + 4:.0f}" text-anchor="{anchor}">{escape(name)}</text>'


def _star(x: float, y: float) -> str:
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    radius = np.where(np.arange(10) % 2 == 0, 11, 4.8)
    points = [f"{x + r * np.cos(a):.1f} {y + r * np.sin(a):.1f}" for r, a in zip(radius, angles, strict=True)]
    return "M" + "L".join(points) + "Z"


def _colored(descent: Descent) -> list[tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    return [(_OTHER, ~descent.hostile), (_HOSTILE, descent.hostile)]

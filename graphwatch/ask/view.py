"""A graph to look at in a notebook: an interactive widget (ipysigma) where it is installed, and a drawing (SVG) everywhere."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import igraph
import numpy as np
import polars as pl

from graphwatch.ask.picture import draw
from graphwatch.ask.style import AGENCY_COLORS, GROUP_COLORS, NO_AGENCY, OTHER_AGENCY, link_colors
from graphwatch.errors import ConfigurationError
from graphwatch.review.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from ipysigma import Sigma

MOST: Final = 600
NONE_TOLD: Final = "no agency known"
OTHERS: Final = "other agency"
_EXTRA: Final = "pip install 'graphwatch[notebook]'"
_AT_TARGET: Final = "TARGETS"


@dataclass(frozen=True, slots=True, repr=False)
class GraphView:
    """A graph as it is shown.

    Attributes
    ----------
    graph
        Names are pseudonyms unless real ids were asked for. Vertices have ``name``, ``role`` (the role of an account, ``target`` or
        ``other account``; of anything else its kind), ``agency``, ``size`` and a place ``x``, ``y``; edges have ``type``, and
        ``layer``: those of a higher one lie on top.
    left_out
        Vertices that are not shown, since there are too many.
    colors, agency_colors
        Colours of the roles and of the agencies that occur, the largest first.
    link_colors
        Colours of the types of edges that occur, the most frequent first.
    """

    graph: igraph.Graph
    left_out: int
    colors: Mapping[str, str]
    agency_colors: Mapping[str, str]
    link_colors: Mapping[str, str]

    def __repr__(self) -> str:
        """Count, without a name."""
        more = f", {self.left_out} more not shown" if self.left_out else ""
        return f"GraphView({self.graph.vcount()} nodes, {self.graph.ecount()} edges{more})"

    def svg(self) -> str:
        """Draw it, with a legend: roles fill the nodes, agencies ring them, types colour the links."""
        return draw(self.graph, self.colors, self.agency_colors, self.link_colors, self.left_out)

    def sigma(self, **options: object) -> Sigma:
        """Give the interactive widget of ipysigma: it zooms, searches, filters by role and agency, and has a legend.

        Its JavaScript is part of the package, so nothing is fetched. A page saved with ``Sigma.to_html`` does fetch some from a CDN;
        :meth:`svg` does not.

        Parameters
        ----------
        options
            Passed on to ``ipysigma.Sigma``; they win.

        Raises
        ------
        ConfigurationError
            ipysigma is not installed.
        """
        if find_spec("ipysigma") is None:
            raise ConfigurationError(f"the interactive view needs ipysigma: {_EXTRA}")
        from ipysigma import Sigma  # noqa: PLC0415 - an extra

        chosen: dict[str, object] = {
            "node_color": "role",
            "node_color_palette": dict(self.colors),
            "node_border_color": "agency",
            "node_border_color_palette": dict(self.agency_colors),
            "default_node_border_ratio": 0.3,
            "node_size": "size",
            "node_size_range": (6, 18),
            "node_label": "name",
            "edge_color": "type",
            "edge_color_palette": dict(self.link_colors),
            "edge_weight": None,
            "edge_zindex": "layer",
            "height": 560,
        }
        return Sigma(self.graph, **{**chosen, **options})

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Offer the widget, and the drawing to what shows no widgets."""
        del include, exclude
        bundle: dict[str, object] = {"text/plain": repr(self), "text/html": self.svg()}
        if find_spec("ipysigma") is not None:
            told = self.sigma()._repr_mimebundle_()
            bundle |= {form: value for form, value in told.items() if form not in bundle}
        return bundle


def show_graph(
    graph: igraph.Graph, *, real_ids: bool = False, most: int = MOST, seed: int = 0, pseudonyms: Pseudonyms | None = None
) -> GraphView:
    """Show a graph, as the last line of a notebook's cell: coloured by role and agency, with a legend.

    Parameters
    ----------
    graph
        As :func:`query_graph` gives it; a graph without ``label``, ``role`` and ``agency``, such as ``result.pileon(…).network()``, is
        taken for one of accounts.
    real_ids
        Show the ids of accounts and interactions. They are personal data, and no person has reviewed the findings.
    most
        Most vertices; those of the highest degree are kept.
    seed
        Of the places; the same graph and seed give the same picture.
    pseudonyms
        Key to use; the user's when not given, so that names are those of the reports.

    Returns
    -------
    GraphView
        It shows itself in a notebook; ``.svg()`` and ``.sigma()`` give the drawing and the widget.

    Examples
    --------
    >>> graph = igraph.Graph(3, edges=[(0, 1), (2, 1)], directed=True)
    >>> graph.vs["name"] = ["ann", "bob", "cat"]
    >>> view = show_graph(graph, pseudonyms=Pseudonyms(b"only an example key"))
    >>> view, "ann" in view.svg(), "acc-" in view.svg()
    (GraphView(3 nodes, 2 edges), False, True)
    """
    degree = np.array(graph.degree(), np.int64)
    kept = np.sort(np.argsort(-degree, kind="stable")[:most])
    place = {int(old): new for new, old in enumerate(kept)}
    ends = [(edge.source, edge.target) for edge in graph.es]
    inside = [number for number, (start, end) in enumerate(ends) if start in place and end in place]
    shown = igraph.Graph(len(kept), edges=[(place[ends[n][0]], place[ends[n][1]]) for n in inside], directed=True)
    labels = _told(graph, "label", kept, "Account")
    names = [str(name) for name in _told(graph, "name", kept, "")]
    shown.vs["name"] = names if real_ids else _hidden(names, labels, pseudonyms or Pseudonyms.load())
    types = graph.es["type"] if "type" in graph.es.attributes() else [""] * graph.ecount()
    shown.es["type"] = [str(types[n]) for n in inside]
    shown.vs["role"] = _groups(graph, kept, labels, {end for (_, end), kind in zip(ends, types, strict=True) if kind == _AT_TARGET})
    agencies = _told(graph, "agency", kept, None)
    ranked = [name for name, _ in sorted(Counter(a for a in agencies if a is not None).items(), key=lambda item: (-item[1], item[0]))]
    colors = dict(zip(ranked, AGENCY_COLORS, strict=False))
    shown.vs["agency"] = [NONE_TOLD if a is None else a if a in colors else OTHERS for a in agencies]
    shown.vs["size"] = np.sqrt(1 + degree[kept]).tolist()
    shown.vs["x"], shown.vs["y"] = _places(shown, seed)
    roles = [role for role, _ in sorted(Counter(shown.vs["role"]).items(), key=lambda item: (-item[1], item[0]))]
    used = {**colors, **({OTHERS: OTHER_AGENCY} if OTHERS in shown.vs["agency"] else {}), NONE_TOLD: NO_AGENCY}
    links = link_colors(shown.es["type"])
    layers = {kind: layer for layer, kind in enumerate(links)}
    shown.es["layer"] = [layers[kind] for kind in shown.es["type"]]
    filled = {role: GROUP_COLORS.get(role, OTHER_AGENCY) for role in roles}
    return GraphView(shown, graph.vcount() - len(kept), filled, used, links)


def _told(graph: igraph.Graph, attribute: str, kept: np.ndarray[tuple[int], np.dtype[np.int64]], otherwise: str | None) -> list[str | None]:
    if attribute not in graph.vs.attributes():
        return [otherwise] * len(kept)
    values = graph.vs[attribute]
    return [values[int(k)] for k in kept]


def _hidden(names: list[str], labels: list[str | None], pseudonyms: Pseudonyms) -> list[str]:
    frame = pl.DataFrame({"name": names, "label": labels}, schema={"name": pl.String, "label": pl.String})
    return (
        frame.select(
            pl.when(pl.col("label") == "Account")
            .then(pseudonyms.series(frame["name"]))
            .when(pl.col("label") == "Interaction")
            .then(pseudonyms.series(frame["name"], "interaction"))
            .otherwise("name")
        )
        .to_series()
        .to_list()
    )


def _groups(
    graph: igraph.Graph, kept: np.ndarray[tuple[int], np.dtype[np.int64]], labels: list[str | None], targets: set[int]
) -> list[str]:
    """Say what each vertex is: the target, an account's role, or the kind of thing."""
    roles = _told(graph, "role", kept, None)
    found = []
    for number, label, role in zip(kept.tolist(), labels, roles, strict=True):
        account = "target" if number in targets else role or "other account"
        found.append(account if label == "Account" else str(label))
    return found


def _places(graph: igraph.Graph, seed: int) -> tuple[list[float], list[float]]:
    """Place the vertices by forces (Fruchterman & Reingold 1991, igraph) with seeded random numbers, in a square of side 1."""
    n = graph.vcount()
    if not n:
        return [], []
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - a drawing, no secret
    try:
        at = np.array(graph.layout_fruchterman_reingold(niter=300, grid=False).coords, np.float64)
    finally:
        igraph.set_random_number_generator(random)  # igraph's default
    at = (at - at.min(axis=0)) / max(float(np.ptp(at, axis=0).max()), 1e-9)
    return at[:, 0].round(4).tolist(), at[:, 1].round(4).tolist()

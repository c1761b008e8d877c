"""First load of interactions: a batch makes them and all that links them at once.

Relationships that are made by themselves ask the server to find both of their nodes by key, and to change the nodes' records again. Here
each batch looks each account, object and earlier interaction up once, however many relationships lead there, and nodes that it makes are
in hand. A relationship is made together with the later one of its interactions; so those that belong to the first ``n`` interactions are
the first ones of their kind, and one checkpoint for each kind tells how far all of them are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.store.project import Numbers, Projection, later_acts, links_acts
from graphwatch.store.shape import BY_LABEL, EDGES, Edge, Kind, Node

ACTS: Final = BY_LABEL["Interaction"]
LINKS: Final[tuple[Edge, ...]] = tuple(edge for edge in EDGES if links_acts(edge))
TOGETHER: Final[tuple[Kind, ...]] = (ACTS, *LINKS)
ENDS: Final[tuple[Node, ...]] = tuple(node for node in BY_LABEL.values() if any(node.label in (edge.start, edge.end) for edge in LINKS))


@dataclass(frozen=True, slots=True)
class Link:
    """Relationships of a kind as numbers of nodes, in order, and how many of them belong to the first ``n`` interactions (``upto[n]``)."""

    start: Numbers
    end: Numbers
    upto: Numbers


class FirstLoad:
    """Interactions with their relationships, to be written in batches.

    Parameters
    ----------
    projection
        What is to be written.
    """

    def __init__(self, projection: Projection) -> None:
        self.acts = projection.frame(ACTS)
        self._keys = {node.label: projection.keys(node) for node in ENDS}
        self._links = {edge.name: _link(edge, projection.numbered(edge), len(self.acts)) for edge in LINKS}

    def rows(self, acts: int) -> dict[str, int]:
        """Give the number of rows of each kind that belong to the first ``acts`` interactions."""
        return {ACTS.name: acts} | {name: int(link.upto[acts]) for name, link in self._links.items()}

    def batch(self, low: int, high: int) -> dict[str, object]:
        """Give what :func:`graphwatch.store.cypher.write_together` takes, for interactions from ``low`` to before ``high``.

        Parameters
        ----------
        low, high
            Places among the interactions.
        """
        slices = {name: (int(link.upto[low]), int(link.upto[high])) for name, link in self._links.items()}
        ends = {
            edge.name: (self._links[edge.name].start[slice(*slices[edge.name])], self._links[edge.name].end[slice(*slices[edge.name])])
            for edge in LINKS
        }
        told: dict[str, object] = {"columns": columns(self.acts.slice(low, high - low))}
        place: dict[str, tuple[Numbers, int]] = {}
        for node in ENDS:
            used = [
                numbers
                for edge in LINKS
                for numbers, label in zip(ends[edge.name], (edge.start, edge.end), strict=True)
                if label == node.label
            ]
            every = np.unique(np.concatenate(used))
            known = every[every < low] if node is ACTS else every
            told[node.label] = self._keys[node.label].gather(known).to_list()
            place[node.label] = (known, low if node is ACTS else -1)
        for number, edge in enumerate(LINKS):
            for word, numbers, label in zip(("starts", "ends"), ends[edge.name], (edge.start, edge.end), strict=True):
                told[f"{word}{number}"] = _places(numbers, *place[label]).tolist()
        return told


def _places(numbers: Numbers, known: Numbers, low: int) -> Numbers:
    """Place of each node among those that are looked up, and behind them those that are made: the ones from ``low`` on."""
    if low < 0:
        return np.searchsorted(known, numbers)
    return np.where(numbers < low, np.searchsorted(known, numbers), len(known) + numbers - low)


def _link(edge: Edge, numbers: pl.DataFrame, acts: int) -> Link:
    upto = np.searchsorted(later_acts(edge, numbers), np.arange(acts + 1))
    return Link(numbers["start"].to_numpy(), numbers["end"].to_numpy(), upto)


def columns(frame: pl.DataFrame) -> list[list[object]]:
    """Give columns as parameters: a list for each, for times a second one behind all others with the nanoseconds.

    Examples
    --------
    >>> columns(pl.DataFrame({"key": ["a"], "at": [-1]}, schema_overrides={"at": pl.Datetime("us", "UTC")}))
    [['a'], [-1], [999999000]]
    """
    moments = {name: pl.col(name).dt.epoch("us") for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)}
    seconds = frame.with_columns(moment.floordiv(1_000_000).alias(name) for name, moment in moments.items())
    rest = frame.select(moment.mod(1_000_000).mul(1000).alias(name) for name, moment in moments.items())
    return [series.to_list() for series in (*seconds.get_columns(), *rest.get_columns())]

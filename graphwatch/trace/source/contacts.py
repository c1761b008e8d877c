"""The contact graph and the part of it that is infected, as compressed rows of neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csgraph, csr_array

from graphwatch.model import F64, I32, I64


@dataclass(frozen=True, slots=True)
class Contacts:
    """An undirected simple graph: the neighbours of node i are ``neighbour[start[i]:start[i + 1]]``, ascending."""

    start: I64
    neighbour: I32

    def __len__(self) -> int:
        """Give the number of nodes."""
        return len(self.start) - 1

    @property
    def degree(self) -> I64:
        """Neighbours of each node."""
        return np.diff(self.start)

    @classmethod
    def of(cls, nodes: int, a: I32 | I64, b: I32 | I64) -> Contacts:
        """Build the graph; direction, repeated edges and self-loops do not count.

        Parameters
        ----------
        nodes
            Number of nodes.
        a, b : (edges,)
            Ends of each edge, in [0, nodes).

        Examples
        --------
        >>> Contacts.of(3, np.array([0, 1, 1, 2]), np.array([1, 0, 2, 2])).degree.tolist()
        [1, 2, 1]
        """
        apart = a != b
        rows, columns = np.concatenate([a[apart], b[apart]]), np.concatenate([b[apart], a[apart]])
        matrix = coo_array((np.ones(len(rows), np.int8), (rows, columns)), (nodes, nodes)).tocsr()  # int8 may wrap; only places are used
        matrix.sum_duplicates()
        matrix.sort_indices()
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32))

    def induced(self, nodes: I64) -> Contacts:
        """Give the graph of some nodes (ascending), numbered by their place in ``nodes``."""
        place = np.full(len(self), -1, np.int64)
        place[nodes] = np.arange(len(nodes))
        row = place[np.repeat(np.arange(len(self)), self.degree)]
        column = place[self.neighbour]
        kept = (row >= 0) & (column >= 0)
        start = np.zeros(len(nodes) + 1, np.int64)
        np.cumsum(np.bincount(row[kept], minlength=len(nodes)), out=start[1:])
        return Contacts(start, column[kept].astype(np.int32))

    def components(self) -> I32:
        """Give each node's connected component, 0 being the largest; of equal ones that of the smaller node comes first."""
        ones = np.ones(len(self.neighbour), np.int8)
        _, label = csgraph.connected_components(csr_array((ones, self.neighbour, self.start), (len(self), len(self))), directed=False)
        names, first, sizes = np.unique(label, return_index=True, return_counts=True)
        place = np.empty(len(names), np.int32)
        place[np.lexsort((first, -sizes))] = np.arange(len(names))
        return place[label]


@dataclass(frozen=True, slots=True)
class Outbreak:
    """One connected component of the infected part of a contact graph.

    Attributes
    ----------
    contacts
        Contacts among its nodes.
    outside : (nodes,)
        Contacts of each node that are not infected.
    at : (nodes,)
        Time of infection, NaN: not known. Any unit.
    nodes : (nodes,)
        Their numbers in the whole graph, ascending.
    """

    contacts: Contacts
    outside: I64
    at: F64
    nodes: I64

    def __len__(self) -> int:
        """Give the number of nodes."""
        return len(self.nodes)

    @property
    def observed(self) -> I64:
        """Nodes with a time."""
        return np.flatnonzero(~np.isnan(self.at))


def outbreaks(contacts: Contacts, infected: I64, at: F64) -> Iterator[Outbreak]:
    """Split the infected part of the graph into its components, largest first.

    Parameters
    ----------
    infected
        Infected nodes, ascending.
    at : (len(infected),)
        Their times, NaN: not known.
    """
    whole = contacts.induced(infected)
    label = whole.components()
    order = np.argsort(label, kind="stable")
    for nodes in np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else ():
        part = whole.induced(nodes)
        yield Outbreak(part, contacts.degree[infected[nodes]] - part.degree, at[nodes], infected[nodes])

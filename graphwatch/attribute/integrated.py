"""Integrated shares: ownership summed over all chains, through cross-holdings and circles, one strongly connected component at a time.

With A the matrix of direct shares (row: owner, column: owned), V = (I − A)⁻¹ sums the products of shares over all chains of any length
(Brioschi, Buzzacchi & Colombo 1989). V[i, j] / V[i, i] leaves out chains that come back to i and would count i's indirect holding of
itself (Baldone, Brioschi & Paleari 1998; Vitali, Glattfelder & Battiston 2011). It is the chance that a walk from j, which at each
company steps to an owner with the owner's share as its chance, ever meets i; so it lies in [0, 1].
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Final

import igraph
import numpy as np
from scipy.sparse import csc_array, csc_matrix, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

from graphwatch.model import F64, I32, I64

_WHOLE: Final = 1e-9
_LARGEST: Final = 3000  # companies of a component that is factorised; the factors of a larger one may fill the memory
_STEPS: Final = 20_000
_NOTHING: Final = 1e-13


@dataclass(frozen=True, slots=True)
class Circle:
    """One component with more than one company.

    Attributes
    ----------
    inside
        Shares of its members in each other.
    factors
        The factorised matrix I − A; None where it is large, and solved by iteration.
    closed
        The companies own each other wholly and nobody outside owns a part: then I − A is singular and V diverges.
    own
        V[i, i] of each member, as far as it was asked for; NaN elsewhere.
    """

    inside: csc_array
    factors: SuperLU | None
    closed: bool
    own: F64

    @classmethod
    def of(cls, inside: csc_array) -> Circle:
        """Factorise the matrix where it can and may be."""
        size = inside.shape[0]
        closed = bool(np.asarray(inside.sum(axis=0)).min() >= 1 - _WHOLE)
        solvable = not closed and size <= _LARGEST
        factors = splu(csc_matrix(eye_array(size) - inside)) if solvable else None
        return cls(inside, factors, closed, np.full(size, np.nan))

    def visits(self, entering: F64) -> F64:
        """Solve (I − A) v = entering; for a large component by the sum of its powers, which converges since mass leaves it."""
        if self.factors is not None:
            return np.maximum(np.asarray(self.factors.solve(entering)), 0.0)
        total, step = entering.copy(), entering
        for _ in range(_STEPS):
            step = self.inside @ step
            total = total + step
            if step.max() < _NOTHING:
                break
        return total

    def own_visits(self, members: I64) -> F64:
        """Give V[i, i] of some members."""
        for member in members[np.isnan(self.own[members])].tolist():
            unit = np.zeros(len(self.own))
            unit[member] = 1.0
            self.own[member] = self.visits(unit)[member]
        return self.own[members]


@dataclass(frozen=True, slots=True)
class Integrated:
    """Direct shares, ordered for the solution.

    Attributes
    ----------
    direct
        A: row owner, column owned, each column summing to 1 at most.
    component
        Component of each company, numbered so that owners come after what they own.
    members
        Companies of each component, ascending.
    """

    direct: csc_array
    component: I64
    members: list[I64]
    _circles: dict[int, Circle] = field(default_factory=dict, repr=False)
    _columns: dict[tuple[int, float], F64] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, owner: I64 | I32, owned: I64 | I32, share: F64, size: int) -> Integrated:
        """Order the companies.

        Parameters
        ----------
        owner, owned, share : (links,)
            Places in [0, size), and fractions of which those of one company sum to 1 at most; no company owns itself directly.
        size
            Companies and persons.

        Examples
        --------
        >>> held = Integrated.of(np.array([1, 2, 1]), np.array([0, 1, 2]), np.array([0.6, 0.5, 0.4]), 3)
        >>> held.shares(0).round(3).tolist(), held.diverging
        ([0.0, 0.6, 0.3], 0)
        """
        direct = csc_array((share, (owner, owned)), shape=(size, size))
        number, label = connected_components(direct, directed=True, connection="strong")
        apart = label[owned] != label[owner]
        above = igraph.Graph(number, edges=zip(label[owned][apart].tolist(), label[owner][apart].tolist(), strict=True), directed=True)
        rank = np.empty(number, np.int64)
        rank[above.topological_sorting(mode="out")] = np.arange(number)
        component = rank[label]
        order = np.argsort(component, kind="stable")
        members = np.split(order, np.searchsorted(component[order], np.arange(1, number))) if number else []
        return cls(direct, component, members)

    @property
    def diverging(self) -> int:
        """Circles of companies that wholly own each other, where V diverges."""
        return len(self.closed)

    @property
    def closed(self) -> list[I64]:
        """Companies of each diverging circle."""
        return [held for c, held in enumerate(self.members) if len(held) > 1 and self._circle(c).closed]

    def shares(self, company: int, least: float = 0.0) -> F64:
        """Give everybody's integrated share in a company, chains that come back to the owner left out; its own is 0.

        In a diverging circle each member holds all that the circle holds: the limit of shares that tend to 1. Shares below ``least`` may
        be given too high, but below it: V[i, j], which is no smaller, is then enough.
        """
        if (company, least) not in self._columns:
            column = self._solve(company, least)
            column[company] = 0.0
            column.setflags(write=False)
            self._columns[company, least] = column
        return self._columns[company, least]

    def _solve(self, company: int, least: float) -> F64:
        """Go up from component to component, each solved by itself with what flows into it from below."""
        flow = np.zeros(len(self.component))
        share = np.zeros(len(self.component))
        flow[company] = 1.0
        waiting = [int(self.component[company])]
        met = set(waiting)
        starts, owners, direct = self.direct.indptr, self.direct.indices, self.direct.data
        while waiting:
            number = heapq.heappop(waiting)
            members = self.members[number]
            visits = self._within(number, flow[members], share, least)
            for owned, value in zip(members.tolist(), visits.tolist(), strict=True):
                for k in range(starts[owned], starts[owned + 1]):
                    owner = owners[k]
                    above = int(self.component[owner])
                    if above != number and value > 0:
                        flow[owner] += direct[k] * value
                        if above not in met:
                            met.add(above)
                            heapq.heappush(waiting, above)
        return np.minimum(share, 1.0)

    def _within(self, number: int, entering: F64, share: F64, least: float) -> F64:
        """Fill the shares of a component's members; give V of each, of which its owners outside get their part."""
        members = self.members[number]
        if len(members) == 1:
            share[members] = entering
            return entering
        circle = self._circle(number)
        if circle.closed:
            share[members] = entering.sum()
            return np.zeros(len(members))
        visits = circle.visits(entering)
        share[members] = visits
        large = np.flatnonzero((visits >= least) & (visits > 0))
        share[members[large]] = visits[large] / circle.own_visits(large)
        return visits

    def _circle(self, number: int) -> Circle:
        if number not in self._circles:
            members = self.members[number]
            self._circles[number] = Circle.of(csc_array(self.direct[members][:, members]))
        return self._circles[number]

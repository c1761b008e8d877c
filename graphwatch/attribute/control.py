"""Who controls a company at a time: integrated shares, their bounds where sizes are unknown, and the owner at the end of the chain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import igraph
import numpy as np
import polars as pl

from graphwatch.attribute.bounds import Unknown
from graphwatch.attribute.holdings import Holdings, Shares
from graphwatch.attribute.integrated import Integrated
from graphwatch.graph.encode import look_up
from graphwatch.model import F64, I32, I64

_ROUNDING: Final = 1e-6
_NOTES: Final = 50
MOST_ABOVE: Final = 300
"""Companies and persons above a company up to which the bounds of unknown shares are worked out; beyond, they are not known."""


@dataclass(frozen=True, slots=True)
class Control:
    """Who controls one company.

    Attributes
    ----------
    controller_id
        Company or person at the top; the company itself when nobody reaches the cut-off; None when only shares of unknown size lead on.
    path
        Strongest chain by product of shares, from the company to the controller; where the controller is None, the chain along links of
        unknown size.
    share
        Integrated share of the controller in the company, in [0, 1], shares of unknown size taken as nothing: a lower bound; NaN: unknown.
    high
        The largest that it can be, whatever the sizes of the unknown shares; NaN: unknown.
    ultimate
        All owners at or above the cut-off whom no other such owner controls, the controller among them; empty where there is none.
    possible
        Owners who would be such only if shares of unknown size are large: candidates, not controllers.
    """

    company_id: str
    controller_id: str | None
    path: tuple[str, ...]
    share: float
    high: float
    ultimate: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


Controls = tuple[Mapping[str, Control], tuple[str, ...]]


def find_controllers(shares: Shares, companies: Iterable[str], cutoff: float) -> Controls:
    """Find the controllers of each company.

    Parameters
    ----------
    shares
        Holdings as of a time.
    companies
        Company ids.
    cutoff
        Smallest integrated share that counts as control.

    Returns
    -------
    controls, notes
        By company id, and in words what was wrong with the shares met on the way.

    Notes
    -----
    Shares are integrated as in :mod:`graphwatch.attribute.integrated`. Among the owners at or above the cut-off the *ultimate* ones are
    those whom no other of them controls, or who control each other; the controller is the one of them with the largest share, then the
    smallest id. Shares of one company that add up to more than 1 are scaled down to 1 (and noted). Links of unknown size carry nothing,
    so shares are lower bounds where they occur; the upper bound is that of :class:`~graphwatch.attribute.bounds.Unknown`. What nobody
    in the table holds is nobody's.

    What breaks it: votes of another weight than the share, control by contract or by nominees, registers with gaps.

    Examples
    --------
    >>> from graphwatch.attribute.holdings import read_holdings
    >>> table = pl.DataFrame({"owner_id": ["top", "mid"], "owned_id": ["mid", "firm"], "share": [0.8, 0.5]})
    >>> controls, _ = find_controllers(read_holdings(table).at(0), ["firm"], cutoff=0.25)
    >>> controls["firm"].controller_id, controls["firm"].path, round(controls["firm"].share, 6)
    ('top', ('firm', 'mid', 'top'), 0.4)
    """
    wanted = sorted(set(companies))
    codes = look_up(pl.Series("name", wanted, dtype=pl.String), shares.names)
    above = _Above.of(shares, codes[codes >= 0])
    controls = {}
    for company, code in zip(wanted, codes.tolist(), strict=True):
        alone = Control(company, company, (company,), 1.0, 1.0)
        controls[company] = above.control(code, cutoff) if code >= 0 else alone
    return controls, above.notes


class Controllers:
    """Controllers of some companies at any time; times between which no holding changes are solved once."""

    def __init__(self, holdings: Holdings | None, companies: Iterable[str], cutoff: float) -> None:
        self._holdings = holdings
        self._companies = tuple(sorted(set(companies)))
        self._cutoff = cutoff
        self._solved: dict[bytes, Controls] = {}

    def at(self, time: int) -> Controls:
        """Give controls and notes as of a time in µs; nothing where no ownership is known."""
        if self._holdings is None:
            return {}, ()
        key = self._holdings.valid(time)
        if key not in self._solved:
            self._solved[key] = find_controllers(self._holdings.at(time), self._companies, self._cutoff)
        return self._solved[key]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What unknown shares above one company allow."""

    company: int
    above: Mapping[int, int]  # place in _Above → place in unknown
    unknown: Unknown | None  # None: too many stand above

    def most(self, owner: int) -> float:
        return float(self.unknown.most(self.above[owner])[self.above[self.company]]) if self.unknown is not None else math.nan


@dataclass(frozen=True, slots=True)
class _Above:
    """Some companies of interest and all who stand above them, with the solution of their shares."""

    names: list[str]
    place: dict[int, int]  # code in Shares.names → place here
    integrated: Integrated
    unknown: Unknown
    chains: igraph.Graph  # owned → owner, with the share's length (−log) on each link
    links: igraph.Graph  # owned → owner, those of unknown size among them
    notes: tuple[str, ...]

    @classmethod
    def of(cls, shares: Shares, companies: I32) -> _Above:
        above, owner, owned, share = _above(shares, companies)
        names = shares.names.gather(above).to_list()
        known = np.isfinite(share)
        value, excess = _at_most_whole(owned[known], share[known], len(above))
        integrated = Integrated.of(owner[known], owned[known], value, len(above))
        notes = [f"shares of {names[i]} add up to {total:.3g}; scaled down to 1" for i, total in excess.items()]
        holders: dict[int, list[int]] = {}
        for i, j in zip(owner[~known].tolist(), owned[~known].tolist(), strict=True):
            holders.setdefault(j, []).append(i)
            notes.append(f"{names[i]} holds an unknown share of {names[j]}")
        for circle in integrated.closed:
            notes.append(f"{', '.join(names[i] for i in circle)} own each other wholly, in a circle that nobody outside owns a part of")
        chains = _upward(len(above), owner[known], owned[known])
        chains.es["length"] = (1e-9 - np.log(value)).tolist()  # the small addition prefers the shorter of equal chains
        rest = np.maximum(1.0 - np.bincount(owned[known], value, minlength=len(above)), 0.0)
        return cls(
            names=names,
            place={code: i for i, code in enumerate(above)},
            integrated=integrated,
            unknown=Unknown(owner[known], owned[known], value, holders, rest),
            chains=chains,
            links=_upward(len(above), owner, owned),
            notes=_shortened(sorted(notes)),
        )

    def control(self, code: int, cutoff: float) -> Control:
        """Find the controllers of the company with that code."""
        company = self.place[code]
        name = self.names[company]
        least = cutoff * (1 - _ROUNDING)
        share = self.integrated.shares(company, least)
        reach = np.flatnonzero(share >= least).tolist()
        bounds = self._bounds_of(company, share)
        possible = self._possible(company, share, least, bounds)
        if not reach:
            return self._without_controller(company, possible)
        over = {i: self.integrated.shares(i, least) for i in reach}
        ultimate = [i for i in reach if all(over[j][i] >= least for j in reach if over[i][j] >= least)] or reach
        ultimate.sort(key=lambda i: (-round(float(share[i]), 6), i))
        best = ultimate[0]
        path = self.chains.get_shortest_paths(company, to=best, weights="length", mode="out")[0]
        high = bounds.most(best) if bounds is not None else float(share[best])
        return Control(
            company_id=name,
            controller_id=self.names[best],
            path=tuple(self.names[i] for i in path),
            share=float(share[best]),
            high=high if math.isnan(high) else max(high, float(share[best])),
            ultimate=tuple(self.names[i] for i in ultimate),
            possible=possible,
        )

    def _possible(self, company: int, share: F64, least: float, bounds: _Bounds | None) -> tuple[str, ...]:
        """Owners below the cut-off who would be at it if unknown shares are large, and whom nobody controls for certain."""
        if bounds is None or bounds.unknown is None:
            return ()
        below = [i for i in bounds.above if i != company and share[i] < least]
        free = [i for i in below if not (self.integrated.shares(i, least) >= least).any()]
        return tuple(self.names[i] for i in free if bounds.most(i) >= least)

    def _bounds_of(self, company: int, share: F64) -> _Bounds | None:
        """Give what unknown shares above a company allow; None where there are none that could matter."""
        holders, rest = self.unknown.holders, self.unknown.rest
        if not any(rest[k] > _ROUNDING and (k == company or share[k] > 0) for k in holders):
            return None
        above = sorted(self.links.subcomponent(company, mode="out"))
        if len(above) > MOST_ABOVE:
            return _Bounds(company, {}, None)
        place = {code: i for i, code in enumerate(above)}
        inside = np.isin(self.unknown.owned, above)
        owner, owned = (np.array([place[k] for k in ends[inside].tolist()], np.int64) for ends in (self.unknown.owner, self.unknown.owned))
        local = {place[k]: [place[i] for i in who] for k, who in holders.items() if k in place}
        return _Bounds(company, place, Unknown(owner, owned, self.unknown.share[inside], local, rest[above]))

    def _without_controller(self, company: int, possible: tuple[str, ...]) -> Control:
        name = self.names[company]
        path = [company]
        known = set(self.chains.successors(company))
        while unknown := sorted(set(self.links.successors(path[-1])) - known - set(path)):
            path.append(unknown[0])
            known = set()
        if len(path) == 1:
            return Control(name, name, (name,), 1.0, 1.0, (), possible)
        return Control(name, None, tuple(self.names[i] for i in path), math.nan, math.nan, (), possible)


def _shortened(notes: list[str]) -> tuple[str, ...]:
    return (*notes[:_NOTES], f"{len(notes) - _NOTES} more remarks on shares") if len(notes) > _NOTES else tuple(notes)


def _above(shares: Shares, companies: I32) -> tuple[list[int], I64, I64, F64]:
    """Companies of interest and all above them as codes, and the links among them by place."""
    links = _upward(len(shares.names), shares.owner, shares.owned)
    found: set[int] = set()
    for company in companies.tolist():
        if company not in found:
            found.update(links.subcomponent(company, mode="out"))
    above = np.array(sorted(found), np.int64)
    inside = np.isin(shares.owned, above)  # then the owner is inside too
    owner, owned = (np.searchsorted(above, codes[inside]) for codes in (shares.owner, shares.owned))
    return above.tolist(), owner, owned, shares.share[inside]


def _at_most_whole(owned: I64, share: F64, size: int) -> tuple[F64, dict[int, float]]:
    """Scale the shares of companies that are owned more than wholly down to 1; also give those and their totals."""
    total = np.bincount(owned, share, minlength=size)
    over = np.flatnonzero(total > 1 + _ROUNDING).tolist()
    return share / np.maximum(total, 1.0)[owned], {i: float(total[i]) for i in over}


def _upward(size: int, owner: I32 | I64, owned: I32 | I64) -> igraph.Graph:
    return igraph.Graph(size, edges=zip(owned.tolist(), owner.tolist(), strict=True), directed=True)

"""Who controls a company at a time: integrated shares through chains, cross-holdings and cycles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import igraph
import numpy as np
import polars as pl
from scipy.sparse import csc_array, csc_matrix, eye_array
from scipy.sparse.linalg import SuperLU, splu

from graphwatch.attribute.contracts import NEVER
from graphwatch.graph.encode import look_up
from graphwatch.model import F64, I32, I64, NO_TIME
from graphwatch.schema import OWNERSHIP

_LEAK = 1e-9  # lost on every link, so that companies that wholly own each other in a circle still have a solution


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
        Integrated share of the controller in the company, in [0, 1]; NaN: unknown.
    """

    company_id: str
    controller_id: str | None
    path: tuple[str, ...]
    share: float


Controls = tuple[Mapping[str, Control], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Holdings:
    """The ``ownership`` table as arrays, sorted by owned company, owner and start; row i says who held what from when to when.

    Attributes
    ----------
    names
        Ids of companies and persons, ascending.
    owner, owned
        Places in ``names``.
    share
        Fraction; NaN: unknown.
    start, end
        µs; the end is exclusive.
    """

    names: pl.Series
    owner: I32
    owned: I32
    share: F64
    start: I64
    end: I64
    _solved: dict[tuple[bytes, tuple[str, ...], float], Controls] = field(default_factory=dict, repr=False)

    def at(self, time: int) -> Shares:
        """Give the holdings that are valid at a time in µs; of several statements on one holding the one with the latest start counts."""
        valid = np.flatnonzero((self.start <= time) & (time < self.end))
        last = np.ones(len(valid), bool)
        last[:-1] = (np.diff(self.owned[valid]) != 0) | (np.diff(self.owner[valid]) != 0)
        rows = valid[last]
        return Shares(self.names, self.owner[rows], self.owned[rows], self.share[rows])

    def controllers(self, time: int, companies: Iterable[str], cutoff: float) -> Controls:
        """Give :meth:`Shares.controllers` as of a time in µs; times between which no holding changes are solved once."""
        wanted = tuple(sorted(set(companies)))
        key = (np.packbits((self.start <= time) & (time < self.end)).tobytes(), wanted, cutoff)
        if key not in self._solved:
            self._solved[key] = self.at(time).controllers(wanted, cutoff)
        return self._solved[key]


def read_holdings(ownership: pl.DataFrame) -> Holdings:
    """Encode the ``ownership`` table; rows of one owning itself or nothing are left out, row order has no influence."""
    table = OWNERSHIP.conform(ownership).drop_nulls(["owner_id", "owned_id"])
    table = table.filter(pl.col("owner_id") != pl.col("owned_id"), pl.col("share").fill_null(1) > 0)
    start, end = (pl.col(name).to_physical().fill_null(int(value)) for name, value in (("valid_from", NO_TIME), ("valid_to", NEVER)))
    table = table.with_columns(start, end, pl.col("share").fill_null(np.nan))
    known = table.with_columns(unknown=pl.col("share").is_nan()).sort(
        "owned_id", "owner_id", "valid_from", "unknown", "share", "valid_to", descending=[False, False, False, True, False, False]
    )
    names = pl.concat([known["owner_id"], known["owned_id"]]).unique().sort().rename("name")
    columns = (look_up(known["owner_id"], names), look_up(known["owned_id"], names))
    return Holdings(names, *columns, known["share"].to_numpy(), known["valid_from"].to_numpy(), known["valid_to"].to_numpy())


@dataclass(frozen=True, slots=True)
class Shares:
    """Holdings at one time: one row per owner and owned company."""

    names: pl.Series
    owner: I32
    owned: I32
    share: F64

    def controllers(self, companies: Iterable[str], cutoff: float) -> Controls:
        """Find the controller of each company.

        Parameters
        ----------
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
        With A the matrix of direct shares (row: owner, column: owned), V = (I − A)⁻¹ sums the products of shares over all chains of any
        length (Brioschi, Buzzacchi & Colombo 1989). V[i, j] / V[i, i] leaves out chains that come back to i and would count its own
        indirect holding in itself (Baldone et al. 1998; Vitali, Glattfelder & Battiston 2011). Among the owners at or above the cut-off
        the controller is one whom no other of them controls: an ultimate owner. Of several the one with the largest share counts, then the
        smallest id. Shares of one company that add up to more than 1 are scaled down to 1 (and noted); links of unknown size carry
        nothing, so shares are lower bounds where they occur.

        Examples
        --------
        >>> table = pl.DataFrame({"owner_id": ["top", "mid"], "owned_id": ["mid", "firm"], "share": [0.8, 0.5]})
        >>> controls, _ = read_holdings(table).at(0).controllers(["firm"], cutoff=0.25)
        >>> controls["firm"].controller_id, controls["firm"].path, round(controls["firm"].share, 6)
        ('top', ('firm', 'mid', 'top'), 0.4)
        """
        wanted = sorted(set(companies))
        codes = look_up(pl.Series("name", wanted, dtype=pl.String), self.names)
        solution = _Solution.of(self, codes[codes >= 0])
        controls = {}
        for company, code in zip(wanted, codes.tolist(), strict=True):
            controls[company] = solution.control(code, cutoff) if code >= 0 else Control(company, company, (company,), 1.0)
        return controls, solution.notes


@dataclass(frozen=True, slots=True)
class _Solution:
    """The companies above some companies of interest, with the factorised matrix I − A over them."""

    names: list[str]
    place: dict[int, int]  # code in Shares.names → place here
    factors: SuperLU | None
    circular: frozenset[int]  # those that own part of themselves through others
    chains: igraph.Graph  # owned → owner, with the share's length (−log) on each link
    links: igraph.Graph  # owned → owner, those of unknown size among them
    notes: tuple[str, ...]

    @classmethod
    def of(cls, shares: Shares, companies: I32) -> _Solution:
        above, owner, owned, share = _above(shares, companies)
        names = shares.names.gather(above).to_list()
        known = np.isfinite(share)
        value, excess = _at_most_whole(owned[known], share[known], len(above))
        notes = [f"shares of {names[i]} add up to {total:.3g}; scaled down to 1" for i, total in excess.items()]
        unknown = zip(owner[~known].tolist(), owned[~known].tolist(), strict=True)
        notes += [f"{names[i]} holds an unknown share of {names[j]}" for i, j in unknown]
        chains = _upward(len(above), owner[known], owned[known])
        chains.es["length"] = (1e-9 - np.log(value)).tolist()  # the small addition prefers the shorter of equal chains
        parts = chains.connected_components(mode="strong")
        return cls(
            names=names,
            place={code: i for i, code in enumerate(above)},
            factors=_factorise(owner[known], owned[known], value, len(above)),
            circular=frozenset(i for part in parts if len(part) > 1 for i in part),
            chains=chains,
            links=_upward(len(above), owner, owned),
            notes=tuple(sorted(notes)),
        )

    def integrated(self, company: int) -> F64:
        """Give everybody's integrated share in a company, chains that come back to the owner left out."""
        share = self._column(company)
        for owner in self.circular:
            if share[owner] > 0:
                share[owner] /= self._column(owner)[owner]
        share[company] = 0.0
        return np.minimum(share, 1.0)

    def control(self, code: int, cutoff: float) -> Control:
        """Find the controller of the company with that code."""
        company = self.place[code]
        name = self.names[company]
        share = self.integrated(company)
        reach = np.flatnonzero(share >= cutoff * (1 - 1e-6)).tolist()
        if not reach:
            return self._without_controller(company)
        over = {i: self.integrated(i) for i in reach}
        ultimate = [i for i in reach if all(over[j][i] >= cutoff for j in reach if over[i][j] >= cutoff * (1 - 1e-6))] or reach
        best = min(ultimate, key=lambda i: (-round(float(share[i]), 6), i))
        path = self.chains.get_shortest_paths(company, to=best, weights="length", mode="out")[0]
        return Control(name, self.names[best], tuple(self.names[i] for i in path), float(share[best]))

    def _without_controller(self, company: int) -> Control:
        name = self.names[company]
        path = [company]
        known = set(self.chains.successors(company))
        while unknown := sorted(set(self.links.successors(path[-1])) - known - set(path)):
            path.append(unknown[0])
            known = set()
        if len(path) == 1:
            return Control(name, name, (name,), 1.0)
        return Control(name, None, tuple(self.names[i] for i in path), math.nan)

    def _column(self, company: int) -> F64:
        unit = np.zeros(len(self.names))
        unit[company] = 1.0
        return self.factors.solve(unit) if self.factors is not None else unit


def _above(shares: Shares, companies: I32) -> tuple[list[int], I64, I64, F64]:
    """Companies of interest and all above them as codes, and the links among them by place."""
    links = _upward(len(shares.names), shares.owner, shares.owned)
    found: set[int] = set()
    for company in companies.tolist():
        found.update(links.subcomponent(company, mode="out"))
    above = np.array(sorted(found), np.int64)
    inside = np.isin(shares.owned, above)  # then the owner is inside too
    owner, owned = (np.searchsorted(above, codes[inside]) for codes in (shares.owner, shares.owned))
    return above.tolist(), owner, owned, shares.share[inside]


def _at_most_whole(owned: I64, share: F64, size: int) -> tuple[F64, dict[int, float]]:
    """Scale the shares of companies that are owned more than wholly down to 1; also give those and their totals."""
    total = np.bincount(owned, share, minlength=size)
    over = np.flatnonzero(total > 1 + 1e-6).tolist()
    return share / np.maximum(total, 1.0)[owned], {i: float(total[i]) for i in over}


def _upward(size: int, owner: I32 | I64, owned: I32 | I64) -> igraph.Graph:
    return igraph.Graph(size, edges=zip(owned.tolist(), owner.tolist(), strict=True), directed=True)


def _factorise(owner: I64, owned: I64, share: F64, size: int) -> SuperLU | None:
    direct = csc_array((share, (owner, owned)), shape=(size, size))
    return splu(csc_matrix(eye_array(size) - (1 - _LEAK) * direct)) if size else None

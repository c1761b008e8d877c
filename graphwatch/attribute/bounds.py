"""What shares of unknown size could amount to: the largest integrated share that an owner may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import igraph
import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import spsolve

from graphwatch.model import F64, I64

_BETTER: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Unknown:
    """Holdings of unknown size above some companies.

    Attributes
    ----------
    owner, owned, share : (links,)
        The known links.
    holders
        Company → those who hold an unknown share of it.
    rest : (size,)
        What the known shares leave of each company.
    """

    owner: I64
    owned: I64
    share: F64
    holders: Mapping[int, Sequence[int]]
    rest: F64

    def most(self, owner: int) -> F64:
        """Give the largest integrated share of an owner in each company that any sizes of the unknown shares allow.

        The sizes of one company's unknown shares are free, as long as with the known ones they come to 1 at most. The largest chance of
        meeting the owner on a walk up is that of a Markov decision process, and it has a solution at a corner: each rest goes wholly to one
        holder. Found by policy iteration (Puterman 1994), from a policy under which everybody who can meet the owner does.

        Returns
        -------
        (size,) array
            In [0, 1]; 0 at the owner itself.

        Examples
        --------
        >>> rest = np.array([0.6, 1.0, 1.0])
        >>> Unknown(np.array([1]), np.array([0]), np.array([0.4]), {0: (2,)}, rest).most(2).tolist()
        [0.6, 0.0, 0.0]
        """
        policy = self._towards(owner)
        value = self._value(owner, policy)
        while True:
            better = dict(policy)
            for company, holders in self.holders.items():
                best = max(holders, key=lambda holder: (value[holder], -holder))
                if value[best] > (value[policy[company]] if company in policy else 0.0) + _BETTER:
                    better[company] = best
            if better == policy:
                value[owner] = 0.0
                return value
            policy, value = better, self._value(owner, better)

    def _towards(self, owner: int) -> dict[int, int]:
        """Choose for each company the unknown holder next to the owner."""
        unknown = [(holder, company) for company, holders in self.holders.items() for holder in holders]
        edges = [*zip(self.owner.tolist(), self.owned.tolist(), strict=True), *unknown]
        graph = igraph.Graph(len(self.rest), edges=edges, directed=True)
        steps = graph.distances(owner, mode="out")[0]
        near = {company: min(holders, key=lambda holder: (steps[holder], holder)) for company, holders in self.holders.items()}
        return {company: holder for company, holder in near.items() if np.isfinite(steps[holder]) and company != owner}

    def _value(self, owner: int, policy: Mapping[int, int]) -> F64:
        """Chance of meeting the owner from each company, under a policy: one linear system over those that can."""
        size = len(self.rest)
        chosen = np.array(list(policy.items()), np.int64).reshape(-1, 2)
        company = np.concatenate([self.owned, chosen[:, 0]])
        holder = np.concatenate([self.owner, chosen[:, 1]])
        chance = np.concatenate([self.share, self.rest[chosen[:, 0]]])
        real = chance > 0
        steps = csr_array((chance[real], (company[real], holder[real])), shape=(size, size))
        graph = igraph.Graph(size, edges=zip(holder[real].tolist(), company[real].tolist(), strict=True), directed=True)
        can = np.setdiff1d(np.array(graph.subcomponent(owner, mode="out"), np.int64), [owner])
        value = np.zeros(size)
        value[owner] = 1.0
        if len(can):
            direct = steps[can][:, [owner]].toarray().ravel()
            value[can] = np.clip(spsolve((eye_array(len(can)) - steps[can][:, can]).tocsc(), direct), 0.0, 1.0)
        return value

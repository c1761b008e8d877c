"""Nodes that share a thread or an object, and random numbers that depend on their place only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from graphwatch.model import I32, I64, Bools

Number = TypeVar("Number", bound=np.integer)
COMMON: Final = 0.8  # a thread or object that so many acts share tells no more than the crowd does


@dataclass(frozen=True, slots=True)
class Groups:
    """Nodes that share something.

    Group g holds ``members[start[g]:start[g + 1]]`` ascending; node i is in the groups ``of[i, :]`` (-1: none) at ``rank[i, :]``.
    """

    start: I64
    members: I32
    of: I32
    rank: I32


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Give the distinct values, ascending, by sorting: for a few thousand integers faster than numpy's hash table.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


@numba.njit(cache=True, nogil=True)
def mix(seed: int, a: int, b: int) -> float:
    """Uniform number in [0, 1) from a seed and a place (SplitMix64's finaliser), whatever was drawn before it."""
    z = np.uint64(seed) + np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b) * np.uint64(0xD1B54A32D192ED03)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


def group(node: I32, key: I64, size: int, width: int, telling: Bools | None = None) -> Groups:
    """Group nodes by key; keys with one node, or shared by nearly all, make no group.

    Parameters
    ----------
    node, key : (k,)
        Pairs; a node may have several keys, of which the ``width`` rarest are kept.
    size
        Number of nodes.
    telling : (size,)
        Nodes whose keys make a group even if nearly all share them.
    """
    order = np.lexsort((node, key))
    node, key = node[order], key[order]
    first = np.ones(len(key), bool)
    first[1:] = (key[1:] != key[:-1]) | (node[1:] != node[:-1])
    node, key = node[first], key[first]
    _, code, count = np.unique(key, return_inverse=True, return_counts=True)
    asked = np.zeros(size, np.bool_) if telling is None else telling
    keep = (count > 1) & ((count < max(COMMON * size, 2.5)) | (np.bincount(code, weights=asked[node], minlength=len(count)) > 0))
    start = np.concatenate([[0], np.cumsum(np.where(keep, count, 0))]).astype(np.int64)
    kept = keep[code]
    node, code = node[kept], code[kept].astype(np.int32)
    of, rank = np.full((size, width), -1, np.int32), np.zeros((size, width), np.int32)
    place = np.arange(len(node)) - start[code]
    by_node = np.lexsort((code, count[code], node)) if len(node) else np.zeros(0, np.int64)
    slot = np.arange(len(node)) - np.searchsorted(node[by_node], node[by_node])
    good = slot < width
    chosen = by_node[good]
    of[node[chosen], slot[good]] = code[chosen]
    rank[node[chosen], slot[good]] = place[chosen]
    return Groups(start, node, of, rank)

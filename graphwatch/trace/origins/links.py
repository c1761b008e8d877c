"""Links between acts: each act has at most one cause, so the probabilities of the links to it add up to at most 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np

from graphwatch.model import F64, HOUR, I8, I32, I64, KIND_CODE, Bools, Events
from graphwatch.schema.origins import BASES, LINKS
from graphwatch.trace.candidates import PARENT as MODEL_PARENT
from graphwatch.trace.candidates import RELATIONS
from graphwatch.trace.origins.acts import Acts
from graphwatch.trace.origins.causes import Modelled

_PARENT, _THREAD, _OBJECT, _OWN, _IDENTITY = (LINKS.index(word) for word in ("parent", "thread", "object", "own", "identity"))
_GIVEN, _MODEL, _LAG = (BASES.index(word) for word in ("given", "model", "lag"))
_OF_RELATION: Final = np.array([LINKS.index(word) for word in RELATIONS], np.int8)
_PASSED_ON: Final = np.array([KIND_CODE["repost"], KIND_CODE["quote"]])


@dataclass(frozen=True, slots=True)
class Links:
    """Causes of act j are ``start[j]:start[j + 1]``, likeliest first.

    Attributes
    ----------
    cause
        Earlier act.
    link, basis
        Places in :data:`~graphwatch.schema.origins.LINKS` and :data:`~graphwatch.schema.origins.BASES`.
    probability
        That this is the cause; what is missing to 1 is that none in the data is.
    """

    start: I64
    cause: I32
    link: I8
    basis: I8
    probability: F64

    def child(self) -> I32:
        """Give the act that each link leads to."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))


@dataclass(frozen=True, slots=True)
class _Part:
    child: I32
    cause: I32
    link: I8
    basis: int
    probability: F64


@numba.njit(cache=True)
def previous_uses(name: I32, act: I32, person: I32, member: Bools, aimed: Bools) -> I32:
    """Find for each mention the latest earlier mention of the same name by somebody else.

    Parameters
    ----------
    name, act : (mentions,)
        By name, then act.
    person, member, aimed : (acts,)
        For a member, mentions that are aimed at the target are passed over: the branching model has judged them.

    Returns
    -------
    cause : (mentions,)
        Acts; -1: none.

    Examples
    --------
    >>> no = np.zeros(3, np.bool_)
    >>> three = np.arange(3, dtype=np.int32)
    >>> previous_uses(np.zeros(3, np.int32), three, np.array([7, 8, 8], np.int32), no, no).tolist()
    [-1, 0, 0]
    """
    cause = np.full(len(name), -1, np.int32)
    last, other, quiet_last, quiet_other = -1, -1, -1, -1
    for u in range(len(name)):
        if u == 0 or name[u] != name[u - 1]:
            last = other = quiet_last = quiet_other = -1
        j = act[u]
        first, second = (quiet_last, quiet_other) if member[j] else (last, other)
        if first >= 0 and person[first] == person[j]:
            first = second
        cause[u] = first
        if last >= 0 and person[last] != person[j]:
            other = last
        last = j
        if not aimed[j]:
            if quiet_last >= 0 and person[quiet_last] != person[j]:
                quiet_other = quiet_last
            quiet_last = j
    return cause


def make_links(
    events: Events,
    acts: Acts,
    target: int,
    modelled: Modelled,
    considered: Modelled,
    orphan: I32,
    sort: I8,
    hostile: Bools,
    lag_h: float,
) -> tuple[Links, Links]:
    """Link the acts of one pile-on.

    Parameters
    ----------
    target
        Account code; what it did is nobody's cause.
    modelled, considered
        Likeliest causes by the branching model, each act for itself, and all that it considered, some standing for others; as rows.
    orphan : (interactions,)
        See :class:`~graphwatch.trace.origins.orphans.Orphans`.
    sort
        Of each name of ``acts``.
    hostile : (interactions,)
        In an attack only a hostile root takes the acts of its thread whose cause is not known; all True otherwise.
    lag_h
        Time by which a link that is assumed from the time between falls to 1/e, and beyond which there is none.

    Returns
    -------
    shown, counted
        Links with the likeliest causes, of which chains are made, and links with all of them, to count what descends from an act. What is
        left is the same for both.

    Notes
    -----
    In this order, each with what is left of the probability: the given parent (certain, and so is what a repost or quote passes on); the
    causes of the branching model; what is answered and is not in the data, or the thread's root; then the latest earlier mention of each
    shared name by somebody else, and the person's own act before, on any platform, weighted by ``exp(-lag / lag_h)``.
    """
    find = _Places(acts)
    left = np.ones(len(acts))
    parts = [_given(events, acts, target, find), *_lost(acts, events, orphan, passed_on=True)]
    for part in parts:
        left[part.child] = 0.0
    likely, every = _modelled(find, modelled, left), _modelled(find, considered, left)
    left -= np.bincount(every.child, every.probability, minlength=len(acts))
    left = np.clip(left, 0.0, 1.0)
    for part in (*_lost(acts, events, orphan, passed_on=False), _threads(events, acts, target, find, hostile)):
        open_ = part.probability * left[part.child]
        parts.append(_Part(part.child, part.cause, part.link, part.basis, open_))
        left[part.child] = 0.0
    parts.append(_by_lag(events, acts, sort, left, lag_h))
    return _joined([*parts, likely], len(acts)), _joined([*parts, every], len(acts))


class _Places:
    """Find acts by row."""

    def __init__(self, acts: Acts) -> None:
        self.order = np.argsort(acts.row, kind="stable")
        self.rows = acts.row[self.order]

    def __call__(self, rows: I32 | I64) -> I32:
        """Give the act of each row; -1: none."""
        if not len(self.rows):
            return np.full(len(rows), -1, np.int32)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        found = (self.rows[at] == rows) & (rows >= 0)
        return np.where(found, self.order[at], -1).astype(np.int32)


def _given(events: Events, acts: Acts, target: int, find: _Places) -> _Part:
    parent = np.where(acts.row >= 0, events.parent[acts.row], -1)
    parent = np.where((parent >= 0) & (events.actor[parent] != target), parent, -1)
    return _part(find(parent), _PARENT, _GIVEN)


def _lost(acts: Acts, events: Events, orphan: I32, *, passed_on: bool) -> Iterator[_Part]:
    """Link acts to what they answer and is not in the data.

    Whose act that was is not known. What a repost or quote passes on is certain to be its cause; what is answered may be the target's.
    """
    codes = acts.absent[acts.absent >= 0]
    if not len(codes):
        return
    place = np.full(int(codes.max()) + 1, -1, np.int32)
    place[codes] = np.flatnonzero(acts.absent >= 0)
    code = np.where(acts.row >= 0, orphan[acts.row], -1)
    good = (code >= 0) & (np.isin(events.kind[acts.row], _PASSED_ON) == passed_on)
    yield _part(np.where(good, place[np.maximum(code, 0)], -1).astype(np.int32), _PARENT, _GIVEN)


def _threads(events: Events, acts: Acts, target: int, find: _Places, hostile: Bools) -> _Part:
    root = np.where((acts.row >= 0) & (events.parent[acts.row] < 0), events.root[acts.row], -1)
    by_another = (events.actor[root] != target) & (events.actor[root] != events.actor[acts.row])
    good = (root >= 0) & by_another & (hostile[root] | ~acts.member)
    return _part(find(np.where(good, root, -1).astype(np.int32)), _THREAD, _GIVEN)


def _modelled(find: _Places, modelled: Modelled, left: F64) -> _Part:
    child, cause = find(modelled.child), find(modelled.parent)
    good = (child >= 0) & (cause >= 0) & (cause < child) & (modelled.relation != MODEL_PARENT)
    good[good] = left[child[good]] > 0
    return _Part(child[good], cause[good], _OF_RELATION[modelled.relation[good]], _MODEL, modelled.probability[good])


def _by_lag(events: Events, acts: Acts, sort: I8, left: F64, lag_h: float) -> _Part:
    by_name = previous_uses(acts.use_name, acts.use_act, acts.person, acts.member, acts.aimed)
    order = np.lexsort((np.arange(len(acts)), acts.person)).astype(np.int32)
    same = np.concatenate([[False], acts.person[order][1:] == acts.person[order][:-1]])
    before = np.concatenate([[-1], order[:-1]])
    own_child, own_cause = order[same], before[same].astype(np.int32)
    account = np.where(acts.row >= 0, events.actor[acts.row], -1)
    one = account[own_child] == account[own_cause]
    seen = one & acts.member[own_child] & acts.aimed[own_cause]  # the branching model has judged it
    child = np.concatenate([acts.use_act, own_child[~seen]])
    cause = np.concatenate([by_name, own_cause[~seen]])
    link = np.concatenate([_OBJECT + sort[acts.use_name], np.where(one, _OWN, _IDENTITY)[~seen]]).astype(np.int8)
    lag = (acts.at[child] - acts.at[cause]) / HOUR
    good = (cause >= 0) & (lag <= lag_h) & (left[child] > 0)
    child, cause, link, weight = child[good], cause[good], link[good], np.exp(-lag[good] / lag_h)
    total = np.maximum(np.bincount(child, weight, minlength=len(acts)), 1.0)
    return _Part(child, cause, link, _LAG, left[child] * weight / total[child])


def _part(cause: I32, link: int, basis: int) -> _Part:
    """Make a part of what each act's cause is, -1: none; a cause that does not come before is none."""
    child = np.flatnonzero((cause >= 0) & (cause < np.arange(len(cause)))).astype(np.int32)
    return _Part(child, cause[child], np.full(len(child), link, np.int8), basis, np.ones(len(child)))


def _joined(parts: list[_Part], size: int) -> Links:
    """Put the parts together; links between the same two acts become one, called by the likelier."""
    child, cause = (np.concatenate([getattr(part, name) for part in parts]).astype(np.int64) for name in ("child", "cause"))
    link = np.concatenate([part.link for part in parts])
    basis = np.concatenate([np.full(len(part.child), part.basis, np.int8) for part in parts])
    probability = np.concatenate([part.probability for part in parts])
    good = probability > 0
    child, cause, link, basis, probability = child[good], cause[good], link[good], basis[good], probability[good]
    order = np.lexsort((link, -probability, cause, child))
    child, cause, link, basis, probability = child[order], cause[order], link[order], basis[order], probability[order]
    if len(child):
        first = np.flatnonzero(np.concatenate([[True], (child[1:] != child[:-1]) | (cause[1:] != cause[:-1])]))
        probability = np.minimum(np.add.reduceat(probability, first), 1.0)
        child, cause, link, basis = child[first], cause[first], link[first], basis[first]
    order = np.lexsort((cause, -probability, child))
    start = np.concatenate([[0], np.cumsum(np.bincount(child, minlength=size))]).astype(np.int64)
    return Links(start, cause[order].astype(np.int32), link[order], basis[order], probability[order])

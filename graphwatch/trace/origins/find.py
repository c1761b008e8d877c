"""The earliest acts from which each pile-on can have come, ranked, each with its chains to the peak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import DAY, I32, I64, MINUTE, Bools, Events, Pileons
from graphwatch.settings import TraceSettings
from graphwatch.trace.groups import distinct
from graphwatch.trace.origins.acts import Acts, collect_acts
from graphwatch.trace.origins.arrivals import NEVER, descent, earliest_arrival, latest_departure, likeliest_paths, main_roots
from graphwatch.trace.origins.causes import Modelled, rows_of_edges
from graphwatch.trace.origins.links import Links, make_links
from graphwatch.trace.origins.mentions import Mentions, count_persons, object_mentions
from graphwatch.trace.origins.orphans import Orphans
from graphwatch.trace.origins.tables import CAUSE, Found, Traceback, chains_frame, links_frame, origins_frame
from graphwatch.trace.tables import Edges

_PEAK: Final = 15 * MINUTE // 2
_MANY: Final = 20


@dataclass(frozen=True, slots=True)
class Origins:
    """Where pile-ons came from.

    Attributes
    ----------
    origins, chains, links
        Result tables ``origins``, ``origin_chains`` and ``origin_links``.
    notes
        In words: what was left out.
    """

    origins: pl.DataFrame
    chains: pl.DataFrame
    links: pl.DataFrame
    notes: tuple[str, ...] = ()


def find_origins(
    events: Events,
    pileons: Pileons,
    edges: pl.DataFrame,
    settings: TraceSettings,
    *,
    accusations: Mentions | None = None,
    orphans: Orphans | None = None,
    person: I32 | None = None,
    considered: Sequence[Edges] = (),
    notes: tuple[str, ...] = (),
) -> Origins:
    """Look for the origins of each pile-on.

    Parameters
    ----------
    events, pileons
        Interactions, and the pile-ons found in them.
    edges
        Likeliest causes, see :class:`graphwatch.trace.Trace`.
    settings
        Section ``trace``.
    accusations
        See :func:`graphwatch.trace.origins.find_accusations`.
    orphans
        See :func:`graphwatch.trace.origins.orphan_parents`; None: what is not in the data is left out.
    person : (accounts,)
        Account that stands for each account's person, see :func:`graphwatch.graph.identities.person_codes`; None: each for itself.
    considered
        All causes that tracing considered, by pile-on; empty: ``edges`` are all.
    notes
        Handed on.

    Returns
    -------
    Origins
        ``rank`` 1 is the earliest of the acts from which enough of the pile-on descends.

    Notes
    -----
    *Links.* Each act has at most one cause: see :func:`graphwatch.trace.origins.links.make_links`. *expected_share* is exact under them and
    all causes that the model considered, by :func:`~graphwatch.trace.origins.arrivals.descent`; chains are made of the likeliest ones.
    *reached_share* asks for time-respecting paths between persons only and is an upper bound (Wu et al. 2014). *chain_probability* is that
    of one path; several paths can lead to one act.

    What breaks it: what is not in the data (private groups, other platforms, deleted posts that nobody answers) cannot come first; a first
    mention in the data need not be the first one. To be early says nothing of intent.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> from graphwatch.model import Lists
    >>> from graphwatch.schema import INTERACTIONS, PILEONS
    >>> no = np.zeros(0, np.int64)
    >>> found = Pileons(PILEONS.empty(), no.astype(np.int32), no, no, no, Lists.empty(0), volume_only=True)
    >>> find_origins(encode(INTERACTIONS.empty()), found, pl.DataFrame(), TraceSettings()).origins.shape
    (0, 18)
    """
    people = np.arange(len(events.accounts), dtype=np.int32) if person is None else person
    known = Orphans.none(events) if orphans is None else orphans
    mentions = object_mentions(events, pileons).and_of(accusations or Mentions.empty())
    modelled = rows_of_edges(events, edges)
    hostile, everything = events.hostile(pileons.hostile_at), np.ones(len(events), bool)
    seen = np.zeros(len(events.accounts), np.int32)
    traced = []
    for index, name in enumerate(pileons.frame["pileon_id"]):
        causes = modelled.get(str(name), Modelled.none())
        every = Modelled.of(considered[index]) if considered else causes
        parents = np.concatenate([causes.parent, every.parent])
        acts = collect_acts(events, pileons, index, parents, mentions, people, known.code, settings)
        gated = pileons.frame["nature"][index] == "attack" and events.has_hostility
        asked = hostile if gated else everything
        sort = mentions.sort[acts.names]
        links, counted = make_links(events, acts, int(pileons.target[index]), causes, every, known.code, sort, asked, settings.origin_lag_h)
        counts = _elsewhere(events, pileons, index, acts, mentions, people, seen, settings)
        found = _ranked(pileons, index, acts, links, counted, mentions, counts, settings)
        traced.append(Traceback(acts, links, tuple(found)))
    return Origins(
        origins_frame(events, pileons, mentions, known, traced),
        chains_frame(events, pileons, known, traced),
        links_frame(events, pileons, known, traced),
        notes,
    )


def _elsewhere(
    events: Events, pileons: Pileons, index: int, acts: Acts, mentions: Mentions, person: I32, seen: I32, settings: TraceSettings
) -> list[tuple[int, int]]:
    """Count for each name the persons of the pile-on that mention it, and the others that do from ``origin_days`` before to its end."""
    own = pileons.rows.row(index)
    start, end = int(pileons.onset[index]) - int(settings.origin_days * DAY), int(pileons.end[index])
    first, last = np.searchsorted(events.at, start), np.searchsorted(events.at, end, side="right")
    counts = []
    for code in acts.names.tolist():
        rows = mentions.rows_of(code)
        rows = rows[np.searchsorted(rows, first) : np.searchsorted(rows, last)]
        counts.append(count_persons(rows, own, events.actor, person, seen))
    return counts


def _ranked(
    pileons: Pileons,
    index: int,
    acts: Acts,
    links: Links,
    counted: Links,
    mentions: Mentions,
    counts: list[tuple[int, int]],
    settings: TraceSettings,
) -> list[Found]:
    paths = _Paths(pileons, index, acts, links, counted, settings)
    last = int(np.searchsorted(acts.at, int(pileons.peak[index]) + _PEAK, side="right"))
    found = [paths.look(*candidate) for candidate in _candidates(acts, links, mentions, counts, last, settings)]
    in_data = [acts.row[f.act] >= 0 for f in found]
    strong = [f.expected_share >= settings.origin_share for f in found]
    tier = [0 if s and d else 1 if s else 2 for s, d in zip(strong, in_data, strict=True)]
    keys = [(t, f.act if t == 0 else -f.expected_share, f.act, k) for k, (t, f) in enumerate(zip(tier, found, strict=True))]
    return [found[k] for *_, k in sorted(keys)][: settings.origin_sources]


def _candidates(
    acts: Acts, links: Links, mentions: Mentions, counts: list[tuple[int, int]], last: int, settings: TraceSettings
) -> Iterator[tuple[int, int, int, int, int]]:
    """Give sort, name, act, accounts and accounts elsewhere: first mentions; then the acts from which most of the pile-on comes.

    Only acts before ``last``: what begins after the peak did not bring it about.
    """
    taken = set()
    for k, code in enumerate(acts.names.tolist()):
        first = int(acts.use_act[np.searchsorted(acts.use_name, k)])
        if first < last:
            taken.add(first)
            yield int(mentions.sort[code]), code, first, *counts[k]
    root, _ = main_roots(links.start, links.cause, links.probability)
    size = np.bincount(root[acts.member], minlength=len(acts))
    size[last:] = 0
    likely = np.lexsort((np.arange(len(acts)), -size))[: settings.origin_sources]
    for act in likely.tolist():
        if size[act] > 1 and act not in taken:
            yield CAUSE, -1, act, -1, -1


class _Paths:
    """Paths among the acts of one pile-on."""

    def __init__(self, pileons: Pileons, index: int, acts: Acts, links: Links, counted: Links, settings: TraceSettings) -> None:
        self.acts, self.links, self.counted, self.settings = acts, links, counted, settings
        child = links.child()
        self.tail, self.head = acts.person[links.cause], acts.person[child]
        self.depart, self.arrive = links.cause.astype(np.int64), child.astype(np.int64)
        self.by_departure = np.lexsort((self.arrive, self.depart))
        self.people = distinct(acts.person[acts.member])
        peak = int(pileons.peak[index])
        self.at_peak: Bools = acts.member & (np.abs(acts.at - peak) <= _PEAK)
        self.by_peak: Bools = acts.member & (acts.at <= peak + _PEAK)
        goal = np.zeros(acts.people, bool)
        goal[acts.person[self.at_peak]] = True
        deadline = int(np.flatnonzero(self.at_peak)[-1]) if self.at_peak.any() else -1
        self.latest = latest_departure(self.tail, self.head, self.depart, self.arrive, goal, deadline)

    def look(self, sort: int, name: int, act: int, accounts: int, elsewhere: int) -> Found:
        """Say how much of the pile-on comes from an act, and by which chains."""
        acts, counted = self.acts, self.counted
        chance = descent(counted.start, counted.cause, counted.probability, act)
        chains, chances, notes = self._chains(act)
        if accounts >= 0 and elsewhere > max(accounts, _MANY):
            notes.append(f"widely mentioned: {elsewhere:,} accounts outside of the pile-on, {accounts:,} in it")
        return Found(
            sort=sort,
            name=name,
            act=act,
            accounts=accounts,
            elsewhere=elsewhere,
            reached_share=self._reached(act),
            expected_share=float(chance[acts.member].mean()) if acts.member.any() else 0.0,
            chains=tuple(chains),
            chances=tuple(chances),
            notes=tuple(notes),
        )

    def _reached(self, act: int) -> float:
        order, person = self.by_departure, int(self.acts.person[act])
        arrival = earliest_arrival(
            self.tail[order], self.head[order], self.depart[order], self.arrive[order], person, act, self.acts.people
        )
        return float((arrival[self.people] != NEVER).mean()) if len(self.people) else 0.0

    def _chains(self, act: int) -> tuple[list[I64], list[float], list[str]]:
        """Give the likeliest chains to acts at the peak as links, first one first, with their probabilities."""
        links, most = self.links, self.settings.origin_chains
        notes = [] if self.latest[self.acts.person[act]] >= act else ["no time-respecting path leads from it to the peak"]
        chance, edge, place = likeliest_paths(links.start, links.cause, links.probability, act, most)
        open_ = chance.copy()
        open_[act] = 0.0  # a chain has a link
        ends = np.flatnonzero(self.at_peak & (open_[:, 0] > 0))
        if not len(ends) and (open_[self.by_peak, 0] > 0).any():
            ends = np.flatnonzero(self.by_peak & (open_[:, 0] == open_[self.by_peak, 0].max()))[:1]
            notes.append("its chain ends before the peak")
        found = sorted((-float(open_[end, k]), int(end), k) for end in ends.tolist() for k in range(most) if open_[end, k] > 0)[:most]
        return [_walk(links, edge, place, end, k) for _, end, k in found], [-value for value, _, _ in found], notes


def _walk(links: Links, edge: I64, place: I32, end: int, k: int) -> I64:
    """Give the links of a path, from its source to its end."""
    walked = []
    j = end
    while edge[j, k] >= 0:
        e = int(edge[j, k])
        walked.append(e)
        j, k = int(links.cause[e]), int(place[j, k])
    return np.array(walked[::-1], np.int64)

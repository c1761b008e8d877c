"""Origins, chains and links as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import F64, I8, I16, I32, I64, Events, Pileons
from graphwatch.schema import KINDS, SURFACES, TIMESTAMP
from graphwatch.schema.origins import BASES, LINKS, ORIGIN_CHAINS, ORIGIN_LINKS, ORIGINS, SORTS
from graphwatch.trace.origins.acts import Acts
from graphwatch.trace.origins.arrivals import main_roots
from graphwatch.trace.origins.links import Links
from graphwatch.trace.origins.mentions import Mentions
from graphwatch.trace.origins.orphans import Orphans

CAUSE: Final = SORTS.index("cause")


@dataclass(frozen=True, slots=True)
class Found:
    """One origin: what its table row says, with acts and links in place of ids.

    Attributes
    ----------
    name
        Code of what is mentioned; -1: nothing.
    accounts, elsewhere
        -1: does not apply.
    chains, chances
        Links of each chain from the act to the peak, and the product of their probabilities.
    """

    sort: int
    name: int
    act: int
    accounts: int
    elsewhere: int
    reached_share: float
    expected_share: float
    chains: tuple[I64, ...]
    chances: tuple[float, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traceback:
    """What is known of one pile-on."""

    acts: Acts
    links: Links
    found: tuple[Found, ...]


def origins_frame(events: Events, pileons: Pileons, mentions: Mentions, orphans: Orphans, traced: Sequence[Traceback]) -> pl.DataFrame:
    """Give the table ``origins``, by pile-on and rank."""
    found = [(index, rank, back, f) for index, back in enumerate(traced) for rank, f in enumerate(back.found, 1)]
    paths = [_path(back, f, 0) for _, _, back, f in found]
    ends = np.cumsum([len(path) for path in paths])
    steps = _Acts.of([(index, back.acts, path) for (index, _, back, _), path in zip(found, paths, strict=True)])
    chains = np.split(steps.facts(events, orphans)["interaction_id"].to_numpy(), ends[:-1]) if found else []
    first = _Acts.of([(index, back.acts, np.array([f.act])) for index, _, back, f in found])
    here = pl.Series(first.row >= 0)
    lead = (pileons.onset[first.pileon] - events.at[np.maximum(first.row, 0)]) / 1e6 if found else np.zeros(0)
    told = pl.DataFrame(
        {
            "rank": [rank for _, rank, _, _ in found],
            "sort": [SORTS[f.sort] for *_, f in found],
            "object": [mentions.names[f.name] if f.name >= 0 else None for *_, f in found],
            "lead_s": pl.Series(lead, dtype=pl.Float64).set(~here, None),
            "accounts": [f.accounts if f.accounts >= 0 else None for *_, f in found],
            "accounts_elsewhere": [f.elsewhere if f.elsewhere >= 0 else None for *_, f in found],
            "reached_share": [f.reached_share for *_, f in found],
            "expected_share": [min(f.expected_share, 1.0) for *_, f in found],
            "chain": [list(chain) for chain in chains],
            "chain_probability": [f.chances[0] if f.chances else None for *_, f in found],
            "notes": [[*f.notes, *_remarks(events, back.acts, f.act)] for _, _, back, f in found],
        },
        schema_overrides={
            name: ORIGINS.dtypes[name] for name in ("object", "accounts", "accounts_elsewhere", "chain", "chain_probability", "notes")
        },
    )
    return ORIGINS.conform(pl.concat([_pileon(pileons, first), first.facts(events, orphans), told], how="horizontal"))


def chains_frame(events: Events, pileons: Pileons, orphans: Orphans, traced: Sequence[Traceback]) -> pl.DataFrame:
    """Give the table ``origin_chains``, by pile-on, rank, chain and hop."""
    picks, keys, steps = [], [], []
    for index, back in enumerate(traced):
        for rank, f in enumerate(back.found, 1):
            for number, (chain, chance) in enumerate(zip(f.chains, f.chances, strict=True)):
                path = _path(back, f, number)
                picks.append((index, back.acts, path))
                keys += [(rank, number + 1, chance, hop) for hop in range(len(path))]
                steps.append(_steps(back.links, np.concatenate([[-1], chain])))
    acts = _Acts.of(picks)
    told = pl.DataFrame(keys, schema=["rank", "chain", "chain_probability", "hop"], orient="row")
    parts = [_pileon(pileons, acts), acts.facts(events, orphans), acts.hostility(events, pileons), told, _links(steps)]
    return ORIGIN_CHAINS.conform(pl.concat(parts, how="horizontal"))


def links_frame(events: Events, pileons: Pileons, orphans: Orphans, traced: Sequence[Traceback]) -> pl.DataFrame:
    """Give the table ``origin_links``: the pile-on's acts and what leads to them, by pile-on and causal order."""
    picks, causes, known, steps, member = [], [], [np.zeros(0, bool)], [], [np.zeros(0, bool)]
    for index, back in enumerate(traced):
        acts, links = back.acts, back.links
        _, best = main_roots(links.start, links.cause, links.probability)
        kept = _leading(acts, links, best, back.found)
        some = best[kept] >= 0
        cause = np.zeros(len(kept), np.int64)
        cause[some] = links.cause[best[kept][some]]
        picks.append((index, acts, kept))
        causes.append((index, acts, cause))
        known.append(some)
        steps.append(_steps(links, best[kept]))
        member.append(acts.member[kept])
    shown, before = _Acts.of(picks), _Acts.of(causes).facts(events, orphans)
    none = pl.Series(~np.concatenate(known))
    told = pl.DataFrame(
        {
            "member": np.concatenate(member),
            "cause_id": before["interaction_id"].set(none, None),
            "cause_platform": before["platform"].set(none, None),
        }
    )
    parts = [_pileon(pileons, shown), shown.facts(events, orphans), shown.hostility(events, pileons), told, _links(steps)]
    return ORIGIN_LINKS.conform(pl.concat(parts, how="horizontal"))


@dataclass(frozen=True, slots=True)
class _Acts:
    """Acts of several pile-ons end to end, so that each table is built in one go."""

    pileon: I64
    row: I32
    absent: I32

    @classmethod
    def of(cls, picks: Sequence[tuple[int, Acts, I64]]) -> _Acts:
        """Pick acts of pile-ons."""
        none = np.zeros(0, np.int32)
        return cls(
            np.repeat(np.array([index for index, _, _ in picks], np.int64), [len(which) for _, _, which in picks]),
            np.concatenate([none, *(acts.row[which] for _, acts, which in picks)]),
            np.concatenate([none, *(acts.absent[which] for _, acts, which in picks)]),
        )

    def facts(self, events: Events, orphans: Orphans) -> pl.DataFrame:
        """Say what is known of them: id, platform, account, time, kind, surface, tombstone."""
        lost, place = self.row < 0, np.maximum(self.row, 0)
        here = pl.Series(~lost)
        code = np.where(lost, self.absent, 0)
        ids, platform = events.ids.gather(place), events.platform[place]
        if lost.any():
            ids = ids.zip_with(here, orphans.ids.gather(code))
            platform = np.where(lost, orphans.platform[code], platform)
        return pl.DataFrame(
            {
                "interaction_id": ids,
                "platform": _words(events.platforms, platform),
                "actor_id": events.accounts.gather(events.actor[place]).set(~here, None),
                "at": pl.Series(events.at[place]).cast(TIMESTAMP).set(~here, None),
                "kind": _words(KINDS, np.where(lost, np.int8(-1), events.kind[place])),
                "surface": _words(SURFACES, np.where(lost, np.int8(-1), events.surface[place])),
                "deleted": events.deleted[place] & ~lost,
                "in_data": here,
            }
        )

    def hostility(self, events: Events, pileons: Pileons) -> pl.DataFrame:
        """Say which are hostile; null: not known."""
        value = np.where(self.row >= 0, events.hostility[np.maximum(self.row, 0)], np.nan)
        with np.errstate(invalid="ignore"):
            hostile = pl.Series("hostile", value >= np.float32(pileons.hostile_at))
        return hostile.set(pl.Series(np.isnan(value)), None).to_frame()


def _pileon(pileons: Pileons, acts: _Acts) -> pl.DataFrame:
    return pileons.frame["pileon_id"].gather(acts.pileon).alias("pileon_id").to_frame()


def _path(back: Traceback, found: Found, number: int) -> I64:
    """Give the acts of a chain; the origin alone where there is none."""
    chain = found.chains[number] if found.chains else np.zeros(0, np.int64)
    after = np.searchsorted(back.links.start, chain, side="right") - 1
    return np.concatenate([[found.act], after]).astype(np.int64)


def _leading(acts: Acts, links: Links, best: I64, found: Sequence[Found]) -> I64:
    """Acts of the pile-on, of the chains, and all that the likeliest causes lead back to."""
    wanted = acts.member.copy()
    for f in found:
        wanted[f.act] = True
        for chain in f.chains:
            wanted[np.searchsorted(links.start, chain, side="right") - 1] = True
    for j in np.flatnonzero(best >= 0)[::-1].tolist():
        if wanted[j]:
            wanted[links.cause[best[j]]] = True
    return np.flatnonzero(wanted)


def _steps(links: Links, which: I64) -> tuple[I64, I64, F64]:
    """Give link, basis and probability of some links; -1, -1 and NaN where there is none."""
    some = which >= 0
    link, basis, probability = np.full(len(which), -1), np.full(len(which), -1), np.full(len(which), np.nan)
    link[some], basis[some], probability[some] = (part[which[some]] for part in (links.link, links.basis, links.probability))
    return link, basis, probability


def _links(steps: Sequence[tuple[I64, I64, F64]]) -> pl.DataFrame:
    link, basis, probability = (np.concatenate([np.zeros(0), *(step[k] for step in steps)]) for k in range(3))
    return pl.DataFrame(
        {
            "link": _words(LINKS, link.astype(np.int64)),
            "basis": _words(BASES, basis.astype(np.int64)),
            "probability": pl.Series(np.minimum(probability, 1.0)).fill_nan(None),
        }
    )


def _words(names: Sequence[str], codes: I8 | I16 | I64) -> pl.Series:
    """Give the names of codes; -1: null."""
    return pl.Series([*names, None], dtype=pl.String).gather(np.where(codes >= 0, codes, len(names)))


def _remarks(events: Events, acts: Acts, act: int) -> list[str]:
    row = int(acts.row[act])
    if row < 0:
        return ["not in the data; whose it was is not known, and it may be the target's own"]
    return ["deleted: known as a tombstone"] if events.deleted[row] else []

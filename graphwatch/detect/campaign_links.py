"""What links two pile-ons: hostile accounts, co-action groups and objects that they share beyond chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numba
import numpy as np
from scipy.optimize import brentq
from scipy.sparse import csr_array

from graphwatch.detect.backbone import false_discovery_rates, poisson_tail
from graphwatch.model import F64, I32, I64, Bools, Events, Lists
from graphwatch.settings import DetectSettings

RARE: Final = 0.25
"""Accounts whose chance to be in a pile-on is above this say nothing by being there, and are left out of what it shares."""

_BITS: Final = 40


@dataclass(frozen=True, slots=True)
class Link:
    """Two pile-ons (positions among those compared, i < j), how strong the evidence is (lower q is stronger), and why, in words."""

    i: int
    j: int
    q_value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """Hostile accounts of the pile-ons compared, and how often each account would be in each by chance.

    Attributes
    ----------
    names
        Ids of the pile-ons.
    members
        (pile-ons × accounts), 1 where the account is a hostile one of the pile-on.
    telling
        The same without the accounts that were to be expected there (see ``RARE``).
    sizes
        Hostile accounts of each pile-on.
    bin
        Bin of each account: platform and number of targets that it was hostile to; -1: never hostile.
    of_bin
        Accounts in each bin.
    chance
        (pile-ons × bins), probability that an account of the bin is a telling one of the pile-on.
    """

    names: tuple[str, ...]
    members: csr_array
    telling: csr_array
    sizes: I64
    bin: I32
    of_bin: I64
    chance: F64


@numba.njit(cache=True)
def distinct_targets(start: I64, values: I32, actor: I32, use: Bools, accounts: int) -> I64:
    """Count the targets that each account acted on in the rows to use."""
    first = np.zeros(accounts + 1, np.int64)
    for i in range(len(actor)):
        if use[i]:
            first[actor[i] + 1] += start[i + 1] - start[i]
    for a in range(accounts):
        first[a + 1] += first[a]
    fill = first[:-1].copy()
    held = np.empty(first[accounts], np.int32)
    for i in range(len(actor)):
        if use[i]:
            for k in range(start[i], start[i + 1]):
                held[fill[actor[i]]] = values[k]
                fill[actor[i]] += 1
    seen = np.full(accounts, -1, np.int32)
    count = np.zeros(accounts, np.int64)
    for a in range(accounts):
        for k in range(first[a], first[a + 1]):
            if seen[held[k]] != a:
                seen[held[k]] = a
                count[a] += 1
    return count


def crowd_of(events: Events, rows: Lists, names: tuple[str, ...], hostile: Bools) -> Crowd:
    """Collect the hostile accounts of pile-ons, and the chance that each account had to be among them.

    An account with w hostile targets is in pile-on i with probability 1 - exp(-θ_i w); θ_i, one per platform, makes the expected number
    of accounts equal to the real one. So hyperactive accounts are expected everywhere, and meeting them again proves nothing.
    """
    n = len(events.accounts)
    use = hostile[rows.values]
    pile, account = rows.rows()[use], events.actor[rows.values[use]]
    members = csr_array((np.ones(len(pile), np.int64), (pile, account)), shape=(len(names), n))
    members.data[:] = 1
    targets = distinct_targets(events.targets.start, events.targets.values, events.actor, hostile, n)
    platform = np.full(n, -1, np.int64)
    platform[events.actor[::-1]] = events.platform[::-1]  # the first act's, where one account key has several
    known = targets > 0
    keys, place, of_bin = np.unique((platform[known] + 1) << _BITS | targets[known], return_inverse=True, return_counts=True)
    bins = np.full(n, -1, np.int32)
    bins[known] = place
    chance = _chance_by_bin(accounts_by_bin(members, bins, len(keys)), keys, of_bin)
    row = np.repeat(np.arange(len(names)), np.diff(members.indptr))
    rare = chance[row, bins[members.indices]] <= RARE
    telling = csr_array((members.data[rare], (row[rare], members.indices[rare])), shape=members.shape)
    return Crowd(names, members, telling, members.sum(axis=1), bins, of_bin, np.where(chance <= RARE, chance, 0.0))


def _chance_by_bin(in_bin: F64, keys: I64, of_bin: I64) -> F64:
    """Give the chance of an account of each bin (platform and activity in ``keys``) to be in each pile-on."""
    chance = np.zeros(in_bin.shape)
    for platform in np.unique(keys >> _BITS):
        of = keys >> _BITS == platform
        for i in range(len(in_bin)):
            chance[i, of] = _chances(int(in_bin[i, of].sum()), keys[of] & ((1 << _BITS) - 1), of_bin[of])
    return chance


def accounts_by_bin(members: csr_array, bins: I32, count: int) -> F64:
    """Count each row's accounts by bin, as (rows × bins)."""
    row = np.repeat(np.arange(members.shape[0]), np.diff(members.indptr))
    held = bins[members.indices]
    known = held >= 0
    counts = np.bincount(row[known] * max(count, 1) + held[known], minlength=members.shape[0] * max(count, 1))
    return counts.reshape(members.shape[0], -1)[:, :count].astype(np.float64)


def _chances(wanted: int, activity: I64, accounts: I64) -> F64:
    """Probabilities 1 - exp(-θ w) by activity w that add up to the wanted number of accounts."""
    if wanted <= 0:
        return np.zeros(len(activity))
    if wanted >= accounts.sum():
        return np.ones(len(activity))

    def surplus(log_theta: float) -> float:
        return float(-accounts @ np.expm1(-np.exp(log_theta) * activity)) - wanted

    theta = float(np.exp(brentq(surplus, -60.0, 60.0)))
    return np.asarray(-np.expm1(-theta * activity), dtype=np.float64)


def account_links(crowd: Crowd, settings: DetectSettings) -> Iterator[Link]:
    """Link pile-ons that share more hostile accounts than their activity explains.

    The number shared is compared with Poisson(Σ_a p_ia p_ja), which has a heavier upper tail than the Poisson-binomial that it stands for.
    """
    n = len(crowd.names)
    common = (crowd.telling @ crowd.telling.T).tocoo()
    upper = common.row < common.col
    i, j, shared = common.row[upper], common.col[upper], common.data[upper]
    weighted = crowd.chance * crowd.of_bin
    expected = np.array([weighted[a] @ crowd.chance[b] for a, b in zip(i, j, strict=True)])
    q_values = false_discovery_rates(poisson_tail(shared, expected), n * (n - 1) // 2)
    many = enough(shared, np.minimum(crowd.sizes[i], crowd.sizes[j]), expected, settings)
    for k in np.flatnonzero(many & (q_values <= settings.campaign_fdr)):
        words = f"{crowd.names[i[k]]} and {crowd.names[j[k]]} share {shared[k]} hostile accounts that were not to be expected in either"
        reason = f"{words}, {figure(expected[k])} by chance (q = {q_values[k]:.1e})"
        yield Link(int(i[k]), int(j[k]), float(q_values[k]), reason)


def enough(shared: I64, of: I64, expected: F64, settings: DetectSettings) -> Bools:
    """Say where the accounts in common are many enough to matter: in number, as a share, and against what activity explains."""
    many = (shared >= settings.campaign_min_shared) & (shared >= settings.campaign_min_share * of)
    return np.asarray(many & (shared >= settings.campaign_min_ratio * expected), dtype=np.bool_)


def group_links(crowd: Crowd, group: I32, groups: tuple[str, ...], settings: DetectSettings) -> Iterator[Link]:
    """Link pile-ons in which the same co-action group takes part beyond chance."""
    grouped = np.flatnonzero(group >= 0)
    if not len(groups):
        return
    held = csr_array((np.ones(len(grouped), np.int64), (group[grouped], grouped)), shape=(len(groups), len(group)))
    present = (crowd.telling @ held.T).tocoo()
    pile, g, count = present.row, present.col, present.data
    by_bin = accounts_by_bin(held, crowd.bin, len(crowd.of_bin))
    expected = np.array([crowd.chance[a] @ by_bin[b] for a, b in zip(pile, g, strict=True)])
    q_values = false_discovery_rates(poisson_tail(count, expected), len(crowd.names) * len(groups))
    sizes = np.diff(held.indptr)
    many = enough(count, np.minimum(sizes[g], crowd.sizes[pile]), expected, settings)
    found = np.flatnonzero(many & (q_values <= settings.campaign_fdr))
    found = found[np.lexsort((pile[found], g[found]))]
    for x, y in pairwise(found):
        if g[x] == g[y]:
            words = f"co-action group {groups[g[x]]} ({sizes[g[x]]} accounts) has {count[x]} accounts in {crowd.names[pile[x]]}"
            words += f" ({figure(expected[x])} expected) and {count[y]} in {crowd.names[pile[y]]} ({figure(expected[y])} expected)"
            q_value = float(max(q_values[x], q_values[y]))
            yield Link(int(pile[x]), int(pile[y]), q_value, f"{words} (q = {q_value:.1e})")


def object_links(events: Events, crowd: Crowd, rows: Lists, hostile: Bools, settings: DetectSettings) -> Iterator[Link]:
    """Link pile-ons whose hostile accounts share an object (a template, a link, an image, a tag) that hostile accounts elsewhere do not.

    The base rate comes from the hostile accounts outside the two pile-ons, so that a common insult links nothing.
    """
    users = _users(events, np.flatnonzero(hostile).astype(np.int32))
    used = rows.values[hostile[rows.values]]
    pile, item, accounts = _users_by_pile(events, used, rows.rows()[hostile[rows.values]])
    i, j, o, in_i, in_j, tests = _pairs(pile, item, accounts, settings.campaign_min_shared)
    hostile_accounts = len(np.unique(events.actor[hostile]))
    outside = np.maximum(users[o] - in_i - in_j, 0)
    elsewhere = np.maximum(hostile_accounts - crowd.sizes[i] - crowd.sizes[j], 0)
    rate = (outside + 1) / (elsewhere + 1)
    p_values = np.maximum(poisson_tail(in_i, crowd.sizes[i] * rate), poisson_tail(in_j, crowd.sizes[j] * rate))
    q_values = false_discovery_rates(p_values, max(tests, len(p_values)))
    for k in np.flatnonzero(q_values <= settings.campaign_fdr):
        words = f"{crowd.names[i[k]]} and {crowd.names[j[k]]} share {events.object_names[int(o[k])]!r}: {in_i[k]} and {in_j[k]} hostile"
        words += f" accounts, {figure(float(crowd.sizes[i[k]] * rate[k]))} and {figure(float(crowd.sizes[j[k]] * rate[k]))} expected"
        yield Link(int(i[k]), int(j[k]), float(q_values[k]), f"{words} by chance (q = {q_values[k]:.1e})")


def _entries(events: Events, rows: I32) -> tuple[I64, I32]:
    """Positions in ``rows`` and objects of all their objects."""
    sizes = np.diff(events.objects.start)[rows]
    place = np.repeat(np.arange(len(rows)), sizes)
    offset = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return place, events.objects.values[events.objects.start[rows][place] + offset]


def _users(events: Events, rows: I32) -> I64:
    """Distinct accounts per object in the given rows."""
    place, item = _entries(events, rows)
    pairs = np.unique(item.astype(np.int64) * len(events.accounts) + events.actor[rows[place]])
    return np.bincount(pairs // max(len(events.accounts), 1), minlength=len(events.object_names))


def _users_by_pile(events: Events, rows: I32, pile: I32) -> tuple[I64, I64, I64]:
    """Distinct accounts per (object, pile-on), sorted so."""
    place, item = _entries(events, rows)
    triples = np.unique(np.column_stack([item, pile[place], events.actor[rows[place]]]), axis=0)
    pairs, counts = np.unique(triples[:, :2], axis=0, return_counts=True)
    return pairs[:, 1].astype(np.int64), pairs[:, 0].astype(np.int64), counts


def _pairs(pile: I64, item: I64, accounts: I64, least: int) -> tuple[I64, I64, I64, I64, I64, int]:
    """Pairs of pile-ons that use the same object, with enough accounts each, and how many pairs use the same object at all."""
    _, all_uses = np.unique(item, return_counts=True)
    tests = int((all_uses * (all_uses - 1) // 2).sum())
    busy = accounts >= least
    pile, item, accounts = pile[busy], item[busy], accounts[busy]
    first = np.searchsorted(item, item, side="left")
    earlier = np.arange(len(item)) - first  # uses of the same object before this one
    later = np.repeat(np.arange(len(item)), earlier)
    before = np.repeat(first, earlier) + np.arange(len(later)) - np.repeat(np.cumsum(earlier) - earlier, earlier)
    return pile[before], pile[later], item[later], accounts[before], accounts[later], tests


def figure(value: float) -> str:
    """Write an expected number so that small ones stay readable."""
    return f"{value:.1f}" if value >= 0.1 else f"{value:.1g}"

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
_PAIRS: Final = 20_000  # of pile-ons, worked out at once


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
    activity
        Pile-ons that each account is a hostile one of, and targets that it was hostile to besides.
    platform
        Of each account; -1: none.
    """

    names: tuple[str, ...]
    members: csr_array
    telling: csr_array
    sizes: I64
    bin: I32
    of_bin: I64
    chance: F64
    activity: I64
    platform: I64


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
    keys, bins, of_bin = _bins(platform, targets)
    chance = _chance_by_bin(accounts_by_bin(members, bins, len(keys)), keys, of_bin)
    telling = _telling(members, bins, chance)
    besides = hostile.copy()
    besides[rows.values] = False
    activity = distinct_targets(events.targets.start, events.targets.values, events.actor, besides, n) + members.sum(axis=0)
    chance = np.where(chance <= RARE, chance, 0.0)
    return Crowd(names, members, telling, members.sum(axis=1), bins, of_bin, chance, activity, platform)


def _bins(platform: I64, activity: I64) -> tuple[I64, I32, I64]:
    """Give the pairs of platform and activity as keys, the place of each account's among them (-1: no activity), and how many have it."""
    known = activity > 0
    keys, place, of_bin = np.unique((platform[known] + 1) << _BITS | activity[known], return_inverse=True, return_counts=True)
    bins = np.full(len(activity), -1, np.int32)
    bins[known] = place
    return keys, bins, of_bin


def _rows(members: csr_array) -> I64:
    """Give the pile-on of each entry."""
    return np.repeat(np.arange(members.shape[0]), np.diff(members.indptr))


def _telling(members: csr_array, bins: I32, chance: F64) -> csr_array:
    """Leave out the members whose chance to be there, by bin, is above ``RARE``."""
    row = _rows(members)
    rare = chance[row, bins[members.indices]] <= RARE
    return csr_array((members.data[rare], (row[rare], members.indices[rare])), shape=members.shape)


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
    row, held = _rows(members), bins[members.indices]
    known = held >= 0
    counts = np.bincount(row[known] * max(count, 1) + held[known], minlength=members.shape[0] * max(count, 1))
    return counts.reshape(members.shape[0], -1)[:, :count].astype(np.float64)


def _chances(wanted: int, activity: I64, accounts: I64 | F64) -> F64:
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
    """Link pile-ons that share more hostile accounts than their activity elsewhere explains.

    The number shared is compared with Poisson(Σ_a p_ia p_ja), which has a heavier upper tail than the Poisson-binomial that it stands for.
    What an account did in pile-on i does not count towards its chance to be there (see :func:`leave_one_out`): a crew that raids one
    target after the other would else be expected everywhere *because* it was there.
    """
    n = len(crowd.names)
    apart = leave_one_out(crowd)
    common = (apart.telling @ apart.telling.T).tocoo()
    upper = common.row < common.col
    i, j, shared = common.row[upper], common.col[upper], common.data[upper]
    expected = apart.expected(i, j)
    q_values = false_discovery_rates(poisson_tail(shared, expected), n * (n - 1) // 2)
    many = enough(shared, np.minimum(crowd.sizes[i], crowd.sizes[j]), expected, settings)
    for k in np.flatnonzero(many & (q_values <= settings.campaign_fdr)):
        words = f"{crowd.names[i[k]]} and {crowd.names[j[k]]} share {shared[k]} hostile accounts that were not to be expected in either"
        reason = f"{words}, {figure(expected[k])} by chance (q = {q_values[k]:.1e})"
        yield Link(int(i[k]), int(j[k]), float(q_values[k]), reason)


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Chances to be in each pile-on by what accounts did elsewhere.

    Attributes
    ----------
    members, telling
        As in :class:`Crowd`; ``telling`` without those to be expected by their acts elsewhere.
    bin
        Bin of each account: platform and activity; -1: never hostile.
    of_bin
        Accounts in each bin.
    held
        (pile-ons × bins), hostile accounts of the pile-on.
    other, own
        (pile-ons × bins), probability to be a telling one of the pile-on: of an account that is not in it, and of one that is, whose
        activity elsewhere is less by one.
    """

    members: csr_array
    telling: csr_array
    bin: I32
    of_bin: I64
    held: F64
    other: F64
    own: F64

    def expected(self, i: I64, j: I64) -> F64:
        """Accounts that are telling ones of pile-ons i and j by chance, pair by pair."""
        change = self.own - self.other  # of the chance, when an account is in the pile-on
        row, account = _rows(self.members), self.members.indices
        changed = csr_array((change[row, self.bin[account]], (row, account)), shape=self.members.shape)
        both = csr_array(changed @ changed.T)
        whole, part = self.of_bin * self.other + self.held * change, self.held * change
        total = np.zeros(len(i))
        for k in range(0, len(i), _PAIRS):
            a, b = i[k : k + _PAIRS], j[k : k + _PAIRS]
            total[k : k + _PAIRS] = np.einsum("kb,kb->k", whole[a], self.other[b]) + np.einsum("kb,kb->k", self.other[a], part[b])
            total[k : k + _PAIRS] += np.asarray(both[a, b]).ravel()
        return np.maximum(total, 0.0)  # differences of equal sums may be a last digit below


def leave_one_out(crowd: Crowd) -> LeaveOneOut:
    """Give each account's chance to be in each pile-on, by its activity elsewhere.

    Notes
    -----
    As :func:`crowd_of`, with the activity of those who are in pile-on i less by that one, and θ_i such that as many of the accounts that
    were hostile elsewhere are expected in it as are. Accounts that were hostile nowhere else can be in no two pile-ons.
    """
    keys, bins, of_bin = _bins(crowd.platform, crowd.activity)
    held = accounts_by_bin(crowd.members, bins, len(keys))
    activity = keys & ((1 << _BITS) - 1)
    other, own = np.zeros(held.shape), np.zeros(held.shape)
    for platform in np.unique(keys >> _BITS):
        of = keys >> _BITS == platform
        less = activity[of] - 1
        for i in range(len(held)):
            elsewhere = np.where(less > 0, held[i, of], 0.0)
            counts = np.concatenate([of_bin[of] - held[i, of], elsewhere])
            found = _chances(int(elsewhere.sum()), np.concatenate([activity[of], less]), counts)
            other[i, of], own[i, of] = np.split(found, 2)
    telling = _telling(crowd.members, bins, own)
    other, own = (np.where(chance <= RARE, chance, 0.0) for chance in (other, own))
    return LeaveOneOut(crowd.members, telling, bins, of_bin, held, other, own)


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

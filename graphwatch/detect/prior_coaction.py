"""Did these accounts act together before? A test of a set of accounts against sets of equal activity.

The statistic is the number of pairs in the set that co-acted (shared an object within the window) before a moment. Under the null the
set is any set of accounts that were as active: each account is dealt with in its stratum of shares before that moment (each number up
to four, then half-octaves), and sets with as many accounts from each stratum are drawn from the set and its controls. p is the share of
sets with at least as many pairs, the observed one included, so it is valid in finite samples: P(p ≤ α) ≤ α.

What breaks it: communities. Accounts that care for the same thing meet on it, and meet again in a pile-on about it, without anybody
having arranged either; controls know activity, not interests. An account that shared nothing before has nothing to test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control

from graphwatch.detect.pairs import aggregate_pairs, count_pairs, fill_pairs, limit_windows
from graphwatch.detect.shares import Shares, build_shares
from graphwatch.model import DAY, I32, I64, Bools, Events, Pileons
from graphwatch.schema import PRIOR_COACTIONS
from graphwatch.settings import DetectSettings

CONTROLS: Final = 20
"""Controls per account at most."""
MOST: Final = 5000
"""Accounts of a set that are tested at most, the most active first."""
_SEED: Final = 0x9B1C
_BATCH: Final = 4_000_000
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class History:
    """Shares, and their order in time.

    Attributes
    ----------
    order, at : (shares,)
        Shares by time, and those times.
    """

    shares: Shares
    order: I64
    at: I64

    @classmethod
    def of(cls, events: Events, settings: DetectSettings) -> History:
        """Give the history of the objects that the settings name."""
        shares = build_shares(events, 1, unique_ids=True, objects=settings.coaction_objects)
        order = np.argsort(shares.at, kind="stable")
        return cls(shares, order, shares.at[order])

    def between(self, begin: int, end: int) -> I64:
        """Give the shares from ``begin`` to before ``end``."""
        low, high = np.searchsorted(self.at, [begin, end])
        return self.order[low:high]


@dataclass(frozen=True, slots=True)
class PriorCoaction:
    """Whether a set of accounts acted together before a moment.

    Attributes
    ----------
    accounts
        Accounts of the set with shared objects before the moment.
    controls
        Accounts of equal activity that they are compared with.
    pairs
        Pairs of the set that co-acted.
    expected
        Mean number of such pairs in a set of equal activity.
    p_value
        Share of drawn sets with at least as many pairs; lower is stronger. 1 where there is nothing to compare.
    """

    accounts: int
    controls: int
    pairs: int
    expected: float
    p_value: float


def pileon_coactions(events: Events, pileons: Pileons, settings: DetectSettings, seed: int) -> pl.DataFrame:
    """Test the hostile accounts of each pile-on for co-action before its onset; all accounts where hostility is not known.

    Returns
    -------
    polars.DataFrame
        Result table ``prior_coactions``, one row per pile-on, in their order.
    """
    history = History.of(events, settings)
    hostile = np.ones(len(events), np.bool_) if pileons.volume_only else events.hostile(pileons.hostile_at)
    tests = []
    for index in range(len(pileons)):
        rows = pileons.rows.row(index)
        crowd = np.unique(events.actor[rows[hostile[rows]]])
        tests.append(prior_coaction(history, crowd, int(pileons.onset[index]), len(events.accounts), settings, seed))
    p_values = np.array([test.p_value for test in tests])
    frame = pl.DataFrame(
        {
            "pileon_id": pileons.frame["pileon_id"],
            "accounts": pl.Series([test.accounts for test in tests], dtype=pl.Int64),
            "controls": pl.Series([test.controls for test in tests], dtype=pl.Int64),
            "pairs": pl.Series([test.pairs for test in tests], dtype=pl.Int64),
            "expected": pl.Series([test.expected for test in tests], dtype=pl.Float64),
            "p_value": p_values,
            "q_value": false_discovery_control(p_values) if len(p_values) else p_values,
        }
    )
    return PRIOR_COACTIONS.conform(frame)


def prior_coaction(history: History, crowd: I32, before: int, accounts: int, settings: DetectSettings, seed: int) -> PriorCoaction:
    """Test one set of accounts.

    Parameters
    ----------
    history
        Shares of all accounts.
    crowd
        Account codes, each once.
    before
        Only shares before this time count, µs, and none older than ``settings.coaction_prior_days``.
    accounts
        Number of account codes.
    settings
        ``coaction_window_s``, ``coaction_cap``, ``coaction_prior_days`` and ``coaction_prior_draws``.
    seed
        Of the controls and draws.
    """
    past = history.between(before - round(settings.coaction_prior_days * DAY), before)
    active = np.bincount(history.shares.account[past], minlength=accounts)
    tested = crowd[active[crowd] > 0]
    tested = np.sort(tested[np.argsort(-active[tested], kind="stable")][:MOST])
    if len(tested) < 2:
        return PriorCoaction(len(tested), 0, 0, 0.0, 1.0)
    rng = np.random.default_rng([seed, _SEED])
    stratum = _activity(active)
    pool = _pool(tested, stratum, np.setdiff1d(crowd, tested), rng)
    a, b = _pairs_within(history.shares, past, pool, accounts, settings)
    place = np.full(accounts, -1, np.int32)
    place[pool] = np.arange(len(pool), dtype=np.int32)
    a, b = place[a], place[b]
    inside = np.zeros(len(pool), np.bool_)
    inside[place[tested]] = True
    observed = int(np.count_nonzero(inside[a] & inside[b]))
    drawn = _draws(inside, stratum[pool], a, b, settings.coaction_prior_draws, rng)
    p_value = (1 + np.count_nonzero(drawn >= observed)) / (1 + len(drawn))
    return PriorCoaction(len(tested), len(pool) - len(tested), observed, float(drawn.mean()), float(p_value))


def _activity(active: I64) -> I32:
    """Stratum of each account: its number of shares up to four, then two strata per doubling."""
    half = np.floor(2 * np.log2(np.maximum(active, 1))).astype(np.int32)
    return np.where(active <= 4, active, half + 1).astype(np.int32)


def _pool(tested: I32, stratum: I32, excluded: I32, rng: np.random.Generator) -> I32:
    """Give the tested accounts and up to ``CONTROLS`` times as many others from each of their strata."""
    free = stratum > 0
    free[tested] = False
    free[excluded] = False
    chosen = [tested]
    for level, wanted in zip(*np.unique(stratum[tested], return_counts=True), strict=True):
        others = np.flatnonzero(free & (stratum == level)).astype(np.int32)
        if len(others) > CONTROLS * wanted:
            others = rng.choice(others, CONTROLS * wanted, replace=False)
        chosen.append(others)
    return np.sort(np.concatenate(chosen))


def _pairs_within(shares: Shares, past: I64, pool: I32, accounts: int, settings: DetectSettings) -> tuple[I32, I32]:
    """Pairs of accounts of the pool that co-acted in the past; each once, codes ascending."""
    member = np.zeros(accounts, np.bool_)
    member[pool] = True
    used = np.sort(past[member[shares.account[past]]])  # by object and time again
    first = np.searchsorted(used, shares.first)
    at, account, content, item = shares.at[used], shares.account[used], shares.content[used], shares.item[used]
    own, kept = shares.own[used], np.ones(len(at), np.bool_)
    windows, _ = limit_windows(first, at, round(settings.coaction_window_s * _SECOND), settings.coaction_cap)
    join = (first, at, account, content, own, windows, kept)
    of_account, *_ = count_pairs(*join, accounts, np.zeros(len(at), np.int32))
    x, y = fill_pairs(*join, member, 0, accounts, int(of_account.sum()))
    a, b, *_ = aggregate_pairs(x, y, at, account, content, item, 1)
    return a, b


def _draws(inside: Bools, stratum: I32, a: I32, b: I32, draws: int, rng: np.random.Generator) -> I64:
    """Pairs in each drawn set: the members dealt out anew within each stratum."""
    order = np.argsort(stratum, kind="stable")
    bounds = np.flatnonzero(np.diff(stratum[order])) + 1
    levels = np.split(order, bounds)
    batch = max(1, min(draws, _BATCH // max(len(a), len(inside), 1)))
    found = []
    for begin in range(0, draws, batch):
        number = min(batch, draws - begin)
        dealt = np.zeros((len(inside), number), np.bool_)
        for level in levels:
            dealt[level] = rng.permuted(np.repeat(inside[level][:, None], number, axis=1), axis=0)
        found.append(np.count_nonzero(dealt[a] & dealt[b], axis=0))
    return np.concatenate(found).astype(np.int64)

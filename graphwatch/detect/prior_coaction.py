"""Did these accounts act together before? A test of a set of accounts against sets of equal activity.

The statistic is the number of pairs in the set that co-acted (shared an object within the window) before a moment. Under the null the
set is any set of accounts that were as active: each account is dealt with in its stratum of shares before that moment (each number up
to four, then half-octaves), and sets with as many accounts from each stratum are drawn from the set and its controls. p is the share of
sets with at least as many pairs, the observed one included, so it is valid in finite samples: P(p ≤ α) ≤ α.

The work of one test is in the order of the shares of its accounts and controls, not of all shares; what all tests need (who shared
when, how active each account was up to a moment) is kept in :class:`History` and moved along from test to test.

What breaks it: communities. Accounts that care for the same thing meet on it, and meet again in a pile-on about it, without anybody
having arranged either; controls know activity, not interests. An account that shared nothing before has nothing to test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.backbone import false_discovery_rates
from graphwatch.detect.pairs import aggregate_pairs, count_pairs, fill_pairs, limit_windows
from graphwatch.detect.prior_draws import by_stratum, drawn_pairs, expected_pairs, move_window, shares_of
from graphwatch.detect.shares import Shares, build_shares
from graphwatch.model import DAY, I32, I64, Bools, Events, Lists, Pileons
from graphwatch.schema import PRIOR_COACTIONS
from graphwatch.settings import DetectSettings

CONTROLS: Final = 20
"""Controls per account at most."""
MOST: Final = 5000
"""Accounts of a set that are tested at most, the most active first."""
_SEED: Final = 0x9B1C
_SECOND: Final = 1_000_000


class _Window:
    """Activity of accounts within a stretch of the shares in time; it remembers the last stretch and moves from there."""

    def __init__(self, account: I32, accounts: int) -> None:
        self._account = account
        self._stratum_of = _strata(np.arange(int(np.bincount(account).max()) + 1 if len(account) else 1))
        self._low = self._high = 0
        self.active = np.zeros(accounts, np.int64)
        self.stratum = np.zeros(accounts, np.int32)
        self.sizes = np.zeros(int(self._stratum_of.max()) + 1, np.int64)
        self.sizes[0] = accounts

    def move(self, low: int, high: int) -> None:
        """Go to the shares low…high."""
        if low >= self._high or high <= self._low:  # nothing in common
            self._change(self._low, self._high, -1)
            self._low = self._high = low
        self._change(low, self._low, 1)
        self._change(self._high, high, 1)
        self._change(self._low, low, -1)
        self._change(high, self._high, -1)
        self._low, self._high = low, high

    def _change(self, begin: int, end: int, change: int) -> None:
        move_window(self._account, self.active, self.stratum, self.sizes, self._stratum_of, begin, end, change)


@dataclass(frozen=True, slots=True)
class History:
    """Shares, by object, by account and by time.

    Attributes
    ----------
    shares
        By object and time.
    members
        Codes of the accounts that shared anything, ascending.
    of_account
        Shares of each member.
    at : (shares,)
        Times of the shares, ascending.
    """

    shares: Shares
    members: I32
    of_account: Lists
    at: I64
    _window: _Window = field(repr=False)

    @classmethod
    def of(cls, events: Events, settings: DetectSettings) -> History:
        """Give the history of the objects that the settings name."""
        return cls.of_shares(build_shares(events, 1, unique_ids=True, objects=settings.coaction_objects))

    @classmethod
    def of_shares(cls, shares: Shares) -> History:
        """Give the history of shares."""
        members, account = np.unique(shares.account, return_inverse=True)
        account = account.astype(np.int32)
        start = np.concatenate([[0], np.cumsum(np.bincount(account, minlength=len(members)))]).astype(np.int64)
        lists = Lists(start, np.argsort(account, kind="stable").astype(np.int32))
        order = np.argsort(shares.at, kind="stable")
        return cls(shares, members, lists, shares.at[order], _Window(account[order].astype(np.int32, copy=False), len(members)))

    def activity(self, begin: int, end: int) -> _Window:
        """Give the activity of each account from ``begin`` to before ``end``; valid until asked for another time."""
        low, high = np.searchsorted(self.at, [begin, end]).tolist()
        self._window.move(low, high)
        return self._window


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
        Mean number of such pairs in a set of equal activity (exact, not from the draws); None where there are no controls.
    p_value
        Share of drawn sets with at least as many pairs; lower is stronger. 1 where there is nothing to compare.
    """

    accounts: int
    controls: int
    pairs: int
    expected: float | None
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
        tests.append(prior_coaction(history, crowd, int(pileons.onset[index]), settings, seed))
    p_values = np.array([test.p_value for test in tests])
    frame = pl.DataFrame(
        {
            "pileon_id": pileons.frame["pileon_id"],
            "accounts": pl.Series([test.accounts for test in tests], dtype=pl.Int64),
            "controls": pl.Series([test.controls for test in tests], dtype=pl.Int64),
            "pairs": pl.Series([test.pairs for test in tests], dtype=pl.Int64),
            "expected": pl.Series([test.expected for test in tests], dtype=pl.Float64),
            "p_value": p_values,
            "q_value": false_discovery_rates(p_values, len(p_values)),
        }
    )
    return PRIOR_COACTIONS.conform(frame)


def prior_coaction(history: History, crowd: I32, before: int, settings: DetectSettings, seed: int) -> PriorCoaction:
    """Test one set of accounts.

    Parameters
    ----------
    history
        Shares of all accounts.
    crowd
        Account codes, each once.
    before
        Only shares before this time count, µs, and none older than ``settings.coaction_prior_days``.
    settings
        ``coaction_window_s``, ``coaction_cap``, ``coaction_prior_days`` and ``coaction_prior_draws``.
    seed
        Of the controls and draws.
    """
    begin = before - round(settings.coaction_prior_days * DAY)
    activity = history.activity(begin, before)
    active = activity.active
    crowd = _places(history, crowd)
    tested = crowd[active[crowd] > 0]
    tested = np.sort(tested[np.argsort(-active[tested], kind="stable")][:MOST])
    if len(tested) < 2:
        return PriorCoaction(len(tested), 0, 0, None, 1.0)
    rng = np.random.default_rng([seed, _SEED])
    pool = _pool(tested, crowd, activity, rng)
    a, b = _pairs_within(history, pool, begin, before, settings)
    stratum, inside = activity.stratum[pool], np.isin(pool, tested)
    observed = int(np.count_nonzero(inside[a] & inside[b]))
    p_value = 1.0  # so many pairs as none are in every set
    if observed:
        drawn = drawn_pairs(stratum, inside, a, b, settings.coaction_prior_draws, rng)
        p_value = float((1 + np.count_nonzero(drawn >= observed)) / (1 + len(drawn)))
    controls = len(pool) - len(tested)
    return PriorCoaction(len(tested), controls, observed, expected_pairs(stratum, inside, a, b) if controls else None, p_value)


def _places(history: History, crowd: I32) -> I32:
    """Give the places of accounts among those that ever shared anything, without the others."""
    places = np.searchsorted(history.members, crowd).astype(np.int32)
    known = places < len(history.members)
    known[known] = history.members[places[known]] == crowd[known]
    return places[known]


def _strata(shares: I64) -> I32:
    """Stratum of each number of shares: the number itself up to four, then two strata per doubling."""
    half = np.floor(2 * np.log2(np.maximum(shares, 1))).astype(np.int32)
    return np.where(shares <= 4, shares, half + 1).astype(np.int32)


def _pool(tested: I32, crowd: I32, activity: _Window, rng: np.random.Generator) -> I32:
    """Give the tested accounts and up to ``CONTROLS`` times as many others from each of their strata, none of them of the crowd."""
    counts = np.bincount(activity.stratum[tested], minlength=len(activity.sizes))
    barred = np.zeros(len(activity.stratum), np.bool_)
    barred[crowd] = True
    first, last, accounts = by_stratum(activity.stratum, activity.sizes, barred, counts > 0)
    chosen = [tested]
    for level in np.flatnonzero(counts):
        others = accounts[first[level] : last[level]]
        if len(others) > CONTROLS * counts[level]:
            others = rng.choice(others, CONTROLS * counts[level], replace=False)
        chosen.append(others)
    return np.sort(np.concatenate(chosen))


def _pairs_within(history: History, pool: I32, begin: int, end: int, settings: DetectSettings) -> tuple[I32, I32]:
    """Pairs of places in the pool that co-acted from ``begin`` to before ``end``; each once, ascending."""
    shares, owned = history.shares, history.of_account
    used = shares_of(pool, owned.start, owned.values, shares.at, begin, end)
    at, content, item, own = shares.at[used], shares.content[used], shares.item[used], shares.own[used]
    account = np.searchsorted(history.members[pool], shares.account[used]).astype(np.int32)
    first = np.concatenate([[0], np.flatnonzero(np.diff(item)) + 1, [len(item)]]).astype(np.int64)
    windows, _ = limit_windows(first, at, round(settings.coaction_window_s * _SECOND), settings.coaction_cap)
    everybody: Bools = np.ones(len(pool), np.bool_)
    join = (first, at, account, content, own, windows, np.ones(len(at), np.bool_))
    of_account, *_ = count_pairs(*join, len(pool), np.zeros(len(at), np.int32))
    x, y = fill_pairs(*join, everybody, 0, len(pool), int(of_account.sum()))
    a, b, *_ = aggregate_pairs(x, y, at, account, content, item, 1)
    return a, b

"""Co-action: pairs of accounts that act on the same object within a time window, counted as CooRTweet does, tested against chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.backbone import communities, false_discovery_rates, poisson_tail, stable_id
from graphwatch.detect.coaction_null import expected_coactions, strata
from graphwatch.detect.pairs import aggregate_pairs, count_pairs, fill_pairs, group_by_object, limit_windows, mark_pairs
from graphwatch.graph.encode import look_up, string_codes
from graphwatch.model import F64, I32, I64, Bools, Events
from graphwatch.schema import COACTIONS, TIMESTAMP
from graphwatch.settings import DetectSettings

BLOCK: Final = 16_000_000
"""Pairs held at once; a pair takes 16 bytes."""
SORTS: Final = 15
SECOND: Final = 1_000_000
_LEIDEN: Final = 0xC0AC


@dataclass(frozen=True, slots=True)
class Coactions:
    """The co-action network.

    Attributes
    ----------
    frame
        The ``coactions`` result table (polars), sorted by (a, b).
    a, b
        Account codes of each row of ``frame``.
    expected
        Co-actions expected by chance of each row; NaN without the null model.
    group
        Group of each account code, index into ``groups``; -1: none.
    groups
        Id of each group.
    saturated
        Objects with more candidate pairs than the cap: ``object``, ``shares``, ``pairs`` (candidates in the wanted window) and
        ``window_s``, the narrower window that they were joined with (null: not at all). Their counts are lower bounds.
    counts
        ``shares``, ``pairs`` (loops left out, after the participation filter), ``accounts`` and ``pairs_tested``, ``saturated``.
    """

    frame: pl.DataFrame
    a: I32
    b: I32
    expected: F64
    group: I32
    groups: tuple[str, ...]
    saturated: pl.DataFrame
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Shares:
    """Shares grouped by object and ascending in time; see :mod:`graphwatch.detect.pairs`."""

    first: I64
    at: I64
    account: I32
    content: I32
    item: I32
    own: Bools
    sort: I32

    @property
    def join(self) -> tuple[I64, I64, I32, I32, Bools]:
        """What the kernels of the join take, in their order."""
        return self.first, self.at, self.account, self.content, self.own


@dataclass(frozen=True, slots=True)
class _Edges:
    a: I32
    b: I32
    counts: I64
    span: I64
    delay: I64

    def take(self, keep: Bools) -> _Edges:
        return _Edges(self.a[keep], self.b[keep], self.counts[keep], self.span[keep], self.delay[keep])


def find_coactions(events: Events, settings: DetectSettings, seed: int) -> Coactions:
    """Find the co-actions that chance does not explain, with the settings' window, participation and false discovery rate.

    See :func:`coactions_frame` for the method.
    """
    return coactions_frame(
        events,
        window_us=round(settings.coaction_window_s * SECOND),
        min_participation=settings.coaction_min_participation,
        null=True,
        settings=settings,
        seed=seed,
    )


def coactions_frame(
    events: Events, *, window_us: int, min_participation: int, null: bool, settings: DetectSettings, seed: int = 0
) -> Coactions:
    """Count co-actions of all pairs of accounts and, with ``null``, keep those that chance does not explain.

    Parameters
    ----------
    events
        A share is an interaction whose ``objects`` hold the object. Rows with one interaction id twice (as CooRTweet's inputs have them)
        are each a share of one content.
    window_us
        Largest time between the two acts, inclusive, in µs.
    min_participation
        Accounts with fewer shares are left out before the join. After it, shares of contents that stand in a pair are counted again, and
        a pair stays when at least one of its two contents is by an account with enough of them (CooRTweet's rule).
    null
        True: only pairs with q ≤ ``settings.coaction_fdr`` and at least two independent meetings, in groups. False: all pairs, counts
        only, equal to CooRTweet 2.1.3's where no object is saturated.
    settings
        ``coaction_cap`` and ``coaction_fdr``.
    seed
        Of the grouping.

    Returns
    -------
    Coactions
        Lower ``p_value`` and ``q_value`` are stronger. The tests counted by the false discovery rate are all pairs of accounts with
        enough shares, not only those that met.

    Notes
    -----
    Pairs of acts by one account (loops), of one interaction with itself, and of an interaction with the object that is itself are left
    out. Time and memory: the join visits each pair within the window, at most ``coaction_cap`` an object, three times, and holds
    ``BLOCK`` of them at once. Method: Righetti and Balluff, CooRTweet (2023); null model: :mod:`graphwatch.detect.coaction_null`.
    """
    shares = _shares(events, min_participation, unique_ids=null)
    windows, candidates = limit_windows(shares.first, shares.at, window_us, settings.coaction_cap)
    edges, pairs, expected = _join(events, shares, windows, min_participation, null=null)
    eligible = int(np.count_nonzero(np.bincount(shares.account)))
    tests = eligible * (eligible - 1) // 2
    p_values = q_values = np.full(len(edges.a), np.nan, np.float64)
    if null:
        p_values = poisson_tail(edges.counts[:, 2], expected)
        q_values = false_discovery_rates(p_values, tests)
        keep = q_values <= settings.coaction_fdr
        edges, expected, p_values, q_values = edges.take(keep), expected[keep], p_values[keep], q_values[keep]
    group, groups = _groups(edges, expected, events.accounts, seed) if null else (np.full(len(events.accounts), -1, np.int32), ())
    saturated = _saturated(events, shares, windows, candidates, settings.coaction_cap)
    counts = {"shares": len(shares.at), "pairs": pairs, "accounts": eligible, "pairs_tested": tests, "saturated": len(saturated)}
    frame = _frame(edges, events.accounts, p_values, q_values, group, groups)
    return Coactions(frame, edges.a, edges.b, expected, group, groups, saturated, counts)


def _shares(events: Events, min_participation: int, *, unique_ids: bool) -> _Shares:
    """Shares of active accounts; participation counts by sort of object, as if each sort were a run of its own."""
    sort_of, sorts = _sorts(events.object_names)
    every = events.objects.rows()
    key = events.actor[every].astype(np.int64) * sorts + sort_of[events.objects.values]
    active = (np.bincount(key, minlength=len(events.accounts) * sorts) >= min_participation)[key]
    first, row = group_by_object(events.objects.start, events.objects.values, len(events.object_names), active)
    item = np.repeat(np.arange(len(events.object_names), dtype=np.int32), np.diff(first))
    content, own = (row, np.zeros(len(row), np.bool_)) if unique_ids else _contents(events, row, item)
    return _Shares(first, events.at[row], events.actor[row], content, item, own, sort_of[item])


def _sorts(object_names: pl.Series) -> tuple[I32, int]:
    """Sort of each object, the word before its colon; the sorts past the most common few are one."""
    words = pl.DataFrame({"word": object_names.str.extract(r"^(\w+):").fill_null("")})
    common = words.group_by("word").len().sort("len", "word", descending=[True, False]).head(SORTS)["word"].sort()
    return look_up(words["word"], common) + 1, len(common) + 1


def _contents(events: Events, row: I32, item: I32) -> tuple[I32, Bools]:
    """Codes of the interactions' ids, and whether the object of a share is the interaction itself."""
    used, place = np.unique(row, return_inverse=True)
    ids = events.ids.gather(used)
    named = pl.DataFrame({"platform": events.platform[used], "id": ids})
    codes, _ = string_codes(named.select(pl.concat_str(pl.col("platform").cast(pl.Int32), "id", separator=":")).to_series())
    own = (ids.gather(place) == events.object_names.gather(item)).to_numpy()
    return codes[place], own


def _kept(shares: _Shares, windows: I64, min_participation: int) -> Bools:
    """Shares whose content, or another of the same id and sort, stands in a pair and is by an account with enough of such."""
    if min_participation <= 1 or not len(shares.at):
        return np.ones(len(shares.at), np.bool_)
    sorts = int(shares.sort.max()) + 1
    content = shares.content.astype(np.int64) * sorts + shares.sort
    met = np.zeros(int(content.max()) + 1, np.bool_)
    met[content[mark_pairs(*shares.join, windows)]] = True
    account = (shares.account.astype(np.int64) * sorts + shares.sort)[met[content]]
    enough = (np.bincount(account) >= min_participation)[account]
    kept = np.zeros(len(met), np.bool_)
    kept[content[met[content]][enough]] = True
    return np.asarray(kept[content], dtype=np.bool_)


def _join(events: Events, shares: _Shares, windows: I64, min_participation: int, *, null: bool) -> tuple[_Edges, int, F64]:
    kept = _kept(shares, windows, min_participation)
    stratum, number = strata(shares.at, shares.sort) if null else (np.zeros(len(shares.at), np.int32), 1)
    of_account, of_stratum = count_pairs(*shares.join, windows, kept, len(events.accounts), stratum, number)
    edges = _fill(shares, windows, kept, of_account, least=2 if null else 1)
    expected = expected_coactions(edges.a, edges.b, shares.account, stratum, of_stratum) if null else np.full(len(edges.a), np.nan)
    return edges, int(of_account.sum()), expected


def _fill(shares: _Shares, windows: I64, kept: Bools, of_account: I64, least: int) -> _Edges:
    """Aggregate block by block of lower account codes, so that at most ``BLOCK`` pairs (or those of one account) are held."""
    sums = np.concatenate([[0], np.cumsum(of_account)])
    none = np.zeros(0, np.int32)
    parts = [(none, none, np.zeros((0, 3), np.int64), np.zeros((0, 2), np.int64), np.zeros(0, np.int64))]
    begin = 0
    while begin < len(of_account):
        end = max(int(np.searchsorted(sums, sums[begin] + BLOCK, side="right")) - 1, begin + 1)
        size = int(sums[end] - sums[begin])
        if size:
            x, y = fill_pairs(*shares.join, windows, kept, begin, end, size)
            parts.append(aggregate_pairs(x, y, shares.at, shares.account, shares.content, shares.item, least))
        begin = end
    a, b, counts, span, delay = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Edges(a, b, counts, span, delay)


def _groups(edges: _Edges, expected: F64, accounts: pl.Series, seed: int) -> tuple[I32, tuple[str, ...]]:
    group = np.full(len(accounts), -1, np.int32)
    if not len(edges.a):
        return group, ()
    members, place = np.unique(np.concatenate([edges.a, edges.b]), return_inverse=True)
    ends = place.astype(np.int32).reshape(2, -1)
    community = communities(ends[0], ends[1], np.maximum(edges.counts[:, 2] - expected, 1.0), seed ^ _LEIDEN)
    order = np.argsort(community, kind="stable")
    bounds = np.searchsorted(community[order], np.arange(community.max() + 2))
    names = accounts.gather(members[order]).to_list()
    ids = [stable_id("g", names[bounds[c] : bounds[c + 1]]) for c in range(len(bounds) - 1)]
    rank = np.argsort(np.array(ids), kind="stable")
    number = np.empty(len(ids), np.int32)
    number[rank] = np.arange(len(ids), dtype=np.int32)
    group[members] = number[community]
    return group, tuple(sorted(ids))


def _saturated(events: Events, shares: _Shares, windows: I64, candidates: I64, cap: int) -> pl.DataFrame:
    over = np.flatnonzero(candidates > cap)
    return pl.DataFrame(
        {
            "object": events.object_names.gather(over),
            "shares": np.diff(shares.first)[over],
            "pairs": candidates[over],
            "window_s": pl.Series(np.where(windows[over] >= 0, windows[over] / SECOND, np.nan), dtype=pl.Float64).fill_nan(None),
        }
    )


def _frame(edges: _Edges, accounts: pl.Series, p_values: F64, q_values: F64, group: I32, groups: tuple[str, ...]) -> pl.DataFrame:
    same = np.where(group[edges.a] == group[edges.b], group[edges.a], -1)
    named = pl.Series([None, *groups], dtype=pl.String).gather(same + 1)
    frame = pl.DataFrame(
        {
            "a": accounts.gather(edges.a),
            "b": accounts.gather(edges.b),
            "weight": edges.counts[:, 0],
            "objects": edges.counts[:, 1],
            "first_at": pl.Series(edges.span[:, 0]).cast(TIMESTAMP),
            "last_at": pl.Series(edges.span[:, 1]).cast(TIMESTAMP),
            "mean_delay_s": edges.delay / SECOND / np.maximum(edges.counts[:, 0], 1),
            "p_value": pl.Series(p_values).fill_nan(None),
            "q_value": pl.Series(q_values).fill_nan(None),
            "group_id": named,
        }
    )
    return COACTIONS.conform(frame)

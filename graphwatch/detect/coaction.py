"""Co-action: pairs of accounts that act on the same object within a time window, counted as CooRTweet does, tested against chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.backbone import false_discovery_rates, poisson_tail
from graphwatch.detect.backbone_filters import disparity, noise_corrected
from graphwatch.detect.coaction_evidence import describe_edges, evidence_frame
from graphwatch.detect.coaction_groups import Groups, find_groups, groups_frame
from graphwatch.detect.coaction_null import expected_meetings, strata
from graphwatch.detect.pairs import aggregate_pairs, count_pairs, fill_pairs, limit_windows, mark_pairs
from graphwatch.detect.shares import Acts, Shares, build_shares
from graphwatch.model import F64, I32, I64, WORKERS, Bools, Events
from graphwatch.schema import COACTION_EVIDENCE, COACTION_GROUPS, COACTIONS, TIMESTAMP
from graphwatch.settings import DetectSettings

BLOCK: Final = 8_000_000
"""Pairs that a worker holds at once; a pair takes 16 bytes."""
SECOND: Final = 1_000_000
_WORTH_A_THREAD: Final = 250_000  # pairs


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
        Meetings on distinct objects expected by chance of each row; NaN without the null model.
    group
        Group of each account code, index into ``groups``; -1: none.
    groups
        Id of each group.
    saturated
        Objects with more candidate pairs than the cap: ``object``, ``shares``, ``pairs`` (candidates in the wanted window) and
        ``window_s``, the narrower window that they were joined with (null: not at all). Their counts are lower bounds.
    counts
        ``shares``, ``pairs`` (loops left out, after the participation filter), ``accounts`` and ``pairs_tested``, ``saturated``.
    evidence
        The ``coaction_evidence`` result table: who comes first, and the interactions behind each row of ``frame``. Empty without the null
        model unless asked for.
    group_table
        The ``coaction_groups`` result table.
    """

    frame: pl.DataFrame
    a: I32
    b: I32
    expected: F64
    group: I32
    groups: tuple[str, ...]
    saturated: pl.DataFrame
    counts: Mapping[str, int]
    evidence: pl.DataFrame = field(default_factory=COACTION_EVIDENCE.empty)
    group_table: pl.DataFrame = field(default_factory=COACTION_GROUPS.empty)


@dataclass(frozen=True, slots=True)
class _Edges:
    a: I32
    b: I32
    counts: I64
    span: I64
    delay: I64

    def take(self, keep: Bools) -> _Edges:
        return _Edges(self.a[keep], self.b[keep], self.counts[keep], self.span[keep], self.delay[keep])


_NO_EDGES: Final = (*(np.zeros(0, np.int32),) * 2, np.zeros((0, 3), np.int64), np.zeros((0, 2), np.int64), np.zeros(0, np.int64))


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
    events: Acts,
    *,
    window_us: int,
    min_participation: int,
    null: bool,
    settings: DetectSettings,
    seed: int = 0,
    evidence: bool | None = None,
) -> Coactions:
    """Count co-actions of all pairs of accounts and, with ``null``, keep those that chance does not explain.

    Parameters
    ----------
    events
        A share is an interaction whose ``objects`` hold the object; without evidence :func:`~graphwatch.detect.acts.read_acts` is enough,
        because acts at one moment may come in any order then. Rows with one interaction id twice (as CooRTweet's inputs have them)
        are each a share of one content.
    window_us
        Largest time between the two acts, inclusive, in µs.
    min_participation
        Accounts with fewer shares are left out before the join. After it, shares of contents that stand in a pair are counted again, and
        a pair stays when at least one of its two contents is by an account with enough of them (CooRTweet's rule).
    null
        True: only pairs with q ≤ ``settings.coaction_fdr``, in groups; under the null of activity and popularity
        (``settings.coaction_backbone``) they need two independent meetings. False: all pairs, counts only, equal to CooRTweet 2.1.3's
        where no object is saturated.
    settings
        The ``coaction_…`` values.
    seed
        Of the grouping.
    evidence
        Say who comes first and on what each pair rests; by default with ``null`` only, because without it pairs are many.

    Returns
    -------
    Coactions
        Lower ``p_value`` and ``q_value`` are stronger. The tests counted by the false discovery rate are all pairs of accounts with
        enough shares, not only those that met; those that met for a filter by weights.

    Notes
    -----
    Pairs of acts by one account (loops), of one interaction with itself, and of an interaction with the object that is itself are left
    out. Time and memory: the join visits each pair within the window, at most ``coaction_cap`` an object, three times, and holds
    two times ``BLOCK`` of them at once. Method: Righetti and Balluff, CooRTweet (2023); null model: :mod:`graphwatch.detect.coaction_null`.
    """
    shares = build_shares(events, min_participation, unique_ids=null, objects=settings.coaction_objects)
    windows, candidates = limit_windows(shares.first, shares.at, window_us, settings.coaction_cap)
    kept = _kept(shares, windows, min_participation)
    method = settings.coaction_backbone if null else "counts"
    edges, of_account, expected = _join(shares, windows, kept, len(events.accounts), null=method == "null")
    eligible = int(np.count_nonzero(np.bincount(shares.account)))
    tests = eligible * (eligible - 1) // 2
    p_values = q_values = np.full(len(edges.a), np.nan, np.float64)
    if null:
        p_values = _p_values(edges, expected, method)
        q_values = false_discovery_rates(p_values, tests if method == "null" else len(p_values))
        keep = q_values <= settings.coaction_fdr
        edges, expected, p_values, q_values = edges.take(keep), expected[keep], p_values[keep], q_values[keep]
    groups = Groups.none(len(events.accounts))
    if null:
        weight = np.maximum(edges.counts[:, 2] - np.nan_to_num(expected), 1.0)
        groups = find_groups(edges.a, edges.b, weight, events.accounts, seed, settings.coaction_restarts)
    frame = _frame(edges, events.accounts, p_values, q_values, groups)
    saturated = _saturated(events, shares, windows, candidates, settings.coaction_cap)
    counts = {"shares": len(shares.at), "pairs": int(of_account.sum()), "accounts": eligible, "pairs_tested": tests}
    told = COACTION_EVIDENCE.empty()
    if null if evidence is None else evidence:
        told = _evidence(events, shares, windows, kept, of_account, edges, settings.coaction_evidence)
    return Coactions(
        frame=frame,
        a=edges.a,
        b=edges.b,
        expected=expected,
        group=groups.of_account,
        groups=groups.ids,
        saturated=saturated,
        counts=counts | {"saturated": len(saturated)},
        evidence=told,
        group_table=groups_frame(frame, groups),
    )


def _p_values(edges: _Edges, expected: F64, method: str) -> F64:
    if method == "null":
        return poisson_tail(edges.counts[:, 2], expected)
    weight = edges.counts[:, 0].astype(np.float64)
    if not len(weight):
        return weight
    return disparity(edges.a, edges.b, weight) if method == "disparity" else noise_corrected(edges.a, edges.b, weight)


def _kept(shares: Shares, windows: I64, min_participation: int) -> Bools:
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


def _join(shares: Shares, windows: I64, kept: Bools, accounts: int, *, null: bool) -> tuple[_Edges, I64, F64]:
    stratum, number = strata(shares.at, shares.sort) if null else (np.zeros(len(shares.at), np.int32), 1)
    of_account, objects, strata_of, pairs = count_pairs(*shares.join, windows, kept, accounts, stratum)
    least = 2 if null else 1

    def summed(wanted: Bools) -> list[tuple[I32, I32, I64, I64, I64]]:
        blocks = _blocks(shares, windows, kept, of_account, wanted)
        return [aggregate_pairs(x, y, shares.at, shares.account, shares.content, shares.item, least) for x, y, _ in blocks]

    with ThreadPoolExecutor(WORKERS) as pool:  # the kernels release the GIL; no account's pairs depend on another's
        parts = [part for found in pool.map(summed, _shared_out(of_account)) for part in found]
    edges = _Edges(*(np.concatenate(column) for column in zip(_NO_EDGES, *parts, strict=True)))
    if not null:
        return edges, of_account, np.full(len(edges.a), np.nan)
    return edges, of_account, expected_meetings(edges.a, edges.b, shares.account, stratum, (objects, strata_of, pairs), number)


def _shared_out(of_account: I64) -> list[Bools]:
    """Share the lower accounts out among the workers, about as many pairs to each; few pairs are not worth a second one."""
    sums = np.cumsum(of_account)
    total = int(sums[-1]) if len(sums) else 0
    if total < _WORTH_A_THREAD:
        return [np.ones(len(of_account), np.bool_)]
    worker = (sums - of_account) * WORKERS // total
    return [worker == k for k in range(WORKERS)]


def _blocks(shares: Shares, windows: I64, kept: Bools, of_account: I64, wanted: Bools) -> Iterator[tuple[I32, I32, tuple[int, int]]]:
    """Pairs of the wanted lower accounts in blocks of those, so that at most ``BLOCK`` (or those of one account) are held at once."""
    sums = np.concatenate([[0], np.cumsum(np.where(wanted, of_account, 0))])
    begin = 0
    while begin < len(of_account):
        end = max(int(np.searchsorted(sums, sums[begin] + BLOCK, side="right")) - 1, begin + 1)
        size = int(sums[end] - sums[begin])
        if size:
            yield *fill_pairs(*shares.join, windows, kept, wanted, begin, end, size), (begin, end)
        begin = end


def _evidence(events: Acts, shares: Shares, windows: I64, kept: Bools, of_account: I64, edges: _Edges, most: int) -> pl.DataFrame:
    """Make the pairs of the edges' accounts once more, and say what each edge rests on."""
    wanted = np.zeros(len(events.accounts), np.bool_)
    wanted[edges.a] = True
    signs, lags, sizes, found = [np.zeros((0, 3), np.int64)], [np.zeros(0)], [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for x, y, (begin, end) in _blocks(shares, windows, kept, of_account, wanted):
        low, high = np.searchsorted(edges.a, [begin, end])
        described = describe_edges(x, y, shares.at, shares.account, shares.content, shares.item, edges.a[low:high], edges.b[low:high], most)
        signs.append(described[0])
        lags.append(described[1])
        found.append(described[3])
        sizes.append(np.diff(described[2]))
    start = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    ids = events.ids.gather(shares.row[np.concatenate(found)])
    a, b = events.accounts.gather(edges.a), events.accounts.gather(edges.b)
    return evidence_frame(a, b, np.concatenate(signs), np.concatenate(lags), start, ids)


def _saturated(events: Acts, shares: Shares, windows: I64, candidates: I64, cap: int) -> pl.DataFrame:
    over = np.flatnonzero(candidates > cap)
    return pl.DataFrame(
        {
            "object": events.object_names.gather(over),
            "shares": np.diff(shares.first)[over],
            "pairs": candidates[over],
            "window_s": pl.Series(np.where(windows[over] >= 0, windows[over] / SECOND, np.nan), dtype=pl.Float64).fill_nan(None),
        }
    )


def _frame(edges: _Edges, accounts: pl.Series, p_values: F64, q_values: F64, groups: Groups) -> pl.DataFrame:
    group = groups.of_account
    same = np.where(group[edges.a] == group[edges.b], group[edges.a], -1)
    named = pl.Series([None, *groups.ids], dtype=pl.String).gather(same + 1)
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

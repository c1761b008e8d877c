"""Missing parents inferred, with a probability per edge; influence averaged over all trees that are possible."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.parent_evidence import Histories, ParentEvidence, Threads, histories, open_threads
from graphwatch.detect.parent_features import FEATURES, ROOT_FEATURES, WINDOWS_S
from graphwatch.detect.parent_kernels import GIVEN, infer_threads, mixture
from graphwatch.detect.parent_weights import CHAIN_ODDS, LAG_EXPONENT, ROOT_LIFTS, ROOT_WEIGHTS, WEIGHTS
from graphwatch.detect.pieces import cut_runs
from graphwatch.model import F64, I8, I32, KIND_CODE, WORKERS, Events
from graphwatch.schema import KINDS

METHODS: Final = ("root", "timing", "follow", "chain", "absent", "given")
"""What an edge rests on; *absent*: the given parent is not in the data, so the row hangs on the root, an ancestor."""

ALONG_FOLLOWS: Final = ("repost", "quote", "reply")
"""Kinds that may travel along follow edges; whoever comments reads the post itself."""

FIRST_LIFT: Final = 5000.0
ROUNDS: Final = 20
PSEUDO: Final = 20.0
MOST: Final = 0.95
FIT_ROWS: Final = 200_000
PART_ROWS: Final = 500_000


@dataclass(frozen=True, slots=True)
class Parents:
    """Threads with missing parents; arrays have one entry per row of those threads.

    Attributes
    ----------
    threads
        Which threads, and which of their rows were inferred.
    row, parent
        Rows of the events; parent -1: the thread's root.
    probability
        That this is the parent; 1 where it is given, NaN where it is absent from the data.
    method
        Index into :data:`METHODS`.
    children, descendants
        Expected number over all trees; an act is one of its own descendants.
    depth
        Expected edges up to the root.
    """

    threads: Threads
    row: I32
    parent: I32
    probability: F64
    method: I8
    children: F64
    descendants: F64
    depth: F64


def infer_parents(events: Events, evidence: ParentEvidence | None = None) -> Parents:
    """Infer the parents of rows whose thread is known and whose parent is not.

    Parameters
    ----------
    events
        Encoded interactions; given parents stay as they are.
    evidence
        From :func:`~graphwatch.detect.parent_evidence.gather_evidence`; times and accounts alone when not given.

    Returns
    -------
    Parents
        ``probability`` is high only where there is evidence beyond time: a repost chain, a follow edge, a short thread.

    Notes
    -----
    A conditional logit over the acts before: the weight of a cause is a log-linear function of what its account got in *earlier* threads,
    the length of its words, its place, and the burst after it compared with the time before it; times a power law of the lag. The root
    has a weight and a power law of its own. How much a follow edge counts is learned from the data, by kind (EM). A comment, as a word, is
    on the root, and a reply is not. Fitted on real threads (``benchmarks/fit_parents.py``). Network inference by survival likelihoods
    (Gomez-Rodriguez, Leskovec and Krause 2010, 2011) needs many cascades over the same few accounts; nine accounts in ten of
    a Weibo thread are never seen again, so that the accounts' weights here come from a few features. Averages over all trees instead of
    one guess: Rizoiu, Graham, Zhang, Zhang, Ackland and Xie (2018).

    The window after an act is looked at: this is for looking back, not for warning. What breaks it: with times alone the root is nearly
    always the likeliest parent of each act, so the likeliest tree is nearly a star, though the true one is not; use ``descendants``
    and ``depth``. Other platforms have other rhythms than the one that the weights were fitted to.

    Linear in the rows, each thread by itself, but for the accounts' history.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> frame = pl.DataFrame({"interaction_id": ["1", "2", "3"], "actor_id": ["a", "b", "c"], "root_id": [None, "1", "1"]})
    >>> times = pl.Series([0, 60, 90]).cast(pl.Datetime("ms", "UTC")).cast(pl.Datetime("us", "UTC"))
    >>> found = infer_parents(encode(frame.with_columns(at=times, kind=pl.lit("repost"))))
    >>> found.parent.tolist(), [METHODS[k] for k in found.method], found.descendants[0].item()
    ([-1, 0, 0], ['given', 'root', 'root'], 3.0)
    """
    known = evidence or ParentEvidence.none(events)
    threads = open_threads(events)
    past = histories(events, threads.rows, np.repeat(events.at[threads.rows[threads.start[:-1]]], np.diff(threads.start)))
    lifts = _learned_lifts(events, known, threads, past) if len(known.follows.values) else _lifts({}, {})
    found = _average(events, known, threads, past, lifts)
    parent, method = found[0], found[2]
    settled = method == GIVEN
    parent[settled] = events.parent[threads.rows[settled]]
    return Parents(threads, threads.rows, parent, found[1], method, *found[3:6])


def _average(
    events: Events, known: ParentEvidence, threads: Threads, past: Histories, lifts: F64
) -> tuple[I32, F64, I8, F64, F64, F64, F64, I32, F64]:
    missing = (threads.missing + 2 * threads.absent).astype(np.int8)
    windows, mixed = np.array(WINDOWS_S), mixture(LAG_EXPONENT)
    weights, root_weights = np.array([WEIGHTS[name] for name in FEATURES]), np.array([ROOT_WEIGHTS[name] for name in ROOT_FEATURES])

    def averaged(part: slice) -> tuple[I32, F64, I8, F64, F64, F64, F64, I32, F64]:
        start = threads.start[part.start : part.stop + 1]
        span = slice(start[0], start[-1])
        return infer_threads(
            start - start[0], threads.rows[span], events.at, events.actor, events.parent, missing, known.length, past.acts[span],
            past.answers[span], past.posts[span], past.mean, known.chain.start, known.chain.values, known.follows.start,
            known.follows.values, windows, weights, root_weights, events.kind, lifts, CHAIN_ODDS, LAG_EXPONENT, mixed, len(events.accounts),
        )  # fmt: skip

    with ThreadPoolExecutor(WORKERS) as pool:  # the kernel releases the GIL; no thread's numbers depend on another's
        parts = list(pool.map(averaged, _parts(threads)))
    parent, probability, kind, children, descendants, depth, followed, pairs, at_root = zip(*parts, strict=True)
    return (
        np.concatenate(parent), np.concatenate(probability), np.concatenate(kind), np.concatenate(children), np.concatenate(descendants),
        np.concatenate(depth), np.concatenate(followed), np.concatenate(pairs), np.concatenate(at_root, axis=1),
    )  # fmt: skip


def _parts(threads: Threads) -> list[slice]:
    """Cut the threads into runs of about ``PART_ROWS`` rows, at least one."""
    count = max(1, min(len(threads.rows) // PART_ROWS, len(threads.start) - 1))
    return [slice(*run) for run in cut_runs(threads.start, count)]


def _lifts(root: Mapping[str, float], follow: Mapping[str, float]) -> F64:
    return np.array([[ROOT_LIFTS.get(kind, 1.0) * root.get(kind, 1.0), follow.get(kind, 1.0)] for kind in (*KINDS, "")])


def _learned_lifts(events: Events, known: ParentEvidence, threads: Threads, past: Histories) -> F64:
    """Learn by EM, per kind, how much likelier a followed account is as the cause.

    With q the share of parents that are followed and b that of the other earlier acts, the lift is q (1 - b) / (b (1 - q)). A share of the
    threads is enough for that. The root's lift is scaled until its share before the follow edges are looked at is that after it.
    """
    some, known_of = _share_of(threads, past)
    lift, root = dict.fromkeys(ALONG_FOLLOWS, FIRST_LIFT), dict.fromkeys(ALONG_FOLLOWS, 1.0)
    place = np.arange(len(some.rows)) - np.repeat(some.start[:-1], np.diff(some.start))
    of, inferred = events.kind[some.rows], some.missing[some.rows]
    for _ in range(ROUNDS):
        *_, followed, pairs, at_root = _average(events, known, some, known_of, _lifts(root, lift))
        before = dict(lift)
        for kind in ALONG_FOLLOWS:
            used = (of == KIND_CODE[kind]) & inferred
            q = min((float(followed[used].sum()) + PSEUDO / 2) / (int(used.sum()) + PSEUDO), MOST)
            b = (max(int(pairs[used].sum()) - float(followed[used].sum()), 0.0) + 1.0) / (int(place[used].sum()) + 100.0)
            before_it, after_it = (float(share[used].sum()) + 1.0 for share in at_root)
            if kind not in ROOT_LIFTS:
                root[kind] = float(np.clip(root[kind] * (after_it / before_it) ** 2, 1e-4, 1e4))
            lift[kind] = max(q * (1.0 - b) / (b * (1.0 - q)), 1.0)
        if all(abs(np.log(lift[kind] / before[kind])) < 0.05 for kind in ALONG_FOLLOWS):
            break
    return _lifts(root, lift)


def _share_of(threads: Threads, past: Histories) -> tuple[Threads, Histories]:
    """Every k-th thread with its histories, so that there are not many more than ``FIT_ROWS`` rows, but at least one thread."""
    step = max(1, len(threads.rows) // FIT_ROWS)
    chosen = np.arange(0, len(threads.start) - 1, step)
    sizes = np.diff(threads.start)[chosen]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    places = np.arange(start[-1]) + np.repeat(threads.start[:-1][chosen] - start[:-1], sizes)
    histories_there = replace(past, acts=past.acts[places], answers=past.answers[places], posts=past.posts[places])
    return replace(threads, start=start, rows=threads.rows[places]), histories_there


def inferred_edges(events: Events, parents: Parents) -> pl.DataFrame:
    """Give one row per inferred edge, in order of time.

    Returns
    -------
    polars.DataFrame
        ``interaction_id``, ``parent_id``, ``root_id``, ``probability``, ``method``, ``expected_depth``, ``expected_children``,
        ``expected_descendants`` (the interaction itself not counted).
    """
    root = np.repeat(parents.row[parents.threads.start[:-1]], np.diff(parents.threads.start))
    used = np.flatnonzero(parents.method != GIVEN)
    used = used[np.argsort(parents.row[used], kind="stable")]
    return pl.DataFrame(
        {
            "interaction_id": events.ids.gather(parents.row[used]),
            "parent_id": events.ids.gather(parents.parent[used]),
            "root_id": events.ids.gather(root[used]),
            "probability": pl.Series(parents.probability[used], nan_to_null=True),
            "method": pl.Series(METHODS).gather(parents.method[used].astype(np.int64)),
            "expected_depth": parents.depth[used],
            "expected_children": parents.children[used],
            "expected_descendants": parents.descendants[used] - 1.0,
        }
    )

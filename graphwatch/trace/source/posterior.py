"""Posterior of the source under susceptible–infected spread: all unknown times are sampled, with what was observed held fixed."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.stats import rankdata

from graphwatch.model import F64, I64
from graphwatch.trace.source.contacts import Outbreak
from graphwatch.trace.source.distances import distances
from graphwatch.trace.source.posterior_kernel import sample

_STAGE: Final = 61
CHAINS: Final = 6
WORK: Final = 12_000_000
FEWEST_SWEEPS: Final = 100
MOST_SWEEPS: Final = 2_000
SPONTANEOUS: Final = 1e-4


def source_posterior(outbreak: Outbreak, begin: F64, seed: int = 0) -> F64:
    """Sample who was infected first.

    Parameters
    ----------
    outbreak
        A connected infected part, with the observed times (any unit); without any, the snapshot alone speaks.
    begin : (nodes,)
        Any score of the nodes, NaN counts lowest; the six chains begin with each of the six best as the source.
    seed
        Of the samples.

    Returns
    -------
    (nodes,)
        Share of the samples in which the node is the earliest, plus at most half a sample that is shared among all nodes by their mean
        time, the earlier the more: it orders those that no sample has first. Higher is likelier the source. Sums to 1.

    Notes
    -----
    Data augmentation for partly observed epidemics: O'Neill & Roberts (1999), Bayesian inference for partially observed stochastic
    epidemics; on a graph: Britton & O'Neill (2002), Bayesian inference for stochastic epidemics in populations with random social
    structure. An infected node infects each contact at one constant rate and stays infectious; the healthy contacts were not infected
    until it was last looked. Rate (flat prior on its logarithm) and that last time are sampled too; without times they set unit and zero
    of time. Infections from outside are possible at 1e-4 of the rate of one contact, so that times which no spread along contacts
    explains do no harm. By Gibbs sampling, half of each chain dropped.

    Each chain does about 2 · 10⁶ steps along contacts, in at least 100 and at most 2,000 sweeps: on parts with more than some 20,000
    contacts, and where few times are known, the samples depend on where the chains began. What breaks it: rates that differ much
    between contacts or over time, recovery, infected nodes that are not known, wrong times.

    Examples
    --------
    >>> from graphwatch.trace.source.contacts import Contacts, outbreaks
    >>> path = Contacts.of(5, np.arange(4), np.arange(1, 5))
    >>> (part,) = outbreaks(path, np.arange(5), np.array([2.0, np.nan, np.nan, 1.2, 2.5]))
    >>> source_posterior(part, np.zeros(5)).argmax()
    np.int64(2)
    """
    n = len(outbreak)
    if n == 1:
        return np.ones(1)
    known = outbreak.observed
    unit = float(np.ptp(outbreak.at[known])) if len(known) else 0.0
    at = (
        (outbreak.at - np.nanmax(outbreak.at)) / unit if unit > 0 else np.full(n, np.nan)
    )  # in [−1, 0]; times that are all equal say nothing
    sweeps = int(np.clip(WORK // CHAINS // (len(outbreak.contacts.neighbour) + n), FEWEST_SWEEPS, MOST_SWEEPS))
    first, total = np.zeros(n), np.zeros(n)
    starts = np.argsort(-np.nan_to_num(begin, nan=-np.inf), kind="stable")[:CHAINS]
    for chain, root in enumerate(starts.tolist()):
        generator = np.random.default_rng([seed, _STAGE, chain])
        time, pace = _first_times(outbreak, at, root, generator)
        sample(
            outbreak.contacts.start, outbreak.contacts.neighbour, outbreak.outside, time, ~np.isnan(at), 0.0, SPONTANEOUS,
            1.0 / pace, unit > 0, sweeps, sweeps // 2, generator, first, total,
        )  # fmt: skip
    share = rankdata(-total) / (n * n)
    probability: F64 = (first + share) / (first.sum() + share.sum())
    return probability


def _first_times(outbreak: Outbreak, at: F64, root: int, generator: np.random.Generator) -> tuple[F64, float]:
    """Give times to begin with, growing with the distance from ``root``, and the time per step."""
    away = distances(outbreak.contacts.start, outbreak.contacts.neighbour, np.array([root], np.int64))[0].astype(np.float64)
    known: I64 = np.flatnonzero(~np.isnan(at))
    pace = 1.0 / max(away.max(), 1.0) if len(known) else 1.0
    time = -pace * (away.max() - away + generator.random(len(at)))
    time[root] = min(time[root], np.nanmin(at) - pace if len(known) else 0.0) - pace
    time[known] = at[known]
    return time, pace

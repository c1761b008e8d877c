"""The branching model of one pile-on, fitted by expectation–maximisation over sparse candidate causes.

A marked self-exciting (Hawkes) process. Spontaneous acts come at the rate M·h(t), h the hour profile scaled to one over the pile-on. Act j
causes further acts by relation r at the rate

    κ_j · K_r · x_rj · B[mark of j, mark of the child] · g(t − t_j)

with x the exposure (followers for ``follow``; for crowd, thread and object a power of the follower count that is chosen by likelihood),
marks hostile or not, g a shape of the dictionary (one for all relations), and κ_j a Gamma factor of mean 1: offspring is negative
binomial, acts differ more than chance would have it. A child carries its thread, objects and account; how likely these are given the
cause enters as the ``lift``. The E-step gives each act's probability of each cause (Veen & Schoenberg 2008; Lewis & Mohler 2011), the
M-step the parameters, with weak Gamma priors (half an event each) so that small pile-ons have an answer. An act whose parent is known
counts as caused by it, by relation ``parent``.

What breaks it: causes outside the data (news, another platform) are put down to early acts or to chance; acts of one time stamp have no
order; κ and K are one set per pile-on, so a change of mood halfway is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import F32, F64, I8, I32, I64
from graphwatch.settings import TraceSettings
from graphwatch.trace.candidates import RELATIONS, Candidates
from graphwatch.trace.em import maximise, probabilities, pulls, reached
from graphwatch.trace.lags import I16, Shapes, exponential_shapes, lag_bins, lomax_shapes
from graphwatch.trace.nodes import Nodes

PRIOR: Final = 0.5  # events that each rate's prior counts for
REACH: Final = (0.0, 0.5)  # exponents of the follower count
_MARKED: Final = 3  # relations below it spread with reach


@dataclass(frozen=True, slots=True)
class Problem:
    """Arrays of one pile-on, ready for the kernels.

    Attributes
    ----------
    counted
        Interactions of the pile-on, ascending.
    fitted
        Those of them that the parameters are fitted to; each stands for ``stride``.
    base
        Spontaneous density h at each node, 1/s; 0 where the root of its thread is known, since it came from there.
    parent_bin
        Bin of the lag to the known parent.
    remaining, before
        Bins of the time from each node to the end, and (for nodes before the onset; else -1) to the onset.
    child_share
        Shares of not hostile and hostile acts among the interactions.
    source
        Per candidate, relation · n + cause.
    reach
        Followers per node over the typical number.
    """

    hostile: I8
    parent: I32
    parent_bin: I16
    counted: I32
    fitted: I32
    stride: float
    base: F64
    remaining: I16
    before: I16
    child_share: F64
    candidates: Candidates
    source: I32
    reach: F64


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted parameters.

    Attributes
    ----------
    shapes, shape
        Family, and which of its shapes.
    spontaneous
        M, expected spontaneous acts.
    rate
        K per relation, in the order of ``RELATIONS``.
    marks
        B, (2, 2): not hostile, hostile.
    factor
        κ per node.
    reach
        Exponent of the follower count.
    log_likelihood
        Of the interactions, against a process of rate 1/s; higher is better. κ is plugged in.
    iterations, converged
        Whether the gain fell below the tolerance, and when.
    """

    shapes: Shapes
    shape: int
    spontaneous: float
    rate: F64
    marks: F64
    factor: F64
    reach: float
    log_likelihood: float
    iterations: int
    converged: bool


def pose(nodes: Nodes, candidates: Candidates, followers: I64, base: F64, settings: TraceSettings) -> Problem:
    """Lay out a pile-on for :func:`fit`.

    Parameters
    ----------
    followers : (n,)
        Followers of each node's actor; -1: not known, counted as the typical one.
    base : (n,)
        Spontaneous density h at each node, 1/s; it sums to one over the pile-on's time.
    """
    members = np.flatnonzero(nodes.member).astype(np.int32)
    step = -(-len(members) // settings.fit_rows)
    fitted = members[::step]
    hostile = nodes.hostile
    share = np.bincount(hostile[members], minlength=2) / max(len(members), 1)
    known = followers >= 0
    typical = np.exp(np.log1p(followers[known]).mean()) if known.any() else 1.0
    return Problem(
        hostile=hostile,
        parent=nodes.parent,
        parent_bin=lag_bins(np.where(nodes.parent >= 0, nodes.time - nodes.time[nodes.parent], 0.0)),
        counted=members,
        fitted=fitted,
        stride=len(members) / len(fitted),
        base=np.where(nodes.root >= 0, 0.0, base),
        remaining=lag_bins(nodes.end - nodes.time),
        before=np.where(nodes.time < 0, lag_bins(-nodes.time), -1).astype(np.int16),
        child_share=share,
        candidates=candidates,
        source=candidates.relation.astype(np.int32) * np.int32(len(nodes)) + candidates.node,
        reach=np.where(known, (followers + 1.0) / typical, 1.0),
    )


def exposure_of(problem: Problem, reach: float) -> F64:
    """Exposure per relation with the follower count's power applied, mean 1 over the nodes for the relations that spread with it."""
    exposure = problem.candidates.exposure.copy()
    if reach > 0:
        spread = problem.reach**reach
        exposure[:_MARKED] *= spread / spread.mean()
    return exposure


def _fit_family(problem: Problem, shapes: Shapes, reach: float, start: Fit | None, settings: TraceSettings) -> Fit:
    c, n = problem.candidates, len(problem.parent)
    if start is None:
        size = problem.stride * len(problem.fitted)
        start = Fit(shapes, 0, 0.3 * size, np.full(len(RELATIONS), 0.3), np.ones((2, 2)), np.ones(n), reach, -np.inf, 0, converged=False)
    median = 600.0 if start.iterations == 0 else float(start.shapes.median()[start.shape])
    first = int(np.argmin(np.abs(np.log(shapes.median() / median))))
    shape, spontaneous, rate, marks, factor, likelihood, iterations, converged = maximise(
        problem.fitted,
        problem.stride,
        problem.parent,
        problem.parent_bin,
        c.start,
        problem.source,
        c.bin,
        c.lift,
        problem.hostile,
        problem.base,
        exposure_of(problem, reach),
        problem.remaining,
        problem.before,
        problem.child_share,
        shapes.density,
        shapes.log_density,
        shapes.mass,
        first,
        start.spontaneous,
        start.rate,
        start.marks,
        start.factor,
        settings.dispersion,
        PRIOR,
        settings.tolerance,
        settings.max_iterations,
    )
    return Fit(shapes, shape, spontaneous, rate, marks, factor, reach, likelihood, iterations, converged)


def fit(problem: Problem, settings: TraceSettings) -> Fit:
    """Fit both families of shapes, then reach; each further parameter must gain one unit of log-likelihood (AIC).

    Returns
    -------
    Fit
        The exponential shape is kept unless the power law, which has one parameter more, is better by more than 1. Each fit after the
        first starts where the one before ended.
    """
    best = _fit_family(problem, exponential_shapes(), REACH[0], None, settings)
    other = _fit_family(problem, lomax_shapes(), REACH[0], best, settings)
    if other.log_likelihood > best.log_likelihood + 1.0:
        best = other
    if np.ptp(problem.reach) > 0:
        wide = _fit_family(problem, best.shapes, REACH[1], best, settings)
        if wide.log_likelihood > best.log_likelihood + 1.0:
            best = wide
    return best


def branching_ratio(problem: Problem, fitted: Fit) -> float:
    """Mean direct offspring n̂ of an act, had it all time to come; near or above 1 the pile-on feeds itself.

    Caused interactions over the acts, each counted by the share of its offspring that falls into the pile-on's time.
    """
    inside = reached(fitted.shape, fitted.shapes.mass, problem.remaining, problem.before)
    caused = problem.stride * len(problem.fitted) - fitted.spontaneous
    return max(caused, 0.0) / max(float(inside.sum()), 1e-9)


def cause_probabilities(problem: Problem, fitted: Fit, factor: F64) -> tuple[F64, F32]:
    """Probability that each node is spontaneous, and of each of its candidate causes; a known parent leaves no doubt.

    Parameters
    ----------
    factor : (n,)
        κ per node.

    Returns
    -------
    spontaneous : (n,)
        0 for nodes with a known parent, 1 for those with no candidate.
    probability
        Aligned with the candidates.
    """
    c = problem.candidates
    pull = pulls(exposure_of(problem, fitted.reach), fitted.rate, fitted.marks, factor, problem.hostile)
    density = fitted.shapes.density[fitted.shape]
    return probabilities(
        problem.parent, c.start, problem.source, c.bin, c.lift, problem.hostile, fitted.spontaneous * problem.base, density, pull
    )

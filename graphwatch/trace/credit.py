"""Credit: the share of a pile-on that descends from an account, from sampled branching structures.

An account's credit in one structure is the number of interactions that have an act of the account as ancestor or are one, each counted
once however many acts of the account lie above it.

Structures and parameters are drawn in turns (Gibbs sampling; Rasmussen 2013, "Bayesian inference for Hawkes processes"): given a
structure all rates have Gamma posteriors and the shape a discrete one. Several structures are drawn per set of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from graphwatch.model import F64, I32, Bools
from graphwatch.settings import TraceSettings
from graphwatch.trace.branching import PRIOR, Fit, Problem, cause_probabilities, exposure_of
from graphwatch.trace.em import draw_parameters, reached
from graphwatch.trace.lags import all_shapes, exponential_shapes, shape_prior
from graphwatch.trace.nodes import Nodes
from graphwatch.trace.structures import accumulate, expected_descendants, known_credit, sample_structures, summarise
from graphwatch.trace.widening import widen

MAX_CELLS: Final = 50_000_000  # accounts × samples held at a time


@dataclass(frozen=True, slots=True)
class Rules:
    """What the sampled structures are asked about roles; all arrays but ``offspring_needed`` have one entry per node.

    Attributes
    ----------
    may_initiate
        Acts early enough, and hostile or mobilising where that is asked.
    descendants_needed
        Fewest descendants of an initiator's act.
    may_incite, mobilising
        Acts whose offspring counts; mobilising ones.
    offspring_needed
        Per account: fewest direct offspring of an inciter.
    called_needed
        Fewest direct offspring of mobilising acts that are enough on their own.
    linked
        Share of the causes that show a link: how much the absence of one says.
    """

    may_initiate: Bools
    descendants_needed: int
    may_incite: Bools
    mobilising: Bools
    offspring_needed: I32
    called_needed: int
    linked: float


@dataclass(frozen=True, slots=True)
class Credits:
    """Posterior figures per account.

    Attributes
    ----------
    mean, low, high
        Credit as a fraction of the interactions: mean, and the interval between the 5 % and 95 % mid-p quantile over the samples, widened
        (:func:`graphwatch.trace.widening.widen`).
    initiated, incited
        Share of the samples in which the rule holds.
    samples
        Structures sampled; fewer than asked for when the pile-on has very many accounts.
    """

    mean: F64
    low: F64
    high: F64
    initiated: F64
    incited: F64
    samples: int


def _next_fit(
    problem: Problem, fitted: Fit, factor: F64, choice: I32, dispersion: float, generator: np.random.Generator
) -> tuple[Fit, F64]:
    """Draw the parameters given a structure."""
    c, shapes = problem.candidates, fitted.shapes
    spontaneous, rate, marks, factor, scores = draw_parameters(
        problem.counted,
        problem.parent,
        problem.parent_bin,
        c.node,
        c.relation,
        c.bin,
        choice,
        problem.hostile,
        exposure_of(problem, fitted.reach),
        problem.child_share,
        reached(fitted.shape, shapes.mass, problem.remaining, problem.before),
        fitted.marks,
        factor,
        shapes.log_density,
        shapes.mass,
        problem.remaining,
        problem.before,
        dispersion,
        PRIOR,
        generator,
    )
    scores = scores + shape_prior()
    odds = np.exp(scores - scores.max())
    shape = int(generator.choice(len(odds), p=odds / odds.sum()))
    return replace(fitted, rate=rate, marks=marks, shape=shape, spontaneous=spontaneous), factor


def _with_all_shapes(fitted: Fit) -> Fit:
    """Give the same fit with the shapes of both families to draw from: the data seldom tell an exponential from a power law for sure."""
    skipped = len(exponential_shapes().scale) if fitted.shapes.family != exponential_shapes().family else 0
    return replace(fitted, shapes=all_shapes(), shape=fitted.shape + skipped)


def sample_credit(problem: Problem, nodes: Nodes, fitted: Fit, rules: Rules, settings: TraceSettings, seed: tuple[int, ...]) -> Credits:
    """Sample structures and parameters, and summarise credit and the rules of roles.

    Parameters
    ----------
    seed
        Words of the seed.

    Returns
    -------
    Credits
        The mean of an account with one act is exact given the fitted parameters when ``draws`` is 1, and averaged over the draws otherwise;
        intervals are widened to hold the mean.
    """
    generator = np.random.default_rng(seed)
    c, accounts = problem.candidates, len(nodes.actors)
    samples = max(20, min(settings.samples, MAX_CELLS // max(accounts, 1)))
    draws = min(settings.draws, samples)
    credit_samples = np.zeros((samples, accounts), np.int32)
    initiated, incited = np.zeros(accounts, np.int32), np.zeros(accounts, np.int32)
    single = np.bincount(nodes.account, minlength=accounts) == 1
    exact = np.zeros(len(nodes))
    key = int(generator.integers(2**62))
    edges = np.linspace(0, samples, draws + 1).astype(int)
    factor = fitted.factor
    fitted = _with_all_shapes(fitted)
    for first, last in pairwise(edges.tolist()):
        spontaneous, probability = cause_probabilities(problem, fitted, factor)
        exact += expected_descendants(nodes.parent, c.start, c.node, probability, nodes.member) * ((last - first) / samples)
        choice = sample_structures(
            nodes.parent,
            c.start,
            c.node,
            c.relation,
            spontaneous,
            accumulate(c.start, spontaneous, probability),
            nodes.account,
            nodes.member,
            rules.may_initiate,
            rules.descendants_needed,
            rules.may_incite,
            rules.mobilising,
            rules.offspring_needed,
            rules.called_needed,
            rules.linked,
            key,
            first,
            last - first,
            credit_samples,
            initiated,
            incited,
        )
        if last < samples:
            fitted, factor = _next_fit(problem, fitted, factor, choice, settings.dispersion, generator)
    mean, low, high = summarise(credit_samples, 0.05, 0.95)
    mean[nodes.account[single[nodes.account]]] = exact[single[nodes.account]]
    size = max(nodes.members, 1)
    share = np.clip(mean / size, 0.0, 1.0)
    floor = known_credit(nodes.parent, nodes.account, nodes.member, accounts) / size
    given = int(((nodes.parent >= 0) & nodes.member).sum()) / size
    low, high = widen(share, low / size, high / size, floor, given, rules.linked, settings.interval_stretch)
    return Credits(
        mean=share,
        low=np.minimum(low, share),
        high=np.clip(np.maximum(high, share), 0.0, 1.0),
        initiated=initiated / samples,
        incited=incited / samples,
        samples=samples,
    )

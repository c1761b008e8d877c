"""Attack, criticism or attention: a small multinomial logistic model whose every input is a share that can be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import logit, softmax

from graphwatch.detect.features import COUNTS
from graphwatch.detect.weights import WEIGHTS
from graphwatch.model import F64, Bools
from graphwatch.schema import NATURES

FEATURES: Final = ("constant", "hostile_share", "excess", "middling_share", "critical_share", "personal_share", "newcomers")
_NEEDS_GRADES: Final = ("middling_share",)
_NEEDS_CATEGORIES: Final = ("critical_share", "personal_share")
_LABELLED_FROM: Final = 0.3
_KNOWN_FROM: Final = 0.5


@dataclass(frozen=True, slots=True)
class Nature:
    """The verdicts.

    Attributes
    ----------
    name : (k,)
        Of :data:`~graphwatch.schema.NATURES`.
    probability : (k,)
        Of that nature; NaN when no hostility was known.
    notes : (k,)
        In words: what it rests on, what was missing.
    """

    name: tuple[str, ...]
    probability: F64
    notes: tuple[tuple[str, ...], ...]


def design(counts: F64, ordinary: F64) -> F64:
    """Turn counts into the inputs of the model.

    Parameters
    ----------
    counts : (k, 13)
        From :func:`graphwatch.detect.features.count_features`.
    ordinary : (k,)
        The target's ordinary share of hostile interactions.

    Returns
    -------
    inputs : (k, 7)
        In the order of :data:`FEATURES`. ``hostile_share``: log-odds of the share of hostile accounts among those with known hostility;
        ``excess``: how much these log-odds are above the ordinary ones; all others are shares in [0, 1].
    """
    c = dict(zip(COUNTS, counts.T, strict=True))

    def share(part: str, whole: str) -> F64:
        quotient: F64 = c[part] / np.maximum(c[whole], 1.0)
        return quotient

    odds: F64 = logit((c["hostile_actors"] + 0.5) / (c["known_actors"] + 1.0))
    inputs: F64 = np.stack(
        [
            np.ones(len(counts)),
            odds,
            odds - logit(np.clip(ordinary, 1e-4, 1 - 1e-4)),
            share("middling", "known"),
            share("critical", "labelled"),
            share("personal", "labelled"),
            share("newcomers", "actors"),
        ],
        axis=1,
    )
    return inputs


def variants(counts: F64, *, graded: bool) -> tuple[Bools, str]:
    """Tell which pile-ons have categories, and the first half of the name of their model in :data:`~graphwatch.detect.weights.WEIGHTS`."""
    labelled = counts[:, COUNTS.index("labelled")] >= _LABELLED_FROM * counts[:, 0]
    return labelled, "graded" if graded else "binary"


def used_features(variant: str) -> tuple[str, ...]:
    """Give the inputs that a variant of the model can use.

    Examples
    --------
    >>> len(used_features("binary, no categories")), len(used_features("graded, categories"))
    (4, 7)
    """
    missing = (_NEEDS_GRADES if variant.startswith("binary") else ()) + (_NEEDS_CATEGORIES if variant.endswith("no categories") else ())
    return tuple(name for name in FEATURES if name not in missing)


def probabilities(inputs: F64, labelled: Bools, grades: str) -> F64:
    """Give the probability of each nature.

    Parameters
    ----------
    inputs : (k, 7)
        From :func:`design`.
    labelled : (k,)
        Pile-ons with categories.
    grades
        ``graded`` or ``binary``.

    Returns
    -------
    probability : (k, 3)
        Columns in the order of :data:`~graphwatch.schema.NATURES`, rows summing to 1.
    """
    with_, without = (_coefficients(WEIGHTS[f"{grades}, {kind}"]) for kind in ("categories", "no categories"))
    scores = np.where(labelled[:, None], inputs @ with_.T, inputs @ without.T)
    return np.asarray(softmax(scores, axis=1), np.float64)


def _coefficients(weights: Mapping[str, tuple[float, ...]]) -> F64:
    """Give (3, 7) coefficients; natures without any (the reference) and features that the variant does not use have 0."""
    out = np.zeros((len(NATURES), len(FEATURES)))
    for name, values in weights.items():
        out[:, FEATURES.index(name)] = values
    return out


def decide(probability: F64, attack_at: float) -> tuple[tuple[str, ...], F64]:
    """Choose a nature: ``attack`` only from ``attack_at`` on, else the likelier of the other two.

    Returns
    -------
    name, probability
        The probability is that of the chosen nature, which may be below one half.

    Examples
    --------
    >>> name, p = decide(np.array([[0.55, 0.4, 0.05], [0.9, 0.1, 0.0]]), 0.6)
    >>> name, p.tolist()
    (('criticism', 'attack'), [0.4, 0.9])
    """
    rest = 1 + np.argmax(probability[:, 1:], axis=1)
    chosen = np.where(probability[:, 0] >= attack_at, 0, rest)
    return tuple(NATURES[k] for k in chosen), probability[np.arange(len(chosen)), chosen]


def judge(counts: F64, ordinary: F64, *, graded: bool, attack_at: float) -> Nature:
    """Judge pile-ons.

    Parameters
    ----------
    counts, ordinary
        See :func:`design`.
    graded
        Hostility takes values between 0 and 1.
    attack_at
        See :func:`decide`.

    Notes
    -----
    The weights were fitted on simulated worlds (``benchmarks/fit_nature.py`` prints them), with a ridge penalty so that the probabilities
    stay moderate. Shares of private messages and of copied texts were tried and got no weight beside these (giveaways copy more than
    attacks do); the notes give them. They hold for crowds like the simulated ones; where hostility or categories come from a classifier
    with other errors, they drift. Pile-ons without known hostility are ``attention`` without a probability.
    """
    inputs = design(counts, ordinary)
    labelled, grades = variants(counts, graded=graded)
    every = probabilities(inputs, labelled, grades)
    name, probability = decide(every, attack_at)
    known = counts[:, COUNTS.index("known")] > 0
    name = tuple(n if k else "attention" for n, k in zip(name, known, strict=True))
    notes = tuple(_notes(counts[k], float(ordinary[k]), every[k], grades, bool(labelled[k])) for k in range(len(counts)))
    return Nature(name, np.where(known, probability, np.nan), notes)


def _notes(counts: F64, ordinary: float, probability: F64, grades: str, labelled: bool) -> tuple[str, ...]:
    c = dict(zip(COUNTS, counts.tolist(), strict=True))
    if not c["known"]:
        return ("no hostility known: found by volume, nature cannot be judged",)
    notes = [
        f"{c['hostile_actors']:.0f} of {c['known_actors']:.0f} accounts hostile; {100 * c['hostile'] / c['known']:.0f} % of interactions, "
        f"{100 * ordinary:.0f} % on ordinary days",
        "attack {:.2f}, criticism {:.2f}, attention {:.2f}".format(*probability),
        f"{c['newcomers']:.0f} of {c['actors']:.0f} accounts had not been seen with this target before",
    ]
    if labelled:
        personal, critical = 100 * c["personal"] / c["labelled"], 100 * c["critical"] / c["labelled"]
        notes.append(f"{personal:.0f} % personal, {critical:.0f} % criticism by category")
    else:
        notes.append("no categories: criticism and personal attack are told apart by the degree of hostility only")
    if grades == "binary":
        notes.append("hostility is only 0 or 1: milder disapproval cannot be seen")
    if c["known"] < _KNOWN_FROM * c["interactions"]:
        notes.append(f"hostility known for {c['known']:.0f} of {c['interactions']:.0f} interactions only")
    if c["copied"] > 0:
        notes.append(f"{c['copied']:.0f} of {c['hostile']:.0f} hostile interactions repeat a text word for word")
    if c["private"] > 0:
        notes.append(f"{c['private']:.0f} of {c['hostile']:.0f} hostile interactions are private messages")
    return tuple(notes)

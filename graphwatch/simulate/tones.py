"""What an act really is (its tone), and what a noisy classifier says about it (hostility and category).

The classifier is no oracle: it misses part of the hostile acts, most of all mockery and sarcasm, raises false alarms on a few percent of
ordinary ones and more on jokes and criticism, and mistakes categories. Figures are in :data:`TONES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import CATEGORY_CODE, F32, I8, I32, Bools
from graphwatch.simulate.draws import choose


@dataclass(frozen=True, slots=True)
class Tone:
    """One tone and how the classifier sees it.

    Attributes
    ----------
    hostile
        Whether an act of this tone is hostile in truth.
    mean, spread
        Of the classifier's value when it sees the tone for what it is.
    error
        Share of acts that it mistakes: a hostile act for a harmless one or the other way round.
    category
        The right category.
    confused
        Categories that it gives instead, now and then.
    """

    name: str
    hostile: bool
    mean: float
    spread: float
    error: float
    category: str
    confused: tuple[str, ...] = ()
    confusion: float = 0.0


TONES: Final = (
    Tone("chatter", hostile=False, mean=0.08, spread=0.06, error=0.018, category="none"),
    Tone("praise", hostile=False, mean=0.05, spread=0.04, error=0.012, category="none"),
    Tone("news", hostile=False, mean=0.12, spread=0.07, error=0.03, category="none"),
    Tone("joke", hostile=False, mean=0.22, spread=0.10, error=0.08, category="none", confused=("mockery",), confusion=0.2),
    Tone("giveaway", hostile=False, mean=0.04, spread=0.03, error=0.01, category="none"),
    Tone("counter", hostile=False, mean=0.20, spread=0.10, error=0.06, category="none", confused=("criticism",), confusion=0.2),
    Tone("criticism", False, 0.36, 0.09, 0.10, "criticism", ("none", "mockery", "slander"), 0.16),
    Tone("silent", hostile=False, mean=0.03, spread=0.02, error=0.0, category="none"),
    Tone("abuse", True, 0.82, 0.08, 0.06, "abuse", ("mockery", "group_antagonism"), 0.12),
    Tone("mockery", True, 0.71, 0.10, 0.15, "mockery", ("abuse", "none"), 0.18),
    Tone("threat", True, 0.85, 0.07, 0.06, "threat", ("abuse",), 0.12),
    Tone("privacy", True, 0.78, 0.09, 0.12, "privacy", ("slander", "abuse"), 0.15),
    Tone("slander", True, 0.70, 0.09, 0.14, "slander", ("criticism", "abuse"), 0.2),
    Tone("incitement", True, 0.80, 0.09, 0.08, "incitement", ("abuse", "group_antagonism"), 0.12),
    Tone("group_antagonism", True, 0.77, 0.09, 0.10, "group_antagonism", ("abuse",), 0.15),
    Tone("scathing", False, 0.49, 0.10, 0.0, "criticism", ("slander", "mockery", "abuse"), 0.24),
)
TONE_CODE: Final = {tone.name: code for code, tone in enumerate(TONES)}
HOSTILE: Final = np.array([tone.hostile for tone in TONES])
HOSTILE_MIX: Final = tuple(
    {"abuse": 5.0, "mockery": 3.0, "slander": 1.0, "group_antagonism": 1.0, "threat": 0.4}.get(t.name, 0.0) for t in TONES
)
MISTAKEN_AS: Final = ("abuse", "mockery", "slander")


def mix(**shares: float) -> tuple[float, ...]:
    """Give shares in the order of :data:`TONES`, summing to 1.

    Examples
    --------
    >>> mix(chatter=1.0, abuse=1.0)[0]
    0.5
    """
    unknown = set(shares) - set(TONE_CODE)
    if unknown:
        raise KeyError(f"no such tone: {', '.join(sorted(unknown))}")
    total = sum(shares.values())
    return tuple(shares.get(tone.name, 0.0) / total for tone in TONES)


def is_hostile(tone: I8) -> Bools:
    """Tell which acts are hostile in truth."""
    return HOSTILE[tone]


def classify(tone: I8, rng: np.random.Generator) -> tuple[F32, I8]:
    """Give what a noisy classifier says about acts of these tones.

    Returns
    -------
    hostility : (n,)
        In [0, 1]; higher is more hostile.
    category : (n,)
        Index into :data:`~graphwatch.schema.CATEGORIES`; consistent with the value: below .5 it is ``none`` or ``criticism``.
    """
    n = len(tone)
    mean = np.array([t.mean for t in TONES], np.float32)
    spread = np.array([t.spread for t in TONES], np.float32)
    value = mean[tone] + spread[tone] * rng.standard_normal(n, dtype=np.float32)
    wrong = rng.random(n, dtype=np.float32) < np.array([t.error for t in TONES], np.float32)[tone]
    opposite = np.where(HOSTILE[tone], np.float32(0.22), np.float32(0.64)) + np.float32(0.11) * rng.standard_normal(n, dtype=np.float32)
    value = np.where(wrong, opposite, value)
    value = np.where(value < 0, -0.5 * value, np.where(value > 0.99, 0.99 - 0.3 * (value - 0.99), value))
    hostility = np.clip(np.round(value, 3), 0.0, 1.0).astype(np.float32)
    return hostility, _categories(tone, hostility, rng)


def _categories(tone: I8, hostility: F32, rng: np.random.Generator) -> I8:
    n = len(tone)
    none, criticism = CATEGORY_CODE["none"], CATEGORY_CODE["criticism"]
    right = np.array([CATEGORY_CODE[t.category] for t in TONES], np.int8)[tone]
    confused = rng.random(n, dtype=np.float32) < np.array([t.confusion for t in TONES], np.float32)[tone]
    width = max(len(t.confused) for t in TONES)
    table = np.array([[CATEGORY_CODE[t.confused[k % len(t.confused)]] if t.confused else none for k in range(6)] for t in TONES], np.int8)
    assert 6 % width == 0  # noqa: S101  so that every confusion is equally likely
    category = np.where(confused, table[tone, rng.integers(0, 6, n, dtype=np.int8)], right)
    high = hostility >= 0.5
    alarmed = high & (category == none)
    wrongly = np.array([CATEGORY_CODE[name] for name in MISTAKEN_AS], np.int8)
    picks: I32 = choose((0.5, 0.35, 0.15), int(alarmed.sum()), rng)
    category[alarmed] = wrongly[picks]
    category[~high & (category != criticism)] = none
    return category

"""Random draws that the simulator needs, each from a generator of its own so that one stage's draws do not shift another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import DAY, F64, HOUR, I32, I64, MINUTE, Bools

STAGE: Final = 0x51A1
LOCAL_OFFSET: Final = 8 * HOUR
WORLD_START: Final = 1_740_931_200_000_000  # 2025-03-03 00:00 in UTC+8 is a Monday; this is that moment in µs UTC
_HOURS: Final = (30, 18, 10, 7, 6, 8, 16, 32, 48, 58, 62, 66, 78, 70, 62, 62, 64, 68, 76, 88, 100, 104, 92, 58)
_WEEKDAYS: Final = (0.95, 0.94, 0.95, 0.97, 1.05, 1.15, 1.12)


def generator(seed: int, *key: int) -> np.random.Generator:
    """Give the generator of one stage of one world.

    Examples
    --------
    >>> int(generator(1, 2).integers(100)) == int(generator(1, 2).integers(100))
    True
    """
    return np.random.default_rng([seed, STAGE, *key])


@dataclass(frozen=True, slots=True)
class Clock:
    """World time: ``days`` whole local days with a daily and weekly rhythm of people in UTC+8.

    The rhythm is piecewise linear between hours, so that counts have no steps on the hour.
    """

    days: int
    edges: F64
    mass: F64

    @classmethod
    def of(cls, days: int) -> Clock:
        """Build the clock of a world of that many days."""
        hour = np.arange(days * 24 * 6) / 6.0
        daily: F64 = np.interp(hour % 24, np.arange(25), np.array([*_HOURS, _HOURS[0]], np.float64))
        weekly = np.asarray(_WEEKDAYS)[(hour // 24).astype(np.int64) % 7]
        mass = np.concatenate([[0.0], np.cumsum(daily * weekly)])
        edges = np.arange(days * 24 * 6 + 1, dtype=np.float64) * (10.0 * MINUTE)
        return cls(days, edges, (mass / mass[-1]).astype(np.float64))

    @property
    def start(self) -> int:
        """First moment, µs UTC."""
        return WORLD_START

    @property
    def end(self) -> int:
        """Moment after the last, µs UTC."""
        return WORLD_START + self.days * DAY

    def draw(self, n: int, rng: np.random.Generator) -> I64:
        """Draw moments by the rhythm, in µs UTC."""
        return (self.start + np.interp(rng.random(n), self.mass, self.edges)).astype(np.int64)

    def to_rhythm(self, at: I64, rng: np.random.Generator) -> I64:
        """Move each moment to another of the same local day, drawn by the rhythm."""
        day = np.clip((at - self.start) // DAY, 0, self.days - 1)
        per_day = 24 * 6
        low, high = self.mass[day * per_day], self.mass[(day + 1) * per_day]
        return (self.start + np.interp(low + rng.random(len(at)) * (high - low), self.mass, self.edges)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Sampler:
    """Draws indices by weight, overall or within ranges of the index."""

    cumulative: F64

    @classmethod
    def of(cls, weights: F64) -> Sampler:
        """Build it from non-negative weights."""
        return cls(np.concatenate([[0.0], np.cumsum(weights)]))

    def draw(self, low: I64 | I32, high: I64 | I32, rng: np.random.Generator) -> I32:
        """Draw one index in ``[low, high)`` for each pair of bounds.

        Examples
        --------
        >>> Sampler.of(np.array([1.0, 0.0, 3.0])).draw(np.array([1]), np.array([3]), generator(0)).tolist()
        [2]
        """
        left, right = self.cumulative[low], self.cumulative[high]
        found = np.searchsorted(self.cumulative, left + rng.random(len(low)) * (right - left), side="right") - 1
        return np.clip(found, low, high - 1).astype(np.int32)

    def distinct(self, n: int, low: int, high: int, rng: np.random.Generator, banned: I32) -> I32:
        """Draw up to ``n`` distinct indices in ``[low, high)`` that are not banned, in the order of drawing.

        Fewer come back when the range runs out (after eight rounds of drawing with replacement).
        """
        found = np.zeros(0, np.int32)
        for _ in range(8):
            need = n - len(found)
            if need <= 0 or high <= low:
                break
            size = 2 * need + 8
            drawn = np.concatenate([found, self.draw(np.full(size, low), np.full(size, high), rng)])
            drawn = drawn[~np.isin(drawn, banned)]
            _, first = np.unique(drawn, return_index=True)
            found = drawn[np.sort(first)][:n]
        return found


def pareto(n: int, alpha: float, cap: float, rng: np.random.Generator) -> F64:
    """Draw from a Pareto law with minimum 1, cut at ``cap``."""
    return np.minimum((1.0 - rng.random(n)) ** (-1.0 / alpha), cap)


def zipf_ranks(n: int, size: int, exponent: float, rng: np.random.Generator) -> I32:
    """Draw ranks 0 … size-1 with probability falling as ``(rank + 1) ** -exponent``."""
    cumulative = np.cumsum((np.arange(size) + 1.0) ** -exponent)
    ranks: I32 = np.searchsorted(cumulative, rng.random(n) * cumulative[-1]).astype(np.int32)
    return ranks


def choose(shares: tuple[float, ...] | F64, n: int, rng: np.random.Generator) -> I32:
    """Draw ``n`` indices of ``shares`` by weight.

    Examples
    --------
    >>> choose((0.0, 2.0), 3, generator(0)).tolist()
    [1, 1, 1]
    """
    cumulative = np.cumsum(np.asarray(shares, np.float64))
    chosen: I32 = np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right").astype(np.int32)
    return chosen


def flip(share: float | F64, n: int, rng: np.random.Generator) -> Bools:
    """Draw ``n`` yes/no answers, yes with probability ``share``."""
    answer: Bools = rng.random(n) < share
    return answer

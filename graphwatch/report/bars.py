"""Bars of a timeline: how wide they are, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from graphwatch.model import DAY, HOUR, I64, MINUTE, Bools

HOSTILE: Final = "#c2410c"
OTHER: Final = "#8fb4d3"
INK: Final = "#334155"
LEVEL: Final = "#15803d"
_STEPS: Final = np.array([*(MINUTE * k for k in (1, 2, 5, 10, 15, 30)), *(HOUR * k for k in (1, 2, 3, 6, 12, 24))])
_BARS: Final = 96


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts of interactions in equal steps of time, steps without any left out.

    Attributes
    ----------
    low, high
        What the timeline shows, µs since 1970 UTC: the pile-on with some margin, and all times given.
    step
        Width of a bar in µs.
    start, hostile, other : (bars,)
        Beginning of each bar in µs, ascending, and its interactions.
    """

    low: int
    high: int
    step: int
    start: I64
    hostile: I64
    other: I64

    @classmethod
    def of(cls, times: I64, hostile: Bools, onset: int, end: int) -> Bars:
        """Count interactions.

        Parameters
        ----------
        times : (n,)
            µs since 1970 UTC.
        hostile : (n,)
            Mask.
        onset, end
            µs since 1970 UTC; shown whether or not anything happened.

        Examples
        --------
        >>> bars = Bars.of(np.array([0, 1, HOUR]), np.array([True, False, True]), 0, HOUR)
        >>> bars.start.tolist() == [0, HOUR], bars.hostile.tolist(), bars.other.tolist()
        (True, [1, 1], [1, 0])
        """
        margin = max((end - onset) // 12, MINUTE)
        low, high = min(onset - margin, int(times.min(initial=onset))), max(end + margin, int(times.max(initial=end)))
        step = bin_width(high - low)
        start, place = np.unique(times // step * step, return_inverse=True)
        return cls(
            low=low,
            high=high + step,
            step=step,
            start=start,
            hostile=np.bincount(place[hostile], minlength=len(start)).astype(np.int64),
            other=np.bincount(place[~hostile], minlength=len(start)).astype(np.int64),
        )

    @property
    def highest(self) -> int:
        """Interactions in the highest bar, 1 at least."""
        return int((self.hostile + self.other).max(initial=1))

    def ordinary(self, expected: float | None, onset: int, end: int) -> float | None:
        """Give the height that ``expected`` would have if it were spread evenly from onset to end; None where it is not known."""
        return None if expected is None or not np.isfinite(expected) else expected * self.step / max(end - onset, self.step)


def bin_width(span: int) -> int:
    """Give the width of the bars, in µs, for a span in µs: the first common step that needs at most 96 bars.

    Examples
    --------
    >>> bin_width(24 * HOUR) // MINUTE, bin_width(400 * DAY) // DAY
    (15, 5)
    """
    wide = int(_STEPS[min(int(np.searchsorted(_STEPS, span / _BARS)), len(_STEPS) - 1)])
    return wide if wide < DAY else DAY * max(1, -(-span // (DAY * _BARS)))


def tick_times(low: int, high: int, most: int = 9) -> list[int]:
    """Give the multiples of a common step of time from ``low`` to ``high`` (µs), ``most`` at most.

    Examples
    --------
    >>> [t // HOUR for t in tick_times(HOUR, 25 * HOUR)]
    [3, 6, 9, 12, 15, 18, 21, 24]
    """
    step = next((int(s) for s in _STEPS if (high - low) // int(s) < most), DAY * max(1, -(-(high - low) // (DAY * most))))
    first = -(-low // step)
    return [k * step for k in range(first, high // step + 1)][:most]


def tick_counts(highest: float, about: int = 5) -> list[int]:
    """Give whole numbers from 0 to ``highest`` in steps of 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> tick_counts(47.0), tick_counts(1.2)
    ([0, 10, 20, 30, 40], [0, 1])
    """
    rough = max(highest / about, 1.0)
    power = 10 ** int(np.floor(np.log10(rough)))
    step = next(int(power * k) for k in (1, 2, 5, 10) if power * k >= rough)
    return list(range(0, int(highest) + 1, step))


def step_words(step: int) -> str:
    """Give a bar's width in words.

    Examples
    --------
    >>> step_words(15 * MINUTE), step_words(DAY)
    ('15 minutes', 'day')
    """
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if step >= unit:
            return name if step == unit else f"{step // unit} {name}s"
    return "minute"

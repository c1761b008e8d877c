"""How soon a burst is seen: detection delay at a fixed rate of false alarms, beside EARS C2.

python -m benchmarks.delay [--targets 200] [--rate 60] [--peak 12]

Diurnal Poisson streams of 44 days, of which the first 28 teach the profile; on the last day but one half of the targets get a burst that
rises over three hours to ``peak`` times the ordinary rate and dies away with a mean life of two. Each method's threshold is the one at
which the days without a burst have .1 false alarms per target-day (an alarm is over after six hours below the threshold).
"""

from __future__ import annotations

import argparse

import numpy as np

from graphwatch.detect.baseline import Span
from graphwatch.detect.bursts import window_widths
from graphwatch.detect.online import running_scan
from graphwatch.detect.profile import cumulative, hour_of_week_profile
from graphwatch.model import DAY, F64, HOUR, I64, MINUTE

DAYS, LEARN, QUIET, RAMP = 44, 28, 6 * HOUR, 3 * HOUR
START = 1_700_006_400_000_000


def stream(rng: np.random.Generator, rate: float, burst: int | None, peak: float) -> I64:
    """Draw the times of one target's acts, µs; ``burst``: onset."""
    minutes = np.arange(DAYS * 24 * 60)
    mean = rate / 60 * (1 + 0.6 * np.sin(2 * np.pi * minutes / 1440))
    if burst is not None:
        age = (minutes * MINUTE + START - burst) / HOUR
        mean = mean + rate / 60 * (peak - 1) * np.where(age < 0, 0.0, np.where(age < 3, age / 3, np.exp(-(age - 3) / 2)))
    counts = rng.poisson(mean)
    return np.sort(START + np.repeat(minutes, counts) * MINUTE + rng.integers(0, MINUTE, int(counts.sum())))


def alarms(at: I64, value: F64, threshold: float) -> I64:
    """Give the times at which an alarm starts."""
    above = at[value >= threshold]
    return above[np.concatenate([[True], np.diff(above) > QUIET])] if len(above) else above


def c2_of(at: I64) -> F64:
    """EARS C2 at each act: the last 15 minutes against the seven quarter-hours that end half an hour before."""
    width = 15 * MINUTE
    back = np.searchsorted(at, at[:, None] - width * np.arange(11)[None, :], side="right")  # acts up to the end of each quarter-hour
    counts = (back[:, :-1] - back[:, 1:]).astype(np.float64)
    usual = counts[:, 3:10]
    return np.asarray((counts[:, 0] - usual.mean(axis=1)) / np.maximum(usual.std(axis=1), 0.2), np.float64)


def main() -> None:
    """Draw the streams, set the thresholds, print delay and share found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=200)
    parser.add_argument("--peak", type=float, default=12.0)
    parser.add_argument("--rate", type=float, default=60.0, help="mean acts per hour and target")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng([options.seed, 97])
    rates = rng.gamma(4.0, options.rate / 4.0, options.targets)
    onset = [START + (DAYS - 2) * DAY + int(rng.integers(0, DAY)) if k % 2 else None for k in range(options.targets)]
    streams = [stream(rng, rate, burst, options.peak) for rate, burst in zip(rates, onset, strict=True)]
    learnt = np.sort(np.concatenate([at[at < START + LEARN * DAY] for at in streams]))
    running = cumulative(hour_of_week_profile(learnt))
    widths = window_widths((15, 30, 60, 120), Span(START, START + DAYS * DAY, running))
    prior = len(learnt) / options.targets / (LEARN * 24)
    methods: dict[str, list[F64]] = {"prospective scan": [], "EARS C2": []}
    for at in streams:
        n = len(at)
        alone, never = np.full(n, -1, np.int32), np.full(n, n, np.int32)
        methods["prospective scan"].append(running_scan(at, alone, never, START, widths, running, 1.0, prior, np.zeros(len(widths)), 3))
        methods["EARS C2"].append(c2_of(at))
    for name, values in methods.items():
        report(name, streams, values, onset)


def report(name: str, streams: list[I64], values: list[F64], onset: list[int | None]) -> None:
    """Set the threshold of a method and print what it does."""
    calm = [(at > START + LEARN * DAY) & (at < START + (DAYS - 2) * DAY) for at in streams]
    days = len(streams) * (DAYS - 2 - LEARN)

    def false_alarms(threshold: float) -> float:
        return sum(len(alarms(at[c], v[c], threshold)) for at, v, c in zip(streams, values, calm, strict=True)) / days

    low, high = 0.0, float(max(v.max() for v in values)) + 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if false_alarms(middle) > 0.1 else (low, middle)
    delays = []
    for at, value, burst in zip(streams, values, onset, strict=True):
        if burst is None:
            continue
        inside = (at >= burst) & (at < burst + 2 * RAMP)
        hit = at[inside & (value >= high)]
        delays.append((hit[0] - burst) / MINUTE if len(hit) else np.nan)
    found = np.isfinite(delays)
    print(
        f"{name}: {found.mean():.2f} of {len(delays)} bursts found, median delay {np.nanmedian(delays):.0f} min "
        f"(a miss as endless: {np.median(np.where(found, delays, np.inf)):.0f}), {false_alarms(high):.3f} false alarms per target-day"
    )


if __name__ == "__main__":
    main()

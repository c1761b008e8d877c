"""What is known of a target at one moment, and the features that follow from it.

A target's state is one row of ``WIDTH`` numbers. Every entry is a sum that decays exponentially, so an event costs a constant amount
of work and no past event is kept. *Distinct* counts are exact: with gap g since the same account's last act on the target, an event
adds ``1 - exp(-g / tau)``, so that the sum is ``Σ over accounts of exp(-(t - last act) / tau)``: each account once.

Two blocks of the row have the same layout: accounts of any kind (``ANY``) and hostile accounts (``HOSTILE``).
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np

from graphwatch.model import F64

HALF_LIVES: Final = (600.0, 3600.0, 21600.0, 86400.0, 604800.0)  # s: 10 min, 1 h, 6 h, 24 h, 7 d
LN2: Final = 0.6931471805599453
T10M, T1H, T6H, T24H, T7D = (half / LN2 for half in HALF_LIVES)

# One block, at offset ANY or HOSTILE of the row.
ANY: Final = 0
HOSTILE: Final = 10
D10M, D1H, D6H, D24H, D7D, CUSUM, EPISODE, EXCITATION, BORN, OFFSPRING = range(10)
# The rest of the row; all with the 6 h half-life but REACH (1 h).
NEWCOMERS, ACTS, JUDGED, SIZED, PLACED, LINKED, HOSTILE_ACTS, SORTED, PRIVATE, MOBILISING, TEMPLATES = range(20, 31)
REACH, LEVEL, CALM_FROM = range(31, 34)
WIDTH: Final = 34

SHIFT: Final = 3.0  # the CUSUM is tuned to a rate of so many times the baseline
KERNEL_S: Final = 1800.0  # mean delay from an act to its offspring in the recursive branching estimate
PRIOR_ACCOUNTS: Final = (0.5, 0.1)  # Gamma prior of the baseline: accounts (any, hostile) ...
PRIOR_S: Final = 86400.0  # ... in one day
PRIOR_BORN: Final = 2.0  # pseudo-accounts with n = PRIOR_BRANCHING
PRIOR_BRANCHING: Final = 0.3

FEATURES: Final = (
    "rate_1h",
    "rate_24h",
    "growth_10m",
    "growth_1h",
    "growth_6h",
    "times_usual",
    "cusum",
    "scan",
    "branching",
    "self_excited",
    "immigrants",
    "attention_growth",
    "hostile_share",
    "newcomer_share",
    "reach",
    "templates",
    "mobilising",
    "private",
    "accounts_wanted",
    "horizon",
)
WIDE: Final = len(FEATURES)
OF_REACH, OF_TEMPLATES, OF_MOBILISING, OF_PRIVATE = (FEATURES.index(name) for name in ("reach", "templates", "mobilising", "private"))
MISSABLE: Final = ("hostility", "followers", "surfaces", "objects", "categories")


@numba.njit(cache=True)
def baseline(row: F64, block: int, elapsed: float) -> float:
    """Accounts per second on ordinary days: the target's own, shrunk to a Gamma prior.

    The difference of the 7 d and the 24 h sums forgets the last hours, so that a burst does not become its own baseline.

    Parameters
    ----------
    row : (WIDTH,)
    block
        ``ANY`` or ``HOSTILE``.
    elapsed
        Seconds since the stream began; the exposure of targets that were silent so far too.
    """
    seen = max(row[block + D7D] - row[block + D24H], 0.0)
    exposure = T7D * (1.0 - np.exp(-elapsed / T7D)) - T24H * (1.0 - np.exp(-elapsed / T24H))
    prior = PRIOR_ACCOUNTS[0] if block == ANY else PRIOR_ACCOUNTS[1]
    return float((prior + seen) / (PRIOR_S + max(exposure, 0.0)))


@numba.njit(cache=True)
def cusum_wait(level: float, rate: float, seconds: float, shift: float) -> float:
    """Poisson CUSUM after waiting without an event: it falls by (shift - 1) × expected events, not below zero."""
    return max(0.0, level - (shift - 1.0) * rate * seconds)


@numba.njit(cache=True)
def scan_ratio(seen: float, tau: float, rate: float) -> float:
    """Log-likelihood ratio of Kulldorff's Poisson scan in an exponential window; 0 when not above expectation.

    A decayed sum of a Poisson stream has mean ``rate·tau`` and variance half of that, like half of a count over ``2·tau``.
    """
    expected = rate * tau
    if seen <= expected:
        return 0.0
    return float(2.0 * (seen * np.log(seen / expected) - (seen - expected)))


@numba.njit(cache=True)
def branching_estimate(row: F64, block: int) -> float:
    """Recursive estimate of the branching ratio, shrunk to ``PRIOR_BRANCHING``; in [0, 3].

    Online EM: expected offspring over accounts whose offspring are due by now.
    """
    due = max(row[block + BORN] - row[block + EXCITATION], 0.0)
    n = (row[block + OFFSPRING] + PRIOR_BORN * PRIOR_BRANCHING) / (due + PRIOR_BORN)
    return float(min(n, 3.0))


@numba.njit(cache=True)
def immigrant_rate(row: F64, block: int) -> float:
    """Accounts per second that nobody among the earlier ones brought along."""
    return float(max(row[block + BORN] - row[block + OFFSPRING], 0.0) / T6H)


@numba.njit(cache=True)
def still_to_come(row: F64, block: int, horizon: float) -> float:
    """Accounts expected after now: all descendants of the acts so far, and the horizon's immigrants with theirs.

    A branching process with ratio n has ``1 / (1 - n)`` members per immigrant; n is cut at .8 so that a burst that still grows gets a
    finite answer.
    """
    n = min(branching_estimate(row, block), 0.8)
    direct = n * row[block + EXCITATION]
    return float((direct + immigrant_rate(row, block) * horizon) / (1.0 - n))


@numba.njit(cache=True)
def wait(row: F64, seconds: float, elapsed: float) -> None:
    """Let time pass without an event (in place); ``elapsed`` is the stream's age before the wait."""
    if seconds <= 0.0:
        return
    f10m = np.exp(-seconds / T10M)
    f1h = np.exp(-seconds / T1H)
    f6h = np.exp(-seconds / T6H)
    f24h = np.exp(-seconds / T24H)
    f7d = np.exp(-seconds / T7D)
    kernel = np.exp(-seconds / KERNEL_S)
    for block in (ANY, HOSTILE):
        if row[block + CUSUM] > 0.0:
            row[block + CUSUM] = cusum_wait(row[block + CUSUM], baseline(row, block, elapsed), seconds, SHIFT)
        if row[block + CUSUM] == 0.0:
            row[block + EPISODE] = 0.0
        row[block + D10M] *= f10m
        row[block + D1H] *= f1h
        row[block + D6H] *= f6h
        row[block + D24H] *= f24h
        row[block + D7D] *= f7d
        row[block + EXCITATION] *= kernel
        row[block + BORN] *= f6h
        row[block + OFFSPRING] *= f6h
    for k in range(NEWCOMERS, REACH):
        row[k] *= f6h
    row[REACH] *= f1h


@numba.njit(cache=True)
def add_account(row: F64, block: int, gap: float, late: float) -> float:
    """Count one act of an account in a block (in place).

    Parameters
    ----------
    gap
        Seconds since the account's last act of this block on this target; ``inf``: none before.
    late
        Seconds by which the act came too late; its contribution is decayed by them.

    Returns
    -------
    float
        Weight in [0, 1]: near 1 when the account did not act within the last day.
    """
    weight = 1.0
    if gap == np.inf and late == 0.0:  # the usual case, without nine exponentials
        row[block + D10M] += 1.0
        row[block + D1H] += 1.0
        row[block + D6H] += 1.0
        row[block + D24H] += 1.0
        row[block + D7D] += 1.0
    else:
        weight = 1.0 - np.exp(-gap / T24H)
        row[block + D10M] += (1.0 - np.exp(-gap / T10M)) * np.exp(-late / T10M)
        row[block + D1H] += (1.0 - np.exp(-gap / T1H)) * np.exp(-late / T1H)
        row[block + D6H] += (1.0 - np.exp(-gap / T6H)) * np.exp(-late / T6H)
        row[block + D24H] += weight * np.exp(-late / T24H)
        row[block + D7D] += (1.0 - np.exp(-gap / T7D)) * np.exp(-late / T7D)
    row[block + CUSUM] += weight * np.log(SHIFT)
    row[block + EPISODE] += weight
    excited = branching_estimate(row, block) * row[block + EXCITATION] / KERNEL_S
    caused = excited / (excited + immigrant_rate(row, block) + PRIOR_ACCOUNTS[0] / PRIOR_S)
    fading = np.exp(-late / T6H)
    row[block + OFFSPRING] += weight * caused * fading
    row[block + BORN] += weight * fading
    row[block + EXCITATION] += weight * np.exp(-late / KERNEL_S)
    return float(weight)


@numba.njit(cache=True)
def volume_only(row: F64) -> bool:
    """Whether the hostility of most recent acts on the target is unknown."""
    return bool(row[JUDGED] < 0.5 * row[ACTS])


@numba.njit(cache=True)
def missing(row: F64) -> int:
    """Bits of :data:`MISSABLE`: what could not be computed from the recent acts on the target."""
    bits = 0
    if volume_only(row):
        bits |= 1
    if row[SIZED] < 0.5 * row[ACTS]:
        bits |= 2
    if row[PLACED] < 0.5 * row[ACTS]:
        bits |= 4
    if row[LINKED] <= 0.0:
        bits |= 8
    if row[SORTED] < 0.5 * row[HOSTILE_ACTS] or volume_only(row):
        bits |= 16
    return bits


@numba.njit(cache=True)
def measure(row: F64, block: int, elapsed: float, accounts: float, horizon: float, out: F64) -> None:
    """Compute all features of a row as it stands.

    Parameters
    ----------
    row : (WIDTH,)
    block
        ``HOSTILE``, or ``ANY`` for the volume-only variant.
    elapsed
        Seconds since the stream began.
    accounts, horizon
        K, and H in seconds.
    out : (WIDE,)
        Written: rates as log(accounts expected in the horizon at this rate / K), growth as log ratios where above 0, shares in [0, 1].

    Notes
    -----
    Silence lowers every feature or leaves it, apart from small effects of the prior in the branching estimate; with weights that are
    not negative it cannot raise the probability.
    """
    hour = 3600.0
    r10m = row[block + D10M] / T10M * hour
    r1h = row[block + D1H] / T1H * hour
    r6h = row[block + D6H] / T6H * hour
    r24h = row[block + D24H] / T24H * hour
    hours = horizon / hour
    usual = baseline(row, block, elapsed)
    out[0] = np.log((r1h * hours + 0.25) / accounts)
    out[1] = np.log((r24h * hours + 0.25) / accounts)
    out[2] = max(np.log((r10m + 1.0) / (r1h + 1.0)), 0.0)
    out[3] = max(np.log((r1h + 0.3) / (r6h + 0.3)), 0.0)
    out[4] = max(np.log((r6h + 0.1) / (r24h + 0.1)), 0.0)
    out[5] = max(np.log((r1h + 0.2) / (usual * hour + 0.2)), 0.0)
    out[6] = np.log1p(row[block + CUSUM])
    best = scan_ratio(row[block + D10M], T10M, usual)
    best = max(best, scan_ratio(row[block + D1H], T1H, usual))
    best = max(best, scan_ratio(row[block + D6H], T6H, usual))
    out[7] = np.log1p(best)
    n = branching_estimate(row, block)
    out[8] = min(max(n, PRIOR_BRANCHING), 2.0)
    cut = min(n, 0.8)
    out[9] = np.log((cut * row[block + EXCITATION] / (1.0 - cut) + 0.25) / accounts)
    out[10] = np.log((immigrant_rate(row, block) * horizon + 0.25) / accounts)
    a1h = row[ANY + D1H] / T1H * hour
    a6h = row[ANY + D6H] / T6H * hour
    out[11] = max(np.log((a1h + 0.3) / (a6h + 0.3)), 0.0)
    out[12] = row[HOSTILE + D6H] / (row[ANY + D6H] + 2.0)
    out[13] = row[NEWCOMERS] / (row[ANY + D6H] + 2.0)
    out[14] = np.log10(1.0 + row[REACH])
    out[15] = np.log1p(row[TEMPLATES])
    out[16] = np.log1p(row[MOBILISING])
    out[17] = np.log1p(row[PRIVATE])
    out[18] = np.log(accounts / 20.0)
    out[19] = np.log(hours / 6.0)

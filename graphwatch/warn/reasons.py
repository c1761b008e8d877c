"""What an alert rests on, in words, each with its contribution to the log-odds; and what was missing."""

from __future__ import annotations

from typing import Final

import numpy as np

from graphwatch.model import F64
from graphwatch.warn import features as f
from graphwatch.warn.features import FEATURES, MISSABLE
from graphwatch.warn.hawkes import Branching, hawkes_branching
from graphwatch.warn.model import Model

_SMALLEST: Final = 0.1
_GROUPS: Final = {
    "rate": ("rate_1h", "rate_24h", "times_usual", "cusum", "scan"),
    "growth": ("growth_10m", "growth_1h", "growth_6h"),
    "branching": ("branching", "self_excited"),
    "immigrants": ("immigrants",),
    "attention": ("attention_growth",),
    "hostile_share": ("hostile_share",),
    "newcomers": ("newcomer_share",),
    "reach": ("reach",),
    "templates": ("templates",),
    "mobilising": ("mobilising",),
    "private": ("private",),
}
_MISSING_WORDS: Final = {
    "hostility": "hostility (the probability speaks of accounts of any kind)",
    "followers": "followers of the accounts",
    "surfaces": "surfaces",
    "objects": "shared objects and templates",
    "categories": "categories of hostility",
}
NEVER_KNOWN: Final = "agency concentration"


def missing_words(bits: int) -> list[str]:
    """Name what could not be computed.

    Examples
    --------
    >>> missing_words(2)
    ['followers of the accounts', 'agency concentration']
    """
    return [_MISSING_WORDS[name] for k, name in enumerate(MISSABLE) if bits & (1 << k)] + [NEVER_KNOWN]


def reasons_of(row: F64, x: F64, block: int, elapsed: float, times: F64, model: Model) -> list[str]:
    """Say what an alert rests on, strongest contribution first; negative ones speak against it.

    Parameters
    ----------
    row, x, block
        The target's state and features at the alert.
    elapsed
        Seconds since the stream began, then.
    times
        Recent first acts of accounts, in seconds since the stream began.
    model
        The model that gave the probability.
    """
    variant = 1 if block == f.HOSTILE else 0
    parts = model.weights[variant] * (x - model.usual[variant])
    of = dict(zip(FEATURES, parts.tolist(), strict=True))
    words = _words(row, x, block, elapsed, _recent_branching(times, elapsed))
    sums = {group: sum(of[name] for name in names) for group, names in _GROUPS.items()}
    strongest = sorted((group for group in _GROUPS if abs(sums[group]) >= _SMALLEST), key=lambda group: (-abs(sums[group]), group))
    said = [f"{words[group]} ({sums[group]:+.1f})" for group in strongest]
    return ([] if block == f.HOSTILE else ["volume only: hostility is not known"]) + said


def _recent_branching(times: F64, elapsed: float) -> Branching | None:
    """n̂ over the times of the last day."""
    return hawkes_branching(times[times >= elapsed - 86400.0], end=elapsed)


def _words(row: F64, x: F64, block: int, elapsed: float, fit: Branching | None) -> dict[str, str]:
    who = "hostile accounts" if block == f.HOSTILE else "accounts"
    hour = 3600.0
    rate = row[block + f.D1H] / f.T1H * hour
    usual = f.baseline(row, block, elapsed) * hour
    growth = (row[block + f.D10M] / f.T10M) / max(row[block + f.D6H] / f.T6H, 1e-9)
    if fit is None:
        branching = f"each brings about {x[FEATURES.index('branching')]:.1f} more (running estimate)"
    else:
        branching = f"each brings about {fit.ratio:.2f} more ({fit.low:.2f}–{fit.high:.2f})"
    attention = (row[f.ANY + f.D1H] / f.T1H) / max(row[f.ANY + f.D6H] / f.T6H, 1e-9)
    return {
        "rate": f"{rate:.1f} {who} an hour, {_rounded(rate / usual)} × the usual",
        "growth": f"rate of the last minutes {growth:.1f} × that of the last hours",
        "branching": branching,
        "immigrants": f"{f.immigrant_rate(row, block) * hour:.1f} {who} an hour come by themselves",
        "attention": f"accounts of any kind come {attention:.1f} × as fast as in the last hours",
        "hostile_share": f"hostile share of accounts {min(row[f.HOSTILE + f.D6H] / max(row[f.ANY + f.D6H], 1e-9), 1.0):.0%}",
        "newcomers": f"newcomers {min(row[f.NEWCOMERS] / max(row[f.ANY + f.D6H], 1e-9), 1.0):.0%} of accounts",
        "reach": f"recent posters reach {_rounded(row[f.REACH])} followers",
        "templates": f"{row[f.TEMPLATES]:.1f} recent acts repeat what another account shared",
        "mobilising": f"{row[f.MOBILISING]:.1f} recent acts incite, threaten or expose private data",
        "private": f"{row[f.PRIVATE]:.1f} recent acts in private",
    }


def _rounded(value: float) -> str:
    """Two significant digits, without an exponent."""
    short = float(np.format_float_positional(value, precision=2, fractional=False))
    return f"{short:,.0f}" if short >= 10 else f"{short:g}"

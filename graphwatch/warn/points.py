"""Grid points with their states and what happened afterwards: the material for fitting and evaluating the warning model.

What happened afterwards is hindsight; nothing of it reaches a score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import polars as pl

from graphwatch.model import F64, I32, I64, Bools, Events
from graphwatch.schema import TIMESTAMP
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.warn import features as f
from graphwatch.warn.baselines import ears_c2, hawkes_only, poisson_z, volume
from graphwatch.warn.items import items_of
from graphwatch.warn.model import Model, rules_of, shipped_model
from graphwatch.warn.state import State
from graphwatch.warn.stream import Rules, chance, log_odds


@numba.njit(cache=True)
def accounts_after(start: I64, at: I64, actor: I32, accounts: int, point_start: I64, point_at: I64, horizon: int) -> I32:
    """Distinct accounts that act within the horizon after each point.

    Parameters
    ----------
    start : (targets + 1,)
        Acts of target k are ``start[k]:start[k + 1]``, ascending in time.
    at, actor : (acts,)
        Time in µs, account code below ``accounts``.
    point_start, point_at
        The points in the same form.
    horizon
        µs; a point at t looks at (t, t + horizon].
    """
    out = np.zeros(len(point_at), np.int32)
    held = np.zeros(accounts, np.int32)
    for k in range(len(start) - 1):
        left = start[k]
        right = start[k]
        distinct = 0
        for p in range(point_start[k], point_start[k + 1]):
            while right < start[k + 1] and at[right] <= point_at[p] + horizon:
                held[actor[right]] += 1
                distinct += held[actor[right]] == 1
                right += 1
            while left < right and at[left] <= point_at[p]:
                held[actor[left]] -= 1
                distinct -= held[actor[left]] == 0
                left += 1
            out[p] = distinct
        for i in range(left, right):
            held[actor[i]] = 0
    return out


@numba.njit(cache=True)
def _features(rows: F64, block: int, elapsed: F64, rules: Rules) -> tuple[F64, F64]:
    x = np.zeros((len(rows), f.WIDE))
    p = np.zeros(len(rows))
    for i in range(len(rows)):
        p[i] = chance(log_odds(rows[i], block, elapsed[i], rules, x[i]))
    return x, p


@dataclass(frozen=True, slots=True)
class GridPoints:
    """All grid points of a stream, sorted by (target, at).

    Attributes
    ----------
    target, at : (n,)
        Account code, µs.
    rows : (n, WIDTH)
        States.
    elapsed : (n,)
        Seconds since the stream began.
    until
        Time of the stream's last event: what comes after is not known.
    """

    target: I32
    at: I64
    rows: F64
    elapsed: F64
    until: int

    def features(self, rules: Rules, block: int) -> tuple[F64, F64]:
        """Give features (n, WIDE) and the model's probability (n,) under some rules, for one variant."""
        return _features(self.rows, block, self.elapsed, rules)

    def complete(self, horizon_s: float) -> Bools:
        """Mask of the points whose horizon lies within the stream."""
        return self.at + int(horizon_s * 1e6) <= self.until


def grid_points(events: Events, settings: WarnSettings, detect: DetectSettings) -> GridPoints:
    """Run the state machine and keep the state at every grid point, however improbable."""
    rules = rules_of(shipped_model(), settings, 0.0)
    items = items_of(events, detect.hostile_at)
    state = State(len(events.accounts), len(items.row))
    points, _ = state.feed(items, rules, scores=True, rows=True)
    rest = state.rest(int(events.at[-1]), rules, rows=True)
    target = np.concatenate([points.target, rest.target])
    at = np.concatenate([points.at, rest.at])
    rows = np.concatenate([points.rows, rest.rows])
    order = np.lexsort((at, target))
    elapsed = (at[order] - int(state.store.base[0])) / 1e6
    return GridPoints(target[order], at[order], rows[order], elapsed, int(events.at[-1]))


def outcomes(events: Events, points: GridPoints, horizon_s: float, mask: Bools) -> I32:
    """Count the distinct accounts within the horizon after each point, over the acts of the masked interactions."""
    row, target = events.targets.rows(), events.targets.values
    kept = mask[row]
    row, target = row[kept], target[kept]
    order = np.argsort(target, kind="stable")
    row, target = row[order], target[order]
    ends = np.arange(len(events.accounts) + 1)
    start = np.searchsorted(target, ends).astype(np.int64)
    point_start = np.searchsorted(points.target, ends).astype(np.int64)
    horizon = int(horizon_s * 1e6)
    return accounts_after(start, events.at[row], events.actor[row], len(events.accounts), point_start, points.at, horizon)


def scored_points(events: Events, settings: WarnSettings, detect: DetectSettings, model: Model | None = None) -> pl.DataFrame:
    """Score every grid point by the model and by the four baselines, beside what happened.

    Parameters
    ----------
    events, settings, detect
        As for :func:`~graphwatch.warn.score.score_targets`.
    model
        Another model than the shipped one.

    Returns
    -------
    pl.DataFrame
        ``target_id``, ``at``, ``happened`` (at least K accounts within the horizon), ``model`` (probability) and the scores ``volume``,
        ``poisson_z``, ``ears_c2``, ``hawkes``; higher is riskier everywhere. Points whose horizon passes the end of the data are left
        out. Sorted by (target, at).
    """
    rules = rules_of(model if model is not None else shipped_model(), settings, 0.0)
    points = grid_points(events, settings, detect)
    block = f.HOSTILE if events.has_hostility else f.ANY
    mask = events.hostile(detect.hostile_at) if events.has_hostility else np.ones(len(events), np.bool_)
    _, probability = points.features(rules, block)
    frame = pl.DataFrame(
        {
            "target_id": events.accounts.gather(points.target),
            "at": points.at,
            "happened": outcomes(events, points, rules.horizon, mask) >= settings.hostile_accounts,
            "model": probability,
            "volume": volume(points.rows, block),
            "poisson_z": poisson_z(points.rows, block, points.elapsed),
            "ears_c2": ears_c2(events, mask, points.target, points.at),
            "hawkes": hawkes_only(points.rows, block, rules.horizon),
        }
    )
    return frame.with_columns(pl.col("at").cast(TIMESTAMP)).filter(pl.Series(points.complete(rules.horizon)))

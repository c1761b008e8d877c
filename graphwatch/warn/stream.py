"""The state machine: one pass over interactions in order of time, used by the batch job and by the monitor alike.

For each act on each target it lets time pass, looks up when this account was last seen there, updates the target's row, computes the
probability and steps the alert state. Per event the work is constant; per target the state is; per pair (target, account) the table
of :mod:`graphwatch.warn.memory` keeps 16 bytes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np

from graphwatch.model import F64, I8, I32, I64, NO_TIME
from graphwatch.warn import features as f
from graphwatch.warn.memory import MAX_LOAD, slot_of

GRID: Final = 900_000_000  # µs: scores are kept on multiples of 15 min
RING: Final = 128  # times kept for the branching interval of a target
RING_FROM: Final = 4.0  # distinct accounts within a day from which a target's times are kept
QUIET: Final = 0.9  # below so many distinct accounts within a day a target is not looked at
PAIRS, RINGS, LATE, SEEN = range(4)  # store.counters
_FOREVER: Final = np.inf


class Items(NamedTuple):
    """Acts on targets: item j is row ``row[j]`` of the events, on ``target[j]``; the rest is per row."""

    row: I32
    target: I32
    at: I64
    actor: I32
    hostile: I8  # -1: not known
    private: I8  # -1: not known
    mobilising: I8  # -1: not known
    followers: I64  # -1: not known
    late_author: I32  # account that is a target only through a parent that comes later: not yet known; -1: none
    object_start: I64
    object: I32  # -1: sharing it does not count as a template


class Store(NamedTuple):
    """All that is remembered; ``base`` is the time of the stream's first event."""

    base: I64  # (1,)
    clock: I64
    rows: F64
    ring_of: I32
    ring: F64
    ring_count: I64
    keys: I64
    first: I32
    second: I32
    counters: I64


class Rules(NamedTuple):
    """Model and thresholds, as numbers. Index 0 of the model arrays is the volume-only variant, 1 the one with hostility."""

    accounts: float
    horizon: float  # s
    weights: F64  # (2, WIDE)
    usual: F64  # (2, WIDE)
    intercept: F64  # (2,)
    levels: F64  # (3,) probability of watch, warning, critical
    clear: float
    cooldown: float  # s
    memory: float  # s: an account unseen for longer is a newcomer again
    score_from: float


class Scores(NamedTuple):
    """Grid points: account code, time, probability, and the target's state; ``rows`` has no line when states are not wanted."""

    target: I32
    at: I64
    probability: F64
    rows: F64


class Raised(NamedTuple):
    """Raised alerts, and the state that each rests on; ``times`` are seconds since the stream's base."""

    target: I32
    at: I64
    level: I8
    block: I8
    missing: I8
    probability: F64
    to_come: F64
    features: F64
    rows: F64
    times: F64  # (capacity, RING): seconds since base, latest last
    held: I64  # (capacity,): how many times


@numba.njit(cache=True, nogil=True)
def log_odds(row: F64, block: int, elapsed: float, rules: Rules, x: F64) -> float:
    """Log-odds of the model at this state; ``x`` receives the features, unknown ones at their usual value."""
    variant = 1 if block == f.HOSTILE else 0
    f.measure(row, block, elapsed, rules.accounts, rules.horizon, x)
    bits = f.missing(row)
    usual = rules.usual[variant]
    if bits & 2:
        x[f.OF_REACH] = usual[f.OF_REACH]
    if bits & 4:
        x[f.OF_PRIVATE] = usual[f.OF_PRIVATE]
    if bits & 8:
        x[f.OF_TEMPLATES] = usual[f.OF_TEMPLATES]
    if bits & 16:
        x[f.OF_MOBILISING] = usual[f.OF_MOBILISING]
    z = rules.intercept[variant]
    for k in range(f.WIDE):
        z += rules.weights[variant, k] * (x[k] - usual[k])
    return float(z)


@numba.njit(cache=True, nogil=True)
def chance(z: float) -> float:
    """Probability of log-odds, without overflow."""
    if z >= 0.0:
        return float(1.0 / (1.0 + np.exp(-z)))
    e = np.exp(z)
    return float(e / (1.0 + e))


@numba.njit(cache=True, nogil=True)
def next_grid(at: int) -> int:
    """First multiple of the grid at or after a time."""
    return (at + GRID - 1) // GRID * GRID


@numba.njit(cache=True, nogil=True)
def keep_score(row: F64, target: int, at: int, elapsed: float, rules: Rules, x: F64, out: Scores, n: int) -> int:
    """Write one grid point when it is probable enough; give the new number of points.

    Unless every point is wanted (``score_from`` 0) a quiet target's is not even computed.
    """
    block = f.ANY if f.volume_only(row) else f.HOSTILE
    if rules.score_from > 0.0 and row[block + f.D24H] < QUIET:
        return n
    p = chance(log_odds(row, block, elapsed, rules, x))
    if p < rules.score_from:
        return n
    out.target[n] = target
    out.at[n] = at
    out.probability[n] = p
    if len(out.rows):
        out.rows[n] = row
    return n + 1


@numba.njit(cache=True, nogil=True)
def absorb(j: int, items: Items, store: Store, rules: Rules, late: float) -> None:
    """Count item j in its target's row; the row already stands at the item's time."""
    i = items.row[j]
    target = items.target[j]
    row = store.rows[target]
    at = (items.at[i] - store.base[0]) / 1e6
    second = np.int32(max(at, 0.0)) + np.int32(1)
    key = (np.int64(target) << 32) | np.int64(items.actor[i])
    slot = slot_of(store.keys, int(key))
    if store.keys[slot] == 0:
        store.keys[slot] = key
        store.counters[PAIRS] += 1
    seen = store.first[slot]
    gap = max(float(second - seen), 0.0) if seen > 0 else _FOREVER
    gap = gap if gap <= rules.memory else _FOREVER
    store.first[slot] = max(seen, second)
    fading = np.exp(-late / f.T6H)
    row[f.ACTS] += fading
    weight = f.add_account(row, f.ANY, gap, late)
    if gap == _FOREVER:
        row[f.NEWCOMERS] += fading
    block = f.ANY
    if items.hostile[i] >= 0:
        row[f.JUDGED] += fading
    if items.hostile[i] == 1:
        row[f.HOSTILE_ACTS] += fading
        seen = store.second[slot]
        gap = max(float(second - seen), 0.0) if seen > 0 else _FOREVER
        gap = gap if gap <= rules.memory else _FOREVER
        store.second[slot] = max(seen, second)
        hostile_weight = f.add_account(row, f.HOSTILE, gap, late)
        if items.mobilising[i] >= 0:
            row[f.SORTED] += fading
        if items.mobilising[i] == 1:
            row[f.MOBILISING] += fading
        if not f.volume_only(row):
            weight = hostile_weight
            block = f.HOSTILE
    elif not f.volume_only(row):
        weight = 0.0
    if items.followers[i] >= 0:
        row[f.SIZED] += fading
        row[f.REACH] += items.followers[i] * np.exp(-late / f.T1H)
    if items.private[i] >= 0:
        row[f.PLACED] += fading
    # What friendly crowds do too (a giveaway repeats one text thousands of times) counts only when hostile, where that is known.
    counted = fading if items.hostile[i] == 1 or f.volume_only(row) else 0.0
    if items.private[i] == 1:
        row[f.PRIVATE] += counted
    if items.object_start[i + 1] > items.object_start[i]:
        row[f.LINKED] += fading
    if repeats(i, target, items, store, int(second)):
        row[f.TEMPLATES] += counted
    if late == 0.0 and weight > 0.5:
        remember_time(target, block, at, store)


@numba.njit(cache=True, nogil=True)
def repeats(i: int, target: int, items: Items, store: Store, second: int) -> bool:
    """Whether another account shared one of the act's objects at this target within a day; remembers the act's objects."""
    if store.rows[target, f.ANY + f.D24H] < 2.0:
        return False
    repeated = False
    for k in range(items.object_start[i], items.object_start[i + 1]):
        item = items.object[k]
        if item < 0:
            continue
        key = ~((np.int64(target) << 32) | np.int64(item))
        slot = slot_of(store.keys, int(key))
        if store.keys[slot] == 0:
            store.keys[slot] = key
            store.counters[PAIRS] += 1
        seen = store.first[slot]
        if seen > 0 and second - seen <= 86400 and store.second[slot] != items.actor[i]:
            repeated = True
        if second >= seen:
            store.first[slot] = second
            store.second[slot] = items.actor[i]
    return repeated


@numba.njit(cache=True, nogil=True)
def remember_time(target: int, block: int, at: float, store: Store) -> None:
    """Keep the time of an account's first act of the day, once the target has several."""
    place = store.ring_of[target]
    if place < 0:
        if store.rows[target, block + f.D24H] < RING_FROM:
            return
        place = np.int32(store.counters[RINGS])
        store.ring_of[target] = place
        store.counters[RINGS] += 1
    store.ring[place, store.ring_count[place] % RING] = at
    store.ring_count[place] += 1


@numba.njit(cache=True, nogil=True)
def step_alert(target: int, at: int, elapsed: float, store: Store, rules: Rules, x: F64, out: Raised, n: int) -> int:
    """Evaluate the target now and step its alert state; give the new number of raised alerts.

    An episode opens when the probability first reaches ``watch`` and closes when it stayed below ``clear`` for the cool-down. Within an
    episode an alert is raised only when a higher level than before is reached.
    """
    row = store.rows[target]
    if row[f.LEVEL] > 0.0 and elapsed - row[f.CALM_FROM] > rules.cooldown:
        row[f.LEVEL] = 0.0
    block = f.ANY if f.volume_only(row) else f.HOSTILE
    if row[block + f.D24H] < QUIET:
        return n
    p = chance(log_odds(row, block, elapsed, rules, x))
    if p >= rules.clear:
        row[f.CALM_FROM] = elapsed
    level = 0
    for k in range(3):
        if p >= rules.levels[k]:
            level = k + 1
    if block == f.ANY:
        level = min(level, 1)
    if level <= row[f.LEVEL]:
        return n
    row[f.LEVEL] = level
    out.target[n] = target
    out.at[n] = at
    out.level[n] = level
    out.block[n] = block
    out.missing[n] = f.missing(row)
    out.probability[n] = p
    out.to_come[n] = f.still_to_come(row, block, rules.horizon)
    out.features[n] = x
    out.rows[n] = row
    place = store.ring_of[target]
    count = min(store.ring_count[place], RING) if place >= 0 else 0
    out.held[n] = count
    for k in range(count):
        out.times[n, k] = store.ring[place, (store.ring_count[place] - count + k) % RING]
    return n + 1


@numba.njit(cache=True, nogil=True)
def advance(start: int, items: Items, store: Store, rules: Rules, scores: Scores, raised: Raised) -> tuple[int, int, int]:
    """Process items from ``start`` until all are done or some buffer is full.

    Parameters
    ----------
    start
        First item to process.
    items, rules
        Not changed.
    store
        Changed in place; must cover all targets of the items.
    scores, raised
        Written from the start of the buffers. No scores are written when their buffer has no room at all.

    Returns
    -------
    stop, points, alerts
        First item that was not processed, grid points and alerts written.
    """
    n_scores = 0
    n_raised = 0
    x = np.zeros(f.WIDE)
    base = store.base[0]
    full = MAX_LOAD * len(store.keys)
    wanted = len(scores.at) > 0
    for j in range(start, len(items.row)):
        i = items.row[j]
        objects = items.object_start[i + 1] - items.object_start[i]
        if store.counters[PAIRS] + 1 + objects > full or store.counters[RINGS] >= len(store.ring):
            return j, n_scores, n_raised
        if n_raised >= len(raised.at) or (wanted and n_scores >= len(scores.at)):
            return j, n_scores, n_raised
        target = items.target[j]
        store.counters[SEEN] += 1
        if target == items.late_author[i]:
            continue
        t = items.at[i]
        row = store.rows[target]
        clock = store.clock[target]
        if clock == NO_TIME:
            clock = t
        grid = next_grid(clock)
        if t > grid and store.clock[target] != NO_TIME:
            f.wait(row, (grid - clock) / 1e6, (clock - base) / 1e6)
            if wanted:
                n_scores = keep_score(row, target, grid, (grid - base) / 1e6, rules, x, scores, n_scores)
            clock = grid
        late = 0.0
        if t < clock:
            late = (clock - t) / 1e6
            store.counters[LATE] += 1
        f.wait(row, (t - clock) / 1e6, (clock - base) / 1e6)
        clock = max(t, clock)
        store.clock[target] = clock
        absorb(j, items, store, rules, late)
        n_raised = step_alert(target, clock, (clock - base) / 1e6, store, rules, x, raised, n_raised)
    return len(items.row), n_scores, n_raised


@numba.njit(cache=True, nogil=True)
def last_points(until: int, start: int, store: Store, rules: Rules, scores: Scores) -> tuple[int, int]:
    """Grid points after each target's last act, up to a time; the state is not changed.

    Returns
    -------
    stop, points
        First target that was not looked at (the buffer was full), points written.
    """
    n = 0
    x = np.zeros(f.WIDE)
    for target in range(start, len(store.clock)):
        if n >= len(scores.at):
            return target, n
        clock = store.clock[target]
        if clock == NO_TIME:
            continue
        grid = next_grid(clock)
        if grid > until:
            continue
        row = store.rows[target].copy()
        f.wait(row, (grid - clock) / 1e6, (clock - store.base[0]) / 1e6)
        n = keep_score(row, target, grid, (grid - store.base[0]) / 1e6, rules, x, scores, n)
    return len(store.clock), n

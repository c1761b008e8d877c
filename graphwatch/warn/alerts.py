"""Alarms of the state machine → the ``alerts`` table."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import F64
from graphwatch.schema import ALERTS, LEVELS
from graphwatch.settings import WarnSettings
from graphwatch.warn import features as f
from graphwatch.warn.model import Model
from graphwatch.warn.reasons import missing_words, reasons_of
from graphwatch.warn.stream import Raised

LARGEST_FACTOR: Final = 20.0  # expected_final is at most so many times K and the accounts already there


def alert_id(target: str, at: int, level: str) -> str:
    """Make the stable id of an alert from target, time (µs) and level.

    Examples
    --------
    >>> alert_id("a", 0, "watch")
    'w-e610ec4a94933ec5'
    """
    return "w-" + hashlib.sha256(f"{target}\x1f{at}\x1f{level}".encode()).hexdigest()[:16]


def expected_final(rows: F64, block: int, to_come: F64, accounts: float) -> F64:
    """Accounts of the block expected in the end: those of the episode so far and those still to come, capped."""
    have = rows[:, block + f.EPISODE]
    return np.minimum(have + to_come, LARGEST_FACTOR * (accounts + have))


def alert_frame(alarms: Raised, names: pl.Series, base: int, settings: WarnSettings, model: Model) -> pl.DataFrame:
    """Build the ``alerts`` table, sorted by (at, target); within one time the levels ascend.

    Parameters
    ----------
    alarms
        What the state machine raised.
    names
        Account name of each target code.
    base
        Time of the stream's first event, µs.
    settings, model
        As used by the state machine.
    """
    if not len(alarms.at):
        return ALERTS.empty()
    targets = names.gather(alarms.target).to_list()
    levels = [LEVELS[code] for code in alarms.level.tolist()]
    sizes = {block: expected_final(alarms.rows, block, alarms.to_come, settings.hostile_accounts) for block in (f.ANY, f.HOSTILE)}
    elapsed = (alarms.at - base) / 1e6
    frame = pl.DataFrame(
        {
            "alert_id": [alert_id(t, at, level) for t, at, level in zip(targets, alarms.at.tolist(), levels, strict=True)],
            "target_id": targets,
            "at": alarms.at,
            "horizon_s": settings.horizon_h * 3600.0,
            "probability": alarms.probability,
            "level": levels,
            "state": "open",
            "reasons": [
                reasons_of(
                    alarms.rows[i], alarms.features[i], int(alarms.block[i]), float(elapsed[i]), alarms.times[i, : alarms.held[i]], model
                )
                for i in range(len(targets))
            ],
            "missing_features": [missing_words(bits) for bits in alarms.missing.tolist()],
            "expected_final": np.where(alarms.block == f.HOSTILE, sizes[f.HOSTILE], sizes[f.ANY]),
            "model_version": model.version,
        },
        strict=False,
    )
    frame = frame.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))
    return ALERTS.conform(frame).sort("at", "target_id", maintain_order=True)

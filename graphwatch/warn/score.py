"""Early warnings for all targets of a finished stream: the same state machine as the monitor's, fed at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.model import I32, I64, Events
from graphwatch.schema import ALERTS, TIMESTAMP
from graphwatch.settings import DetectSettings, WarnSettings
from graphwatch.warn.alerts import alert_frame
from graphwatch.warn.items import items_of
from graphwatch.warn.model import Model, rules_of, shipped_model
from graphwatch.warn.state import State
from graphwatch.warn.stream import Scores


@dataclass(frozen=True, slots=True)
class Warnings:
    """What the warn stage found.

    Attributes
    ----------
    alerts
        The ``alerts`` table, sorted by (at, target). Within one episode of a target a row is added only when a higher level is reached.
    scores
        ``target``, ``at``, ``probability``: every quarter-hour after which something had happened to the target, where the probability
        is at least ``score_from``; sorted by (at, target). Targets without an account of the last day are left out (unless that is 0).
    model_version
        The model that gave the probabilities.
    """

    alerts: pl.DataFrame
    scores: pl.DataFrame
    model_version: str


def score_targets(events: Events, settings: WarnSettings, detect: DetectSettings, seed: int, *, model: Model | None = None) -> Warnings:
    """Score the risk of a pile-on for every target, at any time from what was known then only.

    Parameters
    ----------
    events
        Interactions as arrays, in canonical order.
    settings
        K, H, thresholds.
    detect
        ``hostile_at`` decides which act is hostile.
    seed
        Not used: nothing here is random. It is part of every stage's signature.
    model
        Another model than the shipped one.

    Returns
    -------
    result
        Probability that the target gets at least K distinct hostile accounts within the horizon after ``at``; higher is riskier.
        Where hostility is not known it speaks of accounts of any kind, is at most of level ``watch``, and says so.

    Notes
    -----
    O(events), constant work each. Assumes that the stream's mix resembles the simulated worlds that the model was calibrated on; on
    other traffic the ranking holds better than the probabilities. A target named only by a parent that comes later is not
    counted: at that time it was not known.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> from graphwatch.schema import INTERACTIONS
    >>> score_targets(encode(INTERACTIONS.empty()), WarnSettings(), DetectSettings(), 0).alerts.height
    0
    """
    del seed
    model = model if model is not None else shipped_model()
    if not len(events):
        return Warnings(ALERTS.empty(), _score_frame(events.accounts, []), model.version)
    rules = rules_of(model, settings, settings.score_from)
    items = items_of(events, detect.hostile_at)
    state = State(len(events.accounts), len(items.row))
    points, alarms = state.feed(items, rules, scores=True)
    rest = state.rest(int(events.at[-1]), rules)
    alerts = alert_frame(alarms, events.accounts, int(state.store.base[0]), settings, model)
    return Warnings(alerts, _score_frame(events.accounts, [points, rest]), model.version)


def _score_frame(accounts: pl.Series, parts: list[Scores]) -> pl.DataFrame:
    target: I32 = np.concatenate([np.zeros(0, np.int32), *(part.target for part in parts)])
    at: I64 = np.concatenate([np.zeros(0, np.int64), *(part.at for part in parts)])
    probability = np.concatenate([np.zeros(0), *(part.probability for part in parts)])
    order = np.lexsort((target, at))
    columns = {"target": accounts.gather(target[order]), "at": at[order], "probability": probability[order]}
    return pl.DataFrame(columns).with_columns(pl.col("at").cast(TIMESTAMP))

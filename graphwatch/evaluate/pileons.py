"""How good the pile-ons are: precision, recall, onset error, nature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from graphwatch.evaluate.matching import overlaps
from graphwatch.evaluate.scores import f1_of, macro, share
from graphwatch.model import F64
from graphwatch.schema import NATURES

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class PileonMetrics:
    """Figures of the detect stage; NaN where there was nothing to compute one from.

    Attributes
    ----------
    precision, recall
        The headline: over *attacks*. Of the pile-ons called attack, the share matched with a planted attack: one that matches a hard
        negative, an ordinary day, or a burst that another detection matches better is a false alarm. Of the planted attacks, the
        share matched with a pile-on called attack.
    detected, planted
        Pile-ons called attack; planted attacks.
    found
        Share of the planted attacks matched with a pile-on of any nature.
    any_precision
        Of the pile-ons of any nature, the share matched with a planted burst of any nature. Ordinary traffic has surges of its own,
        which nobody planted; they count against it.
    any_recall
        Share of all planted bursts matched.
    negatives_called_attack
        Share of the hard negatives (planted bursts that are no attack) matched with a pile-on called attack.
    split
        Detected pile-ons that meet a planted burst in time but are not its match.
    onset_error_median_min, onset_error_p90_min
        Absolute difference of onsets over attacks matched as attacks, in minutes; lower is better.
    onset_bias_min
        Median of detected minus planted onset, in minutes; positive: too late.
    confusion : {planted nature: {called: count}}
        Over planted bursts; ``nothing`` when not found, and as a planted nature for pile-ons that match nothing.
    nature_f1 : {nature: F1}
        Over matched pairs.
    nature_macro_f1
        Mean of ``nature_f1`` over the natures that occur among planted bursts.
    recall_by_scenario : {scenario: share called by its planted nature}
    """

    precision: float
    recall: float
    detected: int
    planted: int
    found: float
    any_precision: float
    any_recall: float
    negatives_called_attack: float
    split: int
    onset_error_median_min: float
    onset_error_p90_min: float
    onset_bias_min: float
    confusion: Mapping[str, Mapping[str, int]]
    nature_f1: Mapping[str, float]
    nature_macro_f1: float
    recall_by_scenario: Mapping[str, float]


def measure_pileons(pileons: pl.DataFrame, planted: pl.DataFrame, matches: pl.DataFrame) -> PileonMetrics:
    """Compute the figures from result table, truth and their matching (:func:`~graphwatch.evaluate.matching.match_pileons`)."""
    called, meant = pileons["nature"].to_numpy(), planted["nature"].to_numpy()
    left, right = matches["pileon"].to_numpy(), matches["planted"].to_numpy()
    given = np.full(len(planted), NOTHING, dtype=object)
    given[right] = called[left]
    truly = np.full(len(pileons), NOTHING, dtype=object)
    truly[left] = meant[right]
    attack, negative = meant == "attack", meant != "attack"
    errors = _onset_errors(pileons, planted, left, right)
    scores = {nature: f1_of(meant[right] == nature, called[left] == nature) for nature in NATURES}
    return PileonMetrics(
        precision=share(truly[called == "attack"] == "attack"),
        recall=share(given[attack] == "attack"),
        detected=int((called == "attack").sum()),
        planted=int(attack.sum()),
        found=share(given[attack] != NOTHING),
        any_precision=share(truly != NOTHING),
        any_recall=share(given != NOTHING),
        negatives_called_attack=share(given[negative] == "attack"),
        split=overlaps(pileons, planted).filter(~pl.col("pileon").is_in(left.tolist()))["pileon"].n_unique(),
        onset_error_median_min=float(np.median(np.abs(errors))) if len(errors) else math.nan,
        onset_error_p90_min=float(np.quantile(np.abs(errors), 0.9)) if len(errors) else math.nan,
        onset_bias_min=float(np.median(errors)) if len(errors) else math.nan,
        confusion=_confusion(meant, given, called[truly == NOTHING]),
        nature_f1=scores,
        nature_macro_f1=macro([scores[nature] for nature in NATURES if (meant == nature).any()]),
        recall_by_scenario=_by_scenario(planted, given == meant),
    )


def _onset_errors(pileons: pl.DataFrame, planted: pl.DataFrame, left: np.ndarray, right: np.ndarray) -> F64:
    both = (pileons["nature"].gather(left) == "attack") & (planted["nature"].gather(right) == "attack")
    late = pileons["onset"].gather(left).to_physical() - planted["onset"].gather(right).to_physical()
    return late.filter(both).to_numpy() / 60e6


def _confusion(meant: np.ndarray, given: np.ndarray, unplanted: np.ndarray) -> dict[str, dict[str, int]]:
    table = {nature: {called: int(((meant == nature) & (given == called)).sum()) for called in (*NATURES, NOTHING)} for nature in NATURES}
    return table | {NOTHING: {called: int((unplanted == called).sum()) for called in NATURES}}


def _by_scenario(planted: pl.DataFrame, right: np.ndarray) -> dict[str, float]:
    frame = planted.select("scenario").with_columns(right=pl.Series(right, dtype=pl.Boolean))
    return dict(frame.group_by("scenario").agg(pl.col("right").mean()).sort("scenario").iter_rows())

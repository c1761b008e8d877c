"""How good the tracing is: does credit rank the planted originators first, and are the roles right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from graphwatch.evaluate.scores import f1_of, macro, share
from graphwatch.model import I64
from graphwatch.schema import ROLES

RANKS: Final = (1, 3, 10)
_PLACE: Final = ("incident_id", "target_id")


@dataclass(frozen=True, slots=True)
class TracingMetrics:
    """Figures of the trace stage, over planted attacks with planted originators whose burst was detected (``traced`` of ``planted``).

    Attributes
    ----------
    mrr
        Mean reciprocal rank by credit of the best-ranked planted originator among the members; 0 when none of them is a member.
        Members with equal credit count as ranked before it.
    recall_at : {k: share}
        Share of the traced attacks with a planted originator among the first k by credit.
    recall_at_of_all
        The same over all planted attacks with originators: an attack that was not detected counts as missed.
    role_f1 : {role: F1}
        Of the primary role, over accounts that are both members of the matched pile-on and part of the planted attack.
    role_macro_f1
        Mean over the four roles.
    coverage
        Share of the accounts of the traced attacks that are members of the matched pile-on.
    accounts
        Accounts that the role scores are over.
    initiator_is_originator
        Of the members called ``initiator``, the share that are planted originators.
    """

    planted: int
    traced: int
    mrr: float
    recall_at: Mapping[int, float]
    recall_at_of_all: Mapping[int, float]
    role_f1: Mapping[str, float]
    role_macro_f1: float
    coverage: float
    accounts: int
    initiator_is_originator: float


def measure_tracing(
    pileons: pl.DataFrame, members: pl.DataFrame, planted: pl.DataFrame, roles: pl.DataFrame, matches: pl.DataFrame
) -> TracingMetrics:
    """Compute the figures from result tables, truth and their matching."""
    places = roles.filter("originator").select(_PLACE).unique().sort(_PLACE)
    pairs = pl.DataFrame(
        {
            "pileon_id": pileons["pileon_id"].gather(matches["pileon"]),
            "incident_id": planted["incident_id"].gather(matches["planted"]),
            "target_id": planted["target_id"].gather(matches["planted"]),
        }
    ).join(places, on=_PLACE, how="semi")
    ranks = _best_ranks(members, roles, pairs)
    meant = roles.join(pairs, on=_PLACE, how="inner")
    both = meant.join(members.select("pileon_id", "actor_id", called="role"), on=("pileon_id", "actor_id"), how="inner")
    truth, called = both["role"].to_numpy(), both["called"].fill_null("").to_numpy()
    scores = {role: f1_of(truth == role, called == role) for role in ROLES}
    within = {k: (ranks <= k) & (ranks > 0) for k in RANKS}
    return TracingMetrics(
        planted=len(places),
        traced=len(pairs),
        mrr=float(np.mean(np.where(ranks > 0, 1.0 / np.maximum(ranks, 1), 0.0))) if len(ranks) else math.nan,
        recall_at={k: share(hits) for k, hits in within.items()},
        recall_at_of_all={k: float(hits.sum()) / len(places) if len(places) else math.nan for k, hits in within.items()},
        role_f1=scores,
        role_macro_f1=macro([scores[role] for role in ROLES]),
        coverage=len(both) / len(meant) if len(meant) else math.nan,
        accounts=len(both),
        initiator_is_originator=share(both.filter(pl.col("called") == "initiator")["originator"].to_numpy()),
    )


def _best_ranks(members: pl.DataFrame, roles: pl.DataFrame, pairs: pl.DataFrame) -> I64:
    """Rank of the best planted originator of each traced attack; 0: none of them is a member."""
    credited = members.select("pileon_id", "actor_id", pl.col("credit").fill_null(0.0).fill_nan(0.0))
    ranked = credited.with_columns(rank=pl.col("credit").rank("max", descending=True).over("pileon_id"))
    origins = roles.filter("originator").join(pairs, on=_PLACE, how="inner").select("pileon_id", "actor_id")
    best = ranked.join(origins, on=("pileon_id", "actor_id"), how="inner").group_by("pileon_id").agg(pl.col("rank").min())
    return pairs.join(best, on="pileon_id", how="left").sort("pileon_id")["rank"].fill_null(0).cast(pl.Int64).to_numpy()

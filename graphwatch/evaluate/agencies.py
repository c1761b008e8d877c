"""How good the attribution is: are the agencies behind planted attacks flagged, and no others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class AgencyMetrics:
    """Figures of the attribute stage, over pairs (pile-on, agency); campaigns are judged apart.

    An agency is *flagged* when its q-value is below the level and its odds ratio above 1.

    Attributes
    ----------
    level
        The level of q.
    planted
        Pairs (planted burst, agency behind it).
    recall
        Share of the planted pairs whose burst was detected and whose agency is flagged for it.
    recall_of_detected
        The same over pairs whose burst was detected.
    precision
        Share of the flagged pairs that were planted; pile-ons that match nothing or a hard negative count.
    flagged
        Flagged pairs.
    false_flag_rate
        Share of the tested pairs of uninvolved agencies that are flagged.
    pileons_with_false_flag
        Share of the pile-ons with any test that have an uninvolved agency flagged.
    controller
        Of the planted pairs that were flagged, the share whose controlling company or person is the right one.
    campaign_precision
        Share of the flagged pairs (campaign, agency) whose agency stands behind one of the campaign's bursts.
    """

    level: float
    planted: int
    recall: float
    recall_of_detected: float
    precision: float
    flagged: int
    false_flag_rate: float
    pileons_with_false_flag: float
    controller: float
    campaign_precision: float


def measure_agencies(
    findings: pl.DataFrame,
    pileons: pl.DataFrame,
    campaigns: pl.DataFrame,
    planted: pl.DataFrame,
    truth: pl.DataFrame,
    matches: pl.DataFrame,
    level: float = 0.05,
) -> AgencyMetrics:
    """Compute the figures from result tables, truth and their matching."""
    scopes = pl.DataFrame(
        {
            "scope": pileons["pileon_id"].gather(matches["pileon"]),
            "incident_id": planted["incident_id"].gather(matches["planted"]),
            "target_id": planted["target_id"].gather(matches["planted"]),
        }
    )
    behind = truth.join(scopes, on=("incident_id", "target_id"), how="inner").select("scope", "agency_id", right_controller="controller_id")
    behind = behind.with_columns(involved=pl.lit(value=True))
    flag = (pl.col("q_value") < level) & (pl.col("odds_ratio") > 1)
    tested = findings.with_columns(flagged=flag.fill_null(value=False)).join(behind, on=("scope", "agency_id"), how="left")
    tested = tested.with_columns(pl.col("involved").fill_null(value=False))
    ours = tested.filter(pl.col("scope").is_in(pileons["pileon_id"].implode()))
    flagged, uninvolved = ours.filter("flagged"), ours.filter(~pl.col("involved"))
    hits = flagged.filter("involved")
    return AgencyMetrics(
        level=level,
        planted=len(truth),
        recall=_over(len(hits), len(truth)),
        recall_of_detected=_over(len(hits), len(behind)),
        precision=_over(len(hits), len(flagged)),
        flagged=len(flagged),
        false_flag_rate=_over(int(uninvolved["flagged"].sum()), len(uninvolved)),
        pileons_with_false_flag=_over(uninvolved.filter("flagged")["scope"].n_unique(), ours["scope"].n_unique()),
        controller=_over(int((hits["controller_id"] == hits["right_controller"]).fill_null(value=False).sum()), len(hits)),
        campaign_precision=_campaigns(tested, campaigns, behind),
    )


def _over(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _campaigns(tested: pl.DataFrame, campaigns: pl.DataFrame, behind: pl.DataFrame) -> float:
    within = campaigns.select("campaign_id", scope="pileons").explode("scope")
    right = within.join(behind, on="scope", how="inner").select(scope="campaign_id", agency_id="agency_id").unique()
    flagged = tested.filter(pl.col("flagged") & pl.col("scope").is_in(campaigns["campaign_id"].implode()))
    return _over(len(flagged.join(right, on=("scope", "agency_id"), how="semi")), len(flagged))

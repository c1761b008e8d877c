"""All figures of one run against one simulated world."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from graphwatch.evaluate.agencies import AgencyMetrics
from graphwatch.evaluate.alerts import AlertMetrics
from graphwatch.evaluate.pileons import PileonMetrics
from graphwatch.evaluate.tracing import TracingMetrics

Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures per stage; the alerts table and each warning method has its own.

    ``rows`` is for people, ``to_dict`` for programs.
    """

    pileons: PileonMetrics
    tracing: TracingMetrics
    agencies: AgencyMetrics
    alerts: tuple[AlertMetrics, ...]

    def to_dict(self) -> dict[str, object]:
        """Give all figures as plain values for JSON; what could not be computed is None."""
        stages: dict[str, object] = {
            "pileons": asdict(self.pileons),
            "tracing": asdict(self.tracing),
            "agencies": asdict(self.agencies),
            "alerts": {one.method: {k: v for k, v in asdict(one).items() if k != "method"} for one in self.alerts},
        }
        plain = _plain(stages)
        return plain if isinstance(plain, dict) else {}

    def rows(self) -> list[Row]:
        """Give (stage, figure, value, meaning) for a table, the headline figures first in each stage."""
        return [*self._pileon_rows(), *self._tracing_rows(), *self._agency_rows(), *self._alert_rows()]

    def _pileon_rows(self) -> Iterator[Row]:
        m, stage = self.pileons, "pile-ons"
        yield stage, "precision", _share(m.precision), f"of {m.detected} pile-ons called attack, planted attacks (headline)"
        yield stage, "recall", _share(m.recall), f"of {m.planted} planted attacks, called attack (headline)"
        yield stage, "found", _share(m.found), "of the planted attacks, detected under any nature"
        yield (
            stage,
            "hard negatives called attack",
            _share(m.negatives_called_attack),
            "of the planted bursts that are no attack; lower is better",
        )
        yield stage, "precision, any nature", _share(m.any_precision), "of all pile-ons, planted bursts; ordinary surges count against it"
        yield stage, "recall, any nature", _share(m.any_recall), "of all planted bursts, detected"
        yield stage, "split", str(m.split), "pile-ons that meet a planted burst which another one matches better"
        yield stage, "onset error, median", _minutes(m.onset_error_median_min), "of attacks called attack; lower is better"
        yield stage, "onset error, 90 %", _minutes(m.onset_error_p90_min), "nine of ten are at most so far off"
        yield stage, "onset bias", _minutes(m.onset_bias_min), "median of detected minus planted; positive: late"
        yield stage, "nature macro-F1", _share(m.nature_macro_f1), "over matched pairs: " + _list(m.nature_f1)
        for nature, called in m.confusion.items():
            counts = ", ".join(f"{count} {name}" for name, count in called.items() if count)
            yield stage, f"planted {nature}", str(sum(called.values())), f"called {counts}" if counts else "none"

    def _tracing_rows(self) -> Iterator[Row]:
        m, stage = self.tracing, "tracing"
        yield stage, "originator MRR", _share(m.mrr), f"by credit, over {m.traced} of {m.planted} attacks with planted originators"
        for k, value in m.recall_at.items():
            told = f"a planted originator among the first {k} by credit; undetected attacks as missed: {_share(m.recall_at_of_all[k])}"
            yield stage, f"originator recall@{k}", _share(value), told
        yield stage, "role macro-F1", _share(m.role_macro_f1), f"primary role of {m.accounts} accounts: " + _list(m.role_f1)
        yield stage, "initiators right", _share(m.initiator_is_originator), "of the members called initiator, planted originators"
        yield stage, "accounts covered", _share(m.coverage), "of the accounts of detected attacks, members of the pile-on"

    def _agency_rows(self) -> Iterator[Row]:
        m, stage = self.agencies, "agencies"
        yield stage, "recall", _share(m.recall), f"of {m.planted} agencies behind planted attacks, flagged at q < {m.level:g}"
        yield stage, "precision", _share(m.precision), f"of {m.flagged} flagged pairs (pile-on, agency), planted"
        yield stage, "false flags", _share(m.false_flag_rate), "of the tested pairs of uninvolved agencies; lower is better"
        yield stage, "pile-ons with a false flag", _share(m.pileons_with_false_flag), "of the pile-ons with any test; lower is better"
        yield stage, "controller right", _share(m.controller), "of the planted agencies that were flagged"
        yield stage, "campaign precision", _share(m.campaign_precision), "of the flagged pairs (campaign, agency)"

    def _alert_rows(self) -> Iterator[Row]:
        for m in self.alerts:
            stage = "alerts" if m.method == "alerts" else f"warning: {m.method}"
            yield stage, "recall", _share(m.recall), f"of {m.attacks} large attacks, warned of; {m.alerts} alert episodes"
            yield (
                stage,
                "false per 1,000 target-days",
                _number(m.false_per_1000),
                "alerts without an attack running or near; lower is better",
            )
            yield stage, "lead time", _hours(m.lead_h), "median of onset minus first alert; negative: after the first act"
            yield (
                stage,
                "before the peak",
                _hours(m.before_peak_h),
                f"median; warned before the peak: {_share(m.before_peak_share)} of the attacks",
            )
            if not math.isnan(m.auprc):
                yield stage, "AUPRC", _share(m.auprc), f"over quarter-hours; chance gives {m.prevalence:.4f}"
            if not math.isnan(m.brier):
                yield stage, "Brier score", _number(m.brier), "mean squared error of the probability; lower is better"
                yield stage, "calibration error", _number(m.ece), "expected; lower is better"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"


def _minutes(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f} min"


def _hours(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f} h"


def _list(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {_share(score)}" for name, score in scores.items())

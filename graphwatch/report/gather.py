"""From a run's result to what the report shows: chosen, ordered, and with pseudonyms for every account."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Final, Protocol

import numpy as np
import polars as pl

from graphwatch.attribute import Attribution
from graphwatch.load.rejected import count_rows
from graphwatch.model import I64, Events, Pileons
from graphwatch.report.beside import gather_beside
from graphwatch.report.causes import resolve_causes
from graphwatch.report.content import PileonDetail, ReportContent
from graphwatch.report.details import Source, evidence_lines, make_detail, shown_members
from graphwatch.report.overtime import profiles_shown
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import LEVELS
from graphwatch.settings import Settings
from graphwatch.trace import Trace
from graphwatch.warn import Warnings

_LIBRARIES: Final = ("graphwatch", "numpy", "numba", "polars", "pandas", "scipy", "igraph", "altair")
_FOR_COMPARISON: Final = 5
_NATURE_ORDER: Final = {"attack": 0, "criticism": 1, "attention": 2}


class Findings(Protocol):
    """What a report is made of: the result of a run, see :class:`graphwatch.result.Result`."""

    @property
    def events(self) -> Events:
        """Interactions as arrays."""
        ...

    @property
    def detected(self) -> Pileons:
        """Pile-ons with the rows that make them up."""
        ...

    @property
    def trace(self) -> Trace:
        """Causes and fits."""
        ...

    @property
    def attribution(self) -> Attribution:
        """Agencies and controllers."""
        ...

    @property
    def warnings(self) -> Warnings:
        """Alerts and the model that gave them."""
        ...

    @property
    def frames(self) -> Mapping[str, pl.DataFrame]:
        """Result tables by name."""
        ...

    @property
    def settings(self) -> Settings:
        """Settings of the run."""
        ...

    @property
    def missing(self) -> tuple[str, ...]:
        """Inputs that were not there, in words."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows read, orphans and so on."""
        ...

    @property
    def rejected(self) -> pl.DataFrame | None:
        """Rows that were set aside."""
        ...


def gather(result: Findings, pseudonyms: Pseudonyms) -> ReportContent:
    """Choose and order what the report shows.

    Parameters
    ----------
    result
        Result of a run.
    pseudonyms
        Put in the place of every account and interaction id.

    Returns
    -------
    ReportContent
        Pile-ons by strength of evidence: natures in the order attack, criticism, attention, then by scan statistic.
    """
    frames, settings, events = result.frames, result.settings, result.events
    ranked = _by_evidence(frames["pileons"])
    at = events.at
    names = pseudonyms.series
    alerts = frames["alerts"].with_columns(rank=pl.col("level").replace_strict({v: i for i, v in enumerate(LEVELS)}, default=-1))
    alerts = alerts.sort("rank", "probability", "at", "alert_id", descending=[True, True, False, False]).drop("rank")
    cascades = frames["cascades"].sort("size", "root_id", descending=[True, False]).head(10)
    over_time = profiles_shown(frames, (int(at[0]), int(at[-1])) if len(at) else None, pseudonyms, settings.attribute.fdr)
    agencies = _with_details(frames["agencies"], frames["agency_details"]).sort("q_value", "p_value", "scope", "agency_id")
    listed = agencies.head(worth_listing(agencies, settings.attribute.fdr, settings.report.table_rows))
    return ReportContent(
        counts=_counts(result),
        period=(int(at[0]), int(at[-1])) if len(at) else None,
        pileons=ranked.drop("row").with_columns(names(ranked["target_id"])),
        details=_details(result, ranked, pseudonyms),
        campaigns=_campaigns(frames["campaigns"], pseudonyms),
        agencies=agencies,
        controllers=result.attribution.controllers.sort("q_value", "p_value", "scope", "controller_id"),
        all_counted=result.attribution.all_counted,
        alerts=alerts.head(settings.report.table_rows).with_columns(names(alerts.head(settings.report.table_rows)["target_id"])),
        cascades=cascades.with_columns(names(cascades["root_id"], "interaction"), names(cascades["root_actor_id"])),
        coaction_groups=frames["coaction_groups"].sort("accounts", "group_id", descending=[True, False]),
        volume_only=result.detected.volume_only,
        missing=result.missing,
        notes=result.attribution.notes,
        fdr=settings.attribute.fdr,
        seed=settings.seed,
        settings_digest=settings.digest(),
        model_version=result.warnings.model_version,
        versions={name: metadata.version(name) for name in _LIBRARIES},
        key_id=pseudonyms.key_id,
        key_warning=pseudonyms.warning,
        table_sizes={name: len(frame) for name, frame in frames.items()},
        accounts=over_time.accounts,
        account_months=over_time.months,
        agency_profiles=over_time.agencies,
        beside=gather_beside(frames, listed, pseudonyms, settings.report.table_rows, settings.report.accounts_shown),
    )


def _by_evidence(pileons: pl.DataFrame) -> pl.DataFrame:
    order = pl.col("nature").replace_strict(_NATURE_ORDER, default=3, return_dtype=pl.Int8)
    rows = pileons.with_row_index("row").with_columns(order=order)
    keys = ["order", "log_likelihood_ratio", "pileon_id"]
    return rows.sort(keys, descending=[False, True, False], nulls_last=True).drop("order")


def _counts(result: Findings) -> dict[str, int]:
    events = result.events
    unknown = int(np.isnan(events.hostility).sum())
    rejected = 0 if result.rejected is None else count_rows(result.rejected)
    own = {"interactions": len(events), "accounts": len(events.accounts), "rejected rows": rejected, "without hostility": unknown}
    told = {*own, "rejected"}
    return own | {name.replace("_", " "): n for name, n in sorted(result.counts.items()) if n and name not in told}


def _details(result: Findings, ranked: pl.DataFrame, pseudonyms: Pseudonyms) -> tuple[PileonDetail, ...]:
    chosen = ranked.head(result.settings.report.detailed)
    ids = chosen["pileon_id"]
    members = result.frames["members"].filter(pl.col("pileon_id").is_in(ids.implode()))
    edges = result.trace.edges.filter(pl.col("pileon_id").is_in(ids.implode()))
    shown = shown_members(members, result.settings.report.accounts_shown)
    source = Source(
        events=result.events,
        hostile=result.events.hostile(result.settings.detect.hostile_at),
        pileons=result.detected,
        members=_by_pileon(members),
        shown=_by_pileon(shown),
        lines=evidence_lines(result.events, shown, pseudonyms),
        causes=resolve_causes(result.events, edges),
        fits=result.trace.fits,
        agencies=_with_details(result.frames["agencies"], result.frames["agency_details"]),
        on_target=_on_targets(result.events, result.detected, chosen["row"].to_numpy().astype(np.int64)),
        pseudonyms=pseudonyms,
        settings=result.settings,
        origins=result.frames["origins"].filter(pl.col("pileon_id").is_in(ids.implode())),
        chains=result.frames["origin_chains"].filter(pl.col("pileon_id").is_in(ids.implode())),
        frames=result.frames,
        role_evidence=_by_pileon(_of_roles(result.frames["role_evidence"], shown)),
    )
    return tuple(make_detail(source, row) for row in chosen["row"].to_list())


def _by_pileon(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key): part for (key,), part in frame.partition_by("pileon_id", as_dict=True, maintain_order=True).items()}


def _on_targets(events: Events, pileons: Pileons, chosen: I64) -> dict[int, I64]:
    """Rows of all interactions on the targets of the chosen pile-ons, by target, ascending."""
    targets = np.unique(pileons.target[chosen])
    wanted = np.zeros(len(events.accounts), bool)
    wanted[targets] = True
    hits = np.flatnonzero(wanted[events.targets.values])
    rows = np.searchsorted(events.targets.start, hits, side="right") - 1
    whom = events.targets.values[hits]
    order = np.argsort(whom, kind="stable")
    starts = np.searchsorted(whom[order], np.append(targets, len(events.accounts)))
    return {int(t): rows[order[starts[i] : starts[i + 1]]] for i, t in enumerate(targets)}


def _campaigns(campaigns: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    named = [pseudonyms.series(targets).to_list() for targets in campaigns["targets"]]
    targets = pl.Series("targets", named, dtype=pl.List(pl.String))
    return campaigns.with_columns(targets).sort("first_at", "campaign_id")


def _with_details(agencies: pl.DataFrame, details: pl.DataFrame) -> pl.DataFrame:
    """Put beside each agency's row what it rests on; null where nothing is told."""
    return agencies.join(details, on=["scope", "agency_id"], how="left", maintain_order="left")


def _of_roles(evidence: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Keep what the roles rest on that are given to the accounts listed."""
    given = evidence.filter(pl.col("given")).join(shown, on=["pileon_id", "actor_id"], how="semi", maintain_order="left")
    return given.sort("pileon_id", "actor_id", "role")


def worth_listing(findings: pl.DataFrame, fdr: float, most: int) -> int:
    """Count the rows to list, the table being sorted by q: all findings and a few others beside them; nobody is listed for nothing."""
    return min(most, int((findings["q_value"] < fdr).sum()) + _FOR_COMPARISON)

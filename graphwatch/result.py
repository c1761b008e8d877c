"""What a run found: tables for pandas, and one pile-on at a time with its chart and its network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

import igraph
import numpy as np
import polars as pl

from graphwatch.attribute import Attribution
from graphwatch.detect import Cascades, Coactions
from graphwatch.graph.projections import account_graph
from graphwatch.model import I32, Events, Pileons
from graphwatch.schema import TIMESTAMP
from graphwatch.settings import Settings
from graphwatch.trace import Trace
from graphwatch.warn import Warnings

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """All that one run found.

    The tables are properties that give pandas frames with the columns of :mod:`graphwatch.schema`; ``frames`` holds the same as polars.
    Nothing here is a verdict: roles, credits and agencies are findings with an uncertainty, for a person to review.

    Attributes
    ----------
    frames
        Result tables by name.
    missing
        In words: inputs that were not there, and what could therefore not be judged.
    counts
        Rows read, rejected, orphans and so on.
    seconds
        Wall time of each stage.
    rejected
        Rows that were set aside, with file, line, field and reason.
    input_warnings
        Values of side tables that look wrong and were kept, with file, line, field, value and reason.
    """

    events: Events
    detected: Pileons
    cascade_trees: Cascades
    coaction_network: Coactions
    trace: Trace
    attribution: Attribution
    warnings: Warnings
    frames: Mapping[str, pl.DataFrame]
    settings: Settings
    missing: tuple[str, ...]
    counts: Mapping[str, int]
    seconds: Mapping[str, float]
    rejected: pl.DataFrame | None = None
    input_warnings: pl.DataFrame | None = None

    @property
    def pileons(self) -> pd.DataFrame:
        """Bursts of many accounts on one target."""
        return self.frames["pileons"].to_pandas()

    @property
    def object_pileons(self) -> pd.DataFrame:
        """Bursts on hashtags, topics, links, media and threads that are nobody's."""
        return self.frames["object_pileons"].to_pandas()

    @property
    def surface_pileons(self) -> pd.DataFrame:
        """Hostile bursts on one account on one surface."""
        return self.frames["surface_pileons"].to_pandas()

    @property
    def pileon_statistics(self) -> pd.DataFrame:
        """What kind of crowd each pile-on is."""
        return self.frames["pileon_statistics"].to_pandas()

    @property
    def members(self) -> pd.DataFrame:
        """Accounts of each pile-on with role, credit and evidence."""
        return self.frames["members"].to_pandas()

    @property
    def cascades(self) -> pd.DataFrame:
        """Trees of interactions."""
        return self.frames["cascades"].to_pandas()

    @property
    def coactions(self) -> pd.DataFrame:
        """Pairs of accounts that act together beyond chance."""
        return self.frames["coactions"].to_pandas()

    @property
    def coaction_evidence(self) -> pd.DataFrame:
        """Who of each co-acting pair comes first, and the interactions that it rests on."""
        return self.frames["coaction_evidence"].to_pandas()

    @property
    def coaction_groups(self) -> pd.DataFrame:
        """Groups of co-acting accounts with their stability."""
        return self.frames["coaction_groups"].to_pandas()

    @property
    def prior_coactions(self) -> pd.DataFrame:
        """Whether the accounts of each pile-on acted together before it."""
        return self.frames["prior_coactions"].to_pandas()

    @property
    def campaigns(self) -> pd.DataFrame:
        """Linked pile-ons."""
        return self.frames["campaigns"].to_pandas()

    @property
    def campaign_accounts(self) -> pd.DataFrame:
        """Accounts that are hostile in at least two pile-ons of a campaign."""
        return self.frames["campaign_accounts"].to_pandas()

    @property
    def agencies(self) -> pd.DataFrame:
        """Agencies against their base rate."""
        return self.frames["agencies"].to_pandas()

    @property
    def agency_details(self) -> pd.DataFrame:
        """What each row of ``agencies`` rests on; ``agency_controllers``, ``agency_contracts`` and ``agency_links`` are in ``frames``."""
        return self.frames["agency_details"].to_pandas()

    @property
    def alerts(self) -> pd.DataFrame:
        """Early warnings."""
        return self.frames["alerts"].to_pandas()

    @property
    def affiliation_candidates(self) -> pd.DataFrame:
        """Accounts that have the name of a roster row without an account id; no affiliations."""
        return self.frames["affiliation_candidates"].to_pandas()

    @property
    def origins(self) -> pd.DataFrame:
        """Earliest acts from which each pile-on can have come; ``origin_chains`` and ``origin_links`` are in ``frames``."""
        return self.frames["origins"].to_pandas()

    @property
    def span(self) -> tuple[datetime, datetime] | tuple[None, None]:
        """Times of the first and the last interaction; None: there is none."""
        if not len(self.events):
            return None, None
        first, last = pl.Series(self.events.at[[0, -1]]).cast(TIMESTAMP).to_list()
        return first, last

    def pileon(self, pileon_id: str) -> PileonView:
        """Give one pile-on by its id; raise ``KeyError`` when there is none of that id."""
        ids = self.frames["pileons"]["pileon_id"].to_list()
        if pileon_id not in ids:
            raise KeyError(f"no pile-on {pileon_id!r}; there are {len(ids)}, see result.pileons")
        return PileonView(self, ids.index(pileon_id))

    def __repr__(self) -> str:
        return f"Result({self._told()})"

    def _repr_html_(self) -> str:
        return f"<p><b>graphwatch</b>: {self._told()}.</p>"

    def _told(self) -> str:
        counts = self.frames["pileons"].group_by("nature").len().sort("nature")
        told = ", ".join(f"{n} {nature}" for nature, n in counts.iter_rows()) or "none"
        return f"{len(self.events):,} interactions; pile-ons: {told}; alerts: {len(self.frames['alerts'])}"


@dataclass(frozen=True, slots=True)
class PileonView:
    """One pile-on of a result."""

    result: Result = field(repr=False)
    index: int

    @property
    def facts(self) -> dict[str, object]:
        """The row of the ``pileons`` table."""
        return self.result.frames["pileons"].row(self.index, named=True)

    @property
    def rows(self) -> I32:
        """Rows of ``result.events`` that make it up."""
        return self.result.detected.rows.row(self.index)

    @property
    def notes(self) -> tuple[str, ...]:
        """What its nature rests on, in words, and what a reader must know of the branching model's fit."""
        notes = self.result.detected.notes[self.index] if self.result.detected.notes else ()
        fit = self.result.trace.fits.filter(pl.col("pileon_id") == self.facts["pileon_id"])
        return tuple(dict.fromkeys([*notes, *(fit["notes"][0] if len(fit) else ())]))

    @property
    def members(self) -> pd.DataFrame:
        """Its rows of the ``members`` table, highest credit first."""
        members = self.result.frames["members"].filter(pl.col("pileon_id") == self.facts["pileon_id"])
        return members.sort("credit", "actor_id", descending=[True, False]).to_pandas()

    def timeline(self) -> alt.LayerChart:
        """Draw its interactions over time with onset, peak and end, hostile ones apart."""
        events, rows = self.result.events, self.rows
        hostile = events.hostile(self.result.settings.detect.hostile_at)[rows]
        onset, peak, end = (np.int64(times[self.index]) for times in (self._detected.onset, self._detected.peak, self._detected.end))
        charts = import_module("graphwatch.report.charts")  # a run and its report do without altair
        times = {"onset": int(onset), "peak": int(peak), "end": int(end)}
        chart: alt.LayerChart = charts.timeline_chart(events.at[rows], hostile, **times, expected=self._expected)
        return chart

    def network(self) -> igraph.Graph:
        """Give the directed graph of who acted on whom within it, with counts on the edges."""
        return account_graph(self.result.events, self.rows)

    @property
    def _expected(self) -> float:
        return float(self.result.frames["pileons"]["expected"][self.index])

    @property
    def _detected(self) -> Pileons:
        return self.result.detected

"""Small result and truth tables, written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from graphwatch.schema import AGENCY_FINDINGS, CAMPAIGNS, MEMBERS, PILEONS, TRUTH_AGENCIES, TRUTH_PILEONS, TRUTH_ROLES, Table

START = datetime(2025, 3, 3, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def found(rows: Sequence[tuple[str, str, float, float, str]]) -> pl.DataFrame:
    """Pile-ons from (id, target, onset, end, nature), hours."""
    timed = [(name, target, at(onset), at(end), nature) for name, target, onset, end, nature in rows]
    return _frame(PILEONS, ("pileon_id", "target_id", "onset", "end", "nature"), timed)


def planted(rows: Sequence[tuple[str, str, float, float, str, str]]) -> pl.DataFrame:
    """Planted bursts from (incident, target, onset, end, nature, scenario), hours."""
    timed = [(name, target, at(onset), at(end), nature, scenario) for name, target, onset, end, nature, scenario in rows]
    return _frame(TRUTH_PILEONS, ("incident_id", "target_id", "onset", "end", "nature", "scenario"), timed)


def members(rows: Sequence[tuple[str, str, str, float]]) -> pl.DataFrame:
    """Members from (pile-on, actor, role, credit)."""
    return _frame(MEMBERS, ("pileon_id", "actor_id", "role", "credit"), rows)


def roles(rows: Sequence[tuple[str, str, str, str, bool]]) -> pl.DataFrame:
    """Planted roles from (incident, target, actor, role, originator)."""
    return _frame(TRUTH_ROLES, ("incident_id", "target_id", "actor_id", "role", "originator"), rows)


def agencies(rows: Sequence[tuple[str, str, float, float, str]]) -> pl.DataFrame:
    """Agency findings from (scope, agency, q, odds ratio, controller)."""
    return _frame(AGENCY_FINDINGS, ("scope", "agency_id", "q_value", "odds_ratio", "controller_id"), rows)


def behind(rows: Sequence[tuple[str, str, str, str]]) -> pl.DataFrame:
    """Planted agencies from (incident, target, agency, controller)."""
    return _frame(TRUTH_AGENCIES, ("incident_id", "target_id", "agency_id", "controller_id"), rows)


def campaigns(rows: Sequence[tuple[str, list[str]]]) -> pl.DataFrame:
    """Campaigns from (id, pile-ons)."""
    return _frame(CAMPAIGNS, ("campaign_id", "pileons"), rows)


def _frame(table: Table, names: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    return table.conform(pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows], {name: table.dtypes[name] for name in names}))

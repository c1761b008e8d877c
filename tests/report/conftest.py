"""A small result to report on, with every free string of the caller's choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from graphwatch.attribute import Attribution, attribute_agencies
from graphwatch.graph.encode import encode, look_up
from graphwatch.model import Events, Lists, Pileons
from graphwatch.review.pseudonyms import Pseudonyms
from graphwatch.schema import AFFILIATIONS, AGENCIES, INTERACTIONS, MEMBERS, OWNERSHIP, PILEONS, RESULTS
from graphwatch.settings import ReportSettings, Settings
from graphwatch.trace import Trace
from graphwatch.warn import Warnings

START = datetime(2024, 3, 1, tzinfo=UTC)
EDGES = {"pileon_id": pl.String(), "child": pl.String(), "parent": pl.String(), "relation": pl.String(), "probability": pl.Float64()}


@dataclass(frozen=True)
class Made:
    """The parts of a result that the report reads."""

    events: Events
    detected: Pileons
    trace: Trace
    attribution: Attribution
    warnings: Warnings
    frames: Mapping[str, pl.DataFrame]
    settings: Settings
    missing: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    rejected: pl.DataFrame | None = None


def make(
    text: str = "word", *, pileons: int = 2, accounts: int = 30, settings: ReportSettings | None = None, hostility: bool = True
) -> Made:
    """Plant ``pileons`` bursts of ``accounts`` accounts each; ``text`` stands in every place that holds words of the data."""
    rows = []
    for k in range(pileons):
        for i in range(accounts):
            at = START + timedelta(days=k, minutes=2 * i)
            parent = None if i < 3 else f"act{k}:{text}:{i % 3}"
            rows.append((f"act{k}:{text}:{i}", at, f"who:{text}:{i}", "comment", [f"aim{k}:{text}"], parent, 0.9 if i % 2 else 0.1))
    names = ["interaction_id", "at", "actor_id", "kind", "target_ids", "parent_id", "hostility"]
    frame = pl.DataFrame(rows, schema={n: INTERACTIONS.dtypes[n] for n in names}, orient="row")
    events = encode(frame if hostility else frame.drop("hostility"))
    detected = _pileons(events, text, pileons, accounts, hostility)
    members = _members(text, pileons, accounts)
    edges = [(f"p-{k}", f"act{k}:{text}:{i}", f"act{k}:{text}:{i % 3}", "parent", 1.0) for k in range(pileons) for i in range(3, accounts)]
    chosen = Settings() if settings is None else Settings(report=settings)
    attribution = _attribution(events, detected, members, text, chosen)
    frames = {name: table.empty() for name, table in RESULTS.items()}
    frames |= {"pileons": detected.frame, "members": attribution.members, "agencies": attribution.findings}
    frames |= _others(text, pileons) | _beside(text, pileons, attribution.findings)
    fits = pl.DataFrame({"pileon_id": [f"p-{k}" for k in range(pileons)], "branching_ratio": [0.7] * pileons, "notes": [[text]] * pileons})
    return Made(
        events=events,
        detected=detected,
        trace=Trace(members, fits, pl.DataFrame(edges, schema=EDGES, orient="row")),
        attribution=attribution,
        warnings=Warnings(frames["alerts"], pl.DataFrame(), text),
        frames=frames,
        settings=chosen,
        missing=(text,),
        counts={text: 3},
    )


def _pileons(events: Events, text: str, pileons: int, accounts: int, hostility: bool) -> Pileons:
    natures = ("attack", "criticism", "attention")
    rows = [
        {
            "pileon_id": f"p-{k}",
            "target_id": f"aim{k}:{text}",
            "onset": START + timedelta(days=k),
            "peak": START + timedelta(days=k, minutes=accounts),
            "end": START + timedelta(days=k, minutes=2 * accounts - 2),
            "interactions": accounts,
            "hostile": accounts // 2,
            "actors": accounts,
            "hostile_actors": accounts // 2,
            "newcomers": accounts,
            "expected": 1.5,
            "log_likelihood_ratio": 10.0 - k,
            "p_value": 1e-6,
            "q_value": 1e-5,
            "nature": natures[k % 3],
            "nature_probability": 0.9,
            "campaign_id": text,
            "surfaces": [text],
            "top_categories": [text],
        }
        for k in range(pileons)
    ]
    frame = PILEONS.conform(pl.DataFrame(rows, infer_schema_length=None)) if rows else PILEONS.empty()
    onset, peak, end = (frame[name].to_physical().to_numpy() for name in ("onset", "peak", "end"))
    inside = np.arange(pileons * accounts, dtype=np.int32)
    starts = np.arange(pileons + 1, dtype=np.int64) * accounts
    target = look_up(frame["target_id"], events.accounts)
    return Pileons(frame, target, onset, peak, end, Lists(starts, inside), not hostility, tuple((text,) for _ in rows))


def _members(text: str, pileons: int, accounts: int) -> pl.DataFrame:
    rows = [
        {
            "pileon_id": f"p-{k}",
            "actor_id": f"who:{text}:{i}",
            "interactions": 1,
            "hostile": i % 2,
            "first_at": START + timedelta(days=k, minutes=2 * i),
            "role": role,
            "roles": [role],
            "role_probability": 0.8,
            "credit": 1 / (i + 2),
            "credit_low": 0.5 / (i + 2),
            "credit_high": min(1.0, 1.5 / (i + 2)),
            "newcomer": True,
            "evidence": [f"act{k}:{text}:{i}"],
        }
        for k in range(pileons)
        for i, role in enumerate(("initiator", "inciter", "repeat_offender", *["follower"] * (accounts - 3)))
    ]
    return MEMBERS.conform(pl.DataFrame(rows, infer_schema_length=None)) if rows else MEMBERS.empty()


def _attribution(events: Events, detected: Pileons, members: pl.DataFrame, text: str, settings: Settings) -> Attribution:
    if members.is_empty():
        return Attribution.nothing(members, text)
    roster = [(f"who:{text}:{i}", f"agency{i % 2}:{text}") for i in range(12)]
    affiliations = AFFILIATIONS.conform(pl.DataFrame(roster, schema=["account_id", "agency_id"], orient="row"))
    agencies = pl.DataFrame({"agency_id": [f"agency{i}:{text}" for i in range(2)], "company_id": [f"firm{i}:{text}" for i in range(2)]})
    owners = [(f"top:{text}", f"firm{i}:{text}", 0.9) for i in range(2)]
    ownership = OWNERSHIP.conform(pl.DataFrame(owners, schema=["owner_id", "owned_id", "share"], orient="row"))
    return attribute_agencies(events, detected, members, affiliations, AGENCIES.conform(agencies), ownership, settings.attribute, 0)


def _others(text: str, pileons: int) -> dict[str, pl.DataFrame]:
    if not pileons:
        return {}
    alert = {"alert_id": "a", "target_id": f"aim0:{text}", "at": START, "horizon_s": 3600.0, "probability": 0.7, "level": "critical"}
    alert |= {"state": "open", "reasons": [text, text], "missing_features": [text], "expected_final": 40.0, "model_version": text}
    cascade = {"root_id": f"act0:{text}:0", "root_actor_id": f"who:{text}:0", "started": START, "size": 9, "depth": 2, "max_breadth": 4}
    cascade |= {"structural_virality": 1.5, "duration_s": 60.0, "actors": 5, "inferred_edges": 0}
    pair = {"a": f"who:{text}:0", "b": f"who:{text}:1", "weight": 4, "objects": 2, "first_at": START, "last_at": START, "group_id": text}
    campaign = {"campaign_id": text, "pileons": ["p-0"], "targets": [f"aim0:{text}"], "actors": 3, "first_at": START, "last_at": START}
    campaign |= {"link_reasons": [text]}
    rows = {"alerts": alert, "cascades": cascade, "coactions": pair, "campaigns": campaign}
    return {name: RESULTS[name].conform(pl.DataFrame([row])) for name, row in rows.items()}


def _beside(text: str, pileons: int, agencies: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Fill the tables that stand beside the findings, two campaign accounts and two of everything else that is listed."""
    if not pileons:
        return {}
    burst: dict[str, object] = {
        "onset": START,
        "peak": START,
        "end": START + timedelta(hours=2),
        "interactions": 30,
        "hostile": 9,
        "actors": 20,
    }
    burst |= {"hostile_actors": 7, "newcomers": 3, "expected": 1.5, "log_likelihood_ratio": 9.0, "q_value": 0.01, "nature_probability": 0.8}
    things = [
        {"object_pileon_id": f"o-{k}", "object": f"tag:thing{k}:{text}", "nature": n, **burst}
        for k, n in enumerate(("attention", "attack"))
    ]
    things = [{**row, "targets": [f"aim0:{text}"], "pileons": [f"p-{k}" for k in range(7)], "surfaces": [text]} for row in things]
    surfaces = [
        {"surface_pileon_id": f"s-{k}", "target_id": f"aim0:{text}", "surface": "feed", "pileon_id": of, "nature": "attack", **burst}
        for k, of in enumerate(("p-0", None))
    ]
    figures: dict[str, object] = {
        "pileon_id": "p-0",
        "newcomer_share": 0.91,
        "actor_entropy": 0.93,
        "hostile_share": 0.5,
        "mean_depth": 1.2,
        "max_depth": 4,
    }
    figures |= {"repost_share": 0.1, "repost_chain": 2, "private_share": 0.07, "copied_share": 0.2, "synchrony": 3.3, "mean_gap_s": 61.0}
    figures |= {"surfaces": 2, "platforms": 1}
    prior = {"pileon_id": "p-0", "accounts": 9, "controls": 180, "pairs": 17, "expected": 1.4, "p_value": 0.001, "q_value": 0.012}
    core = {"campaign_id": text, "pileons": ["p-0", "p-1"], "first_at": START, "last_at": START}
    cores = [{**core, "actor_id": f"who:{text}:{i}", "attacks": 2 + i, "hostile": 5} for i in range(2)]
    group = {"group_id": text, "accounts": 2, "pairs": 1, "weight": 4, "stability": 0.75, "first_at": START, "last_at": START}
    role: dict[str, object] = {
        "pileon_id": "p-0",
        "actor_id": f"who:{text}:0",
        "role": "initiator",
        "probability": 0.8,
        "given": True,
        "rule": text,
    }
    role |= {"descendants": 12.4, "descendants_needed": 3, "counter_evidence": [f"counter:{text}"]}
    rows = {"object_pileons": things, "surface_pileons": surfaces, "pileon_statistics": [figures], "prior_coactions": [prior]}
    rows |= {"campaign_accounts": cores, "coaction_groups": [group], "role_evidence": [role]}
    rows |= _beside_agencies(text, agencies)
    return {name: RESULTS[name].conform(pl.DataFrame(part, infer_schema_length=None)) for name, part in rows.items()}


def _beside_agencies(text: str, agencies: pl.DataFrame) -> dict[str, list[dict[str, object]]]:
    keys = [{"scope": scope, "agency_id": agency} for scope, agency in agencies.select("scope", "agency_id").iter_rows()]
    told: dict[str, object] = {
        "contracts_begun": 15,
        "contracts_ended": 4,
        "contracts_usual": 10.7,
        "synchrony_ratio": 2.5,
        "synchrony_q_value": 0.2,
    }
    told |= {"control_low": 0.6, "control_high": 0.9, "controllers": [text, text], "possible_controllers": [text], "weak_links": 1}
    contract: dict[str, object] = {"account_id": f"who:{text}:1", "change": "begins", "at": START, "days": -3.5, "counted": True}
    link: dict[str, object] = {
        "company_id": f"firm0:{text}",
        "other_company_id": text,
        "other_agency_id": text,
        "other_present": False,
        "kind": "address",
    }
    link |= {"value": f"street:{text}", "companies_sharing": 3, "source": text, "confidence": 0.5}
    candidate: dict[str, object] = {
        "account_id": f"who:{text}:2",
        "platform": text,
        "name": f"person:{text}",
        "roster_name": f"person:{text}",
        "agency_id": text,
    }
    candidate |= {"agency_name": text, "method": "close", "similarity": 0.9, "accounts_with_name": 2, "source": text}
    return {
        "agency_details": [key | told for key in keys],
        "agency_contracts": [key | contract for key in keys],
        "agency_links": [key | link for key in keys],
        "affiliation_candidates": [candidate],
    }


@pytest.fixture(name="make")
def make_fixture() -> Callable[..., Made]:
    return make


@pytest.fixture
def names() -> Pseudonyms:
    return Pseudonyms(b"a key for the tests only")

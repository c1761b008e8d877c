"""The main job as its own table of contents: each stage once, in the order in which the results need each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import polars as pl

from graphwatch.attribute import attribute_agencies
from graphwatch.content import fill_hostility
from graphwatch.detect import (
    campaign_accounts,
    describe_crowds,
    find_cascades,
    find_coactions,
    find_object_pileons,
    find_pileons,
    find_surface_bursts,
    gather_evidence,
    link_campaigns,
    pileon_coactions,
    with_near_texts,
    with_surface_pileons,
)
from graphwatch.graph.encode import encode
from graphwatch.graph.facts import with_account_facts
from graphwatch.graph.identities import person_codes, with_identities
from graphwatch.load import load_given, load_interactions
from graphwatch.model import DAY, Events, Pileons
from graphwatch.result import Result
from graphwatch.schema import ACCOUNTS, AFFILIATION_CANDIDATES, FOLLOWS, Table
from graphwatch.settings import Settings
from graphwatch.trace import Trace, trace_pileons
from graphwatch.trace.origins import Origins, find_accusations, find_origins, orphan_parents
from graphwatch.warn import score_targets

T = TypeVar("T")
Progress = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Tables:
    """What a run works on: validated input tables; those that were not given are None."""

    interactions: pl.LazyFrame
    accounts: pl.DataFrame | None = None
    follows: pl.DataFrame | None = None
    affiliations: pl.DataFrame | None = None
    agencies: pl.DataFrame | None = None
    ownership: pl.DataFrame | None = None
    identities: pl.DataFrame | None = None
    company_links: pl.DataFrame | None = None
    candidates: pl.DataFrame | None = None
    rejected: pl.DataFrame | None = None
    warnings: pl.DataFrame | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def missing(self) -> tuple[str, ...]:
        """Names of the optional tables that were not given."""
        given = {"accounts": self.accounts, "follows": self.follows, "affiliations": self.affiliations}
        given |= {"agencies": self.agencies, "ownership": self.ownership, "identities": self.identities}
        return tuple(name for name, table in given.items() if table is None)


class Clock:
    """Times each stage and tells a progress display about it."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress or (lambda _: nullcontext())
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what runs inside."""
        start = time.perf_counter()
        with self._progress(name):
            yield
        self.seconds[name] = round(time.perf_counter() - start, 3)

    def aside(self, pool: Executor, name: str, work: Callable[[], T]) -> Future[T]:
        """Start work that runs beside the stages; its seconds are its own, and overlap theirs."""

        def timed() -> T:
            start = time.perf_counter()
            result = work()
            self.seconds[name] = round(time.perf_counter() - start, 3)
            return result

        return pool.submit(timed)


def load_tables(
    paths: Sequence[Path],
    side: Mapping[str, Path],
    settings: Settings,
    *,
    format: str | None = None,  # noqa: A002
    mapping: Path | None = None,
    root: str | None = None,
    target: str | None = None,
    match: str | None = None,
) -> Tables:
    """Load interactions and the tables beside them; what the files themselves know of accounts and follows is added.

    Parameters
    ----------
    paths
        Files of interactions.
    side
        Name of an input table (``accounts``, ``follows``, …) → its file.
    format, mapping, root, target
        See :func:`graphwatch.load.load_interactions`.
    match
        See :func:`graphwatch.load.load_given`.

    Raises
    ------
    DataError
        A file is not what it claims to be; the message names file, line, field and what was expected.
    """
    loaded = load_interactions(paths, format=format, mapping=mapping, root=root, target=target, settings=settings.load)
    given = load_given(side, settings.load, match=match, interactions=loaded.interactions)
    frames = given.frames
    accounts = _both(ACCOUNTS, loaded.accounts, frames.get("accounts"))
    return Tables(
        interactions=loaded.interactions,
        accounts=accounts,
        follows=_both(FOLLOWS, loaded.follows, frames.get("follows")),
        affiliations=frames.get("affiliations"),
        agencies=frames.get("agencies"),
        ownership=frames.get("ownership"),
        identities=frames.get("identities"),
        company_links=frames.get("company_links"),
        candidates=given.candidates(accounts),
        rejected=pl.concat([loaded.rejected, given.rejected]),
        warnings=given.warnings,
        counts={**loaded.counts, **given.counts},
    )


def _both(table: Table, first: pl.DataFrame | None, second: pl.DataFrame | None) -> pl.DataFrame | None:
    frames = [table.conform(frame) for frame in (first, second) if frame is not None and len(frame)]
    return pl.concat(frames) if frames else second


def analyze_tables(tables: Tables, settings: Settings, clock: Clock | None = None) -> Result:
    """Run every stage on validated tables.

    Parameters
    ----------
    tables
        The inputs. Absent optional tables are named in the result's ``missing``.
    settings
        All settings, the seed among them.
    clock
        Times each stage and shows its progress; times of earlier stages are kept in it.

    Returns
    -------
    Result
        All result tables, and what the report needs.
    """
    clock = clock or Clock()
    with clock.stage("score texts"):
        interactions = fill_hostility(tables.interactions, settings.content)
        if settings.detect.coaction_near_text:
            interactions = with_near_texts(interactions, settings.detect.coaction_similarity)
    with clock.stage("build the graph"):
        events = encode(interactions)
        if tables.accounts is not None and len(tables.accounts):
            events = with_account_facts(events, tables.accounts)
        if tables.identities is not None and len(tables.identities):
            events = with_identities(events, tables.identities, settings.detect.identity_confidence)
    with ThreadPoolExecutor(1) as pool:
        return _find(tables, settings, clock, interactions, events, pool)


def _find(tables: Tables, settings: Settings, clock: Clock, interactions: pl.LazyFrame, events: Events, pool: Executor) -> Result:
    """Run the stages that rest on the arrays.

    What no other stage needs runs in ``pool``: nearly all of it are kernels that release the GIL, so a second core does it meanwhile.
    """
    seed = settings.seed
    on_surfaces = clock.aside(pool, "detect bursts on surfaces", partial(find_surface_bursts, events, settings.detect, seed))
    alarms = clock.aside(pool, "score early warnings", partial(score_targets, events, settings.warn, settings.detect, seed))
    with clock.stage("detect pile-ons"):
        pileons, surface_pileons = with_surface_pileons(
            events, find_pileons(events, settings.detect, seed), on_surfaces.result(), settings.detect
        )
    on_objects = clock.aside(pool, "detect bursts on objects", partial(find_object_pileons, events, pileons, settings.detect, seed))
    with clock.stage("detect cascades"):
        cascades = find_cascades(events, gather_evidence(interactions, events, tables.accounts, tables.follows))
        crowds = describe_crowds(events, pileons, cascades)
    with clock.stage("detect co-action"):
        coactions = find_coactions(events, settings.detect, seed)
        prior = pileon_coactions(events, pileons, settings.detect, seed)
    with clock.stage("link campaigns"):
        pileons, campaigns = link_campaigns(events, pileons, coactions, settings.detect, tables.affiliations)
    with clock.stage("trace originators"):
        trace = trace_pileons(events, pileons, tables.follows, settings.trace, seed, tables.accounts)
    with clock.stage("look for origins"):
        origins = _origins(interactions, events, pileons, trace, tables, settings)
    with clock.stage("attribute agencies"):
        attribution = attribute_agencies(
            events,
            pileons,
            trace.members,
            tables.affiliations,
            tables.agencies,
            tables.ownership,
            settings.attribute,
            seed,
            tables.company_links,
        )
    with clock.stage("finish early warnings and bursts on objects"):
        warnings, object_pileons = alarms.result(), on_objects.result()
    return Result(
        events=events,
        detected=pileons,
        cascade_trees=cascades,
        coaction_network=coactions,
        trace=trace,
        attribution=attribution,
        warnings=warnings,
        frames={
            "pileons": pileons.frame,
            "object_pileons": object_pileons,
            "surface_pileons": surface_pileons,
            "pileon_statistics": crowds,
            "members": attribution.members,
            "role_evidence": trace.role_evidence,
            "trace_fits": trace.fits,
            "cascades": cascades.frame,
            "coactions": coactions.frame,
            "coaction_evidence": coactions.evidence,
            "coaction_groups": coactions.group_table,
            "prior_coactions": prior,
            "campaigns": campaigns,
            "campaign_accounts": campaign_accounts(events, pileons),
            "agencies": attribution.findings,
            "agency_details": attribution.details,
            "agency_controllers": attribution.controllers,
            "agency_contracts": attribution.contracts,
            "agency_links": attribution.links,
            "alerts": warnings.alerts,
            "origins": origins.origins,
            "origin_chains": origins.chains,
            "origin_links": origins.links,
            "affiliation_candidates": AFFILIATION_CANDIDATES.empty() if tables.candidates is None else tables.candidates,
        },
        settings=settings,
        missing=missing_inputs(tables, events),
        counts=dict(tables.counts) | dict(events.counts),
        seconds=clock.seconds,
        rejected=tables.rejected,
        input_warnings=tables.warnings,
    )


def _origins(interactions: pl.LazyFrame, events: Events, pileons: Pileons, trace: Trace, tables: Tables, settings: Settings) -> Origins:
    """Look for origins, with what the arrays do not hold: texts, ids of what is not in the data, and who is one person."""
    if not len(pileons):
        return find_origins(events, pileons, trace.edges, settings.trace)
    accusations, notes = find_accusations(interactions, events, pileons, settings.trace, settings.detect.coaction_similarity)
    declared = tables.identities
    person = None if declared is None or declared.is_empty() else person_codes(events, declared, settings.detect.identity_confidence)
    return find_origins(
        events,
        pileons,
        trace.edges,
        settings.trace,
        accusations=accusations,
        orphans=orphan_parents(interactions, events),
        person=person,
        considered=trace.causes,
        notes=notes,
    )


def missing_inputs(tables: Tables, events: Events) -> tuple[str, ...]:
    """Say in words what was not there and what therefore could not be judged."""
    words = {
        "accounts": "no accounts table: followers and account age only where interactions bring them",
        "follows": "no follows table: exposure through follow edges is unknown to the tracing",
        "affiliations": "no affiliations table: nothing can be said of agencies",
        "agencies": "no agencies table: agencies have no names and no companies",
        "ownership": "no ownership table: controllers of agencies are unknown",
        "identities": "no identities table: a person's accounts on several platforms are several targets",
    }
    notes = [words[name] for name in tables.missing() if name != "identities" or len(events.platforms) > 1]
    if not events.has_hostility:
        notes.insert(0, "no hostility in the data and no text to score: all findings rest on volume only")
    if len(events) > 0 and events.at[-1] - events.at[0] < DAY:
        notes.append("less than a day of data: a burst that fills all of it has no ordinary time to stand out from")
    if tables.counts.get("no_root"):
        notes.append(f"{tables.counts['no_root']} comments do not say which post they belong to: --root names it")
    if not len(events.object_names):
        notes.append("no shared objects: co-action cannot be seen")
    return tuple(notes)

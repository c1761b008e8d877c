"""The main job as its own table of contents: each stage once, in the order in which the results need each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from graphwatch.attribute import attribute_agencies
from graphwatch.content import fill_hostility
from graphwatch.detect import find_cascades, find_coactions, find_pileons, link_campaigns
from graphwatch.graph.encode import encode
from graphwatch.graph.facts import with_account_facts
from graphwatch.load import load_interactions, load_table
from graphwatch.model import DAY, Events
from graphwatch.result import Result
from graphwatch.schema import ACCOUNTS, FOLLOWS, INPUTS, Table
from graphwatch.settings import Settings
from graphwatch.trace import trace_pileons
from graphwatch.warn import score_targets

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
    rejected: pl.DataFrame | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def missing(self) -> tuple[str, ...]:
        """Names of the optional tables that were not given."""
        given = {"accounts": self.accounts, "follows": self.follows, "affiliations": self.affiliations}
        given |= {"agencies": self.agencies, "ownership": self.ownership}
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


def load_tables(
    paths: Sequence[Path],
    side: Mapping[str, Path],
    settings: Settings,
    *,
    format: str | None = None,  # noqa: A002
    mapping: Path | None = None,
    root: str | None = None,
    target: str | None = None,
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

    Raises
    ------
    DataError
        A file is not what it claims to be; the message names file, line, field and what was expected.
    """
    loaded = load_interactions(paths, format=format, mapping=mapping, root=root, target=target, settings=settings.load)
    frames, rejected, counts = {}, [loaded.rejected], dict(loaded.counts)
    for name, path in side.items():
        frames[name], bad, told = load_table(path, INPUTS[name], settings=settings.load)
        rejected.append(bad)
        counts |= {f"{name}_{key}": count for key, count in told.items()}
    return Tables(
        interactions=loaded.interactions,
        accounts=_both(ACCOUNTS, loaded.accounts, frames.get("accounts")),
        follows=_both(FOLLOWS, loaded.follows, frames.get("follows")),
        affiliations=frames.get("affiliations"),
        agencies=frames.get("agencies"),
        ownership=frames.get("ownership"),
        rejected=pl.concat(rejected),
        counts=counts,
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
    seed = settings.seed
    with clock.stage("score texts"):
        interactions = fill_hostility(tables.interactions, settings.content)
    with clock.stage("build the graph"):
        events = encode(interactions)
        if tables.accounts is not None and len(tables.accounts):
            events = with_account_facts(events, tables.accounts)
    with clock.stage("detect pile-ons"):
        pileons = find_pileons(events, settings.detect, seed)
    with clock.stage("detect cascades"):
        cascades = find_cascades(events)
    with clock.stage("detect co-action"):
        coactions = find_coactions(events, settings.detect, seed)
    with clock.stage("link campaigns"):
        pileons, campaigns = link_campaigns(events, pileons, coactions, settings.detect)
    with clock.stage("trace originators"):
        trace = trace_pileons(events, pileons, tables.follows, settings.trace, seed)
    with clock.stage("attribute agencies"):
        attribution = attribute_agencies(
            events, pileons, trace.members, tables.affiliations, tables.agencies, tables.ownership, settings.attribute, seed
        )
    with clock.stage("score early warnings"):
        warnings = score_targets(events, settings.warn, settings.detect, seed)
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
            "members": attribution.members,
            "cascades": cascades.frame,
            "coactions": coactions.frame,
            "campaigns": campaigns,
            "agencies": attribution.findings,
            "alerts": warnings.alerts,
        },
        settings=settings,
        missing=missing_inputs(tables, events),
        counts=dict(tables.counts) | dict(events.counts),
        seconds=clock.seconds,
        rejected=tables.rejected,
    )


def missing_inputs(tables: Tables, events: Events) -> tuple[str, ...]:
    """Say in words what was not there and what therefore could not be judged."""
    words = {
        "accounts": "no accounts table: followers and account age only where interactions bring them",
        "follows": "no follows table: exposure through follow edges is unknown to the tracing",
        "affiliations": "no affiliations table: nothing can be said of agencies",
        "agencies": "no agencies table: agencies have no names and no companies",
        "ownership": "no ownership table: controllers of agencies are unknown",
    }
    notes = [words[name] for name in tables.missing()]
    if not events.has_hostility:
        notes.insert(0, "no hostility in the data and no text to score: all findings rest on volume only")
    if len(events) > 0 and events.at[-1] - events.at[0] < DAY:
        notes.append("less than a day of data: a burst that fills all of it has no ordinary time to stand out from")
    if tables.counts.get("no_root"):
        notes.append(f"{tables.counts['no_root']} comments do not say which post they belong to: --root names it")
    if not len(events.object_names):
        notes.append("no shared objects: co-action cannot be seen")
    return tuple(notes)

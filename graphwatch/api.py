"""The public functions: frames in (pandas, polars, Arrow), pandas out, with the columns of :mod:`graphwatch.schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from graphwatch import attribute, detect, trace, warn
from graphwatch.content import fill_hostility
from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode
from graphwatch.graph.identities import with_identities
from graphwatch.load import Frame, as_interactions, as_table, check_frame
from graphwatch.load.frames import to_polars
from graphwatch.model import Events, Pileons
from graphwatch.pipeline import Tables, analyze_tables
from graphwatch.result import Result
from graphwatch.schema import ACCOUNTS, AFFILIATIONS, AGENCIES, COMPANY_LINKS, FOLLOWS, IDENTITIES, INTERACTIONS, OWNERSHIP, Table
from graphwatch.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


def analyze(
    interactions: Frame,
    *,
    accounts: Frame | None = None,
    follows: Frame | None = None,
    affiliations: Frame | None = None,
    agencies: Frame | None = None,
    ownership: Frame | None = None,
    identities: Frame | None = None,
    company_links: Frame | None = None,
    settings: Settings | None = None,
) -> Result:
    """Run the main job on frames: what is happening, who started and fed it, which agencies stand behind, what is coming.

    Parameters
    ----------
    interactions
        Table ``interactions`` as a pandas, polars or Arrow frame; only its first four columns must be there.
    accounts, follows, affiliations, agencies, ownership, identities, company_links
        Optional tables; the result's ``missing`` says what could not be judged without them.
    settings
        From the environment and the defaults when not given.

    Returns
    -------
    Result
        Tables as pandas properties (``pileons``, ``members``, …) and one pile-on at a time (``pileon(id)``).

    Raises
    ------
    ColumnError
        A required column is missing.
    """
    chosen = settings or Settings()
    checked = check_frame(interactions, INTERACTIONS, settings=chosen.load)
    tables = Tables(
        interactions=checked.interactions,
        rejected=checked.rejected,
        counts=checked.counts,
        accounts=_table(accounts, ACCOUNTS, chosen),
        follows=_table(follows, FOLLOWS, chosen),
        affiliations=_table(affiliations, AFFILIATIONS, chosen),
        agencies=_table(agencies, AGENCIES, chosen),
        ownership=_table(ownership, OWNERSHIP, chosen),
        identities=_table(identities, IDENTITIES, chosen),
        company_links=_table(company_links, COMPANY_LINKS, chosen),
    )
    return analyze_tables(tables, chosen)


def detect_pileons(
    interactions: Frame,
    *,
    identities: Frame | None = None,
    on: Literal["accounts", "objects", "surfaces"] = "accounts",
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Find bursts of many distinct accounts on one target, and say whether each is attack, criticism or mere attention.

    Parameters
    ----------
    identities
        Accounts that are one person's; they are one target then.
    on
        What the bursts are on: accounts; objects (hashtags, topics, links, media, threads that are nobody's); accounts on one surface.

    Returns
    -------
    pandas.DataFrame
        Table ``pileons``, ``object_pileons`` or ``surface_pileons``, one row per burst by onset; a lower ``q_value`` is stronger evidence.

    Raises
    ------
    ConfigurationError
        ``on`` is none of these.

    See Also
    --------
    graphwatch.detect.pileons : the method, its source, and what breaks it.
    """
    chosen = settings or Settings()
    if on not in ("accounts", "objects", "surfaces"):
        raise ConfigurationError(f"on={on!r}: expected accounts, objects or surfaces")
    events = _events(interactions, chosen)
    declared = _table(identities, IDENTITIES, chosen)
    if declared is not None:
        events = with_identities(events, declared, chosen.detect.identity_confidence)
    pileons, on_surfaces = _bursts(events, chosen)
    if on == "objects":
        return detect.find_object_pileons(events, pileons, chosen.detect, chosen.seed).to_pandas()
    return (pileons.frame if on == "accounts" else on_surfaces).to_pandas()


def detect_cascades(interactions: Frame, *, accounts: Frame | None = None, follows: Frame | None = None) -> pd.DataFrame:
    """Build the trees of interactions by parent and measure each; missing parents as :func:`graphwatch.threads.infer_parents` finds them.

    Returns
    -------
    pandas.DataFrame
        Table ``cascades``.
    """
    chosen = Settings()
    checked = as_interactions(interactions)
    events = encode(checked)
    evidence = detect.gather_evidence(checked, events, _table(accounts, ACCOUNTS, chosen), _table(follows, FOLLOWS, chosen))
    return detect.find_cascades(events, evidence).frame.to_pandas()


def trace_originators(interactions: Frame, follows: Frame | None = None, *, settings: Settings | None = None) -> pd.DataFrame:
    """Find the pile-ons and rank each one's accounts by credit, the share of it that descends from them.

    Returns
    -------
    pandas.DataFrame
        Table ``members``, highest credit first within each pile-on; ``agency_id`` is empty.
    """
    chosen = settings or Settings()
    events = _events(interactions, chosen)
    return _trace(events, _pileons(events, chosen), follows, chosen).to_pandas()


def fit_branching(
    events: Frame,
    observed_to: float | None = None,
    *,
    kernel: Literal["auto", "exponential", "power_law"] = "auto",
    background: Literal["auto", "constant", "none"] = "auto",
) -> pd.DataFrame:
    """Fit the self-exciting process of plain cascades: times, optional marks, an optional end of the observation.

    Parameters
    ----------
    events
        Columns ``cascade_id``, ``at`` (numbers or times), optionally ``mark`` (positive) and ``observed_to``.
    observed_to
        Until when all cascades were watched, where there is no such column.

    Returns
    -------
    pandas.DataFrame
        One row per cascade: parameters and branching ratio with standard errors, expected final size, goodness of fit.

    See Also
    --------
    graphwatch.trace.cascade_fit.fit_branching : the columns, the method, and what breaks it.
    """
    frame = to_polars(events, INTERACTIONS)
    return trace.fit_branching(frame, observed_to, kernel=kernel, background=background).to_pandas()


def assign_roles(interactions: Frame, follows: Frame | None = None, *, settings: Settings | None = None) -> pd.DataFrame:
    """Find the pile-ons and give each account its roles with probability and evidence.

    Returns
    -------
    pandas.DataFrame
        The columns of ``members`` that speak of roles.
    """
    columns = ["pileon_id", "actor_id", "role", "roles", "role_probability", "evidence"]
    return trace_originators(interactions, follows, settings=settings)[columns]


def attribute_agencies(
    interactions: Frame,
    affiliations: Frame,
    agencies: Frame | None = None,
    ownership: Frame | None = None,
    *,
    follows: Frame | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Find the pile-ons and the agencies whose accounts are over-represented in them.

    Returns
    -------
    pandas.DataFrame
        Result table ``agencies``; a lower ``q_value`` is stronger evidence. Membership is no direction: an agency whose accounts
        take part did not thereby order it.
    """
    chosen = settings or Settings()
    events = _events(interactions, chosen)
    coactions = detect.find_coactions(events, chosen.detect, chosen.seed)
    pileons, _ = detect.link_campaigns(
        events, _pileons(events, chosen), coactions, chosen.detect, _table(affiliations, AFFILIATIONS, chosen)
    )
    members = _trace(events, pileons, follows, chosen)
    found = attribute.attribute_agencies(
        events,
        pileons,
        members,
        _table(affiliations, AFFILIATIONS, chosen),
        _table(agencies, AGENCIES, chosen),
        _table(ownership, OWNERSHIP, chosen),
        chosen.attribute,
        chosen.seed,
    )
    return found.findings.to_pandas()


def score_targets(interactions: Frame, *, settings: Settings | None = None) -> pd.DataFrame:
    """Score every target's risk of a pile-on over time, from what was known at each time only.

    Returns
    -------
    pandas.DataFrame
        Table ``alerts``, by time; a higher ``probability`` is a greater risk.
    """
    chosen = settings or Settings()
    return warn.score_targets(_events(interactions, chosen), chosen.warn, chosen.detect, chosen.seed).alerts.to_pandas()


def _table(data: Frame | None, table: Table, settings: Settings) -> pl.DataFrame | None:
    return None if data is None else as_table(data, table, settings=settings.load)


def _events(interactions: Frame, settings: Settings) -> Events:
    return encode(fill_hostility(as_interactions(interactions, settings=settings.load), settings.content))


def _bursts(events: Events, settings: Settings) -> tuple[Pileons, pl.DataFrame]:
    """Give the pile-ons, those seen on one surface alone among them, and the table of bursts on single surfaces."""
    bursts = detect.find_surface_bursts(events, settings.detect, settings.seed)
    return detect.with_surface_pileons(events, detect.find_pileons(events, settings.detect, settings.seed), bursts, settings.detect)


def _pileons(events: Events, settings: Settings) -> Pileons:
    return _bursts(events, settings)[0]


def _trace(events: Events, pileons: Pileons, follows: Frame | None, settings: Settings) -> pl.DataFrame:
    return trace.trace_pileons(events, pileons, _table(follows, FOLLOWS, settings), settings.trace, settings.seed).members

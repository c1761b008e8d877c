"""The public functions: frames in (pandas, polars, Arrow), pandas out, with the columns of :mod:`graphwatch.schema`."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import polars as pl

from graphwatch import attribute, detect, trace, warn
from graphwatch.content import fill_hostility
from graphwatch.errors import ConfigurationError
from graphwatch.graph.encode import encode
from graphwatch.load import Frame, as_interactions, as_table, check_frame
from graphwatch.model import Events, Pileons
from graphwatch.pipeline import Tables, analyze_tables
from graphwatch.result import Result
from graphwatch.schema import ACCOUNTS, AFFILIATIONS, AGENCIES, FOLLOWS, INTERACTIONS, OWNERSHIP, Table
from graphwatch.settings import Settings


def analyze(
    interactions: Frame,
    *,
    accounts: Frame | None = None,
    follows: Frame | None = None,
    affiliations: Frame | None = None,
    agencies: Frame | None = None,
    ownership: Frame | None = None,
    settings: Settings | None = None,
) -> Result:
    """Run the main job on frames: what is happening, who started and fed it, which agencies stand behind, what is coming.

    Parameters
    ----------
    interactions
        Table ``interactions`` as a pandas, polars or Arrow frame; only its first four columns must be there.
    accounts, follows, affiliations, agencies, ownership
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
    )
    return analyze_tables(tables, chosen)


def detect_pileons(interactions: Frame, *, settings: Settings | None = None) -> pd.DataFrame:
    """Find bursts of many distinct accounts on one target, and say whether each is attack, criticism or mere attention.

    Returns
    -------
    pandas.DataFrame
        Table ``pileons``, one row per burst by onset; a lower ``q_value`` is stronger evidence.

    See Also
    --------
    graphwatch.detect.pileons : the method, its source, and what breaks it.
    """
    chosen = settings or Settings()
    return _pileons(_events(interactions, chosen), chosen).frame.to_pandas()


def detect_cascades(interactions: Frame) -> pd.DataFrame:
    """Build the trees of interactions by parent and measure each.

    Returns
    -------
    pandas.DataFrame
        Table ``cascades``.
    """
    return detect.find_cascades(encode(as_interactions(interactions))).frame.to_pandas()


def detect_coactions(
    interactions: Frame,
    window: str | timedelta = "60s",
    min_participation: int = 2,
    null: bool = True,
    *,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Find pairs of accounts that acted on the same objects within a time window.

    Parameters
    ----------
    window
        Largest time between the two acts, inclusive, e.g. ``"60s"``.
    min_participation
        Fewest acts on shared objects of an account, counted as CooRTweet counts them.
    null
        True: keep the pairs that chance does not explain, with p and q. False: counts only, nothing filtered, as CooRTweet does.

    Returns
    -------
    pandas.DataFrame
        Table ``coactions``, by (a, b); a lower ``q_value`` is stronger evidence. Its ``attrs`` hold ``counts`` (pairs before loops were
        dropped, and so on) and ``saturated``: the objects with so many acts that only a part of their pairs was looked at.

    Raises
    ------
    ConfigurationError
        The window is no positive time.
    """
    chosen = settings or Settings()
    micros = _micros(window)
    events = encode(as_interactions(interactions, keep_duplicates=not null, settings=chosen.load))
    found = detect.coactions_frame(
        events, window_us=micros, min_participation=min_participation, null=null, settings=chosen.detect, seed=chosen.seed
    )
    frame = found.frame.to_pandas()
    frame.attrs |= {"counts": dict(found.counts), "saturated": found.saturated.to_dicts()}
    return frame


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
    pileons, _ = detect.link_campaigns(events, _pileons(events, chosen), coactions, chosen.detect)
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


def _pileons(events: Events, settings: Settings) -> Pileons:
    return detect.find_pileons(events, settings.detect, settings.seed)


def _trace(events: Events, pileons: Pileons, follows: Frame | None, settings: Settings) -> pl.DataFrame:
    return trace.trace_pileons(events, pileons, _table(follows, FOLLOWS, settings), settings.trace, settings.seed).members


def _micros(window: str | timedelta) -> int:
    if not isinstance(window, str | timedelta):
        raise ConfigurationError(f"window {window!r}: expected a time such as '60s' or '5min'")
    try:
        micros = int(pd.Timedelta(window) / pd.Timedelta(microseconds=1))
    except ValueError as error:
        raise ConfigurationError(f"window {window!r}: expected a time such as '60s' or '5min'") from error
    if micros <= 0:
        raise ConfigurationError(f"window {window!r}: expected a positive time")
    return micros

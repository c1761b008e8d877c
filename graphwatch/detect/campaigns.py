"""Campaigns: attacks that belong together, across targets and platforms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from graphwatch.detect.backbone import stable_id
from graphwatch.detect.campaign_agencies import agency_links
from graphwatch.detect.campaign_links import Crowd, Link, account_links, crowd_of, group_links, object_links
from graphwatch.detect.coaction import Coactions
from graphwatch.model import I64, Events, Lists, Pileons
from graphwatch.schema import CAMPAIGNS, TIMESTAMP
from graphwatch.settings import DetectSettings

REASONS: Final = 20
"""Reasons listed per campaign, strongest first; the rest is counted."""


def link_campaigns(
    events: Events, pileons: Pileons, coactions: Coactions, settings: DetectSettings, affiliations: pl.DataFrame | None = None
) -> tuple[Pileons, pl.DataFrame]:
    """Join attacks into campaigns by shared hostile accounts, co-action groups, objects and agencies, each beyond chance.

    Only pile-ons of nature ``attack`` are joined: crowds of critics or fans overlap without being a campaign. A campaign has at least two
    pile-ons; one that stands alone keeps an empty ``campaign_id``.

    Parameters
    ----------
    events, pileons, coactions
        The interactions, and what was found in them.
    settings
        ``hostile_at`` and those that begin with ``campaign_``.
    affiliations
        Table ``affiliations``, read as of each onset. Without it no agency links anything.

    Returns
    -------
    pileons
        The same with ``campaign_id`` filled.
    campaigns
        Table ``campaigns``, by (first_at, campaign_id). ``actors`` counts the accounts that are hostile in at least two of its pile-ons.

    Notes
    -----
    A campaign is a connected component of links. A link needs significance (Benjamini–Hochberg within each sort of evidence), at least
    ``campaign_min_shared`` accounts and, for accounts, groups and agencies, ``campaign_min_share`` of the smaller side and
    ``campaign_min_ratio`` times what activity explains: hyperactive accounts, which are expected in every pile-on, chain nothing. What
    breaks it: communities, whose members meet in attacks on the same enemies without anybody having arranged it (the ratio is there
    for them), and the two sides of a quarrel, which share its tag. The reasons are evidence to review, not a verdict. Where the data
    hold only the accounts of the pile-ons, or hardly any others that were ever hostile, there is no base to compare with, and nothing is
    linked by accounts or co-action groups.
    """
    attacks = np.flatnonzero((pileons.frame["nature"] == "attack").fill_null(value=False).to_numpy())
    if len(attacks) < 2:
        return _with_ids(pileons, [None] * len(pileons)), CAMPAIGNS.empty()
    names = tuple(pileons.frame["pileon_id"].gather(attacks).to_list())
    rows = _select(pileons.rows, attacks)
    hostile = events.hostile(settings.hostile_at)
    crowd = crowd_of(events, rows, names, hostile)
    links = [
        *account_links(crowd, settings),
        *group_links(crowd, coactions.group, coactions.groups, settings),
        *object_links(events, crowd, rows, hostile, settings),
        *(agency_links(events, crowd, pileons.onset[attacks], affiliations, settings) if affiliations is not None else ()),
    ]
    return _assemble(events, pileons, attacks, crowd, links)


def _select(lists: Lists, which: I64) -> Lists:
    parts = [lists.row(int(k)) for k in which]
    start = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return Lists(start, np.concatenate(parts))


def _assemble(events: Events, pileons: Pileons, attacks: I64, crowd: Crowd, links: Sequence[Link]) -> tuple[Pileons, pl.DataFrame]:
    n = len(attacks)
    edges = coo_array((np.ones(len(links)), ([link.i for link in links], [link.j for link in links])), shape=(n, n))
    _, component = connected_components(edges, directed=False)
    ids: list[str | None] = [None] * len(pileons)
    found = []
    for c in np.flatnonzero(np.bincount(component) > 1):
        held = np.flatnonzero(component == c)
        name = stable_id("c", [crowd.names[k] for k in held])
        for k in held:
            ids[attacks[k]] = name
        reasons = sorted((link.q_value, link.reason) for link in links if component[link.i] == c)
        found.append(_campaign(events, pileons, attacks[held], crowd, held, [reason for _, reason in reasons]) | {"campaign_id": name})
    campaigns = pl.DataFrame(found, schema=CAMPAIGNS.dtypes) if found else CAMPAIGNS.empty()
    return _with_ids(pileons, ids), CAMPAIGNS.conform(campaigns).sort("first_at", "campaign_id")


def _campaign(events: Events, pileons: Pileons, rows: I64, crowd: Crowd, held: I64, reasons: list[str]) -> dict[str, object]:
    more = [f"and {len(reasons) - REASONS} more links"] if len(reasons) > REASONS else []
    times = pl.Series([pileons.onset[rows].min(), pileons.end[rows].max()]).cast(TIMESTAMP)
    return {
        "pileons": [crowd.names[k] for k in held],
        "targets": events.accounts.gather(np.unique(pileons.target[rows])).to_list(),
        "actors": int((crowd.members[held].sum(axis=0) > 1).sum()),
        "first_at": times[0],
        "last_at": times[1],
        "link_reasons": reasons[:REASONS] + more,
    }


def _with_ids(pileons: Pileons, ids: Sequence[str | None]) -> Pileons:
    column = pl.Series("campaign_id", ids, dtype=pl.String)
    return replace(pileons, frame=pileons.frame.with_columns(column))

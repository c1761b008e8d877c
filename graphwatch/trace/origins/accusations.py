"""Accusations: hostile texts that are near-duplicates of each other, so that a rumour is followed through its rewordings."""

from __future__ import annotations

import numpy as np
import polars as pl

from graphwatch.detect.near_texts import near_texts
from graphwatch.graph.encode import in_canonical_order, string_codes
from graphwatch.model import DAY, I32, Bools, Events, Pileons
from graphwatch.settings import TraceSettings
from graphwatch.trace.nodes import rows_of_targets
from graphwatch.trace.origins.mentions import ACCUSATION, Mentions


def find_accusations(
    interactions: pl.LazyFrame, events: Events, pileons: Pileons, settings: TraceSettings, similarity: float
) -> tuple[Mentions, tuple[str, ...]]:
    """Group the hostile texts around the pile-ons by near-duplicates.

    Parameters
    ----------
    interactions
        The same rows as ``events``, with their texts.
    settings
        ``origin_texts`` limits how many texts are compared (0: none), ``origin_days`` how far back.
    similarity
        See :func:`graphwatch.detect.near_texts.near_texts`.

    Returns
    -------
    Mentions
        Groups of two texts at least, named ``text:`` and a digest.
    tuple of str
        What was left out, in words.

    Notes
    -----
    Compared are the hostile texts from ``origin_days`` before the first onset to the last end. Where they are more than ``origin_texts``,
    only those aimed at a target of a pile-on are, and of these the earliest; a reworded text that began elsewhere is then not seen.
    """
    if not len(pileons) or not settings.origin_texts or "text" not in interactions.collect_schema().names():
        return Mentions.empty(), ()
    rows, note = _rows(events, pileons, settings)
    if not len(rows):
        return Mentions.empty(), ()
    mask = np.zeros(len(events), bool)
    mask[rows] = True
    texts = in_canonical_order(interactions, pl.col("text").cast(pl.String)).gather(rows)
    codes, names = string_codes(near_texts(texts, similarity))
    known = codes >= 0
    return Mentions.of(names, np.full(len(names), ACCUSATION, np.int8), codes[known], rows[known]), note


def _rows(events: Events, pileons: Pileons, settings: TraceSettings) -> tuple[I32, tuple[str, ...]]:
    hostile: Bools = events.hostile(pileons.hostile_at)
    first = np.searchsorted(events.at, int(pileons.onset.min()) - int(settings.origin_days * DAY))
    last = np.searchsorted(events.at, int(pileons.end.max()), side="right")
    rows = (np.flatnonzero(hostile[first:last]) + first).astype(np.int32)
    if len(rows) <= settings.origin_texts:
        return rows, ()
    aimed = np.unique(rows_of_targets(events, pileons.target).rows)
    rows = aimed[hostile[aimed] & (aimed >= first) & (aimed < last)]
    told = "reworded texts were compared among those aimed at targets of pile-ons only (trace.origin_texts)"
    return rows[: settings.origin_texts], (told,)

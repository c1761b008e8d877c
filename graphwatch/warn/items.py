"""Events → items: one per act and target, with the few facts that the state machine reads."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from graphwatch.model import CATEGORY_CODE, I8, I32, KIND_CODE, SURFACE_CODE, Bools, Events
from graphwatch.warn.stream import Items

MOBILISING: Final = ("incitement", "privacy", "threat")
TEMPLATE_PREFIXES: Final = ("text:", "url:", "media:")


def items_of(events: Events, hostile_at: float, keep: Bools | None = None) -> Items:
    """List the acts on targets, in canonical order.

    Parameters
    ----------
    events
        Interactions as arrays.
    hostile_at
        Hostility from which an act is hostile.
    keep : (n,)
        Rows that give items; the others are context only. All when not given.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from graphwatch.graph.encode import encode
    >>> at = datetime(2024, 1, 1, tzinfo=UTC)
    >>> row = {"interaction_id": "1", "at": at, "actor_id": "b", "kind": "reply", "target_ids": ["a", "c"], "hostility": 0.9}
    >>> items = items_of(encode(pl.DataFrame([row])), 0.5)
    >>> items.row.tolist(), items.target.tolist(), items.hostile.tolist()
    ([0, 0], [0, 2], [1])
    """
    rows = events.targets.rows()
    targets = events.targets.values
    if keep is not None:
        kept = keep[rows]
        rows, targets = rows[kept], targets[kept]
    return Items(
        row=rows,
        target=targets,
        at=events.at,
        actor=events.actor,
        hostile=_hostile(events, hostile_at),
        private=_private(events),
        mobilising=_mobilising(events),
        followers=events.followers,
        late_author=_late_author(events),
        object_start=events.objects.start,
        object=np.where(templates_of(events.object_names)[events.objects.values], events.objects.values, np.int32(-1)),
    )


def _hostile(events: Events, hostile_at: float) -> I8:
    out = events.hostile(hostile_at).astype(np.int8)
    out[np.isnan(events.hostility)] = -1
    return out


def _private(events: Events) -> I8:
    message = events.kind == KIND_CODE["private_message"]
    known = message | (events.surface >= 0)
    private = message | (events.surface == SURFACE_CODE["private"])
    return np.where(known, private, -1).astype(np.int8)


def _mobilising(events: Events) -> I8:
    codes = [CATEGORY_CODE[name] for name in MOBILISING]
    return np.where(events.category >= 0, np.isin(events.category, codes), -1).astype(np.int8)


def _late_author(events: Events) -> I32:
    out = np.full(len(events), -1, np.int32)
    late = np.flatnonzero(events.parent > np.arange(len(events)))
    out[late] = events.actor[events.parent[late]]
    return out


def templates_of(names: pl.Series) -> Bools:
    """Tell which objects count as a template when two accounts share them at one target: texts, links, media; not tags or topics.

    Examples
    --------
    >>> templates_of(pl.Series(["tag:a", "text:b", "url:c"])).tolist()
    [False, True, True]
    """
    if not len(names):
        return np.zeros(0, np.bool_)
    starts = [pl.col("name").str.starts_with(prefix) for prefix in TEMPLATE_PREFIXES]
    return pl.DataFrame({"name": names}).select(pl.any_horizontal(starts)).to_series().to_numpy()

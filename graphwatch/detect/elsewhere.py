"""Bursts on objects: the scan for pile-ons on accounts, over another view of the same interactions."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from graphwatch.detect.pileons import find_pileons, pileon_id
from graphwatch.graph.views import on_objects
from graphwatch.model import Events, Lists, Pileons
from graphwatch.schema import OBJECT_PILEONS
from graphwatch.settings import DetectSettings

_SHARED: Final = 0.1
_TARGETS: Final = 5


def find_object_pileons(events: Events, pileons: Pileons, settings: DetectSettings, seed: int = 0) -> pl.DataFrame:
    """Find bursts on objects: hashtags, topics and groups, links, media, and threads that are nobody's.

    Parameters
    ----------
    events
        All interactions.
    pileons
        Pile-ons on accounts, to which the bursts are related.
    settings
        ``object_kinds`` says which objects; all else as for accounts.

    Returns
    -------
    polars.DataFrame
        Table ``object_pileons``, by (onset, object).

    Notes
    -----
    The same scan, baseline and false discovery rate as for accounts (:func:`graphwatch.detect.pileons.find_pileons`), with the object in
    the place of the target. An object belongs to nobody, so nothing is set aside as "the target's own thread": a hashtag that does well
    is ``attention``. A burst on an account is usually one on its hashtag as well; ``pileons`` says which belong together.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> minutes = [1440 * day for day in range(60)] + [30_000 + k for k in range(40)]
    >>> rows = pl.DataFrame({"at": minutes, "actor_id": [f"u{k}" for k in range(100)]})
    >>> rows = rows.with_columns(interaction_id="actor_id", kind=pl.lit("post"), objects=pl.lit(["tag:t"]), target_ids=pl.lit(["x"]))
    >>> rows = rows.with_columns(hostility=pl.when(pl.col("at").is_between(30_000, 31_000)).then(0.9).otherwise(0.1))
    >>> events = encode(rows.with_columns((pl.col("at") * 60_000_000).cast(pl.Datetime("us", "UTC"))))
    >>> found = find_object_pileons(events, find_pileons(events, DetectSettings()), DetectSettings())
    >>> found.select("object", "hostile_actors", "targets", pl.col("pileons").list.len()).row(0)
    ('tag:t', 40, ['x'], 1)
    """
    prefixes = tuple(f"{kind}:" for kind in settings.object_kinds)
    found = find_pileons(on_objects(events, prefixes, settings.min_actors), settings, seed)
    ids = [pileon_id(name, at, "o") for name, at in zip(found.frame["target_id"], found.onset.tolist(), strict=True)]
    frame = found.frame.rename({"target_id": "object"}).with_columns(
        pl.Series("object_pileon_id", ids, dtype=pl.String),
        pl.Series("targets", _most_acted_upon(events, found.rows), dtype=pl.List(pl.String)),
        pl.Series("pileons", _overlapping(found.rows, pileons, len(events)), dtype=pl.List(pl.String)),
    )
    return OBJECT_PILEONS.conform(frame)


def _most_acted_upon(events: Events, rows: Lists) -> list[list[str]]:
    out = []
    for k in range(len(rows)):
        own = rows.row(k)
        start = events.targets.start
        sizes = start[own + 1] - start[own]
        places = np.repeat(start[own] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) + np.arange(int(sizes.sum()))
        codes, counts = np.unique(events.targets.values[places], return_counts=True)
        out.append(events.accounts.gather(codes[np.argsort(-counts, kind="stable")[:_TARGETS]]).to_list())
    return out


def _overlapping(rows: Lists, pileons: Pileons, size: int) -> list[list[str]]:
    """Give for each burst the pile-ons that hold at least a tenth of its interactions, most shared first."""
    ones = [csr_array((np.ones(len(a.values), np.int32), a.values, a.start), shape=(len(a), size)) for a in (rows, pileons.rows)]
    shared = (ones[0] @ ones[1].T).tocsr()
    shared.sort_indices()
    ids = pileons.frame["pileon_id"]
    out = []
    for k, total in enumerate(np.diff(rows.start)):
        place = slice(shared.indptr[k], shared.indptr[k + 1])
        counts, which = shared.data[place], shared.indices[place]
        order = np.argsort(-counts, kind="stable")
        out.append([ids[int(which[j])] for j in order if counts[j] >= _SHARED * total])
    return out

"""Bursts on objects and on single surfaces: the scan for pile-ons on accounts, over other views of the same interactions."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from graphwatch.detect.pileons import find_pileons, pileon_id
from graphwatch.graph.views import BETWEEN, on_objects, on_surfaces
from graphwatch.model import HOUR, I64, Events, Lists, Pileons
from graphwatch.schema import OBJECT_PILEONS, SURFACE_PILEONS
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
    frame = found.frame.rename({"target_id": "object"}).with_columns(
        pl.Series("object_pileon_id", _ids("o", found.frame["target_id"], found.onset), dtype=pl.String),
        pl.Series("targets", _most_acted_upon(events, found.rows), dtype=pl.List(pl.String)),
        pl.Series("pileons", _overlapping(found.rows, pileons, len(events)), dtype=pl.List(pl.String)),
    )
    return OBJECT_PILEONS.conform(frame)


def find_surface_pileons(events: Events, pileons: Pileons, settings: DetectSettings, seed: int = 0) -> pl.DataFrame:
    """Find hostile bursts on one account on one surface, for accounts that are acted upon on several.

    Returns
    -------
    polars.DataFrame
        Table ``surface_pileons``, by (onset, target, surface). ``pileon_id`` is null where the burst is too small to stand out among all
        that happens to the account: a flood of private messages during ordinary praise.

    Notes
    -----
    The scan of :func:`graphwatch.detect.pileons.find_pileons` with (account, surface) in the place of the target. Bursts of mere attention
    are left out: on a surface of its own (a live chat, a comment section) they are what that surface is for. The false discovery rate is
    held over the pairs.
    """
    found = find_pileons(on_surfaces(events), settings, seed)
    parts = found.frame["target_id"].str.split_exact(BETWEEN, 1).struct.rename_fields(["target_id", "surface"]).struct.unnest()
    frame = found.frame.drop("target_id").hstack(parts)
    quiet = round(settings.quiet_h * HOUR)
    frame = frame.with_columns(
        pl.Series("surface_pileon_id", _ids("s", found.frame["target_id"], found.onset), dtype=pl.String),
        pl.Series("pileon_id", _at_that_time(frame["target_id"], found, pileons, quiet), dtype=pl.String),
    )
    return SURFACE_PILEONS.conform(frame.filter(pl.col("nature") != "attention"))


def _ids(letter: str, names: pl.Series, onset: I64) -> list[str]:
    return [pileon_id(name, at, letter) for name, at in zip(names, onset.tolist(), strict=True)]


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


def _at_that_time(targets: pl.Series, found: Pileons, pileons: Pileons, quiet: int) -> list[str | None]:
    """Give the pile-on on the same account that overlaps each burst most, or lies no more than ``quiet`` µs apart."""
    of_target: dict[str, list[int]] = {}
    for k, target in enumerate(pileons.frame["target_id"]):
        of_target.setdefault(target, []).append(k)
    out: list[str | None] = []
    for target, onset, end in zip(targets, found.onset.tolist(), found.end.tolist(), strict=True):
        near = [(min(end, int(pileons.end[k])) - max(onset, int(pileons.onset[k])), -k) for k in of_target.get(target, [])]
        overlap, place = max(near, default=(-quiet - 1, 0))
        out.append(pileons.frame["pileon_id"][-place] if overlap >= -quiet else None)
    return out

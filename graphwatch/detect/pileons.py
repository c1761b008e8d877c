"""Pile-ons: bursts of many distinct accounts on one target, with onset, peak, end and nature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

import numpy as np
import polars as pl

from graphwatch.detect.candidates import Candidates, find_candidates, positions
from graphwatch.detect.features import COUNTS, busiest_quarter, count_features
from graphwatch.detect.merge import proven, strongest
from graphwatch.detect.nature import Nature, judge
from graphwatch.model import F64, I8, I32, I64, MINUTE, Bools, Events, Lists, Pileons
from graphwatch.schema import CATEGORIES, PILEONS, SURFACES
from graphwatch.schema.columns import TIMESTAMP
from graphwatch.settings import DetectSettings

_QUARTER: Final = 15 * MINUTE
_UNSURE: Final = 0.5
_BEYOND_NOTE: Final = "expected, likelihood ratio, p and q are of accounts outside of the target's own threads, where it stands out most"


def find_pileons(events: Events, settings: DetectSettings, seed: int = 0) -> Pileons:
    """Find pile-ons on accounts.

    Parameters
    ----------
    events
        All interactions. Those without a target do not count.
    settings
        Windows, hostility threshold, fewest accounts, false discovery rate, quiet gap.
    seed
        Of the null streams that the p-values are calibrated by (:mod:`graphwatch.detect.null_scan`).

    Returns
    -------
    Pileons
        In order of (onset, target). Without any known hostility, bursts of attention only, which the notes say.

    Notes
    -----
    Two statistics are scanned: distinct hostile accounts, and distinct accounts of any kind. Bursts of both on one target within
    ``quiet_h`` hours are one pile-on. Each statistic has its own baseline (gamma–Poisson by target, hour-of-week profile, over-dispersion
    by window length), and holds its false discovery rate over all targets. ``attention`` is held to the heavy tail of ordinary surges
    (:func:`graphwatch.detect.bursts.tail_calibration`), to the target's own over-dispersion (:mod:`graphwatch.detect.dispersion`), and
    must be more than a post of the target that did well (:mod:`graphwatch.detect.attention`). What breaks it: targets of which most of
    the data is one burst *and* nothing else is known (the baseline is then the quiet part of the burst), and habits that change for good,
    which look like a burst that does not end.

    Examples
    --------
    >>> from graphwatch.graph.encode import encode
    >>> minutes = [1440 * day for day in range(60)] + [30_000 + k for k in range(40)]
    >>> rows = pl.DataFrame({"at": minutes, "actor_id": [f"u{k}" for k in range(100)]})
    >>> rows = rows.with_columns(interaction_id="actor_id", kind=pl.lit("comment"), target_ids=pl.lit(["t"]))
    >>> rows = rows.with_columns(hostility=pl.when(pl.col("at").is_between(30_000, 31_000)).then(0.9).otherwise(0.1))
    >>> rows = rows.with_columns((pl.col("at") * 60_000_000).cast(pl.Datetime("us", "UTC")))
    >>> found = find_pileons(encode(rows), DetectSettings())
    >>> found.frame["hostile_actors"].to_list()
    [40]
    """
    candidates = find_candidates(events, settings, seed)
    if candidates is None:
        return _nothing(events)
    nature = judge(candidates.counts, candidates.ordinary, graded=candidates.marks.graded, attack_at=settings.attack_at)
    found = _assembled(events, candidates, _selected(events, candidates, nature, settings))
    return replace(found, hostile_at=settings.hostile_at)


def _nothing(events: Events) -> Pileons:
    none = np.zeros(0, np.int64)
    return Pileons(PILEONS.empty(), none.astype(np.int32), none, none, none, Lists.empty(0), volume_only=not events.has_hostility)


@dataclass(frozen=True, slots=True)
class _Selection:
    """Pile-ons in their order of output; ``figures`` is the burst whose statistics are reported."""

    group: I64
    onset: I64
    end: I64
    attack: Bools
    names: tuple[str, ...]
    probability: F64
    notes: tuple[tuple[str, ...], ...]
    figures: I64


def _selected(events: Events, found: Candidates, nature: Nature, settings: DetectSettings) -> _Selection:
    """Fix the extent by the nature (an attack lasts as long as its hostile bursts), leave out what is too small or no surge, and sort."""
    name = np.array(nature.name)
    hostile = (name == "attack") & found.has_hostile
    onset, end = np.where(hostile, found.hostile_onset, found.onset), np.where(hostile, found.hostile_end, found.end)
    low, high = positions(found.whole.start, found.whole.at, found.group, onset, end)
    actors = count_features(events, found.whole, found.marks, low, high)[:, COUNTS.index("actors")]
    surge = proven(found.clusters, found.clusters.surge, settings.fdr)
    angry = proven(found.clusters, found.clusters.hostile, settings.fdr)
    kept = actors >= np.where(angry, settings.min_actors, max(settings.attention_min_actors, settings.min_actors))
    # The few hostile accounts of any large crowd make a hostile burst as well: that does not make the crowd a surge, unless one cannot
    # well say that it was no attack.
    kept &= surge | (name != "attention") | (nature.probability < _UNSURE)
    order = np.lexsort((found.group, onset))
    index = order[kept[order]]
    figures = strongest(found.clusters, (name != "attention") & found.has_hostile, settings.fdr)
    return _Selection(
        found.group[index], onset[index], end[index], name[index] == "attack", tuple(name[index].tolist()), nature.probability[index],
        tuple(nature.notes[k] + (_BEYOND_NOTE,) * int(found.clusters.beyond[figures[k]]) for k in index), figures[index],
    )  # fmt: skip


def _assembled(events: Events, found: Candidates, chosen: _Selection) -> Pileons:
    """Write the result table."""
    low, high = positions(found.whole.start, found.whole.at, chosen.group, chosen.onset, chosen.end)
    rows = Lists(np.concatenate([np.zeros(1, np.int64), np.cumsum(high - low)]), _ranges(found.whole.row, low, high))
    peak = np.clip(_peaks(found, chosen), chosen.onset, chosen.end)
    target = found.targets[chosen.group]
    names = events.accounts.gather(target)
    counts = dict(zip(COUNTS, count_features(events, found.whole, found.marks, low, high).T.astype(np.int64), strict=True))
    frame = pl.DataFrame(
        {
            "pileon_id": pl.Series(list(map(pileon_id, names, chosen.onset.tolist())), dtype=pl.String),
            "target_id": names,
            **{name: pl.Series(at).cast(TIMESTAMP) for name, at in (("onset", chosen.onset), ("peak", peak), ("end", chosen.end))},
            **{name: counts[name] for name in ("interactions", "hostile", "actors", "hostile_actors", "newcomers")},
            "expected": found.clusters.expected[chosen.figures],
            "log_likelihood_ratio": found.clusters.statistic[chosen.figures],
            "p_value": found.clusters.p_value[chosen.figures],
            "q_value": found.clusters.q_value[chosen.figures],
            "nature": pl.Series(chosen.names, dtype=pl.String),
            "nature_probability": pl.Series(chosen.probability).fill_nan(None),
            "surfaces": _ranked(events.surface, rows, SURFACES, np.ones(len(events), np.bool_)),
            "top_categories": _ranked(events.category, rows, CATEGORIES[:-1], found.marks.hostile),
        }
    )
    if not events.has_hostility:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("hostile", "hostile_actors"))
    frame = PILEONS.conform(frame)
    return Pileons(frame, target, chosen.onset, peak, chosen.end, rows, volume_only=not events.has_hostility, notes=chosen.notes)


def pileon_id(target_id: str, onset: int, letter: str = "p") -> str:
    """Give the id of the pile-on on a target with that onset (µs): the same data give the same id, run after run.

    ``letter`` tells bursts on accounts (p), objects (o) and surfaces (s) apart.

    Examples
    --------
    >>> pileon_id("t", 0)
    'p-1c33ac53b60d'
    """
    return f"{letter}-" + blake2b(f"{target_id}|{onset}".encode(), digest_size=6).hexdigest()


def _peaks(found: Candidates, chosen: _Selection) -> I64:
    """Give the middle of the busiest quarter-hour: of hostile accounts for an attack, else of all."""
    peak = chosen.onset.copy()
    for stream, mask in ((found.whole, ~chosen.attack), (found.hostile, chosen.attack)):
        index = np.flatnonzero(mask)
        low, high = positions(stream.start, stream.at, chosen.group[index], chosen.onset[index], chosen.end[index])
        for k, first, past in zip(index, low, high, strict=True):
            if past > first:
                peak[k] = busiest_quarter(stream.at, stream.previous, stream.following, first, past, _QUARTER)
    return peak


def _ranges(row: I32, low: I64, high: I64) -> I32:
    return np.concatenate([row[a:b] for a, b in zip(low, high, strict=True)]) if len(low) else row[:0]


def _ranked(codes: I8, rows: Lists, names: tuple[str, ...], mask: Bools) -> list[list[str]]:
    """Give per list of rows the names of the codes under the mask, most frequent first; codes past the names do not count."""
    table = np.zeros((len(rows), len(names)), np.int64)
    chosen = mask[rows.values] & (codes[rows.values] >= 0) & (codes[rows.values] < len(names))
    np.add.at(table, (rows.rows()[chosen], codes[rows.values][chosen]), 1)
    order = np.argsort(-table, axis=1, kind="stable")
    return [[names[c] for c in row if counts[c]] for row, counts in zip(order, table, strict=True)]

"""Acts → the ``interactions`` table, column by column, with strings gathered by code so that no Python string is made per row."""

from __future__ import annotations

import numpy as np
import polars as pl

from graphwatch.model import F32, I8, I32, Bools
from graphwatch.schema import CATEGORIES, INTERACTIONS, KINDS, STRINGS, SURFACES, TIMESTAMP
from graphwatch.simulate.acts import Acts
from graphwatch.simulate.draws import Clock
from graphwatch.simulate.population import Population


def interactions_frame(
    acts: Acts,
    population: Population,
    clock: Clock,
    texts: pl.Series,
    objects: pl.Series,
    seen: tuple[F32, I8] | None,
    deleted: Bools,
    worded: Bools,
) -> pl.DataFrame:
    """Build the table.

    Parameters
    ----------
    acts
        In order of time. Their arrays are released one by one.
    seen
        Hostility and category as a classifier gave them; None leaves both columns null.
    deleted, worded : (n,)
        Tombstones, and rows whose text is kept.
    """
    n = len(acts)
    ids = _ids(acts, population)
    columns: dict[str, pl.Series] = {"interaction_id": ids}
    columns["at"] = pl.Series(acts.at).cast(TIMESTAMP)
    columns["actor_id"] = population.id.gather(acts.actor)
    columns["kind"] = named(KINDS, acts.kind)
    columns["platform"] = named(population.platforms, population.platform[acts.actor])
    columns["surface"] = named(SURFACES, acts.surface)
    columns["target_ids"] = string_lists(population.id, (acts.target, acts.other), acts.implied)
    columns["parent_id"] = looked_up(ids, acts.parent)
    columns["root_id"] = looked_up(ids, acts.root)
    columns["objects"] = string_lists(objects, (acts.topic, acts.link), None)
    columns["text"] = looked_up(texts, np.where(worded, acts.text, -1).astype(np.int32))
    if seen is not None:
        columns["hostility"] = pl.Series(seen[0])
        columns["category"] = named(CATEGORIES, seen[1])
    columns["followers"] = pl.Series(population.followers[acts.actor])
    columns["actor_created_at"] = pl.Series(population.created[acts.actor]).cast(TIMESTAMP)
    columns["deleted"] = pl.Series(deleted)
    columns["observed_at"] = pl.Series([clock.end], dtype=pl.Int64).cast(TIMESTAMP).new_from_index(0, n)
    return INTERACTIONS.conform(pl.DataFrame(columns))


def _ids(acts: Acts, population: Population) -> pl.Series:
    """Give ids whose order is that of time: a letter for the platform and a number."""
    letters = pl.Series([name[0] for name in population.id.gather(population.platform_start[:-1])])
    letter = letters.gather(population.platform[acts.actor].astype(np.int64))
    number = pl.Series(np.arange(100_000_000, 100_000_000 + len(acts)))
    return pl.DataFrame({"l": letter, "n": number}).select(pl.concat_str("l", pl.col("n").cast(pl.String)).alias("id")).to_series()


def named(names: tuple[str, ...], codes: I8) -> pl.Series:
    """Give the name of each code.

    Examples
    --------
    >>> named(("a", "b"), np.array([1, 0], np.int8)).to_list()
    ['b', 'a']
    """
    return pl.Series(names).gather(codes.astype(np.int64))


def looked_up(values: pl.Series, rows: I32) -> pl.Series:
    """Give the value of each row number; null for -1.

    Examples
    --------
    >>> looked_up(pl.Series(["a", "b"]), np.array([1, -1], np.int32)).to_list()
    ['b', None]
    """
    places = pl.DataFrame({"row": rows}).select(pl.when(pl.col("row") >= 0).then(pl.col("row"))).to_series()
    return values.gather(places)


def string_lists(values: pl.Series, codes: tuple[I32, I32], absent: Bools | None) -> pl.Series:
    """Give a list of up to two values per row; -1 adds nothing, ``absent`` rows are null.

    Examples
    --------
    >>> string_lists(pl.Series(["a", "b"]), (np.array([0, -1], np.int32), np.array([1, -1], np.int32)), None).to_list()
    [['a', 'b'], []]
    """
    first, second = codes
    pairs = np.column_stack([np.where(first >= 0, first, second), np.where(first >= 0, second, -1)])
    size = (first >= 0).astype(np.int8) + (second >= 0)
    both = looked_up(values, pairs.ravel()).reshape((len(first), 2))
    frame = pl.DataFrame({"both": both, "size": size, "absent": np.zeros(len(first), np.bool_) if absent is None else absent})
    lists = pl.col("both").arr.to_list().list.head(pl.col("size"))
    return frame.select(pl.when(~pl.col("absent")).then(lists)).to_series().cast(STRINGS)

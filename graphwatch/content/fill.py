"""Hostility and category for the interactions that bring none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from graphwatch.content.scorer import BATCH, Scorer, bundled_scorer
from graphwatch.load.texts import own_words
from graphwatch.schema import CATEGORIES
from graphwatch.settings import ContentSettings

_SCORED: Final = {"hostility": pl.Float64(), "category": pl.Enum(CATEGORIES)}


def fill_hostility(interactions: pl.LazyFrame, settings: ContentSettings, scorer: Scorer | None = None) -> pl.LazyFrame:
    """Score the texts of rows without a hostility, as far as they are the account's own words; keep what is given.

    Parameters
    ----------
    interactions
        Canonical columns. The plan is collected twice (texts now, the rest by whoever collects the result) and the two are put side by
        side by position, so it must give its rows in the same order each time: scans, filters and ordered joins do.
    settings
        ``score_missing`` turns it off; ``lexicon`` names another rule file.
    scorer
        Another scorer than the lexicon's.

    Returns
    -------
    polars.LazyFrame
        The same rows. ``hostility`` is filled where it was null or NaN and a text can be read; ``category`` too, there and where it was
        null. Unchanged when there is no ``text`` column, nothing to fill, or scoring is off.

    Raises
    ------
    ConfigurationError
        The rule file is wrong.

    Examples
    --------
    >>> frame = pl.LazyFrame({"text": ["You are an idiot.", "You are an idiot.", None], "hostility": [None, 0.2, None]})
    >>> fill_hostility(frame, ContentSettings()).collect()["hostility"].round(2).to_list()
    [0.71, 0.2, None]
    """
    columns = interactions.collect_schema().names()
    if not settings.score_missing or "text" not in columns:
        return interactions
    given = pl.col("hostility").cast(pl.Float64).fill_nan(None) if "hostility" in columns else pl.lit(None, pl.Float64)
    text = pl.col("text").cast(pl.String)
    todo = interactions.select((given.is_null() & text.is_not_null()).sum()).collect().item()
    if not todo:
        return interactions
    chosen = scorer or (bundled_scorer(Path(settings.lexicon)) if settings.lexicon else bundled_scorer())
    texts = interactions.select(pl.when(given.is_null()).then(own_words(text)).alias("text"))
    scored = pl.concat([pl.DataFrame(schema=_SCORED), *_score_batches(texts, chosen)])
    names = {"hostility": "__scored_hostility", "category": "__scored_category"}
    beside = pl.concat([interactions, scored.lazy().rename(names)], how="horizontal")
    kind = pl.col(names["category"]).cast(pl.String)
    category = pl.coalesce("category", kind) if "category" in columns else kind
    was = pl.col("category") if "category" in columns else pl.lit(None, pl.String)
    filled = beside.with_columns(
        pl.coalesce(given, names["hostility"]).alias("hostility"),
        pl.when(pl.col(names["hostility"]).is_not_null()).then(category).otherwise(was).alias("category"),
    )
    return filled.drop(*names.values())


def _score_batches(texts: pl.LazyFrame, scorer: Scorer) -> Iterator[pl.DataFrame]:
    """Score a column of texts a batch at a time."""
    for batch in texts.collect_batches(chunk_size=BATCH, maintain_order=True):
        scored = scorer.score(batch.to_series(), reasons=False)
        yield scored.select(pl.col(name).cast(dtype) for name, dtype in _SCORED.items())

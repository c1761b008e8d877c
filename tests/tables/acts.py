"""Small synthetic inputs for cases, and ways to compare cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from graphwatch.schema import INTERACTIONS
from graphwatch.tables import Case

START = datetime(2024, 3, 1, 22, tzinfo=UTC)
WriteRows = Callable[..., Path]


def acts(count: int, *, first: int = 0, seed: int = 0, hours: float = 72) -> pl.DataFrame:
    """Give interactions with ids ``i<first>`` …, over several days, unordered in time; one id always says the same."""
    rows = []
    for number in range(first, first + count):
        draw = np.random.default_rng([seed, number])
        at = START + timedelta(seconds=float(draw.random()) * hours * 3600)
        reply = number > 3 and draw.random() < 0.6
        rows.append(
            {
                "interaction_id": f"i{number}",
                "at": at,
                "actor_id": f"a{int(draw.integers(0, 40))}",
                "kind": "reply" if reply else "post",
                "platform": "forum",
                "target_ids": [f"a{int(draw.integers(0, 5))}"] if reply else [],
                "parent_id": f"i{number % 4}" if reply else None,
                "root_id": f"i{number % 4}" if reply else None,
                "objects": [f"tag:t{int(draw.integers(0, 9))}"] if draw.random() < 0.5 else [],
                "text": f"text {number} é 漢 {'x' * int(draw.integers(0, 30))}",
                "hostility": float(draw.random()),
                "followers": int(draw.integers(0, 1000)) if draw.random() < 0.8 else None,
                "observed_at": START + timedelta(days=10),
            }
        )
    return INTERACTIONS.conform(pl.DataFrame(rows, schema_overrides={"target_ids": pl.List(pl.String), "objects": pl.List(pl.String)}))


def edited(rows: pl.DataFrame, *, days: float = 20, **values: object) -> pl.DataFrame:
    """Give the same acts as observed later, with some columns changed."""
    later = pl.lit(START + timedelta(days=days)).cast(pl.Datetime("us", "UTC")).alias("observed_at")
    return INTERACTIONS.conform(rows.with_columns(later, *(pl.lit(value).alias(name) for name, value in values.items())))


def current(case: Case, *, source: bool = False) -> pl.DataFrame:
    """Give the current interactions in a fixed order; ``source`` names the file that came first, so depends on the order of loading."""
    rows = case.scan("interactions").collect().sort("platform", "interaction_id")
    return rows if source else rows.drop("source")


def content(
    case: Case, names: Sequence[str] = ("interactions", "accounts", "follows", "affiliations")
) -> Mapping[str, list[tuple[object, ...]]]:
    """Give the rows of a case's tables, comparable between cases."""
    return {name: case.table(name).sort(pl.all(), nulls_last=True).rows() for name in names}


def data_files(case: Case) -> list[str]:
    """List the data files of the interactions, in the log or not."""
    return sorted(str(path) for path in (case.root / "tables" / "interactions").rglob("*.parquet") if "_delta_log" not in path.parts)

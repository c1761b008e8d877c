"""The columns that co-action reads give the same pairs as all of the encoded interactions, in whatever order and from whatever source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import graphwatch as gw
from graphwatch.detect.acts import COLUMNS, read_acts
from graphwatch.detect.coaction import coactions_frame
from graphwatch.graph.encode import encode
from graphwatch.load import as_interactions
from graphwatch.settings import DetectSettings

DEFAULT = DetectSettings(coaction_cap=1000)


def shares(seed: int, rows: int = 600, *, platforms: int = 1, repeated: int = 0) -> pl.DataFrame:
    """Accounts with none to two objects an act, many acts at one moment, ids of accounts that several platforms use."""
    rng = np.random.default_rng([seed, 88])
    number = np.arange(rows)
    number[rows - repeated :] = rng.integers(0, 20, repeated)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{k}" for k in number],
            "at": pl.Series(1_700_000_000_000_000 + rng.integers(0, 400, rows) * 10**6).cast(pl.Datetime("us", "UTC")),
            "actor_id": [f"u{a}" for a in rng.integers(0, 40, rows)],
            "kind": "post",
            "platform": [None if platforms == 1 else f"p{k}" for k in rng.integers(0, platforms, rows)],
            "objects": [[f"{sort}:{rng.integers(0, 9)}" for sort in ("url", "tag")[:k]] or None for k in rng.integers(0, 3, rows)],
        },
        schema_overrides={"platform": pl.String, "objects": pl.List(pl.String)},
    )


@given(st.integers(0, 10**6), st.integers(1, 3), st.booleans(), st.sampled_from([1, 2]), st.sampled_from([0, 30]))
@settings(max_examples=40, deadline=None)
def test_counts_are_those_of_the_encoded_interactions(seed: int, least: int, null: bool, platforms: int, repeated: int) -> None:
    rows = as_interactions(shares(seed, platforms=platforms, repeated=0 if null else repeated), keep_duplicates=not null)
    given_to = {"window_us": 20_000_000, "min_participation": least}
    full = coactions_frame(encode(rows.select(COLUMNS)), **given_to, null=null, settings=DEFAULT, evidence=False)
    lean = coactions_frame(read_acts(rows), **given_to, null=null, settings=DEFAULT, evidence=False)
    assert lean.frame.equals(full.frame)
    assert lean.counts == full.counts
    assert lean.saturated.equals(full.saturated)
    assert lean.group_table.equals(full.group_table)
    assert null or len(lean.frame)


def test_nothing_shared() -> None:
    rows = as_interactions(shares(1).with_columns(objects=pl.lit(None, pl.List(pl.String))))
    acts = read_acts(rows)
    assert (len(acts), len(acts.accounts), len(acts.objects.values)) == (0, 0, 0)
    assert gw.detect_coactions(shares(1).drop("objects"), null=False).empty
    assert gw.detect_coactions(shares(1, rows=0), null=False).empty


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
@pytest.mark.parametrize("null", [True, False])
def test_a_file_is_read_as_its_interactions(tmp_path: Path, ending: str, null: bool) -> None:
    frame = shares(3).with_columns(text=pl.lit("hello"))
    path = tmp_path / f"acts.{ending}"
    if ending == "parquet":
        frame.write_parquet(path)
    elif ending == "ndjson":
        frame.with_columns(pl.col("at").dt.to_string("iso:strict")).write_ndjson(path)
    else:
        listed = '["' + pl.col("objects").list.join('","') + '"]'
        frame.with_columns(objects=listed, at=pl.col("at").dt.to_string("iso:strict")).write_csv(path)
    found = gw.detect_coactions(path, "20s", 1, null=null)
    assert_frame_equal(found, gw.detect_coactions(gw.read_interactions(path), "20s", 1, null=null))
    assert_frame_equal(found, gw.detect_coactions(frame.sample(fraction=1, shuffle=True, seed=4), "20s", 1, null=null))
    assert null or len(found) > 100


def test_evidence_does_not_depend_on_the_order_of_rows() -> None:
    frame = shares(5)
    settings = gw.Settings(detect=DetectSettings(coaction_fdr=0.99))
    one = gw.detect_coactions(frame, "20s", 1, evidence=True, settings=settings)
    other = gw.detect_coactions(frame.reverse(), "20s", 1, evidence=True, settings=settings)
    assert isinstance(one, pd.DataFrame)
    assert_frame_equal(one, other)

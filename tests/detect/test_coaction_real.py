"""CooRTweet 2.1.3's own output, and real threads, where the folder that GRAPHWATCH_DATA names is present."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest

import graphwatch as gw
from benchmarks.real_inputs import DATA, weibo_threads
from graphwatch.detect.cascades import find_cascades
from graphwatch.graph.encode import encode
from graphwatch.load import Frame

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="real data skipped: the folder that GRAPHWATCH_DATA names is not there"),
]
FOLDER = DATA / "coortweet"
SORTS = {"url_id": "url:", "domain_id": "domain:", "hashtag_id": "tag:", "phash_id": "media:"}
ALL = tuple(SORTS)


@cache
def russian() -> pl.DataFrame:
    raw = pl.read_parquet(FOLDER / "russian_coord_tweets.parquet").cast({"object_id": pl.String, "account_id": pl.String})
    return raw.select(*shared("content_id", "timestamp_share"), pl.concat_list("object_id").alias("objects"))


@cache
def german(columns: tuple[str, ...]) -> pl.DataFrame:
    """One interaction per post that holds all its objects, as a loader gives them; the prefix tells the sorts apart."""
    raw = pl.read_parquet(FOLDER / "german_elections.parquet").unique().with_columns(pl.col("post_id").cast(pl.String).fill_null("none"))
    parts = [
        raw.select("post_id", "account_id", "timestamp", pl.format(SORTS[column] + "{}", column).alias("object")).drop_nulls().unique()
        for column in columns
    ]
    posts = pl.concat(parts).group_by("post_id", "account_id", "timestamp").agg(pl.col("object").sort().alias("objects"))
    return posts.select(*shared("post_id", "timestamp"), "objects")


def shared(content: str, stamp: str) -> list[pl.Expr]:
    at = pl.from_epoch(stamp, time_unit="s").cast(pl.Datetime("us", "UTC"))
    return [pl.col(content).alias("interaction_id"), at.alias("at"), pl.col("account_id").alias("actor_id"), pl.lit("repost").alias("kind")]


def counts(interactions: Frame, seconds: int, least: int) -> pd.DataFrame:
    return gw.detect_coactions(interactions, window=f"{seconds}s", min_participation=least, null=False)


def figures(found: pd.DataFrame) -> tuple[int, ...]:
    edges = pl.from_pandas(found)
    heavy = edges.filter(pl.col("weight") > np.quantile(edges["weight"].to_numpy(), 0.5))  # numpy's default is R's type 7
    vertices = [pl.concat([part["a"], part["b"]]).n_unique() for part in (edges, heavy)]
    return found.attrs["counts"]["pairs"], vertices[0], len(edges), int(edges["weight"].to_numpy().max()), vertices[1], len(heavy)


@pytest.mark.parametrize(
    ("seconds", "least", "expected"),
    [
        (1, 2, (8, 12, 8, 1, 0, 0)),
        (10, 1, (1098, 1525, 1092, 3, 10, 5)),
        (10, 2, (447, 525, 442, 3, 8, 4)),
        (10, 5, (22, 23, 20, 3, 2, 1)),
        (60, 2, (3791, 2110, 3721, 4, 94, 60)),
        (60, 5, (1235, 772, 1193, 4, 59, 36)),
        (3600, 2, (183379, 4099, 169781, 17, 2190, 10679)),
    ],
)
def test_russian_counts(seconds: int, least: int, expected: tuple[int, ...]) -> None:
    assert figures(counts(russian(), seconds, least)) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("url_id",), (5658, 506, 1453, 251, 238, 661)),
        (("domain_id",), (5968, 692, 1659, 266, 251, 673)),
        (("hashtag_id",), (3703, 314, 506, 42, 154, 200)),
        (("phash_id",), (2131, 214, 337, 44, 68, 113)),
        (("url_id", "phash_id"), (7789, 671, 1732, 251, 298, 771)),
        (ALL, (17460, 1022, 2251, 526, 444, 1078)),
    ],
)
def test_german_counts(columns: tuple[str, ...], expected: tuple[int, ...]) -> None:
    assert figures(counts(german(columns), 30, 2)) == expected


@pytest.mark.parametrize(("seconds", "vertices", "edges"), [(60, 3954, 6206), (3600, 8080, 276_975)])
def test_russian_without_participation_filter(seconds: int, vertices: int, edges: int) -> None:
    """These two figures are of a tool that keeps the first of rows with one content id."""
    raw = pl.read_parquet(FOLDER / "russian_coord_tweets.parquet").cast({"object_id": pl.String, "account_id": pl.String})
    first = raw.unique("content_id", keep="first", maintain_order=True)
    rows = first.select(*shared("content_id", "timestamp_share"), pl.concat_list("object_id").alias("objects"))
    assert figures(counts(rows, seconds, 1))[1:3] == (vertices, edges)


@pytest.mark.parametrize(
    ("name", "columns", "seconds"),
    [("rus_tw60_mp2", (), 60), ("ger_url_image_tw30_mp2", ("url_id", "phash_id"), 30), ("ger_all4_tw30_mp2", ALL, 30)],
)
def test_edge_by_edge(name: str, columns: tuple[str, ...], seconds: int) -> None:
    golden = pl.read_csv(FOLDER / f"{name}.csv.gz").sort("a", "b")
    rows = german(columns) if columns else russian()
    found = pl.from_pandas(counts(rows, seconds, 2))
    assert found.select("a", "b", "weight").equals(golden.select("a", "b", "weight"))
    assert found["mean_delay_s"].to_numpy() == pytest.approx(golden["avg_time_delta"].to_numpy(), rel=1e-9)


@pytest.mark.parametrize("kind", ["pandas", "arrow", "lazy", "shuffled"])
def test_other_frames_count_the_same(kind: str) -> None:
    rows = russian()
    frames: dict[str, Frame] = {"pandas": rows.to_pandas(), "arrow": rows.to_arrow(), "lazy": rows.lazy()}
    frames["shuffled"] = rows.sample(fraction=1, shuffle=True, seed=1)
    assert figures(counts(frames[kind], 60, 2)) == (3791, 2110, 3721, 4, 94, 60)


def test_one_sort_out_of_all_counts_as_if_it_were_alone() -> None:
    found = gw.detect_coactions(german(ALL), "30s", null=False, objects=("tag",))
    assert figures(found) == (3703, 314, 506, 42, 154, 200)


def test_weibo_threads_are_one_tree_per_root() -> None:
    frame = weibo_threads().drop_nulls("at").unique("interaction_id", keep="first", maintain_order=True)
    events = encode(frame)
    found = find_cascades(events)
    roots = frame.filter(pl.col("kind") == "post")["interaction_id"]
    assert sorted(found.frame["root_id"]) == sorted(roots)
    assert len(found.frame) == 1729
    assert (found.counts["cycles"], found.counts["inferred_cycles"], found.counts["singletons"]) == (0, 0, 0)
    assert found.frame["size"].sum() == len(events)
    known = events.parent >= 0
    assert (found.parent[known] == events.parent[known]).all()
    assert found.counts["inferred_edges"] == int((~known).sum()) - 1729
